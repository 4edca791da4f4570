import Kernels

extension Primitive {
  /// What runs along axes: reductions, positions, running sums, orders.
  ///
  /// A reduction's attribute holds a bit for each axis that it removes, and `keepBit` if those stay with size 1.
  static let reductions: [Primitive] = [
    reduction(.sum, "sum", "The sum over axes; 0 of nothing.", .sum, structural: true, mayBeEmpty: true) { e, node, x, g in
      // One number is that for all elements, whatever the axes.
      try g.shape.rank == 0 ? e.broadcast(g, x.shape) : e.broadcast(e.reshape(g, keptShape(of: node, x)), x.shape)
    },
    reduction(.product, "prod", "The product over axes; 1 of nothing.", .product, mayBeEmpty: true) { e, node, x, g in
      let spread = try e.broadcast(e.reshape(g, keptShape(of: node, x)), x.shape)
      return try e.multiply(spread, productOfOthers(e, x, axes(of: node)))
    },
    reduction(.reduceMaximum, "max", "The greatest over axes, nan if any is; elements that tie share the gradient equally.", .maximum, mayBeEmpty: false) {
      try extremeGradient($0, $1, $2, $3)
    },
    reduction(.reduceMinimum, "min", "The least over axes, nan if any is; elements that tie share the gradient equally.", .minimum, mayBeEmpty: false) {
      try extremeGradient($0, $1, $2, $3)
    },
    position(.argmax, "argmax", "Where along an axis the greatest stands, the first of equals; i32.", maximum: true),
    position(.argmin, "argmin", "Where along an axis the least stands, the first of equals; i32.", maximum: false),
    Primitive(
      .cumulativeSum, "cumsum", "The sums of the first 1, 2, 3, … elements along an axis (the attribute).",
      rule: { operands, attributes in
        let x = try operands.one()
        try requireNumbers(operands.name, x.type)
        try requireAxis(operands.name, attributes.integer, x.shape)
        return Signature(x.type, x.shape)
      },
      gradient: Gradient(structural: true) { e, node, g, _ in
        try e.flip(e.cumulativeSum(e.flip(g, axis: node.attribute), axis: node.attribute), axis: node.attribute)
      },
      kernel: .whole { call in
        let shape = call.shape, axis = call.attribute
        let length = shape[axis], inner = shape.product(axis + 1..<shape.rank)
        return outerPieces(call, outer: shape.product(0..<axis), work: length * inner) { outer in
          switch call.type {
          case .f32: cumulativeSum(call.a(Float.self), call.out(Float.self), outer: outer, length: length, inner: inner)
          case .f64: cumulativeSum(call.a(Double.self), call.out(Double.self), outer: outer, length: length, inner: inner)
          default: return cumulativeSum(call.a(Int32.self), call.out(Int32.self), outer: outer, length: length, inner: inner)
          }
          return nil
        }
      },
      mayFail: { result, _ in result == .i32 },
      samples: [
        Sample(operands: [.values([2, 3])], integer: 1), Sample(operands: [.values([3, 2])], integer: 0),
        Sample(operands: [.values([2, 3, 2])], integer: 1), Sample(operands: [.values([0, 2])], integer: 0),
        Sample(operands: [.values([1])], integer: 0), Sample(operands: [.list([3], [1, 2, 3], .i32)], integer: 0),
      ]),
    Primitive(
      .argsort, "argsort", "The positions that put the last axis in ascending order, equals in their old order; i32.",
      rule: { operands, _ in
        let x = try operands.one()
        try requireNumbers(operands.name, x.type)
        try requireAxis(operands.name, x.shape.rank - 1, x.shape)
        guard x.shape[x.shape.rank - 1] <= Int(Int32.max) else { throw TensorError.tooManyElements(x.shape.dimensions) }
        return Signature(.i32, x.shape)
      },
      kernel: .whole { call in
        let shape = call.shape, length = shape[shape.rank - 1]
        let out = call.out(Int32.self)
        return outerPieces(call, outer: shape.product(0..<shape.rank - 1), work: length * 16) { outer in
          switch call.typeOfOperand(0) {
          case .f32: argSort(call.a(Float.self), out, outer: outer, length: length)
          case .f64: argSort(call.a(Double.self), out, outer: outer, length: length)
          default: argSort(call.a(Int32.self), out, outer: outer, length: length)
          }
          return nil
        }
      },
      samples: [
        Sample(operands: [.list([2, 4], [3, 1, 2, 1, 0, -1, 5, 4])]), Sample(operands: [.list([3], [3, -2, 1], .i32)]),
        Sample(operands: [.values([0])]), Sample(operands: [.values([3, 0])]), Sample(operands: [.values([2, 1])]),
      ]),
  ]

