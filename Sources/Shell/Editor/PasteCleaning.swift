import Syntax

/// Makes pasted text into a cell.
package enum PasteCleaning {
  /// Bytes of a paste that are taken; what follows is dropped.
  static let limit = 1 << 20

  /// Ends of lines become newlines, control characters go, and so does what a copied session has around its cells.
  package static func clean(_ pasted: String) -> String {
    var text = ""
    var previous: Unicode.Scalar = " "
    for scalar in pasted.unicodeScalars {
      switch scalar {
      case "\r": text.unicodeScalars.append("\n")
      case "\n": if previous != "\r" { text.unicodeScalars.append("\n") }
      case "\t": text.unicodeScalars.append(scalar)
      default:
        // A paste must not be able to send commands to the terminal: C0 and C1 controls.
        if scalar.value >= 0x20, !(0x7F...0x9F).contains(scalar.value) { text.unicodeScalars.append(scalar) }
      }
      previous = scalar
    }
    while text.last == "\n" { text.removeLast() }
    return withoutSession(text)
  }

  /// If the first line has a prompt, the cells without their prompts and outputs.
  private static func withoutSession(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.firstIndex(where: { !$0.allSatisfy(\.isWhitespace) }), afterPrompt(lines[first]) != nil else { return text }
    var cells: [String] = []
    var isOpen = false
    for line in lines[first...] {
      if let content = afterPrompt(line) {
        cells.append(String(content))
      } else if isOpen, let last = cells.indices.last {
        // The cell goes on until the parser has enough; then its output begins.
        cells[last] += "\n" + afterContinuation(line)
      } else {
        continue
      }
      if case .incomplete? = cells.last.map(Parser.completeness) { isOpen = true } else { isOpen = false }
    }
    return cells.filter { !$0.allSatisfy(\.isWhitespace) }.joined(separator: "\n")
  }

  /// What follows `[3] ∇ ` or `[3] > `; nil if the line has no such beginning.
  private static func afterPrompt(_ line: Substring) -> Substring? {
    var rest = line.drop { $0 == " " }
    guard rest.first == "[" else { return nil }
    rest = rest.dropFirst()
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(digits.count)
    guard !digits.isEmpty, rest.hasPrefix("] ∇") || rest.hasPrefix("] >") else { return nil }
    rest = rest.dropFirst(3)
    if rest.isEmpty { return rest }
    return rest.first == " " ? rest.dropFirst() : nil
  }

  /// The prompt without an editor begins further lines with dots.
  private static func afterContinuation(_ line: Substring) -> Substring {
    let rest = line.drop { $0 == " " }
    return rest.hasPrefix("... ") ? rest.dropFirst(4) : rest == "..." ? "" : line
  }
}
