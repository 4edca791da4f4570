import Language
import Library
import Syntax
import Testing

@Suite("Programs") struct MachineTests {
  private func shows(_ example: ProgramCase) throws {
    #expect(try ValuesPrograms.text(example.program) == example.output)
  }

  @Test("scopes", arguments: ProgramTables.scopes) func scopesShow(_ example: ProgramCase) throws { try shows(example) }
  @Test("control flow", arguments: ProgramTables.control) func controlShow(_ example: ProgramCase) throws { try shows(example) }
  @Test("calls", arguments: ProgramTables.calls) func callsShow(_ example: ProgramCase) throws { try shows(example) }
  @Test("layers", arguments: ProgramTables.layers) func layersShow(_ example: ProgramCase) throws { try shows(example) }
  @Test("derivatives", arguments: ProgramTables.derivatives) func derivativesShow(_ example: ProgramCase) throws { try shows(example) }
  @Test("steps", arguments: ProgramTables.steps) func stepsShow(_ example: ProgramCase) throws { try shows(example) }

  @Test("numbers and returns", arguments: ProgramTables.numbers) func numbersShow(_ example: ProgramCase) throws { try shows(example) }

  @Test("every definition of the library compiles") func library() throws {
    try session().compileLibrary()
  }

  @Test("errors", arguments: errorCases) func errors(_ program: String, _ first: String) throws {
    let error = try #require(ValuesPrograms.error(program))
    #expect(error.first == first)
  }

  static let errorCases: [(String, String)] = [
    ("x", "name: there is no `x`"),
    ("f() = { y; y = 1 }; f()", "name: `y` is read before it is bound"),
    // What earlier calls left in the registers is no variable's value.
    ("g(a, b, c) = { d = a + b; d + c }; f(x) = { if x > 0 { y = 1 }; y }; h() = { g(1, 2, 3); f(-1) }; h()", "name: `y` is read before it is bound"),
    ("f(n) = { a = 1 + n * 2 - (n + 3) * (n + 4); list({ if x > 1 { y = x }; y } for x in [1, 2]) }; f(3)", "name: `y` is read before it is bound"),
    ("x := 1", "name: there is no `x` to change"),
    ("1 // 0", "value: division by zero in `//`"),
    ("f(x) = x; f()", "argument: `f` is called without `x`"),
    ("f(x) = x; f(1, 2)", "argument: `f` takes one argument, but 2 are given"),
    ("f(x) = x; f(y: 2)", "argument: `f` has no argument `y`"),
    ("f(x) = x; f(1, x: 2)", "argument: `f` gets `x` twice"),
    ("\"a\"(4)", "type: the string \"a\" is not a function"),
    ("f(n) = f(n + 1); f(0)", "limit: the calls are nested too deeply: `f` is call number 100000"),
    ("f(x :: [2]) = x; f([1, 2, 3])", "shape: `x` has shape [3], but [2] is declared"),
    ("w = param([1, 2]); w := [1, 2, 3]", "shape: a cell of shape [2] gets a value of shape [3]"),
    ("w = param(1); opt = sgd([w]); step(opt) { step(opt) { w }; w }", "derivative: a `step` cannot stand inside another one"),
    ("w = param(1); opt = sgd([w]); (x -> step(opt) { w * x })'(1)", "derivative: a `step` cannot stand inside a derivative"),
    ("w = param(1); grad(() -> { w := 2; w }, w)", "derivative: a parameter cannot be changed while derivatives are taken by it"),
    ("(x -> [x, x])'(1)", "derivative: a gradient is taken of one number, but the function gives a tensor [2] f32"),
    ("(x -> (x, 1))'(1)", "derivative: the function returns a tuple, but a derivative is taken of one value"),
    ("(x -> cumsum(x))'([1, 2])", "derivative: `'` needs a function that gives one number, or one that is elementwise: `cumsum` mixes elements"),
    ("___", "value: fill in the blank"),
  ]

  @Test("a product that cannot fit is refused before it starts") func memory() throws {
    let error = try #require(ValuesPrograms.error("x = rand(1e6, 1e6); print(x @ x)"))
    #expect(error[0].hasPrefix("limit: not enough memory"))
  }

