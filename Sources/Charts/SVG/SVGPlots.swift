extension LinePlot {
  /// The same plot as an SVG file. Points closer than a pixel are joined as in
  /// the terminal, so that the file stays small.
  package func svg(width: Int = 640, height: Int = 400) -> String {
    let extent = Extent(series, logY: logY)
    guard let xRange = extent.x, let yRange = extent.y else {
      return emptySVG(title: title, leftOut: extent.leftOut, width: width, height: height)
    }
    var frame = SVGFrame(
      PlotFrame.Description(
        title: title, xLabel: xLabel, yLabel: yLabel, xRange: xRange, yRange: yRange, logY: logY,
        notes: extent.leftOut.sentence.map { [$0] } ?? [], hasWholeX: extent.hasWholeX),
      width: width, height: height)
    // A raster of half pixels.
    let path = DotPath(
      x: frame.x, y: frame.y, width: Int(frame.areaWidth * 2), height: Int(frame.areaHeight * 2))
    for (index, series) in series.enumerated() {
      for run in path.runs(series) {
        let points = run.map {
          (x: frame.left + Double($0.x) / 2, y: frame.top + Double($0.y) / 2)
        }
        if let point = points.first, points.count == 1 {
          frame.document.circle(
            x: point.x, y: point.y, radius: 2.5, fill: SeriesPalette[index].hex)
        } else {
          frame.document.polyline(points, color: SeriesPalette[index].hex)
        }
      }
    }
    frame.drawLegend(series.map(\.name))
    return frame.document.text
  }
}

extension ScatterPlot {
  /// The same plot as an SVG file; points that fall on one pixel are drawn once.
  package func svg(width: Int = 640, height: Int = 400) -> String {
    let extent = Extent(series)
    guard let range = ranges(extent) else {
      return emptySVG(title: title, leftOut: extent.leftOut, width: width, height: height)
    }
    var frame = SVGFrame(
      PlotFrame.Description(
        title: title, xLabel: xLabel, yLabel: yLabel, xRange: range.x, yRange: range.y,
        notes: extent.leftOut.sentence.map { [$0] } ?? []),
      width: width, height: height)
    drawRegions(&frame)
    for (index, series) in series.enumerated() {
      var drawn: Set<Int> = []
      for item in 0..<min(series.x.count, series.y.count) {
        guard series.x[item].isFinite, series.y[item].isFinite else { continue }
        let place = frame.place(series.x[item], series.y[item])
        if drawn.insert(Int(place.y) * (frame.document.width + 1) + Int(place.x)).inserted {
          frame.document.circle(
            x: place.x, y: place.y, radius: 2.5, fill: SeriesPalette[index].hex)
        }
      }
    }
    frame.drawLegend(series.map(\.name))
    return frame.document.text
  }

  private func drawRegions(_ frame: inout SVGFrame) {
    guard let regions, regions.isDrawable else { return }
    for (row, classes) in regions.classes.enumerated() {
      let rows = Double(regions.classes.count)
      let up = Axis(low: regions.yLow, high: regions.yHigh)
      let across = Axis(low: regions.xLow, high: regions.xHigh)
      var column = 0
      while column < classes.count {
        // Neighbours of one class become one rectangle.
        var end = column + 1
        while end < classes.count, classes[end] == classes[column] { end += 1 }
        let upper = frame.place(
          across.value(at: Double(column) / Double(classes.count)),
          up.value(at: Double(row + 1) / rows))
        let lower = frame.place(
          across.value(at: Double(end) / Double(classes.count)), up.value(at: Double(row) / rows))
        frame.document.rectangle(
          x: upper.x, y: upper.y, width: lower.x - upper.x, height: lower.y - upper.y,
          fill: SeriesPalette[max(classes[column], 0)].hex, opacity: 0.25)
        column = end
      }
    }
  }
}

extension Histogram {
  /// The same histogram as an SVG file.
  package func svg(width: Int = 640, height: Int = 400) -> String {
    let binning = Binning(values, bins: bins, atMost: 60)
    guard let most = binning.counts.max() else {
      return emptySVG(title: title, leftOut: binning.leftOut, width: width, height: height)
    }
    var frame = SVGFrame(
      PlotFrame.Description(
        title: title, xLabel: xLabel, yLabel: yLabel, xRange: (binning.low, binning.high),
        yRange: (0, Double(max(most, 1))), notes: binning.leftOut.sentence.map { [$0] } ?? [],
        hasWholeX: binning.isWhole, hasWholeY: true),
      width: width, height: height)
    let axis = Axis(low: binning.low, high: binning.high)
    for (index, count) in binning.counts.enumerated() where count > 0 {
      let bins = Double(binning.counts.count)
      let upper = frame.place(axis.value(at: Double(index) / bins), Double(count))
      let lower = frame.place(axis.value(at: Double(index + 1) / bins), 0)
      frame.document.rectangle(
        x: upper.x + 0.5, y: upper.y, width: max(lower.x - upper.x - 1, 0.5),
        height: lower.y - upper.y, fill: SeriesPalette[0].hex)
    }
    return frame.document.text
  }
}

extension BarChart {
  /// The same bars as an SVG file.
  package func svg(width: Int = 640, height: Int = 400) -> String {
    let (low, high, leftOut) = extent()
    if values.isEmpty {
      return emptySVG(title: title, leftOut: leftOut, width: width, height: height)
    }
    var document = SVGDocument(width: width, height: height)
    let top = title.isEmpty ? 10.0 : 34
    let bottom = leftOut.total > 0 ? 28.0 : 10
    let step = max(Double(document.height) - top - bottom, 10) / Double(values.count)
    let names = values.indices.map { label($0) }
    let left =
      14 + min(names.map { SVGDocument.width(of: $0) }.max() ?? 0, Double(document.width) / 2)
    let numbers = values.map { short($0) }
    let room = (numbers.map { SVGDocument.width(of: $0) }.max() ?? 0) + 12
    let start = left + (low < 0 ? room : 0)
    let space = max(Double(document.width) - start - room, 10)
    let axis = Axis(low: low, high: high)
    let zero = start + (high > low ? axis.fraction(0) : 0) * space
    document.label(title, x: Double(document.width) / 2, y: 20, anchor: .middle, isBold: true)
    for index in values.indices {
      let upper = top + Double(index) * step
      let base = upper + step / 2 + 4
      document.label(names[index], x: left - 6, y: base, anchor: .end)
      let value = values[index]
      guard value.isFinite else {
        document.label(numbers[index], x: zero + 6, y: base, color: "#b03030")
        continue
      }
      let end = high > low ? start + axis.fraction(value) * space : zero
      document.rectangle(
        x: min(zero, end), y: upper + step * 0.1, width: abs(end - zero), height: step * 0.8,
        fill: SeriesPalette[value < 0 ? 1 : 0].hex)
      document.label(
        numbers[index], x: end + (value < 0 ? -6 : 6), y: base, anchor: value < 0 ? .end : .start)
    }
    document.line(from: (zero, top), to: (zero, Double(document.height) - bottom))
    if let sentence = leftOut.sentence {
      document.label(sentence, x: 14, y: Double(document.height) - 8, color: "#b03030")
    }
    return document.text
  }
}
