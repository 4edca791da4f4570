import Kernels
import Testing

@Suite struct ReductionTests {
  @Test(arguments: [0, 1, 2, 7, 8, 33, 100, 1023, 1024, 1025, 5000, 70_000])
  func alongTheLastAxis(length: Int) {
    for inner in [1, 2, 7, 8, 31, 32, 45] where length * inner <= 200_000 {
      var numbers = TestNumbers(UInt64(length + inner))
      let x = numbers.numbers(2 * length * inner).map { Float($0) }
      let wide = x.map { Double($0) }
      func column(_ o: Int, _ i: Int) -> [Double] {
        (0..<length).map { wide[(o * length + $0) * inner + i] }
      }
      for op in ReduceOperation.allCases {
        // Products of many numbers below 1 vanish.
        if op == .product && length > 100 { continue }
        var f32 = [Float](repeating: 99, count: 2 * inner)
        var f64 = [Double](repeating: 99, count: 2 * inner)
        reduce(op, x, &f32, outer: 0..<2, length: length, inner: inner)
        reduce(op, wide, &f64, outer: 0..<2, length: length, inner: inner)
        for o in 0..<2 {
          for i in 0..<inner {
            let values = column(o, i)
            let truth: Double
            switch op {
            case .sum: truth = values.reduce(0, +)
            case .product: truth = values.reduce(1, *)
            case .maximum: truth = values.max() ?? -.infinity
            case .minimum: truth = values.min() ?? .infinity
            }
            let single = Double(f32[o * inner + i])
            let double = f64[o * inner + i]
            let slack = Double(length).squareRoot()
            #expect(single == truth || abs(single - truth) <= 1e-6 * max(slack, 20), "\(op) \(inner)")
            #expect(double == truth || abs(double - truth) <= 1e-14 * max(slack, 20))
          }
        }
        // A part of the work gives the same bits.
        var part = [Float](repeating: 99, count: 2 * inner)
        reduce(op, x, &part, outer: 1..<2, length: length, inner: inner)
        #expect(Array(part[inner...]) == Array(f32[inner...]))
        #expect(part[..<inner].allSatisfy { $0 == 99 })
      }
    }
  }

  @Test func longSumsStayExact() {
    // Adding one number after the other would stop at 2²⁴.
    let count = 1 << 25
    let x = [Float](repeating: 1, count: count)
    var out: [Float] = [0]
    reduce(.sum, x, &out, outer: 0..<1, length: count, inner: 1)
    #expect(out[0] == Float(count))
    var columns: [Float] = [0, 0]
    reduce(.sum, x, &columns, outer: 0..<1, length: count / 2, inner: 2)
    #expect(columns == [Float(count / 2), Float(count / 2)])
  }

  @Test func nanWins() {
    for length in [3, 9, 40, 3000] {
      for place in [0, 1, length - 1] {
        for inner in [1, 3] {
          var x = [Float](repeating: 1, count: length * inner)
          x[place * inner] = .nan
          var out = [Float](repeating: 0, count: inner)
          var arg = [Int32](repeating: -1, count: inner)
          reduce(.maximum, x, &out, outer: 0..<1, length: length, inner: inner)
          #expect(out[0].isNaN && (inner == 1 || out[1] == 1))
          reduce(.minimum, x, &out, outer: 0..<1, length: length, inner: inner)
          #expect(out[0].isNaN && (inner == 1 || out[1] == 1))
          for maximum in [true, false] {
            argReduce(maximum: maximum, x, &arg, outer: 0..<1, length: length, inner: inner)
            #expect(arg[0] == Int32(place) && (inner == 1 || arg[1] == 0))
          }
        }
      }
    }
  }

