/// Strings: `"loss {l:.3f}"`, `"""…"""` over several lines with their common indentation removed.
extension Lexer {
  /// How many strings may stand within each other's braces.
  private static let deepest = 32

  private enum Piece {
    /// Text as written, escapes unresolved.
    case raw(Range<Int>)
    case value(Interpolation)
  }

  /// Reads a string; false where it is not one, and the stream ends.
  func string() -> Bool {
    let start = offset
    let isTriple = byte(1) == UInt8(ascii: "\"") && byte(2) == UInt8(ascii: "\"")
    guard depth < Lexer.deepest else {
      fail(error("strings are nested too deeply", start, start + 1, hints: ["give an inner string a name of its own"]), from: start)
      return false
    }
    var index = start + (isTriple ? 3 : 1)
    var pieces: [Piece] = []
    pieces.reserveCapacity(4)
    var textStart = index
    while true {
      guard index < limit, isTriple || bytes[index] != 10 else { return unclosed(start, index, isTriple) }
      switch bytes[index] {
      case UInt8(ascii: "\\") where ahead(index + 1) == UInt8(ascii: "u") && ahead(index + 2) == UInt8(ascii: "{"):
        // The braces of an escape open nothing.
        index += 3
        while index < limit, bytes[index] != UInt8(ascii: "}"), bytes[index] != UInt8(ascii: "\""), bytes[index] != 10 { index += 1 }
        if ahead(index) == UInt8(ascii: "}") { index += 1 }
      case UInt8(ascii: "\\"):
        index += !isTriple && ahead(index + 1) == 10 ? 1 : 2
      case UInt8(ascii: "\"") where !isTriple || (ahead(index + 1) == bytes[index] && ahead(index + 2) == bytes[index]):
        pieces.append(.raw(textStart..<index))
        guard let segments = segments(pieces, isTriple: isTriple, start: start) else { return false }
        stream.strings.append(StringLiteral(segments: segments))
        add(.string, to: index + (isTriple ? 3 : 1), payload: stream.strings.count - 1)
        return true
      case UInt8(ascii: "{") where ahead(index + 1) == bytes[index]:
        index += 2
      case UInt8(ascii: "}") where ahead(index + 1) == bytes[index]:
        index += 2
      case UInt8(ascii: "}"):
        fail(error("a `}` in a string has no `{`", index, index + 1, hints: ["a brace itself is written `}}`"]), from: start)
        return false
      case UInt8(ascii: "{"):
        pieces.append(.raw(textStart..<index))
        guard let end = interpolation(at: index, isTriple: isTriple, start: start, &pieces) else { return false }
        index = end
        textStart = end
      default:
        index += 1
      }
    }
  }

  private func ahead(_ index: Int) -> UInt8 { index < limit ? bytes[index] : 0 }

  private func unclosed(_ start: Int, _ end: Int, _ isTriple: Bool) -> Bool {
    if isInterpolation, !isTriple {
      // What looks like a string's beginning is the end of the string around.
      failUnclosedBraces(isIncomplete: false)
      return false
    }
    var problem = error(
      isTriple ? "the string is not closed: `\"\"\"` is missing" : "the string is not closed on its line", start, start + (isTriple ? 3 : 1),
      hints: isTriple ? [] : ["end it with `\"`; a text of several lines stands between `\"\"\"` and `\"\"\"`"])
    if case .interpolation(let multiline, _) = context {
      problem.isIncomplete = multiline && isTriple
    } else {
      problem.isIncomplete = isTriple
    }
    fail(problem, from: start)
    return false
  }

  /// interpolation := "{" expression [":" format] "}"; the offset behind it, or nil where the stream ended.
  private func interpolation(at brace: Int, isTriple: Bool, start: Int, _ pieces: inout [Piece]) -> Int? {
    let isMultiline: Bool
    if case .interpolation(let outer, _) = context { isMultiline = outer && isTriple } else { isMultiline = isTriple }
    let inner = Lexer(
      source: source, part: Span(brace + 1, limit), context: .interpolation(multiline: isMultiline, depth: depth + 1), names: stream.names)
    inner.stream.tokens.reserveCapacity(4)
    inner.run()
    if inner.stream.tokens.contains(where: { $0.kind == .wrong }) {
      // Its error is met when the parser reads what stands in the braces.
      pieces.append(.value(Interpolation(inner.stream, Span(brace, brace + 1), format: nil)))
      stream.strings.append(StringLiteral(segments: pieces.compactMap { piece in
        if case .value(let interpolation) = piece { .value(interpolation) } else { nil }
      }))
      offset = start
      add(.string, to: limit, payload: stream.strings.count - 1)
      offset = limit
      return nil
    }
    var end = inner.offset
    guard inner.stream.tokens.count > 1 else {
      fail(
        error("nothing stands between these braces", brace, min(end + 1, limit), hints: ["braces themselves are written `{{` and `}}`"]), from: start)
      return nil
    }
    var format: FormatSpecification?
    if ahead(end) == UInt8(ascii: ":") {
      let formatStart = end + 1
      end = formatStart
      while end < limit, bytes[end] != UInt8(ascii: "}"), bytes[end] != 10, bytes[end] != UInt8(ascii: "\"") { end += 1 }
      let text = String(decoding: bytes[formatStart..<end], as: UTF8.self)
      format = FormatSpecification.parse(text)
      if format == nil || ahead(end) != UInt8(ascii: "}") {
        fail(
          error(
            "`\(text)` is not a format", formatStart, max(end, formatStart + 1),
            hints: [FormatSpecification.grammar, "braces themselves are written `{{` and `}}`"]), from: start)
        return nil
      }
    }
    pieces.append(.value(Interpolation(inner.stream, Span(brace, end + 1), format: format)))
    return end + 1
  }

