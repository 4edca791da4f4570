// Products that are not worth packing: tiny ones, those with few rows, those with a small B.

/// C = op(A) op(B) by plain loops, four columns at a time; for a few hundred multiply-adds.
func multiplyTiny<T: RealElement>(
  _ shape: ProductShape, _ a: MatrixView<T>, _ b: MatrixView<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int
) {
  for i in 0..<shape.m {
    let row = a.base + i * a.rowStep
    let to = c + i * ldc
    if b.transposed {
      multiplyRow(shape.k, row, a.columnStep, b.base, 1, b.leading, to, shape.n, true)
    } else {
      // A step of 1 that the compiler sees: it makes vectors of the four sums.
      multiplyRow(shape.k, row, a.columnStep, b.base, b.leading, 1, to, shape.n, true)
    }
  }
}

/// c[j] = Σ a[p] b[p, j], for any layout of B.
@inline(__always)
private func multiplyRow<T: RealElement>(
  _ k: Int, _ a: UnsafePointer<T>, _ step: Int, _ b: UnsafePointer<T>, _ rowStep: Int,
  _ columnStep: Int, _ c: UnsafeMutablePointer<T>, _ n: Int, _ first: Bool
) {
  var j = 0
  while j + 4 <= n {
    var s0: T = first ? 0 : c[j]
    var s1: T = first ? 0 : c[j + 1]
    var s2: T = first ? 0 : c[j + 2]
    var s3: T = first ? 0 : c[j + 3]
    for p in 0..<k {
      let x = a[p * step]
      let q = b + p * rowStep + j * columnStep
      s0 = T.multiplyAdd(x, q[0], s0)
      s1 = T.multiplyAdd(x, q[columnStep], s1)
      s2 = T.multiplyAdd(x, q[2 * columnStep], s2)
      s3 = T.multiplyAdd(x, q[3 * columnStep], s3)
    }
    c[j] = s0
    c[j + 1] = s1
    c[j + 2] = s2
    c[j + 3] = s3
    j += 4
  }
  while j < n {
    var s: T = first ? 0 : c[j]
    for p in 0..<k { s = T.multiplyAdd(a[p * step], b[p * rowStep + j * columnStep], s) }
    c[j] = s
    j += 1
  }
}

/// C = op(A) op(B) for few rows, little work or a small B, which is read where it lies.
func multiplyNarrow<T: RealElement>(
  _ shape: ProductShape, _ a: MatrixView<T>, _ b: MatrixView<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int, _ workers: Workers, _ parallel: Bool
) {
  // Columns of a piece of work: a multiple of any register, and not too little to do.
  let wanted = (1 << 17) / max(shape.m * shape.k, 1)
  let width = parallel ? max(shape.m < narrow ? 64 : 16, (wanted + 15) / 16 * 16) : shape.n
  let pieces = (shape.n + width - 1) / width
  if b.transposed {
    if a.transposed && shape.m > 1 {
      // Rows of A are gathered, so that both operands run along k.
      workers.withScratch(bytes: shape.m * shape.k * MemoryLayout<T>.stride) { memory in
        let rows = memory.bindMemory(to: T.self, capacity: shape.m * shape.k)
        for p in 0..<shape.k {
          for i in 0..<shape.m { rows[i * shape.k + p] = a.base[p * a.leading + i] }
        }
        dotPieces(
          shape, MatrixView(UnsafePointer(rows), shape.k, false), b, c, ldc, workers, pieces, width)
      }
      return
    }
    if a.transposed && a.leading != 1 {
      // One row of A, spread over memory.
      workers.withScratch(bytes: shape.k * MemoryLayout<T>.stride) { memory in
        let row = memory.bindMemory(to: T.self, capacity: shape.k)
        for p in 0..<shape.k { row[p] = a.base[p * a.leading] }
        dotPieces(
          shape, MatrixView(UnsafePointer(row), shape.k, false), b, c, ldc, workers, pieces, width)
      }
      return
    }
    let rows = a.transposed ? MatrixView(a.base, shape.k, false) : a
    dotPieces(shape, rows, b, c, ldc, workers, pieces, width)
    return
  }
  if pieces == 1 { return directColumns(shape, a, b, c, ldc, 0, shape.n) }
  workers.run(pieces: pieces) { piece in
    directColumns(shape, a, b, c, ldc, piece * width, min(shape.n, (piece + 1) * width))
  }
}

// MARK: - B by rows

