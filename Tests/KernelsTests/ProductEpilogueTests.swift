import Kernels
import Testing

/// An epilogue's parts; which of them a test uses.
struct EpilogueParts: Sendable, CustomTestStringConvertible {
  var bias: Bool
  var relu: Bool
  var gate: Bool

  var testDescription: String { "bias \(bias), relu \(relu), gate \(gate)" }

  static let all = [false, true].flatMap { bias in
    [false, true].flatMap { relu in [false, true].map { EpilogueParts(bias: bias, relu: relu, gate: $0) } }
  }
}

/// Tiny, few rows, few columns, one panel, corners on both sides, several panels of each size, an empty sum.
private let shapes = [
  (2, 3, 4), (1, 300, 200), (300, 2, 100), (4, 129, 65), (64, 128, 64), (65, 43, 70), (13, 11, 800), (100, 1600, 40), (1200, 33, 20), (7, 9, 0),
]

@Suite struct ProductEpilogueTests {
  @Test(arguments: EpilogueParts.all)
  func asTheOperationsOneByOne(_ parts: EpilogueParts) {
    for workers in [Workers(threads: 1), Workers(threads: 2)] {
      for (m, n, k) in shapes {
        for (transposeA, transposeB) in [(false, false), (true, true)] {
          var numbers = TestNumbers(UInt64(m + n + k))
          let ldc = n + 2, gateLeading = n + 1
          let lda = transposeA ? m : k, ldb = transposeB ? k : n
          let a = numbers.numbers(m * k + 1), b = numbers.numbers(k * n + 1), bias = numbers.numbers(n)
          var gate = numbers.numbers(m * gateLeading)
          (gate[0], gate[n - 1]) = (0, .nan)

          var single = [Float](repeating: 7, count: m * ldc), singleParts = single
          let (a32, b32, bias32, gate32) = (a.map { Float($0) }, b.map { Float($0) }, bias.map { Float($0) }, gate.map { Float($0) })
          product(
            m: m, n: n, k: k, a: a32, lda: lda, transposeA: transposeA, b: b32, ldb: ldb, transposeB: transposeB, c: &singleParts, ldc: ldc,
            workers: workers)
          for row in 0..<m {
            var x = Array(singleParts[row * ldc..<row * ldc + n])
            if parts.bias { x = apply(.add, x, bias32) }
            if parts.relu { x = apply(.maximum, x, [0]) }
            if parts.gate { for j in 0..<n { x[j] = gate32[row * gateLeading + j] > 0 ? x[j] : 0 } }
            singleParts.replaceSubrange(row * ldc..<row * ldc + n, with: x)
          }
          bias32.withUnsafeBufferPointer { bias in
            gate32.withUnsafeBufferPointer { gate in
              product(
                m: m, n: n, k: k, a: a32, lda: lda, transposeA: transposeA, b: b32, ldb: ldb, transposeB: transposeB, c: &single, ldc: ldc,
                epilogue: ProductEpilogue(
                  bias: parts.bias ? bias.baseAddress : nil, isRectified: parts.relu, gate: parts.gate ? gate.baseAddress : nil,
                  gateLeading: gateLeading), workers: workers)
            }
          }
          #expect(same(single, singleParts), "\(m) × \(n) × \(k)")

          var double = [Double](repeating: 7, count: m * ldc), doubleParts = double
          product(
            m: m, n: n, k: k, a: a, lda: lda, transposeA: transposeA, b: b, ldb: ldb, transposeB: transposeB, c: &doubleParts, ldc: ldc,
            workers: workers)
          for row in 0..<m {
            var x = Array(doubleParts[row * ldc..<row * ldc + n])
            if parts.bias { x = apply(.add, x, bias) }
            if parts.relu { x = apply(.maximum, x, [0]) }
            if parts.gate { for j in 0..<n { x[j] = gate[row * gateLeading + j] > 0 ? x[j] : 0 } }
            doubleParts.replaceSubrange(row * ldc..<row * ldc + n, with: x)
          }
          bias.withUnsafeBufferPointer { bias in
            gate.withUnsafeBufferPointer { gate in
              product(
                m: m, n: n, k: k, a: a, lda: lda, transposeA: transposeA, b: b, ldb: ldb, transposeB: transposeB, c: &double, ldc: ldc,
                epilogue: ProductEpilogue(
                  bias: parts.bias ? bias.baseAddress : nil, isRectified: parts.relu, gate: parts.gate ? gate.baseAddress : nil,
                  gateLeading: gateLeading), workers: workers)
            }
          }
          #expect(same(double, doubleParts), "\(m) × \(n) × \(k)")
        }
      }
    }
  }

  @Test func aNanStaysAndAGateOfNanIsShut() {
    let workers = Workers(threads: 1)
    var c: [Float] = [0, 0, 0]
    let gate: [Float] = [1, .nan, -1]
    gate.withUnsafeBufferPointer { gate in
      product(
        m: 1, n: 3, k: 1, a: [1] as [Float], lda: 1, transposeA: false, b: [.nan, 2, 3], ldb: 3, transposeB: false, c: &c, ldc: 3,
        epilogue: ProductEpilogue(isRectified: true, gate: gate.baseAddress, gateLeading: 3), workers: workers)
    }
    #expect(same(c, [.nan, 0, 0]))
  }
}
