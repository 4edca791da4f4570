import Kernels
import Syntax
import Tensors

/// The register machine: it runs `Code` with frames of its own, so the depth of a program's calls is not bounded by the
/// host's stack, and host functions that call back into the program are entered and left like any other.
final class Machine {
  /// One call. It holds plain words only, so that a call of a small function counts no references: the session keeps the
  /// code, and what a frame must keep itself is released in `leave`.
  struct Frame {
    private(set) var head: UnsafePointer<CodeHead>
    private(set) var base: UnsafeMutablePointer<Value>
    /// Behind the last place of the stack that this frame uses.
    private(set) var end: UnsafeMutablePointer<Value>
    /// The function that runs, if it has captured variables.
    private(set) var function: Unmanaged<FunctionValue>?
    /// The register of the calling frame that the result goes to.
    private(set) var destination: Destination
    /// Whether nothing has to be kept or told when it's left. Of such a frame no more is written than stands above.
    private(set) var isQuick: Bool
    /// The next instruction; written when the frame is left for a while.
    var pc: Int
    private var site: UInt64
    private var keptFunction: Unmanaged<FunctionValue>?
    private var whenReturned: Unmanaged<Completion>?

    init(
      head: UnsafePointer<CodeHead>, base: UnsafeMutablePointer<Value>, end: UnsafeMutablePointer<Value>, function: FunctionValue?, destination: Destination,
      completion: Completion?, userSite: UInt64
    ) {
      self.head = head
      self.base = base
      self.end = end
      self.function = function.map { .passUnretained($0) }
      self.destination = destination
      isQuick = false
      pc = 0
      site = userSite
      keptFunction = function.map { .passRetained($0) }
      whenReturned = completion.map { .passRetained($0) }
    }

    /// Makes a quick frame of memory that may hold anything.
    @inline(__always)
    static func write(
      _ frame: UnsafeMutablePointer<Frame>, head: UnsafePointer<CodeHead>, base: UnsafeMutablePointer<Value>, end: UnsafeMutablePointer<Value>,
      function: Unmanaged<FunctionValue>?, destination: Destination, calledFrom caller: UnsafeMutablePointer<Frame>?
    ) {
      frame.pointee.head = head
      frame.pointee.base = base
      frame.pointee.end = end
      frame.pointee.function = function
      frame.pointee.destination = destination
      frame.pointee.isQuick = true
      if head.pointee.isLibrary { frame.pointee.site = caller.map(Machine.userSite) ?? 0 }
    }

    /// The function, where nothing else is known to keep it meanwhile.
    var kept: Unmanaged<FunctionValue>? { isQuick ? nil : keptFunction }
    /// What is done with the result instead of handing it over.
    var completion: Unmanaged<Completion>? { isQuick ? nil : whenReturned }
    /// Where the program called into the library, for frames of library code.
    var userSite: UInt64 { head.pointee.isLibrary ? site : 0 }

    var code: Code { head.pointee.code.takeUnretainedValue() }
    var captures: [Box] { function?.takeUnretainedValue().captures ?? [] }

    /// The same call, its registers at another place.
    func moved(to base: UnsafeMutablePointer<Value>) -> Frame {
      var frame = self
      frame.base = base
      return frame
    }
  }

  /// The frames, outermost first. They stay where they are: memory for the deepest calls is reserved, and taken when it's used.
  final class FrameStack {
    private(set) var count = 0
    let elements: UnsafeMutablePointer<Frame>

    init() { elements = .allocate(capacity: Machine.depthLimit) }

    deinit { elements.deallocate() }

    subscript(index: Int) -> Frame {
      _read { yield elements[index] }
      _modify { yield &elements[index] }
    }

    var all: [Frame] { Array(UnsafeBufferPointer(start: elements, count: count)) }

    /// The frame that runs.
    @inline(__always)
    var top: UnsafeMutablePointer<Frame> {
      get { elements + (count &- 1) }
      set { count = newValue - elements &+ 1 }
    }

    /// Behind the last place of the stack that a frame uses.
    var end: UnsafeMutablePointer<Value>? { count > 0 ? elements[count - 1].end : nil }

    func append(_ frame: Frame) {
      (elements + count).initialize(to: frame)
      count &+= 1
    }

    /// Adds a quick frame.
    func enter(
      _ head: UnsafePointer<CodeHead>, base: UnsafeMutablePointer<Value>, end: UnsafeMutablePointer<Value>, function: Unmanaged<FunctionValue>?,
      destination: Destination
    ) {
      let frame = elements + count
      Frame.write(frame, head: head, base: base, end: end, function: function, destination: destination, calledFrom: count > 0 ? top : nil)
      frame.pointee.pc = 0
      count &+= 1
    }

    func removeLast() { count &-= 1 }
  }

  /// A `try` that has been entered.
  struct Handler {
    let frame: Int
    let target: Int
    let register: Int
  }