  static let keepBit = 1 << 8

  static func axes(of node: Node) -> [Int] { axes(node.attribute) }
  private static func axes(_ mask: Int) -> [Int] { (0..<Shape.maximumRank).filter { mask >> $0 & 1 == 1 } }

  /// The result's shape with the reduced axes left in, of size 1.
  static func keptShape(of node: Node, _ x: Node) -> Shape { x.shape.reduced(node.attribute & (keepBit - 1), keep: true) }

  static func requireNumbers(_ operation: @autoclosure () -> String, _ type: ElementType) throws {
    guard type != .bool else { throw TensorError.typeMismatch(operation: operation(), expected: [.i32, .f32, .f64], found: .bool) }
  }

  static func requireAxis(_ operation: @autoclosure () -> String, _ axis: Int, _ shape: Shape) throws {
    guard axis >= 0 && axis < shape.rank else { throw TensorError.axisOutOfRange(operation: operation(), axis: axis, rank: shape.rank) }
  }

  /// Pieces of whole rows, each of some 16,384 elements of work: divided by size alone, so that threads change nothing.
  private static func outerPieces(_ call: WholeCall, outer: Int, work: Int, _ body: (Range<Int>) -> KernelFault?) -> KernelFault? {
    if outer == 0 || work == 0 { return nil }
    let rows = max(1, 16_384 / work)
    let pieces = (outer + rows - 1) / rows
    if pieces <= 2 { return body(0..<outer) }
    return call.pieces(pieces) { body($0 * rows..<min(outer, ($0 + 1) * rows)) }
  }

  // MARK: Reductions

  private static func reduction(
    _ op: Op, _ name: String, _ documentation: String, _ kernel: ReduceOperation, structural: Bool = false, mayBeEmpty: Bool,
    gradient: @escaping @Sendable (_ e: Engine, _ node: Node, _ x: Node, _ g: Node) throws -> Node
  ) -> Primitive {
    Primitive(
      op, name, documentation,
      rule: { operands, attributes in
        let x = try operands.one()
        try requireNumbers(operands.name, x.type)
        var result = Shape(), isEmpty = false
        for axis in 0..<x.shape.rank {
          if attributes.integer >> axis & 1 == 1 {
            if x.shape[axis] == 0 { isEmpty = true }
            if attributes.integer & keepBit != 0 { try result.append(1) }
          } else {
            try result.append(x.shape[axis])
          }
        }
        if (attributes.integer & 0xff) >> x.shape.rank != 0 {
          throw TensorError.axisOutOfRange(operation: operands.name, axis: axes(attributes.integer).last ?? 0, rank: x.shape.rank)
        }
        if isEmpty && !mayBeEmpty && result.count > 0 { throw TensorError.emptyReduction(operation: operands.name, x.shape) }
        return Signature(x.type, result)
      },
      gradient: Gradient(structural: structural) { e, node, g, _ in
        guard let x = node.a else { return nil }
        return try gradient(e, node, x, g)
      },
      kernel: .whole { try reduceAxes($0, kernel) },
      mayFail: { result, _ in result == .i32 && (op == .sum || op == .product) },
      samples: {
        var samples = [
          Sample(operands: [.values([2, 3])], integer: 0b11), Sample(operands: [.values([2, 3])], integer: 0b01),
          Sample(operands: [.values([2, 3])], integer: 0b10), Sample(operands: [.values([2, 3])], integer: 0b10 | keepBit),
          Sample(operands: [.values([2, 3, 2])], integer: 0b101), Sample(operands: [.values([2, 3, 2])], integer: 0b010),
          Sample(operands: [.values([2, 1, 3, 1])], integer: 0b1011), Sample(operands: [.values([])], integer: 0),
          Sample(operands: [.values([2, 2])], integer: 0), Sample(operands: [.values([1])], integer: 1),
          Sample(operands: [.values([3, 0])], integer: 0b01),
          Sample(operands: [.list([4], [3, -1, 2, 2], .i32)], integer: 1),
        ]
        if mayBeEmpty {
          samples.append(Sample(operands: [.values([0, 3])], integer: 0b01))
          samples.append(Sample(operands: [.values([0])], integer: 0b01))
        }
        if op == .product { samples.append(Sample(operands: [.list([2, 3], [0, 1.5, 2, 0, 0.5, 0])], integer: 0b10)) }
        return samples
      }())
  }

