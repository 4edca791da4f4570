extension Engine {
  /// The same elements in another shape; one size may be -1, which is then what fits.
  package func reshape(_ x: Tensor, _ dims: [Int]) throws -> Tensor {
    var sizes = dims
    if let free = dims.firstIndex(of: -1) {
      let others = dims.enumerated().filter { $0.offset != free }.map(\.element)
      guard !others.contains(where: { $0 < 0 }), let known = Shape.elements(others), known > 0, x.count % known == 0 else {
        throw TensorError.reshape(from: x.shape, to: dims)
      }
      sizes[free] = x.count / known
    }
    guard sizes.allSatisfy({ $0 >= 0 }) else { throw TensorError.reshape(from: x.shape, to: dims) }
    guard let count = Shape.elements(sizes) else { throw TensorError.tooManyElements(sizes) }
    guard count == x.count else { throw TensorError.reshape(from: x.shape, to: dims) }
    return try handle(reshape(x.node, Shape(sizes)))
  }

  /// Axis i of the result is axis `order[i]`, which may count from the end.
  package func permute(_ x: Tensor, _ order: [Int]) throws -> Tensor {
    guard order.count == x.rank else { throw TensorError.rank(operation: Op.permute.name, x.shape, expected: order.count) }
    return try handle(permute(x.node, order.map { try axis($0, of: x.shape, Op.permute.name) }))
  }

  /// The last two axes swapped.
  package func transposeLast(_ x: Tensor) throws -> Tensor {
    guard x.rank >= 2 else { throw TensorError.rank(operation: Op.permute.name, x.shape, expected: 2) }
    var order = Array(0..<x.rank)
    order.swapAt(x.rank - 1, x.rank - 2)
    return try handle(permute(x.node, order))
  }

  package func broadcast(_ x: Tensor, to shape: Shape) throws -> Tensor { try handle(broadcast(x.node, shape)) }

  /// For each axis `count` elements from `start`, `step` apart; all must lie inside.
  package func slice(_ x: Tensor, _ ranges: [(start: Int, count: Int, step: Int)]) throws -> Tensor {
    guard ranges.count == x.rank else { throw TensorError.rank(operation: Op.slice.name, x.shape, expected: ranges.count) }
    return try handle(slice(x.node, starts: ranges.map(\.start), counts: ranges.map(\.count), steps: ranges.map(\.step)))
  }

  /// The tensor with a slice of it replaced by `part`, which is broadcast and takes the tensor's type: never a lesser one than its own.
  package func replacing(_ x: Tensor, _ ranges: [(start: Int, count: Int, step: Int)], with part: Tensor) throws -> Tensor {
    guard ranges.count == x.rank else { throw TensorError.rank(operation: Op.slice.name, x.shape, expected: ranges.count) }
    let typed: Node
    if part.isNumber {
      guard x.type != .bool else { throw TensorError.typeMismatch(operation: Op.replaceSlice.name, expected: [.bool], found: part.type) }
      typed = try beside(part, x.type)
    } else {
      guard part.type <= x.type else { throw TensorError.typeMismatch(operation: Op.replaceSlice.name, expected: [x.type], found: part.type) }
      typed = try cast(part.node, x.type)
    }
    var target = try Shape(ranges.map(\.count)), source = typed
    // Leading axes of size 1 may be left over: x[0] = [[1, 2]].
    while source.shape.rank > target.rank && source.shape[0] == 1 { source = try reshape(source, Shape(Array(source.shape.dimensions.dropFirst()))) }
    guard source.shape.broadcasts(to: target) else { throw TensorError.broadcast(from: part.shape, to: target) }
    source = try broadcast(source, target)
    target = x.shape
    let isAll = ranges.enumerated().allSatisfy { $1.start == 0 && $1.step == 1 && $1.count == target[$0] }
    return try handle(isAll ? source : replaceSlice(x.node, starts: ranges.map(\.start), steps: ranges.map(\.step), with: source))
  }

  /// A border of one value: widths before and behind for each axis.
  package func pad(_ x: Tensor, _ widths: [(Int, Int)], value: Double) throws -> Tensor {
    guard widths.count == x.rank else { throw TensorError.rank(operation: Op.pad.name, x.shape, expected: widths.count) }
    if x.type == .i32 && value != value.rounded() { throw TensorError.wholeNumber(value) }
    let rounded = constant(value, x.type).payload.value
    return try handle(pad(x.node, lows: widths.map(\.0), highs: widths.map(\.1), value: rounded))
  }

  /// One after the other along an axis; the types are promoted.
  package func concatenate(_ xs: [Tensor], axis: Int) throws -> Tensor {
    guard let first = xs.first else { throw TensorError.noParts(operation: Op.concatenate.name) }
    let axis = try self.axis(axis, of: first.shape, Op.concatenate.name)
    let parts = try sameType(xs)
    if parts.count == 1 { return try handle(parts[0]) }
    return try handle(make(.concatenate, more: parts, with: Primitive.Attributes(integer: axis)))
  }

  /// Side by side along a new axis; all must have one shape.
  package func stack(_ xs: [Tensor], axis: Int) throws -> Tensor {
    guard let first = xs.first else { throw TensorError.noParts(operation: Op.concatenate.name) }
    let positive = axis < 0 ? axis + first.rank + 1 : axis
    guard positive >= 0 && positive <= first.rank else {
      throw TensorError.axisOutOfRange(operation: Op.concatenate.name, axis: axis, rank: first.rank + 1)
    }
    for (position, x) in xs.enumerated() where x.shape != first.shape {
      throw TensorError.concatenate(first: first.shape, other: x.shape, position: position, axis: positive)
    }
    var sizes = first.shape.dimensions
    sizes.insert(1, at: positive)
    let shape = try Shape(sizes)
    let parts = try sameType(xs).map { try reshape($0, shape) }
    if parts.count == 1 { return try handle(parts[0]) }
    return try handle(make(.concatenate, more: parts, with: Primitive.Attributes(integer: positive)))
  }

  /// Numbers take the tensors' type; numbers alone become f32.
  private func sameType(_ xs: [Tensor]) throws -> [Node] {
    var type = ElementType.bool, isMixed = false
    for x in xs where !x.isNumber {
      type = max(type, x.type)
      isMixed = true
    }
    if !isMixed { type = .f32 } else if type == .bool && xs.contains(where: \.isNumber) { type = .f32 }
    return try xs.map { $0.isNumber ? try beside($0, type) : try cast($0.node, type) }
  }

  /// The slices of an axis at the positions of an index of any rank: x.shape[..<axis] + index.shape + x.shape[axis+1...].
  /// Positions below zero count from the end.
  package func gather(_ x: Tensor, _ index: Tensor, axis: Int) throws -> Tensor {
    try handle(gather(x.node, index.node, axis: self.axis(axis, of: x.shape, Op.gather.name)))
  }

  /// Zeros with the slices of `x` added at the positions of an index: the opposite of `gather`.
  package func scatterAdd(_ x: Tensor, _ index: Tensor, axis: Int, length: Int) throws -> Tensor {
    let outer = axis < 0 ? axis + x.rank : axis
    return try handle(scatterAdd(arithmetic(x.node), index.node, axis: outer, length: length))
  }
}
