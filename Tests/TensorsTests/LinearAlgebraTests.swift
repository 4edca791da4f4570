import Foundation
import Tensors
import Testing

/// Linear algebra beyond the table's small samples: large matrices, hard ones, what cannot be computed.
@Suite struct LinearAlgebraTests {
  private let engine = Engine(threads: 2)

  /// Numbers of no pattern in -1 ..< 1.
  private func matrix(_ engine: Engine, _ sizes: Int..., type: ElementType = .f64, salt: Double = 0) throws -> Tensor {
    try engine.tensor(doubles: spread(sizes.reduce(1, *), salt), Shape(sizes), as: type)
  }

  private func spread(_ count: Int, _ salt: Double) -> [Double] {
    // Products of two irrational steps: rows of a matrix don't repeat each other.
    (0..<count).map { index in
      let x = Double(index + 1) * 0.6180339887498949 + Double((index * index) % 9973) * 0.2360679774997897 + salt
      return 2 * (x - x.rounded(.down)) - 1
    }
  }

  private func largest(_ x: Tensor) throws -> Double { try engine.doubles(x).reduce(0) { max($0, $1.magnitude) } }

  private func difference(_ a: Tensor, _ b: Tensor) throws -> Double { try largest(engine.binary(.subtract, a, b)) }

  private func identity(_ n: Int) throws -> Tensor {
    try engine.tensor(doubles: (0..<n * n).map { $0 % (n + 1) == 0 ? 1 : 0 }, shape(n, n))
  }

  @Test(arguments: [1, 2, 5, 17, 63, 64, 65, 130, 200]) func systemsOfAllSizes(_ n: Int) throws {
    let a = try matrix(engine, n, n), b = try matrix(engine, n, 3, salt: 0.3)
    let x = try engine.solve(a, b)
    #expect(try difference(engine.matrixProduct(a, x), b) < 1e-10 * Double(n) * max(1, largest(x)))
    let vector = try engine.reshape(engine.slice(b, [(start: 0, count: n, step: 1), (start: 1, count: 1, step: 1)]), [n])
    #expect(try engine.solve(a, vector).shape.dimensions == [n])
    let inverse = try engine.inverse(a)
    #expect(try difference(engine.matrixProduct(inverse, a), identity(n)) < 1e-10 * Double(n) * max(1, largest(inverse)))
    // det(A) and its logarithm, against those of the inverse.
    let (sign, logarithm) = try engine.logDeterminant(a), (otherSign, other) = try engine.logDeterminant(inverse)
    #expect(try engine.number(of: sign) == engine.number(of: otherSign))
    #expect(agree(try engine.number(of: logarithm), try -engine.number(of: other), 1e-9))
    let determinant = try engine.number(of: engine.determinant(a))
    #expect(agree(Foundation.log(determinant.magnitude), try engine.number(of: logarithm), 1e-9))
  }

