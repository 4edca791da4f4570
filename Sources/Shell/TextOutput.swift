#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Text on its way to a stream. Everything waits in a buffer until it is full or `flush` is called; on a terminal nothing waits.
///
/// When nobody reads the stream any more (`| head`), the process ends quietly, with the status a shell gives for SIGPIPE.
package final class TextOutput {
  /// 128 + SIGPIPE.
  package static let closedPipeStatus: Int32 = 141

  private let descriptor: Int32
  private let isBuffered: Bool
  private var buffer: [UInt8] = []
  private static let capacity = 1 << 16

  package init(descriptor: Int32, isBuffered: Bool) {
    self.descriptor = descriptor
    self.isBuffered = isBuffered
  }

  package func write(_ text: String) {
    buffer.append(contentsOf: text.utf8)
    if !isBuffered || buffer.count >= TextOutput.capacity { flush() }
  }

  package func flush() {
    guard !buffer.isEmpty else { return }
    var code: Int32 = 0
    buffer.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count, code == 0 {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
        #if canImport(Glibc)
          let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        #else
          let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
        #endif
        if count >= 0 {
          done += count
        } else if errno == EAGAIN {
          // Somebody made the stream non-blocking: wait for room.
          var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&request, 1, -1)
        } else if errno != EINTR {
          code = errno
        }
      }
    }
    buffer.removeAll(keepingCapacity: true)
    if code != 0 { TextOutput.fail(code, descriptor) }
  }

  /// Nothing more can be said on the stream: ends the process.
  private static func fail(_ code: Int32, _ descriptor: Int32) -> Never {
    if code == EPIPE { _exit(closedPipeStatus) }
    if descriptor != STDERR_FILENO {
      let message = Array("error: cannot write the output: \(String(cString: strerror(code)))\n".utf8)
      message.withUnsafeBytes { bytes in
        #if canImport(Glibc)
          _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        #else
          _ = Darwin.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        #endif
      }
    }
    _exit(1)
  }
}
