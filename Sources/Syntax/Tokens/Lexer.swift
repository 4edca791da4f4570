/// Cuts a text into tokens.
///
/// What a newline means is decided here: it ends a statement unless the innermost open bracket is `(` or `[`, the line goes on
/// after its last token, or the next line begins with something that belongs to this one.
final class Lexer {
  /// What the text is part of.
  enum Context {
    case program
    /// Between the braces of a string, up to `}` or the `:` before a format.
    case interpolation(multiline: Bool, depth: Int)
  }

  let source: SourceText
  let bytes: [UInt8]
  let limit: Int
  /// Where the text begins.
  let origin: Int
  let context: Context
  private let names: NameList
  var offset: Int
  var stream: TokenStream
  /// The open brackets, as indices of tokens.
  private(set) var open: [Int] = []
  private var newlinePending = false
  /// Where the last token, comment or newline ended: what begins right there touches.
  private(set) var lastEnd = -1
  private var documentation: Span?

  init(source: SourceText, part: Span, context: Context = .program, names: NameList = NameList()) {
    self.source = source
    self.names = names
    stream = TokenStream(names: names)
    bytes = source.utf8
    origin = max(0, part.start)
    offset = origin
    limit = min(part.end, source.utf8.count)
    self.context = context
  }

  static func tokens(of source: SourceText, part: Span) -> TokenStream {
    let lexer = Lexer(source: source, part: part)
    lexer.stream.tokens.reserveCapacity((part.end - part.start) / 2 + 2)
    if lexer.byte(0) == UInt8(ascii: "#"), lexer.byte(1) == UInt8(ascii: "!"), part.start == 0 { lexer.skipLine() }
    lexer.run()
    return lexer.stream
  }

  @inline(__always)
  func byte(_ ahead: Int) -> UInt8 { offset + ahead < limit ? bytes[offset + ahead] : 0 }

  var isInterpolation: Bool { if case .interpolation = context { true } else { false } }

  /// How many strings lie around this text.
  var depth: Int { if case .interpolation(_, let depth) = context { depth } else { 0 } }

  /// Reads to the end; an unreadable character ends the stream early.
  func run() {
    while next() {}
    let end = stream.tokens.last.map { Int($0.end) } ?? offset
    stream.tokens.append(Token(kind: .end, touches: false, payload: -1, start: Int32(end), end: Int32(end)))
  }

  /// Reads one token, comment, space or newline; false at the end.
  private func next() -> Bool {
    guard offset < limit else {
      if case .interpolation(let multiline, _) = context { failUnclosedBraces(isIncomplete: multiline) }
      return false
    }
    let byte = bytes[offset]
    switch byte {
    case 32, 9, 13:
      offset += 1
    case 10:
      if case .interpolation(false, _) = context {
        failUnclosedBraces(isIncomplete: false)
        return false
      }
      newline()
    case UInt8(ascii: "#"):
      comment()
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      return number()
    case UInt8(ascii: "\""):
      return string()
    case _ where NameCharacter.isASCIILetter(byte):
      name()
    case 0x80...:
      return foreign()
    default:
      return sign()
    }
    return true
  }

  private func newline() {
    offset += 1
    if let innermost = open.last {
      if stream.tokens[innermost].kind == .leftBrace { newlinePending = true }
    } else if !isInterpolation {
      newlinePending = true
    }
  }

  private func skipLine() {
    while offset < limit, bytes[offset] != 10 { offset += 1 }
  }

  /// `# …` to the end of the line; `## …` alone on its line documents what follows.
  private func comment() {
    let start = offset
    skipLine()
    guard start + 1 < limit, bytes[start + 1] == UInt8(ascii: "#"), isFirstOnLine(start) else { return }
    var previous = start
    // Lines directly below each other make one text; a gap begins anew.
    if let documentation {
      while previous > documentation.end, bytes[previous - 1] == 32 || bytes[previous - 1] == 9 { previous -= 1 }
      if previous - 1 == documentation.end || (previous - 2 == documentation.end && bytes[previous - 2] == 13) {
        self.documentation = Span(documentation.start, offset)
        return
      }
    }
    documentation = Span(start, offset)
  }

  private func isFirstOnLine(_ start: Int) -> Bool {
    var index = start
    while index > 0, bytes[index - 1] == 32 || bytes[index - 1] == 9 { index -= 1 }
    return index == 0 || bytes[index - 1] == 10
  }

  // MARK: Adding tokens

  /// Adds the token that ends at `end`, and before it the newline that it lets count.
  func add(_ kind: Token.Kind, to end: Int, payload: Int = -1) {
    let start = offset
    if newlinePending || documentation != nil { finishLines(before: kind, from: start, to: end) }
    var payload = payload
    switch kind {
    case .leftParenthesis, .leftBracket, .leftBrace: open.append(stream.tokens.count)
    case .rightParenthesis, .rightBracket, .rightBrace: payload = partner(of: kind)
    default: break
    }
    stream.tokens.append(Token(kind: kind, touches: start == lastEnd, payload: Int32(payload), start: Int32(start), end: Int32(end)))
    offset = end
    lastEnd = end
  }

