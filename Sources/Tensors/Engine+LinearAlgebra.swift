/// Linear algebra of the last two axes, batched over the leading ones. bool and i32 are computed in f32.
extension Engine {
  /// X with A X = B, for A of [..., n, n] and B of [..., n, k] or, of rank 1, [n]. Leading axes broadcast.
  package func solve(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let name = Op.solve.name
    try Primitive.requireSquare(name, a.shape)
    guard b.rank > 0, b.shape[b.rank == 1 ? 0 : b.rank - 2] == a.shape[a.rank - 1] else {
      throw TensorError.systemRows(operation: name, matrix: a.shape, right: b.shape)
    }
    var (matrix, right) = try promoted(a, b)
    (matrix, right) = try (floating(matrix), floating(right))
    if b.rank == 1 { right = try reshape(right, Shape([b.shape[0], 1])) }
    func batch(_ x: Node) throws -> Shape { try Shape(Array(x.shape.dimensions.dropLast(2))) }
    let leading: [Int]
    do {
      leading = try Shape.broadcast(batch(matrix), batch(right), operation: name).dimensions
    } catch TensorError.shapesDoNotBroadcast {
      throw TensorError.systemRows(operation: name, matrix: a.shape, right: b.shape)
    }
    matrix = try broadcast(matrix, Shape(leading + matrix.shape.dimensions.suffix(2)))
    right = try broadcast(right, Shape(leading + right.shape.dimensions.suffix(2)))
    let result = try solve(matrix, right, 0)
    return try handle(b.rank == 1 ? reshape(result, Shape(Array(result.shape.dimensions.dropLast()))) : result)
  }

  package func inverse(_ a: Tensor) throws -> Tensor { try handle(make(.inverse, floating(a.node))) }

  package func determinant(_ a: Tensor) throws -> Tensor { try handle(make(.determinant, floating(a.node))) }

  /// The sign of the determinant and the logarithm of its magnitude.
  package func logDeterminant(_ a: Tensor) throws -> (sign: Tensor, logarithm: Tensor) {
    let both = try make(.logDeterminant, floating(a.node))
    return try (handle(factor(both, 0, [])), handle(factor(both, 1, [])))
  }

  /// The lower triangle L with L Lᵀ = A.
  package func cholesky(_ a: Tensor) throws -> Tensor { try handle(make(.cholesky, floating(a.node))) }

  /// Q of [..., m, k] and R of [..., k, n], k = min(m, n).
  package func orthogonalFactors(_ a: Tensor) throws -> (q: Tensor, r: Tensor) {
    let both = try make(.orthogonalFactors, floating(a.node))
    let m = a.shape[a.rank - 2], n = a.shape[a.rank - 1], k = min(m, n)
    return try (handle(factor(both, 0, [m, k])), handle(factor(both, m * k, [k, n])))
  }

  /// Eigenvalues [..., n] ascending and eigenvectors as columns [..., n, n].
  package func symmetricEigen(_ a: Tensor) throws -> (values: Tensor, vectors: Tensor) {
    let both = try make(.symmetricEigen, floating(a.node))
    let n = a.shape[a.rank - 1]
    return try (handle(factor(both, 0, [n])), handle(factor(both, n, [n, n])))
  }

  /// U of [..., m, k], singular values [..., k] descending, Vᵀ of [..., k, n], k = min(m, n).
  package func singularValues(_ a: Tensor) throws -> (u: Tensor, s: Tensor, vt: Tensor) {
    let all = try make(.singularValues, floating(a.node))
    let m = a.shape[a.rank - 2], n = a.shape[a.rank - 1], k = min(m, n)
    return try (handle(factor(all, 0, [m, k])), handle(factor(all, m * k, [k])), handle(factor(all, m * k + k, [k, n])))
  }

  private func floating(_ x: Node) throws -> Node { try cast(x, x.type.floating) }

  // MARK: Graphs of matrices

  func solve(_ a: Node, _ b: Node, _ flags: Int) throws -> Node { try make(.solve, a, b, with: Primitive.Attributes(integer: flags)) }

  /// The last two axes swapped.
  func swapped(_ x: Node) throws -> Node {
    var order = Array(0..<x.shape.rank)
    order.swapAt(order.count - 1, order.count - 2)
    return try permute(x, order)
  }

  /// (X + Xᵀ) / 2
  func symmetric(_ x: Node) throws -> Node { try multiply(add(x, swapped(x)), constant(0.5, like: x)) }

  /// Part of a node whose last axis holds several tensors one after the other.
  func factor(_ x: Node, _ start: Int, _ sizes: [Int]) throws -> Node {
    let rank = x.shape.rank, leading = Array(x.shape.dimensions.dropLast())
    let part = try slice(
      x, starts: [Int](repeating: 0, count: rank - 1) + [start], counts: leading + [sizes.reduce(1, *)], steps: [Int](repeating: 1, count: rank))
    return try reshape(part, Shape(leading + sizes))
  }

  /// Neighbouring columns.
  func columns(_ x: Node, _ start: Int, _ count: Int) throws -> Node {
    let rank = x.shape.rank
    if start == 0 && count == x.shape[rank - 1] { return x }
    return try slice(
      x, starts: [Int](repeating: 0, count: rank - 1) + [start], counts: x.shape.dimensions.dropLast() + [count], steps: [Int](repeating: 1, count: rank))
  }

  /// Where row and column of the last two axes stand in a relation: a bool matrix.
  private func places(_ relation: Op, _ x: Node) throws -> Node {
    let rows = x.shape[x.shape.rank - 2], columns = x.shape[x.shape.rank - 1]
    func iota(_ count: Int) throws -> Node { try make(.iota, with: Primitive.Attributes(shape: Shape([count]), type: .i32)) }
    return try make(relation, reshape(iota(rows), Shape([rows, 1])), iota(columns))
  }

  /// Zeros beside the lower or the upper triangle.
  func triangle(_ x: Node, lower: Bool) throws -> Node { try select(places(lower ? .greaterEqual : .lessEqual, x), x, constant(0, like: x)) }

  /// 1 below the diagonal, 1/2 on it, 0 above: a matrix of the last two axes.
  func halvedTriangle(_ x: Node) throws -> Node {
    try select(places(.equal, x), constant(0.5, like: x), select(places(.greater, x), constant(1, like: x), constant(0, like: x)))
  }

  /// The last axis as the diagonal of a square matrix.
  func diagonal(_ x: Node) throws -> Node {
    let n = x.shape[x.shape.rank - 1]
    let column = try reshape(x, Shape(x.shape.dimensions + [1]))
    let square = try broadcast(column, Shape(x.shape.dimensions + [n]))
    return try select(places(.equal, square), square, constant(0, like: x))
  }

  /// F[i, j] = 1 / (w[j] - w[i]), and 0 where the two are equal.
  func inverseDistances(_ w: Node) throws -> Node {
    let leading = w.shape.dimensions.dropLast(), n = w.shape[w.shape.rank - 1]
    let distance = try subtract(reshape(w, Shape(leading + [1, n])), reshape(w, Shape(leading + [n, 1])))
    let zero = try constant(0, like: w), one = try constant(1, like: w)
    let isEqual = try binary(.equal, distance, zero)
    return try select(isEqual, zero, divide(one, select(isEqual, one, distance)))
  }
}
