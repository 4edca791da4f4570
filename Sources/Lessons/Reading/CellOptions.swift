import Syntax

/// What stands after `gradus` on the line of a cell's fence: flags and `key=value`.
package struct CellOptions: Sendable, Equatable {
  /// Set before the cell runs.
  package var seed: UInt64?
  /// How far a printed number may be from the written one: absolute up to 1, relative beyond.
  package var tolerance: Double?
  /// The cell must fail.
  package var error = false
  /// It runs only when asked for.
  package var slow = false
  /// Its numbers change from run to run: only the shape of its output is compared.
  package var varies = false
  /// It does not show in a lesson that is played.
  package var hidden = false
  package var role = Role.plain

  package enum Role: Sendable, Equatable {
    case plain
    /// A task with holes `___`.
    case exercise(String)
    /// Assertions that a right answer passes.
    case check(String)
    case solution(String)
  }

  package init() {}

  /// Reads the words after the tag.
  init(_ words: [Substring], fail: (String, String?) -> GradusError) throws(GradusError) {
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = String(parts[0])
      guard parts.count == 2 else {
        switch key {
        case "error": error = true
        case "slow": slow = true
        case "varies": varies = true
        case "hidden": hidden = true
        default: throw CellOptions.unknown(key, fail)
        }
        continue
      }
      let value = String(parts[1])
      switch key {
      case "seed":
        guard let number = UInt64(value) else { throw fail("`seed` is a whole number from 0, not `\(value)`", nil) }
        seed = number
      case "tolerance":
        guard let number = Double(value), number >= 0, number.isFinite else {
          throw fail("`tolerance` is a number from 0, as in `tolerance=1e-3`, not `\(value)`", nil)
        }
        tolerance = number
      case "exercise", "check", "solution":
        guard !value.isEmpty else { throw fail("`\(key)=` wants the name of an exercise", nil) }
        guard role == .plain else { throw fail("a cell is an exercise, a check or a solution, not two of them", nil) }
        role = key == "exercise" ? .exercise(value) : key == "check" ? .check(value) : .solution(value)
      default: throw CellOptions.unknown(key, fail)
      }
    }
    if error, role != .plain { throw fail("a cell of an exercise cannot be one that must fail", nil) }
    if slow, role != .plain { throw fail("a cell of an exercise cannot be slow", nil) }
  }

  private static let known = ["seed", "tolerance", "error", "slow", "varies", "hidden", "exercise", "check", "solution"]

  private static func unknown(_ word: String, _ fail: (String, String?) -> GradusError) -> GradusError {
    fail("a cell has no option `\(word)`", didYouMean(nearest(to: word, among: known)) ?? "there are \(known.joined(separator: ", "))")
  }
}
