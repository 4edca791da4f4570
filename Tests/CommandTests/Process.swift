import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One run of the built `gradus` with pipes for its streams.
struct Outcome {
  var output = ""
  var errors = ""
  /// The status, or 128 + the signal that ended it.
  var status: Int32 = -1
  /// Memory that it had at most, in bytes.
  var peakMemory = 0
}

/// The executable, beside the bundle of tests.
let executable: String = {
  let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? "/proc/self/exe"
  let path = realpath(bundle, nil).map { pointer in
    defer { free(pointer) }
    return String(cString: pointer)
  }
  var folder = path ?? bundle
  // Upwards until it is there: the bundle is a folder on some systems.
  while let slash = folder.lastIndex(of: "/") {
    folder = String(folder[..<slash])
    if access(folder + "/gradus", X_OK) == 0 { return folder + "/gradus" }
  }
  return ".build/release/gradus"
}()

/// Runs `gradus` and waits for its end. `signal` is sent once `awaited` has been printed; `readsUpTo` closes the pipe of its output
/// after so many bytes.
func gradus(
  _ arguments: [String], input: [UInt8] = [], environment: [String: String] = [:], folder: String? = nil,
  signal: Int32? = nil, awaited: String = "", readsUpTo limit: Int? = nil
) throws -> Outcome {
  let stdin = try Pipe()
  let stdout = try Pipe()
  let stderr = try Pipe()
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_adddup2(&actions, stdin.reading, 0)
  posix_spawn_file_actions_adddup2(&actions, stdout.writing, 1)
  posix_spawn_file_actions_adddup2(&actions, stderr.writing, 2)
  var variables = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"]
  variables.merge(environment) { $1 }
  var pid = pid_t()
  // posix_spawn has no portable way to change the folder; the shell gives its place to the program.
  let command = folder.map { ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", $0, executable] } ?? [executable]
  let code = withStrings(command + arguments) { argv in
    withStrings(variables.map { "\($0.key)=\($0.value)" }) { envp in
      spawning.withLock { _ in posix_spawn(&pid, command[0], &actions, nil, argv, envp) }
    }
  }
  guard code == 0 else { throw Failure(message: "cannot run \(executable): \(String(cString: strerror(code)))") }
  close(stdin.reading)
  close(stdout.writing)
  close(stderr.writing)
  input.withUnsafeBytes { bytes in
    var done = 0
    while done < bytes.count {
      let count = write(stdin.writing, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      if count <= 0 { break }
      done += count
    }
  }
  // A program that is to be interrupted may wait for its input.
  if signal == nil { close(stdin.writing) }
  var outcome = Outcome()
  var collected: [Int32: [UInt8]] = [stdout.reading: [], stderr.reading: []]
  var open: Set<Int32> = [stdout.reading, stderr.reading]
  var hasSignalled = signal == nil
  if awaited.isEmpty, let signal {
    usleep(300_000)
    kill(pid, signal)
    hasSignalled = true
  }
  while !open.isEmpty {
    var requests = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&requests, nfds_t(requests.count), 60_000) > 0 else {
      kill(pid, SIGKILL)
      break
    }
    for request in requests where request.revents != 0 {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = read(request.fd, &buffer, buffer.count)
      if count <= 0 {
        open.remove(request.fd)
        continue
      }
      collected[request.fd, default: []] += buffer[..<count]
      if let limit, request.fd == stdout.reading, collected[request.fd, default: []].count >= limit {
        close(request.fd)
        open.remove(request.fd)
      }
    }
    if !hasSignalled, let signal {
      let text = String(decoding: collected[stdout.reading, default: []] + collected[stderr.reading, default: []], as: UTF8.self)
      if text.contains(awaited) {
        kill(pid, signal)
        hasSignalled = true
      }
    }
  }
  var status: Int32 = 0
  var usage = rusage()
  wait4(pid, &status, 0, &usage)
  outcome.peakMemory = usage.ru_maxrss * 1024
  if signal != nil { close(stdin.writing) }
  if limit == nil { close(stdout.reading) }
  close(stderr.reading)
  outcome.output = String(decoding: collected[stdout.reading, default: []], as: UTF8.self)
  outcome.errors = String(decoding: collected[stderr.reading, default: []], as: UTF8.self)
  outcome.status = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
  return outcome
}

func gradus(_ arguments: String..., input: String = "") throws -> Outcome { try gradus(arguments, input: Array(input.utf8)) }

/// No process that another test starts may inherit the ends of a pipe, so nothing starts while one is made.
private let spawning = Mutex(())

struct Failure: Error { let message: String }

private struct Pipe {
  let reading: Int32
  let writing: Int32
  init() throws {
    var ends: [Int32] = [0, 0]
    let code = spawning.withLock { _ in
      guard pipe(&ends) == 0 else { return false }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return true
    }
    guard code else { throw Failure(message: "no pipe") }
    (reading, writing) = (ends[0], ends[1])
  }
}

private func withStrings<R>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R) -> R {
  let copies = strings.map { strdup($0) } + [nil]
  defer { for copy in copies { free(copy) } }
  return body(copies)
}

/// A folder of its own, removed at the end of the body.
func withFolder<R>(_ files: [String: String], _ body: (String) throws -> R) throws -> R {
  var template = Array("/tmp/gradus-test-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw Failure(message: "no temporary folder") }
  let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer { removeTree(folder) }
  for (name, text) in files {
    if let slash = name.lastIndex(of: "/") { mkdir(folder + "/" + name[..<slash], 0o755) }
    guard let file = fopen(folder + "/" + name, "w") else { throw Failure(message: "cannot write \(name)") }
    fputs(text, file)
    fclose(file)
  }
  return try body(folder)
}

func contents(_ path: String) throws -> String {
  guard let file = fopen(path, "r") else { throw Failure(message: "cannot read \(path)") }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
  return String(decoding: bytes, as: UTF8.self)
}

private func removeTree(_ folder: String) {
  guard let stream = opendir(folder) else { return }
  while let entry = readdir(stream) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
    if name == "." || name == ".." { continue }
    let path = folder + "/" + name
    if unlink(path) != 0 { removeTree(path) }
  }
  closedir(stream)
  rmdir(folder)
}
