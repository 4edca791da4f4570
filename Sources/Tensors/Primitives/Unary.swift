import Kernels

extension Primitive {
  /// Elementwise functions of one operand. Of an i32 or bool operand, functions such as `exp` are computed in f32 (the engine casts).
  ///
  /// In each gradient `x` is the operand, `y` the result and `g` the gradient of the result.
  static let unaryRows: [Primitive] = [
    arithmetic(.negate, "-", "-x", .negate) { e, _, _, g in try e.negate(g) },
    arithmetic(.absolute, "abs", "|x|; its derivative at 0 is 0.", .absolute, samples: [away]) { e, x, _, g in try e.multiply(g, e.unary(.sign, x)) },
    arithmetic(.sign, "sign", "-1, 0 or 1; its derivative is 0.", .sign, samples: [away]) { e, x, _, _ in try e.constant(0, like: x) },
    function(.exp, "exp", "eˣ", .exp) { e, _, y, g in try e.multiply(g, y) },
    function(.expm1, "expm1", "eˣ - 1, exact near 0.", .expm1) { e, x, _, g in try e.multiply(g, e.unary(.exp, x)) },
    function(.log, "log", "The natural logarithm.", .log, samples: [positive]) { e, x, _, g in try e.divide(g, x) },
    function(.log1p, "log1p", "log(1 + x), exact near 0.", .log1p, samples: [unit]) { e, x, _, g in
      try e.divide(g, e.add(x, e.constant(1, like: x)))
    },
    // At 0 the derivative would be infinite; 0 is taken, which also makes that of a norm at 0 finite.
    function(.sqrt, "sqrt", "The square root; its derivative at 0 is taken as 0.", .sqrt, samples: [positive]) { e, _, y, g in
      let zero = try e.constant(0, like: y)
      let atZero = try e.binary(.equal, y, zero)
      let safe = try e.select(atZero, e.constant(1, like: y), y)
      return try e.select(atZero, zero, e.divide(e.multiply(g, e.constant(0.5, like: y)), safe))
    },
    function(.sin, "sin", "The sine of x radians.", .sin) { e, x, _, g in try e.multiply(g, e.unary(.cos, x)) },
    function(.cos, "cos", "The cosine of x radians.", .cos) { e, x, _, g in try e.negate(e.multiply(g, e.unary(.sin, x))) },
    function(.tan, "tan", "The tangent of x radians.", .tan, samples: [unit]) { e, _, y, g in
      try e.multiply(g, e.add(e.multiply(y, y), e.constant(1, like: y)))
    },
    function(.asin, "asin", "The angle in [-π/2, π/2] whose sine is x.", .asin, samples: [unit]) { e, x, _, g in
      try e.divide(g, e.unary(.sqrt, e.subtract(e.constant(1, like: x), e.multiply(x, x))))
    },
    function(.acos, "acos", "The angle in [0, π] whose cosine is x.", .acos, samples: [unit]) { e, x, _, g in
      try e.negate(e.divide(g, e.unary(.sqrt, e.subtract(e.constant(1, like: x), e.multiply(x, x)))))
    },
    function(.atan, "atan", "The angle in (-π/2, π/2) whose tangent is x.", .atan) { e, x, _, g in
      try e.divide(g, e.add(e.multiply(x, x), e.constant(1, like: x)))
    },
    function(.sinh, "sinh", "The hyperbolic sine.", .sinh) { e, x, _, g in try e.multiply(g, e.unary(.cosh, x)) },
    function(.cosh, "cosh", "The hyperbolic cosine.", .cosh) { e, x, _, g in try e.multiply(g, e.unary(.sinh, x)) },
    function(.tanh, "tanh", "The hyperbolic tangent.", .tanh) { e, _, y, g in
      try e.multiply(g, e.subtract(e.constant(1, like: y), e.multiply(y, y)))
    },
    // d/dx erf(x) = 2/√π · exp(-x²)  (Abramowitz & Stegun 7.1.1)
    function(.erf, "erf", "The error function 2/√π ∫₀ˣ exp(-t²) dt.", .erf) { e, x, _, g in
      try e.multiply(e.multiply(g, e.constant(1.1283791670955126, like: x)), e.unary(.exp, e.negate(e.multiply(x, x))))
    },
    function(.sigmoid, "sigmoid", "1 / (1 + e⁻ˣ)", .sigmoid) { e, _, y, g in
      try e.multiply(g, e.multiply(y, e.subtract(e.constant(1, like: y), y)))
    },
    function(.reciprocal, "reciprocal", "1 / x", .reciprocal, samples: [positive]) { e, _, y, g in
      try e.negate(e.multiply(g, e.multiply(y, y)))
    },
    function(.floor, "floor", "The greatest whole number that is not above x.", .floor, samples: [away]) { e, x, _, _ in try e.constant(0, like: x) },
    function(.ceil, "ceil", "The least whole number that is not below x.", .ceil, samples: [away]) { e, x, _, _ in try e.constant(0, like: x) },
    function(.round, "round", "The nearest whole number, of two the even one.", .round, samples: [away]) { e, x, _, _ in try e.constant(0, like: x) },
    Primitive(
      .isNan, "isnan", "Whether x is not a number.",
      rule: { operands, _ in
        let x = try operands.one()
        guard x.type.isFloat else { throw TensorError.typeMismatch(operation: operands.name, expected: [.f32, .f64], found: x.type) }
        return Signature(.bool, x.shape)
      },
      kernel: .elementwise(
        Tile(acceptsRepeats: false) { call in
          if call.type == .f32 {
            isNan(call.a(Float.self), call.out(UInt8.self), call.count)
          } else {
            isNan(call.a(Double.self), call.out(UInt8.self), call.count)
          }
          return nil
        }),
      samples: [Sample(operands: [.list([3], [1, .nan, .infinity])])]),
    Primitive(
      .not, "not", "Elementwise negation of bools.",
      rule: { operands, _ in
        let x = try operands.one()
        guard x.type == .bool else { throw TensorError.typeMismatch(operation: operands.name, expected: [.bool], found: x.type) }
        return Signature(.bool, x.shape)
      },
      kernel: .elementwise(
        Tile(acceptsRepeats: false) { call in
          logicalNot(call.a(UInt8.self), call.out(UInt8.self), call.count)
          return nil
        }),
      samples: [Sample(operands: [.list([3], [1, 0, 1], .bool)])]),
  ]

