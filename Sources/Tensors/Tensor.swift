/// A tensor as a program holds it: a handle to a recorded node.
///
/// Its shape and type are known at once, its numbers when somebody asks an `Engine` for them.
package final class Tensor {
  /// Holds a reference, given back in the end. What only looks at the node reads it here, which counts no reference.
  private(set) var reference: Unmanaged<Node>
  /// Whether this is a plain number to the program: rank 0, f64, and yielding to the type of a tensor beside it.
  package private(set) var isNumber: Bool

  init(_ node: __owned Node, isNumber: Bool) {
    node.handles &+= 1
    reference = .passRetained(node)
    self.isNumber = isNumber
  }

  deinit {
    reference._withUnsafeGuaranteedRef { $0.loseHandle() }
    reference.release()
  }

  /// Becomes the handle of another node: for one that a single holder has and gives up, which costs less than to make one and free this.
  func hold(_ node: __owned Node, isNumber: Bool) {
    let old = reference
    node.handles &+= 1
    reference = .passRetained(node)
    self.isNumber = isNumber
    old._withUnsafeGuaranteedRef { $0.loseHandle() }
    old.release()
  }

  var node: Node { reference.takeUnretainedValue() }
  package var shape: Shape { reference._withUnsafeGuaranteedRef { $0.shape } }
  package var type: ElementType { reference._withUnsafeGuaranteedRef { $0.type } }
  package var rank: Int { reference._withUnsafeGuaranteedRef { $0.shape.rank } }
  package var count: Int { reference._withUnsafeGuaranteedRef { $0.shape.count } }
  /// Whether the numbers are there already.
  package var isRealized: Bool { !node.isPending }
  /// The value that all elements have, where that is known without computing.
  package var constant: Double? { node.constant }
}
