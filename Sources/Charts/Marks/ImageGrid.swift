/// Several images side by side, each with its caption below, in as many rows
/// as the width asks for.
package struct ImageGrid: Sendable {
  package var images: [Image]
  /// One caption an image; missing ones stay empty.
  package var captions: [String]
  package var title: String

  package init(images: [Image], captions: [String] = [], title: String = "") {
    self.images = images
    self.captions = captions
    self.title = title
  }

  /// The picture as lines of text, no wider and no higher than `style` says.
  package func render(_ style: ChartStyle) -> String {
    canvas(style).text(style.color)
  }
}

extension ImageGrid {
  /// The least rows of pixels a tile is shrunk to so that all of them fit.
  private static let leastTileRows = 8

  func canvas(_ style: ChartStyle) -> Canvas {
    guard !images.isEmpty else {
      return emptyCanvas(title: title, leftOut: LeftOut(), style: style)
    }
    var leftOut = LeftOut()
    let tiles = images.map { image in
      let grid = image.grid
      let limits = image.limits(grid)
      leftOut = leftOut + limits.leftOut
      return (image: image, grid: grid, low: limits.low, high: limits.high)
    }
    var canvas = Canvas(width: style.width, height: style.height)
    let titleRows = title.isEmpty || style.height < 4 ? 0 : 1
    let noteRows = leftOut.total > 0 && style.height > 2 ? 1 : 0
    let room = max(style.height - titleRows - noteRows, 1)
    let captionRows = captions.contains { !$0.isEmpty } && room > 2 ? 1 : 0

    // The largest tiles of which all fit, or else small ones. Half rows of
    // colour are tried before pixels are averaged.
    let tallest = max(min(tiles.map { $0.grid.height }.max() ?? 1, room - captionRows), 1)
    var sizes = stride(
      from: tallest, through: min(tallest, ImageGrid.leastTileRows), by: -1
    ).map { (rows: $0, isCompact: false) }
    if style.color >= .ansi256, style.glyphs == .unicode {
      sizes.removeSubrange(1...)
      sizes += stride(
        from: (tallest + 1) / 2, through: min((tallest + 1) / 2, ImageGrid.leastTileRows / 2),
        by: -1
      ).map { (rows: $0, isCompact: true) }
    }
    var layout = Layout(tiles: [], perRow: 1, tileWidth: 1, tileHeight: 1)
    for size in sizes {
      let drawn = tiles.map {
        $0.low <= $0.high
          ? $0.image.pixels(
            $0.grid, low: $0.low, high: $0.high,
            style: style.sized(width: style.width, height: size.rows), isCompact: size.isCompact)
          : Canvas(width: 1, height: 1)
      }
      let width = max(drawn.map(\.width).max() ?? 1, 1)
      let height = max(drawn.map(\.height).max() ?? 1, 1)
      let perRow = max((style.width + 2) / (width + 2), 1)
      layout = Layout(tiles: drawn, perRow: perRow, tileWidth: width, tileHeight: height)
      let lines = (tiles.count + perRow - 1) / perRow
      if lines * (height + captionRows) + (lines - 1) * (1 - captionRows) <= room { break }
    }
    let step = layout.tileHeight + 1
    let needed = (tiles.count + layout.perRow - 1) / layout.perRow
    var lines = min((room + 1 - captionRows) / step, needed)
    if lines < needed, room - lines * step < (captionRows == 1 ? 1 : 0) { lines -= 1 }
    lines = max(lines, 1)
    let shown = min(lines * layout.perRow, tiles.count)

    if titleRows > 0 {
      let text = fitted(title, to: style.width, glyphs: style.glyphs)
      let used = min(layout.perRow, tiles.count) * (layout.tileWidth + 2) - 2
      canvas.write(text, row: 0, column: max(0, (used - displayWidth(text)) / 2), ink: .bold)
    }
    for index in 0..<shown {
      let top = titleRows + index / layout.perRow * step
      let left = index % layout.perRow * (layout.tileWidth + 2)
      canvas.draw(layout.tiles[index], row: top, column: left)
      if captionRows > 0, index < captions.count {
        let text = fitted(captions[index], to: layout.tileWidth, glyphs: style.glyphs)
        let centered = left + (layout.tileWidth - displayWidth(text)) / 2
        canvas.write(text, row: top + layout.tileHeight, column: centered)
      }
    }
    var line = min(titleRows + lines * step - (1 - captionRows), style.height - noteRows)
    if shown < tiles.count, line < style.height - noteRows {
      canvas.write("\(tiles.count - shown) more not shown", row: line, column: 0, ink: .faint)
      line += 1
    }
    if noteRows > 0, let sentence = leftOut.sentence {
      canvas.write(
        fitted(sentence, to: style.width, glyphs: style.glyphs), row: line, column: 0, ink: .bad)
    }
    return canvas
  }

  private struct Layout {
    var tiles: [Canvas]
    var perRow: Int
    var tileWidth: Int
    var tileHeight: Int
  }
}
