// Panels of the operands of a packed product, in the order in which the register kernel reads them.
//
// A stands in slivers of 6 rows, [sliver][k][6], B in slivers of two registers
// of columns, [sliver][k][2 · lanes]. Either orientation is read, so no operand
// is ever transposed as a whole. What stands for the missing rows and columns of
// a short sliver does not matter: what comes of them is not stored.

/// Copies a panel of A and, `withB`, one of B.
func packPanels<T: RealElement>(
  _ panel: Panel, _ a: MatrixView<T>, _ b: MatrixView<T>,
  _ packedA: UnsafeMutablePointer<T>, _ packedB: UnsafeMutablePointer<T>, withB: Bool,
  _ workers: Workers, _ parallel: Bool
) {
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
      let column = (piece - piecesA) * tileColumns
      packTile(
        b, panel.column + column, min(tileColumns, panel.n - column), panel.level, panel.k,
        packedB + column * panel.k)
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
  typealias V = T.Vector
  let lanes = V.lanes
  let from = a.base + row * a.rowStep + level * a.columnStep
  var p = 0
  if !a.transposed {
    // A square at a time, the last one over some of the one before. A register of eight holds two too many: those are
    // covered by the next level, so there must be one.
    while p + 1 < k && lanes < k {
      let first = min(p, k - 1 - lanes)
      let q = from + first
      let t = to + first * sliverRows
      V.transpose(q, a.leading, rows: rows, t, sliverRows)
      if lanes < sliverRows {
        let skip = sliverRows - lanes
        V.transpose(q + min(skip, rows - 1) * a.leading, a.leading, rows: max(1, rows - skip), t + skip, sliverRows)
      }
      p = first + lanes
    }
  } else if rows == sliverRows && lanes == 8 {
    // What a register reads too much belongs to the next stored row, and the next level covers it.
    while p + 1 < k {
      V.load(from + p * a.leading).store(to + p * sliverRows)
      p += 1
    }
  } else if rows == sliverRows {
    while p < k {
      let q = from + p * a.leading
      let t = to + p * sliverRows
      V.load(q).store(t)
      V.load(q + 2).store(t + 2)
      p += 1
    }
  }
  while p < k {
    let q = from + p * a.columnStep
    let t = to + p * sliverRows
    for r in 0..<sliverRows { t[r] = q[min(r, rows - 1) * a.rowStep] }
    p += 1
  }
}

/// Up to `tileColumns` columns of op(B), `k` rows from `level`: slivers one after the other.
@inline(__always)
private func packTile<T: RealElement>(
  _ b: MatrixView<T>, _ column: Int, _ columns: Int, _ level: Int, _ k: Int,
  _ to: UnsafeMutablePointer<T>
) {
  typealias V = T.Vector
  let sliverColumns = 2 * V.lanes
  var packed = 0
  if !b.transposed {
    // Whole slivers side by side, so that a stored row is read once and to its end.
    let slivers = columns / sliverColumns
    for p in 0..<k {
      let q = b.base + (level + p) * b.leading + column
      let t = to + p * sliverColumns
      for sliver in 0..<slivers {
        V.load(q + sliver * sliverColumns).store(t + sliver * sliverColumns * k)
        V.load(q + sliver * sliverColumns + V.lanes).store(t + sliver * sliverColumns * k + V.lanes)
      }
    }
    packed = slivers * sliverColumns
  }
  while packed < columns {
    packColumns(b, column + packed, min(sliverColumns, columns - packed), level, k, to + packed * k)
    packed += sliverColumns
  }
}

/// Up to two registers of columns of op(B), `k` rows from `level`: [k][2 · lanes].
@inline(__always)
private func packColumns<T: RealElement>(
  _ b: MatrixView<T>, _ column: Int, _ columns: Int, _ level: Int, _ k: Int,
  _ to: UnsafeMutablePointer<T>
) {
  typealias V = T.Vector
  let lanes = V.lanes
  let sliverColumns = 2 * lanes
  let from = b.base + level * b.rowStep + column * b.columnStep
  var p = 0
  if b.transposed {
    // Stored rows are columns here.
    while p < k && lanes <= k {
      let first = min(p, k - lanes)
      let t = to + first * sliverColumns
      V.transpose(from + first, b.leading, rows: min(columns, lanes), t, sliverColumns)
      if columns > lanes {
        V.transpose(from + lanes * b.leading + first, b.leading, rows: columns - lanes, t + lanes, sliverColumns)
      }
      p = first + lanes
    }
  } else if columns >= lanes {
    while p < k {
      let q = from + p * b.leading
      let t = to + p * sliverColumns
      V.load(q).store(t)
      for j in lanes..<columns { t[j] = q[j] }
      p += 1
    }
  }
  while p < k {
    let q = from + p * b.rowStep
    let t = to + p * sliverColumns
    for j in 0..<columns { t[j] = q[j * b.columnStep] }
    p += 1
  }
}
