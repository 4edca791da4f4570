import Kernels
import Language
import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What the prompt is made of. `:set` changes it.
package struct PromptStyle: Sendable {
  package var ascii: Bool
  package var color: Bool
  /// Columns of messages.
  package var width: Int
  /// Whether pictures are as wide as the window.
  package var followsWindow: Bool
  /// Whether a cell has colours while it is typed.
  package var highlight = true
  /// Whether every cell tells how long it took.
  package var showsTime = false

  package init(ascii: Bool, color: Bool, width: Int, followsWindow: Bool) {
    self.ascii = ascii
    self.color = color
    self.width = width
    self.followsWindow = followsWindow
  }
}

/// Where the prompt has its cells from.
package protocol CellReader: AnyObject {
  var style: PromptStyle { get set }
  /// Whether the last cell was pasted from its first character on.
  var wasPasted: Bool { get }
  /// Asks for the cell of a number; nil at the end of the input.
  func readCell(_ number: Int) -> String?
  /// Keeps a cell for later.
  func remember(_ cell: String)
  /// Gives the terminal back as it was.
  func close()
}

/// The prompt: reads a whole cell, runs it, shows its value, and asks again.
///
/// An error does not end it. Ctrl-C drops the cell being typed or stops the one that runs; Ctrl-D ends.
package final class Prompt {
  let session: Session
  let output: TextOutput
  private let errors: TextOutput
  private let reader: any CellReader
  /// Runs a file, for `:load`.
  let load: (String) throws(GradusError) -> Void
  var style: PromptStyle { didSet { reader.style = style } }
  /// Whether the process was told to end.
  private let isTerminated: () -> Bool
  var notebook = Notebook()
  private var number = 1
  private var isOver = false

  package init(
    session: Session, reader: any CellReader, output: TextOutput, errors: TextOutput, style: PromptStyle,
    load: @escaping (String) throws(GradusError) -> Void, isTerminated: @escaping () -> Bool
  ) {
    self.session = session
    self.reader = reader
    self.output = output
    self.errors = errors
    self.style = style
    self.load = load
    self.isTerminated = isTerminated
    session.willDraw = { [weak self] in self?.measureWindow() }
  }

  /// Reads and runs cells until the input ends or the user quits.
  package func run() {
    defer { reader.close() }
    while !isOver, !isTerminated() {
      Interrupt.clear()
      guard let cell = reader.readCell(number) else { return }
      let words = cell.drop { $0.isWhitespace }
      if words.isEmpty { continue }
      if words.first == "!", reader.wasPasted {
        show("error: `!` runs only what was typed, and this was pasted")
        continue
      }
      reader.remember(cell)
      measureWindow()
      if let first = words.first, Prompt.commandSigns.contains(first) {
        isOver = command(String(words))
      } else {
        evaluate(cell)
      }
      output.flush()
    }
  }

  /// What a line begins with that is no program.
  package static let commandSigns: Set<Character> = [":", "?", "!"]

  /// Runs a cell, shows its value, keeps it; the seconds it took, nil if it failed.
  @discardableResult func evaluate(_ text: String) -> Double? {
    var cell = Notebook.Cell(number: number, text: text)
    let source = SourceText(name: "[\(number)]", text: text)
    number += 1
    let start = LineInput.now()
    defer { notebook.add(cell) }
    do {
      try session.run(source, echo: .display)
      cell.seconds = LineInput.now() - start
      if let value = session.lastValue { try notebook.keep(value, of: cell.number, in: session) }
    } catch {
      cell.seconds = LineInput.now() - start
      cell.error = error.message
      report(error)
      return nil
    }
    output.flush()
    if style.showsTime { output.write(quiet(Prompt.duration(cell.seconds)) + "\n") }
    return cell.seconds
  }

  /// The window may have changed since the last cell.
  private func measureWindow() {
    guard let size = Terminal.size(of: STDOUT_FILENO) else { return }
    if style.followsWindow { session.style.width = size.width }
    session.style.height = size.height
  }

  private var messageWidth: Int {
    guard style.followsWindow, Terminal.isTerminal(STDERR_FILENO) else { return style.width }
    return Terminal.size(of: STDERR_FILENO)?.width ?? style.width
  }

  // MARK: - Showing

  func report(_ error: GradusError) {
    let width = messageWidth
    // The terminal has written ^C.
    if error.kind == .interrupted, Terminal.isTerminal(STDERR_FILENO) { output.write("\r") }
    show(WrappedText.report(ErrorReport(error).text(color: style.color, ascii: style.ascii, width: width), width: width))
  }

  func show(_ message: String) {
    output.flush()
    errors.write(message + "\n")
    errors.flush()
  }

  func quiet(_ text: String) -> String { style.color ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
  func strong(_ text: String) -> String { style.color ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  /// Text that is cut to the window, an ellipsis at its end.
  func fitted(_ text: String, to columns: Int) -> String {
    guard DisplayWidth.columns(text) > columns else { return text }
    let mark = style.ascii ? "..." : "…"
    var result = ""
    var used = mark.count
    for character in text {
      used += DisplayWidth.columns(character)
      if used > columns { break }
      result.append(character)
    }
    return result + mark
  }

  /// `3.2 µs`, `41 ms`, `2.05 s`, `3 min 20 s`.
  package static func duration(_ seconds: Double) -> String {
    func rounded(_ value: Double) -> String {
      let digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
      let scale = [1.0, 10, 100][digits]
      let whole = Int((value * scale).rounded())
      let text = String(whole)
      guard digits > 0 else { return text }
      let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
      return padded.dropLast(digits) + "." + padded.suffix(digits)
    }
    if !(seconds < 3600 * 24 * 365) { return "long" }
    if seconds < 999.5e-6 { return rounded(max(0, seconds) * 1e6) + " µs" }
    if seconds < 0.9995 { return rounded(seconds * 1e3) + " ms" }
    if seconds < 59.95 { return rounded(seconds) + " s" }
    let whole = Int(seconds.rounded())
    return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
