/// One recorded operation: what it is, what it reads, and its numbers once they are there.
///
/// Operands, sizes and scratch fields stand inline: recording and freeing a node must cost tens of nanoseconds. For the same reason a node that nobody
/// holds any more is emptied and recorded again, see `Ledger`; and operands are held by hand: what only looks at them reads `first`, `second`,
/// `third`, which counts no references.
final class Node {
  private(set) var op = Op.constant
  private(set) var type = ElementType.f32
  /// The operation whose derivative this belongs to, if it was made on a walk back.
  private(set) var derivative: Op?
  private(set) var shape = Shape()
  /// Axis masks, axes, flags: what each primitive's row says. Part of a plan's key.
  private(set) var attribute = 0
  /// What may change without making another plan: a constant's value, a generator's key and counter.
  private(set) var payload = Payload()
  /// Where the program was when this was recorded; opaque here.
  private(set) var site: UInt64 = 0
  /// The newest open recording this depends on, 0 for none.
  private(set) var track = 0

  /// Each holds a reference, given back by `releaseOperands`.
  private(set) var first: Unmanaged<Node>?
  private(set) var second: Unmanaged<Node>?
  private(set) var third: Unmanaged<Node>?
  /// What few nodes have.
  private var extra: Extra?
  /// Row-major elements, once computed.
  private(set) var buffer: Buffer?

  /// The walk back that found this as a gradient, 0 for none.
  var walk: Int32 = 0
  /// How many `Tensor`s hold this node.
  var handles: Int32 = 0
  /// How many operand places of living nodes hold this node.
  var uses: Int32 = 0

  // Scratch of a traversal, valid while `mark` is the traversal's epoch.
  var mark: UInt64 = 0
  var index: Int32 = 0
  var seen: Int32 = 0
  /// Whether somebody remembers this very node without holding it: then it is never recorded again.
  var isRemembered = false
  /// Where the ledger keeps this node among those that may fail by their data, -1 for nowhere.
  var fallible: Int32 = -1
  /// While it waits to be freed or to be recorded again: the next one that does.
  fileprivate var next: Unmanaged<Node>?

  /// Not owned: it outlives all nodes.
  private let ledger: Unmanaged<Ledger>

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

  fileprivate init(_ ledger: Ledger) { self.ledger = .passUnretained(ledger) }

  /// Records one operation.
  @inline(__always)
  static func recorded(
    _ ledger: Ledger, op: Op, type: ElementType, shape: Shape, attribute: Int = 0, payload: Payload = Payload(), a: Node? = nil, b: Node? = nil,
    c: Node? = nil, buffer: Buffer? = nil, site: UInt64, track: Int = 0, derivative: Op? = nil
  ) -> Node {
    let node = ledger.blank()
    node.op = op
    node.type = type
    node.shape = shape
    node.attribute = attribute
    node.payload = payload
    node.site = site
    node.track = track
    node.derivative = derivative
    node.walk = 0
    if let a {
      a.uses &+= 1
      node.first = .passRetained(a)
      if let b {
        b.uses &+= 1
        node.second = .passRetained(b)
        if let c {
          c.uses &+= 1
          node.third = .passRetained(c)
        }
      }
    }
    if let buffer { node.buffer = buffer }
    ledger.livingNodes &+= 1
    if node.isPending { ledger.pendingNodes &+= 1 }
    return node
  }

  /// What few operations need, of a node just recorded: longer attributes, and any number of operands in place of the three.
  func add(list: [Int], more: [Node]) {
    extra = Extra(list: list, more: more)
    for operand in more { operand.uses &+= 1 }
  }

  deinit {
    ledger._withUnsafeGuaranteedRef { ledger in
      // A blank one was counted out when it was emptied.
      if isBlank { return }
      leave(ledger)
      ledger.freeBuried()
      ledger.forgetLiving()
    }
  }

  /// Whether it records nothing: it waits among the ledger's blank nodes.
  private var isBlank: Bool { handles == Node.blank }
  private static let blank: Int32 = -1

  /// Takes itself out of the ledger's counts and gives up its operands, which are buried where nobody else holds them.
  @inline(__always)
  private func leave(_ ledger: Ledger) {
    if isPending {
      ledger.pendingNodes &-= 1
      if fallible >= 0 { ledger.forget(self) }
    }
    if first != nil || extra != nil { releaseOperands(ledger) }
  }

  /// Becomes blank: only the caller holds it.
  @inline(__always)
  fileprivate func empty(_ ledger: Ledger) {
    leave(ledger)
    if extra != nil { extra = nil }
    if buffer != nil { buffer = nil }
    op = .constant
    uses = 0
    mark = 0
    fallible = -1
    handles = Node.blank
    ledger.livingNodes &-= 1
  }

  @inline(__always)
  fileprivate func begin() {
    handles = 0
    next = nil
  }

