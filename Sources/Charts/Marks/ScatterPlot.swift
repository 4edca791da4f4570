/// Points in a plane, and on request the regions a classifier divides it into.
package struct ScatterPlot: Sendable {
  package var series: [Series]
  package var title: String
  package var xLabel: String
  package var yLabel: String
  /// What lies behind the points; its ranges widen the axes.
  package var regions: Regions?

  package init(
    series: [Series], title: String = "", xLabel: String = "", yLabel: String = "",
    regions: Regions? = nil
  ) {
    self.series = series
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.regions = regions
  }

  /// A plane divided into classes, sampled on a grid.
  package struct Regions: Sendable {
    package var xLow: Double
    package var xHigh: Double
    package var yLow: Double
    package var yHigh: Double
    /// Class numbers from 0 as [row][column], the first row at `yLow`: class n
    /// is drawn in the colour of series n.
    package var classes: [[Int]]

    package init(xLow: Double, xHigh: Double, yLow: Double, yHigh: Double, classes: [[Int]]) {
      self.xLow = xLow
      self.xHigh = xHigh
      self.yLow = yLow
      self.yHigh = yHigh
      self.classes = classes
    }

    /// The class at a place; nil outside the grid.
    func classAt(x: Double, y: Double) -> Int? {
      let across = Axis(low: xLow, high: xHigh).fraction(x)
      let up = Axis(low: yLow, high: yHigh).fraction(y)
      guard (0...1).contains(across), (0...1).contains(up), !classes.isEmpty else { return nil }
      let row = classes[min(Int(up * Double(classes.count)), classes.count - 1)]
      guard !row.isEmpty else { return nil }
      return max(row[min(Int(across * Double(row.count)), row.count - 1)], 0)
    }

    var isDrawable: Bool {
      xLow < xHigh && yLow < yHigh && xLow.isFinite && xHigh.isFinite && yLow.isFinite
        && yHigh.isFinite
    }
  }

  /// The picture as lines of text, no wider and no higher than `style` says.
  package func render(_ style: ChartStyle) -> String {
    canvas(style).text(style.color)
  }
}

extension ScatterPlot {
  /// The ranges of the axes; nil if there is nothing to draw.
  func ranges(_ extent: Extent) -> (x: (low: Double, high: Double), y: (low: Double, high: Double))?
  {
    var (x, y) = (extent.x, extent.y)
    if let regions, regions.isDrawable {
      x = (min(x?.low ?? regions.xLow, regions.xLow), max(x?.high ?? regions.xHigh, regions.xHigh))
      y = (min(y?.low ?? regions.yLow, regions.yLow), max(y?.high ?? regions.yHigh, regions.yHigh))
    }
    if let x, let y { return (x, y) }
    return nil
  }

  func canvas(_ style: ChartStyle) -> Canvas {
    let extent = Extent(series)
    guard let range = ranges(extent) else {
      return emptyCanvas(title: title, leftOut: extent.leftOut, style: style)
    }
    // Braille shows many points of one series best; several series need marks
    // that differ in shape.
    let usesDots = series.count <= 1 && regions == nil && style.glyphs == .unicode
    let hasNames = series.contains { !$0.name.isEmpty }
    let legend =
      hasNames
      ? series.indices.map { index in
        PlotFrame.LegendEntry(
          name: series[index].name.isEmpty ? "\(index + 1)" : series[index].name,
          sample: usesDots ? "⠂" : String(SeriesGlyph.of(series: index, style.glyphs)),
          ink: .series(index), end: nil)
      } : []
    var frame = PlotFrame(
      PlotFrame.Description(
        title: title, xLabel: xLabel, yLabel: yLabel, xRange: range.x, yRange: range.y,
        legend: legend, notes: extent.leftOut.sentence.map { [$0] } ?? [], isTight: regions?.isDrawable ?? false),
      style: style)
    if regions != nil { drawRegions(&frame, style: style) }
    var dots = Dots(columns: frame.columns, rows: frame.rows, glyphs: style.glyphs)
    let path = DotPath(x: frame.x, y: frame.y, dots: dots)
    // A cell shows the series with the most points in it.
    var counts = [Int](repeating: 0, count: frame.columns * frame.rows * max(series.count, 1))
    for (index, series) in series.enumerated() {
      for item in 0..<min(series.x.count, series.y.count) {
        guard series.x[item].isFinite, series.y[item].isFinite else { continue }
        let dot = path.point(series.x[item], series.y[item])
        if usesDots {
          dots.set(x: dot.x, y: dot.y, series: index)
        } else {
          let cell = dot.y / dots.dotsPerRow * frame.columns + dot.x / dots.dotsPerColumn
          counts[cell * self.series.count + index] += 1
        }
      }
    }
    if usesDots {
      dots.draw(on: &frame.canvas, row: frame.row, column: frame.column)
      return frame.canvas
    }
    for cell in 0..<(series.isEmpty ? 0 : frame.columns * frame.rows) {
      let here = counts[cell * series.count..<(cell + 1) * series.count]
      guard let most = here.max(), most > 0, let index = here.firstIndex(of: most) else { continue }
      let row = frame.row + cell / frame.columns
      let column = frame.column + cell % frame.columns
      let winner = index - here.startIndex
      frame.canvas.put(
        SeriesGlyph.of(series: winner, style.glyphs), row: row, column: column,
        ink: frame.canvas[row, column].paper == nil ? .series(winner) : .lightSeries(winner),
        paper: frame.canvas[row, column].paper)
    }
    return frame.canvas
  }

  /// Shades the cells by class: with a tinted paper in 256 colours, else with
  /// faint characters, class 0 staying blank.
  private func drawRegions(_ frame: inout PlotFrame, style: ChartStyle) {
    guard let regions, regions.isDrawable else { return }
    let textures: [Character] =
      style.glyphs == .unicode ? [" ", "·", "░", "▒"] : [" ", ".", ":", "-"]
    func tint(_ number: Int) -> Ink {
      let tints: [(UInt8, UInt8, UInt8)] = [
        (0, 0, 95), (95, 95, 0), (0, 95, 0), (95, 0, 95), (95, 0, 0), (0, 95, 95),
      ]
      let (red, green, blue) = tints[number % tints.count]
      return .rgb(red, green, blue)
    }
    for row in 0..<frame.rows {
      for column in 0..<frame.columns {
        let x = frame.x.value(at: (Double(column) + 0.5) / Double(frame.columns))
        // The rows of the axes' ends have their middles there.
        func number(_ row: Double) -> Int? {
          regions.classAt(x: x, y: frame.y.value(at: min(max(1 - row / Double(max(frame.rows - 1, 1)), 0), 1)))
        }
        let place = (row: frame.row + row, column: frame.column + column)
        if style.color >= .ansi256, style.glyphs == .unicode {
          // Half a row each, so that the line between the regions is finer.
          guard let upper = number(Double(row) - 0.25), let lower = number(Double(row) + 0.25) else { continue }
          frame.canvas.put(upper == lower ? " " : "▀", row: place.row, column: place.column, ink: tint(upper), paper: tint(lower))
          continue
        }
        guard let number = number(Double(row)) else { continue }
        if style.color >= .ansi256 {
          frame.canvas.put(" ", row: place.row, column: place.column, paper: tint(number))
        } else {
          frame.canvas.put(
            textures[number % textures.count], row: place.row, column: place.column,
            ink: style.color == .none ? .faint : .series(number))
        }
      }
    }
  }
}

extension Axis {
  /// The value at a fraction of the (linear) axis.
  func value(at fraction: Double) -> Double { low * (1 - fraction) + high * fraction }
}
