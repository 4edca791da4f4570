extension Engine {
  /// A plan in words: its steps, what runs together, bytes and floating-point operations.
  package func planDescription(of xs: [Tensor]) -> String {
    let roots = xs.map(\.node)
    guard roots.contains(where: \.isPending) else { return "nothing to compute" }
    trace.record(roots: roots, epoch: newEpoch(), fuses: fuses)
    defer { trace.clear() }
    return PlanCompiler.compile(trace, table: table, fuses: fuses).description
  }

  package func planDescription(of x: Tensor) -> String { planDescription(of: [x]) }
}

extension Plan: CustomStringConvertible {
  var description: String {
    var lines: [String] = []
    var operations = 0
    for (index, step) in steps.enumerated() {
      operations = saturatingSum(operations, step.operations)
      let outs = step.outs.map { "\(values[$0].type.name)\(values[$0].shape)" }.joined(separator: ", ")
      lines.append("\(index + 1). \(step.words) → \(outs)")
    }
    let inputs = values.reduce(0) { if case .input = $1.place { $0 + 1 } else { $0 } }
    lines.append("\(steps.count) steps, \(inputs) inputs, \(kept.count) results")
    lines.append("\(resultBytes) bytes of results, \(arenaBytes) bytes between, \(operations) operations")
    return lines.joined(separator: "\n")
  }
}

extension Step {
  fileprivate var words: String {
    switch work {
    case .program(let program): program.words
    case .whole: members.compactMap { $0.op?.name }.joined(separator: ", ")
    case .copy: "copy in order"
    }
  }

  /// Elementary arithmetic operations, a function such as exp counted as one.
  var operations: Int {
    switch work {
    case .program(let program): return program.operations
    case .copy: return 0
    case .whole(let whole):
      if let taps = whole.convolutionTaps {
        // The gradient of the output has as many elements as the output.
        let outputs = whole.op == .convolution ? whole.shape : whole.operands[whole.op == .convolutionInput ? 0 : 1].shape
        let (multiplied, overflow) = outputs.count.multipliedReportingOverflow(by: 2 * taps)
        return overflow ? .max : multiplied
      }
      guard whole.op == .matrixProduct, let a = whole.operands.first?.shape, a.rank >= 2 else {
        return whole.operands.reduce(0) { $0 + $1.shape.count }
      }
      let inner = whole.attribute & Primitive.transposeA != 0 ? a[a.rank - 2] : a[a.rank - 1]
      let added = (whole.epilogue?.members.count ?? 1) - 1
      let (multiplied, overflow) = whole.shape.count.multipliedReportingOverflow(by: 2 * inner + added)
      return overflow ? .max : multiplied
    }
  }
}

extension Program {
  fileprivate var words: String { members.compactMap { $0.op?.name }.joined(separator: ", ") }

  /// Its operations in order, and whose they are: positions in the trace.
  var members: [(op: Op?, position: Int)] {
    instructions.flatMap { instruction -> [(op: Op?, position: Int)] in
      if case .expand = instruction.work { return [] }
      let own: (op: Op?, position: Int) = (instruction.op, Int(instruction.position))
      let others = instruction.others.map { (op: Optional($0.op), position: Int($0.position)) }
      // The squares are those of the differences that it makes first.
      if case .differences = instruction.work { return [own] + others }
      return others + [own]
    }
  }

  fileprivate var operations: Int {
    let rows = length > 0 ? count / length : 1
    return instructions.reduce(0) { total, instruction in
      switch instruction.work {
      case .elements, .reduce, .sumOfProducts, .differences, .four:
        (0...instruction.others.count).reduce(total) { sum, _ in saturatingSum(sum, count) }
      case .perRow: saturatingSum(total, rows)
      case .expand: total
      }
    }
  }
}

extension WholeStep {
  /// How many weights one output of a convolution reads; nil for all else.
  fileprivate var convolutionTaps: Int? {
    let kernel: Shape
    switch op {
    case .convolution, .convolutionInput: kernel = operands[1].shape
    case .convolutionKernel: kernel = shape
    default: return nil
    }
    return kernel.product(1..<kernel.rank)
  }
}