  @Test(
    "numbers that cannot fit are refused before they are laid out",
    arguments: [
      "arange(1e15)", "arange(0, 1, 1e-15)", "linspace(0, 1, 1e15)", "tensor(0..<1e15)", "reverse(0..<1e15)", "sum(0..<1e15)",
      "enumerate(0..<1e15)", "zeros(2, 2).reshape(0..<1e15)",
    ])
  func longRanges(_ program: String) throws {
    let error = try #require(ValuesPrograms.error(program))
    #expect(error[0].hasPrefix("limit: not enough memory"))
  }

  @Test(
    "a shape that no memory can hold is refused beside an empty axis, too",
    arguments: ["zeros(0, 1e18, 1e18)", "zeros(0, 1e10).reshape(0, 1e10, 1e10)", "tile(ones(3), 1e18)", "tile(ones(0), 1e18)"])
  func hugeShapes(_ program: String) throws {
    let error = try #require(ValuesPrograms.error(program))
    #expect(error[0].hasSuffix("would be too large for any memory"))
  }

  @Test("a chain of 10⁶ recorded operations gives its result") func chain() throws {
    #expect(try ValuesPrograms.text("x = ones(1)\nrepeat 1000000 { x = x + 1 }\nx") == "[1000001]")
  }

  @Test("an index found wrong by its data fails within its try") func dataFailure() throws {
    #expect(try ValuesPrograms.text("i = i32([7]); r = try { y = ones(3)[i]; 1 } catch e { e.kind }; r") == "index")
  }

  @Test("an error leaves the session usable") func usable() throws {
    let session = session()
    var shown = ""
    session.output = { shown += $0 }
    #expect(throws: GradusError.self) { try session.run(SourceText(name: "a", text: "x = 1\nf(n) = f(n)\nf(1)"), echo: .text) }
    try session.run(SourceText(name: "b", text: "x + 1"), echo: .text)
    #expect(shown == "2\n")
  }

  @Test("a closure that captures a cell of an earlier run sees its changes") func runs() throws {
    let session = session()
    var shown = ""
    session.output = { shown += $0 }
    try session.run(SourceText(name: "[1]", text: "n = 1\nf(x) = n * x"), echo: .text)
    try session.run(SourceText(name: "[2]", text: "n = 5"), echo: .text)
    try session.run(SourceText(name: "[3]", text: "f(2)"), echo: .text)
    #expect(shown == "10\n")
  }

  private func session() -> Session {
    var options = SessionOptions()
    options.library = Library.sources
    return Session(options)
  }
}

@Suite("Reports of errors") struct ReportTests {
  @Test("a shape error shows both operands, their shapes and a remedy") func shapes() throws {
    let program = "x = ones(64, 784)\n\nw = ones(128, 10)\nlogits = x @ w"
    let error = try #require(throws: GradusError.self) { try ValuesPrograms.text(program) }
    #expect(
      ErrorReport(error).text(color: false, ascii: false, width: 80) == """
        error: shapes do not agree in `@`: [64, 784] @ [128, 10]
          test:4:12
          |
        4 | logits = x @ w
          |          ~ ^ ~
          |          │   └ w is [128, 10], bound at line 3
          |          └ x is [64, 784], bound at line 1
          = the inner sizes must match: 784 ≠ 128
          = hint: the right side may want shape [784, 10]
        """)
  }

  @Test("an error within the library is shown at the program's own line") func library() throws {
    let error = try #require(throws: GradusError.self) { try ValuesPrograms.text("f(x) = relu(x)\n\nf(\"a\")") }
    let place = try #require(error.place)
    #expect(place.line == 1)
    #expect(place.source.string(place.span) == "relu(x)")
    #expect(error.stack.map(\.function).first == "f")
  }

  @Test("an error found when a value is computed names the line that wrote it down") func late() throws {
    let error = try #require(throws: GradusError.self) { try ValuesPrograms.text("i = i32([7])\ny = ones(3)[i]\nprint(y)") }
    #expect(error.place?.line == 2)
  }
}
