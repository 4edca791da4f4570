extension Heatmap {
  /// The same table of shades as an SVG file.
  package func svg(width: Int = 640, height: Int = 400) -> String {
    let (low, high, leftOut) = limits()
    guard low <= high else {
      return emptySVG(title: title, leftOut: leftOut, width: width, height: height)
    }
    var document = SVGDocument(width: width, height: height)
    let names = (rowLabels.map { SVGDocument.width(of: $0) }.max() ?? 0)
    let left = 12 + min(names, Double(document.width) / 3) + (yLabel.isEmpty ? 0 : 20)
    let top = title.isEmpty ? 12.0 : 34
    let bottom =
      12 + (columnLabels.isEmpty ? 0.0 : 18) + (xLabel.isEmpty ? 0.0 : 20)
      + (leftOut.total > 0 ? 18.0 : 0)
    let key = 70.0
    let areaWidth = max(Double(document.width) - left - key - 12, 10)
    let areaHeight = max(Double(document.height) - top - bottom, 10)
    // Not more rectangles than pixels.
    let whole = grid
    let small = whole.averaged(
      height: max(min(whole.height, Int(areaHeight)), 1),
      width: max(min(whole.width, Int(areaWidth)), 1))
    let axis = Axis(low: low, high: high)
    let (cellWidth, cellHeight) = (
      areaWidth / Double(small.width), areaHeight / Double(small.height)
    )
    document.label(title, x: left + areaWidth / 2, y: 20, anchor: .middle, isBold: true)
    for row in 0..<small.height {
      for column in 0..<small.width {
        let value = small[row, column, 0]
        let (red, green, blue) = heatColor(axis.fraction(value.isFinite ? value : low))
        document.rectangle(
          x: left + Double(column) * cellWidth, y: top + Double(row) * cellHeight,
          width: cellWidth + 0.3, height: cellHeight + 0.3,
          fill: value.isFinite ? SVGDocument.hex(red, green, blue) : "#cccccc")
      }
    }
    if small.height == whole.height {
      for (row, name) in rowLabels.prefix(whole.height).enumerated() {
        document.label(
          name, x: left - 6, y: top + (Double(row) + 0.5) * cellHeight + 4, anchor: .end)
      }
    }
    if small.width == whole.width {
      for (column, name) in columnLabels.prefix(whole.width).enumerated() {
        document.label(
          name, x: left + (Double(column) + 0.5) * cellWidth, y: top + areaHeight + 16,
          anchor: .middle)
      }
    }
    document.label(
      xLabel, x: left + areaWidth / 2, y: top + areaHeight + (columnLabels.isEmpty ? 18 : 36),
      anchor: .middle)
    document.label(yLabel, x: 16, y: top + areaHeight / 2, anchor: .middle, isVertical: true)
    // The key: the greatest value on top.
    let steps = 32
    for step in 0..<steps {
      let (red, green, blue) = heatColor(1 - Double(step) / Double(steps - 1))
      document.rectangle(
        x: left + areaWidth + 12, y: top + Double(step) * areaHeight / Double(steps), width: 12,
        height: areaHeight / Double(steps) + 0.3, fill: SVGDocument.hex(red, green, blue))
    }
    document.label(short(high), x: left + areaWidth + 28, y: top + 10)
    document.label(short(low), x: left + areaWidth + 28, y: top + areaHeight)
    if let sentence = leftOut.sentence {
      document.label(sentence, x: 14, y: Double(document.height) - 6, color: "#b03030")
    }
    return document.text
  }
}

extension Image {
  /// The same picture as an SVG file, in square pixels.
  package func svg(width: Int = 640, height: Int = 400) -> String {
    let (low, high, leftOut) = limits(grid)
    guard low <= high, !grid.values.isEmpty else {
      return emptySVG(title: title, leftOut: leftOut, width: width, height: height)
    }
    var document = SVGDocument(width: width, height: height)
    let top = title.isEmpty ? 10.0 : 34
    document.label(title, x: Double(document.width) / 2, y: 20, anchor: .middle, isBold: true)
    draw(
      in: &document, x: 10, y: top, width: max(Double(document.width) - 20, 1),
      height: max(Double(document.height) - top - (leftOut.total > 0 ? 28 : 10), 1))
    if let sentence = leftOut.sentence {
      document.label(sentence, x: 14, y: Double(document.height) - 8, color: "#b03030")
    }
    return document.text
  }

