import Foundation
import Tensors
import Testing

@Suite struct TableTests {
  /// What has no samples: numbers from outside, and random draws, which RandomTests look at.
  static let withoutSamples: Set<Op> = [.data, .randomUniform, .randomNormal]

  @Test func everyPrimitiveHasARow() {
    #expect(Primitive.table.map(\.op) == Op.allCases)
    for row in Primitive.table {
      #expect(!row.name.isEmpty && !row.documentation.isEmpty)
      #expect(row.samples.isEmpty == Self.withoutSamples.contains(row.op), "\(row.name)")
    }
  }

  /// With a path in the environment, writes all samples there, for new reference values.
  @Test func samplesOnRequest() throws {
    if let path = ProcessInfo.processInfo.environment["GRADUS_SAMPLES"] { try StoredValues.writeSamples(to: path) }
  }

  @Test(arguments: Op.allCases.filter { !withoutSamples.contains($0) })
  func forward(_ op: Op) throws {
    for (threads, floating) in [(1, ElementType.f64), (2, .f32)] {
      let engine = Engine(threads: threads)
      for (number, sample) in Primitive.table[Int(op.rawValue)].samples.enumerated() {
        let expected = try #require(StoredValues.shared?[op, number, sample], "no reference value for \(op), sample \(number): see ReferenceValues/README.md")
        let result = try engine.apply(op, sample.tensors(engine, floating), sample.attributes(floating))
        #expect(result.shape.dimensions == expected.sizes, "\(op) sample \(number)")
        let found = try engine.doubles(result)
        #expect(
          agree(found, expected.values, floating == .f64 ? 1e-13 : 4e-6), "\(op) sample \(number), \(floating): \(found) ≠ \(expected.values)")
      }
    }
  }

  @Test(arguments: Op.allCases.filter { !withoutSamples.contains($0) })
  func theSameBitsOnAnyNumberOfThreads(_ op: Op) throws {
    let one = Engine(threads: 1), three = Engine(threads: 3)
    for (number, sample) in Primitive.table[Int(op.rawValue)].samples.enumerated() {
      func bits(_ engine: Engine) throws -> [UInt64] {
        try engine.doubles(engine.apply(op, sample.tensors(engine, .f32), sample.attributes(.f32))).map { $0.isNaN ? 1 : $0.bitPattern }
      }
      #expect(try bits(one) == bits(three), "\(op) sample \(number)")
    }
  }

  /// A rule knows how many operands it has, and says so.
  @Test(arguments: Primitive.table.filter { !($0.samples.first?.operands.isEmpty ?? true) && $0.op != .concatenate }.map(\.op))
  func operandsAreCounted(_ op: Op) throws {
    let engine = Engine(threads: 1)
    let sample = Primitive.table[Int(op.rawValue)].samples[0]
    let operands = try sample.tensors(engine, .f64), attributes = try sample.attributes(.f64)
    for count in 0...3 where count != operands.count {
      let given = (0..<count).map { operands[min($0, operands.count - 1)] }
      #expect(throws: TensorError.self, "\(op) of \(count)") { try engine.apply(op, given, attributes) }
    }
  }

  /// The same operands, but laid out so that nothing is contiguous: each comes as a slice of a permuted larger tensor.
  @Test(arguments: Op.allCases.filter { !withoutSamples.contains($0) })
  func strided(_ op: Op) throws {
    let engine = Engine(threads: 1)
    for (number, sample) in Primitive.table[Int(op.rawValue)].samples.enumerated() where !sample.operands.isEmpty {
      let plain = try sample.tensors(engine, .f64)
      let expected = try engine.doubles(engine.apply(op, plain, sample.attributes(.f64)))
      let odd = try plain.map { x -> Tensor in
        let order = Array((0..<x.rank).reversed())
        var sizes: [Int] = [], ranges: [(start: Int, count: Int, step: Int)] = []
        for axis in order {
          sizes.append(2 * x.shape[axis] + 1)
          ranges.append((start: 2 * x.shape[axis] - 1, count: x.shape[axis], step: -2))
        }
        for place in ranges.indices where ranges[place].count == 0 { ranges[place].start = 0 }
        let reversed = try engine.replacing(engine.full(0, Shape(sizes), x.type), ranges, with: engine.permute(x, order))
        try engine.realize([reversed])
        return try engine.permute(engine.slice(reversed, ranges), order)
      }
      let found = try engine.doubles(engine.apply(op, odd, sample.attributes(.f64)))
      #expect(agree(found, expected, 1e-14), "\(op) sample \(number)")
    }
  }

  @Test(arguments: Primitive.table.filter(\.isDifferentiable).map(\.op))
  func gradients(_ op: Op) throws {
    let row = Primitive.table[Int(op.rawValue)]
    let smooth = row.samples.filter { $0.isSmooth && $0.isFloating && $0.type?.isFloat != false }
    #expect(!smooth.isEmpty)
    for (number, sample) in smooth.enumerated() {
      let check = GradientCheck(operands: sample.plainOperands(), types: sample.operands.map { $0.type ?? .f64 }) { engine, operands in
        try engine.apply(op, operands, sample.attributes(.f64))
      }
      try check.run("\(op) sample \(number)")
    }
  }
}

