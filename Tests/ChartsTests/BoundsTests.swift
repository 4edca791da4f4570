import Charts
import Testing

/// No picture is wider or higher than it may be, in any style and size, and no
/// line of it ends in a space.
@Suite struct BoundsTests {
  static let waves = (0..<3).map { shift in
    Series(
      name: "wave \(shift) 日本", x: (0..<200).map(Double.init),
      y: (0..<200).map { Double(($0 * (shift + 3)) % 17) - 8 })
  }
  static let tiniest = Double.leastNonzeroMagnitude
  static let holes: [Double] = [1, .nan, -2, .infinity, 3.5, -.infinity, 0]

  typealias Chart = @Sendable (ChartStyle) -> String

  static let charts: [(name: String, chart: Chart)] = [
    (
      "line", { LinePlot(series: waves, title: "Three waves", xLabel: "x", yLabel: "y").render($0) }
    ),
    ("line, one", { LinePlot(series: [Series(y: [1e300, -1e300, 4])]).render($0) }),
    ("line, log", { LinePlot(series: [Series(y: [1e-9, 1, 0, 1e12])], logY: true).render($0) }),
    (
      "line, log to the ends",
      {
        LinePlot(series: [Series(y: [tiniest, 1.7e308])], logY: true).render($0)
      }
    ),
    ("line, log, one", { LinePlot(series: [Series(y: [tiniest])], logY: true).render($0) }),
    ("line, holes", { LinePlot(series: [Series(name: "h", y: holes)], title: "t").render($0) }),
    ("line, empty", { LinePlot(series: [], title: "nothing").render($0) }),
    (
      "line, ends",
      {
        LinePlot(series: [Series(y: [-1.7976931348623157e308, 1.7976931348623157e308])]).render($0)
      }
    ),
    ("line, least", { LinePlot(series: [Series(y: [0, tiniest])]).render($0) }),
    ("line, close", { LinePlot(series: [Series(y: [1e16, 1e16 + 2])]).render($0) }),
    (
      "line, constants",
      {
        LinePlot(series: [Series(x: [7, 7], y: [1.7e308, 1.7e308]), Series(y: [])]).render($0)
      }
    ),
    ("scatter", { ScatterPlot(series: waves, title: "Points", xLabel: "x").render($0) }),
    ("scatter, one", { ScatterPlot(series: [waves[0]]).render($0) }),
    (
      "scatter, regions",
      {
        ScatterPlot(
          series: waves,
          regions: .init(xLow: 0, xHigh: 100, yLow: -9, yHigh: 9, classes: [[0, 1], [2, -1], []])
        ).render($0)
      }
    ),
    ("histogram", { Histogram(values: waves[0].y + holes, title: "How often").render($0) }),
    (
      "histogram, ends",
      {
        Histogram(values: [-1.7e308, 1.7e308, tiniest, 0.1]).render($0)
      }
    ),
    ("histogram, bins", { Histogram(values: [1, 2, 2.5], bins: 1000).render($0) }),
    ("histogram, empty", { Histogram(values: [.nan]).render($0) }),
    (
      "bars",
      {
        BarChart(labels: ["a", "a long\nlabel", "日本語"], values: holes, title: "Bars").render($0)
      }
    ),
    ("bars, many", { BarChart(labels: [], values: (0..<90).map { Double($0) }).render($0) }),
    ("bars, ends", { BarChart(labels: [], values: [-1.7e308, 1.7e308]).render($0) }),
    (
      "heatmap",
      {
        Heatmap(
          values: [[1, 2, 3], [4, .nan]], rowLabels: ["one", "two"],
          columnLabels: ["first", "second", "third"], title: "Heat", xLabel: "x", yLabel: "y"
        ).render($0)
      }
    ),
    (
      "heatmap, large",
      {
        Heatmap(values: (0..<70).map { row in (0..<130).map { Double(row * $0) } }).render($0)
      }
    ),
    ("heatmap, empty", { Heatmap(values: [[], []]).render($0) }),
    ("image", { Image(height: 5, width: 7, values: (0..<35).map(Double.init)).render($0) }),
    (
      "image, large",
      {
        Image(
          height: 90, width: 50, channels: 3, values: (0..<13500).map { Double($0 % 251) },
          title: "big"
        ).render($0)
      }
    ),
    (
      "image, wrong size",
      { Image(height: 5, width: 7, channels: 0, values: [1, .nan]).render($0) }
    ),
    (
      "image, absurd",
      { Image(height: .max, width: .max, channels: .max, values: [1, 2]).render($0) }
    ),
    ("image, negative", { Image(height: -5, width: -7, values: [1]).render($0) }),
    (
      "images",
      {
        ImageGrid(
          images: (0..<7).map {
            Image(height: 8, width: 8 + $0, values: holes + (0..<99).map(Double.init))
          },
          captions: ["one", "two", "a long caption"], title: "Tiles"
        ).render($0)
      }
    ),
    ("images, empty", { ImageGrid(images: [Image(height: 0, width: 0, values: [])]).render($0) }),
    (
      "confusion",
      {
        ConfusionMatrix(
          labels: ["cat", "a long label", "鳥"], counts: [[12, 1], [2, 9, 0], [0, 0, 123456]],
          title: "Validation"
        ).render($0)
      }
    ),
    (
      "confusion, many",
      {
        ConfusionMatrix(labels: [], counts: (0..<40).map { Array(repeating: $0, count: 40) })
          .render($0)
      }
    ),
    (
      "watch",
      { style in
        var watch = Watch()
        for step in 0..<50 {
          watch.record(
            [("loss", 1 / Double(step + 1)), ("accuracy", Double(step)), ("a", .nan), ("b", 2)],
            at: Double(step), total: 99)
        }
        return watch.frame(style)
      }
    ),
  ]

