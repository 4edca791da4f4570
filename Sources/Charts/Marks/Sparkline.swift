/// Counts as a row of small bars, one column each: `▁▂▅█`. Zero is the lowest
/// bar, and whatever is not zero stands above it.
package func sparkline(_ counts: [Int], glyphs: Glyphs = .unicode) -> String {
  sparkline(counts.map { Double(max($0, 0)) }, from: 0, glyphs: glyphs)
}

/// Values between `low` and their greatest as a row of bars; what is not
/// finite is a space.
func sparkline(_ values: [Double], from low: Double, glyphs: Glyphs) -> String {
  let steps: [Character] =
    glyphs == .unicode
    ? ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] : ["_", ".", "-", "=", "+", "*", "%", "#"]
  let high = values.filter { $0.isFinite }.max() ?? low
  let axis = Axis(low: low, high: high)
  return String(
    values.map { value -> Character in
      guard value.isFinite else { return " " }
      guard high > low else { return steps[0] }
      return steps[min(max(Int((axis.fraction(value) * 7).rounded(.up)), 0), 7)]
    })
}
