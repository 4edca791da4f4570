/// How a chart is drawn: the room it has, the characters it may use and the
/// colours the terminal knows.
package struct ChartStyle: Sendable, Equatable {
  /// The most columns and rows a picture may take.
  package var width: Int
  package var height: Int
  package var glyphs: Glyphs
  package var color: ColorDepth

  package init(
    width: Int = 80, height: Int = 24, glyphs: Glyphs = .unicode, color: ColorDepth = .none
  ) {
    self.width = width
    self.height = height
    self.glyphs = glyphs
    self.color = color
  }
}

/// The characters a picture may be made of.
package enum Glyphs: Sendable, Equatable {
  /// Braille patterns, block elements and box drawing.
  case unicode
  /// The 95 printable characters of ASCII.
  case ascii
}

/// How many colours the terminal has, fewest first.
package enum ColorDepth: Sendable, Comparable {
  case none
  case ansi16
  case ansi256
  /// Red, green and blue of 8 bits each.
  case rgb24
}

extension ChartStyle {
  /// The same style with another size.
  func sized(width: Int, height: Int) -> ChartStyle {
    var copy = self
    copy.width = width
    copy.height = height
    return copy
  }

  /// The rows a plot takes by itself: all of a small window, and about two
  /// thirds of a usual one, so that the question stays in sight above it.
  var plotRows: Int {
    height <= 12 ? max(height, 0) : 12 + (height - 12) / 3
  }
}
