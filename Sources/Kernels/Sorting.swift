// Stable orders along the last axis.
//
// A number becomes an unsigned key of the same order: for floats the sign bit
// is flipped for positive and all bits for negative numbers, both zeros are
// one key, and nan is the largest. Short rows are sorted by insertion, long
// ones by their bytes, least significant first (LSD radix sort; D. Knuth, The
// Art of Computer Programming 3, 5.2.5), which is stable and linear.

/// out[o, :] = the places of x[o, :] in ascending order, equals in their order, nan last.
package func argSort(
  _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Int32>, outer: Range<Int>, length: Int
) {
  argSort(x, out, outer, length) { value in
    if value != value { return UInt64(UInt32.max) }
    let bits = value == 0 ? 0 : value.bitPattern
    return UInt64(bits >> 31 != 0 ? ~bits : bits | 0x8000_0000)
  }
}

/// out[o, :] = the places of x[o, :] in ascending order, equals in their order, nan last.
package func argSort(
  _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Int32>, outer: Range<Int>, length: Int
) {
  argSort(x, out, outer, length) { value in
    if value != value { return UInt64.max }
    let bits = value == 0 ? 0 : value.bitPattern
    return bits >> 63 != 0 ? ~bits : bits | 0x8000_0000_0000_0000
  }
}

/// out[o, :] = the places of x[o, :] in ascending order, equals in their order.
package func argSort(
  _ x: UnsafePointer<Int32>, _ out: UnsafeMutablePointer<Int32>, outer: Range<Int>, length: Int
) {
  argSort(x, out, outer, length) { UInt64(UInt32(bitPattern: $0) ^ 0x8000_0000) }
}

private struct Keyed {
  var key: UInt64
  var place: Int32
}

@inline(__always)
private func argSort<T>(
  _ x: UnsafePointer<T>, _ out: UnsafeMutablePointer<Int32>, _ outer: Range<Int>, _ length: Int,
  key: (T) -> UInt64
) {
  if length <= 0 || outer.isEmpty { return }
  let items = UnsafeMutablePointer<Keyed>.allocate(capacity: 2 * length)
  defer { items.deallocate() }
  for o in outer {
    let row = x + o * length
    for i in 0..<length {
      items[i] = Keyed(key: key(row[i]), place: Int32(truncatingIfNeeded: i))
    }
    let sorted =
      length <= 48
      ? sortByInsertion(items, length) : sortByBytes(items, items + length, length)
    let result = out + o * length
    for i in 0..<length { result[i] = sorted[i].place }
  }
}

private func sortByInsertion(
  _ items: UnsafeMutablePointer<Keyed>, _ count: Int
) -> UnsafeMutablePointer<Keyed> {
  if count < 2 { return items }
  for i in 1..<count {
    let item = items[i]
    var j = i
    while j > 0 && items[j - 1].key > item.key {
      items[j] = items[j - 1]
      j -= 1
    }
    items[j] = item
  }
  return items
}

private func sortByBytes(
  _ first: UnsafeMutablePointer<Keyed>, _ second: UnsafeMutablePointer<Keyed>, _ count: Int
) -> UnsafeMutablePointer<Keyed> {
  var from = first
  var to = second
  withUnsafeTemporaryAllocation(of: Int.self, capacity: 8 * 256) { buffer in
    guard let counts = buffer.baseAddress else { return }
    counts.update(repeating: 0, count: 8 * 256)
    for i in 0..<count {
      let key = from[i].key
      for byte in 0..<8 {
        counts[byte << 8 | Int(truncatingIfNeeded: key >> UInt64(8 * byte) & 255)] += 1
      }
    }
    for byte in 0..<8 {
      let shift = UInt64(8 * byte)
      let bins = counts + byte << 8
      // A byte that all keys share orders nothing.
      if bins[Int(truncatingIfNeeded: from[0].key >> shift & 255)] == count { continue }
      var start = 0
      for bin in 0..<256 {
        let size = bins[bin]
        bins[bin] = start
        start += size
      }
      for i in 0..<count {
        let item = from[i]
        let bin = Int(truncatingIfNeeded: item.key >> shift & 255)
        to[bins[bin]] = item
        bins[bin] += 1
      }
      swap(&from, &to)
    }
  }
  return from
}
