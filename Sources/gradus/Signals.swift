import Kernels
import Shell
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Ctrl-C and a request to end become a wish to stop, which running work looks at. A second one that nobody answered ends
/// the process at once.
enum Signals {
  private static let received = Atomic<Int32>(0)
  private static let unanswered = Atomic<Int>(0)

  /// The signal that came last, if any did.
  static var last: Int32? {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  static var isTerminated: Bool { received.load(ordering: .relaxed) == SIGTERM }

  /// At a prompt nothing but its user ends the process.
  static let endsUnanswered = Atomic<Bool>(true)

  static func install() {
    var action = sigaction()
    sigemptyset(&action.sa_mask)
    // Without SA_RESTART: what waits shall wake.
    action.sa_flags = 0
    #if canImport(Glibc)
      action.__sigaction_handler.sa_handler = handle
    #else
      action.__sigaction_u.__sa_handler = handle
    #endif
    sigaction(SIGINT, &action, nil)
    sigaction(SIGTERM, &action, nil)
    // Whoever started the program may have blocked them.
    var both = sigset_t()
    sigemptyset(&both)
    sigaddset(&both, SIGINT)
    sigaddset(&both, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &both, nil)
  }

  private static let handle: @convention(c) (Int32) -> Void = { number in
    if Interrupt.isRequested {
      if unanswered.add(1, ordering: .relaxed).newValue >= 2, endsUnanswered.load(ordering: .relaxed) { _exit(128 + number) }
    } else {
      unanswered.store(0, ordering: .relaxed)
    }
    // A request to end outlives a Ctrl-C that follows it.
    if received.load(ordering: .relaxed) != SIGTERM { received.store(number, ordering: .relaxed) }
    Interrupt.request()
    TerminalSignals.wake()
  }
}
