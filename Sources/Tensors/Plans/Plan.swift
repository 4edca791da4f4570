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
  /// Which value each kept node takes, by position in the trace.
  let kept: [(position: Int, value: Int)]
  let arenaBytes: Int
  let resultBytes: Int
  /// Values that need memory here, largest first, at most three.
  let largest: [(Shape, ElementType)]
  /// For the bound on the cache: how much a plan itself holds.
  var weight: Int { key.count + 16 * steps.count }

  init(key: [Int], hash: UInt64, values: [Value], steps: [Step], kept: [(position: Int, value: Int)], arenaBytes: Int) {
    self.key = key
    self.hash = hash
    self.values = values
    self.steps = steps
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
    owned.sort { $0.byteCount > $1.byteCount }
    largest = owned.prefix(3).map { ($0.shape, $0.type) }
  }
}

func saturatingSum(_ a: Int, _ b: Int) -> Int {
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? .max : sum
}

/// Plans that were made, the least recently used dropped beyond a bound.
final class PlanCache {
  private var plans: [UInt64: [(plan: Plan, lastUse: Int)]] = [:]
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

  /// Two graphs with one hash are told apart by their whole keys.
  func find(_ trace: Trace) -> Plan? {
    clock += 1
    if let position = plans[trace.hash]?.firstIndex(where: { $0.plan.key == trace.key }) {
      plans[trace.hash]?[position].lastUse = clock
      hits += 1
      return plans[trace.hash]?[position].plan
    }
    misses += 1
    return nil
  }

  func insert(_ plan: Plan) {
    guard plan.weight < maximumWeight / 4 else { return }
    plans[plan.hash, default: []].append((plan, clock))
    count += 1
    weight += plan.weight
    while count > maximumCount || weight > maximumWeight { dropOldest() }
  }

  private func dropOldest() {
    var oldest: (hash: UInt64, position: Int, use: Int)?
    for (hash, entries) in plans {
      for (position, entry) in entries.enumerated() where entry.lastUse < oldest?.use ?? .max { oldest = (hash, position, entry.lastUse) }
    }
    guard let oldest, let plan = plans[oldest.hash]?.remove(at: oldest.position).plan else {
      count = 0
      weight = 0
      plans = [:]
      return
    }
    if plans[oldest.hash]?.isEmpty == true { plans[oldest.hash] = nil }
    count -= 1
    weight -= plan.weight
  }
}
