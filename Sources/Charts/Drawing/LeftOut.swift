/// The values a picture cannot show, counted so that it can say so.
struct LeftOut: Sendable, Equatable {
  var nan = 0
  var infinite = 0
  var negativeInfinite = 0
  /// At or below zero, on a logarithmic axis.
  var notPositive = 0
  /// An x without its y, or the reverse.
  var unpaired = 0

  /// True if `value` can be drawn; otherwise counts it.
  mutating func admits(_ value: Double) -> Bool {
    if value.isFinite { return true }
    if value.isNaN {
      nan += 1
    } else if value > 0 {
      infinite += 1
    } else {
      negativeInfinite += 1
    }
    return false
  }

  static func + (a: LeftOut, b: LeftOut) -> LeftOut {
    LeftOut(
      nan: a.nan + b.nan, infinite: a.infinite + b.infinite,
      negativeInfinite: a.negativeInfinite + b.negativeInfinite,
      notPositive: a.notPositive + b.notPositive, unpaired: a.unpaired + b.unpaired)
  }

  var total: Int { nan + infinite + negativeInfinite + notPositive + unpaired }

  /// "3 values left out: 2 nan, 1 inf"; nil if nothing was left out.
  var sentence: String? {
    if total == 0 { return nil }
    var parts: [String] = []
    if nan > 0 { parts.append("\(nan) nan") }
    if infinite > 0 { parts.append("\(infinite) inf") }
    if negativeInfinite > 0 { parts.append("\(negativeInfinite) -inf") }
    if notPositive > 0 { parts.append("\(notPositive) not positive") }
    if unpaired > 0 { parts.append("\(unpaired) unpaired") }
    return "\(total) \(total == 1 ? "value" : "values") left out: " + parts.joined(separator: ", ")
  }
}
