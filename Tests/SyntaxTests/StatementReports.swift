/// Statements, loops, definitions and operators that are not well formed.
let wrongStatements: [(source: String, expected: String)] = [
  (
    #"f(x) { a, b -> a } ; f(x) { (a, b) -> a } ; training { x } ; f { -> }"#,
    #"""
    error: `->` follows no parameter
      t:1:66
      |
    1 | f(x) { a, b -> a } ; f(x) { (a, b) -> a } ; training { x } ; f { -> }
      |                                                                  ^^
      = hint: a function without parameters is `() -> …`
    """#
  ),
  (
    #"f(if: 1, x, for: 2)"#,
    #"""
    error: an argument without a name follows `if:`
      t:1:10
      |
    1 | f(if: 1, x, for: 2)
      |          ^
      = hint: arguments by position stand first; name this one, too
    """#
  ),
  (
    #"0 < x < 1"#,
    #"""
    error: comparisons do not chain
      t:1:7
      |
    1 | 0 < x < 1
      |       ^
      = hint: write `0 < x & x < 1`
    """#
  ),
  (
    #"a == b == c"#,
    #"""
    error: comparisons do not chain
      t:1:8
      |
    1 | a == b == c
      |        ^^
      = hint: write `a == b & b == c`
    """#
  ),
  (
    #"if x = 3 { y }"#,
    #"""
    error: `=` does not compare
      t:1:6
      |
    1 | if x = 3 { y }
      |      ^
      = hint: equality is written `==`
    """#
  ),
  (
    #"for i = 1:10 { }"#,
    #"""
    error: this is not the head of a loop
      t:1:5
      |
    1 | for i = 1:10 { }
      |     ^
      = hint: a loop is written `for x in xs { … }` or `for i in 0..<10 { … }`
    """#
  ),
  (
    #"for (i = 0; i < 3; i++) { }"#,
    #"""
    error: this is not the head of a loop
      t:1:5
      |
    1 | for (i = 0; i < 3; i++) { }
      |     ^
      = hint: a loop is written `for x in xs { … }` or `for i in 0..<10 { … }`
    """#
  ),
  (
    #"for x xs { }"#,
    #"""
    error: this is not the head of a loop
      t:1:7
      |
    1 | for x xs { }
      |       ^^
      = hint: a loop is written `for x in xs { … }` or `for i in 0..<10 { … }`
    """#
  ),
  (
    #"while { x }"#,
    #"""
    error: `while` needs a condition
      t:1:7
      |
    1 | while { x }
      |       ^
      = hint: write `while x < 3 { … }`
    """#
  ),
  (
    #"true = 3"#,
    #"""
    error: `true` cannot be bound
      t:1:1
      |
    1 | true = 3
      | ^^^^
      = hint: choose another name
      = hint: equality is written `==`
    """#
  ),
  (
    #"in = 3"#,
    #"""
    error: `in` is a reserved word
      t:1:1
      |
    1 | in = 3
      | ^^
      = hint: choose another name
    """#
  ),
  (
    #"3 = x"#,
    #"""
    error: a value cannot be changed
      t:1:1
      |
    1 | 3 = x
      | ^
      = hint: the name stands on the left: `x = 3`
      = hint: equality is written `==`
    """#
  ),
  (
    #"3x = 4"#,
    #"""
    error: a name cannot begin with a digit
      t:1:1
      |
    1 | 3x = 4
      | ^^
      = hint: choose another name
      = hint: equality is written `==`
    """#
  ),
  (
    #"f'(x) = 2x"#,
    #"""
    error: a derivative follows from its function
      t:1:1
      |
    1 | f'(x) = 2x
      | ^^^^^
      = hint: define `f(x) = …`
    """#
  ),
  (
    #"x.f(a) = 3"#,
    #"""
    error: a method is not defined this way
      t:1:1
      |
    1 | x.f(a) = 3
      | ^^^^^^
      = hint: define a function, `f(x) = …`; `x.f()` calls it, too
    """#
  ),
  (
    #"f(x, y = 2) = 5"#,
    #"""
    error: `=` does not give a default
      t:1:8
      |
    1 | f(x, y = 2) = 5
      |        ^
      = hint: write `y: 2`
    """#
  ),
  (
    #"f(x, x) = 5"#,
    #"""
    error: the name `x` stands here twice
      t:1:6
      |
    1 | f(x, x) = 5
      |      ^
      = hint: `_` takes what is not needed
    """#
  ),
  (
    #"f(a: 1, 2)"#,
    #"""
    error: an argument without a name follows `a:`
      t:1:9
      |
    1 | f(a: 1, 2)
      |         ^
      = hint: arguments by position stand first; name this one, too
    """#
  ),
  (
    #"f(a: 1, a: 2)"#,
    #"""
    error: `a:` is given twice
      t:1:9
      |
    1 | f(a: 1, a: 2)
      |         ^
    """#
  ),
  (
    #"x = y = 3"#,
    #"""
    error: an assignment has no value
      t:1:7
      |
    1 | x = y = 3
      |       ^
      = hint: assign one name a line; equality is `==`
    """#
  ),
  (
    #"x[1...]"#,
    #"""
    error: a range needs both ends
      t:1:4
      |
    1 | x[1...]
      |    ^^^
      = hint: write `1...n`; a part of a tensor is `x[1:]`
    """#
  ),
  (
    #"f(args...)"#,
    #"""
    error: a range needs both ends
      t:1:7
      |
    1 | f(args...)
      |       ^^^
      = hint: write `args...10`; `rest...` stands only among the parameters of a definition
    """#
  ),
  (
    #"1...2...3"#,
    #"""
    error: ranges do not chain
      t:1:6
      |
    1 | 1...2...3
      |      ^^^
      = hint: a step is written `1...n by 2`
    """#
  ),
  (
    #"a + not b"#,
    #"""
    error: `not` is looser than the operator before it
      t:1:5
      |
    1 | a + not b
      |     ^^^
      = hint: put it in parentheses: `a + (not b)`
    """#
  ),
  (
    #"a not in b"#,
    #"""
    error: `not` cannot stand here
      t:1:3
      |
    1 | a not in b
      |   ^^^
      = hint: write `not (x in xs)`
    """#
  ),
  (
    #"else { 3 }"#,
    #"""
    error: `else` follows no block
      t:1:1
      |
    1 | else { 3 }
      | ^^^^
      = hint: it stands behind the `}` of `if … { … }`
    """#
  ),
  (
    #"% comment"#,
    #"""
    error: a statement cannot begin with `%`
      t:1:1
      |
    1 | % comment
      | ^
      = hint: a comment begins with `#`
    """#
  ),
  (
    #"// comment"#,
    #"""
    error: a statement cannot begin with `//`
      t:1:1
      |
    1 | // comment
      | ^^
      = hint: a comment begins with `#`
    """#
  ),
  (
    #"f(*args)"#,
    #"""
    error: `*` does not unpack
      t:1:3
      |
    1 | f(*args)
      |   ^
      = hint: a parameter that takes all that remains is written `rest...`
    """#
  ),
  (
    #"f(a..., b) = 3"#,
    #"""
    error: `a...` takes all that remains
      t:1:9
      |
    1 | f(a..., b) = 3
      |         ^
      = hint: only parameters with a default may follow it
    """#
  ),
  (
    #"x += y += 3"#,
    #"""
    error: `+=` cannot stand inside an expression
      t:1:8
      |
    1 | x += y += 3
      |        ^^
      = hint: an assignment stands in a line of its own
    """#
  ),
  (
    #"(a, b) += 3"#,
    #"""
    error: this cannot be changed
      t:1:1
      |
    1 | (a, b) += 3
      | ^^^^^^
      = hint: a name, an item `x[i]` or a field `x.f` stands on the left
      = hint: equality is written `==`
    """#
  ),
  (
    #"for if in xs { }"#,
    #"""
    error: `if` is a reserved word
      t:1:5
      |
    1 | for if in xs { }
      |     ^^
      = hint: choose another name
    """#
  ),
  (
    #"f'(x) = 2"#,
    #"""
    error: a derivative follows from its function
      t:1:1
      |
    1 | f'(x) = 2
      | ^^^^^
      = hint: define `f(x) = …`
    """#
  ),
  (
    #"a, x[0] = 1, 2"#,
    #"""
    error: an assignment cannot stand here
      t:1:9
      |
    1 | a, x[0] = 1, 2
      |         ^
      = hint: only names are unpacked, `a, b = …`; equality is written `==`
    """#
  ),
  (
    #"else: 3"#,
    #"""
    error: `else` follows no block
      t:1:1
      |
    1 | else: 3
      | ^^^^
      = hint: it stands behind the `}` of `if … { … }`
    """#
  ),
]
