import Library
import Syntax
import Testing

@Suite("What can stand at the end of a text") struct CursorPlaceTests {
  static let rows: [(text: String, expectation: CursorPlace, word: String)] = [
    ("", .statement, ""), ("fo", .statement, "fo"), ("x\n", .statement, ""), ("x;", .statement, ""), ("f(x) = { y = 1\n", .statement, ""),
    ("f(x) = {", .statement, ""), ("g { a, (b, c) -> ", .statement, ""), ("g { ", .statement, ""), ("# a\n", .statement, ""),
    ("x = ", .expression, ""), ("x = 1 + ", .expression, ""), ("x = 1 +\n", .expression, ""), ("x = si", .expression, "si"), ("-", .expression, ""), ("2", .expression, ""),
    ("not ", .expression, ""), ("if ", .expression, ""), ("while x in ", .expression, ""), ("x -> ", .expression, ""), ("(a, b) -> ", .expression, ""),
    ("[1, ", .expression, ""), ("(1, ", .expression, ""), ("x[", .expression, ""), ("x[1:", .expression, ""), ("0..<9 by ", .expression, ""), ("a, ", .expression, ""),
    ("return ", .expression, ""), ("x |> ", .expression, ""), ("f(a)\n", .statement, ""),
    ("f(", .argument, ""), ("f(x, l", .argument, "l"), ("a.f(", .argument, ""), ("f(g(1), ", .argument, ""), ("f([1, 2], ", .argument, ""), ("x.in(", .argument, ""),
    ("f(lr: ", .expression, ""), ("f((", .expression, ""), ("f([", .expression, ""), ("f'(", .argument, ""), ("2(", .expression, ""),
    ("x ", .operation, ""), ("x an", .operation, "an"), ("f(x) ", .operation, ""), ("t.0 ", .operation, ""), ("x.in ", .operation, ""), ("\"a\" ", .operation, ""),
    ("if a { b } e", .operation, "e"), ("0..<9 b", .operation, "b"), ("f(x ", .operation, ""), ("f' ", .operation, ""), ("[x f", .operation, "f"),
    ("x.", .field, ""), ("x.sh", .field, "sh"), ("x\n  .f", .field, "f"), ("f(x).", .field, ""),
    ("for ", .newName, ""), ("for i, ", .newName, ""), ("for (a, b), c", .newName, "c"), ("layer ", .newName, ""), ("try { } catch ", .newName, ""),
    ("layer", .statement, "layer"), ("layer(", .argument, ""),
    ("\"{", .expression, ""), ("\"{x", .expression, "x"), ("\"{x} {m.", .field, ""), ("\"{ {a: ", .expression, ""), ("\"\"\"a\n{x ", .operation, ""),
    ("\"a", .text(Span(1, 2)), ""), ("\"{x:.2", .other, ""), ("\"a{{", .text(Span(1, 4)), ""), ("\"\"\"a\n\"b", .text(Span(3, 7)), ""), ("\"{\"", .text(Span(3, 3)), ""),
    ("\"\\\"", .text(Span(1, 3)), ""), ("\"a\n", .statement, ""), ("\"{x\ny.", .field, ""), ("\"{f(a: ", .expression, ""),
    ("x # c", .other, ""), ("else ", .other, ""), ("x :: ", .other, ""), ("€", .statement, ""), ("€ x.", .field, ""), ("1.5", .expression, ""), ("0x", .other, ""),
  ]

  @Test(arguments: rows) func place(_ row: (text: String, expectation: CursorPlace, word: String)) {
    let (expectation, word) = Parser.cursorPlace(after: row.text)
    #expect(expectation == row.expectation, "\(row.text)")
    #expect(SourceText(name: "", text: row.text).string(word) == row.word, "\(row.text)")
  }

