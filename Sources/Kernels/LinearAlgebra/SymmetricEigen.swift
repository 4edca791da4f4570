// Eigenvalues of symmetric matrices: Householder's reflections to tridiagonal form, then QR steps with Wilkinson's shift.
// Golub & Van Loan 2013, section 8.3.

/// (A + Aᵀ) / 2 = V diag(w) Vᵀ: w of [n] ascending, V of [n, n] with the eigenvectors as orthonormal columns, of each the
/// element of greatest magnitude positive. nan where A is not finite.
package func symmetricEigen(
  n: Int, a: UnsafePointer<Double>, values: UnsafeMutablePointer<Double>, vectors: UnsafeMutablePointer<Double>, workers: Workers
) {
  if n == 0 { return }
  guard isFinite(a, n * n) else {
    values.update(repeating: .nan, count: n)
    vectors.update(repeating: .nan, count: n * n)
    return
  }
  workers.withScratch(bytes: (2 * n * n + 4 * n) * 8) { memory in
    let t = memory.bindMemory(to: Double.self, capacity: 2 * n * n + 4 * n)
    let z = t + n * n, off = z + n * n, row = off + n, factors = row + n
    let order = UnsafeMutableRawPointer(factors + n).bindMemory(to: Int.self, capacity: n)
    let factor = scale(a, n * n)
    for i in 0..<n {
      for j in 0..<n { t[i * n + j] = (a[i * n + j] * factor + a[j * n + i] * factor) / 2 }
    }
    tridiagonalise(n, t, off, factors, row)
    for i in 0..<n { values[i] = t[i * n + i] }
    accumulate(n, t, factors, z)
    diagonalise(n, values, off, z)
    for i in 0..<n { order[i] = i }
    sortAscending(values, order, n)
    for (column, number) in UnsafeBufferPointer(start: order, count: n).enumerated() {
      let vector = z + number * n
      let sign = leadingSign(vector, n)
      for i in 0..<n { vectors[i * n + column] = sign * vector[i] }
    }
    for i in 0..<n { row[i] = values[order[i]] / factor }
    values.update(from: row, count: n)
  }
}

/// 1 or -1: the sign of the element of greatest magnitude, the first of equals.
func leadingSign(_ x: UnsafePointer<Double>, _ count: Int) -> Double {
  var place = 0
  // Elements that agree up to rounding count as equal, so that rounding doesn't choose.
  for i in 1..<max(count, 1) where x[i].magnitude > x[place].magnitude * (1 + 1e-10) { place = i }
  return x[place] < 0 ? -1 : 1
}

/// Puts `order` in ascending order of the values it names, of equal values the first first.
private func sortAscending(_ values: UnsafePointer<Double>, _ order: UnsafeMutablePointer<Int>, _ count: Int) {
  // Heap sort: Knuth, The Art of Computer Programming 3, 5.2.3.
  func sink(_ root: Int, _ end: Int) {
    var root = root
    while 2 * root + 1 < end {
      var child = 2 * root + 1
      if child + 1 < end && isBefore(order[child], order[child + 1]) { child += 1 }
      if !isBefore(order[root], order[child]) { return }
      (order[root], order[child]) = (order[child], order[root])
      root = child
    }
  }
  func isBefore(_ a: Int, _ b: Int) -> Bool { values[a] < values[b] || (values[a] == values[b] && a < b) }
  for root in stride(from: count / 2 - 1, through: 0, by: -1) { sink(root, count) }
  for end in stride(from: count - 1, to: 0, by: -1) {
    (order[0], order[end]) = (order[end], order[0])
    sink(0, end)
  }
}

