import Kernels

extension Primitive {
  /// The matrix product of the last two axes, batched over the leading ones, which broadcast.
  ///
  /// Attribute: `transposeA`, `transposeB` say which operand is read with its last two axes swapped; so no gradient copies a matrix.
  static let products: [Primitive] = [
    Primitive(
      .matrixProduct, "@", "[…, m, k] @ […, k, n] → […, m, n]",
      rule: { operands, attributes in
        let (a, b) = try operands.two()
        try requireNumbers(operands.name, a.type)
        guard a.type == b.type else { throw TensorError.typeMismatch(operation: operands.name, expected: [a.type], found: b.type) }
        if a.shape.rank < 2 || b.shape.rank < 2 {
          throw TensorError.rank(operation: operands.name, a.shape.rank < 2 ? a.shape : b.shape, expected: 2)
        }
        let (m, k) = matrix(a.shape, attributes.integer & transposeA != 0), (inner, n) = matrix(b.shape, attributes.integer & transposeB != 0)
        guard k == inner else { throw TensorError.innerSizes(a.shape, b.shape) }
        var result = Shape()
        if a.shape.rank == 2 && b.shape.rank == 2 {
          try result.append(m)
          try result.append(n)
          return Signature(a.type, result)
        }
        let leftBatch = a.shape.dimensions.dropLast(2), rightBatch = b.shape.dimensions.dropLast(2)
        do {
          result = try Shape.broadcast(Shape(Array(leftBatch)), Shape(Array(rightBatch)), operation: operands.name)
        } catch TensorError.shapesDoNotBroadcast(_, _, _, let axis) {
          throw TensorError.shapesDoNotBroadcast(operation: operands.name, a.shape, b.shape, axis: axis - 2)
        }
        try result.append(m)
        try result.append(n)
        return Signature(a.type, result)
      },
      gradient: Gradient { e, node, g, position in
        guard let a = node.a, let b = node.b else { return nil }
        let swapsA = node.attribute & transposeA, swapsB = node.attribute & transposeB
        // C = A·B: dA = g·Bᵀ, dB = Aᵀ·g; read through the flags where A or B is itself transposed.
        return switch (position, swapsA != 0, swapsB != 0) {
        case (0, false, _): try e.matrixProduct(g, b, swapsB ^ transposeB)
        case (0, true, let swaps): try e.matrixProduct(b, g, (swaps ? transposeA : 0) | transposeB)
        case (_, let swaps, false): try e.matrixProduct(a, g, swaps ? 0 : transposeA)
        case (_, let swaps, true): try e.matrixProduct(g, a, transposeA | (swaps ? transposeB : 0))
        }
      },
      kernel: .whole(multiply),
      mayFail: { result, _ in result == .i32 },
      samples: [
        Sample(operands: [.values([2, 3]), .values([3, 4])]), Sample(operands: [.values([3, 2]), .values([3, 4])], integer: transposeA),
        Sample(operands: [.values([2, 3]), .values([4, 3])], integer: transposeB), Sample(operands: [.values([3, 2]), .values([4, 3])], integer: transposeA | transposeB),
        Sample(operands: [.values([2, 2, 3]), .values([2, 3, 2])]), Sample(operands: [.values([2, 1, 2, 3]), .values([3, 3, 2])]),
        Sample(operands: [.values([2, 2, 3]), .values([1, 2, 3])], integer: transposeB), Sample(operands: [.values([2, 3, 2]), .values([3, 2])], integer: transposeA),
        Sample(operands: [.values([1, 1]), .values([1, 1])]), Sample(operands: [.values([2, 0]), .values([0, 3])]), Sample(operands: [.values([0, 2]), .values([2, 3])]),
        Sample(operands: [.list([2, 2], [1, 2, 3, 4], .i32), .list([2, 1], [5, 6], .i32)]),
      ])
  ]

  static let transposeA = 1, transposeB = 2

  private static func matrix(_ shape: Shape, _ transposed: Bool) -> (rows: Int, columns: Int) {
    let rows = shape[shape.rank - 2], columns = shape[shape.rank - 1]
    return transposed ? (columns, rows) : (rows, columns)
  }

