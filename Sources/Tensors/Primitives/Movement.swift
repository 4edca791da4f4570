import Kernels

extension Primitive {
  /// What arranges elements anew. All but `pad` and `concatenate` are other readings of the same memory.
  static let movements: [Primitive] = [
    Primitive(
      .reshape, "reshape", "The same elements, row-major, in another shape.",
      rule: { operands, attributes in
        let x = try operands.one()
        guard x.shape.count == attributes.shape.count else {
          throw TensorError.reshape(from: x.shape, to: attributes.shape.dimensions)
        }
        return Signature(x.type, attributes.shape)
      },
      gradient: Gradient(structural: true) { e, node, g, _ in
        guard let x = node.a else { return nil }
        return try e.reshape(g, x.shape)
      },
      kernel: .view { node, operand in operand.reshaped(to: node.shape) },
      samples: [
        Sample(operands: [.values([2, 3])], dimensions: [3, 2]), Sample(operands: [.values([2, 3])], dimensions: [1, 6, 1]),
        Sample(operands: [.values([])], dimensions: [1]), Sample(operands: [.values([0, 3])], dimensions: [2, 0]),
      ]),
    Primitive(
      .permute, "transpose", "The axes in another order: axis i of the result is axis list[i] of the operand.",
      rule: { operands, attributes in
        let x = try operands.one(), order = attributes.list
        guard order.count == x.shape.rank else { throw TensorError.rank(operation: operands.name, x.shape, expected: order.count) }
        for (position, axis) in order.enumerated() {
          try requireAxis(operands.name, axis, x.shape)
          if order[..<position].contains(axis) { throw TensorError.repeatedAxis(operation: operands.name, axis: axis) }
        }
        return Signature(x.type, try Shape(order.map { x.shape[$0] }))
      },
      gradient: Gradient(structural: true) { e, node, g, _ in
        var inverse = [Int](repeating: 0, count: node.list.count)
        for (position, axis) in node.list.enumerated() { inverse[axis] = position }
        return try e.permute(g, inverse)
      },
      kernel: .view { node, operand in
        View(value: operand.value, offset: operand.offset, shape: node.shape, strides: node.list.map { operand.strides[$0] })
      },
      samples: [
        Sample(operands: [.values([2, 3])], list: [1, 0]), Sample(operands: [.values([2, 3, 4])], list: [2, 0, 1]),
        Sample(operands: [.values([])], list: []), Sample(operands: [.values([0, 2])], list: [1, 0]), Sample(operands: [.values([2, 1, 3])], list: [0, 2, 1]),
      ]),
    Primitive(
      .broadcast, "broadcast", "The operand repeated along new axes on the left and along axes of size 1.",
      rule: { operands, attributes in
        let x = try operands.one()
        guard x.shape.broadcasts(to: attributes.shape) else { throw TensorError.broadcast(from: x.shape, to: attributes.shape) }
        return Signature(x.type, attributes.shape)
      },
      gradient: Gradient(structural: true) { e, node, g, _ in
        guard let x = node.a else { return nil }
        return try e.summed(g, to: x.shape)
      },
      kernel: .view { node, operand in operand.broadcast(to: node.shape) },
      samples: [
        Sample(operands: [.values([3])], dimensions: [2, 3]), Sample(operands: [.values([2, 1])], dimensions: [2, 3]),
        Sample(operands: [.values([])], dimensions: [2, 2]), Sample(operands: [.values([1, 1])], dimensions: [0, 2]),
        Sample(operands: [.values([1, 3, 1])], dimensions: [2, 2, 3, 2]),
      ]),
    Primitive(
      .slice, "slice", "Every step-th element from a start, for each axis; the list holds all starts, then all steps.",
      rule: { operands, attributes in
        let x = try operands.one()
        try requireSlice(operands.name, attributes.list, attributes.shape, of: x.shape)
        return Signature(x.type, attributes.shape)
      },
      gradient: Gradient(structural: true) { e, node, g, _ in
        guard let x = node.a else { return nil }
        return try e.unsliced(g, starts: Array(node.list[..<node.shape.rank]), steps: Array(node.list[node.shape.rank...]), into: x.shape)
      },
      kernel: .view { node, operand in operand.sliced(starts: node.list.prefix(node.shape.rank), steps: node.list.suffix(node.shape.rank), to: node.shape) },
      samples: [
        Sample(operands: [.values([5])], list: [1, 1], dimensions: [3]), Sample(operands: [.values([6])], list: [0, 2], dimensions: [3]),
        Sample(operands: [.values([6])], list: [5, -2], dimensions: [3]), Sample(operands: [.values([3, 4])], list: [2, 1, -1, 2], dimensions: [3, 2]),
        Sample(operands: [.values([3])], list: [1, 1], dimensions: [0]), Sample(operands: [.values([])], list: [], dimensions: []),
        Sample(operands: [.values([2, 3])], list: [1, 0, 1, 1], dimensions: [1, 3]),
      ]),
    Primitive(
      .replaceSlice, "slice assignment", "The first operand with a slice of it replaced by the second; the list holds all starts, then all steps.",
      rule: { operands, attributes in
        let (x, part) = try operands.two()
        guard x.type == part.type else { throw TensorError.typeMismatch(operation: operands.name, expected: [x.type], found: part.type) }
        try requireSlice(operands.name, attributes.list, part.shape, of: x.shape)
        return Signature(x.type, x.shape)
      },
      gradient: Gradient(structural: true) { e, node, g, position in
        guard let part = node.b else { return nil }
        let rank = node.shape.rank
        let starts = Array(node.list[..<rank]), steps = Array(node.list[rank...])
        if position == 1 { return try e.slice(g, starts: starts, counts: part.shape.dimensions, steps: steps) }
        return try e.replaceSlice(g, starts: starts, steps: steps, with: e.broadcast(e.constant(0, like: g), part.shape))
      },
      kernel: .whole { call in
        let shape = call.shape, part = call.shapeOfOperand(1), size = call.type.byteSize
        call.outBytes.copyMemory(from: call.operands[0], byteCount: shape.count * size)
        guard part.count > 0 else { return nil }
        let target = View(value: 0, offset: 0, shape: shape, strides: shape.contiguousStrides)
          .sliced(starts: call.list.prefix(shape.rank), steps: call.list.suffix(shape.rank), to: part)
        View(value: 0, offset: 0, shape: part, strides: part.contiguousStrides)
          .copy(from: call.operands[1], to: call.outBytes + target.offset * size, strides: target.strides, elementSize: size, workers: call.workers)
        return nil
      },
      samples: [
        Sample(operands: [.values([5]), .values([2])], list: [1, 2]), Sample(operands: [.values([3, 4]), .values([2, 4])], list: [2, 0, -1, 1]),
        Sample(operands: [.values([3]), .values([0])], list: [0, 1]), Sample(operands: [.values([]), .values([])], list: []),
        Sample(operands: [.list([3], [1, 2, 3], .i32), .list([1], [9], .i32)], list: [1, 1]),
      ]),
    Primitive(
      .pad, "pad", "A border of one value; the list holds the widths before each axis, then those behind.",
      rule: { operands, attributes in
        let x = try operands.one(), rank = x.shape.rank
        guard attributes.list.count == 2 * rank else { throw TensorError.rank(operation: operands.name, x.shape, expected: attributes.list.count / 2) }
        var sizes = x.shape.dimensions
        for axis in 0..<rank {
          for width in [attributes.list[axis], attributes.list[rank + axis]] {
            guard width >= 0 else { throw TensorError.negativeSize(width) }
            let (size, overflow) = sizes[axis].addingReportingOverflow(width)
            if overflow { throw TensorError.tooManyElements([sizes[axis], width]) }
            sizes[axis] = size
          }
        }
        return Signature(x.type, try Shape(sizes))
      },
      gradient: Gradient(structural: true) { e, node, g, _ in
        guard let x = node.a else { return nil }
        let rank = x.shape.rank
        return try e.slice(g, starts: Array(node.list[..<rank]), counts: x.shape.dimensions, steps: [Int](repeating: 1, count: rank))
      },
      kernel: .whole { call in
        let shape = call.shape, inside = call.shapeOfOperand(0), value = call.payload.value
        if inside.count != shape.count {
          switch call.type {
          case .bool: fill(UInt8(value == 0 ? 0 : 1), call.out(UInt8.self), shape.count)
          case .i32: fill(Int32(saturating: value), call.out(Int32.self), shape.count)
          case .f32: fill(Float(value), call.out(Float.self), shape.count)
          case .f64: fill(value, call.out(Double.self), shape.count)
          }
        }
        guard inside.count > 0 else { return nil }
        let strides = shape.contiguousStrides, size = call.type.byteSize
        let corner = (0..<shape.rank).reduce(0) { $0 + strides[$1] * call.list[$1] }
        View(value: 0, offset: 0, shape: inside, strides: inside.contiguousStrides)
          .copy(from: call.operands[0], to: call.outBytes + corner * size, strides: strides, elementSize: size, workers: call.workers)
        return nil
      },
      samples: [
        Sample(operands: [.values([3])], list: [1, 2], value: 0), Sample(operands: [.values([2, 3])], list: [0, 1, 2, 0], value: 1.5),
        Sample(operands: [.values([])], list: []), Sample(operands: [.values([0, 2])], list: [1, 0, 1, 0], value: 3),
        Sample(operands: [.list([2], [4, 5], .i32)], list: [1, 1], value: 7),
        Sample(operands: [.list([2], [1, 0], .bool)], list: [0, 1], value: 1),
      ]),
    Primitive(
      .concatenate, "concat", "The operands one after the other along an axis (the attribute).",
      rule: { operands, attributes in
        guard let first = operands.more.first else { throw TensorError.noParts(operation: operands.name) }
        let axis = attributes.integer
        try requireAxis(operands.name, axis, first.shape)
        var sizes = first.shape.dimensions
        for (position, part) in operands.more.enumerated().dropFirst() {
          guard part.type == first.type else {
            throw TensorError.typeMismatch(operation: operands.name, expected: [first.type], found: part.type)
          }
          let agree = part.shape.rank == first.shape.rank && (0..<first.shape.rank).allSatisfy { $0 == axis || part.shape[$0] == first.shape[$0] }
          guard agree else { throw TensorError.concatenate(first: first.shape, other: part.shape, position: position, axis: axis) }
          sizes[axis] += part.shape[axis]
        }
        return Signature(first.type, try Shape(sizes))
      },
      gradient: Gradient(structural: true) { e, node, g, position in
        let axis = node.attribute, rank = node.shape.rank
        guard let part = node.operand(position) else { return nil }
        var starts = [Int](repeating: 0, count: rank)
        for earlier in 0..<position { starts[axis] += node.operand(earlier)?.shape[axis] ?? 0 }
        return try e.slice(g, starts: starts, counts: part.shape.dimensions, steps: [Int](repeating: 1, count: rank))
      },
      kernel: .whole { call in
        let axis = call.attribute, shape = call.shape
        let outer = shape.product(0..<axis), inner = shape.product(axis + 1..<shape.rank) * call.type.byteSize
        let row = shape[axis] * inner
        var offset = 0
        for position in 0..<call.operandCount {
          let width = call.shapeOfOperand(position)[axis] * inner
          let source = call.operands[position], destination = call.outBytes + offset
          if width == 4 {
            for o in 0..<outer { (destination + o * row).storeBytes(of: (source + o * 4).loadUnaligned(as: UInt32.self), as: UInt32.self) }
          } else if width > 0 {
            for o in 0..<outer { (destination + o * row).copyMemory(from: source + o * width, byteCount: width) }
          }
          offset += width
        }
        return nil
      },
      samples: [
        Sample(operands: [.values([2, 3]), .values([1, 3])], integer: 0), Sample(operands: [.values([2, 1]), .values([2, 2]), .values([2, 1])], integer: 1),
        Sample(operands: [.values([2])], integer: 0), Sample(operands: [.values([0]), .values([2])], integer: 0),
        Sample(operands: [.list([2], [1, 2], .i32), .list([1], [3], .i32)], integer: 0),
        Sample(operands: [.list([2], [1, 0], .bool), .list([1], [1], .bool)], integer: 0),
      ]),
  ]

  /// Starts and steps (one after the other in `list`) must stay inside `shape` for as many elements as `part` has.
  private static func requireSlice(_ operation: String, _ list: [Int], _ part: Shape, of shape: Shape) throws {
    let rank = shape.rank
    guard list.count == 2 * rank, part.rank == rank else { throw TensorError.rank(operation: operation, shape, expected: part.rank) }
    for axis in 0..<rank {
      let start = list[axis], step = list[rank + axis], count = part[axis]
      let (distance, overflow) = step.multipliedReportingOverflow(by: max(0, count - 1))
      let (last, beyond) = start.addingReportingOverflow(distance)
      let inside = 0..<shape[axis]
      guard count == 0 || (!overflow && !beyond && step != 0 && inside.contains(start) && inside.contains(last)) else {
        throw TensorError.sliceOutOfRange(start: start, count: count, step: step, length: shape[axis], axis: axis)
      }
    }
  }
}

extension Int32 {
  /// nan becomes 0, what lies outside the nearest end.
  init(saturating value: Double) {
    self = value.isNaN ? 0 : value >= 2_147_483_647 ? .max : value <= -2_147_483_648 ? .min : Int32(value)
  }
}
