import Kernels

/// Computes a graph node by node, each whole and by its own row of the table, for those who want to see every number on
/// the way: nothing is fused, nothing is left out, and what a node has computed is given up after its last reader.
///
/// The nodes keep no numbers of it. The same kernels run as in a plan, so the numbers are the same.
struct Interpreter {
  /// A node that was reached, with the memory of its elements and of its operands', all row-major.
  struct Visit {
    let node: Node
    let position: Int
    let numbers: UnsafeRawPointer
    /// Each operand's own elements, in its own shape.
    let operands: [(node: Node, numbers: UnsafeRawPointer)]
  }

  /// Numbers that are needed are not there any more.
  struct Lost: Error {}

  private let engine: Engine
  /// Operands before those that read them.
  private let nodes: [Node]
  private var buffers: [Buffer?]
  private var readers: [Int]

  /// `nodes` must stand in an order in which they can be computed, and know their places in it by their `index`.
  init(_ nodes: [Node], engine: Engine) {
    self.engine = engine
    self.nodes = nodes
    buffers = Array(repeating: nil, count: nodes.count)
    readers = Array(repeating: 0, count: nodes.count)
  }

  /// `isGiven` says which nodes are taken as they are: their numbers are there. Stops when `visit` gives false.
  mutating func run(isGiven: (Node, Int) -> Bool, visit: (Visit) throws -> Bool) throws {
    for (position, node) in nodes.enumerated() where !isGiven(node, position) && node.op != .constant {
      for place in 0..<node.operandCount { if let operand = node.operand(place) { readers[Int(operand.index)] += 1 } }
    }
    for (position, node) in nodes.enumerated() {
      if Interrupt.isRequested { throw TensorError.interrupted }
      if node.op == .constant {
        buffers[position] = try filled(node)
      } else if isGiven(node, position) {
        buffers[position] = node.buffer
      } else {
        buffers[position] = try compute(node)
      }
      guard let own = buffers[position] else { throw Lost() }
      var operands: [(node: Node, numbers: UnsafeRawPointer)] = []
      if node.op != .constant && !isGiven(node, position) {
        for place in 0..<node.operandCount {
          if let operand = node.operand(place), let buffer = buffers[Int(operand.index)] { operands.append((operand, UnsafeRawPointer(buffer.memory))) }
        }
      }
      let goesOn = try visit(Visit(node: node, position: position, numbers: UnsafeRawPointer(own.memory), operands: operands))
      if !goesOn { return }
      for operand in operands {
        let index = Int(operand.node.index)
        readers[index] -= 1
        if readers[index] == 0 { buffers[index] = nil }
      }
      if readers[position] == 0 { buffers[position] = nil }
    }
  }

  private func newBuffer(_ node: Node) throws -> Buffer { try newBuffer(node.shape, node.type) }

  private func newBuffer(_ shape: Shape, _ type: ElementType) throws -> Buffer {
    let bytes = shape.count * type.byteSize
    try engine.requireMemory(bytes, [(shape, type)])
    return try Buffer(byteCount: bytes, pool: engine.pool)
  }

  private func filled(_ node: Node) throws -> Buffer {
    if let known = node.buffer { return known }
    let buffer = try newBuffer(node)
    engine.fill(buffer, node.payload.value, node.type, node.shape.count)
    return buffer
  }

  private func compute(_ node: Node) throws -> Buffer {
    var operands: [(node: Node, buffer: Buffer)] = []
    for place in 0..<node.operandCount {
      guard let operand = node.operand(place), let buffer = buffers[Int(operand.index)] else { throw Lost() }
      operands.append((operand, buffer))
    }
    switch engine.table[Int(node.op.rawValue)].kernel {
    case .leaf: return try newBuffer(node)
    case .view(let reading): return try copied(node, operands, reading)
    case .elementwise(let tile): return try elementwise(node, operands, tile)
    case .whole(let run): return try whole(node, operands, run)
    }
  }

  /// All of a row-major operand, as a view.
  private func all(_ shape: Shape) -> View { View(value: 0, offset: 0, shape: shape, strides: shape.contiguousStrides) }

  private func copied(_ node: Node, _ operands: [(node: Node, buffer: Buffer)], _ reading: (Node, View) -> View?) throws -> Buffer {
    guard let operand = operands.first, let view = reading(node, all(operand.node.shape)) else { throw Lost() }
    if view.offset == 0 && view.isContiguous && view.shape.count == operand.node.shape.count { return operand.buffer }
    let buffer = try newBuffer(node)
    view.copy(
      from: UnsafeRawPointer(operand.buffer.memory), to: buffer.memory, strides: node.shape.contiguousStrides, elementSize: node.type.byteSize,
      workers: engine.workers)
    return buffer
  }

