/// A table of numbers as a table of shades.
package struct Heatmap: Sendable {
  /// Rows from top to bottom; missing ends of short rows count as nan.
  package var values: [[Double]]
  package var rowLabels: [String]
  package var columnLabels: [String]
  package var title: String
  package var xLabel: String
  package var yLabel: String

  package init(
    values: [[Double]], rowLabels: [String] = [], columnLabels: [String] = [], title: String = "",
    xLabel: String = "", yLabel: String = ""
  ) {
    self.values = values
    self.rowLabels = rowLabels
    self.columnLabels = columnLabels
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
  }

  /// The picture as lines of text, no wider and no higher than `style` says.
  package func render(_ style: ChartStyle) -> String {
    canvas(style).text(style.color)
  }
}

extension Heatmap {
  var grid: Grid {
    let width = values.map(\.count).max() ?? 0
    var flat: [Double] = []
    flat.reserveCapacity(values.count * width)
    for row in values {
      flat += row
      flat += repeatElement(.nan, count: width - row.count)
    }
    return Grid(height: width == 0 ? 0 : values.count, width: width, channels: 1, values: flat)
  }

  func limits() -> (low: Double, high: Double, leftOut: LeftOut) {
    var leftOut = LeftOut()
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in grid.values where leftOut.admits(value) {
      low = min(low, value)
      high = max(high, value)
    }
    return (low, high, leftOut)
  }

  func canvas(_ style: ChartStyle) -> Canvas {
    let grid = self.grid
    let (low, high, leftOut) = limits()
    guard low <= high else {
      return emptyCanvas(title: title, leftOut: leftOut, style: style)
    }
    let axis = Axis(low: low, high: high)
    var heading: [(String, Ink)] = []
    if !title.isEmpty { heading.append((title, .bold)) }
    if !yLabel.isEmpty { heading.append((yLabel, .plain)) }
    var footing = leftOut.sentence.map { [$0] } ?? []
    let keyRows = style.height >= 5 ? 1 : 0
    var labelRows = columnLabels.isEmpty ? 0 : 1
    let xLabelRows = xLabel.isEmpty || style.height < 8 ? 0 : 1
    footing = Array(footing.prefix(max(style.height - 1, 0)))
    var room: Int {
      style.height - heading.count - footing.count - keyRows - labelRows - xLabelRows
    }
    while room < 2, !heading.isEmpty { heading.removeLast() }
    if room < 2 { labelRows = 0 }

    let names = rowLabels.map { fitted($0, to: max(style.width / 3, 0), glyphs: style.glyphs) }
    let labelWidth = style.width >= 12 ? names.map(displayWidth).max() ?? 0 : 0
    let start = labelWidth > 0 ? labelWidth + 1 : 0
    let area = max(style.width - start, 1)
    let size = grid.size(
      width: area, height: max(room, 1), columnsPerCell: grid.width * 2 <= area ? 2 : 1,
      cellsPerRow: 1, keepsShape: false)
    // Cells grow with the labels, to a limit.
    let longest = columnLabels.map(displayWidth).max() ?? 0
    let most = max(area / size.width, 1)
    let cell = min(
      max(
        grid.width * 2 <= area ? 2 : 1, size.width == grid.width ? longest + 1 : 1,
        size.width <= 8 ? 4 : 1), most, 10)
    let small = grid.averaged(height: size.height, width: size.width)

    var canvas = Canvas(width: style.width, height: style.height)
    let width = cell * size.width
    var line = 0
    for (text, ink) in heading {
      let text = fitted(text, to: style.width, glyphs: style.glyphs)
      let centered = ink == .bold ? max(0, start + (width - displayWidth(text)) / 2) : 0
      canvas.write(
        text, row: line, column: min(centered, style.width - displayWidth(text)), ink: ink)
      line += 1
    }
    for row in 0..<size.height {
      if labelWidth > 0, let name = label(names, row: row, shown: size.height, of: grid.height) {
        canvas.write(rightAligned(name, labelWidth), row: line, column: 0)
      }
      for column in 0..<size.width {
        draw(
          small[row, column, 0], axis: axis, row: line, column: start + column * cell, width: cell,
          style: style, on: &canvas)
      }
      line += 1
    }
    if labelRows > 0 {
      var free = 0
      for column in 0..<size.width {
        let place = start + column * cell
        guard let name = label(columnLabels, row: column, shown: size.width, of: grid.width) else {
          continue
        }
        let text = fitted(name, to: max(cell - 1, 1), glyphs: style.glyphs)
        let centered = place + (cell - displayWidth(text)) / 2
        if centered >= free {
          canvas.write(text, row: line, column: centered)
          free = centered + displayWidth(text) + (cell == 1 ? 0 : 1)
        }
      }
      line += 1
    }
    if xLabelRows > 0 {
      let text = fitted(xLabel, to: style.width, glyphs: style.glyphs)
      let centered = max(0, start + (width - displayWidth(text)) / 2)
      canvas.write(text, row: line, column: min(centered, style.width - displayWidth(text)))
      line += 1
    }
    if keyRows > 0 {
      drawKey(low: low, high: high, row: line, column: start, style: style, on: &canvas)
      line += 1
    }
    for note in footing {
      canvas.write(
        fitted(note, to: style.width, glyphs: style.glyphs), row: line, column: 0, ink: .bad)
      line += 1
    }
    return canvas
  }

  /// The label of a row that may stand for several.
  private func label(_ labels: [String], row: Int, shown: Int, of total: Int) -> String? {
    let index = shown == total ? row : row * total / shown
    return index < labels.count ? labels[index] : nil
  }

  private func draw(
    _ value: Double, axis: Axis, row: Int, column: Int, width: Int, style: ChartStyle,
    on canvas: inout Canvas
  ) {
    for part in 0..<width {
      if !value.isFinite {
        canvas.put("?", row: row, column: column + part, ink: .bad)
      } else if style.color >= .ansi256 {
        let ink = Ink.heat(axis.fraction(value))
        if style.glyphs == .unicode {
          canvas.put("█", row: row, column: column + part, ink: ink)
        } else {
          canvas.put(" ", row: row, column: column + part, paper: ink)
        }
      } else {
        canvas.put(
          Shades.glyph(axis.fraction(value), style.glyphs), row: row, column: column + part)
      }
    }
  }

  /// What the shades mean: the least value, the ramp, the greatest.
  private func drawKey(
    low: Double, high: Double, row: Int, column: Int, style: ChartStyle, on canvas: inout Canvas
  ) {
    let least = short(low)
    canvas.write(least, row: row, column: column)
    let start = column + displayWidth(least) + 1
    let steps = 10
    if low < high {
      let axis = Axis(low: 0, high: 1)
      for step in 0..<steps {
        draw(
          Double(step) / Double(steps - 1), axis: axis, row: row, column: start + step, width: 1,
          style: style, on: &canvas)
      }
      canvas.write(short(high), row: row, column: start + steps + 1)
    }
  }
}
