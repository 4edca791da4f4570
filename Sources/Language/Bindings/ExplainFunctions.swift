import Tensors

/// What the library's explaining functions ask of the host. A block is run under observation, all else is looked at as it is.
enum ExplainFunctions {
  static var table: ControlTable {
    [
      // value or block
      ("__why", { machine, a, destination in
        let session = machine.session
        guard isBlock(a[0]) else {
          let isAsked = if case .nothing = a[0] { false } else { true }
          session.write(try session.whyText(isAsked ? a[0] : nil) + "\n")
          return machine.deliver(.nothing, to: destination)
        }
        try machine.callRestoring(a[0], destination, WhyCompletion(session))
      }),
      ("__graph", { machine, a, destination in
        let session = machine.session
        guard isBlock(a[0]) else {
          session.write(try session.graphText(of: a[0]) + "\n")
          return machine.deliver(.nothing, to: destination)
        }
        session.engine.holdGraphs()
        try machine.callRestoring(a[0], destination, GraphCompletion())
      }),
      ("__plan", { machine, a, destination in
        let session = machine.session
        guard isBlock(a[0]) else {
          session.write(session.planText(session.reports(of: a[0])) + "\n")
          return machine.deliver(.nothing, to: destination)
        }
        try machine.callRestoring(a[0], destination, PlanCompletion(session))
      }),
      ("__profile", { machine, a, destination in
        let session = machine.session
        guard isBlock(a[0]) else {
          throw Failure(.type, "`profile` takes a block or a function without arguments, not \(session.typeName(a[0]))", hint: "as in `profile { f(x) }`", argument: 0)
        }
        try machine.callRestoring(a[0], destination, ProfileCompletion(session))
      }),
    ]
  }

  /// Whether it can be called without arguments; any other function is a model.
  private static func isBlock(_ value: Value) -> Bool {
    guard case .function(let function) = value else { return false }
    return function.code?.parameters.allSatisfy { $0.hasDefault || $0.isRest } ?? true
  }
}

extension Session {
  /// The plan of what a value still awaits.
  fileprivate func reports(of value: Value) -> [PlanReport] {
    engine.planReport(of: tensors(in: read(value))).map { [$0] } ?? []
  }

  /// Computes what a value still awaits, and what the program's variables do: a block may end with `y = f(x)`.
  fileprivate func realizeAll(_ value: Value = .nothing) throws {
    try engine.realize(tensors(in: value) + variables.flatMap { tensors(in: $0.value) })
  }

  // MARK: For the prompt

  /// From here to `endProfile` the time of every operation is taken.
  package func beginProfile() {
    // What was pending before is not counted; its errors come when it is wanted.
    try? realizeAll()
    engine.profile = Profile()
  }

  /// Where the time went, as a table.
  package func endProfile() -> String {
    guard let profile = engine.profile else { return "" }
    try? realizeAll()
    profile.stop()
    engine.profile = nil
    return profileText(profile)
  }
}

/// Every result of the block is looked at as a whole.
private final class WhyCompletion: Completion {
  private let level: NonFiniteWatch.Level
  init(_ session: Session) {
    level = session.engine.nonFinite.level
    session.engine.nonFinite.forget()
    session.engine.nonFinite.level = .everything
  }
  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    let session = machine.session
    defer { session.engine.nonFinite.level = level }
    try session.realizeAll(value)
    session.write((session.engine.nonFinite.latest.map { session.report(on: $0) } ?? "no nan and no infinity came up in it") + "\n")
    machine.deliver(.nothing, to: destination)
  }
  override func abandoned(_ machine: Machine) { machine.session.engine.nonFinite.level = level }
}

/// What the block computes keeps its graph until it is drawn.
private final class GraphCompletion: Completion {
  private var isOver = false
  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    defer { abandoned(machine) }
    machine.session.write(try machine.session.graphText(of: value) + "\n")
    machine.deliver(.nothing, to: destination)
  }
  override func abandoned(_ machine: Machine) {
    if !isOver { machine.session.engine.releaseGraphs() }
    isOver = true
  }
}

/// The plans that ran in the block, then that of its value.
private final class PlanCompletion: Completion {
  private let before: PlanLog?
  private let log = PlanLog()
  init(_ session: Session) {
    before = session.engine.planLog
    session.engine.planLog = log
  }
  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    machine.session.engine.planLog = before
    let session = machine.session
    session.write(session.planText(log.reports + session.reports(of: value), left: log.left) + "\n")
    machine.deliver(.nothing, to: destination)
  }
  override func abandoned(_ machine: Machine) { machine.session.engine.planLog = before }
}

/// What the block left to compute is computed in it.
private final class ProfileCompletion: Completion {
  private let before: Profile?
  private let profile: Profile
  init(_ session: Session) {
    try? session.realizeAll()
    before = session.engine.profile
    profile = Profile()
    session.engine.profile = profile
  }
  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    let session = machine.session
    defer { session.engine.profile = before }
    try session.realizeAll(value)
    profile.stop()
    session.write(session.profileText(profile) + "\n")
    machine.deliver(value, to: destination)
  }
  override func abandoned(_ machine: Machine) { machine.session.engine.profile = before }
}
