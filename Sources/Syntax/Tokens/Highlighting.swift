/// What the parts of a text are, for colouring them. It never fails: what cannot be read is passed over.
package struct Highlighting {
  package enum Kind: Sendable, Equatable { case keyword, number, string, comment, call, sign }

  package struct Part: Sendable, Equatable {
    /// In bytes of UTF-8.
    package let span: Span
    package let kind: Kind
  }

  /// In the order of the text; they don't overlap, and plain names and spaces are in none.
  package private(set) var parts: [Part] = []
  private let source: SourceText

  package init(_ text: String) {
    source = SourceText(name: "", text: text)
    var start = 0
    // What cannot be read ends the tokens; behind it they begin anew.
    while start < source.utf8.count { start = read(from: start) }
  }

  /// The end of what was read.
  private mutating func read(from start: Int) -> Int {
    let stream = Lexer.tokens(of: source, part: Span(start, source.utf8.count))
    var end = start
    for (index, token) in stream.tokens.enumerated() {
      if token.kind == .wrong {
        comments(in: Span(end, token.span.start))
        return unreadable(at: max(token.span.start, end))
      }
      comments(in: Span(end, token.kind == .end ? source.utf8.count : token.span.start))
      let next = index + 1 < stream.tokens.count ? stream.tokens[index + 1] : nil
      switch token.kind {
      case .end: return source.utf8.count
      case .string where Int(token.payload) < stream.strings.count: string(stream.strings[Int(token.payload)], token.span)
      default: add(token, next)
      }
      end = token.span.end
    }
    return source.utf8.count
  }

  private mutating func add(_ token: Token, _ next: Token?) {
    switch token.kind {
    case .number: add(.number, token.span)
    case .trueWord, .falseWord, .nothingWord: add(.number, token.span)
    case .name where source.string(token.span) == "layer" && next?.kind == .name && next?.touches == false: add(.keyword, token.span)
    case .name where next?.kind == .leftParenthesis && next?.touches == true: add(.call, token.span)
    case .name, .newline, .end, .string, .wrong, .leftParenthesis, .rightParenthesis, .leftBracket, .rightBracket, .leftBrace, .rightBrace, .comma,
      .semicolon:
      break
    case let kind where kind.isReservedWord: add(.keyword, token.span)
    default: add(.sign, token.span)
    }
  }

  /// A string is one colour, but for what stands in its braces.
  private mutating func string(_ literal: StringLiteral, _ span: Span) {
    var start = span.start
    for case .value(let interpolation) in literal.segments {
      let stream = interpolation.stream
      guard let first = stream.tokens.first, first.kind != .end, first.span.start > start else { continue }
      add(.string, Span(start, first.span.start))
      for (index, token) in stream.tokens.enumerated() where token.kind != .end && token.kind != .wrong {
        let next = index + 1 < stream.tokens.count ? stream.tokens[index + 1] : nil
        if token.kind == .string, Int(token.payload) < stream.strings.count {
          string(stream.strings[Int(token.payload)], token.span)
        } else {
          add(token, next)
        }
        start = max(start, token.span.end)
      }
    }
    add(.string, Span(start, span.end))
  }

  /// A string that is still being typed has its colour up to the end of its line; other signs have none.
  private mutating func unreadable(at start: Int) -> Int {
    let bytes = source.utf8
    guard start < bytes.count else { return bytes.count }
    guard bytes[start] == UInt8(ascii: "\"") else {
      var end = start + 1
      while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
      return end
    }
    let isTriple = bytes[start...].starts(with: Array("\"\"\"".utf8))
    let end = isTriple ? bytes.count : bytes[start...].firstIndex(of: 10) ?? bytes.count
    add(.string, Span(start, end))
    return end
  }

  /// Between two tokens there are spaces, newlines and comments.
  private mutating func comments(in gap: Span) {
    var index = gap.start
    while index < gap.end, let start = source.utf8[index..<gap.end].firstIndex(of: UInt8(ascii: "#")) {
      let end = source.utf8[start..<gap.end].firstIndex(of: 10) ?? gap.end
      add(.comment, Span(start, end))
      index = end
    }
  }

  private mutating func add(_ kind: Kind, _ span: Span) {
    guard span.start < span.end, span.start >= parts.last?.span.end ?? 0 else { return }
    parts.append(Part(span: span, kind: kind))
  }
}
