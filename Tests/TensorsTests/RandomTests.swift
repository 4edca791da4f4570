import Tensors
import Testing

/// Draws as the engine makes them: the order of the program decides, and whole numbers and permutations are evenly spread.
@Suite struct RandomTests {
  /// In standard deviations from the mean of χ².
  private func chiSquare(_ found: [Int]) -> Double {
    let expected = Double(found.reduce(0, +)) / Double(found.count), freedom = Double(found.count - 1)
    var sum = 0.0
    for count in found {
      let off = Double(count) - expected
      sum += off * off / expected
    }
    return (sum - freedom) / (2 * freedom).squareRoot()
  }

  @Test func wholeNumbersAreEvenlySpread() throws {
    let engine = Engine(threads: 2)
    for (low, high) in [(0, 2), (-3, 4), (5, 6), (0, 1000)] {
      let x = try engine.ints(engine.randomIntegers(low: low, high: high, shape(200_000)))
      var found = [Int](repeating: 0, count: high - low)
      for value in x { found[try #require(found.indices.contains(Int(value) - low) ? Int(value) - low : nil)] += 1 }
      if found.count > 1 { #expect(abs(chiSquare(found)) < 5, "\(low) ..< \(high)") }
    }
    // The whole range, to both ends.
    let all = try engine.ints(engine.randomIntegers(low: Int(Int32.min), high: Int(Int32.max) + 1, shape(100_000)))
    var total = 0.0
    for value in all { total += Double(value) }
    let deviation: Double = 4_294_967_296 / 12.0.squareRoot() / 100_000.0.squareRoot()
    #expect(abs(total / 100_000) < 5 * deviation)
    let least = try #require(all.min()), greatest = try #require(all.max())
    #expect(least < -2_147_000_000 && greatest > 2_147_000_000)
    #expect(throws: TensorError.self) { try engine.randomIntegers(low: 3, high: 3, shape(1)) }
  }

  @Test func permutationsAreEvenlySpread() throws {
    let engine = Engine(threads: 1)
    let size = 6
    var places = [Int](repeating: 0, count: size * size), orders: [[Int32]: Int] = [:]
    for _ in 0..<14_400 {
      let order = try engine.ints(engine.permutation(size))
      #expect(order.sorted() == (0..<Int32(size)).map { $0 })
      for (place, element) in order.enumerated() { places[place * size + Int(element)] += 1 }
      orders[order, default: 0] += 1
    }
    #expect(abs(chiSquare(places)) < 5)
    // All 720 of them, twenty times each.
    #expect(orders.count == 720)
    #expect(abs(chiSquare(Array(orders.values))) < 5)
    #expect(try engine.permutation(0).count == 0)
    #expect(try engine.ints(engine.permutation(1)) == [0])
  }

  @Test func theOrderOfTheProgramDecides() throws {
    let one = Engine(threads: 1), two = Engine(threads: 2)
    for engine in [one, two] { engine.randomSeed = 42 }
    let a = try one.uniform(shape(3, 5), .f32), b = try one.normal(shape(7), .f64)
    let c = try two.uniform(shape(3, 5), .f32), d = try two.normal(shape(7), .f64)
    // Computed in the other order, and on more threads.
    let last = try two.doubles(d)
    #expect(try one.doubles(a) == two.doubles(c))
    #expect(try one.doubles(b) == last)
    #expect(Set(last).count == 7)
    let first = try one.doubles(one.normal(Shape([100_003]), .f32)), second = try two.doubles(two.normal(Shape([100_003]), .f32))
    #expect(first == second && first.count == 100_003)
  }
}
