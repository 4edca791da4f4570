import Tensors
import Testing

@Suite struct DerivativeTests {
  let engine = Engine(threads: 1)

  /// The derivative of a function of one number, as often as asked.
  private func derivative(_ order: Int, at x: Tensor, _ f: (Tensor) throws -> Tensor) throws -> Tensor {
    if order == 0 { return try f(x) }
    let r = engine.open()
    defer { engine.close(r) }
    let marked = engine.mark(x, in: r)
    let y = try derivative(order - 1, at: marked, f)
    return try engine.gradients(of: y, seed: nil, withRespectTo: [marked], in: r)[0] ?? engine.number(0)
  }

  @Test func derivativesOfACubeToAnyOrder() throws {
    for (order, expected) in [(0, 8.0), (1, 12), (2, 12), (3, 6), (4, 0)] {
      let x = engine.number(2)
      let value = try derivative(order, at: x) { try engine.binary(.power, $0, engine.number(3)) }
      #expect(try engine.number(of: value) == expected)
      #expect(value.isNumber)
    }
    // A power that no shortcut takes, and one of the sine.
    let x = engine.number(1.5)
    let fifth = try derivative(2, at: x) { try engine.binary(.power, $0, engine.number(5)) }
    #expect(agree(try engine.number(of: fifth), 20 * 1.5 * 1.5 * 1.5, 1e-14))
    let sine = try derivative(3, at: x) { try engine.unary(.sin, $0) }
    #expect(agree(try engine.number(of: sine), try -engine.number(of: engine.unary(.cos, x)), 1e-14))
  }

  /// Who reads one gradient wants the others: most of the work is common to them.
  @Test func gradientsFoundTogetherAreOnePlan() throws {
    let r = engine.open()
    let x = engine.mark(try engine.tensor(doubles: [0.5, 1], shape(2)), in: r), y = engine.mark(try engine.tensor(doubles: [2, 3], shape(2)), in: r)
    let z = try engine.reduce(.sum, engine.unary(.sin, engine.binary(.multiply, x, y)), axes: nil, keep: false)
    let found = try engine.gradients(of: z, seed: nil, withRespectTo: [x, y], in: r)
    engine.close(r)
    let dx = try #require(found[0]), dy = try #require(found[1])
    #expect(!dx.isRealized && !dy.isRealized)
    let numbers = try engine.doubles(dy)
    #expect(dx.isRealized && z.isRealized && engine.planMisses == 1)
    let others = try engine.doubles(dx)
    #expect(agree(numbers[0], 0.5 * 0.5403023058681398, 1e-14) && agree(others[0], 2 * 0.5403023058681398, 1e-14))
  }

  /// One that cannot be computed keeps no other from being read.
  @Test func aGradientThatFailsStandsAlone() throws {
    let r = engine.open()
    let x = engine.mark(try engine.tensor(doubles: [3], shape(1)), in: r), y = engine.mark(try engine.tensor(doubles: [1, 2], shape(2)), in: r)
    let part = try engine.gather(y, engine.tensor(ints: [7], shape(1)), axis: 0)
    let z = try engine.reduce(.sum, engine.binary(.add, engine.binary(.multiply, x, x), part), axes: nil, keep: false)
    let found = try engine.gradients(of: z, seed: nil, withRespectTo: [x, y], in: r)
    engine.close(r)
    #expect(try engine.doubles(#require(found[0])) == [6])
    #expect(throws: LocatedTensorError.self) { try engine.doubles(#require(found[1])) }
  }

  @Test func mixedDerivatives() throws {
    // f = x² y³: ∂²f/∂x∂y = 6 x y²
    let outer = engine.open(), inner = engine.open()
    let x = engine.mark(engine.number(2), in: inner), y = engine.mark(engine.number(3), in: outer)
    let f = try engine.binary(.multiply, engine.binary(.power, x, engine.number(2)), engine.binary(.power, y, engine.number(3)))
    let dx = try #require(try engine.gradients(of: f, seed: nil, withRespectTo: [x], in: inner)[0])
    engine.close(inner)
    let dxdy = try #require(try engine.gradients(of: dx, seed: nil, withRespectTo: [y], in: outer)[0])
    engine.close(outer)
    #expect(try engine.number(of: dx) == 2 * 2 * 27)
    #expect(try engine.number(of: dxdy) == 6 * 2 * 9)
  }

