import Kernels

/// Turns a trace into a plan: views cost nothing, elementwise chains become row programs, lifetimes decide places.
struct PlanCompiler {
  private let nodes: [Node]
  private let table: [Primitive]
  private let isKept: [Bool]
  private let epilogues: Epilogues
  private let fusion: Fusion

  private var views: [View?]
  private var values: [Plan.Value] = []
  private var isResult: [Bool] = []
  private var steps: [Step] = []
  private var constantBytes = 0

  /// With `fuses` false every operation is a step of its own.
  static func compile(_ trace: Trace, table: [Primitive], fuses: Bool = true) -> Plan {
    var compiler = PlanCompiler(trace, table, fuses: fuses)
    compiler.visitAll()
    let kept = trace.kept.map { position in (position: position, value: compiler.views[position]?.value ?? 0) }
    let bytes = compiler.place()
    return Plan(key: trace.key, hash: trace.hash, values: compiler.values, steps: compiler.steps, kept: kept, arenaBytes: bytes)
  }

  private init(_ trace: Trace, _ table: [Primitive], fuses: Bool) {
    nodes = trace.nodes.map { $0.takeUnretainedValue() }
    self.table = table
    var isKept = [Bool](repeating: false, count: nodes.count)
    for position in trace.kept { isKept[position] = true }
    self.isKept = isKept
    views = Array(repeating: nil, count: nodes.count)
    let readers = Readers(nodes)
    epilogues = Epilogues(nodes, isKept, readers, isOff: !fuses)
    fusion = Fusion(nodes, isKept, table, readers, epilogues, isOff: !fuses)
  }

  // MARK: Order

  /// A program stands where its last member was recorded, unless somebody reads its results before.
  private mutating func visitAll() {
    for position in nodes.indices where !nodes[position].isPending { visitLeaf(position) }
    var state = [Visit](repeating: .unseen, count: nodes.count)
    var stack: [Int] = []
    for position in nodes.indices where nodes[position].isPending && unit(position) == position {
      stack.append(position)
      while let next = stack.last {
        switch state[next] {
        case .unseen:
          state[next] = .entered
          pushOperands(next, state, &stack)
        case .entered:
          stack.removeLast()
          state[next] = .done
          visit(next)
        case .done: stack.removeLast()
        }
      }
    }
  }

  private enum Visit { case unseen, entered, done }

  /// The position that stands for a node's step: its own, or that of its program's or epilogue's last member.
  private func unit(_ position: Int) -> Int {
    if epilogues.number[position] >= 0 { return epilogues.all[epilogues.number[position]].last }
    let group = fusion.group[position]
    return group < 0 ? position : fusion.groups[group].members.last ?? position
  }

  private func pushOperands(_ unit: Int, _ state: [Visit], _ stack: inout [Int]) {
    let group = fusion.group[unit], epilogue = epilogues.number[unit]
    let members = epilogue >= 0 ? epilogues.all[epilogue].members : group >= 0 ? fusion.groups[group].members : [unit]
    for member in members.reversed() {
      let node = nodes[member]
      for place in (0..<node.operandCount).reversed() {
        guard let operand = node.operand(place), operand.isPending else { continue }
        let other = self.unit(Int(operand.index))
        if other != unit && state[other] == .unseen { stack.append(other) }
      }
    }
  }

  private mutating func visitLeaf(_ position: Int) {
    let node = nodes[position]
    if node.op == .constant {
      let place = Plan.Place.constant(position: position, offset: constantBytes)
      constantBytes += 8
      let value = newValue(node.type, Shape(), place)
      views[position] = View(value: value, offset: 0, shape: node.shape, strides: [Int](repeating: 0, count: node.shape.rank))
      return
    }
    let value = newValue(node.type, node.shape, .input(position: position))
    views[position] = contiguous(value)
  }

  private mutating func visit(_ position: Int) {
    if fusion.group[position] >= 0 { return program(fusion.group[position], position) }
    let epilogue = epilogues.number[position] >= 0 ? epilogues.all[epilogues.number[position]] : nil
    let node = nodes[epilogue?.members[0] ?? position]
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
    case .elementwise: break
    case .whole(let run):
      whole(node, position, run, epilogue)
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
    steps.append(Step(work: .copy(view, node.type), outs: [out], position: position))
    return contiguous(out)
  }

