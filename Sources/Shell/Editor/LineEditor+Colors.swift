import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Colours of a cell while it is typed. libedit knows of none: what it has written is painted over, and the cursor put back.
extension LineEditor {
  /// Paints what is shown, in one write.
  func paint() {
    guard style.highlight, style.color else { return }
    let shown = shown
    guard !shown.text.isEmpty else { return }
    let whole = above + shown.text + below
    // Of a very long cell, only what can be seen is worth the time.
    let colors = whole.count > LineEditor.longestColored ? CellColors(shown.text) : CellColors(whole)
    let offset = whole.count > LineEditor.longestColored ? 0 : above.count
    let layout = layout
    let cursorRow = layout.end(of: shown.text[..<shown.cursor]).row
    var picture = "\u{1B}7\r" + (cursorRow > 0 ? "\u{1B}[\(cursorRow)A" : "")
    var row = 0
    var position = layout.start
    var color = ""
    // Where the terminal's cursor is; nil behind the last column, where terminals differ.
    var column: Int? = 0
    for (index, scalar) in shown.text.enumerated() {
      let (place, columns) = layout.advance(over: scalar, &position)
      guard columns > 0 || scalar.value >= 0x300, CellLayout.isShown(scalar) else { continue }
      while row < place.row {
        picture += "\r\n"
        row += 1
        column = 0
      }
      if columns > 0, column != place.column {
        picture += "\r" + (place.column > 0 ? "\u{1B}[\(place.column)C" : "")
      }
      let wanted = colors.code(at: index + offset) + (match?.contains(index + above.count) ?? false ? ";7" : "")
      if wanted != color {
        picture += "\u{1B}[0\(wanted)m"
        color = wanted
      }
      picture.unicodeScalars.append(scalar)
      if columns > 0 { column = place.column + columns < width ? place.column + columns : nil }
    }
    picture += "\u{1B}[0m\u{1B}8"
    fflush(nil)
    output.write(picture)
    output.flush()
  }

  /// Scalars.
  private static let longestColored = 20_000
}

/// The colour of each scalar of a text.
package struct CellColors {
  private var codes: [Highlighting.Kind?]

  package init(_ scalars: [Unicode.Scalar]) {
    codes = Array(repeating: nil, count: scalars.count)
    let parts = Highlighting(String(String.UnicodeScalarView(scalars))).parts
    var byte = 0
    var next = 0
    for (index, scalar) in scalars.enumerated() {
      while next < parts.count, parts[next].span.end <= byte { next += 1 }
      if next < parts.count, parts[next].span.start <= byte { codes[index] = parts[next].kind }
      byte += UTF8.width(scalar)
    }
  }

  /// What follows `ESC[0` in the sequence for a scalar's colour.
  package func code(at index: Int) -> String { codes.indices.contains(index) ? codes[index].map(CellColors.code) ?? "" : "" }

  private static func code(_ kind: Highlighting.Kind) -> String {
    switch kind {
    case .keyword: ";35"
    case .number: ";33"
    case .string: ";32"
    case .comment: ";2"
    case .call: ";36"
    case .sign: ""
    }
  }

  /// A whole text with its colours.
  package static func painted(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    let colors = CellColors(scalars)
    var result = ""
    var color = ""
    for (index, scalar) in scalars.enumerated() {
      // A colour ends with its line, so that lines can be shown alone.
      let wanted = scalar == "\n" ? "" : colors.code(at: index)
      if wanted != color {
        result += "\u{1B}[0\(wanted)m"
        color = wanted
      }
      result.unicodeScalars.append(scalar)
    }
    return color.isEmpty ? result : result + "\u{1B}[0m"
  }
}
