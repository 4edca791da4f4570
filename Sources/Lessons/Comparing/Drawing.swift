/// What is compared of a picture in characters: its texts and its axes, not its ink.
///
/// A plot is a group of rows whose axis, `│` with ticks `┤`, stands in one column and ends in a corner `└` there. Left of
/// the axis and in it everything counts; right of it the words do (the names of a legend), wherever they stand, as a
/// name moves with the end of its line. In any other line with block, braille or box characters the words count, in order.
enum Drawing {
  /// Braille, blocks, boxes and the marks of points.
  static func isInk(_ character: Character) -> Bool {
    guard let scalar = character.unicodeScalars.first else { return false }
    return switch scalar.value {
    case 0x2800...0x28FF, 0x2500...0x259F: true
    case 0x25A0, 0x25A1, 0x25B2, 0x25B3, 0x25C6, 0x25C7, 0x25CB, 0x25CF, 0x2022: true
    default: false
    }
  }

  static func isDrawn(_ line: String) -> Bool { line.contains(where: isInk) }

  /// The lines with the ink taken out, each with the words that count; after a plot's rows comes a line with the names
  /// found beside them.
  static func withoutInk(_ lines: [String]) -> [String] {
    let rows = lines.map(Array.init)
    var result: [String] = []
    var names: [Int: [String]] = [:]
    var axes: [Int: Int] = [:]
    for (corner, row) in rows.enumerated() {
      guard let column = row.firstIndex(of: "└"), row[..<column].allSatisfy({ $0 == " " }), column + 1 < row.count,
        "─┬".contains(row[column + 1])
      else { continue }
      var first = corner
      while first > 0, column < rows[first - 1].count, "│┤".contains(rows[first - 1][column]) { first -= 1 }
      guard first < corner else { continue }
      for index in first..<corner {
        axes[index] = column
        names[corner, default: []] += words(rows[index][(column + 1)...])
      }
      axes[corner] = row.count - 1
    }
    for (index, row) in rows.enumerated() {
      if let column = axes[index] {
        result.append(String(row[...column]))
        if let found = names[index] { result.append(found.sorted().joined(separator: " ")) }
      } else {
        result.append(isDrawn(lines[index]) ? words(row[...]).joined(separator: " ") : lines[index])
      }
    }
    return result
  }

  private static func words(_ text: ArraySlice<Character>) -> [String] {
    text.split { $0 == " " || isInk($0) }.map { String($0) }
  }
}
