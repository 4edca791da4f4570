import Kernels

extension Primitive {
  /// Factorisations of the last two axes, batched over the leading ones.
  ///
  /// A node has one result: several factors lie one after the other along its last axis, each row-major, and the engine reads
  /// them with slices. The gradient of a factor is then a part of the node's.
  static let factorisations: [Primitive] = [
    Primitive(
      .cholesky, "cholesky", "[…, n, n] → […, n, n]: the lower triangle L with L Lᵀ = (A + Aᵀ) / 2.",
      rule: squareRule,
      // Ā = L⁻ᵀ Φ(Lᵀ g) L⁻¹, made symmetric; Φ keeps the lower triangle and half the diagonal (Murray 2016, https://arxiv.org/abs/1602.07527).
      gradient: Gradient { e, node, g, _ in
        let inner = try e.multiply(e.matrixProduct(node, e.triangle(g, lower: true), transposeA), e.halvedTriangle(node))
        let left = try e.solve(node, inner, lowerTriangle | transposedSystem)
        return try e.symmetric(e.solve(node, e.swapped(left), lowerTriangle | transposedSystem))
      },
      kernel: .whole { call in
        let n = call.shape[call.shape.rank - 1]
        return try eachMatrix(call, work: n * n * n) { matrix in
          let offset = matrix.number * n * n
          return cholesky(n: n, a: matrix.operands[0] + offset, out: matrix.out + offset)
            .map { KernelFault(kind: .notPositiveDefinite, position: matrix.number, value: $0) }
        }
      },
      mayFail: { _, _ in true },
      samples: [
        Sample(operands: [.list([3, 3], [4, 1, -0.5, 1, 3, 0.7, -0.5, 0.7, 2])]), Sample(operands: [.list([2, 2, 2], [2, 0.5, 0.5, 1, 3, -1, -1, 1.5])]),
        Sample(operands: [.list([1, 1], [9])]), Sample(operands: [.list([2, 2], [2, 0.2, 0.8, 1])]), Sample(operands: [.values([0, 0])]),
        Sample(operands: [.values([0, 2, 2])]),
      ]),
    Primitive(
      .orthogonalFactors, "qr",
      "[…, m, n] → Q of [m, k], then R of [k, n], k = min(m, n): A = Q R with orthonormal columns and an upper triangle, its diagonal not negative.",
      rule: { operands, _ in
        let a = try operands.one()
        try requireFloats(operands.name, a)
        guard a.shape.rank >= 2 else { throw TensorError.rank(operation: operands.name, a.shape, expected: 2) }
        let m = a.shape[a.shape.rank - 2], n = a.shape[a.shape.rank - 1], k = min(m, n)
        return Signature(a.type, try Shape(a.shape.dimensions.dropLast(2) + [m * k + k * n]))
      },
      gradient: Gradient { e, node, g, _ in
        guard let a = node.a else { return nil }
        return try orthogonalGradient(e, node, g, a)
      },
      kernel: .whole { call in
        let shape = call.shapeOfOperand(0), m = shape[shape.rank - 2], n = shape[shape.rank - 1], k = min(m, n)
        return try eachMatrix(call, work: 2 * m * n * k) { matrix in
          let q = matrix.out + matrix.number * (m * k + k * n)
          orthogonalFactors(m: m, n: n, a: matrix.operands[0] + matrix.number * m * n, q: q, r: q + m * k, workers: call.workers)
          return nil
        }
      },
      samples: [
        Sample(operands: [square]), Sample(operands: [tall]), Sample(operands: [wide]), Sample(operands: [batch]), Sample(operands: [.list([1, 1], [-2])]),
        Sample(operands: [.list([3, 1], [1, 2, 2])]), Sample(operands: [.list([1, 3], [-1, 2, 2])]), Sample(operands: [.values([0, 2])]), Sample(operands: [.values([2, 0])]),
        Sample(operands: [.values([0, 2, 2])]),
      ]),
    Primitive(
      .symmetricEigen, "eigh",
      "[…, n, n] → the eigenvalues [n] of (A + Aᵀ) / 2, ascending, then its eigenvectors as columns [n, n], of each the greatest element positive. "
        + "The derivative of the vectors of an eigenvalue that occurs twice is taken as 0.",
      rule: { operands, _ in
        let a = try operands.one()
        try requireFloats(operands.name, a)
        try requireSquare(operands.name, a.shape)
        let n = a.shape[a.shape.rank - 1]
        return Signature(a.type, try Shape(a.shape.dimensions.dropLast(2) + [n + n * n]))
      },
      // Ā = V (diag(w̄) + F ∘ VᵀV̄) Vᵀ, made symmetric, F[i, j] = 1 / (w[j] - w[i]) (Giles 2008, section 3.1).
      gradient: Gradient { e, node, g, _ in
        guard let a = node.a else { return nil }
        let n = a.shape[a.shape.rank - 1]
        let w = try e.factor(node, 0, [n]), v = try e.factor(node, n, [n, n])
        let inner = try e.multiply(e.matrixProduct(v, e.factor(g, n, [n, n]), transposeA), e.inverseDistances(w))
        let middle = try e.add(inner, e.diagonal(e.factor(g, 0, [n])))
        return try e.symmetric(e.matrixProduct(e.matrixProduct(v, middle, 0), v, transposeB))
      },
      kernel: .whole { call in
        let shape = call.shapeOfOperand(0), n = shape[shape.rank - 1]
        return try eachMatrix(call, work: 8 * n * n * n) { matrix in
          let values = matrix.out + matrix.number * (n + n * n)
          symmetricEigen(n: n, a: matrix.operands[0] + matrix.number * n * n, values: values, vectors: values + n, workers: call.workers)
          return nil
        }
      },
      samples: [
        Sample(operands: [.list([3, 3], [4, 1, -0.5, 1, 3, 0.7, -0.5, 0.7, 2])]), Sample(operands: [.list([2, 2, 2], [2, 0.5, 0.5, 1, 3, -1, -1, 1.5])]),
        Sample(operands: [.list([1, 1], [-9])]), Sample(operands: [.list([2, 2], [2, 0.2, 0.8, 1])]),
        Sample(operands: [.list([4, 4], [1, 2, 0, 0, 2, -1, 0.5, 0, 0, 0.5, 3, 1, 0, 0, 1, 0.2])]),
        Sample(operands: [.list([3, 3], [5, 0, 0, 0, 2, 0, 0, 0, 3])]), Sample(operands: [.values([0, 0])]), Sample(operands: [.values([0, 2, 2])]),
      ]),
    Primitive(
      .singularValues, "svd",
      "[…, m, n] → U of [m, k], s of [k], descending, Vᵀ of [k, n], k = min(m, n): A = U diag(s) Vᵀ, in each column of U the greatest element positive. "
        + "The derivative of the vectors of a value that occurs twice is taken as 0.",
      rule: { operands, _ in
        let a = try operands.one()
        try requireFloats(operands.name, a)
        guard a.shape.rank >= 2 else { throw TensorError.rank(operation: operands.name, a.shape, expected: 2) }
        let m = a.shape[a.shape.rank - 2], n = a.shape[a.shape.rank - 1], k = min(m, n)
        return Signature(a.type, try Shape(a.shape.dimensions.dropLast(2) + [m * k + k + k * n]))
      },
      gradient: Gradient { e, node, g, _ in
        guard let a = node.a else { return nil }
        return try singularGradient(e, node, g, a)
      },
      kernel: .whole { call in
        let shape = call.shapeOfOperand(0), m = shape[shape.rank - 2], n = shape[shape.rank - 1], k = min(m, n)
        return try eachMatrix(call, work: 16 * m * n * k) { matrix in
          let u = matrix.out + matrix.number * (m * k + k + k * n)
          singularValues(
            m: m, n: n, a: matrix.operands[0] + matrix.number * m * n, u: u, s: u + m * k, vt: u + m * k + k, workers: call.workers)
          return nil
        }
      },
      samples: [
        Sample(operands: [square]), Sample(operands: [tall]), Sample(operands: [wide]), Sample(operands: [batch]), Sample(operands: [.list([1, 1], [-2])]),
        Sample(operands: [.list([3, 1], [1, 2, 2])]), Sample(operands: [.list([1, 3], [-1, 2, 2])]),
        Sample(operands: [.list([3, 2], [3, 0, 0, 1, 0, 0])]), Sample(operands: [.values([0, 2])]), Sample(operands: [.values([2, 0])]), Sample(operands: [.values([0, 2, 2])]),
      ]),
  ]

