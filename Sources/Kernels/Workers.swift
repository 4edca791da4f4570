#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Synchronization

/// A few threads that share pieces of work: fork and join.
///
/// Pieces are handed out from a counter, so a core that is busy elsewhere
/// takes fewer of them. A worker that has not woken by the time the pieces
/// are gone is not waited for. Results must not depend on who does a piece.
package final class Workers: Sendable {
  /// How many threads work, the caller among them.
  package let threads: Int
  private let shared: WorkerState
  private let helpers: Mutex<[pthread_t]>
  // Read and written only by the one caller that has begun a job.
  private let hasStarted = Atomic<Bool>(false)
  private let placement = ThreadPlacement()
  /// The processor that helpers were last kept off.
  private let avoided = Atomic<Int32>(-1)

  /// `threads` counts the caller; the others start when they are first needed.
  package init(threads: Int) {
    self.threads = min(max(threads, 1), 256)
    shared = WorkerState()
    helpers = Mutex([])
  }

  deinit {
    shared.stop()
    helpers.withLock { threads in
      for thread in threads { pthread_join(thread, nil) }
    }
  }

  /// Calls `body` once with each number in `0..<pieces`, in no order, and returns when all calls have.
  ///
  /// When an interrupt is requested, pieces that have not begun are left out.
  /// A call from within a piece, or while another thread's call runs, does its pieces alone.
  package func run(pieces: Int, _ body: (Int) -> Void) {
    if pieces <= 0 { return }
    if threads == 1 || pieces == 1 || !shared.tryBegin() {
      for piece in 0..<pieces {
        if Interrupt.isRequested { return }
        body(piece)
      }
      return
    }
    startHelpers()
    keepHelpersApart()
    withoutActuallyEscaping(body) { body in
      var job = WorkerJob(pieces: pieces, body: body)
      withUnsafeMutablePointer(to: &job) { shared.work($0) }
    }
    shared.end()
  }

  /// Scratch memory for the length of `body`, kept for the next call.
  func withScratch<Result>(bytes: Int, _ body: (UnsafeMutableRawPointer) -> Result) -> Result {
    let block = shared.scratch.take(bytes: bytes)
    defer { shared.scratch.give(block) }
    return body(block + ScratchBlocks.header)
  }

  private func keepHelpersApart() {
    let here = placement.processor
    if here == avoided.load(ordering: .relaxed) { return }
    avoided.store(here, ordering: .relaxed)
    helpers.withLock { threads in
      for thread in threads { placement.keep(thread, off: here) }
    }
  }

  private func startHelpers() {
    if hasStarted.load(ordering: .relaxed) { return }
    hasStarted.store(true, ordering: .relaxed)
    helpers.withLock { started in
      var threads: [pthread_t] = []
      // Signals belong to the thread that reads the keys, so helpers block them all.
      var all = sigset_t()
      var old = sigset_t()
      sigfillset(&all)
      pthread_sigmask(SIG_SETMASK, &all, &old)
      for _ in 1..<self.threads {
        let context = Unmanaged.passRetained(shared)
        #if canImport(Glibc)
          var thread = pthread_t()
          let failure = pthread_create(&thread, nil, workerMain, context.toOpaque())
        #else
          var thread: pthread_t?
          let failure = pthread_create(&thread, nil, workerMain, context.toOpaque())
        #endif
        if failure != 0 {
          // With fewer threads the same work is done, only later.
          context.release()
          break
        }
        #if canImport(Glibc)
          threads.append(thread)
        #else
          if let thread { threads.append(thread) }
        #endif
      }
      pthread_sigmask(SIG_SETMASK, &old, nil)
      started = threads
    }
  }
}

/// What all threads of a job look at: what to call, how often, and who has taken how much.
private struct WorkerJob {
  let pieces: Int
  let body: (Int) -> Void
}

#if canImport(Glibc)
  private func workerMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<WorkerState>.fromOpaque(context).takeRetainedValue().helperLoop() }
    return nil
  }
#else
  private func workerMain(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<WorkerState>.fromOpaque(context).takeRetainedValue().helperLoop()
    return nil
  }
#endif

/// The part of a pool that its threads hold. It outlives the pool until they have ended.
private final class WorkerState: @unchecked Sendable {
  // The gate: number of the job in the upper bits, bit 15 set while helpers
  // may enter, and how many are inside in the lower bits.
  private let gate = Atomic<UInt64>(0)
  private let next = Atomic<Int>(0)
  private let busy = Atomic<Bool>(false)
  private let stopping = Atomic<Bool>(false)
  private let sleepers = Atomic<Int>(0)
  private let callerSleeps = Atomic<Bool>(false)
  // Written only while the gate is shut and nobody is inside.
  private var job: UnsafeMutablePointer<WorkerJob>?
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let emptied = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  let scratch = ScratchBlocks()