  /// The session owns its machine, so it's there as long as this is.
  unowned(unsafe) let session: Session
  /// The session's, for what is done so often that references to it are not counted.
  let engine: Unmanaged<Engine>
  let stack: UnsafeMutablePointer<Value>
  private(set) var initialized = 0
  let frames = FrameStack()
  var handlers: [Handler] = []
  /// Slots of the module that the run under way needs, if it was interrupted and went on.
  var hiddenSlots: Module.HiddenSlots?
  /// Calls that the host is making within each other.
  var hostDepth = 0
  /// Bytes made since the system was asked: see `MemoryUse`.
  var pressure = 0
  private let plainShape = CallShape.plain()
  /// Whether `append` is the library's host function, which `Machine+Growth` stands in for; nil until somebody asks.
  var hasLibraryAppend: Bool?
  /// Turns, calls and returns: now and then the flag for interrupts is looked at.
  var ticks: UInt8 = 0

  /// Values on the stack: calls nest until it is full.
  static let stackCapacity = 1 << 21
  /// Calls within calls.
  static let depthLimit = 100_000

  init(session: Session) {
    self.session = session
    engine = .passUnretained(session.engine)
    stack = .allocate(capacity: Self.stackCapacity)
  }

  deinit {
    for frame in frames.all {
      frame.kept?.release()
      frame.completion?.release()
    }
    stack.deinitialize(count: initialized)
    stack.deallocate()
  }

  /// Runs code that takes no arguments and returns what it returns.
  func run(_ code: Code) throws -> Value {
    let depth = frames.count
    try push(code, function: nil, layer: nil, start: nil, count: 0, shape: plainShape, destination: 0, completion: nil)
    return try execute(until: depth)
  }

  // MARK: Frames

  /// Enters code. Its arguments stand at `start`, in the temporary registers of the frame on top.
  func push(
    _ code: Code, function: FunctionValue?, layer: Layer?, start: UnsafeMutablePointer<Value>?, count: Int, shape: CallShape, destination: Destination,
    completion: Completion?
  ) throws {
    guard frames.count < Self.depthLimit else { throw tooDeep(code) }
    var base: UnsafeMutablePointer<Value>
    let end: UnsafeMutablePointer<Value>
    if code.isTopLevel {
      base = code.module.storage
      end = stackEnd
      for register in code.module.count..<(code.module.count + max(0, code.frameSize - code.module.count)) { base[register] = .unbound }
    } else {
      let isOnStack = start.map { $0 >= stack && $0 < stack + Self.stackCapacity } ?? false
      base = isOnStack ? start ?? stack : stackEnd
      end = base + max(code.frameSize, count)
      guard end < stack + Self.stackCapacity else { throw tooDeep(code) }
      initialize(upTo: end - stack)
      if shape.isPlain, count <= code.plainArity {
        if !isOnStack, let start { for offset in 0..<count { base[offset] = start[offset] } }
        for register in count..<max(count, code.frameSize) { base[register] = .unbound }
      } else if shape.isPlain, let rest = code.restIndex, count >= rest, let start {
        // Those behind the rest have defaults.
        let remaining = (rest..<count).map { start[$0] }
        if !isOnStack { for offset in 0..<rest { base[offset] = start[offset] } }
        for register in rest..<max(count, code.frameSize) { base[register] = .unbound }
        base[rest] = .tuple(TupleValue(remaining, names: nil))
      } else {
        let arguments = start.map { values($0, count) } ?? []
        let bound = try bind(arguments, shape, to: code.parameters, of: calledName(code, layer))
        for register in 0..<max(count, code.frameSize) { base[register] = register < bound.count ? bound[register] : .unbound }
      }
      if !shape.isPlain || count < code.plainArity || code.restIndex != nil {
        for (offset, parameter) in code.parameters.enumerated() where !parameter.hasDefault {
          if case .unbound = base[offset] { throw missing(parameter, of: calledName(code, layer), declaredAs: session.signature(code)) }
        }
      }
      if let layer, let register = code.selfRegister { base[register] = .layer(layer) }
    }
    frames.append(
      Frame(
        head: code.head, base: base, end: end, function: function, destination: destination, completion: completion,
        userSite: code.isLibrary && frames.count > 0 ? Self.userSite(of: frames.top) : 0))
  }

  /// The first place of the stack that no frame uses.
  private var stackEnd: UnsafeMutablePointer<Value> { frames.end ?? stack }

  /// Enters a function whose arguments, as many as it has parameters, stand in the registers from `base` on. The caller
  /// keeps the function, if there is one to be kept.
  func enter(_ head: UnsafePointer<CodeHead>, _ function: Unmanaged<FunctionValue>?, base: UnsafeMutablePointer<Value>, count: Int, destination: Destination) throws {
    let frameSize = head.pointee.frameSize
    let end = base + frameSize
    guard frames.count < Self.depthLimit, end < stack + Self.stackCapacity else { throw tooDeep(head.pointee.code.takeUnretainedValue()) }
    initialize(upTo: end - stack)
    for register in count..<max(count, frameSize) { clear(base + register) }
    frames.enter(head, base: base, end: end, function: function, destination: destination)
  }

