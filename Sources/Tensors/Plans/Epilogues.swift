/// Which elementwise operations are done to a matrix product's elements while they are in the cache, as its epilogue: a dense layer's bias and
/// relu, and on the walk back the mask of the gradient.
///
/// An epilogue is a chain of operations after a product, each the only reader of the one before: `+ bias` along the rows, then
/// `max(…, 0)`, then `where(y > 0, …, 0)`. The walk back asks where that which relu was given is above 0; what relu gave is above 0 in the same
/// places, so that is asked instead, and what relu was given need be in no memory.
///
/// What belongs to an epilogue belongs to no row program. Each of a chain has a height of its own in `Fusion`, and reads from outside only
/// what is higher than itself; so no program waits for an epilogue that waits for it.
struct Epilogues {
  struct Epilogue {
    /// The product first; the last one's numbers are the step's.
    fileprivate(set) var members: [Int]
    /// Whose numbers are added to each row.
    fileprivate(set) var bias: Int?
    fileprivate(set) var isRectified = false
    /// Where these are not above 0, the result is.
    fileprivate(set) var gate: Int?

    var last: Int { members[members.count - 1] }
  }

  private(set) var all: [Epilogue] = []
  /// Whose step each position belongs to, -1 for none.
  private(set) var number: [Int]

  private let nodes: [Node]
  private let isKept: [Bool]
  private let readers: Readers

  /// With `isOff` there are none.
  init(_ nodes: [Node], _ isKept: [Bool], _ readers: Readers, isOff: Bool) {
    self.nodes = nodes
    self.isKept = isKept
    self.readers = readers
    number = Array(repeating: -1, count: nodes.count)
    if isOff { return }
    let products = nodes.indices.filter { takesEpilogue(nodes[$0]) }
    if products.isEmpty { return }
    // Of each comparison that asks for a product's mask, which `where` it is for.
    var masks: [Int: Int] = [:]
    for position in products { if let (select, mask) = masking(after: position) { masks[mask] = select } }
    // What relu gave, in place of what it was given, by the `where` that it is for.
    var rectified: [Int: Int] = [:]
    for position in products {
      var epilogue = Epilogue(members: [position])
      if let sum = onlyReader(of: position), let bias = rowBias(sum, of: position) {
        epilogue.members.append(sum)
        epilogue.bias = bias
      }
      var hasMasks = false
      if let relu = rectifier(after: epilogue.last, masks) {
        for reader in readers.of(epilogue.last) where Int(reader) != relu {
          if let select = masks[Int(reader)] { rectified[select] = relu }
          hasMasks = true
        }
        epilogue.members.append(relu)
        epilogue.isRectified = true
      }
      // A mask that is asked of relu's result wants it as relu gave it.
      if !hasMasks, let (select, mask) = masking(after: epilogue.last) {
        epilogue.members += [mask, select]
        epilogue.gate = nodes[mask].a.map { Int($0.index) }
      }
      if epilogue.members.count == 1 { continue }
      for member in epilogue.members { number[member] = all.count }
      all.append(epilogue)
    }
    for index in all.indices where all[index].gate != nil { all[index].gate = rectified[all[index].last] ?? all[index].gate }
  }

  /// Matrices of floating numbers; or, on the left, several whose rows lie one below the other.
  private func takesEpilogue(_ node: Node) -> Bool {
    guard node.op == .matrixProduct, node.isPending, node.type.isFloat, node.shape.count > 0, let a = node.a, let b = node.b, a.shape.count > 0 else {
      return false
    }
    if a.shape.rank == 2 && b.shape.rank == 2 { return true }
    guard b.shape.rank == 2, node.attribute & Primitive.transposeA == 0 else { return false }
    // A reading across may become a product of each matrix by itself.
    var left = a
    while left.isPending, left.op == .reshape || left.op == .mark || left.op == .detach, let operand = left.a { left = operand }
    return left.op != .permute && left.op != .slice && left.op != .broadcast
  }

  private func onlyReader(of position: Int) -> Int? {
    let found = readers.of(position)
    return found.count == 1 && !isKept[position] ? found.first.map { Int($0) } : nil
  }

  /// The operand that `sum` adds to each row of a product.
  private func rowBias(_ sum: Int, of product: Int) -> Int? {
    let node = nodes[sum]
    guard node.op == .add, let a = node.a, let b = node.b, Int(a.index) == product, b !== a, node.shape == a.shape, b.shape.rank > 0,
      b.shape.count == node.shape[node.shape.rank - 1], b.shape[b.shape.rank - 1] == b.shape.count
    else { return nil }
    return Int(b.index)
  }

  /// The relu of a position which, but for masks, nobody else reads.
  private func rectifier(after position: Int, _ masks: [Int: Int]) -> Int? {
    if isKept[position] { return nil }
    var relu: Int?
    for reader in readers.of(position) {
      let node = nodes[Int(reader)]
      if masks[Int(reader)] != nil { continue }
      guard relu == nil, node.op == .maximum, isZero(node.b), let a = node.a, Int(a.index) == position, node.shape == a.shape else { return nil }
      relu = Int(reader)
    }
    return relu
  }

  /// A `where` that lets a position's numbers through where others are above 0, and the comparison that says where.
  private func masking(after position: Int) -> (select: Int, mask: Int)? {
    guard let select = onlyReader(of: position), nodes[select].op == .select, isZero(nodes[select].c), let mask = nodes[select].a, let b = nodes[select].b,
      Int(b.index) == position, nodes[select].shape == b.shape, mask.isPending, mask.op == .greater, isZero(mask.b), let gate = mask.a,
      gate.type == b.type, gate.shape == b.shape, onlyReader(of: Int(mask.index)) == select
    else { return nil }
    return (select, Int(mask.index))
  }

  /// A constant 0; the key of a plan says so for the operations asked for here.
  private func isZero(_ node: Node?) -> Bool { node.map(Node.isZero) ?? false }
}

extension Node {
  /// Whether this is the constant 0, not -0.
  static func isZero(_ node: Node) -> Bool { node.op == .constant && node.payload.first == 0 }

  /// Whether this does something to the numbers that another operation left above 0, as far as its operands tell: a plan for which that is
  /// so is another one.
  @inline(__always)
  var asksForZero: Bool {
    switch op {
    case .maximum, .greater: second?._withUnsafeGuaranteedRef(Node.isZero) ?? false
    case .select: third?._withUnsafeGuaranteedRef(Node.isZero) ?? false
    default: false
    }
  }
}
