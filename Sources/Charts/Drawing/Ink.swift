/// What a piece of a picture is drawn in, before the terminal's colours are
/// known.
enum Ink: Sendable, Equatable {
  case plain
  /// Axes and other furniture.
  case faint
  case bold
  /// The colour of the n-th series.
  case series(Int)
  /// The same, lighter, to stand on dark tinted paper.
  case lightSeries(Int)
  /// A right answer and a wrong one.
  case good
  case bad
  case rgb(UInt8, UInt8, UInt8)
  /// A fraction of the ramp for values.
  case heat(Double)

  /// The parameters of the escape sequence that selects this ink, or the
  /// paper behind it; nil where the terminal's own colour stays.
  func code(depth: ColorDepth, asPaper: Bool) -> String? {
    if depth == .none { return nil }
    let layer = asPaper ? "48;5;" : "38;5;"
    switch self {
    case .plain: return nil
    case .faint: return depth == .ansi16 ? (asPaper ? "100" : "90") : layer + "244"
    case .bold: return asPaper ? nil : "1"
    case .good:
      return depth == .ansi16 ? (asPaper ? "42" : "1;32") : (asPaper ? "" : "1;") + layer + "35"
    case .bad: return depth == .ansi16 ? (asPaper ? "41" : "31") : layer + "167"
    case .series(let index):
      let color = SeriesPalette[index]
      if depth == .ansi16 { return String(color.ansi16 + (asPaper ? 10 : 0)) }
      return layer + String(color.ansi256)
    case .lightSeries(let index):
      if depth == .ansi16 { return Ink.series(index).code(depth: depth, asPaper: asPaper) }
      return (asPaper ? "" : "1;") + layer + String(SeriesPalette[index].light256)
    case .rgb(let red, let green, let blue):
      if depth == .ansi16 { return nil }
      if depth == .rgb24 { return Ink.exact((red, green, blue), asPaper: asPaper) }
      return layer + String(nearest256(red, green, blue))
    case .heat(let fraction):
      if depth == .ansi16 { return nil }
      if depth == .rgb24 { return Ink.exact(heatColor(fraction), asPaper: asPaper) }
      let index = Int((min(max(fraction, 0), 1) * Double(heatRamp.count - 1)).rounded())
      return layer + String(heatRamp[index])
    }
  }

  private static func exact(_ color: (UInt8, UInt8, UInt8), asPaper: Bool) -> String {
    "\(asPaper ? 48 : 38);2;\(color.0);\(color.1);\(color.2)"
  }
}

/// The colours of series, chosen to differ on dark and on light paper and for
/// most colour-blind readers (after Okabe and Ito's set).
enum SeriesPalette {
  struct Entry: Sendable {
    var ansi16: Int
    var ansi256: Int
    var light256: Int
    var hex: String
  }

  static let entries: [Entry] = [
    Entry(ansi16: 36, ansi256: 38, light256: 153, hex: "#0072b2"),
    Entry(ansi16: 33, ansi256: 208, light256: 223, hex: "#e69f00"),
    Entry(ansi16: 32, ansi256: 35, light256: 157, hex: "#009e73"),
    Entry(ansi16: 35, ansi256: 169, light256: 225, hex: "#cc79a7"),
    Entry(ansi16: 31, ansi256: 166, light256: 216, hex: "#d55e00"),
    Entry(ansi16: 34, ansi256: 75, light256: 195, hex: "#56b4e9"),
    Entry(ansi16: 93, ansi256: 178, light256: 229, hex: "#b8a800"),
    Entry(ansi16: 95, ansi256: 98, light256: 189, hex: "#7f5fc9"),
  ]

  static subscript(index: Int) -> Entry { entries[index % entries.count] }
}

/// The nearest of the 240 fixed colours of a 256-colour terminal: a cube of
/// 6×6×6 and a ramp of 24 greys.
func nearest256(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
  let levels = [0, 95, 135, 175, 215, 255]
  func level(_ value: UInt8) -> Int {
    let value = Int(value)
    if value < 48 { return 0 }
    if value < 115 { return 1 }
    return (value - 35) / 40
  }
  let (r, g, b) = (level(red), level(green), level(blue))
  func distance(_ r: Int, _ g: Int, _ b: Int) -> Int {
    let (x, y, z) = (r - Int(red), g - Int(green), b - Int(blue))
    return x * x + y * y + z * z
  }
  let average = (Int(red) + Int(green) + Int(blue)) / 3
  let grey = min(max((average - 3) / 10, 0), 23)
  let greyValue = 8 + 10 * grey
  if distance(greyValue, greyValue, greyValue) < distance(levels[r], levels[g], levels[b]) {
    return 232 + grey
  }
  return 16 + 36 * r + 6 * g + b
}

/// The same ramp as below in the fixed colours of a terminal, of which those
/// nearest to its stops would be greys.
private let heatRamp = [53, 54, 61, 31, 37, 72, 77, 113, 149, 185, 220, 227]

/// A ramp from dark blue over green to yellow whose lightness grows evenly, so
/// that it reads in grey too (the idea of matplotlib's viridis; stops of our
/// own, interpolated linearly in sRGB).
func heatColor(_ fraction: Double) -> (UInt8, UInt8, UInt8) {
  let stops: [(Double, Double, Double)] = [
    (68, 8, 86), (62, 74, 138), (36, 124, 142), (42, 170, 128), (128, 208, 76), (252, 230, 40),
  ]
  let position = min(max(fraction, 0), 1) * Double(stops.count - 1)
  let index = min(Int(position), stops.count - 2)
  let part = position - Double(index)
  func mix(_ a: Double, _ b: Double) -> UInt8 { UInt8(a + (b - a) * part + 0.5) }
  let (a, b) = (stops[index], stops[index + 1])
  return (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}
