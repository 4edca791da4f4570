/// One recorded operation: what it is, what it reads, and its numbers once they are there.
///
/// Operands, sizes and scratch fields stand inline: recording and freeing a node must cost tens of nanoseconds.
final class Node {
  let op: Op
  let type: ElementType
  let shape: Shape
  /// Axis masks, axes, flags: what each primitive's row says. Part of a plan's key.
  let attribute: Int
  /// What may change without making another plan: a constant's value, a generator's key and counter.
  let payload: Payload
  /// Where the program was when this was recorded; opaque here.
  let site: UInt64
  /// The newest open recording this depends on, 0 for none.
  let track: Int
  /// The operation whose derivative this belongs to, if it was made on a walk back.
  let derivative: Op?

  private(set) var a: Node?
  private(set) var b: Node?
  private(set) var c: Node?
  /// What few nodes have.
  private let extra: Extra?
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
  /// While it waits to be freed: the next one that does.
  fileprivate var nextBuried: Unmanaged<Node>?
  /// Where the ledger keeps this node among those that may fail by their data, -1 for nowhere.
  var fallible: Int32 = -1

  /// Not owned: it outlives all nodes.
  private unowned(unsafe) let ledger: Ledger

  private final class Extra {
    let list: [Int]
    var more: [Node]

    init(list: [Int], more: [Node]) {
      self.list = list
      self.more = more
    }
  }

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
    op: Op, type: ElementType, shape: Shape, attribute: Int = 0, list: [Int] = [], payload: Payload = Payload(), a: Node? = nil, b: Node? = nil,
    c: Node? = nil, more: [Node] = [], buffer: Buffer? = nil, site: UInt64, track: Int = 0, derivative: Op? = nil, ledger: Ledger
  ) {
    self.op = op
    self.type = type
    self.shape = shape
    self.attribute = attribute
    extra = list.isEmpty && more.isEmpty ? nil : Extra(list: list, more: more)
    self.payload = payload
    self.a = a
    self.b = b
    self.c = c
    self.buffer = buffer
    self.site = site
    self.track = track
    self.derivative = derivative
    self.ledger = ledger
    if let a {
      a.uses &+= 1
      if let b {
        b.uses &+= 1
        if let c { c.uses &+= 1 }
      }
    }
    if extra != nil { for operand in more { operand.uses &+= 1 } }
    ledger.livingNodes &+= 1
    if isPending { ledger.pendingNodes &+= 1 }
  }

  deinit {
    if isPending {
      ledger.pendingNodes &-= 1
      if fallible >= 0 { ledger.forget(self) }
    }
    if a != nil || extra != nil { releaseOperands() }
    ledger.forgetLiving()
  }

  /// Longer attributes, such as a slice's starts and steps. Part of a plan's key.
  var list: [Int] { extra?.list ?? [] }
  /// The operands of a primitive that takes any number of them; `a`, `b`, `c` are then empty.
  var more: [Node] { extra?.more ?? [] }
  @inline(__always) var hasExtra: Bool { extra != nil }

  /// Whether its numbers are still to be computed.
  @inline(__always) var isPending: Bool { buffer == nil && op != .constant }
  @inline(__always) var isLeaf: Bool { !isPending }

  var byteCount: Int { shape.count * type.byteSize }

  @inline(__always) var operandCount: Int {
    if let extra, !extra.more.isEmpty { return extra.more.count }
    return a == nil ? 0 : b == nil ? 1 : c == nil ? 2 : 3
  }

  /// nil beyond `operandCount`.
  @inline(__always)
  func operand(_ position: Int) -> Node? {
    if let extra, !extra.more.isEmpty { return extra.more[position] }
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
      ledger.pendingNodes &-= 1
      if fallible >= 0 { ledger.forget(self) }
    }
    self.buffer = buffer
  }

  /// Whether its numbers may be changed in place: one handle, no graph and no other node reads them.
  var holdsAlone: Bool { handles == 1 && uses == 0 && op != .constant && isKnownUniquelyReferenced(&buffer) }

  /// A node that has its numbers needs its operands only for a gradient.
  func dropOperands() {
    if a != nil || extra != nil { releaseOperands() }
  }

  /// Counts the operands as no longer used from here, and frees those that nobody else holds: not by recursion.
  private func releaseOperands() {
    if let node = a {
      node.uses &-= 1
      if let node = b {
        node.uses &-= 1
        if let node = c { node.uses &-= 1 }
      }
    }
    if a != nil && isKnownUniquelyReferenced(&a) { ledger.bury(&a) } else { a = nil }
    if b != nil { if isKnownUniquelyReferenced(&b) { ledger.bury(&b) } else { b = nil } }
    if c != nil { if isKnownUniquelyReferenced(&c) { ledger.bury(&c) } else { c = nil } }
    if let extra, !extra.more.isEmpty {
      var nodes = extra.more
      extra.more = []
      for node in nodes { node.uses &-= 1 }
      while !nodes.isEmpty {
        var node: Node? = nodes.removeLast()
        if isKnownUniquelyReferenced(&node) { ledger.bury(&node) }
      }
    }
    ledger.freeBuried()
  }
}

/// What an engine knows of its nodes: how many live, how many are pending, which may fail, which are being freed.
///
/// Nodes don't own it, which would cost two atomic operations each; it lives as long as its engine or the last node.
final class Ledger {
  var livingNodes = 0
  var pendingNodes = 0
  /// Pending nodes that may fail by their data. Not owned: a node takes itself out when it dies.
  private(set) var fallible: [Unmanaged<Node>] = []
  private var buried: Unmanaged<Node>?
  private var isFreeing = false
  private var isOrphan = false

  /// Frees a node that nobody else holds, and then what only it held, one after the other: by recursion a chain of a
  /// million nodes would overflow the stack.
  func bury(_ node: inout Node?) {
    guard let last = node else { return }
    // A list through the nodes themselves. Ownership is handed on by hand: each release frees one node, which may
    // bury others meanwhile.
    last.nextBuried = buried
    buried = .passRetained(last)
    node = nil
  }

  func freeBuried() {
    if isFreeing { return }
    isFreeing = true
    while let node = buried {
      buried = node._withUnsafeGuaranteedRef { $0.nextBuried }
      node.release()
    }
    isFreeing = false
  }

  /// The engine is gone; the ledger stays until the last node is.
  func orphan() {
    guard livingNodes > 0 else { return }
    isOrphan = true
    _ = Unmanaged.passRetained(self)
  }

  @inline(__always)
  func forgetLiving() {
    livingNodes &-= 1
    if isOrphan && livingNodes == 0 { Unmanaged.passUnretained(self).release() }
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
