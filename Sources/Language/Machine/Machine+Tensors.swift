import Syntax
import Tensors

/// Arithmetic and single elements of tensors, looked at where they stand in the registers: taking them out would count
/// references, which costs more than recording the operation. `carryOut` does what is left here.
extension Machine {
  /// `+ - * /` and `@` of tensors, and of a tensor and a number; false, with nothing done, for all else.
  @inline(never)
  func recordQuickly(_ i: Instruction, _ frame: UnsafeMutablePointer<Frame>) throws -> Bool {
    guard let operation = i.tensorOperation else { return false }
    let r = frame.pointee.base, k = frame.pointee.head.pointee.constants
    if try recordInPlace(operation, r + Int(i.a), operand(i.b, r, k), operand(i.c, r, k), frame) {
      // The result stands in its register already.
      if i.b != i.a { giveUp(i.b, frame) }
      if i.c != i.a { giveUp(i.c, frame) }
      try spend(256)
      return true
    }
    let made = try engine._withUnsafeGuaranteedRef { try recorded(operation, operand(i.b, r, k), operand(i.c, r, k), frame, $0) }
    guard let made else { return false }
    giveUp(i.b, frame)
    giveUp(i.c, frame)
    r[Int(i.a)] = made.isNumber ? session.makeNumber(made) : .tensor(made)
    try spend(256)
    return true
  }

  /// Where the register of the result holds a tensor that nobody else does, as in `y = y * a + b`, that one's handle becomes the result's.
  @inline(__always)
  private func recordInPlace(
    _ operation: Op, _ place: UnsafeMutablePointer<Value>, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>,
    _ frame: UnsafeMutablePointer<Frame>
  ) throws -> Bool {
    guard let old = place.tensor, let a = x.tensor, let b = y.tensor,
      isKnownUniquelyReferenced(&UnsafeMutableRawPointer(place).assumingMemoryBound(to: Tensor.self).pointee)
    else { return false }
    mark(frame, frame.pointee.pc)
    return try engine._withUnsafeGuaranteedRef { engine in
      try old._withUnsafeGuaranteedRef { old in
        try a._withUnsafeGuaranteedRef { a in try b._withUnsafeGuaranteedRef { b in try engine.binary(operation, a, b, replacing: old) } }
      }
    }
  }

  /// Lets go of a tensor that only this expression uses, whose operands are read once: if nobody holds it, its numbers need not be written to memory.
  @inline(__always)
  private func giveUp(_ field: UInt16, _ frame: UnsafeMutablePointer<Frame>) {
    let register = Int(field)
    guard register & Instruction.constantBit == 0, frame.pointee.head.pointee.isTemporary[register] else { return }
    let place = frame.pointee.base + register
    if case .tensor = place.pointee { place.pointee = .unbound }
  }

  @inline(__always)
  private func recorded(
    _ operation: Op, _ x: UnsafeMutablePointer<Value>, _ y: UnsafeMutablePointer<Value>, _ frame: UnsafeMutablePointer<Frame>, _ engine: Engine
  ) throws -> Tensor? {
    guard let a = x.tensor else {
      guard case .number(let number) = x.pointee, let b = y.tensor, operation != .matrixProduct else { return nil }
      mark(frame, frame.pointee.pc)
      return try b._withUnsafeGuaranteedRef { try engine.binary(operation, number, $0) }
    }
    mark(frame, frame.pointee.pc)
    if let b = y.tensor {
      return try a._withUnsafeGuaranteedRef { a in
        try b._withUnsafeGuaranteedRef { b in
          if operation != .matrixProduct { return try engine.binary(operation, a, b) }
          return a.rank == 2 && b.rank == 2 ? try engine.matrixProduct(a, b) : nil
        }
      }
    }
    guard case .number(let number) = y.pointee, operation != .matrixProduct else { return nil }
    return try a._withUnsafeGuaranteedRef { try engine.binary(operation, $0, number) }
  }

  /// `x[i]`, `x[i, j]`, … of a tensor by plain numbers from 0 on, which start at `indices`; nil for all else.
  @inline(never)
  func elementQuickly(
    _ base: UnsafeMutablePointer<Value>, _ indices: UnsafeMutablePointer<Value>, count: Int, _ frame: UnsafeMutablePointer<Frame>
  ) throws -> Tensor? {
    guard let tensor = base.tensor else { return nil }
    return try engine._withUnsafeGuaranteedRef { engine in
      try tensor._withUnsafeGuaranteedRef { tensor in
        guard count == tensor.rank, !tensor.isNumber, !engine.isTracked(tensor) else { return nil }
        var flat = 0
        for axis in 0..<count {
          guard case .number(let index) = indices[axis], index >= 0, index < Double(tensor.shape[axis]), index == index.rounded(.down) else { return nil }
          flat = flat * tensor.shape[axis] + Int(index)
        }
        mark(frame, frame.pointee.pc)
        return engine.scalar(try engine.element(tensor, flatIndex: flat), tensor.type)
      }
    }
  }
}

extension Instruction {
  /// The primitive that this operator is for tensors, if it is one of those that take nothing but tensors and numbers.
  @inline(__always)
  fileprivate var tensorOperation: Op? {
    switch opcode {
    case .add, .addNumber, .addNumberLoop: .add
    case .subtract, .subtractNumber: .subtract
    case .multiply, .multiplyNumber, .multiplyAdd: .multiply
    case .divide: .divide
    case .binary: d == BinaryOperator.product ? .matrixProduct : nil
    default: nil
    }
  }
}

extension BinaryOperator {
  /// `@` in the field of an instruction.
  fileprivate static var product: UInt8 { UInt8(BinaryOperator.matrixProduct.number) }
}

extension UnsafeMutablePointer<Value> {
  /// The tensor that stands here, no reference to it counted. A value that is an object is the reference to it, with the number of the case behind it.
  @inline(__always)
  var tensor: Unmanaged<Tensor>? {
    if case .tensor = pointee { UnsafeRawPointer(self).load(as: Unmanaged<Tensor>.self) } else { nil }
  }
}