  @Test(arguments: charts.indices) func staysWithin(chart index: Int) {
    let (name, chart) = BoundsTests.charts[index]
    for width in [0, 1, 2, 3, 5, 8, 11, 20, 33, 49, 50, 80, 131] {
      for height in [0, 1, 2, 3, 4, 5, 6, 8, 11, 16, 24, 50] {
        for glyphs in [Glyphs.unicode, .ascii] {
          for color in [ColorDepth.none, .ansi16, .ansi256, .rgb24] {
            let style = ChartStyle(width: width, height: height, glyphs: glyphs, color: color)
            check(chart(style), style, name)
          }
        }
      }
    }
  }

  private func check(_ picture: String, _ style: ChartStyle, _ name: String) {
    let place: Comment = "\(name) at \(style.width)×\(style.height) \(style.glyphs) \(style.color)"
    let plain = withoutColor(picture)
    var lines = plain.split(separator: "\n", omittingEmptySubsequences: false)
    if !plain.isEmpty { #expect(lines.popLast() == "", place) } else { lines = [] }
    #expect(lines.count <= style.height, place)
    for line in lines {
      #expect(displayWidth(String(line)) <= style.width, place)
      #expect(line.last != " " || picture.contains("\u{1B}"), place)
    }
    if style.color == .none { #expect(!picture.contains("\u{1B}"), place) }
    if style.glyphs == .ascii {
      let foreign = plain.unicodeScalars.filter {
        $0.value > 0x7E && !"日本語鳥".unicodeScalars.contains($0)
      }
      #expect(foreign.isEmpty, place)
    }
  }
}

/// The text without escape sequences.
func withoutColor(_ text: String) -> String {
  var result = ""
  var isEscape = false
  for scalar in text.unicodeScalars {
    if scalar == "\u{1B}" { isEscape = true }
    if !isEscape { result.unicodeScalars.append(scalar) }
    if isEscape, scalar == "m" { isEscape = false }
  }
  return result
}
