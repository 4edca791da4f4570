#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Syntax
import Tensors

extension Session {
  /// `a op b` for operands that have been read.
  func binary(_ op: BinaryOperator, _ a: Value, _ b: Value) throws -> Value {
    switch (a, b) {
    case (.number(let x), .number(let y)): return try numbers(op, x, y)
    case (.tensor(let x), .tensor(let y)): return try tensors(op, x, y, a, b)
    case (.tensor(let x), .number(let y)):
      if let made = try engine.binary(op.tensorOperation, x, y) { return makeNumber(made) }
      return try tensors(op, x, engine.number(y), a, b)
    case (.number(let x), .tensor(let y)):
      if let made = try engine.binary(op.tensorOperation, x, y) { return makeNumber(made) }
      return try tensors(op, engine.number(x), y, a, b)
    case (.bool(let x), .tensor(let y)) where y.type == .bool && op.takesBools: return try tensors(op, engine.scalar(x ? 1 : 0, .bool), y, a, b)
    case (.tensor(let x), .bool(let y)) where x.type == .bool && op.takesBools: return try tensors(op, x, engine.scalar(y ? 1 : 0, .bool), a, b)
    case (.bool(let x), .bool(let y)):
      switch op {
      case .elementAnd: return .bool(x && y)
      case .elementOr: return .bool(x || y)
      case .equal: return .bool(x == y)
      case .notEqual: return .bool(x != y)
      default: throw mismatch(op, a, b)
      }
    case (.string(let x), .string(let y)):
      switch op {
      case .add: return .string(x.text + y.text)
      case .equal: return .bool(x.text == y.text)
      case .notEqual: return .bool(x.text != y.text)
      case .less: return .bool(x.text < y.text)
      case .lessEqual: return .bool(x.text <= y.text)
      case .greater: return .bool(x.text > y.text)
      case .greaterEqual: return .bool(x.text >= y.text)
      default: throw mismatch(op, a, b)
      }
    case (.list(let x), .list(let y)) where op == .add:
      return .list(x.elements + y.elements)
    default:
      if op == .equal { return .bool(try areEqual(a, b)) }
      if op == .notEqual { return .bool(try !areEqual(a, b)) }
      throw mismatch(op, a, b)
    }
  }

  func negate(_ value: Value) throws -> Value {
    switch value {
    case .number(let number): return .number(-number)
    case .tensor(let tensor): return makeNumber(try engine.unary(.negate, tensor))
    case .bool: throw Failure(.type, "`-` needs a number or tensor, not \(described(value))", hint: "`not` turns a bool around")
    default: throw Failure(.type, "`-` needs a number or tensor, not \(described(value))")
    }
  }

  func logicalNot(_ value: Value) throws -> Value {
    switch value {
    case .bool(let bool): return .bool(!bool)
    case .tensor(let tensor) where tensor.type == .bool: return .tensor(try engine.unary(.not, tensor))
    case .number: throw Failure(.type, "`not` needs true or false, not \(described(value))", hint: "compare it: `x == 0`")
    case .tensor: throw Failure(.type, "`not` needs true or false, or a tensor of bools, not \(described(value))", hint: "compare it: `x == 0`")
    default: throw Failure(.type, "`not` needs true or false, not \(described(value))")
    }
  }

  /// Whether a condition holds. Only bools do for that; `what` asks for it.
  func isTrue(_ value: Value, what: String) throws -> Bool {
    switch value {
    case .bool(let bool): return bool
    case .tensor(let tensor) where tensor.type == .bool && tensor.rank == 0: return try engine.doubles(tensor).first == 1
    default:
      let hint: String? =
        switch value {
        case .number: "compare it: `x != 0`"
        case .string: "compare it: `s != \"\"`"
        case .list, .tuple, .map: "compare its length: `xs.count() > 0`"
        case .tensor(let tensor) where tensor.isNumber: "compare it: `x != 0`"
        case .tensor(let tensor) where tensor.type == .bool: "`any(x)` and `all(x)` make one bool of many"
        case .tensor(let tensor): tensor.rank == 0 ? "compare it: `x != 0`" : "compare it and make one bool of many: `any(x != 0)`"
        case .nothing: "a block's value is its last expression's; compare with `x != nothing`"
        case .function: "call it: `f(x)`"
        default: "compare it: `x != nothing`"
        }
      throw Failure(.type, "\(what) must be true or false, not \(described(value))", hint: hint)
    }
  }

  // MARK: Numbers

  private func numbers(_ op: BinaryOperator, _ x: Double, _ y: Double) throws -> Value {
    switch op {
    case .add: return .number(x + y)
    case .subtract: return .number(x - y)
    case .multiply: return .number(x * y)
    case .divide: return .number(x / y)
    case .floorDivide:
      guard y != 0 else { throw divisionByZero(op, .number(x)) }
      return .number(floorDivision(x, y))
    case .modulo:
      guard y != 0 else { throw divisionByZero(op, .number(x)) }
      return .number(modulo(x, y))
    case .power: return .number(pow(x, y))
    case .equal: return .bool(x == y)
    case .notEqual: return .bool(x != y)
    case .less: return .bool(x < y)
    case .lessEqual: return .bool(x <= y)
    case .greater: return .bool(x > y)
    case .greaterEqual: return .bool(x >= y)
    case .matrixProduct, .elementAnd, .elementOr: throw mismatch(op, .number(x), .number(y))
    }
  }

