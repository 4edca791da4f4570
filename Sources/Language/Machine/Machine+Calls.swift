import Syntax

extension Machine {
  /// Calls within each other that the host makes before the program goes on: compositions of compositions, derivatives
  /// of derivatives.
  static let hostDepthLimit = 500

  /// Calls any value: enters a frame, or delivers the result at once.
  func call(
    _ callee: Value, start: UnsafeMutablePointer<Value>, count: Int, shape: CallShape, destination: Destination, completion: Completion?
  ) throws {
    guard hostDepth < Self.hostDepthLimit else {
      throw Failure(.limit, "what is called here is nested too deeply: functions within functions, \(Self.hostDepthLimit) levels")
    }
    hostDepth += 1
    defer { hostDepth -= 1 }
    switch callee {
    case .function(let function):
      switch function.kind {
      case .closure(let code, _):
        try push(code, function: function, layer: nil, start: start, count: count, shape: shape, destination: destination, completion: completion)
        giveUpCopied(start, count: count)
      case .method(let code, _, let layer):
        try push(code, function: function, layer: layer, start: start, count: count, shape: shape, destination: destination, completion: completion)
      case .native(let native): try call(native, start: start, count: count, shape: shape, destination: destination, completion: completion)
      case .constructor(let code, _, let type):
        let layer = session.layer(type, fields: Array(repeating: .unbound, count: type.fieldNames.count), isBuilt: type.buildSlot == nil)
        try push(
          code, function: function, layer: layer, start: start, count: count, shape: shape, destination: destination,
          completion: ConstructorCompletion(layer, then: completion))
      case .derivative(let f, let order):
        guard count > 0 else { throw Failure(.argument, "a derivative is taken at a point: `\(function.name)` is called without arguments") }
        try differentiate(f, order: order, arguments: values(start, count), shape: shape, destination: destination, completion: completion)
      case .gradient(let f, let withValue):
        try gradient(of: f, arguments: values(start, count), shape: shape, withValue: withValue, destination: destination, completion: completion)
      case .jacobian(let f):
        try jacobian(of: f, arguments: values(start, count), shape: shape, destination: destination, completion: completion)
      }
    case .layer(let layer):
      try call(layer, arguments: (0..<count).map { start[$0] }, shape: shape, destination: destination, completion: completion)
    case .cell(let cell):
      try call(cell.content, start: start, count: count, shape: shape, destination: destination, completion: completion)
    case .unbound: throw Failure(.name, "what is called here is not bound yet")
    default:
      var failure = Failure(.type, "\(session.described(callee)) is not a function", hint: hint(callee))
      failure.isAboutCallee = true
      throw failure
    }
  }

  /// Gives up arguments that have been copied: those of the top level's code stand in the module, not on the stack where the
  /// callee has its registers.
  private func giveUpCopied(_ start: UnsafeMutablePointer<Value>, count: Int) {
    guard frames.count > 1 else { return }
    let caller = frames[frames.count - 2].head
    guard caller.pointee.isTopLevel, start >= caller.pointee.storage, start < caller.pointee.storage + caller.pointee.frameSize else { return }
    for argument in 0..<count { clear(start + argument) }
  }

  private func hint(_ callee: Value) -> String? {
    switch callee {
    case .number: "write `*` to multiply: `2 * (x + 1)`"
    case .tensor, .list, .map, .tuple: "elements are taken with `[…]`"
    default: nil
    }
  }

