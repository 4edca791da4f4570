import Kernels

extension Primitive {
  /// The greatest of each window of images [batch, channels, height, width], and its derivative.
  ///
  /// Which element is greatest is decided by the images alone, so the gradient of the pool is a scatter, the scatter's a gather,
  /// and the gather's the scatter again.
  ///
  /// Attributes: the window's height and width, then `Windows.list`.
  static let pools: [Primitive] = [
    Primitive(
      .maxPool, "maxpool", "The greatest of each window, nan if any is; the first of equals gets the gradient.",
      rule: { operands, attributes in
        let x = try operands.one()
        try requireFloats(operands.name, x)
        return Signature(x.type, try pooledShape(operands.name, x.shape, attributes.list))
      },
      gradient: Gradient { e, node, g, _ in
        guard let x = node.a else { return nil }
        return try e.make(.maxPoolScatter, x, g, with: Attributes(list: node.list))
      },
      kernel: .whole { call in
        let shape = poolingShape(call.list, x: call.shapeOfOperand(0), out: call.shape)
        if call.type == .f32 {
          maximumPool(shape, x: call.a(Float.self), out: call.out(Float.self), workers: call.workers)
        } else {
          maximumPool(shape, x: call.a(Double.self), out: call.out(Double.self), workers: call.workers)
        }
        return nil
      },
      samples: poolCases.map { Sample(operands: [.values($0.x)], list: $0.list) } + [
        Sample(operands: [.list([1, 1, 2, 4], [3, 3, 1, -1, 3, 0, 1, 1])], list: [2, 2] + Windows(strideY: 2, strideX: 2).list, isSmooth: false)
      ]),
    Primitive(
      .maxPoolScatter, "maxpool's derivative", "Zeros, and each window's element of the second operand added where the first is greatest.",
      rule: { operands, attributes in
        let (x, g) = try operands.two()
        try requireFloats(operands.name, x, g)
        let expected = try pooledShape(operands.name, x.shape, attributes.list)
        guard g.shape == expected else { throw TensorError.gradientShape(operation: operands.name, expected: expected.dimensions, found: g.shape) }
        return Signature(x.type, x.shape)
      },
      gradient: Gradient { e, node, g, position in
        guard let x = node.a, position == 1 else { return nil }
        return try e.make(.maxPoolGather, x, g, with: Attributes(list: node.list))
      },
      kernel: .whole { call in
        let shape = poolingShape(call.list, x: call.shapeOfOperand(0), out: call.shapeOfOperand(1))
        if call.type == .f32 {
          maximumPoolScatter(shape, x: call.a(Float.self), g: call.b(Float.self), out: call.out(Float.self), workers: call.workers)
        } else {
          maximumPoolScatter(shape, x: call.a(Double.self), g: call.b(Double.self), out: call.out(Double.self), workers: call.workers)
        }
        return nil
      },
      samples: poolCases.map { Sample(operands: [.values($0.x), .values($0.out)], list: $0.list) } + [
        Sample(
          operands: [.list([1, 1, 2, 4], [3, 3, 1, -1, 3, 0, 1, 1]), .list([1, 1, 1, 2], [5, 7])], list: [2, 2] + Windows(strideY: 2, strideX: 2).list,
          isSmooth: false)
      ]),
    Primitive(
      .maxPoolGather, "maxpool's second derivative", "For each window the element of the second operand that stands where the first is greatest.",
      rule: { operands, attributes in
        let (x, values) = try operands.two()
        try requireFloats(operands.name, x, values)
        guard values.shape == x.shape else {
          throw TensorError.gradientShape(operation: operands.name, expected: x.shape.dimensions, found: values.shape)
        }
        return Signature(x.type, try pooledShape(operands.name, x.shape, attributes.list))
      },
      gradient: Gradient { e, node, g, position in
        guard let x = node.a, position == 1 else { return nil }
        return try e.make(.maxPoolScatter, x, g, with: Attributes(list: node.list))
      },
      kernel: .whole { call in
        let shape = poolingShape(call.list, x: call.shapeOfOperand(0), out: call.shape)
        if call.type == .f32 {
          maximumPoolGather(shape, x: call.a(Float.self), values: call.b(Float.self), out: call.out(Float.self), workers: call.workers)
        } else {
          maximumPoolGather(shape, x: call.a(Double.self), values: call.b(Double.self), out: call.out(Double.self), workers: call.workers)
        }
        return nil
      },
      samples: poolCases.map { Sample(operands: [.values($0.x), .values($0.x)], list: $0.list) }),
  ]

  private static func pooledShape(_ operation: String, _ x: Shape, _ list: [Int]) throws -> Shape {
    try requireImages(operation, x)
    guard list.count == 2 + Windows.listCount else { throw TensorError.valueCount(expected: 2 + Windows.listCount, found: list.count) }
    let windows = try Windows(list.dropFirst(2), operation)
    let (down, across) = try windows.count(in: x, height: list[0], width: list[1], operation)
    // Then every window holds at least one element of the image, if there is one.
    for (padding, window) in [(max(windows.top, windows.bottom), list[0]), (max(windows.left, windows.right), list[1])] where padding >= window {
      throw TensorError.paddingTooLarge(operation: operation, padding: padding, window: window)
    }
    if x[2] == 0 || x[3] == 0 { throw TensorError.emptyReduction(operation: operation, x) }
    return try Shape([x[0], x[1], down, across])
  }

  private static func poolingShape(_ list: [Int], x: Shape, out: Shape) -> PoolingShape {
    PoolingShape(
      planes: x[0] * x[1], height: x[2], width: x[3], windowHeight: list[0], windowWidth: list[1], outHeight: out[2], outWidth: out[3],
      strideY: list[2], strideX: list[3], top: list[4], left: list[6])
  }

  // MARK: Samples

  private struct PoolCase {
    let x: [Int]
    let out: [Int]
    let list: [Int]
  }

  private static let poolCases = [
    PoolCase(x: [2, 3, 4, 6], out: [2, 3, 2, 3], list: [2, 2] + Windows(strideY: 2, strideX: 2).list),
    PoolCase(x: [1, 2, 4, 4], out: [1, 2, 2, 2], list: [3, 3] + Windows().list),
    PoolCase(x: [2, 1, 5, 4], out: [2, 1, 3, 2], list: [3, 3] + Windows(strideY: 2, strideX: 2, top: 1, bottom: 1, left: 1, right: 1).list),
    PoolCase(x: [1, 1, 3, 5], out: [1, 1, 3, 2], list: [1, 2] + Windows(strideX: 2).list),
    PoolCase(x: [1, 1, 1, 1], out: [1, 1, 1, 1], list: [1, 1] + Windows().list),
    PoolCase(x: [0, 2, 4, 4], out: [0, 2, 2, 2], list: [2, 2] + Windows(strideY: 2, strideX: 2).list),
  ]
}
