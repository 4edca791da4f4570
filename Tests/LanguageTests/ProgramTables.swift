import Testing

/// A program and what it shows, a line for each value.
struct ProgramCase: CustomTestStringConvertible {
  let program: String
  let output: String
  init(_ program: String, _ output: String) {
    self.program = program
    self.output = output
  }
  var testDescription: String { String(program.prefix(100)) }
}

enum ProgramTables {
  static let numbers: [ProgramCase] = [
    // Each comparison of numbers of each kind, against a variable and against a number of the code.
    ProgramCase(
      "c(a, b) = list(if a == b { 1 } else { 0 }, if a != b { 1 } else { 0 }, if a < b { 1 } else { 0 }, if a <= b { 1 } else { 0 }, if a > b { 1 } else { 0 }, if a >= b { 1 } else { 0 }); list(c(1, 2), c(2, 2), c(3, 2), c(nan, 1))",
      "[[0, 1, 1, 1, 0, 0], [1, 0, 0, 1, 0, 1], [0, 1, 0, 0, 1, 1], [0, 1, 0, 0, 0, 0]]"),
    ProgramCase(
      "c(a) = list(if a == 2 { 1 } else { 0 }, if a != 2 { 1 } else { 0 }, if a < 2 { 1 } else { 0 }, if a <= 2 { 1 } else { 0 }, if a > 2 { 1 } else { 0 }, if a >= 2 { 1 } else { 0 }); list(c(1), c(2), c(3), c(nan))",
      "[[0, 1, 1, 1, 0, 0], [1, 0, 0, 1, 0, 1], [0, 1, 0, 0, 1, 1], [0, 1, 0, 0, 0, 0]]"),
    ProgramCase("f(x) = { if x < 2 { return \"less\" }; \"not\" }; r = try { f(\"a\") } catch e { e.kind }; (f(1), f(2), r)", "(\"less\", \"not\", \"type\")"),
    // Remainders of whole numbers, small and large, and of others.
    ProgramCase(
      "r(a, b) = a % b; (r(7, 3), r(-7, 3), r(7, -3), r(7.5, 2), r(6, 2.5), r(0, 5), r(4294967296, 10), r(5e9, 7), r(7, 5e9), r(2^52 - 1, 1e6), r(2^52, 10), r(2^60, 7))",
      "(1, 2, -2, 1.5, 1, 0, 6, 2, 7, 370495, 6, 1)"),
    ProgramCase("r(a, b) = a % b; (r(inf, 2), r(2, inf), r(nan, 2))", "(nan, 2, nan)"),
    // What is returned: a parameter, a number of the code, a string, a list, in a branch and behind it.
    ProgramCase("f(n) = if n < 2 { n } else if n < 4 { 7 } else { \"many\" }; (f(1), f(3), f(5))", "(1, 7, \"many\")"),
    ProgramCase("f(n, xs) = if n > 0 { xs } else { list(n) }; g(xs) = { a = f(1, xs); b = f(0, xs); (a, b, xs) }; g(list(5))", "([5], [0], [5])"),
    ProgramCase("f(s) = { t = s + \"b\"; if length(t) > 2 { return t }; u = t; u += \"c\"; u }; (f(\"a\"), f(\"aa\"))", "(\"abc\", \"aab\")"),
    ProgramCase("g(x) = { try { if x > 0 { return x } else { error(\"no\") } } catch e { 0 } }; f(x) = g(x) + 1; (f(1), f(-1))", "(2, 1)"),
    // What a loop or a block of a function is called by lives on behind arithmetic that reads it; what has no name need not.
    ProgramCase(
      "f(n) = { x = [1, 2]; total = [0, 0]; for row in [[1, 2], [3, 4]] { z = row * 2; q = z + row; r = z * z + row * q; total := total + r * r + row - z }; g(u) = { v = u * u; v + v * u }; total + g(x) + g(x + x) }; f(1)",
      "[4028, 13414]"),
    ProgramCase("f(a, b) = { c = a * a + a; c += a * b; for k in 0..<2 { c := c + c * a - -c }; (a + b, c, -b + b) }; f([1, 2], [3, 4])", "([4, 6], [45, 224], [0, 0])"),
    // More names in a scope than are looked through one by one, some the same in other bytes.
    ProgramCase((0..<300).map { "v\($0) = \($0)" }.joined(separator: "; ") + "; (v0, v7, v256, v299)", "(0, 7, 256, 299)"),
    ProgramCase("a = 1; b = 2; c = 3; d = 4; e = 5; f = 6; \u{e9} = 7; e\u{301} = 8; (\u{e9}, a, f)", "(8, 1, 6)"),
  ]

