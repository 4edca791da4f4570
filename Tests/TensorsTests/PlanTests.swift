import Kernels
import Tensors
import Testing

@Suite struct PlanTests {
  let engine = Engine(threads: 1)

  @Test func aChainOfAMillionOperations() throws {
    var x = try engine.tensor(doubles: [0, 1], shape(2))
    for _ in 0..<1_000_000 { x = try engine.binary(.add, x, engine.number(1)) }
    #expect(try engine.doubles(x) == [1_000_000, 1_000_001])
    #expect(engine.pendingNodes == 0)
  }

  /// Inside a recording a long chain is kept; it is freed without recursion.
  @Test func aLongChainInARecording() throws {
    let r = engine.open()
    let x = engine.mark(engine.number(1), in: r)
    var y = x
    for _ in 0..<100_000 { y = try engine.binary(.multiply, y, engine.number(1.00001)) }
    let g = try #require(try engine.gradients(of: y, seed: nil, withRespectTo: [x], in: r)[0])
    #expect(agree(try engine.number(of: g), try engine.number(of: y), 1e-12))
    engine.close(r)
    y = x
  }

  /// What is kept for the gradient stays pending, however much it is: it is not computed node by node from then on.
  @Test func aDerivativeThroughManyTurnsNeedsFewPlans() throws {
    let r = engine.open()
    let x = engine.mark(engine.number(2), in: r)
    var sum = engine.number(0)
    for _ in 0..<200_000 { sum = try engine.binary(.add, sum, engine.binary(.multiply, x, engine.number(0.5))) }
    let g = try #require(try engine.gradients(of: sum, seed: nil, withRespectTo: [x], in: r)[0])
    engine.close(r)
    #expect(try engine.number(of: g) == 100_000 && engine.number(of: sum) == 200_000)
    #expect(engine.planHits + engine.planMisses < 12)
  }

  /// Freed although never computed.
  @Test func aLongChainThatNobodyReads() throws {
    let engine = Engine(threads: 1)
    let r = engine.open()
    var x = try engine.full(1, shape(1000, 1000), .f32)
    for _ in 0..<60_000 { x = try engine.unary(.sin, x) }
    #expect(engine.pendingNodes == 60_000)
    engine.close(r)
    x = engine.number(0)
    #expect(engine.pendingNodes == 0)
  }