  /// The operands.
  var a: Node? { first?.takeUnretainedValue() }
  var b: Node? { second?.takeUnretainedValue() }
  var c: Node? { third?.takeUnretainedValue() }
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
    return first == nil ? 0 : second == nil ? 1 : third == nil ? 2 : 3
  }

  /// nil beyond `operandCount`.
  @inline(__always)
  func operand(_ position: Int) -> Node? { reference(position)?.takeUnretainedValue() }

  /// The same, counting no reference.
  @inline(__always)
  func reference(_ position: Int) -> Unmanaged<Node>? {
    if let extra, !extra.more.isEmpty { return .passUnretained(extra.more[position]) }
    return switch position {
    case 0: first
    case 1: second
    default: third
    }
  }

  /// A constant's value; nil for any other node.
  @inline(__always) var constant: Double? { op == .constant ? payload.value : nil }

  func realize(_ buffer: Buffer) {
    if isPending {
      ledger._withUnsafeGuaranteedRef { ledger in
        ledger.pendingNodes &-= 1
        if fallible >= 0 { ledger.forget(self) }
      }
    }
    self.buffer = buffer
  }

  /// Whether its numbers may be changed in place: one handle, no graph and no other node reads them.
  var holdsAlone: Bool { handles == 1 && uses == 0 && op != .constant && isKnownUniquelyReferenced(&buffer) }

  /// One handle less; the handle is about to be freed.
  @inline(__always)
  func loseHandle() {
    handles &-= 1
    if handles == 0 && uses == 0 { ledger._withUnsafeGuaranteedRef { $0.giveUp(handled: self) } }
  }

  /// A node that has its numbers needs its operands only for a gradient.
  func dropOperands() {
    if first == nil && extra == nil { return }
    ledger._withUnsafeGuaranteedRef { ledger in
      releaseOperands(ledger)
      ledger.freeBuried()
    }
  }

  /// Counts the operands as no longer used from here, and buries those that nobody else holds: they are freed not by recursion.
  private func releaseOperands(_ ledger: Ledger) {
    if let node = first {
      first = nil
      ledger.giveUp(node)
      if let node = second {
        second = nil
        ledger.giveUp(node)
        if let node = third {
          third = nil
          ledger.giveUp(node)
        }
      }
    }
    guard let extra, !extra.more.isEmpty else { return }
    var nodes = extra.more
    extra.more = []
    while let node = nodes.popLast() { ledger.giveUp(.passRetained(node)) }
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
  /// Nodes to be recorded again: a step frees as many as the next one makes, and the system's memory is asked for none of them.
  private var blanks: Unmanaged<Node>?
  private var blankCount = 0
  private static let blankLimit = 8_192

  /// A node to be recorded.
  @inline(__always)
  fileprivate func blank() -> Node {
    guard let reference = blanks else { return Node(self) }
    let node = reference.takeRetainedValue()
    blanks = node.next
    blankCount &-= 1
    node.begin()
    return node
  }

  /// An operand place gives back its reference. What nobody else holds is freed by `freeBuried`, one after the other: by recursion
  /// a chain of a million nodes would overflow the stack.
  @inline(__always)
  fileprivate func giveUp(_ reference: Unmanaged<Node>) {
    let isLast = reference._withUnsafeGuaranteedRef { node in
      node.uses &-= 1
      return node.handles == 0 && node.uses == 0
    }
    guard isLast else { return reference.release() }
    bury(reference)
  }

  /// Gives back a reference that is no operand place's and no handle's.
  @inline(__always)
  func giveBack(_ reference: Unmanaged<Node>) {
    if reference._withUnsafeGuaranteedRef({ $0.handles == 0 && $0.uses == 0 }) { bury(reference) } else { reference.release() }
  }

  /// Gives back a reference; if it was the last one, the node is freed by `freeBuried`.
  @inline(__always)
  fileprivate func bury(_ reference: Unmanaged<Node>) {
    var node = reference
    let isUnique = withUnsafeMutablePointer(to: &node) { place in
      place.withMemoryRebound(to: Node.self, capacity: 1) { isKnownUniquelyReferenced(&$0.pointee) }
    }
    guard isUnique else { return reference.release() }
    // A list through the nodes themselves. Ownership is handed on by hand.
    reference._withUnsafeGuaranteedRef { $0.next = buried }
    buried = reference
  }

  @inline(__always)
  func freeBuried() {
    if buried != nil && !isFreeing { freeAll() }
  }

  /// Emptying a node may bury others meanwhile.
  private func freeAll() {
    isFreeing = true
    while let reference = buried {
      let isKept = reference._withUnsafeGuaranteedRef { node in
        buried = node.next
        if isOrphan || node.isRemembered || blankCount >= Ledger.blankLimit { return false }
        node.empty(self)
        node.next = blanks
        return true
      }
      if isKept {
        blanks = reference
        blankCount &+= 1
      } else {
        reference.release()
      }
    }
    isFreeing = false
  }

  /// A handle that is freed next gives up what may be the last reference.
  fileprivate func giveUp(handled node: Node) {
    if isOrphan { return }
    var reference = Unmanaged.passUnretained(node)
    let isUnique = withUnsafeMutablePointer(to: &reference) { place in
      place.withMemoryRebound(to: Node.self, capacity: 1) { isKnownUniquelyReferenced(&$0.pointee) }
    }
    guard isUnique else { return }
    // The handle's own reference is given back behind this, so one more is taken for the node to stay.
    node.next = buried
    buried = .passRetained(node)
    freeBuried()
  }

  /// The engine is gone; the ledger stays until the last node is.
  func orphan() {
    while let reference = blanks {
      blanks = reference._withUnsafeGuaranteedRef { $0.next }
      reference.release()
    }
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
