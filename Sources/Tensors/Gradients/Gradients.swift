/// The walk back: reverse-mode differentiation (Griewank & Walther 2008, chapter 3), which records the gradient as a graph.
extension Engine {
  /// The gradients of `y` with respect to marked inputs of an open recording; nil where `y` doesn't depend on one.
  ///
  /// `seed` is the gradient of `y` itself; without one `y` must hold one element and 1 is taken.
  package func gradients(of y: Tensor, seed: Tensor?, withRespectTo: [Tensor], in r: Recording) throws -> [Tensor?] {
    guard r.isOpen else { throw TensorError.recordingClosed }
    guard y.type.isFloat else { return withRespectTo.map { _ in nil } }
    let first: Node
    if let seed {
      guard seed.shape.broadcasts(to: y.shape) else { throw TensorError.broadcast(from: seed.shape, to: y.shape) }
      first = try broadcast(cast(seed.node, y.type), y.shape)
    } else {
      guard y.count == 1 else { throw TensorError.notOneNumber(y.shape) }
      first = constant(1, y.type, y.shape)
    }
    let path = GradientPath(from: y.node, to: withRespectTo.map(\.node), serial: r.serial, engine: self)
    var walk = GradientWalk(engine: self, path: path)
    let found = try walk.run(seed: first)
    return try zip(found, withRespectTo).map { gradient, input in try gradient.map { try handle($0, isNumber: input.isNumber) } }
  }

  /// The operation nearest to `y` that mixes elements on the way from `x`; nil where each element of `y` depends on that
  /// element of `x` alone, or `y` not at all on `x`.
  package func firstMixingOperation(from y: Tensor, to x: Tensor) -> (name: String, site: UInt64)? {
    let path = GradientPath(from: y.node, to: [x.node], serial: x.node.track, engine: self)
    // Another shape alone is named only where nothing else is to blame: a product of vectors reshapes them, too.
    var reshaping: (name: String, site: UInt64)?
    for node in path.nodes.reversed() where node !== x.node {
      let row = table[Int(node.op.rawValue)]
      let keepsPlaces = row.isElementwise || node.op == .mark || node.op == .detach || node.op == .reshape || node.op == .broadcast
      let agrees = (0..<node.operandCount).allSatisfy { place in
        guard let operand = node.operand(place), path.position(of: operand) != nil else { return true }
        return operand.shape == node.shape
      }
      if keepsPlaces && agrees { continue }
      if node.op != .reshape && node.op != .broadcast { return (row.name, node.site) }
      if reshaping == nil { reshaping = (row.name, node.site) }
    }
    return reshaping
  }
}

/// The nodes between some inputs and y through which gradients flow, operands first.
struct GradientPath {
  private(set) var nodes: [Node] = []
  let inputs: [Node]
  private let serial: Int
  private let epoch: UInt64
  private let table: [Primitive]

  private static let entered: Int32 = -1, leadsNowhere: Int32 = -2

  /// Depth first from y through what may depend on the inputs; then only what does is kept.
  init(from y: Node, to inputs: [Node], serial: Int, engine: Engine) {
    self.inputs = inputs
    self.serial = serial
    epoch = engine.newEpoch()
    table = engine.table
    // A few inputs are compared one by one, a model's parameters looked up.
    let wanted = inputs.count > 8 ? Set(inputs.map(ObjectIdentifier.init)) : []
    func isInput(_ node: Node) -> Bool {
      wanted.isEmpty ? inputs.contains { $0 === node } : wanted.contains(ObjectIdentifier(node))
    }
    var stack = [y]
    while let node = stack.last {
      if node.mark != epoch {
        node.mark = epoch
        node.index = GradientPath.entered
        if isThrough(node) {
          for place in 0..<node.operandCount {
            if let operand = node.operand(place), operand.track >= serial, operand.type.isFloat, operand.mark != epoch { stack.append(operand) }
          }
        }
        continue
      }
      stack.removeLast()
      guard node.index == GradientPath.entered else { continue }
      var reaches = isInput(node)
      if !reaches && isThrough(node) {
        for place in 0..<node.operandCount {
          if let operand = node.operand(place), operand.mark == epoch, operand.index >= 0 { reaches = true }
        }
      }
      if reaches {
        node.index = Int32(truncatingIfNeeded: nodes.count)
        nodes.append(node)
      } else {
        node.index = GradientPath.leadsNowhere
      }
    }
  }

  /// Whether a gradient passes through this node to its operands.
  func isThrough(_ node: Node) -> Bool { node.track >= serial && table[Int(node.op.rawValue)].gradient != nil }

  func position(of node: Node) -> Int? {
    let index = Int(node.index)
    return node.mark == epoch && index >= 0 && index < nodes.count && nodes[index] === node ? index : nil
  }
}

/// The state of one walk back.
struct GradientWalk {
  private let engine: Engine
  private let path: GradientPath
  private var gradients: [Node?]
  private var live: [LiveElements]

  init(engine: Engine, path: GradientPath) {
    self.engine = engine
    self.path = path
    gradients = Array(repeating: nil, count: path.nodes.count)
    live = Array(repeating: .unknown, count: path.nodes.count)
  }

  mutating func run(seed: Node) throws -> [Node?] {
    let site = engine.site, deriving = engine.deriving
    defer { (engine.site, engine.deriving) = (site, deriving) }
    if let last = path.nodes.indices.last {
      gradients[last] = seed
      live[last] = .all
    }
    for position in path.nodes.indices.reversed() {
      guard let g = gradients[position] else { continue }
      // What goes wrong in a gradient went wrong at the operation's place.
      engine.site = path.nodes[position].site
      engine.deriving = path.nodes[position].op
      try contribute(path.nodes[position], g, live[position])
    }
    return path.inputs.map { input in path.position(of: input).flatMap { gradients[$0] } }
  }

  private mutating func contribute(_ node: Node, _ g: Node, _ alive: LiveElements) throws {
    guard path.isThrough(node), let rule = engine.table[Int(node.op.rawValue)].gradient else { return }
    let ruled = try alive.cleaned(node, engine)
    for place in 0..<node.operandCount {
      guard let operand = node.operand(place), let position = path.position(of: operand) else { continue }
      guard var contribution = try rule.contribution(engine, ruled, g, place) else { continue }
      let operandAlive = try alive.reaching(operand, at: place, of: node, engine)
      let isSafe = rule.isStructural || node.op == .select || node.op == .matrixProduct
      // A rule gives the shape of the operand; or, where that was broadcast, a larger one, and it is summed.
      // Of an elementwise operation it may be a number for all elements.
      if contribution.shape != operand.shape {
        if engine.table[Int(node.op.rawValue)].isElementwise && contribution.shape != node.shape { contribution = try engine.broadcast(contribution, node.shape) }
        if !isSafe { contribution = try alive.guarding(contribution, engine) }
        contribution = try engine.summed(contribution, to: operand.shape)
      } else if !isSafe {
        contribution = try operandAlive.guarding(contribution, engine)
      }
      gradients[position] = try gradients[position].map { try engine.add($0, contribution) } ?? contribution
      live[position] = try live[position].union(operandAlive, engine)
    }
  }
}
