import Tensors
import Testing

/// The operations as a language calls them: types, shapes, errors.
@Suite struct OperationTests {
  let engine = Engine(threads: 1)

  private func example(_ type: ElementType) throws -> Tensor { try engine.tensor(doubles: [1, 0, 1], shape(3), as: type) }

  @Test func typesMixUpwards() throws {
    for left in ElementType.allCases {
      for right in ElementType.allCases {
        let a = try example(left), b = try engine.tensor(doubles: [1, 1, 1], shape(3), as: right)
        let type = max(left, right) == .bool ? .i32 : max(left, right)
        #expect(try engine.binary(.add, a, b).type == type)
        #expect(try engine.binary(.divide, a, b).type == max(type, .f32))
        #expect(try engine.binary(.less, a, b).type == .bool)
        #expect(try engine.select(engine.tensor(bools: [true], shape(1)), a, b).type == max(left, right))
        #expect(try engine.concatenate([a, b], axis: 0).type == max(left, right))
        #expect(try engine.doubles(engine.binary(.add, a, b)) == [2, 1, 2])
      }
      let x = try example(left)
      #expect(try engine.unary(.exp, x).type == max(left, .f32))
      #expect(try engine.unary(.negate, x).type == (left == .bool ? .i32 : left))
      #expect(try engine.unary(.floor, x).type == (left == .bool ? .i32 : left))
      #expect(try engine.unary(.isNan, x).type == .bool)
      #expect(try engine.reduce(.sum, x, axes: nil, keep: false).type == (left == .bool ? .i32 : left))
      #expect(try engine.number(of: engine.reduce(.sum, x, axes: nil, keep: false)) == 2)
      #expect(try engine.argReduce(.argmax, x, axis: nil, keep: false).type == .i32)
      #expect(try engine.argsort(x, axis: 0).type == .i32)
      #expect(try engine.matrixProduct(x, x).type == (left == .bool ? .i32 : left))
      #expect(try engine.cumulativeSum(x, axis: 0).type == (left == .bool ? .i32 : left))
    }
  }

