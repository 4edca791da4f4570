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

/// The sums of a tile of C, twelve registers: row by row, two to each.
private struct TileSums<T: RealElement> {
  typealias V = T.Vector
  var c00 = V(0), c01 = V(0)
  var c10 = V(0), c11 = V(0)
  var c20 = V(0), c21 = V(0)
  var c30 = V(0), c31 = V(0)
  var c40 = V(0), c41 = V(0)
  var c50 = V(0), c51 = V(0)

  @inline(__always) init() {}

  /// Adds one column of A times one row of B.
  @inline(__always)
  mutating func add(_ a: UnsafePointer<T>, _ b: UnsafePointer<T>) {
    let b0 = V.load(b), b1 = V.load(b + V.lanes)
    let a0 = V(a[0])
    c00 = V.multiplyAdd(a0, b0, c00)
    c01 = V.multiplyAdd(a0, b1, c01)
    let a1 = V(a[1])
    c10 = V.multiplyAdd(a1, b0, c10)
    c11 = V.multiplyAdd(a1, b1, c11)
    let a2 = V(a[2])
    c20 = V.multiplyAdd(a2, b0, c20)
    c21 = V.multiplyAdd(a2, b1, c21)
    let a3 = V(a[3])
    c30 = V.multiplyAdd(a3, b0, c30)
    c31 = V.multiplyAdd(a3, b1, c31)
    let a4 = V(a[4])
    c40 = V.multiplyAdd(a4, b0, c40)
    c41 = V.multiplyAdd(a4, b1, c41)
    let a5 = V(a[5])
    c50 = V.multiplyAdd(a5, b0, c50)
    c51 = V.multiplyAdd(a5, b1, c51)
  }

  /// The same for four rows.
  @inline(__always)
  mutating func addFour(_ a: UnsafePointer<T>, _ b: UnsafePointer<T>) {
    let b0 = V.load(b), b1 = V.load(b + V.lanes)
    let a0 = V(a[0])
    c00 = V.multiplyAdd(a0, b0, c00)
    c01 = V.multiplyAdd(a0, b1, c01)
    let a1 = V(a[1])
    c10 = V.multiplyAdd(a1, b0, c10)
    c11 = V.multiplyAdd(a1, b1, c11)
    let a2 = V(a[2])
    c20 = V.multiplyAdd(a2, b0, c20)
    c21 = V.multiplyAdd(a2, b1, c21)
    let a3 = V(a[3])
    c30 = V.multiplyAdd(a3, b0, c30)
    c31 = V.multiplyAdd(a3, b1, c31)
  }

  /// Writes the sums of `rows` rows to C, or adds them to what is there.
  @inline(__always)
  func store(_ c: UnsafeMutablePointer<T>, _ ldc: Int, rows: Int, adding: Bool) {
    Self.store(c00, c01, c, adding)
    if rows > 1 { Self.store(c10, c11, c + ldc, adding) }
    if rows > 2 { Self.store(c20, c21, c + 2 * ldc, adding) }
    if rows > 3 { Self.store(c30, c31, c + 3 * ldc, adding) }
    if rows > 4 { Self.store(c40, c41, c + 4 * ldc, adding) }
    if rows > 5 { Self.store(c50, c51, c + 5 * ldc, adding) }
  }

  @inline(__always)
  private static func store(_ left: V, _ right: V, _ c: UnsafeMutablePointer<T>, _ adding: Bool) {
    let lanes = V.lanes
    if adding {
      V.sum(V.load(c), left).store(c)
      V.sum(V.load(c + lanes), right).store(c + lanes)
    } else {
      left.store(c)
      right.store(c + lanes)
    }
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
  var sums = TileSums<T>()
  var a = a
  var b = b
  if rows <= 4 {
    for _ in 0..<k {
      sums.addFour(a, b)
      a += sliverRows
      b += step
    }
    return sums.store(c, ldc, rows: rows, adding: adding)
  }
  // Four levels at a time: one by one, the loop itself takes a tenth of the time.
  for _ in 0..<k / 4 {
    // A comes from the second-level cache, which is some levels away.
    prefetchLine(a + 16 * sliverRows)
    sums.add(a, b)
    sums.add(a + sliverRows, b + step)
    sums.add(a + 2 * sliverRows, b + 2 * step)
    sums.add(a + 3 * sliverRows, b + 3 * step)
    a += 4 * sliverRows
    b += 4 * step
  }
  for _ in 0..<k % 4 {
    sums.add(a, b)
    a += sliverRows
    b += step
  }
  sums.store(c, ldc, rows: rows, adding: adding)
}
