import Language
import Syntax

/// The cells that were run, and the values that are kept of them.
package struct Notebook {
  package struct Cell {
    package let number: Int
    package let text: String
    package var seconds = 0.0
    /// The message of the error that ended it.
    package var error: String?
  }

  package private(set) var cells: [Cell] = []
  /// Numbers of the cells whose values are kept, oldest first, and the bytes of each.
  private var kept: [(number: Int, bytes: Int)] = []

  /// Bytes of kept values; beyond, the oldest are let go.
  package static let keptLimit = 256 << 20

  package init() {}

  package mutating func add(_ cell: Cell) { cells.append(cell) }

  /// Binds `_` and `_3` to the value of cell 3, and lets go of what is too much. A value that alone is too large is `_` only.
  package mutating func keep(_ value: Value, of number: Int, in session: Session) throws(GradusError) {
    try session.settle(value)
    session.bind("_", value)
    let bytes = session.bytes(of: value)
    guard bytes <= Notebook.keptLimit else { return }
    session.bind("_\(number)", value)
    kept.append((number, bytes))
    var sum = kept.reduce(0) { $0 + $1.bytes }
    while sum > Notebook.keptLimit, let oldest = kept.first {
      kept.removeFirst()
      sum -= oldest.bytes
      session.bind("_\(oldest.number)", .unbound)
    }
  }

  /// The values are gone, as after `:reset`; the cells stay listed.
  package mutating func forgetValues() { kept = [] }
}
