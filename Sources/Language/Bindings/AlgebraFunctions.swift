import Syntax
import Tensors

/// Functions of linear algebra.
enum AlgebraFunctions {
  static var table: NativeTable {
    [
      ("__solve", { session, a in
        .tensor(try session.engine.solve(matrix(session, a, "solve"), session.tensorArgument(a, 1, "the right side of `solve`")))
      }),
      ("__inv", { session, a in .tensor(try session.engine.inverse(matrix(session, a, "inv"))) }),
      ("__det", { session, a in .tensor(try session.engine.determinant(matrix(session, a, "det"))) }),
      ("__slogdet", { session, a in
        let found = try session.engine.logDeterminant(matrix(session, a, "slogdet"))
        return .record([("sign", .tensor(found.sign)), ("logarithm", .tensor(found.logarithm))])
      }),
      ("__cholesky", { session, a in .tensor(try session.engine.cholesky(matrix(session, a, "cholesky"))) }),
      ("__qr", { session, a in
        let found = try session.engine.orthogonalFactors(matrix(session, a, "qr"))
        return .record([("q", .tensor(found.q)), ("r", .tensor(found.r))])
      }),
      ("__eigh", { session, a in
        let found = try session.engine.symmetricEigen(matrix(session, a, "eigh"))
        return .record([("values", .tensor(found.values)), ("vectors", .tensor(found.vectors))])
      }),
      ("__svd", { session, a in
        let found = try session.engine.singularValues(matrix(session, a, "svd"))
        return .record([("u", .tensor(found.u)), ("s", .tensor(found.s)), ("vt", .tensor(found.vt))])
      }),
      // subscripts, the tuple of operands
      ("__einsum", { session, a in
        guard case .string(let subscripts) = session.read(a[0]) else {
          throw Failure(
            .type, "`einsum` begins with its subscripts, a string, not with \(session.described(a[0]))", hint: "einsum(\"ij,jk->ik\", a, b)", argument: 0)
        }
        guard case .tuple(let operands) = session.read(a[1]) else { throw Failure(.type, "`einsum` needs its operands as arguments") }
        try session.refuseNames(operands, "an operand")
        let tensors = try operands.elements.map { try session.tensorArgument($0, "an operand of `einsum`") }
        return session.makeNumber(try session.engine.einsum(subscripts.text, tensors))
      }),
    ]
  }

  private static func matrix(_ session: Session, _ a: Arguments, _ name: String) throws -> Tensor {
    try session.tensorArgument(a, 0, "the argument of `\(name)`")
  }
}