  /// Draws square pixels into a box, centred.
  fileprivate func draw(in document: inout SVGDocument, x: Double, y: Double, width: Double, height: Double) {
    let whole = grid
    let (low, high, _) = limits(whole)
    guard low <= high, !whole.values.isEmpty else { return }
    let side = min(width / Double(whole.width), height / Double(whole.height))
    let small = whole.averaged(
      height: max(Int(Double(whole.height) * min(side, 1)), 1),
      width: max(Int(Double(whole.width) * min(side, 1)), 1))
    let pixel = max(side, 1)
    let left = x + (width - pixel * Double(small.width)) / 2
    let axis = Axis(low: low, high: high)
    for row in 0..<small.height {
      for column in 0..<small.width {
        let levels = (0..<3).map { small[row, column, small.channels == 1 ? 0 : $0] }
        var fill = "#d04040"
        if levels.allSatisfy(\.isFinite) {
          let bytes = levels.map { value in
            UInt8(min(max(high > low ? axis.fraction(value) : 0.5, 0), 1) * 255 + 0.5)
          }
          fill = SVGDocument.hex(bytes[0], bytes[1], bytes[2])
        }
        document.rectangle(
          x: left + Double(column) * pixel, y: y + Double(row) * pixel, width: pixel + 0.3,
          height: pixel + 0.3, fill: fill)
      }
    }
  }
}

extension ImageGrid {
  /// The same pictures as an SVG file, in as many rows as make the tiles largest.
  package func svg(width: Int = 640, height: Int = 400) -> String {
    guard !images.isEmpty else {
      return emptySVG(title: title, leftOut: LeftOut(), width: width, height: height)
    }
    var document = SVGDocument(width: width, height: height)
    let top = title.isEmpty ? 10.0 : 34
    document.label(title, x: Double(document.width) / 2, y: 20, anchor: .middle, isBold: true)
    let captionHeight = captions.contains { !$0.isEmpty } ? 16.0 : 0
    let (roomWidth, roomHeight) = (max(Double(document.width) - 20, 1), max(Double(document.height) - top - 10, 1))
    func tile(_ columns: Int) -> Double {
      let rows = (images.count + columns - 1) / columns
      return min(roomWidth / Double(columns), roomHeight / Double(rows) - captionHeight)
    }
    // Tiles grow with the number of columns until the width is what limits them.
    var columns = 1
    for candidate in 1...images.count where tile(candidate) > tile(columns) { columns = candidate }
    let rows = (images.count + columns - 1) / columns
    let (cellWidth, cellHeight) = (roomWidth / Double(columns), roomHeight / Double(rows))
    for (position, image) in images.enumerated() {
      let x = 10 + Double(position % columns) * cellWidth
      let y = top + Double(position / columns) * cellHeight
      image.draw(in: &document, x: x + 2, y: y, width: max(cellWidth - 4, 1), height: max(cellHeight - captionHeight - 4, 1))
      if position < captions.count {
        document.label(captions[position], x: x + cellWidth / 2, y: y + cellHeight - 4, anchor: .middle)
      }
    }
    return document.text
  }
}

extension ConfusionMatrix {
  /// The same table as an SVG file; each cell's shade is its share of its row.
  package func svg(width: Int = 640, height: Int = 400) -> String {
    guard size > 0 else {
      return emptySVG(title: title, leftOut: LeftOut(), width: width, height: height)
    }
    var document = SVGDocument(width: width, height: height)
    let names = (0..<size).map { label($0) }
    let left =
      40 + min(names.map { SVGDocument.width(of: $0) }.max() ?? 0, Double(document.width) / 3)
    let top = (title.isEmpty ? 10.0 : 34) + 38
    let cellWidth = max(Double(document.width) - left - 12, 10) / Double(size)
    let cellHeight = max(Double(document.height) - top - 30, 10) / Double(size)
    let (middleX, middleY) = (
      left + cellWidth * Double(size) / 2, top + cellHeight * Double(size) / 2
    )
    document.label(title, x: middleX, y: 20, anchor: .middle, isBold: true)
    document.label("predicted", x: middleX, y: top - 24, anchor: .middle)
    document.label("actual", x: 18, y: middleY, anchor: .middle, isVertical: true)
    for actual in 0..<size {
      let total = (0..<size).reduce(0.0) { $0 + Double(count(actual, $1)) }
      let row = top + Double(actual) * cellHeight
      document.label(
        names[actual], x: left - 8, y: row + cellHeight / 2 + 4, anchor: .end)
      document.label(
        names[actual], x: left + (Double(actual) + 0.5) * cellWidth, y: top - 6, anchor: .middle)
      for predicted in 0..<size {
        let value = count(actual, predicted)
        let share = total > 0 ? min(max(Double(value) / total, 0), 1) : 0
        let column = left + Double(predicted) * cellWidth
        document.rectangle(
          x: column + 1, y: row + 1, width: max(cellWidth - 2, 1), height: max(cellHeight - 2, 1),
          fill: SeriesPalette[actual == predicted ? 2 : 4].hex,
          opacity: value == 0 ? 0.04 : 0.12 + 0.7 * share)
        document.label(
          value == 0 ? "·" : String(value), x: column + cellWidth / 2, y: row + cellHeight / 2 + 4,
          anchor: .middle)
      }
    }
    document.label(summary, x: left, y: Double(document.height) - 8)
    return document.text
  }
}
