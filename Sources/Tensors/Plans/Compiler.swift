import Kernels

/// Turns a trace into a plan: views cost nothing, elementwise chains become row programs, lifetimes decide places.
struct PlanCompiler {
  private let nodes: [Node]
  private let table: [Primitive]
  private let isKept: [Bool]
  /// The position of the node whose program a node's instruction belongs to.
  private let group: [Int]

  private var views: [View?]
  private var values: [Plan.Value] = []
  private var isResult: [Bool] = []
  private var steps: [Step] = []
  private var constantBytes = 0

  static func compile(_ trace: Trace, table: [Primitive]) -> Plan {
    var compiler = PlanCompiler(trace, table)
    for position in compiler.nodes.indices { compiler.visit(position) }
    let kept = trace.kept.map { position in (position: position, value: compiler.views[position]?.value ?? 0) }
    let bytes = compiler.place()
    return Plan(key: trace.key, hash: trace.hash, values: compiler.values, steps: compiler.steps, kept: kept, arenaBytes: bytes)
  }

  private init(_ trace: Trace, _ table: [Primitive]) {
    nodes = trace.nodes.map { $0.takeUnretainedValue() }
    self.table = table
    var isKept = [Bool](repeating: false, count: nodes.count)
    for position in trace.kept { isKept[position] = true }
    self.isKept = isKept
    views = Array(repeating: nil, count: nodes.count)
    group = Fusion.groups(nodes, isKept, table)
  }

  private mutating func visit(_ position: Int) {
    let node = nodes[position]
    if node.op == .constant {
      let place = Plan.Place.constant(position: position, offset: constantBytes)
      constantBytes += 8
      let value = newValue(node.type, Shape(), place)
      views[position] = View(value: value, offset: 0, shape: node.shape, strides: [Int](repeating: 0, count: node.shape.rank))
      return
    }
    if !node.isPending {
      let value = newValue(node.type, node.shape, .input(position: position))
      views[position] = contiguous(value)
      return
    }
    switch table[Int(node.op.rawValue)].kernel {
    case .leaf: break
    case .view(let reading):
      guard let operand = node.a, var view = views[Int(operand.index)] else { return }
      if let other = reading(node, view) {
        view = other
      } else {
        // Made row-major once for all that read the operand; then any shape can be read.
        let copy = rowMajor(view, node.type, position)
        view = reading(node, copy) ?? copy
      }
      views[position] = isKept[position] ? keep(view, node, position) : view
    case .elementwise:
      guard group[position] == position else { return }
      program(position)
    case .whole(let run):
      whole(node, position, run)
    }
  }

  // MARK: Values

  private mutating func newValue(_ type: ElementType, _ shape: Shape, _ place: Plan.Place) -> Int {
    values.append(Plan.Value(place: place, type: type, shape: shape))
    isResult.append(place == .result)
    return values.count - 1
  }

  private func contiguous(_ value: Int) -> View {
    View(value: value, offset: 0, shape: values[value].shape, strides: values[value].shape.contiguousStrides)
  }

  /// A view with the whole of a value's elements in order.
  private func isWhole(_ view: View) -> Bool {
    view.offset == 0 && view.isContiguous && view.shape.count == values[view.value].shape.count && !isConstant(view.value)
  }

  private func isConstant(_ value: Int) -> Bool {
    if case .constant = values[value].place { return true }
    return false
  }

  /// What a kept view becomes: the value itself where it is all of it, else a copy.
  private mutating func keep(_ view: View, _ node: Node, _ position: Int) -> View {
    if isWhole(view) {
      if case .input = values[view.value].place { return view }
      values[view.value].place = .result
      isResult[view.value] = true
      return view
    }
    let out = newValue(node.type, node.shape, .result)
    steps.append(Step(work: .copy(view, node.type), out: out, position: position))
    return contiguous(out)
  }

  /// The view if its elements lie in order without gaps, else a copy where they do.
  private mutating func rowMajor(_ view: View, _ type: ElementType, _ position: Int) -> View {
    if view.isContiguous && (!isConstant(view.value) || view.shape.count <= 1) { return view }
    let out = newValue(type, view.shape, .arena(0))
    steps.append(Step(work: .copy(view, type), out: out, position: position))
    return contiguous(out)
  }

  // MARK: Whole operands