  static let scopes: [ProgramCase] = [
    ProgramCase("x = 1; f() = { x = 2; x }; f(); x", "1"),
    ProgramCase("x = 1; f() = { x := 2; x }\n(f(), x)", "(2, 2)"),
    ProgramCase("make() = { n = 0; () -> { n := n + 1; n } }\nc = make(); c(); c(); d = make(); (c(), d())", "(3, 1)"),
    // Loop variables are new each turn and end with the loop.
    ProgramCase("fs = list(() -> i for i in 0..<3)\n[f() for f in fs]", "[0, 1, 2]"),
    ProgramCase("fs = []\nfor i in 0..<3 { fs = fs.append(() -> i) }\n[f() for f in fs]", "[0, 1, 2]"),
    ProgramCase("i = 7; for i in 0..<3 { }; i", "7"),
    ProgramCase("for i in 0..<3 { last = i }; last", "2"),
    // A trailing block shares the scope it stands in.
    ProgramCase("twice(body) = { body(); body() }\nn = 0\ntwice { n += 1 }\nn", "2"),
    ProgramCase("twice(body) = { body(); body() }\nf() = { n = 0; twice { n += 1 }; twice { m = n }; m }\nf()", "2"),
    ProgramCase("each(xs, body) = { for x in xs { body(x) } }\nf() = { total = 0; each([1, 2, 3]) { x -> total = total + number(x) }; total }\nf()", "6"),
    // The library doesn't see a user's names.
    ProgramCase("sum = 0; [1, 2, 3].sum()", "6"),
    ProgramCase("f(n) = if n < 2 { 1 } else { n * f(n - 1) }; f(5)", "120"),
    ProgramCase("outer() = { go(n) = if n == 0 { 0 } else { go(n - 1) + 2 }; go(4) }; outer()", "8"),
    ProgramCase("a, (b, _) = (1, (2, 3)); (b, a)", "(2, 1)"),
    ProgramCase("a = 1; b = 2; a, b = b, a; (a, b)", "(2, 1)"),
    ProgramCase("x = 3; x += 1; x *= 2; x -= 1; x /= 7; x ^= 3; x", "1"),
  ]

  static let control: [ProgramCase] = [
    ProgramCase("s = 0; i = 0\nwhile i < 5 { i = i + 1; if i == 2 { continue }; if i == 4 { break }; s = s + i }\n(s, i)", "(4, 4)"),
    ProgramCase("n = 0; repeat 3 { n += 2 }; n", "6"),
    ProgramCase("if 1 > 2 { 3 } else if 2 > 1 { 4 } else { 5 }", "4"),
    ProgramCase("x = if false { 1 }; x == nothing", "true"),
    ProgramCase("true and not (false or false)", "true"),
    ProgramCase("false and error(\"never\")", "false"),
    ProgramCase("r = try { 1 // 0 } catch e { e.kind }; r", "value"),
    ProgramCase("r = try { 5 } catch e { 6 }; r", "5"),
    ProgramCase("f() = { try { error(\"oops\") } catch e { return e.message }; 1 }; f()", "oops"),
    ProgramCase("n = 0\nfor i in 0..<4 { try { if i == 2 { break }; n += 1 } catch e { n = 100 } }\nn", "2"),
    ProgramCase("f(x) = { for i in 0..<10 { if i == x { return i * 10 } }; -1 }; (f(3), f(20))", "(30, -1)"),
    ProgramCase("for k, v in [\"a\": 1, \"b\": 2] { print(k, v) }", "a 1\nb 2"),
    ProgramCase("for i, (a, b) in enumerate([(1, 2), (3, 4)]) { print(i, a, b) }", "0 1 2\n1 3 4"),
    ProgramCase("for row in [[1, 2], [3, 4]] { print(row) }", "[1, 2]\n[3, 4]"),
    ProgramCase("for c in \"añb\" { print(c) }", "a\nñ\nb"),
    ProgramCase("s = sequence(3, i -> i^2); [x for x in s]", "[0, 1, 4]"),
    ProgramCase("[10x + y for x in 1...2 for y in 1...3 if x != y]", "[12, 13, 21, 23]"),
    ProgramCase("[k: len for k, len in [\"a\": 1]]", "[\"a\": 1]"),
    ProgramCase("list(x for x in 1...3)", "[1, 2, 3]"),
    ProgramCase("length(list(x for x in 1...0))", "0"),
    ProgramCase("[x for x in 1...0]", "[]"),
    ProgramCase("(length(0..<1e15), length(0...1e12), length(0...1 by 0.1), length(0..<1 by 0.1))", "(1000000000000000, 1000000000001, 11, 10)"),
  ]

