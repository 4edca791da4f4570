import Tensors
import Testing

/// What is computed together gives the same bits as what is computed operation by operation.
@Suite struct FusionTests {
  private func engine(fuses: Bool, threads: Int = 1) -> Engine {
    let engine = Engine(threads: threads)
    engine.fuses = fuses
    return engine
  }

  /// Every primitive between neighbours that may join it.
  @Test(arguments: Primitive.table.map(\.op)) func everyPrimitiveAmongOthers(_ op: Op) throws {
    for sample in Primitive.table[Int(op.rawValue)].samples {
      func result(_ engine: Engine) throws -> [Double] {
        let operands = try sample.tensors(engine, .f32).map { $0.type == .f32 ? try engine.binary(.add, $0, engine.number(0.25)) : $0 }
        var y = try engine.apply(op, operands, sample.attributes(.f32))
        if y.type == .bool { y = try engine.cast(y, to: .f32) }
        y = try engine.binary(.multiply, y, engine.number(3))
        if y.rank > 0 && y.count > 0 { y = try engine.binary(.subtract, y, engine.reduce(.maximum, y, axes: [y.rank - 1], keep: true)) }
        return try engine.doubles(y)
      }
      // What a primitive refuses, such as a matrix that is not positive definite any more, it refuses both times.
      let fused = try? result(engine(fuses: true, threads: 2)), single = try? result(engine(fuses: false))
      #expect((fused == nil) == (single == nil) && same(fused ?? [], single ?? []), "\(op) \(sample)")
    }
  }

