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
/// because the first touch of 64 MB in small pages costs 33 ms instead of 4. The block that came back last is given first: it may be in a cache yet.
final class Pool {
  /// For each class its free blocks: the first word of each holds the next one.
  private let free: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private static let smallLimit = 4096
  private static let huge = 1 << 21
  private static let classes = smallLimit / 64 + 1 + 4 * (Int.bitWidth - 12)

  private(set) var bytesInUse = 0
  private(set) var bytesFree = 0
  /// Free memory beyond this goes back to the system.
  let freeLimit: Int

  init(freeLimit: Int) {
    self.freeLimit = freeLimit
    free = .allocate(capacity: Pool.classes)
    free.initialize(repeating: nil, count: Pool.classes)
  }

  deinit {
    trim()
    free.deallocate()
  }

  /// The size of the class that `bytes` belongs to.
  @inline(__always)
  static func capacity(for bytes: Int) -> Int {
    if bytes <= smallLimit { return max(64, (bytes + 63) & ~63) }
    let quarter = 1 << (magnitude(bytes) - 2)
    return (bytes + quarter - 1) & ~(quarter - 1)
  }

  /// The exponent of the largest power of two below.
  @inline(__always)
  private static func magnitude(_ bytes: Int) -> Int { Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount }

  /// The number of a class, from its size.
  @inline(__always)
  private static func index(of capacity: Int) -> Int {
    if capacity <= smallLimit { return capacity >> 6 }
    let top = magnitude(capacity)
    // Sizes of a class are five to eight quarters of a power of two.
    return smallLimit / 64 + 1 + 4 * (top - 12) + (capacity >> (top - 2)) - 5
  }

  /// `capacity` is a value of `capacity(for:)`.
  func take(_ capacity: Int) throws -> UnsafeMutableRawPointer {
    let place = free + Pool.index(of: capacity)
    if let block = place.pointee {
      place.pointee = block.load(as: UnsafeMutableRawPointer?.self)
      bytesInUse += capacity
      bytesFree -= capacity
      return block
    }
    return try allocate(capacity)
  }

  @inline(never)
  private func allocate(_ capacity: Int) throws -> UnsafeMutableRawPointer {
    var block: UnsafeMutableRawPointer?
    var status = posix_memalign(&block, capacity >= Pool.huge ? Pool.huge : 64, capacity)
    if status != 0 {
      trim()
      status = posix_memalign(&block, 64, capacity)
    }
    guard status == 0, let block else { throw TensorError.memory(needed: capacity, limit: bytesInUse, largest: []) }
    #if canImport(Glibc)
      if capacity >= Pool.huge { _ = madvise(block, capacity, MADV_HUGEPAGE) }
    #endif
    bytesInUse += capacity
    return block
  }

  func give(_ block: UnsafeMutableRawPointer, _ capacity: Int) {
    bytesInUse -= capacity
    guard bytesFree + capacity <= freeLimit else {
      Pool.release(block)
      return
    }
    bytesFree += capacity
    let place = free + Pool.index(of: capacity)
    block.storeBytes(of: place.pointee, as: UnsafeMutableRawPointer?.self)
    place.pointee = block
  }

  /// Gives all free blocks back to the system.
  func trim() {
    for index in 0..<Pool.classes {
      while let block = free[index] {
        free[index] = block.load(as: UnsafeMutableRawPointer?.self)
        Pool.release(block)
      }
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
