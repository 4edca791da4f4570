import Kernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Records tensor operations and computes them when their numbers are wanted.
///
/// One engine belongs to one session and one thread; it owns the memory, the plans, the recordings and the random state.
package final class Engine {
  /// Stamped on every node that is made.
  package var site: UInt64 = 0
  /// On a walk back: the operation whose derivative is being recorded; stamped on every node, too.
  var deriving: Op?
  /// Bytes that tensors may take together.
  package let memoryLimit: Int
  /// The random state: the generator's key, and the number of 128-bit blocks drawn so far.
  package var randomSeed: UInt64 = 0
  package var randomCounter: UInt64 = 0

  /// Whether plans compute several operations together. Without, each is a step of its own; the numbers are the same.
  package var fuses = true

  let workers: Workers
  let pool: Pool
  let ledger = Ledger()
  let table = Primitive.table
  /// Whether the data of a row's operands can make it fail: asked of every node, and a closure costs more to ask.
  let canFail = Primitive.table.map { $0.mayFail != nil }
  let isElementwise = Primitive.table.map(\.isElementwise)
  let plans = PlanCache()
  let trace = Trace()
  /// Where each value of the running plan lies.
  var pointers = Stack<UnsafeMutableRawPointer>()
  /// The results of the running plan.
  var resultBuffers: [Buffer] = []

  // Recordings, see Gradients/.
  var recordings: [Recording] = []
  var lastSerial = 0
  /// The way that gradients take.
  let path = GradientPath(Primitive.table)
  /// The gradients that were found last and what they are gradients of, until something is computed: who reads one wants the others, and most of the work
  /// is common to them.
  var siblings = Stack<Unmanaged<Node>>()
  /// Walks back so far: each gradient knows its own.
  var walks: Int32 = 0
  /// The serial of the outermost open recording; none is older than any node.
  var oldestRecording = Int.max
  /// How many nodes may be pending while a recording is open, before one is computed at once.
  var pendingInRecording = Engine.pendingLimitInRecording
  /// Computed nodes that keep their operands until the outermost recording closes.
  var retained: [Node] = []
  /// The arena of small plans.
  lazy var smallArena: Buffer? = try? Buffer(byteCount: 1 << 16, pool: pool)
  private var lastEpoch: UInt64 = 0

  // Explaining, see Explaining/.
  package let nonFinite = NonFiniteWatch()
  /// While it runs, the time of every step is taken.
  package var profile: Profile?
  /// While it is there, the plans that run are noted.
  package var planLog: PlanLog?
  /// How many want computed nodes to keep their operands.
  var graphHolders = 0

  /// Beyond these a newly recorded tensor is computed at once. Inside a recording more is kept: what is computed
  /// piecemeal there is computed again, or kept, for the gradient.
  static let pendingLimit = 4_096
  static let pendingLimitInRecording = 65_536
  static let bigPendingLimit = 256
  private static let bigBytes = 1 << 24

  /// `threads` counts the caller. Without a limit: 80 % of the machine's memory, or of the control group's.
  package init(threads: Int, memoryLimit: Int? = nil) {
    workers = Workers(threads: threads)
    let limit = memoryLimit ?? SystemMemory.total / 5 * 4
    self.memoryLimit = limit
    pool = Pool(freeLimit: min(limit / 4, 1 << 30))
  }

  deinit {
    retained.removeAll()
    forgetSiblings()
    siblings.free()
    ledger.orphan()
    pointers.free()
  }

  package var threads: Int { workers.threads }
  /// Recorded operations whose numbers are still to be computed.
  package var pendingNodes: Int { ledger.pendingNodes }
  /// Recorded operations and tensors that somebody holds.
  package var livingNodes: Int { ledger.livingNodes }
  /// Bytes of all tensors that are computed.
  package var bytesInUse: Int { pool.bytesInUse }
  /// Plans in the cache, and how often one was found or made.
  package var planCount: Int { plans.count }
  package var planHits: Int { plans.hits }
  package var planMisses: Int { plans.misses }

  func newEpoch() -> UInt64 {
    lastEpoch += 1
    return lastEpoch
  }

  /// The handle of a new node. Computes it when too much is pending.
  func handle(_ node: __owned Node, isNumber: Bool = false) throws -> Tensor {
    let tensor = Tensor(node, isNumber: isNumber)
    if ledger.pendingNodes > Engine.bigPendingLimit { try relieve(tensor.node) }
    return tensor
  }

  /// Computes a node when too much is pending.
  func relieve(_ node: Node) throws {
    let pending = ledger.pendingNodes
    guard pending > Engine.bigPendingLimit && node.isPending else { return }
    if recordings.isEmpty {
      if pending > Engine.pendingLimit || node.byteCount > Engine.bigBytes { try compute([node]) }
    } else if pending > pendingInRecording {
      try compute([node])
      // What lies between is kept without numbers for the gradient, and so stays pending: as many more may come.
      pendingInRecording = ledger.pendingNodes + Engine.pendingLimitInRecording
    }
  }

  /// Any primitive by its row: for tests of the table.
  package func apply(_ op: Op, _ operands: [Tensor], _ attributes: Primitive.Attributes = Primitive.Attributes()) throws -> Tensor {
    let nodes = operands.map(\.node)
    if op == .concatenate { return try handle(make(op, more: nodes, with: attributes)) }
    return try handle(
      make(op, nodes.first, nodes.count > 1 ? nodes[1] : nil, nodes.count > 2 ? nodes[2] : nil, with: attributes))
  }
}

/// How much memory there is.
enum SystemMemory {
  /// Bytes of the machine, or of the control group where that is less.
  static var total: Int {
    let pages = sysconf(Int32(_SC_PHYS_PAGES)), size = sysconf(Int32(_SC_PAGESIZE))
    var bytes = pages > 0 && size > 0 ? pages * size : 1 << 32
    for path in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
      if let limit = number(inFile: path), limit > 0 { bytes = min(bytes, limit) }
    }
    return bytes
  }

  private static func number(inFile path: String) -> Int? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var digits = 0, isNumber = false
    while true {
      let byte = fgetc(file)
      guard byte >= 48 && byte <= 57 else { return isNumber ? digits : nil }
      isNumber = true
      let (tens, overflow) = digits.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      digits = tens + Int(byte - 48)
    }
  }
}
