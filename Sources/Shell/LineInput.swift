import Kernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Lines from a stream. Waiting ends when an interrupt is asked for.
package final class LineInput {
  package enum Line: Equatable {
    case text(String)
    /// The line's bytes are not UTF-8.
    case notText
    case end
    case interrupted
    /// The deadline passed.
    case tooLate
  }

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var position = 0
  private var hasEnded = false
  /// Seconds of the monotonic clock.
  package var deadline: Double?

  package init(descriptor: Int32 = STDIN_FILENO) { self.descriptor = descriptor }

  /// The next line without its newline.
  package func readLine() -> Line {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: 10) {
        defer { position = end + 1 }
        return LineInput.line(buffer[position..<end])
      }
      searched = buffer.count
      if hasEnded {
        guard position < buffer.count else { return .end }
        defer { position = buffer.count }
        return LineInput.line(buffer[position...])
      }
      let moved = position
      if let stop = fill() { return stop }
      // `fill` drops what was read before.
      searched -= moved
    }
  }

  /// Everything that is left.
  package func readAll() -> (bytes: [UInt8], stop: Line?) {
    while !hasEnded {
      if let stop = fill() { return ([], stop) }
    }
    defer { position = buffer.count }
    return (Array(buffer[position...]), nil)
  }

  private static func line(_ bytes: ArraySlice<UInt8>) -> Line {
    let text = bytes.last == 13 ? bytes.dropLast() : bytes
    return String(validating: text, as: UTF8.self).map { .text($0) } ?? .notText
  }

  /// Waits for more bytes; returns why there are none.
  private func fill() -> Line? {
    if position > 0 {
      buffer.removeFirst(position)
      position = 0
    }
    while true {
      if Interrupt.isRequested { return .interrupted }
      if let deadline, LineInput.now() >= deadline { return .tooLate }
      // A signal may come just before the wait begins, so it is a short one.
      var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&request, 1, 50)
      if ready == 0 || (ready < 0 && errno == EINTR) { continue }
      let start = buffer.count
      let size = max(1 << 16, start)
      var code: Int32 = 0
      let part = [UInt8](unsafeUninitializedCapacity: size) { space, count in
        let got = read(descriptor, space.baseAddress, size)
        if got < 0 { code = errno }
        count = max(got, 0)
      }
      if code == EINTR || code == EAGAIN { continue }
      if part.isEmpty { hasEnded = true }
      buffer += part
      return nil
    }
  }

  /// The monotonic clock in seconds.
  package static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
