import Kernels
import Syntax

/// The quick half of the machine: numbers, truth, moves, jumps, and calls of the program's own functions. It runs as long as
/// such instructions follow each other; all others, and these where they meet other values, errors or limits, are
/// carried out by `carryOut`. It throws nothing and keeps what it works with in registers of the processor.
extension Machine {
  /// An instruction, read in one go.
  private struct Word {
    private let bits: UInt64

    @inline(__always)
    init(_ place: UnsafeMutablePointer<Instruction>) { bits = UnsafeRawPointer(place).load(as: UInt64.self) }

    @inline(__always) var opcode: Opcode { unsafeBitCast(UInt8(truncatingIfNeeded: bits), to: Opcode.self) }
    @inline(__always) var d: UInt8 { UInt8(truncatingIfNeeded: bits &>> 8) }
    @inline(__always) var a: Int { Int(truncatingIfNeeded: bits &>> 16 & 0xffff) }
    @inline(__always) var b: Int { Int(truncatingIfNeeded: bits &>> 32 & 0xffff) }
    @inline(__always) var c: Int { Int(truncatingIfNeeded: bits &>> 48) }
    @inline(__always) var target: Int { Int(truncatingIfNeeded: bits &>> 32) }
  }

  /// Goes on with the frame on top, and with those that it calls, up to an instruction for `carryOut`. Frames up to the
  /// number `depth` are not left.
  @inline(never)
  func runQuickly(until depth: Int) {
    // A frame with a `try` is left by `leave`, which gives up the handler.
    let floor = frames.elements + max(depth, handlers.last?.frame ?? 0)
    let deepest = frames.elements + (Self.depthLimit - 1)
    let stackLimit = stack + initialized
    var frame = frames.top
    var head = frame.pointee.head
    var r = frame.pointee.base
    var k = head.pointee.constants
    var place = head.pointee.instructions + frame.pointee.pc
    loop: while true {
      let i = Word(place)
      switch i.opcode {
      case .move:
        Self.copy(Self.operand(i.b, r, k), to: r + i.a)
        place += 1
      case .moveVariable:
        let from = r + i.b
        if case .unbound = from.pointee { break loop }
        Self.copy(from, to: r + i.a)
        place += 1
      case .loadNothing:
        Self.store(.nothing, r + i.a)
        place += 1
      case .loadConstant:
        Self.copy(k + i.target, to: r + i.a)
        place += 1
      case .loadBool:
        Self.store(.bool(i.d != 0), r + i.a)
        place += 1
      case .clear:
        Self.store(.unbound, r + i.a)
        place += 1
      case .getGlobal:
        let from = head.pointee.storage + i.b
        if case .unbound = from.pointee, i.d != 1 { break loop }
        Self.copy(from, to: r + i.a)
        place += 1
      case .setGlobal:
        let from = Self.operand(i.b, r, k)
        if case .unbound = from.pointee { break loop }
        Self.copy(from, to: head.pointee.storage + i.a)
        place += 1
      case .getCapture:
        guard let function = frame.pointee.function, Self.copyCapture(i.b, of: function, to: r + i.a) else { break loop }
        place += 1
      case .getBox:
        guard Self.copyContent(of: r + i.b, to: r + i.a) else { break loop }
        place += 1
      case .assignRegister:
        guard case .number = r[i.a], case .number(let new) = Self.operand(i.b, r, k).pointee else { break loop }
        (r + i.a).initialize(to: .number(new))
        place += 1

      case .add:
        let x = Self.operand(i.b, r, k), y = Self.operand(i.c, r, k)
        if case .number(let p) = x.pointee, case .number(let q) = y.pointee {
          Self.store(.number(p + q), r + i.a)
        } else {
          guard i.a == i.b || i.d == 1, growQuickly(r + i.a, from: x, by: y) else { break loop }
        }
        place += 1
      case .subtract:
        guard case .number(let p) = Self.operand(i.b, r, k).pointee, case .number(let q) = Self.operand(i.c, r, k).pointee else { break loop }
        Self.store(.number(p - q), r + i.a)
        place += 1
      case .multiply:
        guard case .number(let p) = Self.operand(i.b, r, k).pointee, case .number(let q) = Self.operand(i.c, r, k).pointee else { break loop }
        Self.store(.number(p * q), r + i.a)
        place += 1
      case .divide:
        guard case .number(let p) = Self.operand(i.b, r, k).pointee, case .number(let q) = Self.operand(i.c, r, k).pointee else { break loop }
        Self.store(.number(p / q), r + i.a)
        place += 1
      case .addNumber:
        guard case .number(let p) = r[i.b], case .number(let q) = k[i.c & 0x7fff] else { break loop }
        Self.store(.number(p + q), r + i.a)
        place += 1
      case .subtractNumber:
        guard case .number(let p) = r[i.b], case .number(let q) = k[i.c & 0x7fff] else { break loop }
        Self.store(.number(p - q), r + i.a)
        place += 1
      case .multiplyNumber:
        guard case .number(let p) = r[i.b], case .number(let q) = k[i.c & 0x7fff] else { break loop }
        Self.store(.number(p * q), r + i.a)
        place += 1
      case .multiplyAdd:
        guard case .number(let p) = Self.operand(i.b, r, k).pointee, case .number(let q) = Self.operand(i.c, r, k).pointee else { break loop }
        let next = Word(place + 1)
        guard case .number(let sum) = Self.operand(i.d == 0 ? next.b : next.c, r, k).pointee else {
          Self.store(.number(p * q), r + i.a)
          place += 1
          continue
        }
        Self.store(.number(p * q), r + i.a)
        Self.store(.number(sum + p * q), r + next.a)
        place += 2
      case .power:
        guard case .number(let p) = Self.operand(i.b, r, k).pointee, case .number(2) = Self.operand(i.c, r, k).pointee else { break loop }
        Self.store(.number(p * p), r + i.a)
        place += 1
      case .modulo:
        guard case .number(let p) = Self.operand(i.b, r, k).pointee, case .number(let q) = Self.operand(i.c, r, k).pointee,
          let rest = wholeRemainder(p, q)
        else { break loop }
        Self.store(.number(rest), r + i.a)
        place += 1
      case .combine:
        let other = Self.operand(i.c, r, k)
        if case .number(let p) = r[i.a], case .number(let q) = other.pointee, let result = combined(i.d, p, q) {
          (r + i.a).initialize(to: .number(result))
        } else {
          guard i.d == BinaryOperator.Quick.add.rawValue, growQuickly(r + i.a, from: r + i.a, by: other) else { break loop }
        }
        place += 1
      case .negate:
        guard case .number(let p) = Self.operand(i.b, r, k).pointee else { break loop }
        Self.store(.number(-p), r + i.a)
        place += 1
      case .less, .lessEqual, .greater, .greaterEqual, .equal, .notEqual:
        guard case .number(let p) = Self.operand(i.b, r, k).pointee, case .number(let q) = Self.operand(i.c, r, k).pointee else { break loop }
        Self.store(.bool(compare(i.d, p, q)), r + i.a)
        place += 1
      case .not:
        guard case .bool(let flag) = Self.operand(i.b, r, k).pointee else { break loop }
        Self.store(.bool(!flag), r + i.a)
        place += 1
      case .truth:
        guard case .bool = r[i.b] else { break loop }
        place += 1

      case .jump:
        let target = head.pointee.instructions + i.target
        if target < place, isTimeToLook { break loop }
        place = target
      case .again:
        if isTimeToLook { break loop }
        count(r + i.a)
        place = head.pointee.instructions + i.target
      case .jumpIfFalse:
        guard case .bool(let flag) = r[i.a] else { break loop }
        place = flag ? place + 1 : head.pointee.instructions + i.target
      case .jumpIfTrue:
        guard case .bool(let flag) = r[i.a] else { break loop }
        place = flag ? head.pointee.instructions + i.target : place + 1
      case .compareNumberJump:
        guard case .number(let p) = r[i.b], case .number(let q) = k[i.c & 0x7fff] else { break loop }
        if compare(i.d, p, q) { place += 2 } else { place = head.pointee.instructions + Word(place + 1).target }
      case .compareJump:
        guard case .number(let p) = Self.operand(i.b, r, k).pointee, case .number(let q) = Self.operand(i.c, r, k).pointee else { break loop }
        if compare(i.d, p, q) { place += 2 } else { place = head.pointee.instructions + Word(place + 1).target }
      case .addNumberLoop:
        guard case .number(let p) = r[i.b], case .number(let q) = k[i.c & 0x7fff] else { break loop }
        Self.store(.number(p + q), r + i.a)
        place += 1
        let next = Word(place)
        guard case .number(let left) = Self.operand(next.b, r, k).pointee, case .number(let right) = Self.operand(next.c, r, k).pointee, !isTimeToLook
        else { break loop }
        count(r + next.a)
        if compare(next.d, left, right) { place = head.pointee.instructions + Word(place + 1).target } else { place += 2 }
      case .compareLoop:
        guard case .number(let p) = Self.operand(i.b, r, k).pointee, case .number(let q) = Self.operand(i.c, r, k).pointee, !isTimeToLook
        else { break loop }
        count(r + i.a)
        if compare(i.d, p, q) { place = head.pointee.instructions + Word(place + 1).target } else { place += 2 }
      case .jumpIfBound:
        if case .unbound = r[i.a] { place += 1 } else { place = head.pointee.instructions + i.target }
      case .turn:
        guard case .number(let left) = r[i.a], left >= 1 else { break loop }
        (r + i.a).initialize(to: .number(left - 1))
        count(r + i.a + 1)
        place += 1
      case .next:
        guard case .number(let turn) = r[i.a + 1] else { break loop }
        if case .number(let turns) = r[i.a], case .number(let start) = r[i.a + 2], case .number(let step) = r[i.a + 3] {
          guard turn < turns else {
            place = head.pointee.instructions + Word(place + 1).target
            continue
          }
          Self.store(.number(start + turn * step), r + i.b)
        } else {
          guard Self.copyElement(turn, of: r + i.a, to: r + i.b) else { break loop }
        }
        (r + i.a + 1).initialize(to: .number(turn + 1))
        place += 2
      case .indexOne:
        guard case .number(let index) = Self.operand(i.c, r, k).pointee, Self.copyElement(index, of: r + i.b, to: r + i.a) else { break loop }
        place += 1
      case .grow:
        guard appendQuickly(Self.operand(i.b, r, k), to: r + i.a, unless: head.pointee.storage + Word(place + 1).b, isTemporary: i.d == 1) else { break loop }
        place += 1 + i.c
      case .replace:
        guard i.d == 0, appendQuickly(to: r + i.a, (place + 1).pointee, r) else { break loop }
        place += 1 + i.c
      case .discard:
        if case .external = r[i.a] { break loop }
        place += 1
      case .extra: place += 1

      case .callGlobal:
        guard let callee = bareHead(head.pointee.storage + i.c), callee.pointee.plainArity == Int(i.d), !head.pointee.isTopLevel else { break loop }
        let base = r + i.b + 1
        guard base + callee.pointee.frameSize <= stackLimit, frame < deepest else { break loop }
        frame.pointee.pc = Self.index(place, head) &+ 2
        frame = enterQuickly(callee, nil, from: frame, base: base, count: Int(i.d), destination: i.a)
        head = callee
        r = base
        k = callee.pointee.constants
        place = callee.pointee.instructions
      case .callPlain:
        guard let (callee, function) = plainHead(r + i.b), callee.pointee.plainArity == Int(i.d), !head.pointee.isTopLevel else { break loop }
        let base = r + i.b + 1
        guard base + callee.pointee.frameSize <= stackLimit, frame < deepest else { break loop }
        frame.pointee.pc = Self.index(place, head) &+ 1
        frame = enterQuickly(callee, function, from: frame, base: base, count: Int(i.d), destination: i.a)
        head = callee
        r = base
        k = callee.pointee.constants
        place = callee.pointee.instructions
      case .returnValue:
        guard frame > floor, frame.pointee.isQuick, !isTimeToLook else { break loop }
        let result = r + i.a, target = Self.resultPlace(of: frame)
        if _fastPath(Self.isPlain(result) && Self.isPlain(target)) { Self.copyBytes(result, to: target) } else { Self.move(result, to: target) }
        Self.leave(&frame, &head, &r, &k, &place)
      case .returnOperand:
        let result = Self.operand(i.b, r, k)
        if case .unbound = result.pointee { break loop }
        guard frame > floor, frame.pointee.isQuick, !isTimeToLook else {
          // The next instruction returns it.
          Self.copy(result, to: r + i.a)
          place += 1
          continue
        }
        Self.copy(result, to: Self.resultPlace(of: frame))
        Self.leave(&frame, &head, &r, &k, &place)
      default: break loop
      }
    }
    frame.pointee.pc = Self.index(place, head)
    frames.top = frame
  }

