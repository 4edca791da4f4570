/// Which lines of a cell are shown where not all of them fit: those around the cursor.
package enum CellWindow {
  /// The scalars to show, from the beginning of a line to the end of one. `rows` are those there is room for, one of which tells of
  /// the lines above; `first` is the first line shown until now, which stays as long as it can.
  package static func range(of cell: CellLines, promptWidth: Int, width: Int, rows: Int, first: Int) -> Range<Int> {
    let text = cell.text
    var lines: [Range<Int>] = []
    var start = 0
    for index in text.indices where text[index] == "\n" {
      lines.append(start..<index)
      start = index + 1
    }
    lines.append(start..<text.count)
    let heights = lines.enumerated().map { index, line in
      CellLayout(promptWidth: index == 0 ? promptWidth : 0, width: width).end(of: text[line]).row + 1
    }
    guard heights.reduce(0, +) > rows else { return 0..<text.count }
    let current = lines.lastIndex { $0.lowerBound <= cell.cursor } ?? 0
    let room = max(1, rows - 1)
    // A line more on both sides of the cursor, so that editing across the end of a line finds its neighbour.
    let last = min(current + 1, lines.count - 1)
    var top = min(first, max(0, current - 1))
    while top < max(0, current - 1), heights[top...last].reduce(0, +) > room { top += 1 }
    // The cursor's own line comes before its neighbour.
    while top < current, heights[top...current].reduce(0, +) > room { top += 1 }
    var bottom = current
    var used = heights[top...current].reduce(0, +)
    while bottom + 1 < lines.count, used + heights[bottom + 1] <= room {
      bottom += 1
      used += heights[bottom]
    }
    // At the cell's end, room that is left goes to lines above.
    while top > 0, used + heights[top - 1] <= room {
      top -= 1
      used += heights[top]
    }
    return lines[top].lowerBound..<lines[bottom].upperBound
  }
}
