// Matrix products C[m, n] = op(A) op(B), where op transposes or not, and
// `transposeA` means that A is stored as [k, m].
//
// The shape chooses the way:
//
// - tiny: plain loops (NarrowProducts);
// - few rows, or few columns by way of Cᵀ = op(B)ᵀ op(A)ᵀ, or a small B: without packing (NarrowProducts);
// - all else: packed panels and a register kernel (PackedProduct).
//
// Each element of C is a sum of chains of multiply-adds whose lengths and order
// depend on the shape alone, so the number of workers changes no bit.

/// C = op(A) op(B), with C of [m, n]; leading dimensions in elements. C is overwritten.
package func product(
  m: Int, n: Int, k: Int,
  a: UnsafePointer<Float>, lda: Int, transposeA: Bool,
  b: UnsafePointer<Float>, ldb: Int, transposeB: Bool,
  c: UnsafeMutablePointer<Float>, ldc: Int, workers: Workers
) {
  multiply(
    ProductShape(m: m, n: n, k: k), MatrixView(a, lda, transposeA), MatrixView(b, ldb, transposeB),
    c, ldc, workers, parallel: workers.threads > 1)
}

/// C[i] = op(A[i]) op(B[i]) for each batch i; strides between matrices in elements, 0 for one matrix
/// used by all.
package func batchedProduct(
  batches: Int, strideA: Int, strideB: Int, strideC: Int, m: Int, n: Int, k: Int,
  a: UnsafePointer<Float>, lda: Int, transposeA: Bool,
  b: UnsafePointer<Float>, ldb: Int, transposeB: Bool,
  c: UnsafeMutablePointer<Float>, ldc: Int, workers: Workers
) {
  multiplyBatches(
    batches, strideA, strideB, strideC, ProductShape(m: m, n: n, k: k),
    MatrixView(a, lda, transposeA), MatrixView(b, ldb, transposeB), c, ldc, workers)
}

/// C = op(A) op(B), with C of [m, n]; leading dimensions in elements. C is overwritten.
package func product(
  m: Int, n: Int, k: Int,
  a: UnsafePointer<Double>, lda: Int, transposeA: Bool,
  b: UnsafePointer<Double>, ldb: Int, transposeB: Bool,
  c: UnsafeMutablePointer<Double>, ldc: Int, workers: Workers
) {
  multiply(
    ProductShape(m: m, n: n, k: k), MatrixView(a, lda, transposeA), MatrixView(b, ldb, transposeB),
    c, ldc, workers, parallel: workers.threads > 1)
}

/// C[i] = op(A[i]) op(B[i]) for each batch i; strides between matrices in elements, 0 for one matrix
/// used by all.
package func batchedProduct(
  batches: Int, strideA: Int, strideB: Int, strideC: Int, m: Int, n: Int, k: Int,
  a: UnsafePointer<Double>, lda: Int, transposeA: Bool,
  b: UnsafePointer<Double>, ldb: Int, transposeB: Bool,
  c: UnsafeMutablePointer<Double>, ldc: Int, workers: Workers
) {
  multiplyBatches(
    batches, strideA, strideB, strideC, ProductShape(m: m, n: n, k: k),
    MatrixView(a, lda, transposeA), MatrixView(b, ldb, transposeB), c, ldc, workers)
}

/// C[m, n] is a sum over k.
struct ProductShape {
  var m: Int
  var n: Int
  var k: Int

  /// Multiply-adds.
  var work: Int { m * n * k }
}

/// A matrix operand as it lies in memory.
struct MatrixView<T> {
  var base: UnsafePointer<T>
  /// Elements from one stored row to the next.
  var leading: Int
  /// Whether the stored rows are the operand's columns.
  var transposed: Bool

  @inline(__always)
  init(_ base: UnsafePointer<T>, _ leading: Int, _ transposed: Bool) {
    self.base = base
    self.leading = leading
    self.transposed = transposed
  }

  /// Elements from one row of the operand to the next.
  @inline(__always) var rowStep: Int { transposed ? 1 : leading }
  /// Elements from one column of the operand to the next.
  @inline(__always) var columnStep: Int { transposed ? leading : 1 }
  /// The same memory, seen as the transposed operand.
  @inline(__always) var transpose: MatrixView { MatrixView(base, leading, !transposed) }
  @inline(__always) func moved(by elements: Int) -> MatrixView {
    MatrixView(base + elements, leading, transposed)
  }
}