  /// Of m ≥ n: Ā = (Q̄ + Q M) R⁻ᵀ, where M is the symmetric matrix with the lower triangle of R R̄ᵀ - Q̄ᵀ Q (Walter & Lehmann 2010,
  /// https://arxiv.org/abs/1001.1654). A wide A = [X, Y] has X = Q U and R = [U, Qᵀ Y] (Roberts & Roberts 2020, https://arxiv.org/abs/2009.10071).
  private static func orthogonalGradient(_ e: Engine, _ node: Node, _ g: Node, _ a: Node) throws -> Node {
    let m = a.shape[a.shape.rank - 2], n = a.shape[a.shape.rank - 1], k = min(m, n)
    let q = try e.factor(node, 0, [m, k])
    var gq = try e.factor(g, 0, [m, k])
    let r = try e.factor(node, m * k, [k, n]), gr = try e.factor(g, m * k, [k, n])
    let u = try e.columns(r, 0, k), gu = try e.triangle(e.columns(gr, 0, k), lower: false)
    if n > k { gq = try e.add(gq, e.matrixProduct(e.columns(a, k, n - k), e.columns(gr, k, n - k), transposeB)) }
    let mixed = try e.subtract(e.matrixProduct(u, gu, transposeB), e.matrixProduct(gq, q, transposeA))
    let half = try e.multiply(mixed, e.halvedTriangle(mixed))
    let inner = try e.add(gq, e.matrixProduct(q, e.add(half, e.swapped(half)), 0))
    let left = try e.swapped(e.solve(u, e.swapped(inner), upperTriangle))
    if n == k { return left }
    let right = try e.matrixProduct(q, e.columns(gr, k, n - k), 0)
    return try e.make(.concatenate, more: [left, right], with: Attributes(integer: a.shape.rank - 1))
  }

