/// The cells that were run, and where in them the user is.
///
/// Walking begins at the line being written, which is kept. If that has text, only cells that begin with it are met. A
/// recalled cell that was changed is a line being written of its own.
package struct CellHistory {
  /// Oldest first; each text once, where it was used last.
  package private(set) var cells: [String] = []
  /// More are dropped, the oldest first.
  static let capacity = 10_000

  private struct Walk {
    var position: Int
    let prefix: String
    let written: String
  }

  private var walk: Walk?

  package init(_ cells: [String] = []) {
    var seen: Set<String> = []
    var latest: [String] = []
    for cell in cells.reversed() where seen.insert(cell).inserted {
      latest.append(cell)
      if latest.count == CellHistory.capacity { break }
    }
    self.cells = latest.reversed()
  }

  package mutating func add(_ cell: String) {
    walk = nil
    cells.removeAll { $0 == cell }
    cells.append(cell)
    if cells.count > CellHistory.capacity { cells.removeFirst() }
  }

  /// A new line is being written.
  package mutating func endWalk() { walk = nil }

  /// The cell before; nil if there is none.
  package mutating func previous(from text: String) -> String? {
    resume(text)
    let place = walk ?? Walk(position: cells.count, prefix: text, written: text)
    guard let found = cells[..<place.position].lastIndex(where: { $0 != text && $0.hasPrefix(place.prefix) }) else { return nil }
    walk = Walk(position: found, prefix: place.prefix, written: place.written)
    return cells[found]
  }

  /// The cell after, in the end the line that was being written; nil if that is already there.
  package mutating func next(from text: String) -> String? {
    resume(text)
    guard let place = walk else { return nil }
    guard let found = cells[(place.position + 1)...].firstIndex(where: { $0.hasPrefix(place.prefix) }) else {
      walk = nil
      return place.written
    }
    walk?.position = found
    return cells[found]
  }

  /// Takes up the walk at the text shown, or begins a new one if that was changed.
  private mutating func resume(_ text: String) {
    if let place = walk {
      if cells[place.position] != text { walk = nil }
    } else if !text.isEmpty, let found = cells.lastIndex(of: text) {
      // A search left it there.
      walk = Walk(position: found, prefix: "", written: "")
    }
  }
}
