/// The first operation of a computation that made a nan or an infinity.
package struct NonFiniteOrigin: Sendable {
  /// A tensor that took part, and what its numbers were like.
  package struct Part: Sendable {
    package let shape: Shape
    package let type: ElementType
    package let numbers: NumberStatistics
    /// The element that belongs to the one in question; nil where an operation mixes elements.
    package let element: Double?
    /// Where it was recorded.
    package let site: UInt64
    /// The value that all elements have, if it was written as one.
    package let constant: Double?
  }

  /// One operation, and what came out of it.
  package struct Event: Sendable {
    package let operation: Op
    /// If it belongs to the derivative of another operation, that one.
    package let derivativeOf: Op?
    package let site: UInt64
    package let operands: [Part]
    package let result: Part
    package let cause: Cause
    /// The place of the element in question, row-major.
    package let index: Int
  }

  package enum Start: Sendable {
    /// Finite operands went in.
    case made(Event)
    /// Somebody gave the number: data, or a constant.
    case given(Part)
    /// This operation's result, of which the operands are not there any more.
    case lost(operation: Op, derivativeOf: Op?, Part)
  }

  package let start: Start
  /// Where an infinity on the way became nan.
  package let turned: Event?

  /// Whether a nan came of it, not an infinity alone.
  var isNan: Bool {
    if turned != nil { return true }
    return switch start {
    case .made(let event): event.result.element?.isNaN == true
    case .given(let part), .lost(_, _, let part): part.element?.isNaN == true
    }
  }

  /// Where it began.
  package var site: UInt64 {
    switch start {
    case .made(let event): event.site
    case .given(let part), .lost(_, _, let part): part.site
    }
  }

  /// Why the result is not finite.
  package enum Cause: Sendable, Equatable {
    // Of finite operands.
    case logOfZero, logOfNegative, rootOfNegative, divisionByZero, zeroByZero, outsideOfUnit, powerOfNegative, powerOfZero, remainderByZero
    /// The result is larger than the type can hold.
    case overflow
    // Of infinite ones.
    case infinityMinusInfinity, zeroTimesInfinity, infinityByInfinity, angleOfInfinity
    case unknown
  }
}

extension NonFiniteOrigin.Cause {
  /// The cause at one element of an elementwise operation.
  init(_ op: Op, _ operands: [Double], result: Double) {
    let a = operands.first ?? 0, b = operands.count > 1 ? operands[1] : 0
    switch op {
    case .log: self = a == 0 ? .logOfZero : a < 0 ? .logOfNegative : .unknown
    case .log1p: self = a == -1 ? .logOfZero : a < -1 ? .logOfNegative : .unknown
    case .sqrt: self = a < 0 ? .rootOfNegative : .unknown
    case .asin, .acos: self = a.magnitude > 1 ? .outsideOfUnit : .unknown
    case .reciprocal: self = a == 0 ? .divisionByZero : .overflow
    case .divide:
      if a.isInfinite && b.isInfinite { self = .infinityByInfinity } else if b == 0 { self = a == 0 ? .zeroByZero : .divisionByZero } else { self = .overflow }
    case .floorDivide: self = b == 0 ? .divisionByZero : a.isInfinite ? .infinityByInfinity : .overflow
    case .modulo: self = b == 0 ? .remainderByZero : a.isInfinite ? .infinityByInfinity : .unknown
    case .power:
      if a == 0 && b < 0 { self = .powerOfZero } else if a < 0 && result.isNaN { self = .powerOfNegative } else { self = result.isNaN ? .unknown : .overflow }
    case .add, .subtract: self = result.isNaN ? .infinityMinusInfinity : .overflow
    case .multiply: self = result.isNaN ? .zeroTimesInfinity : .overflow
    case .sin, .cos, .tan: self = a.isInfinite ? .angleOfInfinity : .overflow
    case .exp, .expm1, .sinh, .cosh, .cast: self = result.isNaN ? .unknown : .overflow
    default: self = .unknown
    }
  }

  /// The cause in an operation that mixes elements.
  init(mixing op: Op, hasInfiniteOperand: Bool, result: Double) {
    switch op {
    case .sum, .cumulativeSum, .scatterAdd: self = result.isNaN ? .infinityMinusInfinity : .overflow
    case .product: self = result.isNaN ? .zeroTimesInfinity : .overflow
    case .matrixProduct, .convolution, .convolutionInput, .convolutionKernel:
      // Finite products can overflow to infinities of both signs, too.
      self = result.isNaN && hasInfiniteOperand ? .zeroTimesInfinity : result.isNaN ? .infinityMinusInfinity : .overflow
    default: self = .unknown
    }
  }
}

/// Looks for the origin of what is not finite in a graph whose numbers on the way are not kept: computes it anew, node by
/// node, and then goes back from the result.
struct NonFiniteSearch {
  private enum Kind: UInt8 { case finite, infinite, nan }
  private struct Trail {
    var kind = Kind.finite
    /// Operands, by their positions, that the element in question has its nan or infinity from.
    var sources: [Int] = []
    var event: NonFiniteOrigin.Event?
    var leaf: NonFiniteOrigin.Part?
  }