  /// Townsend 2016, "Differentiating the singular value decomposition": with F[i, j] = 1 / (s[j]² - s[i]²),
  /// Ā = (U (F ∘ (UᵀŪ - ŪᵀU)) S + (I - UUᵀ) Ū S⁻¹) Vᵀ + U diag(s̄) Vᵀ + U (S (F ∘ (VᵀV̄ - V̄ᵀV)) Vᵀ + S⁻¹ V̄ᵀ (I - VVᵀ)).
  private static func singularGradient(_ e: Engine, _ node: Node, _ g: Node, _ a: Node) throws -> Node {
    let m = a.shape[a.shape.rank - 2], n = a.shape[a.shape.rank - 1], k = min(m, n)
    let u = try e.factor(node, 0, [m, k]), s = try e.factor(node, m * k, [k]), vt = try e.factor(node, m * k + k, [k, n])
    let gu = try e.factor(g, 0, [m, k]), gs = try e.factor(g, m * k, [k]), gvt = try e.factor(g, m * k + k, [k, n])
    let row = try Shape(s.shape.dimensions.dropLast() + [1, k]), column = try Shape(s.shape.dimensions.dropLast() + [k, 1])
    let across = try e.reshape(s, row), down = try e.reshape(s, column)
    let f = try e.inverseDistances(e.multiply(s, s))
    func skew(_ x: Node) throws -> Node { try e.multiply(f, e.subtract(x, e.swapped(x))) }
    // 1 / s, and 0 where a value vanishes.
    let zero = try e.constant(0, like: s), one = try e.constant(1, like: s)
    let vanishes = try e.binary(.equal, s, zero)
    let inverse = try e.select(vanishes, zero, e.divide(one, e.select(vanishes, one, s)))

    let ofU = try e.multiply(skew(e.matrixProduct(u, gu, transposeA)), across)
    let ofV = try e.multiply(down, skew(e.matrixProduct(vt, gvt, transposeB)))
    var total = try e.matrixProduct(e.matrixProduct(u, e.add(e.add(ofU, ofV), e.diagonal(gs)), 0), vt, 0)
    if m > k {
      let outside = try e.subtract(gu, e.matrixProduct(u, e.matrixProduct(u, gu, transposeA), 0))
      total = try e.add(total, e.matrixProduct(e.multiply(outside, e.reshape(inverse, row)), vt, 0))
    }
    if n > k {
      let outside = try e.subtract(gvt, e.matrixProduct(e.matrixProduct(gvt, vt, transposeB), vt, 0))
      total = try e.add(total, e.matrixProduct(u, e.multiply(e.reshape(inverse, column), outside), 0))
    }
    return total
  }

  // MARK: Samples

  private static let square = Sample.Operand.list([3, 3], [2, -1, 0.5, 0.7, 3, -0.4, -1.2, 0.3, 1.8])
  private static let tall = Sample.Operand.list([4, 2], [1, 0.5, -0.3, 2, 0.8, -1.1, 1.4, 0.9])
  private static let wide = Sample.Operand.list([2, 4], [1, 0.5, -0.3, 2, 0.8, -1.1, 1.4, 0.9])
  private static let batch = Sample.Operand.list([2, 2, 2], [1.5, 0.4, -0.7, 2, 0.3, 2.1, 1.7, -0.6])
}
