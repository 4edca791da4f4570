#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct Failure: Error, CustomStringConvertible { let description: String }

/// The built `gradus` in a terminal of 80 columns and 24 rows. A shell runs it and tells the terminal's settings before and after.
final class PseudoTerminal {
  private let master: Int32
  private let pid: pid_t
  private var pending: [UInt8] = []
  private var isReaped = false
  private var isOpen = true
  /// `POSIX_SPAWN_SETSID`, which Swift's view of glibc leaves out.
  #if os(Linux)
    private static let newSession: Int32 = 0x80
  #else
    private static let newSession = POSIX_SPAWN_SETSID
  #endif
  /// Seconds that anything awaited may take.
  private static let patience = 30.0

  /// What the shell does: `run` stands for the program.
  init(
    history: String, kind: String = "xterm-256color", width: Int = 80, height: Int = 24, script body: String = "run; echo status $?.",
    options: String = "--no-init", variables more: [String] = []
  ) throws {
    var size = winsize(ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
    var (ours, theirs): (Int32, Int32) = (-1, -1)
    var name = [CChar](repeating: 0, count: 1024)
    guard openpty(&ours, &theirs, &name, nil, &size) == 0 else { throw Failure(description: "no terminal") }
    close(theirs)
    _ = fcntl(ours, F_SETFD, FD_CLOEXEC)
    master = ours
    let path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The first terminal that the leader of a session opens is its own.
    posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(PseudoTerminal.newSession))
    let command = body.replacing("run", with: "\"$0\" \(options)")
    let script = "trap : INT; echo before $(stty -g).; \(command); echo after $(stty -g).; echo over."
    let arguments = ["/bin/sh", "-c", script, executable]
    let variables = ["PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TERM=\(kind)", "GRADUS_HISTORY=\(history)", "HOME=/nonexistent"] + more
    var pid = pid_t()
    let code = withStrings(arguments) { argv in withStrings(variables) { envp in posix_spawn(&pid, "/bin/sh", &actions, &attributes, argv, envp) } }
    self.pid = pid
    guard code == 0 else { throw Failure(description: "cannot run \(executable)") }
  }

  deinit {
    if !isReaped {
      kill(-pid, SIGKILL)
      var status: Int32 = 0
      waitpid(pid, &status, 0)
    }
    if isOpen { close(master) }
  }

  func type(_ text: String) { type(Array(text.utf8)) }

  /// Gives the window another size; the program is told by a signal.
  func resize(width: Int, height: Int) {
    var size = winsize(ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  /// Bytes are read while others are written, for a program that answers at once would wait otherwise.
  func type(_ bytes: [UInt8]) {
    _ = fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK)
    defer { _ = fcntl(master, F_SETFL, fcntl(master, F_GETFL) & ~O_NONBLOCK) }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { write(master, $0.baseAddress?.advanced(by: done), bytes.count - done) }
      if count > 0 {
        done += count
        continue
      }
      guard errno == EAGAIN || errno == EINTR else { return }
      var request = pollfd(fd: master, events: Int16(POLLIN | POLLOUT), revents: 0)
      poll(&request, 1, 1000)
      if request.revents & Int16(POLLIN) != 0 {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let got = read(master, &buffer, buffer.count)
        if got > 0 { pending += buffer[..<got] }
      }
    }
  }

  /// Reads until the text comes, after what was awaited before; returns what came up to it.
  @discardableResult func wait(for text: String) throws -> String {
    let wanted = Array(text.utf8)
    let deadline = now() + PseudoTerminal.patience
    while true {
      if let found = find(wanted) {
        let part = String(decoding: pending[..<found], as: UTF8.self)
        pending.removeFirst(found + wanted.count)
        return part
      }
      var request = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      var buffer = [UInt8](repeating: 0, count: 4096)
      guard now() < deadline, poll(&request, 1, 1000) >= 0 else { throw missing(text) }
      if request.revents == 0 { continue }
      let count = read(master, &buffer, buffer.count)
      guard count > 0 else { throw missing(text) }
      pending += buffer[..<count]
    }
  }

  /// Waits until the prompt of a number takes keys.
  @discardableResult func prompt(_ number: Int) throws -> String {
    let part = try wait(for: "[\(number)] ∇")
    try wait(for: "\u{1B}[?2004h")
    return part
  }

  /// Waits for the end; the status, and whether the terminal is as it was.
  func end() throws -> (status: String, isRestored: Bool) {
    try wait(for: "status ")
    let status = try wait(for: ".")
    return (status, try ended())
  }

  /// Waits for the end of the shell; whether the terminal is as it was.
  func ended() throws -> Bool {
    try wait(for: "after ")
    let after = try wait(for: ".")
    try wait(for: "over.")
    var code: Int32 = 0
    waitpid(pid, &code, 0)
    isReaped = true
    return after == settings
  }

  /// The terminal's settings before the program ran.
  private(set) var settings = ""

  /// Waits for the first prompt; returns what came before it.
  @discardableResult func start() throws -> String {
    try wait(for: "before ")
    settings = try wait(for: ".")
    try wait(for: "\r\n")
    return try prompt(1)
  }

  /// Closes the terminal, as when its window is closed; whether the program ends then.
  func hangUp() -> Bool {
    close(master)
    isOpen = false
    let deadline = now() + PseudoTerminal.patience
    var status: Int32 = 0
    while now() < deadline {
      if waitpid(pid, &status, WNOHANG) == pid {
        isReaped = true
        return true
      }
      usleep(1_000)
    }
    return false
  }

  private func find(_ wanted: [UInt8]) -> Int? {
    guard pending.count >= wanted.count else { return nil }
    return pending.withUnsafeBytes { all in
      wanted.withUnsafeBytes { some in
        guard let base = all.baseAddress, let first = some.first, let text = some.baseAddress else { return nil }
        var start = 0
        while let found = memchr(base + start, Int32(first), all.count - wanted.count + 1 - start) {
          let place = base.distance(to: UnsafeRawPointer(found))
          if memcmp(found, text, wanted.count) == 0 { return place }
          start = place + 1
        }
        return nil
      }
    }
  }

  private func missing(_ text: String) -> Failure {
    Failure(description: "waited for \(text.debugDescription), but there was \(String(decoding: pending, as: UTF8.self).debugDescription)")
  }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// The executable, beside the bundle of tests.
let executable: String = {
  let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? "/proc/self/exe"
  var folder = realpath(bundle, nil).map { pointer in
    defer { free(pointer) }
    return String(cString: pointer)
  } ?? bundle
  while let slash = folder.lastIndex(of: "/") {
    folder = String(folder[..<slash])
    if access(folder + "/gradus", X_OK) == 0 { return folder + "/gradus" }
  }
  return ".build/release/gradus"
}()

func withStrings<R>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
  let copies = strings.map { strdup($0) } + [nil]
  defer { for copy in copies { free(copy) } }
  return body(copies)
}

/// A folder of its own, removed at the end of the body.
func withFolder<R>(_ body: (String) throws -> R) throws -> R {
  var template = Array("/tmp/gradus-test-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw Failure(description: "no temporary folder") }
  let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer { removeTree(folder) }
  return try body(folder)
}

private func removeTree(_ folder: String) {
  guard let stream = opendir(folder) else { return }
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
    if name == "." || name == ".." { continue }
    let path = folder + "/" + name
    if unlink(path) != 0 { removeTree(path) }
  }
  closedir(stream)
  rmdir(folder)
}
