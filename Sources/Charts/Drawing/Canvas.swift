/// A sheet of terminal cells that pictures are drawn on. Whatever is put
/// outside it is cut off, so no picture is larger than its canvas.
struct Canvas: Sendable {
  struct Cell: Sendable, Equatable {
    var glyph: Character = " "
    var ink = Ink.plain
    var paper: Ink?
    /// The second half of a wide character: takes a column, prints nothing.
    var isContinuation = false
  }

  let width: Int
  let height: Int
  private var cells: [Cell]

  init(width: Int, height: Int) {
    self.width = max(width, 0)
    self.height = max(height, 0)
    cells = Array(repeating: Cell(), count: self.width * self.height)
  }

  /// The cell at a place; a blank one outside the canvas.
  subscript(row: Int, column: Int) -> Cell {
    guard row >= 0, row < height, column >= 0, column < width else { return Cell() }
    return cells[row * width + column]
  }

  /// Draws one character of one column.
  mutating func put(
    _ glyph: Character, row: Int, column: Int, ink: Ink = .plain, paper: Ink? = nil
  ) {
    guard row >= 0, row < height, column >= 0, column < width else { return }
    cells[row * width + column] = Cell(glyph: glyph, ink: ink, paper: paper)
  }

  /// Writes text from a column on; combining marks stay with their letters.
  mutating func write(_ text: String, row: Int, column: Int, ink: Ink = .plain) {
    guard row >= 0, row < height else { return }
    var column = column
    for character in text {
      let columns = displayWidth(character)
      if columns == 0 { continue }
      if column >= 0, column + columns <= width {
        cells[row * width + column] = Cell(glyph: character, ink: ink)
        if columns == 2 {
          cells[row * width + column + 1] = Cell(glyph: " ", ink: ink, isContinuation: true)
        }
      }
      column += columns
    }
  }

  /// Copies another canvas onto this one.
  mutating func draw(_ other: Canvas, row: Int, column: Int) {
    for y in 0..<other.height where row + y >= 0 && row + y < height {
      for x in 0..<other.width where column + x >= 0 && column + x < width {
        cells[(row + y) * width + column + x] = other[y, x]
      }
    }
  }

  /// The lines of text, without trailing spaces, each ending in a newline;
  /// empty lines at the bottom are dropped.
  func text(_ depth: ColorDepth) -> String {
    var result = ""
    var emptyLines = 0
    for row in 0..<height {
      var end = width
      while end > 0, isBlank(self[row, end - 1], depth) { end -= 1 }
      if end == 0 {
        emptyLines += 1
        continue
      }
      result += String(repeating: "\n", count: emptyLines)
      emptyLines = 0
      append(row: row, columns: end, depth, to: &result)
      result += "\n"
    }
    return result
  }

  private func isBlank(_ cell: Cell, _ depth: ColorDepth) -> Bool {
    cell.glyph == " " && !cell.isContinuation
      && cell.paper?.code(depth: depth, asPaper: true) == nil
  }

  private func append(row: Int, columns: Int, _ depth: ColorDepth, to result: inout String) {
    var current = ""
    for column in 0..<columns {
      let cell = self[row, column]
      if cell.isContinuation { continue }
      if depth != .none {
        let paper = cell.paper?.code(depth: depth, asPaper: true)
        // A space shows no ink, so that runs join across it.
        let ink = cell.glyph == " " ? nil : cell.ink.code(depth: depth, asPaper: false)
        let code = [ink, paper].compactMap { $0 }.joined(separator: ";")
        if code != current {
          if !current.isEmpty { result += "\u{1B}[0m" }
          if !code.isEmpty { result += "\u{1B}[\(code)m" }
          current = code
        }
      }
      result.append(cell.glyph)
    }
    if !current.isEmpty { result += "\u{1B}[0m" }
  }
}
