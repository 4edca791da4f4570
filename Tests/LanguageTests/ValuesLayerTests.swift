import Testing

@Suite struct ValuesLayerTests {
  static let block = """
    layer Scale(size, name: "x") {
      weight = param(zeros(size, 2))
      count = state(0)
      forward(x) = weight * x
    }
    layer Pair() {
      first = Scale(3)
      second = Scale(4)
      other = first
      forward(x) = x
    }

    """

  @Test(arguments: [
    ("Scale(3)", "Scale(3, name: \"x\")   weight [3, 2], count 0 state\n6 parameters"),
    ("Pair()", "Pair\n├ first  Scale(3, name: \"x\")    weight [3, 2], count 0 state   6\n├ second  Scale(4, name: \"x\")   weight [4, 2], count 0 state   8\n└ other  Scale(3, name: \"x\")    shared\n14 parameters"),
    ("Scale(2) >> Scale(2)", "composition of 2\n├ 0  Scale(2, name: \"x\")   weight [2, 2], count 0 state   4\n└ 1  Scale(2, name: \"x\")   weight [2, 2], count 0 state   4\n8 parameters"),
  ])
  func tree(_ program: String, _ expected: String) throws {
    #expect(try ValuesPrograms.display(Self.block + program) == expected)
    #expect(try ValuesPrograms.text(Self.block + program) == expected)
  }

  @Test func insideOfAnotherValueALayerIsOneWord() throws {
    #expect(try ValuesPrograms.text(Self.block + "[Scale(3), Pair()]") == "[Scale(3, name: \"x\"), Pair]")
  }

  @Test(arguments: [("f(x, power: 2) = x^power\nf", "f(x, power: …)"), ("f(x, rest...) = x\nf", "f(x, rest...)"), ("f(x) = x\n(f, 1)", "(f(x), 1)"), ("f(x) = x\nf'", "f'")])
  func functions(_ program: String, _ expected: String) throws {
    #expect(try ValuesPrograms.display(program) == expected)
  }
}
