import Kernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A command of the system, on the program's own streams.
enum SystemCommand {
  enum End {
    case done(status: Int32)
    case ended(signal: Int32)
    case failed(String)
  }

  static func run(_ text: String) -> End {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // What the program does with signals is not for others.
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for signal in [SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP, SIGWINCH, SIGCONT] { sigaddset(&defaults, signal) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var pid = pid_t()
    var words: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(text), nil]
    defer { for word in words { free(word) } }
    let code = posix_spawn(&pid, "/bin/sh", nil, &attributes, &words, environ)
    guard code == 0 else { return .failed(String(cString: strerror(code))) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 {
      // Ctrl-C goes to the command, too, and ends it if it likes.
      guard errno == EINTR else { return .failed(String(cString: strerror(errno))) }
    }
    Interrupt.clear()
    let signal = status & 0x7F
    return signal == 0 ? .done(status: (status >> 8) & 0xFF) : .ended(signal: signal)
  }
}
