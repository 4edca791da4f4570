import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The memory limit for what is no tensor: lists, strings, maps, closures. Tensors are counted by the engine before they
/// are laid out; these grow by little pieces, so the machine notes what it makes and now and then asks what the
/// process has taken.
extension Machine {
  /// Bytes that may be made before the system is asked.
  static let unasked = 1 << 24

  /// Notes bytes that are about to be taken.
  /// - Throws: `TensorError.memory` if they are more than the limit leaves.
  @inline(__always)
  func spend(_ bytes: Int) throws {
    pressure &+= bytes
    if pressure > Self.unasked { try askSystem(bytes) }
  }

  @inline(never)
  private func askSystem(_ bytes: Int) throws {
    pressure = 0
    let needed = bytesTaken &+ bytes
    if needed > session.engine.memoryLimit { throw TensorError.memory(needed: needed, limit: session.engine.memoryLimit, largest: []) }
  }

  /// Notes what a value takes that a host function or an operator has just made.
  @inline(__always)
  func spend(on value: Value) throws {
    switch value {
    case .unbound, .nothing, .bool, .number: break
    default: try spend(on: value, bytes: 128)
    }
  }

  @inline(never)
  private func spend(on value: Value, bytes: Int) throws {
    switch value {
    case .string(let string): try spend(bytes + string.text.utf8.count)
    case .list(let list): try spend(bytes + 16 * list.elements.count)
    case .tuple(let tuple): try spend(bytes + 16 * tuple.elements.count)
    case .map(let map): try spend(bytes + 64 * map.entries.count)
    default: try spend(bytes)
    }
  }

  /// Bytes of the process that lie in memory; 0 where the system doesn't tell.
  private var bytesTaken: Int {
    let file = open("/proc/self/statm", O_RDONLY)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    let pages = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 128) { buffer in
      // The second number of the line.
      let line = buffer.prefix(max(0, read(file, buffer.baseAddress, buffer.count)))
      return line.split(separator: 32).dropFirst().first?.reduce(0) { $1 >= 48 && $1 <= 57 ? $0 &* 10 &+ Int($1 - 48) : $0 } ?? 0
    }
    return pages &* max(1, sysconf(Int32(_SC_PAGESIZE)))
  }
}
