import Language
import Library
import Syntax
import Testing

/// Values that refer to themselves are freed: while a session runs, when a run ends, when the session does.
@Suite("Cycles of references") struct CycleTests {
  /// Definitions, and what makes a cycle of references and drops it.
  static let cycles: [(definitions: String, dropped: String)] = [
    ("f() = { g(n) = if n < 1 { 0 } else { g(n - 1) }; g(3) }", "f()"),
    ("f() = { g(n) = if n < 1 { 0 } else { h(n - 1) }; h(n) = g(n); g(3) }", "f()"),
    ("f() = { g = n -> if n < 1 { 0 } else { g(n - 1) }; g(3) }", "f()"),
    ("f() = { xs = [\"a\", \"b\"]; g() = xs; xs[0] = g; length(g()) }", "f()"),
    ("f() = { p = (1, 2); g() = p; p = (g, 3); 1 }", "f()"),
    ("f() = { r = (a: 1); g() = r; r.a = g; 1 }", "f()"),
    ("f() = { m = [\"a\": 0]; g() = m; m[\"a\"] = g; 1 }", "f()"),
    ("f() = { s = 0; s = sequence(3, i -> if i < 0 { s } else { i }); 1 }", "f()"),
    ("f() = { h = 0; g(x) = if x < 0 { h } else { x * x }; h = g'; 1 }", "f()"),
    ("f() = { h = 0; g(x) = if x < 0 { h } else { x * x }; h = grad(g); 1 }", "f()"),
    ("f(xs) = { xs[0] = () -> xs; 1 }", "f([\"a\"])"),
    ("f() = { c = state(0); g() = c; c := [g]; 1 }", "f()"),
    ("layer a(n) { w = n; forward(x) = x + w }", "a(3)(1)"),
    ("layer a(n) { w = n; forward(x) = x + w }", "(a(3) >> a(4))(1)"),
    ("layer a(n) { w = n; forward(x) = x + w }\nm = a(1)", "copy(m)(1)"),
    ("layer a() { b = 0; forward(x) = x }", "x = a(); y = a(); x.b = [y]; y.b = [x]"),
    ("", "dense(2)(ones(1, 2))"),
    ("xs = [\"a\"]", "xs = [i -> xs[0] for j in 0..<2]"),
  ]

  @Test("what a run drops is freed when it ends", arguments: cycles) func afterRun(definitions: String, dropped: String) throws {
    let session = CycleTests.session()
    try session.run(SourceText(name: "a", text: definitions), echo: .none)
    try session.run(SourceText(name: "b", text: "for i in 0..<100 { \(dropped) }"), echo: .none)
    // The last turn's names are bound still.
    #expect(session.trackedCount <= 8, "\(dropped)")
  }

  @Test("what a loop drops is freed while it runs", arguments: cycles) func whileRunning(definitions: String, dropped: String) throws {
    let session = CycleTests.session()
    var most = 0, looks = 0
    session.output = { [weak session] _ in
      looks += 1
      most = max(most, session?.trackedCount ?? .max)
    }
    let program = "\(definitions)\nfor i in 0..<30000 { \(dropped)\nif i % 1000 == 0 { print(i) } }"
    try session.run(SourceText(name: "a", text: program), echo: .none)
    #expect(looks > 0 && most <= 12_000, "\(dropped): \(most) of \(looks)")
  }

  @Test("the tensors that garbage holds are freed before they pile up") func tensors() throws {
    let session = CycleTests.session()
    var most = 0
    session.output = { [weak session] _ in most = max(most, session?.engine.bytesInUse ?? .max) }
    let program = """
      layer a(n) { w = ones(n, n); forward(x) = x @ w }
      for i in 0..<200 { y = a(1000)(ones(1, 1000)); if y[0, 0] > 0 { print(i) } }
      """
    try session.run(SourceText(name: "a", text: program), echo: .none)
    #expect(most <= 200_000_000, "\(most)")
  }

  @Test("what is in use stays, whatever refers to it") func inUse() throws {
    let program = """
      down(k) = { g(n) = if n < 1 { k } else { g(n - 1) }; g }
      layer a(n) { w = n; twice(x) = x * 2; forward(x) = twice(x) + w }
      kept = [down(i) for i in 0..<20000]
      net = a(1) >> a(2) >> down(5)
      counter() = { n = 0; next() = { n := n + 1; if n < 0 { next() } else { n } }; next }
      c = counter()
      deep(n) = { g(k) = if k < 1 { down(n)(2) } else { g(k - 1) }; if n < 1 { 0 } else { deep(n - 1) + g(1) } }
      total = deep(30000)
      for i in 0..<20000 { down(i)(1); c() }
      for i in 0..<20000 { if kept[i](2) != i { print(i) } }
      c()
      net[0](1)
      total == 450015000
      """
    #expect(try ValuesPrograms.text(program) == "20001\n3\ntrue")
  }

  @Test("a session that ends frees what its variables held", arguments: cycles) func atEnd(definitions: String, dropped: String) throws {
    var session: Session? = CycleTests.session()
    try session?.run(SourceText(name: "a", text: "\(definitions)\nlocal() = { g(n) = if n < 1 { 0 } else { g(n - 1) }; g }\nlast = local()\n\(dropped)"), echo: .none)
    weak var function: FunctionValue?
    weak var captured: Box?
    for case ("last", .function(let value)) in session?.variables ?? [] {
      function = value
      if case .closure(_, let captures) = value.kind { captured = captures.first }
    }
    #expect(function != nil && captured != nil)
    session = nil
    #expect(function == nil && captured == nil)
  }

  @Test("what somebody else holds outlives its session") func outliving() throws {
    var session: Session? = CycleTests.session()
    try session?.run(SourceText(name: "a", text: "f() = { xs = [\"a\", \"b\"]; g() = [g, xs]; g }\ng = f()"), echo: .none)
    let held = session?.variables.first { $0.name == "g" }?.value
    session = nil
    guard case .function(let function)? = held, case .closure(_, let captures) = function.kind else {
      Issue.record("no function")
      return
    }
    #expect(captures.count == 2)
    for box in captures {
      if case .list(let list) = box.value { #expect(list.elements.count == 2) } else if case .function(let inner) = box.value { #expect(inner === function) } else { Issue.record("emptied") }
    }
  }

  private static func session() -> Session {
    var options = SessionOptions()
    options.library = Library.sources
    return Session(options)
  }
}
