import Testing

@Suite struct ValuesArithmeticTests {
  @Test(arguments: [
    // Numbers
    ("7 / 2", "3.5"), ("-7 // 2", "-4"), ("-7 % 3", "2"), ("7 % -3", "-2"), ("7 // -2", "-4"), ("6 // 2", "3"), ("1 // 0.1", "9"), ("5.5 % 2", "1.5"), ("1 / 0", "inf"), ("-1 / 0", "-inf"),
    ("2^10", "1024"), ("2^-1", "0.5"), ("2^0.5", "1.41421"), ("-2^2", "-4"), ("0^0", "1"), ("3 % inf", "3"), ("-3 // inf", "-1"),
    ("1 < 2", "true"), ("2 <= 1", "false"), ("1 == 1.0", "true"), ("nan == nan", "false"), ("1 != 2", "true"),
    // Strings, lists, bools
    ("\"a\" + \"b\"", "ab"), ("\"a\" < \"b\"", "true"), ("\"a\" == \"a\"", "true"), ("list(1) + list(2, 3)", "[1, 2, 3]"), ("true & false", "false"), ("true | false", "true"), ("not true", "false"),
    ("true == true", "true"), ("true != true", "false"),
    // Tensors and numbers
    ("[1, 2] + 1", "[2, 3]"), ("1 - [1, 2]", "[0, -1]"), ("[1, 2] / [2, 4]", "[0.5, 0.5]"), ("[1, 2] < 2", "[true, false]"), ("2 < [1, 3]", "[false, true]"), ("[1, 2] == [1, 3]", "[true, false]"),
    ("[[1, 2], [3, 4]] + [10, 20]", "[[11, 22], [13, 24]]"), ("[[1], [2]] * [1, 2, 3]", "[[1, 2, 3], [2, 4, 6]]"), ("-[1, -2]", "[-1, 2]"), ("not [true, false]", "[false, true]"),
    ("[true, false] & true", "[true, false]"), ("[true, false] | [false, false]", "[true, false]"), ("[true, false] == false", "[false, true]"),
    ("[[1, 2], [3, 4]] @ [[1, 0], [0, 1]]", "[[1, 2], [3, 4]]"), ("[[1, 2], [3, 4]] @ [1, 1]", "[3, 7]"), ("[1, 2] @ [3, 4]", "11"), ("[1, 2, 3]^2", "[1, 4, 9]"), ("2^[1, 2, 3]", "[2, 4, 8]"),
    ("[-7, 7] // 2", "[-4, 3]"), ("[-7, 7] % 3", "[2, 1]"), ("[1, 0] > 0 & [1, 1] > 0", "[true, false]"),
    // Types
    ("(i32([1, 2]) + 1).type", "i32"), ("(i32([1, 2]) / 2).type", "f32"), ("(i32([1]) + f32([1])).type", "f32"), ("(f32([1]) + f64([1])).type", "f64"), ("([true] + 1).type", "f32"),
    ("([1] + 0.1).type", "f32"), ("(f64([1]) + 0.1)[0] == 1.1", "true"), ("([true] + [true]).type", "i32"), ("[1, 2].type", "f32"), ("[true, 2].type", "f32"), ("[i32([1])[0], 2].type", "i32"),
    ("[f64([1])[0], 2].type", "f64"), ("(-[true]).type", "i32"), ("i32([7]) // 2", "[3]"), ("i32([2]) * 3", "[6]"),
    // Equality
    ("list(1, \"a\") == list(1, \"a\")", "true"), ("(1, 2) == (1, 3)", "false"), ("(a: 1) == (a: 1)", "true"), ("(a: 1) == (b: 1)", "false"), ("[\"a\": 1] == [\"a\": 1]", "true"),
    ("[\"a\": 1, \"b\": 2] == [\"b\": 2, \"a\": 1]", "true"), ("[\"a\": 1] == [\"a\": 2]", "false"), ("1 == nothing", "false"), ("nothing == nothing", "true"), ("[1, 2] != nothing", "true"),
    ("list([1, 2], 1) == list([1, 2], 1)", "true"), ("list([1, 2]) == list([1, 3])", "false"), ("list(1) == list(\"a\")", "false"), ("0..<3 == 0..<3", "true"), ("0..<3 == 0...2", "true"), ("list() == list()", "true"),
    // in
    ("2 in list(1, 2)", "true"), ("\"a\" in list(1, 2)", "false"), ("\"a\" in [\"a\": 1]", "true"), ("1 in [1: 2]", "true"), ("\"ell\" in \"hello\"", "true"), ("\"\" in \"\"", "true"), ("\"x\" in \"hello\"", "false"),
    ("3 in 0..<3", "false"), ("2 in 0..<3", "true"), ("2.5 in 0..<3", "false"), ("4 in 0...10 by 2", "true"), ("3 in [1, 2, 3]", "true"), ("0.1 in [0.1]", "true"), ("3 in (1, 2)", "false"), ("[1, 2] in list([1, 2])", "true"),
    // Brackets
    ("[[1, 2], [3, 4]].shape", "(2, 2)"), ("[\"a\", (1, 2)]", "[\"a\", (1, 2)]"), ("[[\"a\"], []]", "[[\"a\"], []]"), ("[1, [2, 3][0]].shape", "(2,)"),
    ("if [true][0] { 1 } else { 2 }", "1"),
  ])
  func value(_ program: String, _ expected: String) throws {
    #expect(try ValuesPrograms.text(program) == expected, "\(program)")
  }

