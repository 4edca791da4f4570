import CLineEditor

/// The search in the history: what is typed is looked for while it is typed, and the cell that has it is shown.
extension LineEditor {
  func search() -> Effect {
    let before = cell
    var search = HistorySearch(history.cells)
    defer { if !search.query.isEmpty { lastQuery = search.query } }
    while true {
      show(search, before)
      guard let key = nextScalar() else { return .none }
      switch key {
      case "\u{12}":
        // Once more without a text means the one of the last time.
        if search.query.isEmpty { search.add(lastQuery) } else { search.older() }
      case "\u{13}": search.newer()
      case "\u{7F}", "\u{8}": search.removeLast()
      case "\u{3}", "\u{7}":
        leave(at: before)
        return .none
      case _ where key.value < 32:
        // Any other key leaves the search and does what it does.
        leave(at: cell)
        push(String(Character(key)))
        return .none
      default: search.add(String(Character(key)))
      }
    }
  }

  private func show(_ search: HistorySearch, _ before: CellLines) {
    let mark = (search.isFailing ? "nothing has `" : "search `") + search.query + "`:"
    guard let found = search.found else { return show(before, question: mark) }
    let cell = CellLines(text: Array(found.cell.unicodeScalars), cursor: found.range.lowerBound)
    show(cell, question: mark, match: search.isFailing ? nil : found.range)
  }

  private func leave(at cell: CellLines) { show(cell, question: nil) }

  /// The prompt has another width now, which libedit does not expect: what is shown goes, and all is written anew.
  private func show(_ cell: CellLines, question: String?, match: Range<Int>? = nil) {
    eraseRows()
    self.question = question
    self.match = match
    setPrompt()
    set(cell)
    CLineEditorRefresh(editor)
    paint()
  }
}
