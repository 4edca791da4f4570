/// `:help keys`
extension Prompt {
  /// What the keys do, for those who type. The whole list of bindings is in `Editor/LineEditor+Keys`.
  private static let keys: [(keys: String, meaning: String)] = [
    ("Enter", "run the cell if it is whole, else begin a line"),
    ("Alt-Enter", "begin a line"),
    ("Tab", "complete a name, field, argument, path, or \\alpha to α; two spaces at a line's beginning"),
    ("Up, Down", "a line, then a cell; with text, the cells that begin with it"),
    ("Ctrl-P, Ctrl-N", "the cell before, the cell after; so do Page Up and Page Down"),
    ("Ctrl-R, Ctrl-S", "search in the cells, on to older and back to newer ones; Enter runs, Ctrl-G leaves"),
    ("Ctrl-A, Ctrl-E", "the line's beginning and end; so do Home and End"),
    ("Alt-<, Alt->", "the cell's beginning and end; so do Ctrl-Home and Ctrl-End"),
    ("Alt-B, Alt-F", "a word back, a word on; so do the arrows with Ctrl or Alt"),
    ("Ctrl-W, Alt-D", "delete the word before, the word after"),
    ("Ctrl-U, Ctrl-K", "delete to the line's beginning, to its end"),
    ("Ctrl-Y, Alt-Y", "insert what was deleted, what was deleted before that"),
    ("Ctrl-_, Alt-/", "undo, redo"),
    ("Ctrl-L", "clear the screen"),
    ("Ctrl-C", "drop the cell; stop the one that runs"),
    ("Ctrl-Z", "suspend; `fg` in the shell goes on"),
    ("Ctrl-D", "leave, if nothing is typed; else delete a character"),
  ]

  func helpOnKeys() {
    let width = (Prompt.keys.map(\.keys.count).max() ?? 0) + 2
    for (keys, meaning) in Prompt.keys {
      let lines = WrappedText.lines(meaning, width: max(20, session.style.width - width - 2))
      for (index, line) in lines.enumerated() {
        let label = index == 0 ? "  " + keys + String(repeating: " ", count: width - keys.count) : String(repeating: " ", count: width + 2)
        output.write(label + line + "\n")
      }
    }
    output.write("\n")
    paragraph("`bind` lines in ~/.editrc change them; `man editrc` tells how. `?keys` is about the function of that name.")
  }
}
