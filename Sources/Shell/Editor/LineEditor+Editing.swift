/// Moving and deleting by words and lines, and undoing.
extension LineEditor {
  private func move(to place: Int?) -> Effect {
    guard let place else { return .beep }
    move(to: place)
    return .refresh
  }

  func toLineStart() -> Effect { move(to: cell.lineStart as Int?) }
  func toLineEnd() -> Effect { move(to: cell.lineEnd as Int?) }
  func toCellStart() -> Effect { move(to: 0 as Int?) }
  func toCellEnd() -> Effect { move(to: cell.text.count as Int?) }
  func toNextWord() -> Effect { move(to: cell.nextWord) }
  func toPreviousWord() -> Effect { move(to: cell.previousWord) }

  // MARK: - Deleting

  /// At the end of a line the newline itself goes, so that lines can be joined.
  func killLine() -> Effect {
    let lines = cell
    return kill(to: lines.lineEnd > lines.cursor ? lines.lineEnd : min(lines.cursor + 1, lines.text.count))
  }

  func killStart() -> Effect { kill(to: cell.lineStart) }
  func killWord() -> Effect { kill(to: cell.wordStart) }
  func killPreviousWord() -> Effect { kill(to: cell.previousWord) }
  func killNextWord() -> Effect { kill(to: cell.nextWord) }

  /// Takes away what is between the cursor and another place, and keeps it for ^Y.
  private func kill(to place: Int?) -> Effect {
    let old = cell
    guard let place, place != old.cursor else { return .beep }
    let range = min(place, old.cursor)..<max(place, old.cursor)
    killRing.add(Array(old.text[range]), isBefore: place < old.cursor, in: old)
    set(CellLines(text: Array(old.text[..<range.lowerBound] + old.text[range.upperBound...]), cursor: range.lowerBound))
    killRing.didKill(cell)
    return .refresh
  }

  func yank() -> Effect {
    guard let text = killRing.yank() else { return .beep }
    insert(String(String.UnicodeScalarView(text)))
    killRing.didYank(text.count, cell)
    return .refresh
  }

  func yankEarlier() -> Effect {
    guard let (replaced, text) = killRing.rotate(cell) else { return .beep }
    delete(replaced)
    insert(String(String.UnicodeScalarView(text)))
    killRing.didYank(text.count, cell)
    return .refresh
  }

  // MARK: - Undoing

  func undo() -> Effect { restore(undoStack.undo(cell)) }
  func redo() -> Effect { restore(undoStack.redo(cell)) }

  private func restore(_ state: CellLines?) -> Effect {
    guard let state else { return .beep }
    set(state)
    return .refresh
  }
}