  private let engine: Engine
  private let nodes: [Node]
  private var trails: [Trail]

  /// `nodes` as an `Interpreter` wants them.
  init(_ nodes: [Node], engine: Engine) {
    self.engine = engine
    self.nodes = nodes
    trails = Array(repeating: Trail(), count: nodes.count)
  }

  /// Computes the graph up to the node at `last`, and notes what is not finite.
  mutating func run(upTo last: Int, isGiven: (Node, Int) -> Bool) throws {
    var interpreter = Interpreter(nodes, engine: engine)
    var trails = self.trails
    try interpreter.run(isGiven: isGiven) { visit in
      trails[visit.position] = Self.trail(visit, isLeaf: visit.node.op == .constant || isGiven(visit.node, visit.position), trails)
      return visit.position < last
    }
    self.trails = trails
  }

  /// The origin of what is not finite in the node at `root`, which has been computed; nil if all of it is finite. With it what was
  /// given, if no operation is to blame.
  func origin(of root: Int) -> (origin: NonFiniteOrigin, leaf: Node?)? {
    guard trails[root].kind != .finite else { return nil }
    var position = root
    var turned: NonFiniteOrigin.Event?
    while let source = Self.source(of: trails[position], trails) {
      if let event = trails[position].event { turned = event }
      position = source
    }
    let node = nodes[position]
    if let event = trails[position].event {
      return (NonFiniteOrigin(start: .made(event), turned: turned), nil)
    }
    guard let part = trails[position].leaf else { return nil }
    if node.op == .constant || node.op == .data { return (NonFiniteOrigin(start: .given(part), turned: turned), node) }
    return (NonFiniteOrigin(start: .lost(operation: node.op, derivativeOf: node.derivative, part), turned: turned), node)
  }

  /// A nan comes from a nan, if there is one.
  private static func source(of trail: Trail, _ trails: [Trail]) -> Int? {
    trail.sources.first { trail.kind == .nan && trails[$0].kind == .nan } ?? trail.sources.first
  }

  private static func trail(_ visit: Interpreter.Visit, isLeaf: Bool, _ trails: [Trail]) -> Trail {
    let node = visit.node
    guard node.type.hasNonFinite(visit.numbers, node.shape.count) else { return Trail() }
    let numbers = NumberStatistics(visit.numbers, node.type, count: node.shape.count)
    guard let index = numbers.firstNonFinite else { return Trail() }
    let value = node.type.number(visit.numbers, index)
    var trail = Trail(kind: value.isNaN ? .nan : .infinite)
    if isLeaf {
      trail.leaf = part(node, numbers, value)
      return trail
    }
    let isElementwise = Primitive.table[Int(node.op.rawValue)].isElementwise
    var elements: [Double] = []
    if isElementwise {
      elements = visit.operands.map { operand, memory in
        operand.type.number(memory, place(of: index, in: node.shape, for: operand.shape))
      }
    }
    for (number, (operand, _)) in visit.operands.enumerated() where trails[Int(operand.index)].kind != .finite {
      if isElementwise {
        // Of a choice only the branch taken.
        if node.op == .select, number != (elements[0] != 0 ? 1 : 2) { continue }
        guard !elements[number].isFinite else { continue }
      }
      trail.sources.append(Int(operand.index))
    }
    let isTurn = trail.kind == .nan && !trail.sources.contains { source in
      isElementwise ? elements.contains(where: \.isNaN) : trails[source].kind == .nan
    }
    guard trail.sources.isEmpty || isTurn else { return trail }
    let operands = visit.operands.enumerated().map { number, operand in
      part(
        operand.node, NumberStatistics(operand.numbers, operand.node.type, count: operand.node.shape.count), isElementwise ? elements[number] : nil)
    }
    let cause =
      isElementwise
      ? NonFiniteOrigin.Cause(node.op, elements, result: value)
      : NonFiniteOrigin.Cause(mixing: node.op, hasInfiniteOperand: operands.contains { $0.numbers.infinities > 0 }, result: value)
    trail.event = NonFiniteOrigin.Event(
      operation: node.op, derivativeOf: node.derivative, site: node.site, operands: operands, result: part(node, numbers, value), cause: cause, index: index)
    return trail
  }

  private static func part(_ node: Node, _ numbers: NumberStatistics, _ element: Double?) -> NonFiniteOrigin.Part {
    NonFiniteOrigin.Part(shape: node.shape, type: node.type, numbers: numbers, element: element, site: node.site, constant: node.constant)
  }

  /// Where the element stands in an operand that was broadcast.
  private static func place(of index: Int, in shape: Shape, for operand: Shape) -> Int {
    if operand.count == shape.count { return index }
    var rest = index, result = 0, stride = 1
    for axis in 1...max(shape.rank, 1) where axis <= shape.rank {
      let size = shape[shape.rank - axis]
      let position = rest % size
      rest /= size
      guard axis <= operand.rank else { continue }
      let own = operand[operand.rank - axis]
      if own > 1 { result += position * stride }
      stride *= own
    }
    return result
  }
}
