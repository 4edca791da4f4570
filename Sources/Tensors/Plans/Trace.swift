/// The pending nodes that some roots need, in an order in which they can be computed, and the key of their plan.
///
/// The key holds what a plan depends on: operations, types, shapes, attributes, who reads whom, which results are kept.
/// Values of constants, seeds and data are no part of it. One trace is used again and again, so that its arrays stay.
final class Trace {
  /// Leaves and pending nodes, operands before those that read them. Not owned: the roots hold them all.
  private(set) var nodes: [Unmanaged<Node>] = []
  /// Positions of the nodes that get a buffer of their own.
  private(set) var kept: [Int] = []
  private(set) var key: [Int] = []
  private(set) var hash: UInt64 = 0
  private var stack: [Unmanaged<Node>] = []

  private static let entered: Int32 = -1

  /// `epoch` is one that no traversal has used. Plans that fuse and plans that don't have different keys.
  func record(roots: [Node], epoch: UInt64, fuses: Bool) {
    nodes.removeAll(keepingCapacity: true)
    kept.removeAll(keepingCapacity: true)
    key.removeAll(keepingCapacity: true)
    if !fuses { key.append(-1) }
    for root in roots where root.isPending {
      stack.append(.passUnretained(root))
      walk(epoch)
    }
    // A root is kept; so is what a program holds, or another graph reads: it is never computed twice.
    for root in roots where root.isPending { root.seen = -1 }
    key.append(nodes.count)
    for (position, reference) in nodes.enumerated() {
      reference._withUnsafeGuaranteedRef { node in
        if node.isPending && (node.seen < 0 || node.handles > 0 || node.uses > node.seen) {
          kept.append(position)
          key.append(position)
        }
      }
    }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for word in key {
      hash = (hash ^ UInt64(bitPattern: Int64(word))) &* 0x9e37_79b9_7f4a_7c15
      hash ^= hash >> 29
    }
    self.hash = hash
  }

  /// Nothing of the last trace is referred to any more.
  func clear() { nodes.removeAll(keepingCapacity: true) }

  private func walk(_ epoch: UInt64) {
    while let reference = stack.last {
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
        stack.removeLast()
      }
    }
  }

  @inline(__always)
  private func push(_ node: Node, _ epoch: UInt64) {
    if node.hasExtra, !node.more.isEmpty {
      for operand in node.more.reversed() where operand.mark != epoch { stack.append(.passUnretained(operand)) }
      return
    }
    if let c = node.c, c.mark != epoch { stack.append(.passUnretained(c)) }
    if let b = node.b, b.mark != epoch { stack.append(.passUnretained(b)) }
    if let a = node.a, a.mark != epoch { stack.append(.passUnretained(a)) }
  }

  @inline(__always)
  private func append(_ node: Node, _ reference: Unmanaged<Node>) {
    node.index = Int32(truncatingIfNeeded: nodes.count)
    nodes.append(reference)
    // 0: a constant, 1: data that is there, 2: to be computed.
    let kind = node.op == .constant ? 0 : node.isPending ? 2 : 1
    let op = kind == 2 ? Int(node.op.rawValue) : 0
    var head = op | Int(node.type.rawValue) << 8 | node.shape.rank << 12 | kind << 16
    if kind == 2 && node.hasExtra { head |= node.list.count << 20 | node.more.count << 36 }
    key.append(head)
    let sizes = node.shape.sizes, rank = node.shape.rank
    if rank > 0 { key.append(sizes.0) }
    if rank > 1 { key.append(sizes.1) }
    if rank > 2 { key.append(sizes.2) }
    if rank > 3 { for axis in 3..<rank { key.append(node.shape[axis]) } }
    guard kind == 2 else { return }
    key.append(node.attribute)
    if node.hasExtra {
      key.append(contentsOf: node.list)
      let more = node.more
      for operand in more {
        operand.seen &+= 1
        key.append(Int(operand.index))
      }
      if !more.isEmpty { return }
    }
    var operands = 0
    if let a = node.a {
      a.seen &+= 1
      operands = Int(a.index) + 1
      if let b = node.b {
        b.seen &+= 1
        operands |= (Int(b.index) + 1) << 32
      }
    }
    key.append(operands)
    if let c = node.c {
      c.seen &+= 1
      key.append(Int(c.index))
    }
  }
}
