import Syntax
import Testing

@Suite("Texts and their trees") struct TreeTests {
  @Test(arguments: expressionTrees + statementTrees)
  func tree(source: String, expected: String) throws {
    #expect(try Dump.program(source) == expected)
  }
}

/// Operators, operands, brackets.
let expressionTrees: [(source: String, expected: String)] = [
  (
    #"3x^2 + 2x"#,
    #"(+ (* 3 (^ x 2)) (* 2 x))"#
  ),
  (
    #"1/2x"#,
    #"(/ 1 (* 2 x))"#
  ),
  (
    #"-x^2"#,
    #"(- (^ x 2))"#
  ),
  (
    #"2^-1^2"#,
    #"(^ 2 (- (^ 1 2)))"#
  ),
  (
    #"2exp(x)"#,
    #"(* 2 (call exp x))"#
  ),
  (
    #"2e3x + 2e"#,
    #"(+ (* 2000 x) (* 2 e))"#
  ),
  (
    #"-2x^2'"#,
    #"(- (* 2 (^ x (d1 2))))"#
  ),
  (
    #"f''(2) + (x -> x^3)'([1, 2])"#,
    #"(+ (call (d2 f) 2) (call (d1 <x>->(^ x 3)) [1 2]))"#
  ),
  (
    #"1...10 by 2"#,
    #"(... 1 10 2)"#
  ),
  (
    #"x |> f |> y -> g(y, 2) |> h"#,
    #"(|> (|> x f) <y>->(|> (call g y 2) h))"#
  ),
  (
    #"dense(64) >> relu >> dense(10)"#,
    #"(>> (call dense 64) relu (call dense 10))"#
  ),
  (
    #"(a >> b) >> c"#,
    #"(>> (>> a b) c)"#
  ),
  (
    #"x > 0 & x < 1"#,
    #"(& (> x 0) (< x 1))"#
  ),
  (
    #"x in xs"#,
    #"(in x xs)"#
  ),
  (
    #"x[0] ; x[-1] ; x[1:3, :] ; x[::2] ; x[..., 0] ; x[:, new] ; x[mask, 1::2] ; x[0..<5] ; x[a:b:c, ::-1] ; x[:n] ; new[new]"#,
    #"!(at x 0) ; !(at x (- 1)) ; !(at x 1:3: ::) ; !(at x ::2) ; !(at x ... 0) ; !(at x :: new) ; !(at x mask 1::2) ; !(at x (..< 0 5)) ; !(at x a:b:c ::(- 1)) ; !(at x :n:) ; (at new new)"#
  ),
  (
    #"t.0.1 ; t.0 ; r.if ; r.lr.T ; x.f(a) ; 5.max(2) ; x.T'"#,
    #"!(. (. t 0) 1) ; !(. t 0) ; !(. r if) ; !(. (. r lr) T) ; !(call (. x f) a) ; !(call (. 5 max) 2) ; (d1 (. x T))"#
  ),
  (
    #"1_000 ; 0xff ; 1e-3 ; 0.5 ; 1.5e+10 ; 0xFF_ff"#,
    #"!1000 ; !255 ; !0.001 ; !0.5 ; !15000000000 ; 65535"#
  ),
  (
    #"() -> 3 ; (x, y) -> x + y ; (x, p: 2) -> x ; ((a, b), c) -> a ; _ -> 1"#,
    #"!<>->3 ; !<x y>->(+ x y) ; !<x p:2>->x ; !<(a,b) c>->a ; <_>->1"#
  ),
  (
    #"f(x, in: 1, name: (1, 2))"#,
    #"(call f x in:1 name:(tuple 1 2))"#
  ),
  (
    #"- -x + +y"#,
    #"(+ (- (- x)) (+ y))"#
  ),
  (
    #"a - b - c ; a ^ b ^ c ; a / b * c // d % e @ f"#,
    #"!(- (- a b) c) ; !(^ a (^ b c)) ; (@ (% (// (* (/ a b) c) d) e) f)"#
  ),
  (
    #"not a and b or not c"#,
    #"(or (and (not a) b) (not c))"#
  ),
  (
    #"f(x)(y)[0].b'"#,
    #"(d1 (. (at (call (call f x) y) 0) b))"#
  ),
  (
    #"2(x + 1)^2 ; 2f(x)[0] ; x^(2y) ; 0..<10by 2"#,
    #"!(* 2 (^ (+ x 1) 2)) ; !(* 2 (at (call f x) 0)) ; !(^ x (* 2 y)) ; (..< 0 10 2)"#
  ),
  (
    #"""
    x.
     foo
    """#,
    #"(. x foo)"#
  ),
  (
    #"a, b"#,
    #"(tuple a b)"#
  ),
  (
    #"a.shape, b.shape"#,
    #"(tuple (. a shape) (. b shape))"#
  ),
]

/// Statements, blocks, definitions, strings.
let statementTrees: [(source: String, expected: String)] = [
  (
    #"a or b and not c == d | e & f < g ..< h + i * -j ^ k"#,
    #"(or a (and b (not (| (== c d) (& e (< f (..< g (+ h (* i (- (^ j k)))))))))))"#
  ),
  (
    #"""
    model = conv2d(32, 3) >> relu
            >> dense(128)
      .foo(1)
      |> print
    """#,
    #"(= model (|> (>> (call conv2d 32 3) relu (call (. (call dense 128) foo) 1)) print))"#
  ),
  (
    #"[] ; [:] ; [1, 2,] ; ["a": 1, b: 2] ; () ; (a,) ; (a, b) ; (lr: 0.1, for: 2) ; (a) ; ["x": 1];"#,
    #"![] ; ![map] ; ![1 2] ; ![map "a":1 b:2] ; !(tuple) ; !(tuple a) ; !(tuple a b) ; !(tuple lr:0.1 for:2) ; !a ; ![map "x":1]"#
  ),
  (
    #"[x^2 for x in 1...5 if x != 3] ; [k: v for k, (v, _) in m] ; list(e for x in xs for y in x if y)"#,
    #"!(each (^ x 2) (for x (... 1 5)) (if (!= x 3))) ; !(mapeach k:v (for (k,(v,_)) m)) ; (list e (for x xs) (for y x) (if y))"#
  ),
  (
    #"a, b = b, a ; (x, y), _ = f(1) ; a, = [1] ; x = (1, 2)"#,
    #"!(= (a,b) (tuple b a)) ; !(= ((x,y),_) (call f 1)) ; !(= (a) [1]) ; (= x (tuple 1 2))"#
  ),
  (
    #"x[0, :] = 1; r.lr = e; x += e; x := e; x ^= 2; t.0 = 3; m["a"].b[0] -= 1; x *= 2; x /= 3"#,
    #"!(:= (at x 0 ::) 1) ; !(:= (. r lr) e) ; !(+= x e) ; !(:= x e) ; !(^= x 2) ; !(:= (at t 0) 3) ; !(-= (at (. (at m "a") b) 0) 1) ; !(*= x 2) ; (/= x 3)"#
  ),
  (
    #"""
    f(x) = 3x^2 + 2x
    g(x, power: 2) = { y = x^power; y + 1 }
    h(x :: [n, d], w :: [d, 3, _]) :: [n, k] = x @ w
    s(a, rest..., end: "") = a
    z() = 1
    """#,
    #"(def f <x> (+ (* 3 (^ x 2)) (* 2 x))) ; (def g <x power:2> {!(= y (^ x power)) ; (+ y 1)}) ; (def h <x::[n,d] w::[d,3,_]> ::[n,k] (@ x w)) ; (def s <a rest... end:""> a) ; (def z <> 1)"#
  ),
  (
    #"""
    ## Doc one
    ##  two
    ## 
    ## four
    f(x) = x

    ## detached

    g(x) = x
    """#,
    #"(def f <x> x ##Doc one/ two//four) ; (def g <x> x)"#
  ),
  (
    #"""
    layer Residual(channels) {
      a = conv2d(channels, 3, padding: 1)
      ## doc
      forward(x) = relu(x + a(x))
    }
    layer Id { forward(x) = x }
    layer = 3
    """#,
    #"(layer Residual <channels> {(= a (call conv2d channels 3 padding:1)) ; (def forward <x> (call relu (+ x (call a x))) ##doc)}) ; (layer Id <> {(def forward <x> x)}) ; (= layer 3)"#
  ),
  (
    #"if loss < best { best = loss } else if loss > 10 { break } else { n += 1 }"#,
    #"(if (< loss best) {(= best loss)} {(if (> loss 10) {(break)} {(+= n 1)})})"#
  ),
  (
    #"y = if a { 1 } else { 2 } + 3"#,
    #"(= y (+ (if a {1} {2}) 3))"#
  ),
  (
    #"""
    for i, (x, y) in enumerate(pairs) { print(i) }
    for (x, y) in p { continue }
    while err > 1e-6 { err := err / 2 }
    repeat 100 { step() }
    """#,
    #"(for (i,(x,y)) (call enumerate pairs) {(call print i)}) ; (for (x,y) p {(continue)}) ; (while (> err 1e-06) {(:= err (/ err 2))}) ; (repeat 100 {(call step)})"#
  ),
  (
    #"r = try { risky() } catch e { print(e.message); 0 }"#,
    #"(= r (try {(call risky)} e {!(call print (. e message)) ; 0}))"#
  ),
  (
    #"""
    try { a }
    catch { b }
    """#,
    #"(try {a} _ {b})"#
  ),
  (
    #"f() { x } ; m.f { y -> y } ; f(1) { () -> 3 }.b(2)(3) ; f { } ; xs.map { x -> x + 1 }.sum()"#,
    #"!(call f {}<>->{x}) ; !(call (. m f) {}<y>->{y}) ; !(call (call (. (call f 1 {}<>->{3}) b) 2) 3) ; !(call f {}<>->{}) ; (call (. (call (. xs map) {}<x>->{(+ x 1)}) sum))"#
  ),
  (
    #"{ y -> y + 1 } ; z = { a = 1; a }"#,
    #"!{<y>->(+ y 1)} ; (= z {!(= a 1) ; a})"#
  ),
  (
    #"if f(x) { a } ; while any(xs.map { x -> x }) { b } ; for x in (f { 1 }) { c }"#,
    #"!(if (call f x) {a}) ; !(while (call any (call (. xs map) {}<x>->{x})) {b}) ; (for x (call f {}<>->{1}) {c})"#
  ),
  (
    #"l = step(opt) { cross_entropy(model(x), y) }"#,
    #"(= l (call step opt {}<>->{(call cross_entropy (call model x) y)}))"#
  ),
  (
    #"""
    adam(model, lr: 0.001, beta1: 0.9) = optimizer(model, lr: lr, m: 0) { p, g, s ->
      s.m = beta1 * s.m + (1 - beta1) * g
      p - s.lr * (s.m / (1 - beta1^s.t))
    }
    """#,
    #"(def adam <model lr:0.001 beta1:0.9> (call optimizer model lr:lr m:0 {}<p g s>->{(:= (. s m) (+ (* beta1 (. s m)) (* (- 1 beta1) g))) ; (- p (* (. s lr) (/ (. s m) (- 1 (^ beta1 (. s t))))))}))"#
  ),
  (
    #""loss {l:.3f} {{x}} {f("a{b}")} \n\t\"\\\u{3b1}" ; "" ; "{x:*>+8,.2f}{n:>05d}{p:%}""#,
    "!\"loss {l:.3f} {x} {(call f \"a{b}\")} ⏎\t\"\\α\" ; !\"\" ; \"{x:*rightalwaysw8,.2f}{n:0rightw5d}{p:%}\""
  ),
  (
    #"""
    x = """
        a
          {b}
        c\n"""
    """#,
    #"(= x "a⏎  {b}⏎c⏎")"#
  ),
  (
    #"""
    x = """
        first "quoted"

        second
        """
    """#,
    #"(= x "first "quoted"⏎⏎second")"#
  ),
  (
    #"""
    """a
      b"""
    """#,
    #""a⏎b""#
  ),
  (
    #"学习率 = 1; α = 2; x₁ = 3; __relu(x) ; ___ ; _ ; _3"#,
    #"!(= 学习率 1) ; !(= α 2) ; !(= x₁ 3) ; !(call __relu x) ; !(blank) ; !_ ; _3"#
  ),
  (
    #"""
    f(x,
      y) = x +
      y
    z = (a
      + b)
    w = { a
    b }
    """#,
    #"(def f <x y> (+ x y)) ; (= z (+ a b)) ; (= w {a ; b})"#
  ),
  (
    #"""
    x = 3 # comment
    # another
    y = 4
    """#,
    #"(= x 3) ; (= y 4)"#
  ),
  (
    #"""
    #!/usr/bin/env gradus
    print("a")
    """#,
    #"(call print "a")"#
  ),
  (
    #"return ; return 3"#,
    #"!(return) ; (return 3)"#
  ),
  (
    #"a = x -> y -> x + y"#,
    #"(= a <x>-><y>->(+ x y))"#
  ),
  (
    #"1 == 2 ; (1 < 2) == true ; nothing == x"#,
    #"!(== 1 2) ; !(== (< 1 2) true) ; (== nothing x)"#
  ),
  (
    #"""
    x = a
    else_ = 3
    """#,
    #"(= x a) ; (= else_ 3)"#
  ),
  (
    #"""
    print("a", end: "")
    ;;
    """#,
    #"(call print "a" end:"")"#
  ),
  (
    #"f(x) = if x { 1 } else { 2 }"#,
    #"(def f <x> (if x {1} {2}))"#
  ),
  (
    #"""
    a = [
      1, 2
      , 3
    ]
    """#,
    #"(= a [1 2 3])"#
  ),
  (
    #""é \u{3b1}" ; "" ; "{x:*>+8,.2f}{n:>05d}{p:%}""#,
    #"!"é α" ; !"" ; "{x:*rightalwaysw8,.2f}{n:0rightw5d}{p:%}""#
  ),
  (
    #""{"a": 1}""#,
    #""{"a":spacew1}""#
  ),
  (
    #"x = 3,5"#,
    #"(= x (tuple 3 5))"#
  ),
  (
    #"return 1, 2"#,
    #"(return (tuple 1 2))"#
  ),
  (
    #"f(x) = x, 1"#,
    #"(def f <x> (tuple x 1))"#
  ),
  (
    #"x := 1, 2; x += (1, 2)"#,
    #"!(:= x (tuple 1 2)) ; (+= x (tuple 1 2))"#
  ),
  (
    #"f { x -> x, 1 }"#,
    #"(call f {}<x>->{(tuple x 1)})"#
  ),
]
