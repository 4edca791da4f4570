/// A plan as it can be put into words.
package struct PlanReport: Sendable {
  package struct Step: Sendable {
    /// What is done in one pass over memory; none where a view is copied in order.
    package let operations: [Op]
    /// Where each of them was recorded.
    package let sites: [UInt64]
    /// Of what it gives; of several results the largest, of those the last.
    package let shape: Shape
    package let type: ElementType
    package let bytesRead: Int
    package let bytesWritten: Int
    /// Elementary arithmetic operations.
    package let arithmetic: Int
  }

  package let steps: [Step]
  package let inputs: Int
  package let results: Int
  package let resultBytes: Int
  /// For what lies between, lifetimes that don't overlap sharing memory.
  package let arenaBytes: Int
  /// What lies between would take this without sharing.
  package let unsharedBytes: Int
  /// How often it ran; 0 for one that was only made.
  package fileprivate(set) var runs = 0

  package var arithmetic: Int { steps.reduce(0) { saturatingSum($0, $1.arithmetic) } }
}

/// The plans that ran while it was there, each once.
package final class PlanLog {
  package private(set) var reports: [PlanReport] = []
  private var places: [ObjectIdentifier: Int] = [:]
  /// Held, so that no other plan takes an identity.
  private var plans: [Plan] = []
  /// Plans that ran beyond those kept.
  package private(set) var left = 0
  private static let limit = 32

  package init() {}

  func add(_ plan: Plan, _ nodes: [Unmanaged<Node>]) {
    if let place = places[ObjectIdentifier(plan)] {
      reports[place].runs += 1
      return
    }
    guard plans.count < PlanLog.limit else {
      left += 1
      return
    }
    var report = PlanReport(plan) { nodes[$0].takeUnretainedValue().site }
    report.runs = 1
    places[ObjectIdentifier(plan)] = plans.count
    plans.append(plan)
    reports.append(report)
  }
}

extension Engine {
  /// The plan that would compute these; nil if nothing is to be computed.
  package func planReport(of xs: [Tensor]) -> PlanReport? {
    let roots = xs.map(\.node)
    guard roots.contains(where: \.isPending) else { return nil }
    trace.record(roots: roots, epoch: newEpoch(), fuses: fuses)
    defer { trace.clear() }
    let plan = PlanCompiler.compile(trace, table: table, fuses: fuses)
    return PlanReport(plan) { trace.nodes[$0].takeUnretainedValue().site }
  }
}

extension PlanReport {
  /// `site` gives where the node at a position of the trace was recorded.
  init(_ plan: Plan, site: (Int) -> UInt64) {
    steps = plan.steps.map { step in
      let out = plan.largestOut(of: step)
      return Step(
        operations: step.members.compactMap(\.op), sites: step.members.map { site($0.position) }, shape: out?.shape ?? Shape(), type: out?.type ?? .f32,
        bytesRead: plan.bytesRead(by: step), bytesWritten: plan.bytesWritten(by: step), arithmetic: step.arithmetic)
    }
    inputs = plan.values.reduce(0) { if case .input = $1.place { $0 + 1 } else { $0 } }
    results = plan.kept.count
    resultBytes = plan.resultBytes
    arenaBytes = plan.arenaBytes
    unsharedBytes = plan.values.reduce(0) { if case .arena = $1.place { saturatingSum($0, $1.byteCount) } else { $0 } }
  }
}

extension Step {
  /// Elementary arithmetic operations; what only moves or makes up numbers has none.
  var arithmetic: Int {
    if case .whole(let whole) = work, [.concatenate, .pad, .replaceSlice, .gather, .iota, .argsort].contains(whole.op) { return 0 }
    return operations
  }

  /// Its operations and whose they are: positions in the trace.
  var members: [(op: Op?, position: Int)] {
    switch work {
    case .program(let program): program.members
    case .whole(let whole): whole.epilogue?.members ?? [(whole.op, position)]
    case .copy: [(nil, position)]
    }
  }
}

extension Plan {
  func largestOut(of step: Step) -> Value? {
    step.outs.map { values[$0] }.reduce(nil as Value?) { best, value in best.map { $0.byteCount > value.byteCount } == true ? best : value }
  }

  func bytesWritten(by step: Step) -> Int { step.outs.reduce(0) { saturatingSum($0, values[$1].byteCount) } }

  /// Each value once, however often its elements are read.
  func bytesRead(by step: Step) -> Int {
    var read: Set<Int> = []
    return step.inputs.reduce(0) { sum, value in
      guard read.insert(value).inserted else { return sum }
      if case .constant = values[value].place { return saturatingSum(sum, values[value].type.byteSize) }
      return saturatingSum(sum, values[value].byteCount)
    }
  }
}
