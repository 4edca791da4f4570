/// The walk back: reverse-mode differentiation (Griewank & Walther 2008, chapter 3), which records the gradient as a graph.
extension Engine {
  /// The gradients of `y` with respect to marked inputs of an open recording; nil where `y` doesn't depend on one.
  ///
  /// `seed` is the gradient of `y` itself; without one `y` must hold one element and 1 is taken.
  package func gradients(of y: Tensor, seed: Tensor?, withRespectTo: [Tensor], in r: Recording) throws -> [Tensor?] {
    guard r.isOpen else { throw TensorError.recordingClosed }
    guard y.type.isFloat else { return withRespectTo.map { _ in nil } }
    if let seed {
      guard seed.shape.broadcasts(to: y.shape) else { throw TensorError.broadcast(from: seed.shape, to: y.shape) }
    } else {
      guard y.count == 1 else { throw TensorError.notOneNumber(y.shape) }
    }
    path.find(from: y.node, to: withRespectTo, serial: r.serial, engine: self)
    defer { path.clear(ledger) }
    if path.count > 0 {
      try path.collect(seed.map { try broadcast(cast($0.node, y.type), y.shape) } ?? constant(1, y.type, y.shape), .all, at: path.count - 1, self)
    }
    try walkBack()
    walks &+= 1
    forgetSiblings()
    remember(sibling: y.node)
    // Only when all are found something may be computed: that takes the marks of the path.
    let found = withRespectTo.map { input -> Tensor? in
      guard let position = path.position(of: .passUnretained(input.node)), let gradient = path.gradient(position)?.takeUnretainedValue() else { return nil }
      gradient.walk = walks
      remember(sibling: gradient)
      return Tensor(gradient, isNumber: input.isNumber)
    }
    for tensor in found { if let tensor { try relieve(tensor.node) } }
    return found
  }

  /// The operation nearest to `y` that mixes elements on the way from `x`; nil where each element of `y` depends on that
  /// element of `x` alone, or `y` not at all on `x`.
  package func firstMixingOperation(from y: Tensor, to x: Tensor) -> (name: String, site: UInt64)? {
    path.find(from: y.node, to: [x], serial: x.node.track, engine: self)
    defer { path.clear(ledger) }
    // Another shape alone is named only where nothing else is to blame: a product of vectors reshapes them, too.
    var reshaping: (name: String, site: UInt64)?
    for position in (0..<path.count).reversed() {
      let node = path.node(position)
      if node === x.node { continue }
      let row = table[Int(node.op.rawValue)]
      let keepsPlaces = row.isElementwise || node.op == .mark || node.op == .detach || node.op == .reshape || node.op == .broadcast
      let agrees = (0..<node.operandCount).allSatisfy { place in
        guard let operand = node.operand(place), path.position(of: .passUnretained(operand)) != nil else { return true }
        return operand.shape == node.shape
      }
      if keepsPlaces && agrees { continue }
      if node.op != .reshape && node.op != .broadcast { return (row.name, node.site) }
      if reshaping == nil { reshaping = (row.name, node.site) }
    }
    return reshaping
  }
}

extension Engine {
  private func remember(sibling node: Node) { siblings.push(.passRetained(node)) }

  /// What was found last is no longer computed together.
  func forgetSiblings() {
    for index in 0..<siblings.count { ledger.giveBack(siblings.base[index]) }
    siblings.count = 0
    ledger.freeBuried()
  }

  /// Records the gradients of the nodes on the path, where that of its end is known.
  private func walkBack() throws {
    let site = site, deriving = deriving
    defer { (self.site, self.deriving) = (site, deriving) }
    for position in (0..<path.count).reversed() {
      guard let gradient = path.gradient(position) else { continue }
      // The path holds both until all is found.
      try path.reference(position)._withUnsafeGuaranteedRef { node in
        guard path.isThrough(node), let rule = table[Int(node.op.rawValue)].gradient else { return }
        // What goes wrong in a gradient went wrong at the operation's place.
        self.site = node.site
        self.deriving = node.op
        try gradient._withUnsafeGuaranteedRef { g in
          if path.hasMasks {
            try contribute(node, g, path.alive(position), rule)
          } else {
            try contribute(node, g, rule)
          }
        }
      }
    }
  }

  /// What a node with a gradient adds to those of its operands, where gradients reach all elements.
  private func contribute(_ node: Node, _ g: Node, _ rule: Primitive.Gradient) throws {
    for place in 0..<node.operandCount {
      guard let reference = node.reference(place), let position = path.position(of: reference) else { continue }
      guard let contribution = try rule.contribution(self, node, g, place) else { continue }
      try reference._withUnsafeGuaranteedRef { operand in
        if contribution.shape == operand.shape { return try path.collect(contribution, .all, at: position, self) }
        try path.collect(summed(whole(contribution, of: node), to: operand.shape), .all, at: position, self)
      }
    }
  }

  /// A rule gives the shape of the operand; or, where that was broadcast, a larger one, and it is summed. Of an elementwise operation it
  /// may be a number for all elements: here it has them all.
  private func whole(_ contribution: Node, of node: Node) throws -> Node {
    guard contribution.shape != node.shape && isElementwise[Int(node.op.rawValue)] else { return contribution }
    return try broadcast(contribution, node.shape)
  }

  /// The same where a `where` keeps gradients from some elements.
  private func contribute(_ node: Node, _ g: Node, _ alive: LiveElements, _ rule: Primitive.Gradient) throws {
    let ruled = try alive.cleaned(node, self)
    let isSafe = rule.isStructural || node.op == .select || node.op == .matrixProduct
    for place in 0..<node.operandCount {
      guard let reference = node.reference(place), let position = path.position(of: reference) else { continue }
      guard var contribution = try rule.contribution(self, ruled, g, place) else { continue }
      let operand = reference.takeUnretainedValue()
      let operandAlive = try alive.reaching(operand, at: place, of: node, self)
      if contribution.shape != operand.shape {
        contribution = try whole(contribution, of: node)
        if !isSafe { contribution = try alive.guarding(contribution, self) }
        contribution = try summed(contribution, to: operand.shape)
      } else if !isSafe {
        contribution = try operandAlive.guarding(contribution, self)
      }
      try path.collect(contribution, operandAlive, at: position, self)
    }
  }
}
