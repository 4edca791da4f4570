/// The furniture of a plot: title, axes with ticks and labels, legend and
/// notes, and the free area between them.
struct PlotFrame {
  struct LegendEntry {
    var name: String
    var sample: String
    var ink: Ink
    /// Where the line ends, as a value of the y axis: its name stands there.
    var end: Double?
  }

  struct Description {
    var title = ""
    var xLabel = ""
    var yLabel = ""
    var xRange: (low: Double, high: Double)
    var yRange: (low: Double, high: Double)
    var logY = false
    var legend: [LegendEntry] = []
    var notes: [String] = []
    /// All positions are whole numbers: no ticks between them.
    var hasWholeX = false
    var hasWholeY = false
    /// The lowest tick stands on the x axis itself, for bars that rise from it.
    var standsOnAxis = false
    /// The y axis ends where its range does, not at ticks: something fills the area.
    var isTight = false
  }

  var canvas: Canvas
  private(set) var x: Axis
  private(set) var y: Axis
  /// The place and the size of the free area, in cells.
  private(set) var row = 0
  private(set) var column = 0
  private(set) var rows = 1
  private(set) var columns = 1
  private let style: ChartStyle

  init(_ description: Description, style: ChartStyle) {
    self.style = style
    let width = max(style.width, 0)
    let height = style.plotRows
    let glyphs = style.glyphs

    // What stands above and below the area; the least important parts go
    // first when the window is low.
    let notes = Array(description.notes.prefix(max(height - 1, 0)))
    let beside = PlotFrame.legendWidth(description.legend, width: width)
    let below =
      beside > 0 ? [] : PlotFrame.flow(description.legend, width: width, glyphs: glyphs)
    var parts: Set<Part> = [.axis, .xTicks]
    if !description.title.isEmpty { parts.insert(.title) }
    if !description.xLabel.isEmpty { parts.insert(.xLabel) }
    if !description.yLabel.isEmpty { parts.insert(.yLabel) }
    var legendRows = below.count
    func room() -> Int { height - parts.count - notes.count - legendRows }
    for part in [Part.yLabel, .xLabel, .xTicks, .axis] where room() < 4 { parts.remove(part) }
    while room() < 3, legendRows > 0 { legendRows -= 1 }
    if room() < 2 { parts.remove(.title) }

    // The y axis decides the rows, its labels the columns of the x axis.
    let low = description.yRange.low
    let high = description.yRange.high
    let available = max(room(), 1)
    (y, rows) =
      description.isTight
      ? Axis.tight(low: low, high: high, rows: available)
      : description.logY
      ? Axis.logarithmic(low: low, high: high, rows: available)
      : Axis.vertical(low: low, high: high, rows: available, isWhole: description.hasWholeY)
    let sharesRow = description.standsOnAxis && parts.contains(.axis) && rows >= 3
    if sharesRow {
      (y, rows) = Axis.vertical(
        low: low, high: high, rows: available + 1, isWhole: description.hasWholeY)
    }
    if y.labelWidth + 2 > width / 2 { y.ticks = [] }
    let labels = y.labelWidth
    let showsAxis = width >= 8
    column = showsAxis ? (labels > 0 ? labels + 2 : 1) : 0
    columns = max(width - column - (beside > 0 ? beside : 0), 1)
    x = Axis.horizontal(
      low: description.xRange.low, high: description.xRange.high, columns: columns,
      isWhole: description.hasWholeX)

    canvas = Canvas(width: width, height: max(height, 0))
    var line = 0
    if parts.contains(.title) {
      let title = fitted(description.title, to: width, glyphs: glyphs)
      let centered = column + (columns - displayWidth(title)) / 2
      canvas.write(
        title, row: 0, column: max(0, min(centered, width - displayWidth(title))), ink: .bold)
      line = 1
    }
    if parts.contains(.yLabel) {
      canvas.write(fitted(description.yLabel, to: width, glyphs: glyphs), row: line, column: 0)
      line += 1
    }
    row = line
    drawVerticalAxis(labels: labels, isShown: showsAxis)
    line += rows
    if sharesRow {
      rows -= 1
      line -= 1
    }
    if parts.contains(.axis), showsAxis {
      drawHorizontalAxis(
        row: line, hasTicks: parts.contains(.xTicks), isTick: sharesRow && !y.ticks.isEmpty)
      line += 1
      if parts.contains(.xTicks) { line += 1 }
    }
    if parts.contains(.xLabel) {
      let label = fitted(description.xLabel, to: width, glyphs: glyphs)
      let centered = column + (columns - displayWidth(label)) / 2
      canvas.write(label, row: line, column: max(0, min(centered, width - displayWidth(label))))
      line += 1
    }
    if beside > 0 { drawLegendBeside(description.legend, width: beside) }
    for entries in below.prefix(legendRows) {
      draw(entries, row: line)
      line += 1
    }
    for note in notes {
      canvas.write(fitted(note, to: width, glyphs: glyphs), row: line, column: 0, ink: .bad)
      line += 1
    }
  }

