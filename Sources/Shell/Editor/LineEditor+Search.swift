import CLineEditor

/// The search in the history: what is typed is looked for while it is typed, and the cell that has it is shown.
extension LineEditor {
  func search() -> Effect {
    let before = cell
    var search = HistorySearch(history.cells)
    defer {
      if !search.query.isEmpty { lastQuery = search.query }
      question = nil
      match = nil
      setPrompt()
    }
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
        set(before)
        return .refresh
      case _ where key.value < 32:
        // Any other key leaves the search and does what it does.
        push(String(Character(key)))
        return .refresh
      default: search.add(String(Character(key)))
      }
    }
  }

  private func show(_ search: HistorySearch, _ before: CellLines) {
    question = (search.isFailing ? "nothing has `" : "search `") + search.query + "`:"
    setPrompt()
    if let found = search.found {
      set(CellLines(text: Array(found.cell.unicodeScalars), cursor: found.range.lowerBound))
      match = search.isFailing ? nil : found.range
    } else {
      set(before)
      match = nil
    }
    // What was written does not hold where the prompt has another width: all anew.
    CLineEditorRefresh(editor)
    paint()
  }
}