  private func elementwise(_ node: Node, _ operands: [(node: Node, buffer: Buffer)], _ tile: Primitive.Tile) throws -> Buffer {
    let out = try newBuffer(node)
    let count = node.shape.count
    if count == 0 { return out }
    // Operands that are broadcast are laid out in full.
    var sources: [Buffer] = []
    for (operand, buffer) in operands {
      if operand.shape.count == count {
        sources.append(buffer)
        continue
      }
      let full = try newBuffer(node.shape, operand.type)
      all(operand.shape).broadcast(to: node.shape).copy(
        from: UnsafeRawPointer(buffer.memory), to: full.memory, strides: node.shape.contiguousStrides, elementSize: operand.type.byteSize,
        workers: engine.workers)
      sources.append(full)
    }
    let a = UnsafeRawPointer(sources.first?.memory ?? out.memory)
    let call = Primitive.TileCall(
      type: operands.last?.node.type ?? node.type, result: node.type, a: a, b: sources.count > 1 ? UnsafeRawPointer(sources[1].memory) : a,
      c: sources.count > 2 ? UnsafeRawPointer(sources[2].memory) : a, aStep: 1, bStep: 1, cStep: 1, out: out.memory, count: count)
    let fault = tile.run(call)
    withExtendedLifetime(sources) {}
    if let fault { throw LocatedTensorError(error: engine.error(of: fault, node), site: node.site) }
    return out
  }

  private func whole(_ node: Node, _ operands: [(node: Node, buffer: Buffer)], _ run: @escaping @Sendable (WholeCall) throws -> KernelFault?) throws -> Buffer {
    let out = try newBuffer(node)
    let places = operands.enumerated().map { WholeStep.Operand(value: $0, offset: 0, shape: $1.node.shape, type: $1.node.type) }
    let step = WholeStep(node: node, attribute: node.attribute, operands: places, run: run)
    let fault = try withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: max(1, operands.count)) { pointers in
      pointers.initialize(repeating: UnsafeRawPointer(out.memory))
      for (index, operand) in operands.enumerated() { pointers[index] = UnsafeRawPointer(operand.buffer.memory) }
      guard let base = pointers.baseAddress else { return nil as KernelFault? }
      return try run(
        WholeCall(
          step: step, operands: UnsafePointer(base), outBytes: out.memory, payload: node.payload, workers: engine.workers, pool: engine.pool))
    }
    withExtendedLifetime(operands) {}
    if let fault { throw LocatedTensorError(error: engine.error(of: fault, node), site: node.site) }
    return out
  }
}

/// What a run of numbers is like.
package struct NumberStatistics: Equatable, Sendable {
  package private(set) var count = 0
  /// Of the finite numbers; nan if there is none.
  package private(set) var least = Double.nan
  package private(set) var mean = Double.nan
  package private(set) var greatest = Double.nan
  package private(set) var nan = 0
  package private(set) var positiveInfinities = 0
  package private(set) var negativeInfinities = 0
  /// Where the first nan stands and the first infinity, row-major.
  package private(set) var firstNan: Int?
  package private(set) var firstInfinity: Int?

  package var infinities: Int { positiveInfinities + negativeInfinities }
  package var finite: Int { count - nan - infinities }
  package var isFinite: Bool { nan == 0 && infinities == 0 }
  /// Where one stands that is not finite, a nan if there is one.
  package var firstNonFinite: Int? { firstNan ?? firstInfinity }

  init(_ numbers: UnsafeRawPointer, _ type: ElementType, count: Int) {
    self.count = count
    var sum = 0.0, low = Double.infinity, high = -Double.infinity
    for index in 0..<count {
      let value = type.number(numbers, index)
      if value.isFinite {
        sum += value
        low = min(low, value)
        high = max(high, value)
      } else if value.isNaN {
        nan += 1
        if firstNan == nil { firstNan = index }
      } else {
        if value > 0 { positiveInfinities += 1 } else { negativeInfinities += 1 }
        if firstInfinity == nil { firstInfinity = index }
      }
    }
    guard finite > 0 else { return }
    (least, greatest) = (low, high)
    mean = sum / Double(finite)
  }
}

extension ElementType {
  /// One element of memory that holds this type.
  func number(_ memory: UnsafeRawPointer, _ index: Int) -> Double {
    switch self {
    case .bool: memory.bound(UInt8.self)[index] == 0 ? 0 : 1
    case .i32: Double(memory.bound(Int32.self)[index])
    case .f32: Double(memory.bound(Float.self)[index])
    case .f64: memory.bound(Double.self)[index]
    }
  }

  /// Whether one of the elements is nan or infinite.
  func hasNonFinite(_ memory: UnsafeRawPointer, _ count: Int) -> Bool {
    switch self {
    case .f32: Kernels.hasNonFinite(memory.bound(Float.self), count)
    case .f64: Kernels.hasNonFinite(memory.bound(Double.self), count)
    case .bool, .i32: false
    }
  }
}

extension Engine {
  /// What a tensor's elements are like; computes them if need be.
  package func statistics(of x: Tensor) throws -> NumberStatistics {
    if x.node.buffer == nil { try compute([x.node]) }
    guard let buffer = x.node.buffer else { throw TensorError.interrupted }
    return NumberStatistics(UnsafeRawPointer(buffer.memory), x.type, count: x.count)
  }
}
