#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Kernels
import Testing

/// A function in single precision, its true value, and the magnitudes at which to try it.
struct FunctionRow: Sendable, CustomTestStringConvertible {
  var operation: UnaryOperation
  var truth: @Sendable (Double) -> Double
  var range: ClosedRange<Double>
  var special: [(Float, Float)]

  var testDescription: String { "\(operation) in \(range)" }

  init(
    _ operation: UnaryOperation, _ range: ClosedRange<Double>, special: [(Float, Float)] = [],
    _ truth: @escaping @Sendable (Double) -> Double
  ) {
    self.operation = operation
    self.range = range
    self.special = special
    self.truth = truth
  }
}

private let inf = Float.infinity
private let nan = Float.nan

private let functionRows: [FunctionRow] = [
  FunctionRow(
    .exp, -104...89,
    special: [(inf, inf), (-inf, 0), (nan, nan), (0, 1), (-0.0, 1), (1000, inf), (-1000, 0)]
  ) { exp($0) },
  FunctionRow(
    .expm1, -104...89,
    special: [(inf, inf), (-inf, -1), (nan, nan), (0, 0), (-0.0, -0.0), (1000, inf), (-1000, -1)]
  ) { expm1($0) },
  FunctionRow(.expm1, -1...1) { expm1($0) },
  FunctionRow(.expm1, -1e-3...1e-3) { expm1($0) },
  FunctionRow(
    .log, 0...1e38,
    special: [
      (inf, inf), (-inf, nan), (nan, nan), (0, -inf), (-0.0, -inf), (1, 0), (-1, nan),
      (.leastNonzeroMagnitude, -103.27893),
    ]
  ) { log($0) },
  FunctionRow(.log, 0...4) { log($0) },
  FunctionRow(.log, 0.9...1.1) { log($0) },
  FunctionRow(
    .log1p, -1...1e38,
    special: [
      (inf, inf), (-inf, nan), (nan, nan), (0, 0), (-0.0, -0.0), (-1, -inf), (-1.5, nan),
    ]
  ) { log1p($0) },
  FunctionRow(.log1p, -0.9999...3) { log1p($0) },
  FunctionRow(.log1p, -1e-3...1e-3) { log1p($0) },
  FunctionRow(.sqrt, 0...1e38, special: [(inf, inf), (-1, nan), (nan, nan), (-0.0, -0.0)]) {
    $0.squareRoot()
  },
  FunctionRow(
    .sin, -100...100, special: [(inf, nan), (-inf, nan), (nan, nan), (0, 0), (-0.0, -0.0)]
  ) { sin($0) },
  FunctionRow(.sin, -2e4...2e4) { sin($0) },
  FunctionRow(.sin, -1e30...1e30) { sin($0) },
  FunctionRow(.cos, -100...100, special: [(inf, nan), (-inf, nan), (nan, nan), (0, 1)]) {
    cos($0)
  },
  FunctionRow(.cos, -2e4...2e4) { cos($0) },
  FunctionRow(.cos, -1e30...1e30) { cos($0) },
  FunctionRow(
    .tanh, -10...10, special: [(inf, 1), (-inf, -1), (nan, nan), (0, 0), (-0.0, -0.0)]
  ) { tanh($0) },
  FunctionRow(.tanh, -0.7...0.7) { tanh($0) },
  FunctionRow(
    .sigmoid, -104...104, special: [(inf, 1), (-inf, 0), (nan, nan), (0, 0.5), (-1000, 0)]
  ) { 1 / (1 + exp(-$0)) },
  FunctionRow(
    .erf, -5...5, special: [(inf, 1), (-inf, -1), (nan, nan), (0, 0), (-0.0, -0.0)]
  ) { erf($0) },
  FunctionRow(.erf, -1...1) { erf($0) },
  FunctionRow(.tan, -10...10) { tan($0) },
  FunctionRow(.asin, -1...1) { asin($0) },
  FunctionRow(.acos, -1...1) { acos($0) },
  FunctionRow(.atan, -100...100) { atan($0) },
  FunctionRow(.sinh, -80...80) { sinh($0) },
  FunctionRow(.cosh, -80...80) { cosh($0) },
  FunctionRow(.reciprocal, -100...100, special: [(0, inf), (-0.0, -inf), (inf, 0)]) { 1 / $0 },
]