  @Test func aNumberTakesTheTypeBesideIt() throws {
    let number = engine.number(2), half = engine.number(0.5)
    for type in [ElementType.f32, .f64, .i32] { #expect(try engine.binary(.multiply, example(type), number).type == type) }
    #expect(try engine.binary(.multiply, number, example(.bool)).type == .f32)
    #expect(try engine.binary(.greater, example(.bool), half).type == .bool)
    #expect(try engine.doubles(engine.binary(.greater, example(.bool), half)) == [1, 0, 1])
    let error = #expect(throws: TensorError.self) { try engine.binary(.add, example(.i32), half) }
    guard case .wholeNumber(0.5) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // Rounded to f32 beside f32: 0.1 in f32 is more than in f64.
    #expect(try engine.number(of: engine.binary(.multiply, engine.number(0.1), engine.scalar(1, .f32))) == Double(Float(0.1)))
    // Numbers alone stay numbers, also pending ones.
    let sum = try engine.unary(.sin, engine.binary(.add, number, half))
    #expect(sum.isNumber && sum.type == .f64)
    let pending = try engine.binary(.multiply, number, engine.unary(.floor, engine.number(3.5)))
    #expect(try engine.doubles(engine.binary(.add, example(.i32), pending)) == [7, 6, 7])
    #expect(try !engine.binary(.add, number, example(.f64)).isNumber)
    #expect(try !engine.binary(.less, number, half).isNumber)
    for op in [Op.floorDivide, .modulo] { #expect(throws: TensorError.self) { try engine.binary(op, number, engine.number(0)) } }
    #expect(try engine.number(of: engine.binary(.divide, number, engine.number(0))) == .infinity)
    #expect(throws: TensorError.self) { try engine.binary(.power, example(.i32), engine.number(-1)) }
    #expect(try engine.stack([number, half], axis: 0).type == .f32)
  }

  /// The same as with the number as a tensor, in its type from the beginning.
  @Test func aNumberBesideATensorIsOneNode() throws {
    for type in [ElementType.f32, .f64] {
      let x = try engine.tensor(doubles: [0.3, 2, 5], shape(3), as: type)
      for op in [Op.add, .subtract, .multiply, .divide, .power] {
        for number in [0.1, 1, 2, 3, 2.5] {
          let living = engine.livingNodes
          let right = try #require(try engine.binary(op, x, number)), left = try #require(try engine.binary(op, number, x))
          if op != .power { #expect(engine.livingNodes == living + 4) }
          #expect(right.type == type && left.type == type)
          #expect(try engine.doubles(right) == engine.doubles(engine.binary(op, x, engine.number(number))))
          #expect(try engine.doubles(left) == engine.doubles(engine.binary(op, engine.number(number), x)))
        }
      }
      #expect(try engine.binary(.less, x, 2) == nil && engine.binary(.modulo, x, 2) == nil)
    }
    #expect(try engine.binary(.add, engine.tensor(ints: [1], shape(1)), 1) == nil && engine.binary(.add, 1, engine.tensor(bools: [true], shape(1))) == nil)
    let y = try #require(try engine.binary(.multiply, engine.number(3), 2))
    #expect(try y.isNumber && engine.number(of: y) == 6)
  }

  @Test func aHandleIsUsedAgain() throws {
    let x = try engine.tensor(floats: [1, 2], shape(2)), y = try engine.tensor(floats: [3, 4], shape(2))
    let living = engine.livingNodes
    do {
      let old = try engine.binary(.add, x, y)
      #expect(try engine.binary(.multiply, old, y, replacing: old) && engine.binary(.subtract, x, old, replacing: old))
      #expect(engine.livingNodes == living + 3)
      #expect(try engine.doubles(old) == [-11, -22] && engine.doubles(x) == [1, 2] && engine.doubles(y) == [3, 4])
      // What it does not do leaves everything as it was.
      #expect(try !engine.binary(.power, x, y, replacing: old) && !engine.binary(.add, engine.number(1), engine.number(2), replacing: old))
      #expect(try !engine.binary(.add, x, engine.tensor(ints: [1, 2], shape(2)), replacing: old))
      #expect(throws: TensorError.self) { try engine.binary(.add, x, engine.tensor(floats: [1, 2, 3], shape(3)), replacing: old) }
      #expect(try engine.doubles(old) == [-11, -22])
    }
    #expect(engine.livingNodes == living)
    withExtendedLifetime((x, y)) {}
  }

  @Test func shapesThatDoNotBroadcast() throws {
    let a = try engine.full(0, shape(4, 3), .f32), b = try engine.full(0, shape(2, 3), .f32)
    let error = #expect(throws: TensorError.self) { try engine.binary(.add, a, b) }
    guard case .shapesDoNotBroadcast("+", let left, let right, -2) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(left.dimensions == [4, 3] && right.dimensions == [2, 3])
    let inner = #expect(throws: TensorError.self) { try engine.matrixProduct(a, b) }
    guard case .innerSizes = inner else {
      Issue.record("\(String(describing: inner))")
      return
    }
    let batch = #expect(throws: TensorError.self) {
      try engine.matrixProduct(engine.full(0, shape(2, 4, 3), .f32), engine.full(0, shape(5, 3, 4), .f32))
    }
    guard case .shapesDoNotBroadcast("@", _, _, -3) = batch else {
      Issue.record("\(String(describing: batch))")
      return
    }
  }

  @Test func whatIsRefused() throws {
    let x = try engine.full(1, shape(2, 3), .f32), truth = try engine.tensor(bools: [true], shape(1))
    let refused: [(String, () throws -> Tensor)] = [
      ("axis", { try engine.reduce(.sum, x, axes: [2], keep: false) }), ("axis -3", { try engine.reduce(.sum, x, axes: [-3], keep: false) }),
      ("axis twice", { try engine.reduce(.sum, x, axes: [0, -2], keep: false) }), ("empty max", { try engine.reduce(.maximum, engine.full(0, shape(0), .f32), axes: nil, keep: false) }),
      ("empty argmax", { try engine.argReduce(.argmax, engine.full(0, shape(0, 2), .f32), axis: 0, keep: false) }),
      ("reshape", { try engine.reshape(x, [4]) }), ("reshape -1", { try engine.reshape(x, [4, -1]) }), ("reshape -1 -1", { try engine.reshape(x, [-1, -1]) }),
      ("reshape -2", { try engine.reshape(x, [-2, -3]) }), ("permute", { try engine.permute(x, [0, 0]) }), ("permute rank", { try engine.permute(x, [0]) }),
      ("broadcast", { try engine.broadcast(x, to: shape(3, 2)) }), ("slice", { try engine.slice(x, [(start: 0, count: 3, step: 1), (start: 0, count: 3, step: 1)]) }),
      ("slice rank", { try engine.slice(x, [(start: 0, count: 1, step: 1)]) }), ("slice step 0", { try engine.slice(x, [(start: 0, count: 1, step: 1), (start: 0, count: 2, step: 0)]) }),
      ("slice overflow", { try engine.slice(x, [(start: 0, count: 1, step: 1), (start: 0, count: .max, step: .max)]) }),
      ("pad", { try engine.pad(x, [(0, -1), (0, 0)], value: 0) }), ("concat", { try engine.concatenate([x, engine.full(0, shape(2, 2), .f32)], axis: 0) }),
      ("concat nothing", { try engine.concatenate([], axis: 0) }), ("stack", { try engine.stack([x, truth], axis: 0) }), ("stack axis", { try engine.stack([x], axis: 4) }),
      ("gather index", { try engine.gather(x, x, axis: 0) }), ("gather axis", { try engine.gather(x, engine.tensor(ints: [0], shape(1)), axis: 5) }),
      ("scatter", { try engine.scatterAdd(x, engine.tensor(ints: [0], shape(1)), axis: 0, length: 4) }),
      ("scatter length", { try engine.scatterAdd(x, engine.tensor(ints: [0, 1], shape(2)), axis: 0, length: -4) }),
      ("not", { try engine.unary(.not, x) }), ("and", { try engine.binary(.and, x, truth) }), ("where", { try engine.select(x, x, x) }),
      ("product of a number", { try engine.matrixProduct(engine.number(1), x) }), ("transpose", { try engine.transposeLast(truth) }),
      ("replace", { try engine.replacing(truth, [(start: 0, count: 1, step: 1)], with: x) }), ("replace narrows", { try engine.replacing(engine.tensor(ints: [1], shape(1)), [(start: 0, count: 1, step: 1)], with: engine.full(1, shape(1), .f32)) }),
      ("values", { try engine.tensor(doubles: [1, 2], shape(3)) }), ("i32 values", { try engine.tensor(doubles: [1.5], shape(1), as: .i32) }),
      ("iota", { try engine.iota(3, start: Int(Int32.max), .i32) }), ("iota of bool", { try engine.iota(3, .bool) }), ("iota below 0", { try engine.iota(-3, .f32) }),
      ("uniform", { try engine.uniform(shape(2), .i32) }), ("randint", { try engine.randomIntegers(low: 3, high: 3, shape(2)) }),
      ("set", { try engine.setElement(x, flatIndex: 6, value: 0) }), ("rank", { try engine.full(0, Shape([1, 1, 1, 1, 1, 1, 1, 1, 1]), .f32) }),
      ("negative", { try engine.full(0, Shape([-1]), .f32) }),
    ]
    for (name, body) in refused { #expect(throws: TensorError.self, "\(name)") { try body() } }
    #expect(throws: TensorError.self) { try engine.number(of: x) }
    #expect(throws: TensorError.self) { try engine.element(x, flatIndex: -1) }
    #expect(engine.pendingNodes == 0)
  }

  @Test func productsOfEveryRank() throws {
    let v = try engine.tensor(doubles: [1, 2], shape(2)), m = try engine.tensor(doubles: [1, 2, 3, 4], shape(2, 2))
    let batch = try engine.tensor(doubles: [1, 0, 0, 1, 2, 0, 0, 2], shape(2, 2, 2))
    let cases: [(Tensor, Tensor, [Int], [Double])] = [
      (v, v, [], [5]), (m, v, [2], [5, 11]), (v, m, [2], [7, 10]), (batch, v, [2, 2], [1, 2, 2, 4]), (v, batch, [2, 2], [1, 2, 2, 4]),
      (batch, m, [2, 2, 2], [1, 2, 3, 4, 2, 4, 6, 8]), (m, batch, [2, 2, 2], [1, 2, 3, 4, 2, 4, 6, 8]),
    ]
    for (a, b, sizes, values) in cases {
      let result = try engine.matrixProduct(a, b)
      #expect(result.shape.dimensions == sizes)
      #expect(try engine.doubles(result) == values)
    }
  }

  @Test func axesFromTheEndAndMinusOne() throws {
    let x = try engine.tensor(doubles: [1, 5, 3, 4, 2, 6], shape(2, 3))
    #expect(try engine.doubles(engine.reduce(.sum, x, axes: [-1], keep: false)) == [9, 12])
    #expect(try engine.reduce(.sum, x, axes: [-1], keep: true).shape.dimensions == [2, 1])
    #expect(try engine.reduce(.sum, x, axes: nil, keep: true).shape.dimensions == [1, 1])
    #expect(try engine.doubles(engine.argReduce(.argmin, x, axis: nil, keep: false)) == [0])
    #expect(try engine.argReduce(.argmax, x, axis: nil, keep: true).shape.dimensions == [1, 1])
    #expect(try engine.doubles(engine.argsort(x, axis: 0)) == [0, 1, 0, 1, 0, 1])
    #expect(try engine.reshape(x, [3, -1]).shape.dimensions == [3, 2])
    #expect(try engine.reshape(x, [-1]).shape.dimensions == [6])
    #expect(try engine.stack([x, x], axis: -1).shape.dimensions == [2, 3, 2])
    #expect(try engine.doubles(engine.stack([engine.number(1), engine.scalar(2, .f32)], axis: 0)) == [1, 2])
    #expect(try engine.doubles(engine.permute(x, [-1, 0])) == [1, 4, 5, 2, 3, 6])
    let picked = try engine.gather(x, engine.tensor(ints: [-1, 0], shape(2)), axis: -1)
    #expect(try engine.doubles(picked) == [3, 1, 6, 4])
  }

  @Test func elementsSetInPlaceOrInACopy() throws {
    var x = try engine.full(0, shape(100_000), .f32)
    for index in 0..<100_000 { try engine.setElement(&x, flatIndex: index, value: Double(index)) }
    #expect(try engine.element(x, flatIndex: 99_999) == 99_999)
    let before = x
    try engine.setElement(&x, flatIndex: 3, value: -1)
    #expect(try engine.element(before, flatIndex: 3) == 3 && engine.element(x, flatIndex: 3) == -1)
    // A pending reader of the same memory sees the old numbers.
    let doubled = try engine.binary(.multiply, x, engine.number(2))
    try engine.setElement(&x, flatIndex: 4, value: 77)
    #expect(try engine.element(doubled, flatIndex: 4) == 8)
    let again = try engine.reshape(x, [100, 1000])
    try engine.realize([again])
    try engine.setElement(&x, flatIndex: 5, value: 77)
    #expect(try engine.element(again, flatIndex: 5) == 5)
  }

  @Test func random() throws {
    engine.randomSeed = 3
    let first = try engine.uniform(shape(1000), .f32)
    #expect(engine.randomCounter == 250)
    let second = try engine.uniform(shape(1000), .f32)
    // Draws belong to the order of the program, whichever is computed first.
    let later = try engine.doubles(second), earlier = try engine.doubles(first)
    engine.randomCounter = 0
    #expect(try engine.doubles(engine.uniform(shape(1000), .f32)) == earlier && earlier != later)
    #expect(earlier.allSatisfy { $0 >= 0 && $0 < 1 })
    engine.randomSeed = 4
    engine.randomCounter = 0
    #expect(try engine.doubles(engine.uniform(shape(1000), .f32)) != earlier)
    for type in [ElementType.f32, .f64] {
      let draws = try engine.doubles(engine.normal(shape(40_000), type))
      let mean = draws.reduce(0, +) / 40_000, variance = draws.reduce(0) { $0 + $1 * $1 } / 40_000
      #expect(mean.magnitude < 0.03 && (variance - 1).magnitude < 0.04)
    }
    #expect(try engine.ints(engine.permutation(1000)).sorted() == (0..<1000).map { Int32($0) })
    #expect(try engine.ints(engine.permutation(1000)) != (0..<1000).map { Int32($0) })
    let dice = try engine.ints(engine.randomIntegers(low: 1, high: 7, shape(6000)))
    for face in Int32(1)...6 { #expect((850...1150).contains(dice.count { $0 == face })) }
    #expect(dice.allSatisfy { (1...6).contains($0) })
  }

  @Test func emptyAndSingle() throws {
    let none = try engine.full(1, shape(0, 3), .f32)
    #expect(try engine.doubles(engine.unary(.exp, none)).isEmpty)
    #expect(try engine.doubles(engine.reduce(.sum, none, axes: [0], keep: false)) == [0, 0, 0])
    #expect(try engine.doubles(engine.matrixProduct(engine.transposeLast(none), none)) == [Double](repeating: 0, count: 9))
    #expect(try engine.reshape(none, [3, 0]).count == 0)
    #expect(try engine.doubles(engine.concatenate([none, engine.full(2, shape(1, 3), .f32)], axis: 0)) == [2, 2, 2])
    #expect(try engine.number(of: engine.unary(.exp, engine.scalar(0, .f32))) == 1)
    let r = engine.open()
    defer { engine.close(r) }
    let x = engine.mark(none, in: r)
    let y = try engine.reduce(.sum, engine.unary(.exp, x), axes: nil, keep: false)
    #expect(try engine.gradients(of: y, seed: nil, withRespectTo: [x], in: r)[0]?.shape.dimensions == [0, 3])
  }
}
