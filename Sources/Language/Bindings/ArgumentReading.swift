import Syntax
import Tensors

/// How host functions read their arguments: each reader says what was wanted and what was found.
extension Session {
  /// A tensor, or what can be read as one: a number, a bool, a range, a list of numbers or tensors.
  func tensorArgument(_ value: Value, _ what: @autoclosure () -> String, numbers type: ElementType = .f32) throws -> Tensor {
    switch read(value) {
    case .tensor(let tensor): return tensor
    case .number(let number): return engine.number(number)
    case .bool(let flag): return try engine.tensor(bools: [flag], Shape())
    case .range(let range):
      return try engine.tensor(doubles: numbers(of: range), Shape([range.count]), as: type)
    case let other: return try stacked(other, what: what(), numbers: type)
    }
  }

  func tensorArgument(_ arguments: Arguments, _ position: Int, _ what: @autoclosure () -> String) throws -> Tensor {
    try tensorArgument(arguments[position], what())
  }

  /// The numbers of a range, if there is memory for so many.
  func numbers(of range: RangeValue) throws -> [Double] {
    try engine.requireMemory(forNumbers: range.count)
    return (0..<range.count).map { range[$0] }
  }

  /// The numbers of a tensor-like argument.
  func numbersArgument(_ value: Value, _ what: String) throws -> [Double] {
    if case .list(let list) = read(value) {
      var numbers: [Double] = []
      numbers.reserveCapacity(list.elements.count)
      for element in list.elements {
        guard case .number(let number) = read(element) else {
          return try engine.doubles(stacked(.list(list), what: what))
        }
        numbers.append(number)
      }
      return numbers
    }
    return try engine.doubles(tensorArgument(value, what))
  }

  /// One whole number, or a tuple, list or tensor of them.
  func wholesArgument(_ value: Value, _ what: String) throws -> [Int] {
    switch read(value) {
    case .tuple(let tuple): return try tuple.elements.map { try whole($0, what) }
    case .list(let list): return try list.elements.map { try whole($0, what) }
    case .range(let range): return try numbers(of: range).map { try whole(.number($0), what) }
    case .tensor(let tensor) where tensor.rank > 0:
      guard tensor.rank == 1 else {
        throw Failure(.type, "\(what) must be whole numbers, not a tensor of shape \(tensor.shape)")
      }
      return try engine.doubles(tensor).map { try whole(.number($0), what) }
    case let other: return [try whole(other, what)]
    }
  }

  /// The sizes of a shape as a call gives them: `2, 3`, `(2, 3)`, `[2, 3]` or `x.shape`.
  func sizesArgument(_ value: Value, _ what: String) throws -> [Int] {
    guard case .tuple(let tuple) = read(value) else { return try wholesArgument(value, what) }
    try refuseNames(tuple, what)
    return try tuple.elements.count == 1 ? wholesArgument(tuple.elements[0], what) : wholesArgument(value, what)
  }

  /// A call's remaining arguments, where names mean nothing.
  func refuseNames(_ rest: TupleValue, _ what: String) throws {
    guard let name = rest.names?.first(where: { !$0.isEmpty }) else { return }
    throw Failure(.argument, "there is no parameter `\(name)` here", hint: "\(what) is given by position")
  }

  /// Axes of a tensor of the given rank, counted from 0; nil for all of them.
  func axesArgument(_ value: Value, rank: Int, operation: String) throws -> [Int]? {
    let value = read(value)
    if case .nothing = value { return nil }
    var axes: [Int] = []
    for axis in try wholesArgument(value, "`axis`") {
      let normal = axis < 0 ? axis + rank : axis
      guard normal >= 0 && normal < rank else {
        throw TensorError.axisOutOfRange(operation: operation, axis: axis, rank: rank)
      }
      guard !axes.contains(normal) else { throw TensorError.repeatedAxis(operation: operation, axis: axis) }
      axes.append(normal)
    }
    return axes
  }

  /// One axis of a tensor of the given rank, counted from 0.
  func axisArgument(_ value: Value, rank: Int, operation: String) throws -> Int {
    let axis = try whole(value, "`axis`")
    let normal = axis < 0 ? axis + rank : axis
    guard normal >= 0 && normal < rank else {
      throw TensorError.axisOutOfRange(operation: operation, axis: axis, rank: rank)
    }
    return normal
  }

  /// `true` or `false`; `nothing` counts as false, so that a flag may be left out.
  func flagArgument(_ value: Value, _ what: String) throws -> Bool {
    let value = read(value)
    if case .nothing = value { return false }
    return try isTrue(value, what: what)
  }

  /// An element type: the function that converts to it (`i32`) or its name (`"i32"`).
  func typeArgument(_ value: Value) throws -> ElementType {
    let name: String
    switch read(value) {
    case .nothing: return .f32
    case .function(let function): name = function.name
    case .string(let string): name = string.text
    case let other: name = typeName(other)
    }
    guard let type = ElementType.allCases.first(where: { $0.name == name }) else {
      throw Failure(.type, "`type` must be f32, f64, i32 or bool, not \(name)")
    }
    return type
  }

  /// The elements of a list or tuple, the rows of a tensor, the numbers of a range, the characters of a string,
  /// the pairs of a map. A sequence has to be run by the program itself.
  func elementsArgument(_ value: Value, _ what: String) throws -> [Value] {
    switch read(value) {
    case .list(let list): return list.elements
    case .tuple(let tuple): return tuple.elements
    case .range(let range): return try numbers(of: range).map { .number($0) }
    case .string(let string): return string.text.map { .string(String($0)) }
    case .map(let map): return map.entries.map { .tuple([$0.key.value, $0.value]) }
    case .tensor(let tensor) where tensor.rank > 0: return try rows(of: tensor)
    case let other:
      throw Failure(.type, "\(what) must be a list, a tuple, a range, a string, a map or a tensor with an axis, not \(described(other))")
    }
  }

  /// A tensor's slices along its first axis.
  func rows(of tensor: Tensor) throws -> [Value] {
    let iterator = try makeIterator(.tensor(tensor))
    var elements: [Value] = []
    elements.reserveCapacity(iterator.count)
    while let element = try iterator.next(self) { elements.append(element) }
    return elements
  }
}
