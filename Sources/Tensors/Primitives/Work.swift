/// How much a computation has to do.
extension Engine {
  /// The floating-point operations of all that a tensor was recorded from and that has no numbers yet, a multiplication and an
  /// addition being two. What was met before is not counted again: `seen` remembers it, and must not outlive the tensors.
  package func work(of x: Tensor, seen: inout Set<ObjectIdentifier>) -> Int {
    var total = 0
    var stack = [x.node]
    while let node = stack.popLast() {
      guard node.isPending, seen.insert(ObjectIdentifier(node)).inserted else { continue }
      let (sum, isTooLarge) = total.addingReportingOverflow(node.work(table[Int(node.op.rawValue)]))
      total = isTooLarge ? .max : sum
      for place in 0..<node.operandCount { if let operand = node.operand(place) { stack.append(operand) } }
    }
    return total
  }
}

extension Node {
  /// Floating-point operations by textbook counting: an elementwise function is one an element, whatever it costs.
  fileprivate func work(_ row: Primitive) -> Int {
    switch op {
    case .constant, .data, .iota, .randomUniform, .randomNormal, .mark, .detach, .cast: 0
    case .sum, .product, .reduceMaximum, .reduceMinimum, .argmax, .argmin, .cumulativeSum: a?.shape.count ?? 0
    case .matrixProduct:
      // The inner size: the last axis of A, the one before in Aᵀ.
      if let a, a.shape.rank >= 2 {
        2 &* shape.count &* a.shape[attribute & Primitive.transposeA == 0 ? a.shape.rank - 1 : a.shape.rank - 2]
      } else {
        0
      }
    case .convolution: Node.windows(shape, kernel: b?.shape)
    case .convolutionInput: Node.windows(a?.shape, kernel: b?.shape)
    case .convolutionKernel: Node.windows(b?.shape, kernel: shape)
    case .maxPool: shape.count &* list.prefix(2).reduce(1, &*)
    case .scatterAdd: b?.shape.count ?? 0
    default: row.isElementwise ? shape.count : 0
    }
  }

  /// Each element of the result is a product of a kernel [f, c, h, w] with a window: c·h·w multiplications and additions.
  private static func windows(_ result: Shape?, kernel: Shape?) -> Int {
    guard let result, let kernel, kernel.rank == 4 else { return 0 }
    return 2 &* result.count &* kernel[1] &* kernel[2] &* kernel[3]
  }
}