  private static let open: UInt64 = 1 << 15
  private static let inside: UInt64 = (1 << 15) - 1

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
    pthread_cond_init(emptied, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_cond_destroy(emptied)
    emptied.deallocate()
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func tryBegin() -> Bool {
    busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
  }

  func end() { busy.store(false, ordering: .releasing) }

  func stop() {
    stopping.store(true, ordering: .sequentiallyConsistent)
    wake()
  }

  private func wake() {
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }

  /// The caller's side: opens the gate, takes pieces, shuts the gate, waits for those inside.
  func work(_ newJob: UnsafeMutablePointer<WorkerJob>) {
    job = newJob
    next.store(0, ordering: .relaxed)
    let number = (gate.load(ordering: .relaxed) >> 16) &+ 1
    gate.store(number << 16 | Self.open, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { wake() }
    takePieces(newJob)
    gate.bitwiseAnd(~Self.open, ordering: .acquiringAndReleasing)
    var tries = 0
    while gate.load(ordering: .acquiring) & Self.inside != 0 {
      tries += 1
      if tries > 2100 { sleepUntilEmpty() } else if tries > 2000 { sched_yield() }
    }
    job = nil
  }

  /// A helper that was put aside for another process is in the middle of a piece. A core that sleeps is given to it; one
  /// that spins would wait for that process's turn to end, for milliseconds.
  private func sleepUntilEmpty() {
    pthread_mutex_lock(mutex)
    callerSleeps.store(true, ordering: .sequentiallyConsistent)
    while gate.load(ordering: .sequentiallyConsistent) & Self.inside != 0 { pthread_cond_wait(emptied, mutex) }
    callerSleeps.store(false, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
  }

  private func takePieces(_ job: UnsafeMutablePointer<WorkerJob>) {
    let body = job.pointee.body
    let pieces = job.pointee.pieces
    while !Interrupt.isRequested {
      let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if piece >= pieces { return }
      body(piece)
    }
  }

  /// The helper's side: waits for a job it has not seen, enters, takes pieces, leaves.
  func helperLoop() {
    var seen: UInt64 = 0
    while let state = waitForJob(after: seen) {
      let entered = gate.compareExchange(
        expected: state, desired: state + 1, ordering: .acquiring
      ).exchanged
      // Otherwise somebody else entered or the gate shut at this moment: look again.
      if !entered { continue }
      seen = state >> 16
      if let job { takePieces(job) }
      gate.wrappingSubtract(1, ordering: .sequentiallyConsistent)
      if callerSleeps.load(ordering: .sequentiallyConsistent) {
        pthread_mutex_lock(mutex)
        pthread_cond_signal(emptied)
        pthread_mutex_unlock(mutex)
      }
    }
  }

  /// Spins for some microseconds, then lets others run for as long as lies between two steps, then sleeps.
  private func waitForJob(after seen: UInt64) -> UInt64? {
    func fresh() -> UInt64? {
      let state = gate.load(ordering: .acquiring)
      return state & Self.open != 0 && state >> 16 != seen ? state : nil
    }
    for _ in 0..<4000 {
      if let state = fresh() { return state }
    }
    for _ in 0..<1000 {
      if let state = fresh() { return state }
      if stopping.load(ordering: .relaxed) { return nil }
      sched_yield()
    }
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    defer { sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
    while true {
      let state = gate.load(ordering: .sequentiallyConsistent)
      if state & Self.open != 0 && state >> 16 != seen { return state }
      if stopping.load(ordering: .sequentiallyConsistent) { return nil }
      pthread_cond_wait(condition, mutex)
    }
  }
}

/// Blocks of memory that are used again, so that a product allocates nothing once it is warm.
private final class ScratchBlocks: @unchecked Sendable {
  /// Room at the front of each block, where its size is kept; a multiple of the cache line.
  static let header = 64
  /// Blocks that are kept at most.
  private static let capacity = 16

  // Guards the addresses. A thread sanitizer sees what such a lock orders; of Synchronization's `Mutex` it knows nothing.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var free: [UnsafeMutableRawPointer] = []

  init() {
    pthread_mutex_init(mutex, nil)
    free.reserveCapacity(Self.capacity)
  }

  deinit {
    for block in free { block.deallocate() }
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func take(bytes: Int) -> UnsafeMutableRawPointer {
    pthread_mutex_lock(mutex)
    let kept = free.popLast()
    pthread_mutex_unlock(mutex)
    if let kept {
      if kept.load(as: Int.self) >= bytes { return kept }
      kept.deallocate()
    }
    // Rounded up, so that products of nearly the same size share a block.
    let size = max(1 << 18, (bytes + 0xffff) & ~0xffff)
    let block = UnsafeMutableRawPointer.allocate(byteCount: size + Self.header, alignment: 64)
    block.storeBytes(of: size, as: Int.self)
    return block
  }

  func give(_ block: UnsafeMutableRawPointer) {
    pthread_mutex_lock(mutex)
    let isKept = free.count < Self.capacity
    if isKept { free.append(block) }
    pthread_mutex_unlock(mutex)
    if !isKept { block.deallocate() }
  }
}
