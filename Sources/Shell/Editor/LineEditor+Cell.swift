import CLineEditor

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The cell as it stands, and its changes. libedit has the lines that are shown; the others wait in `above` and `below`.
extension LineEditor {
  /// What libedit has.
  var shown: CellLines {
    guard let line = el_wline(editor)?.pointee, let start = line.buffer, let cursor = line.cursor, let end = line.lastchar else {
      return CellLines(text: [], cursor: 0)
    }
    return CellLines(text: LineEditor.scalars(start, end - start), cursor: cursor - start)
  }

  var cell: CellLines {
    let shown = shown
    return CellLines(text: above + shown.text + below, cursor: above.count + shown.cursor)
  }

  static func scalars(_ text: UnsafePointer<wchar_t>, _ count: Int) -> [Unicode.Scalar] {
    UnsafeBufferPointer(start: text, count: count).map { Unicode.Scalar(UInt32(bitPattern: $0)) ?? "\u{FFFD}" }
  }

  /// Makes this the cell; what is shown of it depends on the window.
  func set(_ cell: CellLines) {
    let range = visibleRange(of: cell)
    let old = shown
    el_cursor(editor, Int32(old.text.count - old.cursor))
    if !old.text.isEmpty { el_deletestr(editor, Int32(old.text.count)) }
    above = Array(cell.text[..<range.lowerBound])
    below = Array(cell.text[range.upperBound...])
    guard !range.isEmpty else { return }
    _ = el_winsertstr(editor, cell.text[range].map { wchar_t(bitPattern: $0.value) } + [0])
    el_cursor(editor, Int32(cell.cursor - range.upperBound))
  }

  /// Two rows are left free: a key may add one before the window moves, and the last must not scroll.
  private func visibleRange(of cell: CellLines) -> Range<Int> {
    CellWindow.range(of: cell, promptWidth: promptWidth, width: width, rows: max(3, height - 2), first: above.count)
  }

  func insert(_ text: String) {
    let old = cell
    let added = Array(text.unicodeScalars)
    set(CellLines(text: old.text[..<old.cursor] + added + old.text[old.cursor...], cursor: old.cursor + added.count))
  }

  func move(to position: Int) { set(CellLines(text: cell.text, cursor: position)) }

  /// Puts another text into the cell, the cursor at its end.
  func replace(with text: String) {
    let scalars = Array(text.unicodeScalars)
    set(CellLines(text: scalars, cursor: scalars.count))
  }

  /// Takes away scalars before the cursor.
  func delete(_ count: Int) {
    guard count > 0 else { return }
    let old = cell
    set(CellLines(text: Array(old.text[..<(old.cursor - count)] + old.text[old.cursor...]), cursor: old.cursor - count))
  }

  // MARK: - Rows

  var layout: CellLayout { CellLayout(promptWidth: above.isEmpty ? promptWidth : 0, width: width) }

  /// Goes below the cell.
  func finishRows() {
    let shown = shown
    let layout = layout
    let rows = layout.end(of: shown.text).row - layout.end(of: shown.text[..<shown.cursor]).row
    output.write(String(repeating: "\n", count: rows + 1) + "\r")
    output.flush()
  }

  /// Erases what is shown, from the first row of the prompt on.
  func eraseRows() {
    let shown = shown
    let row = layout.end(of: shown.text[..<shown.cursor]).row + (above.isEmpty ? 0 : 1)
    output.write("\r" + (row > 0 ? "\u{1B}[\(row)A" : "") + "\u{1B}[J")
    output.flush()
  }

  /// Keys of libedit's own may have led to the edge of what is shown, or made it too tall.
  func moveWindow() {
    let whole = cell
    guard visibleRange(of: whole) != above.count..<(whole.text.count - below.count) else { return }
    eraseRows()
    set(whole)
    CLineEditorRefresh(editor)
  }
}