  /// The frame of a call whose arguments stand in the registers from `base` on. Variables begin unbound; what temporary
  /// registers hold is written before it's read.
  @inline(__always)
  private func enterQuickly(
    _ callee: UnsafePointer<CodeHead>, _ function: Unmanaged<FunctionValue>?, from caller: UnsafeMutablePointer<Frame>,
    base: UnsafeMutablePointer<Value>, count: Int, destination: Destination
  ) -> UnsafeMutablePointer<Frame> {
    var register = base + count
    let end = base + callee.pointee.variableEnd
    while register < end {
      Self.store(.unbound, register)
      register += 1
    }
    let frame = caller + 1
    Frame.write(frame, head: callee, base: base, end: base + callee.pointee.frameSize, function: function, destination: destination, calledFrom: caller)
    return frame
  }

  /// The register that takes what a frame returns.
  @inline(__always)
  private static func resultPlace(of frame: UnsafeMutablePointer<Frame>) -> UnsafeMutablePointer<Value> {
    (frame - 1).pointee.base + frame.pointee.destination
  }

  /// Gives up what a quick frame's registers hold, and goes on with its caller.
  @inline(__always)
  private static func leave(
    _ frame: inout UnsafeMutablePointer<Frame>, _ head: inout UnsafePointer<CodeHead>, _ r: inout UnsafeMutablePointer<Value>,
    _ k: inout UnsafeMutablePointer<Value>, _ place: inout UnsafeMutablePointer<Instruction>
  ) {
    let end = frame.pointee.end
    var register = r
    while register + 2 < end {
      if _slowPath((tag(register) | tag(register + 1) | tag(register + 2)) > Value.lastPlainTag) { giveUp(register, upTo: register + 3) }
      register += 3
    }
    while register < end {
      if _slowPath(tag(register) > Value.lastPlainTag) { giveUp(register, upTo: register + 1) }
      register += 1
    }
    frame -= 1
    head = frame.pointee.head
    r = frame.pointee.base
    k = head.pointee.constants
    place = head.pointee.instructions + frame.pointee.pc
  }

