/// The furniture of a plot in SVG, and the free area between it, in pixels.
struct SVGFrame {
  var document: SVGDocument
  let x: Axis
  let y: Axis
  let left: Double
  let top: Double
  let areaWidth: Double
  let areaHeight: Double

  init(_ description: PlotFrame.Description, width: Int, height: Int) {
    document = SVGDocument(width: width, height: height)
    let low = description.yRange.low
    let high = description.yRange.high
    let notes = description.notes
    top = description.title.isEmpty ? 16 : 34
    let bottom = 26 + (description.xLabel.isEmpty ? 0.0 : 20) + Double(notes.count) * 18
    areaHeight = max(Double(document.height) - top - bottom, 10)
    // Ticks about 40 pixels apart: two rows of 20.
    let rows = max(Int(areaHeight / 20), 3)
    y =
      description.logY
      ? Axis.logarithmic(low: low, high: high, rows: rows).axis
      : Axis.vertical(low: low, high: high, rows: rows, isWhole: description.hasWholeY).axis
    let labels = y.ticks.map { SVGDocument.width(of: $0.label) }.max() ?? 0
    left = 14 + labels + (description.yLabel.isEmpty ? 0 : 20)
    areaWidth = max(Double(document.width) - left - 18, 10)
    x = Axis.horizontal(
      low: description.xRange.low, high: description.xRange.high, columns: Int(areaWidth / 7),
      isWhole: description.hasWholeX)
    draw(description)
  }

  /// The place of a point in pixels.
  func place(_ px: Double, _ py: Double) -> (x: Double, y: Double) {
    (left + x.fraction(px) * areaWidth, top + (1 - y.fraction(py)) * areaHeight)
  }

  private mutating func draw(_ description: PlotFrame.Description) {
    let (right, bottom) = (left + areaWidth, top + areaHeight)
    document.label(
      description.title, x: left + areaWidth / 2, y: 20, anchor: .middle, isBold: true)
    for tick in y.ticks {
      let height = top + (1 - y.fraction(tick.value)) * areaHeight
      document.line(from: (left, height), to: (right, height), color: SVGDocument.gridColor)
      document.label(tick.label, x: left - 6, y: height + 4, anchor: .end)
    }
    for tick in x.ticks {
      let across = left + x.fraction(tick.value) * areaWidth
      document.line(from: (across, bottom), to: (across, bottom + 4))
      document.label(tick.label, x: across, y: bottom + 18, anchor: .middle)
    }
    document.line(from: (left, bottom), to: (right, bottom))
    document.line(from: (left, top), to: (left, bottom))
    document.label(description.xLabel, x: left + areaWidth / 2, y: bottom + 36, anchor: .middle)
    document.label(
      description.yLabel, x: 16, y: top + areaHeight / 2, anchor: .middle, isVertical: true)
    for (index, note) in description.notes.enumerated() {
      let height = Double(document.height) - 6 - 18 * Double(description.notes.count - 1 - index)
      document.label(note, x: left, y: height, color: "#b03030")
    }
  }

  /// The names of the series in the upper right corner, over whatever is there.
  mutating func drawLegend(_ names: [String]) {
    guard names.contains(where: { !$0.isEmpty }) else { return }
    let widest = names.map { SVGDocument.width(of: $0) }.max() ?? 0
    let start = left + areaWidth - widest - 30
    document.rectangle(
      x: start - 6, y: top + 4, width: widest + 32, height: Double(names.count) * 18 + 6,
      fill: "#ffffff", opacity: 0.8)
    for (index, name) in names.enumerated() {
      let height = top + 20 + Double(index) * 18
      document.rectangle(
        x: start, y: height - 8, width: 14, height: 6, fill: SeriesPalette[index].hex)
      document.label(name.isEmpty ? "\(index + 1)" : name, x: start + 20, y: height)
    }
  }
}

/// A chart without anything to draw.
func emptySVG(title: String, leftOut: LeftOut, width: Int, height: Int) -> String {
  var document = SVGDocument(width: width, height: height)
  let middle = Double(document.width) / 2
  document.label(title, x: middle, y: 20, anchor: .middle, isBold: true)
  document.label("(nothing to draw)", x: middle, y: Double(document.height) / 2, anchor: .middle)
  if let sentence = leftOut.sentence {
    document.label(sentence, x: 14, y: Double(document.height) - 6, color: "#b03030")
  }
  return document.text
}
