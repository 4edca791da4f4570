/// A tensor as a program holds it: a handle to a recorded node.
///
/// Its shape and type are known at once, its numbers when somebody asks an `Engine` for them.
package final class Tensor {
  let node: Node
  /// Whether this is a plain number to the program: rank 0, f64, and yielding to the type of a tensor beside it.
  package let isNumber: Bool

  init(_ node: Node, isNumber: Bool) {
    self.node = node
    self.isNumber = isNumber
    node.handles &+= 1
  }

  deinit { node.loseHandle() }

  package var shape: Shape { node.shape }
  package var type: ElementType { node.type }
  package var rank: Int { node.shape.rank }
  package var count: Int { node.shape.count }
  /// Whether the numbers are there already.
  package var isRealized: Bool { !node.isPending }
  /// The value that all elements have, where that is known without computing.
  package var constant: Double? { node.constant }
}