/// The diagonal stays in `t`, beside it `off`; row j of `t` right of the diagonal keeps reflection j.
private func tridiagonalise(
  _ n: Int, _ t: UnsafeMutablePointer<Double>, _ off: UnsafeMutablePointer<Double>, _ factors: UnsafeMutablePointer<Double>,
  _ row: UnsafeMutablePointer<Double>
) {
  for j in 0..<max(0, n - 1) {
    if Interrupt.isRequested { return }
    let v = t + j * n + j + 1, count = n - j - 1, first = v[0]
    let factor = reflect(v, count)
    factors[j] = factor
    off[j] = factor == 0 ? first : first - v[0]
    if factor == 0 { continue }
    // A - v wᵀ - w vᵀ with w = p - (f/2)(pᵀ v) v and p = f A v.
    row.update(repeating: 0, count: count)
    let corner = t + (j + 1) * n + j + 1
    for i in 0..<count { addRow(factor * v[i], corner + i * n, row, count) }
    addRow(-factor / 2 * dotRows(row, v, count), v, row, count)
    for i in 0..<count {
      addRow(-v[i], row, corner + i * n, count)
      addRow(-row[i], v, corner + i * n, count)
    }
  }
}

/// z = the transposed product of all reflections: rows that become the eigenvectors.
private func accumulate(_ n: Int, _ t: UnsafePointer<Double>, _ factors: UnsafePointer<Double>, _ z: UnsafeMutablePointer<Double>) {
  z.update(repeating: 0, count: n * n)
  for i in 0..<n { z[i * n + i] = 1 }
  for j in (0..<max(0, n - 1)).reversed() where factors[j] != 0 {
    let v = t + j * n + j + 1, count = n - j - 1
    for i in j + 1..<n {
      let line = z + i * n + j + 1
      addRow(-factors[j] * dotRows(line, v, count), v, line, count)
    }
  }
}

/// QR steps on a tridiagonal matrix until nothing stands beside its diagonal; rotations go into the rows of z, too.
private func diagonalise(_ n: Int, _ d: UnsafeMutablePointer<Double>, _ e: UnsafeMutablePointer<Double>, _ z: UnsafeMutablePointer<Double>) {
  var high = n - 1
  // A few steps for each eigenvalue are enough; the bound keeps a fault from running on.
  var stepsLeft = 60 * n + 60
  while high > 0 && stepsLeft > 0 {
    if Interrupt.isRequested { return }
    if isNegligible(d, e, high - 1) {
      high -= 1
      continue
    }
    var low = high - 1
    while low > 0 && !isNegligible(d, e, low - 1) { low -= 1 }
    stepsLeft -= 1
    step(n, d, e, z, low, high)
  }
}

private func isNegligible(_ d: UnsafePointer<Double>, _ e: UnsafePointer<Double>, _ i: Int) -> Bool {
  e[i].magnitude <= Double.ulpOfOne * (d[i].magnitude + d[i + 1].magnitude) || e[i].magnitude < .leastNormalMagnitude
}

/// One QR step on rows low...high: a bulge is made and chased down.
private func step(
  _ n: Int, _ d: UnsafeMutablePointer<Double>, _ e: UnsafeMutablePointer<Double>, _ z: UnsafeMutablePointer<Double>, _ low: Int, _ high: Int
) {
  let half = (d[high - 1] - d[high]) / 2, beside = e[high - 1]
  let root = (half * half + beside * beside).squareRoot()
  let shift = d[high] - beside * (beside / (half + (half < 0 ? -root : root)))
  var x = d[low] - shift, y = e[low]
  for k in low..<high {
    let norm = (x * x + y * y).squareRoot()
    let c = norm == 0 ? 1 : x / norm, s = norm == 0 ? 0 : y / norm
    if k > low { e[k - 1] = norm }
    let (a, b, between) = (d[k], d[k + 1], e[k])
    d[k] = c * c * a + 2 * c * s * between + s * s * b
    d[k + 1] = s * s * a - 2 * c * s * between + c * c * b
    e[k] = c * s * (b - a) + (c * c - s * s) * between
    x = e[k]
    if k + 1 < high {
      y = s * e[k + 1]
      e[k + 1] *= c
    }
    rotateRows(c, s, z + k * n, z + (k + 1) * n, n)
  }
}
