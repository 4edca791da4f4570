import Charts
import Testing

@Suite struct SVGTests {
  static let name = "a<b>&\"c\"\u{1}"
  static let series = [Series(name: name, y: [1, 2, .nan, 4]), Series(y: [3])]

  static let documents: [String] = [
    LinePlot(series: series, title: name, xLabel: name, yLabel: name).svg(),
    LinePlot(series: []).svg(),
    ScatterPlot(
      series: series, title: name,
      regions: .init(xLow: 0, xHigh: 1, yLow: 0, yHigh: 1, classes: [[0, 1, 1], [-3, 2, 2]])
    ).svg(),
    Histogram(values: [1, 2, 3.5, .nan], title: name).svg(),
    BarChart(labels: [name], values: [1, -2, .infinity], title: name).svg(),
    Heatmap(values: [[1, .nan], [3]], rowLabels: [name], columnLabels: [name], title: name).svg(),
    Image(height: 2, width: 2, values: [0, 1, 2, .nan], title: name).svg(),
    ConfusionMatrix(labels: [name], counts: [[1, 2], [3, 4]], title: name).svg(),
    LinePlot(series: series).svg(width: 1, height: 1),
    Image(height: 300, width: 300, values: Array(repeating: 1, count: 90_000)).svg(
      width: 50, height: 50),
  ]

  @Test(arguments: documents.indices) func isWellFormed(index: Int) {
    let text = SVGTests.documents[index]
    #expect(text.hasPrefix("<?xml"))
    #expect(text.hasSuffix("</svg>\n"))
    #expect(!text.contains("nan\"") && !text.contains("inf\"") && !text.contains("\u{1}"))
    #expect(!text.contains("a<b>"))
    // Elements open and close in order, attributes are quoted in pairs.
    var open: [Substring] = []
    for piece in text.split(separator: "<").dropFirst() {
      let tag = piece.prefix { $0 != ">" }
      #expect(tag.filter { $0 == "\"" }.count % 2 == 0)
      let element = tag.drop { $0 == "/" }.prefix { $0 != " " && $0 != "/" && $0 != "\n" }
      if tag.hasPrefix("/") {
        #expect(open.popLast() == element)
      } else if !tag.hasSuffix("/") {
        open.append(element)
      }
    }
    #expect(open.isEmpty)
  }

  @Test func drawsWhatIsGiven() {
    let line = LinePlot(series: [Series(y: [0, 1])]).svg()
    #expect(line.contains("<polyline"))
    let bars = BarChart(labels: ["a"], values: [1, -2]).svg()
    #expect(bars.contains(">-2</text>"))
    #expect(
      Histogram(values: [1, 1, 2]).svg().split(separator: "\n").count {
        $0.contains("fill=\"#0072b2\"")
      } == 2)
  }
}