/// First and second derivatives against central differences, in f64.
struct GradientCheck {
  var operands: [Plain]
  var types: [ElementType]
  var step = 1e-5
  var tolerance = 2e-7
  var function: (Engine, [Tensor]) throws -> Tensor

  /// Fixed numbers of no pattern, so that no symmetry hides a fault.
  static func weights(_ count: Int, _ salt: Double) -> [Double] {
    (0..<count).map { index in
      let spread = Double(index + 1) * 0.7548776662466927 + salt
      return 0.4 + (spread - spread.rounded(.down))
    }
  }

  private var differentiable: [Int] { types.indices.filter { types[$0].isFloat } }

  private func tensors(_ engine: Engine, _ numbers: [Plain]) throws -> [Tensor] {
    try zip(numbers, types).map { try engine.tensor(doubles: $0.values, Shape($0.sizes), as: $1) }
  }

  /// Σ w · f(x)
  private func weighted(_ engine: Engine, _ operands: [Tensor]) throws -> Tensor {
    let y = try function(engine, operands)
    let w = try engine.tensor(doubles: Self.weights(y.count, 0.11), y.shape)
    return try engine.reduce(.sum, engine.binary(.multiply, y, w), axes: nil, keep: false)
  }

  /// The gradient of the weighted sum with respect to each differentiable operand, zeros where there is none.
  private func gradient(_ engine: Engine, _ operands: [Tensor], in r: Recording) throws -> [Tensor] {
    let wanted = differentiable.map { operands[$0] }
    let found = try engine.gradients(of: weighted(engine, operands), seed: nil, withRespectTo: wanted, in: r)
    return try zip(found, wanted).map { try $0 ?? engine.full(0, $1.shape, .f64) }
  }

  /// Σ v · gradient: what the second derivative is taken of.
  private func directional(_ engine: Engine, _ gradients: [Tensor]) throws -> Tensor {
    var total = engine.scalar(0, .f64)
    for (place, gradient) in gradients.enumerated() {
      let v = try engine.tensor(doubles: Self.weights(gradient.count, 0.31 * Double(place + 1)), gradient.shape)
      total = try engine.binary(.add, total, engine.reduce(.sum, engine.binary(.multiply, gradient, v), axes: nil, keep: false))
    }
    return total
  }

  /// The derivative of a number by each element of each differentiable operand.
  private func differences(_ value: ([Plain]) throws -> Double) rethrows -> [[Double]] {
    try differentiable.map { place in
      try operands[place].values.indices.map { index in
        var numbers = operands
        numbers[place].values[index] += step
        let above = try value(numbers)
        numbers[place].values[index] -= 2 * step
        return (above - (try value(numbers))) / (2 * step)
      }
    }
  }

  func run(_ name: String) throws {
    let engine = Engine(threads: 1)
    let outer = engine.open(), inner = engine.open()
    let marked = try tensors(engine, operands).map { engine.mark(engine.mark($0, in: outer), in: inner) }
    let first = try gradient(engine, marked, in: inner)
    let wanted = differentiable.map { marked[$0] }
    let second = try engine.gradients(of: directional(engine, first), seed: nil, withRespectTo: wanted, in: outer)
    let firstValues = try first.map(engine.doubles)
    let secondValues = try zip(second, wanted).map { found, x in try found.map { try engine.doubles($0) } ?? [Double](repeating: 0, count: x.count) }
    engine.close(outer)

    let expected = try differences { try engine.number(of: weighted(engine, tensors(engine, $0))) }
    for (place, values) in firstValues.enumerated() {
      #expect(agree(values, expected[place], tolerance), "\(name), gradient of operand \(place): \(values) ≠ \(expected[place])")
    }
    let expectedSecond = try differences { numbers in
      let r = engine.open()
      defer { engine.close(r) }
      let marked = try tensors(engine, numbers).map { engine.mark($0, in: r) }
      return try engine.number(of: directional(engine, gradient(engine, marked, in: r)))
    }
    for (place, values) in secondValues.enumerated() {
      #expect(
        agree(values, expectedSecond[place], 10 * tolerance), "\(name), second gradient of operand \(place): \(values) ≠ \(expectedSecond[place])")
    }
  }
}
