import Kernels

extension Primitive {
  /// What depends on nothing: constants, data, counters and random draws.
  static let leaves: [Primitive] = [
    Primitive(
      .constant, "constant", "One value for all elements; the value is no part of a plan.",
      rule: { _, attributes in Signature(attributes.type, attributes.shape) },
      kernel: .leaf,
      samples: [Sample(operands: [], dimensions: [2, 3], value: 1.5), Sample(operands: [], dimensions: [], value: -3), Sample(operands: [], dimensions: [0], value: 1)]),
    Primitive(
      .data, "data", "Numbers given from outside.",
      rule: { _, attributes in Signature(attributes.type, attributes.shape) },
      kernel: .leaf, samples: []),
    Primitive(
      .iota, "iota", "start, start + 1, start + 2, …: [count].",
      rule: { _, attributes in
        guard attributes.type != .bool else {
          throw TensorError.typeMismatch(operation: "iota", expected: [.i32, .f32, .f64], found: .bool)
        }
        return Signature(attributes.type, attributes.shape)
      },
      kernel: .whole { call in
        let start = Int(truncatingIfNeeded: Int64(bitPattern: call.payload.first))
        switch call.type {
        case .f32: iota(out: call.out(Float.self), start: start, count: call.shape.count)
        case .f64: iota(out: call.out(Double.self), start: start, count: call.shape.count)
        default: iota(out: call.out(Int32.self), start: start, count: call.shape.count)
        }
        return nil
      },
      samples: [Sample(operands: [], dimensions: [5]), Sample(operands: [], dimensions: [0])]),
    Primitive(
      .randomUniform, "uniform", "Independent draws from [0, 1) (Philox-4×32-10, Salmon et al. 2011).",
      rule: randomRule,
      kernel: .whole { call in
        randomPieces(call) { range in
          if call.type == .f32 {
            randomUniform(key: call.payload.first, counter: call.payload.second, out: call.out(Float.self), range: range)
          } else {
            randomUniform(key: call.payload.first, counter: call.payload.second, out: call.out(Double.self), range: range)
          }
        }
      },
      samples: []),
    Primitive(
      .randomNormal, "normal", "Independent draws from the standard normal distribution.",
      rule: randomRule,
      kernel: .whole { call in
        randomPieces(call) { range in
          if call.type == .f32 {
            randomNormal(key: call.payload.first, counter: call.payload.second, out: call.out(Float.self), range: range)
          } else {
            randomNormal(key: call.payload.first, counter: call.payload.second, out: call.out(Double.self), range: range)
          }
        }
      },
      samples: []),
    Primitive(
      .mark, "mark", "The input of a derivative: the same numbers, a node of its own.",
      rule: { operands, _ in
        let x = try operands.one()
        return Signature(x.type, x.shape)
      },
      gradient: Gradient(structural: true) { _, _, g, _ in g },
      kernel: .view { _, operand in operand },
      samples: [Sample(operands: [.values([2, 3])])]),
    Primitive(
      .detach, "detach", "The same numbers, a constant as far as derivatives go.",
      rule: { operands, _ in
        let x = try operands.one()
        return Signature(x.type, x.shape)
      },
      kernel: .view { _, operand in operand },
      samples: [Sample(operands: [.values([2, 3])])]),
  ]

  @Sendable private static func randomRule(_ operands: Operands, _ attributes: Attributes) throws -> Signature {
    guard attributes.type.isFloat else {
      throw TensorError.typeMismatch(operation: operands.name, expected: [.f32, .f64], found: attributes.type)
    }
    return Signature(attributes.type, attributes.shape)
  }

  /// Every element's draw depends on its index alone, so pieces may be made in any order.
  private static func randomPieces(_ call: WholeCall, _ body: (Range<Int>) -> Void) -> KernelFault? {
    let count = call.shape.count, piece = 8192
    call.workers.run(pieces: (count + piece - 1) / piece) { body($0 * piece..<min(count, ($0 + 1) * piece)) }
    return nil
  }
}
