#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The cells of all sessions in a file that only grows: a JSON object a line, appended under a lock, so that sessions side by
/// side lose nothing.
package struct HistoryFile {
  package let path: String

  /// Bytes of the file's end that are read.
  private static let readLimit = 4 << 20
  /// Bytes; longer cells are not kept.
  private static let cellLimit = 1 << 16

  package init(path: String) { self.path = path }

  /// `$GRADUS_HISTORY`, else `gradus/history` in the user's folder of states (XDG Base Directory Specification).
  package static func standard(environment: (String) -> String? = Terminal.environment) -> HistoryFile? {
    if let path = environment("GRADUS_HISTORY"), !path.isEmpty { return HistoryFile(path: path) }
    if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") { return HistoryFile(path: state + "/gradus/history") }
    guard let home = environment("HOME"), !home.isEmpty else { return nil }
    return HistoryFile(path: home + "/.local/state/gradus/history")
  }

  /// The cells, oldest first. Lines that mean nothing are passed over; a file that cannot be read has none.
  package func load() -> [String] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    let start = max(0, size - HistoryFile.readLimit)
    lseek(descriptor, off_t(start), SEEK_SET)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < HistoryFile.readLimit {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      bytes += buffer[..<count]
    }
    var lines = bytes.split(separator: 10, omittingEmptySubsequences: true)
    // The first one may have lost its beginning.
    if start > 0, !lines.isEmpty { lines.removeFirst() }
    return lines.compactMap { HistoryFile.cell(String(decoding: $0, as: UTF8.self)) }
  }

  /// Adds a cell; false if the file cannot be written.
  @discardableResult package func append(_ cell: String) -> Bool {
    guard cell.utf8.count <= HistoryFile.cellLimit else { return true }
    makeFolders()
    let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      if errno != EINTR { return false }
    }
    var bytes = Array((HistoryFile.line(cell) + "\n").utf8)
    // A line that another process could not finish is ended first.
    var last: UInt8 = 10
    if lseek(descriptor, -1, SEEK_END) >= 0, read(descriptor, &last, 1) == 1, last != 10 { bytes.insert(10, at: 0) }
    return bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return false }
        done += count
      }
      return true
    }
  }

  private func makeFolders() {
    for index in path.indices.dropFirst() where path[index] == "/" { mkdir(String(path[..<index]), 0o700) }
  }

  // MARK: - Lines

  package static func line(_ cell: String) -> String {
    var text = ""
    for scalar in cell.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      default:
        if scalar.value < 0x20 {
          let digits = String(scalar.value, radix: 16)
          text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          text.unicodeScalars.append(scalar)
        }
      }
    }
    return "{\"cell\":\"\(text)\"}"
  }

  /// The cell of a line; nil if the line is not what `line` writes, but for escapes, which may be any of JSON's.
  package static func cell(_ line: String) -> String? {
    let start = "{\"cell\":\""
    guard line.hasPrefix(start), line.hasSuffix("\"}"), line.utf8.count >= start.utf8.count + 2 else { return nil }
    var units: [UInt16] = []
    var rest = line.utf16.dropFirst(start.utf16.count).dropLast(2)
    while let unit = rest.popFirst() {
      guard unit != UInt16(UInt8(ascii: "\"")) else { return nil }
      guard unit == UInt16(UInt8(ascii: "\\")) else {
        units.append(unit)
        continue
      }
      guard let escaped = rest.popFirst() else { return nil }
      switch Unicode.Scalar(escaped) {
      case "n": units.append(10)
      case "t": units.append(9)
      case "r": units.append(13)
      case "b": units.append(8)
      case "f": units.append(12)
      case "\"", "\\", "/": units.append(escaped)
      case "u":
        let digits = String(decoding: rest.prefix(4), as: UTF16.self)
        guard digits.utf16.count == 4, let value = UInt16(digits, radix: 16) else { return nil }
        rest = rest.dropFirst(4)
        units.append(value)
      default: return nil
      }
    }
    return String(decoding: units, as: UTF16.self)
  }
}
