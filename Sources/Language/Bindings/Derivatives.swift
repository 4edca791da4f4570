import OrderedCollections
import Syntax
import Tensors

extension Session {
  func openCellRecording(targets: [Cell]?) -> CellRecording {
    recordingCount += 1
    let recording = CellRecording(engine.open(), number: recordingCount, targets: targets)
    cellRecordings.append(recording)
    return recording
  }

  func closeCellRecording(_ recording: CellRecording) {
    recording.close(self)
    cellRecordings.removeAll { $0 === recording }
  }

  /// What a function under a derivative returned, as the one tensor to be derived.
  func derivable(_ value: Value) throws -> Tensor? {
    switch read(value) {
    case .tensor(let tensor): return tensor
    case .number: return nil
    case .tuple:
      throw Failure(.derivative, "the function returns a tuple, but a derivative is taken of one value", hint: "return the value alone; assign extras to a variable inside")
    case .nothing: throw Failure(.derivative, "the function returns nothing, so there is nothing to derive", hint: "end its block with the value")
    case let other: throw Failure(.derivative, "the function returns \(described(other)), which has no derivative")
    }
  }

  func notOneNumber(_ tensor: Tensor) -> Failure {
    Failure(
      .derivative, "a gradient is taken of one number, but the function gives \(described(.tensor(tensor)))",
      hint: "`sum` or `mean` makes one number of it; `jacobian(f)` takes all derivatives")
  }
}

extension Machine {
  /// `f'(x, …)`: by the first argument.
  func differentiate(_ f: Value, order: Int, arguments: [Value], shape: CallShape, destination: Destination, completion: Completion?) throws {
    guard shape.names.first.flatMap({ $0 }) == nil else {
      throw Failure(.argument, "a derivative is taken by the first argument, and it is given by name", hint: "give it by position", argument: 0)
    }
    let function = order > 1 ? Value.function(FunctionValue(.derivative(of: f, order: order - 1))) : f
    var arguments = arguments
    let point: Tensor
    switch session.read(arguments[0]) {
    case .number(let number): point = session.engine.number(number)
    case .tensor(let tensor):
      guard tensor.type == .f32 || tensor.type == .f64 else {
        throw Failure(.derivative, "derivatives are taken at f32 or f64, not at \(session.described(.tensor(tensor)))", hint: "`f32(x)` converts it")
      }
      point = tensor
    case let other:
      throw Failure(.derivative, "a derivative is taken at a number or a tensor, not at \(session.described(other))", hint: "`grad(f)` takes gradients of lists, tuples, records and maps")
    }
    let recording = session.engine.open()
    session.openDerivatives += 1
    let marked = session.engine.mark(point, in: recording)
    arguments[0] = .tensor(marked)
    let end = DerivativeCompletion(recording, point: marked, then: completion)
    do {
      try call(function, values: arguments, shape: shape, destination: destination, completion: end)
    } catch {
      end.abandoned(self)
      throw error
    }
  }

  /// `grad(f)`, `grad(loss, w)`, `grad(loss, model)` and their kin with the value.
  func grad(_ a: Arguments, _ destination: Destination, withValue: Bool) throws {
    guard case .nothing = a[1] else {
      try gradByCells(a[0], target: a[1], destination, withValue: withValue)
      return
    }
    switch a[0] {
    case .function, .layer: break
    default: throw Failure(.type, "`grad` takes a function, not \(session.described(a[0]))")
    }
    deliver(.function(FunctionValue(.gradient(of: a[0], withValue: withValue))), to: destination)
  }

  /// `grad(f)(x, …)`: by all arguments given by position; those given by name, and a block, are constants.
  func gradient(of f: Value, arguments: [Value], shape: CallShape, withValue: Bool, destination: Destination, completion: Completion?) throws {
    let count = (shape.names.firstIndex { $0 != nil } ?? arguments.count) - (shape.hasTrailing && shape.names.allSatisfy { $0 == nil } ? 1 : 0)
    guard count > 0 else { throw Failure(.argument, "a gradient is taken at a point: give the function's arguments by position") }
    let recording = session.engine.open()
    session.openDerivatives += 1
    var leaves: [Tensor] = []
    let points = count == arguments.count ? arguments : Array(arguments[..<count])
    var marked: [Value] = []
    leaves.reserveCapacity(count)
    marked.reserveCapacity(arguments.count)
    do {
      for point in points { marked.append(try marking(point, recording, &leaves)) }
    } catch {
      session.openDerivatives -= 1
      session.engine.close(recording)
      throw error
    }
    if count < arguments.count { marked += arguments[count...] }
    let end = GradientCompletion(recording, points: points, leaves: leaves, withValue: withValue, then: completion)
    guard !leaves.isEmpty else {
      end.abandoned(self)
      throw Failure(.derivative, "none of the arguments has a derivative", hint: "`f32(x)` converts integers")
    }
    do {
      try call(f, values: marked, shape: shape, destination: destination, completion: end)
    } catch {
      end.abandoned(self)
      throw error
    }
  }

