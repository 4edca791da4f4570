/// What can stand at the end of a text that is being written.
package enum CursorPlace: Equatable, Sendable {
  /// A statement begins.
  case statement
  /// A value.
  case expression
  /// A value, or the name of a parameter of the function that is called.
  case argument
  /// An operator, or what else may follow a value.
  case operation
  /// The name of a field, behind a point.
  case field
  /// A name that the program makes up: of a loop's variable, an error, a layer.
  case newName
  /// Text of a string; the span is what was written of it.
  case text(Span)
  /// Nothing that could be known: a comment, a number, `{`.
  case other
}

extension Parser {
  /// What can stand at the text's end, and the word that was begun there. It never fails: what cannot be read is passed over.
  package static func cursorPlace(after text: String) -> (place: CursorPlace, word: Span) {
    let writing = WritingPlace(text)
    let nothing = Span(text.utf8.count, text.utf8.count)
    switch writing.context {
    case .other: return (.other, nothing)
    case .string(let start): return (.text(Span(start, text.utf8.count)), nothing)
    case .code(let origin, let isInterpolation): return place(text, origin, isInterpolation)
    }
  }

  private static func place(_ text: String, _ origin: Int, _ isInterpolation: Bool) -> (place: CursorPlace, word: Span) {
    // A letter at the end goes on with a word, or stands for the one that is to come.
    let source = SourceText(name: "", text: text + "a")
    let end = source.utf8.count
    var tokens = Lexer.tokens(of: source, part: Span(origin, end)).tokens
    while let wrong = tokens.first(where: { $0.kind == .wrong }), wrong.span.end < end, wrong.span.end > origin {
      tokens = Lexer.tokens(of: source, part: Span(wrong.span.end, end)).tokens
    }
    tokens.removeLast()
    guard let last = tokens.popLast(), last.kind == .name || last.kind.isReservedWord, last.span.end == end else {
      return (.other, Span(end - 1, end - 1))
    }
    return (place(after: tokens, touches: last.touches, source, isInterpolation), Span(last.span.start, end - 1))
  }

  private static func place(
    after tokens: [Token], touches: Bool, _ source: SourceText, _ isInterpolation: Bool
  ) -> CursorPlace {
    guard let left = tokens.last else { return isInterpolation ? .expression : .statement }
    let before = tokens.count > 1 ? tokens[tokens.count - 2] : nil
    func isWord(_ token: Token, _ word: String) -> Bool { token.kind == .name && source.string(token.span) == word }
    let isField = before?.kind == .dot
    switch left.kind {
    case .newline, .semicolon, .leftBrace: return .statement
    case .dot: return .field
    case .number where touches && !isField: return .expression
    case _ where isField: return .operation
    case .name:
      let begins = before.map { [.newline, .semicolon, .leftBrace].contains($0.kind) } ?? true
      if begins, isWord(left, "layer"), !touches { return .newName }
      // The `by` of a range stands behind a value.
      return isWord(left, "by") && before.map { $0.kind.endsOperand } == true ? .expression : .operation
    case .catchWord, .forWord: return .newName
    case .elseWord, .tryWord, .breakWord, .continueWord, .doubleColon, .wrong: return .other
    case let kind where kind.endsOperand: return .operation
    case .arrow: return beginsBlock(tokens) ? .statement : .expression
    case .leftParenthesis, .comma:
      if left.kind == .comma, isInLoopHead(tokens) { return .newName }
      return isInCall(tokens) ? .argument : .expression
    default: return .expression
    }
  }

  /// Whether the `->` at the end belongs to the parameters of a block.
  private static func beginsBlock(_ tokens: [Token]) -> Bool {
    var index = tokens.count - 2
    while index >= 0 {
      switch tokens[index].kind {
      case .name, .comma: index -= 1
      case .rightParenthesis where tokens[index].payload >= 0: index = Int(tokens[index].payload) - 1
      default: return tokens[index].kind == .leftBrace
      }
    }
    return false
  }

  /// Whether the comma at the end stands between the names of a loop.
  private static func isInLoopHead(_ tokens: [Token]) -> Bool {
    var index = tokens.count - 1
    while index >= 0, [.name, .comma, .leftParenthesis, .rightParenthesis].contains(tokens[index].kind) { index -= 1 }
    return index >= 0 && tokens[index].kind == .forWord
  }

