/// A cell's text and its cursor, seen as lines. Positions count Unicode scalars, as libedit does.
package struct CellLines: Equatable {
  package let text: [Unicode.Scalar]
  package let cursor: Int

  package init(text: [Unicode.Scalar], cursor: Int) {
    self.text = text
    self.cursor = cursor
  }

  /// The cursor's place in its line.
  var column: Int { cursor - lineStart }

  var lineStart: Int { (text[..<cursor].lastIndex(of: "\n") ?? -1) + 1 }
  var lineEnd: Int { text[cursor...].firstIndex(of: "\n") ?? text.count }

  var isFirst: Bool { lineStart == 0 }
  var isLast: Bool { lineEnd == text.count }

  /// The same column a line higher, or that line's end; nil in the first line.
  package var above: Int? {
    guard !isFirst else { return nil }
    let end = lineStart - 1
    let start = (text[..<end].lastIndex(of: "\n") ?? -1) + 1
    return min(start + column, end)
  }

  /// The same column a line lower, or that line's end; nil in the last line.
  package var below: Int? {
    guard !isLast else { return nil }
    let start = lineEnd + 1
    let end = text[start...].firstIndex(of: "\n") ?? text.count
    return min(start + column, end)
  }

  /// Where the name or number before the cursor begins, other characters behind it passed over; nil at the cell's beginning.
  package var previousWord: Int? {
    guard cursor > 0 else { return nil }
    guard let end = text[..<cursor].lastIndex(where: CompletionNames.isNamePart) else { return 0 }
    return (text[...end].lastIndex { !CompletionNames.isNamePart($0) } ?? -1) + 1
  }

  /// Where the name or number after the cursor ends, other characters before it passed over; nil at the cell's end.
  package var nextWord: Int? {
    guard cursor < text.count else { return nil }
    guard let start = text[cursor...].firstIndex(where: CompletionNames.isNamePart) else { return text.count }
    return text[start...].firstIndex { !CompletionNames.isNamePart($0) } ?? text.count
  }

  /// Where what is before the cursor begins up to a space, spaces behind it passed over; nil at the cell's beginning.
  package var wordStart: Int? {
    guard cursor > 0 else { return nil }
    func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
    guard let end = text[..<cursor].lastIndex(where: { !isSpace($0) }) else { return 0 }
    return (text[...end].lastIndex(where: isSpace) ?? -1) + 1
  }

  /// How many of the spaces a closing bracket shall take away: two, if it begins its line.
  package var dedent: Int {
    let indentation = text[lineStart..<cursor]
    guard lineStart > 0, indentation.allSatisfy({ $0 == " " }) else { return 0 }
    return min(2, indentation.count)
  }

  /// Whether there is nothing but spaces before the cursor in its line.
  var isAtIndentation: Bool { text[lineStart..<cursor].allSatisfy { $0 == " " || $0 == "\t" } }
}
