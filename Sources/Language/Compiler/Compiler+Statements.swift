import Syntax

extension Compiler {
  /// Compiles statements; the last one's value goes to the register if one is given.
  func block(_ block: Block, into register: Int?) throws(GradusError) {
    for (offset, statement) in block.statements.enumerated() {
      if let register, offset == block.statements.count - 1, case .expression(let e) = statement.kind {
        try expression(e, into: register)
        return
      }
      try self.statement(statement)
    }
    if let register { builder.emit(.loadNothing, a: register, block.span) }
  }

  func statement(_ statement: Statement) throws(GradusError) {
    let mark = builder.nextRegister
    switch statement.kind {
    case .expression(let e): try effect(e)
    case .bind(let pattern, let e): try binding(pattern, e)
    case .update(let target, let operation, let e): try update(target, operation, e, statement.span)
    case .function(let definition):
      let register = try builder.takeRegister()
      try function(definition, into: register)
      noteBinding(of: definition.variable, definition.nameSpan)
      try store(definition.variable, from: register, definition.nameSpan)
    case .layer(let definition):
      let register = try builder.takeRegister()
      try layer(definition, into: register)
      noteBinding(of: definition.variable, definition.nameSpan)
      try store(definition.variable, from: register, definition.nameSpan)
    case .forEach(let pattern, let e, let body): try forEach(pattern, in: e, span: statement.span) { (compiler) throws(GradusError) in try compiler.block(body, into: nil) }
    case .whileLoop(let condition, let body):
      let turns = try builder.takeRegister()
      builder.emit(.move, a: turns, b: try builder.operand(ofConstant: builder.constant(0), condition.span), condition.span)
      let top = builder.count
      let exits = try jumpsUnless(condition)
      loops.append(Loop(handlers: handlerDepth))
      if case .binary(let a, let b, let sign) = condition.kind, sign.operation.isComparison {
        // The comparison stands at the end once more: one instruction less a turn.
        let start = builder.count
        try block(body, into: nil)
        for jump in loops[loops.count - 1].continues { builder.land(jump) }
        let left = try leftOperand(a, before: b)
        let right = try operand(b)
        let end = builder.emit(.compareLoop, a: turns, b: left, c: right, d: sign.operation.number, condition.span)
        builder.loops.append(LoopRange(start: start, end: end, register: turns, countsBegun: false, span: condition.span))
        builder[builder.emit(.extra, condition.span)].target = start
        for jump in exits + loops.removeLast().breaks { builder.land(jump) }
      } else {
        try block(body, into: nil)
        endLoop(top: top, exits: exits, turns: turns, countsBegun: false, span: condition.span)
      }
    case .repeatLoop(let count, let body):
      let turns = try builder.takeRegisters(2)
      let number = try operand(count)
      builder.emit(.countdown, a: turns, b: number, count.span)
      let top = builder.count
      let exit = builder.emitJump(.turn, a: turns, count.span)
      loops.append(Loop(handlers: handlerDepth))
      try block(body, into: nil)
      endLoop(top: top, exits: [exit], turns: turns + 1, countsBegun: true, span: count.span)
    case .returnValue(let e):
      guard scope != .program else { throw fail(.syntax, "`return` stands outside of a function", statement.span) }
      guard scope != .layerBody else { throw fail(.syntax, "`return` stands in a layer's body", statement.span) }
      let register = try builder.takeRegister()
      if let e { try expression(e, into: register) } else { builder.emit(.loadNothing, a: register, statement.span) }
      finishReturn(register, statement.span)
    case .breakLoop, .continueLoop:
      let isBreak = if case .breakLoop = statement.kind { true } else { false }
      guard let loop = loops.last else {
        let word = isBreak ? "break" : "continue"
        throw fail(.syntax, "`\(word)` stands outside of a loop", statement.span, hint: scope == .block ? "a block that is passed to a function is left with `return`" : nil)
      }
      for _ in loop.handlers..<handlerDepth { builder.emit(.popHandler, statement.span) }
      let jump = builder.emitJump(.jump, statement.span)
      if isBreak { loops[loops.count - 1].breaks.append(jump) } else { loops[loops.count - 1].continues.append(jump) }
    }
    builder.nextRegister = mark
  }

  /// Jumps back to the top; lets `continue` go there, exits and `break` go on after it.
  func endLoop(top: Int, exits: [Int], turns: Int, countsBegun: Bool, span: Span) {
    let loop = loops.removeLast()
    for jump in loop.continues { builder.land(jump) }
    let end = builder.emitJump(countsBegun ? .jump : .again, a: turns, span)
    builder[end].target = top
    builder.loops.append(LoopRange(start: top, end: end, register: turns, countsBegun: countsBegun, span: span))
    for jump in exits + loop.breaks { builder.land(jump) }
  }

