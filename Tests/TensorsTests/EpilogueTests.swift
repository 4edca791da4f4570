import Tensors
import Testing

/// Bias, relu and the gradient's mask ride on a product's epilogue, and change no bit.
@Suite struct EpilogueTests {
  private func engine(fuses: Bool = true, threads: Int = 1) -> Engine {
    let engine = Engine(threads: threads)
    engine.fuses = fuses
    engine.randomSeed = 5
    return engine
  }

  private func operations(_ engine: Engine, _ xs: [Tensor]) -> [[Op]] { engine.planReport(of: xs)?.steps.map(\.operations) ?? [] }

  private func relu(_ engine: Engine, _ x: Tensor) throws -> Tensor { try engine.binary(.maximum, x, engine.number(0)) }

  @Test func aDenseLayerIsOneStep() throws {
    let engine = engine()
    let x = try engine.normal(shape(8, 20), .f32), w = try engine.normal(shape(20, 12), .f32), b = try engine.normal(shape(12), .f32)
    try engine.realize([x, w, b])
    let y = try relu(engine, engine.binary(.add, engine.matrixProduct(x, w), b))
    #expect(
      engine.planDescription(of: y) == """
        1. @, +, max → f32[8, 12]
        1 steps, 3 inputs, 1 results
        384 bytes of results, 64 bytes between, 4032 operations
        """)
    try engine.realize([y])
    #expect(try engine.doubles(y).contains(0) && engine.doubles(y).allSatisfy { $0 >= 0 })
  }

  /// Two layers, their loss and all derivatives, of sizes for each way in which products are computed.
  private static let sizes = [[1, 1, 1, 1], [2, 3, 4, 2], [5, 40, 33, 7], [64, 784, 128, 10], [130, 24, 16, 17], [33, 64, 300, 1]]

  private func layers(_ sizes: [Int], _ type: ElementType, _ engine: Engine) throws -> (found: [[Double]], steps: [[Op]]) {
    let r = engine.open()
    let x = try engine.normal(shape(sizes[0], sizes[1]), type)
    let parameters = try [[sizes[1], sizes[2]], [sizes[2]], [sizes[2], sizes[3]], [1, sizes[3]], [sizes[3], 3]].map {
      engine.mark(try engine.normal(Shape($0), type), in: r)
    }
    var h = try relu(engine, engine.binary(.add, engine.matrixProduct(x, parameters[0]), parameters[1]))
    h = try relu(engine, engine.binary(.add, engine.matrixProduct(h, parameters[2]), parameters[3]))
    h = try engine.unary(.tanh, engine.matrixProduct(h, parameters[4]))
    let loss = try engine.reduce(.sum, engine.binary(.multiply, h, h), axes: nil, keep: false)
    h = loss
    let gradients = try engine.gradients(of: loss, seed: nil, withRespectTo: parameters, in: r).map { try #require($0) }
    let steps = operations(engine, [loss] + gradients)
    try engine.realize([loss] + gradients)
    engine.close(r)
    return (try ([loss] + gradients).map(engine.doubles), steps)
  }

  @Test(arguments: sizes, [ElementType.f32, .f64])
  func layersAndTheirDerivatives(_ sizes: [Int], _ type: ElementType) throws {
    let (fused, steps) = try layers(sizes, type, engine()), (parallel, _) = try layers(sizes, type, engine(threads: 2))
    let (single, plain) = try layers(sizes, type, engine(fuses: false))
    #expect(fused == single && parallel == single)
    #expect(steps.count { $0 == [.matrixProduct, .add, .maximum] } == 2 && steps.count { $0 == [.matrixProduct, .greater, .select] } == 2)
    #expect(plain.allSatisfy { $0.count <= 1 })
    #expect(!steps.contains { $0.contains(.greater) && !$0.contains(.matrixProduct) })
  }

  /// nan, infinity and the zeros pass as through the operations one by one.
  @Test func specialNumbers() throws {
    func result(_ engine: Engine) throws -> [UInt64] {
      let x = try engine.tensor(floats: [.nan, 1, .infinity, -1, 0, -0.0, 1, 2], shape(4, 2)), w = try engine.tensor(floats: [1, -1, 0, 0, 2, 1], shape(2, 3))
      let b = try engine.tensor(floats: [-0.0, .nan, 1], shape(3)), gate = try engine.tensor(floats: [1, .nan, 0, -0.0, -1, 1, 1, 1, 1, 1, 1, 1], shape(4, 3))
      let y = try relu(engine, engine.binary(.add, engine.matrixProduct(x, w), b))
      let z = try engine.select(engine.binary(.greater, gate, engine.number(0)), engine.matrixProduct(x, w), engine.scalar(0, .f32))
      return try (engine.doubles(y) + engine.doubles(z)).map { $0.isNaN ? 1 : $0.bitPattern }
    }
    #expect(try result(engine()) == result(engine(fuses: false)))
  }

  @Test func severalMatricesOnTheLeft() throws {
    func result(_ engine: Engine, turned: Bool) throws -> [Double] {
      var x = try engine.normal(turned ? shape(2, 3, 20, 7) : shape(2, 3, 7, 20), .f32)
      if turned { x = try engine.transposeLast(x) }
      let w = try engine.normal(shape(20, 9), .f32), b = try engine.normal(shape(9), .f32)
      let y = try relu(engine, engine.binary(.add, engine.matrixProduct(x, w), b))
      return try engine.doubles(y)
    }
    for turned in [false, true] { #expect(try result(engine(), turned: turned) == result(engine(fuses: false), turned: turned)) }
  }

  /// What is no epilogue stays a step of its own.
  @Test func whatIsNone() throws {
    let engine = engine()
    let x = try engine.normal(shape(8, 20), .f32), w = try engine.normal(shape(20, 12), .f32), column = try engine.normal(shape(8, 1), .f32)
    try engine.realize([x, w, column])
    func product() throws -> Tensor { try engine.matrixProduct(x, w) }
    #expect(operations(engine, [try engine.binary(.add, product(), column)]) == [[.matrixProduct], [.add]])
    #expect(operations(engine, [try engine.binary(.maximum, product(), engine.number(1))]) == [[.matrixProduct], [.maximum]])
    #expect(operations(engine, [try engine.binary(.maximum, product(), engine.number(-0.0))]) == [[.matrixProduct], [.maximum]])
    #expect(operations(engine, [try relu(engine, product())]) == [[.matrixProduct, .maximum]])
    let held = try product()
    let both = try relu(engine, held)
    #expect(operations(engine, [both]) == [[.matrixProduct], [.maximum]])
    withExtendedLifetime(held) {}
    // Relu's operand is wanted by somebody else, too.
    func sum() throws -> Tensor { try engine.binary(.add, product(), engine.full(1, shape(12), .f32)) }
    let y = try sum()
    let z = try engine.binary(.multiply, relu(engine, y), y)
    #expect(operations(engine, [y, z]).contains([.matrixProduct, .add]))
    #expect(try engine.doubles(z) == zip(engine.doubles(y), engine.doubles(y)).map { Double(Float(max($0, 0)) * Float($1)) })
  }

  /// That a constant is 0 is part of a plan's key where an epilogue stands on it, and nowhere else.
  @Test func anotherConstantMakesAnotherPlan() throws {
    let engine = engine()
    let x = try engine.tensor(floats: [1, -2, 3, -4], shape(2, 2)), w = try engine.tensor(floats: [1, 0, 0, 1], shape(2, 2))
    func clipped(_ low: Double) throws -> [Double] { try engine.doubles(engine.binary(.maximum, engine.matrixProduct(x, w), engine.number(low))) }
    #expect(try clipped(0) == [1, 0, 3, 0] && clipped(2) == [2, 2, 3, 2] && clipped(-3) == [1, -2, 3, -3] && clipped(0) == [1, 0, 3, 0])
    #expect(engine.planMisses == 2)
    func masked(_ limit: Double, _ other: Double) throws -> [Double] {
      let mask = try engine.binary(.greater, x, engine.number(limit))
      return try engine.doubles(engine.select(mask, engine.matrixProduct(x, w), engine.scalar(other, .f32)))
    }
    #expect(try masked(0, 0) == [1, 0, 3, 0] && masked(1, 0) == [0, 0, 3, 0] && masked(0, 7) == [1, 7, 3, 7])
    func sum(_ number: Double) throws { try engine.realize([engine.binary(.add, x, engine.number(number))]) }
    let misses = engine.planMisses
    for number in [0.0, 1, 2] { try sum(number) }
    #expect(engine.planMisses == misses + 1)
  }
}

/// What dies in a step gives its memory to the step's result.
@Suite struct InPlaceTests {
  private func engine(fuses: Bool) -> Engine {
    let engine = Engine(threads: 1)
    engine.fuses = fuses
    return engine
  }

  /// Steps one after the other, be they many small or a few large: one place serves them all, beside the result.
  @Test func aChainNeedsOnePlace() throws {
    for fuses in [false, true] {
      let engine = engine(fuses: fuses)
      let x = try engine.uniform(shape(1 << 12), .f64)
      try engine.realize([x])
      var y = x
      for _ in 0..<400 { y = try engine.unary(.sin, y) }
      let report = try #require(engine.planReport(of: [y]))
      #expect(report.steps.count > 3 && report.arenaBytes == 1 << 15)
      #expect(try engine.doubles(y).allSatisfy { $0 > 0 && $0 < 0.1 })
    }
  }

  /// Elements that are read by another's place, or later, keep their memory.
  @Test func whatIsReadAcrossStays() throws {
    for fuses in [false, true] {
      let engine = engine(fuses: fuses)
      let x = try engine.tensor(doubles: (0..<6000).map { Double($0 % 7) }, shape(100, 60))
      func sums() throws -> Tensor { try engine.cumulativeSum(x, axis: 0) }
      func flipped(_ x: Tensor, _ axis: Int) throws -> Tensor {
        try engine.slice(x, (0..<2).map { $0 == axis ? (start: x.shape[axis] - 1, count: x.shape[axis], step: -1) : (start: 0, count: x.shape[$0], step: 1) })
      }
      let plain = try engine.doubles(sums())
      func element(_ row: Int, _ column: Int) -> Double { plain[row * 60 + column] }
      func check(_ y: Tensor, _ expected: (Int, Int) -> Double) throws {
        let found = try engine.doubles(engine.binary(.multiply, y, engine.number(2)))
        #expect(found == (0..<100).flatMap { row in (0..<60).map { 2 * expected(row, $0) } })
      }
      try check(engine.binary(.subtract, sums(), flipped(sums(), 1))) { element($0, $1) - element($0, 59 - $1) }
      var s = try sums()
      var y = try engine.binary(.subtract, engine.cumulativeSum(engine.binary(.subtract, s, flipped(s, 0)), axis: 1), engine.number(1))
      s = x
      try check(y) { row, column in (0...column).reduce(0) { $0 + element(row, $1) - element(99 - row, $1) } - 1 }
      s = try sums()
      y = try engine.binary(.add, s, engine.slice(s, [(start: 99, count: 1, step: 1), (start: 0, count: 60, step: 1)]))
      s = x
      try check(y) { element($0, $1) + element(99, $1) }
    }
  }

  /// A tensor that a program holds keeps its numbers, whatever is computed of it.
  @Test func whatIsHeldStays() throws {
    let engine = engine(fuses: true)
    let x = try engine.cumulativeSum(engine.full(1, shape(4000), .f64), axis: 0)
    var y = x
    for _ in 0..<300 { y = try engine.unary(.negate, y) }
    try engine.realize([y])
    #expect(try engine.doubles(x) == (1...4000).map(Double.init) && engine.doubles(y) == engine.doubles(x))
  }
}
