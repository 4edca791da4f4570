/// What is done to the elements of a product once their sums are complete, while they are in the first-level cache.
///
/// The bits are those of the separate operations, one after the other: `binary(.add)` with the bias as the second operand, `binary(.maximum)` with
/// 0 as the second, `select` by the gate. Without any of them the product is left as it is.
///
/// A dense layer's forward pass is `ProductEpilogue(bias: b, isRectified: true)`; in its backward pass the gradient of what relu was given is
/// `ProductEpilogue(gate: y, gateLeading: n)`, with y what relu was given, or what it gave.
package struct ProductEpilogue<Element> {
  /// Added to each row: [n].
  package var bias: UnsafePointer<Element>?
  /// Then the greater of each element and 0; a nan stays.
  package var isRectified: Bool
  /// Then 0 where the number here is not above 0: [m, n].
  package var gate: UnsafePointer<Element>?
  /// Elements from one row of `gate` to the next.
  package var gateLeading: Int

  /// `bias` and `gate` must not overlap C.
  package init(bias: UnsafePointer<Element>? = nil, isRectified: Bool = false, gate: UnsafePointer<Element>? = nil, gateLeading: Int = 0) {
    self.bias = bias
    self.isRectified = isRectified
    self.gate = gate
    self.gateLeading = gateLeading
  }
}

extension ProductEpilogue where Element: RealElement {
  /// Finishes the elements at `row`, `column` and after; `c` points to the first of them.
  @inline(__always)
  func finish(_ c: UnsafeMutablePointer<Element>, _ ldc: Int, row: Int, column: Int, rows: Int, columns: Int) {
    typealias V = Element.Vector
    let lanes = V.lanes
    for r in 0..<rows {
      let p = c + r * ldc
      let b = bias.map { $0 + column }
      let g = gate.map { $0 + (row + r) * gateLeading + column }
      var j = 0
      while j + lanes <= columns {
        var x = V.load(p + j)
        if let b { x = V.sum(x, V.load(b + j)) }
        if isRectified { x = V.maximum(x, V(0)) }
        if let g { x = V.gated(x, by: V.load(g + j)) }
        x.store(p + j)
        j += lanes
      }
      while j < columns {
        var x = p[j]
        if let b { x += b[j] }
        if isRectified { x = x != x || x > 0 ? x : 0 }
        if let g { x = g[j] > 0 ? x : 0 }
        p[j] = x
        j += 1
      }
    }
  }
}

/// C = op(A) op(B) and then what `epilogue` says, with C of [m, n]; leading dimensions in elements. C is overwritten.
package func product(
  m: Int, n: Int, k: Int,
  a: UnsafePointer<Float>, lda: Int, transposeA: Bool,
  b: UnsafePointer<Float>, ldb: Int, transposeB: Bool,
  c: UnsafeMutablePointer<Float>, ldc: Int, epilogue: ProductEpilogue<Float>, workers: Workers
) {
  multiply(
    ProductShape(m: m, n: n, k: k), MatrixView(a, lda, transposeA), MatrixView(b, ldb, transposeB),
    c, ldc, workers, parallel: workers.threads > 1, epilogue: epilogue)
}

/// C = op(A) op(B) and then what `epilogue` says, with C of [m, n]; leading dimensions in elements. C is overwritten.
package func product(
  m: Int, n: Int, k: Int,
  a: UnsafePointer<Double>, lda: Int, transposeA: Bool,
  b: UnsafePointer<Double>, ldb: Int, transposeB: Bool,
  c: UnsafeMutablePointer<Double>, ldc: Int, epilogue: ProductEpilogue<Double>, workers: Workers
) {
  multiply(
    ProductShape(m: m, n: n, k: k), MatrixView(a, lda, transposeA), MatrixView(b, ldb, transposeB),
    c, ldc, workers, parallel: workers.threads > 1, epilogue: epilogue)
}