  /// An inner derivative's input is no input of the outer one, and the other way round (perturbation confusion).
  @Test func nestedInputsAreNotConfused() throws {
    // d/dx (x · d/dy (x + y)) = 1 at any point
    let outer = engine.open()
    let x = engine.mark(engine.number(1), in: outer)
    let inner = engine.open()
    let y = engine.mark(engine.number(1), in: inner)
    let sum = try engine.binary(.add, x, y)
    let slope = try #require(try engine.gradients(of: sum, seed: nil, withRespectTo: [y], in: inner)[0])
    engine.close(inner)
    let result = try #require(try engine.gradients(of: engine.binary(.multiply, x, slope), seed: nil, withRespectTo: [x], in: outer)[0])
    engine.close(outer)
    #expect(try engine.number(of: result) == 1)
  }

  @Test func whatOutlivesARecordingIsAConstant() throws {
    let first = engine.open()
    let x = engine.mark(engine.number(3), in: first)
    let kept = try engine.binary(.multiply, x, x)
    #expect(engine.isTracked(kept))
    engine.close(first)
    #expect(!engine.isTracked(kept))
    let second = engine.open()
    let z = engine.mark(engine.number(2), in: second)
    let y = try engine.binary(.multiply, kept, z)
    let found = try engine.gradients(of: y, seed: nil, withRespectTo: [z, x], in: second)
    #expect(try engine.number(of: #require(found[0])) == 9)
    #expect(found[1] == nil)
    engine.close(second)
    #expect(throws: TensorError.self) { try engine.gradients(of: y, seed: nil, withRespectTo: [z], in: second) }
  }

  @Test func detachStopsAGradient() throws {
    let r = engine.open()
    defer { engine.close(r) }
    let x = engine.mark(engine.number(3), in: r)
    let y = try engine.binary(.multiply, engine.detach(engine.binary(.multiply, x, x)), x)
    let found = try engine.gradients(of: y, seed: nil, withRespectTo: [x], in: r)
    #expect(try engine.number(of: #require(found[0])) == 9)
    let alone = try engine.gradients(of: engine.detach(x), seed: nil, withRespectTo: [x], in: r)
    #expect(alone[0] == nil)
    #expect(engine.detach(x).isNumber)
  }

  /// A value that is read in the middle is computed then, and differentiable all the same.
  @Test func readingInsideARecording() throws {
    let r = engine.open()
    defer { engine.close(r) }
    let x = engine.mark(try engine.tensor(doubles: [1, 2, 3], shape(3)), in: r)
    let h = try engine.unary(.exp, engine.binary(.multiply, x, x))
    _ = try engine.doubles(h)
    let y = try engine.reduce(.sum, h, axes: nil, keep: false)
    _ = try engine.number(of: y)
    let g = try #require(try engine.gradients(of: y, seed: nil, withRespectTo: [x], in: r)[0])
    let expected = try engine.doubles(engine.binary(.multiply, engine.binary(.multiply, x, h), engine.number(2)))
    #expect(agree(try engine.doubles(g), expected, 1e-14))
  }

  @Test func kinks() throws {
    func slope(_ x: Double, _ f: (Tensor) throws -> Tensor) throws -> Double {
      let value = try derivative(1, at: engine.number(x), f)
      let curvature = try derivative(2, at: engine.number(x), f)
      #expect(try engine.number(of: curvature).isFinite)
      return try engine.number(of: value)
    }
    let zero = engine.number(0)
    #expect(try slope(0) { try engine.unary(.absolute, $0) } == 0)
    #expect(try slope(0) { try engine.binary(.maximum, $0, zero) } == 0)
    #expect(try slope(0) { try engine.binary(.maximum, zero, $0) } == 0)
    #expect(try slope(0) { try engine.binary(.minimum, $0, zero) } == 0)
    #expect(try slope(1) { try engine.binary(.maximum, $0, engine.binary(.multiply, $0, $0)) } == 1.5)
    #expect(try slope(0) { try engine.unary(.sqrt, $0) } == 0)
    #expect(try slope(0) { try engine.binary(.power, $0, engine.number(0)) } == 0)
    #expect(try slope(0) { try engine.binary(.power, $0, engine.number(1)) } == 1)
    #expect(try slope(0) { try engine.binary(.power, $0, engine.number(2.5)) } == 0)
    #expect(try slope(0) { try engine.binary(.power, $0, engine.number(0.5)) } == 0)
    #expect(try slope(0) { try engine.binary(.power, $0, $0) }.isFinite)
    // Elements that tie for the greatest share its gradient.
    let r = engine.open()
    defer { engine.close(r) }
    let x = engine.mark(try engine.tensor(doubles: [1, 4, 4, 2, 4, 0], shape(2, 3)), in: r)
    let greatest = try engine.reduce(.maximum, x, axes: nil, keep: false)
    let g = try #require(try engine.gradients(of: greatest, seed: nil, withRespectTo: [x], in: r)[0])
    #expect(agree(try engine.doubles(g), [0, 1.0 / 3, 1.0 / 3, 0, 1.0 / 3, 0], 1e-15))
    // A norm at zero.
    let v = engine.mark(try engine.tensor(doubles: [0, 0], shape(2)), in: r)
    let norm = try engine.unary(.sqrt, engine.reduce(.sum, engine.binary(.multiply, v, v), axes: nil, keep: false))
    #expect(try engine.doubles(#require(try engine.gradients(of: norm, seed: nil, withRespectTo: [v], in: r)[0])) == [0, 0])
  }

