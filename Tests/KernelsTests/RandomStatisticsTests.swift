#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Kernels
import Testing

/// Whether draws look drawn: distributions (Knuth, The Art of Computer Programming 2, 3.3.1) and independence of neighbours. The
/// seeds are fixed, so these pass or fail for good; bounds are five standard deviations, or what one draw in a thousand exceeds.
@Suite struct RandomStatisticsTests {
  static let count = 1 << 20

  private static func singles(_ draw: (UnsafeMutablePointer<Float>) -> Void) -> [Double] {
    var x = [Float](repeating: 0, count: count)
    x.withUnsafeMutableBufferPointer { if let p = $0.baseAddress { draw(p) } }
    return x.map { Double($0) }
  }

  private static func doubles(_ draw: (UnsafeMutablePointer<Double>) -> Void) -> [Double] {
    var x = [Double](repeating: 0, count: count)
    x.withUnsafeMutableBufferPointer { if let p = $0.baseAddress { draw(p) } }
    return x
  }

  private static let uniforms = [
    singles { randomUniform(key: 11, counter: 0, out: $0, range: 0..<count) }, doubles { randomUniform(key: 12, counter: 5, out: $0, range: 0..<count) },
  ]
  private static let normals = [
    singles { randomNormal(key: 13, counter: 0, out: $0, range: 0..<count) }, doubles { randomNormal(key: 14, counter: 5, out: $0, range: 0..<count) },
  ]

  /// Σ (found - expected)² / expected, in standard deviations from its mean.
  private func chiSquare(_ places: [Int], _ bins: Int) -> Double {
    var found = [Int](repeating: 0, count: bins)
    for place in places { found[place] += 1 }
    let expected = Double(places.count) / Double(bins)
    var sum = 0.0
    for count in found {
      let off = Double(count) - expected
      sum += off * off / expected
    }
    let freedom = Double(bins - 1)
    return (sum - freedom) / (2 * freedom).squareRoot()
  }

  /// √n times the greatest distance between the distribution found and the true one (Kolmogorov and Smirnov).
  private func distance(_ x: [Double], _ distribution: (Double) -> Double) -> Double {
    let n = Double(x.count)
    var greatest = 0.0
    for (place, value) in x.sorted().enumerated() {
      let truth = distribution(value)
      greatest = max(greatest, max(truth - Double(place) / n, Double(place + 1) / n - truth))
    }
    return greatest * n.squareRoot()
  }

  /// √n times the correlation of elements `lag` apart.
  private func serial(_ x: [Double], _ lag: Int) -> Double {
    let mean = x.reduce(0, +) / Double(x.count)
    var product = 0.0, square = 0.0
    for i in x.indices {
      square += (x[i] - mean) * (x[i] - mean)
      if i + lag < x.count { product += (x[i] - mean) * (x[i + lag] - mean) }
    }
    return product / square * Double(x.count).squareRoot()
  }

  @Test(arguments: [0, 1]) func uniformsFillTheUnitEvenly(_ number: Int) {
    let x = Self.uniforms[number]
    #expect(abs(chiSquare(x.map { Int($0 * 1000) }, 1000)) < 5)
    // The last bits, too.
    #expect(abs(chiSquare(x.map { Int($0 * 16_777_216) % 256 }, 256)) < 5)
    let off = distance(x) { $0 }
    // Beyond 1.95 lies one draw in a thousand, below 0.38 another: too even is wrong as well.
    #expect(off > 0.38 && off < 1.95)
  }

  @Test(arguments: [0, 1]) func neighboursAreIndependent(_ number: Int) {
    let x = Self.uniforms[number]
    /// Runs of neighbours as digits of a number.
    func runs(of length: Int, base: Int) -> [Int] {
      stride(from: 0, to: x.count - length + 1, by: length).map { (start: Int) -> Int in
        var number = 0
        for place in start..<start + length { number = number * base + Int(x[place] * Double(base)) }
        return number
      }
    }
    #expect(abs(chiSquare(runs(of: 2, base: 40), 1600)) < 5)
    #expect(abs(chiSquare(runs(of: 3, base: 12), 1728)) < 5)
    // 2, 4: within a block; 8, 16: blocks that are made together.
    for lag in [1, 2, 3, 4, 5, 8, 16, 32, 8192] { #expect(abs(serial(x, lag)) < 5, "lag \(lag)") }
  }

  @Test(arguments: [0, 1]) func normalsFollowTheBell(_ number: Int) {
    let x = Self.normals[number]
    let off = distance(x) { 0.5 * erfc(-$0 / 2.0.squareRoot()) }
    #expect(off > 0.38 && off < 1.95)
    // As many in the tails as there should be.
    for limit in [2.0, 3, 4] {
      let expected = Double(x.count) * erfc(limit / 2.0.squareRoot())
      let found = Double(x.filter { abs($0) > limit }.count)
      #expect(abs(found - expected) < 5 * expected.squareRoot(), "beyond \(limit)")
    }
    // Two of a pair come from one radius and one angle: neither they nor their squares may know of each other.
    for lag in [1, 2, 3, 4, 8] {
      #expect(abs(serial(x, lag)) < 5, "lag \(lag)")
      #expect(abs(serial(x.map { $0 * $0 }, lag)) < 5, "squares, lag \(lag)")
    }
  }

  @Test func seedsAndCountersGiveOtherDraws() {
    let n = 1 << 16
    func draw(_ key: UInt64, _ counter: UInt64) -> [Float] {
      var x = [Float](repeating: 0, count: n)
      randomUniform(key: key, counter: counter, out: &x, range: 0..<n)
      return x
    }
    let first = draw(1, 0)
    for (key, counter) in [(2, 0), (1 << 32, 0), (1, UInt64(n)), (1, 1 << 40)] as [(UInt64, UInt64)] {
      let second = draw(key, counter)
      var product = 0.0
      for i in 0..<n { product += (Double(first[i]) - 0.5) * (Double(second[i]) - 0.5) }
      #expect(abs(product * 12 / Double(n).squareRoot()) < 5, "key \(key), counter \(counter)")
    }
  }
}
