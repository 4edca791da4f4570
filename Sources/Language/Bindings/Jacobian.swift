import Tensors

extension Machine {
  /// `jacobian(f)`: a function of f's arguments, the further ones being constants.
  func jacobian(of f: Value, to destination: Destination) throws {
    switch f {
    case .function, .layer: break
    default: throw Failure(.type, "`jacobian` takes a function, not \(session.typeName(f))", argument: 0)
    }
    deliver(.function(FunctionValue(.jacobian(of: f))), to: destination)
  }

  /// The Jacobian of a function at its first argument.
  func jacobian(of f: Value, arguments: [Value], shape: CallShape, destination: Destination, completion: Completion?) throws {
    let native = Native(name: "jacobian", body: .control({ machine, a, destination in try machine.jacobian(a.all, shape, destination) }))
    try call(.function(FunctionValue(.native(native))), values: [f] + arguments, destination: destination, completion: completion)
  }

  private func jacobian(_ all: [Value], _ shape: CallShape, _ destination: Destination) throws {
    guard all.count > 1, shape.names.first.map({ $0 == nil }) ?? true else { throw Failure(.argument, "derivatives are taken at a point: give the function's arguments") }
    var arguments = Array(all.dropFirst())
    let point: Tensor
    switch session.read(arguments[0]) {
    case .number(let number): point = session.engine.number(number)
    case .list(let list): point = try session.stacked(.list(list), what: "the argument")
    case .tensor(let tensor): point = tensor
    case let other: throw Failure(.derivative, "a jacobian is taken at a number or a tensor, not at \(session.typeName(other))")
    }
    guard point.type.isFloat else {
      throw Failure(.derivative, "derivatives are taken at f32 or f64, not at \(session.typeName(.tensor(point)))", hint: "`f32(x)` converts it")
    }
    let recording = session.engine.open()
    session.openDerivatives += 1
    let marked = session.engine.mark(point, in: recording)
    arguments[0] = .tensor(marked)
    try callRestoring(all[0], destination, JacobianCompletion(recording, point: marked), values: arguments, shape: shape)
  }
}

/// The end of `jacobian(f)(x)`: the function has run once, and each element of its result is followed back.
private final class JacobianCompletion: Completion {
  private let recording: Recording
  private let point: Tensor
  private var isOver = false
  /// So many rows are computed together, sharing what the function itself computes.
  private static let rowsAtOnce = 64

  init(_ recording: Recording, point: Tensor) {
    self.recording = recording
    self.point = point
  }

  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    let session = machine.session
    let result: Tensor
    do {
      result = try matrix(value, session)
    } catch {
      abandoned(machine)
      throw error
    }
    close(session)
    machine.deliver(session.makeNumber(result), to: destination)
  }

  private func matrix(_ value: Value, _ session: Session) throws -> Tensor {
    let engine = session.engine
    func zeros(_ shape: Shape) throws -> Tensor { point.isNumber && shape.rank == 0 ? engine.number(0) : try engine.full(0, shape, point.type) }
    guard let y = try session.derivable(value) else { return try zeros(point.shape) }
    guard y.type.isFloat else {
      throw Failure(.derivative, "the function gives \(session.typeName(.tensor(y))), which has no derivative", hint: "`f32(y)` converts it")
    }
    if y.rank == 0 {
      return try engine.gradients(of: y, seed: nil, withRespectTo: [point], in: recording)[0] ?? zeros(point.shape)
    }
    let shape = try Shape(y.shape.dimensions + point.shape.dimensions)
    if shape.count == 0 { return try zeros(shape) }
    try engine.requireMemory(forNumbers: shape.count)
    var rows: [Tensor] = []
    var finished = 0
    for index in 0..<y.count {
      var seed = [Double](repeating: 0, count: y.count)
      seed[index] = 1
      let row = try engine.gradients(of: y, seed: engine.tensor(doubles: seed, y.shape, as: y.type), withRespectTo: [point], in: recording)[0]
      rows.append(try engine.reshape(row ?? zeros(point.shape), [1, point.count]))
      if rows.count - finished == JacobianCompletion.rowsAtOnce {
        try engine.realize(Array(rows[finished...]))
        finished = rows.count
      }
    }
    return try engine.reshape(engine.concatenate(rows, axis: 0), shape.dimensions)
  }

  private func close(_ session: Session) {
    guard !isOver else { return }
    isOver = true
    session.openDerivatives -= 1
    session.engine.close(recording)
  }

  override func abandoned(_ machine: Machine) { close(machine.session) }
}
