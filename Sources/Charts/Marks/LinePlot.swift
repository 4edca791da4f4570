/// Lines over x: one or several series against common axes.
package struct LinePlot: Sendable {
  package var series: [Series]
  package var title: String
  package var xLabel: String
  package var yLabel: String
  /// A logarithmic y axis; values at or below zero are then left out.
  package var logY: Bool
  /// What the series lost before they came here.
  var alreadyLeftOut = LeftOut()

  package init(
    series: [Series], title: String = "", xLabel: String = "", yLabel: String = "",
    logY: Bool = false
  ) {
    self.series = series
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.logY = logY
  }

  /// The picture as lines of text, no wider and no higher than `style` says.
  package func render(_ style: ChartStyle) -> String {
    canvas(style).text(style.color)
  }
}

/// Points (x, y) under one name.
package struct Series: Sendable {
  package var name: String
  package var x: [Double]
  package var y: [Double]

  package init(name: String = "", x: [Double], y: [Double]) {
    self.name = name
    self.x = x
    self.y = y
  }

  /// Values over their positions 0, 1, 2, …
  package init(name: String = "", y: [Double]) {
    self.init(name: name, x: (0..<y.count).map(Double.init), y: y)
  }
}

extension LinePlot {
  func canvas(_ style: ChartStyle) -> Canvas {
    let extent = Extent(series, logY: logY)
    let leftOut = extent.leftOut + alreadyLeftOut
    guard let xRange = extent.x, let yRange = extent.y else {
      return emptyCanvas(title: title, leftOut: leftOut, style: style)
    }
    let hasNames = series.contains { !$0.name.isEmpty }
    let legend = hasNames ? series.indices.map { legendEntry($0, style: style) } : []
    var frame = PlotFrame(
      PlotFrame.Description(
        title: title, xLabel: xLabel, yLabel: yLabel, xRange: xRange, yRange: yRange, logY: logY,
        legend: legend, notes: leftOut.sentence.map { [$0] } ?? [],
        hasWholeX: extent.hasWholeX),
      style: style)
    var dots = Dots(columns: frame.columns, rows: frame.rows, glyphs: style.glyphs)
    var lonePoints: [(Dots.Point, Int)] = []
    for (index, series) in series.enumerated() {
      let path = DotPath(x: frame.x, y: frame.y, dots: dots)
      // One line, or lines of different colours, need no texture.
      let isTextured = style.glyphs == .unicode && style.color == .none && self.series.count > 1
      let texture = isTextured ? Texture.of(series: index) : .solid
      for run in path.runs(series) {
        guard let first = run.first else { continue }
        if run.count == 1 {
          lonePoints.append((first, index))
          continue
        }
        var phase = 0
        for step in 1..<run.count {
          dots.line(
            from: run[step - 1], to: run[step], series: index, texture: texture, phase: &phase,
            skipsFirst: step > 1)
        }
      }
    }
    dots.draw(on: &frame.canvas, row: frame.row, column: frame.column)
    for (point, index) in lonePoints {
      frame.canvas.put(
        style.glyphs == .unicode ? "•" : SeriesGlyph.of(series: index, .ascii),
        row: frame.row + point.y / dots.dotsPerRow,
        column: frame.column + point.x / dots.dotsPerColumn, ink: .series(index))
    }
    return frame.canvas
  }

  private func legendEntry(_ index: Int, style: ChartStyle) -> PlotFrame.LegendEntry {
    let sample: String
    if style.glyphs == .ascii {
      sample = String(SeriesGlyph.of(series: index, .ascii))
    } else if style.color != .none || series.count == 1 {
      sample = "⠤⠤"
    } else {
      let texture = Texture.of(series: index)
      sample = String(
        (0..<5).map { cell in
          var pattern: UInt8 = 0
          for x in 0..<2 where texture.isOn(2 * cell + x) { pattern |= Dots.bit(x, 2) }
          return brailleCharacter(pattern)
        })
    }
    let last = zip(series[index].x, series[index].y).reversed().first { x, y in
      x.isFinite && y.isFinite && (!logY || y > 0)
    }
    let name = series[index].name
    return PlotFrame.LegendEntry(
      name: name.isEmpty ? "\(index + 1)" : name, sample: sample, ink: .series(index),
      end: last?.1)
  }
}

/// A chart without anything to draw: its title, a sentence, what was left out.
func emptyCanvas(title: String, leftOut: LeftOut, style: ChartStyle) -> Canvas {
  var canvas = Canvas(width: style.width, height: min(style.height, 3))
  var lines: [(String, Ink)] = title.isEmpty ? [] : [(title, .bold)]
  lines.append(("(nothing to draw)", .faint))
  if let sentence = leftOut.sentence { lines.append((sentence, .bad)) }
  for (row, line) in lines.suffix(max(canvas.height, 0)).enumerated() {
    canvas.write(
      fitted(line.0, to: canvas.width, glyphs: style.glyphs), row: row, column: 0, ink: line.1)
  }
  return canvas
}

/// The ranges of several series together, and what cannot be drawn.
struct Extent {
  private(set) var x: (low: Double, high: Double)?
  private(set) var y: (low: Double, high: Double)?
  private(set) var leftOut = LeftOut()
  /// Every x is a whole number, as steps and positions are.
  private(set) var hasWholeX = true

  init(_ series: [Series], logY: Bool = false) {
    var (xLow, xHigh) = (Double.infinity, -Double.infinity)
    var (yLow, yHigh) = (Double.infinity, -Double.infinity)
    for series in series {
      leftOut.unpaired += abs(series.x.count - series.y.count)
      for index in 0..<min(series.x.count, series.y.count) {
        let (x, y) = (series.x[index], series.y[index])
        // A pair counts once, for its y if that is at fault.
        guard leftOut.admits(y), leftOut.admits(x) else { continue }
        if logY, y <= 0 {
          leftOut.notPositive += 1
          continue
        }
        if hasWholeX, x != x.rounded(.towardZero) { hasWholeX = false }
        if x < xLow { xLow = x }
        if x > xHigh { xHigh = x }
        if y < yLow { yLow = y }
        if y > yHigh { yHigh = y }
      }
    }
    if xLow <= xHigh {
      x = (xLow, xHigh)
      y = (yLow, yHigh)
    }
  }
}
