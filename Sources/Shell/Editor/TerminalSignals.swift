import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Signals while a cell is being edited: each sets its flag and wakes who waits for keys.
package enum TerminalSignals {
  static let hasResized = Atomic(false)
  static let shallStop = Atomic(false)
  static let hasContinued = Atomic(false)
  /// A request to quit at once.
  static let shallQuit = Atomic(false)
  private static let reading = Atomic<Int32>(-1)
  private static let writing = Atomic<Int32>(-1)

  /// The end of the pipe that becomes readable; -1 if there is none.
  static var descriptor: Int32 { reading.load(ordering: .relaxed) }

  /// Makes the pipe; false if the system has none to give.
  static func open() -> Bool {
    if descriptor >= 0 { return true }
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return false }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    reading.store(ends[0], ordering: .relaxed)
    writing.store(ends[1], ordering: .relaxed)
    return true
  }

  /// Wakes who waits; of use in a signal's handler.
  package static func wake() {
    let descriptor = writing.load(ordering: .relaxed)
    guard descriptor >= 0 else { return }
    let code = errno
    var byte: UInt8 = 0
    _ = write(descriptor, &byte, 1)
    errno = code
  }

  /// Takes out what woke.
  static func drain() {
    var bytes: (UInt64, UInt64) = (0, 0)
    while read(descriptor, &bytes, 16) > 0 {}
  }

  /// Which signals are ours while a cell is edited.
  private static let numbers = [SIGWINCH, SIGTSTP, SIGCONT, SIGQUIT]

  /// Takes the signals; returns what they did before. Who started the program may have left them blocked.
  static func install() -> [sigaction] {
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in numbers + [SIGINT] { sigaddset(&wanted, number) }
    pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
    var action = sigaction()
    sigemptyset(&action.sa_mask)
    action.sa_flags = 0
    #if canImport(Glibc)
      action.__sigaction_handler.sa_handler = handle
    #else
      action.__sigaction_u.__sa_handler = handle
    #endif
    return numbers.map { number in
      var old = sigaction()
      sigaction(number, &action, &old)
      return old
    }
  }

  static func restore(_ actions: [sigaction]) {
    for (number, action) in zip(numbers, actions) {
      var action = action
      sigaction(number, &action, nil)
    }
  }

  /// Does what the signal would have done without us, and comes back if that did not end the process.
  static func deliver(_ number: Int32) {
    var action = sigaction()
    var old = sigaction()
    sigemptyset(&action.sa_mask)
    #if canImport(Glibc)
      action.__sigaction_handler.sa_handler = SIG_DFL
    #else
      action.__sigaction_u.__sa_handler = SIG_DFL
    #endif
    sigaction(number, &action, &old)
    raise(number)
    sigaction(number, &old, nil)
  }

  private static let handle: @convention(c) (Int32) -> Void = { number in
    switch number {
    case SIGWINCH: hasResized.store(true, ordering: .relaxed)
    case SIGTSTP: shallStop.store(true, ordering: .relaxed)
    case SIGCONT: hasContinued.store(true, ordering: .relaxed)
    default: shallQuit.store(true, ordering: .relaxed)
    }
    wake()
  }
}