/// Columns from..<to of C, where rows of B are contiguous.
private func directColumns<T: RealElement>(
  _ shape: ProductShape, _ a: MatrixView<T>, _ b: MatrixView<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int, _ from: Int, _ to: Int
) {
  let lanes = T.Vector.lanes
  let rowStep = a.rowStep
  let columnStep = a.columnStep
  // When B is larger than the second-level cache a few of its rows are read
  // side by side to their end; else each tile goes through all of k at once.
  let large = shape.k * shape.n * MemoryLayout<T>.stride > 1 << 19
  let depth = large ? 8 : shape.k
  var level = 0
  while level < shape.k {
    let k = min(depth, shape.k - level)
    let first = level == 0
    let left = a.base + level * columnStep
    let right = b.base + level * b.leading
    var j = from
    if shape.m == 1 {
      // One row has too few sums to keep the multipliers busy, so more columns.
      while j + 8 * lanes <= to {
        wideRow(k, left, columnStep, right + j, b.leading, c + j, first)
        j += 8 * lanes
      }
    }
    while j + 2 * lanes <= to {
      let q = right + j
      var i = 0
      while i < shape.m {
        let p = left + i * rowStep
        let place = c + i * ldc + j
        switch shape.m - i {
        case 1: directRows(1, k, p, rowStep, columnStep, q, b.leading, place, ldc, first)
        case 2: directRows(2, k, p, rowStep, columnStep, q, b.leading, place, ldc, first)
        case 3: directRows(3, k, p, rowStep, columnStep, q, b.leading, place, ldc, first)
        case 4: directRows(4, k, p, rowStep, columnStep, q, b.leading, place, ldc, first)
        case 5: directRows(5, k, p, rowStep, columnStep, q, b.leading, place, ldc, first)
        default: directRows(6, k, p, rowStep, columnStep, q, b.leading, place, ldc, first)
        }
        i += 6
      }
      j += 2 * lanes
    }
    if j + lanes <= to {
      for i in 0..<shape.m {
        let place = c + i * ldc + j
        var sum = first ? T.Vector(0) : T.Vector.load(place)
        for p in 0..<k {
          sum = T.Vector.multiplyAdd(
            T.Vector(left[i * rowStep + p * columnStep]), T.Vector.load(right + p * b.leading + j),
            sum)
        }
        sum.store(place)
      }
      j += lanes
    }
    if j < to {
      for i in 0..<shape.m {
        multiplyRow(
          k, left + i * rowStep, columnStep, right + j, b.leading, 1, c + i * ldc + j, to - j, first)
      }
    }
    level += k
  }
}

/// One row by eight registers of columns.
@inline(__always)
private func wideRow<T: RealElement>(
  _ k: Int, _ a: UnsafePointer<T>, _ columnStep: Int, _ b: UnsafePointer<T>, _ ldb: Int,
  _ c: UnsafeMutablePointer<T>, _ first: Bool
) {
  typealias V = T.Vector
  let lanes = V.lanes
  var s0 = first ? V(0) : V.load(c + 0 * lanes)
  var s1 = first ? V(0) : V.load(c + 1 * lanes)
  var s2 = first ? V(0) : V.load(c + 2 * lanes)
  var s3 = first ? V(0) : V.load(c + 3 * lanes)
  var s4 = first ? V(0) : V.load(c + 4 * lanes)
  var s5 = first ? V(0) : V.load(c + 5 * lanes)
  var s6 = first ? V(0) : V.load(c + 6 * lanes)
  var s7 = first ? V(0) : V.load(c + 7 * lanes)
  for p in 0..<k {
    let x = V(a[p * columnStep])
    let q = b + p * ldb
    s0 = V.multiplyAdd(x, V.load(q + 0 * lanes), s0)
    s1 = V.multiplyAdd(x, V.load(q + 1 * lanes), s1)
    s2 = V.multiplyAdd(x, V.load(q + 2 * lanes), s2)
    s3 = V.multiplyAdd(x, V.load(q + 3 * lanes), s3)
    s4 = V.multiplyAdd(x, V.load(q + 4 * lanes), s4)
    s5 = V.multiplyAdd(x, V.load(q + 5 * lanes), s5)
    s6 = V.multiplyAdd(x, V.load(q + 6 * lanes), s6)
    s7 = V.multiplyAdd(x, V.load(q + 7 * lanes), s7)
  }
  s0.store(c + 0 * lanes)
  s1.store(c + 1 * lanes)
  s2.store(c + 2 * lanes)
  s3.store(c + 3 * lanes)
  s4.store(c + 4 * lanes)
  s5.store(c + 5 * lanes)
  s6.store(c + 6 * lanes)
  s7.store(c + 7 * lanes)
}

