import Kernels
import Language
import Syntax

/// The prompt without an editor: reads lines until the parser has a whole cell, runs it, shows its value, and asks again.
///
/// An error does not end it. Ctrl-C drops the cell being typed or stops the one that runs; Ctrl-D ends.
package final class PlainReader {
  /// How errors are shown and what the prompt is made of.
  package struct Style {
    package var ascii: Bool
    package var color: Bool
    package var width: Int
    package init(ascii: Bool, color: Bool, width: Int) {
      self.ascii = ascii
      self.color = color
      self.width = width
    }
  }

  let session: Session
  let output: TextOutput
  private let errors: TextOutput
  private let input: LineInput
  private let style: Style
  /// Whether the process was told to end.
  private let isTerminated: () -> Bool
  private var number = 1
  private var isOver = false

  package init(
    session: Session, input: LineInput, output: TextOutput, errors: TextOutput, style: Style, isTerminated: @escaping () -> Bool
  ) {
    self.session = session
    self.input = input
    self.output = output
    self.errors = errors
    self.style = style
    self.isTerminated = isTerminated
  }

  /// Reads and runs cells until the input ends or the user quits.
  package func run() {
    while !isOver, !isTerminated() {
      Interrupt.clear()
      guard let cell = readCell() else { return }
      let words = cell.drop { $0.isWhitespace }
      if words.isEmpty { continue }
      if words.first == ":" || words.first == "?" {
        isOver = command(String(words))
      } else {
        evaluate(cell)
      }
    }
  }

  // MARK: - Reading

  private func prompt(isContinued: Bool) -> String {
    let label = "[\(number)] "
    if isContinued { return String(repeating: " ", count: max(0, label.count - 2)) + "... " }
    return label + (style.ascii ? "> " : "∇ ")
  }

  /// A whole cell; nil at the end of the input.
  private func readCell() -> String? {
    var cell = ""
    while true {
      output.write(prompt(isContinued: !cell.isEmpty))
      output.flush()
      switch input.readLine() {
      case .end, .tooLate:
        output.write("\n")
        output.flush()
        // What was typed so far is run, or its error told.
        return cell.isEmpty ? nil : cell
      case .interrupted:
        output.write("\n")
        if isTerminated() { return nil }
        Interrupt.clear()
        cell = ""
      case .notText:
        show("error: this line is not UTF-8 text")
      case .text(let line):
        // An empty line ends a cell that the parser would still go on with.
        let isForced = !cell.isEmpty && line.allSatisfy(\.isWhitespace)
        cell += cell.isEmpty ? line : "\n" + line
        if isForced || line.hasPrefix(":") || !isIncomplete(cell) { return cell }
      }
    }
  }

  private func isIncomplete(_ cell: String) -> Bool {
    do {
      _ = try Parser.parse(SourceText(name: "", text: cell))
      return false
    } catch {
      return error.isIncomplete
    }
  }

  // MARK: - Running

  private func evaluate(_ cell: String) {
    let source = SourceText(name: "[\(number)]", text: cell)
    number += 1
    do {
      try session.run(source, echo: .display)
    } catch {
      show(ErrorReport(error).text(color: style.color, ascii: style.ascii, width: style.width))
    }
    output.flush()
  }

  func show(_ message: String) {
    output.flush()
    errors.write(message + "\n")
    errors.flush()
  }
}
