/// How to compute the results of one graph: steps over values whose places are decided.
///
/// A plan knows no numbers: inputs, constants and results are bound when it runs.
final class Plan {
  /// Where a value's memory is.
  enum Place: Equatable {
    /// The buffer of the node at this position of the trace.
    case input(position: Int)
    /// The value of the constant at this position, once, at this offset of the arena.
    case constant(position: Int, offset: Int)
    /// A new buffer.
    case result
    /// An offset in the arena.
    case arena(Int)
  }

  struct Value {
    var place: Place
    let type: ElementType
    let shape: Shape
    var byteCount: Int { shape.count * type.byteSize }
  }

  let key: [Int]
  let hash: UInt64
  let values: [Value]
  let steps: [Step]
  /// The same, for running: looked at without counting references.
  let order: [Unmanaged<Step>]
  /// Which value each kept node takes, by position in the trace.
  let kept: [(position: Int, value: Int)]
  let arenaBytes: Int
  let resultBytes: Int
  /// Values that need memory here, largest first, at most three.
  let largest: [(Shape, ElementType)]
  /// How each value gets its memory when the plan runs.
  let bindings: [Binding]
  /// For each kept node the result that it gets, or the input whose numbers are its own.
  let results: [(position: Int, buffer: Int, input: Int)]
  /// When the cache last gave it, and the next plan in the same place of it.
  fileprivate var lastUse = 0
  fileprivate var next: Plan?
  /// For the bound on the cache: how much a plan itself holds.
  var weight: Int { key.count + 16 * steps.count }

  init(key: [Int], hash: UInt64, values: [Value], steps: [Step], kept: [(position: Int, value: Int)], arenaBytes: Int) {
    self.key = key
    self.hash = hash
    self.values = values
    self.steps = steps
    order = steps.map { .passUnretained($0) }
    self.kept = kept
    self.arenaBytes = arenaBytes
    var bytes = 0
    var owned: [Value] = []
    for value in values {
      switch value.place {
      case .result:
        bytes = saturatingSum(bytes, Pool.capacity(for: value.byteCount))
        owned.append(value)
      case .arena: owned.append(value)
      default: break
      }
    }
    resultBytes = bytes
    (bindings, results) = Plan.bind(values, kept)
    owned.sort { $0.byteCount > $1.byteCount }
    largest = owned.prefix(3).map { ($0.shape, $0.type) }
  }
}

extension Plan {
  /// A value's place, ready for running.
  struct Binding {
    enum Kind: UInt8 { case input, constant, arena, result }
    let kind: Kind
    let type: ElementType
    /// Of an input or a constant: whose it is, in the trace.
    let position: Int32
    /// Bytes into the arena, or those of a result.
    let bytes: Int
  }

  fileprivate static func bind(
    _ values: [Value], _ kept: [(position: Int, value: Int)]
  ) -> (bindings: [Binding], results: [(position: Int, buffer: Int, input: Int)]) {
    var buffers: [Int: Int] = [:]
    let bindings = values.indices.map { index in
      let value = values[index]
      switch value.place {
      case .input(let position): return Binding(kind: .input, type: value.type, position: Int32(truncatingIfNeeded: position), bytes: 0)
      case .constant(let position, let offset):
        return Binding(kind: .constant, type: value.type, position: Int32(truncatingIfNeeded: position), bytes: offset)
      case .arena(let offset): return Binding(kind: .arena, type: value.type, position: -1, bytes: offset)
      case .result:
        buffers[index] = buffers.count
        return Binding(kind: .result, type: value.type, position: -1, bytes: value.byteCount)
      }
    }
    let results = kept.map { entry in
      var input = -1
      if case .input(let position) = values[entry.value].place { input = position }
      return (position: entry.position, buffer: buffers[entry.value] ?? -1, input: input)
    }
    return (bindings, results)
  }
}

func saturatingSum(_ a: Int, _ b: Int) -> Int {
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? .max : sum
}

/// Plans that were made, the least recently used dropped beyond a bound.
final class PlanCache {
  /// Lists of plans by the last bits of their hash.
  private var places: [Plan?] = Array(repeating: nil, count: 1024)
  private var clock = 0
  private var weight = 0
  private(set) var count = 0
  private(set) var hits = 0
  private(set) var misses = 0
  private let maximumCount: Int
  /// Words and steps of all plans together.
  private let maximumWeight: Int

  init(maximumCount: Int = 512, maximumWeight: Int = 4_000_000) {
    self.maximumCount = maximumCount
    self.maximumWeight = maximumWeight
  }

  private func place(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash & 1023) }

  /// Two graphs with one hash are told apart by their whole keys.
  func find(_ trace: Trace) -> Plan? {
    clock += 1
    var candidate = places[place(trace.hash)]
    while let plan = candidate {
      if plan.hash == trace.hash && trace.hasKey(plan.key) {
        plan.lastUse = clock
        hits += 1
        return plan
      }
      candidate = plan.next
    }
    misses += 1
    return nil
  }

  func insert(_ plan: Plan) {
    guard plan.weight < maximumWeight / 4 else { return }
    let place = place(plan.hash)
    plan.lastUse = clock
    plan.next = places[place]
    places[place] = plan
    count += 1
    weight += plan.weight
    while count > maximumCount || weight > maximumWeight { dropOldest() }
  }

  private func dropOldest() {
    var oldest: Plan?
    for first in places {
      var candidate = first
      while let plan = candidate {
        if plan.lastUse < oldest?.lastUse ?? .max { oldest = plan }
        candidate = plan.next
      }
    }
    guard let oldest else { return }
    let place = place(oldest.hash)
    if places[place] === oldest {
      places[place] = oldest.next
    } else {
      var before = places[place]
      while let plan = before, plan.next !== oldest { before = plan.next }
      before?.next = oldest.next
    }
    oldest.next = nil
    count -= 1
    weight -= oldest.weight
  }
}
