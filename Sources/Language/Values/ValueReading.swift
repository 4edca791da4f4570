import Tensors

/// What host functions and the machine read of values; `what` names the place in errors: "an index", "`axis`".
extension Session {
  /// A number; also a rank-0 tensor that holds one.
  func number(_ value: Value, _ what: String) throws -> Double {
    switch read(value) {
    case .number(let number): return number
    case .tensor(let tensor) where tensor.rank == 0 && tensor.type != .bool: return try engine.number(of: tensor)
    case let other:
      let hint: String? =
        switch other {
        case .bool: "number(b) makes 1 of true and 0 of false"
        case .string: "number(s) reads a number from a string"
        case .tensor(let tensor) where tensor.type != .bool && tensor.count == 1: "`x[\(Array(repeating: "0", count: tensor.rank).joined(separator: ", "))]` takes its one element"
        default: nil
        }
      throw Failure(.type, "\(what) must be a number, not \(described(other))", hint: hint)
    }
  }

  /// A whole number.
  func whole(_ value: Value, _ what: String) throws -> Int {
    let number = try number(value, what)
    guard let whole = Int(exactly: number) else {
      throw Failure(.value, "\(what) must be a whole number, not \(NumberText.plain(number, digits: digits))", hint: number.isFinite ? "`//` divides and rounds down" : nil)
    }
    return whole
  }

  func string(_ value: Value, _ what: String) throws -> String {
    let value = read(value)
    guard case .string(let string) = value else { throw Failure(.type, "\(what) must be a string, not \(described(value))", hint: "string(x) makes one") }
    return string.text
  }

  /// The elements of a list or tuple.
  func list(_ value: Value, _ what: String) throws -> [Value] {
    switch read(value) {
    case .list(let list): return list.elements
    case .tuple(let tuple): return tuple.elements
    case let other: throw Failure(.type, "\(what) must be a list, not \(described(other))")
    }
  }
}
