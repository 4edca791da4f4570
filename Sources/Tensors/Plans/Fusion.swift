/// Which elementwise nodes are computed together.
///
/// A node belongs to the program of its readers when all of them are in one program of the same shape and nobody else
/// wants its numbers: they then never leave the first-level cache.
enum Fusion {
  /// Instructions of a program at most: more gain nothing, and cost scratch memory.
  static let maximumInstructions = 48

  /// For each position the position of the node that ends its program; its own for all that are not elementwise.
  static func groups(_ nodes: [Node], _ isKept: [Bool], _ table: [Primitive]) -> [Int] {
    var group = Array(nodes.indices)
    var sizes = [Int](repeating: 1, count: nodes.count)
    // -1: no reader met yet, -2: readers that don't agree.
    var readers = [Int](repeating: -1, count: nodes.count)
    for position in nodes.indices.reversed() {
      let node = nodes[position]
      guard node.isPending else { continue }
      let isElementwise = table[Int(node.op.rawValue)].isElementwise
      let reader = readers[position]
      if isElementwise && !isKept[position] && reader >= 0 && nodes[reader].shape == node.shape && sizes[reader] < maximumInstructions {
        group[position] = reader
        sizes[reader] += 1
      }
      for place in 0..<node.operandCount {
        guard let operand = node.operand(place) else { continue }
        let index = Int(operand.index)
        if !isElementwise {
          readers[index] = -2
        } else if readers[index] == -1 {
          readers[index] = group[position]
        } else if readers[index] != group[position] {
          readers[index] = -2
        }
      }
    }
    return group
  }
}

/// Collects a program's operands and instructions.
struct ProgramBuilder {
  let shape: Shape
  var instructions: [Program.Instruction] = []
  private var operands: [Program.Operand] = []
  private var sources: [(view: View, wantsElements: Bool)] = []
  private var scratchCount = 0
  private var rows: [Int] = []

  init(shape: Shape) { self.shape = shape }

  mutating func newRegister() -> Int {
    scratchCount += 1
    return scratchCount - 1
  }

  /// The number of the operand that reads this view; one that is there already serves again.
  mutating func operand(_ view: View, size: Int, wantsElements: Bool) -> Int {
    if let known = sources.firstIndex(where: {
      $0.view.value == view.value && $0.view.offset == view.offset && $0.view.strides == view.strides && $0.wantsElements == wantsElements
    }) {
      return known
    }
    sources.append((view, wantsElements))
    let reading: Program.Reading
    var scratch = 0
    if view.isOneElement && shape.count != 1 {
      reading = .repeated
      if wantsElements { scratch = newRegister() }
    } else if view.isContiguous {
      reading = .direct
    } else {
      let (sizes, strides) = View.joined(shape, [view.strides])
      reading = .strided(sizes: sizes, strides: strides[0])
      scratch = newRegister()
      if let last = strides[0].last, last == 1 || (last == 0 && !wantsElements) { rows.append(sizes[sizes.count - 1]) } else { rows.append(0) }
    }
    operands.append(
      Program.Operand(value: view.value, byteOffset: view.offset * size, size: size, reading: reading, scratch: scratch, wantsElements: wantsElements))
    return operands.count - 1
  }

  func program(resultSize: Int) -> Program {
    // Long rows are read where they lie; tiles then end where the shortest row does.
    let shortest = rows.min() ?? 0
    let rowLength = shortest >= 128 && rows.allSatisfy { $0 % shortest == 0 } ? shortest : 0
    return Program(
      count: shape.count, operands: operands, instructions: instructions, resultSize: resultSize, scratchCount: scratchCount, rowLength: rowLength)
  }
}
