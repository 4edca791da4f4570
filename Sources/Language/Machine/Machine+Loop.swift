import Kernels
import Syntax
import Tensors

extension Machine {
  /// Runs the frame on top, and those it calls, until as many are left as `depth` says; gives what the last one returned.
  func execute(until depth: Int) throws -> Value {
    // Turns and returns since the flag for interrupts was looked at.
    var ticks: UInt8 = 0
    reenter: while true {
      let top = frames.count - 1
      let head = frames[top].head
      var code: Code { head.pointee.code.takeUnretainedValue() }
      let instructions = head.pointee.instructions
      let k = head.pointee.constants
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
            } else if case .unbound = value, i.d == 2 {
              throw session.nothingToChange(code.module.names[Int(i.b)])
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
            try spend(64)
            try update(code.updatePaths[Int(i.b)], r, code, frames[top].captures)

          case .add:
            let x = operand(i.b, r, k), y = operand(i.c, r, k)
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              store(p + q, r + Int(i.a))
            } else {
              mark(top, pc, code)
              if i.a == i.b || i.d == 1, try grow(r + Int(i.a), from: x, by: y) { continue }
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
          case .combine:
            let place = r + Int(i.a), y = operand(i.c, r, k)
            if case .number(let p) = place.pointee, case .number(let q) = y.pointee, let result = combined(i.d, p, q) {
              place.initialize(to: .number(result))
            } else {
              mark(top, pc, code)
              try combine(i, place, y, code)
            }
          case .divide:
            let x = operand(i.b, r, k), y = operand(i.c, r, k)
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              store(p / q, r + Int(i.a))
            } else {
              mark(top, pc, code)
              r[Int(i.a)] = try binary(.divide, i, x, y, code)
            }
          case .addNumber:
            let x = r + Int(i.b), y = k + Int(i.c & 0x7fff)
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              store(p + q, r + Int(i.a))
            } else {
              mark(top, pc, code)
              r[Int(i.a)] = try binary(.add, i, x, y, code)
            }
          case .subtractNumber:
            let x = r + Int(i.b), y = k + Int(i.c & 0x7fff)
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              store(p - q, r + Int(i.a))
            } else {
              mark(top, pc, code)
              r[Int(i.a)] = try binary(.subtract, i, x, y, code)
            }
          case .multiplyNumber:
            let x = r + Int(i.b), y = k + Int(i.c & 0x7fff)
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              store(p * q, r + Int(i.a))
            } else {
              mark(top, pc, code)
              r[Int(i.a)] = try binary(.multiply, i, x, y, code)
            }
          case .multiplyAdd:
            let x = operand(i.b, r, k), y = operand(i.c, r, k)
            guard case .number(let p) = x.pointee, case .number(let q) = y.pointee else {
              mark(top, pc, code)
              r[Int(i.a)] = try binary(.multiply, i, x, y, code)
              continue
            }
            let next = instructions[pc]
            let other = operand(i.d == 0 ? next.b : next.c, r, k)
            guard case .number(let sum) = other.pointee else {
              store(p * q, r + Int(i.a))
              continue
            }
            store(p * q, r + Int(i.a))
            store(sum + p * q, r + Int(next.a))
            pc &+= 1
          case .addNumberLoop:
            let x = r + Int(i.b), y = k + Int(i.c & 0x7fff)
            guard case .number(let p) = x.pointee, case .number(let q) = y.pointee else {
              mark(top, pc, code)
              r[Int(i.a)] = try binary(.add, i, x, y, code)
              continue
            }
            store(p + q, r + Int(i.a))
            let next = instructions[pc]
            guard case .number(let left) = operand(next.b, r, k).pointee, case .number(let right) = operand(next.c, r, k).pointee else { continue }
            pc &+= 1
            ticks &+= 1
            if ticks & 63 == 0 { try checkInterrupt() }
            let holds = compare(next.d, left, right)
            count(r + Int(next.a))
            pc = holds ? instructions[pc].target : pc &+ 1
          case .modulo:
            let x = operand(i.b, r, k), y = operand(i.c, r, k)
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee, let rest = wholeRemainder(p, q) {
              store(rest, r + Int(i.a))
            } else {
              mark(top, pc, code)
              r[Int(i.a)] = try binary(.modulo, i, x, y, code)
            }
          case .floorDivide, .power, .equal, .notEqual, .binary:
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
            if target < pc {
              ticks &+= 1
              if ticks & 63 == 0 { try checkInterrupt() }
            }
            pc = target
          case .again:
            ticks &+= 1
            if ticks & 63 == 0 { try checkInterrupt() }
            count(r + Int(i.a))
            pc = i.target
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
            ticks &+= 1
            if ticks & 63 == 0 { try checkInterrupt() }
            let x = operand(i.b, r, k), y = operand(i.c, r, k)
            let holds: Bool
            if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
              holds = compare(i.d, p, q)
            } else {
              mark(top, pc, code)
              holds = try isTrue(i, x, y, code)
            }
            count(r + Int(i.a))
            pc = holds ? instructions[pc].target : pc &+ 1
          case .jumpIfBound:
            if case .unbound = r[Int(i.a)] { continue }
            pc = i.target

          case .closure:
            try spend(256)
            r[Int(i.a)] = closure(code.children[Int(i.b)], r, top, isMethod: i.d == 1, code)
          case .constructor:
            let child = code.children[Int(i.b)]
            guard let type = child.layerType else { throw Failure(.type, "not a layer") }
            r[Int(i.a)] = .function(FunctionValue(.constructor(child, captures: captured(child, r, top), type)))
          case .derivative:
            r[Int(i.a)] = try session.derivative(of: session.read(try bindable(r + Int(i.b), i.b, code)), order: Int(i.d))
          case .compose:
            r[Int(i.a)] = try session.compose((0..<Int(i.c)).map { r[Int(i.b) + $0] })

          case .callPlain:
            frames[top].pc = pc
            if let (callee, function) = plainHead(r + Int(i.b)), Int(i.d) == callee.pointee.plainArity {
              var arguments = r + Int(i.b) + 1
              if head.pointee.isTopLevel { arguments = try onStack(arguments, count: Int(i.d)) }
              try enter(callee, function, base: arguments, count: Int(i.d), destination: Int(i.a))
              continue reenter
            }
            mark(top, pc, code)
            try checkInterrupt()
            try call(r[Int(i.b)], start: r + Int(i.b) + 1, count: Int(i.d), shape: code.callShapes[Int(i.c)], destination: Int(i.a), completion: nil)
            if frames.count - 1 != top { continue reenter }
          case .callGlobal:
            let place = head.pointee.storage + Int(i.c)
            if let callee = bareHead(place), Int(i.d) == callee.pointee.plainArity {
              frames[top].pc = pc &+ 1
              var arguments = r + Int(i.b) + 1
              if head.pointee.isTopLevel { arguments = try onStack(arguments, count: Int(i.d)) }
              try enter(callee, nil, base: arguments, count: Int(i.d), destination: Int(i.a))
              continue reenter
            }
            frames[top].pc = pc
            r[Int(i.b)] = place.pointee
            if case .unbound = place.pointee { r[Int(i.b)] = try session.fallback(slot: Int(i.c), in: code.module) }
            frames[top].pc = pc &+ 1
            mark(top, pc, code)
            try checkInterrupt()
            try call(r[Int(i.b)], start: r + Int(i.b) + 1, count: Int(i.d), shape: code.callShapes[Int(instructions[pc].b)], destination: Int(i.a), completion: nil)
            if frames.count - 1 != top { continue reenter }
            pc &+= 1
          case .replace:
            // The call that it stands before is done here if the value can grow in its place.
            mark(top, pc, code)
            let isDone =
              switch i.d {
              case 0: try append(to: &r[Int(i.a)], instructions[pc], r)
              case 1: try append(to: &code.module.storage[Int(i.a)], instructions[pc], r)
              case 2: try append(to: frames[top].captures[Int(i.a)], instructions[pc], r)
              default: if case .box(let box) = r[Int(i.a)] { try append(to: box, instructions[pc], r) } else { false }
              }
            if isDone { pc &+= Int(i.c) }
          case .call:
            frames[top].pc = pc
            mark(top, pc, code)
            try checkInterrupt()
            try call(r[Int(i.b)], start: r + Int(i.b) + 1, count: Int(i.d), shape: code.callShapes[Int(i.c)], destination: Int(i.a), completion: nil)
            if frames.count - 1 != top { continue reenter }
          case .callMethod:
            frames[top].pc = pc
            mark(top, pc, code)
            try checkInterrupt()
            try callMethod(code.callShapes[Int(i.c)], r + Int(i.b), count: Int(i.d), destination: Int(i.a))
            if frames.count - 1 != top { continue reenter }
          case .intrinsic:
            frames[top].pc = pc
            mark(top, pc, code)
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
              if frames.count - 1 != top { continue reenter }
            }
          case .returnValue:
            ticks &+= 1
            if ticks & 63 == 0 { try checkInterrupt() }
            if head.pointee.isTopLevel { try session.settle() }
            let result = r + Int(i.a)
            if case .number(let number) = result.pointee, top > depth {
              let frame = frames.elements + top
              let destination = frame.pointee.destination
              if leaveQuickly(frame) {
                store(number, frames.elements[top - 1].base + destination)
                continue reenter
              }
            }
            let value = result.pointee
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
            guard case .list(let list) = r[Int(i.a)] else { continue }
            if list.elements.count == list.elements.capacity { try spend(64 + 32 * list.elements.count) }
            list.elements.append(try bindable(operand(i.b, r, k), i.b, code))
          case .insert:
            guard case .map(let map) = r[Int(i.a)] else { continue }
            try spend(128)
            map.entries[try session.key(session.read(r[Int(i.b)]))] = r[Int(i.c)]
          case .finishBracket:
            guard case .list(let list) = r[Int(i.b)] else { continue }
            mark(top, pc, code)
            r[Int(i.a)] = try session.bracket(list.elements)
          case .makeString:
            mark(top, pc, code)
            var text = ""
            for offset in 0..<Int(i.c) { text += try session.text(session.read(r[Int(i.b) + offset])) }
            try spend(64 + text.utf8.count)
            r[Int(i.a)] = .string(text)
          case .format:
            mark(top, pc, code)
            r[Int(i.a)] = .string(try session.format(session.read(r[Int(i.b)]), code.formats[Int(i.c)]))
          case .makeRange:
            mark(top, pc, code)
            r[Int(i.a)] = try session.range(r[Int(i.b)], r[Int(i.b) + 1], by: i.d & 2 == 0 ? nil : r[Int(i.b) + 2], isInclusive: i.d & 1 != 0)
          case .indexOne:
            if case .list(let list) = r[Int(i.b)], case .number(let index) = operand(i.c, r, k).pointee, index >= 0, index < Double(list.elements.count), index == index.rounded(.down) {
              r[Int(i.a)] = list.elements[Int(index)]
            } else {
              mark(top, pc, code)
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
            case .range(let range):
              r[Int(i.a)] = .number(Double(range.count))
              r[Int(i.a) + 2] = .number(range.start)
              r[Int(i.a) + 3] = .number(range.step)
            case .list, .sequence: r[Int(i.a)] = source
            default: r[Int(i.a)] = .iterator(try session.makeIterator(source))
            }
            r[Int(i.a) + 1] = .number(0)
          case .next:
            guard case .number(let place) = r[Int(i.a) + 1] else { continue }
            if case .number(let count) = r[Int(i.a)] {
              guard place < count, case .number(let start) = r[Int(i.a) + 2], case .number(let step) = r[Int(i.a) + 3] else {
                pc = instructions[pc].target
                continue
              }
              store(start + place * step, r + Int(i.b))
              store(place + 1, r + Int(i.a) + 1)
              pc &+= 1
              continue
            }
            let position = Int(place)
            switch r[Int(i.a)] {
            case .list(let list):
              if position < list.elements.count {
                r[Int(i.b)] = list.elements[position]
                store(place + 1, r + Int(i.a) + 1)
                pc &+= 1
              } else {
                pc = instructions[pc].target
              }
            case .iterator(let iterator):
              mark(top, pc, code)
              if let value = try iterator.next(session) {
                store(place + 1, r + Int(i.a) + 1)
                r[Int(i.b)] = value
                pc &+= 1
              } else {
                pc = instructions[pc].target
              }
            case .sequence(let sequence):
              mark(top, pc, code)
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
            r[Int(i.a) + 1] = .number(0)
          case .turn:
            guard case .number(let left) = r[Int(i.a)], left >= 1 else {
              pc = i.target
              continue
            }
            store(left - 1, r + Int(i.a))
            self.count(r + Int(i.a) + 1)

          case .pushHandler: handlers.append(Handler(frame: top, target: i.target, register: Int(i.a)))
          case .popHandler:
            if i.d == 1 { try session.settle() }
            handlers.removeLast()
          case .discard:
            if case .external = r[Int(i.a)] { try session.show(r[Int(i.a)]) }
          case .echo:
            mark(top, pc, code)
            try session.echo(r[Int(i.a)])
          case .warn:
            let warning = code.warnings[Int(i.c)]
            if i.b == 1, let method = warning.method, hasOwn(method, r + Int(i.a)) { continue }
            session.warn(warning.error, site: UInt64(code.identifier) << 32 | UInt64(UInt32(truncatingIfNeeded: pc)))
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
  func mark(_ top: Int, _ pc: Int, _ code: Code) {
    session.engine.site = code.isLibrary ? frames[top].userSite : UInt64(code.identifier) << 32 | UInt64(UInt32(truncatingIfNeeded: pc))
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

  @inline(__always)
  func store(_ number: Double, _ target: UnsafeMutablePointer<Value>) {
    if case .number = target.pointee { target.initialize(to: .number(number)) } else { target.pointee = .number(number) }
  }

  @inline(__always)
  func store(_ flag: Bool, _ target: UnsafeMutablePointer<Value>) {
    if case .bool = target.pointee { target.initialize(to: .bool(flag)) } else { target.pointee = .bool(flag) }
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
  }
}
