import Kernels

extension Engine {
  /// Computes what is pending among the roots, all in one plan.
  func compute(_ roots: [Node]) throws {
    for root in roots where root.op == .constant && root.buffer == nil { try fill(root) }
    guard roots.contains(where: \.isPending) else { return }
    trace.record(roots: roots, epoch: newEpoch(), fuses: fuses)
    defer { trace.clear() }
    let plan: Plan
    if let known = plans.find(trace) {
      plan = known
    } else {
      plan = PlanCompiler.compile(trace, table: table, fuses: fuses)
      plans.insert(plan)
    }
    try run(plan)
  }

  /// A constant gets its numbers only when they are wanted in memory.
  private func fill(_ node: Node) throws {
    try requireMemory(node.byteCount, [(node.shape, node.type)])
    let buffer = try Buffer(byteCount: node.byteCount, pool: pool)
    fill(buffer, node.payload.value, node.type, node.shape.count)
    node.realize(buffer)
  }

  func fill(_ buffer: Buffer, _ value: Double, _ type: ElementType, _ count: Int) {
    switch type {
    case .bool: Kernels.fill(UInt8(value == 0 ? 0 : 1), buffer.memory.bound(UInt8.self), count)
    case .i32: Kernels.fill(Int32(saturating: value), buffer.memory.bound(Int32.self), count)
    case .f32: Kernels.fill(Float(value), buffer.memory.bound(Float.self), count)
    case .f64: Kernels.fill(value, buffer.memory.bound(Double.self), count)
    }
  }

  /// Free memory of the pool is given back first; then what would not fit is refused.
  func requireMemory(_ bytes: Int, _ largest: @autoclosure () -> [(Shape, ElementType)]) throws {
    let total = saturatingSum(bytes, pool.bytesInUse)
    if total > memoryLimit { throw TensorError.memory(needed: bytes, limit: memoryLimit, largest: largest()) }
    if saturatingSum(total, pool.bytesFree) > memoryLimit { pool.trim() }
  }

