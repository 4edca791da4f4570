import Kernels

/// One piece of a plan's work: it reads values and writes one or, as a program, several.
final class Step {
  enum Work {
    case program(Program)
    case whole(WholeStep)
    /// A view brought into row-major order.
    case copy(View, ElementType)
  }

  let work: Work
  let outs: [Int]
  /// Whose step it is: a position in the trace, for the place of an error.
  let position: Int
  // What `work` holds and the first of `outs`, for running: looked at without counting references.
  let program: Unmanaged<Program>?
  let whole: Unmanaged<WholeStep>?
  let out: Int

  init(work: Work, outs: [Int], position: Int) {
    self.work = work
    self.outs = outs
    self.position = position
    out = outs[0]
    if case .program(let program) = work { self.program = .passUnretained(program) } else { program = nil }
    if case .whole(let whole) = work { self.whole = .passUnretained(whole) } else { whole = nil }
  }

  /// The values that it reads.
  var inputs: [Int] {
    switch work {
    case .program(let program): program.reads.map { Int($0.value) }
    case .whole(let whole): whole.operands.map(\.value)
    case .copy(let view, _): [view.value]
    }
  }
}

/// A primitive over whole operands.
final class WholeStep {
  struct Operand {
    let value: Int
    /// In elements, from the value's beginning.
    let offset: Int
    let shape: Shape
    let type: ElementType
    var byteOffset: Int { offset * type.byteSize }
  }

  /// What is done to a product's elements before they leave the cache.
  struct Epilogue {
    /// Which operands are added to each row, and let through what is above 0 in them.
    var bias: Int?
    var isRectified: Bool
    var gate: Int?
    /// All that the step does, the product first, and whose operations they are: positions in the trace.
    var members: [(op: Op?, position: Int)]
  }

  let op: Op
  let type: ElementType
  let shape: Shape
  let attribute: Int
  let list: [Int]
  /// Those of the primitive, then those of the epilogue.
  let operands: [Operand]
  let epilogue: Epilogue?
  let run: @Sendable (WholeCall) throws -> KernelFault?

  init(node: Node, attribute: Int, operands: [Operand], epilogue: Epilogue? = nil, run: @escaping @Sendable (WholeCall) throws -> KernelFault?) {
    op = node.op
    type = node.type
    shape = node.shape
    self.attribute = attribute
    list = node.list
    self.operands = operands
    self.epilogue = epilogue
    self.run = run
  }
}
