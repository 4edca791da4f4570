/// The computation of some tensors as it can be shown: every operation with its operands and what it gives.
package struct ComputationGraph: Sendable {
  package struct Entry: Sendable {
    package let operation: Op
    package let derivativeOf: Op?
    package let site: UInt64
    package let shape: Shape
    package let type: ElementType
    /// The elements, row-major, if they are few.
    package fileprivate(set) var elements: [Double]?
    /// What the elements are like; nil where they could not be computed.
    package fileprivate(set) var numbers: NumberStatistics?
    /// Positions in `entries`; none for what is given, or whose operands are not there any more.
    package let operands: [Int]
    /// The position of the tensor that this is, among those named.
    package let name: Int?
  }

  /// Operands before those that read them.
  package let entries: [Entry]
  package let roots: [Int]
}

extension Engine {
  /// The graph of some tensors as far as it is held: pending operations, and those computed while `holdGraphs` was on.
  /// `named` are tensors that the caller has names for. `fewest` elements at most are given one by one.
  package func computationGraph(of xs: [Tensor], named: [Tensor], fewest: Int) throws -> ComputationGraph {
    var names: [ObjectIdentifier: Int] = [:]
    for (position, tensor) in named.enumerated() where names[ObjectIdentifier(tensor.node)] == nil { names[ObjectIdentifier(tensor.node)] = position }
    let roots = xs.map(\.node)
    let nodes = held(by: roots)
    var entries = nodes.map { node in
      ComputationGraph.Entry(
        operation: node.op, derivativeOf: node.derivative, site: node.site, shape: node.shape, type: node.type,
        operands: (0..<node.operandCount).compactMap { node.operand($0).map { Int($0.index) } }, name: names[ObjectIdentifier(node)])
    }
    let places = roots.map { Int($0.index) }
    var interpreter = Interpreter(nodes, engine: self)
    try interpreter.run(isGiven: { node, _ in node.buffer != nil }) { visit in
      let count = visit.node.shape.count
      if count <= fewest { entries[visit.position].elements = (0..<count).map { visit.node.type.number(visit.numbers, $0) } }
      entries[visit.position].numbers = NumberStatistics(visit.numbers, visit.node.type, count: count)
      return true
    }
    return ComputationGraph(entries: entries, roots: places)
  }

  /// From here to `releaseGraphs` computed tensors keep their graphs. Nests.
  package func holdGraphs() { graphHolders += 1 }

  package func releaseGraphs() {
    graphHolders -= 1
    dropRetained()
  }
}
