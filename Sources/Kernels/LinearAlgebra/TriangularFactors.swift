// Gaussian elimination and Cholesky's method, and what follows from triangles: systems, inverses, determinants.
// Golub & Van Loan 2013, "Matrix Computations", chapters 3 and 4. Matrices are row-major, in double precision.

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Columns that are eliminated together; the rest is updated by a matrix product.
private let panel = 64

/// out = A⁻¹ B, or A⁻ᵀ B, with A of [n, n] and B of [n, columns]. False if A is singular: a pivot vanishes beside its row and
/// its column as they were given.
package func solveSystem(
  n: Int, columns: Int, a: UnsafePointer<Double>, b: UnsafePointer<Double>, transposed: Bool, out: UnsafeMutablePointer<Double>, workers: Workers
) -> Bool {
  withFactors(n, a, workers) { lu, order, _ in
    guard isRegular(n, a, UnsafePointer(lu), UnsafePointer(order)) else { return false }
    let factors = MatrixView(UnsafePointer(lu), n, transposed)
    if transposed {
      // A = Pᵀ L U: Aᵀ x = b is Uᵀ Lᵀ P x = b.
      return workers.withScratch(bytes: max(1, n * columns) * 8) { memory in
        let x = memory.bindMemory(to: Double.self, capacity: n * columns)
        x.update(from: b, count: n * columns)
        solveTriangle(factors, n, lower: true, unit: false, x, columns, workers)
        solveTriangle(factors, n, lower: false, unit: true, x, columns, workers)
        for i in 0..<n { (out + order[i] * columns).update(from: x + i * columns, count: columns) }
        return true
      }
    }
    for i in 0..<n { (out + i * columns).update(from: b + order[i] * columns, count: columns) }
    solveTriangle(factors, n, lower: true, unit: true, out, columns, workers)
    solveTriangle(factors, n, lower: false, unit: false, out, columns, workers)
    return true
  }
}

/// out = T⁻¹ B or T⁻ᵀ B, where of A only the lower or the upper triangle T is read. False if its diagonal holds a zero.
package func solveTriangular(
  n: Int, columns: Int, a: UnsafePointer<Double>, b: UnsafePointer<Double>, lower: Bool, transposed: Bool, out: UnsafeMutablePointer<Double>,
  workers: Workers
) -> Bool {
  for i in 0..<n where a[i * n + i] == 0 { return false }
  out.update(from: b, count: n * columns)
  solveTriangle(MatrixView(a, n, transposed), n, lower: lower != transposed, unit: false, out, columns, workers)
  return true
}

/// out = A⁻¹. False if A is singular.
package func invert(n: Int, a: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>, workers: Workers) -> Bool {
  workers.withScratch(bytes: max(1, n * n) * 8) { memory in
    let identity = memory.bindMemory(to: Double.self, capacity: n * n)
    identity.update(repeating: 0, count: n * n)
    for i in 0..<n { identity[i * n + i] = 1 }
    return solveSystem(n: n, columns: n, a: a, b: UnsafePointer(identity), transposed: false, out: out, workers: workers)
  }
}

/// The determinant; 1 of a matrix without rows.
package func determinant(n: Int, a: UnsafePointer<Double>, workers: Workers) -> Double {
  withFactors(n, a, workers) { lu, _, sign in
    var product = sign
    for i in 0..<n { product *= lu[i * n + i] }
    return product
  }
}

/// The determinant's sign and the logarithm of its magnitude: 0 and -∞ for a singular matrix.
package func logDeterminant(n: Int, a: UnsafePointer<Double>, workers: Workers) -> (sign: Double, logarithm: Double) {
  withFactors(n, a, workers) { lu, _, sign in
    var sign = sign, total = 0.0
    for i in 0..<n {
      let pivot = lu[i * n + i]
      if pivot == 0 { return (0, -.infinity) }
      if pivot < 0 { sign = -sign }
      total += log(pivot.magnitude)
    }
    return (total.isNaN ? .nan : sign, total)
  }
}

