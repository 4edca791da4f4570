/// Signs: the longest one that fits is taken.
extension Lexer {
  private enum Sign {
    case token(Token.Kind, Int)
    case wrong(Int)
    case control
    /// The `}` or `:` that ends what a string interpolates.
    case stop
  }

  /// Reads a sign; false where the stream ends.
  func sign() -> Bool {
    switch longestSign() {
    case .token(let kind, let length):
      add(kind, to: offset + length)
      return true
    case .wrong(let length):
      let end = min(offset + length, limit)
      let sign = String(decoding: bytes[offset..<end], as: UTF8.self)
      if sign.count > 1, sign.last?.isNumber == true {
        let isSecond = lastEnd == offset && stream.tokens.last?.kind == .number
        fail(
          isSecond
            ? error("a number has one point", offset, end)
            : error("the number `\(sign)` begins with a point", offset, end, hints: ["a point needs a digit on both sides: write `0\(sign)`"]),
          from: offset)
        return false
      }
      let advice = ForeignSign.advice(for: sign)
      fail(error("`\(sign)` is not a sign of the language", offset, end, hints: advice.map { [$0] } ?? []), from: offset)
    case .control:
      let code = Lexer.hexadecimal(UInt32(bytes[offset]))
      fail(error("a control character (U+\(code)) cannot stand here", offset, offset + 1), from: offset)
    case .stop:
      break
    }
    return false
  }

  @inline(__always)
  private func longestSign() -> Sign {
    let first = byte(0)
    let second = byte(1)
    let third = byte(2)
    let equals = UInt8(ascii: "=")
    switch first {
    case UInt8(ascii: "("): return .token(.leftParenthesis, 1)
    case UInt8(ascii: ")"): return .token(.rightParenthesis, 1)
    case UInt8(ascii: "["): return .token(.leftBracket, 1)
    case UInt8(ascii: "]"): return .token(.rightBracket, 1)
    case UInt8(ascii: "{"): return .token(.leftBrace, 1)
    case UInt8(ascii: "}"): return isInterpolation && open.isEmpty ? .stop : .token(.rightBrace, 1)
    case UInt8(ascii: ","): return .token(.comma, 1)
    case UInt8(ascii: ";"): return .token(.semicolon, 1)
    case UInt8(ascii: "'"): return .token(.prime, 1)
    case UInt8(ascii: ":"):
      if isInterpolation, open.isEmpty { return .stop }
      if second == equals { return .token(.update, 2) }
      return second == first ? .token(.doubleColon, 2) : .token(.colon, 1)
    case UInt8(ascii: "="):
      if second == UInt8(ascii: ">") || second == UInt8(ascii: "<") { return .wrong(2) }
      if second == equals { return third == equals ? .wrong(3) : .token(.equal, 2) }
      return .token(.assign, 1)
    case UInt8(ascii: "+"):
      if second == equals { return .token(.addAssign, 2) }
      return second == first && isStep ? .wrong(2) : .token(.plus, 1)
    case UInt8(ascii: "-"):
      if second == equals { return .token(.subtractAssign, 2) }
      if second == UInt8(ascii: ">") { return .token(.arrow, 2) }
      return second == first && isStep ? .wrong(2) : .token(.minus, 1)
    case UInt8(ascii: "*"):
      if second == first { return .wrong(third == equals ? 3 : 2) }
      return second == equals ? .token(.multiplyAssign, 2) : .token(.star, 1)
    case UInt8(ascii: "/"):
      if second == first { return third == equals ? .wrong(3) : .token(.doubleSlash, 2) }
      return second == equals ? .token(.divideAssign, 2) : .token(.slash, 1)
    case UInt8(ascii: "%"): return second == equals ? .wrong(2) : .token(.percent, 1)
    case UInt8(ascii: "@"): return second == equals ? .wrong(2) : .token(.at, 1)
    case UInt8(ascii: "^"): return second == equals ? .token(.powerAssign, 2) : .token(.caret, 1)
    case UInt8(ascii: "|"):
      if second == UInt8(ascii: ">") { return .token(.apply, 2) }
      return second == first || second == equals ? .wrong(2) : .token(.elementOr, 1)
    case UInt8(ascii: "&"): return second == first || second == equals ? .wrong(2) : .token(.elementAnd, 1)
    case UInt8(ascii: "!"):
      if second == equals { return third == equals ? .wrong(3) : .token(.notEqual, 2) }
      return .wrong(1)
    case UInt8(ascii: "~"): return .wrong(second == equals ? 2 : 1)
    case UInt8(ascii: "<"):
      if second == equals { return .token(.lessEqual, 2) }
      return second == UInt8(ascii: ">") ? .wrong(2) : .token(.less, 1)
    case UInt8(ascii: ">"):
      if second == first { return .token(.compose, 2) }
      return second == equals ? .token(.greaterEqual, 2) : .token(.greater, 1)
    case UInt8(ascii: "."): return dot(second, third)
    default: return first < 32 || first == 127 ? .control : .wrong(1)
    }
  }

  @inline(never)
  private func dot(_ second: UInt8, _ third: UInt8) -> Sign {
    switch second {
    case UInt8(ascii: "."):
      if third == UInt8(ascii: "<") { return .token(.rangeBefore, 3) }
      return third == second ? .token(.rangeThrough, 3) : .wrong(2)
    case UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "^"):
      return .wrong(2)
    case _ where NameCharacter.isDigit(second):
      if endsWithOperand { return .token(.dot, 1) }
      var length = 2
      while NameCharacter.isDigit(byte(length)) { length += 1 }
      return .wrong(length)
    default:
      return .token(.dot, 1)
    }
  }

  /// Whether what touches here may have a position: `t.0`, `t.0.1`, but not `1.2.3`.
  private var endsWithOperand: Bool {
    guard lastEnd == offset, let last = stream.tokens.last, last.kind.endsOperand else { return false }
    return last.kind != .number || followsDot(stream.tokens.count - 1)
  }

  /// Whether the token before the given one is a dot.
  func followsDot(_ index: Int) -> Bool { index > 0 && stream.tokens[index - 1].kind == .dot }

  /// Whether `++` or `--` is meant as a step: it touches a variable and nothing follows on the line.
  private var isStep: Bool {
    guard lastEnd == offset, let last = stream.tokens.last?.kind, last == .name || last == .rightBracket else { return false }
    var ahead = 2
    while offset + ahead < limit, byte(ahead) == 32 || byte(ahead) == 9 || byte(ahead) == 13 { ahead += 1 }
    guard offset + ahead < limit else { return true }
    return [10, UInt8(ascii: ";"), UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "#")].contains(byte(ahead))
  }
}
