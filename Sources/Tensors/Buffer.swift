#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Raw memory that holds one tensor's elements, row-major; goes back to its pool when nobody holds it.
final class Buffer {
  let memory: UnsafeMutableRawPointer
  let byteCount: Int
  private let pool: Pool

  init(byteCount: Int, pool: Pool) throws {
    self.byteCount = Pool.capacity(for: byteCount)
    self.pool = pool
    memory = try pool.take(self.byteCount)
  }

  deinit { pool.give(memory, byteCount) }
}

/// Blocks of memory by size class: four classes to each power of two, so that at most a fifth is wasted.
///
/// Blocks are aligned to 64 bytes; those of 2 MB and more to 2 MB, in huge pages where the system grants them,
/// because the first touch of 64 MB in small pages costs 33 ms instead of 4.
final class Pool {
  private var free: [Int: [UnsafeMutableRawPointer]] = [:]
  /// Small classes are looked up by index: a quarter of all time would go to hashing otherwise.
  private var small: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: Pool.smallLimit / 64 + 1)
  private static let smallLimit = 4096
  private static let huge = 1 << 21

  private(set) var bytesInUse = 0
  private(set) var bytesFree = 0
  /// Free memory beyond this goes back to the system.
  let freeLimit: Int

  init(freeLimit: Int) { self.freeLimit = freeLimit }

  deinit { trim() }

  /// The size of the class that `bytes` belongs to.
  static func capacity(for bytes: Int) -> Int {
    if bytes <= smallLimit { return max(64, (bytes + 63) & ~63) }
    let top = Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount
    let quarter = max(64, 1 << (top - 2))
    return (bytes + quarter - 1) & ~(quarter - 1)
  }

  /// `capacity` is a value of `capacity(for:)`.
  func take(_ capacity: Int) throws -> UnsafeMutableRawPointer {
    bytesInUse += capacity
    if capacity <= Pool.smallLimit {
      if let block = small[capacity >> 6].popLast() {
        bytesFree -= capacity
        return block
      }
    } else if let block = free[capacity]?.popLast() {
      bytesFree -= capacity
      return block
    }
    var block: UnsafeMutableRawPointer?
    var status = posix_memalign(&block, capacity >= Pool.huge ? Pool.huge : 64, capacity)
    if status != 0 {
      trim()
      status = posix_memalign(&block, 64, capacity)
    }
    guard status == 0, let block else {
      bytesInUse -= capacity
      throw TensorError.memory(needed: capacity, limit: bytesInUse, largest: [])
    }
    #if canImport(Glibc)
      if capacity >= Pool.huge { _ = madvise(block, capacity, MADV_HUGEPAGE) }
    #endif
    return block
  }

  func give(_ block: UnsafeMutableRawPointer, _ capacity: Int) {
    bytesInUse -= capacity
    guard bytesFree + capacity <= freeLimit else {
      Pool.release(block)
      return
    }
    bytesFree += capacity
    if capacity <= Pool.smallLimit {
      small[capacity >> 6].append(block)
    } else {
      free[capacity, default: []].append(block)
    }
  }

  /// Gives all free blocks back to the system.
  func trim() {
    for blocks in free.values { blocks.forEach(Pool.release) }
    free.removeAll()
    for index in small.indices {
      small[index].forEach(Pool.release)
      small[index].removeAll()
    }
    bytesFree = 0
  }

  private static func release(_ block: UnsafeMutableRawPointer) {
    #if canImport(Glibc)
      Glibc.free(block)
    #else
      Darwin.free(block)
    #endif
  }
}
