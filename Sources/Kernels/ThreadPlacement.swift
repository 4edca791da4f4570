#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Which processors a pool's threads may use: helpers stay off the one where the caller works.
///
/// A helper that wakes is often put beside the thread that woke it, and stays there for milliseconds, two threads on one
/// processor with another one idle. Its right to the other processors is its own; the caller may go wherever it likes.
struct ThreadPlacement: Sendable {
  private typealias CurrentProcessor = @convention(c) () -> Int32
  private typealias Affinity = @convention(c) (pthread_t, Int, UnsafeMutableRawPointer) -> Int32

  /// Words of a set of processors: 1024 bits, as the C library has it.
  private static let words = 16

  private let currentProcessor: CurrentProcessor?
  private let setAffinity: Affinity?
  /// The processors that this process was given.
  private let allowed: [UInt64]

  /// What the calling thread may use is what helpers may use.
  init() {
    #if os(Linux)
      // Not among the declarations that Swift sees; a C library without them leaves threads where they are.
      func function<T>(_ name: StaticString, as type: T.Type) -> T? {
        dlsym(nil, UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)).map { unsafeBitCast($0, to: type) }
      }
      currentProcessor = function("sched_getcpu", as: CurrentProcessor.self)
      setAffinity = function("pthread_setaffinity_np", as: Affinity.self)
      var set = [UInt64](repeating: 0, count: Self.words)
      let status = set.withUnsafeMutableBytes { bytes -> Int32 in
        guard let memory = bytes.baseAddress, let get = function("pthread_getaffinity_np", as: Affinity.self) else { return -1 }
        return get(pthread_self(), bytes.count, memory)
      }
      allowed = status == 0 ? set : []
    #else
      currentProcessor = nil
      setAffinity = nil
      allowed = []
    #endif
  }

  /// The number of the processor that runs the calling thread at this moment; -1 where that can't be found out.
  @inline(__always) var processor: Int32 { currentProcessor?() ?? -1 }

  /// Lets a thread run on all processors that the process was given but one; on all, if there is no other.
  func keep(_ thread: pthread_t, off processor: Int32) {
    guard let setAffinity, processor >= 0, Int(processor) < allowed.count * 64 else { return }
    var set = allowed
    set[Int(processor) >> 6] &= ~(1 << (UInt64(processor) & 63))
    if set.allSatisfy({ $0 == 0 }) { set = allowed }
    _ = set.withUnsafeMutableBytes { bytes in bytes.baseAddress.map { setAffinity(thread, bytes.count, $0) } }
  }
}
