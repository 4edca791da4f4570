import Kernels
import Testing

/// A box to copy, and how it lies in both memories.
struct CopyRow: Sendable, CustomTestStringConvertible {
  var dimensions: [Int]
  var from: [Int]
  var to: [Int]
  /// Where the first element of the source lies.
  var start = 0

  var testDescription: String { "\(dimensions) from \(from) to \(to)" }
}

private let copyRows: [CopyRow] = [
  CopyRow(dimensions: [], from: [], to: []),
  CopyRow(dimensions: [0, 3], from: [3, 1], to: [3, 1]),
  CopyRow(dimensions: [5], from: [1], to: [1]),
  CopyRow(dimensions: [5], from: [0], to: [1]),
  CopyRow(dimensions: [5], from: [-1], to: [1], start: 4),
  CopyRow(dimensions: [5], from: [2], to: [3]),
  CopyRow(dimensions: [50, 40], from: [40, 1], to: [40, 1]),
  CopyRow(dimensions: [50, 40], from: [1, 50], to: [40, 1]),
  CopyRow(dimensions: [50, 40], from: [40, 1], to: [1, 50]),
  CopyRow(dimensions: [3, 50, 40], from: [2000, 1, 50], to: [2000, 40, 1]),
  CopyRow(dimensions: [50, 3, 40], from: [1, 2000, 50], to: [120, 40, 1]),
  CopyRow(dimensions: [7, 5, 3], from: [1, 7, 35], to: [15, 3, 1]),
  CopyRow(dimensions: [7, 5, 3], from: [15, -3, 1], to: [15, 3, 1], start: 12),
  CopyRow(dimensions: [7, 5, 3], from: [0, 3, 1], to: [15, 3, 1]),
  CopyRow(dimensions: [7, 5, 3], from: [3, 0, 1], to: [15, 3, 1]),
  CopyRow(dimensions: [7, 5, 3], from: [5, 1, 0], to: [15, 3, 1]),
  CopyRow(dimensions: [7, 5, 3], from: [0, 0, 0], to: [15, 3, 1]),
  CopyRow(dimensions: [2, 1, 4, 1], from: [4, 9, 1, 9], to: [4, 9, 1, 9]),
  CopyRow(dimensions: [4, 6], from: [20, 2], to: [6, 1]),
  CopyRow(dimensions: [4, 6], from: [6, 1], to: [10, 1]),
  CopyRow(dimensions: [4, 3, 2, 5], from: [1, 4, 60, 12], to: [30, 10, 5, 1]),
  CopyRow(dimensions: [4, 3, 2, 5], from: [-30, 10, -5, 1], to: [30, 10, 5, 1], start: 95),
  CopyRow(dimensions: [2, 3, 2, 2, 3], from: [1, 2, 36, 6, 12], to: [36, 12, 6, 3, 1]),
  CopyRow(dimensions: [33, 17], from: [-1, 33], to: [17, 1], start: 32),
]

@Suite struct MovementTests {
  @Test(arguments: copyRows)
  func boxes(_ row: CopyRow) {
    var numbers = TestNumbers(51)
    let source = (0..<8000).map { _ in numbers.word() }
    check(row, source)
    check(row, source.map { UInt32(truncatingIfNeeded: $0) })
    check(row, source.map { UInt8(truncatingIfNeeded: $0) })
  }

  private func check<W: FixedWidthInteger>(_ row: CopyRow, _ source: [W]) {
    var out = [W](repeating: 0, count: 8000)
    var truth = out
    source.withUnsafeBytes { from in
      out.withUnsafeMutableBytes { to in
        if let from = from.baseAddress, let to = to.baseAddress {
          let size = MemoryLayout<W>.size
          copyStrided(
            elementSize: size, source: from + row.start * size, sourceStrides: row.from,
            destination: to, destinationStrides: row.to, dimensions: row.dimensions)
        }
      }
    }
    let count = row.dimensions.reduce(1, *)
    for number in 0..<count {
      var rest = number
      var from = row.start
      var to = 0
      for axis in row.dimensions.indices.reversed() {
        let place = rest % row.dimensions[axis]
        rest /= row.dimensions[axis]
        from += place * row.from[axis]
        to += place * row.to[axis]
      }
      truth[to] = source[from]
    }
    #expect(out == truth)
  }

