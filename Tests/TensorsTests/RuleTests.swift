import Tensors
import Testing

/// What each primitive's rule makes of types and shapes, and what it refuses as what.
@Suite("Rules of shapes and types") struct RuleTests {
  struct Case: CustomTestStringConvertible {
    let op: Op
    /// `f32 2 3, i32 4`: a type and sizes each.
    let operands: String
    /// The same of the result, or the name of the error.
    let result: String
    var attributes = Primitive.Attributes()
    /// Errors have no types of elements for names.
    var isRefused: Bool { !ElementType.allCases.contains { result == $0.name || result.hasPrefix($0.name + " ") } }
    var testDescription: String { "\(op) of \(operands)" }

    init(_ op: Op, _ operands: String, integer: Int = 0, list: [Int] = [], _ result: String) {
      self.op = op
      self.operands = operands
      self.result = result
      attributes = Primitive.Attributes(integer: integer, list: list)
    }
    /// With the shape that is asked for.
    init(_ op: Op, _ operands: String, list: [Int] = [], shape: [Int], _ result: String) throws {
      self.init(op, operands, list: list, result)
      attributes.shape = try Shape(shape)
    }
  }

  private static let floating: [Op] = [
    .exp, .expm1, .log, .log1p, .sqrt, .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh, .tanh, .erf, .sigmoid, .reciprocal, .floor, .ceil, .round,
  ]
  private static let arithmetic: [Op] = [.add, .subtract, .multiply, .floorDivide, .modulo, .power, .maximum, .minimum]
  private static let comparisons: [Op] = [.equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual]
  private static let reductions: [Op] = [.sum, .product, .reduceMaximum, .reduceMinimum]
  private static let systems: [Op] = [.inverse, .cofactors, .cholesky]
  private static let keep = 1 << 8

  static let elementwise: [Case] = {
    var cases: [Case] = []
    cases += floating.flatMap { (op: Op) -> [Case] in
      [Case(op, "f32 2 3", "f32 2 3"), Case(op, "f64", "f64"), Case(op, "i32 2", "typeMismatch"), Case(op, "bool 2", "typeMismatch")]
    }
    cases += [Op.negate, .absolute, .sign].flatMap { (op: Op) -> [Case] in
      [Case(op, "f32 0 3", "f32 0 3"), Case(op, "f64 1", "f64 1"), Case(op, "i32 2", "i32 2"), Case(op, "bool 2", "typeMismatch")]
    }
    cases += [
      Case(.isNan, "f32 2", "bool 2"), Case(.isNan, "f64", "bool"), Case(.isNan, "i32 2", "typeMismatch"), Case(.isNan, "bool 2", "typeMismatch"),
      Case(.not, "bool 2 3", "bool 2 3"), Case(.not, "f32 2", "typeMismatch"), Case(.not, "i32 2", "typeMismatch"),
      Case(.cast, "bool 2 3", "f32 2 3"), Case(.cast, "f64", "f32"), Case(.mark, "f64 2 3", "f64 2 3"), Case(.detach, "i32 2", "i32 2"),
    ]
    cases += arithmetic.flatMap { (op: Op) -> [Case] in
      [
        Case(op, "f32 2 3, f32 3", "f32 2 3"), Case(op, "f64 2 1, f64 1 3", "f64 2 3"), Case(op, "i32, i32 4", "i32 4"), Case(op, "f32 0 1, f32 1 5", "f32 0 5"),
        Case(op, "f32 2 3, f32 2", "shapesDoNotBroadcast"), Case(op, "f32 0, f32 2", "shapesDoNotBroadcast"),
        Case(op, "f32 2, f64 2", "typeMismatch"), Case(op, "bool 2, bool 2", "typeMismatch"), Case(op, "f32 2, i32 2", "typeMismatch"),
      ]
    }
    cases += [
      Case(.divide, "f32 2 3, f32 3", "f32 2 3"), Case(.divide, "f64 2 3, f64 3 2", "shapesDoNotBroadcast"), Case(.divide, "i32 2, i32 2", "typeMismatch"),
      Case(.divide, "f32 2, f64 2", "typeMismatch"),
    ]
    cases += comparisons.flatMap { (op: Op) -> [Case] in
      [
        Case(op, "f32 2 3, f32 3", "bool 2 3"), Case(op, "i32 2 1, i32 3", "bool 2 3"), Case(op, "f32 2 3, f32 2", "shapesDoNotBroadcast"),
        Case(op, "f32 2, f64 2", "typeMismatch"), Case(op, "f32 2, bool 2", "typeMismatch"),
      ]
    }
    cases += [Op.and, .or].flatMap { (op: Op) -> [Case] in
      [
        Case(op, "bool 2 3, bool 3", "bool 2 3"), Case(op, "bool 2 3, bool 2", "shapesDoNotBroadcast"), Case(op, "bool 2, f32 2", "typeMismatch"),
        Case(op, "i32 2, bool 2", "typeMismatch"),
      ]
    }
    cases += [
      Case(.select, "bool 2 1, f32 3, f32", "f32 2 3"), Case(.select, "bool, i32 2, i32 2", "i32 2"), Case(.select, "f32 2, f32 2, f32 2", "typeMismatch"),
      Case(.select, "bool 2, f32 2, f64 2", "typeMismatch"), Case(.select, "bool 2, f32 3, f32 3", "shapesDoNotBroadcast"),
      Case(.select, "bool 2, f32 2, f32 3", "shapesDoNotBroadcast"),
    ]
    return cases
  }()

