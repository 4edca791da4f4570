import Syntax

/// Indexing and calls.
extension Compiler {
  func indexItems(_ items: [Expression.IndexItem]) throws(GradusError) -> ([IndexPart], first: Int) {
    var parts: [IndexPart] = []
    var expressions: [Expression] = []
    for item in items {
      switch item {
      case .at(let e):
        parts.append(.at)
        expressions.append(e)
      case .slice(let start, let stop, let step, _):
        parts.append(.slice(hasStart: start != nil, hasStop: stop != nil, hasStep: step != nil))
        expressions += [start, stop, step].compactMap { $0 }
      case .ellipsis: parts.append(.ellipsis)
      case .new: parts.append(.new)
      }
    }
    let first = try builder.takeRegisters(expressions.count)
    for (offset, e) in expressions.enumerated() { try expression(e, into: first + offset) }
    return (parts, first)
  }

  func index(_ base: Expression, _ items: [Expression.IndexItem], into target: Int, _ span: Span) throws(GradusError) {
    let value = try register(base)
    if items.count == 1, case .at(let e) = items[0] {
      builder.emit(.indexOne, a: target, b: value, c: try operand(e), span)
      return
    }
    let (parts, first) = try indexItems(items)
    builder.emit(.index, a: target, b: value, c: first, span)
    builder.indexShapes.append(parts)
    builder.emit(.extra, b: builder.indexShapes.count - 1, span)
  }

  func call(_ callee: Expression, _ arguments: [Expression.Argument], _ trailing: Lambda?, into target: Int, growing: Name?, _ span: Span) throws(GradusError) {
    let warning = pendingWarning
    pendingWarning = nil
    let count = arguments.count + (trailing == nil ? 0 : 1)
    guard count < 250 else { throw fail(.limit, "a call takes fewer than 250 arguments", span, hint: "pass a list") }
    if source.isLibrary, case .name(let called) = callee.kind, text(called).hasPrefix("__"), !session.isDefinedInLibrary(text(called)) {
      let name = text(called)
      guard let native = session.natives.index(of: name) else { throw fail(.name, "there is no host function `\(name)`", callee.span) }
      let first = try builder.takeRegisters(max(1, count))
      for (offset, argument) in arguments.enumerated() { try expression(argument.value, into: first + offset) }
      if let trailing { try lambda(trailing, into: first + arguments.count) }
      builder.emit(.intrinsic, a: target, b: first, c: native, d: count, span)
      return
    }
    let grows = growing.map { isAppend(callee, arguments, to: $0) } ?? false
    if trailing == nil, !grows, try callGlobal(callee, arguments, into: target, span) { return }
    var method: String?
    let first: Int
    var replacement: Int?
    if case .member(let receiver, let name, _) = callee.kind {
      method = text(name)
      first = try builder.takeRegisters(2 + count)
      if grows, trailing == nil, let growing { replacement = try grow(growing, by: arguments, into: first + 2, span) }
      try loadIfBound(name, into: first, callee.span)
      try expression(receiver, into: first + 1)
    } else {
      first = try builder.takeRegisters(1 + count)
      if grows, trailing == nil, let growing { replacement = try grow(growing, by: arguments, into: first + 2, span) }
      try expression(callee, into: first)
    }
    let start = first + (method == nil ? 1 : 2)
    for (offset, argument) in arguments.enumerated() {
      // What the list was to grow by is there.
      if let replacement, offset == arguments.count - 1, builder[replacement].d == 1 { continue }
      try expression(argument.value, into: start + offset)
    }
    if let trailing { try lambda(trailing, into: start + arguments.count) }
    var names = arguments.contains { $0.name != nil } ? arguments.map(\.name) : []
    var spans = arguments.map(\.value.span)
    if let trailing {
      if !names.isEmpty { names.append(nil) }
      spans.append(trailing.span)
    }
    if method != nil, case .member(let receiver, _, _) = callee.kind {
      if !names.isEmpty { names.insert(nil, at: 0) }
      spans.insert(receiver.span, at: 0)
    }
    let shape = CallShape(names: names, hasTrailing: trailing != nil, spans: spans, method: method)
    let opcode = method != nil ? Opcode.callMethod : shape.isPlain ? .callPlain : .call
    if shape.isPlain, grows, replacement == nil, let growing {
      switch try resolve(growing) {
      case .register(let register)?: replacement = builder.emit(.replace, a: register, d: 0, span)
      case .global(let slot)? where slot <= 0xffff: replacement = builder.emit(.replace, a: slot, d: 1, span)
      case .capture(let index)?: replacement = builder.emit(.replace, a: index, d: 2, span)
      case .boxed(let register)?: replacement = builder.emit(.replace, a: register, d: 3, span)
      default: break
      }
    }
    if let warning, method != nil { emit(warning, receiver: first, span) }
    builder.emit(opcode, a: target, b: first, c: builder.callShape(shape), d: spans.count, span)
    growth = replacement
  }

