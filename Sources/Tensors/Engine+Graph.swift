/// Building graphs of nodes: what the primitives' gradients are written in.
extension Engine {
  /// Records one operation. Checks types and shapes by its row.
  func make(
    _ op: Op, _ a: Node? = nil, _ b: Node? = nil, _ c: Node? = nil, more: [Node] = [],
    with attributes: Primitive.Attributes = Primitive.Attributes()
  ) throws -> Node {
    let row = Int(op.rawValue)
    let signature = try table[row].rule(Primitive.Operands(a: a, b: b, c: c, more: more, op: op), attributes)
    var track = 0
    if !recordings.isEmpty && op != .detach {
      if let a { track = a.track }
      if let b { track = max(track, b.track) }
      if let c { track = max(track, c.track) }
      for operand in more { track = max(track, operand.track) }
      if track < oldestRecording { track = 0 }
    }
    let node = Node.recorded(
      ledger, op: op, type: signature.type, shape: signature.shape, attribute: attributes.integer, payload: attributes.payload, a: a, b: b, c: c,
      site: site, track: track, derivative: deriving)
    if !attributes.list.isEmpty || !more.isEmpty { node.add(list: attributes.list, more: more) }
    if canFail[row], let mayFail = table[row].mayFail, mayFail(signature.type, a?.type) { ledger.remember(node) }
    return node
  }

  /// Records an operation whose operands are known to fit, whose result has the first one's type, and which cannot fail.
  @inline(__always)
  private func quick(_ op: Op, _ shape: Shape, _ a: Node, _ b: Node?, _ attribute: Int = 0) -> Node {
    var track = 0
    if oldestRecording != .max {
      track = a.track
      if let b { track = max(track, b.track) }
      if track < oldestRecording { track = 0 }
    }
    return Node.recorded(ledger, op: op, type: a.type, shape: shape, attribute: attribute, a: a, b: b, site: site, track: track, derivative: deriving)
  }

  /// A node of its own that depends on the recording.
  func markNode(_ x: Node, serial: Int) -> Node {
    Node.recorded(ledger, op: .mark, type: x.type, shape: x.shape, a: x, site: site, track: serial)
  }

  /// A leaf with its numbers.
  func data(_ buffer: Buffer, _ type: ElementType, _ shape: Shape) -> Node {
    Node.recorded(ledger, op: .data, type: type, shape: shape, buffer: buffer, site: site)
  }

  /// One value for all elements, rounded to the type.
  func constant(_ value: Double, _ type: ElementType, _ shape: Shape = Shape()) -> Node {
    let rounded: Double
    switch type {
    case .bool: rounded = value == 0 ? 0 : 1
    case .i32: rounded = Double(Int32(saturating: value))
    case .f32: rounded = Double(Float(value))
    case .f64: rounded = value
    }
    return Node.recorded(ledger, op: .constant, type: type, shape: shape, payload: Node.Payload(rounded), site: site)
  }

  /// A number of this node's type, to be broadcast.
  func constant(_ value: Double, like node: Node) throws -> Node { constant(value, node.type) }

  // MARK: Elementwise

  func unary(_ op: Op, _ x: Node) throws -> Node {
    if x.type.isFloat && op.rawValue <= Op.round.rawValue && op.rawValue >= Op.negate.rawValue { return quick(op, x.shape, x, nil) }
    return try make(op, x)
  }

  func binary(_ op: Op, _ a: Node, _ b: Node) throws -> Node {
    // Nearly all operands agree, or one is a number: the row's rule has nothing to check then.
    if a.type == b.type && a.type.isFloat && op.rawValue >= Op.add.rawValue && op.rawValue <= Op.minimum.rawValue {
      if a.shape == b.shape || b.shape.rank == 0 { return quick(op, a.shape, a, b) }
      if a.shape.rank == 0 { return quick(op, b.shape, a, b) }
      if a.shape.ends(with: b.shape) { return quick(op, a.shape, a, b) }
      if b.shape.ends(with: a.shape) { return quick(op, b.shape, a, b) }
    }
    return try make(op, a, b)
  }

  func negate(_ x: Node) throws -> Node {
    if let value = x.constant { return constant(-value, x.type, x.shape) }
    return try unary(.negate, x)
  }

  /// Nothing is added where one side is a constant zero.
  func add(_ a: Node, _ b: Node) throws -> Node {
    if a.constant == 0 && a.type == b.type && a.shape.broadcasts(to: b.shape) { return b }
    if b.constant == 0 && a.type == b.type && b.shape.broadcasts(to: a.shape) { return a }
    return try binary(.add, a, b)
  }

  func subtract(_ a: Node, _ b: Node) throws -> Node { try binary(.subtract, a, b) }

  /// Nothing is multiplied where one side is a constant one.
  func multiply(_ a: Node, _ b: Node) throws -> Node {
    if a.constant == 1 && a.type == b.type && a.shape.broadcasts(to: b.shape) { return b }
    if b.constant == 1 && a.type == b.type && b.shape.broadcasts(to: a.shape) { return a }
    return try binary(.multiply, a, b)
  }

  func divide(_ a: Node, _ b: Node) throws -> Node { try binary(.divide, a, b) }
  func and(_ a: Node, _ b: Node) throws -> Node { try make(.and, a, b) }
  func or(_ a: Node, _ b: Node) throws -> Node { try make(.or, a, b) }
  func select(_ condition: Node, _ a: Node, _ b: Node) throws -> Node { try make(.select, condition, a, b) }