@Suite struct MathematicsTests {
  /// Evenly spread over the range, and evenly over the exponents down to denormals.
  private static func samples(_ range: ClosedRange<Double>) -> [Float] {
    var numbers = TestNumbers(7)
    var samples: [Float] = []
    for _ in 0..<200_000 {
      let share = (numbers.number() + 1) / 2
      samples.append(Float(range.lowerBound + share * (range.upperBound - range.lowerBound)))
      let scale = pow(2, -150 * (numbers.number() + 1) / 2)
      samples.append(Float((share < 0.5 ? range.lowerBound : range.upperBound) * scale))
    }
    return samples.filter { range.contains(Double($0)) }
  }

  @Test(arguments: functionRows)
  func withinTwoPlaces(_ row: FunctionRow) {
    let x = Self.samples(row.range)
    let y = apply(row.operation, x)
    var worst = 0.0
    var at: Float = 0
    for (argument, result) in zip(x, y) {
      let off = distance(result, row.truth(Double(argument)))
      if off > worst { (worst, at) = (off, argument) }
    }
    #expect(worst <= 2, "\(row.operation) is off by \(worst) places at \(at)")
    let special = row.special
    #expect(
      same(apply(row.operation, special.map { $0.0 }), special.map { $0.1 }),
      "\(row.operation): \(apply(row.operation, special.map { $0.0 }))")
  }

  /// A million numbers spread over all bit patterns: every exponent, denormals, both signs.
  @Test(arguments: UnaryOperation.allCases)
  func withinTwoPlacesOverAllFloats(_ op: UnaryOperation) throws {
    guard let row = functionRows.first(where: { $0.operation == op }) else {
      // Exact ones have tests of their own.
      #expect([.negate, .absolute, .sign, .floor, .ceil, .round].contains(op), "\(op) has no row")
      return
    }
    let x = stride(from: UInt64(0), to: 1 << 32, by: 4093).map { Float(bitPattern: UInt32($0)) }.filter { !$0.isNaN }
    let y = apply(op, x)
    var worst = 0.0, at: Float = 0
    for (argument, result) in zip(x, y) {
      let off = distance(result, row.truth(Double(argument)))
      if off > worst { (worst, at) = (off, argument) }
    }
    #expect(worst <= 2, "\(op) is off by \(worst) places at \(at)")
  }

  @Test(arguments: UnaryOperation.allCases)
  func placeInTheRunDoesNotMatter(_ op: UnaryOperation) {
    var numbers = TestNumbers(3)
    let x = numbers.numbers(37).map { Float($0 * 3) }
    let whole = apply(op, x)
    for start in 0..<x.count {
      for end in start...min(x.count, start + 19) {
        #expect(same(apply(op, Array(x[start..<end])), Array(whole[start..<end])))
      }
    }
  }

  @Test(arguments: UnaryOperation.allCases)
  func outputMayBeTheOperand(_ op: UnaryOperation) {
    var numbers = TestNumbers(4)
    var x = numbers.numbers(100).map { Float($0) }
    let apart = apply(op, x)
    x.withUnsafeMutableBufferPointer { p in
      if let p = p.baseAddress { unary(op, p, p, 100) }
    }
    #expect(same(x, apart))
  }

  @Test(arguments: UnaryOperation.allCases)
  func singleAgreesWithDouble(_ op: UnaryOperation) {
    var numbers = TestNumbers(5)
    let x = numbers.numbers(1000).map { Float($0) }
    let single = apply(op, x)
    let double = apply(op, x.map { Double($0) })
    for i in x.indices { #expect(distance(single[i], double[i]) <= 2, "\(op) at \(x[i])") }
  }

  @Test func rounding() {
    let x: [Float] = [-2.5, -1.5, -0.5, -0.4, 0, 0.5, 1.5, 2.5, 3.2, 1e20, inf, -inf, nan]
    #expect(same(apply(.round, x), [-2, -2, -0.0, -0.0, 0, 0, 2, 2, 3, 1e20, inf, -inf, nan]))
    #expect(same(apply(.floor, x), [-3, -2, -1, -1, 0, 0, 1, 2, 3, 1e20, inf, -inf, nan]))
    #expect(same(apply(.ceil, x), [-2, -1, -0.0, -0.0, 0, 1, 2, 3, 4, 1e20, inf, -inf, nan]))
    #expect(same(apply(.sign, x), [-1, -1, -1, -1, 0, 1, 1, 1, 1, 1, 1, -1, nan]))
    #expect(same(apply(.absolute, [-0.0, -3, nan]), [0, 3, nan]))
    #expect(same(apply(.negate, [0, -3, inf]), [-0.0, 3, -inf]))
  }
}