  static let axes: [Case] = {
    var cases: [Case] = []
    cases += reductions.flatMap { (op: Op) -> [Case] in
      [
        Case(op, "f32 2 3 4", integer: 0b010, "f32 2 4"), Case(op, "f64 2 3 4", integer: 0b101 | keep, "f64 1 3 1"), Case(op, "i32 2 3", integer: 0b11, "i32"),
        Case(op, "f32 0 3", integer: 0b10, "f32 0"), Case(op, "f32 2 3", integer: 0b100, "axisOutOfRange"), Case(op, "bool 2 3", integer: 1, "typeMismatch"),
        Case(op, "f32 0 3", integer: 1, op == .sum || op == .product ? "f32 3" : "emptyReduction"),
      ]
    }
    cases += [Op.argmax, .argmin].flatMap { (op: Op) -> [Case] in
      [
        Case(op, "f32 2 3 4", integer: 1, "i32 2 4"), Case(op, "i32 2 3", integer: 1 | keep, "i32 2 1"), Case(op, "f32 2 3", integer: 2, "axisOutOfRange"),
        Case(op, "bool 2 3", integer: 0, "typeMismatch"), Case(op, "f32 0 3", integer: 0, "emptyReduction"), Case(op, "f32 0 3", integer: 1, "i32 0"),
      ]
    }
    cases += [
      Case(.cumulativeSum, "f32 2 3", integer: 1, "f32 2 3"), Case(.cumulativeSum, "i32 0", integer: 0, "i32 0"), Case(.cumulativeSum, "f32 2", integer: 1, "axisOutOfRange"),
      Case(.cumulativeSum, "f32 2", integer: -1, "axisOutOfRange"), Case(.cumulativeSum, "bool 2", integer: 0, "typeMismatch"),
      Case(.argsort, "f64 2 3", "i32 2 3"), Case(.argsort, "f32", "axisOutOfRange"), Case(.argsort, "bool 2", "typeMismatch"),
    ]
    return cases
  }()

