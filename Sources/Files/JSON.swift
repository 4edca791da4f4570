/// A text in JSON (RFC 8259) as a value. Objects keep the order of their members.
package enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([Member])

  package struct Member: Equatable, Sendable {
    package let name: String
    package let value: JSON
  }

  /// What stood where something else was expected; `offset` counts bytes from 0.
  package struct Problem: Error, Equatable {
    package let offset: Int
    package let reason: String
  }

  /// Reads a whole text in UTF-8. White space may surround it, nothing else.
  package init(parsing bytes: ArraySlice<UInt8>) throws(Problem) {
    var reader = JSONReader(bytes)
    self = try reader.whole()
  }

  /// The member of an object; of two with one name the last.
  package subscript(_ name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name == name }?.value
  }

  /// A text in quotes, as it stands in JSON.
  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

/// Reads JSON from bytes, by recursion as deep as `deepest`.
private struct JSONReader {
  private static let deepest = 200

  private let bytes: ArraySlice<UInt8>
  private var index: Int
  private var depth = 0

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    index = bytes.startIndex
  }

  mutating func whole() throws(JSON.Problem) -> JSON {
    let value = try value()
    skipSpace()
    if index < bytes.endIndex { throw problem("something follows the value") }
    return value
  }

  private func problem(_ reason: String) -> JSON.Problem { JSON.Problem(offset: index - bytes.startIndex, reason: reason) }

  private var byte: UInt8? { index < bytes.endIndex ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte, byte == 32 || (9...13).contains(byte) && byte != 11 && byte != 12 { index += 1 }
  }

  private mutating func take(_ sign: Unicode.Scalar) -> Bool {
    skipSpace()
    guard byte == UInt8(ascii: sign) else { return false }
    index += 1
    return true
  }

  private mutating func expect(_ sign: Unicode.Scalar) throws(JSON.Problem) {
    if !take(sign) { throw problem("`\(sign)` is missing") }
  }

  private mutating func value() throws(JSON.Problem) -> JSON {
    depth += 1
    defer { depth -= 1 }
    if depth > JSONReader.deepest { throw problem("it is nested too deeply") }
    skipSpace()
    switch byte {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw problem("the text ends where a value is expected")
    default: return .number(try number())
    }
  }

  private mutating func word(_ word: String, _ value: JSON) throws(JSON.Problem) -> JSON {
    guard bytes[index...].starts(with: word.utf8) else { throw problem("a value is expected") }
    index += word.utf8.count
    return value
  }

  private mutating func object() throws(JSON.Problem) -> JSON {
    try expect("{")
    var members: [JSON.Member] = []
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      guard byte == UInt8(ascii: "\"") else { throw problem("the name of a member is expected") }
      let name = try string()
      try expect(":")
      members.append(JSON.Member(name: name, value: try value()))
    } while take(",")
    try expect("}")
    return .object(members)
  }

  private mutating func array() throws(JSON.Problem) -> JSON {
    try expect("[")
    var elements: [JSON] = []
    if take("]") { return .array(elements) }
    repeat { elements.append(try value()) } while take(",")
    try expect("]")
    return .array(elements)
  }

  /// `-`? digits (`.` digits)? (`e` sign? digits)?
  private mutating func number() throws(JSON.Problem) -> Double {
    let start = index
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { (48...57).contains($0) } ?? false }
    if byte == UInt8(ascii: "-") { index += 1 }
    guard isDigit(byte) else { throw problem("a value is expected") }
    let isZero = byte == 48
    while isDigit(byte) { index += 1 }
    if isZero, index - start > (bytes[start] == 48 ? 1 : 2) { throw problem("a number begins with 0") }
    if byte == UInt8(ascii: ".") {
      index += 1
      guard isDigit(byte) else { throw problem("a digit is expected") }
      while isDigit(byte) { index += 1 }
    }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      index += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { index += 1 }
      guard isDigit(byte) else { throw problem("a digit is expected") }
      while isDigit(byte) { index += 1 }
    }
    return Double(String(decoding: bytes[start..<index], as: UTF8.self)) ?? 0
  }

  private mutating func string() throws(JSON.Problem) -> String {
    let opening = index
    index += 1
    var scalars = String.UnicodeScalarView()
    var plain = index
    func flush(_ end: Int) throws(JSON.Problem) {
      guard let text = String(validating: bytes[plain..<end], as: UTF8.self) else { throw problem("the text is not UTF-8") }
      scalars.append(contentsOf: text.unicodeScalars)
    }
    while let byte {
      switch byte {
      case UInt8(ascii: "\""):
        try flush(index)
        index += 1
        return String(scalars)
      case UInt8(ascii: "\\"):
        try flush(index)
        index += 1
        scalars.append(try escape())
        plain = index
      case 0..<32: throw problem("a control character stands in a string")
      default: index += 1
      }
    }
    index = opening
    throw problem("the string is not closed")
  }

  private mutating func escape() throws(JSON.Problem) -> Unicode.Scalar {
    guard let byte else { throw problem("the text ends in an escape") }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try codeUnit()
      if let scalar = Unicode.Scalar(unit) { return scalar }
      // Beyond the basic plane two of them stand for one character.
      guard (0xD800...0xDBFF).contains(unit), bytes[index...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else { throw problem("half a character") }
      index += 2
      let low = try codeUnit()
      guard (0xDC00...0xDFFF).contains(low), let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)) else {
        throw problem("half a character")
      }
      return scalar
    default: throw problem("no such escape")
    }
  }

  private mutating func codeUnit() throws(JSON.Problem) -> UInt32 {
    guard bytes.endIndex - index >= 4, let unit = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16), bytes[index] != UInt8(ascii: "+") else {
      throw problem("four hexadecimal digits are expected")
    }
    index += 4
    return unit
  }
}
