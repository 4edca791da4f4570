/// Unreadable signs, numbers and strings.
let wrongSigns: [(source: String, expected: String)] = [
  (
    #"x = 3x^2y"#,
    #"""
    error: a number touches `y` in an exponent
      t:1:8
      |
    1 | x = 3x^2y
      |        ^^
      = hint: write `x^2 * y`, or `x^(2y)`
    """#
  ),
  (
    #"a && b"#,
    #"""
    error: `&&` is not a sign of the language
      t:1:3
      |
    1 | a && b
      |   ^^
      = hint: `and` joins two bools, `&` works elementwise on tensors
    """#
  ),
  (
    #"a || b"#,
    #"""
    error: `||` is not a sign of the language
      t:1:3
      |
    1 | a || b
      |   ^^
      = hint: `or` joins two bools, `|` works elementwise on tensors
    """#
  ),
  (
    #"!x"#,
    #"""
    error: `!` is not a sign of the language
      t:1:1
      |
    1 | !x
      | ^
      = hint: write `not x`; different from is `!=`
    """#
  ),
  (
    #"x ** 2"#,
    #"""
    error: `**` is not a sign of the language
      t:1:3
      |
    1 | x ** 2
      |   ^^
      = hint: write `x^2` for a power
    """#
  ),
  (
    #"x++"#,
    #"""
    error: `++` is not a sign of the language
      t:1:2
      |
    1 | x++
      |  ^^
      = hint: write `x += 1`
    """#
  ),
  (
    #"x === y"#,
    #"""
    error: `===` is not a sign of the language
      t:1:3
      |
    1 | x === y
      |   ^^^
      = hint: write `==`
    """#
  ),
  (
    #"x => x"#,
    #"""
    error: `=>` is not a sign of the language
      t:1:3
      |
    1 | x => x
      |   ^^
      = hint: a function without a name is written `x -> x^2`
    """#
  ),
  (
    #"'abc'"#,
    #"""
    error: `'` does not open a string
      t:1:1
      |
    1 | 'abc'
      | ^
      = hint: strings stand between double quotes: `"text"`; after a function `'` is its derivative: `f'(x)`
    """#
  ),
  (
    #"print('abc')"#,
    #"""
    error: `'` does not open a string
      t:1:7
      |
    1 | print('abc')
      |       ^
      = hint: strings stand between double quotes: `"text"`; after a function `'` is its derivative: `f'(x)`
    """#
  ),
  (
    #"x = 5."#,
    #"""
    error: the number `5.` ends with a point
      t:1:5
      |
    1 | x = 5.
      |     ^^
      = hint: a point needs a digit on both sides: write `5.0`
    """#
  ),
  (
    #"x = .5"#,
    #"""
    error: the number `.5` begins with a point
      t:1:5
      |
    1 | x = .5
      |     ^^
      = hint: a point needs a digit on both sides: write `0.5`
    """#
  ),
  (
    #"1.2.3"#,
    #"""
    error: a number has one point
      t:1:4
      |
    1 | 1.2.3
      |    ^^
    """#
  ),
  (
    #"x = 0b101"#,
    #"""
    error: numbers are written in decimal or hexadecimal
      t:1:5
      |
    1 | x = 0b101
      |     ^^^^^
      = hint: `0b101` is `0x5`
    """#
  ),
  (
    #"x = 0xfg"#,
    #"""
    error: `0xf` is not a number
      t:1:5
      |
    1 | x = 0xfg
      |     ^^^^
      = hint: hexadecimal digits are 0–9 and a–f: `0xff`
    """#
  ),
  (
    #"1e999"#,
    #"""
    error: the number `1e999` is too large
      t:1:1
      |
    1 | 1e999
      | ^^^^^
      = hint: the largest is about 1.8e308; infinity is written `inf`
    """#
  ),
  (
    #"x（1）"#,
    #"""
    error: `（` is not a sign of the language
      t:1:2
      |
    1 | x（1）
      |  ^^
      = hint: write `(`
    """#
  ),
  (
    #"a × b"#,
    #"""
    error: `×` is not a sign of the language
      t:1:3
      |
    1 | a × b
      |   ^
      = hint: write `*`
    """#
  ),
  (
    #"x = “a”"#,
    #"""
    error: `“` is a typographic quotation mark
      t:1:5
      |
    1 | x = “a”
      |     ^
      = hint: write `"`
    """#
  ),
  (
    #"x²"#,
    #"""
    error: `²` is not a sign of the language
      t:1:2
      |
    1 | x²
      |  ^
      = hint: write `^2`
    """#
  ),
  (
    #"f’(2)"#,
    #"""
    error: `’` is not a sign of the language
      t:1:2
      |
    1 | f’(2)
      |  ^
      = hint: write `'`
    """#
  ),
  (
    #"x = a − b"#,
    #"""
    error: `−` is not a sign of the language
      t:1:7
      |
    1 | x = a − b
      |       ^
      = hint: write `-`
    """#
  ),
  (
    #""abc"#,
    #"""
    error: the string is not closed on its line
      t:1:1
      |
    1 | "abc
      | ^
      = hint: end it with `"`; a text of several lines stands between `"""` and `"""`
    """#
  ),
  (
    #""a } b""#,
    #"""
    error: a `}` in a string has no `{`
      t:1:4
      |
    1 | "a } b"
      |    ^
      = hint: a brace itself is written `}}`
    """#
  ),
  (
    #""{x:q}""#,
    #"""
    error: `q` is not a format
      t:1:5
      |
    1 | "{x:q}"
      |     ^
      = hint: a format is `[[fill]<^>][sign][width][,][.n][efgd%x]`: `{x:.3f}`, `{n:>8,d}`, `{p:.1%}`
      = hint: braces themselves are written `{{` and `}}`
    """#
  ),
  (
    #""{}""#,
    #"""
    error: nothing stands between these braces
      t:1:2
      |
    1 | "{}"
      |  ^^
      = hint: braces themselves are written `{{` and `}}`
    """#
  ),
  (
    #""\q""#,
    #"""
    error: `\q` is not an escape
      t:1:2
      |
    1 | "\q"
      |  ^^
      = hint: the escapes are `\n`, `\t`, `\"`, `\\` and `\u{3b1}`; a backslash itself is `\\`
    """#
  ),
  (
    #"repeat { x }"#,
    #"""
    error: `repeat` needs a number
      t:1:8
      |
    1 | repeat { x }
      |        ^
      = hint: write `repeat 10 { … }`; a loop without an end is `while true { … }`
    """#
  ),
  (
    #"f(3) = 5"#,
    #"""
    error: expected the name of a parameter, but found the number `3`
      t:1:3
      |
    1 | f(3) = 5
      |   ^
      = hint: a function is defined by `f(x) = …`; equality is written `==`
    """#
  ),
  (
    #"x = a ? b : c"#,
    #"""
    error: `?` is not a sign of the language
      t:1:7
      |
    1 | x = a ? b : c
      |       ^
      = hint: a choice is written `if c { a } else { b }`
    """#
  ),
  (
    #"x .* y"#,
    #"""
    error: `.*` is not a sign of the language
      t:1:3
      |
    1 | x .* y
      |   ^^
      = hint: `*` is elementwise; the matrix product is `@`
    """#
  ),
  (
    "\ty = 学习率 + “中”",
    #"""
    error: `“` is a typographic quotation mark
      t:1:12
      |
    1 |     y = 学习率 + “中”
      |                  ^
      = hint: write `"`
    """#
  ),
  (
    #"""
    x = """abc
    """#,
    #"""
    error: the string is not closed: `"""` is missing
      t:1:5
      |
    1 | x = """abc
      |     ^^^
    """#
  ),
  (
    #"`x`"#,
    #"""
    error: ``` is not a sign of the language
      t:1:1
      |
    1 | `x`
      | ^
      = hint: strings stand between double quotes
    """#
  ),
  (
    #"$x"#,
    #"""
    error: `$` is not a sign of the language
      t:1:1
      |
    1 | $x
      | ^
      = hint: a value stands in a string as `{x}`
    """#
  ),
  (
    #"x \"#,
    #"""
    error: `\` is not a sign of the language
      t:1:3
      |
    1 | x \
      |   ^
      = hint: a line goes on after an operator, after `,` and inside brackets; no sign is needed
    """#
  ),
  (
    #""{x""#,
    #"""
    error: the `{` in this string is not closed
      t:1:2
      |
    1 | "{x"
      |  ^
      = hint: a value in a string is written `{x}`, a brace itself `{{`
    """#
  ),
  (
    #""a {  x + 'b' } c""#,
    #"""
    error: `'` does not open a string
      t:1:11
      |
    1 | "a {  x + 'b' } c"
      |           ^
      = hint: strings stand between double quotes: `"text"`; after a function `'` is its derivative: `f'(x)`
    """#
  ),
  (
    #""a {x + "b"#,
    #"""
    error: the `{` in this string is not closed
      t:1:4
      |
    1 | "a {x + "b
      |    ^
      = hint: a value in a string is written `{x}`, a brace itself `{{`
    """#
  ),
  (
    #"1.2.3 + x"#,
    #"""
    error: a number has one point
      t:1:4
      |
    1 | 1.2.3 + x
      |    ^^
    """#
  ),
  (
    #"f(3) = 3"#,
    #"""
    error: expected the name of a parameter, but found the number `3`
      t:1:3
      |
    1 | f(3) = 3
      |   ^
      = hint: a function is defined by `f(x) = …`; equality is written `==`
    """#
  ),
  (
    #"""
    x = """ {a + 
    """#,
    #"""
    error: the `{` in this string is not closed
      t:1:9
      |
    1 | x = """ {a +
      |         ^
      = hint: a value in a string is written `{x}`, a brace itself `{{`
    """#
  ),
]
