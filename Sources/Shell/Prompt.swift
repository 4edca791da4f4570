import Kernels
import Language
import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What the prompt is made of.
package struct PromptStyle: Sendable {
  package var ascii: Bool
  package var color: Bool
  /// Columns of messages.
  package var width: Int
  /// Whether pictures are as wide as the window.
  package var followsWindow: Bool

  package init(ascii: Bool, color: Bool, width: Int, followsWindow: Bool) {
    self.ascii = ascii
    self.color = color
    self.width = width
    self.followsWindow = followsWindow
  }
}

/// Where the prompt has its cells from.
package protocol CellReader: AnyObject {
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
  private let style: PromptStyle
  /// Whether the process was told to end.
  private let isTerminated: () -> Bool
  private var number = 1
  private var isOver = false

  package init(
    session: Session, reader: any CellReader, output: TextOutput, errors: TextOutput, style: PromptStyle, isTerminated: @escaping () -> Bool
  ) {
    self.session = session
    self.reader = reader
    self.output = output
    self.errors = errors
    self.style = style
    self.isTerminated = isTerminated
  }

  /// Reads and runs cells until the input ends or the user quits.
  package func run() {
    defer { reader.close() }
    while !isOver, !isTerminated() {
      Interrupt.clear()
      guard let cell = reader.readCell(number) else { return }
      let words = cell.drop { $0.isWhitespace }
      if words.isEmpty { continue }
      reader.remember(cell)
      if words.first == ":" || words.first == "?" {
        isOver = command(String(words))
      } else {
        evaluate(cell)
      }
    }
  }

  private func evaluate(_ cell: String) {
    let source = SourceText(name: "[\(number)]", text: cell)
    number += 1
    do {
      try session.run(source, echo: .display)
    } catch {
      show(ErrorReport(error).text(color: style.color, ascii: style.ascii, width: messageWidth))
    }
    output.flush()
  }

  /// The window may have changed since the start.
  private var messageWidth: Int {
    guard style.followsWindow, Terminal.isTerminal(STDERR_FILENO) else { return style.width }
    return Terminal.size(of: STDERR_FILENO)?.width ?? style.width
  }

  func show(_ message: String) {
    output.flush()
    errors.write(message + "\n")
    errors.flush()
  }
}
