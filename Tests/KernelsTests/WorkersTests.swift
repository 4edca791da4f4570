#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Kernels
import Synchronization
import Testing

@Suite struct WorkersTests {
  @Test(arguments: [1, 2, 3, 8])
  func everyPieceOnce(threads: Int) {
    let workers = Workers(threads: threads)
    #expect(workers.threads == threads)
    for pieces in [0, 1, 2, 7, 100, 1000] {
      let counts = UnsafeMutablePointer<Int>.allocate(capacity: 1000)
      counts.update(repeating: 0, count: 1000)
      defer { counts.deallocate() }
      for _ in 0..<20 { workers.run(pieces: pieces) { counts[$0] += 1 } }
      for piece in 0..<1000 { #expect(counts[piece] == (piece < pieces ? 20 : 0)) }
    }
  }

  @Test func piecesWithinPieces() {
    let workers = Workers(threads: 2)
    let sum = Atomic<Int>(0)
    workers.run(pieces: 10) { outer in
      workers.run(pieces: 10) { inner in
        sum.add(outer * 10 + inner, ordering: .relaxed)
      }
    }
    #expect(sum.load(ordering: .relaxed) == 4950)
  }

  @Test func sleepersWake() {
    let workers = Workers(threads: 3)
    let sum = Atomic<Int>(0)
    for _ in 0..<5 {
      workers.run(pieces: 50) { _ in sum.add(1, ordering: .relaxed) }
      // Long enough for the helpers to park.
      usleep(20_000)
    }
    #expect(sum.load(ordering: .relaxed) == 250)
  }

  #if os(Linux)
    /// The processors that the calling thread may use: one bit each. Nil where the C library can't say.
    private static func processors() -> [UInt64]? {
      typealias Affinity = @convention(c) (pthread_t, Int, UnsafeMutableRawPointer) -> Int32
      guard let symbol = dlsym(nil, "pthread_getaffinity_np") else { return nil }
      var set = [UInt64](repeating: 0, count: 16)
      let status = set.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { unsafeBitCast(symbol, to: Affinity.self)(pthread_self(), bytes.count, $0) } ?? -1
      }
      return status == 0 ? set : nil
    }

    @Test func helpersKeepOffTheCallersProcessor() {
      guard let all = Self.processors() else { return }
      let count = { (set: [UInt64]) in set.reduce(0) { $0 + $1.nonzeroBitCount } }
      let caller = pthread_self()
      let workers = Workers(threads: 2)
      let seen = Mutex<[[UInt64]]>([])
      // Until the helper has had a piece: on a busy machine it may come late.
      for _ in 0..<1000 where seen.withLock({ $0.isEmpty }) {
        workers.run(pieces: 20) { _ in
          if pthread_equal(pthread_self(), caller) == 0, let own = Self.processors() { seen.withLock { $0.append(own) } }
          usleep(100)
        }
      }
      let sets = seen.withLock { $0 }
      #expect(!sets.isEmpty)
      for set in sets {
        #expect(zip(set, all).allSatisfy { $0 & ~$1 == 0 })
        #expect(count(set) == max(1, count(all) - 1))
      }
      // The caller's own right is untouched.
      #expect(Self.processors() == all)
    }
  #endif

  @Test func manyPoolsComeAndGo() {
    let sum = Atomic<Int>(0)
    for _ in 0..<100 {
      Workers(threads: 3).run(pieces: 9) { _ in sum.add(1, ordering: .relaxed) }
    }
    #expect(sum.load(ordering: .relaxed) == 900)
  }

  @Test func onePoolForManyCallers() async {
    let workers = Workers(threads: 2)
    let total = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let sum = Atomic<Int>(0)
          for _ in 0..<100 {
            workers.run(pieces: 10) { sum.add($0, ordering: .relaxed) }
          }
          return sum.load(ordering: .relaxed)
        }
      }
      return await group.reduce(0, +)
    }
    #expect(total == 8 * 100 * 45)
  }

  /// The flag belongs to the process, so what sets it has one of its own.
  @Test func interruptsSkipPieces() async {
    await #expect(processExitsWith: .success) {
      for threads in [1, 2] {
        let workers = Workers(threads: threads)
        let done = Atomic<Int>(0)
        workers.run(pieces: 1000) { piece in
          if piece == 10 { Interrupt.request() }
          done.add(1, ordering: .relaxed)
          usleep(100)
        }
        let after = done.load(ordering: .relaxed)
        if !Interrupt.isRequested || after < 11 || after > 100 { exit(1) }
        workers.run(pieces: 5) { _ in exit(2) }
        Interrupt.clear()
        if Interrupt.isRequested { exit(3) }
        workers.run(pieces: 5) { _ in done.add(1, ordering: .relaxed) }
        if done.load(ordering: .relaxed) != after + 5 { exit(4) }
      }
    }
  }

  @Test func processorIsFit() {
    #expect(missingProcessorFeatures() == [])
  }
}
