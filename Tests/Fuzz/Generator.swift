/// SplitMix64 (Steele, Lea & Flood 2014): the same number gives the same program.
struct Generator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0xD134_2543_DE82_EF95 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(1, count))) }
  mutating func pick(_ items: [String]) -> String { items.isEmpty ? "" : items[below(items.count)] }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}
