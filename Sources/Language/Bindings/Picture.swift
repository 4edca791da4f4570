import Charts

/// A chart as a value of the language: shown in characters, saved as SVG.
package enum Picture: Sendable {
  case lines(LinePlot)
  case points(ScatterPlot)
  case histogram(Histogram)
  case bars(BarChart)
  case heatmap(Heatmap)
  case images(ImageGrid)
  case confusion(ConfusionMatrix)

  /// As lines of text, each with its newline, no wider and no higher than `style` says.
  package func render(_ style: ChartStyle) -> String {
    let text =
      switch self {
      case .lines(let chart): chart.render(style)
      case .points(let chart): chart.render(style)
      case .histogram(let chart): chart.render(style)
      case .bars(let chart): chart.render(style)
      case .heatmap(let chart): chart.render(style)
      case .images(let chart): chart.render(style)
      case .confusion(let chart): chart.render(style)
      }
    return text.hasSuffix("\n") || text.isEmpty ? text : text + "\n"
  }

  /// The same picture as a file of Scalable Vector Graphics.
  package var svg: String {
    switch self {
    case .lines(let chart): chart.svg()
    case .points(let chart): chart.svg()
    case .histogram(let chart): chart.svg()
    case .bars(let chart): chart.svg()
    case .heatmap(let chart): chart.svg()
    case .images(let chart): chart.svg()
    case .confusion(let chart): chart.svg()
    }
  }

  var value: Value { .external(ExternalValue(typeName: "picture", object: self)) }
}
