#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Kernels
import Testing

@Suite struct RandomTests {
  @Test func knownAnswer() {
    // From the known-answer tests of the authors' library Random123.
    let words = philox(key: 0, counter: 0)
    #expect(words == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = philox(key: .max, counter: .max, upper: .max)
    #expect(ones == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let digits = philox(key: 0x299f_31d0_a409_3822, counter: 0x85a3_08d3_243f_6a88, upper: 0x0370_7344_1319_8a2e)
    #expect(digits == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test func elementsAreLanesOfBlocks() {
    let key: UInt64 = 0x1234_5678_9abc_def0
    // The block's number carries into the upper word within the draw.
    let counter: UInt64 = 0xffff_fffd
    let count = 103
    var whole = [Int32](repeating: 0, count: count)
    var f32 = [Float](repeating: 0, count: count)
    var f64 = [Double](repeating: 0, count: count)
    randomBits(key: key, counter: counter, out: &whole, range: 0..<count)
    randomUniform(key: key, counter: counter, out: &f32, range: 0..<count)
    randomUniform(key: key, counter: counter, out: &f64, range: 0..<count)
    for i in 0..<count {
      let b = philox(key: key, counter: counter + UInt64(i / 4))
      let word = [b.0, b.1, b.2, b.3][i % 4]
      #expect(whole[i] == Int32(bitPattern: word))
      #expect(f32[i] == Float(word >> 8) / 16_777_216)
      let d = philox(key: key, counter: counter + UInt64(i / 2))
      let (high, low) = i % 2 == 0 ? (d.0, d.1) : (d.2, d.3)
      #expect(f64[i] == Double((UInt64(high) << 32 | UInt64(low)) >> 11) / 9_007_199_254_740_992)
    }
  }

  @Test(arguments: [1, 4, 31, 32, 33, 100, 101])
  func partsGiveTheSame(count: Int) {
    func parts<T: Equatable>(_ zero: T, _ draw: (inout [T], Range<Int>) -> Void) {
      var whole = [T](repeating: zero, count: count)
      draw(&whole, 0..<count)
      for split in stride(from: 0, through: count, by: 4) {
        var out = [T](repeating: zero, count: count)
        draw(&out, split..<count)
        #expect(out[..<split].allSatisfy { $0 == zero })
        draw(&out, 0..<split)
        #expect(out == whole)
      }
    }
    parts(Float(9)) { randomUniform(key: 5, counter: 6, out: &$0, range: $1) }
    parts(Double(9)) { randomUniform(key: 5, counter: 6, out: &$0, range: $1) }
    parts(Float(9)) { randomNormal(key: 5, counter: 6, out: &$0, range: $1) }
    parts(Double(9)) { randomNormal(key: 5, counter: 6, out: &$0, range: $1) }
    parts(Int32(9)) { randomBits(key: 5, counter: 6, out: &$0, range: $1) }
  }

  @Test func moments() {
    let count = 400_000
    var f32 = [Float](repeating: 0, count: count)
    var f64 = [Double](repeating: 0, count: count)
    // Mean and the second to fourth central moments, within five standard errors.
    func check(_ x: [Double], _ truth: [Double]) {
      let n = Double(x.count)
      let mean = x.reduce(0, +) / n
      #expect(abs(mean - truth[0]) < 5 * (truth[1] / n).squareRoot())
      for (power, expected) in zip([2.0, 3, 4], truth[1...]) {
        let moment = x.reduce(0) { $0 + pow($1 - mean, power) } / n
        #expect(abs(moment - expected) < 0.07, "moment \(power): \(moment)")
      }
    }
    randomNormal(key: 1, counter: 0, out: &f32, range: 0..<count)
    randomNormal(key: 2, counter: 0, out: &f64, range: 0..<count)
    check(f32.map { Double($0) }, [0, 1, 0, 3])
    check(f64, [0, 1, 0, 3])
    randomUniform(key: 3, counter: 0, out: &f32, range: 0..<count)
    randomUniform(key: 4, counter: 0, out: &f64, range: 0..<count)
    check(f32.map { Double($0) }, [0.5, 1.0 / 12, 0, 1.0 / 80])
    check(f64, [0.5, 1.0 / 12, 0, 1.0 / 80])
    #expect(f32.allSatisfy { $0 >= 0 && $0 < 1 } && f64.allSatisfy { $0 >= 0 && $0 < 1 })
  }

  @Test func normalsArePairsOfABlock() {
    let count = 40
    var f32 = [Float](repeating: 0, count: count)
    randomNormal(key: 8, counter: 3, out: &f32, range: 0..<count)
    for i in 0..<count {
      let b = philox(key: 8, counter: 3 + UInt64(i / 4))
      let (first, second) = i % 4 < 2 ? (b.0, b.1) : (b.2, b.3)
      let radius = (-2 * log((Double(first) + 0.5) * 0x1p-32)).squareRoot()
      let angle = 2 * Double.pi * Double(second >> 8) * 0x1p-24
      let truth = radius * (i % 2 == 0 ? cos(angle) : sin(angle))
      #expect(abs(Double(f32[i]) - truth) < 3e-6)
    }
  }
}
