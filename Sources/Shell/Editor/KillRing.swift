/// What was deleted, for inserting it again. Deletions one after the other make one text.
package struct KillRing {
  private var texts: [[Unicode.Scalar]] = []
  /// Which text is inserted next, counted from the end.
  private var place = 0
  /// The cell as the last deletion left it.
  private var afterKill: CellLines?
  /// The cell as the last insertion left it, and what was inserted.
  private var afterYank: (cell: CellLines, count: Int)?

  private static let capacity = 60

  package init() {}

  /// Keeps a text that stood before or behind the cursor in the cell.
  package mutating func add(_ text: [Unicode.Scalar], isBefore: Bool, in cell: CellLines) {
    if let last = texts.indices.last, let afterKill, afterKill == cell {
      texts[last] = isBefore ? text + texts[last] : texts[last] + text
    } else {
      texts.append(text)
      if texts.count > KillRing.capacity { texts.removeFirst() }
    }
    place = 0
  }

  /// To be told of the cell after a deletion.
  package mutating func didKill(_ cell: CellLines) { afterKill = cell }

  /// The text to insert.
  package mutating func yank() -> [Unicode.Scalar]? {
    place = 0
    return texts.last
  }

  /// To be told of the cell after an insertion.
  package mutating func didYank(_ count: Int, _ cell: CellLines) { afterYank = (cell, count) }

  /// Right after an insertion: how many scalars before the cursor an earlier text takes the place of, and that text.
  package mutating func rotate(_ cell: CellLines) -> (replaced: Int, text: [Unicode.Scalar])? {
    guard texts.count > 1, let afterYank, afterYank.cell == cell else { return nil }
    place = (place + 1) % texts.count
    return (afterYank.count, texts[texts.count - 1 - place])
  }
}
