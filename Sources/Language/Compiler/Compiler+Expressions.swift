import Syntax

extension Compiler {
  /// Where the value of an expression stands: a variable's own register, a constant (with the constant bit) or a new
  /// temporary register.
  func operand(_ e: Expression) throws(GradusError) -> Int {
    switch e.kind {
    case .number(let number): return try builder.operand(ofConstant: builder.constant(number), e.span)
    case .string(let parts):
      if parts.isEmpty { return try builder.operand(ofConstant: builder.constant(""), e.span) }
      if parts.count == 1, case .text(let text) = parts[0] { return try builder.operand(ofConstant: builder.constant(text), e.span) }
    case .name(let name):
      // A name that is not a plain register is read into a temporary one; nothing else can change it meanwhile.
      if case .register(let register)? = try resolve(name) { return register }
    default: break
    }
    let register = try builder.takeRegister()
    try expression(e, into: register)
    return register
  }

  /// Like `operand`, but a register always; `isKept` if later code must not be able to change it.
  func register(_ e: Expression, isKept: Bool = false) throws(GradusError) -> Int {
    if !isKept, case .name(let name) = e.kind, case .register(let register)? = try resolve(name) { return register }
    let register = try builder.takeRegister()
    try expression(e, into: register)
    return register
  }

  /// The left operand of an operator: a variable's register is copied if the right operand might change it.
  func leftOperand(_ e: Expression, before right: Expression) throws(GradusError) -> Int {
    if case .name = e.kind, !Self.isHarmless(right) { return try register(e, isKept: true) }
    return try operand(e)
  }

  /// Whether evaluating the expression can't change a variable.
  static func isHarmless(_ e: Expression) -> Bool {
    switch e.kind {
    case .number, .bool, .nothing, .name: true
    case .string(let parts): parts.allSatisfy { if case .text = $0 { true } else { false } }
    case .bracket(let items): items.count <= 16 && items.allSatisfy(isHarmless)
    case .negate(let inner), .plus(let inner), .not(let inner): isHarmless(inner)
    case .binary(let a, let b, _): isHarmless(a) && isHarmless(b)
    default: false
    }
  }

