import Kernels
import Testing

/// Two operations at once are the two one after the other, bit for bit.
@Suite struct PairTests {
  private static let pairs: [(BinaryOperation, BinaryOperation)] = BinaryOperation.allCases.flatMap { first in
    BinaryOperation.allCases.compactMap { PairOperation.allows(first, $0) ? (first, $0) : nil }
  }

  @Test(arguments: [0, 1, 3, 4, 7, 8, 9, 16, 17, 31, 40])
  func pairsEqualTheirParts(count: Int) {
    #expect(PairTests.pairs.count == 12)
    var numbers = TestNumbers(UInt64(count) + 5)
    let a = numbers.numbers(count + 1).map { Float($0) }, b = numbers.numbers(count + 1).map { Float($0) }, c = numbers.numbers(count + 1).map { Float($0) }
    for (first, second) in PairTests.pairs {
      for steps in 0..<8 {
        let (aStep, bStep, cStep) = (steps & 1, steps >> 1 & 1, steps >> 2)
        for isSwapped in [false, true] {
          var between = [Float](repeating: 0, count: count), expected = [Float](repeating: 77, count: count + 1), out = expected
          binary(first, a, aStep, b, bStep, &between, count)
          if isSwapped { binary(second, c, cStep, between, 1, &expected, count) } else { binary(second, between, 1, c, cStep, &expected, count) }
          pair(first, second, isSwapped: isSwapped, a, aStep, b, bStep, c, cStep, &out, count)
          #expect(same(out, expected), "\(first) \(second) \(steps) \(isSwapped)")
          // The result may take the place of an operand.
          if aStep == 1 {
            var place = a
            place.withUnsafeMutableBufferPointer {
              guard let memory = $0.baseAddress else { return }
              pair(first, second, isSwapped: isSwapped, memory, 1, b, bStep, c, cStep, memory, count)
            }
            #expect(same(Array(place.prefix(count)), Array(expected.prefix(count))))
          }
          let wide = [a, b, c].map { $0.map { Double($0) } }
          var wideBetween = [Double](repeating: 0, count: count), wideExpected = [Double](repeating: 77, count: count + 1), wideOut = wideExpected
          binary(first, wide[0], aStep, wide[1], bStep, &wideBetween, count)
          if isSwapped {
            binary(second, wide[2], cStep, wideBetween, 1, &wideExpected, count)
          } else {
            binary(second, wideBetween, 1, wide[2], cStep, &wideExpected, count)
          }
          pair(first, second, isSwapped: isSwapped, wide[0], aStep, wide[1], bStep, wide[2], cStep, &wideOut, count)
          #expect(same(wideOut, wideExpected))
        }
      }
    }
  }

  @Test(arguments: [1, 2, 7, 8, 31, 32, 1000, 1024, 1025, 5000])
  func sumsOfProducts(length: Int) {
    var numbers = TestNumbers(UInt64(length))
    let a = numbers.numbers(length), b = numbers.numbers(length)
    let product = apply(.multiply, a, b)
    var sum = [0.0]
    reduce(.sum, product, &sum, outer: 0..<1, length: length, inner: 1)
    #expect(sumOfProducts(a, b, length) == sum[0])
    let x = a.map { Float($0) }, y = b.map { Float($0) }
    let narrow = apply(.multiply, x, y)
    var total: [Float] = [0]
    reduce(.sum, narrow, &total, outer: 0..<1, length: length, inner: 1)
    #expect(sumOfProducts(x, y, length) == total[0])
  }
}
