/// Values that change step by step, shown while they do: a live picture for a
/// terminal, a plain line now and then for a log.
package struct Watch: Sendable {
  /// The steps recorded so far.
  package private(set) var step = 0
  private var total: Int?
  private var names: [String] = []
  private var last: [Double] = []
  private var histories: [History] = []
  /// Recent (step, seconds), for the rate; the first is the oldest.
  private var marks: [(step: Int, seconds: Double)] = []
  private var start: (step: Int, seconds: Double)?
  private var now = 0.0
  private var loggedStep = 0

  package init() {}

  /// Takes the values of one more step, at a time in seconds on any clock that
  /// runs evenly; `total` is the number of steps expected, if known.
  package mutating func record(
    _ values: [(name: String, value: Double)], at seconds: Double, total: Int? = nil
  ) {
    step += 1
    now = seconds
    if let total { self.total = total }
    if start == nil { start = (step, seconds) }
    if marks.isEmpty || seconds - (marks.last?.seconds ?? 0) >= 0.1 {
      marks.append((step, seconds))
      // About the last ten seconds count.
      while marks.count > 2, seconds - marks[1].seconds > 10 { marks.removeFirst() }
    }
    for (name, value) in values {
      if let index = names.firstIndex(of: name) {
        last[index] = value
        histories[index].append(value, step: step)
      } else {
        names.append(name)
        last.append(value)
        var history = History()
        history.append(value, step: step)
        histories.append(history)
      }
    }
  }

  /// The picture of this moment: step, rate, time left, last values, and a
  /// small plot of each. Every frame of a style has the same number of lines
  /// as long as the names stay the same.
  package func frame(_ style: ChartStyle) -> String {
    var canvas = Canvas(width: style.width, height: style.plotRows)
    let header = [progress, rateText, leftText].compactMap { $0 }.joined(separator: "   ")
    canvas.write(
      fitted(header, to: canvas.width, glyphs: style.glyphs), row: 0, column: 0, ink: .bold)
    let plotRows = min(canvas.height - 1, 11)
    let across = min(max(style.width / 26, 1), names.count, 3)
    if plotRows < 4 || across == 0 || style.width < 20 {
      canvas.write(
        fitted(valuesText, to: canvas.width, glyphs: style.glyphs), row: 1, column: 0)
      return padded(canvas, rows: min(2, canvas.height), style)
    }
    let width = (style.width + 2) / across - 2
    for index in 0..<across {
      var plot = LinePlot(
        series: [histories[index].series(upTo: step)],
        title: "\(names[index]) \(short(last[index]))")
      plot.alreadyLeftOut = histories[index].leftOut
      // LinePlot takes two thirds of a large window; this is its own room.
      let picture = plot.canvas(style.sized(width: width, height: min(plotRows, 12)))
      canvas.draw(picture, row: 1, column: index * (width + 2))
    }
    var rows = 1 + plotRows
    if names.count > across, rows < canvas.height {
      let rest = (across..<names.count).map { "\(names[$0]) \(short(last[$0]))" }
      canvas.write(
        fitted(rest.joined(separator: "   "), to: canvas.width, glyphs: style.glyphs), row: rows,
        column: 0)
      rows += 1
    }
    return padded(canvas, rows: rows, style)
  }

  /// A line for a log if one is due, else nil: for the steps 1, 2, 5, 10, 20,
  /// 50, 100, 200, 500, 1000, and then for every thousandth.
  package mutating func logLine() -> String? {
    guard let due = Watch.latestDue(upTo: step), due > loggedStep else { return nil }
    loggedStep = step
    return line
  }

  /// The line for the end: all steps, the last values, the time taken.
  package func finalLine() -> String {
    guard step > 0, let start else { return "no steps" }
    let steps = "\(step) \(step == 1 ? "step" : "steps")"
    let count = total.map { $0 > step ? "\(step) of \($0) steps" : steps } ?? steps
    let took = step > 1 ? " in \(duration(now - start.seconds))" : ""
    return valuesText.isEmpty ? count + took : "\(count)\(took)   \(valuesText)"
  }

  // MARK: - Wording

  private var line: String {
    [progress, valuesText, rateText, leftText].compactMap { $0 }.filter { !$0.isEmpty }
      .joined(separator: "   ")
  }

  private var progress: String { total.map { "step \(step) of \($0)" } ?? "step \(step)" }

  private var valuesText: String {
    zip(names, last).map { "\($0) \(short($1))" }.joined(separator: "   ")
  }

  /// Steps a second over about the last ten seconds.
  private var rate: Double? {
    guard let oldest = marks.first, step > oldest.step, now > oldest.seconds else { return nil }
    return Double(step - oldest.step) / (now - oldest.seconds)
  }

  private var rateText: String? {
    rate.map {
      $0 >= 1000 && $0 < 1e9 ? "\(grouped(Int($0.rounded()))) steps/s" : $0 >= 1 || $0 <= 0 ? "\(short($0, digits: 3)) steps/s" : "\(short(1 / $0, digits: 3)) s/step"
    }
  }

  private func grouped(_ number: Int) -> String {
    number < 1000 ? "\(number)" : grouped(number / 1000) + "," + String(number % 1000 + 1000).dropFirst()
  }

  private var leftText: String? {
    if let total, step >= total, step > 1, let start { return "done in \(duration(now - start.seconds))" }
    guard let total, let rate, rate > 0, step < total else { return nil }
    return "\(duration(Double(total - step) / rate)) left"
  }

  /// The last step not after `step` for which a line is due.
  private static func latestDue(upTo step: Int) -> Int? {
    if step < 1 { return nil }
    if step >= 1000 { return step / 1000 * 1000 }
    return [500, 200, 100, 50, 20, 10, 5, 2, 1].first { $0 <= step }
  }

  private func padded(_ canvas: Canvas, rows: Int, _ style: ChartStyle) -> String {
    let text = canvas.text(style.color)
    let lines = text.utf8.reduce(0) { $0 + ($1 == 10 ? 1 : 0) }
    return text + String(repeating: "\n", count: max(0, min(rows, canvas.height) - lines))
  }
}