  /// Computes the value of an expression into a register.
  func expression(_ e: Expression, into target: Int) throws(GradusError) {
    let mark = builder.nextRegister
    defer { builder.nextRegister = mark }
    let growing = growing
    self.growing = nil
    growth = nil
    switch e.kind {
    case .number(let number): builder.emit(.move, a: target, b: try builder.operand(ofConstant: builder.constant(number), e.span), e.span)
    case .bool(let flag): builder.emit(.loadBool, a: target, d: flag ? 1 : 0, e.span)
    case .nothing: builder.emit(.loadNothing, a: target, e.span)
    case .blank: raise(Failure(.value, "fill in the blank", hint: "replace `___` with an expression"), e.span)
    case .string(let parts): try string(parts, into: target, e.span)
    case .name(let name): try loadName(name, into: target, e.span)
    case .bracket(let items) where items.count > 256:
      // A long one grows item by item instead of taking a register for each.
      let list = try builder.takeRegister()
      builder.emit(.makeList, a: list, e.span)
      for item in items {
        let mark = builder.nextRegister
        builder.emit(.append, a: list, b: try operand(item), item.span)
        builder.nextRegister = mark
      }
      builder.emit(.finishBracket, a: target, b: list, e.span)
      builder.emit(.clear, a: list, e.span)
    case .bracket(let items): try itemsInRow(items, .makeBracket, into: target, e.span)
    case .comprehension(let element, let clauses, let alwaysList):
      let list = try builder.takeRegister()
      builder.emit(.makeList, a: list, e.span)
      try comprehension(clauses[...], of: element, e.span) { (compiler) throws(GradusError) in
        let value = try compiler.operand(element)
        compiler.builder.emit(.append, a: list, b: value, element.span)
      }
      builder.emit(alwaysList ? .move : .finishBracket, a: target, b: list, e.span)
      builder.emit(.clear, a: list, e.span)
    case .map(let pairs):
      let first = try builder.takeRegisters(pairs.count * 2)
      for (offset, pair) in pairs.enumerated() {
        try expression(pair.key, into: first + offset * 2)
        try expression(pair.value, into: first + offset * 2 + 1)
      }
      builder.emit(.makeMap, a: target, b: first, c: pairs.count, e.span)
    case .mapComprehension(let key, let value, let clauses):
      let map = try builder.takeRegister()
      builder.emit(.makeMap, a: map, e.span)
      try comprehension(clauses[...], of: value, e.span) { (compiler) throws(GradusError) in
        let k = try compiler.register(key, isKept: true)
        let v = try compiler.register(value)
        compiler.builder.emit(.insert, a: map, b: k, c: v, e.span)
      }
      builder.emit(.move, a: target, b: map, e.span)
      builder.emit(.clear, a: map, e.span)
    case .tuple(let items):
      let first = try builder.takeRegisters(items.count)
      for (offset, item) in items.enumerated() { try expression(item.value, into: first + offset) }
      if items.contains(where: { $0.name != nil }) {
        builder.recordShapes.append(items.map { $0.name ?? "" })
        builder.emit(.makeRecord, a: target, b: first, c: builder.recordShapes.count - 1, e.span)
      } else {
        builder.emit(.makeTuple, a: target, b: first, c: items.count, e.span)
      }
    case .block(let block): try self.block(block, into: target)
    case .lambda(let inner): try lambda(inner, into: target)
    case .call(let callee, let arguments, let trailing): try call(callee, arguments, trailing, into: target, growing: growing, e.span)
    case .member(let base, let name, let nameSpan):
      let value = try register(base)
      builder.emitMember(target, value, text(name), nameSpan)
    case .position(let base, let position):
      let value = try register(base)
      builder.emit(.position, a: target, b: value, c: position, e.span)
    case .index(let base, let items): try index(base, items, into: target, e.span)
    case .derivative(let f, let order):
      let function = try register(f)
      builder.emit(.derivative, a: target, b: function, d: min(order, 255), e.span)
    case .negate(let inner):
      if case .number(let number) = inner.kind {
        builder.emit(.move, a: target, b: try builder.operand(ofConstant: builder.constant(-number), e.span), e.span)
      } else {
        builder.emit(.negate, a: target, b: try operand(inner), e.span)
      }
    case .plus(let inner):
      // Adding nothing keeps numbers and tensors, and refuses the rest.
      builder.emit(.negate, a: target, b: try operand(inner), e.span)
      builder.emit(.negate, a: target, b: target, e.span)
    case .not(let inner): builder.emit(.not, a: target, b: try operand(inner), e.span)
    case .binary(let a, let b, let sign):
      let operation = sign.operation
      let left = try leftOperand(a, before: b)
      let right = try operand(b)
      emitBinary(operation, target, left, right, e.span)
      if operation == .add, case .name = a.kind, !Self.isHarmless(b) { builder[builder.count - 1].d = 1 }
      builder.operandSpans(a.span, b.span, sign.span)
    case .and(let a, let b), .or(let a, let b):
      let isOr = if case .or = e.kind { true } else { false }
      let result = try builder.takeRegister()
      try expression(a, into: result)
      builder.emit(.truth, a: result, b: result, d: isOr ? 1 : 0, a.span)
      let jump = builder.emitJump(isOr ? .jumpIfTrue : .jumpIfFalse, a: result, a.span)
      try expression(b, into: result)
      builder.emit(.truth, a: result, b: result, d: isOr ? 1 : 0, b.span)
      builder.land(jump)
      builder.emit(.move, a: target, b: result, e.span)
    case .contains(let a, let b):
      let left = try leftOperand(a, before: b)
      builder.emit(.contains, a: target, b: left, c: try operand(b), e.span)
    case .range(let a, let b, let by, let inclusive):
      let first = try builder.takeRegisters(by == nil ? 2 : 3)
      try expression(a, into: first)
      try expression(b, into: first + 1)
      if let by { try expression(by, into: first + 2) }
      builder.emit(.makeRange, a: target, b: first, d: (inclusive ? 1 : 0) | (by == nil ? 0 : 2), e.span)
    case .apply(let argument, let f):
      let first = try builder.takeRegisters(2)
      try expression(argument, into: first + 1)
      try expression(f, into: first)
      builder.emit(.callPlain, a: target, b: first, c: builder.plainShape(), d: 1, e.span)
    case .compose(let parts): try itemsInRow(parts, .compose, into: target, e.span)
    case .conditional(let condition, let then, let otherwise): try conditional(condition, then, otherwise, into: target, e.span)
    case .attempt(let body, let name, let handler): try attempt(body, name, handler, into: target, e.span)
    }
  }