  static func movements() throws -> [Case] {
    [
      try Case(.reshape, "bool 2 3", shape: [3, 2], "bool 3 2"), try Case(.reshape, "f32 1", shape: [], "f32"), try Case(.reshape, "f32 2 3", shape: [4], "reshape"),
      try Case(.reshape, "f32 0 3", shape: [5, 0], "f32 5 0"),
      Case(.permute, "i32 2 3 4", list: [2, 0, 1], "i32 4 2 3"), Case(.permute, "f32 2 3", list: [0], "rank"), Case(.permute, "f32 2 3", list: [0, 2], "axisOutOfRange"),
      Case(.permute, "f32 2 3", list: [1, 1], "repeatedAxis"), Case(.permute, "f32 2 3", list: [0, -1], "axisOutOfRange"),
      try Case(.broadcast, "f32 3 1", shape: [2, 3, 4], "f32 2 3 4"), try Case(.broadcast, "f32 3", shape: [3, 2], "broadcast"),
      try Case(.broadcast, "f32 2 3", shape: [3], "broadcast"),
      try Case(.slice, "f32 5 4", list: [4, 0, -2, 1], shape: [3, 4], "f32 3 4"), try Case(.slice, "f32 5", list: [1, 2], shape: [3], "sliceOutOfRange"),
      try Case(.slice, "f32 5", list: [5, 1], shape: [1], "sliceOutOfRange"), try Case(.slice, "f32 5", list: [0, 0], shape: [2], "sliceOutOfRange"),
      try Case(.slice, "f32 5", list: [-1, 1], shape: [1], "sliceOutOfRange"), try Case(.slice, "f32 5 4", list: [0, 1], shape: [1], "rank"),
      Case(.replaceSlice, "i32 5, i32 2", list: [0, 3], "i32 5"), Case(.replaceSlice, "i32 5, i32 3", list: [0, 3], "sliceOutOfRange"),
      Case(.replaceSlice, "f32 5, i32 2", list: [0, 1], "typeMismatch"), Case(.replaceSlice, "f32 5 2, f32 2", list: [0, 1], "rank"),
      Case(.pad, "bool 2 3", list: [1, 0, 2, 4], "bool 5 7"), Case(.pad, "f32 2", list: [-1, 0], "negativeSize"), Case(.pad, "f32 2", list: [0, -1], "negativeSize"),
      Case(.pad, "f32 2 3", list: [1, 1], "rank"), Case(.pad, "f32 2", list: [.max, 0], "tooManyElements"),
      Case(.concatenate, "f32 2 3, f32 2 1, f32 2 0", integer: 1, "f32 2 4"), Case(.concatenate, "i32 1", integer: 0, "i32 1"), Case(.concatenate, "", "noParts"),
      Case(.concatenate, "f32 2 3, f32 3 3", integer: 1, "concatenate"), Case(.concatenate, "f32 2 3, f32 2", integer: 0, "concatenate"),
      Case(.concatenate, "f32 2, f64 2", integer: 0, "typeMismatch"), Case(.concatenate, "f32 2, f32 2", integer: 1, "axisOutOfRange"),
      Case(.gather, "f32 2 5 3, i32 4 6", integer: 1, "f32 2 4 6 3"), Case(.gather, "bool 2, i32", integer: 0, "bool"), Case(.gather, "f32 2, f32 2", integer: 0, "typeMismatch"),
      Case(.gather, "f32 2, i32 2", integer: 1, "axisOutOfRange"), Case(.gather, "f32, i32 2", integer: 0, "axisOutOfRange"),
      Case(.scatterAdd, "f32 2 4 6 3, i32 4 6", integer: 1, list: [5], "f32 2 5 3"), Case(.scatterAdd, "i32 2, i32 2", integer: 0, list: [0], "i32 0"),
      Case(.scatterAdd, "f32 2 3, i32 3", integer: 0, list: [5], "broadcast"), Case(.scatterAdd, "f32 2, i32 2", integer: 1, list: [5], "axisOutOfRange"),
      Case(.scatterAdd, "f32 2, f32 2", integer: 0, list: [5], "typeMismatch"), Case(.scatterAdd, "bool 2, i32 2", integer: 0, list: [5], "typeMismatch"),
      Case(.scatterAdd, "f32 2, i32 2", integer: 0, list: [-1], "negativeSize"),
    ]
  }

  static let products: [Case] = [
    Case(.matrixProduct, "f32 2 3, f32 3 4", "f32 2 4"), Case(.matrixProduct, "f64 3 2, f64 3 4", integer: 1, "f64 2 4"),
    Case(.matrixProduct, "f32 2 3, f32 4 3", integer: 2, "f32 2 4"), Case(.matrixProduct, "f32 3 2, f32 4 3", integer: 3, "f32 2 4"),
    Case(.matrixProduct, "i32 2 0, i32 0 3", "i32 2 3"), Case(.matrixProduct, "f32 5 1 2 3, f32 6 3 4", "f32 5 6 2 4"),
    Case(.matrixProduct, "f32 2 3, f32 4 2", "innerSizes"), Case(.matrixProduct, "f32 2 3, f32 3 4", integer: 1, "innerSizes"),
    Case(.matrixProduct, "f32 2 3, f32 3 4", integer: 2, "innerSizes"), Case(.matrixProduct, "f32 7 2 3, f32 7 2 3", "innerSizes"),
    Case(.matrixProduct, "f32 2 2 3, f32 5 3 4", "shapesDoNotBroadcast"), Case(.matrixProduct, "f32 3, f32 3 4", "rank"), Case(.matrixProduct, "f32 2 3, f32 3", "rank"),
    Case(.matrixProduct, "f32 2 3, f64 3 4", "typeMismatch"), Case(.matrixProduct, "bool 2 3, bool 3 4", "typeMismatch"),
  ]

