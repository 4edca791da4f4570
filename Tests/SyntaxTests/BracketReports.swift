/// What follows an expression and cannot, and brackets that are left open.
let wrongBrackets: [(source: String, expected: String)] = [
  (
    #"x = 1 2"#,
    #"""
    error: two expressions in a row
      t:1:7
      |
    1 | x = 1 2
      |       ^
      = hint: statements are separated by a newline or `;`
    """#
  ),
  (
    #"f (x)"#,
    #"""
    error: two expressions in a row
      t:1:3
      |
    1 | f (x)
      |   ^
      = hint: in a call the parenthesis touches what is called: `f(…)`
      = hint: statements are separated by a newline or `;`
    """#
  ),
  (
    #"f (x) = 3"#,
    #"""
    error: two expressions in a row
      t:1:3
      |
    1 | f (x) = 3
      |   ^
      = hint: in a definition, too, the parenthesis touches the name: `f(…) = …`
      = hint: statements are separated by a newline or `;`
    """#
  ),
  (
    #"[1 2 3]"#,
    #"""
    error: two expressions in a row
      t:1:4
      |
    1 | [1 2 3]
      |    ^
      = hint: items are separated by `,`
    """#
  ),
  (
    #"[1, 2; 3, 4]"#,
    #"""
    error: `;` cannot stand in brackets
      t:1:6
      |
    1 | [1, 2; 3, 4]
      |      ^
      = hint: the rows of a matrix are lists: `[[1, 2], [3, 4]]`
    """#
  ),
  (
    #"g(a b)"#,
    #"""
    error: two expressions in a row
      t:1:5
      |
    1 | g(a b)
      |     ^
      = hint: to call `a`, write `a(b)`
      = hint: arguments are separated by `,`
    """#
  ),
  (
    #"""
    def f(x):
      return x
    """#,
    #"""
    error: `def` is not a word of the language
      t:1:1
      |
    1 | def f(x):
      | ^^^
      = hint: a function is defined by `f(x) = x^2` or `f(x) = { … }`
    """#
  ),
  (
    #"f = lambda x: x + 1"#,
    #"""
    error: `lambda` is not a word of the language
      t:1:5
      |
    1 | f = lambda x: x + 1
      |     ^^^^^^
      = hint: a function without a name is written `x -> x^2`
    """#
  ),
  (
    #"map(lambda x: x, xs)"#,
    #"""
    error: `lambda` is not a word of the language
      t:1:5
      |
    1 | map(lambda x: x, xs)
      |     ^^^^^^
      = hint: a function without a name is written `x -> x^2`
    """#
  ),
  (
    #"let x = 3"#,
    #"""
    error: `let` is not a word of the language
      t:1:1
      |
    1 | let x = 3
      | ^^^
      = hint: a name is bound by `x = 3` and changed by `x := 4`, without a word before it
    """#
  ),
  (
    #"print x"#,
    #"""
    error: `print` needs parentheses
      t:1:7
      |
    1 | print x
      |       ^
      = hint: write `print(…)`
    """#
  ),
  (
    #"print "a""#,
    #"""
    error: `print` needs parentheses
      t:1:7
      |
    1 | print "a"
      |       ^^^
      = hint: write `print(…)`
    """#
  ),
  (
    #"""
    if x == 3:
      print(x)
    """#,
    #"""
    error: `:` does not begin a block
      t:1:10
      |
    1 | if x == 3:
      |          ^
      = hint: a block stands in braces that begin on the same line: `if x < 3 { … }`
    """#
  ),
  (
    #"if x then y"#,
    #"""
    error: the block of `if` is missing: expected `{`, but found `then`
      t:1:6
      |
    1 | if x then y
      |      ^^^^
      = hint: a block stands in braces that begin on the same line: `if x < 3 { … }`
    """#
  ),
  (
    #"""
    if x
      y
    """#,
    #"""
    error: the block of `if` is missing: expected `{`, but found the end of the line
      t:1:5
      |
    1 | if x
      |     ^
      = hint: a block stands in braces that begin on the same line: `if x < 3 { … }`
    """#
  ),
  (
    #"if a { b } elif c { d }"#,
    #"""
    error: `elif` is not a word of the language
      t:1:12
      |
    1 | if a { b } elif c { d }
      |            ^^^^
      = hint: write `else if c { … }`
    """#
  ),
  (
    #"elif x { }"#,
    #"""
    error: `elif` is not a word of the language
      t:1:1
      |
    1 | elif x { }
      | ^^^^
      = hint: write `else if c { … }`
    """#
  ),
  (
    #"while x < 3 do y"#,
    #"""
    error: the block of `while` is missing: expected `{`, but found `do`
      t:1:13
      |
    1 | while x < 3 do y
      |             ^^
      = hint: a block stands in braces that begin on the same line: `while x < 3 { … }`
    """#
  ),
  (
    #""{a b}""#,
    #"""
    error: two expressions in a row
      t:1:5
      |
    1 | "{a b}"
      |     ^
      = hint: to call `a`, write `a(b)`
      = hint: each value has braces of its own: `{a} {b}`
    """#
  ),
  (
    #"f(x"#,
    #"""
    error: `(` is not closed
      t:1:2
      |
    1 | f(x
      |  ^
      = hint: `)` is missing
    """#
  ),
  (
    #"f(x]"#,
    #"""
    error: `]` does not close the `(` of line 1
      t:1:4
      |
    1 | f(x]
      |  ~ ^
      |  └ `(` is opened here
      = hint: write `)` first
    """#
  ),
  (
    #"y = (1 + [2, 3)"#,
    #"""
    error: `)` does not close the `[` of line 1
      t:1:15
      |
    1 | y = (1 + [2, 3)
      |          ~    ^
      |          └ `[` is opened here
      = hint: write `]` first
    """#
  ),
  (
    #"f(x))"#,
    #"""
    error: `)` closes nothing
      t:1:5
      |
    1 | f(x))
      |     ^
      = hint: remove it, or open it before
    """#
  ),
  (
    #"{ a"#,
    #"""
    error: `{` is not closed
      t:1:1
      |
    1 | { a
      | ^
      = hint: `}` is missing
    """#
  ),
  (
    #"a }"#,
    #"""
    error: `}` closes nothing
      t:1:3
      |
    1 | a }
      |   ^
      = hint: remove it, or open it before
    """#
  ),
  (
    #"x = "#,
    #"""
    error: expected an expression, but the text ends
      t:1:4
      |
    1 | x =
      |    ^
    """#
  ),
  (
    #"1 +"#,
    #"""
    error: expected a value after `+`, but the text ends
      t:1:4
      |
    1 | 1 +
      |    ^
    """#
  ),
  (
    #"for i in 1:10 { }"#,
    #"""
    error: `:` does not make a range here
      t:1:11
      |
    1 | for i in 1:10 { }
      |           ^
      = hint: a range is written `0..<10` or `1...10`
    """#
  ),
  (
    #"for x in xs: y"#,
    #"""
    error: `:` does not begin a block
      t:1:12
      |
    1 | for x in xs: y
      |            ^
      = hint: a block stands in braces that begin on the same line: `for x in xs { … }`
    """#
  ),
  (
    #"f(int x) = 5"#,
    #"""
    error: two parameters in a row
      t:1:7
      |
    1 | f(int x) = 5
      |       ^
      = hint: parameters are separated by `,`; they have no types
    """#
  ),
  (
    #"f(a = 3)"#,
    #"""
    error: `=` cannot stand in a call
      t:1:5
      |
    1 | f(a = 3)
      |     ^
      = hint: a named argument is written `name: value`, equality `==`
    """#
  ),
  (
    #"(a: 1, 2)"#,
    #"""
    error: this mixes a record and a tuple
      t:1:8
      |
    1 | (a: 1, 2)
      |        ^
      = hint: name all fields, `(lr: 0.1, units: 32)`, or none, `(0.1, 32)`
    """#
  ),
  (
    #"[1, 2: 3]"#,
    #"""
    error: this mixes a map and a list
      t:1:6
      |
    1 | [1, 2: 3]
      |      ^
      = hint: a map's items are all `key: value`
    """#
  ),
  (
    #"["a": 1, 2]"#,
    #"""
    error: this key has no value
      t:1:10
      |
    1 | ["a": 1, 2]
      |          ^
      = hint: a map's items are all `key: value`
    """#
  ),
  (
    #"{"a": 1}"#,
    #"""
    error: `:` cannot stand here
      t:1:5
      |
    1 | {"a": 1}
      |     ^
      = hint: a map is written in brackets: `["a": 1]`
    """#
  ),
  (
    #"x: int = 3"#,
    #"""
    error: `:` cannot stand here
      t:1:2
      |
    1 | x: int = 3
      |  ^
      = hint: names have no types: write `x = 3`
      = hint: a record is written `(lr: 0.1)`, a map `["a": 1]`
    """#
  ),
  (
    #"x = 1:10"#,
    #"""
    error: `:` cannot stand here
      t:1:6
      |
    1 | x = 1:10
      |      ^
      = hint: a range is written `0..<10` or `1...10`
    """#
  ),
  (
    #"0..."#,
    #"""
    error: expected a value after `...`, but the text ends
      t:1:5
      |
    1 | 0...
      |     ^
    """#
  ),
  (
    #"sum(x for x in xs)"#,
    #"""
    error: `for` inside a call needs brackets
      t:1:7
      |
    1 | sum(x for x in xs)
      |       ^^^
      = hint: write `f([e for x in xs])`, or `list(e for x in xs)`
    """#
  ),
  (
    #"x = for i in y { }"#,
    #"""
    error: `for` has no value
      t:1:5
      |
    1 | x = for i in y { }
      |     ^^^
      = hint: a loop stands in a line of its own; a list of values is `[x^2 for x in xs]`
    """#
  ),
  (
    #"try { 1 }"#,
    #"""
    error: expected `catch`, but the text ends
      t:1:10
      |
    1 | try { 1 }
      |          ^
      = hint: what follows an error is written `try { … } catch e { … }`
    """#
  ),
  (
    #"x[]"#,
    #"""
    error: nothing stands between these brackets
      t:1:2
      |
    1 | x[]
      |  ^^
      = hint: all items are `x[:]`
    """#
  ),
  (
    #"x."#,
    #"""
    error: expected the name of a field after `.`, but the text ends
      t:1:3
      |
    1 | x.
      |   ^
    """#
  ),
  (
    #"x.3.4.b 3"#,
    #"""
    error: two expressions in a row
      t:1:9
      |
    1 | x.3.4.b 3
      |         ^
      = hint: to call `b`, write `b(3)`
      = hint: statements are separated by a newline or `;`
    """#
  ),
  (
    #"y = x[0"#,
    #"""
    error: `[` is not closed
      t:1:6
      |
    1 | y = x[0
      |      ^
      = hint: `]` is missing
    """#
  ),
  (
    #"import numpy as np"#,
    #"""
    error: `import` is not a word of the language
      t:1:1
      |
    1 | import numpy as np
      | ^^^^^^
      = hint: the library is always there; a file is read by `import("file.grad")`
    """#
  ),
  (
    #"class Foo { }"#,
    #"""
    error: `class` is not a word of the language
      t:1:1
      |
    1 | class Foo { }
      | ^^^^^
      = hint: a layer is written `layer Name(…) { … }`, a record `(lr: 0.1)`
    """#
  ),
  (
    #"a is b"#,
    #"""
    error: `is` is not a word of the language
      t:1:3
      |
    1 | a is b
      |   ^^
      = hint: equality is written `==`
    """#
  ),
  (
    #"from x import y"#,
    #"""
    error: `from` is not a word of the language
      t:1:1
      |
    1 | from x import y
      | ^^^^
      = hint: the library is always there; a file is read by `import("file.grad")`
    """#
  ),
  (
    #"h(x :: n) = 3"#,
    #"""
    error: expected the shape, but found `n`
      t:1:8
      |
    1 | h(x :: n) = 3
      |        ^
      = hint: a shape is written `x :: [n, 3, _]`
    """#
  ),
  (
    #"layer Foo(x)"#,
    #"""
    error: expected `{`, but the text ends
      t:1:13
      |
    1 | layer Foo(x)
      |             ^
      = hint: a layer is written `layer Foo(…) { … forward(x) = … }`
    """#
  ),
  (
    #"x -> "#,
    #"""
    error: expected an expression, but the text ends
      t:1:5
      |
    1 | x ->
      |     ^
    """#
  ),
  (
    #"(x + 1) -> 2"#,
    #"""
    error: expected `,` or `)`, but found `+`
      t:1:4
      |
    1 | (x + 1) -> 2
      |    ^
    """#
  ),
  (
    #"x = "a" "b""#,
    #"""
    error: two expressions in a row
      t:1:9
      |
    1 | x = "a" "b"
      |         ^^^
      = hint: statements are separated by a newline or `;`
    """#
  ),
  (
    #"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa + bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb + (c d) + eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"#,
    #"""
    error: two expressions in a row
      t:1:113
      |
    1 | …bbbbbbbbbbbbbbbbbbb + (c d) + eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee…
      |                           ^
      = hint: to call `c`, write `c(d)`
      = hint: items are separated by `,`
    """#
  ),
  (
    #"""
    a = (1
    b = 2
    c = 3
    """#,
    #"""
    error: two expressions in a row
      t:2:1
      |
    1 | a = (1
      |     ~
      |     └ `(` is still open
    2 | b = 2
      | ^
      = hint: items are separated by `,`
    """#
  ),
  (
    #"""
    f(
      x,
      {
        y )
    """#,
    #"""
    error: `)` does not close the `{` of line 3
      t:4:7
      |
    3 |   {
      |   ~
      |   └ `{` is opened here
    4 |     y )
      |       ^
      = hint: write `}` first
    """#
  ),
  (
    #"not"#,
    #"""
    error: expected a value after `not`, but the text ends
      t:1:4
      |
    1 | not
      |    ^
    """#
  ),
  (
    #"x = "{f(}""#,
    #"""
    error: expected an expression, but found `}`
      t:1:9
      |
    1 | x = "{f(}"
      |         ^
    """#
  ),
  (
    #"5 x"#,
    #"""
    error: two expressions in a row
      t:1:3
      |
    1 | 5 x
      |   ^
      = hint: statements are separated by a newline or `;`
    """#
  ),
  (
    #"a.b c"#,
    #"""
    error: two expressions in a row
      t:1:5
      |
    1 | a.b c
      |     ^
      = hint: to call `b`, write `b(c)`
      = hint: statements are separated by a newline or `;`
    """#
  ),
  (
    #"""
    end
    x end
    """#,
    #"""
    error: `end` is not a word of the language
      t:2:3
      |
    2 | x end
      |   ^^^
      = hint: a block ends with `}`
    """#
  ),
  (
    #"@f"#,
    #"""
    error: expected an expression, but found `@`
      t:1:1
      |
    1 | @f
      | ^
    """#
  ),
  (
    #"""
    a = (1
    b = 2
    """#,
    #"""
    error: two expressions in a row
      t:2:1
      |
    1 | a = (1
      |     ~
      |     └ `(` is still open
    2 | b = 2
      | ^
      = hint: items are separated by `,`
    """#
  ),
  (
    #"type + f (x)"#,
    #"""
    error: two expressions in a row
      t:1:10
      |
    1 | type + f (x)
      |          ^
      = hint: in a call the parenthesis touches what is called: `f(…)`
      = hint: statements are separated by a newline or `;`
    """#
  ),
  (
    #"{ a ] "#,
    #"""
    error: `]` does not close the `{` of line 1
      t:1:5
      |
    1 | { a ]
      | ~   ^
      | └ `{` is opened here
      = hint: write `}` first
    """#
  ),
  (
    #"""
    f {
      a b
    }
    """#,
    #"""
    error: two expressions in a row
      t:2:5
      |
    2 |   a b
      |     ^
      = hint: to call `a`, write `a(b)`
      = hint: statements are separated by a newline or `;`
    """#
  ),
  (
    #"a, b,"#,
    #"""
    error: expected an expression, but the text ends
      t:1:6
      |
    1 | a, b,
      |      ^
    """#
  ),
  (
    #"g(a b, c"#,
    #"""
    error: two expressions in a row
      t:1:5
      |
    1 | g(a b, c
      |     ^
      = hint: to call `a`, write `a(b)`
      = hint: arguments are separated by `,`
    """#
  ),
  (
    #"""
    x = [1, 2
    y = 3
    """#,
    #"""
    error: two expressions in a row
      t:2:1
      |
    1 | x = [1, 2
      |     ~
      |     └ `[` is still open
    2 | y = 3
      | ^
      = hint: items are separated by `,`
    """#
  ),
  (
    #"h(x :: [n"#,
    #"""
    error: `(` is not closed
      t:1:2
      |
    1 | h(x :: [n
      |  ^
      = hint: `)` is missing
    """#
  ),
  (
    #""{x,y}""#,
    #"""
    error: expected `}`, but found `,`
      t:1:4
      |
    1 | "{x,y}"
      |    ^
    """#
  ),
  (
    #"x : y"#,
    #"""
    error: `:` cannot stand here
      t:1:3
      |
    1 | x : y
      |   ^
      = hint: names have no types: write `x = 3`
      = hint: a record is written `(lr: 0.1)`, a map `["a": 1]`
    """#
  ),
  (
    #"for x in xs, ys { }"#,
    #"""
    error: the block of `for` is missing: expected `{`, but found `,`
      t:1:12
      |
    1 | for x in xs, ys { }
      |            ^
      = hint: a block stands in braces that begin on the same line: `for x in xs { … }`
    """#
  ),
  (
    #"1, 2 3"#,
    #"""
    error: two expressions in a row
      t:1:6
      |
    1 | 1, 2 3
      |      ^
      = hint: statements are separated by a newline or `;`
    """#
  ),
]
