/// The states a cell was in while it was typed, for undoing and redoing.
///
/// It is told of the cell before each key. Letters typed one after the other count as one change up to the end of their word.
package struct UndoStack {
  private var past: [CellLines] = []
  private var future: [CellLines] = []
  /// As it was noted last.
  package private(set) var current: CellLines?
  /// Whether the last change typed a part of a word.
  private var isWord = false
  /// Scalars in `past`.
  private var size = 0

  /// Scalars that are kept at most.
  private static let capacity = 1 << 22

  package init() {}

  /// The cell as it is shown now.
  package mutating func note(_ cell: CellLines) {
    guard let before = current else { return current = cell }
    guard cell.text != before.text else { return current = cell }
    future = []
    let typed = UndoStack.typed(from: before, to: cell)
    let isPartOfWord = typed.map { !$0.properties.isWhitespace } ?? false
    if !(isPartOfWord && isWord) { push(before) }
    isWord = isPartOfWord
    current = cell
  }

  /// The cell before the last change.
  package mutating func undo(_ cell: CellLines) -> CellLines? {
    note(cell)
    guard let state = past.popLast() else { return nil }
    size -= state.text.count
    future.append(cell)
    current = state
    isWord = false
    return state
  }

  /// The cell before the last undoing.
  package mutating func redo(_ cell: CellLines) -> CellLines? {
    note(cell)
    guard let state = future.popLast() else { return nil }
    push(cell)
    current = state
    isWord = false
    return state
  }

  private mutating func push(_ cell: CellLines) {
    past.append(cell)
    size += cell.text.count
    var dropped = 0
    while size > UndoStack.capacity, dropped < past.count {
      size -= past[dropped].text.count
      dropped += 1
    }
    past.removeFirst(dropped)
  }

  /// The scalar that was inserted at the cursor, if that was the change.
  private static func typed(from before: CellLines, to after: CellLines) -> Unicode.Scalar? {
    let place = before.cursor
    guard after.text.count == before.text.count + 1, after.cursor == place + 1 else { return nil }
    guard after.text[..<place] == before.text[..<place], after.text[(place + 1)...] == before.text[place...] else { return nil }
    return after.text[place]
  }
}
