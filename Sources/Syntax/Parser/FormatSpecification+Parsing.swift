extension FormatSpecification {
  /// What a wrong format is answered with.
  static let grammar = "a format is `[[fill]<^>][sign][width][,][.n][efgd%x]`: `{x:.3f}`, `{n:>8,d}`, `{p:.1%}`"

  /// The widest field and the longest fraction: more is a slip, and would fill memory.
  private static let widest = 10_000

  /// Reads `[[fill]<^>][sign][width][,][.n][efgd%x]`; nil where that is not what the text is.
  package static func parse(_ text: String) -> FormatSpecification? {
    var result = FormatSpecification()
    var rest = Array(text.utf8)[...]

    func alignment(_ sign: UInt8?) -> Alignment? {
      switch sign {
      case UInt8(ascii: "<"): .left
      case UInt8(ascii: "^"): .center
      case UInt8(ascii: ">"): .right
      default: nil
      }
    }
    // Any character fills, of several bytes, too.
    let isPlain = rest.prefix(2).allSatisfy { $0 < 0x80 }
    let fillEnd = isPlain ? min(1, rest.count) : text.first?.utf8.count ?? 0
    if let found = alignment(rest.dropFirst(fillEnd).first), let fill = text.first {
      result.fill = fill
      result.alignment = found
      rest = rest.dropFirst(fillEnd + 1)
    } else if let found = alignment(rest.first) {
      result.alignment = found
      rest = rest.dropFirst()
    }

    switch rest.first {
    case UInt8(ascii: "+"):
      result.sign = .always
      rest = rest.dropFirst()
    case UInt8(ascii: "-"):
      rest = rest.dropFirst()
    case UInt8(ascii: " "):
      result.sign = .space
      rest = rest.dropFirst()
    default: break
    }

    /// Nil where no digits stand; what is too large is more than the widest.
    func digits() -> Int? {
      guard let first = rest.first, NameCharacter.isDigit(first) else { return nil }
      var value = 0
      while let digit = rest.first, NameCharacter.isDigit(digit) {
        value = min(value * 10 + Int(digit - 48), widest + 1)
        rest = rest.dropFirst()
      }
      return value
    }
    // A leading zero fills with zeros: between the sign and the digits, as in C, unless an alignment is given.
    if rest.first == UInt8(ascii: "0"), result.alignment == nil || alignment(text.utf8.first) != nil { result.fill = "0" }
    let width = digits() ?? 0
    guard width <= widest else { return nil }
    result.width = width

    if rest.first == UInt8(ascii: ",") {
      result.groupsThousands = true
      rest = rest.dropFirst()
    }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard let precision = digits(), precision <= widest else { return nil }
      result.precision = precision
    }
    if let kind = rest.first, "efgd%x".utf8.contains(kind) {
      result.kind = Character(Unicode.Scalar(kind))
      rest = rest.dropFirst()
    }
    return rest.isEmpty ? result : nil
  }
}