  /// The same for numbers that are laid out one by one before a tensor is made of them.
  package func requireMemory(forNumbers count: Int) throws {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: ElementType.f64.byteSize)
    try requireMemory(overflow ? Int.max : bytes, [])
  }

  private func run(_ plan: Plan) throws {
    let nodes = trace.nodes
    func node(_ position: Int) -> Node { nodes[position].takeUnretainedValue() }
    do {
      try requireMemory(saturatingSum(plan.arenaBytes, plan.resultBytes), plan.largest)
    } catch let error as TensorError {
      // The place of the largest tensor, of several the last.
      let largest = plan.steps.reversed().max { plan.bytesWritten(by: $0) < plan.bytesWritten(by: $1) }
      throw LocatedTensorError(error: error, site: largest.map { node($0.position).site } ?? site)
    }
    // Small arenas are one block, kept.
    let arena: Buffer
    if let small = smallArena, plan.arenaBytes <= small.byteCount {
      arena = small
    } else {
      arena = try Buffer(byteCount: plan.arenaBytes, pool: pool)
    }
    var buffers: [Buffer?] = []
    pointers.removeAll(keepingCapacity: true)
    for value in plan.values {
      switch value.place {
      case .input(let position):
        guard let buffer = node(position).buffer else { return }
        pointers.append(buffer.memory)
      case .constant(let position, let offset):
        let memory = arena.memory + offset
        store(node(position).payload.value, value.type, memory)
        pointers.append(memory)
      case .arena(let offset): pointers.append(arena.memory + offset)
      case .result:
        let buffer = try Buffer(byteCount: value.byteCount, pool: pool)
        if buffers.isEmpty { buffers = Array(repeating: nil, count: plan.values.count) }
        buffers[pointers.count] = buffer
        pointers.append(buffer.memory)
      }
    }
    try pointers.withUnsafeMutableBufferPointer { pointers in
      guard let base = pointers.baseAddress else { return }
      for step in plan.steps {
        if Interrupt.isRequested { throw TensorError.interrupted }
        let start = profile?.now
        if let (fault, position) = try run(step, base, nodes) {
          let failed = node(position)
          throw LocatedTensorError(error: error(of: fault, failed), site: failed.site)
        }
        if let start { profile?.add(step, of: plan, nodes, since: start) }
      }
    }
    // Workers leave pieces out when an interrupt comes.
    if Interrupt.isRequested { throw TensorError.interrupted }

    planLog?.add(plan, nodes)
    // All checks of data are passed, also those of nodes that keep no numbers.
    for reference in nodes { reference._withUnsafeGuaranteedRef { if $0.fallible >= 0 { ledger.forget($0) } } }
    // Held here while operands are dropped, which may free the last other holder.
    let kept = plan.kept.map { node($0.position) }
    for (index, entry) in plan.kept.enumerated() {
      if let buffer = buffers.isEmpty ? nil : buffers[entry.value] {
        kept[index].realize(buffer)
      } else if case .input(let position) = plan.values[entry.value].place, let buffer = node(position).buffer {
        kept[index].realize(buffer)
      }
    }
    if nonFinite.isLooking { nonFinite.examine(kept, nodes, self) }
    for node in kept { settle(node) }
    withExtendedLifetime(arena) {}
  }

  /// A node that is computed lets go of its operands, unless an open recording may still ask for its gradient.
  private func settle(_ node: Node) {
    if node.track >= oldestRecording || graphHolders > 0 {
      retained.append(node)
    } else {
      node.dropOperands()
    }
  }

  private func store(_ value: Double, _ type: ElementType, _ memory: UnsafeMutableRawPointer) {
    switch type {
    case .bool: memory.storeBytes(of: value == 0 ? 0 : 1, as: UInt8.self)
    case .i32: memory.storeBytes(of: Int32(saturating: value), as: Int32.self)
    case .f32: memory.storeBytes(of: Float(value), as: Float.self)
    case .f64: memory.storeBytes(of: value, as: Double.self)
    }
  }

  private func run(
    _ step: Step, _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ nodes: [Unmanaged<Node>]
  ) throws -> (fault: KernelFault, position: Int)? {
    switch step.work {
    case .program(let program): return program.run(pointers, workers: workers)
    case .copy(let view, let type):
      let out = pointers[step.outs[0]]
      view.copy(
        from: UnsafeRawPointer(pointers[view.value]), to: out, strides: view.shape.contiguousStrides, elementSize: type.byteSize, workers: workers)
      return nil
    case .whole(let whole):
      let out = pointers[step.outs[0]]
      let payload = nodes[step.position]._withUnsafeGuaranteedRef { $0.payload }
      return try withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: max(1, whole.operands.count)) { operands in
        operands.initialize(repeating: UnsafeRawPointer(out))
        for (index, operand) in whole.operands.enumerated() {
          operands[index] = UnsafeRawPointer(pointers[operand.value]) + operand.offset * operand.type.byteSize
        }
        guard let base = operands.baseAddress else { return nil }
        let call = WholeCall(step: whole, operands: UnsafePointer(base), outBytes: out, payload: payload, workers: workers, pool: pool)
        return try whole.run(call).map { ($0, step.position) }
      }
    }
  }

  func error(of fault: KernelFault, _ node: Node) -> TensorError {
    switch fault.kind {
    case .overflow: .integerOverflow(operation: node.op.name)
    case .divisionByZero: .divisionByZero(operation: node.op.name)
    case .singular: .singularMatrix(operation: node.op.name, node.a?.shape ?? node.shape, matrix: fault.position)
    case .notPositiveDefinite: .notPositiveDefinite(node.shape, matrix: fault.position, minor: fault.value)
    case .indexOutOfRange:
      .indexOutOfRange(
        index: fault.value, length: (node.op == .scatterAdd ? node.shape : node.a?.shape ?? node.shape)[node.attribute], axis: node.attribute)
    }
  }
}