  /// One group of neighbouring axes after the other, the innermost first: no copy in another order is needed.
  private static func reduceAxes(_ call: WholeCall, _ kernel: ReduceOperation) throws -> KernelFault? {
    // Neighbouring axes of a kind are one axis; those of size 1 are none.
    var groups: [(size: Int, isReduced: Bool)] = []
    let shape = call.shapeOfOperand(0)
    for axis in 0..<shape.rank where shape[axis] != 1 {
      let isReduced = call.attribute >> axis & 1 == 1
      if let last = groups.last, last.isReduced == isReduced {
        groups[groups.count - 1].size *= shape[axis]
      } else {
        groups.append((shape[axis], isReduced))
      }
    }
    guard groups.contains(where: { $0.isReduced }) else {
      call.outBytes.copyMemory(from: call.operands[0], byteCount: call.shape.count * call.type.byteSize)
      return nil
    }
    var source = call.operands[0]
    var scratch: [Buffer] = []
    while let position = groups.lastIndex(where: { $0.isReduced }) {
      let outer = groups[..<position].reduce(1) { $0 * $1.size }, inner = groups[(position + 1)...].reduce(1) { $0 * $1.size }
      let isLast = groups[..<position].allSatisfy { !$0.isReduced }
      let destination: UnsafeMutableRawPointer
      if isLast {
        destination = call.outBytes
      } else {
        let buffer = try Buffer(byteCount: outer * inner * call.type.byteSize, pool: call.pool)
        scratch.append(buffer)
        destination = buffer.memory
      }
      if let fault = try reduceGroup(call, kernel, source, destination, outer: outer, length: groups[position].size, inner: inner) { return fault }
      source = UnsafeRawPointer(destination)
      groups.remove(at: position)
    }
    withExtendedLifetime(scratch) {}
    return nil
  }

  private static func reduceGroup(
    _ call: WholeCall, _ kernel: ReduceOperation, _ x: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, outer: Int, length: Int, inner: Int
  ) throws -> KernelFault? {
    func run(_ x: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ outer: Range<Int>, _ length: Int) -> KernelFault? {
      switch call.type {
      case .f32: reduce(kernel, x.bound(Float.self), out.bound(Float.self), outer: outer, length: length, inner: inner)
      case .f64: reduce(kernel, x.bound(Double.self), out.bound(Double.self), outer: outer, length: length, inner: inner)
      default: return reduce(kernel, x.bound(Int32.self), out.bound(Int32.self), outer: outer, length: length, inner: inner)
      }
      return nil
    }
    let size = call.type.byteSize
    if outer == 0 || inner == 0 { return nil }
    if outer * length * inner < 65_536 { return run(x, out, 0..<outer, length) }
    // An i32 sum may leave the range in a part though the whole does not: it is never cut.
    if outer >= 8 || call.type == .i32 {
      return outerPieces(call, outer: outer, work: max(1, length * inner)) { run(x, out, $0, length) }
    }
    // Few long columns: chunks of a fixed size, then the chunks' results in order.
    let chunk = max(16, 16_384 / inner)
    let chunks = (length + chunk - 1) / chunk
    if chunks <= 1 { return run(x, out, 0..<outer, length) }
    let partial = try Buffer(byteCount: outer * chunks * inner * size, pool: call.pool)
    let memory = partial.memory
    call.workers.run(pieces: outer * chunks) { piece in
      let o = piece / chunks, k = piece % chunks
      _ = run(x + (o * length + k * chunk) * inner * size, memory + piece * inner * size, 0..<1, min(chunk, length - k * chunk))
    }
    let fault = run(UnsafeRawPointer(memory), out, 0..<outer, chunks)
    withExtendedLifetime(partial) {}
    return fault
  }