  @Test(arguments: 0..<600) func randomGraphs(_ seed: Int) throws {
    let fused = try RandomGraph.results(of: seed, engine(fuses: true, threads: 2)), single = try RandomGraph.results(of: seed, engine(fuses: false))
    #expect(fused.count == single.count)
    for (place, pair) in zip(fused, single).enumerated() { #expect(same(pair.0, pair.1), "seed \(seed), result \(place)") }
  }

  /// Gradients of what users write, over row lengths on both sides of every bound.
  @Test(arguments: [1, 2, 10, 24, 300, 2049, 8192, 8193]) func gradientsOfRows(_ length: Int) throws {
    func results(_ engine: Engine) throws -> [[Double]] {
      engine.randomSeed = 3
      let r = engine.open()
      let x = engine.mark(try engine.normal(shape(7, length), .f32), in: r), w = engine.mark(try engine.normal(shape(length), .f32), in: r)
      func mean(_ y: Tensor) throws -> Tensor {
        try engine.binary(.divide, engine.reduce(.sum, y, axes: [1], keep: true), engine.number(Double(length)))
      }
      let distance = try engine.binary(.subtract, x, mean(x))
      let spread = try engine.unary(.sqrt, engine.binary(.add, mean(engine.binary(.multiply, distance, distance)), engine.number(1e-5)))
      let y = try engine.binary(.multiply, engine.binary(.divide, distance, spread), w)
      let powers = try engine.unary(.exp, engine.binary(.subtract, y, engine.detach(engine.reduce(.maximum, y, axes: [1], keep: true))))
      let soft = try engine.binary(.divide, powers, engine.reduce(.sum, powers, axes: [1], keep: true))
      let loss = try engine.reduce(.sum, engine.binary(.multiply, soft, y), axes: nil, keep: false)
      let g = try engine.gradients(of: loss, seed: nil, withRespectTo: [x, w], in: r).map { try #require($0) }
      try engine.realize([loss, soft] + g)
      engine.close(r)
      return try ([loss, soft] + g).map(engine.doubles)
    }
    let fused = try results(engine(fuses: true, threads: 2)), single = try results(engine(fuses: false))
    for (place, pair) in zip(fused, single).enumerated() { #expect(same(pair.0, pair.1), "result \(place)") }
  }

  @Test func aSoftmaxIsOneProgram() throws {
    let engine = engine(fuses: true)
    let x = try engine.uniform(shape(64, 100), .f32)
    try engine.realize([x])
    let powers = try engine.unary(.exp, engine.binary(.subtract, x, engine.reduce(.maximum, x, axes: [1], keep: true)))
    let soft = try engine.binary(.divide, powers, engine.reduce(.sum, powers, axes: [1], keep: true))
    _ = powers
    #expect(engine.planDescription(of: soft).contains("1. max, -, exp, sum, / → f32"))
  }

  /// An update that writes three tensors is one pass over five.
  @Test func anUpdateIsOneProgram() throws {
    let engine = engine(fuses: true)
    func filled(_ value: Float) throws -> Tensor { try engine.tensor(floats: [Float](repeating: value, count: 300), shape(300)) }
    let p = try filled(1), g = try filled(2), m = try filled(0)
    let m1 = try engine.binary(.add, engine.binary(.multiply, m, engine.number(0.9)), engine.binary(.multiply, g, engine.number(0.1)))
    let p1 = try engine.binary(.subtract, p, engine.binary(.multiply, m1, engine.number(0.01)))
    #expect(engine.planDescription(of: [m1, p1]).contains("1 steps, 3 inputs, 2 results"))
    try engine.realize([m1, p1])
    #expect(try engine.doubles(m1) == [Double](repeating: Double(Float(0.1) * 2), count: 300))
  }

  /// What one instruction does of three operations, and what looks like it: operands of every kind, in every place.
  @Test(arguments: [3, 24, 300, 8200], [ElementType.f32, .f64]) func threeOperationsAtOnce(_ length: Int, _ type: ElementType) throws {
    func results(_ engine: Engine) throws -> [[Double]] {
      engine.randomSeed = 5
      let operands = try [[5, length], [length], [5, 1], [5, length]].map { try engine.normal(Shape($0), type) }
      try engine.realize(operands)
      var found: [Tensor] = []
      for first in 0..<4 {
        func operand(_ place: Int) -> Tensor { operands[(first + place) % 4] }
        let x = operand(0), y = operand(1), z = operand(2), w = operand(3)
        func product() throws -> Tensor { try engine.binary(.multiply, x, y) }
        let wide = try engine.broadcast(w, to: Shape([5, length]))
        found += [
          try engine.binary(.add, product(), engine.binary(.multiply, z, w)),
          try engine.binary(.add, engine.binary(.multiply, product(), z), w),
          try engine.binary(.add, w, engine.binary(.multiply, z, product())),
          try engine.binary(.subtract, w, engine.binary(.divide, product(), z)),
          try engine.binary(.subtract, engine.binary(.divide, product(), z), w),
          try engine.binary(.subtract, w, engine.binary(.divide, z, product())),
          try engine.binary(.subtract, wide, engine.binary(.divide, engine.binary(.multiply, x, engine.number(0.3)), engine.unary(.exp, wide))),
        ]
        let moved = try engine.binary(.add, engine.binary(.multiply, wide, engine.number(0.9)), engine.binary(.multiply, x, engine.number(0.1)))
        found += [moved, try engine.binary(.multiply, moved, wide)]
      }
      try engine.realize(found)
      return try found.map(engine.doubles)
    }
    let fused = try results(engine(fuses: true, threads: 2)), single = try results(engine(fuses: false))
    for (place, pair) in zip(fused, single).enumerated() { #expect(same(pair.0, pair.1), "result \(place)") }
  }

  private func same(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
  }
}

/// A graph made by a seed: the same on every engine.
private enum RandomGraph {
  struct Dice {
    var state: UInt64
    mutating func roll(_ sides: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(sides))
    }
  }

  static func results(of seed: Int, _ engine: Engine) throws -> [[Double]] {
    var dice = Dice(state: UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 77)
    for _ in 0..<4 { _ = dice.roll(2) }
    engine.randomSeed = UInt64(seed)
    let rows = [1, 2, 3, 7, 33][dice.roll(5)], length = [1, 2, 3, 5, 17, 24, 40, 129, 300, 1000, 3000, 8200][dice.roll(12)]
    let type: ElementType = dice.roll(4) == 0 ? .f64 : .f32
    var tensors: [Tensor] = []
    for sizes in [[rows, length], [rows, length], [length], [rows, 1], [length, rows], [1]] {
      let x = try engine.normal(Shape(sizes), type)
      if dice.roll(2) == 0 { try engine.realize([x]) }
      tensors.append(x)
    }
    var kept: [Tensor] = []
    func pick() -> Tensor { tensors[max(0, tensors.count - 1 - dice.roll(min(tensors.count, 9)))] }
    for _ in 0..<(6 + dice.roll(30)) {
      let x = pick()
      let made: Tensor?
      switch dice.roll(16) {
      case 0...3: made = try engine.unary([.negate, .absolute, .exp, .tanh, .sin, .sigmoid, .sqrt, .floor, .log1p][dice.roll(9)], x)
      case 4...8: made = try? engine.binary([.add, .subtract, .multiply, .divide, .maximum, .minimum][dice.roll(6)], x, pick())
      case 9:
        let op = [Op.sum, .product, .maximum, .minimum][dice.roll(4)], axis = max(0, x.rank - 1 - dice.roll(2) * dice.roll(2))
        made = x.rank == 0 ? nil : try engine.reduce(op, x, axes: dice.roll(5) == 0 ? nil : [axis], keep: dice.roll(3) > 0)
      case 10: made = x.rank < 2 ? nil : try engine.transposeLast(x)
      case 11: made = try engine.reshape(x, x.rank == 2 && dice.roll(2) == 0 ? [x.count] : x.shape.dimensions + [1])
      case 12: made = try? engine.select(engine.binary([.less, .greaterEqual][dice.roll(2)], x, pick()), x, pick())
      case 13: made = try? engine.broadcast(x, to: Shape([rows, length]))
      case 14:
        made =
          x.rank == 0 || x.shape[0] < 2
          ? nil
          : try engine.slice(
            x, x.shape.dimensions.enumerated().map { $0 == 0 ? (start: $1 - 1, count: $1 / 2, step: -2) : (start: 0, count: $1, step: 1) })
      default: made = try engine.binary(.multiply, x, engine.number(Double(dice.roll(5)) - 1.5))
      }
      guard let made, made.rank <= 4, made.count <= 300_000 else { continue }
      tensors.append(made)
      if dice.roll(6) == 0 { kept.append(made) }
      // Of most nodes no program holds a handle while the plan is made.
      if tensors.count > 12 { tensors.removeFirst() }
    }
    let roots = [tensors[tensors.count - 1], pick()] + kept.suffix(2)
    tensors = []
    try engine.realize(roots)
    return try (roots + kept).map { $0.type == .bool ? try engine.doubles(engine.cast($0, to: .f32)) : try engine.doubles($0) }
  }
}