/// Up to six rows, a constant number of them, by two registers of columns.
@inline(__always)
private func directRows<T: RealElement>(
  _ rows: Int, _ k: Int, _ a: UnsafePointer<T>, _ rowStep: Int, _ columnStep: Int,
  _ b: UnsafePointer<T>, _ ldb: Int, _ c: UnsafeMutablePointer<T>, _ ldc: Int, _ first: Bool
) {
  var sums = first ? RegisterTile<T>() : RegisterTile<T>(c, ldc, rows: rows)
  for p in 0..<k { sums.add(a + p * columnStep, rowStep, b + p * ldb, rows: rows) }
  sums.store(c, ldc, rows: rows, adding: false)
}

// MARK: - B by columns

private func dotPieces<T: RealElement>(
  _ shape: ProductShape, _ a: MatrixView<T>, _ b: MatrixView<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int, _ workers: Workers, _ pieces: Int, _ width: Int
) {
  if pieces == 1 { return dotColumns(shape, a, b, c, ldc, 0, shape.n) }
  workers.run(pieces: pieces) { piece in
    dotColumns(shape, a, b, c, ldc, piece * width, min(shape.n, (piece + 1) * width))
  }
}

/// Columns from..<to of C, where rows of A and columns of B are contiguous: four dot products at a
/// time, and each column by the same sums whether it is one of four or not.
private func dotColumns<T: RealElement>(
  _ shape: ProductShape, _ a: MatrixView<T>, _ b: MatrixView<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int, _ from: Int, _ to: Int
) {
  typealias V = T.Vector
  let lanes = V.lanes
  let k = shape.k
  let whole = k - k % (2 * lanes)
  var j = from
  while j < to {
    let last = to - 1
    // Columns past the end repeat the last one, and are not stored.
    let q0 = b.base + j * b.leading
    let q1 = b.base + min(j + 1, last) * b.leading
    let q2 = b.base + min(j + 2, last) * b.leading
    let q3 = b.base + min(j + 3, last) * b.leading
    for i in 0..<shape.m {
      let p = a.base + i * a.leading
      var s0 = V(0)
      var s1 = s0
      var s2 = s0
      var s3 = s0
      var t0 = s0
      var t1 = s0
      var t2 = s0
      var t3 = s0
      var l = 0
      while l < whole {
        let x = V.load(p + l)
        s0 = V.multiplyAdd(x, V.load(q0 + l), s0)
        s1 = V.multiplyAdd(x, V.load(q1 + l), s1)
        s2 = V.multiplyAdd(x, V.load(q2 + l), s2)
        s3 = V.multiplyAdd(x, V.load(q3 + l), s3)
        let y = V.load(p + l + lanes)
        t0 = V.multiplyAdd(y, V.load(q0 + l + lanes), t0)
        t1 = V.multiplyAdd(y, V.load(q1 + l + lanes), t1)
        t2 = V.multiplyAdd(y, V.load(q2 + l + lanes), t2)
        t3 = V.multiplyAdd(y, V.load(q3 + l + lanes), t3)
        l += 2 * lanes
      }
      s0 = V.sum(s0, t0)
      s1 = V.sum(s1, t1)
      s2 = V.sum(s2, t2)
      s3 = V.sum(s3, t3)
      var r0 = total(s0)
      var r1 = total(s1)
      var r2 = total(s2)
      var r3 = total(s3)
      while l < k {
        r0 = T.multiplyAdd(p[l], q0[l], r0)
        r1 = T.multiplyAdd(p[l], q1[l], r1)
        r2 = T.multiplyAdd(p[l], q2[l], r2)
        r3 = T.multiplyAdd(p[l], q3[l], r3)
        l += 1
      }
      let place = c + i * ldc + j
      place[0] = r0
      if j + 1 < to { place[1] = r1 }
      if j + 2 < to { place[2] = r2 }
      if j + 3 < to { place[3] = r3 }
    }
    j += 4
  }
}

/// The sum of the lanes, halves first.
@inline(__always) private func total<V: RealVector>(_ v: V) -> V.Element {
  if V.lanes == 8 {
    return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]))
  }
  return (v[0] + v[2]) + (v[1] + v[3])
}
