/// How types mix: bool → i32 → f32 → f64, and a number takes the type of the tensor beside it.
extension Engine {
  /// Both operands in one type.
  func promoted(_ a: Tensor, _ b: Tensor) throws -> (Node, Node) {
    if a.type == b.type { return (a.node, b.node) }
    if a.isNumber && !b.isNumber {
      let type = b.type == .bool ? ElementType.f32 : b.type
      return (try beside(a, type), try cast(b.node, type))
    }
    if b.isNumber && !a.isNumber {
      let type = a.type == .bool ? ElementType.f32 : a.type
      return (try cast(a.node, type), try beside(b, type))
    }
    let type = max(a.type, b.type)
    return (try cast(a.node, type), try cast(b.node, type))
  }

  /// A number in the type of the tensor beside it; beside i32 it must be whole.
  func beside(_ number: Tensor, _ type: ElementType) throws -> Node {
    guard type == .i32 else { return try cast(number.node, type) }
    return constant(try wholeNumber(number), .i32)
  }

  /// The value of a number that must be whole and in the range of i32.
  private func wholeNumber(_ number: Tensor) throws -> Double {
    let value = try self.number(of: number)
    guard value == value.rounded(), value.magnitude <= 2_147_483_648, value != 2_147_483_648 else { throw TensorError.wholeNumber(value) }
    return value
  }

  /// A tensor in the type in which arithmetic computes.
  func arithmetic(_ x: Node) throws -> Node { try cast(x, x.type.arithmetic) }
}
