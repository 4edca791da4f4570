import Tensors

/// Host functions that call back into the program.
typealias ControlTable = [(name: String, body: (Machine, Arguments, Destination) throws -> Void)]

enum ControlFunctions {
  static var table: ControlTable {
    [
      // __training(flag, body): training mode on or off while the body runs.
      ("__training", { machine, a, destination in
        let session = machine.session
        let before = session.isTraining
        if case .bool(let flag) = a[0] { session.isTraining = flag }
        try machine.callRestoring(a[1], destination, TrainingCompletion(before))
      }),
      // __atomic(body): all or nothing.
      ("__atomic", { machine, a, destination in
        let session = machine.session
        guard !session.isStepping else {
          throw Failure(.derivative, "a `step` cannot stand inside another one", hint: "add the losses, or take the steps one after the other")
        }
        guard session.cellRecordings.isEmpty, session.openDerivatives == 0 else {
          throw Failure(.derivative, "a `step` cannot stand inside a derivative")
        }
        session.isStepping = true
        try machine.callRestoring(a[0], destination, StepCompletion(mark: session.journal.begin(session.engine)))
      }),
      // __gradients(body): the body's value, the parameters that were read, and their gradients.
      ("__gradients", { machine, a, destination in
        let recording = machine.session.openCellRecording(targets: nil)
        try machine.callRestoring(a[0], destination, CellGradientCompletion(recording, result: .parts))
      }),
      ("__grad", { machine, a, destination in try machine.grad(a, destination, withValue: false) }),
      ("__value_and_grad", { machine, a, destination in try machine.grad(a, destination, withValue: true) }),
      ("__jacobian", { machine, a, destination in try machine.jacobian(of: a[0], to: destination) }),
      // model, x: the text of its summary, found by calling it
      ("__observe", { machine, a, destination in
        let session = machine.session
        var tensors: [Tensor] = []
        if case .tensor(let tensor) = session.read(a[1]) { tensors.append(tensor) }
        for cell in session.cells(of: a[0]) { if case .tensor(let tensor) = cell.content { tensors.append(tensor) } }
        // How parameters and input came about is no work of the model.
        try session.engine.realize(tensors)
        let observer = LayerObserver()
        session.observer = observer
        try machine.callRestoring(a[0], destination, SummaryCompletion(a[0], observer), values: [a[1]])
      }),
      ("__import", { machine, a, destination in try machine.importFile(a[0], destination) }),
      // f, x, the remaining arguments as a tuple or record: f(x, …)
      ("__call_with", { machine, a, destination in
        guard case .tuple(let rest) = a[2] else { throw Failure(.type, "the remaining arguments are a tuple", argument: 2) }
        var names: [String?] = [nil]
        for place in rest.elements.indices {
          let name = rest.names?[place] ?? ""
          names.append(name.isEmpty ? nil : name)
        }
        try machine.call(
          a[0], values: [a[1]] + rest.elements, shape: CallShape(names: names, hasTrailing: false, spans: []), destination: destination)
      }),
      ("__derivative", { machine, a, destination in
        let order = a.count > 1 ? try machine.session.whole(a[1], "the order of a derivative") : 1
        guard order >= 1 else { throw Failure(.value, "the order of a derivative is at least 1, not \(order)") }
        machine.deliver(try machine.session.derivative(of: a[0], order: order), to: destination)
      }),
    ]
  }
}

extension Machine {
  /// Calls a function without arguments; the completion is told also if the call itself fails.
  func callRestoring(
    _ body: Value, _ destination: Destination, _ completion: Completion, values: [Value] = [], shape: CallShape? = nil
  ) throws {
    do {
      if let shape {
        try call(body, values: values, shape: shape, destination: destination, completion: completion)
      } else {
        try call(body, values: values, destination: destination, completion: completion)
      }
    } catch {
      completion.abandoned(self)
      throw error
    }
  }
}

private final class TrainingCompletion: Completion {
  private let before: Bool
  init(_ before: Bool) { self.before = before }
  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    machine.session.isTraining = before
    machine.deliver(value, to: destination)
  }
  override func abandoned(_ machine: Machine) { machine.session.isTraining = before }
}

/// The end of a step: everything written is computed in one plan; if that fails, nothing was written.
private final class StepCompletion: Completion {
  private let mark: Int
  private var isOver = false
  init(mark: Int) { self.mark = mark }

  override var isAtomic: Bool { true }

  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    let session = machine.session
    do {
      var tensors = session.tensors(in: value)
      for content in session.journal.contents(since: mark) { session.collectTensors(in: content, into: &tensors) }
      try session.engine.realize(tensors)
      try session.settle()
    } catch {
      abandoned(machine)
      throw error
    }
    isOver = true
    session.journal.commit()
    session.isStepping = false
    session.progress.stepTaken()
    machine.deliver(value, to: destination)
  }

  override func abandoned(_ machine: Machine) {
    guard !isOver else { return }
    isOver = true
    machine.session.journal.rollBack(to: mark, machine.session.engine, onlyState: true)
    machine.session.isStepping = false
    machine.session.progress.stepTakenBack()
  }
}