  private enum Part { case title, yLabel, axis, xTicks, xLabel }

  /// The row of cells where a value of the y axis lies, from the area's top.
  func cellRow(_ value: Double) -> Int {
    Int(((1 - y.fraction(value)) * Double(rows - 1)).rounded())
  }

  /// The column of cells where a value of the x axis lies, from the area's left.
  func cellColumn(_ value: Double) -> Int {
    let dots = style.glyphs == .unicode ? 2 : 1
    let position = x.fraction(value) * Double(columns * dots - 1)
    return Int(position.rounded()) / dots
  }

  // MARK: - Axes

  private mutating func drawVerticalAxis(labels: Int, isShown: Bool) {
    guard isShown else { return }
    let (bar, tick): (Character, Character) = style.glyphs == .unicode ? ("│", "┤") : ("|", "+")
    for index in 0..<rows {
      canvas.put(bar, row: row + index, column: column - 1, ink: .faint)
    }
    for mark in y.ticks {
      let line = row + cellRow(mark.value)
      canvas.put(tick, row: line, column: column - 1, ink: .faint)
      canvas.write(rightAligned(mark.label, labels), row: line, column: 0)
    }
  }

  private mutating func drawHorizontalAxis(row line: Int, hasTicks: Bool, isTick: Bool) {
    let isUnicode = style.glyphs == .unicode
    canvas.put(
      isUnicode ? (isTick ? "┴" : "└") : "+", row: line, column: column - 1, ink: .faint)
    for index in 0..<columns {
      canvas.put(isUnicode ? "─" : "-", row: line, column: column + index, ink: .faint)
    }
    guard hasTicks else { return }
    var free = 0
    for mark in x.ticks {
      let place = column + cellColumn(mark.value)
      let width = displayWidth(mark.label)
      let start = max(0, min(place - width / 2, canvas.width - width))
      canvas.put(isUnicode ? "┬" : "+", row: line, column: place, ink: .faint)
      if start >= free {
        canvas.write(mark.label, row: line + 1, column: start)
        free = start + width + 1
      }
    }
  }

  // MARK: - Legend

  /// The columns of a legend at the right of the area; 0 where the window is
  /// too narrow or the names are too long.
  private static func legendWidth(_ legend: [LegendEntry], width: Int) -> Int {
    let widest = legend.map { displayWidth($0.sample) + 1 + displayWidth($0.name) }.max() ?? 0
    return widest > 0 && width >= 50 && widest + 2 <= width / 3 ? widest + 2 : 0
  }

  /// Writes one line per series at the height where its line ends, moved
  /// apart where several end together.
  private mutating func drawLegendBeside(_ legend: [LegendEntry], width: Int) {
    let wanted = legend.enumerated().map { index, entry in
      (index: index, row: entry.end.map { cellRow($0) } ?? index)
    }.sorted { ($0.row, $0.index) < ($1.row, $1.index) }
    let shown = wanted.prefix(rows)
    var places: [Int] = []
    for (position, item) in shown.enumerated() {
      places.append(max(item.row, (places.last ?? -1) + 1, position))
    }
    // Push back up what ran out at the bottom.
    var limit = rows - 1
    for position in places.indices.reversed() {
      places[position] = min(places[position], limit)
      limit = places[position] - 1
    }
    for (item, place) in zip(shown, places) {
      let entry = legend[item.index]
      canvas.write(entry.sample, row: row + place, column: column + columns + 1, ink: entry.ink)
      let start = column + columns + 2 + displayWidth(entry.sample)
      canvas.write(
        fitted(entry.name, to: canvas.width - start, glyphs: style.glyphs), row: row + place,
        column: start)
    }
  }

  /// The entries in lines of `width` columns.
  private static func flow(_ legend: [LegendEntry], width: Int, glyphs: Glyphs) -> [[LegendEntry]] {
    var lines: [[LegendEntry]] = []
    var used = 0
    for var entry in legend {
      let sample = displayWidth(entry.sample) + 1
      entry.name = fitted(entry.name, to: max(width - sample, 1), glyphs: glyphs)
      let size = sample + displayWidth(entry.name)
      if lines.isEmpty || used + 3 + size > width {
        lines.append([entry])
        used = size
      } else {
        lines[lines.count - 1].append(entry)
        used += 3 + size
      }
    }
    return lines
  }

  private mutating func draw(_ entries: [LegendEntry], row line: Int) {
    let total = entries.reduce(0) { $0 + displayWidth($1.sample) + 1 + displayWidth($1.name) }
    var start = min(column, max(0, canvas.width - total - 3 * (entries.count - 1)))
    for entry in entries {
      canvas.write(entry.sample, row: line, column: start, ink: entry.ink)
      start += displayWidth(entry.sample) + 1
      canvas.write(entry.name, row: line, column: start)
      start += displayWidth(entry.name) + 3
    }
  }
}
