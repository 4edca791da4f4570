/// Ramps of characters for pictures without colour, from nothing to full.
enum Shades {
  static func ramp(_ glyphs: Glyphs) -> [Character] {
    glyphs == .unicode
      ? [" ", "░", "▒", "▓", "█"] : [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]
  }

  /// The character for a fraction between 0 and 1.
  static func glyph(_ fraction: Double, _ glyphs: Glyphs) -> Character {
    let ramp = ramp(glyphs)
    let index = Int((min(max(fraction, 0), 1) * Double(ramp.count - 1)).rounded())
    return ramp[index]
  }
}

/// Values on a grid, and their averages on a coarser one.
struct Grid: Sendable {
  var height: Int
  var width: Int
  var channels: Int
  /// [height, width, channels], row by row.
  var values: [Double]

  subscript(row: Int, column: Int, channel: Int) -> Double {
    values[(row * width + column) * channels + channel]
  }

  /// The grid averaged down to a size; each new cell is the mean of what it
  /// covers, weighted by area, of the finite values. Sizes are at least 1.
  func averaged(height newHeight: Int, width newWidth: Int) -> Grid {
    if newHeight == height && newWidth == width { return self }
    // Over the columns first, then over the rows.
    let narrow = Grid.resampled(
      values, outer: height, length: width, inner: channels, to: newWidth)
    let small = Grid.resampled(
      narrow, outer: 1, length: height, inner: newWidth * channels, to: newHeight)
    return Grid(height: newHeight, width: newWidth, channels: channels, values: small)
  }

  /// Averages [outer, length, inner] to [outer, size, inner].
  private static func resampled(
    _ values: [Double], outer: Int, length: Int, inner: Int, to size: Int
  ) -> [Double] {
    if size == length { return values }
    var result: [Double] = []
    result.reserveCapacity(outer * size * inner)
    let ratio = Double(length) / Double(size)
    for block in 0..<outer {
      for position in 0..<size {
        let (start, end) = (Double(position) * ratio, Double(position + 1) * ratio)
        let cells = Int(start)..<max(min(Int(end.rounded(.up)), length), Int(start) + 1)
        for item in 0..<inner {
          var (sum, weight) = (0.0, 0.0)
          for cell in cells {
            let value = values[(block * length + cell) * inner + item]
            let part = min(end, Double(cell + 1)) - max(start, Double(cell))
            if value.isFinite, part > 1e-9 {
              sum += value * part
              weight += part
            }
          }
          result.append(weight > 0 ? sum / weight : .nan)
        }
      }
    }
    return result
  }

  /// The largest size of this shape within the room, in cells of which each is
  /// `columnsPerCell` columns wide and `rowsPerCell` rows high.
  func size(
    width room: Int, height rows: Int, columnsPerCell: Int, cellsPerRow: Int, keepsShape: Bool
  ) -> (height: Int, width: Int) {
    let mostWide = max(room / columnsPerCell, 1)
    let mostHigh = max(rows * cellsPerRow, 1)
    if !keepsShape { return (min(height, mostHigh), min(width, mostWide)) }
    let scale = min(
      1, Double(mostWide) / Double(max(width, 1)), Double(mostHigh) / Double(max(height, 1)))
    return (
      max(1, min(Int((Double(height) * scale).rounded()), mostHigh)),
      max(1, min(Int((Double(width) * scale).rounded()), mostWide))
    )
  }
}
