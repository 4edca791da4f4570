#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// All bytes of a file; the path "-" is standard input.
///
/// Reads whatever the system can open (pipes and devices too) until it ends,
/// and throws `.tooLarge` once more than `limit` bytes have come. What may
/// keep it waiting is given up, with `.interrupted`, once `isInterrupted` says so.
package func readBytes(
  path: String, limit: Int = 1 << 34, isInterrupted: () -> Bool = { false }
) throws(FileError) -> [UInt8] {
  if path.utf8.contains(0) {
    throw .unreadable(path: path, reason: "its name contains a zero byte")
  }
  if path == "-" { return try readAll(0, path: path, expected: 0, limit: limit, isInterrupted) }
  // Opening a pipe that nobody writes to yet would wait where nothing can interrupt it.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  if descriptor < 0 {
    let code = errno
    if code == ENOENT || code == ENOTDIR { throw .missing(path: path) }
    throw .unreadable(path: path, reason: systemReason(code))
  }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else {
    throw .unreadable(path: path, reason: systemReason(errno))
  }
  if status.st_mode & S_IFMT == S_IFDIR { throw .isDirectory(path: path) }
  let size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
  if size > limit { throw .tooLarge(path: path, size: size, limit: limit) }
  return try readAll(descriptor, path: path, expected: size, limit: limit, isInterrupted)
}

/// The text of a file, which must be UTF-8; a byte order mark is removed.
package func readText(
  path: String, limit: Int = 1 << 32, isInterrupted: () -> Bool = { false }
) throws(FileError) -> String {
  try decodeText(readBytes(path: path, limit: limit, isInterrupted: isInterrupted), path: path)
}

/// Bytes as text, which must be UTF-8; a byte order mark is removed. `path` is
/// for the error alone.
package func decodeText(_ bytes: [UInt8], path: String) throws(FileError) -> String {
  let start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
  if let text = String(validating: bytes[start...], as: UTF8.self) { return text }
  throw .notUTF8(path: path, line: lineOfInvalidUTF8(bytes[...]))
}

let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

/// The line, from 1, of the first bytes that are not UTF-8.
private func lineOfInvalidUTF8(_ bytes: ArraySlice<UInt8>) -> Int {
  var line = 1
  var decoder = UTF8()
  var iterator = bytes.makeIterator()
  while true {
    switch decoder.decode(&iterator) {
    case .scalarValue(let scalar): if scalar == "\n" { line += 1 }
    case .emptyInput, .error: return line
    }
  }
}

private func readAll(
  _ descriptor: Int32, path: String, expected: Int, limit: Int, _ isInterrupted: () -> Bool
) throws(FileError) -> [UInt8] {
  var bytes: [UInt8] = []
  // One byte more than expected tells the end apart from growth.
  var chunk = expected > 0 ? expected + 1 : 1 << 16
  while true {
    var code: Int32 = 0
    let before = bytes.count
    if before == 0 {
      bytes = Array(unsafeUninitializedCapacity: chunk) { buffer, count in
        (count, code) = readSome(descriptor, into: UnsafeMutableRawBufferPointer(buffer), isInterrupted)
      }
    } else {
      let part = [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
        (count, code) = readSome(descriptor, into: UnsafeMutableRawBufferPointer(buffer), isInterrupted)
      }
      bytes += part
    }
    if code == ECANCELED { throw .interrupted(path: path) }
    if code == EISDIR { throw .isDirectory(path: path) }
    if code != 0 { throw .unreadable(path: path, reason: systemReason(code)) }
    if bytes.count == before { return bytes }
    if bytes.count > limit { throw .tooLarge(path: path, size: bytes.count, limit: limit) }
    if before > 0 || expected == 0 { chunk = min(chunk * 2, 1 << 24) } else { chunk = 1 << 12 }
  }
}

/// One read, taken up again after a signal: the bytes got and the error number,
/// which is ECANCELED for an interrupt.
private func readSome(
  _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, _ isInterrupted: () -> Bool
) -> (Int, Int32) {
  while true {
    if isInterrupted() { return (0, ECANCELED) }
    // Files are always ready. The wait is short: an interrupt may come without a signal to this thread.
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let ready = poll(&request, 1, 50)
    if ready == 0 || (ready < 0 && errno == EINTR) { continue }
    let count = read(descriptor, buffer.baseAddress, buffer.count)
    if count >= 0 { return (count, 0) }
    if errno != EINTR && errno != EAGAIN { return (0, errno) }
  }
}

/// The system's words for an error number, in lower case at the start.
func systemReason(_ code: Int32) -> String {
  let words = String(cString: strerror(code))
  return words.prefix(1).lowercased() + words.dropFirst()
}

/// A file's path without links and `..`; the path itself where there is no such file.
package func realPath(_ path: String) -> String {
  guard let real = realpath(path, nil) else { return path }
  defer { free(real) }
  return String(cString: real)
}
