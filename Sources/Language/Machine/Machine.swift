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
  var frames: [Frame] = []
  var handlers: [Handler] = []

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

  func initialize(upTo end: Int) {
    guard end > initialized else { return }
    let larger = min(Self.stackCapacity, max(end, initialized + 1_024))
    (stack + initialized).initialize(repeating: .unbound, count: larger - initialized)
    initialized = larger
  }

  func tooDeep(_ code: Code) -> Failure {
    Failure(.limit, "the calls are nested too deeply: `\(code.name)` is call number \(frames.count)", hint: "a function that calls itself needs a case in which it doesn't")
  }

  func missing(_ parameter: CodeParameter, _ code: Code) -> Failure {
    let name = parameter.name.isEmpty ? "an argument" : "`\(parameter.name)`"
    return Failure(.argument, "`\(code.name)` is called without \(name)", notes: ["it is declared as \(session.signature(code))"])
  }

  /// Leaves the frame on top: its registers and handlers are given up.
  func leave() -> (Destination, Completion?) {
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
  func unwind(_ error: any Error, until depth: Int) throws {
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
