#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// Random numbers from a counter: Philox-4x32-10 of J. Salmon, M. Moraes,
// R. Dror and D. Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
// A block of four 32-bit lanes is a function of a key and a block's number,
// so any part of a draw can be made alone, by anybody.

private let multiplier0: UInt32 = 0xD251_1F53
private let multiplier1: UInt32 = 0xCD9E_8D57
// Key increments: the golden ratio and √3 - 1, as fractions of 2³².
private let weyl0: UInt32 = 0x9E37_79B9
private let weyl1: UInt32 = 0xBB67_AE85

/// Block `counter` of the sequence that `key` names. `upper` is the upper half of the block's number, which draws leave at 0.
package func philox(key: UInt64, counter: UInt64, upper: UInt64 = 0) -> (UInt32, UInt32, UInt32, UInt32) {
  var c0 = UInt32(truncatingIfNeeded: counter)
  var c1 = UInt32(truncatingIfNeeded: counter >> 32)
  var c2 = UInt32(truncatingIfNeeded: upper)
  var c3 = UInt32(truncatingIfNeeded: upper >> 32)
  var k0 = UInt32(truncatingIfNeeded: key)
  var k1 = UInt32(truncatingIfNeeded: key >> 32)
  for _ in 0..<10 {
    let p0 = UInt64(c0) &* UInt64(multiplier0)
    let p1 = UInt64(c2) &* UInt64(multiplier1)
    let n0 = UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0
    let n2 = UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1
    c1 = UInt32(truncatingIfNeeded: p1)
    c3 = UInt32(truncatingIfNeeded: p0)
    c0 = n0
    c2 = n2
    k0 &+= weyl0
    k1 &+= weyl1
  }
  return (c0, c1, c2, c3)
}

/// Four blocks side by side; each lane of 64 bits holds a word of 32.
private struct PhiloxBlocks {
  typealias Words = SIMD4<UInt64>
  var c0: Words
  var c1: Words
  var c2: Words
  var c3: Words

  @inline(__always)
  init(key: UInt64, counter: UInt64) {
    let number = Words(repeating: counter) &+ Words(0, 1, 2, 3)
    c0 = number & Words(repeating: 0xffff_ffff)
    c1 = number &>> Words(repeating: 32)
    c2 = Words()
    c3 = Words()
    var k0 = UInt32(truncatingIfNeeded: key)
    var k1 = UInt32(truncatingIfNeeded: key >> 32)
    // Not a loop: the compiler sees that the upper halves are zero, and needs
    // one instruction for a product.
    round(&k0, &k1)
    round(&k0, &k1)
    round(&k0, &k1)
    round(&k0, &k1)
    round(&k0, &k1)
    round(&k0, &k1)
    round(&k0, &k1)
    round(&k0, &k1)
    round(&k0, &k1)
    round(&k0, &k1)
  }

  @inline(__always)
  private mutating func round(_ k0: inout UInt32, _ k1: inout UInt32) {
    let low = Words(repeating: 0xffff_ffff)
    let shift = Words(repeating: 32)
    let p0 = c0 &* Words(repeating: UInt64(multiplier0))
    let p1 = c2 &* Words(repeating: UInt64(multiplier1))
    c0 = (p1 &>> shift) ^ c1 ^ Words(repeating: UInt64(k0))
    c2 = (p0 &>> shift) ^ c3 ^ Words(repeating: UInt64(k1))
    c1 = p1 & low
    c3 = p0 & low
    k0 &+= weyl0
    k1 &+= weyl1
  }

  /// The four words of each block one after the other: 8 words of twice the size, whose lower
  /// half comes first in memory.
  @inline(__always)
  func store(_ words: UnsafeMutablePointer<UInt64>) {
    let first = c0 | (c1 &<< Words(repeating: 32))
    let second = c2 | (c3 &<< Words(repeating: 32))
    for block in 0..<4 {
      words[2 * block] = first[block].littleEndian
      words[2 * block + 1] = second[block].littleEndian
    }
  }
}

/// Eight blocks, 32 words.
@inline(never)
private func philoxWords(
  key: UInt64, counter: UInt64, _ words: UnsafeMutablePointer<UInt64>
) {
  PhiloxBlocks(key: key, counter: counter).store(words)
  PhiloxBlocks(key: key, counter: counter &+ 4).store(words + 8)
}

