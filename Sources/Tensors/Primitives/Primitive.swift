import Kernels

/// One row of the table: all there is to know about a primitive.
package struct Primitive: Sendable {
  package let op: Op
  package let name: String
  package let documentation: String
  /// Checks the operands and says what comes out.
  let rule: @Sendable (Operands, Attributes) throws -> Signature
  /// What one operand contributes to a gradient, as a graph; nil where there is none.
  let gradient: Gradient?
  /// How it is computed.
  let kernel: Kernel
  /// Whether the data of the operands can make it fail; nil for never.
  let mayFail: (@Sendable (_ result: ElementType, _ operand: ElementType?) -> Bool)?
  package let samples: [Sample]

  init(
    _ op: Op, _ name: String, _ documentation: String, rule: @escaping @Sendable (Operands, Attributes) throws -> Signature,
    gradient: Gradient? = nil, kernel: Kernel,
    mayFail: (@Sendable (_ result: ElementType, _ operand: ElementType?) -> Bool)? = nil, samples: [Sample]
  ) {
    self.op = op
    self.name = name
    self.documentation = documentation
    self.rule = rule
    self.gradient = gradient
    self.kernel = kernel
    self.mayFail = mayFail
    self.samples = samples
  }

  package var isElementwise: Bool {
    if case .elementwise = kernel { return true }
    return false
  }
  package var isDifferentiable: Bool { gradient != nil }

  /// All rows, in the order of `Op`.
  package static let table: [Primitive] = {
    let families = [
      leaves, unaryRows, [castRow], binaryRows, comparisons, reductions, movements, indexings, products, linearSystems, factorisations, convolutions, pools,
    ]
    var places = [(family: Int, row: Int)?](repeating: nil, count: Op.allCases.count)
    for (family, rows) in families.enumerated() {
      for row in rows.indices { places[Int(rows[row].op.rawValue)] = (family, row) }
    }
    var table: [Primitive] = []
    table.reserveCapacity(places.count)
    for op in Op.allCases {
      guard let place = places[Int(op.rawValue)] else { fatalError("the primitive `\(op)` has no row in the table") }
      table.append(families[place.family][place.row])
    }
    return table
  }()
}

extension Primitive {
  /// What a rule sees of the operands. The caller holds them.
  struct Operands {
    private let first: Unmanaged<Node>?
    private let second: Unmanaged<Node>?
    private let third: Unmanaged<Node>?
    let more: [Node]
    let op: Op

    @inline(__always)
    init(a: Node?, b: Node?, c: Node?, more: [Node], op: Op) {
      first = a.map { .passUnretained($0) }
      second = b.map { .passUnretained($0) }
      third = c.map { .passUnretained($0) }
      self.more = more
      self.op = op
    }

    var a: Node? { first?.takeUnretainedValue() }
    var b: Node? { second?.takeUnretainedValue() }
    var c: Node? { third?.takeUnretainedValue() }
    var name: String { op.name }
    /// Exactly this many operands.
    func require(_ expected: Int) throws {
      let found = !more.isEmpty ? more.count : third != nil ? 3 : second != nil ? 2 : first != nil ? 1 : 0
      guard found == expected else { throw TensorError.wrongOperands(operation: name, expected: expected, found: found) }
    }
    func one() throws -> Node {
      guard let a, second == nil else { throw TensorError.wrongOperands(operation: name, expected: 1, found: second == nil ? 0 : 2) }
      return a
    }
    func two() throws -> (Node, Node) {
      guard let a, let b, third == nil else { throw TensorError.wrongOperands(operation: name, expected: 2, found: first == nil ? 0 : 1) }
      return (a, b)
    }
    func three() throws -> (Node, Node, Node) {
      guard let a, let b, let c else { throw TensorError.wrongOperands(operation: name, expected: 3, found: 2) }
      return (a, b, c)
    }
  }

  /// What else a node is made with; which fields count is said in the row.
  package struct Attributes {
    package var integer = 0
    package var list: [Int] = []
    /// The shape asked for, where it does not follow from the operands.
    package var shape = Shape()
    /// The type asked for, where it does not follow from the operands.
    package var type = ElementType.f32
    var payload = Node.Payload()

    package init(integer: Int = 0, list: [Int] = [], shape: Shape = Shape(), type: ElementType = .f32, value: Double = 0) {
      self.integer = integer
      self.list = list
      self.shape = shape
      self.type = type
      payload = Node.Payload(value)
    }
  }

  struct Signature {
    let type: ElementType
    let shape: Shape
    init(_ type: ElementType, _ shape: Shape) {
      self.type = type
      self.shape = shape
    }
  }

  struct Gradient: Sendable {
    /// The contribution of `node` to the gradient of its operand at `position`, where `g` is the gradient of `node`.
    /// It may have the shape of `node` where the operand was broadcast: the walk sums it.
    let contribution: @Sendable (_ graph: Engine, _ node: Node, _ g: Node, _ position: Int) throws -> Node?
    /// Whether the contribution only moves and adds the elements of `g`, whatever the operands' values.
    let isStructural: Bool

    init(
      structural: Bool = false,
      _ contribution: @escaping @Sendable (_ graph: Engine, _ node: Node, _ g: Node, _ position: Int) throws -> Node?
    ) {
      isStructural = structural
      self.contribution = contribution
    }
  }

  enum Kernel: Sendable {
    /// Has its numbers, or has them filled in when they are wanted.
    case leaf
    /// Reads the same memory in another way: no work.
    case view(@Sendable (_ node: Node, _ operand: View) -> View?)
    /// Element by element; works on runs of a tile.
    case elementwise(Tile)
    /// Works on whole operands that lie row-major in memory.
    case whole(@Sendable (WholeCall) throws -> KernelFault?)
  }

  /// One run of `count` elements. `type` is that of the last operand, which all but a condition share.
  struct TileCall {
    var type: ElementType
    var result: ElementType
    var a: UnsafeRawPointer
    var b: UnsafeRawPointer
    var c: UnsafeRawPointer
    var aStep: Int
    var bStep: Int
    var cStep: Int
    var out: UnsafeMutableRawPointer
    var count: Int
  }

  /// What a test does with a primitive: operands made from numbers, and attributes.
  package struct Sample: Sendable {
    package struct Operand: Sendable {
      package let dimensions: [Int]
      package let values: Values
      /// nil: every floating type is tried.
      package let type: ElementType?
    }
    package enum Values: Sendable {
      /// Spread over this range, in no order, no two alike.
      case between(Double, Double)
      case list([Double])
    }
    package var operands: [Operand]
    package var integer = 0
    package var list: [Int] = []
    package var dimensions: [Int] = []
    package var type: ElementType?
    package var value = 0.0
    /// Away from kinks and poles, so that central differences agree with the gradient.
    package var isSmooth = true
  }
}

extension Primitive.Sample.Operand {
  static func values(_ dimensions: [Int], _ low: Double = -2, _ high: Double = 2, _ type: ElementType? = nil) -> Self {
    Self(dimensions: dimensions, values: .between(low, high), type: type)
  }
  static func list(_ dimensions: [Int], _ values: [Double], _ type: ElementType? = nil) -> Self {
    Self(dimensions: dimensions, values: .list(values), type: type)
  }
}
