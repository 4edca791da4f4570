/// Which elements of a node a gradient reaches.
///
/// Behind a `where`, the elements of the branch that was not taken get a gradient of zero; but a rule may multiply that
/// zero by an infinity or a nan, as log does at 0. So the walk carries along where gradients can be other than zero, and
/// contributions elsewhere are replaced by zero. The mask depends on the condition alone, not on the gradient's value:
/// so derivatives of the gradient are right where it happens to be zero.
enum LiveElements {
  /// No gradient has come yet.
  case unknown
  case all
  /// Where this bool of the node's shape is true.
  case only(Node)

  func union(_ other: LiveElements, _ engine: Engine) throws -> LiveElements {
    switch (self, other) {
    case (.unknown, let known), (let known, .unknown): known
    case (.all, _), (_, .all): .all
    case (.only(let a), .only(let b)): a === b ? self : .only(try engine.or(a, b))
    }
  }

  /// Zero where nothing reaches.
  func guarding(_ contribution: Node, _ engine: Engine) throws -> Node {
    guard case .only(let mask) = self else { return contribution }
    return try engine.select(mask, contribution, engine.constant(0, like: contribution))
  }

  /// What is alive of an operand, if this is alive of the result.
  func reaching(_ operand: Node, at place: Int, of node: Node, _ engine: Engine) throws -> LiveElements {
    if node.op == .select, let condition = node.a {
      var mask = try engine.broadcast(place == 1 ? condition : engine.unary(.not, condition), node.shape)
      if case .only(let own) = self { mask = try engine.and(own, mask) }
      return .only(try LiveElements.anywhere(mask, operand.shape, engine))
    }
    guard case .only(let mask) = self else { return .all }
    let row = engine.table[Int(node.op.rawValue)]
    if row.isElementwise { return .only(try LiveElements.anywhere(mask, operand.shape, engine)) }
    switch node.op {
    case .matrixProduct: return .only(try LiveElements.ofMatrix(mask, operand, place, node, engine))
    case .product, .reduceMaximum, .reduceMinimum:
      return .only(try engine.broadcast(engine.reshape(mask, Primitive.keptShape(of: node, operand)), operand.shape))
    default:
      // What only moves and adds elements does the same with ones and zeros: what is not zero then is alive.
      guard let rule = row.gradient, rule.isStructural,
        let moved = try rule.contribution(engine, node, engine.cast(mask, .f32), place)
      else { return .all }
      return .only(try engine.binary(.greater, engine.broadcast(moved, operand.shape), engine.constant(0, .f32)))
    }
  }

  /// The node itself; or, for a product, one of operands without the elements that only dead results read:
  /// each contribution multiplies an operand by zeros there, which must not meet an infinity.
  func cleaned(_ node: Node, _ engine: Engine) throws -> Node {
    guard case .only(let mask) = self, node.op == .matrixProduct, let a = node.a, let b = node.b else { return node }
    let parts = try [a, b].enumerated().map { place, operand in
      try engine.select(LiveElements.ofMatrix(mask, operand, place, node, engine), operand, engine.constant(0, like: operand))
    }
    return try engine.matrixProduct(parts[0], parts[1], node.attribute)
  }

  /// Whether any of the elements is alive that one element of a broadcast operand became.
  private static func anywhere(_ mask: Node, _ shape: Shape, _ engine: Engine) throws -> Node {
    if mask.shape == shape { return mask }
    return try engine.binary(.greater, engine.summed(engine.cast(mask, .f32), to: shape), engine.constant(0, .f32))
  }

  /// A row of A is read by a row of the result, a column of B by a column.
  private static func ofMatrix(_ mask: Node, _ operand: Node, _ place: Int, _ node: Node, _ engine: Engine) throws -> Node {
    let rank = node.shape.rank
    let removed = place == 0 ? rank - 1 : rank - 2
    var alive = try engine.sum(engine.cast(mask, .f32), 1 << removed | Primitive.keepBit)
    if node.attribute & (place == 0 ? Primitive.transposeA : Primitive.transposeB) != 0 {
      var order = Array(0..<rank)
      order.swapAt(rank - 1, rank - 2)
      alive = try engine.permute(alive, order)
    }
    // Batches in which the operand was repeated are summed; then one line stands for the whole matrix.
    let own = operand.shape.rank
    var sizes = alive.shape.dimensions
    for axis in 0..<rank - 2 { sizes[axis] = axis < rank - own ? 1 : operand.shape[axis - (rank - own)] }
    alive = try engine.summed(alive, to: Shape(Array(sizes[(rank - own)...])))
    return try engine.binary(.greater, engine.broadcast(alive, operand.shape), engine.constant(0, .f32))
  }
}
