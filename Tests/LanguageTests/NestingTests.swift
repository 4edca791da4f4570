import Language
import Syntax
import Testing

/// Values nested far deeper than the host's stack would bear, and values that stand in each other so often that a walk to
/// each place would never end.
@Suite("Values nested deeply") struct NestingTests {
  /// What makes a value `x` that is nested two hundred thousand deep.
  static let kinds = [
    "x = (); repeat 200000 { x = (x, 1) }", "x = list(1); repeat 200000 { x = list(x) }", "x = [:]; repeat 200000 { x = [\"a\": x] }",
    "x = (a: 1); repeat 200000 { x = (a: x) }", "x = v -> v; mk(g) = v -> g(v); repeat 200000 { x = mk(x) }",
    "layer L(a) { forward(v) = v }; x = 1; repeat 50000 { x = L(x) }", "x = sin; repeat 200000 { x = grad(x) }", "x = sin; repeat 200000 { x = x' }",
    "x = 1; repeat 200000 { x = state((x, 1)) }", "mk(x) = sequence(2, i -> x); x = 1; repeat 200000 { x = mk(x) }",
    "x = sin >> cos; repeat 20000 { y = sin >> cos; y[0] = x; x = y }",
  ]

  @Test(arguments: kinds) func areFreed(_ kind: String) throws {
    #expect(try ValuesPrograms.text(kind + "; x = 0; y = 0; x") == "0")
  }

  @Test(arguments: kinds) func areWalked(_ kind: String) throws {
    let program = kind + "\ns = string(x); f() = x; n = f.parameters.length(); y = copy(x); z = detach(x); w = state(x); list(s.length() < 100000, n, x == x)"
    let last = try ValuesPrograms.text(program)
    #expect(last == "[true, 0, true]")
    _ = try ValuesPrograms.display(kind + "\nx")
  }

  /// Functions that call themselves hold themselves.
  @Test func nothingOutlivesItsSession() throws {
    weak var function: FunctionValue?
    func run() throws {
      let session = Session(SessionOptions())
      try session.run(SourceText(name: "test", text: "f(x) = if x > 0 { f(x - 1) } else { x }\ng() = f\ng()"), echo: .text)
      guard case .function(let value)? = session.lastValue else {
        Issue.record("no function")
        return
      }
      function = value
    }
    try run()
    #expect(function == nil)
  }

  static let programs: [ProgramCase] = [
    ProgramCase("x = (); y = (); repeat 200000 { x = (x, 1); y = (y, 1) }; (x == y, x == (y, 1), (x, 1) == (y, 2))", "(true, false, false)"),
    ProgramCase("x = (1,); repeat 200 { x = (x, x) }; y = copy(x); (x == y, (x, 1) == (y, 2))", "(true, false)"),
    ProgramCase("x = (param(1),); repeat 200 { x = (x, x) }; f() = x; list(f.parameters.length(), grad(() -> 1, f).length())", "[1, 1]"),
    ProgramCase("x = (param(2),); repeat 100000 { x = (x, 1) }; f() = x; f.parameters", "[2]"),
    ProgramCase("x = list(1.5); repeat 20000 { x = list(x) }; g = grad(v -> 3)(x); repeat 20000 { g = g[0] }; g", "[0]"),
    // What is shared stays shared, and a copy holds nothing of the original.
    ProgramCase("layer L(a) { forward(v) = a }; i = L(1); m = (i, i, L(i)); c = copy(m); c.0.a = 5; list(c.1.a, c.2.a.a, i.a)", "[5, 5, 1]"),
    ProgramCase("s = state((state(1), 2)); c = copy(s); d = value(c).0; d := 7; list(value(value(s).0), value(value(c).0))", "[1, 7]"),
    ProgramCase("layer L() { n = 0; up() = { n := n + 1; n }; forward(v) = up() }; a = L(); b = copy(a); b(0); b(0); list(a.n, b.n)", "[0, 2]"),
    // Parameters stand in the order of the paths.
    ProgramCase("m = (a: (param(1), param(2)), b: [\"k\": param(3)], c: list(param(4))); grad(() -> 0, m)", #"["a.0": 0, "a.1": 0, "b[\"k\"]": 0, "c[0]": 0]"#),
  ]

  @Test(arguments: programs) func value(_ program: ProgramCase) throws {
    #expect(try ValuesPrograms.text(program.program) == program.output)
  }

  static let refused: [(program: String, error: String)] = [
    ("x = sin >> cos; repeat 20000 { y = sin >> cos; y[0] = x; x = y }; x(1)", "limit: what is called here is nested too deeply: functions within functions, 500 levels"),
    ("x = sin; repeat 20000 { x = x' }; x(1)", "limit: what is called here is nested too deeply: functions within functions, 500 levels"),
    ("x = v -> v; mk(g) = v -> g(v); repeat 200000 { x = mk(x) }; x(1)", "limit: the calls are nested too deeply: `lambda` is call number 100000"),
    ("x = ones(3); repeat 200 { x = (x, x) }; batches(x, 2)", "type: a data set is nested more than 20 deep"),
    ("x = list(1); repeat 200000 { x = list(x) }; sum(x)", "shape: the argument of `sum` is nested more than 8 deep, and a tensor has that many axes at most"),
  ]

  @Test(arguments: refused) func error(_ row: (program: String, error: String)) {
    #expect(ValuesPrograms.error(row.program)?.first == row.error)
  }
}
