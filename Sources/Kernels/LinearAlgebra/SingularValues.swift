// Singular values by Jacobi's rotations of one side, after a QR factorisation with pivots. Hestenes 1958, "Inversion of matrices by
// biorthogonalization and related results"; Drmač & Veselić 2008, "New fast and accurate Jacobi SVD algorithm".

/// A = U diag(s) Vᵀ with U of [m, k], s of [k] descending and Vᵀ of [k, n], k = min(m, n); U's columns and Vᵀ's rows are orthonormal,
/// and of each column of U the element of greatest magnitude is positive. nan where A is not finite.
package func singularValues(
  m: Int, n: Int, a: UnsafePointer<Double>, u: UnsafeMutablePointer<Double>, s: UnsafeMutablePointer<Double>, vt: UnsafeMutablePointer<Double>,
  workers: Workers
) {
  let k = min(m, n), long = max(m, n)
  if k == 0 { return }
  guard isFinite(a, m * n) else {
    u.update(repeating: .nan, count: m * k)
    s.update(repeating: .nan, count: k)
    vt.update(repeating: .nan, count: k * n)
    return
  }
  let total = long * k + 2 * long * k + 2 * k + long + 2 * k * k + 2 * k
  workers.withScratch(bytes: total * 8) { memory in
    // The long side lies downwards: a wide matrix is transposed, and U and V change places.
    let isWide = m < n
    let w = memory.bindMemory(to: Double.self, capacity: total), vectors = w + long * k, factors = vectors + long * k
    let row = factors + k, q = row + max(long, k), left = q + long * k, right = left + k * k
    let orders = UnsafeMutableRawPointer(right + k * k).bindMemory(to: Int.self, capacity: 2 * k)
    let order = orders, places = orders + k
    let factor = scale(a, m * n)
    for i in 0..<long {
      for j in 0..<k { w[i * k + j] = (isWide ? a[j * n + i] : a[i * n + j]) * factor }
    }
    let reflections = Reflections(m: long, n: k, vectors: vectors, factors: factors, row: row)
    reflections.factorise(w, order: order)
    reflections.makeOrthogonal(q)
    // R's rows are rotated until they are orthogonal: J R = diag(s) Vᵀ, and so R = Jᵀ diag(s) Vᵀ.
    for i in 0..<k {
      for j in 0..<k {
        right[i * k + j] = j < i ? 0 : w[i * k + j]
        left[i * k + j] = i == j ? 1 : 0
      }
    }
    orthogonalise(k, right, left, squares: row)
    for i in 0..<k {
      row[i] = dotRows(right + i * k, right + i * k, k).squareRoot()
      places[i] = i
    }
    sortByInsertion(places, k) { row[$0] > row[$1] }
    normalise(k, right, row, places)
    for (position, place) in UnsafeBufferPointer(start: places, count: k).enumerated() {
      s[position] = row[place] / factor
      // Of A (tall) or Aᵀ (wide): the left vector is Q Jᵀ's, the right one has its elements in the pivots' order.
      let tall = vectors, short = factors
      for i in 0..<long { tall[i] = dotRows(q + i * k, left + place * k, k) }
      for j in 0..<k { short[order[j]] = right[place * k + j] }
      let sign = isWide ? leadingSign(short, k) : leadingSign(tall, long)
      for i in 0..<m { u[i * k + position] = sign * (isWide ? short[i] : tall[i]) }
      for j in 0..<n { vt[position * n + j] = sign * (isWide ? tall[j] : short[j]) }
    }
  }
}

/// A stable order; pivots have put nearly all in place.
private func sortByInsertion(_ places: UnsafeMutablePointer<Int>, _ count: Int, _ isBefore: (Int, Int) -> Bool) {
  for i in 1..<max(count, 1) {
    let place = places[i]
    var j = i
    while j > 0 && isBefore(place, places[j - 1]) {
      places[j] = places[j - 1]
      j -= 1
    }
    places[j] = place
  }
}

/// Rotates pairs of rows until all are orthogonal to each other up to rounding.
private func orthogonalise(
  _ k: Int, _ x: UnsafeMutablePointer<Double>, _ rotations: UnsafeMutablePointer<Double>, squares: UnsafeMutablePointer<Double>
) {
  // Six to ten sweeps are usual.
  for _ in 0..<40 {
    var isDone = true
    // Kept up to date while rows turn, and computed anew for each sweep.
    for i in 0..<k { squares[i] = dotRows(x + i * k, x + i * k, k) }
    for p in 0..<k {
      if Interrupt.isRequested { return }
      for q in p + 1..<max(k, p + 1) {
        let first = x + p * k, second = x + q * k
        let mixed = dotRows(first, second, k)
        if mixed == 0 { continue }
        let a = max(0, squares[p]), b = max(0, squares[q])
        if mixed.magnitude <= Double.ulpOfOne * a.squareRoot() * b.squareRoot() || mixed.magnitude < .leastNormalMagnitude { continue }
        isDone = false
        // tan of the angle that makes the mixed product vanish, the smaller of two (Golub & Van Loan 2013, section 8.5.2).
        let half = (b - a) / (2 * mixed)
        let t = (half < 0 ? -1 : 1) / (half.magnitude + (1 + half * half).squareRoot())
        let c = 1 / (1 + t * t).squareRoot()
        squares[p] = a - t * mixed
        squares[q] = b + t * mixed
        rotateRows(c, -c * t, first, second, k)
        rotateRows(c, -c * t, rotations + p * k, rotations + q * k, k)
      }
    }
    if isDone { return }
  }
}

/// Makes the rows unit vectors; those of length 0 (beside the greatest) become whatever completes the others to a basis.
private func normalise(_ k: Int, _ x: UnsafeMutablePointer<Double>, _ lengths: UnsafeMutablePointer<Double>, _ places: UnsafePointer<Int>) {
  var next = 0
  for position in 0..<k {
    let line = x + places[position] * k, length = lengths[places[position]]
    if length > 0 {
      scaleRow(1 / length, line, k)
      continue
    }
    while next < k {
      line.update(repeating: 0, count: k)
      line[next] = 1
      next += 1
      // Twice is enough (Kahan, in Parlett 1998, section 6.9).
      for _ in 0..<2 {
        for earlier in 0..<position {
          let other = x + places[earlier] * k
          addRow(-dotRows(other, line, k), other, line, k)
        }
      }
      let rest = dotRows(line, line, k).squareRoot()
      if rest > 0.1 / Double(k).squareRoot() {
        scaleRow(1 / rest, line, k)
        break
      }
    }
  }
}