/// Calls `body(first, words, wanted)` for the elements of `range`, eight blocks at a time: `words`
/// are theirs, `first` is the number of their first element, `wanted` says which of them are asked for.
@inline(__always)
private func forEachWords(
  _ key: UInt64, _ counter: UInt64, _ range: Range<Int>, perBlock: Int,
  _ body: (_ first: Int, _ words: UnsafePointer<UInt32>, _ wanted: Range<Int>) -> Void
) {
  if range.isEmpty { return }
  withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 16) { buffer in
    guard let memory = buffer.baseAddress else { return }
    memory.withMemoryRebound(to: UInt32.self, capacity: 32) { words in
      var block = range.lowerBound / perBlock
      while block * perBlock < range.upperBound {
        philoxWords(key: key, counter: counter &+ UInt64(block), memory)
        let first = block * perBlock
        let from = max(range.lowerBound, first)
        let to = min(range.upperBound, first + 8 * perBlock)
        body(first, words, from - first..<to - first)
        block += 8
      }
    }
  }
}

/// The upper 24 bits of a word, as a number in [0, 1).
@inline(__always) private func unit(_ word: UInt32) -> Float {
  Float(Int32(bitPattern: word >> 8)) * 0x1p-24
}

/// The upper 53 bits of two words, as a number in [0, 1).
@inline(__always) private func unit(_ high: UInt32, _ low: UInt32) -> Double {
  Double(Int64(bitPattern: (UInt64(high) << 32 | UInt64(low)) >> 11)) * 0x1p-53
}

/// out[i] for i in `range`: uniform in [0, 1), multiples of 2⁻²⁴. Element i is lane i mod 4 of block
/// `counter` + i / 4.
package func randomUniform(
  key: UInt64, counter: UInt64, out: UnsafeMutablePointer<Float>, range: Range<Int>
) {
  forEachWords(key, counter, range, perBlock: 4) { first, words, wanted in
    let place = out + first
    if wanted.count == 32 {
      for i in 0..<32 { place[i] = unit(words[i]) }
    } else {
      for i in wanted { place[i] = unit(words[i]) }
    }
  }
}

/// out[i] for i in `range`: uniform in [0, 1), multiples of 2⁻⁵³. Element i is made of lanes 2i mod 4
/// and the next, of block `counter` + i / 2.
package func randomUniform(
  key: UInt64, counter: UInt64, out: UnsafeMutablePointer<Double>, range: Range<Int>
) {
  forEachWords(key, counter, range, perBlock: 2) { first, words, wanted in
    for i in wanted { out[first + i] = unit(words[2 * i], words[2 * i + 1]) }
  }
}

/// out[i] for i in `range`: the words themselves.
package func randomBits(
  key: UInt64, counter: UInt64, out: UnsafeMutablePointer<Int32>, range: Range<Int>
) {
  forEachWords(key, counter, range, perBlock: 4) { first, words, wanted in
    for i in wanted { out[first + i] = Int32(bitPattern: words[i]) }
  }
}

/// out[i] for i in `range`: normal with mean 0 and deviation 1, by the transform of G. Box and
/// M. Muller (1958). Words 0 and 1 of a block give its elements 0 and 1, words 2 and 3 the others:
/// √(-2 log u) cos 2πv and √(-2 log u) sin 2πv, u of the even word in (0, 1], v of the odd one.
package func randomNormal(
  key: UInt64, counter: UInt64, out: UnsafeMutablePointer<Float>, range: Range<Int>
) {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: 32) { buffer in
    guard let normals = buffer.baseAddress else { return }
    forEachWords(key, counter, range, perBlock: 4) { first, words, wanted in
      for half in 0..<2 {
        let w = words + 16 * half
        var u = F8()
        var v = F8()
        for pair in 0..<8 {
          // All 32 bits of u, and a half, so that the tails reach 6.7 deviations.
          u[pair] = (Float(w[2 * pair]) + 0.5) * 0x1p-32
          v[pair] = unit(w[2 * pair + 1])
        }
        let radius = squareRoots(logarithm(u) * F8(-2))
        let (sine, cosine) = sineAndCosine(v * F8(6.2831855))
        let x = radius * cosine
        let y = radius * sine
        for pair in 0..<8 {
          normals[16 * half + 2 * pair] = x[pair]
          normals[16 * half + 2 * pair + 1] = y[pair]
        }
      }
      (out + first + wanted.lowerBound).update(
        from: normals + wanted.lowerBound, count: wanted.count)
    }
  }
}

/// out[i] for i in `range`: normal with mean 0 and deviation 1. The two uniforms of a block (words 0
/// and 1, words 2 and 3) give its two elements, the cosine first.
package func randomNormal(
  key: UInt64, counter: UInt64, out: UnsafeMutablePointer<Double>, range: Range<Int>
) {
  forEachWords(key, counter, range, perBlock: 2) { first, words, wanted in
    for i in wanted {
      let w = words + 4 * (i / 2)
      // (0, 1], so that the logarithm is finite.
      let u = unit(w[0], w[1]) + 0x1p-53
      let angle = 2 * Double.pi * unit(w[2], w[3])
      let radius = (-2 * log(u)).squareRoot()
      out[first + i] = radius * (i % 2 == 0 ? cos(angle) : sin(angle))
    }
  }
}
