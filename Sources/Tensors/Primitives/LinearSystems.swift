import Kernels

extension Primitive {
  /// Systems of equations, inverses and determinants of the last two axes, batched over the leading ones.
  ///
  /// Gradients follow Giles 2008, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation".
  static let linearSystems: [Primitive] = [
    Primitive(
      .solve, "solve", "[…, n, n], […, n, k] → […, n, k]: X with A X = B. The attribute says whether Aᵀ stands for A, and whether only a triangle of A is read.",
      rule: { operands, attributes in
        let (a, b) = try operands.two()
        try requireFloats(operands.name, a, b)
        try requireSquare(operands.name, a.shape)
        let rank = a.shape.rank
        guard b.shape.rank == rank, b.shape[rank - 2] == a.shape[rank - 1], a.shape.dimensions.dropLast(2) == b.shape.dimensions.dropLast(2) else {
          throw TensorError.systemRows(operation: operands.name, matrix: a.shape, right: b.shape)
        }
        return Signature(a.type, b.shape)
      },
      gradient: Gradient { e, node, g, position in
        guard let a = node.a else { return nil }
        // B̄ = A⁻ᵀ g and Ā = -B̄ Xᵀ; of Aᵀ X = B: B̄ = A⁻¹ g and Ā = -X B̄ᵀ.
        let right = try e.solve(a, g, node.attribute ^ transposedSystem)
        if position == 1 { return right }
        let full = try node.attribute & transposedSystem == 0 ? e.matrixProduct(right, node, transposeB) : e.matrixProduct(node, right, transposeB)
        let whole = try e.negate(full)
        if node.attribute & (lowerTriangle | upperTriangle) == 0 { return whole }
        return try e.triangle(whole, lower: node.attribute & lowerTriangle != 0)
      },
      kernel: .whole { call in
        let n = call.shape[call.shape.rank - 2], columns = call.shape[call.shape.rank - 1], flags = call.attribute
        let isTransposed = flags & transposedSystem != 0, isTriangle = flags & (lowerTriangle | upperTriangle) != 0
        return try eachMatrix(call, work: n * n * (n + columns)) { matrix in
          let a = matrix.operands[0] + matrix.number * n * n, offset = matrix.number * n * columns
          let isRegular =
            isTriangle
            ? solveTriangular(
              n: n, columns: columns, a: a, b: matrix.operands[1] + offset, lower: flags & lowerTriangle != 0, transposed: isTransposed,
              out: matrix.out + offset, workers: call.workers)
            : solveSystem(
              n: n, columns: columns, a: a, b: matrix.operands[1] + offset, transposed: isTransposed, out: matrix.out + offset, workers: call.workers)
          return isRegular ? nil : KernelFault(kind: .singular, position: matrix.number, value: 0)
        }
      },
      mayFail: { _, _ in true },
      samples: [
        Sample(operands: [regular, .values([3, 2])]), Sample(operands: [regular, .values([3, 1])], integer: transposedSystem),
        Sample(operands: [regularBatch, .values([2, 2, 3])]), Sample(operands: [.list([1, 1], [2]), .values([1, 1])]),
        Sample(operands: [regular, .values([3, 2])], integer: lowerTriangle), Sample(operands: [regular, .values([3, 2])], integer: upperTriangle),
        Sample(operands: [regular, .values([3, 2])], integer: lowerTriangle | transposedSystem),
        Sample(operands: [regularBatch, .values([2, 2, 1])], integer: upperTriangle | transposedSystem),
        Sample(operands: [.values([0, 0]), .values([0, 2])]), Sample(operands: [regular, .values([3, 0])]), Sample(operands: [.values([0, 2, 2]), .values([0, 2, 1])]),
        // A zero where elimination begins: rows must change places.
        Sample(operands: [.list([2, 2], [0, 2, 3, 1]), .values([2, 2])]),
      ]),
    Primitive(
      .inverse, "inv", "[…, n, n] → […, n, n]: the inverse.",
      rule: squareRule,
      // Ā = -Yᵀ g Yᵀ
      gradient: Gradient { e, node, g, _ in try e.negate(e.matrixProduct(e.matrixProduct(node, g, transposeA), node, transposeB)) },
      kernel: .whole { call in
        let n = call.shape[call.shape.rank - 1]
        return try eachMatrix(call, work: 2 * n * n * n) { matrix in
          let offset = matrix.number * n * n
          return invert(n: n, a: matrix.operands[0] + offset, out: matrix.out + offset, workers: call.workers)
            ? nil : KernelFault(kind: .singular, position: matrix.number, value: 0)
        }
      },
      mayFail: { _, _ in true },
      samples: [
        Sample(operands: [regular]), Sample(operands: [regularBatch]), Sample(operands: [.list([1, 1], [4])]), Sample(operands: [.list([2, 2], [0, 1, 2, 0])]),
        Sample(operands: [.values([0, 0])]), Sample(operands: [.values([0, 2, 2])]),
      ]),
    Primitive(
      .determinant, "det", "[…, n, n] → […]: the determinant; 1 without rows. Its gradient is there for singular matrices, too.",
      rule: { operands, _ in
        let a = try operands.one()
        try requireFloats(operands.name, a)
        try requireSquare(operands.name, a.shape)
        return Signature(a.type, try Shape(Array(a.shape.dimensions.dropLast(2))))
      },
      gradient: Gradient { e, node, g, _ in
        guard let a = node.a else { return nil }
        return try e.multiply(e.reshape(g, Shape(g.shape.dimensions + [1, 1])), e.make(.cofactors, a))
      },
      kernel: .whole { call in
        let shape = call.shapeOfOperand(0), n = shape[shape.rank - 1]
        return try eachMatrix(call, work: n * n * n) { matrix in
          matrix.out[matrix.number] = determinant(n: n, a: matrix.operands[0] + matrix.number * n * n, workers: call.workers)
          return nil
        }
      },
      samples: [
        Sample(operands: [regular]), Sample(operands: [regularBatch]), Sample(operands: [.list([1, 1], [-4])]), Sample(operands: [.list([2, 2], [0, 1, 2, 0])]),
        // Singular, of rank n - 1 and n - 2.
        Sample(operands: [.list([2, 2], [1, 2, 2, 4])]), Sample(operands: [.list([3, 3], [1, 2, 3, 2, 4, 6, -1, -2, -3])]),
        Sample(operands: [.list([4, 4], [2, 1, 0, 3, 1, 4, 2, -1, 0, 2, 3, 1, 5, -2, 1, 2])]),
        Sample(operands: [.values([0, 0])]), Sample(operands: [.values([0, 2, 2])]),
      ]),
    Primitive(
      .logDeterminant, "slogdet", "[…, n, n] → […, 2]: the sign of the determinant and the logarithm of its magnitude, which neither overflows nor vanishes.",
      rule: { operands, _ in
        let a = try operands.one()
        try requireFloats(operands.name, a)
        try requireSquare(operands.name, a.shape)
        return Signature(a.type, try Shape(a.shape.dimensions.dropLast(2) + [2]))
      },
      // Ā = g A⁻ᵀ; the sign has no slope.
      gradient: Gradient { e, node, g, _ in
        guard let a = node.a else { return nil }
        let rank = g.shape.rank, ones = [Int](repeating: 1, count: rank)
        let starts = [Int](repeating: 0, count: rank - 1) + [1]
        let logarithms = try e.slice(g, starts: starts, counts: g.shape.dimensions.dropLast() + [1], steps: ones)
        return try e.multiply(e.reshape(logarithms, Shape(g.shape.dimensions.dropLast() + [1, 1])), e.swapped(e.make(.inverse, a)))
      },
      kernel: .whole { call in
        let shape = call.shapeOfOperand(0), n = shape[shape.rank - 1]
        return try eachMatrix(call, work: n * n * n) { matrix in
          let found = logDeterminant(n: n, a: matrix.operands[0] + matrix.number * n * n, workers: call.workers)
          matrix.out[2 * matrix.number] = found.sign
          matrix.out[2 * matrix.number + 1] = found.logarithm
          return nil
        }
      },
      samples: [
        Sample(operands: [regular]), Sample(operands: [regularBatch]), Sample(operands: [.list([1, 1], [-4])]), Sample(operands: [.list([2, 2], [1, 2, 2, 4])], isSmooth: false),
        Sample(operands: [.values([0, 0])]), Sample(operands: [.values([0, 2, 2])]),
      ]),
    Primitive(
      .cofactors, "det's derivative",
      "[…, n, n] → […, n, n]: the signed minors, det(A) A⁻ᵀ. From four rows on the derivative of these is there for regular matrices only.",
      rule: squareRule,
      gradient: Gradient { e, node, g, _ in
        guard let a = node.a else { return nil }
        let n = a.shape[a.shape.rank - 1]
        switch n {
        case 0, 1: return try e.broadcast(e.constant(0, like: a), a.shape)
        // Minors of two rows are linear in A, of three rows quadratic: then the derivative is a mixed determinant.
        case 2: return try e.make(.cofactors, g)
        case 3: return try e.subtract(e.subtract(e.make(.cofactors, e.add(a, g)), node), e.make(.cofactors, g))
        // C = d A⁻ᵀ: Ā = (⟨g, C⟩ C - C gᵀ C) / d
        default:
          let last = 1 << (a.shape.rank - 1) | 1 << (a.shape.rank - 2)
          let inner = try e.sum(e.multiply(g, node), last | keepBit)
          let crossed = try e.matrixProduct(e.matrixProduct(node, g, transposeB), node, 0)
          let d = try e.make(.determinant, a)
          return try e.divide(e.subtract(e.multiply(inner, node), crossed), e.reshape(d, Shape(d.shape.dimensions + [1, 1])))
        }
      },
      kernel: .whole { call in
        let n = call.shape[call.shape.rank - 1]
        return try eachMatrix(call, work: 2 * n * n * n) { matrix in
          let offset = matrix.number * n * n
          cofactors(n: n, a: matrix.operands[0] + offset, out: matrix.out + offset, workers: call.workers)
          return nil
        }
      },
      samples: [
        Sample(operands: [regular]), Sample(operands: [regularBatch]), Sample(operands: [.list([1, 1], [-4])]), Sample(operands: [.list([2, 2], [1, 2, 2, 4])]),
        Sample(operands: [.list([3, 3], [1, 2, 3, 2, 4, 6, -1, -2, -3])]), Sample(operands: [.list([3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])]),
        Sample(operands: [.list([4, 4], [2, 1, 0, 3, 1, 4, 2, -1, 0, 2, 3, 1, 5, -2, 1, 2])]),
        Sample(operands: [.values([0, 0])]), Sample(operands: [.values([0, 2, 2])]),
      ]),
  ]

