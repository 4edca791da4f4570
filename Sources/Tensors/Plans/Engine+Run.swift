import Kernels

extension Engine {
  /// Computes what is pending among the roots, all in one plan.
  func compute(_ roots: [Node]) throws {
    for root in roots where root.op == .constant && root.buffer == nil { try fill(root) }
    guard roots.contains(where: \.isPending) else { return }
    if siblings.count > 0 {
      let all = withSiblings(roots)
      // What fails in one of the others, or for all together has no memory, must not keep from anybody what was asked for.
      if all.count > roots.count, (try? computeTogether(all)) != nil { return }
    }
    try computeTogether(roots)
  }

  private func computeTogether(_ roots: [Node]) throws {
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

  /// With a gradient that is asked for all found together with it that somebody holds.
  private func withSiblings(_ roots: [Node]) -> [Node] {
    defer { forgetSiblings() }
    guard roots.contains(where: { $0.walk == walks }) else { return roots }
    // Roots are marked, to be told from the others.
    let epoch = newEpoch()
    for root in roots { root.mark = epoch }
    var all = roots
    all.reserveCapacity(roots.count + siblings.count)
    for index in 0..<siblings.count {
      siblings.base[index]._withUnsafeGuaranteedRef { if $0.handles > 0 && $0.isPending && $0.mark != epoch { all.append($0) } }
    }
    return all
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
    let nodes = trace.base
    do {
      try requireMemory(saturatingSum(plan.arenaBytes, plan.resultBytes), plan.largest)
    } catch let error as TensorError {
      // The place of the largest tensor, of several the last.
      let largest = plan.steps.reversed().max { plan.bytesWritten(by: $0) < plan.bytesWritten(by: $1) }
      throw LocatedTensorError(error: error, site: largest.map { nodes[$0.position].takeUnretainedValue().site } ?? site)
    }
    // Small arenas are one block, kept.
    let arena: Buffer
    if let small = smallArena, plan.arenaBytes <= small.byteCount {
      arena = small
    } else {
      arena = try Buffer(byteCount: plan.arenaBytes, pool: pool)
    }
    // Taken out while they are used, so that nothing asks whether they are shared.
    var buffers = resultBuffers
    resultBuffers = []
    defer {
      buffers.removeAll(keepingCapacity: true)
      resultBuffers = buffers
    }
    guard try bind(plan, nodes, arena, &buffers) else { return }
    let pointers = pointers.base
    let profile = profile
    for reference in plan.order {
      if Interrupt.isRequested { throw TensorError.interrupted }
      try reference._withUnsafeGuaranteedRef { step in
        let start = profile?.now
        if let (fault, position) = try run(step, pointers, nodes) {
          let failed = nodes[position].takeUnretainedValue()
          throw LocatedTensorError(error: error(of: fault, failed), site: failed.site)
        }
        if let start { profile?.add(step, of: plan, trace.nodes, since: start) }
      }
    }
    // Workers leave pieces out when an interrupt comes.
    if Interrupt.isRequested { throw TensorError.interrupted }

    planLog?.add(plan, trace.nodes)
    // All checks of data are passed, also those of nodes that keep no numbers.
    if !ledger.fallible.isEmpty {
      for position in 0..<trace.count { nodes[position]._withUnsafeGuaranteedRef { if $0.fallible >= 0 { ledger.forget($0) } } }
    }
    finish(plan, nodes, buffers)
    withExtendedLifetime(arena) {}
  }

  /// Finds every value its memory. False if an input has none.
  private func bind(_ plan: Plan, _ nodes: UnsafeMutablePointer<Unmanaged<Node>>, _ arena: Buffer, _ buffers: inout [Buffer]) throws -> Bool {
    pointers.count = 0
    pointers.reserve(plan.bindings.count)
    let memory = arena.memory
    for binding in plan.bindings {
      switch binding.kind {
      case .input:
        guard let memory = nodes[Int(binding.position)]._withUnsafeGuaranteedRef({ $0.buffer?.memory }) else { return false }
        pointers.push(memory)
      case .constant:
        let place = memory + binding.bytes
        store(nodes[Int(binding.position)]._withUnsafeGuaranteedRef { $0.payload.value }, binding.type, place)
        pointers.push(place)
      case .arena: pointers.push(memory + binding.bytes)
      case .result:
        let buffer = try Buffer(byteCount: binding.bytes, pool: pool)
        pointers.push(buffer.memory)
        buffers.append(buffer)
      }
    }
    return true
  }

  /// Hands out the results.
  private func finish(_ plan: Plan, _ nodes: UnsafeMutablePointer<Unmanaged<Node>>, _ buffers: [Buffer]) {
    var isSuspicious = false
    for result in plan.results {
      nodes[result.position]._withUnsafeGuaranteedRef { node in
        if result.buffer >= 0 {
          node.realize(buffers[result.buffer])
        } else if result.input >= 0, let buffer = nodes[result.input]._withUnsafeGuaranteedRef({ $0.buffer }) {
          node.realize(buffer)
        }
        if nonFinite.isLooking && nonFinite.isSuspicious(node) { isSuspicious = true }
      }
    }
    if isSuspicious { nonFinite.examine(plan.results.map { nodes[$0.position].takeUnretainedValue() }, trace.nodes, self) }
    // A single one is the root, which the caller holds; several are held here while operands are dropped, which may free the last other holder.
    if plan.results.count == 1 {
      nodes[plan.results[0].position]._withUnsafeGuaranteedRef { settle($0) }
    } else {
      for node in plan.results.map({ nodes[$0.position].takeUnretainedValue() }) { settle(node) }
    }
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

  @inline(__always)
  private func run(
    _ step: Step, _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ nodes: UnsafeMutablePointer<Unmanaged<Node>>
  ) throws -> (fault: KernelFault, position: Int)? {
    if let program = step.program { return program._withUnsafeGuaranteedRef { $0.run(pointers, workers: workers) } }
    let out = pointers[step.out]
    if let whole = step.whole {
      let payload = nodes[step.position]._withUnsafeGuaranteedRef { $0.payload }
      return try whole._withUnsafeGuaranteedRef { whole in
        let count = whole.operands.count
        return try withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: max(1, count)) { operands in
          operands.initialize(repeating: UnsafeRawPointer(out))
          for index in 0..<count {
            operands[index] = UnsafeRawPointer(pointers[whole.operands[index].value]) + whole.operands[index].byteOffset
          }
          guard let base = operands.baseAddress else { return nil }
          let call = WholeCall(step: whole, operands: UnsafePointer(base), outBytes: out, payload: payload, workers: workers, pool: pool)
          return try whole.run(call).map { ($0, step.position) }
        }
      }
    }
    if case .copy(let view, let type) = step.work {
      view.copy(
        from: UnsafeRawPointer(pointers[view.value]), to: out, strides: view.shape.contiguousStrides, elementSize: type.byteSize, workers: workers)
    }
    return nil
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
