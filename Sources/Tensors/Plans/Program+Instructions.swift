import Kernels

extension Program {
  /// Elements of a run, of an instruction that asks for memory meanwhile.
  private static let runLength = 128

  /// Does one instruction for a block.
  @inline(__always)
  func run(_ instruction: UnsafePointer<Instruction>, _ operands: UnsafePointer<Operands>, _ block: Block, carries: Bool) -> KernelFault? {
    let out = operands.pointee.out.memory(of: block)
    switch instruction.pointee.work {
    case .elements(let code):
      var call = tileCall(instruction, operands, block, count: block.rows * block.length)
      if instruction.pointee.isFlat || block.rows == 1 {
        return carries ? executeCarrying(code, instruction, call, block) : execute(code, instruction, call)
      }
      if carries { prefetchNext(block, 0..<blockElements) }
      call.count = block.length
      let outRow = block.length * Int(instruction.pointee.out.size)
      for _ in 0..<block.rows {
        if let fault = execute(code, instruction, call) { return fault }
        call.a += operands.pointee.a.rowStride
        call.b += operands.pointee.b.rowStride
        call.c += operands.pointee.c.rowStride
        call.out += outRow
      }
      return nil
    case .perRow(let code):
      let count = operands.pointee.hasRoom ? (block.rows + 7) & ~7 : block.rows
      return execute(code, instruction, tileCall(instruction, operands, block, count: count))
    case .reduce(let operation):
      let memory = UnsafeRawPointer(operands.pointee.a.memory(of: block)), rowStride = operands.pointee.a.rowStride
      let isFloat = instruction.pointee.type == .f32
      if instruction.pointee.isFlat {
        if isFloat {
          reduce(operation, memory.bound(Float.self), out.bound(Float.self), outer: 0..<block.rows, length: block.length, inner: 1)
        } else {
          reduce(operation, memory.bound(Double.self), out.bound(Double.self), outer: 0..<block.rows, length: block.length, inner: 1)
        }
        return nil
      }
      for row in 0..<block.rows {
        let from = memory + row * rowStride
        if isFloat {
          reduce(operation, from.bound(Float.self), out.bound(Float.self) + row, outer: 0..<1, length: block.length, inner: 1)
        } else {
          reduce(operation, from.bound(Double.self), out.bound(Double.self) + row, outer: 0..<1, length: block.length, inner: 1)
        }
      }
      return nil
    case .sumOfProducts:
      let a = UnsafeRawPointer(operands.pointee.a.memory(of: block)), aRow = operands.pointee.a.rowStride
      let b = UnsafeRawPointer(operands.pointee.b.memory(of: block)), bRow = operands.pointee.b.rowStride
      for row in 0..<block.rows {
        let x = a + row * aRow, y = b + row * bRow
        if instruction.pointee.type == .f32 {
          out.bound(Float.self)[row] = sumOfProducts(x.bound(Float.self), y.bound(Float.self), block.length)
        } else {
          out.bound(Double.self)[row] = sumOfProducts(x.bound(Double.self), y.bound(Double.self), block.length)
        }
      }
      return nil
    case .differences:
      let a = UnsafeRawPointer(operands.pointee.a.memory(of: block)), aRow = operands.pointee.a.rowStride
      let b = UnsafeRawPointer(operands.pointee.b.memory(of: block)), bRow = operands.pointee.b.rowStride
      let sums = operands.pointee.d.memory(of: block), length = block.length
      for row in 0..<block.rows {
        let x = a + row * aRow, y = b + row * bRow
        if instruction.pointee.type == .f32 {
          sums.bound(Float.self)[row] = Kernels.differences(
            x.bound(Float.self), y.bound(Float.self)[0], out.bound(Float.self) + row * length, sumOfSquares: length)
        } else {
          sums.bound(Double.self)[row] = Kernels.differences(
            x.bound(Double.self), y.bound(Double.self)[0], out.bound(Double.self) + row * length, sumOfSquares: length)
        }
      }
      return nil
    case .four(let operation):
      let (a, b, c, d) = (operands.pointee.a, operands.pointee.b, operands.pointee.c, operands.pointee.d)
      let isWhole = instruction.pointee.isFlat || block.rows == 1
      let count = isWhole ? block.rows * block.length : block.length
      for row in 0..<(isWhole ? 1 : block.rows) {
        let x = UnsafeRawPointer(a.memory(of: block) + row * a.rowStride), y = UnsafeRawPointer(b.memory(of: block) + row * b.rowStride)
        let z = UnsafeRawPointer(c.memory(of: block) + row * c.rowStride), w = UnsafeRawPointer(d.memory(of: block) + row * d.rowStride)
        if instruction.pointee.type == .f32 {
          Kernels.four(
            operation, x.bound(Float.self), a.step, y.bound(Float.self), b.step, z.bound(Float.self), c.step, w.bound(Float.self), d.step,
            out.bound(Float.self) + row * count, count)
        } else {
          Kernels.four(
            operation, x.bound(Double.self), a.step, y.bound(Double.self), b.step, z.bound(Double.self), c.step, w.bound(Double.self), d.step,
            out.bound(Double.self) + row * count, count)
        }
      }
      return nil
    case .expand:
      let memory = UnsafeRawPointer(operands.pointee.a.memory(of: block))
      switch instruction.pointee.a.size {
      case 1: expand(memory.bound(UInt8.self), out.bound(UInt8.self), rows: block.rows, length: block.length)
      case 4: expand(memory.bound(UInt32.self), out.bound(UInt32.self), rows: block.rows, length: block.length)
      default: expand(memory.bound(UInt64.self), out.bound(UInt64.self), rows: block.rows, length: block.length)
      }
      return nil
    }
  }