  @Test(arguments: [
    ("1 // 0", ["value: division by zero in `//`", "? `/` gives inf"]),
    ("5 % 0", ["value: division by zero in `%`"]),
    ("[1, 2] % 0", ["value: division by zero in `%`"]),
    ("\"a\" + 1", ["type: `+` cannot take the string \"a\" and the number 1", "? put it into the string: \"{x}\", or read a number with number(s)"]),
    ("true + 1", ["type: `+` cannot take true and the number 1", "? number(true) is 1, number(false) is 0"]),
    ("[1, 2] + true", ["type: `+` cannot take a tensor [2] f32 and true", "? number(true) is 1, number(false) is 0"]),
    ("true == 1", ["type: true and the number 1 cannot be compared: they are of different kinds", "? number(b) makes 1 of true and 0 of false"]),
    ("\"1\" == 1", ["type: the string \"1\" and the number 1 cannot be compared: they are of different kinds", "? number(s) reads a number from a string, string(x) makes a string"]),
    ("list(1, 2) + [1, 2]", ["type: `+` cannot take a list of 2 and a tensor [2] f32", "? tensor(xs) makes a tensor of a list of numbers"]),
    ("2 @ 3", ["type: `@` is the matrix product of two tensors, and one of these is a number", "= left is the number 2, right is the number 3", "? `*` multiplies numbers"]),
    ("1 & 2", ["type: `&` takes bools or tensors of bools, not the number 1 and the number 2", "? compare first: `x > 0 & y > 0`; `and` takes two bools"]),
    ("nothing + 1", ["type: `+` cannot take nothing and the number 1", "= a value that is nothing comes from an assignment, a loop, or a block without a last expression"]),
    ("not 3", ["type: `not` needs true or false, not the number 3", "? compare it: `x == 0`"]),
    ("if 3 { 1 }", ["type: a condition must be true or false, not the number 3", "? compare it: `x != 0`"]),
    ("if [1, 2] > 0 { 1 }", ["type: a condition must be true or false, not a tensor [2] bool", "? `any(x)` and `all(x)` make one bool of many"]),
    ("if \"a\" { 1 }", ["type: a condition must be true or false, not the string \"a\"", "? compare it: `s != \"\"`"]),
    ("i32([1]) + 0.5", ["type: 0.5 stands where an i32 is needed, and it is not a whole number of 32 bits", "= a number takes the type of the tensor beside it", "? f32(x) makes f32 of the i32 tensor"]),
    ("zeros(64, 784) @ zeros(128, 10)", ["shape: shapes do not agree in `@`: [64, 784] @ [128, 10]", "= the inner sizes must match: 784 ≠ 128", "? the right side may want shape [784, 10]"]),
    ("zeros(2, 3) @ zeros(2, 3)", ["shape: shapes do not agree in `@`: [2, 3] @ [2, 3]", "= the inner sizes must match: 3 ≠ 2", "? `.T` on the right side makes it [3, 2]"]),
    ("zeros(64, 10) + zeros(64)", ["shape: shapes do not agree in `+`: [64, 10] + [64]", "= [64, 10]", "=     [64]", "=      ^^  axis -1: 10 ≠ 64", "? `y[..., new]` gives the right side the shape [64, 1]"]),
    ("zeros(2, 100, 3) * zeros(5, 1)", ["shape: shapes do not agree in `*`: [2, 100, 3] * [5, 1]", "= [2, 100, 3]", "=      [5, 1]", "=     ^^^     axis -2: 100 ≠ 5"]),
    ("[1, \"a\"]", ["type: `[…]` mixes what makes a tensor with what makes a list", "= item 0 is the number 1, item 1 is the string \"a\"", "? list(…) makes a list of anything"]),
    ("[[1, 2], [3]]", ["shape: the items differ in shape: item 1 has shape [1], item 0 has shape [2]", "? list(…) makes a list of tensors of any shapes: `concat(list(a, b))`"]),
    ("[[3], [1, 2], [1, 2]]", ["shape: the items differ in shape: item 0 has shape [1], item 1 has shape [2]", "? list(…) makes a list of tensors of any shapes: `concat(list(a, b))`"]),
    ("[1, [2]]", ["shape: the items differ in shape: item 1 has shape [1], item 0 is a single number", "? list(…) makes a list of tensors of any shapes: `concat(list(a, b))`"]),
    ("1 in 2", ["type: `in` looks in lists, tuples, maps, strings, ranges and tensors, not in the number 2"]),
    ("1 in \"a\"", ["type: `in` looks for a string in a string, not for the number 1", "? string(x) makes a string"]),
    ("-\"a\"", ["type: `-` needs a number or tensor, not the string \"a\""]),
  ])
  func wrong(_ program: String, _ expected: [String]) {
    #expect(ValuesPrograms.error(program) == expected, "\(program)")
  }