/// A value over many steps in bounded room: neighbours are kept as their least
/// and greatest, over twice as many steps each time the room is full.
struct History: Sendable {
  private struct Bucket: Sendable {
    var firstStep: Int
    var low: Double
    var high: Double
    var isRising: Bool
  }

  private static let capacity = 1024
  private var buckets: [Bucket] = []
  private var stepsPerBucket = 1
  private(set) var leftOut = LeftOut()

  mutating func append(_ value: Double, step: Int) {
    guard leftOut.admits(value) else { return }
    if let bucket = buckets.last, step < bucket.firstStep + stepsPerBucket {
      buckets[buckets.count - 1].low = min(bucket.low, value)
      buckets[buckets.count - 1].high = max(bucket.high, value)
      buckets[buckets.count - 1].isRising = value >= bucket.high
      return
    }
    buckets.append(Bucket(firstStep: step, low: value, high: value, isRising: true))
    if buckets.count > History.capacity { halve() }
  }

  private mutating func halve() {
    stepsPerBucket *= 2
    var halved: [Bucket] = []
    halved.reserveCapacity(History.capacity)
    for bucket in buckets {
      if let before = halved.last, bucket.firstStep < before.firstStep + stepsPerBucket {
        halved[halved.count - 1].low = min(before.low, bucket.low)
        halved[halved.count - 1].high = max(before.high, bucket.high)
        halved[halved.count - 1].isRising = bucket.high >= before.high
      } else {
        halved.append(bucket)
      }
    }
    buckets = halved
  }

  /// The values as a series over steps.
  func series(upTo step: Int) -> Series {
    var x: [Double] = []
    var y: [Double] = []
    for bucket in buckets {
      let middle = Double(bucket.firstStep) + Double(stepsPerBucket - 1) / 2
      let place = min(middle, Double(step))
      if bucket.low == bucket.high {
        x.append(place)
        y.append(bucket.low)
      } else {
        x += [place, place]
        y += bucket.isRising ? [bucket.low, bucket.high] : [bucket.high, bucket.low]
      }
    }
    return Series(x: x, y: y)
  }
}
