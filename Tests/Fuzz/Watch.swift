#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Names the input that a crash or a hang came from, which the program itself can't do any more.
enum Watch {
  /// The input that runs, for the handler of signals and the watching thread.
  nonisolated(unsafe) static let current = {
    let place = UnsafeMutablePointer<Int>.allocate(capacity: 1)
    place.initialize(to: -1)
    return place
  }()

  static func start(seconds: Double) {
    _ = current
    for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT, SIGFPE] {
      var action = sigaction()
      action.sa_flags = Int32(SA_ONSTACK)
      action.__sigaction_handler.sa_handler = { _ in Watch.leave("crash") }
      sigaction(signal, &action, nil)
    }
    thread(stackBytes: 1 << 20) {
      var last = -1
      var since = 0.0
      while true {
        usleep(100_000)
        since = Watch.current.pointee == last ? since + 0.1 : 0
        last = Watch.current.pointee
        if since > seconds { Watch.leave("hang") }
      }
    }
  }

  /// Safe in a handler of signals: it allocates nothing.
  private static func leave(_ what: StaticString) {
    write(1, what.utf8Start, what.utf8CodeUnitCount)
    write(1, " at input ", 10)
    var digits: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) = (48, 48, 48, 48, 48, 48, 48, 48, 48, 10)
    withUnsafeMutableBytes(of: &digits) { digits in
      var rest = max(0, current.pointee)
      for place in (0..<9).reversed() {
        digits[place] = UInt8(48 + rest % 10)
        rest /= 10
      }
      _ = write(1, digits.baseAddress, 10)
    }
    _exit(1)
  }

  /// Runs a body in a thread whose stack is as large as the interpreter's, with a place aside for the handler of signals.
  static func thread(stackBytes: Int, _ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, stackBytes)
    let context = Unmanaged.passRetained(Body(run: body)).toOpaque()
    var thread = pthread_t()
    pthread_create(
      &thread, &attributes,
      { context in
        var aside = stack_t()
        aside.ss_sp = malloc(1 << 16)
        aside.ss_size = 1 << 16
        sigaltstack(&aside, nil)
        if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context)
    pthread_attr_destroy(&attributes)
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