  /// The number of an instruction of the code.
  @inline(__always)
  private static func index(_ place: UnsafeMutablePointer<Instruction>, _ head: UnsafePointer<CodeHead>) -> Int {
    // A shift, where the difference of pointers would be rounded.
    (Int(bitPattern: place) &- Int(bitPattern: head.pointee.instructions)) &>> 3
  }

  /// Whether it's time to look for an interrupt, and there is one.
  @inline(__always)
  private var isTimeToLook: Bool {
    ticks &+= 1
    return _slowPath(ticks & 63 == 0) && Interrupt.isRequested
  }

  // MARK: Values

  @inline(__always)
  private static func operand(_ field: Int, _ r: UnsafeMutablePointer<Value>, _ k: UnsafeMutablePointer<Value>) -> UnsafeMutablePointer<Value> {
    field & Instruction.constantBit == 0 ? r + field : k + (field & 0x7fff)
  }

  /// Whether it can be overwritten, and copied byte by byte: no references are counted.
  @inline(__always)
  private static func isPlain(_ value: UnsafeMutablePointer<Value>) -> Bool {
    switch value.pointee {
    case .number, .bool, .unbound, .nothing: true
    default: false
    }
  }

  /// Stores a number, a bool, nothing or unbound.
  @inline(__always)
  private static func store(_ value: Value, _ target: UnsafeMutablePointer<Value>) {
    if _slowPath(!isPlain(target)) { giveUp(target) }
    target.initialize(to: value)
  }