  func cast(_ x: Node, _ type: ElementType) throws -> Node {
    if x.type == type { return x }
    if let value = x.constant, type != .i32 || (value.magnitude < 2_147_483_648 && value == value) {
      return constant(type == .i32 ? value.rounded(.towardZero) : value, type, x.shape)
    }
    return try make(.cast, x, with: Primitive.Attributes(type: type))
  }

  // MARK: Axes

  /// `attribute` holds the axes' bits, with or without `Primitive.keepBit`.
  func sum(_ x: Node, _ attribute: Int) throws -> Node {
    let axes = attribute & ~Primitive.keepBit
    if x.type.isFloat && axes >> x.shape.rank == 0 {
      return quick(.sum, x.shape.reduced(axes, keep: attribute & Primitive.keepBit != 0), x, nil, attribute)
    }
    return try make(.sum, x, with: Primitive.Attributes(integer: attribute))
  }

  func cumulativeSum(_ x: Node, axis: Int) throws -> Node { try make(.cumulativeSum, x, with: Primitive.Attributes(integer: axis)) }

  func reshape(_ x: Node, _ shape: Shape) throws -> Node {
    if x.shape == shape { return x }
    if x.shape.count == shape.count {
      if let value = x.constant { return constant(value, x.type, shape) }
      return quick(.reshape, shape, x, nil)
    }
    return try make(.reshape, x, with: Primitive.Attributes(shape: shape))
  }

  func permute(_ x: Node, _ order: [Int]) throws -> Node {
    if order.enumerated().allSatisfy({ $0 == $1 }) && order.count == x.shape.rank { return x }
    return try make(.permute, x, with: Primitive.Attributes(list: order))
  }

  func broadcast(_ x: Node, _ shape: Shape) throws -> Node {
    if x.shape == shape { return x }
    if x.shape.broadcasts(to: shape) {
      if let value = x.constant { return constant(value, x.type, shape) }
      return quick(.broadcast, shape, x, nil)
    }
    return try make(.broadcast, x, with: Primitive.Attributes(shape: shape))
  }

  func slice(_ x: Node, starts: [Int], counts: [Int], steps: [Int]) throws -> Node {
    try make(.slice, x, with: Primitive.Attributes(list: starts + steps, shape: Shape(counts)))
  }

  func flip(_ x: Node, axis: Int) throws -> Node {
    let sizes = x.shape.dimensions
    if sizes[axis] < 2 { return x }
    var starts = [Int](repeating: 0, count: sizes.count), steps = [Int](repeating: 1, count: sizes.count)
    starts[axis] = sizes[axis] - 1
    steps[axis] = -1
    return try slice(x, starts: starts, counts: sizes, steps: steps)
  }

  func replaceSlice(_ x: Node, starts: [Int], steps: [Int], with part: Node) throws -> Node {
    try make(.replaceSlice, x, part, with: Primitive.Attributes(list: starts + steps))
  }

  /// Zeros of a shape with `part` where the slice stands: the opposite of `slice`.
  func unsliced(_ part: Node, starts: [Int], steps: [Int], into shape: Shape) throws -> Node {
    if steps.allSatisfy({ $0 == 1 }) && part.shape.count > 0 {
      let ends = (0..<shape.rank).map { shape[$0] - starts[$0] - part.shape[$0] }
      return try pad(part, lows: starts, highs: ends, value: 0)
    }
    return try replaceSlice(constant(0, part.type, shape), starts: starts, steps: steps, with: part)
  }

  func pad(_ x: Node, lows: [Int], highs: [Int], value: Double) throws -> Node {
    if lows.allSatisfy({ $0 == 0 }) && highs.allSatisfy({ $0 == 0 }) && lows.count == x.shape.rank { return x }
    return try make(.pad, x, with: Primitive.Attributes(list: lows + highs, value: value))
  }

  /// Summed over the axes that a broadcast to `x`'s shape would have added or stretched.
  func summed(_ x: Node, to shape: Shape) throws -> Node {
    if x.shape == shape { return x }
    let added = x.shape.rank - shape.rank
    var mask = 0
    for axis in 0..<x.shape.rank where x.shape[axis] != 1 && (axis < added || shape[axis - added] == 1) { mask |= 1 << axis }
    return try reshape(mask == 0 ? x : sum(x, mask), shape)
  }

  func gather(_ x: Node, _ index: Node, axis: Int) throws -> Node { try make(.gather, x, index, with: Primitive.Attributes(integer: axis)) }

  func scatterAdd(_ x: Node, _ index: Node, axis: Int, length: Int) throws -> Node {
    try make(.scatterAdd, x, index, with: Primitive.Attributes(integer: axis, list: [length]))
  }

  func matrixProduct(_ a: Node, _ b: Node, _ flags: Int) throws -> Node {
    if a.type == b.type && a.type.isFloat && a.shape.rank == 2 && b.shape.rank == 2 {
      let swapsA = flags & Primitive.transposeA != 0, swapsB = flags & Primitive.transposeB != 0
      if a.shape[swapsA ? 0 : 1] == b.shape[swapsB ? 1 : 0], let shape = Shape.matrix(a.shape[swapsA ? 1 : 0], b.shape[swapsB ? 0 : 1]) {
        return quick(.matrixProduct, shape, a, b, flags)
      }
    }
    return try make(.matrixProduct, a, b, with: Primitive.Attributes(integer: flags))
  }
}
