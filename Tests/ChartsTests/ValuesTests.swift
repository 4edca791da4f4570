import Charts
import Testing

@Suite struct LeftOutTests {
  static let small = ChartStyle(width: 40, height: 12)

  @Test(
    arguments: [
      ([1, .nan, 2, .infinity, .nan], false, "3 values left out: 2 nan, 1 inf"),
      ([1, -.infinity, 2], false, "1 value left out: 1 -inf"),
      ([1, 0, -4, 2, .nan], true, "3 values left out: 1 nan, 2 not positive"),
      ([.nan], false, "1 value left out: 1 nan"),
    ] as [([Double], Bool, String)])
  func saysWhatIsMissing(values: [Double], logY: Bool, sentence: String) {
    let plot = LinePlot(series: [Series(y: values)], logY: logY)
    let lines = plot.render(LeftOutTests.small).split(separator: "\n")
    #expect(lines.last.map(String.init) == sentence)
    #expect(plot.svg().contains(sentence))
  }

  @Test func staysSilentOtherwise() {
    #expect(!LinePlot(series: [Series(y: [1, 2])]).render(LeftOutTests.small).contains("left out"))
  }

  @Test func namesPointsWithoutPartner() {
    let plot = LinePlot(series: [Series(x: [1, 2, 3], y: [1, 2])])
    #expect(plot.render(LeftOutTests.small).contains("1 value left out: 1 unpaired"))
  }

  @Test func everyChartSpeaks() {
    let style = LeftOutTests.small
    let sentence = "1 value left out: 1 nan"
    #expect(ScatterPlot(series: [Series(y: [1, .nan])]).render(style).contains(sentence))
    #expect(Histogram(values: [1, .nan]).render(style).contains(sentence))
    #expect(BarChart(labels: [], values: [1, .nan]).render(style).contains(sentence))
    #expect(Heatmap(values: [[1, .nan]]).render(style).contains(sentence))
    #expect(Image(height: 1, width: 2, values: [1, .nan]).render(style).contains(sentence))
    let images = [Image(height: 1, width: 2, values: [1, .nan])]
    #expect(ImageGrid(images: images).render(style).contains(sentence))
    var watch = Watch()
    watch.record([("loss", 1)], at: 0)
    watch.record([("loss", .nan)], at: 1)
    #expect(watch.frame(style).contains(sentence))
    #expect(watch.frame(style).contains("loss nan"))
  }
}

@Suite struct DisplayWidthTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本語", 6), ("한국", 4),
    ("\u{1112}\u{1161}\u{11AB}", 2), ("ﬀ", 1), ("Ａ", 2), ("😀", 2), ("👨‍👩‍👧", 2), ("🇨🇭", 2), ("❤", 1),
    ("❤\u{FE0F}", 2), ("∇", 1), ("█", 1), ("⣿", 1), ("\u{200B}", 0), ("\u{7}", 0), ("Ω", 1),
    ("\u{302A}", 0), ("〇", 2), ("𠀀", 2),
  ])
  func columns(text: String, width: Int) { #expect(displayWidth(text) == width) }
}

@Suite struct TickTests {
  /// Every label at the left of the axis of a plot of these values.
  static func labels(_ values: [Double], log: Bool = false) -> [String] {
    let plot = LinePlot(series: [Series(y: values)], logY: log)
    return plot.render(ChartStyle(width: 60, height: 24, glyphs: .ascii)).split(separator: "\n")
      .compactMap { line in
        guard let plus = line.firstIndex(of: "+"), line[line.startIndex] != "+" else { return nil }
        let label = line[..<plus].filter { $0 != " " }
        return label.isEmpty ? nil : label
      }
  }

  @Test(
    arguments: [
      ([0, 1], ["1.0", "0.8", "0.6", "0.4", "0.2", "0.0"]),
      ([0, 100], ["100", "80", "60", "40", "20", "0"]),
      ([-3, 4], ["4", "2", "0", "-2", "-4"]),
      ([0.0003, 0.0011], ["0.0012", "0.0010", "0.0008", "0.0006", "0.0004", "0.0002"]),
      ([0, 2.5e7], ["2.5e7", "2e7", "1.5e7", "1e7", "5e6", "0"]),
      ([1e-9, 5e-9], ["5e-9", "4e-9", "3e-9", "2e-9", "1e-9"]),
      ([3, 3], ["4.0", "3.5", "3.0", "2.5", "2.0"]),
      ([0, 0], ["1.0", "0.5", "0.0", "-0.5", "-1.0"]),
    ] as [([Double], [String])])
  func areRound(values: [Double], expected: [String]) {
    #expect(TickTests.labels(values) == expected)
  }

  @Test(
    arguments: [
      ([1, 1000], ["1000", "100", "10", "1"]),
      ([1e-6, 1], ["1e0", "1e-1", "1e-2", "1e-3", "1e-4", "1e-5", "1e-6"]),
      ([1.5, 9], ["10", "5", "2", "1"]),
    ] as [([Double], [String])])
  func areDecades(values: [Double], expected: [String]) {
    #expect(TickTests.labels(values, log: true) == expected)
  }
}

@Suite struct ScaleTests {
  /// A million points give the same picture as drawing each of them would: the
  /// least and the greatest of every column show.
  @Test func keepsSpikesOfManyPoints() {
    var values = [Double](repeating: 0, count: 1_000_000)
    values[500_000] = 10
    values[700_001] = -10
    let picture = LinePlot(series: [Series(y: values)]).render(
      ChartStyle(width: 60, height: 20, glyphs: .ascii))
    let lines = picture.split(separator: "\n").map(String.init)
    let top = lines.first ?? ""
    let bottom = lines.last { $0.contains("|") || $0.contains("+*") || $0.contains("-10") } ?? ""
    #expect(top.contains("*"))
    #expect(bottom.contains("*"))
    #expect(LinePlot(series: [Series(y: values)]).svg().utf8.count < 100_000)
  }

  @Test func averagesLargeImages() {
    // Left half 0, right half 1: shrunk, it is still two halves.
    let values = (0..<40 * 40).map { $0 % 40 < 20 ? 0.0 : 1.0 }
    let picture = Image(height: 40, width: 40, values: values).render(
      ChartStyle(width: 8, height: 4, glyphs: .ascii))
    #expect(picture == "    @@@@\n    @@@@\n    @@@@\n    @@@@\n")
  }
}
