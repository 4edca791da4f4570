import Kernels
import Syntax

/// Cells without an editor: reads lines until the parser has a whole one. For terminals that cannot move their cursor.
package final class PlainReader: CellReader {
  private let input: LineInput
  private let output: TextOutput
  private let errors: TextOutput
  package var style: PromptStyle
  /// Such a terminal does not tell.
  package let wasPasted = false
  private let isTerminated: () -> Bool

  package init(input: LineInput, output: TextOutput, errors: TextOutput, style: PromptStyle, isTerminated: @escaping () -> Bool) {
    self.input = input
    self.output = output
    self.errors = errors
    self.style = style
    self.isTerminated = isTerminated
  }

  package func readCell(_ number: Int) -> String? {
    var cell = ""
    while true {
      output.write(prompt(number, isContinued: !cell.isEmpty))
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
        output.flush()
        errors.write("error: this line is not UTF-8 text\n")
        errors.flush()
      case .text(let line):
        // An empty line ends a cell that the parser would still go on with.
        let isForced = !cell.isEmpty && line.allSatisfy(\.isWhitespace)
        cell += cell.isEmpty ? line : "\n" + line
        if isForced || (cell.first.map { Prompt.commandSigns.contains($0) } ?? false) || !isIncomplete(cell) { return cell }
      }
    }
  }

  package func remember(_ cell: String) {}
  package func close() {}

  private func prompt(_ number: Int, isContinued: Bool) -> String {
    let label = "[\(number)] "
    if isContinued { return String(repeating: " ", count: max(0, label.count - 2)) + "... " }
    return label + (style.ascii ? "> " : "∇ ")
  }

  private func isIncomplete(_ cell: String) -> Bool {
    do {
      _ = try Parser.parse(SourceText(name: "", text: cell))
      return false
    } catch {
      return error.isIncomplete
    }
  }
}
