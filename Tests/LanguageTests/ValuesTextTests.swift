import Testing

@Suite struct ValuesTextTests {
  @Test(arguments: [
    // Numbers
    ("6", "6"), ("1 / 3", "0.333333"), ("1e15", "1000000000000000"), ("9999999999999998", "9999999999999998"), ("1e16", "1e+16"), ("0.00001", "1e-05"),
    ("123456.789", "123457"), ("1234567.5", "1.23457e+06"), ("-0.5", "-0.5"), ("0 * -1", "0"), ("nan", "nan"), ("-inf", "-inf"), ("0.1 + 0.2", "0.3"),
    ("-1e-300", "-1e-300"), ("2^53", "9007199254740992"),
    // Strings are bare, inside of something quoted
    ("\"a b\"", "a b"), ("[\"a\", \"b\"]", "[\"a\", \"b\"]"), ("[\"a\\n\\\"\\\\\\tb\"]", "[\"a\\n\\\"\\\\\\tb\"]"), ("[\"é猫\"]", "[\"é猫\"]"),
    // Tensors
    ("[5, 7, 9]", "[5, 7, 9]"), ("[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]"), ("[0.1, 1/3]", "[0.1, 0.333333]"), ("[true, false]", "[true, false]"),
    ("i32([1, -2])", "[1, -2]"), ("[1, 2][0]", "1"), ("zeros(0)", "[]"), ("zeros(2, 0)", "[[], []]"), ("zeros(0, 3)", "[]"), ("[nan, inf, -inf, -0.0]", "[nan, inf, -inf, 0]"),
    ("f64([0.1])", "[0.1]"), ("[16777217]", "[16777216]"), ("reshape(arange(8), 2, 2, 2)", "[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]"),
    ("arange(2000)", "[0, 1, 2, ..., 1997, 1998, 1999]"), ("arange(1000)[998:]", "[998, 999]"),
    ("reshape(arange(2000), 2, 1000)", "[[0, 1, 2, ..., 997, 998, 999], [1000, 1001, 1002, ..., 1997, 1998, 1999]]"),
    // Others
    ("true", "true"), ("(2, 3)", "(2, 3)"), ("(1,)", "(1,)"), ("()", "()"), ("(lr: 0.1)", "(lr: 0.1)"), ("(lr: 0.1, name: \"x\")", "(lr: 0.1, name: \"x\")"),
    ("list(1, \"a\", nothing)", "[1, \"a\", nothing]"), ("list()", "[]"), ("[\"a\": 1, \"b\": [1, 2]]", "[\"a\": 1, \"b\": [1, 2]]"), ("[1: 2]", "[1: 2]"), ("[:]", "[:]"),
    ("0..<10", "0..<10"), ("1...3", "1...3"), ("0..<10 by 2", "0..<10 by 2"), ("\"{[1, 2]} and {\"x\"}\"", "[1, 2] and x"),
  ])
  func text(_ program: String, _ expected: String) throws {
    #expect(try ValuesPrograms.text(program) == expected, "\(program)")
  }

  @Test(arguments: [
    ("{1/3:.3f}", "0.333"), ("{2:.3f}", "2.000"), ("{3:5d}", "    3"), ("{3:<5d}|", "3    |"), ("{3:^5d}|", "  3  |"), ("{3:*^5d}", "**3**"), ("{-3:05d}", "-0003"), ("{3:+d}", "+3"),
    ("{3: d}", " 3"), ("{1234567:,d}", "1,234,567"), ("{1234.5:,.2f}", "1,234.50"), ("{-1234.5:,.1f}", "-1,234.5"), ("{0.256:.1%}", "25.6%"), ("{255:x}", "ff"), ("{-255:x}", "-ff"),
    ("{12345:e}", "1.234500e+04"), ("{12345:.2e}", "1.23e+04"), ("{0.00001234:g}", "1.234e-05"), ("{1/3:.3}", "0.333"), ("{1/3:8.3}", "   0.333"), ("{5:8}", "       5"),
    ("{\"ab\":>4}", "  ab"), ("{\"ab\":4}|", "ab  |"), ("{\"abcdef\":.3}", "abc"), ("{nan:.2f}", "nan"), ("{inf:+.1f}", "+inf"), ("{true:>6}", "  true"),
    ("{[1, 2.5]:.2f}", "[1.00, 2.50]"), ("{[[1], [20]]:4d}", "[[   1], [  20]]"), ("{(1, 2):>8}", "  (1, 2)"), ("{0.1:.20f}", "0.10000000000000000555"),
    // Halves go to the even digit; what is written is the number itself, not its shortest text.
    ("{0.125:.2f} {0.375:.2f} {2.5:.0f} {3.5:.0f} {0.5:.0f} {1.005:.2f}", "0.12 0.38 2 4 0 1.00"), ("{-0.001:.2f} {0.0:.1f} {-1.25:.1f}", "-0.00 0.0 -1.2"),
    ("{9007199254740991:.1f} {9007199254740992:.1f}", "9007199254740991.0 9007199254740992.0"), ("{1e-300:.18f} {999.9999:.3f}", "0.000000000000000000 1000.000"),
    ("{123456.789:.18f}", "123456.789000000004307367"),
  ])
  func format(_ format: String, _ expected: String) throws {
    #expect(try ValuesPrograms.text("\"\(format)\"") == expected, "\(format)")
  }

