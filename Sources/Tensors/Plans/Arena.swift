/// Offsets in one block of memory for values that come and go: first fit, 64-byte aligned.
struct Arena {
  private(set) var size: Int
  /// What is free below `size`, by offset, never two that touch.
  private var gaps: [(offset: Int, size: Int)] = []

  init(begin: Int) { size = begin }

  private static func rounded(_ bytes: Int) -> Int { max(64, (bytes + 63) & ~63) }

  mutating func allocate(_ bytes: Int) -> Int {
    let needed = Arena.rounded(bytes)
    if let index = gaps.firstIndex(where: { $0.size >= needed }) {
      let offset = gaps[index].offset
      if gaps[index].size == needed {
        gaps.remove(at: index)
      } else {
        gaps[index] = (offset + needed, gaps[index].size - needed)
      }
      return offset
    }
    // A gap at the end grows.
    var offset = size
    if let last = gaps.last, last.offset + last.size == size {
      offset = last.offset
      gaps.removeLast()
    }
    size = saturatingSum(offset, needed)
    return offset
  }

  mutating func release(_ offset: Int, _ bytes: Int) {
    var low = 0, high = gaps.count
    while low < high {
      let middle = (low + high) / 2
      if gaps[middle].offset < offset { low = middle + 1 } else { high = middle }
    }
    var gap = (offset: offset, size: Arena.rounded(bytes))
    if low < gaps.count && gap.offset + gap.size == gaps[low].offset {
      gap.size += gaps[low].size
      gaps.remove(at: low)
    }
    if low > 0 && gaps[low - 1].offset + gaps[low - 1].size == gap.offset {
      gaps[low - 1].size += gap.size
    } else {
      gaps.insert(gap, at: low)
    }
  }
}