  /// The view if its elements lie in order without gaps, else a copy where they do.
  private mutating func rowMajor(_ view: View, _ type: ElementType, _ position: Int) -> View {
    if view.isContiguous && (!isConstant(view.value) || view.shape.count <= 1) { return view }
    let out = newValue(type, view.shape, .arena(0))
    steps.append(Step(work: .copy(view, type), outs: [out], position: position))
    return contiguous(out)
  }

  // MARK: Whole operands

  private mutating func whole(
    _ node: Node, _ position: Int, _ run: @escaping @Sendable (WholeCall) throws -> KernelFault?, _ epilogue: Epilogues.Epilogue?
  ) {
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
    var ending: WholeStep.Epilogue?
    if let epilogue {
      ending = WholeStep.Epilogue(isRectified: epilogue.isRectified, members: epilogue.members.map { (nodes[$0].op, $0) })
      ending?.bias = append(epilogue.bias, to: &operands, node.type, position)
      ending?.gate = append(epilogue.gate, to: &operands, node.type, position)
    }
    let out = newValue(node.type, node.shape, isKept[position] ? .result : .arena(0))
    let step = WholeStep(node: node, attribute: attribute, operands: operands, epilogue: ending, run: run)
    steps.append(Step(work: .whole(step), outs: [out], position: position))
    views[position] = contiguous(out)
  }

  /// One more operand, row-major; its place among them.
  private mutating func append(_ operand: Int?, to operands: inout [WholeStep.Operand], _ type: ElementType, _ position: Int) -> Int? {
    guard let operand, var view = views[operand] else { return nil }
    let shape = view.shape
    view = rowMajor(view, type, position)
    operands.append(WholeStep.Operand(value: view.value, offset: view.offset, shape: shape, type: type))
    return operands.count - 1
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

  private mutating func program(_ group: Int, _ position: Int) {
    var outputs: [Int: Int] = [:], outs: [Int] = []
    for member in fusion.groups[group].members {
      switch fusion.role[member] {
      case .full, .row, .reduction: break
      default: continue
      }
      let readers = fusion.readers[fusion.firstReader[member]..<fusion.firstReader[member + 1]]
      guard isKept[member] || readers.contains(where: { fusion.group[Int($0)] != group }) else { continue }
      let out = newValue(nodes[member].type, nodes[member].shape, isKept[member] ? .result : .arena(0))
      outputs[member] = out
      outs.append(out)
    }
    steps.append(Step(work: .program(built(group, outputs)), outs: outs, position: position))
    for (member, out) in outputs { views[member] = contiguous(out) }
  }

  /// By itself, so that the builder is gone when the views are changed: while it has them, too, each change would copy them all.
  private func built(_ group: Int, _ outputs: [Int: Int]) -> Program {
    var builder = ProgramBuilder(nodes, table, fusion, number: group, outputs: outputs, views: views)
    return builder.program()
  }

  // MARK: Places

  /// Gives values with disjoint lifetimes the same memory; returns the arena's size.
  private mutating func place() -> Int {
    var lastUse = [Int](repeating: -1, count: values.count)
    for (index, step) in steps.enumerated() {
      for out in step.outs { lastUse[out] = index }
      for input in step.inputs { lastUse[input] = index }
    }
    var arena = Arena(begin: (constantBytes + 63) & ~63)
    for (index, step) in steps.enumerated() {
      // What dies here may give its memory to a result at once; so one place serves a whole chain of steps.
      var heirs: [Int: Int] = [:]
      if case .program(let program) = step.work {
        for out in step.outs where !isResult[out] {
          heirs[out] = step.inputs.first { input in
            guard lastUse[input] == index, case .arena = values[input].place, values[input].byteCount == values[out].byteCount else { return false }
            return !heirs.values.contains(input) && program.canWrite(out, over: input)
          }
        }
      }
      let given = Set(heirs.values)
      for out in step.outs where !isResult[out] {
        values[out].place = heirs[out].map { values[$0].place } ?? .arena(arena.allocate(values[out].byteCount))
      }
      var inputs = step.inputs + step.outs
      inputs.sort()
      var previous = -1
      for input in inputs where input != previous {
        previous = input
        if lastUse[input] == index, !given.contains(input), case .arena(let offset) = values[input].place { arena.release(offset, values[input].byteCount) }
      }
    }
    return arena.size
  }
}