  /// `for pattern in e { … }`: each turn has its variables new.
  func forEach(_ pattern: Pattern, in e: Expression, span: Span, body: (Compiler) throws(GradusError) -> Void) throws(GradusError) {
    let iterator = try builder.takeRegisters(4)
    let mark = builder.nextRegister
    let source = try operand(e)
    builder.emit(.iterate, a: iterator, b: source, e.span)
    builder.nextRegister = mark
    let value = try builder.takeRegister()
    let top = builder.count
    builder.emit(.next, a: iterator, b: value, e.span)
    let exit = builder.emit(.extra, e.span)
    blockVariables.append(NameTable())
    if case .name(let name, _) = pattern, !mentionedInside.contains(name) {
      blockVariables[blockVariables.count - 1][name] = .register(value)
      builder.variableNames[value] = text(name)
    } else {
      try declareInBlock(pattern)
      try bind(pattern, from: value)
    }
    loops.append(Loop(handlers: handlerDepth))
    try body(self)
    blockVariables.removeLast()
    endLoop(top: top, exits: [exit], turns: iterator + 1, countsBegun: true, span: span)
    builder.emit(.clear, a: iterator, span)
    builder.emit(.clear, a: iterator + 1, span)
  }

  private func binding(_ pattern: Pattern, _ e: Expression) throws(GradusError) {
    if case .name(let name, let span) = pattern, case .register(let register)? = try resolve(name), Self.writesLast(e) {
      noteBinding(of: name, span)
      growing = name
      try expression(e, into: register)
      finishGrowth()
      return
    }
    if case .name(let name, _) = pattern { growing = name }
    let value = try operand(e)
    let growth = growth
    growing = nil
    try bind(pattern, from: value)
    finishGrowth(growth)
  }

  /// Lets a list that could grow pass over the call and the binding.
  private func finishGrowth(_ known: Int? = nil) {
    guard let start = known ?? growth else { return }
    builder[start].c = UInt16(truncatingIfNeeded: builder.count - start - 1)
    growth = nil
  }

  /// Whether the code of the expression writes its target only once nothing can fail any more.
  private static func writesLast(_ e: Expression) -> Bool {
    switch e.kind {
    case .and, .or, .attempt, .conditional, .block, .comprehension, .mapComprehension: false
    default: true
    }
  }

  /// An expression whose value nobody takes.
  private func effect(_ e: Expression) throws(GradusError) {
    switch e.kind {
    case .conditional(let condition, let then, let otherwise):
      try conditional(condition, then, otherwise, into: nil, e.span)
    case .block(let inner): try block(inner, into: nil)
    case .attempt(let body, let name, let handler): try attempt(body, name, handler, into: nil, e.span)
    default:
      let value = try builder.takeRegister()
      warnIfUnused(e)
      try expression(e, into: value)
      builder.emit(.discard, a: value, e.span)
    }
  }

  /// `xs.append(v)` alone changes nothing: a call of a library function without effect, its value unused, is a warning.
  func warnIfUnused(_ e: Expression) {
    guard !source.isLibrary, case .call(let callee, let arguments, let trailing) = e.kind else { return }
    let called: Name
    let first: Expression?
    var method: String?
    switch callee.kind {
    case .name(let name):
      called = name
      first = arguments.first { $0.name == nil }?.value
    case .member(let receiver, let name, _):
      called = name
      first = receiver
      method = text(name)
    default: return
    }
    let meaning: Variable?
    do { meaning = try resolve(called) } catch { return }
    if meaning != nil { return }
    let name = text(called)
    let receiver: Expression? = if case .member(let receiver, _, _) = callee.kind { receiver } else { nil }
    guard session.hasNoEffect(called, arguments, receiver: receiver, trailing: trailing, of: slots.names, isUsers: { [self] in isBound($0) }) else { return }
    let written = source.string(e.span)
    var remedy = "bind its value to a name: `y = …`"
    if case .name(let variable)? = first?.kind, written.count <= 60, !written.contains("\n") { remedy = "`\(text(variable)) = \(written)` keeps the value" }
    let warning = Warning(
      error: GradusError(
        .value, "`\(name)` changes nothing, and the value that it gives is not used", at: GradusError.Place(source: source, span: e.span), hints: [remedy]),
      method: method)
    if method == nil { emit(warning, e.span) } else { pendingWarning = warning }
  }

  /// Whether the program binds a name here.
  private func isBound(_ name: Name) -> Bool {
    do { return try resolve(name) != nil } catch { return true }
  }

