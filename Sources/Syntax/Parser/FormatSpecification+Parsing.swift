extension FormatSpecification {
  /// What a wrong format is answered with.
  static let grammar = "a format is `[[fill]<^>][sign][width][,][.n][efgd%x]`: `{x:.3f}`, `{n:>8,d}`, `{p:.1%}`"

  /// The widest field and the longest fraction: more is a slip, and would fill memory.
  private static let widest = 10_000

  /// Reads `[[fill]<^>][sign][width][,][.n][efgd%x]`; nil where that is not what the text is.
  package static func parse(_ text: String) -> FormatSpecification? {
    var result = FormatSpecification()
    var rest = Substring(text)

    func alignment(_ character: Character?) -> Alignment? {
      switch character {
      case "<": .left
      case "^": .center
      case ">": .right
      default: nil
      }
    }
    if rest.count > 1, let found = alignment(rest.dropFirst().first), let fill = rest.first {
      result.fill = fill
      result.alignment = found
      rest = rest.dropFirst(2)
    } else if let found = alignment(rest.first) {
      result.alignment = found
      rest = rest.dropFirst()
    }

    switch rest.first {
    case "+":
      result.sign = .always
      rest = rest.dropFirst()
    case "-":
      rest = rest.dropFirst()
    case " ":
      result.sign = .space
      rest = rest.dropFirst()
    default: break
    }

    func digits() -> Int?? {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard !digits.isEmpty else { return .some(nil) }
      rest = rest.dropFirst(digits.count)
      guard let value = Int(digits), value <= widest else { return nil }
      return value
    }
    // A leading zero fills with zeros: between the sign and the digits, as in C, unless an alignment is given.
    if rest.first == "0", result.alignment == nil || text.unicodeScalars.first.map({ "<^>".unicodeScalars.contains($0) }) == true { result.fill = "0" }
    guard let width = digits() else { return nil }
    result.width = width ?? 0

    if rest.first == "," {
      result.groupsThousands = true
      rest = rest.dropFirst()
    }
    if rest.first == "." {
      rest = rest.dropFirst()
      guard let precision = digits(), let precision else { return nil }
      result.precision = precision
    }
    if let kind = rest.first, "efgd%x".contains(kind) {
      result.kind = kind
      rest = rest.dropFirst()
    }
    return rest.isEmpty ? result : nil
  }
}