  @inline(__always)
  private static func copy(_ from: UnsafeMutablePointer<Value>, to target: UnsafeMutablePointer<Value>) {
    if _fastPath(isPlain(from) && isPlain(target)) { copyBytes(from, to: target) } else { copyCounted(from, to: target) }
  }

  @inline(__always)
  private static func copyBytes(_ from: UnsafeMutablePointer<Value>, to target: UnsafeMutablePointer<Value>) {
    UnsafeMutableRawPointer(target).copyMemory(from: from, byteCount: MemoryLayout<Value>.size)
  }

  @inline(never)
  private static func copyCounted(_ from: UnsafeMutablePointer<Value>, to target: UnsafeMutablePointer<Value>) { target.pointee = from.pointee }

  @inline(never)
  private static func giveUp(_ register: UnsafeMutablePointer<Value>) { register.pointee = .unbound }

  @inline(never)
  private static func giveUp(_ start: UnsafeMutablePointer<Value>, upTo end: UnsafeMutablePointer<Value>) {
    var register = start
    while register < end {
      if !isPlain(register) { register.pointee = .unbound }
      register += 1
    }
  }

  /// The number of a value's case.
  @inline(__always)
  private static func tag(_ value: UnsafeMutablePointer<Value>) -> UInt8 { UnsafeRawPointer(value).load(fromByteOffset: Value.tagOffset, as: UInt8.self) }

