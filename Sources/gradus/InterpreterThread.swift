#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A thread whose stack is large enough for programs that are nested deeply. The main thread's is 8 MB as a rule.
enum InterpreterThread {
  /// Bytes; the system gives them as they are used.
  private static let stackSize = 256 << 20

  private final class Work {
    let body: () -> Int32
    var status: Int32 = 1
    init(_ body: @escaping () -> Int32) { self.body = body }
  }

  /// Runs the body there and returns its result.
  static func run(_ body: @escaping () -> Int32) -> Int32 {
    let work = Work(body)
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, stackSize)
    defer { pthread_attr_destroy(&attributes) }
    #if canImport(Glibc)
      var thread = pthread_t()
    #else
      var thread: pthread_t?
    #endif
    let context = Unmanaged.passRetained(work).toOpaque()
    let code = pthread_create(
      &thread, &attributes,
      { context in
        #if canImport(Glibc)
          guard let context else { return nil }
        #endif
        let work = Unmanaged<Work>.fromOpaque(context).takeUnretainedValue()
        work.status = work.body()
        return nil
      }, context)
    defer { Unmanaged<Work>.fromOpaque(context).release() }
    // Where memory is that scarce, the small stack must do.
    guard code == 0 else { return body() }
    #if canImport(Glibc)
      pthread_join(thread, nil)
    #else
      if let thread { pthread_join(thread, nil) }
    #endif
    return work.status
  }
}
