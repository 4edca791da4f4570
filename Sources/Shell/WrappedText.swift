import Syntax

/// Text broken between words, so that the window does not break it within one.
package enum WrappedText {
  /// The lines of a paragraph, all but the first indented. Colour sequences take no columns; a word that alone is too long is left so.
  package static func lines(_ text: String, width: Int, indentation: Int = 0) -> [String] {
    guard columns(text) > width else { return [text] }
    var lines: [String] = []
    var line = String(text.prefix { $0 == " " })
    var isEmpty = true
    for word in text.dropFirst(line.count).split(separator: " ", omittingEmptySubsequences: false) {
      if !isEmpty, columns(line) + 1 + columns(String(word)) > width {
        lines.append(line)
        line = String(repeating: " ", count: indentation)
        isEmpty = true
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return lines + [line]
  }

  /// A report of an error: its sentences are wrapped, the lines of the program it shows are not.
  package static func report(_ text: String, width: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
      let plain = withoutColors(String(line))
      if plain.hasPrefix("error: ") || plain.hasPrefix("warning: ") { return lines(String(line), width: width, indentation: 2) }
      if plain.hasPrefix("  = ") { return lines(String(line), width: width, indentation: 4) }
      return [String(line)]
    }.joined(separator: "\n")
  }

  private static func columns(_ text: String) -> Int { DisplayWidth.columns(withoutColors(text)) }

  private static func withoutColors(_ text: String) -> String {
    guard text.unicodeScalars.contains("\u{1B}") else { return text }
    var result = String.UnicodeScalarView()
    var isSequence = false
    for scalar in text.unicodeScalars {
      if scalar == "\u{1B}" { isSequence = true } else if !isSequence { result.append(scalar) }
      if isSequence, scalar.properties.isAlphabetic { isSequence = false }
    }
    return String(result)
  }
}