  func raise(_ failure: Failure, _ span: Span) {
    builder.failures.append(failure)
    builder.emit(.raise, b: builder.failures.count - 1, span)
  }

  func emitBinary(_ operation: BinaryOperator, _ target: Int, _ left: Int, _ right: Int, _ span: Span) {
    let withNumber = left & Instruction.constantBit == 0 && builder.isNumber(right)
    let opcode: Opcode? =
      switch operation {
      case .add: withNumber ? .addNumber : .add
      case .subtract: withNumber ? .subtractNumber : .subtract
      case .multiply: withNumber ? .multiplyNumber : .multiply
      case .divide: .divide
      case .floorDivide: .floorDivide
      case .modulo: .modulo
      case .power: .power
      case .equal: .equal
      case .notEqual: .notEqual
      case .less: .less
      case .lessEqual: .lessEqual
      case .greater: .greater
      case .greaterEqual: .greaterEqual
      case .matrixProduct, .elementAnd, .elementOr: nil
      }
    builder.emit(opcode ?? .binary, a: target, b: left, c: right, d: operation == .add ? 0 : operation.number, span)
  }

  private func itemsInRow(_ items: [Expression], _ opcode: Opcode, into target: Int, _ span: Span) throws(GradusError) {
    let first = try builder.takeRegisters(items.count)
    for (offset, item) in items.enumerated() { try expression(item, into: first + offset) }
    builder.emit(opcode, a: target, b: first, c: items.count, span)
  }

  private func string(_ parts: [Expression.StringPart], into target: Int, _ span: Span) throws(GradusError) {
    if parts.isEmpty {
      builder.emit(.move, a: target, b: try builder.operand(ofConstant: builder.constant(""), span), span)
      return
    }
    if parts.count == 1, case .text(let text) = parts[0] {
      builder.emit(.move, a: target, b: try builder.operand(ofConstant: builder.constant(text), span), span)
      return
    }
    let first = try builder.takeRegisters(parts.count)
    for (offset, part) in parts.enumerated() {
      switch part {
      case .text(let text): builder.emit(.move, a: first + offset, b: try builder.operand(ofConstant: builder.constant(text), span), span)
      case .value(let e, let format):
        try expression(e, into: first + offset)
        if let format {
          builder.formats.append(format)
          builder.emit(.format, a: first + offset, b: first + offset, c: builder.formats.count - 1, e.span)
        }
      }
    }
    builder.emit(.makeString, a: target, b: first, c: parts.count, span)
  }

  // MARK: Choices

