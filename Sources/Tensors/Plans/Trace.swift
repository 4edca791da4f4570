/// The pending nodes that some roots need, in an order in which they can be computed, and the key of their plan.
///
/// The key holds what a plan depends on: operations, types, shapes, attributes, who reads whom, which results are kept.
/// Values of constants, seeds and data are no part of it, but that `max(x, 0)` and its kin are what they are. One trace is used again and again, so that its memory stays.
final class Trace {
  /// Leaves and pending nodes, operands before those that read them. Not owned: the roots hold them all.
  private var list = Stack<Unmanaged<Node>>()
  /// Positions of the nodes that get a buffer of their own.
  private var keptList = Stack<Int>()
  private var words = Stack<Int>()
  private(set) var hash: UInt64 = 0
  private var stack = Stack<Unmanaged<Node>>()
  private var epoch: UInt64 = 0

  private static let entered: Int32 = -1

  deinit {
    list.free()
    keptList.free()
    words.free()
    stack.free()
  }

  var nodes: [Unmanaged<Node>] { Array(UnsafeBufferPointer(start: list.base, count: list.count)) }
  var kept: [Int] { Array(UnsafeBufferPointer(start: keptList.base, count: keptList.count)) }
  var key: [Int] { Array(UnsafeBufferPointer(start: words.base, count: words.count)) }
  var count: Int { list.count }
  /// The node at each position, while the trace stays as it is.
  var base: UnsafeMutablePointer<Unmanaged<Node>> { list.base }

  func hasKey(_ key: [Int]) -> Bool {
    guard key.count == words.count else { return false }
    for index in 0..<key.count where key[index] != words.base[index] { return false }
    return true
  }

  /// `epoch` is one that no traversal has used. Plans that fuse and plans that don't have different keys.
  func record(roots: [Node], epoch: UInt64, fuses: Bool) {
    self.epoch = epoch
    list.count = 0
    keptList.count = 0
    words.count = 0
    hash = 0xcbf2_9ce4_8422_2325
    words.reserve(2)
    if !fuses { add(-1) }
    for root in roots where root.isPending {
      stack.push(.passUnretained(root))
      walk()
    }
    // A root is kept; so is what a program holds, or another graph reads: it is never computed twice.
    for root in roots where root.isPending { root.seen = -1 }
    words.reserve(list.count + 1)
    add(list.count)
    for position in 0..<list.count {
      let isKept = list.base[position]._withUnsafeGuaranteedRef { node in
        node.isPending && (node.seen < 0 || node.handles > 0 || node.uses > node.seen)
      }
      if isKept {
        keptList.push(position)
        add(position)
      }
    }
  }

  /// Nothing of the last trace is referred to any more.
  func clear() { list.count = 0 }

  /// A word of the key, for which there is room.
  @inline(__always)
  private func add(_ word: Int) {
    words.base[words.count] = word
    words.count &+= 1
    let mixed = (hash ^ UInt64(bitPattern: Int64(word))) &* 0x9e37_79b9_7f4a_7c15
    hash = mixed ^ mixed >> 29
  }

  private func walk() {
    let epoch = epoch
    while stack.count > 0 {
      let reference = stack.base[stack.count &- 1]
      reference._withUnsafeGuaranteedRef { node in
        if node.mark != epoch {
          node.mark = epoch
          node.seen = 0
          if node.isPending {
            node.index = Trace.entered
            push(node, epoch)
            return
          }
          append(node, reference)
        } else if node.index == Trace.entered {
          append(node, reference)
        }
        stack.count &-= 1
      }
    }
  }

  @inline(__always)
  private func push(_ node: Node, _ epoch: UInt64) {
    if node.hasExtra, !node.more.isEmpty {
      for operand in node.more.reversed() where operand.mark != epoch { stack.push(.passUnretained(operand)) }
      return
    }
    stack.reserve(3)
    push(node.third, epoch)
    push(node.second, epoch)
    push(node.first, epoch)
  }

  @inline(__always)
  private func push(_ reference: Unmanaged<Node>?, _ epoch: UInt64) {
    guard let reference, reference._withUnsafeGuaranteedRef({ $0.mark != epoch }) else { return }
    stack.base[stack.count] = reference
    stack.count &+= 1
  }

  @inline(__always)
  private func append(_ node: Node, _ reference: Unmanaged<Node>) {
    node.index = Int32(truncatingIfNeeded: list.count)
    list.push(reference)
    words.reserve(Shape.maximumRank + 4)
    // 0: a constant, 1: data that is there, 2: to be computed.
    let kind = node.op == .constant ? 0 : node.isPending ? 2 : 1
    let op = kind == 2 ? Int(node.op.rawValue) : 0
    let rank = node.shape.rank
    var head = op | Int(node.type.rawValue) << 8 | rank << 12 | kind << 16
    if kind == 2 {
      if node.asksForZero { head |= 1 << 18 }
      if node.hasExtra { head |= node.list.count << 20 | node.more.count << 36 }
    }
    add(head)
    if rank > 0 { add(node.shape.sizes.0) }
    if rank > 1 { add(node.shape.sizes.1) }
    if rank > 2 { add(node.shape.sizes.2) }
    if rank > 3 { for axis in 3..<rank { add(node.shape[axis]) } }
    guard kind == 2 else { return }
    add(node.attribute)
    if node.hasExtra {
      let list = node.list, more = node.more
      words.reserve(list.count + more.count + 2)
      for word in list { add(word) }
      for operand in more {
        operand.seen &+= 1
        add(Int(operand.index))
      }
      if !more.isEmpty { return }
    }
    var operands = 0
    if let a = node.first {
      operands = see(a) + 1
      if let b = node.second { operands |= (see(b) + 1) << 32 }
    }
    add(operands)
    if let c = node.third { add(see(c)) }
  }

  /// One reader more of an operand; its position.
  @inline(__always)
  private func see(_ reference: Unmanaged<Node>) -> Int {
    reference._withUnsafeGuaranteedRef { node in
      node.seen &+= 1
      return Int(node.index)
    }
  }
}

/// Memory that grows, for plain values, and is freed by whoever has it. An array would ask at each step whether it has been shared.
struct Stack<Element: BitwiseCopyable> {
  private(set) var base: UnsafeMutablePointer<Element>
  private var capacity: Int
  var count = 0

  init(capacity: Int = 64) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  func free() { base.deallocate() }

  /// Makes room for some more.
  @inline(__always)
  mutating func reserve(_ more: Int) {
    if count &+ more > capacity { grow(to: count + more) }
  }

  @inline(never)
  private mutating func grow(to needed: Int) {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: max(needed, 2 * capacity))
    larger.update(from: base, count: count)
    base.deallocate()
    base = larger
    capacity = max(needed, 2 * capacity)
  }

  @inline(__always)
  mutating func push(_ element: Element) {
    reserve(1)
    base[count] = element
    count &+= 1
  }
}