  static let calls: [ProgramCase] = [
    ProgramCase("f(a, b: 2a) = (a, b); (f(1), f(1, 5), f(b: 3, a: 4))", "((1, 2), (1, 5), (4, 3))"),
    ProgramCase("f(rest...) = rest; (f(), f(1, 2), f(a: 3))", "((), (1, 2), (a: 3))"),
    ProgramCase("f(x, rest...) = rest; f(1, 2, 3)", "(2, 3)"),
    ProgramCase("f(x, g) = g(x); f(3) { y -> y^2 }", "9"),
    ProgramCase("f(pair, g) = g(pair); f((3, 4)) { (a, b) -> a * b }", "12"),
    ProgramCase("[1, 2, 3] |> sum", "6"),
    ProgramCase("inc(x) = x + 1; dbl(x) = 2x; 5 |> inc |> dbl", "12"),
    ProgramCase("inc(x) = x + 1; dbl(x) = 2x; (inc >> dbl)(5)", "12"),
    ProgramCase("3.max(4)", "4"),
    ProgramCase("r = (f: x -> x + 1, n: 2); r.f(r.n)", "3"),
    ProgramCase("f(x :: [n, k], w :: [k, m]) :: [n, m] = { x @ w }; f(ones(2, 3), ones(3, 4)).shape", "(2, 4)"),
    ProgramCase("f(x :: [n, _]) = n; f(ones(2, 3))", "2"),
    ProgramCase("deep(n) = if n == 0 { 0 } else { 1 + deep(n - 1) }; deep(20000)", "20000"),
    // More items than registers, more numbers than short operands.
    ProgramCase("x = [" + (0..<40_000).map { "\($0).5" }.joined(separator: ", ") + "]; (x.shape, x[39999])", "((40000,), 39999.5)"),
    ProgramCase("x = 0\n" + (0..<40_000).map { "x = x + \($0).25" }.joined(separator: "\n") + "\nx", "799990000"),
    ProgramCase("2^3^2", "512"),
    ProgramCase("x = 2; 3x^2 + 1/2x", "12.25"),
    ProgramCase("-2^2", "-4"),
    ProgramCase("\"{1 + 1} {{x}} {\"a\"} {2.5:.2f} {7:>4}|\"", "2 {x} a 2.50    7|"),
  ]

  static let layers: [ProgramCase] = [
    ProgramCase("layer Line(a) { b = param(1); forward(x) = a * x + b }\nl = Line(2); (l(3), l.a, l.b)", "(7, 2, 1)"),
    ProgramCase("layer Count() { n = 0; forward(x) = { n := n + 1; x * n } }\nc = Count(); c(1); c(1); c.n", "2"),
    ProgramCase("layer Count() { n = 0; bump() = { n := n + 1 }; forward(x) = { bump(); x } }\nc = Count(); c(1); c(1); c.n", "2"),
    ProgramCase("layer Lazy(k) { build(x) = { w = param(ones(x.shape[-1], k)) }; forward(x) = x @ w }\nl = Lazy(3); l(ones(2, 4)); l.w.shape", "(4, 3)"),
    ProgramCase("layer R() { inner = dense(2, inputs: 2); forward(x) = x + inner(x) }\nlist(p for p, c in zip([1, 2], R().parameters)).length()", "2"),
    ProgramCase("layer A() { n = 1; me() = self.n; forward(x) = x + me() }\nA()(1)", "2"),
    ProgramCase("layer A() { n = 1; twice(body) = { body(); body() }; forward(x) = { twice { n := n + 1 }; n } }\nA()(0)", "3"),
    ProgramCase("net = dense(2, inputs: 3) >> relu >> dense(1); net(ones(4, 3)).shape", "(4, 1)"),
    ProgramCase("net = dense(2, inputs: 3) >> relu; net[0].bias := [5, 6]; net[0].bias", "[5, 6]"),
    ProgramCase("w = param([1, 2]); v = w; v := [3, 4]; w", "[3, 4]"),
    ProgramCase("w = param(0.5); model(x) = w * x; model.parameters.length()", "1"),
    ProgramCase("s = state(0); s := s + 1; s := s + 1; s", "2"),
    ProgramCase("a = dense(1, inputs: 1); b = copy(a); b.bias := [9]; a.bias", "[0]"),
    ProgramCase("r = (a: 1, b: [1, 2]); r.b[0] = 5; q = r; q.a = 7; (r, q)", "((a: 1, b: [5, 2]), (a: 7, b: [5, 2]))"),
    ProgramCase("x = [1, 2, 3]; y = x; x[0] = 9; (x, y)", "([9, 2, 3], [1, 2, 3])"),
    ProgramCase("m = [\"k\": [1, 2]]; m[\"k\"][1] += 5; m", "[\"k\": [1, 7]]"),
  ]

