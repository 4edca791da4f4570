import CLineEditor
import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The keys. A command of ours is a row in `commands`; which keys lead to it is told by `preferredKeys`, which the user's
/// `.editrc` may change, or by `neededKeys`, without which cells could not be typed.
extension LineEditor {
  /// What libedit does after a command (`CC_…` of its header).
  enum Effect: UInt8 {
    case none = 0
    case refresh = 4
    case beep = 6
  }

  /// libedit's own `ed-newline` ends the reading; Enter pushes the key that leads to it.
  private static let finishingKey = "\u{1B}[9001~"

  private static let paintingKey = "\u{1B}[9003~"

  private static let commands: [(name: String, meaning: String, action: CLineEditorCommand)] = [
    ("gradus-enter", "Run the cell if it is complete, else begin a line", { editor, _ in perform(editor) { $0.enter() } }),
    ("gradus-paint", "Colour the cell", { editor, _ in perform(editor) { $0.repaint() } }),
    ("gradus-newline", "Begin a line", { editor, _ in perform(editor) { $0.beginLine() } }),
    ("gradus-up", "A line up, or the cell before", { editor, _ in perform(editor) { $0.up() } }),
    ("gradus-down", "A line down, or the cell after", { editor, _ in perform(editor) { $0.down() } }),
    ("gradus-next-word", "Behind the next word", { editor, _ in perform(editor) { $0.toNextWord() } }),
    ("gradus-previous-word", "To the word before", { editor, _ in perform(editor) { $0.toPreviousWord() } }),
    ("gradus-cell-start", "To the beginning of the cell", { editor, _ in perform(editor) { $0.toCellStart() } }),
    ("gradus-cell-end", "To the end of the cell", { editor, _ in perform(editor) { $0.toCellEnd() } }),
    ("gradus-previous-cell", "The cell before", { editor, _ in perform(editor) { $0.previousCell() } }),
    ("gradus-next-cell", "The cell after", { editor, _ in perform(editor) { $0.nextCell() } }),
    ("gradus-line-start", "To the beginning of the line", { editor, _ in perform(editor) { $0.toLineStart() } }),
    ("gradus-line-end", "To the end of the line", { editor, _ in perform(editor) { $0.toLineEnd() } }),
    ("gradus-kill-line", "Delete to the end of the line", { editor, _ in perform(editor) { $0.killLine() } }),
    ("gradus-kill-start", "Delete to the beginning of the line", { editor, _ in perform(editor) { $0.killStart() } }),
    ("gradus-kill-word", "Delete to the space before", { editor, _ in perform(editor) { $0.killWord() } }),
    ("gradus-kill-previous-word", "Delete the word before", { editor, _ in perform(editor) { $0.killPreviousWord() } }),
    ("gradus-kill-next-word", "Delete the next word", { editor, _ in perform(editor) { $0.killNextWord() } }),
    ("gradus-yank", "Insert what was deleted", { editor, _ in perform(editor) { $0.yank() } }),
    ("gradus-yank-pop", "Insert what was deleted before that instead", { editor, _ in perform(editor) { $0.yankEarlier() } }),
    ("gradus-undo", "Undo a change", { editor, _ in perform(editor) { $0.undo() } }),
    ("gradus-redo", "Undo the undoing", { editor, _ in perform(editor) { $0.redo() } }),
    ("gradus-search", "Search in the history", { editor, _ in perform(editor) { $0.search() } }),
    ("gradus-close", "A closing bracket", { editor, key in perform(editor) { $0.close(with: key) } }),
    ("gradus-complete", "Complete the word", { editor, _ in perform(editor) { $0.complete() } }),
    ("gradus-paste", "A paste begins", { editor, _ in perform(editor) { $0.paste() } }),
    ("gradus-suspend", "Suspend the program", { editor, _ in perform(editor) { $0.stop(with: SIGTSTP) } }),
    ("gradus-quit", "End the program, with a core", { editor, _ in perform(editor) { $0.stop(with: SIGQUIT) } }),
    ("gradus-cancel", "Drop the cell", { editor, _ in perform(editor) { $0.cancel() } }),
  ]