  @Test func unpacking() throws {
    #expect(try ValuesPrograms.text("a, b = (1, 2)\na\nb") == "1\n2")
    #expect(try ValuesPrograms.text("a, b = [[1, 2], [3, 4]]\nb") == "[3, 4]")
    #expect(ValuesPrograms.error("a, b = (1, 2, 3)") == ["value: 2 names for 3 values", "= the right side is a tuple of 3", "? `_` takes what is not wanted"])
    #expect(ValuesPrograms.error("a, b = 1") == ["type: the number 1 cannot be taken apart", "= tuples, lists and the first axis of a tensor can"])
  }

  @Test(arguments: [
    ("for x in [1, 2.5] { x }", "1\n2.5"), ("for x in 0..<3 { x }", "0\n1\n2"), ("for x in [\"a\": 1] { x }", "(\"a\", 1)"), ("for c in \"añ\" { c }", "a\nñ"),
    ("for r in [[1, 2], [3, 4]] { r }", "[1, 2]\n[3, 4]"), ("for x in (1, \"a\") { x }", "1\na"), ("for x in zeros(0) { x }", ""), ("for x in [true] { x }", "true"),
  ])
  func iteration(_ program: String, _ expected: String) throws {
    // The machine shows no values inside of loops: the program prints them.
    let printing = program.replacing("{ x }", with: "{ print(x) }").replacing("{ c }", with: "{ print(c) }").replacing("{ r }", with: "{ print(r) }")
    #expect(try ValuesPrograms.text(printing) == expected)
  }

  @Test func iterationNeedsElements() {
    #expect(ValuesPrograms.error("for x in 3 { x }") == ["type: `for` goes through what has elements, and the number 3 has none", "? a range counts: `for i in 0..<n`"])
  }
}
