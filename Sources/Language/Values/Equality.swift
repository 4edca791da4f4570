import Tensors

extension Session {
  /// `==` between two values as one bool: deep for lists, tuples, records and maps; of layers and functions whether they are the
  /// same one. Values of different kinds can't be compared, except with `nothing`.
  func areEqual(_ a: Value, _ b: Value) throws -> Bool {
    let a = read(a), b = read(b)
    guard a.isNothing || b.isNothing || kind(a) == kind(b) else { throw kindsDiffer(a, b) }
    return try matches(a, b)
  }

  /// `a in b`: an element of a list, tuple, tensor or range, a key of a map, a part of a string.
  func contains(_ a: Value, in b: Value) throws -> Value {
    let a = read(a)
    switch read(b) {
    case .list(let list): return .bool(try list.elements.contains { try matches(a, read($0)) })
    case .tuple(let tuple): return .bool(try tuple.elements.contains { try matches(a, read($0)) })
    case .map(let map):
      switch a {
      case .string(let text): return .bool(map.entries[.string(text.text)] != nil)
      case .number(let number): return .bool(map.entries[.number(number)] != nil)
      case .tensor(let tensor) where tensor.rank == 0 && tensor.type != .bool: return .bool(map.entries[.number(try number(a, "a key"))] != nil)
      default: throw Failure(.type, "the keys of a map are strings and numbers, not \(described(a))")
      }
    case .string(let text):
      guard case .string(let part) = a else {
        throw Failure(.type, "`in` looks for a string in a string, not for \(described(a))", hint: "string(x) makes a string")
      }
      return .bool(contains(part.text, in: text.text))
    case .range(let range):
      let wanted = try number(a, "what is looked for in a range")
      guard range.count > 0, wanted.isFinite else { return .bool(false) }
      let position = ((wanted - range.start) / range.step).rounded()
      guard position >= 0, position < Double(range.count) else { return .bool(false) }
      return .bool(range[Int(position)] == wanted)
    case .tensor(let tensor) where !tensor.isNumber && tensor.rank > 0:
      switch a {
      case .bool(let bool) where tensor.type == .bool: return .bool(try engine.doubles(tensor).contains(bool ? 1 : 0))
      case .bool: throw kindsDiffer(a, b)
      case .number, .tensor:
        let wanted = try number(a, "what is looked for in a tensor")
        let element = tensor.type == .f32 ? Double(Float(wanted)) : wanted
        return .bool(try engine.doubles(tensor).contains(element))
      default: throw kindsDiffer(a, b)
      }
    case let other:
      throw Failure(.type, "`in` looks in lists, tuples, maps, strings, ranges and tensors, not in \(described(other))")
    }
  }

  private func contains(_ part: String, in text: String) -> Bool {
    let wanted = Array(part.utf8), bytes = Array(text.utf8)
    guard wanted.count <= bytes.count else { return false }
    guard let first = wanted.first else { return true }
    for start in 0...(bytes.count - wanted.count) where bytes[start] == first {
      if bytes[start..<(start + wanted.count)].elementsEqual(wanted) { return true }
    }
    return false
  }

  /// Whether two values that have been read are equal; values of different kinds are not.
  private func matches(_ a: Value, _ b: Value) throws -> Bool {
    guard a.isContainer, b.isContainer else { return try areEqualParts(a, b) }
    var comparison = Comparison()
    comparison.pairs.append((a, b))
    while let (x, y) = comparison.pairs.popLast() {
      guard try comparison.open(x, y, self) else { return false }
      if comparison.pairs.count & 0xff == 0 { try machine.checkInterrupt() }
    }
    return true
  }