  /// Whether the innermost bracket that is open belongs to a call.
  private static func isInCall(_ tokens: [Token]) -> Bool {
    var depth = 0
    for (index, token) in tokens.enumerated().reversed() {
      if token.kind.isClosing { depth += 1 }
      guard token.kind.closing != nil else { continue }
      if depth > 0 {
        depth -= 1
        continue
      }
      guard token.kind == .leftParenthesis, token.touches, index > 0 else { return false }
      let callee = tokens[index - 1]
      return callee.kind.endsOperand && callee.kind != .number || (index > 1 && tokens[index - 2].kind == .dot)
    }
    return false
  }
}

/// Whether a text ends in code, a string or a comment.
private struct WritingPlace {
  enum Context {
    /// Code, and where it begins: with the text, or behind a string's `{`.
    case code(origin: Int, isInterpolation: Bool)
    case string(start: Int)
    /// A comment, or how a value in a string is to be written: `{x:.2f`.
    case other
  }

  private(set) var context = Context.code(origin: 0, isInterpolation: false)

  /// What is open around the end.
  private struct Level {
    var start: Int
    var isString: Bool
    var isTriple = false
    /// Braces and other brackets that are open in the code between a string's braces.
    var braces = 0
    var brackets = 0
    var isFormat = false
  }

  init(_ text: String) {
    let bytes = Array(text.utf8)
    let quote = UInt8(ascii: "\"")
    var levels = [Level(start: 0, isString: false)]
    var index = 0
    /// What stands before an unclosed string can't be read together with what follows it.
    func begin(_ start: Int) { if levels.count == 1 { levels[0] = Level(start: min(start, bytes.count), isString: false) } }
    func byte(_ ahead: Int) -> UInt8 { index + ahead < bytes.count ? bytes[index + ahead] : 0 }
    while index < bytes.count {
      let last = levels.count - 1
      if levels[last].isString {
        let isTriple = levels[last].isTriple
        switch bytes[index] {
        case UInt8(ascii: "\\"): index += byte(1) == 10 ? 1 : 2
        case 10 where !isTriple:
          // It ended with its line, unclosed; so did all around it that stands on one line.
          levels.removeLast()
          while let outer = levels.last, levels.count > 1, !(outer.isString && outer.isTriple) { _ = levels.popLast() }
          begin(index + 1)
        case quote where !isTriple || (byte(1) == quote && byte(2) == quote):
          levels.removeLast()
          index += isTriple ? 3 : 1
        case UInt8(ascii: "{") where byte(1) == UInt8(ascii: "{"), UInt8(ascii: "}") where byte(1) == UInt8(ascii: "}"): index += 2
        case UInt8(ascii: "{"):
          index += 1
          levels.append(Level(start: index, isString: false))
        default: index += 1
        }
        continue
      }
      switch bytes[index] {
      // The string around stands on one line, and was left open.
      case 10 where last > 0 && !levels[last - 1].isTriple:
        levels.removeLast(2)
        index += 1
        begin(index)
      case quote:
        let isTriple = byte(1) == quote && byte(2) == quote
        index += isTriple ? 3 : 1
        levels.append(Level(start: min(index, bytes.count), isString: true, isTriple: isTriple))
      case UInt8(ascii: "#"):
        guard let end = bytes[index...].firstIndex(of: 10) else {
          context = .other
          return
        }
        index = end
      case UInt8(ascii: "{"):
        levels[last].braces += 1
        index += 1
      case UInt8(ascii: "}"):
        if levels[last].braces > 0 { levels[last].braces -= 1 } else if last > 0 { levels.removeLast() }
        index += 1
      case UInt8(ascii: "("), UInt8(ascii: "["):
        levels[last].brackets += 1
        index += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"):
        levels[last].brackets -= 1
        index += 1
      case UInt8(ascii: ":") where last > 0 && levels[last].braces == 0 && levels[last].brackets == 0:
        levels[last].isFormat = true
        index += 1
      default: index += 1
      }
    }
    let last = levels[levels.count - 1]
    if last.isFormat {
      context = .other
    } else if last.isString {
      context = .string(start: min(last.start, bytes.count))
    } else {
      context = .code(origin: last.start, isInterpolation: levels.count > 1)
    }
  }
}
