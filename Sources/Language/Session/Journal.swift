import Tensors

/// What the places of a session held before they were changed, so that a step that fails, or a cell that is undone,
/// leaves no trace.
///
/// A transaction begins with a mark. Undoing goes back to it; committing the outermost one forgets what was noted.
final class Journal {
  enum Entry {
    case cell(Cell, content: Value)
    case frozen(Cell, before: Bool)
    case field(Layer, slot: Int, value: Value)
    case build(Layer, fields: [Value])
    case box(Box, value: Value)
    case random(seed: UInt64, counter: UInt64)

    /// Whether a step that fails takes it back: plain variables and fields keep what was assigned.
    var isState: Bool {
      switch self {
      case .cell, .frozen, .build, .random: true
      case .field, .box: false
      }
    }
  }

  private(set) var entries: [Entry] = []
  private(set) var depth = 0
  /// Tells the innermost transaction from all others.
  private var transaction = 0

  var isOpen: Bool { depth > 0 }

  func note(_ entry: @autoclosure () -> Entry) {
    if depth > 0 { entries.append(entry()) }
  }

  /// Notes what a cell holds that is about to change, once a transaction: going back restores that.
  func note(_ cell: Cell) {
    guard depth > 0, cell.notedIn != transaction else { return }
    cell.notedIn = transaction
    entries.append(.cell(cell, content: cell.content))
  }

  /// Opens a transaction.
  func begin(_ engine: Engine) -> Int {
    depth += 1
    transaction += 1
    entries.append(.random(seed: engine.randomSeed, counter: engine.randomCounter))
    return entries.count - 1
  }

  /// What the cells hold now that were written since a mark.
  func contents(since mark: Int) -> [Value] {
    entries[mark...].compactMap { if case .cell(let cell, _) = $0 { cell.content } else { nil } }
  }

  func commit() {
    depth -= 1
    transaction += 1
    if depth == 0 { entries.removeAll(keepingCapacity: true) }
  }

  /// Puts back what was noted since the mark and closes the transaction.
  func rollBack(to mark: Int, _ engine: Engine, onlyState: Bool) {
    var kept: [Entry] = []
    for entry in entries[mark...].reversed() {
      if onlyState, !entry.isState {
        kept.append(entry)
        continue
      }
      switch entry {
      case .cell(let cell, let content):
        cell.content = content
        cell.marked = nil
        cell.markedIn = 0
      case .frozen(let cell, let before): cell.isFrozen = before
      case .field(let layer, let slot, let value): layer.fields[slot] = value
      case .build(let layer, let fields):
        layer.fields = fields
        layer.isBuilt = false
      case .box(let box, let value): box.value = value
      case .random(let seed, let counter):
        engine.randomSeed = seed
        engine.randomCounter = counter
      }
    }
    entries.removeSubrange(mark...)
    depth -= 1
    transaction += 1
    if depth > 0 { entries += kept.reversed() } else { entries.removeAll(keepingCapacity: true) }
  }
}
