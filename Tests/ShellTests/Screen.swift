import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The built program in a terminal that tmux plays, so that what a user sees can be compared.
final class Screen {
  /// Where tmux is; nil if it is not installed.
  static let tmux: String? = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/opt/homebrew/bin/tmux"].first { access($0, X_OK) == 0 }

  private let socket: String
  private let tmux: String
  /// Seconds that anything awaited may take.
  private static let patience = 10.0

  /// The program is run by a shell, whose command it is.
  init(folder: String, width: Int, height: Int, options: String = "", variables: [String] = ["NO_COLOR=1"]) throws {
    guard let tmux = Screen.tmux else { throw Failure(description: "tmux is not installed") }
    self.tmux = tmux
    socket = folder + "/tmux"
    let environment = (["LANG=C.UTF-8", "HOME=\(folder)", "GRADUS_HISTORY=\(folder)/history"] + variables).joined(separator: " ")
    let command = "env \(environment) '\(executable)' --no-init --quiet \(options); echo ended; read line"
    _ = try run(["-f", "/dev/null", "new-session", "-d", "-x", "\(width)", "-y", "\(height)", command])
  }

  deinit { _ = try? run(["kill-server"]) }

  /// Types a text, as keys.
  func type(_ text: String) throws { _ = try run(["send-keys", "-l", "--", text]) }

  /// Presses keys by tmux's names: `Enter`, `C-a`, `Up`.
  func press(_ keys: String...) throws { _ = try run(["send-keys"] + keys) }

  /// Pastes a text, as the terminal does it.
  func paste(_ text: String) throws {
    _ = try run(["set-buffer", "--", text])
    _ = try run(["paste-buffer", "-p"])
  }

  func resize(width: Int, height: Int) throws { _ = try run(["resize-window", "-x", "\(width)", "-y", "\(height)"]) }

  /// What is seen, without empty lines at the end, `▯` where the cursor is.
  func seen() throws -> String {
    let place = try run(["display-message", "-p", "#{cursor_x} #{cursor_y}"]).split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    var rows = try run(["capture-pane", "-p"]).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard place.count == 2, place[1] < rows.count else { return rows.joined(separator: "\n") }
    // Wide characters take two columns.
    var row = ""
    var column = 0
    for character in rows[place[1]] {
      if column == place[0] { row += "▯" }
      row.append(character)
      column += character.unicodeScalars.first.map { $0.value >= 0x1100 && ($0.value < 0x2000 || $0.value >= 0x2E80) ? 2 : 1 } ?? 1
    }
    if column <= place[0] { row += String(repeating: " ", count: place[0] - column) + "▯" }
    rows[place[1]] = row
    while rows.last?.isEmpty == true { rows.removeLast() }
    return rows.joined(separator: "\n")
  }

  /// All that was written, what has scrolled away, too.
  func history() throws -> String {
    var text = try run(["capture-pane", "-p", "-S", "-"])
    while text.hasSuffix("\n") { text.removeLast() }
    return text
  }

  /// Waits until exactly this is seen.
  func expect(_ wanted: String, _ location: Testing.SourceLocation = #_sourceLocation) throws {
    var last = ""
    let isSeen = try wait {
      last = $0
      return $0 == wanted
    }
    #expect(isSeen, "the screen shows\n\(last)\ninstead of\n\(wanted)", sourceLocation: location)
  }

  /// Waits until what is seen is as wanted; false if it never is.
  @discardableResult func wait(_ isWanted: (String) -> Bool) throws -> Bool {
    let deadline = now() + Screen.patience
    while now() < deadline {
      if isWanted(try seen()) { return true }
      usleep(5_000)
    }
    return false
  }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private func run(_ arguments: [String]) throws -> String {
    try output(of: [tmux, "-u", "-S", socket] + arguments, variables: ["PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TERM=xterm-256color", "HOME=/nonexistent"])
  }
}

/// Runs a program to its end and returns what it writes.
func output(of arguments: [String], variables: [String]) throws -> String {
  var ends: [Int32] = [-1, -1]
  guard pipe(&ends) == 0 else { throw Failure(description: "no pipe") }
  _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
  _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
  var pid = pid_t()
  let code = withStrings(arguments) { argv in withStrings(variables) { envp in posix_spawn(&pid, arguments[0], &actions, nil, argv, envp) } }
  close(ends[1])
  defer { close(ends[0]) }
  guard code == 0 else { throw Failure(description: "cannot run \(arguments[0])") }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(ends[0], &buffer, buffer.count)
    if count < 0, errno == EINTR { continue }
    if count <= 0 { break }
    bytes += buffer[..<count]
  }
  var status: Int32 = 0
  waitpid(pid, &status, 0)
  return String(decoding: bytes, as: UTF8.self)
}