  @Test func places() {
    let x: [Float] = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 9]
    var out = [Int32](repeating: -1, count: 4)
    argReduce(maximum: true, x, &out, outer: 0..<1, length: 12, inner: 1)
    #expect(out[0] == 5)
    argReduce(maximum: false, x, &out, outer: 0..<1, length: 12, inner: 1)
    #expect(out[0] == 1)
    argReduce(maximum: true, x, &out, outer: 0..<1, length: 3, inner: 4)
    #expect(out == [1, 1, 2, 2])
    argReduce(maximum: false, x.map { Double($0) }, &out, outer: 0..<1, length: 3, inner: 4)
    #expect(out == [0, 0, 1, 0])
    argReduce(maximum: true, x.map { Int32($0) }, &out, outer: 0..<4, length: 3, inner: 1)
    #expect(out == [2, 2, 1, 2])
    argReduce(maximum: true, [-.infinity, -.infinity] as [Float], &out, outer: 0..<1, length: 2, inner: 1)
    #expect(out[0] == 0)
  }

  @Test func integers() {
    let x: [Int32] = [3, -1, 4, 1, -5, 9]
    var out = [Int32](repeating: 0, count: 3)
    func run(_ op: ReduceOperation, _ x: [Int32], _ length: Int, _ inner: Int) -> KernelFault? {
      let outer = length == 0 ? 1 : x.count / (length * inner)
      return reduce(op, x, &out, outer: 0..<outer, length: length, inner: inner)
    }
    #expect(run(.sum, x, 2, 3) == nil)
    #expect(out == [4, -6, 13])
    #expect(run(.product, x, 2, 1) == nil)
    #expect(out == [-3, 4, -45])
    #expect(run(.maximum, x, 3, 1) == nil)
    #expect(out[..<2] == [4, 9])
    #expect(run(.minimum, x, 3, 1) == nil)
    #expect(out[..<2] == [-1, -5])
    #expect(run(.sum, [.max, 1, -5, 2], 2, 1)?.position == 0)
    #expect(run(.sum, [.max, 1, -5, 2], 2, 1)?.value == Int(Int32.max) + 1)
    #expect(run(.sum, [.max, .max, .min, .min, 1], 5, 1) == nil)
    #expect(out[0] == -1)
    #expect(run(.product, [65536, 65536, 0], 3, 1) == nil)
    #expect(out[0] == 0)
    #expect(run(.product, [1, 65536, 65536], 3, 1)?.kind == .overflow)
    for (op, identity) in [
      (ReduceOperation.sum, 0), (.product, 1), (.maximum, Int32.min), (.minimum, .max),
    ] {
      #expect(run(op, [], 0, 1) == nil)
      #expect(out[0] == identity)
    }
  }

  @Test(arguments: [1, 3, 70])
  func runningSums(inner: Int) {
    var numbers = TestNumbers(31)
    let length = 50
    let x = numbers.numbers(2 * length * inner)
    var f64 = [Double](repeating: 0, count: x.count)
    var f32 = [Float](repeating: 0, count: x.count)
    var i32 = [Int32](repeating: 0, count: x.count)
    cumulativeSum(x, &f64, outer: 0..<2, length: length, inner: inner)
    cumulativeSum(x.map { Float($0) }, &f32, outer: 0..<2, length: length, inner: inner)
    let whole = x.map { Int32($0 * 1000) }
    #expect(cumulativeSum(whole, &i32, outer: 0..<2, length: length, inner: inner) == nil)
    for o in 0..<2 {
      for i in 0..<inner {
        var sum = 0.0
        var integer: Int32 = 0
        for l in 0..<length {
          let place = (o * length + l) * inner + i
          sum += x[place]
          integer += whole[place]
          #expect(f64[place] == sum)
          #expect(abs(Double(f32[place]) - sum) < 3e-6)
          #expect(i32[place] == integer)
        }
      }
    }
    let fault = cumulativeSum([.max, 1] as [Int32], &i32, outer: 0..<1, length: 2, inner: 1)
    #expect(fault == KernelFault(kind: .overflow, position: 1, value: Int(Int32.max) + 1))
  }

  @Test(arguments: [0, 1, 2, 10, 48, 49, 300, 5000])
  func sorting(length: Int) {
    var numbers = TestNumbers(41)
    // Few different values, so that stability matters.
    var x = numbers.numbers(2 * length).map { Float(($0 * 20).rounded()) / 4 }
    if length > 8 {
      x[3] = .nan
      x[5] = -.infinity
      x[6] = -.nan
      x[7] = -0.0
      x[8] = 0
    }
    func order<T: Comparable>(_ row: ArraySlice<T>, isNan: (T) -> Bool) -> [Int32] {
      let start = row.startIndex
      return row.indices.sorted { i, j in
        let a = isNan(row[i])
        let b = isNan(row[j])
        if a != b { return b }
        if !a && row[i] != row[j] { return row[i] < row[j] }
        return i < j
      }.map { Int32($0 - start) }
    }
    var out = [Int32](repeating: -1, count: 2 * length)
    let truth = order(x[..<length]) { $0.isNaN } + order(x[length...]) { $0.isNaN }
    argSort(x, &out, outer: 0..<2, length: length)
    #expect(out == truth)
    argSort(x.map { Double($0) * 1e-300 }, &out, outer: 0..<2, length: length)
    let small = x.map { Double($0) * 1e-300 }
    #expect(out == order(small[..<length]) { $0.isNaN } + order(small[length...]) { $0.isNaN })
    let whole = numbers.integers(2 * length, -70_000...70_000)
    argSort(whole, &out, outer: 0..<2, length: length)
    #expect(out == order(whole[..<length]) { _ in false } + order(whole[length...]) { _ in false })
  }
}
