import Kernels
import Testing

private let inf = Float.infinity
private let nan = Float.nan

@Suite struct ElementwiseTests {
  @Test(arguments: [0, 1, 3, 4, 5, 8, 9, 16, 31])
  func stepsAndTails(count: Int) {
    var numbers = TestNumbers(11)
    let a = numbers.numbers(max(count, 1)).map { Float($0) }
    let b = numbers.numbers(max(count, 1)).map { Float($0) }
    for (aStep, bStep) in [(1, 1), (0, 1), (1, 0), (0, 0)] {
      for op in BinaryOperation.allCases {
        var out = [Float](repeating: 77, count: count + 1)
        binary(op, a, aStep, b, bStep, &out, count)
        #expect(out[count] == 77)
        for i in 0..<count {
          let one = apply(op, [a[i * aStep]], [b[i * bStep]])
          if op == .power && bStep == 0 { continue }
          #expect(same([out[i]], one), "\(op) \(aStep) \(bStep) at \(i)")
        }
        var wide = [Double](repeating: 77, count: count + 1)
        binary(op, a.map { Double($0) }, aStep, b.map { Double($0) }, bStep, &wide, count)
        #expect(wide[count] == 77)
        for i in 0..<count where op != .floorDivide && op != .modulo {
          #expect(wide[i].isNaN == out[i].isNaN)
          if !wide[i].isNaN { #expect(abs(wide[i] - Double(out[i])) <= 1e-5 * max(1, abs(wide[i]))) }
        }
      }
    }
  }

  @Test(arguments: [
    (BinaryOperation.floorDivide, 7, 2, 3), (.floorDivide, -7, 2, -4), (.floorDivide, 7, -2, -4),
    (.floorDivide, -7, -2, 3), (.floorDivide, 1, 0, inf), (.floorDivide, -1, 0, -inf),
    (.floorDivide, 0, 0, nan), (.floorDivide, -5, inf, -1), (.floorDivide, 5, inf, 0),
    (.floorDivide, inf, 2, nan), (.floorDivide, 0.9, 0.1, 8), (.modulo, 7, 3, 1),
    (.modulo, -7, 3, 2), (.modulo, 7, -3, -2), (.modulo, -7, -3, -1), (.modulo, 5, 0, nan),
    (.modulo, 5, inf, 5), (.modulo, -5, inf, inf), (.modulo, 5.5, 2, 1.5), (.modulo, -6, 3, 0),
    (.maximum, nan, 1, nan), (.maximum, 1, nan, nan), (.maximum, 1, 2, 2), (.maximum, inf, 2, inf),
    (.minimum, nan, 1, nan), (.minimum, 1, nan, nan), (.minimum, 1, 2, 1),
    (.power, 2, 10, 1024), (.power, 2, -1, 0.5), (.power, 3, 2, 9), (.power, 2, 3, 8),
    (.power, -8, 0.5, nan), (.power, 0, 0, 1), (.power, 7, 1, 7), (.divide, 1, 0, inf),
  ] as [(BinaryOperation, Float, Float, Float)])
  func pairs(_ op: BinaryOperation, _ a: Float, _ b: Float, _ expected: Float) {
    #expect(same(apply(op, [a], [b]), [expected]), "\(a) \(op) \(b) = \(apply(op, [a], [b]))")
    #expect(same(apply(op, [Double(a)], [Double(b)]), [Double(expected)]) || a == 0.9)
  }

  @Test(arguments: [
    (BinaryOperation.add, 2_147_483_647, 1, nil, KernelFault.Kind.overflow),
    (.add, -2_147_483_648, -1, nil, .overflow), (.add, 3, -5, -2, nil),
    (.subtract, -2_147_483_648, 1, nil, .overflow), (.subtract, 0, -2_147_483_648, nil, .overflow),
    (.subtract, 3, 5, -2, nil), (.multiply, 65536, 32768, nil, .overflow),
    (.multiply, -65536, 32768, -2_147_483_648, nil), (.power, 2, 31, nil, .overflow),
    (.power, -2, 31, -2_147_483_648, nil), (.power, 2, -1, nil, .overflow), (.power, 0, 0, 1, nil),
    (.power, 1, 2_147_483_647, 1, nil), (.power, -1, 2_147_483_647, -1, nil),
    (.power, 46341, 2, nil, .overflow), (.power, 46340, 2, 2_147_395_600, nil),
    (.floorDivide, -7, 2, -4, nil), (.floorDivide, 7, -2, -4, nil), (.floorDivide, 7, 2, 3, nil),
    (.floorDivide, 1, 0, nil, .divisionByZero), (.floorDivide, -2_147_483_648, -1, nil, .overflow),
    (.modulo, -7, 3, 2, nil), (.modulo, 7, -3, -2, nil), (.modulo, 1, 0, nil, .divisionByZero),
    (.modulo, -2_147_483_648, -1, 0, nil), (.maximum, -3, 2, 2, nil), (.minimum, -3, 2, -3, nil),
  ] as [(BinaryOperation, Int32, Int32, Int32?, KernelFault.Kind?)])
  func integers(
    _ op: BinaryOperation, _ a: Int32, _ b: Int32, _ expected: Int32?, _ kind: KernelFault.Kind?
  ) {
    // In the eight lanes, in the tail, and with either operand repeated.
    for count in [1, 8, 21] {
      for place in [0, count - 1] {
        for (aStep, bStep) in [(1, 1), (0, 1), (1, 0)] {
          let dull: Int32 = op == .power || op == .floorDivide || op == .modulo ? 1 : 0
          var x = [Int32](repeating: aStep == 0 ? a : dull, count: count)
          var y = [Int32](repeating: bStep == 0 ? b : dull, count: count)
          if aStep == 0 || bStep == 0, op != .add, op != .multiply { continue }
          x[place] = a
          y[place] = b
          var out = [Int32](repeating: 5, count: count)
          let fault = binary(op, x, aStep, y, bStep, &out, count)
          #expect(fault?.kind == kind)
          if let fault { #expect(fault.position == place && fault.value == Int(a)) }
          if let expected { #expect(out[place] == expected) }
        }
      }
    }
  }

  @Test func integerUnary() {
    let x: [Int32] = [-3, 0, 5, .max, -.max, 1, 2, 3, -4, -5]
    var out = x
    #expect(unary(.negate, x, &out, x.count) == nil)
    #expect(out == x.map { -$0 })
    #expect(unary(.absolute, x, &out, x.count) == nil)
    #expect(out == x.map { abs($0) })
    #expect(unary(.sign, x, &out, x.count) == nil)
    #expect(out == x.map { $0.signum() })
    #expect(unary(.floor, x, &out, x.count) == nil)
    #expect(out == x)
    for op in [UnaryOperation.negate, .absolute] {
      let fault = unary(op, [1, 2, .min], &out, 3)
      #expect(fault == KernelFault(kind: .overflow, position: 2, value: Int(Int32.min)))
    }
  }

  @Test func comparisons() {
    let a: [Float] = [1, 2, 3, nan, inf, -0.0, 1, 2, 3]
    let b: [Float] = [2, 2, 2, nan, inf, 0, 2, 2, 2]
    let expected: [(CompareOperation, [UInt8])] = [
      (.equal, [0, 1, 0, 0, 1, 1, 0, 1, 0]), (.notEqual, [1, 0, 1, 1, 0, 0, 1, 0, 1]),
      (.less, [1, 0, 0, 0, 0, 0, 1, 0, 0]), (.lessEqual, [1, 1, 0, 0, 1, 1, 1, 1, 0]),
    ]
    for (op, truth) in expected {
      var out = [UInt8](repeating: 9, count: 9)
      compare(op, a, 1, b, 1, &out, 9)
      #expect(out == truth)
      compare(op, a.map { Double($0) }, 1, b.map { Double($0) }, 1, &out, 9)
      #expect(out == truth)
      compare(op, [1, 2, 3] as [Int32], 1, [2] as [Int32], 0, &out, 3)
      #expect(Array(out[..<3]) == Array(truth[..<3]))
      compare(op, [2] as [UInt8], 0, [3, 2, 1] as [UInt8], 1, &out, 3)
      #expect(Array(out[..<3]) == Array(truth[..<3]))
    }
    var out = [UInt8](repeating: 9, count: 4)
    logical(.and, [0, 0, 1, 1], 1, [0, 1, 0, 1], 1, &out, 4)
    #expect(out == [0, 0, 0, 1])
    logical(.or, [0, 0, 1, 1], 1, [0, 1, 0, 1], 1, &out, 4)
    #expect(out == [0, 1, 1, 1])
    logical(.or, [0, 0, 1, 1], 1, [1], 0, &out, 4)
    #expect(out == [1, 1, 1, 1])
    logicalNot([0, 1, 1, 0], &out, 4)
    #expect(out == [1, 0, 0, 1])
    isNan([0, nan, inf, nan] as [Float], &out, 4)
    #expect(out == [0, 1, 0, 1])
    isNan([0, .nan, .infinity, 1] as [Double], &out, 4)
    #expect(out == [0, 1, 0, 0])
  }

  @Test(arguments: [0, 1, 7, 300, 1000])
  func choice(count: Int) {
    var numbers = TestNumbers(12)
    let c = numbers.integers(count + 1, 0...1).map { UInt8($0) }
    let a = numbers.numbers(count + 1)
    let b = numbers.numbers(count + 1)
    for (cs, aStep, bStep) in [(1, 1, 1), (1, 0, 1), (1, 1, 0), (1, 0, 0), (0, 1, 1), (0, 0, 1)] {
      let truth = (0..<count).map { c[$0 * cs] != 0 ? a[$0 * aStep] : b[$0 * bStep] }
      var f64 = [Double](repeating: 0, count: count)
      select(c, cs, a, aStep, b, bStep, &f64, count)
      #expect(f64 == truth)
      var f32 = [Float](repeating: 0, count: count)
      select(c, cs, a.map { Float($0) }, aStep, b.map { Float($0) }, bStep, &f32, count)
      #expect(f32 == truth.map { Float($0) })
      var i32 = [Int32](repeating: 0, count: count)
      select(c, cs, a.map { Int32($0 * 99) }, aStep, b.map { Int32($0 * 99) }, bStep, &i32, count)
      #expect(i32 == truth.map { Int32($0 * 99) })
      var u8 = [UInt8](repeating: 0, count: count)
      let bytesA = a.map { UInt8($0 * 99 + 100) }
      let bytesB = b.map { UInt8($0 * 99 + 100) }
      select(c, cs, bytesA, aStep, bytesB, bStep, &u8, count)
      #expect(u8 == truth.map { UInt8($0 * 99 + 100) })
    }
  }

  @Test func conversions() {
    let x: [Float] = [0, -0.0, 1.9, -1.9, 2_147_483_520, -2_147_483_648, 7, 8, 9]
    var i32 = [Int32](repeating: 3, count: 9)
    #expect(convert(x, &i32, 9) == nil)
    #expect(i32 == [0, 0, 1, -1, 2_147_483_520, .min, 7, 8, 9])
    #expect(convert(x.map { Double($0) }, &i32, 9) == nil)
    #expect(i32 == [0, 0, 1, -1, 2_147_483_520, .min, 7, 8, 9])
    #expect(convert([2_147_483_647.5, -2_147_483_648.9] as [Double], &i32, 2) == nil)
    #expect(i32[0] == .max && i32[1] == .min)
    for (bad, value) in [
      (2_147_483_648, Int(Int32.max)), (-2_147_483_904, Int(Int32.min)), (nan, 0),
      (inf, Int(Int32.max)),
    ] as [(Float, Int)] {
      let fault = KernelFault(kind: .overflow, position: 1, value: value)
      #expect(convert([1, bad, bad] as [Float], &i32, 3) == fault)
      #expect(convert([1, Double(bad), 3], &i32, 3) == fault)
    }
    var u8 = [UInt8](repeating: 3, count: 4)
    convert([0, -0.0, 0.5, nan] as [Float], &u8, 4)
    #expect(u8 == [0, 0, 1, 1])
    convert([0, -0.0, 1e-300, .nan] as [Double], &u8, 4)
    #expect(u8 == [0, 0, 1, 1])
    convert([0, 256, -1, 1] as [Int32], &u8, 4)
    #expect(u8 == [0, 1, 1, 1])
    var f32 = [Float](repeating: 3, count: 3)
    convert([0, 1, 1] as [UInt8], &f32, 3)
    #expect(f32 == [0, 1, 1])
    convert([16_777_217, -5, 0] as [Int32], &f32, 3)
    #expect(f32 == [16_777_216, -5, 0])
    convert([0.1, 1e300, -.infinity] as [Double], &f32, 3)
    #expect(f32 == [0.1, inf, -inf])
    var f64 = [Double](repeating: 3, count: 3)
    convert([0, 1, 1] as [UInt8], &f64, 3)
    #expect(f64 == [0, 1, 1])
    convert([.max, .min, 0] as [Int32], &f64, 3)
    #expect(f64 == [2_147_483_647, -2_147_483_648, 0])
    convert([0.5, inf, 0.1] as [Float], &f64, 3)
    #expect(f64 == [0.5, .infinity, Double(Float(0.1))])
    convert([0, 1, 1] as [UInt8], &i32, 3)
    #expect(i32[..<3] == [0, 1, 1])
  }

  @Test func madeUp() {
    var f32 = [Float](repeating: 0, count: 11)
    fill(2.5, &f32, 10)
    #expect(f32 == [Float](repeating: 2.5, count: 10) + [0])
    Kernels.iota(out: &f32, start: -3, count: 5)
    #expect(f32[..<6] == [-3, -2, -1, 0, 1, 2.5])
    var i32 = [Int32](repeating: 0, count: 4)
    fill(7, &i32, 3)
    #expect(i32 == [7, 7, 7, 0])
    Kernels.iota(out: &i32, start: 5, count: 4)
    #expect(i32 == [5, 6, 7, 8])
    var f64 = [Double](repeating: 0, count: 2)
    Kernels.iota(out: &f64, start: 1, count: 2)
    #expect(f64 == [1, 2])
  }
}
