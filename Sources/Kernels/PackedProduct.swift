// The packed product, after K. Goto and R. van de Geijn, "Anatomy of
// high-performance matrix multiplication" (2008).
//
// Panels of both operands are copied into the order in which the register
// kernel reads them: A in slivers of 6 rows, [sliver][k][6], B in slivers of
// two registers of columns, [sliver][k][2 · lanes]. A sliver of B stays in the
// first-level cache while a tile of A, in the second, passes by. Packing reads
// either orientation, so no operand is ever transposed as a whole. Short
// slivers are filled with zeros, and what they give is not stored.

/// Rows of the register kernel: 6 × 2 registers of sums, 2 of B and 1 of A are 15 of 16.
private let sliverRows = 6
/// The greatest depth of a panel: a sliver of B is 20 KB.
private let panelDepth = 320
/// Rows of A that are packed at a time.
private let panelRows = 1152
/// Columns of B that are packed at a time.
private let panelColumns = 1536
/// Rows of the tile of A that is worked through with each sliver of B: about 100 KB.
private let tileRows = 96
/// Columns of a piece of work.
private let tileColumns = 64

/// C = op(A) op(B) by packed panels; m, n and k are positive.
func multiplyPacked<T: RealElement>(
  _ shape: ProductShape, _ a: MatrixView<T>, _ b: MatrixView<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int, _ workers: Workers, _ parallel: Bool
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
          multiplyPanels(panel, packedA, packedB, c, ldc, workers, parallel)
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
private struct Panel {
  var row: Int
  var column: Int
  var level: Int
  var m: Int
  var n: Int
  var k: Int
}

// MARK: - Packing

private func packPanels<T: RealElement>(
  _ panel: Panel, _ a: MatrixView<T>, _ b: MatrixView<T>,
  _ packedA: UnsafeMutablePointer<T>, _ packedB: UnsafeMutablePointer<T>, withB: Bool,
  _ workers: Workers, _ parallel: Bool
) {
  let sliverColumns = 2 * T.Vector.lanes
  let piecesA = (panel.m + tileRows - 1) / tileRows
  let piecesB = withB ? (panel.n + tileColumns - 1) / tileColumns : 0
  let pack = { (piece: Int) in
    if piece < piecesA {
      var row = piece * tileRows
      let end = min(panel.m, row + tileRows)
      while row < end {
        packRows(
          a, panel.row + row, min(sliverRows, end - row), panel.level, panel.k,
          packedA + row * panel.k)
        row += sliverRows
      }
    } else {
      var column = (piece - piecesA) * tileColumns
      let end = min(panel.n, column + tileColumns)
      while column < end {
        packColumns(
          b, panel.column + column, min(sliverColumns, end - column), panel.level, panel.k,
          packedB + column * panel.k)
        column += sliverColumns
      }
    }
  }
  if parallel {
    workers.run(pieces: piecesA + piecesB, pack)
  } else {
    for piece in 0..<piecesA + piecesB { pack(piece) }
  }
}

/// Up to 6 rows of op(A), `k` columns from `level`: [k][6].
@inline(__always)
private func packRows<T: RealElement>(
  _ a: MatrixView<T>, _ row: Int, _ rows: Int, _ level: Int, _ k: Int,
  _ to: UnsafeMutablePointer<T>
) {
  let from = a.base + row * a.rowStep + level * a.columnStep
  if rows < sliverRows {
    to.update(repeating: 0, count: k * sliverRows)
    for p in 0..<k {
      for r in 0..<rows { to[p * sliverRows + r] = from[r * a.rowStep + p * a.columnStep] }
    }
  } else if a.transposed {
    for p in 0..<k {
      let q = from + p * a.leading
      let t = to + p * sliverRows
      t[0] = q[0]
      t[1] = q[1]
      t[2] = q[2]
      t[3] = q[3]
      t[4] = q[4]
      t[5] = q[5]
    }
  } else {
    let step = a.leading
    for p in 0..<k {
      let q = from + p
      let t = to + p * sliverRows
      t[0] = q[0]
      t[1] = q[step]
      t[2] = q[2 * step]
      t[3] = q[3 * step]
      t[4] = q[4 * step]
      t[5] = q[5 * step]
    }
  }
}

/// Up to two registers of columns of op(B), `k` rows from `level`: [k][2 · lanes].
@inline(__always)
private func packColumns<T: RealElement>(
  _ b: MatrixView<T>, _ column: Int, _ columns: Int, _ level: Int, _ k: Int,
  _ to: UnsafeMutablePointer<T>
) {
  let lanes = T.Vector.lanes
  let sliverColumns = 2 * lanes
  let from = b.base + level * b.rowStep + column * b.columnStep
  if columns < sliverColumns {
    to.update(repeating: 0, count: k * sliverColumns)
    for p in 0..<k {
      for j in 0..<columns { to[p * sliverColumns + j] = from[p * b.rowStep + j * b.columnStep] }
    }
  } else if b.transposed {
    // Stored rows are columns here. A few levels at a time, so that the lines
    // written stay in the cache until they are full.
    var p = 0
    while p < k {
      let end = min(k, p + 16)
      for j in 0..<sliverColumns {
        let q = from + j * b.leading
        for l in p..<end { to[l * sliverColumns + j] = q[l] }
      }
      p = end
    }
  } else {
    for p in 0..<k {
      let q = from + p * b.leading
      let t = to + p * sliverColumns
      T.Vector.load(q).store(t)
      T.Vector.load(q + lanes).store(t + lanes)
    }
  }
}

// MARK: - Multiplying

private func multiplyPanels<T: RealElement>(
  _ panel: Panel, _ packedA: UnsafePointer<T>, _ packedB: UnsafePointer<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int, _ workers: Workers, _ parallel: Bool
) {
  let acrossRows = (panel.m + tileRows - 1) / tileRows
  // Few large pieces would leave a core that comes late with nothing to do.
  let width = acrossRows * ((panel.n + tileColumns - 1) / tileColumns) < 8 ? tileColumns / 2 : tileColumns
  let acrossColumns = (panel.n + width - 1) / width
  let origin = c + panel.row * ldc + panel.column
  let first = panel.level == 0
  let tile = { (piece: Int) in
    let row = piece / acrossColumns * tileRows
    let column = piece % acrossColumns * width
    multiplyTile(
      min(tileRows, panel.m - row), min(width, panel.n - column), panel.k,
      packedA + row * panel.k, packedB + column * panel.k,
      origin + row * ldc + column, ldc, first)
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
        if height == sliverRows && width == sliverColumns {
          registerKernel(k, a + row * k, b + column * k, place, ldc, first)
        } else {
          for r in 0..<(first ? 0 : height) {
            for j in 0..<width { corner[r * sliverColumns + j] = place[r * ldc + j] }
          }
          registerKernel(k, a + row * k, b + column * k, corner, sliverColumns, first)
          for r in 0..<height {
            for j in 0..<width { place[r * ldc + j] = corner[r * sliverColumns + j] }
          }
        }
        row += sliverRows
      }
      column += sliverColumns
    }
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

  @inline(__always)
  func store(_ c: UnsafeMutablePointer<T>, _ ldc: Int, adding: Bool) {
    Self.store(c00, c01, c + 0 * ldc, adding)
    Self.store(c10, c11, c + 1 * ldc, adding)
    Self.store(c20, c21, c + 2 * ldc, adding)
    Self.store(c30, c31, c + 3 * ldc, adding)
    Self.store(c40, c41, c + 4 * ldc, adding)
    Self.store(c50, c51, c + 5 * ldc, adding)
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

/// C[6, 2 · lanes] = A B, or += when it isn't the first panel of k.
@inline(__always)
private func registerKernel<T: RealElement>(
  _ k: Int, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int, _ first: Bool
) {
  let step = 2 * T.Vector.lanes
  // C is asked for now and needed at the end: its rows are often far apart, and none of them in the cache.
  for row in 0..<sliverRows { prefetchLine(c + row * ldc) }
  var sums = TileSums<T>()
  var a = a
  var b = b
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
  sums.store(c, ldc, adding: !first)
}
