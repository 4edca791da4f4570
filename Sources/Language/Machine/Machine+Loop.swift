import Kernels
import Syntax
import Tensors

extension Machine {
  /// Runs the frame on top, and those it calls, until as many are left as `depth` says; gives what the last one returned.
  func execute(until depth: Int) throws -> Value {
    while true {
      var top = 0, pc = 0
      do {
        while true {
          runQuickly(until: depth)
          let frame = frames.top
          top = frames.count - 1
          let instruction = frame.pointee.head.pointee.instructions[frame.pointee.pc]
          pc = frame.pointee.pc &+ 1
          frame.pointee.pc = pc
          // Below, the host may be in the midst of something.
          if depth == 0, session.collector.isDue { collectCycles() }
          if instruction.opcode == .returnValue {
            if let value = try finish(frame, instruction, until: depth) { return value }
          } else if try !recordQuickly(instruction, frame) {
            try carryOut(instruction, frame)
          }
        }
      } catch {
        if top < frames.count { frames[top].pc = pc }
        try unwind(error, until: depth)
      }
    }
  }

  /// Between two instructions nothing but registers and frames refers to values.
  @inline(never)
  private func collectCycles() {
    session.collector.collect(running: frames.all.compactMap(\.function)) { session.engine.bytesInUse }
  }

  /// Leaves the frame on top; its value, if it was the last one to run.
  private func finish(_ frame: UnsafeMutablePointer<Frame>, _ i: Instruction, until depth: Int) throws -> Value? {
    try checkInterrupt()
    if frame.pointee.head.pointee.isTopLevel { try session.settle() }
    let value = frame.pointee.base[Int(i.a)]
    let (destination, completion) = leave()
    if let completion {
      try completion.returned(value, self, destination)
    } else if frames.count == depth {
      return value
    } else {
      deliver(value, to: destination)
    }
    return nil
  }