  private static let preferredKeys: [(key: String, command: String)] = [
    ("^A", "gradus-line-start"), ("\u{1B}[H", "gradus-line-start"), ("\u{1B}OH", "gradus-line-start"), ("\u{1B}[1~", "gradus-line-start"),
    ("^E", "gradus-line-end"), ("\u{1B}[F", "gradus-line-end"), ("\u{1B}OF", "gradus-line-end"), ("\u{1B}[4~", "gradus-line-end"),
    // With Control, Home and End; in Emacs < and > with Alt.
    ("\u{1B}[1;5H", "gradus-cell-start"), ("\u{1B}[1;5F", "gradus-cell-end"), ("\u{1B}<", "gradus-cell-start"), ("\u{1B}>", "gradus-cell-end"),
    ("^K", "gradus-kill-line"), ("^U", "gradus-kill-start"), ("^W", "gradus-kill-word"), ("\u{1B}d", "gradus-kill-next-word"),
    ("\u{1B}\u{7F}", "gradus-kill-previous-word"), ("\u{1B}\u{8}", "gradus-kill-previous-word"), ("\u{1B}[3;5~", "gradus-kill-next-word"),
    ("^Y", "gradus-yank"), ("\u{1B}y", "gradus-yank-pop"), ("\u{1F}", "gradus-undo"), ("^X^U", "gradus-undo"), ("\u{1B}/", "gradus-redo"),
    ("^R", "gradus-search"), ("^P", "gradus-previous-cell"), ("^N", "gradus-next-cell"), ("\u{1B}[5~", "gradus-previous-cell"),
    ("\u{1B}[6~", "gradus-next-cell"), ("\u{1B}[3~", "ed-delete-next-char"),
    // The arrows to the sides, with Control and with Alt.
    ("\u{1B}f", "gradus-next-word"), ("\u{1B}b", "gradus-previous-word"), ("\u{1B}[1;5C", "gradus-next-word"), ("\u{1B}[1;5D", "gradus-previous-word"),
    ("\u{1B}[1;3C", "gradus-next-word"), ("\u{1B}[1;3D", "gradus-previous-word"),
    ("\u{1B}[A", "gradus-up"), ("\u{1B}OA", "gradus-up"), ("\u{1B}[B", "gradus-down"), ("\u{1B}OB", "gradus-down"),
    (")", "gradus-close"), ("]", "gradus-close"), ("}", "gradus-close"), ("^I", "gradus-complete"),
  ]

  private static let neededKeys: [(key: String, command: String)] = [
    (finishingKey, "ed-newline"), (paintingKey, "gradus-paint"), ("^J", "gradus-enter"), ("^M", "gradus-enter"), ("\u{1B}\r", "gradus-newline"),
    ("\u{1B}\n", "gradus-newline"), ("\u{1B}[200~", "gradus-paste"), ("^C", "gradus-cancel"), ("^Z", "gradus-suspend"), ("\u{1C}", "gradus-quit"),
  ]

  func bindKeys() {
    CLineEditorSetEditor(editor, "emacs")
    for command in LineEditor.commands { _ = CLineEditorAddCommand(editor, command.name, command.meaning, command.action) }
    for binding in LineEditor.preferredKeys { _ = CLineEditorBind(editor, binding.key, binding.command) }
    el_source(editor, nil)
    for binding in LineEditor.neededKeys {
      _ = CLineEditorBind(editor, binding.key, binding.command)
      // In vi's command mode, single keys have a table of their own.
      if binding.key.unicodeScalars.first.map({ $0 == "^" || $0.value < 32 && $0 != "\u{1B}" }) ?? false { _ = CLineEditorBindAlternative(editor, binding.key, binding.command) }
    }
  }

  private static func perform(_ editor: OpaquePointer?, _ action: (LineEditor) -> Effect) -> UInt8 {
    (LineEditor.of(editor).map(action) ?? .beep).rawValue
  }

