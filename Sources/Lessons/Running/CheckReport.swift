import Language
import Syntax

/// The words for what a check found.
package struct CheckReport {
  package let check: LessonCheck
  package var color = false
  package var ascii = false
  package var width = 80

  package init(_ check: LessonCheck, color: Bool = false, ascii: Bool = false, width: Int = 80) {
    self.check = check
    self.color = color
    self.ascii = ascii
    self.width = width
  }

  /// A paragraph a problem, each ending in a newline; empty if there are none.
  package var text: String { check.problems.map(paragraph).joined() }

  private func paragraph(_ result: LessonCheck.CellResult) -> String {
    let cell = result.cell
    let remark = result.isAfterError ? " (after an error)" : ""
    func heading(_ line: Int, _ words: String) -> String { strong("\(check.file.path):\(line): \(words)\(remark)") + "\n" }
    switch result.outcome {
    case .agrees, .isSlow, .updated: return ""
    case .differs(let comparison):
      return heading(cell.output?.line ?? cell.line, "the output differs")
        + comparison.difference().map { "  " + painted($0) + "\n" }.joined()
    case .failed(let error):
      let report = ErrorReport(error).text(color: color, ascii: ascii, width: max(20, width - 2))
      return heading(cell.line, "the cell failed")
        + report.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)\n" }.joined()
    case .didNotFail: return heading(cell.line, "the cell is marked `error`, and did not fail")
    case .passesUnsolved(let name):
      return heading(cell.line, "the exercise `\(name)` passes its check without being solved")
    }
  }

  private func strong(_ text: String) -> String { color ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  private func painted(_ line: String) -> String {
    guard color else { return line }
    if line.hasPrefix("-") { return "\u{1B}[31m\(line)\u{1B}[0m" }
    return line.hasPrefix("+") ? "\u{1B}[32m\(line)\u{1B}[0m" : line
  }
}

/// How the cells of one or several files fared.
package struct CheckSummary {
  package private(set) var files = 0
  package private(set) var cells = 0
  package private(set) var agree = 0
  package private(set) var differ = 0
  package private(set) var failed = 0
  package private(set) var afterError = 0
  package private(set) var slow = 0
  package private(set) var updated = 0
  package private(set) var skippedFiles = 0
  /// Files that could not be read.
  package private(set) var unreadable = 0

  package init() {}

  package mutating func add(_ check: LessonCheck) {
    files += 1
    cells += check.results.count
    for result in check.results {
      switch result.outcome {
      case .agrees: agree += 1
      case .isSlow: slow += 1
      case .updated: updated += 1
      case .differs where !result.isAfterError: differ += 1
      default: if result.isAfterError { afterError += 1 } else { failed += 1 }
      }
    }
  }

  package mutating func addSkipped() { skippedFiles += 1 }
  package mutating func addUnreadable() { unreadable += 1 }

  /// Whether nothing is left to be put right.
  package var isFine: Bool { differ == 0 && failed == 0 && afterError == 0 && unreadable == 0 }

  /// `2 files, 14 cells: 11 agree, 1 differs, 1 failed, 1 after an error, 1 slow not run`
  package var text: String {
    func plural(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
    var parts = ["\(agree) \(agree == 1 ? "agrees" : "agree")"]
    if updated > 0 { parts.append("\(updated) updated") }
    if differ > 0 { parts.append("\(differ) \(differ == 1 ? "differs" : "differ")") }
    if failed > 0 { parts.append("\(failed) failed") }
    if afterError > 0 { parts.append("\(afterError) after an error") }
    if slow > 0 { parts.append("\(slow) slow not run") }
    if skippedFiles > 0 { parts.append("\(plural(skippedFiles, "file")) skipped") }
    if unreadable > 0 { parts.append("\(plural(unreadable, "file")) not read") }
    return "\(plural(files, "file")), \(plural(cells, "cell")): " + parts.joined(separator: ", ")
  }
}