  /// Carries out one instruction of the frame on top, whose place is the next one already. Where numbers are met, it was
  /// `runQuickly` that came here for another reason.
  private func carryOut(_ i: Instruction, _ frame: UnsafeMutablePointer<Frame>) throws {
    let head = frame.pointee.head
    var code: Code { head.pointee.code.takeUnretainedValue() }
    let instructions = head.pointee.instructions
    let k = head.pointee.constants
    let r = frame.pointee.base
    let pc = frame.pointee.pc
    switch i.opcode {
    case .move: r[Int(i.a)] = operand(i.b, r, k).pointee
    case .moveVariable:
      let from = r + Int(i.b)
      if case .unbound = from.pointee {
        r[Int(i.a)] = try unbound(Int(i.b), code)
      } else {
        r[Int(i.a)] = from.pointee
      }
    case .loadNothing: r[Int(i.a)] = .nothing
    case .loadConstant: r[Int(i.a)] = k[i.target]
    case .loadBool: r[Int(i.a)] = .bool(i.d != 0)
    case .clear: r[Int(i.a)] = .unbound

    case .getGlobal:
      let value = code.module.storage[Int(i.b)]
      if case .unbound = value, i.d == 0 {
        r[Int(i.a)] = try session.fallback(slot: Int(i.b), in: code.module)
      } else if case .unbound = value, i.d == 2 {
        throw session.nothingToChange(code.module.names[Int(i.b)])
      } else {
        r[Int(i.a)] = value
      }
    case .setGlobal: code.module.storage[Int(i.a)] = try bindable(operand(i.b, r, k), i.b, head)
    case .getCapture:
      let value = frame.pointee.captures[Int(i.b)].value
      if case .unbound = value, i.d == 0 { throw session.unboundName(captureName(code, Int(i.b))) }
      r[Int(i.a)] = value
    case .setCapture: session.write(frame.pointee.captures[Int(i.a)], try bindable(operand(i.b, r, k), i.b, head))
    case .getBox:
      guard case .box(let box) = r[Int(i.b)] else { throw Failure(.name, "a variable is missing its place") }
      if case .unbound = box.value, i.d == 0 { throw session.unboundName(code.variableName(Int(i.b))) }
      r[Int(i.a)] = box.value
    case .setBox:
      guard case .box(let box) = r[Int(i.a)] else { throw Failure(.name, "a variable is missing its place") }
      session.write(box, try bindable(operand(i.b, r, k), i.b, head))
    case .newBox: r[Int(i.a)] = .box(Box(.unbound))
    case .enclose: r[Int(i.a)] = .box(session.box(r[Int(i.a)]))
    case .getField:
      guard case .layer(let layer) = r[Int(i.b)] else { throw Failure(.name, "a field has no layer") }
      let value = layer.fields[Int(i.c)]
      if case .unbound = value, i.d == 0 { throw session.unboundField(layer, Int(i.c)) }
      r[Int(i.a)] = value
    case .setField:
      guard case .layer(let layer) = r[Int(i.a)] else { throw Failure(.name, "a field has no layer") }
      session.write(layer, Int(i.b), try bindable(operand(i.c, r, k), i.c, head))

    case .assignRegister:
      try session.assign(&r[Int(i.a)], try bindable(operand(i.b, r, k), i.b, head), name: code.variableName(Int(i.a)))
    case .assignGlobal:
      try session.assign(&code.module.storage[Int(i.a)], try bindable(operand(i.b, r, k), i.b, head), name: code.module.names[Int(i.a)])
    case .assignCapture: try session.assign(frame.pointee.captures[Int(i.a)], try bindable(operand(i.b, r, k), i.b, head), name: captureName(code, Int(i.a)))
    case .assignBox:
      guard case .box(let box) = r[Int(i.a)] else { throw Failure(.name, "a variable is missing its place") }
      try session.assign(box, try bindable(operand(i.b, r, k), i.b, head), name: code.variableName(Int(i.a)))
    case .assignField:
      guard case .layer(let layer) = r[Int(i.a)] else { throw Failure(.name, "a field has no layer") }
      try session.assign(layer, Int(i.b), try bindable(operand(i.c, r, k), i.c, head))
    case .update:
      mark(frame, pc)
      try spend(64)
      try update(code.updatePaths[Int(i.b)], r, code, frame.pointee.captures)

    case .add, .addNumber, .addNumberLoop:
      // The comparison that a loop's sum was paired with is the next instruction, as the sum of a product is.
      let x = operand(i.b, r, k), y = operand(i.c, r, k)
      mark(frame, pc)
      if i.opcode == .add, i.a == i.b || i.d == 1, try grow(r + Int(i.a), from: x, by: y) { return }
      r[Int(i.a)] = try binary(.add, i, x, y, head)
    case .subtract, .subtractNumber:
      mark(frame, pc)
      r[Int(i.a)] = try binary(.subtract, i, operand(i.b, r, k), operand(i.c, r, k), head)
    case .multiply, .multiplyNumber, .multiplyAdd:
      mark(frame, pc)
      r[Int(i.a)] = try binary(.multiply, i, operand(i.b, r, k), operand(i.c, r, k), head)
    case .divide:
      mark(frame, pc)
      r[Int(i.a)] = try binary(.divide, i, operand(i.b, r, k), operand(i.c, r, k), head)
    case .modulo:
      mark(frame, pc)
      r[Int(i.a)] = try binary(.modulo, i, operand(i.b, r, k), operand(i.c, r, k), head)
    case .floorDivide, .power, .equal, .notEqual, .binary, .less, .lessEqual, .greater, .greaterEqual:
      mark(frame, pc)
      r[Int(i.a)] = try binary(BinaryOperator.all[Int(i.d)], i, operand(i.b, r, k), operand(i.c, r, k), head)
    case .combine:
      mark(frame, pc)
      try combine(i, r + Int(i.a), operand(i.c, r, k), head)
    case .contains:
      mark(frame, pc)
      r[Int(i.a)] = try session.contains(session.read(try bindable(operand(i.b, r, k), i.b, head)), in: session.read(try bindable(operand(i.c, r, k), i.c, head)))
    case .negate:
      mark(frame, pc)
      r[Int(i.a)] = try session.negate(session.read(try bindable(operand(i.b, r, k), i.b, head)))
    case .not:
      mark(frame, pc)
      r[Int(i.a)] = try session.logicalNot(session.read(try bindable(operand(i.b, r, k), i.b, head)))
    case .truth:
      mark(frame, pc)
      r[Int(i.a)] = .bool(try session.isTrue(session.read(try bindable(r + Int(i.b), i.b, head)), what: i.d == 0 ? "`and`" : "`or`"))

    case .jump:
      try checkInterrupt()
      frame.pointee.pc = i.target
    case .again:
      try checkInterrupt()
      count(r + Int(i.a))
      frame.pointee.pc = i.target
    case .jumpIfFalse:
      mark(frame, pc)
      if try !session.isTrue(session.read(try bindable(r + Int(i.a), i.a, head)), what: "a condition") { frame.pointee.pc = i.target }
    case .jumpIfTrue:
      mark(frame, pc)
      if try session.isTrue(session.read(try bindable(r + Int(i.a), i.a, head)), what: "a condition") { frame.pointee.pc = i.target }
    case .compareJump, .compareNumberJump:
      mark(frame, pc)
      let holds = try isTrue(i, operand(i.b, r, k), operand(i.c, r, k), head)
      frame.pointee.pc = holds ? pc &+ 1 : instructions[pc].target
    case .compareLoop:
      try checkInterrupt()
      mark(frame, pc)
      let holds = try isTrue(i, operand(i.b, r, k), operand(i.c, r, k), head)
      count(r + Int(i.a))
      frame.pointee.pc = holds ? instructions[pc].target : pc &+ 1
    case .jumpIfBound:
      if case .unbound = r[Int(i.a)] { return }
      frame.pointee.pc = i.target

    case .closure:
      try spend(256)
      r[Int(i.a)] = closure(code.children[Int(i.b)], r, frame, isMethod: i.d == 1, code)
    case .constructor:
      let child = code.children[Int(i.b)]
      guard let type = child.layerType else { throw Failure(.type, "not a layer") }
      r[Int(i.a)] = .function(FunctionValue(.constructor(child, captures: captured(child, r, frame), type)))
    case .derivative:
      r[Int(i.a)] = try session.derivative(of: session.read(try bindable(r + Int(i.b), i.b, head)), order: Int(i.d))
    case .compose:
      r[Int(i.a)] = try session.compose((0..<Int(i.c)).map { r[Int(i.b) + $0] })

    case .callPlain:
      if let (callee, function) = plainHead(r + Int(i.b)), Int(i.d) == callee.pointee.plainArity {
        var arguments = r + Int(i.b) + 1
        if code.isTopLevel { arguments = try onStack(arguments, count: Int(i.d)) }
        try enter(callee, function, base: arguments, count: Int(i.d), destination: Int(i.a))
        return
      }
      mark(frame, pc)
      try checkInterrupt()
      try call(r[Int(i.b)], start: r + Int(i.b) + 1, count: Int(i.d), shape: code.callShapes[Int(i.c)], destination: Int(i.a), completion: nil)
    case .callGlobal:
      let place = code.module.storage + Int(i.c)
      if let callee = bareHead(place), Int(i.d) == callee.pointee.plainArity {
        frame.pointee.pc = pc &+ 1
        var arguments = r + Int(i.b) + 1
        if code.isTopLevel { arguments = try onStack(arguments, count: Int(i.d)) }
        try enter(callee, nil, base: arguments, count: Int(i.d), destination: Int(i.a))
        return
      }
      r[Int(i.b)] = place.pointee
      if case .unbound = place.pointee { r[Int(i.b)] = try session.fallback(slot: Int(i.c), in: code.module) }
      frame.pointee.pc = pc &+ 1
      mark(frame, pc)
      try checkInterrupt()
      try call(r[Int(i.b)], start: r + Int(i.b) + 1, count: Int(i.d), shape: code.callShapes[Int(instructions[pc].b)], destination: Int(i.a), completion: nil)
    case .grow:
      mark(frame, pc)
      let callee = code.module.storage + Int(instructions[pc].b)
      let isDone = try append(operand(i.b, r, k), to: r + Int(i.a), unless: callee, isTemporary: i.d == 1)
      frame.pointee.pc = pc &+ (isDone ? Int(i.c) : 1)
    case .replace:
      // The call that it stands before is done here if the value can grow in its place.
      mark(frame, pc)
      let isDone =
        switch i.d {
        case 0: try append(to: r + Int(i.a), instructions[pc], r)
        case 1: try append(to: code.module.storage + Int(i.a), instructions[pc], r)
        case 2: try append(to: frame.pointee.captures[Int(i.a)], instructions[pc], r)
        default: if case .box(let box) = r[Int(i.a)] { try append(to: box, instructions[pc], r) } else { false }
        }
      if isDone { frame.pointee.pc = pc &+ Int(i.c) }
    case .call:
      mark(frame, pc)
      try checkInterrupt()
      try call(r[Int(i.b)], start: r + Int(i.b) + 1, count: Int(i.d), shape: code.callShapes[Int(i.c)], destination: Int(i.a), completion: nil)
    case .callMethod:
      mark(frame, pc)
      try checkInterrupt()
      try callMethod(code.callShapes[Int(i.c)], r + Int(i.b), count: Int(i.d), destination: Int(i.a))
    case .intrinsic:
      mark(frame, pc)
      try checkInterrupt()
      let native = session.natives.table[Int(i.c)]
      switch native.body {
      case .plain(let body):
        let value = try body(session, Arguments(start: r + Int(i.b), count: Int(i.d)))
        try spend(on: value)
        r[Int(i.a)] = value
      case .control(let body):
        try spend(256)
        try body(self, Arguments(start: r + Int(i.b), count: Int(i.d)), Int(i.a))
      }

    case .makeBracket:
      mark(frame, pc)
      r[Int(i.a)] = try session.bracket(values(r + Int(i.b), Int(i.c)))
    case .makeList:
      try spend(128 + 16 * Int(i.c))
      r[Int(i.a)] = .list(values(r + Int(i.b), Int(i.c)))
    case .makeTuple:
      try spend(128 + 16 * Int(i.c))
      r[Int(i.a)] = .tuple(values(r + Int(i.b), Int(i.c)))
    case .makeRecord:
      let names = code.recordShapes[Int(i.c)]
      try spend(128 + 16 * names.count)
      r[Int(i.a)] = .tuple(TupleValue(values(r + Int(i.b), names.count), names: names))
    case .makeMap:
      try spend(256 + 128 * Int(i.c))
      r[Int(i.a)] = try session.makeMap(values(r + Int(i.b), Int(i.c) * 2))
    case .append:
      guard case .list(let list) = r[Int(i.a)] else { return }
      if list.elements.count == list.elements.capacity { try spend(64 + 32 * list.elements.count) }
      list.elements.append(try bindable(operand(i.b, r, k), i.b, head))
    case .insert:
      guard case .map(let map) = r[Int(i.a)] else { return }
      try spend(128)
      map.entries[try session.key(session.read(r[Int(i.b)]))] = r[Int(i.c)]
    case .finishBracket:
      guard case .list(let list) = r[Int(i.b)] else { return }
      mark(frame, pc)
      r[Int(i.a)] = try session.bracket(list.elements)
    case .makeString:
      mark(frame, pc)
      var text = ""
      for offset in 0..<Int(i.c) { text += try session.text(session.read(r[Int(i.b) + offset])) }
      try spend(64 + text.utf8.count)
      r[Int(i.a)] = .string(text)
    case .format:
      mark(frame, pc)
      r[Int(i.a)] = .string(try session.format(session.read(r[Int(i.b)]), code.formats[Int(i.c)]))
    case .makeRange:
      mark(frame, pc)
      r[Int(i.a)] = try session.range(r[Int(i.b)], r[Int(i.b) + 1], by: i.d & 2 == 0 ? nil : r[Int(i.b) + 2], isInclusive: i.d & 1 != 0)
    case .indexOne:
      if case .list(let list) = r[Int(i.b)], case .number(let index) = operand(i.c, r, k).pointee, index >= 0, index < Double(list.elements.count), index == index.rounded(.down) {
        r[Int(i.a)] = list.elements[Int(index)]
      } else if let element = try elementQuickly(r + Int(i.b), operand(i.c, r, k), count: 1, frame) {
        r[Int(i.a)] = .tensor(element)
      } else {
        mark(frame, pc)
        try indexOne(try bindable(r + Int(i.b), i.b, head), try bindable(operand(i.c, r, k), i.c, head), destination: Int(i.a))
      }
    case .index:
      mark(frame, pc)
      let parts = code.indexShapes[Int(instructions[pc].b)]
      if parts.allSatisfy(\.isElement), let element = try elementQuickly(r + Int(i.b), r + Int(i.c), count: parts.count, frame) {
        r[Int(i.a)] = .tensor(element)
        frame.pointee.pc = pc &+ 1
        return
      }
      let base = session.read(try bindable(r + Int(i.b), i.b, head))
      r[Int(i.a)] = try session.index(base, indexValues(parts, r + Int(i.c)))
      frame.pointee.pc = pc &+ 1
    case .member:
      mark(frame, pc)
      r[Int(i.a)] = try session.field(code.memberNames[Int(i.c)], of: try bindable(r + Int(i.b), i.b, head))
    case .position:
      mark(frame, pc)
      r[Int(i.a)] = try session.position(Int(i.c), of: try bindable(r + Int(i.b), i.b, head))
    case .unpack:
      mark(frame, pc)
      let parts = try session.unpack(session.read(try bindable(operand(i.b, r, k), i.b, head)), count: Int(i.c))
      for (offset, part) in parts.enumerated() { r[Int(i.a) + offset] = part }

    case .iterate:
      mark(frame, pc)
      let source = session.read(try bindable(operand(i.b, r, k), i.b, head))
      switch source {
      case .range(let range):
        r[Int(i.a)] = .number(Double(range.count))
        r[Int(i.a) + 2] = .number(range.start)
        r[Int(i.a) + 3] = .number(range.step)
      case .list, .sequence: r[Int(i.a)] = source
      default: r[Int(i.a)] = .iterator(try session.makeIterator(source))
      }
      r[Int(i.a) + 1] = .number(0)
    case .next: try next(i, frame, r)
    case .countdown:
      let count = try session.whole(session.read(try bindable(operand(i.b, r, k), i.b, head)), "the number of turns")
      r[Int(i.a)] = .number(Double(count))
      r[Int(i.a) + 1] = .number(0)
    case .turn:
      guard case .number(let left) = r[Int(i.a)], left >= 1 else {
        frame.pointee.pc = i.target
        return
      }
      r[Int(i.a)] = .number(left - 1)
      count(r + Int(i.a) + 1)

    case .pushHandler: handlers.append(Handler(frame: frames.count - 1, target: i.target, register: Int(i.a)))
    case .popHandler:
      if i.d == 1 { try session.settle() }
      handlers.removeLast()
    case .discard:
      if case .external = r[Int(i.a)] { try session.show(r[Int(i.a)]) }
    case .echo:
      mark(frame, pc)
      try session.echo(r[Int(i.a)])
    case .warn:
      let site = UInt64(head.pointee.identifier) << 32 | UInt64(UInt32(truncatingIfNeeded: pc))
      if session.warned.contains(site) { return }
      let warning = code.warnings[Int(i.c)]
      if i.b == 1, let method = warning.method, hasOwn(method, r + Int(i.a)) { return }
      session.warn(warning.error, site: site)
    case .checkShape:
      mark(frame, pc)
      try checkShape(session.read(r[Int(i.a)]), code.shapeChecks[Int(i.b)], r)
    case .raise: throw code.failures[Int(i.b)]
    case .returnOperand:
      // The next instruction returns it.
      r[Int(i.a)] = i.d == 0 ? operand(i.b, r, k).pointee : try bindable(operand(i.b, r, k), i.b, head)
    case .extra: break
    case .returnValue: break
    }
  }

