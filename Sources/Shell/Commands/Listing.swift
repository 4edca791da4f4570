import Language
import Syntax

/// `:vars` and `:cells`.
extension Prompt {
  func variables() {
    let rows = session.variables.sorted { $0.name < $1.name }.map { ($0.name, session.summary(of: $0.value), session.bytes(of: $0.value)) }
    guard !rows.isEmpty else { return output.write("nothing is bound yet\n") }
    let names = min(24, (rows.map { DisplayWidth.columns($0.0) }.max() ?? 0) + 2)
    let sizes = rows.map { $0.2 > 0 ? Prompt.size($0.2) : "" }
    let width = (sizes.map(\.count).max() ?? 0) + 2
    let middle = max(10, session.style.width - names - width)
    let what = min(middle, (rows.map { DisplayWidth.columns($0.1) }.max() ?? 0))
    for (row, size) in zip(rows, sizes) {
      let name = row.0 + String(repeating: " ", count: max(1, names - DisplayWidth.columns(row.0)))
      let text = fitted(row.1, to: what)
      guard !size.isEmpty else {
        output.write(name + text + "\n")
        continue
      }
      let gap = max(2, what - DisplayWidth.columns(text) + width - size.count)
      output.write(name + text + String(repeating: " ", count: gap) + size + "\n")
    }
  }

  /// `784 B`, `12.5 kB`, `1.2 GB`: powers of 1,000.
  package static func size(_ bytes: Int) -> String {
    var value = Double(bytes)
    var units = ["B", "kB", "MB", "GB", "TB"][...]
    while value >= 999.5, units.count > 1 {
      value /= 1000
      units.removeFirst()
    }
    let tenths = Int((value * 10).rounded())
    let number = bytes < 1000 || tenths >= 1000 || tenths % 10 == 0 ? "\(Int(value.rounded()))" : "\(tenths / 10).\(tenths % 10)"
    return "\(number) \(units.first ?? "")"
  }

  func cells() {
    guard let last = notebook.cells.last else { return output.write("no cell was run yet\n") }
    let labels = "[\(last.number)] ".count
    for cell in notebook.cells {
      let label = "[\(cell.number)]"
      let end = cell.error.map { "error: " + $0 } ?? Prompt.duration(cell.seconds)
      let lines = cell.text.split(separator: "\n", omittingEmptySubsequences: false)
      let more = lines.count > 1 ? "  (\(lines.count) lines)" : ""
      let room = max(20, session.style.width - labels - 2)
      let shownEnd = fitted(end, to: max(12, room / 2))
      let text = fitted(String(lines.first ?? ""), to: max(4, room - DisplayWidth.columns(shownEnd) - more.count)) + more
      let gap = max(2, room + 2 - DisplayWidth.columns(text) - DisplayWidth.columns(shownEnd))
      output.write(label + String(repeating: " ", count: labels - label.count) + text + String(repeating: " ", count: gap) + quiet(shownEnd) + "\n")
    }
  }
}
