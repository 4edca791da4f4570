/// How often values fall into intervals of equal width.
package struct Histogram: Sendable {
  package var values: [Double]
  /// The wanted number of intervals; nil chooses by the data.
  package var bins: Int?
  package var title: String
  package var xLabel: String
  package var yLabel: String

  package init(
    values: [Double], bins: Int? = nil, title: String = "", xLabel: String = "",
    yLabel: String = ""
  ) {
    self.values = values
    self.bins = bins
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
  }

  /// The picture as lines of text, no wider and no higher than `style` says.
  package func render(_ style: ChartStyle) -> String {
    canvas(style).text(style.color)
  }
}

/// The intervals of a histogram and their counts. An interval holds its lower
/// edge, the last one both its edges.
struct Binning {
  private(set) var low = 0.0
  private(set) var high = 0.0
  private(set) var counts: [Int] = []
  private(set) var leftOut = LeftOut()
  /// Whole numbers of a small range, with an interval around each.
  private(set) var isWhole = false

  /// With `bins` given, that many intervals from the least to the greatest
  /// value; otherwise a round width close to Freedman and Diaconis's
  /// 2·IQR·n^(−1/3) (1981), with edges on its multiples.
  init(_ values: [Double], bins: Int?, atMost limit: Int) {
    var finite: [Double] = []
    finite.reserveCapacity(values.count)
    for value in values where leftOut.admits(value) { finite.append(value) }
    guard var least = finite.first else { return }
    var greatest = least
    for value in finite {
      if value < least { least = value }
      if value > greatest { greatest = value }
    }
    (low, high) = widened(least, greatest)
    let limit = max(limit, 1)
    if let bins {
      counts = Array(repeating: 0, count: max(1, min(bins, limit)))
    } else if least == greatest {
      counts = Array(repeating: 0, count: min(limit, 5))
    } else if greatest - least < Double(min(limit, 31)),
      finite.allSatisfy({ $0 == $0.rounded(.towardZero) })
    {
      isWhole = true
      (low, high) = (least - 0.5, greatest + 0.5)
      counts = Array(repeating: 0, count: Int(greatest - least) + 1)
    } else {
      let step = Binning.width(finite, low: low, high: high, atMost: limit)
      let (first, last) = ((low / step + 1e-9).rounded(.down), (high / step - 1e-9).rounded(.up))
      if (first * step).isFinite, (last * step).isFinite, last - first <= Double(limit),
        last > first
      {
        (low, high) = (first * step, last * step)
        counts = Array(repeating: 0, count: Int(last - first))
      } else {
        counts = Array(repeating: 0, count: min(limit, 10))
      }
    }
    let axis = Axis(low: low, high: high)
    for value in finite {
      let position = axis.fraction(value) * Double(counts.count)
      // A value on an edge may come out a rounding below it.
      let nearest = position.rounded()
      let index = abs(position - nearest) < 1e-9 ? nearest : position.rounded(.down)
      counts[Int(min(max(index, 0), Double(counts.count - 1)))] += 1
    }
  }

  private static func width(
    _ values: [Double], low: Double, high: Double, atMost limit: Int
  ) -> Double {
    let half = high / 2 - low / 2
    // Quartiles of at most some thousand values spread evenly over the data.
    let stride = max(values.count / 5000, 1)
    let sample = Swift.stride(from: 0, to: values.count, by: stride).map { values[$0] }.sorted()
    let range = sample[sample.count * 3 / 4] / 2 - sample[sample.count / 4] / 2
    var root = 1.0
    while root * root * root < Double(values.count) { root += 1 }
    let wanted = range > 0 ? 2 * range / root : half / 10
    var step = roundStep(
      atLeast: max(min(wanted, half / 3) * 2 / 1.5, half / Double(limit) * 2))
    while (high / step - 1e-9).rounded(.up) - (low / step + 1e-9).rounded(.down) > Double(limit) {
      let next = roundStep(after: step)
      if !next.isFinite || next <= step { break }
      step = next
    }
    return step
  }
}

extension Histogram {
  func canvas(_ style: ChartStyle) -> Canvas {
    // Bars are at least one column wide, and the labels at the left take some.
    let binning = Binning(values, bins: bins, atMost: max(min(style.width - 10, 60), 1))
    guard let most = binning.counts.max() else {
      return emptyCanvas(title: title, leftOut: binning.leftOut, style: style)
    }
    var frame = PlotFrame(
      PlotFrame.Description(
        title: title, xLabel: xLabel, yLabel: yLabel, xRange: (binning.low, binning.high),
        yRange: (0, Double(max(most, 1))), notes: binning.leftOut.sentence.map { [$0] } ?? [],
        hasWholeX: binning.isWhole, hasWholeY: true, standsOnAxis: true),
      style: style)
    let columns = frame.columns
    for column in 0..<columns {
      let x = frame.x.value(at: (Double(column) + 0.5) / Double(columns))
      let position = Axis(low: binning.low, high: binning.high).fraction(x)
      guard (0...1).contains(position) else { continue }
      let bin = min(Int(position * Double(binning.counts.count)), binning.counts.count - 1)
      drawBar(height: Double(binning.counts[bin]), column: column, frame: &frame, style: style)
    }
    return frame.canvas
  }

  private func drawBar(height: Double, column: Int, frame: inout PlotFrame, style: ChartStyle) {
    guard height > 0 else { return }
    // In eighths of a row: a bar that reaches a tick fills the tick's row.
    let rows = Double(frame.rows) * frame.y.fraction(height)
    var eighths = max(Int((rows * 8).rounded()), 1)
    var row = frame.row + frame.rows - 1
    while eighths > 0, row >= frame.row {
      frame.canvas.put(
        barGlyph(min(eighths, 8), style.glyphs), row: row, column: frame.column + column,
        ink: .series(0))
      eighths -= 8
      row -= 1
    }
  }
}

/// A block filled from below by 1 to 8 eighths.
func barGlyph(_ eighths: Int, _ glyphs: Glyphs) -> Character {
  if glyphs == .ascii { return eighths >= 5 ? "#" : eighths >= 3 ? "=" : "_" }
  return Character(Unicode.Scalar(0x2580 + UInt32(min(max(eighths, 1), 8))) ?? "█")
}
