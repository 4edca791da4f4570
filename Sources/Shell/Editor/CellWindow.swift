/// Which part of a cell is shown where not all of it fits: the lines around the cursor, and of a line that alone is too tall, its rows.
package enum CellWindow {
  /// The scalars to show, from the beginning of a line or row to the end of one. `rows` are those there is room for, one of which tells
  /// of the lines above; `first` is the first scalar shown until now, which stays as long as it can.
  package static func range(of cell: CellLines, promptWidth: Int, width: Int, rows: Int, first: Int) -> Range<Int> {
    let text = cell.text
    let room = max(1, rows - 1)
    var pieces: [Range<Int>] = []
    var heights: [Int] = []
    var total = 0
    var start = 0
    while start <= text.count {
      let end = text[start...].firstIndex(of: "\n") ?? text.count
      let layout = CellLayout(promptWidth: start == 0 ? promptWidth : 0, width: width)
      let height = layout.end(of: text[start..<end]).row + 1
      total += height
      if height > room {
        let starts = layout.rowStarts(of: text[start..<end])
        for (index, rowStart) in starts.enumerated() { pieces.append(rowStart..<(index + 1 < starts.count ? starts[index + 1] : end)) }
        heights += Array(repeating: 1, count: starts.count)
        // The cursor behind a full row needs one more.
        if height > starts.count { heights[heights.count - 1] = 2 }
      } else {
        pieces.append(start..<end)
        heights.append(height)
      }
      start = end + 1
    }
    guard total > rows else { return 0..<text.count }
    let current = pieces.lastIndex { $0.lowerBound <= cell.cursor } ?? 0
    // A piece more on both sides of the cursor, so that editing across the end of a line finds its neighbour.
    let last = min(current + 1, pieces.count - 1)
    let shown = pieces.lastIndex { $0.lowerBound <= first } ?? 0
    var top = min(shown, max(0, current - 1))
    // Nothing further up than the room there is can be seen.
    top = max(top, current - room)
    while top < max(0, current - 1), heights[top...last].reduce(0, +) > room { top += 1 }
    // The cursor's own line comes before its neighbour.
    while top < current, heights[top...current].reduce(0, +) > room { top += 1 }
    var bottom = current
    var used = heights[top...current].reduce(0, +)
    while bottom + 1 < pieces.count, used + heights[bottom + 1] <= room {
      bottom += 1
      used += heights[bottom]
    }
    // At the cell's end, room that is left goes to lines above.
    while top > 0, used + heights[top - 1] <= room {
      top -= 1
      used += heights[top]
    }
    return pieces[top].lowerBound..<pieces[bottom].upperBound
  }
}