  /// At the beginning of every token of the library, what stands there is what was expected.
  @Test func ofTheLibrary() {
    var count = 0
    for source in Library.sources {
      for place in Parser.index(of: source) {
        let start = place.documentationSpan.map { $0.end + 1 } ?? place.span.start
        let text = source.string(Span(start, place.span.end))
        for part in Highlighting(text).parts where part.kind != .comment && part.kind != .string {
          let written = SourceText(name: "", text: text).string(Span(0, part.span.start))
          let token = SourceText(name: "", text: text).string(part.span)
          let (expectation, word) = Parser.cursorPlace(after: written)
          // Where a word or a number ends, it may go on.
          if word.start < word.end || written.last?.isNumber == true { continue }
          count += 1
          #expect(allows(expectation, token, part.kind, written), "\(expectation) before \(token):\n\(written)")
        }
      }
    }
    #expect(count > 2_000)
  }

  private func allows(_ expectation: CursorPlace, _ token: String, _ kind: Highlighting.Kind, _ before: String) -> Bool {
    switch expectation {
    // A new line may go on with the one before.
    case .statement where ["else", "catch", "|>", ">>", "."].contains(token):
      return before.reversed().first { $0 != " " } == "\n"
    case .statement, .expression, .argument:
      switch kind {
      case .number, .call: return true
      case .keyword: return !["and", "or", "in", "else", "catch"].contains(token)
      default: return ["-", "+", "...", ":", "::"].contains(token)
      }
    case .operation:
      switch kind {
      case .keyword: return ["and", "or", "in", "else", "catch", "for", "if"].contains(token)
      case .sign: return true
      default: return false
      }
    case .field: return kind == .call || kind == .number
    case .newName: return kind == .call
    case .text: return before.last == "{" || token == ":"
    case .other: return token == "if" || before.last?.isNumber == true
    }
  }

  /// Whatever the beginning of a program of the library, the services for the prompt answer, and agree with the whole.
  @Test func everyBeginningOfTheLibrary() {
    for source in Library.sources {
      for place in Parser.index(of: source) {
        let text = source.string(Span(place.documentationSpan.map { max($0.start, $0.end - 80) } ?? place.span.start, place.span.end))
        let whole = Highlighting(text).parts
        for (position, end) in text.indices.enumerated() where position % 7 == 0 {
          let written = String(text[..<end])
          let count = written.utf8.count
          let word = Parser.cursorPlace(after: written).word
          #expect(word.start <= word.end && word.end == count, "\(written)")
          let parts = Highlighting(written).parts
          #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.span.end <= $1.span.start } && parts.allSatisfy { $0.span.end <= count }, "\(written)")
          // What stands on finished lines has its colour for good, but for a text of several lines.
          let line = written.utf8.lastIndex(of: 10).map { written.utf8.distance(from: written.utf8.startIndex, to: $0) } ?? 0
          if !text.contains("\"\"\"") {
            #expect(parts.filter { $0.span.end < line } == whole.filter { $0.span.end < line }, "\(written)")
          }
          for found in Parser.index(of: SourceText(name: "", text: written)) {
            #expect(found.span.start >= 0 && found.span.end <= count, "\(written)")
          }
          _ = Parser.completeness(written)
        }
      }
    }
  }

  /// After every line of a definition, Enter goes on where more must come, and runs where the definition ends.
  @Test func enterAfterEveryLineOfTheLibrary() {
    for source in Library.sources {
      for place in Parser.index(of: source) {
        let lines = source.string(place.span).split(separator: "\n", omittingEmptySubsequences: false)
        for count in 1...lines.count {
          let written = lines.prefix(count).joined(separator: "\n")
          let next = count < lines.count ? lines[count].drop { $0 == " " } : nil
          switch Parser.completeness(written) {
          case .wrong(let error): Issue.record("\(error.message) after\n\(written)")
          case .complete:
            let goesOn = next.map { next in ["|>", ">>", ".", "else", "catch", "#"].contains { next.hasPrefix($0) } } ?? true
            #expect(goesOn, "complete, though more follows:\n\(written)")
          case .incomplete(let indentation):
            #expect(next != nil, "incomplete at its end:\n\(written)")
            #expect(indentation >= 0 && indentation <= 20)
          }
        }
      }
    }
  }
}