  @Sendable private static func multiply(_ call: WholeCall) throws -> KernelFault? {
    let shape = call.shape, left = call.shapeOfOperand(0), right = call.shapeOfOperand(1)
    let swapsA = call.attribute & transposeA != 0, swapsB = call.attribute & transposeB != 0
    let (m, k) = matrix(left, swapsA), n = shape[shape.rank - 1]
    if shape.count == 0 { return nil }
    if let epilogue = call.step.epilogue { return finished(call, epilogue, m: shape.count / n, n: n, k: k, swapsA, swapsB) }
    if k == 0 {
      call.outBytes.initializeMemory(as: UInt8.self, repeating: 0, count: shape.count * call.type.byteSize)
      return nil
    }
    // Runs of batches whose operands lie at constant distances; the innermost batch axes that agree make one run.
    let batchRank = shape.rank - 2
    var run = 1, axis = batchRank - 1
    var stepA = 0, stepB = 0
    func size(_ operand: Shape, _ axis: Int) -> Int {
      let own = axis - (shape.rank - operand.rank)
      return own < 0 ? 1 : operand[own]
    }
    while axis >= 0 {
      let a = size(left, axis), b = size(right, axis)
      let moves = (a > 1 ? 1 : 0, b > 1 ? 1 : 0)
      if shape[axis] > 1 {
        if run > 1 && moves != (stepA, stepB) { break }
        (stepA, stepB) = moves
        run *= shape[axis]
      }
      axis -= 1
    }
    let outer = axis + 1
    let total = shape.product(0..<outer)
    for index in 0..<total {
      var rest = index, offsetA = 0, offsetB = 0
      var strideA = stepA == 1 ? run : 1, strideB = stepB == 1 ? run : 1
      for axis in stride(from: outer - 1, through: 0, by: -1) {
        let position = rest % shape[axis]
        rest /= shape[axis]
        let a = size(left, axis), b = size(right, axis)
        if a > 1 { offsetA += position * strideA }
        if b > 1 { offsetB += position * strideB }
        strideA *= a
        strideB *= b
      }
      if let fault = product(
        call, batches: run, stepA: stepA * m * k, stepB: stepB * k * n, m: m, n: n, k: k, offsetA: offsetA * m * k, offsetB: offsetB * k * n,
        offsetC: index * run * m * n, swapsA, swapsB)
      {
        return fault
      }
    }
    return nil
  }

  /// One product with an epilogue; several matrices on the left lie one below the other.
  private static func finished(_ call: WholeCall, _ epilogue: WholeStep.Epilogue, m: Int, n: Int, k: Int, _ swapsA: Bool, _ swapsB: Bool) -> KernelFault? {
    func operand<T>(_ place: Int?, _ type: T.Type) -> UnsafePointer<T>? { place.map { call.operands[$0].bound(type) } }
    let lda = swapsA ? m : k, ldb = swapsB ? k : n
    if call.type == .f32 {
      let ending = ProductEpilogue(
        bias: operand(epilogue.bias, Float.self), isRectified: epilogue.isRectified, gate: operand(epilogue.gate, Float.self), gateLeading: n)
      Kernels.product(
        m: m, n: n, k: k, a: call.a(Float.self), lda: lda, transposeA: swapsA, b: call.b(Float.self), ldb: ldb, transposeB: swapsB,
        c: call.out(Float.self), ldc: n, epilogue: ending, workers: call.workers)
    } else {
      let ending = ProductEpilogue(
        bias: operand(epilogue.bias, Double.self), isRectified: epilogue.isRectified, gate: operand(epilogue.gate, Double.self), gateLeading: n)
      Kernels.product(
        m: m, n: n, k: k, a: call.a(Double.self), lda: lda, transposeA: swapsA, b: call.b(Double.self), ldb: ldb, transposeB: swapsB,
        c: call.out(Double.self), ldc: n, epilogue: ending, workers: call.workers)
    }
    return nil
  }

  private static func product(
    _ call: WholeCall, batches: Int, stepA: Int, stepB: Int, m: Int, n: Int, k: Int, offsetA: Int, offsetB: Int, offsetC: Int, _ swapsA: Bool,
    _ swapsB: Bool
  ) -> KernelFault? {
    let lda = swapsA ? m : k, ldb = swapsB ? k : n
    switch call.type {
    case .f32:
      let a = call.a(Float.self) + offsetA, b = call.b(Float.self) + offsetB, c = call.out(Float.self) + offsetC
      if batches == 1 {
        Kernels.product(m: m, n: n, k: k, a: a, lda: lda, transposeA: swapsA, b: b, ldb: ldb, transposeB: swapsB, c: c, ldc: n, workers: call.workers)
      } else {
        batchedProduct(
          batches: batches, strideA: stepA, strideB: stepB, strideC: m * n, m: m, n: n, k: k, a: a, lda: lda, transposeA: swapsA, b: b, ldb: ldb,
          transposeB: swapsB, c: c, ldc: n, workers: call.workers)
      }
    case .f64:
      let a = call.a(Double.self) + offsetA, b = call.b(Double.self) + offsetB, c = call.out(Double.self) + offsetC
      if batches == 1 {
        Kernels.product(m: m, n: n, k: k, a: a, lda: lda, transposeA: swapsA, b: b, ldb: ldb, transposeB: swapsB, c: c, ldc: n, workers: call.workers)
      } else {
        batchedProduct(
          batches: batches, strideA: stepA, strideB: stepB, strideC: m * n, m: m, n: n, k: k, a: a, lda: lda, transposeA: swapsA, b: b, ldb: ldb,
          transposeB: swapsB, c: c, ldc: n, workers: call.workers)
      }
    default:
      let a = call.a(Int32.self) + offsetA, b = call.b(Int32.self) + offsetB, c = call.out(Int32.self) + offsetC
      return batchedProduct(
        batches: batches, strideA: stepA, strideB: stepB, strideC: m * n, m: m, n: n, k: k, a: a, lda: lda, transposeA: swapsA, b: b, ldb: ldb,
        transposeB: swapsB, c: c, ldc: n, workers: call.workers)
    }
    return nil
  }
}