  static let derivatives: [ProgramCase] = [
    ProgramCase("f(x) = x^3 - 2x\n(f'(2), f''(2), f'''(2))", "(10, 12, 6)"),
    ProgramCase("(x -> x^3)'([1, 2])", "[3, 12]"),
    ProgramCase("(x -> sum(x^2))'([1, 2])", "[2, 4]"),
    ProgramCase("sin'(0)", "1"),
    ProgramCase("(x -> if x > 0 { x^2 } else { -x })'(3)", "6"),
    ProgramCase("(x -> { y = x; repeat 3 { y = y * x }; y })'(2)", "32"),
    ProgramCase("(x -> 5)'(1)", "0"),
    ProgramCase("g(x) = (y -> x * y^2)'(x); g'(3)", "12"),
    ProgramCase("grad((a, b) -> sum(a * b))([1, 2], [3, 4])", "([3, 4], [1, 2])"),
    ProgramCase("grad(p -> p.a^2 + 3p.b)((a: 2, b: 1))", "(a: 4, b: 3)"),
    ProgramCase("value_and_grad(x -> x^2)(3)", "(value: 9, grad: 6)"),
    ProgramCase("w = param([1, 2]); grad(() -> sum(w^2), w)", "[2, 4]"),
    ProgramCase("w = param([1, 2]); b = param(1); grad(() -> sum(w) * b, [w, b])", "[[1, 1], 3]"),
    ProgramCase("w = param(3); f(x) = w * x^2; f'(2)", "12"),
    ProgramCase("w = param(3); (v -> v^2)'(w)", "6"),
    ProgramCase("(x -> detach(x) * x)'(3)", "3"),
    ProgramCase("s = state(0); (x -> { s := x^2; x })'(3); s", "9"),
    ProgramCase("(x -> where(x > 0, log(x), 0))'([0, 1, 2])", "[0, 1, 0.5]"),
    ProgramCase("net = dense(1, inputs: 2); net.weight := [[1], [2]]; g = grad(() -> sum(net([[3, 4]])), net); g[\"weight\"]", "[[3], [4]]"),
  ]

  static let steps: [ProgramCase] = [
    ProgramCase("w = param(1); opt = sgd([w], lr: 0.5); l = step(opt) { w^2 }; (l, w)", "(1, 0)"),
    ProgramCase("w = param(1); opt = sgd([w], lr: 0.25); extra = 0; step(opt) { extra = 2w; w^2 }; extra", "2"),
    // An error within a step leaves parameters, states and the random state as they were; plain variables stay.
    ProgramCase(
      "w = param(1); s = state(5); n = 0; opt = sgd([w], lr: 0.5); seed(3)\ntry { step(opt) { n += 1; s := 6; r = rand(2); w^2 + error(\"no\") } } catch e { }\nafter = rand(1); seed(3); (w, s, n, after == rand(1))",
      "(1, 5, 1, [true])"),
    // A layer built in a step that fails is not built.
    ProgramCase(
      "net = dense(1); opt = sgd(net, lr: 0.1)\ntry { step(opt) { sum(net(ones(1, 2))) + error(\"no\") } } catch e { }\nnet(ones(1, 3)).shape", "(1, 1)"),
    ProgramCase("x = ones(1000); opt = sgd([param(1)]); mean(x |> dropout(0.5))", "1"),
    // Training mode ends with its block, however it is left.
    ProgramCase("try { training { error(\"no\") } } catch e { }; sum(ones(1000) |> dropout(0.5))", "1000"),
    ProgramCase("w = param(1); try { grad(() -> error(\"no\"), w) } catch e { }; w := 2; (w, (x -> w * x)'(3))", "(2, 2)"),
  ]
}