  /// What stood on the lines before a token: a newline that counts, and its documentation.
  private func finishLines(before kind: Token.Kind, from start: Int, to end: Int) {
    if newlinePending {
      newlinePending = false
      if let last = stream.tokens.last, last.kind != .leftBrace, last.kind != .semicolon, !last.kind.continuesLine,
        !beginsContinuation(kind, end)
      {
        stream.tokens.append(Token(kind: .newline, touches: false, payload: -1, start: last.end, end: last.end))
      }
    }
    if let text = documentation {
      if isDirectlyBefore(text.end, start) { stream.documentation[stream.tokens.count] = text }
      documentation = nil
    }
  }

  /// Closes the bracket that the next token closes, and those that were left open in it: its index, or -1.
  private func partner(of kind: Token.Kind) -> Int {
    var position = open.count - 1
    while position >= 0, stream.tokens[open[position]].kind.closing != kind { position -= 1 }
    guard position >= 0 else { return -1 }
    let partner = open[position]
    stream.tokens[partner].payload = Int32(stream.tokens.count)
    open.removeLast(open.count - position)
    return partner
  }

  /// Whether a line that begins with this token goes on with the one before: `|>`, `>>`, `.name`, `else`, `catch`.
  @inline(__always)
  private func beginsContinuation(_ kind: Token.Kind, _ end: Int) -> Bool {
    switch kind {
    case .apply, .compose, .elseWord, .catchWord: true
    case .dot: end < limit && (NameCharacter.isASCIILetter(bytes[end]) || bytes[end] >= 0x80)
    default: false
    }
  }

  /// Whether only one newline and spaces lie between.
  private func isDirectlyBefore(_ end: Int, _ start: Int) -> Bool {
    var newlines = 0
    for byte in bytes[end..<start] {
      if byte == 10 { newlines += 1 } else if byte != 32, byte != 9, byte != 13 { return false }
    }
    return newlines == 1
  }

  /// Ends the stream with an error that is raised when the parser comes to it.
  func fail(_ error: GradusError, from start: Int) {
    stream.errors.append(error)
    offset = start
    add(.wrong, to: min(max(start + 1, error.place?.span.end ?? 0), max(limit, start)), payload: stream.errors.count - 1)
    offset = limit
  }

  func error(_ message: String, _ start: Int, _ end: Int, notes: [String] = [], hints: [String] = []) -> GradusError {
    let end = min(end, source.utf8.count)
    return GradusError(.syntax, message, at: .init(source: source, span: Span(min(start, end), end)), notes: notes, hints: hints)
  }

  func failUnclosedBraces(isIncomplete: Bool) {
    var problem = error(
      "the `{` in this string is not closed", origin - 1, origin, hints: ["a value in a string is written `{x}`, a brace itself `{{`"])
    problem.isIncomplete = isIncomplete
    fail(problem, from: offset)
  }

  // MARK: Names and signs

  private func name() {
    var end = offset
    // The letters as a number, as far as they fit.
    var letters: UInt64 = 0
    while end < limit {
      let byte = bytes[end]
      if NameCharacter.isASCIIPart(byte) {
        letters = letters << 8 | UInt64(byte)
        end += 1
      } else if byte >= 0x80, let (scalar, length) = scalar(at: end), NameCharacter.isPart(scalar) {
        for offset in end..<end + length { letters = letters << 8 | UInt64(bytes[offset]) }
        end += length
      } else {
        break
      }
    }
    let length = end - offset
    if (2...8).contains(length), let word = Token.Kind.reserved(letters) {
      add(word, to: end)
    } else {
      add(.name, to: end, payload: names.place(ofNameAt: offset, length: length, letters, in: bytes))
    }
  }

  private func foreign() -> Bool {
    guard let (scalar, length) = scalar(at: offset) else {
      fail(error("this is not text in UTF-8", offset, offset + 1), from: offset)
      return false
    }
    if NameCharacter.isStart(scalar) {
      name()
      return true
    }
    if ForeignSign.isSpace(scalar) {
      offset += length
      return true
    }
    let end = offset + length
    let shown = String(Character(scalar))
    if let replacement = ForeignSign.replacement(of: scalar) {
      if replacement == "\"" {
        fail(error("`\(shown)` is a typographic quotation mark", offset, end, hints: ["write `\"`"]), from: offset)
      } else {
        fail(error("`\(shown)` is not a sign of the language", offset, end, hints: ["write `\(replacement)`"]), from: offset)
      }
    } else {
      fail(
        error(
          "`\(shown)` (U+\(Lexer.hexadecimal(scalar.value))) cannot stand here", offset, end,
          hints: ["names are made of letters, digits and `_`; any character may stand in a string"]),
        from: offset)
    }
    return false
  }

  /// The scalar that begins at an offset; nil at an invalid or cut-off sequence. A `String`'s own bytes are always valid.
  func scalar(at index: Int) -> (Unicode.Scalar, Int)? {
    let first = bytes[index]
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
    guard index + length <= limit, length > 1 else { return nil }
    var value = UInt32(first) & (length == 4 ? 0x07 : length == 3 ? 0x0F : 0x1F)
    for next in bytes[(index + 1)..<(index + length)] { value = value << 6 | UInt32(next & 0x3F) }
    return Unicode.Scalar(value).map { ($0, length) }
  }

  static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
