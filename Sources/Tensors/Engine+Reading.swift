/// Where numbers are wanted: what is pending is computed, then read.
extension Engine {
  /// Computes these, all in one plan.
  package func realize(_ xs: [Tensor]) throws { try compute(xs.map(\.node)) }

  package func doubles(_ x: Tensor) throws -> [Double] {
    let memory = try memory(of: x)
    let count = x.count
    switch x.type {
    case .bool: return (0..<count).map { memory.bound(UInt8.self)[$0] == 0 ? 0 : 1 }
    case .i32: return (0..<count).map { Double(memory.bound(Int32.self)[$0]) }
    case .f32: return (0..<count).map { Double(memory.bound(Float.self)[$0]) }
    case .f64: return Array(UnsafeBufferPointer(start: memory.bound(Double.self), count: count))
    }
  }

  /// Of an f32 tensor as it lies, of others rounded.
  package func floats(_ x: Tensor) throws -> [Float] {
    guard x.type == .f32 else { return try doubles(x).map { Float($0) } }
    return Array(UnsafeBufferPointer(start: try memory(of: x).bound(Float.self), count: x.count))
  }

  /// Of an i32 or bool tensor.
  package func ints(_ x: Tensor) throws -> [Int32] {
    switch x.type {
    case .i32: return Array(UnsafeBufferPointer(start: try memory(of: x).bound(Int32.self), count: x.count))
    case .bool: return try bools(x).map { $0 ? 1 : 0 }
    default: throw TensorError.typeMismatch(operation: "ints", expected: [.i32, .bool], found: x.type)
    }
  }

  package func bools(_ x: Tensor) throws -> [Bool] {
    guard x.type == .bool else { throw TensorError.typeMismatch(operation: "bools", expected: [.bool], found: x.type) }
    let memory = try memory(of: x).bound(UInt8.self)
    return (0..<x.count).map { memory[$0] != 0 }
  }

  /// The number of a tensor with one element.
  package func number(of x: Tensor) throws -> Double {
    guard x.count == 1 else { throw TensorError.notOneNumber(x.shape) }
    return try element(x, flatIndex: 0)
  }

  /// The element at a row-major position.
  package func element(_ x: Tensor, flatIndex: Int) throws -> Double {
    guard flatIndex >= 0 && flatIndex < x.count else { throw TensorError.indexOutOfRange(index: flatIndex, length: x.count, axis: 0) }
    if let value = x.node.constant { return value }
    let memory = UnsafeRawPointer(try memory(of: x))
    switch x.type {
    case .bool: return memory.bound(UInt8.self)[flatIndex] == 0 ? 0 : 1
    case .i32: return Double(memory.bound(Int32.self)[flatIndex])
    case .f32: return Double(memory.bound(Float.self)[flatIndex])
    case .f64: return memory.bound(Double.self)[flatIndex]
    }
  }

  private func memory(of x: Tensor) throws -> UnsafeMutableRawPointer {
    if x.node.buffer == nil { try compute([x.node]) }
    guard let buffer = x.node.buffer else { throw TensorError.interrupted }
    return buffer.memory
  }

  // MARK: One element anew

  /// The tensor with one element replaced, when nobody else holds `x` in its own memory, else in a copy.
  ///
  /// Whether this variable is the only holder is found here: the caller must have taken `x` out of every other place.
  package func setElement(_ x: inout Tensor, flatIndex: Int, value: Double) throws {
    // Found before the call, whose argument is a reference more.
    let isAlone = isKnownUniquelyReferenced(&x)
    x = try setElement(x, flatIndex: flatIndex, value: value, inPlace: isAlone)
  }

  /// The tensor with one element replaced. `inPlace` says that the caller gives up `x`: then its memory is used again, if
  /// no other tensor and no graph reads it.
  package func setElement(_ x: Tensor, flatIndex: Int, value: Double, inPlace: Bool = false) throws -> Tensor {
    guard flatIndex >= 0 && flatIndex < x.count else { throw TensorError.indexOutOfRange(index: flatIndex, length: x.count, axis: 0) }
    if x.type == .i32 && Int32(exactly: value) == nil { throw TensorError.wholeNumber(value) }
    if x.node.track >= oldestRecording && x.node.track != 0 {
      // The derivative of what follows must know of it.
      let flat = try reshape(x.node, Shape([x.count]))
      let part = constant(value, x.type, try Shape([1]))
      return try handle(reshape(replaceSlice(flat, starts: [flatIndex], steps: [1], with: part), x.shape))
    }
    let source = try memory(of: x)
    if inPlace && x.node.holdsAlone {
      write(value, x.type, source, flatIndex)
      return x
    }
    try requireMemory(x.node.byteCount, [(x.shape, x.type)])
    let copy = try Buffer(byteCount: x.node.byteCount, pool: pool)
    copy.memory.copyMemory(from: source, byteCount: x.node.byteCount)
    write(value, x.type, copy.memory, flatIndex)
    return try handle(data(copy, x.type, x.shape))
  }

  private func write(_ value: Double, _ type: ElementType, _ memory: UnsafeMutableRawPointer, _ index: Int) {
    switch type {
    case .bool: memory.bound(UInt8.self)[index] = value == 0 ? 0 : 1
    case .i32: memory.bound(Int32.self)[index] = Int32(saturating: value)
    case .f32: memory.bound(Float.self)[index] = Float(value)
    case .f64: memory.bound(Double.self)[index] = value
    }
  }

  // MARK: What may fail by its data

  /// Whether something is pending whose data may be at fault: an index, an overflow, a division.
  package var hasFallible: Bool { !ledger.fallible.isEmpty }

  /// Computes it. Nothing is tried again after a failure.
  package func realizeFallible() throws {
    let nodes = ledger.fallible.map { $0.takeUnretainedValue() }
    guard !nodes.isEmpty else { return }
    defer { for node in nodes where node.fallible >= 0 { ledger.forget(node) } }
    try compute(nodes)
  }
}
