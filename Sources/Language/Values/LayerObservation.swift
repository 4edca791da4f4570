import Tensors

/// What the parts of a model give and cost while it is called once, for `summary(model, x)`.
final class LayerObserver {
  struct Cost {
    /// The shape of what came out, as errors write it.
    var output = ""
    /// Floating-point operations within the part.
    var work = 0
    /// Bytes of what came out.
    var bytes = 0
  }

  /// A part of a composition that is a function has no identity of its own: it is known by its place.
  enum Part: Hashable {
    case layer(ObjectIdentifier)
    case function(of: ObjectIdentifier, place: Int)
  }

  /// Sums stay below what a number holds.
  private static let most = 1 << 60

  private(set) var costs: [Part: Cost] = [:]
  /// Work found so far, in all.
  private(set) var total = 0
  private var seen = Set<ObjectIdentifier>()
  /// Keeps alive what `seen` names.
  private var outputs: [Tensor] = []

  /// What a part is given was computed before it, whoever computed it.
  func entered(with arguments: [Value], _ session: Session) {
    for tensor in arguments.flatMap({ session.tensors(in: session.read($0)) }) { count(tensor, session) }
  }

  private func count(_ tensor: Tensor, _ session: Session) {
    outputs.append(tensor)
    total = min(total, LayerObserver.most) + min(session.engine.work(of: tensor, seen: &seen), LayerObserver.most)
  }

  /// Takes what a part gave. Work is counted once: `before` is what had been found when the part was entered.
  func took(_ value: Value, from part: Part, before: Int, _ session: Session) {
    var cost = costs[part] ?? Cost()
    let tensors = session.tensors(in: session.read(value))
    for tensor in tensors { count(tensor, session) }
    cost.output = tensors.isEmpty ? session.typeName(value) : tensors.map(\.shape.description).joined(separator: ", ")
    cost.work += total - before
    cost.bytes += tensors.reduce(0) { $0 + $1.count * $1.type.byteSize }
    costs[part] = cost
  }
}

/// The end of a part's call while it is observed.
final class ObservedCompletion: Completion {
  private let part: LayerObserver.Part
  private let observer: LayerObserver
  private let before: Int
  private let next: Completion?

  init(_ part: LayerObserver.Part, _ observer: LayerObserver, then next: Completion?) {
    self.part = part
    self.observer = observer
    before = observer.total
    self.next = next
  }

  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    observer.took(value, from: part, before: before, machine.session)
    if let next { try next.returned(value, machine, destination) } else { machine.deliver(value, to: destination) }
  }

  override func abandoned(_ machine: Machine) { next?.abandoned(machine) }
}

/// The end of the whole observed call: the text of the summary.
final class SummaryCompletion: Completion {
  private let model: Value
  private let observer: LayerObserver

  init(_ model: Value, _ observer: LayerObserver) {
    self.model = model
    self.observer = observer
  }

  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    let session = machine.session
    session.observer = nil
    // A function has no part of its own that would have been observed.
    observer.took(value, from: .function(of: ObjectIdentifier(observer), place: 0), before: 0, session)
    machine.deliver(.string(try session.summary(model, observer)), to: destination)
  }

  override func abandoned(_ machine: Machine) { machine.session.observer = nil }
}