  /// The next element of what a loop goes through, or the way out.
  private func next(_ i: Instruction, _ frame: UnsafeMutablePointer<Frame>, _ r: UnsafeMutablePointer<Value>) throws {
    let pc = frame.pointee.pc, exit = frame.pointee.head.pointee.instructions[pc].target
    guard case .number(let turn) = r[Int(i.a) + 1] else { return }
    let position = Int(turn)
    switch r[Int(i.a)] {
    case .list(let list):
      guard position < list.elements.count else {
        frame.pointee.pc = exit
        return
      }
      r[Int(i.b)] = list.elements[position]
    case .iterator(let iterator):
      mark(frame, pc)
      guard let value = try iterator.next(session) else {
        frame.pointee.pc = exit
        return
      }
      r[Int(i.b)] = value
    case .sequence(let sequence):
      mark(frame, pc)
      guard position < sequence.count else {
        frame.pointee.pc = exit
        return
      }
      r[Int(i.a) + 1] = .number(turn + 1)
      frame.pointee.pc = pc &+ 1
      try call(sequence.function, values: [.number(turn)], destination: Int(i.b))
      return
    default:
      frame.pointee.pc = exit
      return
    }
    r[Int(i.a) + 1] = .number(turn + 1)
    frame.pointee.pc = pc &+ 1
  }