  private func call(
    _ native: Native, start: UnsafeMutablePointer<Value>, count: Int, shape: CallShape, destination: Destination, completion: Completion?
  ) throws {
    if !shape.isPlain || (count != native.parameters.count && !native.parameters.isEmpty) {
      let parameters = native.parameters.map { CodeParameter(name: $0, hasDefault: false, isRest: false) }
      let bound = try bind(values(start, count), shape, to: parameters, of: native.name)
      for (parameter, value) in zip(parameters, bound) {
        if case .unbound = value { throw missing(parameter, of: native.name, declaredAs: session.signature(FunctionValue(.native(native)))) }
      }
      try call(.function(FunctionValue(.native(native))), values: bound, destination: destination, completion: completion)
      return
    }
    switch native.body {
    case .plain(let body):
      let value = try body(session, Arguments(start: start, count: count))
      // Held here, too, what they hold could not grow in its place.
      for argument in 0..<count { clear(start + argument) }
      try spend(on: value)
      if let completion { try completion.returned(value, self, destination) } else { deliver(value, to: destination) }
    case .control(let body):
      if let completion {
        // What it does has to end in a frame of its own for the completion to be told.
        let values = (0..<count).map { start[$0] }
        try push(session.relay(native.name), function: nil, layer: nil, start: nil, count: 0, shape: .plain(), destination: destination, completion: completion)
        let depth = frames.count
        do {
          try values.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return try body(self, Arguments(start: start, count: 0), 0) }
            try body(self, Arguments(start: UnsafeMutablePointer(mutating: base), count: count), 0)
          }
        } catch {
          // Whoever calls tells the completion.
          if frames.count == depth { _ = leave() }
          throw error
        }
      } else {
        try spend(256)
        try body(self, Arguments(start: start, count: count), destination)
      }
    }
  }

  private func call(_ layer: Layer, arguments: [Value], shape: CallShape, destination: Destination, completion: Completion?) throws {
    var completion = completion
    if let observer = session.observer {
      observer.entered(with: arguments, session)
      completion = ObservedCompletion(.layer(ObjectIdentifier(layer)), observer, then: completion)
    }
    if layer.type.isComposition {
      guard let first = layer.fields.first else {
        throw Failure(.type, "an empty composition cannot be called")
      }
      try call(first, values: arguments, shape: shape, destination: destination, completion: ChainCompletion(layer, next: 1, then: completion).observing(session))
      return
    }
    guard let slot = layer.type.forwardSlot else {
      throw Failure(.type, "`\(layer.type.name)` cannot be called", hint: "define `forward(x) = …` in the layer")
    }
    if !layer.isBuilt, let build = layer.type.buildSlot {
      try call(
        layer.fields[build], values: arguments, shape: shape, destination: destination,
        completion: BuildCompletion(layer, arguments: arguments, shape: shape, then: completion, session: session))
      return
    }
    try call(layer.fields[slot], values: arguments, shape: shape, destination: destination, completion: completion)
  }

  /// `r[0]` is the nearest variable of the method's name, `r[1]` the receiver, then come the arguments.
  func callMethod(_ shape: CallShape, _ registers: UnsafeMutablePointer<Value>, count: Int, destination: Destination) throws {
    guard let name = shape.method else { return }
    if case .unbound = registers[1] { throw Failure(.name, "the receiver of `.\(name)` is not bound yet") }
    if let field = try session.member(session.readForMember(registers[1]), name) {
      // The field itself is called, without the receiver.
      let inner = CallShape(names: Array(shape.names.dropFirst()), hasTrailing: shape.hasTrailing, spans: Array(shape.spans.dropFirst()))
      try call(field, values: (1..<count).map { registers[1 + $0] }, shape: inner, destination: destination)
      return
    }
    var callee = registers[0]
    if case .cell(let cell) = callee { callee = cell.content }
    switch callee {
    case .function, .layer: break
    default:
      guard let known = try session.libraryValue(name) else { throw session.unknownMember(name, of: registers[1], isCalled: true) }
      callee = known
    }
    try call(callee, start: registers + 1, count: count, shape: shape, destination: destination, completion: nil)
  }

  private func tooMany(_ given: Int, _ parameters: [CodeParameter], of name: String, at index: Int) -> Failure {
    let taken = parameters.isEmpty ? "no arguments" : parameters.count == 1 ? "one argument" : "\(parameters.count) arguments"
    let names = (0..<given).map { given == 1 ? "x" : "x\($0 + 1)" }.joined(separator: ", ")
    return Failure(
      .argument, "`\(name)` takes \(taken), but \(given) \(given == 1 ? "is" : "are") given",
      hint: name == "block" && given < 5 ? "a block with parameters is written `{ \(names) -> … }`" : nil, argument: index)
  }

  /// Arranges arguments by parameter. Missing ones are unbound.
  func bind(_ arguments: [Value], _ shape: CallShape, to parameters: [CodeParameter], of name: String) throws -> [Value] {
    var bound = [Value](repeating: .unbound, count: parameters.count)
    var rest: [Value] = []
    var restNames: [String] = []
    let restIndex = parameters.firstIndex { $0.isRest }
    var position = 0
    func isFree(_ index: Int) -> Bool { if case .unbound = bound[index] { true } else { false } }
    let positional = arguments.count - (shape.hasTrailing ? 1 : 0)
    if shape.hasTrailing {
      guard let last = parameters.indices.last(where: { !parameters[$0].isRest }) else {
        throw Failure(.argument, "`\(name)` takes no block")
      }
      bound[last] = arguments[arguments.count - 1]
    }
    for index in 0..<positional {
      if let argumentName = index < shape.names.count ? shape.names[index] : nil {
        if let target = parameters.firstIndex(where: { $0.name == argumentName && !$0.isRest }) {
          guard isFree(target) else { throw Failure(.argument, "`\(name)` gets `\(argumentName)` twice", argument: index) }
          bound[target] = arguments[index]
        } else if restIndex != nil {
          rest.append(arguments[index])
          restNames.append(argumentName)
        } else {
          let names = parameters.map(\.name).filter { !$0.isEmpty }
          let near = didYouMean(nearest(to: argumentName, among: names))
          throw Failure(
            .argument, "`\(name)` has no argument `\(argumentName)`", notes: names.isEmpty ? ["it takes none"] : ["its arguments are \(names.map { "`\($0)`" }.joined(separator: ", "))"],
            hint: near, argument: index)
        }
        continue
      }
      while position < parameters.count, !parameters[position].isRest, !isFree(position) { position += 1 }
      if position < parameters.count, !parameters[position].isRest {
        bound[position] = arguments[index]
        position += 1
      } else if restIndex != nil {
        rest.append(arguments[index])
        restNames.append("")
      } else {
        throw tooMany(arguments.count, parameters, of: name, at: index)
      }
    }
    if let restIndex {
      bound[restIndex] = .tuple(TupleValue(rest, names: restNames.contains { !$0.isEmpty } ? restNames : nil))
    }
    return bound
  }
}