  static let algebra: [Case] = {
    var cases: [Case] = []
    cases += systems.flatMap { (op: Op) -> [Case] in
      [
        Case(op, "f64 4 3 3", "f64 4 3 3"), Case(op, "f32 2 2", "f32 2 2"), Case(op, "f64 2 3", "notSquare"), Case(op, "f64 3", "rank"), Case(op, "i32 2 2", "typeMismatch"),
      ]
    }
    cases += [
      Case(.solve, "f64 3 3, f64 3 2", "f64 3 2"), Case(.solve, "f32 5 3 3, f32 5 3 1", "f32 5 3 1"), Case(.solve, "f64 3 3, f64 2 2", "systemRows"),
      Case(.solve, "f64 5 3 3, f64 4 3 2", "systemRows"), Case(.solve, "f64 3 3, f64 3", "systemRows"), Case(.solve, "f64 2 3, f64 2 1", "notSquare"),
      Case(.solve, "f64 3 3, f32 3 2", "typeMismatch"), Case(.solve, "i32 3 3, i32 3 2", "typeMismatch"),
      Case(.determinant, "f64 4 3 3", "f64 4"), Case(.determinant, "f64 2 3", "notSquare"), Case(.determinant, "f64 3", "rank"), Case(.determinant, "i32 2 2", "typeMismatch"),
      Case(.logDeterminant, "f64 4 3 3", "f64 4 2"), Case(.logDeterminant, "f64 2 3", "notSquare"), Case(.logDeterminant, "bool 2 2", "typeMismatch"),
      Case(.orthogonalFactors, "f64 5 4 2", "f64 5 12"), Case(.orthogonalFactors, "f32 2 4", "f32 12"), Case(.orthogonalFactors, "f64 3", "rank"),
      Case(.orthogonalFactors, "i32 2 2", "typeMismatch"),
      Case(.symmetricEigen, "f64 5 3 3", "f64 5 12"), Case(.symmetricEigen, "f64 3 2", "notSquare"), Case(.symmetricEigen, "i32 2 2", "typeMismatch"),
      Case(.singularValues, "f64 5 4 2", "f64 5 14"), Case(.singularValues, "f64 3", "rank"), Case(.singularValues, "i32 2 2", "typeMismatch"),
    ]
    return cases
  }()

  private static func convolved(_ sizes: [Int] = [], strides: [Int] = [1, 1], dilations: [Int] = [1, 1], groups: Int = 1) -> [Int] {
    strides + [0, 0, 0, 0] + dilations + [groups] + sizes
  }
  private static let pooling = [2, 2, 2, 2, 0, 0, 0, 0]