  @inline(__always)
  private func tileCall(
    _ instruction: UnsafePointer<Instruction>, _ operands: UnsafePointer<Operands>, _ block: Block, count: Int
  ) -> Primitive.TileCall {
    Primitive.TileCall(
      type: instruction.pointee.type, result: instruction.pointee.result, a: UnsafeRawPointer(operands.pointee.a.memory(of: block)),
      b: UnsafeRawPointer(operands.pointee.b.memory(of: block)), c: UnsafeRawPointer(operands.pointee.c.memory(of: block)),
      aStep: operands.pointee.a.step, bStep: operands.pointee.b.step, cStep: operands.pointee.c.step, out: operands.pointee.out.memory(of: block), count: count)
  }

  @inline(__always)
  private func execute(_ code: Primitive.Tile.Code, _ instruction: UnsafePointer<Instruction>, _ call: Primitive.TileCall) -> KernelFault? {
    if case .closure = code { return closures[Int(instruction.pointee.closure)](call) }
    return code.run(call)
  }

  /// Does an instruction in short runs, and asks for as many elements of the next block before each.
  private func executeCarrying(
    _ code: Primitive.Tile.Code, _ instruction: UnsafePointer<Instruction>, _ whole: Primitive.TileCall, _ block: Block
  ) -> KernelFault? {
    var call = whole
    let a = call.aStep * Int(instruction.pointee.a.size), b = call.bStep * Int(instruction.pointee.b.size), c = call.cStep * Int(instruction.pointee.c.size)
    let out = Int(instruction.pointee.out.size)
    var done = 0
    while done < whole.count {
      call.count = min(Program.runLength, whole.count - done)
      prefetchNext(block, done..<done + call.count)
      if let fault = execute(code, instruction, call) { return fault }
      call.a += a * call.count
      call.b += b * call.count
      call.c += c * call.count
      call.out += out * call.count
      done += call.count
    }
    return nil
  }

  @inline(__always)
  private func expand<T: BitwiseCopyable>(_ from: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>, rows: Int, length: Int) {
    for row in 0..<rows {
      let value = from[row], place = to + row * length
      for column in 0..<length { place[column] = value }
    }
  }
}