  /// Notes where the program is: nodes made from here on carry the place.
  @inline(__always)
  func mark(_ frame: UnsafeMutablePointer<Frame>, _ pc: Int) {
    let head = frame.pointee.head
    let site = head.pointee.isLibrary ? frame.pointee.userSite : UInt64(head.pointee.identifier) << 32 | UInt64(UInt32(truncatingIfNeeded: pc))
    engine._withUnsafeGuaranteedRef { $0.site = site }
  }

  @inline(__always)
  func operand(_ field: UInt16, _ r: UnsafeMutablePointer<Value>, _ k: UnsafeMutablePointer<Value>) -> UnsafeMutablePointer<Value> {
    field & 0x8000 == 0 ? r + Int(field) : k + Int(field & 0x7fff)
  }

  func checkInterrupt() throws {
    if Interrupt.isRequested { throw GradusError(.interrupted, "interrupted") }
  }

  /// One more turn of a loop.
  @inline(__always)
  func count(_ turns: UnsafeMutablePointer<Value>) {
    if case .number(let done) = turns.pointee { turns.initialize(to: .number(done + 1)) }
  }
}

extension BinaryOperator {
  /// The operators that numbers take at once, under their numbers in the table of operators.
  enum Quick: UInt8 {
    case add = 0
    case subtract, multiply, divide
  }

  /// The comparisons under their numbers in the table of operators.
  enum Comparison: UInt8 {
    case equal = 8
    case notEqual, less, lessEqual, greater, greaterEqual

    /// Four bits for each operator, in that order: whether it's true of numbers of which the first is less, which are equal, of
    /// which the first is greater, of which one is no number.
    static let relations: UInt32 = 0x643_1d2
  }
}