  /// Flags of `solve`.
  static let transposedSystem = 1, lowerTriangle = 2, upperTriangle = 4

  static func requireSquare(_ operation: String, _ shape: Shape) throws {
    guard shape.rank >= 2 else { throw TensorError.rank(operation: operation, shape, expected: 2) }
    guard shape[shape.rank - 1] == shape[shape.rank - 2] else { throw TensorError.notSquare(operation: operation, shape) }
  }

  @Sendable static func squareRule(_ operands: Operands, _ attributes: Attributes) throws -> Signature {
    let a = try operands.one()
    try requireFloats(operands.name, a)
    try requireSquare(operands.name, a.shape)
    return Signature(a.type, a.shape)
  }

  /// One matrix of a batch: its number, and the operands and the result of the whole batch in double precision.
  struct BatchedMatrix {
    let number: Int
    let operands: [UnsafePointer<Double>]
    let out: UnsafeMutablePointer<Double>
  }

  /// Calls `body` for each matrix of the first operand, many small ones or a large one as a piece of work. f32 is computed in double
  /// precision and rounded once.
  static func eachMatrix(_ call: WholeCall, work: Int, _ body: (BatchedMatrix) -> KernelFault?) throws -> KernelFault? {
    let shape = call.shapeOfOperand(0), batch = shape.product(0..<shape.rank - 2)
    if batch == 0 { return nil }
    var operands: [UnsafePointer<Double>] = [], held: [Buffer] = []
    var out = call.out(Double.self)
    if call.type == .f32 {
      for position in 0..<call.operandCount {
        let count = call.shapeOfOperand(position).count
        let buffer = try Buffer(byteCount: count * 8, pool: call.pool)
        Kernels.convert(call.operands[position].bound(Float.self), buffer.memory.bound(Double.self), count)
        operands.append(UnsafePointer(buffer.memory.bound(Double.self)))
        held.append(buffer)
      }
      let buffer = try Buffer(byteCount: call.shape.count * 8, pool: call.pool)
      out = buffer.memory.bound(Double.self)
      held.append(buffer)
    } else {
      operands = (0..<call.operandCount).map { call.operands[$0].bound(Double.self) }
    }
    let together = max(1, 8192 / max(1, work)), pieces = (batch + together - 1) / together
    let given = operands, result = out
    let fault = call.pieces(pieces) { piece in
      for number in piece * together..<min(batch, (piece + 1) * together) {
        if let fault = body(BatchedMatrix(number: number, operands: given, out: result)) { return fault }
      }
      return nil
    }
    if call.type == .f32 && fault == nil { Kernels.convert(UnsafePointer(out), call.out(Float.self), call.shape.count) }
    withExtendedLifetime(held) {}
    return fault
  }

  // MARK: Samples

  private static let regular = Sample.Operand.list([3, 3], [2, -1, 0.5, 0.7, 3, -0.4, -1.2, 0.3, 1.8])
  private static let regularBatch = Sample.Operand.list([2, 2, 2], [1.5, 0.4, -0.7, 2, 0.3, 2.1, 1.7, -0.6])
}
