/// The nodes between some inputs and y through which gradients flow, operands first, and their gradients so far.
///
/// An engine has one and uses it again and again, so that its memory stays; it holds something only while a gradient is taken. The nodes are
/// not owned: y holds them all.
final class GradientPath {
  private var nodes = Stack<Unmanaged<Node>>()
  private var stack = Stack<Unmanaged<Node>>()
  /// Of each node what has been collected, with a reference, and where it can be other than zero.
  private var gradients = Stack<Unmanaged<Node>?>()
  private var live: [LiveElements] = []
  private var serial = 0
  private var epoch: UInt64 = 0
  /// Whether a `where` lies on the path, so that some elements may be out of a gradient's reach.
  private(set) var hasMasks = false
  private let isDifferentiable: [Bool]

  private static let entered: Int32 = -1, leadsNowhere: Int32 = -2

  init(_ table: [Primitive]) { isDifferentiable = table.map { $0.gradient != nil } }

  deinit {
    nodes.free()
    stack.free()
    gradients.free()
  }

  var count: Int { nodes.count }
  func node(_ position: Int) -> Node { nodes.base[position].takeUnretainedValue() }
  /// The same, counting no reference.
  @inline(__always) func reference(_ position: Int) -> Unmanaged<Node> { nodes.base[position] }
  @inline(__always) func gradient(_ position: Int) -> Unmanaged<Node>? { gradients.base[position] }
  @inline(__always) func alive(_ position: Int) -> LiveElements { hasMasks ? live[position] : .all }

  /// Whether a gradient passes through this node to its operands.
  @inline(__always)
  func isThrough(_ node: Node) -> Bool { node.track >= serial && isDifferentiable[Int(node.op.rawValue)] }

  @inline(__always)
  func position(of reference: Unmanaged<Node>) -> Int? {
    let index = reference._withUnsafeGuaranteedRef { $0.mark == epoch ? Int($0.index) : -1 }
    return index >= 0 ? index : nil
  }

  /// Depth first from y through what may depend on the inputs; then only what does is kept.
  func find(from y: Node, to inputs: [Tensor], serial: Int, engine: Engine) {
    clear(engine.ledger)
    self.serial = serial
    // An input is known by the epoch before.
    let wanted = engine.newEpoch(), epoch = engine.newEpoch()
    self.epoch = epoch
    for input in inputs { input.node.mark = wanted }
    stack.push(.passUnretained(y))
    while stack.count > 0 {
      let reference = stack.base[stack.count &- 1]
      reference._withUnsafeGuaranteedRef { node in
        if node.mark != epoch {
          node.seen = node.mark == wanted ? 1 : 0
          node.mark = epoch
          node.index = GradientPath.entered
          if isThrough(node) { push(node, epoch) }
          return
        }
        stack.count &-= 1
        guard node.index == GradientPath.entered else { return }
        if node.seen == 1 || (isThrough(node) && reaches(node, epoch)) {
          node.index = Int32(truncatingIfNeeded: nodes.count)
          nodes.push(reference)
          gradients.push(nil)
          if node.op == .select { hasMasks = true }
        } else {
          node.index = GradientPath.leadsNowhere
        }
      }
    }
    while hasMasks && live.count < nodes.count { live.append(.unknown) }
  }

  @inline(__always)
  private func push(_ node: Node, _ epoch: UInt64) {
    for place in 0..<node.operandCount {
      guard let reference = node.reference(place) else { continue }
      if reference._withUnsafeGuaranteedRef({ $0.track >= serial && $0.type.isFloat && $0.mark != epoch }) { stack.push(reference) }
    }
  }

  @inline(__always)
  private func reaches(_ node: Node, _ epoch: UInt64) -> Bool {
    for place in 0..<node.operandCount { if let reference = node.reference(place), position(of: reference) != nil { return true } }
    return false
  }

  /// Adds a contribution to a node's gradient.
  @inline(__always)
  func collect(_ contribution: Node, _ alive: LiveElements, at position: Int, _ engine: Engine) throws {
    if let known = gradients.base[position] {
      let sum = try engine.add(known.takeUnretainedValue(), contribution)
      gradients.base[position] = .passRetained(sum)
      known.release()
    } else {
      gradients.base[position] = .passRetained(contribution)
    }
    if hasMasks { live[position] = try live[position].union(alive, engine) }
  }

  /// Lets go of everything.
  func clear(_ ledger: Ledger) {
    for position in 0..<nodes.count {
      if let gradient = gradients.base[position] { ledger.giveBack(gradient) }
      if hasMasks { live[position] = .unknown }
    }
    hasMasks = false
    nodes.count = 0
    gradients.count = 0
    stack.count = 0
    ledger.freeBuried()
  }
}
