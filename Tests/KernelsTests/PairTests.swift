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

  /// Differences and the sum of their squares at once, in the place of an operand, too.
  @Test(arguments: [0, 1, 2, 7, 8, 9, 31, 32, 512, 1000, 1024, 1025, 5000])
  func differencesAndTheirSquares(length: Int) {
    var numbers = TestNumbers(UInt64(length) + 3)
    let a = numbers.numbers(length), b = numbers.numbers(1)
    var expected = [Double](repeating: 77, count: length + 1), out = expected
    binary(.subtract, a, 1, b, 0, &expected, length)
    #expect(differences(a, b[0], &out, sumOfSquares: length) == sumOfProducts(expected, expected, length) && same(out, expected))
    let x = a.map { Float($0) }, y = b.map { Float($0) }
    var narrow = [Float](repeating: 77, count: length + 1), place = x + [77]
    binary(.subtract, x, 1, y, 0, &narrow, length)
    let sum = place.withUnsafeMutableBufferPointer { memory in
      memory.baseAddress.map { differences($0, y[0], $0, sumOfSquares: length) }
    }
    #expect(sum == sumOfProducts(narrow, narrow, length) && same(place, narrow))
  }

  /// Every operation on four operands against the three that it stands for, one after the other.
  @Test(arguments: FourOperation.allCases, [0, 1, 3, 4, 7, 8, 9, 16, 17, 31, 40])
  func fourOperands(operation: FourOperation, count: Int) {
    var numbers = TestNumbers(UInt64(count) + 9)
    let wide = (0..<4).map { _ in numbers.numbers(count + 1) }, narrow = wide.map { $0.map { Float($0) } }
    for bits in 0..<16 {
      let steps = (0..<4).map { bits >> $0 & 1 }
      let blank = [Double](repeating: 77, count: count + 1)
      var product = blank, expected = blank, out = blank
      binary(.multiply, wide[0], steps[0], wide[1], steps[1], &product, count)
      switch operation {
      case .scaleAndShift: pair(.multiply, .add, isSwapped: false, product, 1, wide[2], steps[2], wide[3], steps[3], &expected, count)
      case .sumOfTwoProducts: pair(.multiply, .add, isSwapped: false, wide[2], steps[2], wide[3], steps[3], product, 1, &expected, count)
      case .differenceFromQuotient:
        var quotient = blank
        binary(.divide, product, 1, wide[2], steps[2], &quotient, count)
        binary(.subtract, wide[3], steps[3], quotient, 1, &expected, count)
      }
      four(operation, wide[0], steps[0], wide[1], steps[1], wide[2], steps[2], wide[3], steps[3], &out, count)
      #expect(same(out, expected), "\(steps)")
      let few = [Float](repeating: 77, count: count + 1)
      var between = few, wanted = few, got = few
      binary(.multiply, narrow[0], steps[0], narrow[1], steps[1], &between, count)
      switch operation {
      case .scaleAndShift: pair(.multiply, .add, isSwapped: false, between, 1, narrow[2], steps[2], narrow[3], steps[3], &wanted, count)
      case .sumOfTwoProducts: pair(.multiply, .add, isSwapped: false, narrow[2], steps[2], narrow[3], steps[3], between, 1, &wanted, count)
      case .differenceFromQuotient:
        var quotient = few
        binary(.divide, between, 1, narrow[2], steps[2], &quotient, count)
        binary(.subtract, narrow[3], steps[3], quotient, 1, &wanted, count)
      }
      four(operation, narrow[0], steps[0], narrow[1], steps[1], narrow[2], steps[2], narrow[3], steps[3], &got, count)
      #expect(same(got, wanted), "\(steps)")
    }
  }
}
