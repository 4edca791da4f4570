// Householder's reflections. Golub & Van Loan 2013, section 5.2.

/// A = Q R with Q of [m, k], k = min(m, n), its columns orthonormal, and R of [k, n] upper triangular, its diagonal not negative:
/// so the two are unique where A has full rank.
package func orthogonalFactors(
  m: Int, n: Int, a: UnsafePointer<Double>, q: UnsafeMutablePointer<Double>, r: UnsafeMutablePointer<Double>, workers: Workers
) {
  let k = min(m, n)
  if k == 0 { return }
  workers.withScratch(bytes: (m * n + k * m + k + max(n, k)) * 8) { memory in
    let work = memory.bindMemory(to: Double.self, capacity: m * n + k * m + k + max(n, k))
    let reflections = Reflections(m: m, n: n, vectors: work + m * n, factors: work + m * n + k * m, row: work + m * n + k * m + k)
    let factor = scale(a, m * n)
    for i in 0..<m * n { work[i] = a[i] * factor }
    reflections.factorise(work, order: nil)
    reflections.makeOrthogonal(q)
    for i in 0..<k {
      for j in 0..<n { r[i * n + j] = j < i ? 0 : work[i * n + j] / factor }
      if r[i * n + i] < 0 {
        for j in i..<n { r[i * n + j] = -r[i * n + j] }
        for y in 0..<m { q[y * k + i] = -q[y * k + i] }
      }
    }
  }
}

/// Reflections I - f v vᵀ that bring a matrix of [m, n] into triangular form.
struct Reflections {
  let m: Int
  let n: Int
  /// A row for each: [k, m], of which row j counts from its element j on.
  let vectors: UnsafeMutablePointer<Double>
  /// f of each.
  let factors: UnsafeMutablePointer<Double>
  /// Room for one row.
  let row: UnsafeMutablePointer<Double>

  var k: Int { min(m, n) }

  /// Leaves R in the upper triangle. With `order` the column of the greatest rest comes next, and column j of the result is column
  /// `order[j]` of the matrix.
  func factorise(_ a: UnsafeMutablePointer<Double>, order: UnsafeMutablePointer<Int>?) {
    if let order { for j in 0..<n { order[j] = j } }
    for j in 0..<k {
      if Interrupt.isRequested { return }
      if let order { bringGreatest(a, to: j, order) }
      let v = vectors + j * m
      for i in j..<m { v[i] = a[i * n + j] }
      factors[j] = reflect(v + j, m - j)
      // v's first element now tells where the column went: -sign · norm.
      let diagonal = a[j * n + j] - v[j]
      apply(j, to: a + j + 1, leading: n, columns: n - j - 1)
      a[j * n + j] = factors[j] == 0 ? a[j * n + j] : diagonal
    }
  }

  /// q = the first k columns of the product of all reflections, [m, k].
  func makeOrthogonal(_ q: UnsafeMutablePointer<Double>) {
    q.update(repeating: 0, count: m * k)
    for i in 0..<k { q[i * k + i] = 1 }
    for j in (0..<k).reversed() { apply(j, to: q + j, leading: k, columns: k - j) }
  }

  /// Reflection j applied to rows j and below of some columns.
  private func apply(_ j: Int, to a: UnsafeMutablePointer<Double>, leading: Int, columns: Int) {
    let factor = factors[j], v = vectors + j * m
    if factor == 0 || columns <= 0 { return }
    row.update(repeating: 0, count: columns)
    for i in j..<m { addRow(v[i], a + i * leading, row, columns) }
    for i in j..<m { addRow(-factor * v[i], row, a + i * leading, columns) }
  }

  private func bringGreatest(_ a: UnsafeMutablePointer<Double>, to j: Int, _ order: UnsafeMutablePointer<Int>) {
    row.update(repeating: 0, count: n)
    for i in j..<m {
      let line = a + i * n
      for c in j..<n { row[c] += line[c] * line[c] }
    }
    var greatest = j
    for c in j..<n where row[c] > row[greatest] { greatest = c }
    if greatest == j { return }
    for i in 0..<m { (a[i * n + j], a[i * n + greatest]) = (a[i * n + greatest], a[i * n + j]) }
    (order[j], order[greatest]) = (order[greatest], order[j])
  }
}

/// Turns x into v such that I - f v vᵀ, with the f returned, brings x to ∓|x| e₁. 0 where x has nothing below its first element.
func reflect(_ x: UnsafeMutablePointer<Double>, _ count: Int) -> Double {
  let rest = dotRows(x + 1, x + 1, count - 1)
  if rest == 0 { return 0 }
  let norm = (x[0] * x[0] + rest).squareRoot()
  let first = x[0]
  x[0] = first < 0 ? first - norm : first + norm
  return 1 / (norm * (norm + first.magnitude))
}
