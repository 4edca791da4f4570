import Kernels
import Syntax
import Tensors

/// The register machine: it runs `Code` with frames of its own, so the depth of a program's calls is not bounded by the
/// host's stack, and host functions that call back into the program are entered and left like any other.
final class Machine {
  struct Frame {
    let code: Code
    var pc: Int
    let base: UnsafeMutablePointer<Value>
    /// The first place of the stack that this frame doesn't use.
    let stackEnd: Int
    let captures: [Box]
    /// The register of the calling frame that the result goes to.
    let destination: Destination
    /// What is done with the result instead of handing it over.
    let completion: Completion?
    /// Where the program called into the library, for frames of library code.
    let userSite: UInt64
  }

  /// A `try` that has been entered.
  struct Handler {
    let frame: Int
    let target: Int
    let register: Int
  }

  unowned let session: Session
  let stack: UnsafeMutablePointer<Value>
  private var initialized = 0
  private(set) var frames: [Frame] = []
  private var handlers: [Handler] = []

  /// Values on the stack: calls nest until it is full.
  static let stackCapacity = 1 << 21
  /// Calls within calls.
  static let depthLimit = 100_000

  init(session: Session) {
    self.session = session
    stack = .allocate(capacity: Self.stackCapacity)
  }

  deinit {
    stack.deinitialize(count: initialized)
    stack.deallocate()
  }

  /// Runs code that takes no arguments and returns what it returns.
  func run(_ code: Code) throws -> Value {
    let depth = frames.count
    try push(code, captures: [], layer: nil, start: nil, count: 0, shape: .plain(0), destination: 0, completion: nil)
    return try execute(until: depth)
  }

  // MARK: The loop

  @inline(__always)
  private func operand(_ field: UInt16, _ r: UnsafeMutablePointer<Value>, _ k: UnsafeMutablePointer<Value>) -> UnsafeMutablePointer<Value> {
    field & 0x8000 == 0 ? r + Int(field) : k + Int(field & 0x7fff)
  }

  @inline(__always)
  private func store(_ number: Double, _ target: UnsafeMutablePointer<Value>) {
    if case .number = target.pointee { target.initialize(to: .number(number)) } else { target.pointee = .number(number) }
  }

  @inline(__always)
  private func store(_ flag: Bool, _ target: UnsafeMutablePointer<Value>) {
    if case .bool = target.pointee { target.initialize(to: .bool(flag)) } else { target.pointee = .bool(flag) }
  }

