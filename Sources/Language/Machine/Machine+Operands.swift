import Syntax
import Tensors

/// What the loop's instructions ask for beyond numbers: operands that must be bound, indices, shapes, closures.
extension Machine {
  func values(_ start: UnsafeMutablePointer<Value>, _ count: Int) -> [Value] {
    Array(UnsafeBufferPointer(start: start, count: count))
  }

  func captureName(_ code: Code, _ index: Int) -> String {
    code.captureNames.indices.contains(index) ? code.captureNames[index] : "?"
  }

  func binary(
    _ operation: BinaryOperator, _ i: Instruction, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>, _ head: UnsafePointer<CodeHead>
  ) throws -> Value {
    if case .number(let p) = x.pointee, case .number(let q) = y.pointee, operation == .power {
      return .number(q == 2 ? p * p : NumberMath.power(p, q))
    }
    let (left, right) = (session.read(try bindable(x, i.b, head)), session.read(try bindable(y, i.c, head)))
    if case .string(let a) = left, case .string(let b) = right { try spend(128 + a.text.utf8.count + b.text.utf8.count) }
    if case .list(let a) = left, case .list(let b) = right { try spend(128 + 16 * (a.elements.count + b.elements.count)) }
    let value = try session.binary(operation, left, right)
    if case .tensor = value { try spend(256) }
    return value
  }

  /// p op q for the operator of an update, nil for those that numbers don't take at once.
  @inline(__always)
  func combined(_ operation: UInt8, _ p: Double, _ q: Double) -> Double? {
    switch BinaryOperator.Quick(rawValue: operation) {
    case .add: p + q
    case .subtract: p - q
    case .multiply: p * q
    case .divide: p / q
    case nil: nil
    }
  }

  /// The remainder of whole numbers from 0 to 2⁵², much quicker than that of numbers at large.
  @inline(__always)
  func wholeRemainder(_ p: Double, _ q: Double) -> Double? {
    // Between 2⁵² and 2⁵³ the last bits of a number are those of an integer.
    let base = 0x1p52
    let x = (p + base).bitPattern &- base.bitPattern, y = (q + base).bitPattern &- base.bitPattern
    guard (x | y) >> 52 == 0, p + base - base == p, q + base - base == q, y != 0 else { return nil }
    if (x | y) >> 32 == 0 { return Double(UInt32(truncatingIfNeeded: x) % UInt32(truncatingIfNeeded: y)) }
    return Double(Int64(truncatingIfNeeded: x % y))
  }

  @inline(__always)
  func compare(_ operation: UInt8, _ p: Double, _ q: Double) -> Bool {
    if operation == BinaryOperator.Comparison.less.rawValue { return p < q }
    // No jump through a table, which would be guessed wrong: how the numbers lie to each other is one of four bits, and each
    // operator has those that make it true.
    let relation: UInt32 = p < q ? 1 : p == q ? 2 : p > q ? 4 : 8
    return BinaryOperator.Comparison.relations >> (UInt32(operation &- BinaryOperator.Comparison.equal.rawValue) &* 4) & relation != 0
  }

  func isTrue(_ i: Instruction, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>, _ head: UnsafePointer<CodeHead>) throws -> Bool {
    try session.isTrue(binary(BinaryOperator.all[Int(i.d)], i, x, y, head), what: "a condition")
  }

  /// The value of an operand, which must be bound.
  @inline(__always)
  func bindable(_ place: UnsafeMutablePointer<Value>, _ field: UInt16, _ head: UnsafePointer<CodeHead>) throws -> Value {
    if case .unbound = place.pointee { return try unbound(Int(field), head.pointee.code.takeUnretainedValue()) }
    return place.pointee
  }

  func unbound(_ register: Int, _ code: Code) throws -> Value {
    if code.isTopLevel, register < code.module.count {
      return try session.fallback(slot: register, in: code.module)
    }
    throw session.unboundName(code.variableName(register), isLocal: true)
  }

