import Syntax
import Testing

@Suite("Wrong programs and their whole reports") struct ReportTests {
  private func report(_ source: String, ascii: Bool = false, color: Bool = false, width: Int = 80) -> String? {
    do throws(GradusError) {
      _ = try Parser.parse(SourceText(name: "t", text: source))
      return nil
    } catch {
      return ErrorReport(error).text(color: color, ascii: ascii, width: width)
    }
  }

  @Test(arguments: wrongSigns + wrongBrackets + wrongStatements)
  func words(source: String, expected: String) {
    #expect(report(source) == expected)
  }

  /// Everything but the program's own text is ASCII.
  @Test(arguments: wrongSigns + wrongBrackets + wrongStatements)
  func asciiOnly(source: String, expected: String) {
    guard source.utf8.allSatisfy({ $0 < 0x80 }) else { return }
    #expect(report(source, ascii: true)?.utf8.allSatisfy { $0 < 0x80 } == true)
  }

  @Test(arguments: wrongSigns + wrongBrackets + wrongStatements)
  func colorsAddNothingElse(source: String, expected: String) {
    var plain = ""
    var isCode = false
    for scalar in (report(source, color: true) ?? "").unicodeScalars {
      if scalar == "\u{1B}" { isCode = true } else if isCode { isCode = scalar != "m" } else { plain.unicodeScalars.append(scalar) }
    }
    #expect(plain == expected)
  }

  // MARK: Reports made by hand

  private let lesson = SourceText(
    name: "lesson.grad", text: "w = randn(128, 10)\nf(x) = {\n  logits = x @ w\n  logits\n}\nf(randn(64, 784))\n", firstLine: 10)

  private func span(_ text: String, in source: SourceText, after start: Int = 0) -> Span {
    let bytes = Array(text.utf8)
    let found = (start...(source.utf8.count - bytes.count)).first { Array(source.utf8[$0..<($0 + bytes.count)]) == bytes } ?? 0
    return Span(found, found + bytes.count)
  }

  private var shapes: GradusError {
    let line = span("logits = x @ w", in: lesson).start
    var error = GradusError(
      .shape, "shapes do not agree in `@`: [64, 784] @ [128, 10]",
      at: .init(source: lesson, span: span("@", in: lesson, after: line)),
      labels: [
        .init(span: span("x", in: lesson, after: line + 8), text: "x is [64, 784]"),
        .init(span: span("w", in: lesson, after: line + 8), text: "w is [128, 10], bound at line 10"),
      ],
      notes: ["the inner sizes must match: 784 ≠ 128"], hints: ["w may want shape [784, 10]"])
    let library = SourceText(name: "layers.grad", text: "forward(x) = f(x)", isLibrary: true)
    error.stack = [
      .init(function: "the program", place: .init(source: lesson, span: span("f(randn", in: lesson))),
      .init(function: "forward", place: .init(source: library, span: Span(0, 1))),
      .init(function: "apply", place: .init(source: library, span: Span(0, 1))),
      .init(function: "f", place: .init(source: lesson, span: span("@", in: lesson))),
    ]
    return error
  }

  @Test func labelsNotesAndCalls() {
    #expect(
      ErrorReport(shapes).text(color: false, ascii: false, width: 80) == """
        error: shapes do not agree in `@`: [64, 784] @ [128, 10]
          lesson.grad:12:14
           |
        12 |   logits = x @ w
           |            ~ ^ ~
           |            │   └ w is [128, 10], bound at line 10
           |            └ x is [64, 784]
           = the inner sizes must match: 784 ≠ 128
           = hint: w may want shape [784, 10]
           = calls, outermost first:
               the program  lesson.grad:15:1
               … 2 calls inside the library
               f            lesson.grad:12:14
        """)
  }

  @Test func plainSigns() {
    #expect(
      ErrorReport(shapes).text(color: false, ascii: true, width: 80) == """
        error: shapes do not agree in `@`: [64, 784] @ [128, 10]
          lesson.grad:12:14
           |
        12 |   logits = x @ w
           |            ~ ^ ~
           |            |   ` w is [128, 10], bound at line 10
           |            ` x is [64, 784]
           = the inner sizes must match: 784 != 128
           = hint: w may want shape [784, 10]
           = calls, outermost first:
               the program  lesson.grad:15:1
               ... 2 calls inside the library
               f            lesson.grad:12:14
        """)
  }

  @Test func severalLinesTabsAndWideCharacters() {
    let source = SourceText(name: "t", text: "a = 1\n\n\t学 = f(\n  1)\nb = \"é👩‍👩‍👧\" + 学")
    var error = GradusError(.type, "a list\nand two", at: .init(source: source, span: span("f(\n  1)", in: source)))
    error.labels = [
      .init(span: span("学", in: source, after: 30), text: "one\ntwo"), .init(span: span("a", in: source), text: ""),
    ]
    error.notes = ["first\nsecond"]
    #expect(
      ErrorReport(error).text(color: false, ascii: false, width: 80) == """
        error: a list
        and two
          t:3:6
          |
        1 | a = 1
          | ~
        …
        3 |     学 = f(
          |          ^^
        …
        5 | b = "é👩‍👩‍👧" + 学
          |             ~~
          |             └ one
          |               two
          = first
            second
        """)
  }

  @Test func withoutAPlace() {
    var error = GradusError(.limit, "too much", hints: ["less"])
    error.stack = (0..<100).map { .init(function: "f\($0)", place: nil) }
    #expect(
      ErrorReport(error).text(color: false, ascii: true, width: 80)
        == (["error: too much", "   = hint: less", "   = calls, outermost first:"] + (0..<8).map { "       f\($0)" }
          + ["       ... 84 more calls"] + (92..<100).map { "       f\($0)" }).joined(separator: "\n"))
    #expect(ErrorReport(GradusError(.interrupted, "")).text(color: false, ascii: false, width: 80) == "interrupted")
  }

  @Test func controlCharactersAreNotPassedOn() {
    let source = SourceText(name: "a\u{1B}b", text: "x = \"\u{1B}[2J\" 3")
    let error = GradusError(.user, "bad \u{1B}[2J \u{7}", at: .init(source: source, span: Span(0, 1)))
    #expect(ErrorReport(error).text(color: false, ascii: false, width: 80).unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 32 })
  }

  @Test(arguments: [0, 1, 10, 20, 30, 40, 60, 100, 300], [true, false])
  func longLinesAreCut(width: Int, ascii: Bool) {
    let text = String(repeating: "学", count: 40) + "=" + String(repeating: "b", count: 50) + "@" + String(repeating: "c", count: 60)
    let source = SourceText(name: "t", text: text)
    for start in stride(from: 0, through: source.utf8.count, by: 1) {
      let error = GradusError(.type, "m", at: .init(source: source, span: Span(start, start + 4)), labels: [.init(span: Span(120, 121), text: "here")])
      let lines = ErrorReport(error).text(color: false, ascii: ascii, width: width).split(separator: "\n")
      #expect(DisplayWidth.columns(lines[3]) <= max(24, width))
      #expect(DisplayWidth.columns(lines[4]) <= max(24, width) + 1)
      #expect(lines[4].contains("^"))
    }
  }
}