  /// The remainder with the sign of the divisor.
  private func modulo(_ x: Double, _ y: Double) -> Double {
    let remainder = fmod(x, y)
    return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder
  }

  /// The quotient rounded down, so that x = y * (x // y) + x % y also where x / y rounds up to a whole number.
  private func floorDivision(_ x: Double, _ y: Double) -> Double {
    if !x.isFinite || y.isNaN { return (x / y).rounded(.down) }
    if y.isInfinite { return x != 0 && (x < 0) != (y < 0) ? -1 : 0 }
    let remainder = modulo(x, y)
    let quotient = ((x - remainder) / y).rounded()
    return quotient == 0 ? 0 : quotient
  }

  private func divisionByZero(_ op: BinaryOperator, _ x: Value) -> Failure {
    Failure(.value, "division by zero in `\(op.rawValue)`", hint: op == .floorDivide ? "`/` gives inf" : nil)
  }

  // MARK: Tensors

  private func tensors(_ op: BinaryOperator, _ x: Tensor, _ y: Tensor, _ a: Value, _ b: Value) throws -> Value {
    let areNumbers = x.isNumber && y.isNumber
    if y.isNumber && (op == .floorDivide || op == .modulo), try engine.number(of: y) == 0 { throw divisionByZero(op, a) }
    switch op {
    case .matrixProduct:
      guard !x.isNumber, !y.isNumber else { throw mismatch(op, a, b) }
      return makeNumber(try engine.matrixProduct(x, y))
    case .elementAnd, .elementOr:
      guard x.type == .bool, y.type == .bool else { throw mismatch(op, a, b) }
      return .tensor(try engine.binary(op == .elementAnd ? .and : .or, x, y))
    case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual:
      if areNumbers { return try numbers(op, try engine.number(of: x), try engine.number(of: y)) }
      return .tensor(try engine.binary(op.tensorOperation, x, y))
    default:
      return makeNumber(try engine.binary(op.tensorOperation, x, y))
    }
  }

  // MARK: Errors

  private func mismatch(_ op: BinaryOperator, _ a: Value, _ b: Value) -> Failure {
    let name = "`\(op.rawValue)`"
    var hint: String?
    var notes: [String] = []
    func either(_ test: (Value) -> Bool) -> Bool { test(a) || test(b) }
    let isNumeric: (Value) -> Bool = {
      switch $0 {
      case .number, .tensor: true
      default: false
      }
    }
    if op == .matrixProduct, isNumeric(a), isNumeric(b) {
      return Failure(.type, "\(name) is the matrix product of two tensors, and one of these is a number", notes: ["left is \(described(a)), right is \(described(b))"], hint: "`*` multiplies numbers")
    }
    if op == .elementAnd || op == .elementOr, isNumeric(a) || isNumeric(b) {
      let word = op == .elementAnd ? "and" : "or"
      return Failure(.type, "\(name) takes bools or tensors of bools, not \(described(a)) and \(described(b))", hint: "compare first: `x > 0 \(op.rawValue) y > 0`; `\(word)` takes two bools")
    }
    if either({ $0.isNothing }) {
      notes.append("a value that is nothing comes from an assignment, a loop, or a block without a last expression")
    } else if either({ if case .bool = $0 { true } else { false } }) && either(isNumeric) {
      hint = "number(true) is 1, number(false) is 0"
    } else if either({ if case .string = $0 { true } else { false } }) {
      if op == .add { hint = "put it into the string: \"{x}\", or read a number with number(s)" }
      if op == .multiply { hint = "a list of strings joins with join(xs)" }
    } else if either({ if case .list = $0 { true } else { false } }) {
      if either(isNumeric) { hint = "tensor(xs) makes a tensor of a list of numbers" }
      if op == .add { hint = hint ?? "list(x) + xs puts an element in front, append(xs, x) at the end" }
    } else if either({ if case .function = $0 { true } else { false } }) {
      hint = op == .multiply || op == .add ? "call the function: `f(x)`, or make one: `x -> f(x) \(op.rawValue) g(x)`" : "call the function: `f(x)`"
    } else if either({ if case .range = $0 { true } else { false } }) {
      hint = "`[i for i in r]` makes a tensor of a range"
    }
    return Failure(.type, "\(name) cannot take \(described(a)) and \(described(b))", notes: notes, hint: hint)
  }
}

extension BinaryOperator {
  fileprivate var takesBools: Bool {
    switch self {
    case .elementAnd, .elementOr, .equal, .notEqual: true
    default: false
    }
  }

  /// The primitive that computes it element by element.
  fileprivate var tensorOperation: Op {
    switch self {
    case .add: .add
    case .subtract: .subtract
    case .multiply: .multiply
    case .divide: .divide
    case .floorDivide: .floorDivide
    case .modulo: .modulo
    case .power: .power
    case .matrixProduct: .matrixProduct
    case .equal: .equal
    case .notEqual: .notEqual
    case .less: .less
    case .lessEqual: .lessEqual
    case .greater: .greater
    case .greaterEqual: .greaterEqual
    case .elementAnd: .and
    case .elementOr: .or
    }
  }
}
