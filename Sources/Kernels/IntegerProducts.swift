// Products of `Int32` matrices: exact, or a fault.

/// C = op(A) op(B); an element that doesn't fit is a fault at its place i · n + j.
package func product(
  m: Int, n: Int, k: Int,
  a: UnsafePointer<Int32>, lda: Int, transposeA: Bool,
  b: UnsafePointer<Int32>, ldb: Int, transposeB: Bool,
  c: UnsafeMutablePointer<Int32>, ldc: Int, workers: Workers
) -> KernelFault? {
  multiplyIntegers(
    ProductShape(m: m, n: n, k: k), MatrixView(a, lda, transposeA), MatrixView(b, ldb, transposeB),
    c, ldc)
}

/// C[i] = op(A[i]) op(B[i]) for each batch i; a fault's place counts all elements of the batches
/// before it.
package func batchedProduct(
  batches: Int, strideA: Int, strideB: Int, strideC: Int, m: Int, n: Int, k: Int,
  a: UnsafePointer<Int32>, lda: Int, transposeA: Bool,
  b: UnsafePointer<Int32>, ldb: Int, transposeB: Bool,
  c: UnsafeMutablePointer<Int32>, ldc: Int, workers: Workers
) -> KernelFault? {
  for batch in 0..<max(batches, 0) {
    if Interrupt.isRequested { return nil }
    if var fault = multiplyIntegers(
      ProductShape(m: m, n: n, k: k), MatrixView(a + batch * strideA, lda, transposeA),
      MatrixView(b + batch * strideB, ldb, transposeB), c + batch * strideC, ldc)
    {
      fault.position += batch * m * n
      return fault
    }
  }
  return nil
}

private func multiplyIntegers(
  _ shape: ProductShape, _ a: MatrixView<Int32>, _ b: MatrixView<Int32>,
  _ c: UnsafeMutablePointer<Int32>, _ ldc: Int
) -> KernelFault? {
  let k = max(shape.k, 0)
  // 64 bits hold every sum, unless the numbers are huge.
  let (product, tooLarge) = largest(a, shape.m, k).multipliedReportingOverflow(
    by: largest(b, k, shape.n))
  if tooLarge || product.multipliedReportingOverflow(by: max(k, 1)).overflow {
    return multiplyHuge(shape, a, b, c, ldc)
  }
  let tile = 64
  return withUnsafeTemporaryAllocation(of: Int.self, capacity: tile) { buffer in
    guard let sums = buffer.baseAddress else { return nil }
    for i in 0..<max(shape.m, 0) {
      let row = a.base + i * a.rowStep
      var column = 0
      while column < shape.n {
        let width = min(tile, shape.n - column)
        sums.update(repeating: 0, count: width)
        for p in 0..<k {
          let x = Int(row[p * a.columnStep])
          let from = b.base + p * b.rowStep + column * b.columnStep
          if b.transposed {
            for j in 0..<width { sums[j] &+= x &* Int(from[j * b.columnStep]) }
          } else {
            for j in 0..<width { sums[j] &+= x &* Int(from[j]) }
          }
        }
        for j in 0..<width {
          guard let value = Int32(exactly: sums[j]) else {
            return KernelFault(
              kind: .overflow, position: i * shape.n + column + j, value: sums[j])
          }
          c[i * ldc + column + j] = value
        }
        column += width
      }
    }
    return nil
  }
}

/// The largest magnitude in a matrix of `rows` × `columns`.
private func largest(_ x: MatrixView<Int32>, _ rows: Int, _ columns: Int) -> Int {
  var result: UInt32 = 0
  for i in 0..<max(x.transposed ? columns : rows, 0) {
    let row = x.base + i * x.leading
    for j in 0..<max(x.transposed ? rows : columns, 0) { result = max(result, row[j].magnitude) }
  }
  return Int(result)
}

/// The same in 128 bits.
private func multiplyHuge(
  _ shape: ProductShape, _ a: MatrixView<Int32>, _ b: MatrixView<Int32>,
  _ c: UnsafeMutablePointer<Int32>, _ ldc: Int
) -> KernelFault? {
  for i in 0..<max(shape.m, 0) {
    for j in 0..<max(shape.n, 0) {
      var sum: Int128 = 0
      for p in 0..<max(shape.k, 0) {
        let x = a.base[i * a.rowStep + p * a.columnStep]
        sum += Int128(Int(x) * Int(b.base[p * b.rowStep + j * b.columnStep]))
      }
      guard let value = Int32(exactly: sum) else {
        return KernelFault(
          kind: .overflow, position: i * shape.n + j, value: Int(clamping: sum))
      }
      c[i * ldc + j] = value
    }
  }
  return nil
}
