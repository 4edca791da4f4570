import Files
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct NumbersTests {
  /// Every numeral means what the C library takes it for, to the last bit.
  @Test func agreesWithTheCLibrary() throws {
    var state: UInt64 = 7
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 11
    }
    var numerals = [
      "0", "-0", "00012", "1e0", "1E+22", "1e-22", "1e23", "9007199254740993", "123456789012345",
      "1234567890123456", "0.1", "0.30000000000000004", "179769313486231570e291", "1e309", "-1e309",
      "5e-324", "2e-324", "4.9406564584124654e-324", "2.2250738585072011e-308", "1e99999999999",
      "1e-99999999999", "0e999999", "0.000000000000000000000000000000000000001e39",
      "8.5", ".5", "5.", "+7", "100000000000000000000000000000000", "0.1234567890123456789012345",
    ]
    for _ in 0..<20_000 {
      // 1 to 19 digits: the quick way ends at 15.
      let digits = String((next() &* 0x9E37_79B9_7F4A_7C15) >> (next() % 64))
      let point = Int(next() % UInt64(digits.count + 1))
      let exponent = next() % 3 == 0 ? "e\(Int(next() % 60) - 30)" : ""
      numerals.append(digits.prefix(point) + "." + digits.dropFirst(point) + exponent)
    }
    let csv = try CSV.parse(text: "n\n" + numerals.joined(separator: "\n"), path: "t", header: true)
    guard case .numbers(let values)? = csv["n"] else {
      Issue.record("not read as numbers")
      return
    }
    for (numeral, value) in zip(numerals, values) {
      #expect(value.bitPattern == strtod(numeral, nil).bitPattern, "\(numeral)")
    }
  }
}