  @Test(arguments: [(1, 1), (5, 5), (40, 40), (90, 30), (30, 90), (1, 20), (20, 1)]) func factorsOfAllSizes(_ m: Int, _ n: Int) throws {
    let a = try matrix(engine, m, n), k = min(m, n)
    let (q, r) = try engine.orthogonalFactors(a)
    #expect(try difference(engine.matrixProduct(q, r), a) < 1e-13 * Double(m + n))
    #expect(try difference(engine.matrixProduct(engine.transposeLast(q), q), identity(k)) < 1e-13 * Double(m + n))
    let upper = try engine.doubles(r)
    for row in 0..<k {
      #expect(upper[row * n + row] >= 0)
      for column in 0..<row { #expect(upper[row * n + column] == 0) }
    }
    let (u, s, vt) = try engine.singularValues(a)
    let scaled = try engine.matrixProduct(engine.binary(.multiply, u, s), vt)
    #expect(try difference(scaled, a) < 1e-13 * Double(m + n))
    #expect(try difference(engine.matrixProduct(engine.transposeLast(u), u), identity(k)) < 1e-13 * Double(m + n))
    #expect(try difference(engine.matrixProduct(vt, engine.transposeLast(vt)), identity(k)) < 1e-13 * Double(m + n))
    let values = try engine.doubles(s)
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 } && values.allSatisfy { $0 >= 0 })
  }

  @Test(arguments: [1, 2, 3, 10, 64, 100]) func eigenvaluesOfAllSizes(_ n: Int) throws {
    let half = try matrix(engine, n, n), a = try engine.binary(.add, half, engine.transposeLast(half))
    let (w, v) = try engine.symmetricEigen(a)
    #expect(try difference(engine.matrixProduct(a, v), engine.binary(.multiply, v, w)) < 1e-12 * Double(n))
    #expect(try difference(engine.matrixProduct(engine.transposeLast(v), v), identity(n)) < 1e-12 * Double(n))
    let values = try engine.doubles(w)
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
    // A Aᵀ has the squares for eigenvalues, and Cholesky's triangle.
    let square = try engine.binary(.add, engine.matrixProduct(half, engine.transposeLast(half)), identity(n))
    let l = try engine.cholesky(square)
    #expect(try difference(engine.matrixProduct(l, engine.transposeLast(l)), square) < 1e-12 * Double(n))
  }

  @Test func singlePrecisionIsRoundedOnce() throws {
    let a = try matrix(engine, 30, 30, type: .f32), b = try matrix(engine, 30, 2, type: .f32, salt: 0.5)
    let single = try engine.solve(a, b), double = try engine.solve(engine.cast(a, to: .f64), engine.cast(b, to: .f64))
    #expect(single.type == .f32)
    #expect(try engine.doubles(single) == engine.doubles(double).map { Double(Float($0)) })
    #expect(try engine.solve(a, engine.cast(b, to: .f64)).type == .f64)
    #expect(try engine.inverse(engine.tensor(ints: [2, 0, 0, 4], shape(2, 2))).type == .f32)
  }

  @Test func hardMatrices() throws {
    // Rank 2 of 5, a zero matrix, values far apart, entries near both ends of the range.
    let left = try matrix(engine, 6, 2), right = try matrix(engine, 2, 5, salt: 0.4)
    let low = try engine.matrixProduct(left, right)
    let (u, s, vt) = try engine.singularValues(low)
    #expect(try engine.doubles(s).dropFirst(2).allSatisfy { $0 < 1e-14 })
    #expect(try difference(engine.matrixProduct(engine.transposeLast(u), u), identity(5)) < 1e-13)
    #expect(try difference(engine.matrixProduct(vt, engine.transposeLast(vt)), identity(5)) < 1e-13)
    let zeros = try engine.singularValues(engine.full(0, shape(4, 3), .f64))
    #expect(try engine.doubles(zeros.s) == [0, 0, 0])
    #expect(try difference(engine.matrixProduct(engine.transposeLast(zeros.u), zeros.u), identity(3)) < 1e-15)
    #expect(try engine.doubles(engine.symmetricEigen(engine.full(0, shape(3, 3), .f64)).values) == [0, 0, 0])
    for scale in [1e-200, 1e200] {
      let a = try engine.binary(.multiply, matrix(engine, 4, 4), engine.scalar(scale, .f64))
      let values = try engine.doubles(engine.singularValues(a).s), plain = try engine.doubles(engine.singularValues(matrix(engine, 4, 4)).s)
      #expect(agree(values.map { $0 / scale }, plain, 1e-14))
      let (q, r) = try engine.orthogonalFactors(a)
      #expect(try difference(engine.matrixProduct(q, engine.binary(.divide, r, engine.scalar(scale, .f64))), matrix(engine, 4, 4)) < 1e-14)
      #expect(try engine.doubles(engine.symmetricEigen(a).values).allSatisfy(\.isFinite))
    }
    let graded = try engine.tensor(doubles: [1, 0, 0, 1e-20], shape(2, 2))
    #expect(try engine.doubles(engine.inverse(graded)) == [1, 0, 0, 1e20])
    #expect(try engine.doubles(engine.singularValues(graded).s) == [1, 1e-20])
    // Equal eigenvalues have finite derivatives.
    let r = engine.open()
    defer { engine.close(r) }
    let x = engine.mark(try identity(3), in: r)
    let total = try engine.reduce(.sum, engine.symmetricEigen(x).vectors, axes: nil, keep: false)
    #expect(try engine.doubles(#require(engine.gradients(of: total, seed: nil, withRespectTo: [x], in: r)[0])).allSatisfy(\.isFinite))
  }

  @Test func notANumber() throws {
    let a = try engine.tensor(doubles: [1, .nan, 2, 3], shape(2, 2))
    #expect(try engine.doubles(engine.symmetricEigen(a).values).allSatisfy(\.isNaN))
    #expect(try engine.doubles(engine.singularValues(a).s).allSatisfy(\.isNaN))
    #expect(try engine.number(of: engine.determinant(a)).isNaN)
    #expect(try engine.doubles(engine.singularValues(engine.full(.infinity, shape(2, 3), .f64)).s).allSatisfy(\.isNaN))
  }

  @Test func whatTheDataForbids() throws {
    let singular = try engine.tensor(doubles: [1, 2, 3, 4, 5, 6, 7, 8, 9], shape(3, 3)), b = try engine.full(1, shape(3), .f64)
    engine.site = 7
    let solved = try engine.solve(singular, b)
    engine.site = 8
    do {
      _ = try engine.doubles(solved)
      Issue.record("a singular system was solved")
    } catch let error as LocatedTensorError {
      #expect(error.site == 7)
      guard case .singularMatrix("solve", let found, 0) = error.error, found.dimensions == [3, 3] else {
        Issue.record("\(error)")
        return
      }
    }
    // Pending failures are met where control leaves a `try`.
    let inverse = try engine.inverse(singular)
    #expect(engine.hasFallible)
    #expect(throws: LocatedTensorError.self) { try engine.realizeFallible() }
    _ = inverse
    // The third of a batch.
    let batch = try engine.tensor(doubles: [1, 0, 0, 1, 2, 1, 1, 2, 1, 2, 2, 1], shape(3, 2, 2))
    do {
      _ = try engine.doubles(engine.cholesky(batch))
      Issue.record("a matrix with a negative eigenvalue has a Cholesky factor")
    } catch let error as LocatedTensorError {
      guard case .notPositiveDefinite(_, 2, 2) = error.error else {
        Issue.record("\(error)")
        return
      }
    }
    #expect(engine.pendingNodes >= 0)
  }

  @Test func whatIsRefused() throws {
    let wide = try engine.full(1, shape(2, 3), .f64), square = try identity(2)
    let refused: [(String, () throws -> Tensor)] = [
      ("rank 1", { try engine.inverse(engine.full(1, shape(3), .f64)) }), ("wide", { try engine.determinant(wide) }),
      ("wide system", { try engine.solve(wide, engine.full(1, shape(2), .f64)) }), ("rows", { try engine.solve(square, engine.full(1, shape(3), .f64)) }),
      ("batches", { try engine.solve(engine.full(1, shape(2, 2, 2), .f64), engine.full(1, shape(3, 2, 1), .f64)) }),
      ("right side without an axis", { try engine.solve(square, engine.scalar(1, .f64)) }), ("cholesky", { try engine.cholesky(wide) }),
      ("rank 0", { try engine.orthogonalFactors(engine.scalar(1, .f64)).q }), ("eigh", { try engine.symmetricEigen(wide).values }),
      ("svd", { try engine.singularValues(engine.full(1, shape(3), .f64)).s }),
    ]
    for (name, body) in refused {
      do {
        _ = try body()
        Issue.record("\(name) is not refused")
      } catch is TensorError {
      } catch { Issue.record("\(name): \(error)") }
    }
  }

  @Test func theSameBitsOnAnyNumberOfThreads() throws {
    func all(_ threads: Int) throws -> [[Double]] {
      let engine = Engine(threads: threads)
      let a = try matrix(engine, 150, 150), batch = try matrix(engine, 40, 12, 12, type: .f32)
      let (u, s, vt) = try engine.singularValues(batch), (w, v) = try engine.symmetricEigen(batch), (q, r) = try engine.orthogonalFactors(batch)
      return try [engine.solve(a, a), engine.inverse(a), engine.determinant(a), engine.inverse(batch), u, s, vt, w, v, q, r].map(engine.doubles)
    }
    let one = try all(1)
    #expect(try all(2) == one)
    #expect(try all(3) == one)
  }

  @Test func broadcastBatches() throws {
    let a = try matrix(engine, 3, 1, 2, 2), b = try matrix(engine, 4, 2, 1, salt: 0.2)
    let x = try engine.solve(a, b)
    #expect(x.shape.dimensions == [3, 4, 2, 1])
    #expect(try difference(engine.matrixProduct(a, x), engine.broadcast(b, to: shape(3, 4, 2, 1))) < 1e-12)
    let check = GradientCheck(operands: [Plain([2, 1, 2, 2], spread(8, 0.7)), Plain([3, 2, 1], spread(6, 0.1))], types: [.f64, .f64], tolerance: 1e-5) {
      try $0.solve($1[0], $1[1])
    }
    try check.run("solve of broadcast batches")
  }
}
