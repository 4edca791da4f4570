import Files

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
    return HistoryFile.cells(lines.suffix(CellHistory.capacity))
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

  private struct Line: Decodable {
    let cell: String
  }

  package static func line(_ cell: String) -> String { "{\"cell\":" + JSON.quoted(cell) + "}" }

  /// The cell of a line; nil if there is none in it.
  package static func cell(_ line: String) -> String? { try? JSON.decode(Line.self, from: line.utf8).cell }

  /// The cells of many lines. As one array they are read much quicker than one by one, but a single wrong one spoils it.
  private static func cells(_ lines: [ArraySlice<UInt8>]) -> [String] {
    let array = [91] + lines.joined(separator: [44]) + [93]
    if let cells = try? JSON.decode([Line].self, from: array) { return cells.map(\.cell) }
    return lines.compactMap { cell(String(decoding: $0, as: UTF8.self)) }
  }
}
