extension Engine {
  /// An axis counted from the front, also where it was counted from the end.
  func axis(_ axis: Int, of shape: Shape, _ operation: String) throws -> Int {
    let positive = axis < 0 ? axis + shape.rank : axis
    guard positive >= 0 && positive < shape.rank else { throw TensorError.axisOutOfRange(operation: operation, axis: axis, rank: shape.rank) }
    return positive
  }

  /// A sum, product, maximum or minimum over some axes, or all of them. Bools are counted as i32.
  package func reduce(_ op: Op, _ x: Tensor, axes: [Int]?, keep: Bool) throws -> Tensor {
    let op = op == .maximum ? .reduceMaximum : op == .minimum ? .reduceMinimum : op
    var mask = 0
    if let axes {
      for given in axes {
        let axis = try axis(given, of: x.shape, op.name)
        if mask >> axis & 1 == 1 { throw TensorError.repeatedAxis(operation: op.name, axis: given) }
        mask |= 1 << axis
      }
    } else {
      mask = (1 << x.rank) - 1
    }
    let attribute = keep ? mask | Primitive.keepBit : mask
    let node = try op == .sum ? sum(arithmetic(x.node), attribute) : make(op, arithmetic(x.node), with: Primitive.Attributes(integer: attribute))
    return try handle(node, isNumber: x.isNumber)
  }

  /// Where the greatest or least stands along an axis, or among all elements.
  package func argReduce(_ op: Op, _ x: Tensor, axis: Int?, keep: Bool) throws -> Tensor {
    let node = try arithmetic(x.node)
    if let axis {
      let axis = try self.axis(axis, of: x.shape, op.name)
      return try handle(make(op, node, with: Primitive.Attributes(integer: keep ? axis | Primitive.keepBit : axis)))
    }
    let flat = try make(op, reshape(node, Shape([x.count])), with: Primitive.Attributes(integer: 0))
    return try handle(keep ? reshape(flat, Shape([Int](repeating: 1, count: x.rank))) : flat)
  }

  package func cumulativeSum(_ x: Tensor, axis: Int) throws -> Tensor {
    try handle(cumulativeSum(arithmetic(x.node), axis: self.axis(axis, of: x.shape, Op.cumulativeSum.name)))
  }

  /// The positions that put an axis in ascending order.
  package func argsort(_ x: Tensor, axis: Int) throws -> Tensor {
    let axis = try self.axis(axis, of: x.shape, Op.argsort.name), last = x.rank - 1
    let node = try arithmetic(x.node)
    if axis == last { return try handle(make(.argsort, node)) }
    var order = Array(0..<x.rank)
    order.swapAt(axis, last)
    return try handle(permute(make(.argsort, permute(node, order)), order))
  }

  /// NumPy's `@`: rank 1 is a row on the left and a column on the right, leading axes broadcast. Bools are counted as i32.
  package func matrixProduct(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    if a.rank == 2 && b.rank == 2 && a.type == b.type && a.type.isFloat { return try handle(matrixProduct(a.node, b.node, 0)) }
    for operand in [a, b] where operand.rank == 0 { throw TensorError.rank(operation: Op.matrixProduct.name, operand.shape, expected: 2) }
    var (left, right) = try promoted(a, b)
    (left, right) = (try arithmetic(left), try arithmetic(right))
    let isRow = left.shape.rank == 1, isColumn = right.shape.rank == 1
    guard left.shape[left.shape.rank - 1] == right.shape[isColumn ? 0 : right.shape.rank - 2] else { throw TensorError.innerSizes(a.shape, b.shape) }
    if isRow { left = try reshape(left, Shape([1, left.shape[0]])) }
    if isColumn { right = try reshape(right, Shape([right.shape[0], 1])) }
    // Batches that share one matrix are one tall product: also for the gradient, which else would sum a batch of matrices.
    let leading = left.shape.dimensions.dropLast(2)
    var result: Node
    if right.shape.rank == 2 && !leading.isEmpty {
      let m = left.shape[left.shape.rank - 2], k = left.shape[left.shape.rank - 1], n = right.shape[1]
      let rows = try Shape([left.shape.product(0..<left.shape.rank - 1), k])
      result = try reshape(matrixProduct(reshape(left, rows), right, 0), Shape(leading + [m, n]))
    } else {
      result = try matrixProduct(left, right, 0)
    }
    if isRow || isColumn {
      var sizes = result.shape.dimensions
      if isColumn { sizes.removeLast() }
      if isRow { sizes.remove(at: isColumn ? sizes.count - 1 : sizes.count - 2) }
      result = try reshape(result, Shape(sizes))
    }
    return try handle(result)
  }
}
