/// A bar and its number for every label, from top to bottom.
package struct BarChart: Sendable {
  package var labels: [String]
  package var values: [Double]
  package var title: String

  package init(labels: [String], values: [Double], title: String = "") {
    self.labels = labels
    self.values = values
    self.title = title
  }

  /// The picture as lines of text, no wider and no higher than `style` says.
  package func render(_ style: ChartStyle) -> String {
    canvas(style).text(style.color)
  }

  /// The finite values' range, zero included, and what is not finite.
  func extent() -> (low: Double, high: Double, leftOut: LeftOut) {
    var leftOut = LeftOut()
    var (low, high) = (0.0, 0.0)
    for value in values where leftOut.admits(value) {
      low = min(low, value)
      high = max(high, value)
    }
    return (low, high, leftOut)
  }

  func label(_ index: Int) -> String { index < labels.count ? labels[index] : "\(index)" }
}

extension BarChart {
  func canvas(_ style: ChartStyle) -> Canvas {
    if values.isEmpty { return emptyCanvas(title: title, leftOut: LeftOut(), style: style) }
    let (low, high, leftOut) = extent()
    let titleRows = title.isEmpty || style.height < 2 ? 0 : 1
    let noteRows = leftOut.total > 0 && style.height > titleRows + 1 ? 1 : 0
    let room = max(style.height - titleRows - noteRows, 0)
    let shown = values.count <= room ? values.count : max(room - 1, 0)
    var canvas = Canvas(width: style.width, height: style.height)

    let numbers = values.prefix(shown).map { short($0) }
    let numberWidth = numbers.map(displayWidth).max() ?? 0
    let labelRoom = max(min((style.width - numberWidth) / 2, 30), 0)
    let names = (0..<shown).map { fitted(label($0), to: labelRoom, glyphs: style.glyphs) }
    let labelWidth = names.map(displayWidth).max() ?? 0
    let start = labelWidth + 2
    // The numbers stand behind the bars, on the left for negative ones.
    let hasNegatives = low < 0
    let space = max(style.width - start - (numberWidth + 1) * (hasNegatives ? 2 : 1), 1)
    let axis = Axis(low: low, high: high)
    let zero = high > low ? axis.fraction(0) * Double(space) : 0
    let zeroColumn = start + (hasNegatives ? numberWidth + 1 : 0) + Int(zero.rounded())

    if titleRows > 0 {
      let text = fitted(title, to: style.width, glyphs: style.glyphs)
      canvas.write(text, row: 0, column: (style.width - displayWidth(text)) / 2, ink: .bold)
    }
    for index in 0..<shown {
      let row = titleRows + index
      canvas.write(rightAligned(names[index], labelWidth), row: row, column: 0)
      canvas.put(
        style.glyphs == .unicode ? "│" : "|", row: row, column: zeroColumn - 1, ink: .faint)
      let value = values[index]
      guard value.isFinite else {
        canvas.write(numbers[index], row: row, column: zeroColumn + 1, ink: .bad)
        continue
      }
      let length = high > low ? (axis.fraction(value) - axis.fraction(0)) * Double(space) : 0
      if value < 0 {
        let cells = max(Int((-length).rounded()), 1)
        for step in 1...cells {
          canvas.put(
            style.glyphs == .unicode ? "█" : "#", row: row, column: zeroColumn - 1 - step,
            ink: .series(1))
        }
        canvas.write(
          numbers[index], row: row,
          column: zeroColumn - 2 - cells - displayWidth(numbers[index]))
        continue
      }
      var eighths = value > 0 ? max(Int((length * 8).rounded()), 1) : 0
      var column = zeroColumn
      while eighths > 0, column < style.width {
        let glyph = partialBar(min(eighths, 8), style.glyphs)
        if glyph == " ", column > zeroColumn { break }
        canvas.put(glyph == " " ? "." : glyph, row: row, column: column, ink: .series(0))
        eighths -= 8
        column += 1
      }
      canvas.write(
        numbers[index], row: row, column: column + (column == zeroColumn ? 0 : 1))
    }
    if shown < values.count, room > 0 {
      canvas.write(
        fitted("\(values.count - shown) more not shown", to: style.width, glyphs: style.glyphs),
        row: titleRows + shown, column: 0, ink: .faint)
    }
    if noteRows > 0, let sentence = leftOut.sentence {
      canvas.write(
        fitted(sentence, to: style.width, glyphs: style.glyphs),
        row: titleRows + min(values.count, room), column: 0, ink: .bad)
    }
    return canvas
  }

  /// A block filled from the left by 1 to 8 eighths.
  private func partialBar(_ eighths: Int, _ glyphs: Glyphs) -> Character {
    if glyphs == .ascii { return eighths >= 4 ? "#" : " " }
    return Character(Unicode.Scalar(0x2590 - UInt32(eighths)) ?? "█")
  }
}