  /// where(x > 0, f(x), 0): f's poles and nans below never reach the gradient, directly or through what mixes elements.
  @Test func nothingOfTheBranchNotTaken() throws {
    let functions: [(String, (Tensor) throws -> Tensor)] = [
      ("log", { try engine.unary(.log, $0) }),
      ("sqrt", { try engine.unary(.sqrt, $0) }),
      ("reciprocal", { try engine.unary(.reciprocal, $0) }),
      ("power", { try engine.binary(.power, $0, engine.number(-1.5)) }),
      ("asin of log", { try engine.unary(.asin, engine.binary(.multiply, engine.unary(.log, $0), engine.number(0.1))) }),
      ("reshaped log", { try engine.reshape(engine.unary(.log, engine.reshape($0, [2, 2])), [4]) }),
      ("flipped log", { try engine.slice(engine.unary(.log, engine.slice($0, [(start: 3, count: 4, step: -1)])), [(start: 3, count: 4, step: -1)]) }),
      ("scaled log", { try engine.binary(.divide, engine.unary(.log, $0), $0) }),
      ("product", {
        let rows = try engine.reshape(engine.unary(.log, $0), [4, 1])
        return try engine.reshape(engine.matrixProduct(rows, engine.tensor(doubles: [2], shape(1, 1))), [4])
      }),
    ]
    for (name, f) in functions {
      let outer = engine.open(), inner = engine.open()
      let x = engine.mark(engine.mark(try engine.tensor(doubles: [-1, 0, 2, 3], shape(4)), in: outer), in: inner)
      let positive = try engine.binary(.greater, x, engine.number(0))
      let y = try engine.reduce(.sum, engine.select(positive, f(x), engine.number(0)), axes: nil, keep: false)
      let g = try #require(try engine.gradients(of: y, seed: nil, withRespectTo: [x], in: inner)[0])
      let total = try engine.reduce(.sum, engine.binary(.multiply, g, g), axes: nil, keep: false)
      let second = try #require(try engine.gradients(of: total, seed: nil, withRespectTo: [x], in: outer)[0])
      let values = try engine.doubles(g), seconds = try engine.doubles(second)
      engine.close(outer)
      #expect(values.allSatisfy(\.isFinite) && seconds.allSatisfy(\.isFinite), "\(name): \(values), \(seconds)")
      #expect(values[0] == 0 && values[1] == 0 && values[2] != 0 && values[3] != 0, "\(name): \(values)")
    }
  }

  /// A matrix with a nan in a row that was not taken.
  @Test func productsOfRowsNotTaken() throws {
    let r = engine.open()
    defer { engine.close(r) }
    let a = engine.mark(try engine.tensor(doubles: [1, 2, .nan, 4, 5, .infinity], shape(3, 2)), in: r)
    let b = engine.mark(try engine.tensor(doubles: [1, 2, 3, 4], shape(2, 2)), in: r)
    let taken = try engine.tensor(bools: [true, false, false], shape(3, 1))
    let y = try engine.reduce(.sum, engine.select(taken, engine.matrixProduct(a, b), engine.number(0)), axes: nil, keep: false)
    let g = try engine.gradients(of: y, seed: nil, withRespectTo: [a, b], in: r)
    #expect(try engine.doubles(#require(g[0])) == [3, 7, 0, 0, 0, 0])
    #expect(try engine.doubles(#require(g[1])) == [1, 1, 2, 2])
  }