  func emit(_ warning: Warning, receiver: Int? = nil, _ span: Span) {
    builder.warnings.append(warning)
    builder.emit(.warn, a: receiver ?? 0, b: receiver == nil ? 0 : 1, c: builder.warnings.count - 1, span)
  }

  // MARK: Updates

  private func update(_ target: Expression, _ operation: BinaryOperator?, _ e: Expression, _ span: Span) throws(GradusError) {
    if case .name(let name) = target.kind {
      if operation == nil { growing = name }
      var value = try operand(e)
      let growth = growth
      growing = nil
      if let operation {
        if case .register(let register)? = try resolve(name) {
          builder.variableNames[register] = text(name)
          builder.emit(.combine, a: register, b: register, c: value, d: operation.number, span)
          return
        }
        if value & Instruction.constantBit == 0 {
          // The right side is computed first and kept: the variable is read after it.
          value = try kept(value, e.span)
        }
        let present = try builder.takeRegister()
        try loadName(name, into: present, target.span, isChanged: true)
        let result = try builder.takeRegister()
        emitBinary(operation, result, present, value, span)
        value = result
      }
      try assign(name, from: value, span)
      if operation == nil { finishGrowth(growth) }
      return
    }
    try updatePath(target, operation, e, span)
  }

  private func kept(_ register: Int, _ span: Span) throws(GradusError) -> Int {
    let copy = try builder.takeRegister()
    builder.emit(.move, a: copy, b: register, span)
    return copy
  }

  /// `:=`: changes what exists.
  private func assign(_ name: Name, from operand: Int, _ span: Span) throws(GradusError) {
    switch try resolve(name) {
    case .register(let register)?: builder.emit(.assignRegister, a: register, b: operand, span)
    case .boxed(let box)?: builder.emit(.assignBox, a: box, b: operand, span)
    case .capture(let index)?: builder.emit(.assignCapture, a: index, b: operand, span)
    case .global(let slot)?: builder.emit(.assignGlobal, a: slot, b: operand, span)
    case .field(let slot)?:
      let layer = try selfRegister(span)
      builder.emit(.assignField, a: layer, b: slot, c: operand, span)
    case nil: builder.emit(.assignGlobal, a: slots.slot(for: name), b: operand, span)
    }
  }

  private func updatePath(_ target: Expression, _ operation: BinaryOperator?, _ e: Expression, _ span: Span) throws(GradusError) {
    var chain: [Expression] = []
    var root = target
    while true {
      switch root.kind {
      case .index(let base, _), .member(let base, _, _), .position(let base, _):
        chain.append(root)
        root = base
        continue
      default: break
      }
      break
    }
    var value = -1
    if operation == nil { value = try register(e, isKept: true) }
    let place: UpdatePath.Place
    var rootName: Name?
    if case .name(let name) = root.kind {
      rootName = name
      switch try resolve(name) {
      case .register(let register)?: place = .register(register)
      case .boxed(let box)?: place = .box(box)
      case .capture(let index)?: place = .capture(index)
      case .global(let slot)?: place = .global(slot)
      case .field(let slot)?: place = .field(layer: try selfRegister(span), slot: slot)
      case nil: place = .global(slots.slot(for: name))
      }
    } else {
      let temporary = try builder.takeRegister()
      try expression(root, into: temporary)
      place = .register(temporary)
    }
    var steps: [UpdatePath.Step] = []
    for link in chain.reversed() {
      switch link.kind {
      case .index(_, let items):
        let (parts, first) = try indexItems(items)
        steps.append(.index(parts, register: first))
      case .member(_, let name, _): steps.append(.member(text(name)))
      case .position(_, let position): steps.append(.position(position))
      default: break
      }
    }
    if let operation {
      let present = try builder.takeRegister()
      if let rootName {
        try loadName(rootName, into: present, root.span)
      } else if case .register(let temporary) = place {
        builder.emit(.move, a: present, b: temporary, root.span)
      }
      for (link, step) in zip(chain.reversed(), steps) {
        switch step {
        case .index(let parts, let first):
          builder.emit(.index, a: present, b: present, c: first, link.span)
          builder.indexShapes.append(parts)
          builder.emit(.extra, b: builder.indexShapes.count - 1, link.span)
        case .member(let name): builder.emitMember(present, present, name, link.span)
        case .position(let position): builder.emit(.position, a: present, b: present, c: position, link.span)
        }
      }
      let right = try operand(e)
      value = try builder.takeRegister()
      emitBinary(operation, value, present, right, span)
      // What was read must not keep the old value shared while it is updated.
      builder.emit(.clear, a: present, span)
    }
    builder.updatePaths.append(UpdatePath(place: place, name: rootName.map { text($0) } ?? "", steps: steps, value: value))
    builder.emit(.update, b: builder.updatePaths.count - 1, span)
  }
}
