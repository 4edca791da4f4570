/// A fine raster under the cells of a plot: 2×4 dots a cell in braille, one
/// dot a cell in ASCII, where each series has a character.
struct Dots {
  let columns: Int
  let rows: Int
  let glyphs: Glyphs
  /// One bit a dot of the cell's braille pattern.
  private var patterns: [UInt8]
  /// The series that drew a cell last; -1 where nothing is.
  private var owners: [Int32]

  var dotsPerColumn: Int { glyphs == .unicode ? 2 : 1 }
  var dotsPerRow: Int { glyphs == .unicode ? 4 : 1 }
  var width: Int { columns * dotsPerColumn }
  var height: Int { rows * dotsPerRow }

  init(columns: Int, rows: Int, glyphs: Glyphs) {
    self.columns = columns
    self.rows = rows
    self.glyphs = glyphs
    patterns = Array(repeating: 0, count: columns * rows)
    owners = Array(repeating: -1, count: columns * rows)
  }

  /// Sets the dot at (x, y) from the top left.
  mutating func set(x: Int, y: Int, series: Int) {
    guard x >= 0, y >= 0, x < width, y < height else { return }
    let cell: Int
    let bit: UInt8
    if glyphs == .unicode {
      cell = (y >> 2) * columns + (x >> 1)
      bit = Dots.bit(x & 1, y & 3)
    } else {
      cell = y * columns + x
      bit = 1
    }
    patterns[cell] |= bit
    owners[cell] = Int32(truncatingIfNeeded: series)
  }

  /// The bit of a dot within its cell: U+2800 numbers the upper three rows
  /// column by column (1–3, 4–6) and the lowest row last (7, 8).
  static func bit(_ x: Int, _ y: Int) -> UInt8 {
    y == 3 ? (x == 0 ? 0x40 : 0x80) : 1 << UInt8(3 * x + y)
  }

  /// Draws a straight line after Bresenham (1965). `phase` counts the dots
  /// along the whole path, so that a texture runs on from piece to piece; the
  /// first dot is left to the piece before when `skipsFirst`.
  mutating func line(
    from start: Point, to end: Point, series: Int, texture: Texture, phase: inout Int,
    skipsFirst: Bool
  ) {
    var (x, y) = (start.x, start.y)
    let (dx, dy) = (abs(end.x - x), -abs(end.y - y))
    let (stepX, stepY) = (x < end.x ? 1 : -1, y < end.y ? 1 : -1)
    var error = dx + dy
    var skips = skipsFirst
    while true {
      if skips {
        skips = false
      } else {
        if texture.isOn(phase) { set(x: x, y: y, series: series) }
        phase += 1
      }
      if x == end.x && y == end.y { break }
      let doubled = 2 * error
      if doubled >= dy {
        error += dy
        x += stepX
      }
      if doubled <= dx {
        error += dx
        y += stepY
      }
    }
  }

  /// Puts the dots on a canvas as characters.
  func draw(on canvas: inout Canvas, row: Int, column: Int) {
    for y in 0..<rows {
      for x in 0..<columns {
        let cell = y * columns + x
        if patterns[cell] == 0 { continue }
        let series = Int(owners[cell])
        let glyph =
          glyphs == .unicode
          ? brailleCharacter(patterns[cell]) : SeriesGlyph.ascii[series % SeriesGlyph.ascii.count]
        canvas.put(glyph, row: row + y, column: column + x, ink: .series(series))
      }
    }
  }

  struct Point: Equatable, Sendable {
    var x: Int
    var y: Int
  }
}

func brailleCharacter(_ pattern: UInt8) -> Character {
  pattern == 0 ? " " : Character(Unicode.Scalar(0x2800 + UInt32(pattern)) ?? " ")
}

/// The rhythm of dots that tells lines apart where there is no colour.
struct Texture: Sendable {
  private let dots: [Bool]

  private init(_ dots: String) { self.dots = dots.map { $0 == "#" } }

  static let solid = Texture("#")
  private static let all = [
    solid, Texture("#..."), Texture("######...."), Texture("######..#.."), Texture("##......"),
  ]

  /// The texture of the n-th series.
  static func of(series: Int) -> Texture { all[series % all.count] }

  func isOn(_ phase: Int) -> Bool { dots.count == 1 || dots[phase % dots.count] }
}

/// The characters that stand for a series where one cell is one point.
enum SeriesGlyph {
  static let ascii: [Character] = ["*", "+", "o", "x", "#", "@", "%", "&"]
  static let unicode: [Character] = ["●", "○", "▲", "△", "■", "□", "◆", "◇"]

  static func of(series: Int, _ glyphs: Glyphs) -> Character {
    glyphs == .unicode ? unicode[series % unicode.count] : ascii[series % ascii.count]
  }
}
