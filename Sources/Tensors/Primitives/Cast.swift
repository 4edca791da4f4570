import Kernels

extension Primitive {
  /// Conversion between types. Fraction digits are cut off on the way to i32; zero becomes false, all else true.
  static let castRow = Primitive(
    .cast, "cast", "The same numbers in another type.",
    rule: { operands, attributes in Signature(attributes.type, try operands.one().shape) },
    gradient: Gradient(structural: true) { e, node, g, _ in
      guard let x = node.a, x.type.isFloat, node.type.isFloat else { return nil }
      return try e.cast(g, x.type)
    },
    kernel: .elementwise(
      Tile(acceptsRepeats: false) { call in
        switch call.type {
        case .bool: convert(from: UInt8.self, call)
        case .i32: convert(from: Int32.self, call)
        case .f32: convert(from: Float.self, call)
        case .f64: convert(from: Double.self, call)
        }
      }),
    mayFail: { result, operand in result == .i32 && operand?.isFloat == true },
    samples: [
      Sample(operands: [.values([2, 3])], type: .f64),
      Sample(operands: [.list([4], [-1.5, 0, 2.5, 100])], type: .i32, isSmooth: false),
      Sample(operands: [.list([3], [-1, 0, 2])], type: .bool, isSmooth: false),
      Sample(operands: [.list([3], [-1, 0, 2], .i32)], type: .f32),
      Sample(operands: [.list([3], [1, 0, 1], .bool)], type: .i32),
      Sample(operands: [.list([], [1], .bool)], type: .f64),
    ])

  private static func convert(from: UInt8.Type, _ call: TileCall) -> KernelFault? {
    switch call.result {
    case .bool: call.out.copyMemory(from: call.a, byteCount: call.count)
    case .i32: Kernels.convert(call.a(from), call.out(Int32.self), call.count)
    case .f32: Kernels.convert(call.a(from), call.out(Float.self), call.count)
    case .f64: Kernels.convert(call.a(from), call.out(Double.self), call.count)
    }
    return nil
  }

  private static func convert(from: Int32.Type, _ call: TileCall) -> KernelFault? {
    switch call.result {
    case .bool: Kernels.convert(call.a(from), call.out(UInt8.self), call.count)
    case .i32: call.out.copyMemory(from: call.a, byteCount: call.count * 4)
    case .f32: Kernels.convert(call.a(from), call.out(Float.self), call.count)
    case .f64: Kernels.convert(call.a(from), call.out(Double.self), call.count)
    }
    return nil
  }

  private static func convert(from: Float.Type, _ call: TileCall) -> KernelFault? {
    switch call.result {
    case .bool: Kernels.convert(call.a(from), call.out(UInt8.self), call.count)
    case .i32: return Kernels.convert(call.a(from), call.out(Int32.self), call.count)
    case .f32: call.out.copyMemory(from: call.a, byteCount: call.count * 4)
    case .f64: Kernels.convert(call.a(from), call.out(Double.self), call.count)
    }
    return nil
  }

  private static func convert(from: Double.Type, _ call: TileCall) -> KernelFault? {
    switch call.result {
    case .bool: Kernels.convert(call.a(from), call.out(UInt8.self), call.count)
    case .i32: return Kernels.convert(call.a(from), call.out(Int32.self), call.count)
    case .f32: Kernels.convert(call.a(from), call.out(Float.self), call.count)
    case .f64: call.out.copyMemory(from: call.a, byteCount: call.count * 8)
    }
    return nil
  }
}