  @Test func aTensorMayOutliveItsEngine() throws {
    var x: Tensor?
    do {
      let engine = Engine(threads: 1)
      x = try engine.unary(.exp, engine.tensor(doubles: [1, 2], shape(2)))
      for _ in 0..<100 { x = try engine.unary(.sin, try #require(x)) }
    }
    #expect(x?.count == 2)
    x = nil
  }

  @Test func changingNumbersMakeOnePlan() throws {
    var x = try engine.tensor(floats: [1, 2, 3], shape(3))
    for step in 0..<50 {
      x = try engine.binary(.subtract, x, engine.binary(.multiply, engine.number(0.1 / Double(step + 1)), engine.unary(.sin, x)))
      engine.randomSeed = UInt64(step)
      x = try engine.binary(.add, x, engine.normal(shape(3), .f32))
      try engine.realize([x])
    }
    #expect(engine.planMisses == 1 && engine.planHits == 49)
    // Another shape, another type, another sharing: other plans.
    let y = try engine.tensor(floats: [1, 2], shape(2))
    try engine.realize([engine.binary(.add, y, y)])
    try engine.realize([engine.binary(.add, y, engine.tensor(floats: [1, 2], shape(2)))])
    try engine.realize([engine.binary(.add, engine.cast(y, to: .f64), engine.cast(y, to: .f64))])
    #expect(engine.planMisses == 4)
  }

  @Test func theCacheIsBounded() throws {
    for size in 1...1200 { try engine.realize([engine.unary(.sin, engine.full(1, shape(size), .f32))]) }
    #expect(engine.planCount <= 512)
    // The newest is still there.
    let misses = engine.planMisses
    try engine.realize([engine.unary(.sin, engine.full(1, shape(1200), .f32))])
    #expect(engine.planMisses == misses)
  }

  /// h = f(h); read(sum(h)): what is held is computed once, so the work grows with the steps, not with their square.
  @Test func heldIntermediatesAreComputedOnce() throws {
    var h = try engine.tensor(doubles: [0.1, 0.2], shape(2))
    for _ in 0..<200 {
      h = try engine.unary(.sin, engine.binary(.add, h, engine.number(1)))
      _ = try engine.number(of: engine.reduce(.sum, h, axes: nil, keep: false))
      #expect(h.isRealized)
    }
    // One plan for all turns: each starts at a computed h.
    #expect(engine.planMisses == 1)
    // Not a root and without a handle, but read from outside the plan: also kept.
    let a = try engine.unary(.exp, engine.unary(.sin, h)), b = try engine.unary(.cos, a)
    let inner = try engine.binary(.multiply, a, b)
    let left = try engine.unary(.sin, inner), right = try engine.unary(.cos, inner)
    try engine.realize([left])
    #expect(a.isRealized && b.isRealized && inner.isRealized && !right.isRealized)
  }

  @Test func memoryIsFlatOverManySteps() throws {
    let x = try engine.tensor(floats: (0..<32).map { Float($0) / 32 }, shape(8, 4))
    var w = try engine.tensor(floats: (0..<8).map { Float($0) / 8 }, shape(4, 2))
    var bytes = 0, pending = 0
    for step in 0..<10_000 {
      let r = engine.open()
      let marked = engine.mark(w, in: r)
      let y = try engine.unary(.tanh, engine.matrixProduct(x, marked))
      let loss = try engine.reduce(.sum, engine.binary(.multiply, y, y), axes: nil, keep: false)
      let g = try #require(try engine.gradients(of: loss, seed: nil, withRespectTo: [marked], in: r)[0])
      w = try engine.binary(.subtract, w, engine.binary(.multiply, g, engine.number(0.01 / Double(step + 1))))
      try engine.realize([w, loss])
      engine.close(r)
      if step == 100 { (bytes, pending) = (engine.bytesInUse, engine.pendingNodes) }
      if step == 9_999 { #expect(engine.bytesInUse == bytes && engine.pendingNodes == pending) }
    }
    #expect(engine.planMisses <= 2)
  }

  @Test func manySmallTensorsDoNotPileUp() throws {
    var kept: [Tensor] = []
    for step in 0..<20_000 { kept.append(try engine.binary(.add, engine.number(Double(step)), engine.number(1))) }
    #expect(engine.pendingNodes <= 4_097)
    #expect(try engine.number(of: kept[19_999]) == 20_000)
  }

  @Test func hugeTensorsAreRecordedAndRefused() throws {
    let engine = Engine(threads: 1, memoryLimit: 1 << 26)
    let x = try engine.uniform(shape(1_000_000, 1_000_000), .f32)
    engine.site = 7
    let y = try engine.matrixProduct(x, x)
    let error = #expect(throws: LocatedTensorError.self) { try engine.realize([y]) }
    guard case .memory(let needed, let limit, let largest) = error?.error else {
      Issue.record("not a memory error")
      return
    }
    #expect(needed > 8_000_000_000_000 && limit == 1 << 26 && error?.site == 7)
    #expect(largest.count == 2 && largest[0].0.dimensions == [1_000_000, 1_000_000] && largest[0].1 == .f32)
    // Only what is wanted counts, and everything else goes on.
    let corner = try engine.slice(engine.full(3, shape(1_000_000, 1_000_000), .f32), [(start: 0, count: 2, step: 1), (start: 5, count: 2, step: 1)])
    #expect(try engine.doubles(corner) == [3, 3, 3, 3])
    #expect(throws: TensorError.self) { try shape(1 << 40, 1 << 40) }
    #expect(throws: TensorError.self) { try engine.doubles(engine.full(0, shape(1 << 24), .f32)) }
    let big = try engine.unary(.exp, engine.full(1, shape(1 << 22), .f32))
    #expect(try engine.element(big, flatIndex: 77) > 2.7)
  }

  @Test func memoryIsUsedAgainWithinAPlan() throws {
    // A chain of products needs two places, however long it is.
    let engine = Engine(threads: 1, memoryLimit: 1 << 22)
    var x = try engine.full(0.001, shape(256, 256), .f32)
    for _ in 0..<50 { x = try engine.matrixProduct(x, x) }
    #expect(try engine.element(x, flatIndex: 0).isFinite)
  }

  @Test(arguments: [1000, 5_000, 200_003])
  func threadsChangeNothing(_ count: Int) throws {
    func results(_ threads: Int) throws -> [[Double]] {
      let engine = Engine(threads: threads)
      engine.randomSeed = 5
      let x = try engine.normal(shape(count), .f32)
      let wide = try engine.reshape(engine.slice(x, [(start: 0, count: count / 10 * 10, step: 1)]), [10, -1])
      let tall = try engine.transposeLast(wide)
      let soft = try engine.unary(.exp, engine.binary(.subtract, tall, engine.reduce(.maximum, tall, axes: [1], keep: true)))
      return try [
        engine.doubles(engine.unary(.tanh, engine.binary(.add, x, engine.unary(.sin, x)))), engine.doubles(engine.reduce(.sum, x, axes: nil, keep: false)),
        engine.doubles(engine.reduce(.sum, wide, axes: [0], keep: false)), engine.doubles(engine.reduce(.sum, tall, axes: [0], keep: false)),
        engine.doubles(engine.binary(.divide, soft, engine.reduce(.sum, soft, axes: [1], keep: true))), engine.doubles(engine.cumulativeSum(wide, axis: 1)),
        engine.doubles(engine.matrixProduct(wide, tall)), engine.doubles(engine.uniform(shape(count), .f64)), engine.doubles(engine.permutation(count)),
        engine.doubles(engine.gather(x, engine.permutation(count), axis: 0)), engine.doubles(engine.argReduce(.argmax, wide, axis: 0, keep: false)),
      ]
    }
    let one = try results(1), two = try results(2)
    for (place, pair) in zip(one, two).enumerated() { #expect(pair.0 == pair.1, "result \(place)") }
  }

  /// Long rows, short rows, operands of every layout in one program: fused equals computed one by one.
  @Test(arguments: [[3, 5], [7, 300], [2, 3000], [1, 5000], [5000, 1], [40, 50, 3]])
  func fusedEqualsUnfused(_ sizes: [Int]) throws {
    let engine = Engine(threads: 2)
    func chain(_ step: (Tensor) throws -> Tensor) throws -> [Double] {
      engine.randomCounter = 0
      let x = try step(engine.normal(Shape(sizes), .f64))
      let row = try step(engine.normal(Shape([sizes[sizes.count - 1]]), .f64)), column = try step(engine.normal(Shape(sizes.dropLast() + [1]), .f64))
      let order = Array((0..<sizes.count).reversed())
      let turned = try step(engine.permute(engine.normal(Shape(sizes.reversed()), .f64), order))
      var y = try step(engine.binary(.add, step(engine.binary(.multiply, x, row)), column))
      y = try step(engine.unary(.tanh, step(engine.binary(.subtract, y, turned))))
      let positive = try step(engine.binary(.greater, step(engine.unary(.exp, row)), engine.number(1)))
      y = try step(engine.select(positive, step(engine.binary(.multiply, y, y)), step(engine.unary(.negate, column))))
      return try engine.doubles(step(engine.binary(.add, engine.unary(.sin, y), engine.number(0.5))))
    }
    let fused = try chain { $0 }
    let single = try chain { x in
      try engine.realize([x])
      return x
    }
    #expect(fused == single)
  }

  @Test func descriptions() throws {
    let x = try engine.tensor(floats: [1, 2, 3, 4], shape(2, 2))
    let y = try engine.unary(.tanh, engine.binary(.add, engine.matrixProduct(x, engine.transposeLast(x)), engine.number(1)))
    #expect(
      engine.planDescription(of: y) == """
        1. @ → f32[2, 2]
        2. +, tanh → f32[2, 2]
        2 steps, 1 inputs, 1 results
        64 bytes of results, 128 bytes between, 24 operations
        """)
    try engine.realize([y])
    #expect(engine.planDescription(of: y) == "nothing to compute")
  }
}

@Suite struct FailureTests {
  let engine = Engine(threads: 1)

  @Test func failuresNameTheirPlace() throws {
    func located(_ body: () throws -> Void) -> LocatedTensorError? {
      do {
        try body()
      } catch let error as LocatedTensorError {
        return error
      } catch {}
      return nil
    }
    let x = try engine.tensor(floats: [1, 2, 3], shape(3))
    // The same plan twice, from two places: each error names its own.
    for site in [UInt64(11), 12] {
      engine.site = site
      let picked = try engine.gather(x, engine.tensor(ints: [0, Int32(site)], shape(2)), axis: 0)
      engine.site = 99
      let later = try engine.unary(.exp, picked)
      let error = located { try engine.realize([later]) }
      #expect(error?.site == site)
      guard case .indexOutOfRange(let index, 3, 0) = error?.error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(index == Int(site))
    }
    #expect(engine.planMisses == 1)
    let big = try engine.tensor(ints: [.max, 1], shape(2)), none = try engine.tensor(ints: [0, 1], shape(2))
    for (op, a, b) in [(Op.add, big, big), (.multiply, big, big), (.floorDivide, big, none), (.modulo, big, none)] {
      let error = located { _ = try engine.ints(engine.binary(op, a, b)) }
      switch (op, error?.error) {
      case (.add, .integerOverflow(let name)), (.multiply, .integerOverflow(let name)): #expect(name == op.name)
      case (.floorDivide, .divisionByZero(let name)), (.modulo, .divisionByZero(let name)): #expect(name == op.name)
      default: Issue.record("\(op): \(String(describing: error))")
      }
    }
    #expect(located { _ = try engine.ints(engine.reduce(.sum, big, axes: nil, keep: false)) } != nil)
    #expect(located { _ = try engine.ints(engine.cast(engine.tensor(doubles: [1e10], shape(1)), to: .i32)) } != nil)
    // What failed leaves no trace: the same operands work in another operation.
    #expect(try engine.ints(engine.binary(.maximum, big, none)) == [.max, 1])
  }

  @Test func fallibleNodesAreComputedOnceAndOnlyWhileAlive() throws {
    let x = try engine.tensor(floats: [1, 2, 3], shape(3)), bad = try engine.tensor(ints: [7], shape(1))
    #expect(!engine.hasFallible)
    do {
      let dead = try engine.gather(x, bad, axis: 0)
      #expect(engine.hasFallible && dead.count == 1)
    }
    #expect(!engine.hasFallible)
    try engine.realizeFallible()
    let failing = try engine.gather(x, bad, axis: 0)
    let fine = try engine.gather(x, engine.tensor(ints: [1], shape(1)), axis: 0)
    #expect(throws: LocatedTensorError.self) { try engine.realizeFallible() }
    #expect(!engine.hasFallible && !failing.isRealized)
    #expect(try engine.doubles(fine) == [2])
    // Held only by another node, and checked as part of its plan.
    let sum = try engine.reduce(.sum, engine.gather(x, engine.tensor(ints: [-1, 0], shape(2)), axis: 0), axes: nil, keep: false)
    #expect(engine.hasFallible)
    #expect(try engine.number(of: sum) == 4)
    #expect(!engine.hasFallible)
  }

  /// The flag is the whole process's, so this test has a process of its own.
  @Test func anInterruptLeavesEverythingAsItWas() async {
    await #expect(processExitsWith: .success) {
      let engine = Engine(threads: 2)
      let x = try engine.full(1, shape(100_000), .f32)
      let y = try engine.unary(.exp, x)
      Interrupt.request()
      let error = #expect(throws: TensorError.self) { try engine.realize([y]) }
      Interrupt.clear()
      guard case .interrupted = error else {
        Issue.record("not interrupted")
        return
      }
      #expect(!y.isRealized && engine.pendingNodes == 1)
      #expect(try engine.element(y, flatIndex: 99_999) > 2.7)
    }
  }
}
