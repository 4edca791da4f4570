import Syntax
import Testing

@Suite("Depth and size") struct DepthTests {
  private func parse(_ text: String) -> GradusError.Kind? {
    do throws(GradusError) {
      _ = try Parser.parse(SourceText(name: "t", text: text))
      return nil
    } catch {
      return error.kind
    }
  }

  @Test("a report about a line of megabytes is short") func longLines() throws {
    for text in [String(repeating: "a", count: 3_000_000), String(repeating: " ", count: 3_000_000) + "1e", String(repeating: "é", count: 1_500_000)] {
      let source = SourceText(name: "t", text: text)
      var error = GradusError(.name, "there is no `\(text)`")
      error.place = GradusError.Place(source: source, span: Span(text.utf8.count - 1, text.utf8.count))
      let report = ErrorReport(error).text(color: false, ascii: false, width: 80)
      #expect(report.utf8.count < 10_000)
      #expect(report.split(separator: "\n").last?.hasSuffix("^") == true)
    }
  }

  /// A text made of repetitions, shown short.
  struct Repeated: CustomTestStringConvertible, Sendable {
    var head = ""
    var unit: String
    var middle = ""
    var closing = ""
    var tail = ""
    var count = 100_000
    var text: String { head + String(repeating: unit, count: count) + middle + String(repeating: closing, count: count) + tail }
    var testDescription: String { "\(head)(\(unit))\(middle)(\(closing))\(tail) × \(count)" }
  }

  /// A stack must bear whatever is typed.
  @Test(arguments: [
    Repeated(unit: "(", middle: "x", closing: ")"), Repeated(unit: "[", closing: "]"), Repeated(unit: "{", closing: "}"),
    Repeated(unit: "-", middle: "x"), Repeated(unit: "- ", middle: "x"), Repeated(unit: "+", middle: "x"),
    Repeated(unit: "not ", middle: "x"), Repeated(unit: "x -> ", middle: "x"), Repeated(head: "x", unit: "^x"),
    Repeated(head: "x", unit: "^-2"), Repeated(head: "x", unit: "^-"), Repeated(head: "1", unit: "+1"), Repeated(head: "x", unit: ".f"),
    Repeated(head: "f", unit: "(x)"), Repeated(head: "x", unit: "[0]"), Repeated(head: "x", unit: "|>f"), Repeated(head: "x", unit: " or y"),
    Repeated(unit: "f(", closing: ")"), Repeated(unit: "x["), Repeated(unit: "(a, ", middle: "b", closing: ")", tail: " = c"),
    Repeated(unit: "if a { ", closing: "}"), Repeated(unit: "if a { } else "), Repeated(unit: "f { ", closing: "}"),
    Repeated(unit: "f(x) = "), Repeated(unit: "2(", closing: ")"), Repeated(unit: "for x in y { "), Repeated(unit: "while a { "),
    Repeated(unit: "try { "), Repeated(unit: "try { } catch { "), Repeated(unit: "\"{"), Repeated(unit: "() -> "), Repeated(unit: "layer A { "),
    Repeated(unit: "[x for x in "), Repeated(unit: "f(x: "), Repeated(unit: "while "), Repeated(unit: "repeat "), Repeated(unit: "a by "),
    Repeated(head: "x", unit: ".0"), Repeated(head: "a", unit: " in a"), Repeated(unit: "return "), Repeated(unit: "f(x: {"),
    Repeated(unit: "f() = { "), Repeated(head: "x", unit: " + (x", closing: ")"), Repeated(head: "x", unit: " == (a"),
    Repeated(unit: "a = "), Repeated(unit: "(a) -> "), Repeated(unit: "f { x -> "), Repeated(unit: "(((x) -> "), Repeated(unit: "[1: "),
    Repeated(unit: "x[a:"), Repeated(unit: "1 ... "), Repeated(unit: "x |> y >> z or a and b | c & d == e ..< f + g * (", closing: ")"),
    Repeated(head: "f(", unit: "(", middle: "a", closing: ")", tail: ") = 3"), Repeated(head: "for ", unit: "(", middle: "a", closing: ")", tail: " in b { }"),
  ])
  func deepTextsAreRefused(text: Repeated) {
    let kind = parse(text.text)
    #expect(kind == .limit || kind == .syntax)
  }