/// The layer is the result, not what its body returns.
private final class ConstructorCompletion: Completion {
  private let layer: Layer
  private let next: Completion?
  init(_ layer: Layer, then next: Completion?) {
    self.layer = layer
    self.next = next
  }
  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    if let next { try next.returned(.layer(layer), machine, destination) } else { machine.deliver(.layer(layer), to: destination) }
  }
  override func abandoned(_ machine: Machine) { next?.abandoned(machine) }
}

/// Calls the parts of a composition, one after the other.
private final class ChainCompletion: Completion {
  private let layer: Layer
  private let position: Int
  private let next: Completion?
  init(_ layer: Layer, next position: Int, then next: Completion?) {
    self.layer = layer
    self.position = position
    self.next = next
  }

  /// Notes what the part before gives, if it is a function; a layer is observed where it is called.
  func observing(_ session: Session) -> Completion {
    guard let observer = session.observer, layer.fields.indices.contains(position - 1), case .function = layer.fields[position - 1] else { return self }
    return ObservedCompletion(.function(of: ObjectIdentifier(layer), place: position - 1), observer, then: self)
  }

  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    if position < layer.fields.count {
      let rest = ChainCompletion(layer, next: position + 1, then: next).observing(machine.session)
      try machine.call(layer.fields[position], values: [value], destination: destination, completion: rest)
    } else if let next {
      try next.returned(value, machine, destination)
    } else {
      machine.deliver(value, to: destination)
    }
  }
  override func abandoned(_ machine: Machine) { next?.abandoned(machine) }
}

/// After `build` comes `forward`, with the same arguments. A build that fails leaves the layer as it was.
private final class BuildCompletion: Completion {
  private let layer: Layer
  private let arguments: [Value]
  private let shape: CallShape
  private let next: Completion?
  private let before: [Value]
  init(_ layer: Layer, arguments: [Value], shape: CallShape, then next: Completion?, session: Session) {
    self.layer = layer
    self.arguments = arguments
    self.shape = shape
    self.next = next
    before = layer.fields
    session.journal.note(.build(layer, fields: before))
  }
  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    layer.isBuilt = true
    guard let slot = layer.type.forwardSlot else { throw Failure(.type, "`\(layer.type.name)` cannot be called") }
    try machine.call(layer.fields[slot], values: arguments, shape: shape, destination: destination, completion: next)
  }
  override func abandoned(_ machine: Machine) {
    layer.fields = before
    next?.abandoned(machine)
  }
}