  /// A register becomes unbound.
  @inline(__always)
  func clear(_ register: UnsafeMutablePointer<Value>) {
    switch register.pointee {
    case .unbound, .nothing, .bool, .number: register.initialize(to: .unbound)
    default: register.pointee = .unbound
    }
  }

  /// Where the program is that calls into the library, as a site.
  @inline(__always)
  static func userSite(of caller: UnsafeMutablePointer<Frame>) -> UInt64 {
    let head = caller.pointee.head
    return head.pointee.isLibrary ? caller.pointee.userSite : UInt64(head.pointee.identifier) << 32 | UInt64(UInt32(truncatingIfNeeded: caller.pointee.pc))
  }

  func initialize(upTo end: Int) {
    guard end > initialized else { return }
    let larger = min(Self.stackCapacity, max(end, initialized + 1_024))
    (stack + initialized).initialize(repeating: .unbound, count: larger - initialized)
    initialized = larger
  }

  func tooDeep(_ code: Code) -> Failure {
    Failure(.limit, "the calls are nested too deeply: `\(code.name)` is call number \(frames.count)", hint: "a function that calls itself needs a case in which it doesn't")
  }

  func missing(_ parameter: CodeParameter, of name: String, declaredAs signature: String) -> Failure {
    let missing = parameter.name.isEmpty ? "an argument" : "`\(parameter.name)`"
    return Failure(.argument, "`\(name)` is called without \(missing)", notes: ["it is declared as \(signature)"])
  }

  /// What a function is called in messages: a layer's `forward` goes by the layer's own name.
  private func calledName(_ code: Code, _ layer: Layer?) -> String {
    guard let layer, code.name == "forward" else { return code.name }
    return layer.type.name
  }

  /// Leaves the frame on top: its registers and handlers are given up.
  func leave() -> (Destination, Completion?) {
    let frame = frames[frames.count - 1]
    let frameSize = frame.head.pointee.frameSize
    var register = frame.head.pointee.isTopLevel ? frame.code.module.count : 0
    while register < frameSize {
      clear(frame.base + register)
      register &+= 1
    }
    frames.removeLast()
    while let handler = handlers.last, handler.frame >= frames.count { handlers.removeLast() }
    frame.kept?.release()
    return (frame.destination, frame.completion?.takeRetainedValue())
  }

  /// Arguments of the top level's code, whose registers are the module's variables, moved to the stack.
  func onStack(_ arguments: UnsafeMutablePointer<Value>, count: Int) throws -> UnsafeMutablePointer<Value> {
    let start = stackEnd
    guard start + count < stack + Self.stackCapacity else { throw Failure(.limit, "the calls are nested too deeply") }
    initialize(upTo: start + count - stack)
    for offset in 0..<count {
      start[offset] = arguments[offset]
      clear(arguments + offset)
    }
    return start
  }

  /// The code that a call by position of a module's variable enters, if it has captured nothing.
  @inline(__always)
  func bareHead(_ place: UnsafeMutablePointer<Value>) -> UnsafePointer<CodeHead>? {
    if case .function(let function) = place.pointee { return function.bareHead }
    return nil
  }

  /// The code that a call by position of a closure enters.
  @inline(__always)
  func plainHead(_ place: UnsafeMutablePointer<Value>) -> (head: UnsafePointer<CodeHead>, function: Unmanaged<FunctionValue>)? {
    if case .function(let function) = place.pointee, let head = function.plainHead { return (head, .passUnretained(function)) }
    return nil
  }

  /// Hands a result to the frame on top.
  func deliver(_ value: Value, to destination: Destination) {
    frames[frames.count - 1].base[destination] = value
  }

  /// Calls with arguments that the host has made.
  func call(_ callee: Value, values: [Value], shape: CallShape? = nil, destination: Destination, completion: Completion? = nil) throws {
    let start = stackEnd
    guard start + values.count < stack + Self.stackCapacity else { throw Failure(.limit, "the calls are nested too deeply") }
    initialize(upTo: start + values.count - stack)
    for (offset, value) in values.enumerated() { start[offset] = value }
    try call(callee, start: start, count: values.count, shape: shape ?? plainShape, destination: destination, completion: completion)
  }

  // MARK: Errors

  /// Gives an error its place and calls, undoes the frames up to the nearest `try`, and goes on there.
  func unwind(_ error: any Error, until depth: Int) throws {
    let described = session.describe(error, frames.all)
    if described.kind == .interrupted, depth == 0 {
      session.keep(suspend())
      throw described
    }
    while frames.count > depth {
      if let handler = handlers.last, handler.frame == frames.count - 1, described.kind != .interrupted {
        // A program that fails again in every `catch` neither returns nor jumps back.
        if Interrupt.isRequested { return try unwind(GradusError(.interrupted, "interrupted"), until: depth) }
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
  /// Whether what it completes is done whole or not at all.
  var isAtomic: Bool { false }
  /// Takes the result; it must push a frame or deliver a value.
  func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    machine.deliver(value, to: destination)
  }
  /// The frame was left by an error.
  func abandoned(_ machine: Machine) {}
}
