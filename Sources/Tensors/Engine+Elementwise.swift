extension Engine {
  /// A function of each element. `exp` and its kin give f32 for bool and i32; `-`, `abs`, `sign` and roundings keep i32.
  package func unary(_ op: Op, _ x: Tensor) throws -> Tensor {
    let isNumber = x.isNumber
    if x.type.isFloat && op != .isNan { return try handle(unary(op, x.node), isNumber: isNumber) }
    switch op {
    case .not: return try handle(unary(.not, x.node))
    case .isNan:
      if !x.type.isFloat { return try handle(constant(0, .bool, x.shape)) }
      return try handle(unary(.isNan, x.node))
    case .negate, .absolute, .sign: return try handle(unary(op, arithmetic(x.node)), isNumber: isNumber)
    case .floor, .ceil, .round:
      if !x.type.isFloat { return try handle(arithmetic(x.node)) }
      return try handle(unary(op, x.node), isNumber: isNumber)
    default: return try handle(unary(op, cast(x.node, x.type.floating)), isNumber: isNumber)
    }
  }

  /// Arithmetic, comparisons, `and` and `or`, broadcast and promoted.
  package func binary(_ op: Op, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    if op.isArithmetic, let node = try quickly(op, a, b) { return try handle(node, isNumber: a.isNumber && b.isNumber) }
    switch op {
    case .and, .or: return try handle(make(op, a.node, b.node))
    case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual:
      let (left, right) = try promoted(a, b)
      return try handle(make(op, left, right))
    default: break
    }
    let isNumber = a.isNumber && b.isNumber
    var (left, right) = try promoted(a, b)
    if op == .divide {
      let type = left.type.floating
      (left, right) = (try cast(left, type), try cast(right, type))
    } else {
      (left, right) = (try arithmetic(left), try arithmetic(right))
    }
    switch op {
    case .floorDivide, .modulo:
      // Of numbers this is an error at once, of floating tensors inf or nan.
      if isNumber, try number(of: b) == 0 { throw TensorError.divisionByZero(operation: op.name) }
    case .power:
      if let exponent = right.constant, right.shape.rank == 0 {
        if left.type == .i32 && exponent < 0 { throw TensorError.negativeExponent(operation: op.name) }
        if let quick = try power(left, exponent) { return try handle(quick, isNumber: isNumber) }
      }
    default: break
    }
    return try handle(binary(op, left, right), isNumber: isNumber)
  }

  /// Arithmetic of floating tensors of one type, which are not both numbers; `old`, a handle that nobody else holds, becomes that of the result. It may be
  /// one of the two. False, with nothing done, for all else.
  package func binary(_ op: Op, _ a: Tensor, _ b: Tensor, replacing old: Tensor) throws -> Bool {
    guard op.isArithmetic, !(a.isNumber && b.isNumber), let node = try quickly(op, a, b) else { return false }
    if ledger.pendingNodes > Engine.bigPendingLimit { try relieve(node) }
    old.hold(node, isNumber: false)
    return true
  }

  @inline(__always)
  private func quickly(_ op: Op, _ a: Tensor, _ b: Tensor) throws -> Node? {
    try a.reference._withUnsafeGuaranteedRef { x in
      try b.reference._withUnsafeGuaranteedRef { y in x.type == y.type && x.type.isFloat ? try binary(op, x, y) : nil }
    }
  }

  /// Of a floating tensor and a number, which takes the tensor's type at once; nil for other types and for what looks at the number.
  package func binary(_ op: Op, _ a: Tensor, _ b: Double) throws -> Tensor? {
    guard a.type.isFloat, op.isArithmetic || op == .power else { return nil }
    let other = constant(b, a.type)
    if op == .power, let exponent = other.constant, let quick = try power(a.node, exponent) { return try handle(quick, isNumber: a.isNumber) }
    return try handle(binary(op, a.node, other), isNumber: a.isNumber)
  }

  package func binary(_ op: Op, _ a: Double, _ b: Tensor) throws -> Tensor? {
    guard b.type.isFloat, op.isArithmetic || op == .power else { return nil }
    return try handle(binary(op, constant(a, b.type), b.node), isNumber: b.isNumber)
  }

  /// Small whole exponents are products, quicker and exact.
  private func power(_ x: Node, _ exponent: Double) throws -> Node? {
    guard x.type.isFloat else { return nil }
    switch exponent {
    case 1: return x
    case 2: return try binary(.multiply, x, x)
    case 3: return try binary(.multiply, binary(.multiply, x, x), x)
    default: return nil
    }
  }

  /// `a` where the condition is true, `b` elsewhere.
  package func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    let (left, right) = try promoted(a, b)
    return try handle(select(condition.node, left, right), isNumber: a.isNumber && b.isNumber && condition.rank == 0)
  }

  /// The same numbers in another type; never a plain number.
  package func cast(_ x: Tensor, to type: ElementType) throws -> Tensor { try handle(cast(x.node, type)) }

  /// A constant as far as derivatives go.
  package func detach(_ x: Tensor) -> Tensor {
    if x.node.track < oldestRecording || x.node.track == 0 { return x }
    // A reading of the same memory cannot fail, whatever the operand.
    guard let node = try? make(.detach, x.node) else { return x }
    return Tensor(node, isNumber: x.isNumber)
  }
}

extension Op {
  /// Whether it is `+ - *` or `/`.
  @inline(__always)
  fileprivate var isArithmetic: Bool { self == .add || self == .subtract || self == .multiply || self == .divide }
}