  @Test(arguments: [(1, 5, 3, 1), (2, 4, 6, 3), (3, 7, 0, 2), (2, 5, 4, 9), (0, 5, 2, 2)])
  func gathering(_ outer: Int, _ length: Int, _ count: Int, _ inner: Int) {
    var numbers = TestNumbers(61)
    let index = numbers.integers(count, -length...length - 1)
    let x = numbers.integers(outer * length * inner, -1000...1000)
    func place(_ o: Int, _ n: Int, _ i: Int) -> Int {
      let at = index[n] < 0 ? Int(index[n]) + length : Int(index[n])
      return (o * length + at) * inner + i
    }
    func check<W: FixedWidthInteger>(_ x: [W]) {
      var out = [W](repeating: 0, count: outer * count * inner)
      let fault = gather(
        elementSize: MemoryLayout<W>.size, x: x, index: index, out: &out, outer: outer,
        axisLength: length, count: count, inner: inner)
      #expect(fault == nil)
      for o in 0..<outer {
        for n in 0..<count {
          for i in 0..<inner { #expect(out[(o * count + n) * inner + i] == x[place(o, n, i)]) }
        }
      }
    }
    check(x)
    check(x.map { Int64($0) })
    check(x.map { UInt8(truncatingIfNeeded: $0) })

    let y = numbers.integers(outer * count * inner, -1000...1000)
    var truth = [Int32](repeating: 0, count: outer * length * inner)
    for o in 0..<outer {
      for n in 0..<count {
        for i in 0..<inner { truth[place(o, n, i)] += y[(o * count + n) * inner + i] }
      }
    }
    var i32 = [Int32](repeating: 0, count: truth.count)
    var f32 = [Float](repeating: 0, count: truth.count)
    var f64 = [Double](repeating: 0, count: truth.count)
    let faults = [
      scatterAdd(
        x: y, index: index, out: &i32, outer: outer, axisLength: length, count: count, inner: inner),
      scatterAdd(
        x: y.map { Float($0) }, index: index, out: &f32, outer: outer, axisLength: length,
        count: count, inner: inner),
      scatterAdd(
        x: y.map { Double($0) }, index: index, out: &f64, outer: outer, axisLength: length,
        count: count, inner: inner),
    ]
    #expect(faults.allSatisfy { $0 == nil })
    #expect(i32 == truth)
    #expect(f32 == truth.map { Float($0) })
    #expect(f64 == truth.map { Double($0) })
  }

  @Test func indexFaults() {
    var out = [Float](repeating: 7, count: 3)
    for bad: Int32 in [2, -3, .max, .min] {
      let fault = KernelFault(kind: .indexOutOfRange, position: 2, value: Int(bad))
      #expect(
        gather(
          elementSize: 4, x: [1, 2] as [Float], index: [0, -2, bad], out: &out, outer: 1,
          axisLength: 2, count: 3, inner: 1) == fault)
      #expect(
        scatterAdd(
          x: [1, 2, 3] as [Float], index: [0, -2, bad], out: &out, outer: 1, axisLength: 2,
          count: 3, inner: 1) == fault)
      #expect(out == [7, 7, 7])
    }
    var whole: [Int32] = [0, 0]
    let fault = scatterAdd(
      x: [.max, 1] as [Int32], index: [1, 1], out: &whole, outer: 1, axisLength: 2, count: 2,
      inner: 1)
    #expect(fault == KernelFault(kind: .overflow, position: 1, value: Int(Int32.max)))
  }
}
