/// One recorded operation: what it is, what it reads, and its numbers once they are there.
///
/// Operands, sizes and scratch fields stand inline: recording and freeing a node must cost tens of nanoseconds.
final class Node {
  let op: Op
  let type: ElementType
  let shape: Shape
  /// Axis masks, axes, flags: what each primitive's row says. Part of a plan's key.
  let attribute: Int
  /// Longer attributes, such as a slice's starts and steps. Part of a plan's key.
  let list: [Int]
  /// What may change without making another plan: a constant's value, a generator's key and counter.
  let payload: Payload
  /// Where the program was when this was recorded; opaque here.
  let site: UInt64
  /// The newest open recording this depends on, 0 for none.
  let track: Int

  private(set) var a: Node?
  private(set) var b: Node?
  private(set) var c: Node?
  /// The operands of a primitive that takes any number of them; `a`, `b`, `c` are then empty.
  private(set) var more: [Node]
  /// Row-major elements, once computed.
  private(set) var buffer: Buffer?

  /// How many `Tensor`s hold this node.
  var handles: Int32 = 0
  /// How many operand places of living nodes hold this node.
  var uses: Int32 = 0

  // Scratch of a traversal, valid while `mark` is the traversal's epoch.
  var mark: UInt64 = 0
  var index: Int32 = 0
  var seen: Int32 = 0
  /// Where the ledger keeps this node among those that may fail by their data, -1 for nowhere.
  var fallible: Int32 = -1

  /// Not owned: every `Tensor` and the engine hold the ledger, and no node outlives all of them.
  private unowned(unsafe) let ledger: Ledger

  struct Payload {
    var first: UInt64 = 0
    var second: UInt64 = 0

    init() {}
    init(_ first: UInt64, _ second: UInt64) {
      self.first = first
      self.second = second
    }
    init(_ value: Double) { first = value.bitPattern }

    var value: Double { Double(bitPattern: first) }
  }

  init(
    op: Op, type: ElementType, shape: Shape, attribute: Int, list: [Int], payload: Payload, a: Node?, b: Node?, c: Node?,
    more: [Node], buffer: Buffer?, site: UInt64, track: Int, ledger: Ledger
  ) {
    self.op = op
    self.type = type
    self.shape = shape
    self.attribute = attribute
    self.list = list
    self.payload = payload
    self.a = a
    self.b = b
    self.c = c
    self.more = more
    self.buffer = buffer
    self.site = site
    self.track = track
    self.ledger = ledger
    if let a {
      a.uses &+= 1
      if let b {
        b.uses &+= 1
        if let c { c.uses &+= 1 }
      }
    }
    if !more.isEmpty { for operand in more { operand.uses &+= 1 } }
    if isPending { ledger.pendingNodes += 1 }
  }

  deinit {
    if isPending {
      ledger.pendingNodes -= 1
      if fallible >= 0 { ledger.forget(self) }
    }
    if a != nil || !more.isEmpty { ledger.bury(self) }
  }

  /// Whether its numbers are still to be computed.
  @inline(__always) var isPending: Bool { buffer == nil && op != .constant }
  @inline(__always) var isLeaf: Bool { !isPending }

  var byteCount: Int { shape.count * type.byteSize }

  @inline(__always) var operandCount: Int {
    if !more.isEmpty { return more.count }
    return a == nil ? 0 : b == nil ? 1 : c == nil ? 2 : 3
  }

  /// nil beyond `operandCount`.
  @inline(__always)
  func operand(_ position: Int) -> Node? {
    if !more.isEmpty { return more[position] }
    return switch position {
    case 0: a
    case 1: b
    default: c
    }
  }

  /// A constant's value; nil for any other node.
  var constant: Double? { op == .constant ? payload.value : nil }

  func realize(_ buffer: Buffer) {
    if isPending {
      ledger.pendingNodes -= 1
      if fallible >= 0 { ledger.forget(self) }
    }
    self.buffer = buffer
  }

  /// Whether its numbers may be changed in place: one handle, no graph and no other node reads them.
  var holdsAlone: Bool { handles == 1 && uses == 0 && op != .constant && isKnownUniquelyReferenced(&buffer) }

  /// A node that has its numbers needs its operands only for a gradient.
  func dropOperands() {
    guard a != nil || !more.isEmpty else { return }
    ledger.bury(self)
  }

  /// Hands over the operands, and counts them as no longer used from here.
  func surrender(to list: inout [Node]) {
    if let node = a {
      node.uses &-= 1
      list.append(node)
      a = nil
    }
    if let node = b {
      node.uses &-= 1
      list.append(node)
      b = nil
    }
    if let node = c {
      node.uses &-= 1
      list.append(node)
      c = nil
    }
    if !more.isEmpty {
      for node in more { node.uses &-= 1 }
      list.append(contentsOf: more)
      more = []
    }
  }
}

/// What an engine knows of its nodes: how many are pending, which may fail, which are being freed.
final class Ledger {
  var pendingNodes = 0
  /// Pending nodes that may fail by their data. Not owned: a node takes itself out when it dies.
  private(set) var fallible: [Unmanaged<Node>] = []
  private var graveyard: [Node] = []
  private var isBurying = false

  /// Releases a node's operands, one after the other: a chain of a million nodes would overflow the stack by recursion.
  func bury(_ node: Node) {
    node.surrender(to: &graveyard)
    if isBurying { return }
    isBurying = true
    while graveyard.popLast() != nil {}
    isBurying = false
  }

  func remember(_ node: Node) {
    node.fallible = Int32(truncatingIfNeeded: fallible.count)
    fallible.append(.passUnretained(node))
  }

  func forget(_ node: Node) {
    let position = Int(node.fallible)
    node.fallible = -1
    guard let last = fallible.popLast(), position < fallible.count else { return }
    fallible[position] = last
    last._withUnsafeGuaranteedRef { $0.fallible = Int32(truncatingIfNeeded: position) }
  }
}
