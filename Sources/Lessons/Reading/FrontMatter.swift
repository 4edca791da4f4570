import Syntax

/// What stands between two lines `---` at the head of a file: `title`, `seed`, `width`, `needs`. Other keys are for others.
package struct FrontMatter: Sendable, Equatable {
  package var title: String?
  package var seed: UInt64?
  /// Columns of pictures and tensors.
  package var width: Int?
  /// Files or folders of data without which the file cannot run.
  package var needs: [String] = []

  package init() {}

  /// Takes one line `key: value` up.
  mutating func read(_ line: Substring, fail: (String) -> GradusError) throws(GradusError) {
    guard let colon = line.firstIndex(of: ":"), line.first?.isWhitespace == false, line.first != "#" else { return }
    let key = line[..<colon].trimmed
    let value = FrontMatter.unquoted(line[line.index(after: colon)...].trimmed)
    switch key {
    case "title": title = String(value)
    case "seed":
      guard let number = UInt64(value) else { throw fail("`seed` is a whole number from 0, not `\(value)`") }
      seed = number
    case "width":
      guard let number = Int(value), (20...1000).contains(number) else {
        throw fail("`width` is a number of columns from 20 to 1000, not `\(value)`")
      }
      width = number
    case "needs":
      let list = value.hasPrefix("[") && value.hasSuffix("]") ? value.dropFirst().dropLast() : value
      needs = list.split(separator: ",").map { String(FrontMatter.unquoted($0.trimmed)) }.filter { !$0.isEmpty }
    default: break
    }
  }

  private static func unquoted(_ text: Substring) -> Substring {
    guard text.count >= 2, let quote = text.first, quote == "\"" || quote == "'", text.last == quote else { return text }
    return text.dropFirst().dropLast()
  }
}

extension Substring {
  /// Without white space at both ends.
  var trimmed: Substring {
    var rest = self
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return rest
  }
}