  private func execute(until depth: Int) throws -> Value {
    reenter: while true {
      let top = frames.count - 1
      let code = frames[top].code
      let instructions = code.instructions
      let k = code.constants
      let r = frames[top].base
      var pc = frames[top].pc
      do {
        while true {
          let i = instructions[pc]
          pc &+= 1
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
          case .loadBool: store(i.d != 0, r + Int(i.a))
          case .clear: r[Int(i.a)] = .unbound

          case .getGlobal:
            let value = code.module.storage[Int(i.b)]
            if case .unbound = value, i.d == 0 {
              frames[top].pc = pc
              r[Int(i.a)] = try session.fallback(slot: Int(i.b), in: code.module)
            } else {
              r[Int(i.a)] = value
            }
          case .setGlobal: code.module.storage[Int(i.a)] = try bindable(operand(i.b, r, k), i.b, code)
          case .getCapture:
            let value = frames[top].captures[Int(i.b)].value
            if case .unbound = value, i.d == 0 { throw session.unboundName(captureName(code, Int(i.b))) }
            r[Int(i.a)] = value
          case .setCapture: session.write(frames[top].captures[Int(i.a)], try bindable(operand(i.b, r, k), i.b, code))
          case .getBox:
            guard case .box(let box) = r[Int(i.b)] else { throw Failure(.name, "a variable is missing its place") }
            if case .unbound = box.value, i.d == 0 { throw session.unboundName(code.variableNames[Int(i.b)] ?? "?") }
            r[Int(i.a)] = box.value
          case .setBox:
            guard case .box(let box) = r[Int(i.a)] else { throw Failure(.name, "a variable is missing its place") }
            session.write(box, try bindable(operand(i.b, r, k), i.b, code))
          case .newBox: r[Int(i.a)] = .box(Box(.unbound))
          case .enclose: r[Int(i.a)] = .box(Box(r[Int(i.a)]))
          case .getField:
            guard case .layer(let layer) = r[Int(i.b)] else { throw Failure(.name, "a field has no layer") }
            let value = layer.fields[Int(i.c)]
            if case .unbound = value, i.d == 0 { throw session.unboundField(layer, Int(i.c)) }
            r[Int(i.a)] = value
          case .setField:
            guard case .layer(let layer) = r[Int(i.a)] else { throw Failure(.name, "a field has no layer") }
            session.write(layer, Int(i.b), try bindable(operand(i.c, r, k), i.c, code))

          case .assignRegister:
            let target = r + Int(i.a)
            if case .number = target.pointee, case .number(let new) = operand(i.b, r, k).pointee {
              target.initialize(to: .number(new))
            } else {
              try session.assign(&target.pointee, try bindable(operand(i.b, r, k), i.b, code), name: code.variableNames[Int(i.a)] ?? "?")
            }
          case .assignGlobal:
            try session.assign(&code.module.storage[Int(i.a)], try bindable(operand(i.b, r, k), i.b, code), name: code.module.names[Int(i.a)])
          case .assignCapture: try session.assign(frames[top].captures[Int(i.a)], try bindable(operand(i.b, r, k), i.b, code), name: captureName(code, Int(i.a)))
          case .assignBox:
            guard case .box(let box) = r[Int(i.a)] else { throw Failure(.name, "a variable is missing its place") }
            try session.assign(box, try bindable(operand(i.b, r, k), i.b, code), name: code.variableNames[Int(i.a)] ?? "?")
          case .assignField:
            guard case .layer(let layer) = r[Int(i.a)] else { throw Failure(.name, "a field has no layer") }
            try session.assign(layer, Int(i.b), try bindable(operand(i.c, r, k), i.c, code))
          case .update:
            mark(top, pc, code)
            try update(code.updatePaths[Int(i.b)], r, code, frames[top].captures)

          case .add:
            let x = operand(i.b, r, k), y = operand(i.c, r, k)
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              store(p + q, r + Int(i.a))
            } else {
              mark(top, pc, code)
              r[Int(i.a)] = try binary(.add, i, x, y, code)
            }
          case .subtract:
            let x = operand(i.b, r, k), y = operand(i.c, r, k)
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              store(p - q, r + Int(i.a))
            } else {
              mark(top, pc, code)
              r[Int(i.a)] = try binary(.subtract, i, x, y, code)
            }
          case .multiply:
            let x = operand(i.b, r, k), y = operand(i.c, r, k)
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              store(p * q, r + Int(i.a))
            } else {
              mark(top, pc, code)
              r[Int(i.a)] = try binary(.multiply, i, x, y, code)
            }
          case .divide:
            let x = operand(i.b, r, k), y = operand(i.c, r, k)
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              store(p / q, r + Int(i.a))
            } else {
              mark(top, pc, code)
              r[Int(i.a)] = try binary(.divide, i, x, y, code)
            }
          case .floorDivide, .modulo, .power, .equal, .notEqual, .binary:
            mark(top, pc, code)
            r[Int(i.a)] = try binary(BinaryOperator.all[Int(i.d)], i, operand(i.b, r, k), operand(i.c, r, k), code)
          case .less, .lessEqual, .greater, .greaterEqual:
            let x = operand(i.b, r, k), y = operand(i.c, r, k)
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              let flag =
                switch i.opcode {
                case .less: p < q
                case .lessEqual: p <= q
                case .greater: p > q
                default: p >= q
                }
              store(flag, r + Int(i.a))
            } else {
              mark(top, pc, code)
              r[Int(i.a)] = try binary(BinaryOperator.all[Int(i.d)], i, x, y, code)
            }
          case .contains:
            mark(top, pc, code)
            r[Int(i.a)] = try session.contains(session.read(try bindable(operand(i.b, r, k), i.b, code)), in: session.read(try bindable(operand(i.c, r, k), i.c, code)))
          case .negate:
            let x = operand(i.b, r, k)
            if case .number(let p) = x.pointee {
              store(-p, r + Int(i.a))
            } else {
              mark(top, pc, code)
              r[Int(i.a)] = try session.negate(session.read(try bindable(x, i.b, code)))
            }
          case .not:
            let x = operand(i.b, r, k)
            if case .bool(let flag) = x.pointee {
              store(!flag, r + Int(i.a))
            } else {
              mark(top, pc, code)
              r[Int(i.a)] = try session.logicalNot(session.read(try bindable(x, i.b, code)))
            }
          case .truth:
            if case .bool = r[Int(i.b)] { continue }
            mark(top, pc, code)
            let flag = try session.isTrue(session.read(try bindable(r + Int(i.b), i.b, code)), what: i.d == 0 ? "`and`" : "`or`")
            r[Int(i.a)] = .bool(flag)

          case .jump:
            let target = i.target
            if target < pc, Interrupt.isRequested { throw GradusError(.interrupted, "interrupted") }
            pc = target
          case .jumpIfFalse:
            if case .bool(let flag) = r[Int(i.a)] {
              if !flag { pc = i.target }
            } else {
              mark(top, pc, code)
              if try !session.isTrue(session.read(try bindable(r + Int(i.a), i.a, code)), what: "a condition") { pc = i.target }
            }
          case .jumpIfTrue:
            if case .bool(let flag) = r[Int(i.a)] {
              if flag { pc = i.target }
            } else {
              mark(top, pc, code)
              if try session.isTrue(session.read(try bindable(r + Int(i.a), i.a, code)), what: "a condition") { pc = i.target }
            }
          case .compareJump:
            let x = operand(i.b, r, k), y = operand(i.c, r, k)
            let holds: Bool
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              holds = compare(i.d, p, q)
            } else {
              mark(top, pc, code)
              holds = try isTrue(i, x, y, code)
            }
            pc = holds ? pc &+ 1 : instructions[pc].target
          case .compareLoop:
            if Interrupt.isRequested { throw GradusError(.interrupted, "interrupted") }
            let x = operand(i.b, r, k), y = operand(i.c, r, k)
            let holds: Bool
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              holds = compare(i.d, p, q)
            } else {
              mark(top, pc, code)
              holds = try isTrue(i, x, y, code)
            }
            pc = holds ? instructions[pc].target : pc &+ 1
          case .jumpIfBound:
            if case .unbound = r[Int(i.a)] { continue }
            pc = i.target

          case .closure:
            r[Int(i.a)] = closure(code.children[Int(i.b)], r, top, isMethod: i.d == 1, code)
          case .constructor:
            let child = code.children[Int(i.b)]
            guard let type = child.layerType else { throw Failure(.type, "not a layer") }
            r[Int(i.a)] = .function(FunctionValue(.constructor(child, captures: captured(child, r, top), type)))
          case .derivative:
            r[Int(i.a)] = try session.derivative(of: session.read(try bindable(r + Int(i.b), i.b, code)), order: Int(i.d))
          case .compose:
            r[Int(i.a)] = try session.compose((0..<Int(i.c)).map { r[Int(i.b) + $0] })

          case .call:
            frames[top].pc = pc
            mark(top, pc, code)
            try call(r[Int(i.b)], start: r + Int(i.b) + 1, count: Int(i.d), shape: code.callShapes[Int(i.c)], destination: Int(i.a), completion: nil)
            if frames.count - 1 != top { continue reenter }
          case .callMethod:
            frames[top].pc = pc
            mark(top, pc, code)
            try callMethod(code.callShapes[Int(i.c)], r + Int(i.b), count: Int(i.d), destination: Int(i.a))
            if frames.count - 1 != top { continue reenter }
          case .intrinsic:
            frames[top].pc = pc
            mark(top, pc, code)
            let native = session.natives.table[Int(i.c)]
            switch native.body {
            case .plain(let body): r[Int(i.a)] = try body(session, Arguments(start: r + Int(i.b), count: Int(i.d)))
            case .control(let body):
              try body(self, Arguments(start: r + Int(i.b), count: Int(i.d)), Int(i.a))
              if frames.count - 1 != top { continue reenter }
            }
          case .returnValue:
            if Interrupt.isRequested { throw GradusError(.interrupted, "interrupted") }
            let value = r[Int(i.a)]
            if code.isTopLevel { try session.settle() }
            let (destination, completion) = leave()
            if let completion {
              try completion.returned(value, self, destination)
            } else if frames.count == depth {
              return value
            } else {
              frames[frames.count - 1].base[destination] = value
            }
            continue reenter

          case .makeBracket:
            mark(top, pc, code)
            r[Int(i.a)] = try session.bracket(values(r + Int(i.b), Int(i.c)))
          case .makeList: r[Int(i.a)] = .list(values(r + Int(i.b), Int(i.c)))
          case .makeTuple: r[Int(i.a)] = .tuple(values(r + Int(i.b), Int(i.c)))
          case .makeRecord:
            let names = code.recordShapes[Int(i.c)]
            r[Int(i.a)] = .tuple(TupleValue(values(r + Int(i.b), names.count), names: names))
          case .makeMap:
            r[Int(i.a)] = try session.makeMap(values(r + Int(i.b), Int(i.c) * 2))
          case .append:
            guard case .list(let list) = r[Int(i.a)] else { continue }
            list.elements.append(try bindable(operand(i.b, r, k), i.b, code))
          case .insert:
            guard case .map(let map) = r[Int(i.a)] else { continue }
            map.entries[try session.key(session.read(r[Int(i.b)]))] = r[Int(i.c)]
          case .finishBracket:
            guard case .list(let list) = r[Int(i.b)] else { continue }
            mark(top, pc, code)
            r[Int(i.a)] = try session.bracket(list.elements)
          case .makeString:
            mark(top, pc, code)
            var text = ""
            for offset in 0..<Int(i.c) { text += try session.text(session.read(r[Int(i.b) + offset])) }
            r[Int(i.a)] = .string(text)
          case .format:
            mark(top, pc, code)
            r[Int(i.a)] = .string(try session.format(session.read(r[Int(i.b)]), code.formats[Int(i.c)]))
          case .makeRange:
            mark(top, pc, code)
            r[Int(i.a)] = try session.range(r[Int(i.b)], r[Int(i.b) + 1], by: i.d & 2 == 0 ? nil : r[Int(i.b) + 2], isInclusive: i.d & 1 != 0)
          case .indexOne:
            mark(top, pc, code)
            if case .list(let list) = r[Int(i.b)], case .number(let index) = operand(i.c, r, k).pointee, index >= 0, index < Double(list.elements.count), index == index.rounded(.down) {
              r[Int(i.a)] = list.elements[Int(index)]
            } else {
              frames[top].pc = pc
              try indexOne(try bindable(r + Int(i.b), i.b, code), try bindable(operand(i.c, r, k), i.c, code), destination: Int(i.a))
              if frames.count - 1 != top { continue reenter }
            }
          case .index:
            mark(top, pc, code)
            let parts = code.indexShapes[Int(instructions[pc].b)]
            let base = session.read(try bindable(r + Int(i.b), i.b, code))
            r[Int(i.a)] = try session.index(base, indexValues(parts, r + Int(i.c)))
            pc &+= 1
          case .member:
            mark(top, pc, code)
            r[Int(i.a)] = try session.field(code.memberNames[Int(i.c)], of: try bindable(r + Int(i.b), i.b, code))
          case .position:
            mark(top, pc, code)
            r[Int(i.a)] = try session.position(Int(i.c), of: try bindable(r + Int(i.b), i.b, code))
          case .unpack:
            mark(top, pc, code)
            let parts = try session.unpack(session.read(try bindable(operand(i.b, r, k), i.b, code)), count: Int(i.c))
            for (offset, part) in parts.enumerated() { r[Int(i.a) + offset] = part }

          case .iterate:
            mark(top, pc, code)
            let source = session.read(try bindable(operand(i.b, r, k), i.b, code))
            switch source {
            case .range, .list, .sequence: r[Int(i.a)] = source
            default: r[Int(i.a)] = .iterator(try session.makeIterator(source))
            }
            r[Int(i.a) + 1] = .number(0)
          case .next:
            mark(top, pc, code)
            guard case .number(let place) = r[Int(i.a) + 1] else { continue }
            let position = Int(place)
            switch r[Int(i.a)] {
            case .range(let range):
              if position < range.count {
                store(range[position], r + Int(i.b))
                store(place + 1, r + Int(i.a) + 1)
                pc &+= 1
              } else {
                pc = instructions[pc].target
              }
            case .list(let list):
              if position < list.elements.count {
                r[Int(i.b)] = list.elements[position]
                store(place + 1, r + Int(i.a) + 1)
                pc &+= 1
              } else {
                pc = instructions[pc].target
              }
            case .iterator(let iterator):
              if let value = try iterator.next(session) {
                r[Int(i.b)] = value
                pc &+= 1
              } else {
                pc = instructions[pc].target
              }
            case .sequence(let sequence):
              if position < sequence.count {
                store(place + 1, r + Int(i.a) + 1)
                frames[top].pc = pc + 1
                try call(sequence.function, values: [.number(place)], destination: Int(i.b))
                if frames.count - 1 != top { continue reenter }
                pc &+= 1
              } else {
                pc = instructions[pc].target
              }
            default: pc = instructions[pc].target
            }
          case .countdown:
            let count = try session.whole(session.read(try bindable(operand(i.b, r, k), i.b, code)), "the number of turns")
            r[Int(i.a)] = .number(Double(count))
          case .turn:
            guard case .number(let left) = r[Int(i.a)], left >= 1 else {
              pc = i.target
              continue
            }
            store(left - 1, r + Int(i.a))

          case .pushHandler: handlers.append(Handler(frame: top, target: i.target, register: Int(i.a)))
          case .popHandler:
            if i.d == 1 { try session.settle() }
            handlers.removeLast()
          case .discard:
            if case .external = r[Int(i.a)] { try session.show(r[Int(i.a)]) }
          case .echo:
            mark(top, pc, code)
            try session.echo(r[Int(i.a)])
          case .checkShape:
            mark(top, pc, code)
            try checkShape(session.read(r[Int(i.a)]), code.shapeChecks[Int(i.b)], r)
          case .raise: throw code.failures[Int(i.b)]
          case .extra: continue
          }
        }
      } catch {
        if top < frames.count { frames[top].pc = pc }
        try unwind(error, until: depth)
      }
    }
  }

  /// Notes where the program is: nodes made from here on carry the place.
  @inline(__always)
  private func mark(_ top: Int, _ pc: Int, _ code: Code) {
    session.engine.site = code.source.isLibrary ? frames[top].userSite : UInt64(code.identifier) << 32 | UInt64(UInt32(truncatingIfNeeded: pc))
  }

  private func values(_ start: UnsafeMutablePointer<Value>, _ count: Int) -> [Value] {
    Array(UnsafeBufferPointer(start: start, count: count))
  }

  private func captureName(_ code: Code, _ index: Int) -> String {
    code.captureNames.indices.contains(index) ? code.captureNames[index] : "?"
  }

  // MARK: Operands

  private func binary(
    _ operation: BinaryOperator, _ i: Instruction, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>, _ code: Code
  ) throws -> Value {
    if case .number(let p) = x.pointee, case .number(let q) = y.pointee, operation == .power {
      return .number(q == 2 ? p * p : NumberMath.power(p, q))
    }
    return try session.binary(operation, session.read(try bindable(x, i.b, code)), session.read(try bindable(y, i.c, code)))
  }

  @inline(__always)
  private func compare(_ operation: UInt8, _ p: Double, _ q: Double) -> Bool {
    switch BinaryOperator.Comparison(rawValue: operation) {
    case .equal: p == q
    case .notEqual: p != q
    case .less: p < q
    case .lessEqual: p <= q
    case .greater: p > q
    default: p >= q
    }
  }

  private func isTrue(_ i: Instruction, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>, _ code: Code) throws -> Bool {
    try session.isTrue(binary(BinaryOperator.all[Int(i.d)], i, x, y, code), what: "a condition")
  }

  /// The value of an operand, which must be bound.
  @inline(__always)
  private func bindable(_ place: UnsafeMutablePointer<Value>, _ field: UInt16, _ code: Code) throws -> Value {
    if case .unbound = place.pointee { return try unbound(Int(field), code) }
    return place.pointee
  }

  private func unbound(_ register: Int, _ code: Code) throws -> Value {
    if code.isTopLevel, register < code.module.count {
      return try session.fallback(slot: register, in: code.module)
    }
    throw session.unboundName(code.variableNames[register] ?? "?", isLocal: true)
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

  private func indexOne(_ base: Value, _ index: Value, destination: Destination) throws {
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

  private func checkShape(_ value: Value, _ check: ShapeCheck, _ r: UnsafeMutablePointer<Value>) throws {
    let shape: [Int]
    switch value {
    case .tensor(let tensor): shape = tensor.shape.dimensions
    case .number, .bool: shape = []
    default: throw Failure(.type, "\(check.subject) must be a tensor, but it is \(session.typeName(value))")
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
      throw Failure(.shape, "\(check.subject) has shape \(found), but \(written()) is declared", notes: ["it has \(shape.count) axes instead of \(check.dimensions.count)"])
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

  // MARK: Closures

  private func captured(_ child: Code, _ r: UnsafeMutablePointer<Value>, _ top: Int) -> [Box] {
    child.captures.map { source in
      switch source {
      case .register(let register):
        if case .box(let box) = r[register] { return box }
        return Box(r[register])
      case .capture(let index): return frames[top].captures[index]
      }
    }
  }

  private func closure(_ child: Code, _ r: UnsafeMutablePointer<Value>, _ top: Int, isMethod: Bool, _ code: Code) -> Value {
    let boxes = captured(child, r, top)
    if isMethod, let register = code.selfRegister {
      var owner = r[register]
      if case .box(let box) = owner { owner = box.value }
      if case .layer(let layer) = owner {
        return .function(FunctionValue(.method(child, captures: boxes, of: layer)))
      }
    }
    return .function(FunctionValue(.closure(child, captures: boxes)))
  }

  // MARK: Frames

  /// Enters code. Its arguments stand at `start`, in the temporary registers of the frame on top.
  func push(
    _ code: Code, captures: [Box], layer: Layer?, start: UnsafeMutablePointer<Value>?, count: Int, shape: CallShape, destination: Destination,
    completion: Completion?
  ) throws {
    guard frames.count < Self.depthLimit else { throw tooDeep(code) }
    let end = frames.last?.stackEnd ?? 0
    var base: UnsafeMutablePointer<Value>
    let stackEnd: Int
    if code.isTopLevel {
      base = code.module.storage
      stackEnd = end
      for register in code.module.count..<(code.module.count + max(0, code.frameSize - code.module.count)) { base[register] = .unbound }
    } else {
      let isOnStack = start.map { $0 >= stack && $0 < stack + Self.stackCapacity } ?? false
      base = isOnStack ? start ?? stack : stack + end
      let place = base - stack
      stackEnd = place + max(code.frameSize, count)
      guard stackEnd < Self.stackCapacity else { throw tooDeep(code) }
      initialize(upTo: stackEnd)
      if shape.isPlain, count <= code.plainArity {
        if !isOnStack, let start { for offset in 0..<count { base[offset] = start[offset] } }
        for register in count..<max(count, code.frameSize) { base[register] = .unbound }
      } else {
        let arguments = start.map { values($0, count) } ?? []
        let bound = try bind(arguments, shape, to: code.parameters, of: code.name)
        for register in 0..<max(count, code.frameSize) { base[register] = register < bound.count ? bound[register] : .unbound }
      }
      for (offset, parameter) in code.parameters.enumerated() where !parameter.hasDefault {
        if case .unbound = base[offset] { throw missing(parameter, code) }
      }
      if let layer, let register = code.selfRegister { base[register] = .layer(layer) }
    }
    let userSite: UInt64
    if let caller = frames.last {
      userSite = caller.code.source.isLibrary ? caller.userSite : UInt64(caller.code.identifier) << 32 | UInt64(UInt32(truncatingIfNeeded: caller.pc))
    } else {
      userSite = 0
    }
    frames.append(
      Frame(code: code, pc: 0, base: base, stackEnd: stackEnd, captures: captures, destination: destination, completion: completion, userSite: userSite))
  }

  private func initialize(upTo end: Int) {
    guard end > initialized else { return }
    let larger = min(Self.stackCapacity, max(end, initialized + 1_024))
    (stack + initialized).initialize(repeating: .unbound, count: larger - initialized)
    initialized = larger
  }

  private func tooDeep(_ code: Code) -> Failure {
    Failure(.limit, "the calls are nested too deeply: `\(code.name)` is call number \(frames.count)", hint: "a function that calls itself needs a case in which it doesn't")
  }

  private func missing(_ parameter: CodeParameter, _ code: Code) -> Failure {
    let name = parameter.name.isEmpty ? "an argument" : "`\(parameter.name)`"
    return Failure(.argument, "`\(code.name)` is called without \(name)", notes: ["it is declared as \(session.signature(code))"])
  }

  /// Leaves the frame on top: its registers and handlers are given up.
  private func leave() -> (Destination, Completion?) {
    let frame = frames.removeLast()
    let code = frame.code
    let first = code.isTopLevel ? code.module.count : 0
    if first < code.frameSize {
      for register in first..<code.frameSize { frame.base[register] = .unbound }
    }
    while let handler = handlers.last, handler.frame >= frames.count { handlers.removeLast() }
    return (frame.destination, frame.completion)
  }

  /// Hands a result to the frame on top.
  func deliver(_ value: Value, to destination: Destination) {
    frames[frames.count - 1].base[destination] = value
  }

  /// Calls with arguments that the host has made.
  func call(_ callee: Value, values: [Value], shape: CallShape? = nil, destination: Destination, completion: Completion? = nil) throws {
    let start = frames.last?.stackEnd ?? 0
    guard start + values.count < Self.stackCapacity else { throw Failure(.limit, "the calls are nested too deeply") }
    initialize(upTo: start + values.count)
    for (offset, value) in values.enumerated() { stack[start + offset] = value }
    try call(callee, start: stack + start, count: values.count, shape: shape ?? .plain(values.count), destination: destination, completion: completion)
  }

  // MARK: Errors

  /// Gives an error its place and calls, undoes the frames up to the nearest `try`, and goes on there.
  private func unwind(_ error: any Error, until depth: Int) throws {
    let described = session.describe(error, frames)
    while frames.count > depth {
      if let handler = handlers.last, handler.frame == frames.count - 1, described.kind != .interrupted, !session.isOverTime(described) {
        handlers.removeLast()
        frames[frames.count - 1].pc = handler.target
        frames[frames.count - 1].base[handler.register] = session.record(of: described)
        return
      }
      let (_, completion) = leave()
      completion?.abandoned(self)
    }
    throw described
  }
}

/// What the host does when a frame that it pushed returns.
class Completion {
  /// Takes the result; it must push a frame or deliver a value.
  func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    machine.deliver(value, to: destination)
  }
  /// The frame was left by an error.
  func abandoned(_ machine: Machine) {}
}

extension BinaryOperator {
  /// The comparisons under their numbers in the table of operators.
  enum Comparison: UInt8 {
    case equal = 8
    case notEqual, less, lessEqual, greater, greaterEqual
  }
}
