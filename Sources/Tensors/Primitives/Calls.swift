import Kernels

/// What a primitive that works on whole operands is given: row-major memory, shapes and attributes.
struct WholeCall {
  let step: WholeStep
  let operands: UnsafePointer<UnsafeRawPointer>
  let outBytes: UnsafeMutableRawPointer
  let payload: Node.Payload
  let workers: Workers
  /// For scratch memory.
  let pool: Pool

  var type: ElementType { step.type }
  var shape: Shape { step.shape }
  var attribute: Int { step.attribute }
  var list: [Int] { step.list }
  var operandCount: Int { step.operands.count }
  func shapeOfOperand(_ position: Int) -> Shape { step.operands[position].shape }
  func typeOfOperand(_ position: Int) -> ElementType { step.operands[position].type }

  func a<T>(_ type: T.Type) -> UnsafePointer<T> { operands[0].bound(type) }
  func b<T>(_ type: T.Type) -> UnsafePointer<T> { operands[1].bound(type) }
  func out<T>(_ type: T.Type) -> UnsafeMutablePointer<T> { outBytes.bound(type) }

  /// Runs pieces on the workers; of their faults the first piece's counts, whatever the order they ran in.
  func pieces(_ count: Int, _ body: (Int) -> KernelFault?) -> KernelFault? {
    if count <= 0 { return nil }
    if count == 1 { return body(0) }
    return withUnsafeTemporaryAllocation(of: KernelFault?.self, capacity: count) { faults in
      faults.initialize(repeating: nil)
      nonisolated(unsafe) let slots = faults
      workers.run(pieces: count) { slots[$0] = body($0) }
      for fault in faults { if let fault { return fault } }
      return nil
    }
  }
}

extension UnsafeRawPointer {
  @inline(__always) func bound<T>(_ type: T.Type) -> UnsafePointer<T> { assumingMemoryBound(to: type) }
}

extension UnsafeMutableRawPointer {
  @inline(__always) func bound<T>(_ type: T.Type) -> UnsafeMutablePointer<T> { assumingMemoryBound(to: type) }
}

extension Primitive.TileCall {
  @inline(__always) func a<T>(_ type: T.Type) -> UnsafePointer<T> { a.bound(type) }
  @inline(__always) func b<T>(_ type: T.Type) -> UnsafePointer<T> { b.bound(type) }
  @inline(__always) func c<T>(_ type: T.Type) -> UnsafePointer<T> { c.bound(type) }
  @inline(__always) func out<T>(_ type: T.Type) -> UnsafeMutablePointer<T> { out.bound(type) }
}
