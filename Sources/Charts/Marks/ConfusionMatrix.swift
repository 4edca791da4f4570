/// How often each class was taken for each: rows are the actual classes,
/// columns the predicted ones, the diagonal the right answers.
package struct ConfusionMatrix: Sendable {
  package var labels: [String]
  /// [actual][predicted]; what is missing counts as zero.
  package var counts: [[Int]]
  package var title: String

  package init(labels: [String], counts: [[Int]], title: String = "") {
    self.labels = labels
    self.counts = counts
    self.title = title
  }

  /// The table as lines of text, no wider and no higher than `style` says.
  package func render(_ style: ChartStyle) -> String {
    canvas(style).text(style.color)
  }

  var size: Int { max(labels.count, counts.count, counts.map(\.count).max() ?? 0) }

  func count(_ actual: Int, _ predicted: Int) -> Int {
    actual < counts.count && predicted < counts[actual].count ? counts[actual][predicted] : 0
  }

  func label(_ index: Int) -> String { index < labels.count ? labels[index] : "\(index)" }

  /// "accuracy 0.913 (21 of 23)".
  var summary: String {
    var (right, all) = (0.0, 0.0)
    for actual in 0..<size {
      for predicted in 0..<size {
        all += Double(count(actual, predicted))
        if actual == predicted { right += Double(count(actual, predicted)) }
      }
    }
    if all == 0 { return "no samples" }
    return "accuracy \(short(right / all, digits: 3)) (\(short(right)) of \(short(all)))"
  }
}

extension ConfusionMatrix {
  func canvas(_ style: ChartStyle) -> Canvas {
    guard size > 0 else { return emptyCanvas(title: title, leftOut: LeftOut(), style: style) }
    var canvas = Canvas(width: style.width, height: style.height)
    let glyphs = style.glyphs
    let titleRows = title.isEmpty || style.height < 6 ? 0 : 1
    let summaryRows = style.height >= 5 ? 1 : 0
    let headRows = style.height >= 4 ? 2 : 0
    let room = max(style.height - titleRows - summaryRows - headRows, 0)

    let digits =
      (0..<size).flatMap { a in (0..<size).map { String(count(a, $0)).utf8.count } }.max() ?? 1
    let rowLabelWidth = min(
      max((0..<size).map { displayWidth(label($0)) }.max() ?? 1, 6), max(style.width / 3, 1))
    // A cell holds its count between brackets, and as much of the label as
    // leaves every column in sight.
    let longest = (0..<size).map { displayWidth(label($0)) }.max() ?? 1
    let fair = (style.width - rowLabelWidth) / size
    let cell = max(digits + 3, min(longest + 2, fair, 14))
    let fitting = max((style.width - rowLabelWidth) / cell, 0)
    var shown = min(size, fitting, room)
    if shown < size { shown = max(min(shown, room - 1), 0) }

    var line = 0
    if titleRows > 0 {
      let text = fitted(title, to: style.width, glyphs: glyphs)
      let width = rowLabelWidth + shown * cell
      canvas.write(text, row: 0, column: max(0, (width - displayWidth(text)) / 2), ink: .bold)
      line = 1
    }
    if headRows > 0, shown > 0 {
      let width = shown * cell
      let heading = fitted("predicted", to: style.width, glyphs: glyphs)
      canvas.write(
        heading, row: line,
        column: max(
          0,
          min(
            rowLabelWidth + (width - displayWidth(heading)) / 2 + 1,
            style.width - displayWidth(heading))),
        ink: .faint)
      canvas.write(
        fitted("actual", to: rowLabelWidth, glyphs: glyphs), row: line + 1, column: 0, ink: .faint)
      for predicted in 0..<shown {
        let text = fitted(label(predicted), to: cell - 2, glyphs: glyphs)
        let end = rowLabelWidth + (predicted + 1) * cell - 1
        canvas.write(text, row: line + 1, column: end - displayWidth(text))
      }
      line += 2
    }
    for actual in 0..<shown {
      let name = fitted(label(actual), to: rowLabelWidth, glyphs: glyphs)
      canvas.write(name, row: line, column: 0)
      for predicted in 0..<shown {
        let value = count(actual, predicted)
        let text = value == 0 ? (glyphs == .unicode ? "·" : ".") : String(value)
        let end = rowLabelWidth + (predicted + 1) * cell - 1
        let isRight = actual == predicted
        let ink: Ink = value == 0 ? .faint : isRight ? .good : .bad
        canvas.write(text, row: line, column: end - text.count, ink: ink)
        if isRight, style.color == .none {
          canvas.put("[", row: line, column: end - text.count - 1)
          canvas.put("]", row: line, column: end)
        }
      }
      line += 1
    }
    if shown < size, line < style.height - summaryRows {
      canvas.write(
        fitted("\(size - shown) more classes not shown", to: style.width, glyphs: glyphs),
        row: line, column: 0, ink: .faint)
      line += 1
    }
    if summaryRows > 0 {
      canvas.write(fitted(summary, to: style.width, glyphs: glyphs), row: line, column: 0)
    }
    return canvas
  }
}