  private typealias UnaryGradient = @Sendable (_ e: Engine, _ x: Node, _ y: Node, _ g: Node) throws -> Node

  private static let plain = Sample(operands: [.values([2, 3])])
  private static let away = Sample(operands: [.list([2, 3], [-1.7, -0.6, 0.3, 0.8, 1.4, 2.2])])
  private static let positive = Sample(operands: [.values([2, 3], 0.3, 3)])
  private static let unit = Sample(operands: [.values([2, 3], -0.8, 0.8)])

  /// Floating operands only.
  private static func function(
    _ op: Op, _ name: String, _ documentation: String, _ kernel: UnaryOperation, samples: [Sample] = [plain],
    gradient: @escaping UnaryGradient
  ) -> Primitive {
    row(op, name, documentation, kernel, types: [.f32, .f64], samples: samples, gradient: gradient)
  }

  /// Floating and i32 operands.
  private static func arithmetic(
    _ op: Op, _ name: String, _ documentation: String, _ kernel: UnaryOperation, samples: [Sample] = [plain],
    gradient: @escaping UnaryGradient
  ) -> Primitive {
    let whole = Sample(operands: [.list([4], [-7, 0, 3, 12], .i32)])
    return row(op, name, documentation, kernel, types: [.i32, .f32, .f64], samples: samples + [whole], gradient: gradient)
  }

  private static func row(
    _ op: Op, _ name: String, _ documentation: String, _ kernel: UnaryOperation, types: [ElementType], samples: [Sample],
    gradient: @escaping UnaryGradient
  ) -> Primitive {
    let edge = samples[0].operands[0]
    var single = samples[0], empty = samples[0]
    if case .between(let low, let high) = edge.values {
      single.operands = [.values([], low, high)]
      empty.operands = [.values([0, 3], low, high)]
    } else {
      single.operands = [.list([], [0.7])]
      empty.operands = [.list([0, 3], [])]
    }
    return Primitive(
      op, name, documentation,
      rule: { operands, _ in
        let x = try operands.one()
        guard types.contains(x.type) else { throw TensorError.typeMismatch(operation: operands.name, expected: types, found: x.type) }
        return Signature(x.type, x.shape)
      },
      gradient: Gradient { e, node, g, _ in
        guard let x = node.a else { return nil }
        return try gradient(e, x, node, g)
      },
      kernel: .elementwise(Tile(.unary(kernel))),
      mayFail: { result, _ in result == .i32 && (op == .negate || op == .absolute) },
      samples: samples + [single, empty])
  }
}
