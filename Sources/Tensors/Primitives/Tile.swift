import Kernels

extension Primitive {
  /// How one instruction works on a run of elements.
  struct Tile: Sendable {
    /// What a running program branches on: plain values, as a closure would cost counting its references each time.
    enum Code: Sendable {
      case unary(UnaryOperation)
      case binary(BinaryOperation)
      case compare(CompareOperation, isSwapped: Bool)
      case logical(LogicalOperation)
      case select
      /// Two operations on three operands, see `PairOperation`.
      case pair(BinaryOperation, BinaryOperation, isSwapped: Bool)
      /// Anything else.
      case closure
    }

    let code: Code
    /// Whether an operand may be one element repeated (a step of zero).
    let acceptsRepeats: Bool
    let closure: (@Sendable (TileCall) -> KernelFault?)?

    init(_ code: Code) {
      self.code = code
      if case .unary = code { acceptsRepeats = false } else { acceptsRepeats = true }
      closure = nil
    }

    init(acceptsRepeats: Bool, run: @escaping @Sendable (TileCall) -> KernelFault?) {
      code = .closure
      self.acceptsRepeats = acceptsRepeats
      closure = run
    }

    func run(_ call: TileCall) -> KernelFault? {
      if let closure { return closure(call) }
      return code.run(call)
    }
  }
}

extension Primitive.Tile.Code {
  /// Does it; a closure must be called by whoever has it.
  @inline(__always)
  func run(_ call: Primitive.TileCall) -> KernelFault? {
    switch self {
    case .unary(let operation):
      switch call.type {
      case .f32: Kernels.unary(operation, call.a(Float.self), call.out(Float.self), call.count)
      case .f64: Kernels.unary(operation, call.a(Double.self), call.out(Double.self), call.count)
      default: return Kernels.unary(operation, call.a(Int32.self), call.out(Int32.self), call.count)
      }
    case .binary(let operation):
      switch call.type {
      case .f32: Kernels.binary(operation, call.a(Float.self), call.aStep, call.b(Float.self), call.bStep, call.out(Float.self), call.count)
      case .f64: Kernels.binary(operation, call.a(Double.self), call.aStep, call.b(Double.self), call.bStep, call.out(Double.self), call.count)
      default: return Kernels.binary(operation, call.a(Int32.self), call.aStep, call.b(Int32.self), call.bStep, call.out(Int32.self), call.count)
      }
    case .compare(let operation, let isSwapped):
      let out = call.out(UInt8.self)
      let a = isSwapped ? call.b : call.a, b = isSwapped ? call.a : call.b
      let aStep = isSwapped ? call.bStep : call.aStep, bStep = isSwapped ? call.aStep : call.bStep
      switch call.type {
      case .f32: Kernels.compare(operation, a.bound(Float.self), aStep, b.bound(Float.self), bStep, out, call.count)
      case .f64: Kernels.compare(operation, a.bound(Double.self), aStep, b.bound(Double.self), bStep, out, call.count)
      case .i32: Kernels.compare(operation, a.bound(Int32.self), aStep, b.bound(Int32.self), bStep, out, call.count)
      case .bool: Kernels.compare(operation, a.bound(UInt8.self), aStep, b.bound(UInt8.self), bStep, out, call.count)
      }
    case .logical(let operation):
      Kernels.logical(operation, call.a(UInt8.self), call.aStep, call.b(UInt8.self), call.bStep, call.out(UInt8.self), call.count)
    case .select:
      switch call.type {
      case .f32:
        Kernels.select(call.a(UInt8.self), call.aStep, call.b(Float.self), call.bStep, call.c(Float.self), call.cStep, call.out(Float.self), call.count)
      case .f64:
        Kernels.select(call.a(UInt8.self), call.aStep, call.b(Double.self), call.bStep, call.c(Double.self), call.cStep, call.out(Double.self), call.count)
      case .i32:
        Kernels.select(call.a(UInt8.self), call.aStep, call.b(Int32.self), call.bStep, call.c(Int32.self), call.cStep, call.out(Int32.self), call.count)
      case .bool:
        Kernels.select(call.a(UInt8.self), call.aStep, call.b(UInt8.self), call.bStep, call.c(UInt8.self), call.cStep, call.out(UInt8.self), call.count)
      }
    case .pair(let first, let second, let isSwapped):
      if call.type == .f32 {
        Kernels.pair(
          first, second, isSwapped: isSwapped, call.a(Float.self), call.aStep, call.b(Float.self), call.bStep, call.c(Float.self), call.cStep,
          call.out(Float.self), call.count)
      } else {
        Kernels.pair(
          first, second, isSwapped: isSwapped, call.a(Double.self), call.aStep, call.b(Double.self), call.bStep, call.c(Double.self), call.cStep,
          call.out(Double.self), call.count)
      }
    case .closure: break
    }
    return nil
  }
}