  /// Stands before `x = append(x, e)` and `x = x.append(e)`, if x is in a register and e can't change it; the instruction, or nil
  /// if the program has an `append` of its own.
  private func grow(_ name: Name, by arguments: [Expression.Argument], into register: Int, _ span: Span) throws(GradusError) -> Int? {
    guard let item = arguments.last, arguments.allSatisfy({ $0.name == nil }), Self.isHarmless(item.value),
      case .register(let list)? = try resolve(name), let own = try moduleSlot(of: Name(.append))
    else { return nil }
    let place: Int
    switch item.value.kind {
    case .number: place = try operand(item.value)
    case .name(let name):
      if case .register(let variable)? = try resolve(name) { place = variable } else { fallthrough }
    default:
      try expression(item.value, into: register)
      place = register
    }
    let instruction = builder.emit(.grow, a: list, b: place, d: place == register ? 1 : 0, span)
    builder.emit(.extra, b: own, span)
    return instruction
  }

  /// The slot of a name that means a variable of the module, or one that nobody has bound so far.
  private func moduleSlot(of name: Name) throws(GradusError) -> Int? {
    let slot: Int
    switch try resolve(name) {
    case .global(let known)?: slot = known
    case .register(let register)? where owns(register): slot = register
    case nil: slot = slots.slot(for: name)
    default: return nil
    }
    return slot <= 0xffff ? slot : nil
  }

  /// A call of a function that is a variable of the module, by position and with arguments that can't change it: such a
  /// function is called where it lies. False if it isn't that.
  private func callGlobal(_ callee: Expression, _ arguments: [Expression.Argument], into target: Int, _ span: Span) throws(GradusError) -> Bool {
    guard case .name(let name) = callee.kind, arguments.allSatisfy({ $0.name == nil && Self.isHarmless($0.value) }) else { return false }
    guard let slot = try moduleSlot(of: name) else { return false }
    let first = try builder.takeRegisters(1 + arguments.count)
    for (offset, argument) in arguments.enumerated() { try expression(argument.value, into: first + 1 + offset) }
    let shape = CallShape(names: [], hasTrailing: false, spans: arguments.map(\.value.span))
    builder.emit(.callGlobal, a: target, b: first, c: slot, d: arguments.count, span)
    builder.emit(.extra, b: builder.callShape(shape), span)
    return true
  }

  /// Whether a call reads `append(x, e)` or `x.append(e)`, x being the variable of this name.
  private func isAppend(_ callee: Expression, _ arguments: [Expression.Argument], to name: Name) -> Bool {
    let list: Expression
    switch callee.kind {
    case .member(let receiver, Name(.append), _) where arguments.count == 1: list = receiver
    case .name(Name(.append)) where arguments.count == 2: list = arguments[0].value
    default: return false
    }
    if case .name(name) = list.kind { return true }
    return false
  }

  /// The nearest variable of a name, unbound if there is none: the library is asked when the method is called.
  private func loadIfBound(_ name: Name, into register: Int, _ span: Span) throws(GradusError) {
    switch try resolve(name) {
    case .register(let from)?: builder.emit(.move, a: register, b: from, span)
    case .field(let slot)?:
      let mark = builder.nextRegister
      builder.emit(.getField, a: register, b: try selfRegister(span), c: slot, d: 1, span)
      builder.nextRegister = mark
    case .boxed(let box)?: builder.emit(.getBox, a: register, b: box, d: 1, span)
    case .capture(let index)?: builder.emit(.getCapture, a: register, b: index, d: 1, span)
    case .global(let slot)?: builder.emit(.getGlobal, a: register, b: slot, d: 1, span)
    case nil: builder.emit(.getGlobal, a: register, b: slots.slot(for: name), d: 1, span)
    }
  }
}
