/// A search in the history, refined with each letter. It begins at the newest cell and goes back.
///
/// A query without capitals finds capitals, too.
package struct HistorySearch {
  private let cells: [String]
  package private(set) var query = ""
  /// Which cell is shown; nil before one was found.
  private var position: Int?
  /// The cell that was found last, and where in it, counted in scalars.
  package private(set) var found: (cell: String, range: Range<Int>)?
  /// Whether nothing (more) has the query.
  package private(set) var isFailing = false

  package init(_ cells: [String]) { self.cells = cells }

  package mutating func add(_ text: String) {
    query += text
    // The cell shown may have the longer query, too.
    look(from: position ?? cells.count - 1, step: -1)
  }

  package mutating func removeLast() {
    guard !query.isEmpty else { return }
    query.unicodeScalars.removeLast()
    position = nil
    found = nil
    isFailing = false
    if !query.isEmpty { look(from: cells.count - 1, step: -1) }
  }

  /// On to an older cell.
  package mutating func older() { look(from: (position ?? cells.count) - 1, step: -1) }
  /// Back to a newer one.
  package mutating func newer() { look(from: (position ?? cells.count) + 1, step: 1) }

  private mutating func look(from start: Int, step: Int) {
    guard !query.isEmpty else { return }
    let wanted = Array(query.utf8)
    let ignoresCase = !query.contains(where: \.isUppercase)
    // The same text once more would look as if nothing had happened.
    let shown = start == position ? nil : found?.cell
    var index = start
    while cells.indices.contains(index) {
      if cells[index] != shown, let range = HistorySearch.range(of: wanted, in: cells[index], ignoresCase: ignoresCase) {
        position = index
        found = (cells[index], range)
        isFailing = false
        return
      }
      index += step
    }
    isFailing = true
  }

  /// Where the bytes are in a text, counted in scalars.
  private static func range(of wanted: [UInt8], in text: String, ignoresCase: Bool) -> Range<Int>? {
    let bytes = Array(text.utf8)
    guard wanted.count <= bytes.count, let first = wanted.first else { return nil }
    func same(_ byte: UInt8, _ other: UInt8) -> Bool {
      byte == other || (ignoresCase && (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) && byte | 0x20 == other)
    }
    func scalars(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }
    for start in 0...(bytes.count - wanted.count) where same(bytes[start], first) {
      guard (1..<wanted.count).allSatisfy({ same(bytes[start + $0], wanted[$0]) }) else { continue }
      let before = scalars(0..<start)
      return before..<(before + scalars(start..<(start + wanted.count)))
    }
    return nil
  }
}
