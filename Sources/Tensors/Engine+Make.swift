import Kernels

/// Tensors from numbers, counters and random draws.
extension Engine {
  /// A rank-0 constant.
  package func scalar(_ value: Double, _ type: ElementType) -> Tensor { Tensor(constant(value, type), isNumber: false) }

  /// A plain number: rank 0, f64, and it yields to the type of a tensor beside it.
  package func number(_ value: Double) -> Tensor { Tensor(constant(value, .f64), isNumber: true) }

  /// One value for all elements; takes no memory until it is wanted.
  package func full(_ value: Double, _ shape: Shape, _ type: ElementType) throws -> Tensor { try handle(constant(value, type, shape)) }

  package func tensor(floats: [Float], _ shape: Shape) throws -> Tensor { try tensor(floats, .f32, shape) }
  package func tensor(doubles: [Double], _ shape: Shape) throws -> Tensor { try tensor(doubles, .f64, shape) }
  package func tensor(ints: [Int32], _ shape: Shape) throws -> Tensor { try tensor(ints, .i32, shape) }
  package func tensor(bools: [Bool], _ shape: Shape) throws -> Tensor { try tensor(bools.map { $0 ? 1 : 0 } as [UInt8], .bool, shape) }

  private func tensor<T: BitwiseCopyable>(_ values: [T], _ type: ElementType, _ shape: Shape) throws -> Tensor {
    let buffer = try newBuffer(values.count, type, shape)
    values.withUnsafeBufferPointer { if let base = $0.baseAddress { buffer.memory.bound(T.self).update(from: base, count: values.count) } }
    return try handle(data(buffer, type, shape))
  }

  /// Converts: to f32 rounded, to i32 only whole numbers in its range, to bool zero or not.
  package func tensor(doubles: [Double], _ shape: Shape, as type: ElementType) throws -> Tensor {
    if type == .f64 { return try tensor(doubles: doubles, shape) }
    let buffer = try newBuffer(doubles.count, type, shape)
    switch type {
    case .f32:
      let out = buffer.memory.bound(Float.self)
      for index in doubles.indices { out[index] = Float(doubles[index]) }
    case .i32:
      let out = buffer.memory.bound(Int32.self)
      for index in doubles.indices {
        guard let whole = Int32(exactly: doubles[index]) else { throw TensorError.wholeNumber(doubles[index]) }
        out[index] = whole
      }
    default:
      let out = buffer.memory.bound(UInt8.self)
      for index in doubles.indices { out[index] = doubles[index] == 0 ? 0 : 1 }
    }
    return try handle(data(buffer, type, shape))
  }

  private func newBuffer(_ count: Int, _ type: ElementType, _ shape: Shape) throws -> Buffer {
    guard count == shape.count else { throw TensorError.valueCount(expected: shape.count, found: count) }
    try requireMemory(count * type.byteSize, [(shape, type)])
    return try Buffer(byteCount: count * type.byteSize, pool: pool)
  }

  /// start, start + 1, …; a bool cannot count.
  package func iota(_ count: Int, start: Int = 0, _ type: ElementType) throws -> Tensor {
    if type == .i32 {
      let (end, overflow) = start.addingReportingOverflow(max(0, count - 1))
      guard !overflow, Int32(exactly: start) != nil, Int32(exactly: end) != nil else { throw TensorError.integerOverflow(operation: Op.iota.name) }
    }
    var attributes = Primitive.Attributes(shape: try Shape([count]), type: type)
    attributes.payload = Node.Payload(UInt64(bitPattern: Int64(start)), 0)
    return try handle(make(.iota, with: attributes))
  }

  // MARK: Random draws

  /// Draws from [0, 1). The counter advances here, so that the order of the program decides, not that of computing.
  package func uniform(_ shape: Shape, _ type: ElementType) throws -> Tensor { try handle(draw(.randomUniform, shape, type)) }

  /// Draws from the standard normal distribution.
  package func normal(_ shape: Shape, _ type: ElementType) throws -> Tensor { try handle(draw(.randomNormal, shape, type)) }

  private func draw(_ op: Op, _ shape: Shape, _ type: ElementType) throws -> Node {
    var attributes = Primitive.Attributes(shape: shape, type: type)
    attributes.payload = Node.Payload(randomSeed, randomCounter)
    let node = try make(op, with: attributes)
    // A block gives four draws of f32 or two of f64.
    let perBlock = type == .f32 ? 4 : 2
    randomCounter &+= UInt64(truncatingIfNeeded: (shape.count + perBlock - 1) / perBlock)
    return node
  }

  /// The numbers 0 ..< count in random order, i32: the order of as many draws of 53 bits.
  package func permutation(_ count: Int) throws -> Tensor { try handle(make(.argsort, draw(.randomUniform, Shape([count]), .f64))) }

  /// Whole numbers from `low ..< high`, i32. Of 53 bits, so that their bias lies below 2⁻²¹.
  package func randomIntegers(low: Int, high: Int, _ shape: Shape) throws -> Tensor {
    guard Int32(exactly: low) != nil, high > low, high - 1 <= Int(Int32.max) else {
      throw TensorError.indexOutOfRange(index: high, length: low, axis: 0)
    }
    let width = constant(Double(high - low), .f64)
    let scaled = try unary(.floor, binary(.multiply, draw(.randomUniform, shape, .f64), width))
    // A cast of numbers in range cannot fail.
    let node = try cast(binary(.add, scaled, constant(Double(low), .f64)), .i32)
    if node.fallible >= 0 { ledger.forget(node) }
    return try handle(node)
  }
}
