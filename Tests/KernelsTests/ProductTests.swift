import Kernels
import Testing

private let sizes = [0, 1, 5, 6, 8, 9, 16, 17, 100, 257]

/// A problem with its operands stored as asked, rows longer than needed, and the true result.
private struct Problem {
  var m: Int
  var n: Int
  var k: Int
  var transposeA: Bool
  var transposeB: Bool
  var a: [Double] = []
  var b: [Double] = []
  var lda: Int
  var ldb: Int
  var ldc: Int

  init(_ m: Int, _ n: Int, _ k: Int, _ transposeA: Bool, _ transposeB: Bool, pad: Int = 3) {
    (self.m, self.n, self.k) = (m, n, k)
    (self.transposeA, self.transposeB) = (transposeA, transposeB)
    lda = (transposeA ? m : k) + pad
    ldb = (transposeB ? k : n) + pad
    ldc = n + pad
    var numbers = TestNumbers(UInt64(m * 31 + n * 7 + k))
    a = numbers.numbers((transposeA ? k : m) * lda + 1).map { Double(Float($0)) }
    b = numbers.numbers((transposeB ? n : k) * ldb + 1).map { Double(Float($0)) }
  }

  func a(_ i: Int, _ p: Int) -> Double { transposeA ? a[p * lda + i] : a[i * lda + p] }
  func b(_ p: Int, _ j: Int) -> Double { transposeB ? b[j * ldb + p] : b[p * ldb + j] }

  /// The exact element, and the sum of its parts' magnitudes, which bounds the error.
  func truth(_ i: Int, _ j: Int) -> (Double, Double) {
    var sum = 0.0
    var size = 0.0
    for p in 0..<k {
      sum += a(i, p) * b(p, j)
      size += abs(a(i, p) * b(p, j))
    }
    return (sum, size)
  }

  func single(_ workers: Workers) -> [Float] {
    var c = [Float](repeating: 55, count: m * ldc + 1)
    product(
      m: m, n: n, k: k, a: a.map { Float($0) }, lda: lda, transposeA: transposeA,
      b: b.map { Float($0) }, ldb: ldb, transposeB: transposeB, c: &c, ldc: ldc, workers: workers)
    return c
  }

  func double(_ workers: Workers) -> [Double] {
    var c = [Double](repeating: 55, count: m * ldc + 1)
    product(
      m: m, n: n, k: k, a: a, lda: lda, transposeA: transposeA, b: b, ldb: ldb,
      transposeB: transposeB, c: &c, ldc: ldc, workers: workers)
    return c
  }

  /// Numbers of C that are off by more than rounding, or written where nothing is to be written.
  func faults(_ single: [Float], _ double: [Double]) -> Int {
    var faults = single[m * ldc] == 55 && double[m * ldc] == 55 ? 0 : 1
    for i in 0..<m {
      for j in 0..<ldc {
        let place = i * ldc + j
        if j >= n {
          if single[place] != 55 || double[place] != 55 { faults += 1 }
          continue
        }
        let (exact, size) = truth(i, j)
        let roundings = Double(min(k, 12)) * size
        if !(abs(double[place] - exact) <= 3e-16 * roundings) { faults += 1 }
        if !(abs(Double(single[place]) - exact) <= 6e-8 * roundings) { faults += 1 }
      }
    }
    return faults
  }
}

@Suite struct ProductTests {
  @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
  func againstThreeLoops(_ transposeA: Bool, _ transposeB: Bool) {
    let workers = Workers(threads: 1)
    for m in sizes {
      for n in sizes {
        for k in sizes where m * n * k <= 2_000_000 {
          let problem = Problem(m, n, k, transposeA, transposeB)
          let faults = problem.faults(problem.single(workers), problem.double(workers))
          #expect(faults == 0, "\(m) × \(n) × \(k): \(faults) wrong")
        }
      }
    }
  }

  @Test(arguments: [
    (257, 257, 257), (1200, 40, 300), (40, 1600, 300), (100, 64, 600), (3, 2000, 400),
    (2000, 3, 400), (1, 3000, 300), (3000, 1, 300), (6, 800, 700), (130, 130, 130), (67, 64, 130),
  ])
  func oneThreadAndTwoAgreeInEveryBit(_ m: Int, _ n: Int, _ k: Int) {
    let one = Workers(threads: 1)
    let two = Workers(threads: 2)
    let three = Workers(threads: 3)
    for (transposeA, transposeB) in [(false, false), (false, true), (true, false), (true, true)] {
      let problem = Problem(m, n, k, transposeA, transposeB)
      let single = problem.single(one)
      let double = problem.double(one)
      #expect(problem.faults(single, double) == 0)
      #expect(problem.single(two) == single)
      #expect(problem.double(two) == double)
      #expect(problem.single(three) == single)
    }
  }

