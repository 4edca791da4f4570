// The packed product, after K. Goto and R. van de Geijn, "Anatomy of
// high-performance matrix multiplication" (2008).
//
// Panels of both operands are copied into the order in which the register
// kernel reads them (PanelPacking). A sliver of B stays in the first-level
// cache while a tile of A, in the second, passes by.

/// Rows of the register kernel: 6 × 2 registers of sums, 2 of B and 1 of A are 15 of 16.
let sliverRows = 6
/// The greatest depth of a panel: a sliver of B is 22 KB.
private let panelDepth = 352
/// Rows of A that are packed at a time.
private let panelRows = 1152
/// Columns of B that are packed at a time.
private let panelColumns = 1536
/// Rows of the tile of A that is worked through with each sliver of B: about 100 KB.
let tileRows = 96
/// Columns of a piece of work.
let tileColumns = 64

/// C = op(A) op(B) by packed panels; m, n and k are positive.
func multiplyPacked<T: RealElement>(
  _ shape: ProductShape, _ a: MatrixView<T>, _ b: MatrixView<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int, _ epilogue: ProductEpilogue<T>?, _ workers: Workers, _ parallel: Bool
) {
  let sliverColumns = 2 * T.Vector.lanes
  // Panels of one depth: a last one of a few levels would load and store all sums for nothing.
  let levels = (shape.k + panelDepth - 1) / panelDepth
  let depth = min(shape.k, roundUp((shape.k + levels - 1) / levels, 8))
  let rows = roundUp(min(shape.m, panelRows), sliverRows)
  let columns = roundUp(min(shape.n, panelColumns), sliverColumns)
  let bytes = (rows + columns) * depth * MemoryLayout<T>.stride
  workers.withScratch(bytes: bytes) { memory in
    let packedB = memory.bindMemory(to: T.self, capacity: (rows + columns) * depth)
    let packedA = packedB + columns * depth
    var column = 0
    while column < shape.n {
      let width = min(panelColumns, shape.n - column)
      var level = 0
      while level < shape.k {
        let height = min(depth, shape.k - level)
        var row = 0
        while row < shape.m {
          let panel = Panel(
            row: row, column: column, level: level,
            m: min(panelRows, shape.m - row), n: width, k: height)
          packPanels(panel, a, b, packedA, packedB, withB: row == 0, workers, parallel)
          multiplyPanels(panel, packedA, packedB, c, ldc, level + height == shape.k ? epilogue : nil, workers, parallel)
          row += panel.m
        }
        level += height
      }
      column += width
    }
  }
}

@inline(__always) private func roundUp(_ x: Int, _ step: Int) -> Int {
  (x + step - 1) / step * step
}

/// Which part of the product is worked at.
struct Panel {
  var row: Int
  var column: Int
  var level: Int
  var m: Int
  var n: Int
  var k: Int
}

// MARK: - Multiplying

private func multiplyPanels<T: RealElement>(
  _ panel: Panel, _ packedA: UnsafePointer<T>, _ packedB: UnsafePointer<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int, _ epilogue: ProductEpilogue<T>?, _ workers: Workers, _ parallel: Bool
) {
  let acrossRows = (panel.m + tileRows - 1) / tileRows
  // Few large pieces would leave a core that comes late with nothing to do.
  let pieces = acrossRows * ((panel.n + tileColumns - 1) / tileColumns)
  let width = pieces < 4 ? tileColumns / 4 : pieces < 16 ? tileColumns / 2 : tileColumns
  let acrossColumns = (panel.n + width - 1) / width
  let origin = c + panel.row * ldc + panel.column
  let first = panel.level == 0
  let tile = { (piece: Int) in
    let row = piece / acrossColumns * tileRows
    let column = piece % acrossColumns * width
    let rows = min(tileRows, panel.m - row)
    let columns = min(width, panel.n - column)
    let place = origin + row * ldc + column
    multiplyTile(rows, columns, panel.k, packedA + row * panel.k, packedB + column * panel.k, place, ldc, first)
    epilogue?.finish(place, ldc, row: panel.row + row, column: panel.column + column, rows: rows, columns: columns)
  }
  if parallel {
    workers.run(pieces: acrossRows * acrossColumns, tile)
  } else {
    for piece in 0..<acrossRows * acrossColumns { tile(piece) }
  }
}

private func multiplyTile<T: RealElement>(
  _ rows: Int, _ columns: Int, _ k: Int, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int, _ first: Bool
) {
  let sliverColumns = 2 * T.Vector.lanes
  withUnsafeTemporaryAllocation(of: T.self, capacity: sliverRows * sliverColumns) { buffer in
    guard let corner = buffer.baseAddress else { return }
    var column = 0
    while column < columns {
      let width = min(sliverColumns, columns - column)
      var row = 0
      while row < rows {
        let height = min(sliverRows, rows - row)
        let place = c + row * ldc + column
        if width == sliverColumns {
          registerKernel(height, k, a + row * k, b + column * k, place, ldc, adding: !first)
        } else {
          registerKernel(height, k, a + row * k, b + column * k, corner, sliverColumns, adding: false)
          for r in 0..<height { storeCorner(corner + r * sliverColumns, place + r * ldc, width, adding: !first) }
        }
        row += sliverRows
      }
      column += sliverColumns
    }
  }
}

/// c = sums, or c += sums, for less than two registers.
@inline(__always)
private func storeCorner<T: RealElement>(_ sums: UnsafePointer<T>, _ c: UnsafeMutablePointer<T>, _ width: Int, adding: Bool) {
  typealias V = T.Vector
  var j = 0
  if width >= V.lanes {
    let left = V.load(sums)
    (adding ? V.sum(V.load(c), left) : left).store(c)
    j = V.lanes
  }
  while j < width {
    c[j] = adding ? c[j] + sums[j] : sums[j]
    j += 1
  }
}

/// C[rows, 2 · lanes] = A B, or += A B, for 1 to 6 rows.
@inline(__always)
private func registerKernel<T: RealElement>(
  _ rows: Int, _ k: Int, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int, adding: Bool
) {
  let step = 2 * T.Vector.lanes
  // C is asked for now and needed at the end: its rows are often far apart, and none of them in the cache.
  for row in 0..<rows { prefetchLine(c + row * ldc) }
  var sums = RegisterTile<T>()
  var a = a
  var b = b
  if rows <= 4 {
    for _ in 0..<k {
      sums.add(a, 1, b, rows: 4)
      a += sliverRows
      b += step
    }
    return sums.store(c, ldc, rows: rows, adding: adding)
  }
  // Four levels at a time: one by one, the loop itself takes a tenth of the time.
  for _ in 0..<k / 4 {
    // A comes from the second-level cache, which is some levels away.
    prefetchLine(a + 16 * sliverRows)
    sums.add(a, 1, b, rows: 6)
    sums.add(a + sliverRows, 1, b + step, rows: 6)
    sums.add(a + 2 * sliverRows, 1, b + 2 * step, rows: 6)
    sums.add(a + 3 * sliverRows, 1, b + 3 * step, rows: 6)
    a += 4 * sliverRows
    b += 4 * step
  }
  for _ in 0..<k % 4 {
    sums.add(a, 1, b, rows: 6)
    a += sliverRows
    b += step
  }
  sums.store(c, ldc, rows: rows, adding: adding)
}
