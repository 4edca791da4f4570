/// A grey or colour picture of numbers.
package struct Image: Sendable {
  package var height: Int
  package var width: Int
  /// 1 for grey, 3 for red, green and blue.
  package var channels: Int
  /// [height, width, channels], row by row; what is missing counts as nan.
  package var values: [Double]
  /// What is black and what is white; nil takes the least and the greatest value.
  package var range: ClosedRange<Double>?
  package var title: String

  package init(
    height: Int, width: Int, channels: Int = 1, values: [Double],
    range: ClosedRange<Double>? = nil, title: String = ""
  ) {
    self.height = height
    self.width = width
    self.channels = channels
    self.values = values
    self.range = range
    self.title = title
  }

  /// The picture as lines of text, no wider and no higher than `style` says.
  package func render(_ style: ChartStyle) -> String {
    canvas(style).text(style.color)
  }
}

extension Image {
  /// The values as a whole grid: one or three channels, nothing missing, and
  /// no larger than the values there are.
  var grid: Grid {
    let channels = self.channels >= 3 ? 3 : 1
    let stride = max(min(self.channels, values.count), 1)
    let width = max(min(self.width, values.count), 0)
    let height =
      width == 0
      ? 0 : min(max(self.height, 0), (values.count + stride * width - 1) / (stride * width))
    var result: [Double] = []
    result.reserveCapacity(height * width * channels)
    for pixel in 0..<(height * width) {
      for channel in 0..<channels {
        let index = pixel * stride + channel
        result.append(index < values.count ? values[index] : .nan)
      }
    }
    return Grid(height: height, width: width, channels: channels, values: result)
  }

  /// Black and white for these values.
  func limits(_ grid: Grid) -> (low: Double, high: Double, leftOut: LeftOut) {
    var leftOut = LeftOut()
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in grid.values where leftOut.admits(value) {
      low = min(low, value)
      high = max(high, value)
    }
    if let range { (low, high) = (range.lowerBound, range.upperBound) }
    return (low, high, leftOut)
  }

  func canvas(_ style: ChartStyle) -> Canvas {
    let grid = self.grid
    let (low, high, leftOut) = limits(grid)
    if grid.values.isEmpty || !(low <= high) {
      return emptyCanvas(title: title, leftOut: leftOut, style: style)
    }
    let notes = leftOut.sentence.map { [$0] } ?? []
    let noteRows = min(notes.count, max(style.height - 1, 0))
    let titleRows = title.isEmpty || style.height - noteRows < 3 ? 0 : 1
    let picture = pixels(
      grid, low: low, high: high,
      style: style.sized(width: style.width, height: style.height - noteRows - titleRows))
    var canvas = Canvas(width: style.width, height: style.height)
    if titleRows > 0 {
      let text = fitted(title, to: style.width, glyphs: style.glyphs)
      let centered = (picture.width - displayWidth(text)) / 2
      canvas.write(text, row: 0, column: max(0, centered), ink: .bold)
    }
    canvas.draw(picture, row: titleRows, column: 0)
    for (index, note) in notes.prefix(noteRows).enumerated() {
      canvas.write(
        fitted(note, to: style.width, glyphs: style.glyphs),
        row: titleRows + picture.height + index, column: 0, ink: .bad)
    }
    return canvas
  }

  /// The bare picture, shrunk to the room by averaging. A pixel is two columns
  /// of one row, which is about square; in 256 colours, where that is too
  /// large, half a row of one column.
  func pixels(
    _ grid: Grid, low: Double, high: Double, style: ChartStyle, isCompact: Bool = false
  ) -> Canvas {
    let axis = Axis(low: low, high: high)
    let isColored = style.color >= .ansi256
    let fits = !isCompact && grid.width * 2 <= style.width && grid.height <= style.height
    if isColored, !fits, style.glyphs == .unicode {
      let size = grid.size(
        width: style.width, height: style.height, columnsPerCell: 1, cellsPerRow: 2,
        keepsShape: true)
      let small = grid.averaged(height: size.height, width: size.width)
      var canvas = Canvas(width: size.width, height: (size.height + 1) / 2)
      for row in 0..<canvas.height {
        for column in 0..<size.width {
          let upper = color(small, row: 2 * row, column: column, axis: axis)
          let lower =
            2 * row + 1 < size.height
            ? color(small, row: 2 * row + 1, column: column, axis: axis) : nil
          canvas.put("▀", row: row, column: column, ink: upper, paper: lower)
        }
      }
      return canvas
    }
    let size = grid.size(
      width: style.width, height: style.height, columnsPerCell: style.width >= 2 ? 2 : 1,
      cellsPerRow: 1, keepsShape: true)
    let small = grid.averaged(height: size.height, width: size.width)
    let wide = style.width >= 2 ? 2 : 1
    var canvas = Canvas(width: size.width * wide, height: size.height)
    for row in 0..<size.height {
      for column in 0..<size.width {
        let light = luminance(small, row: row, column: column)
        let isHole = !light.isFinite
        let glyph: Character =
          isHole
          ? "?"
          : isColored && style.glyphs == .unicode
            ? "█" : Shades.glyph(axis.fraction(light), style.glyphs)
        let ink: Ink =
          isHole ? .bad : isColored ? color(small, row: row, column: column, axis: axis) : .plain
        for part in 0..<wide {
          canvas.put(glyph, row: row, column: column * wide + part, ink: ink)
        }
      }
    }
    return canvas
  }

  /// The lightness of a pixel: the luma weights of ITU-R BT.601.
  private func luminance(_ grid: Grid, row: Int, column: Int) -> Double {
    if grid.channels == 1 { return grid[row, column, 0] }
    return 0.299 * grid[row, column, 0] + 0.587 * grid[row, column, 1]
      + 0.114 * grid[row, column, 2]
  }

  private func color(_ grid: Grid, row: Int, column: Int, axis: Axis) -> Ink {
    let levels = (0..<3).map { channel -> UInt8? in
      let value = grid[row, column, grid.channels == 1 ? 0 : channel]
      guard value.isFinite else { return nil }
      let fraction = axis.high > axis.low ? axis.fraction(value) : 0.5
      return UInt8(min(max(fraction, 0), 1) * 255 + 0.5)
    }
    guard let red = levels[0], let green = levels[1], let blue = levels[2] else { return .bad }
    return .rgb(red, green, blue)
  }
}