  // MARK: - Lines

  private func enter() -> Effect {
    let text = cellText
    let isCommand = text.first { !$0.isWhitespace }.map { Prompt.commandSigns.contains($0) } ?? false
    if !isCommand, case .incomplete = Parser.completeness(text) { return beginLine() }
    move(to: cell.text.count)
    // No key is waited for any more, so painting is a key of its own, met when libedit has moved its cursor.
    push(LineEditor.paintingKey + LineEditor.finishingKey)
    return .refresh
  }

  private func repaint() -> Effect {
    paint()
    return .none
  }

  func push(_ key: String) { el_wpush(editor, key.unicodeScalars.map { wchar_t(bitPattern: $0.value) } + [0]) }

  var cellText: String { String(String.UnicodeScalarView(cell.text)) }
  private var textBeforeCursor: String { String(String.UnicodeScalarView(cell.text[..<cell.cursor])) }

  /// A newline and the indentation that the brackets before it ask for.
  private func beginLine() -> Effect {
    var indentation = 0
    if case .incomplete(let spaces) = Parser.completeness(textBeforeCursor) { indentation = spaces }
    insert("\n" + String(repeating: " ", count: indentation))
    return .refresh
  }

  private func close(with key: wint_t) -> Effect {
    guard let scalar = Unicode.Scalar(key) else { return .beep }
    delete(cell.dedent)
    insert(String(Character(scalar)))
    return .refresh
  }

  // MARK: - The history

  private func up() -> Effect {
    guard let position = cell.above else { return previousCell() }
    move(to: position)
    return .refresh
  }

  private func down() -> Effect {
    guard let position = cell.below else { return nextCell() }
    move(to: position)
    return .refresh
  }

  private func previousCell() -> Effect { show(history.previous(from: cellText)) }
  private func nextCell() -> Effect { show(history.next(from: cellText)) }

  private func show(_ text: String?) -> Effect {
    guard let text else { return .beep }
    replace(with: text)
    return .refresh
  }

  // MARK: - The rest

  private func complete() -> Effect {
    let lines = cell
    if lines.isAtIndentation {
      insert("  ")
      return .refresh
    }
    let completion = names.completion(of: textBeforeCursor)
    guard !completion.candidates.isEmpty || completion.signature != nil else { return .beep }
    let common = completion.common
    let written = String(String.UnicodeScalarView(lines.text[(lines.cursor - completion.replaced)..<lines.cursor]))
    if common != written, !completion.candidates.isEmpty {
      delete(completion.replaced)
      insert(common)
      return .refresh
    }
    guard completion.candidates.count > 1 || completion.signature != nil else { return .none }
    // The list goes below the cell, which is then shown again under it.
    finishRows()
    if let signature = completion.signature { output.write((style.color ? CellColors.painted(signature) : signature) + "\n") }
    output.write(ColumnList.text(completion.candidates, width: width))
    output.flush()
    CLineEditorRefresh(editor)
    return .none
  }

  private func paste() -> Effect {
    guard let (bytes, isCut) = readPaste() else { return cancel() }
    if cell.text[..<cell.cursor].allSatisfy({ $0.properties.isWhitespace }) { wasPasted = true }
    guard isCut else {
      insert(PasteCleaning.clean(String(decoding: bytes, as: UTF8.self)))
      return .refresh
    }
    finishRows()
    output.write("the paste is longer than \(PasteCleaning.limit >> 20) MB; its rest is left out\n")
    output.flush()
    insert(PasteCleaning.clean(String(decoding: bytes, as: UTF8.self)))
    CLineEditorRefresh(editor)
    return .none
  }

  private func stop(with signal: Int32) -> Effect {
    suspend(with: signal)
    return .none
  }

  private func cancel() -> Effect {
    finishRows()
    replace(with: "")
    wasPasted = false
    history.endWalk()
    CLineEditorRefresh(editor)
    return .none
  }
}
