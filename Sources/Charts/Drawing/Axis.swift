#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A range of values with round ticks, linear or logarithmic.
struct Axis: Sendable, Equatable {
  struct Tick: Sendable, Equatable {
    var value: Double
    var label: String
  }

  /// The ends; on a logarithmic axis those of the values, not the logarithms.
  var low: Double
  var high: Double
  var isLogarithmic = false
  var ticks: [Tick] = []

  /// Where `value` lies between the ends: 0 at `low`, 1 at `high`.
  ///
  /// Halves are subtracted so that the widest ranges do not overflow.
  func fraction(_ value: Double) -> Double {
    if isLogarithmic {
      let (a, b) = (log10(low), log10(high))
      return b > a ? (log10(value) - a) / (b - a) : 0.5
    }
    let half = high / 2 - low / 2
    return half > 0 ? (value / 2 - low / 2) / half : 0.5
  }

  /// The widest label, in columns.
  var labelWidth: Int { ticks.map { displayWidth($0.label) }.max() ?? 0 }
}

/// 1, 2 or 5 times a power of ten, the smallest that is not below `value`.
func roundStep(atLeast value: Double) -> Double {
  guard value > 0, value.isFinite else { return 1 }
  let exponent = floor(log10(value))
  for step in [1.0, 2, 5, 10, 20] {
    let candidate = scaled(step, exponent)
    if candidate >= value * (1 - 1e-9), candidate > 0 { return candidate }
  }
  return value
}

/// `mantissa`·10^`exponent`, exactly rounded where a division is.
private func scaled(_ mantissa: Double, _ exponent: Double) -> Double {
  if exponent < 0, exponent > -300 { return mantissa / pow(10, -exponent) }
  return mantissa * pow(10, exponent)
}

/// The next longer round step: 1, 2, 5, 10, …
func roundStep(after step: Double) -> Double { roundStep(atLeast: step * 1.5) }

/// The multiples of `step` from `low` to `high`, ends included up to rounding.
func multiples(of step: Double, from low: Double, to high: Double) -> [Double] {
  let first = ceil(low / step - 1e-9)
  let last = floor(high / step + 1e-9)
  guard step > 0, first.isFinite, last.isFinite, last >= first else { return [] }
  var values: [Double] = []
  for index in 0...Int(min(last - first, 200)) {
    let multiple = first + Double(index)
    // Dividing by 10^k keeps 0.3 what 3 · 0.1 is not.
    let inverse = (1 / step).rounded()
    let value = step < 1 && abs(inverse * step - 1) < 1e-12 ? multiple / inverse : multiple * step
    if value.isFinite, values.last != value { values.append(value == 0 ? 0 : value) }
  }
  return values
}

/// Labels of ticks `step` apart, all with the decimals that the step needs, or
/// with an exponent when they are very large or very small.
func tickLabels(_ values: [Double], step: Double) -> [String] {
  let largest = values.map { abs($0) }.max() ?? 0
  if largest == 0 { return values.map { _ in "0" } }
  let place = Int(floor(log10(step) + 1e-9))
  if (largest >= 1e6 && step >= 100) || (place < -4 && largest < 1e-2) {
    return values.map { value in
      if abs(value) < step / 2 { return "0" }
      let digits = Int(floor(log10(abs(value)) + 1e-9)) - place
      return exponential(value, decimals: max(digits, 0))
    }
  }
  return values.map { fixed(abs($0) < step / 2 ? 0 : $0, decimals: max(-place, 0)) }
}

/// 1.5e7: a mantissa and a plain exponent.
private func exponential(_ value: Double, decimals: Int) -> String {
  var exponent = Int(floor(log10(abs(value)) + 1e-9))
  var mantissa =
    exponent < -300
    ? value * 1e300 / pow(10, Double(exponent + 300)) : value / pow(10, Double(exponent))
  if abs(mantissa) >= 9.9999999999 {
    mantissa /= 10
    exponent += 1
  }
  return tidyExponent(fixed(mantissa, decimals: min(decimals, 15)) + "e\(exponent)")
}

/// A range with some width: a single value gets room on both sides.
func widened(_ low: Double, _ high: Double) -> (Double, Double) {
  if low < high { return (low, high) }
  if low == 0 || abs(low) < 1e-300 { return (-1, 1) }
  let room = pow(10, floor(log10(abs(low))))
  let (a, b) = (low - room, low + room)
  return a.isFinite && b.isFinite ? (a, b) : (low / 2, low)
}

// MARK: - Choosing ticks

extension Axis {
  /// A vertical axis over all of `rows` rows that ends where the values do. Its ticks stand in the rows nearest to them.
  static func tight(low: Double, high: Double, rows: Int) -> (axis: Axis, rows: Int) {
    let (low, high) = widened(low, high)
    guard rows >= 3 else { return (Axis(low: low, high: high), max(rows, 1)) }
    let step = roundStep(atLeast: (high / Double(rows) - low / Double(rows)) * 2)
    let values = multiples(of: step, from: low, to: high)
    let ticks = zip(values, tickLabels(values, step: step)).map { Tick(value: $0, label: $1) }
    return (Axis(low: low, high: high, ticks: ticks), rows)
  }