  /// The mask of a `where` is not the gradient being zero: a derivative of the gradient is right where that is zero.
  @Test func derivativeOfAGradientThatIsZero() throws {
    // y = w · where(x > 0, x², 0) at w = 0: ∂²y/∂x∂w = 2x
    let outer = engine.open(), inner = engine.open()
    let w = engine.mark(engine.number(0), in: outer), x = engine.mark(engine.number(3), in: inner)
    let part = try engine.select(engine.binary(.greater, x, engine.number(0)), engine.binary(.power, x, engine.number(2)), engine.number(0))
    let y = try engine.binary(.multiply, w, part)
    let dx = try #require(try engine.gradients(of: y, seed: nil, withRespectTo: [x], in: inner)[0])
    let mixed = try #require(try engine.gradients(of: dx, seed: nil, withRespectTo: [w], in: outer)[0])
    engine.close(outer)
    #expect(try engine.number(of: dx) == 0)
    #expect(try engine.number(of: mixed) == 6)
  }

  @Test func seedsAndMissingGradients() throws {
    let r = engine.open()
    defer { engine.close(r) }
    let x = engine.mark(try engine.tensor(doubles: [1, 2], shape(2)), in: r)
    let z = engine.mark(try engine.tensor(doubles: [1], shape(1)), in: r)
    let y = try engine.binary(.multiply, x, x)
    let seed = try engine.tensor(doubles: [10, 100], shape(2))
    let found = try engine.gradients(of: y, seed: seed, withRespectTo: [x, z], in: r)
    #expect(try engine.doubles(#require(found[0])) == [20, 400])
    #expect(found[1] == nil)
    #expect(throws: TensorError.self) { try engine.gradients(of: y, seed: nil, withRespectTo: [x], in: r) }
    let whole = try engine.gradients(of: engine.cast(y, to: .i32), seed: nil, withRespectTo: [x], in: r)
    #expect(whole[0] == nil)
    // f32 stays f32, and a number's gradient stays a number.
    let single = engine.mark(try engine.tensor(floats: [1, 2], shape(2)), in: r), n = engine.mark(engine.number(3), in: r)
    let product = try engine.reduce(.sum, engine.binary(.multiply, single, n), axes: nil, keep: false)
    let both = try engine.gradients(of: product, seed: nil, withRespectTo: [single, n], in: r)
    #expect(both[0]?.type == .f32 && both[1]?.type == .f64 && both[1]?.isNumber == true)
    #expect(try engine.number(of: #require(both[1])) == 3)
  }

  @Test func whatMixesElements() throws {
    let r = engine.open()
    defer { engine.close(r) }
    let x = engine.mark(try engine.tensor(doubles: [1, 2, 3], shape(3)), in: r)
    let sine = try engine.unary(.sin, engine.binary(.multiply, x, x))
    #expect(engine.firstMixingOperation(from: sine, to: x) == nil)
    let shifted = try engine.binary(.subtract, x, engine.reduce(.maximum, engine.detach(x), axes: [0], keep: true))
    #expect(engine.firstMixingOperation(from: shifted, to: x) == nil)
    engine.site = 42
    let sum = try engine.reduce(.sum, x, axes: [0], keep: true)
    engine.site = 43
    let normal = try engine.unary(.sqrt, engine.binary(.divide, x, sum))
    let found = try #require(engine.firstMixingOperation(from: normal, to: x))
    #expect(found.name == "/" && found.site == 43)
    let running = try engine.cumulativeSum(x, axis: 0)
    #expect(engine.firstMixingOperation(from: running, to: x)?.name == "cumsum")
    let reversed = try engine.slice(x, [(start: 2, count: 3, step: -1)])
    #expect(engine.firstMixingOperation(from: reversed, to: x)?.name == "slice")
  }

  @Test func slicesAssignedAreDifferentiable() throws {
    let check = GradientCheck(operands: [Plain([3, 2], [1, 2, 3, 4, 5, 6]), Plain([2], [0.5, -1])], types: [.f64, .f64]) { engine, operands in
      let x = try engine.binary(.multiply, operands[0], operands[0])
      return try engine.replacing(x, [(start: 2, count: 2, step: -2), (start: 0, count: 2, step: 1)], with: operands[1])
    }
    try check.run("slice assignment")
    let r = engine.open()
    defer { engine.close(r) }
    let x = engine.mark(try engine.tensor(doubles: [1, 2, 3], shape(3)), in: r)
    let y = try engine.setElement(engine.binary(.multiply, x, x), flatIndex: 1, value: 7)
    let g = try #require(try engine.gradients(of: engine.reduce(.sum, y, axes: nil, keep: false), seed: nil, withRespectTo: [x], in: r)[0])
    #expect(try engine.doubles(y) == [1, 7, 9])
    #expect(try engine.doubles(g) == [2, 0, 6])
  }
}