  /// The value with its tensors and numbers marked, in order.
  private func marking(_ value: Value, _ recording: Recording, _ leaves: inout [Tensor]) throws -> Value {
    try session.rebuilt(value, isSharing: false, open: session.read) { part in
      let marked: Tensor
      switch part {
      case .number(let number): marked = session.engine.mark(session.engine.number(number), in: recording)
      case .tensor(let tensor) where tensor.type == .f32 || tensor.type == .f64: marked = session.engine.mark(tensor, in: recording)
      default: return part
      }
      leaves.append(marked)
      return .tensor(marked)
    }
  }

  private func gradByCells(_ loss: Value, target: Value, _ destination: Destination, withValue: Bool) throws {
    let result: CellGradientCompletion.Result
    var targets: [Cell]
    switch target {
    case .cell(let cell):
      targets = [cell]
      result = .cell(cell)
    case .list(let list) where !list.elements.isEmpty && list.elements.allSatisfy { if case .cell = $0 { true } else { false } }:
      targets = list.elements.compactMap { if case .cell(let cell) = $0 { cell } else { nil } }
      result = .list(targets)
    case .layer, .function, .list, .tuple, .map:
      // A model may be built only while the loss is computed: its parameters are collected afterwards.
      targets = []
      result = .model(target)
    case .tensor, .number:
      throw Failure(
        .type, "`grad(loss, …)` takes a cell, a list of cells or a model, not \(session.described(target))",
        notes: ["`w = …` binds a plain value; it does not change a parameter"], hint: "`w := …` changes what the parameter w holds, `param(value)` makes one")
    default: throw Failure(.type, "`grad(loss, …)` takes a cell, a list of cells or a model, not \(session.described(target))")
    }
    let recording = session.openCellRecording(targets: targets.isEmpty ? nil : targets)
    try callRestoring(loss, destination, CellGradientCompletion(recording, result: result, withValue: withValue))
  }
}

/// The end of `f'(x)`.
private final class DerivativeCompletion: Completion {
  private let recording: Recording
  private let point: Tensor
  private let next: Completion?
  private var isOver = false

  init(_ recording: Recording, point: Tensor, then next: Completion?) {
    self.recording = recording
    self.point = point
    self.next = next
  }

  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    let session = machine.session
    let gradient: Tensor?
    do {
      gradient = try derivative(of: value, session)
    } catch {
      abandoned(machine)
      throw error
    }
    close(session)
    let zero = point.isNumber ? session.engine.number(0) : try session.engine.full(0, point.shape, point.type)
    let result = session.makeNumber(gradient ?? zero)
    if let next { try next.returned(result, machine, destination) } else { machine.deliver(result, to: destination) }
  }

  private func derivative(of value: Value, _ session: Session) throws -> Tensor? {
    guard let result = try session.derivable(value) else { return nil }
    if result.shape.count == 1 {
      return try session.engine.gradients(of: result, seed: nil, withRespectTo: [point], in: recording)[0]
    }
    if point.isNumber { throw session.notOneNumber(result) }
    if let mixing = session.engine.firstMixingOperation(from: result, to: point) {
      var failure = Failure(
        .derivative, "`'` needs a function that gives one number, or one that is elementwise: `\(mixing.name)` mixes elements",
        hint: "use `sum` to make one number, `grad`, or `jacobian`")
      if let place = session.place(ofSite: mixing.site) { failure.notes = ["`\(mixing.name)` stands at line \(place.line)"] }
      throw failure
    }
    let ones = try session.engine.full(1, result.shape, result.type)
    return try session.engine.gradients(of: result, seed: ones, withRespectTo: [point], in: recording)[0]
  }

  private func close(_ session: Session) {
    guard !isOver else { return }
    isOver = true
    session.openDerivatives -= 1
    session.engine.close(recording)
  }

  override func abandoned(_ machine: Machine) {
    close(machine.session)
    next?.abandoned(machine)
  }
}

/// The end of `grad(f)(…)`.
private final class GradientCompletion: Completion {
  private let recording: Recording
  private let points: [Value]
  private let leaves: [Tensor]
  private let withValue: Bool
  private let next: Completion?
  private var isOver = false