  @Test(arguments: [
    ("\"{2.5:d}\"", ["value: format `d` is for whole numbers, and 2.5 is none", "? `.0f` rounds"]),
    ("\"{\"a\":.2f}\"", ["type: this format is for numbers, and the value is the string \"a\"", "? number(x) reads a number from a string"]),
    ("\"{true:d}\"", ["type: this format is for numbers, and the value is true"]),
    ("\"{list(1):d}\"", ["type: this format is for numbers, and the value is a list of 1"]),
  ])
  func wrongFormat(_ program: String, _ expected: [String]) {
    #expect(ValuesPrograms.error(program) == expected)
  }

  @Test(arguments: [
    ("6", "6"), ("\"a\"", "a"), ("[1, 2, 3]", "tensor [3] f32\n[1, 2, 3]"), ("[[1, 2], [-30, 4]]", "tensor [2, 2] f32\n[[  1,   2],\n [-30,   4]]"),
    ("[1, 2][1]", "tensor [] f32   2"), ("zeros(0)", "tensor [0] f32\n[]"), ("[0.5, 1, 2.25]", "tensor [3] f32\n[0.50, 1.00, 2.25]"),
    ("[1/3, -2/3]", "tensor [2] f32\n[ 0.3333, -0.6667]"), ("[0.00001, 1]", "tensor [2] f32\n[0.00001, 1.00000]"),
    ("[1e-9, 1]", "tensor [2] f32\n[1e-09, 1e+00]"), ("[12345.678, 2.5]", "tensor [2] f32\n[12345.7,     2.5]"), ("[12345.678]", "tensor [1] f32\n[12345.7]"), ("[1e-12, 1e12]", "tensor [2] f32\n[1e-12, 1e+12]"), ("[1.00001, 2]", "tensor [2] f32\n[1.0000, 2.0000]"),
    ("[100.125, 2]", "tensor [2] f32\n[100.12,   2.00]"), ("[0.99999999, 2]", "tensor [2] f32\n[1, 2]"), ("[nan, 1.5, -inf]", "tensor [3] f32\n[ nan,  1.5, -inf]"),
    ("i32([2000000000, -1])", "tensor [2] i32\n[2000000000,         -1]"), ("[true, false]", "tensor [2] bool\n[ true, false]"),
    ("reshape(arange(8), 2, 2, 2)", "tensor [2, 2, 2] f32\n[[[0, 1],\n  [2, 3]],\n\n [[4, 5],\n  [6, 7]]]"),
    ("arange(1001)", "tensor [1001] f32   min 0  mean 500  max 1000   ████████".dropLast(1) + "\n[   0,    1,    2, ...,  998,  999, 1000]"),
    ("arange(30)", "tensor [30] f32\n[ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,\n 20, 21, 22, 23, 24, 25, 26, 27, 28, 29]"),
    ("(1, [2])", "(1, [2])"),
  ].map { ($0.0, String($0.1)) })
  func display(_ program: String, _ expected: String) throws {
    #expect(try ValuesPrograms.display(program) == expected, "\(program)")
  }

  @Test func longListsShowTheirEnds() throws {
    #expect(try ValuesPrograms.display("list(i for i in 0..<2000)") == "[0, 1, 2, ..., 1997, 1998, 1999]")
    #expect(try ValuesPrograms.text("list(i for i in 0..<1002)").hasSuffix(", 998, 999, 1000, 1001]"))
  }

  @Test func statisticsCountWhatIsNotFinite() throws {
    let line = try ValuesPrograms.display("x = zeros(2000)\nx[3] = nan\nx[4] = inf\nx[5] = 2\nx").split(separator: "\n")[0]
    #expect(line == "tensor [2000] f32   min 0  mean 0.001  max 2  nan 1  inf 1   █▁▁▁▁▁▂")
  }
}