  @Test func columnsWithoutGaps() {
    // One column goes straight to C when C is contiguous.
    let workers = Workers(threads: 2)
    for transposeA in [false, true] {
      let problem = Problem(500, 1, 300, transposeA, false, pad: 0)
      #expect(problem.faults(problem.single(workers), problem.double(workers)) == 0)
    }
  }

  @Test(arguments: [(4, 4, 4, 100), (16, 16, 16, 30), (70, 65, 80, 5), (300, 200, 100, 2)])
  func batches(_ m: Int, _ n: Int, _ k: Int, _ count: Int) {
    let workers = Workers(threads: 2)
    var numbers = TestNumbers(9)
    let a = numbers.numbers(count * m * k).map { Float($0) }
    let b = numbers.numbers(count * k * n).map { Float($0) }
    for (strideA, strideB) in [(m * k, k * n), (0, k * n), (m * k, 0), (0, 0)] {
      for transposeA in [false, true] {
        var c = [Float](repeating: 0, count: count * m * n)
        var wide = [Double](repeating: 0, count: count * m * n)
        let lda = transposeA ? m : k
        batchedProduct(
          batches: count, strideA: strideA, strideB: strideB, strideC: m * n, m: m, n: n, k: k,
          a: a, lda: lda, transposeA: transposeA, b: b, ldb: n, transposeB: false, c: &c, ldc: n,
          workers: workers)
        batchedProduct(
          batches: count, strideA: strideA, strideB: strideB, strideC: m * n, m: m, n: n, k: k,
          a: a.map { Double($0) }, lda: lda, transposeA: transposeA, b: b.map { Double($0) },
          ldb: n, transposeB: false, c: &wide, ldc: n, workers: workers)
        var worst = 0.0
        for batch in 0..<count {
          for i in stride(from: 0, to: m, by: 3) {
            for j in stride(from: 0, to: n, by: 3) {
              var sum = 0.0
              for p in 0..<k {
                let x = a[batch * strideA + (transposeA ? p * m + i : i * k + p)]
                sum += Double(x) * Double(b[batch * strideB + p * n + j])
              }
              let place = batch * m * n + i * n + j
              worst = max(worst, abs(sum - wide[place]) * 1e7, abs(sum - Double(c[place])))
            }
          }
        }
        #expect(worst < 2e-5)
      }
    }
  }

  @Test func integers() {
    let workers = Workers(threads: 1)
    var numbers = TestNumbers(21)
    for (m, n, k) in [(0, 3, 2), (3, 3, 0), (1, 1, 1), (4, 5, 6), (7, 130, 9)] {
      let a = numbers.integers(m * k + 1, -1000...1000)
      let b = numbers.integers(k * n + 1, -1000...1000)
      for (transposeA, transposeB) in [(false, false), (false, true), (true, false), (true, true)] {
        var c = [Int32](repeating: 5, count: m * n)
        let fault = product(
          m: m, n: n, k: k, a: a, lda: transposeA ? m : k, transposeA: transposeA, b: b,
          ldb: transposeB ? k : n, transposeB: transposeB, c: &c, ldc: n, workers: workers)
        #expect(fault == nil)
        for i in 0..<m {
          for j in 0..<n {
            let sum = (0..<k).reduce(0) { total, p in
              total + Int(a[transposeA ? p * m + i : i * k + p])
                * Int(b[transposeB ? j * k + p : p * n + j])
            }
            #expect(Int(c[i * n + j]) == sum)
          }
        }
      }
    }
    var c = [Int32](repeating: 0, count: 4)
    func fault(_ a: [Int32], _ b: [Int32]) -> KernelFault? {
      product(
        m: 2, n: 2, k: 2, a: a, lda: 2, transposeA: false, b: b, ldb: 2, transposeB: false, c: &c,
        ldc: 2, workers: workers)
    }
    #expect(
      fault([1, 1, 1, 65536], [1, 1, 1, 32768])
        == KernelFault(kind: .overflow, position: 3, value: 65536 * 32768 + 1))
    // Sums of 2⁶³ don't wrap unseen.
    #expect(
      fault([.min, .min, 0, 0], [.min, 0, .min, 0])
        == KernelFault(kind: .overflow, position: 0, value: .max))
    #expect(fault([.min, .max, 1, 0], [.min, 1, .min, 1])?.position == 0)
    #expect(fault([.min, .min, 0, 1], [.min, 0, .min + 1, 0])?.kind == .overflow)
    // Large parts that cancel are fine.
    #expect(fault([.max, .max, 0, 0], [.max, 0, -.max, 0]) == nil)
    #expect(c == [0, 0, 0, 0])
    var batched = [Int32](repeating: 0, count: 2)
    let late = batchedProduct(
      batches: 2, strideA: 1, strideB: 0, strideC: 1, m: 1, n: 1, k: 1, a: [3, .max], lda: 1,
      transposeA: false, b: [2], ldb: 1, transposeB: false, c: &batched, ldc: 1, workers: workers)
    #expect(late == KernelFault(kind: .overflow, position: 1, value: 2 * Int(Int32.max)))
    #expect(batched[0] == 6)
  }
}