  init(_ recording: Recording, points: [Value], leaves: [Tensor], withValue: Bool, then next: Completion?) {
    self.recording = recording
    self.points = points
    self.leaves = leaves
    self.withValue = withValue
    self.next = next
  }

  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    let session = machine.session
    let gradients: [Tensor?]
    var result = session.read(value)
    do {
      if let tensor = try session.derivable(value) {
        guard tensor.shape.count == 1 else { throw session.notOneNumber(tensor) }
        gradients = try session.engine.gradients(of: tensor, seed: nil, withRespectTo: leaves, in: recording)
        result = .tensor(tensor)
      } else {
        gradients = leaves.map { _ in nil }
      }
    } catch {
      abandoned(machine)
      throw error
    }
    close(session)
    var position = 0
    let parts = try points.map { try structured($0, gradients, &position, session) }
    let gradient = parts.count == 1 ? parts[0] : Value.tuple(parts)
    if case .tensor(let tensor) = result { result = session.makeNumber(tensor) }
    let delivered = withValue ? Value.record([("value", result), ("grad", gradient)]) : gradient
    if let next { try next.returned(delivered, machine, destination) } else { machine.deliver(delivered, to: destination) }
  }

  /// The gradients in the structure of the argument; `nothing` for what has no derivative.
  private func structured(_ value: Value, _ gradients: [Tensor?], _ position: inout Int, _ session: Session) throws -> Value {
    try session.rebuilt(value, isSharing: false, open: session.read) { part in
      switch part {
      case .number:
        defer { position += 1 }
        return gradients[position].map { session.makeNumber($0) } ?? .number(0)
      case .tensor(let tensor) where tensor.type == .f32 || tensor.type == .f64:
        defer { position += 1 }
        if let gradient = gradients[position] { return session.makeNumber(gradient) }
        return .tensor(try session.engine.full(0, tensor.shape, tensor.type))
      default: return .nothing
      }
    }
  }

  private func close(_ session: Session) {
    guard !isOver else { return }
    isOver = true
    session.openDerivatives -= 1
    session.engine.close(recording)
  }

  override func abandoned(_ machine: Machine) {
    close(machine.session)
    next?.abandoned(machine)
  }
}

/// The end of a derivative by cells.
final class CellGradientCompletion: Completion {
  enum Result {
    /// A record of loss, cells and gradients, for optimisers.
    case parts
    case cell(Cell)
    case list([Cell])
    /// A map from path to gradient.
    case model(Value)
  }

  private let recording: CellRecording
  private let result: Result
  private let withValue: Bool

  init(_ recording: CellRecording, result: Result, withValue: Bool = false) {
    self.recording = recording
    self.result = result
    self.withValue = withValue
  }

  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    let session = machine.session
    var loss = session.read(value)
    // In the order of the recording's cells.
    var gradients = [Tensor?](repeating: nil, count: recording.cells.count)
    do {
      if let tensor = try session.derivable(value) {
        guard tensor.shape.count == 1 else { throw session.notOneNumber(tensor) }
        gradients = try session.engine.gradients(of: tensor, seed: nil, withRespectTo: recording.marks, in: recording.recording)
        loss = .tensor(tensor)
      }
    } catch {
      abandoned(machine)
      throw error
    }
    session.closeCellRecording(recording)
    func gradient(_ cell: Cell) throws -> Value {
      if let place = recording.place(of: cell), let gradient = gradients[place] { return .tensor(gradient) }
      guard case .tensor(let tensor) = cell.content else { return .nothing }
      return .tensor(try session.engine.full(0, tensor.shape, tensor.type))
    }
    if case .tensor(let tensor) = loss { loss = session.makeNumber(tensor) }
    let value: Value
    switch result {
    case .parts:
      machine.deliver(
        .record([
          ("loss", loss), ("cells", .list(recording.cells.map { .cell($0) })),
          ("gradients", .list(gradients.map { $0.map { .tensor($0) } ?? .nothing })),
        ]), to: destination)
      return
    case .cell(let cell): value = try gradient(cell)
    case .list(let cells): value = .list(try cells.map { try gradient($0) })
    case .model(let model):
      var entries: OrderedDictionary<MapValue.Key, Value> = [:]
      for (path, cell) in try session.parameters(of: model) where cell.kind == .parameter { entries[.string(path)] = try gradient(cell) }
      value = .map(MapValue(entries))
    }
    machine.deliver(withValue ? .record([("value", loss), ("grad", value)]) : value, to: destination)
  }

  override func abandoned(_ machine: Machine) { machine.session.closeCellRecording(recording) }
}