  static let windows: [Case] = [
    Case(.convolution, "f32 2 3 5 7, f32 4 3 3 3", list: convolved(), "f32 2 4 3 5"), Case(.convolution, "f32 2 3 5 7, f32 4 3 3 3", list: convolved(strides: [2, 3]), "f32 2 4 2 2"),
    Case(.convolution, "f64 2 4 5 7, f64 6 2 2 2", list: convolved(dilations: [2, 3], groups: 2), "f64 2 6 3 4"),
    Case(.convolution, "f32 2 3 5 7, f32 4 2 3 3", list: convolved(), "channels"), Case(.convolution, "f32 2 3 5 7, f32 4 3 3 3", list: convolved(groups: 2), "groups"),
    Case(.convolution, "f32 2 4 5 7, f32 3 2 3 3", list: convolved(groups: 2), "groups"), Case(.convolution, "f32 2 3 5 7, f32 4 3 6 3", list: convolved(), "windowTooLarge"),
    Case(.convolution, "f32 2 3 5 7, f32 4 3 3 3", list: convolved(strides: [0, 1]), "windowSetting"), Case(.convolution, "f32 3 5 7, f32 4 3 3 3", list: convolved(), "rank"),
    Case(.convolution, "f32 2 3 5 7, f64 4 3 3 3", list: convolved(), "typeMismatch"), Case(.convolution, "i32 2 3 5 7, i32 4 3 3 3", list: convolved(), "typeMismatch"),
    Case(.convolutionInput, "f32 2 4 3 5, f32 4 3 3 3", list: convolved([5, 7]), "f32 2 3 5 7"), Case(.convolutionInput, "f32 2 4 3 4, f32 4 3 3 3", list: convolved([5, 7]), "gradientShape"),
    Case(.convolutionInput, "f32 2 4 3 5, f32 4 3 3 3", list: convolved([5]), "valueCount"), Case(.convolutionInput, "f32 4 3 5, f32 4 3 3 3", list: convolved([5, 7]), "rank"),
    Case(.convolutionInput, "i32 2 4 3 5, i32 4 3 3 3", list: convolved([5, 7]), "typeMismatch"),
    Case(.convolutionKernel, "f32 2 3 5 7, f32 2 4 3 5", list: convolved([3, 3]), "f32 4 3 3 3"), Case(.convolutionKernel, "f32 2 3 5 7, f32 2 4 2 5", list: convolved([3, 3]), "gradientShape"),
    Case(.convolutionKernel, "f32 2 3 5 7, f32 2 4 3 5", list: convolved([3, 3], groups: 2), "groups"), Case(.convolutionKernel, "f32 2 3 5 7, f32 2 4 3 5", list: convolved([3]), "valueCount"),
    Case(.convolutionKernel, "f32 2 3 5 7, f64 2 4 3 5", list: convolved([3, 3]), "typeMismatch"),
    Case(.maxPool, "f32 2 3 5 6", list: pooling, "f32 2 3 2 3"), Case(.maxPool, "f32 3 5 6", list: pooling, "rank"), Case(.maxPool, "f32 2 3 1 6", list: pooling, "windowTooLarge"),
    Case(.maxPool, "i32 2 3 5 6", list: pooling, "typeMismatch"), Case(.maxPool, "f32 2 3 5 6", list: [2, 2, 2, 2, 2, 2, 0, 0], "paddingTooLarge"),
    Case(.maxPool, "f32 2 3 5 6", list: [2, 2], "valueCount"),
    Case(.maxPoolScatter, "f32 2 3 5 6, f32 2 3 2 3", list: pooling, "f32 2 3 5 6"), Case(.maxPoolScatter, "f32 2 3 5 6, f32 2 3 2 2", list: pooling, "gradientShape"),
    Case(.maxPoolScatter, "f32 2 3 5 6, f64 2 3 2 3", list: pooling, "typeMismatch"),
    Case(.maxPoolGather, "f64 2 3 5 6, f64 2 3 5 6", list: pooling, "f64 2 3 2 3"), Case(.maxPoolGather, "f32 2 3 5 6, f32 2 3 2 3", list: pooling, "gradientShape"),
    Case(.maxPoolGather, "f32 2 3 5 6, f64 2 3 5 6", list: pooling, "typeMismatch"),
  ]

  static func all() throws -> [Case] { try elementwise + axes + movements() + products + algebra + windows }

  @Test("each rule gives the type and the shape, or refuses") func rules() throws {
    let engine = Engine(threads: 1)
    for rule in try Self.all() {
      let operands = try rule.operands.split(separator: ",").map { try Self.zeros($0.split(separator: " ").map(String.init), engine) }
      let found: String
      do {
        let result = try engine.apply(rule.op, operands, rule.attributes)
        found = ([result.type.name] + result.shape.dimensions.map(String.init)).joined(separator: " ")
      } catch let error as TensorError {
        found = Mirror(reflecting: error).children.first?.label ?? "\(error)"
      }
      #expect(found == rule.result, "\(rule.testDescription), \(rule.attributes.integer) \(rule.attributes.list)")
    }
  }

  @Test("no primitive with operands goes untested") func completeness() throws {
    // Any operand will do for these.
    let neverRefuse: Set<Op> = [.cast, .mark, .detach]
    var given: Set<Op> = [], refused: Set<Op> = []
    for rule in try Self.all() {
      if rule.isRefused { refused.insert(rule.op) } else { given.insert(rule.op) }
    }
    let leaves: Set<Op> = [.constant, .data, .iota, .randomUniform, .randomNormal]
    for op in Op.allCases where !leaves.contains(op) {
      #expect(given.contains(op), "no case of \(op) gives a result")
      #expect(refused.contains(op) || neverRefuse.contains(op), "no case of \(op) is refused")
    }
  }

  private static func zeros(_ words: [String], _ engine: Engine) throws -> Tensor {
    let type = try #require(ElementType.allCases.first { $0.name == words.first })
    let shape = try Shape(words.dropFirst().map { try #require(Int($0)) })
    return try engine.full(0, shape, type)
  }
}
