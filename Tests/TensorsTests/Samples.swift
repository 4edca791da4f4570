import Tensors

/// A tensor in the tests' own arithmetic: row-major doubles.
struct Plain {
  var sizes: [Int]
  var values: [Double]

  init(_ sizes: [Int], _ values: [Double]) {
    self.sizes = sizes
    self.values = values
  }

  /// Made from a function of the position along each axis.
  init(_ sizes: [Int], _ body: ([Int]) -> Double) {
    self.sizes = sizes
    values = Plain.positions(sizes).map(body)
  }

  static func positions(_ sizes: [Int]) -> [[Int]] {
    var all: [[Int]] = [[]]
    for size in sizes { all = all.flatMap { head in (0..<size).map { head + [$0] } } }
    return all
  }

  subscript(position: [Int]) -> Double {
    var index = 0
    for (axis, place) in position.enumerated() { index = index * sizes[axis] + place }
    return values[index]
  }

  mutating func add(_ value: Double, at position: [Int]) {
    var index = 0
    for (axis, place) in position.enumerated() { index = index * sizes[axis] + place }
    values[index] += value
  }

  /// Read as a broadcast operand of a larger result.
  func broadcastRead(_ position: [Int]) -> Double {
    let tail = position.suffix(sizes.count)
    return self[zip(tail, sizes).map { $1 == 1 ? 0 : $0 }]
  }
}

extension Primitive.Sample {
  /// The operands' numbers: spread over their range, in no order, no two alike.
  func plainOperands() -> [Plain] {
    operands.enumerated().map { number, operand in
      let count = operand.dimensions.reduce(1, *)
      switch operand.values {
      case .list(let values): return Plain(operand.dimensions, values)
      case .between(let low, let high):
        return Plain(operand.dimensions, (0..<count).map { index in
          let spread = Double(index + 1) * 0.6180339887498949 + 0.137 * Double(number)
          return low + (high - low) * (spread - spread.rounded(.down))
        })
      }
    }
  }

  /// All that the sample asks for, in lines for the file of reference values: numbers are written so that they can be read back exactly.
  func text(_ op: Op, _ number: Int) -> String {
    func joined(_ numbers: [Int]) -> String { "[" + numbers.map(String.init).joined(separator: ",") + "]" }
    var lines = ["sample \(op) \(number) integer=\(integer) list=\(joined(list)) dimensions=\(joined(dimensions)) type=\(type?.name ?? "float") value=\(value)"]
    for (operand, plain) in zip(operands, plainOperands()) {
      lines.append("operand \(operand.type?.name ?? "float") \(joined(plain.sizes))" + plain.values.map { " \($0)" }.joined())
    }
    return lines.joined(separator: "\n")
  }

  func attributes(_ floating: ElementType) throws -> Primitive.Attributes {
    Primitive.Attributes(integer: integer, list: list, shape: try Shape(dimensions), type: type ?? floating, value: value)
  }

  func tensors(_ engine: Engine, _ floating: ElementType) throws -> [Tensor] {
    try zip(operands, plainOperands()).map { operand, plain in
      try engine.tensor(doubles: plain.values, Shape(plain.sizes), as: operand.type ?? floating)
    }
  }

  var isFloating: Bool { operands.contains { $0.type == nil || $0.type == .f64 } }
}

func shape(_ sizes: Int...) throws -> Shape { try Shape(sizes) }

/// Whether two numbers agree to a relative or absolute tolerance; nan agrees with nan.
func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
  if a == b { return true }
  return (a - b).magnitude <= tolerance * max(1, max(a.magnitude, b.magnitude))
}

func agree(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { agree($0, $1, tolerance) }
}
