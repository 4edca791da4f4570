import Syntax

/// Where the characters of a cell are in a window, which breaks lines at its right edge.
package struct CellLayout {
  /// The columns before the first character.
  private let promptWidth: Int
  /// The columns of the window.
  private let width: Int

  package init(promptWidth: Int, width: Int) {
    self.promptWidth = promptWidth
    self.width = max(1, width)
  }

  package struct Position: Equatable {
    package var row: Int
    package var column: Int

    package init(row: Int, column: Int) {
      self.row = row
      self.column = column
    }
  }

  /// Where the cursor is behind a text.
  package func end(of text: some Collection<Unicode.Scalar>) -> Position {
    var position = Position(row: promptWidth / width, column: promptWidth % width)
    for scalar in text {
      switch scalar {
      case "\n":
        position = Position(row: position.row + 1, column: 0)
      case "\t":
        advance(by: 8 - position.column % 8, &position)
      default:
        advance(by: CellLayout.columns(scalar), &position)
      }
    }
    return position
  }

  private func advance(by columns: Int, _ position: inout Position) {
    // A wide character that does not fit goes to the next row whole.
    if position.column + columns > width { position = Position(row: position.row + 1, column: 0) }
    position.column += columns
    if position.column >= width { position = Position(row: position.row + 1, column: 0) }
  }

  private static func columns(_ scalar: Unicode.Scalar) -> Int {
    // Written as ^A.
    if scalar.value < 32 || scalar.value == 127 { return 2 }
    return scalar.value < 0x300 ? 1 : DisplayWidth.columns(Character(scalar))
  }
}
