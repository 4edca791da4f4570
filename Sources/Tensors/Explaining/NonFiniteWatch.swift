/// Looks at what plans compute, and finds out where a nan or an infinity came from while the graph is still at hand.
///
/// Nothing is kept for it: a graph that was computed is given up as ever. At the end of each plan the results are looked at,
/// of large ones the beginning; if one is not finite, the graph is computed once more, node by node. So a loss that becomes
/// nan in a training step is explained by that very step, its random numbers and data included.
package final class NonFiniteWatch {
  package enum Level { case nothing, glance, everything }

  /// How much of each result is looked at.
  package var level = Level.glance
  /// The origin found last: of all that went wrong since the run began, the first.
  package private(set) var latest: NonFiniteOrigin?

  /// Searches that may still be made in this run: a program may mean its infinities.
  package private(set) var searchesLeft = NonFiniteWatch.searches
  private static let searches = 32
  /// Elements of each result that a glance takes in.
  private static let glanced = 512
  private var isNew = true

  /// Origins by the tensors that show them; the oldest are forgotten.
  private var known: [(node: Weak, origin: NonFiniteOrigin)] = []
  private static let knownLimit = 64

  private struct Weak { weak var node: Node? }

  /// A program begins: what is found from here on is new.
  package func beginRun() {
    searchesLeft = NonFiniteWatch.searches
    isNew = true
  }

  /// Somebody asks.
  func allowOneSearch() { searchesLeft = max(1, searchesLeft) }

  package func forget() {
    beginRun()
    latest = nil
    known = []
  }

  var isLooking: Bool { level != .nothing && searchesLeft > 0 }

  func origin(of node: Node) -> NonFiniteOrigin? { known.last { $0.node.node === node }?.origin }

  /// Whether what was computed is to be searched.
  func isSuspicious(_ node: Node) -> Bool {
    guard node.type.isFloat, let buffer = node.buffer else { return false }
    let count = level == .everything ? node.shape.count : min(node.shape.count, NonFiniteWatch.glanced)
    return node.type.hasNonFinite(UnsafeRawPointer(buffer.memory), count)
  }

  /// The results of a plan that has run, whose graph is still there.
  func examine(_ results: [Node], _ trace: [Unmanaged<Node>], _ engine: Engine) {
    guard results.contains(where: { isSuspicious($0) }) else { return }
    searchesLeft -= 1
    let suspicious = results.filter { isSuspicious($0) }
    let nodes = trace.map { $0.takeUnretainedValue() }
    let last = suspicious.reduce(0) { max($0, Int($1.index)) }
    // Held numbers are given, but not those that this plan has made.
    var isMade = [Bool](repeating: false, count: nodes.count)
    for node in results { isMade[Int(node.index)] = true }
    var search = NonFiniteSearch(nodes, engine: engine)
    guard (try? search.run(upTo: last, isGiven: { node, position in node.buffer != nil && !isMade[position] })) != nil else { return }
    for node in suspicious.sorted(by: { $0.index < $1.index }) {
      if let (origin, leaf) = search.origin(of: Int(node.index)) { remember(origin, leaf: leaf, node) }
    }
  }

  func remember(_ found: NonFiniteOrigin, leaf: Node?, _ result: Node) {
    var origin = found
    // What it came from may have been explained when it was made.
    if let leaf, let earlier = self.origin(of: leaf) { origin = NonFiniteOrigin(start: earlier.start, turned: earlier.turned ?? found.turned) }
    if case .made = origin.start {
      // An infinity may be meant; a nan hardly is.
      if isNew || (origin.isNan && latest?.isNan == false) { latest = origin }
      isNew = false
    } else if latest == nil || isNew {
      latest = origin
    }
    known.removeAll { $0.node.node == nil }
    result.isRemembered = true
    known.append((Weak(node: result), origin))
    if known.count > NonFiniteWatch.knownLimit { known.removeFirst(known.count - NonFiniteWatch.knownLimit) }
  }
}

extension Engine {
  /// Where what is not finite in a tensor came from; nil if all of it is finite, or nothing is known.
  package func nonFiniteOrigin(of x: Tensor) throws -> NonFiniteOrigin? {
    let node = x.node
    if node.isPending {
      let level = nonFinite.level
      nonFinite.level = .everything
      nonFinite.allowOneSearch()
      defer { nonFinite.level = level }
      try compute([node])
    }
    if let known = nonFinite.origin(of: node) { return known }
    guard node.op != .constant || node.buffer != nil || !(node.payload.value.isFinite) else { return nil }
    let nodes = held(by: [node])
    var search = NonFiniteSearch(nodes, engine: self)
    // Of a graph that is held all is computed again, but for what has no operands any more.
    let isGiven = { (node: Node, _: Int) in node.buffer != nil && node.operandCount == 0 }
    try search.run(upTo: nodes.count - 1, isGiven: isGiven)
    guard let (origin, leaf) = search.origin(of: nodes.count - 1) else { return nil }
    nonFinite.remember(origin, leaf: leaf, node)
    return nonFinite.origin(of: node) ?? origin
  }

  /// What is held of the graph of some nodes, operands before their readers, each with its place as its `index`.
  func held(by roots: [Node]) -> [Node] {
    let epoch = newEpoch()
    var order: [Node] = []
    var stack = roots
    while let node = stack.last {
      if node.mark != epoch {
        node.mark = epoch
        node.index = -1
        for place in 0..<node.operandCount { if let operand = node.operand(place), operand.mark != epoch { stack.append(operand) } }
        continue
      }
      stack.removeLast()
      guard node.index < 0 else { continue }
      node.index = Int32(truncatingIfNeeded: order.count)
      order.append(node)
    }
    return order
  }
}
