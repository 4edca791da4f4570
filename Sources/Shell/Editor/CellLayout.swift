import CLineEditor
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
    var position = start
    for scalar in text { _ = advance(over: scalar, &position) }
    return position
  }

  /// Where the first character is.
  package var start: Position { Position(row: promptWidth / width, column: promptWidth % width) }

  /// Goes over a character; tells where it stands and how many columns it takes.
  package func advance(over scalar: Unicode.Scalar, _ position: inout Position) -> (place: Position, columns: Int) {
    let place = position
    guard scalar != "\n" else {
      position = Position(row: position.row + 1, column: 0)
      return (place, 0)
    }
    let columns = scalar == "\t" ? 8 - position.column % 8 : CellLayout.columns(scalar)
    // A wide character that does not fit goes to the next row whole.
    if position.column + columns > width { position = Position(row: position.row + 1, column: 0) }
    let begin = position
    position.column += columns
    if position.column >= width { position = Position(row: position.row + 1, column: 0) }
    return (begin, columns)
  }

  /// Where the rows of a text without newlines begin, as places in it.
  func rowStarts(of text: ArraySlice<Unicode.Scalar>) -> [Int] {
    var starts = [text.startIndex]
    var position = start
    for index in text.indices {
      let place = advance(over: text[index], &position).place
      if place.row >= starts.count + start.row { starts.append(index) }
    }
    return starts
  }

  private static func columns(_ scalar: Unicode.Scalar) -> Int {
    // Written as ^A.
    if scalar.value < 32 || scalar.value == 127 { return 2 }
    if scalar.value < 0x7F { return 1 }
    // libedit asks the locale, too.
    let columns = Int(CLineEditorColumns(wchar_t(bitPattern: scalar.value)))
    if columns >= 0 { return columns }
    if !knowsUnicode { return DisplayWidth.columns(Character(scalar)) }
    return scalar.value > 0xFFFF ? 8 : 7
  }

  /// Whether libedit shows a character as itself: what the locale doesn't know is written as `\U+1F9CD`.
  static func isShown(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 32 && scalar.value != 127 && (scalar.value < 127 || !knowsUnicode || CLineEditorColumns(wchar_t(bitPattern: scalar.value)) >= 0)
  }

  private static var knowsUnicode: Bool { CLineEditorColumns(0x6F22) == 2 }
}
