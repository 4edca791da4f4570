import Kernels

extension Primitive {
  /// Reading and adding by index. An index is i32; one below zero counts from the end.
  static let indexings: [Primitive] = [
    Primitive(
      .gather, "gather", "The slices of an axis (the attribute) at the positions of an index: x[..<axis] + index.shape + x[axis+1...].",
      rule: { operands, attributes in
        let (x, index) = try operands.two(), axis = attributes.integer
        guard index.type == .i32 else { throw TensorError.typeMismatch(operation: operands.name, expected: [.i32], found: index.type) }
        try requireAxis(operands.name, axis, x.shape)
        return Signature(x.type, try Shape(x.shape.dimensions[..<axis] + index.shape.dimensions + x.shape.dimensions[(axis + 1)...]))
      },
      gradient: Gradient(structural: true) { e, node, g, position in
        guard let x = node.a, let index = node.b, position == 0 else { return nil }
        return try e.scatterAdd(g, index, axis: node.attribute, length: x.shape[node.attribute])
      },
      kernel: .whole { call in
        let x = call.shapeOfOperand(0), axis = call.attribute, count = call.shapeOfOperand(1).count
        let outer = x.product(0..<axis), length = x[axis], inner = x.product(axis + 1..<x.rank), size = call.type.byteSize
        guard call.shape.count > 0 else { return count > 0 ? indexFault(call, length: length) : nil }
        return try withIndices(call, length: length) { index in
          // Pieces of the index where there is one outer row, else pieces of rows.
          let work = count * inner
          if outer == 1 {
            let rows = max(1, 65_536 / max(1, inner)), pieces = (count + rows - 1) / rows
            return call.pieces(pieces) { piece in
              let first = piece * rows
              return gather(
                elementSize: size, x: call.operands[0], index: index + first, out: call.outBytes + first * inner * size, outer: 1, axisLength: length,
                count: min(rows, count - first), inner: inner)
            }
          }
          let rows = max(1, 65_536 / max(1, work)), pieces = (outer + rows - 1) / rows
          return call.pieces(pieces) { piece in
            let first = piece * rows
            return gather(
              elementSize: size, x: call.operands[0] + first * length * inner * size, index: index, out: call.outBytes + first * work * size,
              outer: min(rows, outer - first), axisLength: length, count: count, inner: inner)
          }
        }
      },
      mayFail: { _, _ in true },
      samples: [
        Sample(operands: [.values([4, 2]), .list([3], [2, 0, 2], .i32)], integer: 0), Sample(operands: [.values([2, 3]), .list([2], [-1, 0], .i32)], integer: 1),
        Sample(operands: [.values([2, 3, 2]), .list([2, 2], [0, 2, 1, 1], .i32)], integer: 1), Sample(operands: [.values([3]), .list([], [1], .i32)], integer: 0),
        Sample(operands: [.values([3, 2]), .list([0], [], .i32)], integer: 0), Sample(operands: [.list([3], [7, 8, 9], .i32), .list([2], [2, 1], .i32)], integer: 0),
        Sample(operands: [.list([3], [1, 0, 1], .bool), .list([2], [1, 2], .i32)], integer: 0),
      ]),
    Primitive(
      .scatterAdd, "scatter_add", "Zeros with the operand's slices added at the positions of an index along an axis (the attribute) of the length list[0].",
      rule: { operands, attributes in
        let (x, index) = try operands.two(), axis = attributes.integer, length = attributes.list.first ?? 0
        try requireNumbers(operands.name, x.type)
        guard index.type == .i32 else { throw TensorError.typeMismatch(operation: operands.name, expected: [.i32], found: index.type) }
        guard length >= 0 else { throw TensorError.negativeSize(length) }
        guard axis >= 0, axis + index.shape.rank <= x.shape.rank else {
          throw TensorError.axisOutOfRange(operation: operands.name, axis: axis, rank: x.shape.rank)
        }
        let sizes = x.shape.dimensions
        guard Array(sizes[axis..<axis + index.shape.rank]) == index.shape.dimensions else {
          throw TensorError.broadcast(from: index.shape, to: x.shape)
        }
        return Signature(x.type, try Shape(sizes[..<axis] + [length] + sizes[(axis + index.shape.rank)...]))
      },
      gradient: Gradient(structural: true) { e, node, g, position in
        guard let index = node.b, position == 0 else { return nil }
        return try e.gather(g, index, axis: node.attribute)
      },
      kernel: .whole { call in
        let axis = call.attribute, shape = call.shape, count = call.shapeOfOperand(1).count
        let outer = shape.product(0..<axis), length = shape[axis], inner = shape.product(axis + 1..<shape.rank)
        call.outBytes.initializeMemory(as: UInt8.self, repeating: 0, count: shape.count * call.type.byteSize)
        guard call.shapeOfOperand(0).count > 0 else { return count > 0 ? indexFault(call, length: length) : nil }
        return try withIndices(call, length: length) { index in
          // Two slices may be added at the same place, always in the same order: only outer rows are independent.
          let rows = max(1, 65_536 / max(1, count * inner)), pieces = (outer + rows - 1) / rows
          return call.pieces(pieces) { piece in
            let first = piece * rows, taken = min(rows, outer - first)
            let from = first * count * inner, to = first * length * inner
            switch call.type {
            case .f32:
              return scatterAdd(
                x: call.a(Float.self) + from, index: index, out: call.out(Float.self) + to, outer: taken, axisLength: length, count: count, inner: inner)
            case .f64:
              return scatterAdd(
                x: call.a(Double.self) + from, index: index, out: call.out(Double.self) + to, outer: taken, axisLength: length, count: count, inner: inner)
            default:
              return scatterAdd(
                x: call.a(Int32.self) + from, index: index, out: call.out(Int32.self) + to, outer: taken, axisLength: length, count: count, inner: inner)
            }
          }
        }
      },
      mayFail: { _, _ in true },
      samples: [
        Sample(operands: [.values([3, 2]), .list([3], [2, 0, 2], .i32)], integer: 0, list: [4]),
        Sample(operands: [.values([2, 2, 2]), .list([2, 2], [0, 2, 1, 1], .i32)], integer: 0, list: [3]),
        Sample(operands: [.values([2, 3]), .list([3], [-1, 0, 0], .i32)], integer: 1, list: [2]),
        Sample(operands: [.values([0, 2]), .list([0], [], .i32)], integer: 0, list: [3]),
        Sample(operands: [.list([3], [1, 2, 3], .i32), .list([3], [0, 0, 1], .i32)], integer: 0, list: [2]),
      ]),
  ]