  @Test(arguments: [
    Repeated(unit: "(", middle: "x", closing: ")", count: 400), Repeated(unit: "[", closing: "]", count: 400), Repeated(head: "1", unit: "+1", count: 1_900),
    Repeated(head: "x", unit: ".f", count: 1_900), Repeated(unit: "-", middle: "x", count: 400), Repeated(head: "x", unit: "^x", count: 200),
    Repeated(unit: "f { ", closing: "}", count: 200), Repeated(head: "f", unit: " >> f"), Repeated(head: "[0", unit: ", 1", tail: "]"),
    Repeated(unit: "x = 1\n"), Repeated(unit: "f(x) = x;"), Repeated(unit: "\"a\";"), Repeated(head: "if a { } ", unit: "else if a { }", count: 400),
  ])
  func ordinaryDepthsAndAnyLengthAreRead(text: Repeated) {
    #expect(parse(text.text) == nil)
  }

  @Test func depthCountsLevels() throws {
    func depth(_ text: String) throws -> Int { try Parser.parse(SourceText(name: "t", text: text)).statements[0].extent.depth }
    #expect(try depth("x") == 2)
    #expect(try depth("1 + 1 + 1") == 4)
    #expect(try depth("f(x) = { y = [1, -x] }") == 7)
    #expect(try depth("x[0:-1, a + b]") == 4)
    #expect(try depth("if a { b } else { f(x) { -y } }") == 11)
  }

  @Test func treesKnowWhetherNamesAreBoundOrClosuresMadeInThem() throws {
    func extent(_ text: String) throws -> Extent { try Parser.parse(SourceText(name: "t", text: text)).statements[0].extent }
    for (text, binds, closes) in [
      ("f(x)[a, 1:b] + {c} |> g", false, false), ("y = 2x", true, false), ("x := 2", false, false), ("x -> x + 1", false, true),
      ("for x in xs { f(x) }", false, false), ("for x in xs { y = f(x) }", true, false), ("[f(x) for x in {a = 2; xs} if c]", true, false),
      ("print(\"{g(2) { a -> a }}\")", false, true), ("map(xs) { x -> y = x }", true, true), ("if a { (b, [c, [d, () -> e]]) }", false, true),
      ("f(x) = x", true, true), ("layer L(n) { }", true, true), ("try { x } catch e { y = e }", true, false), ("return_(a: x -> x)", false, true),
    ] {
      let known = try extent(text)
      #expect((known.hasBindings, known.hasClosures) == (binds, closes), "\(text)")
    }
  }

  @Test func aProgramKnowsEachOfItsVariablesOnce() throws {
    let text = "x = alpha + x.beta(gamma: x) + (eta: 1).eta_field\nprint(\"{delta + x:.2f} eta {\"{zeta_is_a_long_name}\"}\")\nzeta_is_a_long_name + zeta_is_a_long_nome"
    func variables(_ text: String) throws -> [String] {
      let names = try Parser.parse(SourceText(name: "t", text: text)).names
      return names.variables.map { names[$0] }
    }
    #expect(try variables(text) == ["x", "alpha", "beta", "eta_field", "print", "delta", "zeta_is_a_long_name", "zeta_is_a_long_nome"])
    #expect(try variables("f(a, (b, c), d: 1) = 2\nlayer L(e) {}\nfor x, (y, _) in z { }\ng(i: 1) { j -> k }") == ["_", "f", "b", "c", "L", "x", "y", "z", "g", "k"])
    #expect(try variables("print(3.not().in)") == ["print", "not", "in"])
    // More than the table of hashes begins with.
    let many = (0..<500).map { "name\($0) = n\($0 % 7)" }
    #expect(try Set(variables(many.joined(separator: "\n"))).count == 507)
    // One name, written with one character and with two.
    #expect(try variables("e\u{301}t\u{e9} = 1\n\u{e9}te\u{301} + \u{e9}t\u{e9}").count == 1)
  }
}
