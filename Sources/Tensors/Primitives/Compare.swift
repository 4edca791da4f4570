import Kernels

extension Primitive {
  /// Comparisons, the logic of bools, and the choice by a bool.
  static let comparisons: [Primitive] = [
    comparison(.equal, "==", "Whether a and b are equal; nan equals nothing.", .equal),
    comparison(.notEqual, "!=", "Whether a and b differ.", .notEqual),
    comparison(.less, "<", "Whether a lies below b.", .less),
    comparison(.lessEqual, "<=", "Whether a does not lie above b.", .lessEqual),
    comparison(.greater, ">", "Whether a lies above b.", .less, swapped: true),
    comparison(.greaterEqual, ">=", "Whether a does not lie below b.", .lessEqual, swapped: true),
    logic(.and, "&", "Whether both are true.", .and),
    logic(.or, "|", "Whether one at least is true.", .or),
    Primitive(
      .select, "where", "a where the condition is true, b elsewhere; nothing of the other branch reaches a gradient.",
      rule: { operands, _ in
        let (condition, a, b) = try operands.three()
        guard condition.type == .bool else {
          throw TensorError.typeMismatch(operation: operands.name, expected: [.bool], found: condition.type)
        }
        guard a.type == b.type else { throw TensorError.typeMismatch(operation: operands.name, expected: [a.type], found: b.type) }
        let branches = try Shape.broadcast(a.shape, b.shape, operation: operands.name)
        return Signature(a.type, try Shape.broadcast(condition.shape, branches, operation: operands.name))
      },
      gradient: Gradient { e, node, g, position in
        guard let condition = node.a, position > 0 else { return nil }
        let zero = try e.constant(0, like: g)
        return position == 1 ? try e.select(condition, g, zero) : try e.select(condition, zero, g)
      },
      kernel: .elementwise(Tile(.select)),
      samples: [
        Sample(operands: [.list([2, 3], [1, 0, 1, 0, 0, 1], .bool), .values([2, 3]), .values([2, 3], 3, 5)]),
        Sample(operands: [.list([2, 1], [1, 0], .bool), .values([3]), .values([])]),
        Sample(operands: [.list([], [1], .bool), .values([2, 2]), .values([2, 1])]),
        Sample(operands: [.list([3], [1, 0, 1], .bool), .list([3], [1, 2, 3], .i32), .list([], [9], .i32)]),
        Sample(operands: [.list([3], [1, 0, 1], .bool), .list([3], [1, 0, 0], .bool), .list([], [1], .bool)]),
        Sample(operands: [.list([0], [], .bool), .values([]), .values([1])]),
      ]),
  ]

  private static func comparison(
    _ op: Op, _ name: String, _ documentation: String, _ kernel: CompareOperation, swapped: Bool = false
  ) -> Primitive {
    Primitive(
      op, name, documentation,
      rule: { operands, _ in
        let (a, b) = try operands.two()
        guard a.type == b.type else { throw TensorError.typeMismatch(operation: operands.name, expected: [a.type], found: b.type) }
        return Signature(.bool, try Shape.broadcast(a.shape, b.shape, operation: operands.name))
      },
      kernel: .elementwise(Tile(.compare(kernel, isSwapped: swapped))),
      samples: [
        Sample(operands: [.list([4], [1, 2, .nan, -0.0]), .list([4], [1, 3, .nan, 0])]),
        Sample(operands: [.values([2, 3]), .values([3])]),
        Sample(operands: [.values([]), .values([2, 2])]),
        Sample(operands: [.list([3], [1, 2, 3], .i32), .list([3], [3, 2, 1], .i32)]),
        Sample(operands: [.list([4], [0, 0, 1, 1], .bool), .list([4], [0, 1, 0, 1], .bool)]),
        Sample(operands: [.values([0]), .values([1])]),
      ])
  }

  private static func logic(_ op: Op, _ name: String, _ documentation: String, _ kernel: LogicalOperation) -> Primitive {
    Primitive(
      op, name, documentation,
      rule: { operands, _ in
        let (a, b) = try operands.two()
        for operand in [a, b] where operand.type != .bool {
          throw TensorError.typeMismatch(operation: operands.name, expected: [.bool], found: operand.type)
        }
        return Signature(.bool, try Shape.broadcast(a.shape, b.shape, operation: operands.name))
      },
      kernel: .elementwise(Tile(.logical(kernel))),
      samples: [
        Sample(operands: [.list([4], [0, 0, 1, 1], .bool), .list([4], [0, 1, 0, 1], .bool)]),
        Sample(operands: [.list([2], [0, 1], .bool), .list([], [1], .bool)]),
      ])
  }
}
