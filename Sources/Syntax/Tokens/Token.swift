/// The smallest piece of a program with a meaning: a name, a number, a string, a sign.
struct Token {
  var kind: Kind
  /// Whether it follows the token before it without a space: `f(x)` is a call, `f (x)` is not.
  var touches: Bool
  /// What the kind says: a name's, number's, string's or error's place in its table; a bracket's partner among the tokens, or -1.
  var payload: Int32
  var start: Int32
  var end: Int32

  var span: Span { Span(Int(start), Int(end)) }

  enum Kind: String, CaseIterable {
    case end = "the end"
    case newline = "the end of the line"
    case name = "a name"
    case number = "a number"
    case string = "a string"
    /// What cannot be read; its error waits in the stream until the parser meets it, so that earlier errors come first.
    case wrong = "something unreadable"

    case ifWord = "if", elseWord = "else", forWord = "for", inWord = "in", whileWord = "while", repeatWord = "repeat"
    case breakWord = "break", continueWord = "continue", returnWord = "return", tryWord = "try", catchWord = "catch"
    case andWord = "and", orWord = "or", notWord = "not", trueWord = "true", falseWord = "false", nothingWord = "nothing"

    case leftParenthesis = "(", rightParenthesis = ")", leftBracket = "[", rightBracket = "]", leftBrace = "{", rightBrace = "}"
    case comma = ",", semicolon = ";", colon = ":", doubleColon = "::", dot = ".", prime = "'"
    case assign = "=", update = ":="
    case addAssign = "+=", subtractAssign = "-=", multiplyAssign = "*=", divideAssign = "/=", powerAssign = "^="
    case arrow = "->", apply = "|>", compose = ">>"
    case elementOr = "|", elementAnd = "&"
    case equal = "==", notEqual = "!=", less = "<", lessEqual = "<=", greater = ">", greaterEqual = ">="
    case rangeBefore = "..<", rangeThrough = "..."
    case plus = "+", minus = "-", star = "*", slash = "/", doubleSlash = "//", percent = "%", at = "@", caret = "^"

    /// The reserved words, their letters packed into a number; all have 2 to 8. They stand in a table of hashes, or behind their
    /// place there.
    private static let reserved: [(letters: UInt64, kind: Kind)] = {
      var table = [(letters: UInt64, kind: Kind)](repeating: (0, .name), count: 128)
      for kind in allCases where kind.isReservedWord {
        let letters = kind.rawValue.utf8.reduce(0) { $0 << 8 | UInt64($1) }
        var place = hash(letters)
        while table[place].letters != 0 { place = (place + 1) & 127 }
        table[place] = (letters, kind)
      }
      return table
    }()

    private static func hash(_ letters: UInt64) -> Int { Int(truncatingIfNeeded: (letters &* 0x9e37_79b9_7f4a_7c15) >> 57) }

    static func reserved(_ letters: UInt64) -> Kind? {
      let table = reserved
      var place = hash(letters)
      while table[place].letters != 0 {
        if table[place].letters == letters { return table[place].kind }
        place = (place + 1) & 127
      }
      return nil
    }

    var isReservedWord: Bool {
      switch self {
      case .ifWord, .elseWord, .forWord, .inWord, .whileWord, .repeatWord, .breakWord, .continueWord, .returnWord, .tryWord,
        .catchWord, .andWord, .orWord, .notWord, .trueWord, .falseWord, .nothingWord:
        true
      default: false
      }
    }

    /// Whether the line goes on after it: binary operators, `,`, assignments, `->`.
    var continuesLine: Bool {
      switch self {
      case .comma, .dot, .assign, .update, .addAssign, .subtractAssign, .multiplyAssign, .divideAssign, .powerAssign, .arrow,
        .doubleColon, .apply, .compose, .elementOr, .elementAnd, .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual,
        .rangeBefore, .rangeThrough, .plus, .minus, .star, .slash, .doubleSlash, .percent, .at, .caret, .andWord, .orWord,
        .notWord, .inWord:
        true
      default: false
      }
    }

    /// Whether an operand may begin with it.
    var beginsOperand: Bool {
      switch self {
      case .name, .number, .string, .trueWord, .falseWord, .nothingWord, .leftParenthesis, .leftBracket, .leftBrace, .ifWord,
        .tryWord, .notWord:
        true
      default: false
      }
    }

    /// Whether an operand may end with it.
    var endsOperand: Bool {
      switch self {
      case .name, .number, .string, .trueWord, .falseWord, .nothingWord, .rightParenthesis, .rightBracket, .rightBrace, .prime: true
      default: false
      }
    }

    /// The closing bracket of an opening one.
    var closing: Kind? {
      switch self {
      case .leftParenthesis: .rightParenthesis
      case .leftBracket: .rightBracket
      case .leftBrace: .rightBrace
      default: nil
      }
    }

    var isClosing: Bool { self == .rightParenthesis || self == .rightBracket || self == .rightBrace }

    /// As an error names it: signs and words between backquotes.
    var description: String {
      switch self {
      case .end, .newline, .name, .number, .string, .wrong: rawValue
      default: "`\(rawValue)`"
      }
    }
  }
}

/// The tokens of a text, or of one `{…}` of a string, with what they refer to. The last is always `.end`.
struct TokenStream {
  var tokens: [Token] = []
  let names: NameList
  var numbers: [Double] = []
  var strings: [StringLiteral] = []
  var errors: [GradusError] = []
  /// The `##` lines directly before a token, by its index.
  var documentation: [Int: Span] = [:]

  /// The names of a text are shared by the streams of what stands in its strings.
  init(names: NameList) { self.names = names }
}

/// A string literal: its text, escapes resolved, and the tokens of what it interpolates.
struct StringLiteral {
  enum Segment {
    case text(String)
    case value(Interpolation)
  }
  var segments: [Segment]
}

/// `{e}` or `{e:.3f}` in a string.
final class Interpolation {
  let stream: TokenStream
  /// With the braces.
  let span: Span
  let format: FormatSpecification?

  init(_ stream: TokenStream, _ span: Span, format: FormatSpecification?) {
    self.stream = stream
    self.span = span
    self.format = format
  }
}
