import Tensors

extension Session {
  /// What `[a, b, c]` makes: a tensor if every item is a number, bool or tensor; a list if none is, or if one is a cell, layer or
  /// function.
  func bracket(_ items: [Value]) throws -> Value {
    var stackable = 0
    for item in items {
      switch item {
      case .number, .bool, .tensor: stackable += 1
      case .cell, .layer, .function: return .list(items)
      default: break
      }
    }
    if stackable == 0 { return .list(items) }
    guard stackable == items.count else {
      let number = items.firstIndex { $0.isStackable } ?? 0
      let other = items.firstIndex { !$0.isStackable } ?? 0
      throw Failure(
        .type, "`[…]` mixes what makes a tensor with what makes a list",
        notes: ["item \(number) is \(described(items[number])), item \(other) is \(described(items[other]))"],
        hint: "list(…) makes a list of anything")
    }
    return .tensor(try stack(items, what: "item"))
  }

  /// A tensor from what a function that takes a tensor accepts: a tensor, a number, a bool, a range, a list of numbers or tensors.
  ///
  /// `numbers` is the type of what is made of numbers alone, f32 as in brackets or one that holds them in full.
  func stacked(_ value: Value, what: String, numbers: ElementType = .f32) throws -> Tensor {
    try stacked(value, what: what, numbers: numbers, depth: 0)
  }

  private func stacked(_ value: Value, what: String, numbers type: ElementType, depth: Int) throws -> Tensor {
    switch read(value) {
    case .tensor(let tensor): return tensor.isNumber ? try engine.cast(tensor, to: .f32) : tensor
    case .number(let number): return engine.scalar(number, .f32)
    case .bool(let bool): return engine.scalar(bool ? 1 : 0, .bool)
    case .range(let range): return try engine.tensor(doubles: numbers(of: range), Shape([range.count]), as: type)
    case .list(let list):
      guard depth < Shape.maximumRank else { throw Failure(.shape, "\(what) is nested more than \(Shape.maximumRank) deep, and a tensor has that many axes at most") }
      if list.elements.isEmpty { return try engine.tensor(doubles: [], Shape([0]), as: .f32) }
      let items = try list.elements.enumerated().map { position, element -> Value in
        switch read(element) {
        case .list(let inner): return .tensor(try stacked(.list(inner), what: what, numbers: type, depth: depth + 1))
        case let element where element.isStackable: return element
        case let element: throw Failure(.type, "\(what) must be a tensor or a list of numbers, and its element \(position) is \(described(element))")
        }
      }
      return try stack(items, what: "element", numbers: type)
    case let other:
      throw Failure(.type, "\(what) must be a tensor, not \(described(other))")
    }
  }

  /// One axis more: the items side by side, in the highest type among them. Numbers take the type of the tensors beside them.
  private func stack(_ items: [Value], what: String, numbers: ElementType = .f32) throws -> Tensor {
    var type: ElementType?
    var hasNumbers = false
    var isPlain = true
    for item in items {
      switch item {
      case .bool: type = max(type ?? .bool, .bool)
      case .tensor(let tensor):
        isPlain = false
        if tensor.isNumber { hasNumbers = true } else { type = max(type ?? tensor.type, tensor.type) }
      default: hasNumbers = true
      }
    }
    // A number beside bools makes f32.
    var common = type ?? numbers
    if hasNumbers, common == .bool { common = .f32 }
    if common == .i32, hasNumbers {
      for (position, item) in items.enumerated() where item.isNumber {
        let value = try number(item, "\(what) \(position)")
        guard Int32(exactly: value) != nil else {
          throw Failure(.type, "\(what) \(position) is \(NumberText.plain(value, digits: digits)) among i32 tensors, where a number must be whole", hint: "f32(x) makes f32 of the tensors")
        }
      }
    }
    if isPlain {
      let values = items.map { item -> Double in
        switch item {
        case .number(let number): number
        case .bool(let bool): bool ? 1 : 0
        default: 0
        }
      }
      return try engine.tensor(doubles: values, Shape([values.count]), as: common)
    }
    let parts = try items.map { item -> Tensor in
      switch item {
      case .tensor(let tensor): tensor.type == common ? tensor : try engine.cast(tensor, to: common)
      case .number(let number): engine.scalar(number, common)
      case .bool(let bool): engine.scalar(bool ? 1 : 0, common)
      default: throw Failure(.type, "\(described(item)) is no part of a tensor")
      }
    }
    guard let first = parts.first?.shape else { return try engine.tensor(doubles: [], Shape([0]), as: common) }
    for (position, part) in parts.enumerated() where part.shape != first {
      func shape(_ position: Int) -> String {
        parts[position].rank == 0 ? "is a single number" : "has shape \(parts[position].shape)"
      }
      // If all but the first agree, the first is the odd one.
      let odd = position == 1 && parts.count > 2 && parts.dropFirst(2).allSatisfy({ $0.shape == part.shape }) ? 0 : position
      throw Failure(.shape, "the \(what)s differ in shape: \(what) \(odd) \(shape(odd)), \(what) \(odd == 0 ? 1 : 0) \(shape(odd == 0 ? 1 : 0))", hint: "list(…) makes a list of tensors of any shapes: `concat(list(a, b))`")
    }
    // Many single numbers are read and put together at once, if no derivative goes through them.
    if first.rank == 0, parts.count > 16, !parts.contains(where: { engine.isTracked($0) }) {
      try engine.realize(parts)
      return try engine.tensor(doubles: parts.map { try engine.element($0, flatIndex: 0) }, Shape([parts.count]), as: common)
    }
    return try engine.stack(parts, axis: 0)
  }
}

extension Value {
  var isStackable: Bool {
    switch self {
    case .number, .bool, .tensor: true
    default: false
    }
  }

  /// A number, one under a derivative included.
  var isNumber: Bool {
    switch self {
    case .number: true
    case .tensor(let tensor): tensor.isNumber
    default: false
    }
  }
}