/// out = det(A) · A⁻ᵀ, the matrix of signed minors, which is there for singular matrices, too.
///
/// With all pivots searched for, P A Q = L U has the zeros of U's diagonal at its end. adj(A) = ± Q · adj(U) · L⁻¹ · P, and with
/// U = [[V, w], [0, u]] and d = det(V): adj(U) = d · [[u V⁻¹, -V⁻¹ w], [0, 1]], which needs no u other than 0.
package func cofactors(n: Int, a: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>, workers: Workers) {
  if n == 0 { return }
  workers.withScratch(bytes: (2 * n * n + 2 * n) * 8) { memory in
    let u = memory.bindMemory(to: Double.self, capacity: 2 * n * n), m = u + n * n
    let rows = UnsafeMutableRawPointer(m + n * n).bindMemory(to: Int.self, capacity: 2 * n), columns = rows + n
    u.update(from: a, count: n * n)
    var sign = 1.0
    for i in 0..<n { (rows[i], columns[i]) = (i, i) }
    for j in 0..<n {
      if Interrupt.isRequested { return }
      var (row, column) = (j, j)
      for y in j..<n {
        for x in j..<n where u[y * n + x].magnitude > u[row * n + column].magnitude { (row, column) = (y, x) }
      }
      if row != j {
        swapRows(u + row * n, u + j * n, n)
        (rows[row], rows[j]) = (rows[j], rows[row])
        sign = -sign
      }
      if column != j {
        for y in 0..<n { (u[y * n + column], u[y * n + j]) = (u[y * n + j], u[y * n + column]) }
        (columns[column], columns[j]) = (columns[j], columns[column])
        sign = -sign
      }
      let pivot = u[j * n + j]
      if pivot == 0 { break }
      for y in j + 1..<max(n, j + 1) {
        let factor = u[y * n + j] / pivot
        u[y * n + j] = factor
        addRow(-factor, u + j * n + j + 1, u + y * n + j + 1, n - j - 1)
      }
    }
    var d = sign
    for i in 0..<n - 1 { d *= u[i * n + i] }
    if d == 0 {
      out.update(repeating: 0, count: n * n)
      return
    }
    m.update(repeating: 0, count: n * n)
    for i in 0..<n { m[i * n + rows[i]] = 1 }
    solveTriangle(MatrixView(UnsafePointer(u), n, false), n, lower: true, unit: true, m, n, workers)
    let last = m + (n - 1) * n
    for i in 0..<n - 1 {
      scaleRow(u[n * n - 1], m + i * n, n)
      addRow(-u[i * n + n - 1], last, m + i * n, n)
    }
    solveTriangle(MatrixView(UnsafePointer(u), n, false), n - 1, lower: false, unit: false, m, n, workers)
    for j in 0..<n {
      for c in 0..<n { out[c * n + columns[j]] = d * m[j * n + c] }
    }
  }
}

/// out = L with L Lᵀ = (A + Aᵀ) / 2 and zeros above the diagonal. The size of the first leading minor that is not positive, else nil.
package func cholesky(n: Int, a: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>) -> Int? {
  for i in 0..<n {
    if Interrupt.isRequested { return nil }
    let row = out + i * n
    for j in 0..<i {
      let rest = (a[i * n + j] + a[j * n + i]) / 2 - dotRows(row, out + j * n, j)
      row[j] = rest / out[j * n + j]
    }
    let rest = a[i * n + i] - dotRows(row, row, i)
    if rest <= 0 { return i + 1 }
    row[i] = rest.squareRoot()
    for j in i + 1..<max(n, i + 1) { row[j] = 0 }
  }
  return nil
}

// MARK: - Elimination

/// P A = L U with L below the diagonal, its ones left out, and U from there on; row i of P A is row `order[i]` of A.
private func withFactors<Result>(
  _ n: Int, _ a: UnsafePointer<Double>, _ workers: Workers, _ body: (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Int>, Double) -> Result
) -> Result {
  workers.withScratch(bytes: (n * n + n + 1) * 8) { memory in
    let lu = memory.bindMemory(to: Double.self, capacity: n * n)
    let order = UnsafeMutableRawPointer(lu + n * n).bindMemory(to: Int.self, capacity: n + 1)
    lu.update(from: a, count: n * n)
    return body(lu, order, eliminate(n, lu, order, workers))
  }
}

