import Kernels
import OrderedCollections
import Tensors

/// Going through nested values without the host's stack: they can be nested as deeply as memory allows, and one that is
/// shared can stand in exponentially many places.
extension Session {
  /// The value with all that isn't a list, tuple, record or map replaced, in order; `open` looks at each part first.
  /// - Parameter isSharing: whether parts that are shared stay so, each replaced once.
  func rebuilt(_ value: Value, isSharing: Bool, open: (Value) -> Value = { $0 }, leaf: (Value) throws -> Value) throws -> Value {
    let value = open(value)
    guard value.isContainer, let first = Rebuilding(value) else { return try leaf(value) }
    var stack = [first]
    var known: [ObjectIdentifier: Value] = [:]
    while true {
      let top = stack.count - 1
      guard stack[top].parts.count < stack[top].elements.count else {
        let done = stack.removeLast()
        let result = done.result
        if stack.isEmpty { return result }
        if isSharing, let container = done.original.container { known[ObjectIdentifier(container)] = result }
        try machine.spend(on: result)
        try machine.checkInterrupt()
        stack[top - 1].parts.append(result)
        continue
      }
      let part = open(stack[top].elements[stack[top].parts.count])
      if isSharing, let container = part.container, let result = known[ObjectIdentifier(container)] {
        stack[top].parts.append(result)
      } else if let next = Rebuilding(part) {
        stack.append(next)
      } else {
        stack[top].parts.append(try leaf(part))
      }
    }
  }

  /// The tensors in lists, tuples, records and maps.
  func tensors(in value: Value) -> [Tensor] {
    var tensors: [Tensor] = []
    collectTensors(in: value, into: &tensors)
    return tensors
  }

  func collectTensors(in value: Value, into tensors: inout [Tensor]) {
    switch value {
    case .tensor(let tensor): tensors.append(tensor)
    case .tuple(let tuple) where !tuple.elements.contains(where: \.isContainer):
      for case .tensor(let tensor) in tuple.elements { tensors.append(tensor) }
    default: if value.isContainer { collectNestedTensors(in: value, into: &tensors) }
    }
  }

  private func collectNestedTensors(in value: Value, into tensors: inout [Tensor]) {
    var seen = Set<ObjectIdentifier>()
    var stack = [value]
    while let value = stack.popLast() {
      switch value {
      case .tensor(let tensor): tensors.append(tensor)
      case .list(let list): if seen.insert(ObjectIdentifier(list)).inserted { stack += list.elements.reversed() }
      case .tuple(let tuple): if seen.insert(ObjectIdentifier(tuple)).inserted { stack += tuple.elements.reversed() }
      case .map(let map): if seen.insert(ObjectIdentifier(map)).inserted { stack += map.entries.values.reversed() }
      default: break
      }
    }
  }
}

/// A list, tuple, record or map of which some parts have been rebuilt.
private struct Rebuilding {
  let original: Value
  let elements: [Value]
  var parts: [Value] = []

  init?(_ value: Value) {
    switch value {
    case .list(let list): elements = list.elements
    case .tuple(let tuple): elements = tuple.elements
    case .map(let map): elements = Array(map.entries.values)
    default: return nil
    }
    original = value
    parts.reserveCapacity(elements.count)
  }

  var result: Value {
    switch original {
    case .tuple(let tuple): .tuple(TupleValue(parts, names: tuple.names))
    case .map(let map): .map(MapValue(OrderedDictionary(uniqueKeys: map.entries.keys, values: parts)))
    default: .list(parts)
    }
  }
}