  /// Code that goes on if the condition holds; the jumps to be landed where it doesn't.
  func jumpsUnless(_ condition: Expression) throws(GradusError) -> [Int] {
    let mark = builder.nextRegister
    defer { builder.nextRegister = mark }
    switch condition.kind {
    case .and(let a, let b): return try jumpsUnless(a) + jumpsUnless(b)
    case .binary(let a, let b, let sign) where sign.operation.isComparison:
      let left = try leftOperand(a, before: b)
      let right = try operand(b)
      builder.emit(.compareJump, b: left, c: right, d: sign.operation.number, condition.span)
      return [builder.emit(.extra, condition.span)]
    default:
      let register = try self.register(condition)
      return [builder.emitJump(.jumpIfFalse, a: register, condition.span)]
    }
  }

  func conditional(_ condition: Expression, _ then: Block, _ otherwise: Block?, into target: Int?, _ span: Span) throws(GradusError) {
    let exits = try jumpsUnless(condition)
    try block(then, into: target)
    if otherwise == nil, target == nil {
      for jump in exits { builder.land(jump) }
      return
    }
    let end = builder.emitJump(.jump, span)
    for jump in exits { builder.land(jump) }
    if let otherwise { try block(otherwise, into: target) } else if let target { builder.emit(.loadNothing, a: target, span) }
    builder.land(end)
  }

  func attempt(_ body: Block, _ name: Name?, _ handler: Block, into target: Int?, _ span: Span) throws(GradusError) {
    let error = try builder.takeRegister()
    let push = builder.emitJump(.pushHandler, a: error, span)
    handlerDepth += 1
    let value = try target.map { _ throws(GradusError) in try builder.takeRegister() }
    try block(body, into: value)
    handlerDepth -= 1
    builder.emit(.popHandler, d: 1, span)
    if let target, let value { builder.emit(.move, a: target, b: value, span) }
    let end = builder.emitJump(.jump, span)
    builder.land(push)
    blockVariables.append(NameTable())
    if let name {
      try declareInBlock(.name(name, handler.span))
      try bind(.name(name, handler.span), from: error)
    }
    try block(handler, into: target)
    blockVariables.removeLast()
    builder.land(end)
  }

  // MARK: Comprehensions

  private func comprehension(
    _ clauses: ArraySlice<Expression.Clause>, of element: Expression, _ span: Span, body: (Compiler) throws(GradusError) -> Void
  ) throws(GradusError) {
    // Names bound inside (in a block) belong to the comprehension.
    blockVariables.append(NameTable())
    defer { blockVariables.removeLast() }
    for name in NameAnalysis.of(element).bound {
      let register = builder.nextRegister
      try declareInBlock(.name(name, span))
      if !mentionedInside.contains(name) { builder.emit(.clear, a: register, span) }
    }
    try clause(clauses, span, body: body)
  }

  private func clause(_ clauses: ArraySlice<Expression.Clause>, _ span: Span, body: (Compiler) throws(GradusError) -> Void) throws(GradusError) {
    guard let first = clauses.first else {
      let mark = builder.nextRegister
      try body(self)
      builder.nextRegister = mark
      return
    }
    switch first {
    case .each(let pattern, let e):
      try forEach(pattern, in: e, span: span) { (compiler) throws(GradusError) in try compiler.clause(clauses.dropFirst(), span, body: body) }
    case .condition(let condition):
      let exits = try jumpsUnless(condition)
      try clause(clauses.dropFirst(), span, body: body)
      for jump in exits { builder.land(jump) }
    }
  }
}

extension BinaryOperator {
  /// The place in the table of operators, as instructions carry it.
  var number: Int {
    switch self {
    case .add: 0
    case .subtract: 1
    case .multiply: 2
    case .divide: 3
    case .floorDivide: 4
    case .modulo: 5
    case .power: 6
    case .matrixProduct: 7
    case .equal: 8
    case .notEqual: 9
    case .less: 10
    case .lessEqual: 11
    case .greater: 12
    case .greaterEqual: 13
    case .elementAnd: 14
    case .elementOr: 15
    }
  }
  static let all: [BinaryOperator] = allCases.sorted { $0.number < $1.number }

  var isComparison: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual: true
    default: false
    }
  }
}