/// The sign of the permutation.
private func eliminate(_ n: Int, _ a: UnsafeMutablePointer<Double>, _ order: UnsafeMutablePointer<Int>, _ workers: Workers) -> Double {
  var sign = 1.0
  for i in 0..<n { order[i] = i }
  for start in stride(from: 0, to: n, by: panel) {
    if Interrupt.isRequested { return sign }
    let end = min(n, start + panel), rest = n - end
    for j in start..<end {
      var row = j
      for i in j..<n where a[i * n + j].magnitude > a[row * n + j].magnitude { row = i }
      if row != j {
        swapRows(a + row * n, a + j * n, n)
        (order[row], order[j]) = (order[j], order[row])
        sign = -sign
      }
      let pivot = a[j * n + j]
      if pivot == 0 { continue }
      for i in j + 1..<max(n, j + 1) {
        let factor = a[i * n + j] / pivot
        a[i * n + j] = factor
        if factor != 0 { addRow(-factor, a + j * n + j + 1, a + i * n + j + 1, end - j - 1) }
      }
    }
    if rest == 0 { break }
    for j in start..<end {
      for i in j + 1..<max(end, j + 1) { addRow(-a[i * n + j], a + j * n + end, a + i * n + end, rest) }
    }
    let left = MatrixView(UnsafePointer(a + end * n + start), n, false), right = MatrixView(UnsafePointer(a + start * n + end), n, false)
    subtractProduct(ProductShape(m: rest, n: rest, k: end - start), left, right, from: a + end * n + end, n, workers)
  }
  return sign
}

/// Whether each pivot stands out of the rounding errors of the row and of the column that it comes from.
private func isRegular(_ n: Int, _ a: UnsafePointer<Double>, _ lu: UnsafePointer<Double>, _ order: UnsafePointer<Int>) -> Bool {
  for j in 0..<n {
    let pivot = lu[j * n + j].magnitude
    if pivot == 0 { return false }
    let row = greatestMagnitude(a + order[j] * n, n)
    // Nearly all pivots are large: the column, read across all rows, is looked at for small ones only.
    guard pivot < row * 1e-8 else { continue }
    var column = 0.0
    for i in 0..<n { column = max(column, a[i * n + j].magnitude) }
    if pivot <= min(row, column) * Double.ulpOfOne { return false }
  }
  return true
}

/// c -= a · b
private func subtractProduct(
  _ shape: ProductShape, _ a: MatrixView<Double>, _ b: MatrixView<Double>, from c: UnsafeMutablePointer<Double>, _ leading: Int, _ workers: Workers
) {
  workers.withScratch(bytes: shape.m * shape.n * 8) { memory in
    let product = memory.bindMemory(to: Double.self, capacity: shape.m * shape.n)
    multiply(shape, a, b, product, shape.n, workers, parallel: workers.threads > 1)
    for i in 0..<shape.m { subtractRow(product + i * shape.n, c + i * leading, shape.n) }
  }
}

/// b = T⁻¹ b for a triangle T of [n, n] and b of [n, columns].
func solveTriangle(
  _ t: MatrixView<Double>, _ n: Int, lower: Bool, unit: Bool, _ b: UnsafeMutablePointer<Double>, _ columns: Int, _ workers: Workers
) {
  if columns == 0 { return }
  let (down, across) = (t.rowStep, t.columnStep)
  func row(_ i: Int, _ known: Range<Int>) {
    let target = b + i * columns
    for j in known { addRow(-t.base[i * down + j * across], b + j * columns, target, columns) }
    if !unit {
      let pivot = t.base[i * down + i * across]
      for c in 0..<columns { target[c] /= pivot }
    }
  }
  let blocks = (n + panel - 1) / panel
  for number in 0..<blocks {
    if Interrupt.isRequested { return }
    let start = (lower ? number : blocks - 1 - number) * panel, end = min(n, start + panel)
    if lower {
      for i in start..<end { row(i, start..<i) }
    } else {
      for i in (start..<end).reversed() { row(i, i + 1..<end) }
    }
    let others = lower ? end..<n : 0..<start
    if others.isEmpty { continue }
    subtractProduct(
      ProductShape(m: others.count, n: columns, k: end - start), t.moved(by: others.lowerBound * down + start * across),
      MatrixView(UnsafePointer(b + start * columns), columns, false), from: b + others.lowerBound * columns, columns, workers)
  }
}