  func indexValues(_ parts: [IndexPart], _ start: UnsafeMutablePointer<Value>) -> [IndexValue] {
    var position = 0
    func take() -> Value {
      defer { position += 1 }
      return session.read(start[position])
    }
    return parts.map { part in
      switch part {
      case .at: return .at(take())
      case .slice(let hasStart, let hasStop, let hasStep):
        let first = hasStart ? take() : nil
        let stop = hasStop ? take() : nil
        return .slice(first, stop, hasStep ? take() : nil)
      case .ellipsis: return .ellipsis
      case .new: return .new
      }
    }
  }

  func indexOne(_ base: Value, _ index: Value, destination: Destination) throws {
    let base = session.read(base)
    let index = session.read(index)
    if case .sequence(let sequence) = base {
      var position = try session.whole(index, "an index")
      if position < 0 { position += sequence.count }
      guard position >= 0, position < sequence.count else {
        throw Failure(.index, "index \(try session.whole(index, "an index")) is out of range: the sequence has \(sequence.count) elements")
      }
      try call(sequence.function, values: [.number(Double(position))], destination: destination)
      return
    }
    frames[frames.count - 1].base[destination] = try session.index(base, [.at(index)])
  }

  func checkShape(_ value: Value, _ check: ShapeCheck, _ r: UnsafeMutablePointer<Value>) throws {
    let shape: [Int]
    switch value {
    case .tensor(let tensor): shape = tensor.shape.dimensions
    case .number, .bool: shape = []
    default: throw Failure(.type, "\(check.subject) must be a tensor, and it is \(session.described(value))")
    }
    func written() -> String {
      "[" + check.dimensions.map { dimension in
        switch dimension {
        case .size(let size): "\(size)"
        case .any: "_"
        case .name(let name, _): name
        }
      }.joined(separator: ", ") + "]"
    }
    let found = "[" + shape.map(String.init).joined(separator: ", ") + "]"
    guard shape.count == check.dimensions.count else {
      throw Failure(.shape, "\(check.subject) has shape \(found), but \(written()) is declared", notes: ["it has \(shape.count == 0 ? "no axes" : shape.count == 1 ? "one axis" : "\(shape.count) axes") instead of \(check.dimensions.count)"])
    }
    for (size, dimension) in zip(shape, check.dimensions) {
      switch dimension {
      case .any: break
      case .size(let wanted):
        guard size == wanted else { throw Failure(.shape, "\(check.subject) has shape \(found), but \(written()) is declared", notes: ["\(size) ≠ \(wanted)"]) }
      case .name(let name, let register):
        if case .number(let known) = r[register] {
          guard size == Int(known) else {
            throw Failure(.shape, "\(check.subject) has shape \(found), but \(written()) is declared", notes: ["`\(name)` is \(Int(known)) already, here it would be \(size)"])
          }
        } else {
          r[register] = .number(Double(size))
        }
      }
    }
  }

  /// Whether `x.f(…)` means a function of the program's own or a field of x; r[0] is the nearest variable of that name, r[1] is x.
  func hasOwn(_ method: String, _ r: UnsafeMutablePointer<Value>) -> Bool {
    if case .unbound = r[0] {} else { return true }
    if case .unbound = r[1] { return true }
    return ((try? session.member(session.readForMember(r[1]), method)) ?? nil) != nil
  }

  // MARK: Closures

  func captured(_ child: Code, _ r: UnsafeMutablePointer<Value>, _ frame: UnsafeMutablePointer<Frame>) -> [Box] {
    child.captures.map { source in
      switch source {
      case .register(let register):
        if case .box(let box) = r[register] { return box }
        return session.box(r[register])
      case .capture(let index): return frame.pointee.captures[index]
      }
    }
  }

  func closure(_ child: Code, _ r: UnsafeMutablePointer<Value>, _ frame: UnsafeMutablePointer<Frame>, isMethod: Bool, _ code: Code) -> Value {
    let boxes = captured(child, r, frame)
    if isMethod, let register = code.selfRegister {
      var owner = r[register]
      if case .box(let box) = owner { owner = box.value }
      if case .layer(let layer) = owner {
        return .function(FunctionValue(.method(child, captures: boxes, of: layer)))
      }
    }
    return .function(FunctionValue(.closure(child, captures: boxes)))
  }
}