  /// A vertical axis over at most `rows` rows, with the rows it takes. Its
  /// ends are ticks and every tick falls on the middle of a row. Where values
  /// are whole, so are the ticks.
  static func vertical(
    low: Double, high: Double, rows: Int, isWhole: Bool = false
  ) -> (axis: Axis, rows: Int) {
    let (low, high) = widened(low, high)
    guard rows >= 3 else { return (Axis(low: low, high: high), max(rows, 1)) }
    let half = high / 2 - low / 2
    var best: (score: Double, axis: Axis, rows: Int)?
    var step = roundStep(atLeast: half / Double(rows) * 2)
    if isWhole { step = max(step, 1) }
    for _ in 0..<7 {
      let first = floor(low / step + 1e-9)
      let last = ceil(high / step - 1e-9)
      let intervals = last - first
      let (bottom, top) = (first * step, last * step)
      if intervals >= 1, intervals < Double(rows), bottom.isFinite, top.isFinite {
        let spacing = (rows - 1) / Int(intervals)
        let used = Int(intervals) * spacing + 1
        let covered = half / (top / 2 - bottom / 2)
        let preference: Double = [0, 0.55, 1, 1, 0.95, 0.8, 0.6][min(spacing, 6)]
        let score = preference * covered * (0.5 + 0.5 * Double(used) / Double(rows))
        if score > (best?.score ?? -1) {
          let values = multiples(of: step, from: bottom, to: top)
          let labels = tickLabels(values, step: step)
          let axis = Axis(
            low: values.first ?? bottom, high: values.last ?? top,
            ticks: zip(values, labels).map { Tick(value: $0, label: $1) })
          best = (score, axis, used)
        }
      }
      step = roundStep(after: step)
    }
    if let best { return (best.axis, best.rows) }
    // Rounding the ends outwards leaves what a number can hold: ticks inside.
    step = roundStep(atLeast: half / 2)
    let values = multiples(of: step, from: low, to: high)
    let labels = tickLabels(values, step: step)
    let axis = Axis(
      low: low, high: high, ticks: zip(values, labels).map { Tick(value: $0, label: $1) })
    return (axis, rows)
  }

  /// A horizontal axis over `columns` columns whose labels do not touch. The
  /// ends stay those of the data unless a tick is very near.
  static func horizontal(
    low: Double, high: Double, columns: Int, isWhole: Bool = false
  ) -> Axis {
    var (low, high) = widened(low, high)
    let half = high / 2 - low / 2
    var step = roundStep(atLeast: half / 3.5)
    if isWhole { step = max(step, 1) }
    for _ in 0..<8 {
      let near = half * 0.06
      if ceil(high / step) * step - high <= near {
        high = max(high, ceil(high / step - 1e-9) * step)
      }
      if low - floor(low / step) * step <= near { low = min(low, floor(low / step + 1e-9) * step) }
      let values = multiples(of: step, from: low, to: high)
      let labels = tickLabels(values, step: step)
      let widest = labels.map(displayWidth).max() ?? 0
      let spacing = step / 2 / (high / 2 - low / 2) * Double(max(columns - 1, 1))
      if spacing >= Double(widest + 2) || values.count <= 2 {
        return Axis(
          low: low, high: high, ticks: zip(values, labels).map { Tick(value: $0, label: $1) })
      }
      step = roundStep(after: step)
    }
    return Axis(low: low, high: high)
  }

  /// A vertical logarithmic axis: ticks at powers of ten, or at 1, 2 and 5
  /// within less than two decades.
  static func logarithmic(low: Double, high: Double, rows: Int) -> (axis: Axis, rows: Int) {
    var (low, high) = (low, high)
    if !(low < high) {
      (low, high) = (max(low / 2, .leastNormalMagnitude), min(high * 2, .greatestFiniteMagnitude))
    }
    let bottom = floor(log10(low) + 1e-9)
    let top = ceil(log10(high) - 1e-9)
    let decades = Int(top - bottom)
    if log10(high) - log10(low) < 1.5 {
      let candidates = stride(from: bottom - 1, through: top + 1, by: 1).flatMap { exponent in
        [1.0, 2, 5].map { scaled($0, exponent) }
      }.filter { $0 > 0 && $0.isFinite }
      let start = candidates.last { $0 <= low * (1 + 1e-9) } ?? low
      let end = candidates.first { $0 >= high * (1 - 1e-9) } ?? high
      let ticks = candidates.filter { $0 >= start && $0 <= end }
      let labels = ticks.map { short($0) }
      return (
        Axis(
          low: start, high: end, isLogarithmic: true,
          ticks: zip(ticks, labels).map { Tick(value: $0, label: $1) }), max(rows, 1)
      )
    }
    // As many decades a tick as keep two rows between ticks.
    var stride = 1
    while (decades + stride - 1) / stride > max((rows - 1) / 2, 1) { stride += 1 }
    let intervals = max((decades + stride - 1) / stride, 1)
    let used = rows > intervals ? intervals * ((rows - 1) / intervals) + 1 : max(rows, 1)
    let values = (0...intervals).map { scaled(1, bottom + Double($0 * stride)) }
    guard let first = values.first, let last = values.last, first > 0, last.isFinite else {
      return (Axis(low: low, high: high, isLogarithmic: true), max(rows, 1))
    }
    let isPlain = first >= 1e-4 && last <= 1e5
    let ticks = values.enumerated().map { index, value in
      Tick(value: value, label: isPlain ? short(value) : "1e\(Int(bottom) + index * stride)")
    }
    return (Axis(low: first, high: last, isLogarithmic: true, ticks: ticks), used)
  }
}
