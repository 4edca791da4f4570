/// Times, sizes and counts as people read them.
enum Quantity {
  /// `3.2 µs`, `41 ms`, `2.05 s`.
  static func time(_ seconds: Double) -> String {
    if seconds < 999.5e-6 { return digits(max(0, seconds) * 1e6) + " µs" }
    return seconds < 0.9995 ? digits(seconds * 1e3) + " ms" : digits(seconds) + " s"
  }

  /// `512 B`, `3.1 MB`: powers of 1,000.
  static func bytes(_ count: Double) -> String { scaled(count, "B", ["", "k", "M", "G", "T"]) }

  /// `16.8 MFLOP`.
  static func operations(_ count: Double) -> String { scaled(count, "FLOP", ["", "k", "M", "G", "T"]) }

  /// `16.8 M`.
  static func short(_ count: Double) -> String { scaled(count, "", ["", "k", "M", "G", "T"]) }

  private static func scaled(_ count: Double, _ unit: String, _ prefixes: [String]) -> String {
    var value = count, prefix = 0
    while value >= 999.5 && prefix < prefixes.count - 1 {
      value /= 1000
      prefix += 1
    }
    let word = prefixes[prefix] + unit
    return (prefix == 0 ? NumberText.plain(value.rounded(), digits: 6) : digits(value)) + (word.isEmpty ? "" : " " + word)
  }

  /// Three digits at most, no zeros at the end of the decimals.
  private static func digits(_ value: Double) -> String {
    let text = NumberText.fixed(value, decimals: value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)
    guard text.contains(".") else { return text }
    var result = Substring(text)
    while result.last == "0" { result.removeLast() }
    if result.last == "." { result.removeLast() }
    return String(result)
  }

  static func plural(_ count: Int, _ noun: String) -> String { "\(NumberText.count(count)) \(noun)\(count == 1 ? "" : "s")" }
}

extension Session {
  /// The lines of places, each once: `3, 5`. Where several files take part, with their names.
  func lines(ofSites sites: [UInt64]) -> String {
    let places = sites.compactMap { place(ofSite: $0) }
    let isOneFile = places.allSatisfy { $0.source === places.first?.source }
    var lines: [String] = []
    for place in places {
      let text = isOneFile ? "\(place.line)" : "\(place.source.name):\(place.line)"
      if !lines.contains(text) { lines.append(text) }
    }
    return lines.prefix(4).joined(separator: ", ") + (lines.count > 4 ? ", …" : "")
  }
}