  /// The index itself, or where one counts from the end a copy that doesn't.
  private static func withIndices(
    _ call: WholeCall, length: Int, _ body: (UnsafePointer<Int32>) throws -> KernelFault?
  ) throws -> KernelFault? {
    let index = call.operands[1].bound(Int32.self), count = call.shapeOfOperand(1).count
    var least: Int32 = 0
    for position in 0..<count { least = min(least, index[position]) }
    if least >= 0 { return try body(index) }
    let copy = try Buffer(byteCount: count * 4, pool: call.pool)
    let positive = copy.memory.bound(Int32.self)
    for position in 0..<count {
      let value = Int(index[position])
      guard value >= -length else { return KernelFault(kind: .indexOutOfRange, position: position, value: value) }
      positive[position] = Int32(truncatingIfNeeded: value < 0 ? value + length : value)
    }
    let fault = try body(UnsafePointer(positive))
    withExtendedLifetime(copy) {}
    return fault
  }

  /// Where no element moves, a wrong index is still wrong.
  private static func indexFault(_ call: WholeCall, length: Int) -> KernelFault? {
    let index = call.operands[1].bound(Int32.self)
    for position in 0..<call.shapeOfOperand(1).count where !(-length..<length).contains(Int(index[position])) {
      return KernelFault(kind: .indexOutOfRange, position: position, value: Int(index[position]))
    }
    return nil
  }
}
