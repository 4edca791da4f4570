/// For each position of a trace the positions of the nodes that read it, one for each operand place.
struct Readers {
  /// Where each position's readers begin in `list`; one entry more at the end.
  private(set) var first: [Int]
  private(set) var list: [Int32]

  init(_ nodes: [Node]) {
    first = Array(repeating: 0, count: nodes.count + 1)
    for node in nodes where node.isPending {
      for place in 0..<node.operandCount { if let operand = node.operand(place) { first[Int(operand.index) + 1] += 1 } }
    }
    for position in nodes.indices { first[position + 1] += first[position] }
    list = Array(repeating: 0, count: first[nodes.count])
    var next = first
    for (position, node) in nodes.enumerated() where node.isPending {
      for place in 0..<node.operandCount {
        guard let operand = node.operand(place) else { continue }
        let index = Int(operand.index)
        list[next[index]] = Int32(truncatingIfNeeded: position)
        next[index] += 1
      }
    }
  }

  func of(_ position: Int) -> ArraySlice<Int32> { list[first[position]..<first[position + 1]] }
}