  @Sendable private static func extremeGradient(_ e: Engine, _ node: Node, _ x: Node, _ g: Node) throws -> Node {
    let kept = keptShape(of: node, x)
    let isExtreme = try e.binary(.equal, x, e.reshape(node, kept))
    let zero = try e.constant(0, like: x), one = try e.constant(1, like: x)
    let tied = try e.sum(e.select(isExtreme, one, zero), node.attribute | keepBit)
    return try e.select(isExtreme, e.divide(e.reshape(g, kept), tied), zero)
  }

  /// For each element the product of the others that it is multiplied with: right for zeros too, in every further derivative.
  ///
  /// Exclusive products from the left and from the right, each in log₂ n doubling steps (Hillis & Steele 1986).
  private static func productOfOthers(_ e: Engine, _ x: Node, _ axes: [Int]) throws -> Node {
    let kept = (0..<x.shape.rank).filter { !axes.contains($0) }
    let order = kept + axes
    let moved = try e.permute(x, order)
    let n = axes.reduce(1) { $0 * x.shape[$1] }
    let outer = kept.reduce(1) { $0 * x.shape[$1] }
    if n <= 1 || outer == 0 { return try e.broadcast(e.constant(1, like: x), x.shape) }
    let rows = try e.reshape(moved, Shape([outer, n]))
    func part(_ y: Node, _ start: Int, _ count: Int, low: Int, high: Int) throws -> Node {
      try e.pad(e.slice(y, starts: [0, start], counts: [outer, count], steps: [1, 1]), lows: [0, low], highs: [0, high], value: 1)
    }
    var left = try part(rows, 0, n - 1, low: 1, high: 0), right = try part(rows, 1, n - 1, low: 0, high: 1)
    var distance = 1
    while distance < n {
      left = try e.multiply(left, part(left, 0, n - distance, low: distance, high: 0))
      right = try e.multiply(right, part(right, distance, n - distance, low: 0, high: distance))
      distance *= 2
    }
    var inverse = [Int](repeating: 0, count: order.count)
    for (position, axis) in order.enumerated() { inverse[axis] = position }
    return try e.permute(e.reshape(e.multiply(left, right), moved.shape), inverse)
  }

  // MARK: Positions

  private static func position(_ op: Op, _ name: String, _ documentation: String, maximum: Bool) -> Primitive {
    Primitive(
      op, name, documentation,
      rule: { operands, attributes in
        let x = try operands.one()
        try requireNumbers(operands.name, x.type)
        let axis = attributes.integer & 0xff
        try requireAxis(operands.name, axis, x.shape)
        var sizes = x.shape.dimensions
        guard sizes[axis] <= Int(Int32.max) else { throw TensorError.tooManyElements(sizes) }
        let length = sizes[axis]
        if attributes.integer & keepBit != 0 { sizes[axis] = 1 } else { sizes.remove(at: axis) }
        if length == 0 && !sizes.contains(0) { throw TensorError.emptyReduction(operation: operands.name, x.shape) }
        return Signature(.i32, try Shape(sizes))
      },
      kernel: .whole { call in
        let shape = call.shapeOfOperand(0), axis = call.attribute & 0xff
        let length = shape[axis], inner = shape.product(axis + 1..<shape.rank)
        let out = call.out(Int32.self)
        return outerPieces(call, outer: shape.product(0..<axis), work: length * inner) { outer in
          switch call.typeOfOperand(0) {
          case .f32: argReduce(maximum: maximum, call.a(Float.self), out, outer: outer, length: length, inner: inner)
          case .f64: argReduce(maximum: maximum, call.a(Double.self), out, outer: outer, length: length, inner: inner)
          default: argReduce(maximum: maximum, call.a(Int32.self), out, outer: outer, length: length, inner: inner)
          }
          return nil
        }
      },
      samples: [
        Sample(operands: [.values([2, 3])], integer: 1), Sample(operands: [.values([3, 2])], integer: 0),
        Sample(operands: [.values([2, 3, 2])], integer: 1 | keepBit), Sample(operands: [.list([4], [1, 3, 3, 1])], integer: 0),
        Sample(operands: [.list([3], [5, 9, 2], .i32)], integer: 0), Sample(operands: [.values([2, 1])], integer: 1),
        Sample(operands: [.values([0, 2])], integer: 1),
      ])
  }
}
