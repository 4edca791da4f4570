import Kernels

extension Primitive {
  /// Elementwise arithmetic on two operands of one type, broadcast against each other.
  ///
  /// In each gradient `y` is the result and `g` its gradient; a contribution is given in the shape of the result,
  /// the walk sums it where the operand was broadcast.
  static let binaryRows: [Primitive] = [
    row(.add, "+", "a + b", .add, structural: true) { _, _, _, _, g, _ in g },
    row(.subtract, "-", "a - b", .subtract, structural: false) { e, _, _, _, g, position in position == 0 ? g : try e.negate(g) },
    row(.multiply, "*", "a · b", .multiply) { e, a, b, _, g, position in try e.multiply(g, position == 0 ? b : a) },
    row(.divide, "/", "a / b, never whole numbers.", .divide, whole: false, samples: [positive]) { e, _, b, y, g, position in
      let quotient = try e.divide(g, b)
      return position == 0 ? quotient : try e.negate(e.multiply(quotient, y))
    },
    row(.floorDivide, "//", "a / b rounded down; its derivative is 0.", .floorDivide, samples: [steps]) { e, a, _, _, _, _ in try e.constant(0, like: a) },
    row(.modulo, "%", "a - b · (a // b): the sign of b.", .modulo, samples: [steps]) { e, a, b, _, g, position in
      position == 0 ? g : try e.negate(e.multiply(g, e.binary(.floorDivide, a, b)))
    },
    row(.power, "^", "a to the power of b; the derivative of a^0 is 0, and so is that of 0^b for 0 < b < 1, as for sqrt.", .power, samples: [bases]) {
      e, a, b, y, g, position in
      position == 0 ? try powerByBase(e, a, b, g) : try powerByExponent(e, a, y, g)
    },
    row(
      .maximum, "max", "The greater of a and b; nan if either is. At a tie with a constant the derivative is the constant's, else both get half.", .maximum,
      samples: [apart]
    ) { e, a, b, _, g, position in
      try extreme(e, .greater, position == 0 ? a : b, position == 0 ? b : a, g)
    },
    row(
      .minimum, "min", "The lesser of a and b; nan if either is. At a tie with a constant the derivative is the constant's, else both get half.", .minimum,
      samples: [apart]
    ) { e, a, b, _, g, position in
      try extreme(e, .less, position == 0 ? a : b, position == 0 ? b : a, g)
    },
  ]

  /// Of `mine` and `other` only the winner gets the gradient. A tie with a constant, as in relu(0) = max(0, 0), counts as lost.
  private static func extreme(_ e: Engine, _ wins: Op, _ mine: Node, _ other: Node, _ g: Node) throws -> Node {
    let zero = try e.constant(0, like: g)
    let tied: Node
    if other.op == .constant {
      tied = zero
    } else {
      tied = try e.select(e.binary(.equal, mine, other), e.multiply(g, e.constant(0.5, like: g)), zero)
    }
    return try e.select(e.binary(wins, mine, other), g, tied)
  }

  /// b · a^(b-1), without a pole where the result has none.
  private static func powerByBase(_ e: Engine, _ a: Node, _ b: Node, _ g: Node) throws -> Node {
    let zero = try e.constant(0, like: a), one = try e.constant(1, like: a)
    if let exponent = b.constant {
      if exponent == 0 { return zero }
      if exponent == 1 { return g }
      let factor = try e.multiply(g, b)
      if exponent == 2 { return try e.multiply(factor, a) }
      if exponent < 0 || exponent > 1 { return try e.multiply(factor, e.binary(.power, a, e.constant(exponent - 1, like: b))) }
    }
    // At a = 0 with 0 ≤ b < 1 the derivative is taken as 0; the base is replaced there, so that
    // no infinity is multiplied by zero, in this derivative or in the next.
    let flat = try e.and(e.binary(.equal, a, zero), e.and(e.binary(.greaterEqual, b, zero), e.binary(.less, b, one)))
    let base = try e.select(flat, one, a)
    let slope = try e.multiply(b, e.binary(.power, base, e.subtract(b, one)))
    return try e.select(flat, zero, e.multiply(g, slope))
  }

  /// a^b · log(a), 0 at a = 0.
  private static func powerByExponent(_ e: Engine, _ a: Node, _ y: Node, _ g: Node) throws -> Node {
    let zero = try e.constant(0, like: a)
    let atZero = try e.binary(.equal, a, zero)
    let base = try e.select(atZero, e.constant(1, like: a), a)
    return try e.multiply(g, e.multiply(y, e.unary(.log, base)))
  }

  private typealias BinaryGradient =
    @Sendable (_ e: Engine, _ a: Node, _ b: Node, _ y: Node, _ g: Node, _ position: Int) throws -> Node?

  private static let plain = Sample(operands: [.values([2, 3]), .values([2, 3], -1.5, 1.8)])
  private static let positive = Sample(operands: [.values([2, 3]), .values([2, 3], 0.5, 2)])
  private static let bases = Sample(operands: [.values([2, 3], 0.3, 2), .values([2, 3], -1.5, 2.5)])
  private static let steps = Sample(operands: [.list([4], [-7.3, 7.3, -0.4, 5.5]), .list([4], [2, -3, 0.7, 1.3])])
  private static let apart = Sample(operands: [.list([4], [-1, 2, 0.5, 3]), .list([4], [1.5, 0.2, -0.5, 2])])

  private static func row(
    _ op: Op, _ name: String, _ documentation: String, _ kernel: BinaryOperation, structural: Bool = false, whole: Bool = true,
    samples: [Sample] = [plain], gradient: @escaping BinaryGradient
  ) -> Primitive {
    let types: [ElementType] = whole ? [.i32, .f32, .f64] : [.f32, .f64]
    // Broadcasts of every kind, from the ranges of the first sample.
    var samples = samples
    let first = samples[0].operands
    func operand(_ position: Int, _ dimensions: [Int]) -> Sample.Operand {
      if case .between(let low, let high) = first[position].values { return .values(dimensions, low, high) }
      return position == 0 ? .values(dimensions, 5.1, 5.8) : .values(dimensions, 1.9, 2.4)
    }
    for (left, right) in [([2, 3], [3]), ([3], [2, 3]), ([2, 1], [1, 3]), ([], [2, 2]), ([2, 2], []), ([], []), ([0, 3], [3]), ([0, 1], [1, 0])] {
      samples.append(Sample(operands: [operand(0, left), operand(1, right)]))
    }
    if whole {
      samples.append(Sample(operands: [.list([4], [-7, 7, 6, 0], .i32), .list([4], [2, 3, 3, 5], .i32)]))
      samples.append(Sample(operands: [.list([2, 2], [7, 7, 6, 0], .i32), .list([], [2], .i32)]))
    }
    return Primitive(
      op, name, documentation,
      rule: { operands, _ in
        let (a, b) = try operands.two()
        guard types.contains(a.type) else { throw TensorError.typeMismatch(operation: operands.name, expected: types, found: a.type) }
        guard a.type == b.type else { throw TensorError.typeMismatch(operation: operands.name, expected: [a.type], found: b.type) }
        return Signature(a.type, try Shape.broadcast(a.shape, b.shape, operation: operands.name))
      },
      gradient: Gradient(structural: structural) { e, node, g, position in
        guard let a = node.a, let b = node.b else { return nil }
        return try gradient(e, a, b, node, g, position)
      },
      kernel: .elementwise(Tile(.binary(kernel))),
      mayFail: { result, _ in result == .i32 && op != .maximum && op != .minimum },
      samples: samples)
  }
}