  /// Whether two values that hold no others are equal.
  fileprivate func areEqualParts(_ a: Value, _ b: Value) throws -> Bool {
    switch (a, b) {
    case (.nothing, .nothing), (.unbound, .unbound): return true
    case (.bool(let x), .bool(let y)): return x == y
    case (.number(let x), .number(let y)): return x == y
    case (.string(let x), .string(let y)): return x.text == y.text
    case (.tensor(let x), .tensor(let y)):
      guard x.shape == y.shape else { return false }
      return x === y ? try !engine.doubles(x).contains { $0.isNaN } : try engine.doubles(x) == engine.doubles(y)
    case (.tensor(let x), .number(let y)), (.number(let y), .tensor(let x)):
      guard x.rank == 0, x.type != .bool else { return false }
      return try engine.doubles(x).first == (x.type == .f32 ? Double(Float(y)) : y)
    case (.tensor(let x), .bool(let y)), (.bool(let y), .tensor(let x)):
      guard x.rank == 0, x.type == .bool else { return false }
      return try engine.doubles(x).first == (y ? 1 : 0)
    case (.range(let x), .range(let y)):
      guard x.count == y.count else { return false }
      return x.count == 0 || (x.start == y.start && (x.count == 1 || x.step == y.step))
    case (.sequence(let x), .sequence(let y)): return x === y
    case (.function(let x), .function(let y)):
      if case .native(let one) = x.kind, case .native(let other) = y.kind { return one === other }
      return x === y
    case (.layer(let x), .layer(let y)): return x === y
    case (.external(let x), .external(let y)): return x === y
    default: return false
    }
  }

  private enum Kind { case nothing, bool, number, string, tensor, list, tuple, map, range, sequence, function, layer, external }

  private func kind(_ value: Value) -> Kind {
    switch value {
    case .bool: .bool
    case .number: .number
    case .string: .string
    case .tensor(let tensor): tensor.isNumber ? .number : .tensor
    case .list: .list
    case .tuple: .tuple
    case .map: .map
    case .range: .range
    case .sequence: .sequence
    case .function: .function
    case .layer: .layer
    case .external: .external
    default: .nothing
    }
  }

  func kindsDiffer(_ a: Value, _ b: Value) -> Failure {
    let hint: String? =
      switch (a, b) {
      case (.bool, .number), (.bool, .tensor), (.number, .bool), (.tensor, .bool): "number(b) makes 1 of true and 0 of false"
      case (.string, .number), (.number, .string): "number(s) reads a number from a string, string(x) makes a string"
      case (.list, .tensor), (.tensor, .list), (.list, .number), (.number, .list): "tensor(xs) makes a tensor of a list"
      case (.range, _), (_, .range): "list(i for i in r) makes a list of a range"
      default: nil
      }
    return Failure(.type, "\(described(a)) and \(described(b)) cannot be compared: they are of different kinds", hint: hint)
  }
}

extension Value {
  var isNothing: Bool {
    if case .nothing = self { return true }
    return false
  }
}

/// Nested values under comparison, without the host's stack.
private struct Comparison {
  /// Pairs still to be compared, the next one last.
  var pairs: [(Value, Value)] = []
  /// Containers compared so far.
  private var count = 0
  /// Pairs that were met before; noted only once so many have been compared that some must be shared, or they are large.
  private var seen: Set<Pair> = []

  private struct Pair: Hashable {
    let a, b: ObjectIdentifier
  }

  /// Compares what isn't nested and notes what is. False if they differ.
  mutating func open(_ a: Value, _ b: Value, _ session: Session) throws -> Bool {
    let (a, b) = (session.read(a), session.read(b))
    switch (a, b) {
    case (.list(let x), .list(let y)):
      guard x.elements.count == y.elements.count else { return false }
      return try isKnown(x, y) || add(x.elements, y.elements, session)
    case (.tuple(let x), .tuple(let y)):
      guard x.elements.count == y.elements.count, x.names == y.names else { return false }
      return try isKnown(x, y) || add(x.elements, y.elements, session)
    case (.map(let x), .map(let y)):
      guard x.entries.count == y.entries.count else { return false }
      if isKnown(x, y) { return true }
      var others: [Value] = []
      for key in x.entries.keys {
        guard let other = y.entries[key] else { return false }
        others.append(other)
      }
      return try add(Array(x.entries.values), others, session)
    default: return try session.areEqualParts(a, b)
    }
  }

  private mutating func add(_ x: [Value], _ y: [Value], _ session: Session) throws -> Bool {
    let first = pairs.count
    for (one, other) in zip(x, y) {
      if one.isContainer || other.isContainer {
        pairs.append((one, other))
      } else if try !session.areEqualParts(one, other) {
        return false
      }
    }
    pairs[first...].reverse()
    return true
  }

  private mutating func isKnown(_ x: Container, _ y: Container) -> Bool {
    count += 1
    return count > 1_000 && !seen.insert(Pair(a: ObjectIdentifier(x), b: ObjectIdentifier(y))).inserted
  }
}