  // MARK: From pieces to text

  private func segments(_ pieces: [Piece], isTriple: Bool, start: Int) -> [StringLiteral.Segment]? {
    var segments: [StringLiteral.Segment] = []
    segments.reserveCapacity(pieces.count)
    let layout = isTriple ? layout(of: pieces) : nil
    for (position, piece) in pieces.enumerated() {
      switch piece {
      case .value(let interpolation):
        segments.append(.value(interpolation))
      case .raw(let range):
        guard let text = text(of: range, layout: layout, isFirst: position == 0, isLast: position == pieces.count - 1, start: start)
        else { return nil }
        if !text.isEmpty || pieces.count == 1 { segments.append(.text(text)) }
      }
    }
    return segments
  }

  /// How the lines of a `"""` text are cut: the newline behind the opening quotes and the line of the closing ones are left out,
  /// and each line loses the indentation that all have in common.
  private struct TextLayout {
    var indentation = 0
    var dropsFirstNewline = false
    var dropsLastLine = false
  }

  private func layout(of pieces: [Piece]) -> TextLayout {
    var layout = TextLayout()
    var common: ArraySlice<UInt8>?
    for (position, piece) in pieces.enumerated() {
      guard case .raw(let range) = piece else { continue }
      let isLast = position == pieces.count - 1
      if position == 0 {
        let content = range.drop { bytes[$0] == 32 || bytes[$0] == 9 || bytes[$0] == 13 }
        layout.dropsFirstNewline = content.first.map { bytes[$0] == 10 } ?? false
      }
      for newline in range where bytes[newline] == 10 {
        let line = (newline + 1)..<range.upperBound
        let spaces = line.prefix { bytes[$0] == 32 || bytes[$0] == 9 }
        let end = spaces.endIndex
        if end < range.upperBound, bytes[end] == 10 || bytes[end] == 13 { continue }
        if end == range.upperBound, isLast { layout.dropsLastLine = true }
        let indentation = bytes[line.lowerBound..<end]
        if let known = common {
          let shared = zip(known, indentation).prefix { $0 == $1 }.count
          common = known.prefix(shared)
        } else {
          common = indentation
        }
      }
    }
    layout.indentation = common?.count ?? 0
    return layout
  }

  /// The text of a raw piece; nil where an escape is wrong and the stream ended.
  private func text(of range: Range<Int>, layout: TextLayout?, isFirst: Bool, isLast: Bool, start: Int) -> String? {
    if layout == nil, range.allSatisfy({ Self.isPlain(bytes[$0]) }) { return String(decoding: bytes[range], as: UTF8.self) }
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    var index = range.lowerBound
    var end = range.upperBound
    if let layout {
      if isFirst, layout.dropsFirstNewline {
        while index < end, bytes[index] != 10 { index += 1 }
        index = skipIndentation(index + 1, end, layout.indentation)
      }
      if isLast, layout.dropsLastLine, let newline = bytes[range].lastIndex(of: 10) {
        end = newline > range.lowerBound && bytes[newline - 1] == 13 ? newline - 1 : newline
      }
    }
    while index < end {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\\"):
        guard let next = escape(at: index, end, &result, start: start) else { return nil }
        index = next
      case UInt8(ascii: "{"), UInt8(ascii: "}"):
        result.append(byte)
        index += 2
      case 13 where index + 1 < end && bytes[index + 1] == 10:
        index += 1
      case 10:
        result.append(10)
        index = layout.map { skipIndentation(index + 1, end, $0.indentation) } ?? index + 1
      default:
        result.append(byte)
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Whether a byte of a string stands for itself.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\\"), UInt8(ascii: "{"), UInt8(ascii: "}"), 13: false
    default: true
    }
  }

  private func skipIndentation(_ start: Int, _ end: Int, _ most: Int) -> Int {
    var index = start
    while index < end, index - start < most, bytes[index] == 32 || bytes[index] == 9 { index += 1 }
    return index
  }

  /// escape := "\" ("n" | "t" | "\"" | "\\" | "u{" hexadecimal "}"); the offset behind it.
  private func escape(at index: Int, _ end: Int, _ result: inout [UInt8], start: Int) -> Int? {
    switch ahead(index + 1) {
    case UInt8(ascii: "n"): result.append(10)
    case UInt8(ascii: "t"): result.append(9)
    case UInt8(ascii: "\""): result.append(UInt8(ascii: "\""))
    case UInt8(ascii: "\\"): result.append(UInt8(ascii: "\\"))
    case UInt8(ascii: "u"):
      var close = index + 2
      while close < end, bytes[close] != UInt8(ascii: "}"), close < index + 12 { close += 1 }
      if close > index + 3, close < end, bytes[close] == UInt8(ascii: "}"), bytes[index + 2] == UInt8(ascii: "{"),
        let value = UInt32(String(decoding: bytes[(index + 3)..<close], as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(value)
      {
        result.append(contentsOf: Array(String(Character(scalar)).utf8))
        return close + 1
      }
      fail(
        error("`\\u` needs the code of a character in braces", index, min(index + 2, limit), hints: ["`\\u{3b1}` is α"]), from: start)
      return nil
    default:
      let length = index + 1 < limit ? scalar(at: index + 1)?.1 ?? 1 : 0
      let shown = String(decoding: bytes[index..<min(index + 1 + length, limit)], as: UTF8.self)
      fail(
        error(
          "`\(shown)` is not an escape", index, min(index + 1 + length, limit),
          hints: ["the escapes are `\\n`, `\\t`, `\\\"`, `\\\\` and `\\u{3b1}`; a backslash itself is `\\\\`"]), from: start)
      return nil
    }
    return index + 2
  }
}
