/// Numbers: `3`, `0.5`, `1e-3`, `1_000`, `0xff`. A point needs a digit on both sides.
extension Lexer {
  func number() -> Bool {
    let start = offset
    // After a point only a position can stand: `t.0.1` is `(t.0).1`.
    if stream.tokens.last?.kind == .dot {
      let end = digits(from: start)
      return finishNumber(start, end)
    }
    if bytes[start] == UInt8(ascii: "0"), let base = base(of: byte(1)) { return based(base) }
    var end = digits(from: start)
    if end < limit, bytes[end] == UInt8(ascii: ".") {
      let following = end + 1 < limit ? bytes[end + 1] : 0
      if NameCharacter.isDigit(following) {
        end = digits(from: end + 1)
      } else if following != UInt8(ascii: "."), !startsMember(at: end + 1) {
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        fail(
          error("the number `\(text).` ends with a point", start, end + 1, hints: ["a point needs a digit on both sides: write `\(text).0`"]),
          from: start)
        return false
      }
    }
    if let exponent = exponentEnd(from: end) { end = exponent }
    return finishNumber(start, end)
  }

  /// The end of digits, with `_` between them.
  private func digits(from start: Int) -> Int {
    var index = start
    while index < limit {
      if NameCharacter.isDigit(bytes[index]) {
        index += 1
      } else if bytes[index] == UInt8(ascii: "_"), index > start, index + 1 < limit, NameCharacter.isDigit(bytes[index + 1]) {
        index += 1
      } else {
        break
      }
    }
    return index
  }

  /// The end of `e-3` after a number's digits. `2exp(x)` and `2e` have none: they are coefficients.
  private func exponentEnd(from start: Int) -> Int? {
    guard start < limit, bytes[start] | 0x20 == UInt8(ascii: "e") else { return nil }
    var index = start + 1
    if index < limit, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
    guard index < limit, NameCharacter.isDigit(bytes[index]) else { return nil }
    return digits(from: index)
  }

  /// Whether `2.name` goes on with a name, and not with an exponent: `1.e5` lacks a digit.
  private func startsMember(at index: Int) -> Bool {
    guard index < limit else { return false }
    if bytes[index] >= 0x80 { return scalar(at: index).map { NameCharacter.isStart($0.0) } ?? false }
    return NameCharacter.isASCIILetter(bytes[index]) && exponentEnd(from: index) == nil
  }

  private func base(of letter: UInt8) -> Int? {
    let next = byte(2)
    switch letter | 0x20 {
    case UInt8(ascii: "x"): return 16
    case UInt8(ascii: "b") where next == 48 || next == 49: return 2
    case UInt8(ascii: "o") where NameCharacter.isDigit(next): return 8
    default: return nil
    }
  }

  /// `0xff`; binary and octal numbers are told how to be written.
  private func based(_ base: Int) -> Bool {
    let start = offset
    var end = start + 2
    var value = 0.0
    var count = 0
    while end < limit, NameCharacter.isASCIIPart(bytes[end]) {
      if bytes[end] != UInt8(ascii: "_") {
        guard let digit = Character(Unicode.Scalar(bytes[end])).hexDigitValue, digit < base else { break }
        value = value * Double(base) + Double(digit)
        count += 1
      }
      end += 1
    }
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    if count == 0 || (end < limit && NameCharacter.isASCIIPart(bytes[end])) {
      fail(error("`\(text)` is not a number", start, min(end + 1, limit), hints: ["hexadecimal digits are 0–9 and a–f: `0xff`"]), from: start)
      return false
    }
    if base != 16 {
      let hexadecimal = value < 9e15 ? "0x" + String(Int(value), radix: 16) : "0xff"
      fail(
        error("numbers are written in decimal or hexadecimal", start, end, hints: ["`\(text)` is `\(hexadecimal)`"]), from: start)
      return false
    }
    stream.numbers.append(value)
    add(.number, to: end, payload: stream.numbers.count - 1)
    return true
  }

  /// The value of up to fifteen digits, with a point perhaps: both the digits and the power of ten that divides them are exact
  /// numbers, so the quotient is the nearest one. Nil for all else.
  private func plainNumber(_ start: Int, _ end: Int) -> Double? {
    guard end - start <= 16 else { return nil }
    var digits = 0, count = 0, scale = 1.0, isFraction = false
    for index in start..<end {
      if NameCharacter.isDigit(bytes[index]) {
        digits = digits * 10 + Int(bytes[index] - 48)
        count += 1
        if isFraction { scale *= 10 }
      } else if bytes[index] == UInt8(ascii: "."), !isFraction {
        isFraction = true
      } else {
        return nil
      }
    }
    return count <= 15 ? Double(digits) / scale : nil
  }

  private func finishNumber(_ start: Int, _ end: Int) -> Bool {
    if end >= limit || bytes[end] != UInt8(ascii: "_"), let value = plainNumber(start, end) {
      stream.numbers.append(value)
      add(.number, to: end, payload: stream.numbers.count - 1)
      return true
    }
    if end < limit, bytes[end] == UInt8(ascii: "_") {
      // `1__0`, `1_`: what looks like a coefficient of a name is a number gone wrong.
      var last = end
      while last < limit, bytes[last] == UInt8(ascii: "_") || NameCharacter.isDigit(bytes[last]) { last += 1 }
      if last >= limit || !NameCharacter.isASCIIPart(bytes[last]) {
        let text = String(decoding: bytes[start..<last], as: UTF8.self)
        fail(error("`\(text)` is not a number", start, last, hints: ["one `_` may stand between two digits: `1_000`"]), from: start)
        return false
      }
    }
    var text = String(decoding: bytes[start..<end], as: UTF8.self)
    text.removeAll { $0 == "_" }
    guard let value = Double(text), value.isFinite else {
      fail(
        error("the number `\(text)` is too large", start, end, hints: ["the largest is about 1.8e308; infinity is written `inf`"]),
        from: start)
      return false
    }
    stream.numbers.append(value)
    add(.number, to: end, payload: stream.numbers.count - 1)
    return true
  }
}
