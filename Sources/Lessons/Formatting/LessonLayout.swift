import Syntax

extension LiterateFile {
  /// The file's bytes with its cells in the standard layout; every other byte stays. A cell that must fail stays, too: its output
  /// quotes it.
  ///
  /// Throws the syntax error of a cell that is no program.
  package func formatted() throws(GradusError) -> [UInt8] {
    var bytes: [UInt8] = []
    var place = 0
    for cell in cells where !cell.options.error {
      let text = try Formatter.format(cell.code)
      guard text != cell.code.text else { continue }
      bytes += source.utf8[place..<cell.content.lowerBound]
      for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
        bytes += Array(((line.isEmpty ? "" : cell.indentation + line) + cell.newline).utf8)
      }
      place = cell.content.upperBound
    }
    return bytes + source.utf8[place...]
  }
}