  private mutating func whole(_ node: Node, _ position: Int, _ run: @escaping @Sendable (WholeCall) throws -> KernelFault?) {
    var attribute = node.attribute
    var operands: [WholeStep.Operand] = []
    for place in 0..<node.operandCount {
      guard let operand = node.operand(place), var view = views[Int(operand.index)] else { continue }
      // A transposed matrix is read through the product's own flag.
      if node.op == .matrixProduct, let swapped = swappingLastAxes(view), !view.isContiguous, swapped.isContiguous, !isConstant(view.value) {
        view = swapped
        attribute ^= place == 0 ? Primitive.transposeA : Primitive.transposeB
      }
      let shape = view.shape
      view = rowMajor(view, operand.type, position)
      operands.append(WholeStep.Operand(value: view.value, offset: view.offset, shape: shape, type: operand.type))
    }
    let out = newValue(node.type, node.shape, isKept[position] ? .result : .arena(0))
    steps.append(Step(work: .whole(WholeStep(node: node, attribute: attribute, operands: operands, run: run)), out: out, position: position))
    views[position] = contiguous(out)
  }

  private func swappingLastAxes(_ view: View) -> View? {
    let rank = view.shape.rank
    guard rank >= 2 else { return nil }
    var sizes = view.shape.dimensions
    sizes.swapAt(rank - 1, rank - 2)
    guard let shape = try? Shape(sizes) else { return nil }
    var result = view
    result.shape = shape
    result.strides.swapAt(rank - 1, rank - 2)
    return result
  }

  // MARK: Row programs

  private mutating func program(_ root: Int) {
    let node = nodes[root]
    var builder = ProgramBuilder(shape: node.shape)
    // The group's members stand before the root, in an order in which they can be computed.
    let members = memberPositions(root)
    var lastRead: [Int: Int] = [:]
    for member in members {
      for place in 0..<nodes[member].operandCount {
        if let operand = nodes[member].operand(place) { lastRead[Int(operand.index)] = member }
      }
    }
    var registers: [Int: Int] = [:]
    var free: [Int] = []
    for member in members {
      let node = nodes[member]
      guard case .elementwise(let tile) = table[Int(node.op.rawValue)].kernel else { continue }
      var sources: [Program.Source] = []
      var type = node.type
      for place in 0..<node.operandCount {
        guard let operand = node.operand(place) else { continue }
        type = operand.type
        let index = Int(operand.index)
        if let register = registers[index] {
          sources.append(.register(register))
        } else if let view = views[index] {
          sources.append(.operand(builder.operand(view.broadcast(to: builder.shape), size: type.byteSize, wantsElements: !tile.acceptsRepeats)))
        }
      }
      var register: Int?
      if member != root {
        let taken = free.popLast() ?? builder.newRegister()
        registers[member] = taken
        register = taken
      }
      builder.instructions.append(
        Program.Instruction(op: node.op, run: tile.run, sources: sources, type: type, result: node.type, register: register, position: member))
      // Registers that nobody reads any more serve again, from the next instruction on.
      for (value, register) in registers where lastRead[value] == member {
        registers[value] = nil
        free.append(register)
      }
    }
    let out = newValue(node.type, node.shape, isKept[root] ? .result : .arena(0))
    steps.append(Step(work: .program(builder.program(resultSize: node.type.byteSize)), out: out, position: root))
    views[root] = contiguous(out)
  }

  /// The positions in a root's group, in order: members lie among the operands, so they are found by walking from it.
  private func memberPositions(_ root: Int) -> [Int] {
    var members = [root]
    var next = 0
    while next < members.count {
      let node = nodes[members[next]]
      next += 1
      for place in 0..<node.operandCount {
        guard let operand = node.operand(place) else { continue }
        let index = Int(operand.index)
        if group[index] == root && !members.contains(index) { members.append(index) }
      }
    }
    return members.sorted()
  }

  // MARK: Places

  /// Gives values with disjoint lifetimes the same memory; returns the arena's size.
  private mutating func place() -> Int {
    var lastUse = [Int](repeating: -1, count: values.count)
    for (index, step) in steps.enumerated() {
      lastUse[step.out] = index
      for input in step.inputs { lastUse[input] = index }
    }
    var arena = Arena(begin: (constantBytes + 63) & ~63)
    for (index, step) in steps.enumerated() {
      if !isResult[step.out] { values[step.out].place = .arena(arena.allocate(values[step.out].byteCount)) }
      var inputs = step.inputs
      inputs.append(step.out)
      inputs.sort()
      var previous = -1
      for input in inputs where input != previous {
        previous = input
        if lastUse[input] == index, case .arena(let offset) = values[input].place { arena.release(offset, values[input].byteCount) }
      }
    }
    return arena.size
  }
}
