import CLineEditor
import Charts
import Kernels
import Language
import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The prompt's editor on a terminal: libedit, which shows and edits a whole cell of several lines as one text.
///
/// One exists at a time, and one thread uses it.
package final class LineEditor: CellReader {
  let editor: OpaquePointer
  let output: TextOutput
  let session: Session
  package var style: PromptStyle
  /// The text of the cell began with a paste.
  package internal(set) var wasPasted = false
  private let isTerminated: () -> Bool
  private let commands: [String]
  private let past: OpaquePointer?
  private let file: HistoryFile?
  private let attributes: termios
  var history: CellHistory
  var input = TerminalInput()
  /// The prompt as libedit reads it, ended by a zero.
  private var promptText: UnsafeMutablePointer<CChar>?
  private(set) var promptWidth = 0
  /// The lines that the window has no room for. libedit knows nothing of them.
  var above: [Unicode.Scalar] = [] {
    didSet { if above.count != oldValue.count { setPrompt() } }
  }
  var below: [Unicode.Scalar] = []
  var killRing = KillRing()
  var undoStack = UndoStack()
  /// What stands in the prompt's place while the history is searched.
  var question: String?
  /// What the search found, as a place in the cell.
  var match: Range<Int>?
  var lastQuery = ""
  private var number = 1
  private var isOpen = true
  private var isPasteOn = false
  private var hasToldOfHistory = false

  /// Columns of the window.
  var width: Int { Terminal.size(of: STDOUT_FILENO)?.width ?? 80 }
  var height: Int { Terminal.size(of: STDOUT_FILENO)?.height ?? 24 }

  /// Nil if the terminal cannot be edited on.
  package init?(
    session: Session, output: TextOutput, style: PromptStyle, commands: [String], history file: HistoryFile?,
    isTerminated: @escaping () -> Bool
  ) {
    var attributes = termios()
    guard Terminal.canMoveCursor(), tcgetattr(STDIN_FILENO, &attributes) == 0, TerminalSignals.open() else { return nil }
    LineEditor.chooseLocale()
    guard let editor = CLineEditorCreate("gradus") else { return nil }
    // Without a way upwards it cannot show more than one row.
    guard CLineEditorHasCapability(editor, "up") == 1 else {
      el_end(editor)
      tcsetattr(STDIN_FILENO, TCSADRAIN, &attributes)
      return nil
    }
    self.editor = editor
    self.session = session
    self.output = output
    self.style = style
    self.commands = commands
    self.file = file
    self.isTerminated = isTerminated
    self.attributes = attributes
    past = history_winit()
    history = CellHistory(file?.load() ?? [])
    CLineEditorSetContext(editor, Unmanaged.passUnretained(self).toOpaque())
    if let past {
      CLineEditorHistorySetSize(past, Int32(CellHistory.capacity))
      CLineEditorSetHistory(editor, past)
      fillPast()
    }
    CLineEditorSetHandlesSignals(editor, 0)
    // ^C, ^Z and ^\ are keys like the others, in their order: as signals they would make the terminal drop what was typed before them.
    _ = CLineEditorSetEditingMode(editor, "-isig")
    CLineEditorSetRead(editor) { editor, character in LineEditor.of(editor)?.readCharacter(character) ?? -1 }
    CLineEditorSetPrompt(editor, { LineEditor.of($0)?.promptText }, 1)
    // Inserting within a row that goes on in the next one would spoil the screen.
    for capability in ["im", "ic", "IC", "dc", "DC"] { _ = CLineEditorSetCapability(editor, capability, "") }
    bindKeys()
  }

  deinit {
    close()
    free(promptText)
  }

  /// Gives the terminal back as it was.
  package func close() {
    guard isOpen else { return }
    isOpen = false
    el_end(editor)
    if let past { history_wend(past) }
    var attributes = attributes
    tcsetattr(STDIN_FILENO, TCSADRAIN, &attributes)
  }

  static func of(_ editor: OpaquePointer?) -> LineEditor? {
    guard let editor, let context = CLineEditorContext(editor) else { return nil }
    return Unmanaged<LineEditor>.fromOpaque(context).takeUnretainedValue()
  }

  /// Characters are UTF-8 in any case; libedit asks the locale. Numbers stay as programs write them.
  private static func chooseLocale() {
    setlocale(LC_CTYPE, "")
    let codes = nl_langinfo(Int32(CODESET)).map { String(cString: $0) }?.uppercased()
    if codes != "UTF-8" { setlocale(LC_CTYPE, "C.UTF-8") }
  }

  // MARK: - Reading

  /// Whether the wait for keys shall end the reading.
  var isEnding: Bool { isTerminated() }

  package func readCell(_ number: Int) -> String? {
    self.number = number
    above = []
    below = []
    wasPasted = false
    undoStack = UndoStack()
    setPrompt()
    history.endWalk()
    output.flush()
    let actions = TerminalSignals.install()
    input.begin()
    defer {
      switchPaste(on: false)
      TerminalSignals.restore(actions)
      // What was asked for since is done by the wait for keys no more.
      if TerminalSignals.shallStop.exchange(false, ordering: .relaxed) { TerminalSignals.deliver(SIGTSTP) }
    }
    // libedit would write the prompt first, and what is typed meanwhile would be echoed behind it.
    CLineEditorPrepareTerminal(editor, 1)
    var count: Int32 = 0
    guard let text = el_wgets(editor, &count), count > 0 else {
      output.write("\n")
      return nil
    }
    // Its end is a newline of libedit's own; no zero follows it for sure.
    var cell = LineEditor.scalars(text, Int(count))
    if cell.last == "\n" { cell.removeLast() }
    return String(String.UnicodeScalarView(above + cell + below))
  }

  /// Keeps a cell for later.
  package func remember(_ cell: String) {
    guard !cell.allSatisfy(\.isWhitespace) else { return }
    history.add(cell)
    fillPast()
    guard let file, !file.append(cell), !hasToldOfHistory else { return }
    hasToldOfHistory = true
    output.write("the history cannot be kept in \"\(file.path)\"\n")
  }

  /// libedit's list, for the search in it. It has no way to move an entry, so it is filled anew.
  private func fillPast() {
    guard let past else { return }
    CLineEditorHistoryClear(past)
    for cell in history.cells { CLineEditorHistoryAdd(past, cell.unicodeScalars.map { wchar_t(bitPattern: $0.value) } + [0]) }
  }

  /// Bracketed paste: the terminal encloses what is pasted, so that it is not taken for typing.
  func switchPaste(on: Bool) {
    guard on != isPasteOn else { return }
    isPasteOn = on
    output.write(on ? "\u{1B}[?2004h" : "\u{1B}[?2004l")
    output.flush()
  }

  func setPrompt() {
    free(promptText)
    var label = "[\(number)] " + (style.ascii ? ">" : "∇")
    if let question {
      // A text too long for the window shows its end.
      let room = max(8, width / 2)
      label = question.count > room ? String(question.suffix(room)) : question
    }
    promptWidth = DisplayWidth.columns(label) + 1
    guard above.isEmpty else {
      let count = above.reduce(0) { $0 + ($1 == "\n" ? 1 : 0) } + (above.last == "\n" ? 0 : 1)
      let note = (question == nil ? "" : label + " ") + "\(style.ascii ? "^" : "↑") \(count) more line\(count == 1 ? "" : "s")"
      // A prompt cannot hold a newline; spaces up to the window's edge lead to the next row, too.
      promptText = strdup(note.prefix(width) + String(repeating: " ", count: max(0, width - DisplayWidth.columns(note))))
      return
    }
    // libedit loses a sequence that nothing follows, so the space is the last.
    promptText = strdup(style.color ? "\u{1}\u{1B}[1;36m\u{1}\(label)\u{1}\u{1B}[0m\u{1} " : label + " ")
  }

  var names: CompletionNames { CompletionNames(session: session, commands: commands) }
}