/// Below this many multiply-adds a fork costs more than it saves.
private let parallelWork = 1 << 18

func multiply<T: RealElement>(
  _ shape: ProductShape, _ a: MatrixView<T>, _ b: MatrixView<T>,
  _ c: UnsafeMutablePointer<T>, _ ldc: Int, _ workers: Workers, parallel: Bool, epilogue: ProductEpilogue<T>? = nil
) {
  let (m, n, k) = (shape.m, shape.n, shape.k)
  if m <= 0 || n <= 0 { return }
  if k <= 0 {
    for i in 0..<m { (c + i * ldc).update(repeating: 0, count: n) }
    epilogue?.finish(c, ldc, row: 0, column: 0, rows: m, columns: n)
    return
  }
  let work = shape.work
  let parallel = parallel && work >= parallelWork
  if work <= 512 || (b.transposed && work <= 2048) {
    multiplyTiny(shape, a, b, c, ldc)
  } else if n < narrow && n < m {
    if n == 1 && ldc == 1 {
      multiplyNarrow(
        ProductShape(m: 1, n: m, k: k), b.transpose, a.transpose, c, m, workers, parallel)
    } else {
      workers.withScratch(bytes: m * n * MemoryLayout<T>.stride) { memory in
        let turned = memory.bindMemory(to: T.self, capacity: m * n)
        multiplyNarrow(
          ProductShape(m: n, n: m, k: k), b.transpose, a.transpose, turned, m, workers, parallel)
        for i in 0..<m {
          for j in 0..<n { c[i * ldc + j] = turned[j * m + i] }
        }
      }
    }
  } else if m < narrow || isDirect(shape, a, b) {
    multiplyNarrow(shape, a, b, c, ldc, workers, parallel)
  } else {
    return multiplyPacked(shape, a, b, c, ldc, epilogue, workers, parallel)
  }
  // These are small, or little beside what was read for them.
  epilogue?.finish(c, ldc, row: 0, column: 0, rows: m, columns: n)
}

/// Fewer rows than this are not worth packing the other operand for.
let narrow = 6

/// Whether packing would cost more than it saves: there is little to do, or B is small and lies in whole registers. A transposed A is read across
/// its rows, once for each two registers of columns: not too often.
private func isDirect<T: RealElement>(_ shape: ProductShape, _ a: MatrixView<T>, _ b: MatrixView<T>) -> Bool {
  if b.transposed { return false }
  if shape.work <= 1 << 15 { return true }
  return shape.n % (2 * T.Vector.lanes) == 0 && shape.k * shape.n * MemoryLayout<T>.stride <= 1 << 16 && (!a.transposed || shape.n <= 64)
}

private func multiplyBatches<T: RealElement>(
  _ batches: Int, _ strideA: Int, _ strideB: Int, _ strideC: Int, _ shape: ProductShape,
  _ a: MatrixView<T>, _ b: MatrixView<T>, _ c: UnsafeMutablePointer<T>, _ ldc: Int,
  _ workers: Workers
) {
  if batches <= 0 || shape.m <= 0 || shape.n <= 0 { return }
  // One B for all, and the A's and C's one below the other: a single product.
  if strideB == 0 && !a.transposed && strideA == shape.m * a.leading
    && strideC == shape.m * ldc
  {
    var whole = shape
    whole.m *= batches
    return multiply(whole, a, b, c, ldc, workers, parallel: workers.threads > 1)
  }
  if shape.work >= 4 * parallelWork || batches == 1 {
    for i in 0..<batches {
      if Interrupt.isRequested { return }
      multiply(
        shape, a.moved(by: i * strideA), b.moved(by: i * strideB), c + i * strideC, ldc, workers,
        parallel: workers.threads > 1)
    }
    return
  }
  let group = max(1, parallelWork / 4 / max(shape.work, 1))
  let one = { (piece: Int) in
    for i in piece * group..<min(batches, (piece + 1) * group) {
      multiply(
        shape, a.moved(by: i * strideA), b.moved(by: i * strideB), c + i * strideC, ldc, workers,
        parallel: false)
    }
  }
  workers.run(pieces: (batches + group - 1) / group, one)
}
