import Syntax

/// Names in as many columns as fit, down each column.
package enum ColumnList {
  /// Rows that are shown at most.
  static let height = 12

  package static func text(_ names: [String], width: Int) -> String {
    let cell = (names.map { DisplayWidth.columns($0) }.max() ?? 0) + 2
    let columns = max(1, (width - 1) / cell)
    let needed = (names.count + columns - 1) / columns
    let rows = min(needed, height)
    let shown = min(names.count, rows * columns)
    var text = ""
    for row in 0..<rows {
      var line = ""
      var gap = 0
      for index in stride(from: row, to: shown, by: rows) {
        line += String(repeating: " ", count: gap) + names[index]
        gap = cell - DisplayWidth.columns(names[index])
      }
      text += line + "\n"
    }
    if shown < names.count { text += "and \(names.count - shown) more\n" }
    return text
  }
}