  @inline(never)
  private static func move(_ from: UnsafeMutablePointer<Value>, to target: UnsafeMutablePointer<Value>) {
    let value = from.move()
    from.initialize(to: .unbound)
    target.pointee = value
  }

  /// Copies what a captured variable holds; false if it's unbound.
  @inline(never)
  private static func copyCapture(_ index: Int, of function: Unmanaged<FunctionValue>, to target: UnsafeMutablePointer<Value>) -> Bool {
    function._withUnsafeGuaranteedRef { function in
      if case .unbound = function.captures[index].value { return false }
      target.pointee = function.captures[index].value
      return true
    }
  }

  @inline(never)
  private static func copyContent(of box: UnsafeMutablePointer<Value>, to target: UnsafeMutablePointer<Value>) -> Bool {
    guard case .box(let box) = box.pointee else { return false }
    if case .unbound = box.value { return false }
    target.pointee = box.value
    return true
  }

  /// Copies an element of a list; false if it's no list or has no such element.
  @inline(never)
  private static func copyElement(_ index: Double, of list: UnsafeMutablePointer<Value>, to target: UnsafeMutablePointer<Value>) -> Bool {
    guard case .list(let list) = list.pointee, index >= 0, index < Double(list.elements.count) else { return false }
    let place = Int(index)
    guard Double(place) == index else { return false }
    target.pointee = list.elements[place]
    return true
  }
}
