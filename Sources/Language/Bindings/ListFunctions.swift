import OrderedCollections
import Syntax
import Tensors

/// Functions of lists, and of what can be gone through like one.
enum ListFunctions {
  static var table: NativeTable {
    [
      ("__list", { session, a in
        guard case .tuple(let rest) = a[0] else { return .list([]) }
        try session.refuseNames(rest, "an element of a list")
        return .list(rest.elements)
      }),
      ("__items", { session, a in .list(try session.elementsArgument(a[0], "the argument")) }),
      ("__length", { session, a in
        switch session.read(a[0]) {
        case .list(let list): return .number(Double(list.elements.count))
        case .tuple(let tuple): return .number(Double(tuple.elements.count))
        case .map(let map): return .number(Double(map.entries.count))
        case .string(let string): return .number(Double(string.text.count))
        case .range(let range): return .number(Double(range.count))
        case .sequence(let sequence): return .number(Double(sequence.count))
        case .tensor(let tensor) where tensor.rank > 0: return .number(Double(tensor.shape[0]))
        case let other:
          throw Failure(.type, "\(session.described(other)) has no length", hint: "lists, strings, maps, ranges and tensors with an axis have one", argument: 0)
        }
      }),
      ("__append", { session, a in
        switch session.read(a[0]) {
        case .list(let list):
          var elements = list.elements
          elements.append(a[1])
          return .list(elements)
        case .tuple(let tuple) where tuple.names == nil: return .tuple(tuple.elements + [a[1]])
        case .tensor(let tensor) where tensor.rank > 0:
          let row = try session.engine.cast(session.tensorArgument(a, 1, "what `append` adds"), to: tensor.type)
          return .tensor(try session.engine.concatenate([tensor, session.engine.reshape(row, [1] + row.shape.dimensions)], axis: 0))
        case let other:
          throw Failure(.type, "`append` needs a list, a tuple or a tensor, not \(session.described(other))", argument: 0)
        }
      }),
      ("__insert", { session, a in
        var elements = try session.list(a[0], "the argument of `insert`")
        let place = try session.whole(a[1], "the place")
        let normal = place < 0 ? place + elements.count : place
        guard normal >= 0 && normal <= elements.count else {
          throw Failure(.index, "there is no place \(place) in a list of \(elements.count)", argument: 1)
        }
        elements.insert(a[2], at: normal)
        return .list(elements)
      }),
      ("__remove", { session, a in
        if case .map(let map) = session.read(a[0]) {
          var entries = map.entries
          guard entries.removeValue(forKey: try key(session, a[1])) != nil else {
            throw Failure(.index, "the map has no key \(try session.text(a[1], quoted: true))", argument: 1)
          }
          return .map(MapValue(entries))
        }
        var elements = try session.list(a[0], "the argument of `remove`")
        let place = try session.whole(a[1], "the place")
        let normal = place < 0 ? place + elements.count : place
        guard normal >= 0 && normal < elements.count else {
          throw Failure(.index, "there is no place \(place) in a list of \(elements.count)", hint: "`filter` takes elements out by what they are", argument: 1)
        }
        elements.remove(at: normal)
        return .list(elements)
      }),
      ("__reverse", { session, a in
        switch session.read(a[0]) {
        case .string(let string): return .string(String(string.text.reversed()))
        case .tuple(let tuple): return .tuple(TupleValue(tuple.elements.reversed(), names: tuple.names?.reversed()))
        case .tensor(let tensor) where tensor.rank > 0: return .tensor(try ShapeFunctions.flipped(session, tensor, axes: [0]))
        case .range(let range):
          let values = try session.numbers(of: range)
          return .tensor(try session.engine.tensor(doubles: values.reversed(), Shape([values.count]), as: .f32))
        case let other: return .list(try session.elementsArgument(other, "the argument of `reverse`").reversed())
        }
      }),
      // a tuple of what to go through side by side
      ("__zip", { session, a in
        guard case .tuple(let rest) = a[0] else { return .list([]) }
        try session.refuseNames(rest, "what `zip` goes through")
        let columns = try rest.elements.map { try session.elementsArgument($0, "the argument of `zip`") }
        let count = columns.map(\.count).min() ?? 0
        return .list((0..<count).map { row in .tuple(columns.map { $0[row] }) })
      }),
      ("__enumerate", { session, a in
        let start = try session.number(a[1], "the first number")
        let elements = try session.elementsArgument(a[0], "the argument of `enumerate`")
        return .list(elements.enumerated().map { .tuple([.number(start + Double($0)), $1]) })
      }),
      ("__sequence", { session, a in
        let count = try session.whole(a[0], "the length of a sequence")
        guard count >= 0 else { throw Failure(.value, "a sequence can't have \(count) elements", argument: 0) }
        return .sequence(SequenceValue(count: count, function: a[1]))
      }),
      ("__is_sequence", { session, a in
        if case .sequence = session.read(a[0]) { return .bool(true) }
        return .bool(false)
      }),
      // keys (numbers or strings), descending: the places in order, equal ones as they stood
      ("__sort_order", { session, a in
        let keys = try session.elementsArgument(a[0], "the keys of `sort`").map { session.read($0) }
        let isDescending = try session.flagArgument(a[1], "`descending`")
        return .list(try order(session, keys, isDescending: isDescending).map { .number(Double($0)) })
      }),
      // elements, places
      ("__choose", { session, a in
        let elements = try session.elementsArgument(a[0], "the elements")
        return .list(
          try session.wholesArgument(a[1], "a place").map { place in
            guard elements.indices.contains(place) else {
              throw Failure(.index, "there is no place \(place) in \(elements.count) elements", argument: 1)
            }
            return elements[place]
          })
      }),
      ("__count", { session, a in
        if case .string(let string) = session.read(a[0]) {
          let part = try session.string(a[1], "what to count")
          guard !part.isEmpty else { throw Failure(.value, "an empty string can't be counted", argument: 1) }
          return .number(Double(TextSearch.occurrences(of: Array(part.utf8), in: Array(string.text.utf8)).count))
        }
        if case .tensor(let tensor) = session.read(a[0]) {
          let equal = try session.engine.binary(.equal, tensor, session.tensorArgument(a, 1, "what to count"))
          return .number(try session.engine.number(of: session.engine.reduce(.sum, equal, axes: nil, keep: false)))
        }
        let wanted = session.read(a[1])
        let elements = try session.elementsArgument(a[0], "the argument of `count`")
        return .number(Double(try elements.filter { try isSame(session, session.read($0), wanted) }.count))
      }),
      ("__keys", { session, a in
        switch session.read(a[0]) {
        case .map(let map): return .list(map.entries.keys.map(\.value))
        case .tuple(let tuple) where tuple.names != nil: return .list((tuple.names ?? []).map { .string($0) })
        case let other: throw Failure(.type, "`keys` needs a map or a record, not \(session.described(other))", argument: 0)
        }
      }),
      ("__values", { session, a in
        switch session.read(a[0]) {
        case .map(let map): return .list(Array(map.entries.values))
        case .tuple(let tuple): return .list(tuple.elements)
        case let other: throw Failure(.type, "`values` needs a map or a record, not \(session.described(other))", argument: 0)
        }
      }),
      ("__get", { session, a in
        switch session.read(a[0]) {
        case .map(let map): return map.entries[try key(session, a[1])] ?? a[2]
        case .tuple(let tuple) where tuple.names != nil:
          return tuple.index(of: try session.string(a[1], "the name of a field")).map { tuple.elements[$0] } ?? a[2]
        case let other:
          let elements = try session.elementsArgument(other, "the argument of `get`")
          let place = try session.whole(a[1], "the place")
          let normal = place < 0 ? place + elements.count : place
          return elements.indices.contains(normal) ? elements[normal] : a[2]
        }
      }),
      // names, values
      ("__record", { session, a in
        let names = try session.list(a[0], "the names").map { try session.string($0, "a name") }
        let values = try session.list(a[1], "the values")
        guard names.count == values.count else {
          throw Failure(.argument, "a record needs as many values as names: \(names.count) names, \(values.count) values")
        }
        if let name = names.enumerated().first(where: { names.prefix($0.offset).contains($0.element) })?.element {
          throw Failure(.argument, "a record can't have two fields named `\(name)`")
        }
        return .tuple(TupleValue(values, names: names))
      }),
      ("__tuple", { session, a in .tuple(try session.elementsArgument(a[0], "the elements")) }),
      // record or tuple, new values: the same with other values
      ("__refilled", { session, a in
        let values = try session.list(a[1], "the values")
        guard case .tuple(let tuple) = session.read(a[0]), tuple.elements.count == values.count else {
          throw Failure(.type, "a tuple or record of \(values.count) values is needed", argument: 0)
        }
        return .tuple(TupleValue(values, names: tuple.names))
      }),
      ("__field_names", { session, a in
        guard case .tuple(let tuple) = session.read(a[0]), let names = tuple.names else { return .list([]) }
        return .list(names.map { .string($0) })
      }),
      // what kind of value something is, in one word
      ("__kind", { session, a in .string(kind(session.read(a[0]))) }),
    ]
  }

  private static func kind(_ value: Value) -> String {
    switch value {
    case .unbound, .nothing, .box, .iterator: "nothing"
    case .bool: "bool"
    case .number: "number"
    case .string: "string"
    case .tensor(let tensor): tensor.isNumber ? "number" : "tensor"
    case .list: "list"
    case .tuple(let tuple): tuple.names == nil ? "tuple" : "record"
    case .map: "map"
    case .range: "range"
    case .sequence: "sequence"
    case .function: "function"
    case .layer: "layer"
    case .cell: "cell"
    case .external(let external): external.typeName
    }
  }

  static func key(_ session: Session, _ value: Value) throws -> MapValue.Key {
    if case .string(let string) = session.read(value) { return .string(string.text) }
    return .number(try session.number(value, "a key"))
  }

  /// Equality between elements of any kinds: different kinds are simply not equal.
  private static func isSame(_ session: Session, _ a: Value, _ b: Value) throws -> Bool {
    guard kind(a) == kind(b) else { return false }
    if case .tensor(let x) = a, case .tensor(let y) = b, x.shape != y.shape { return false }
    return try session.areEqual(a, b)
  }

  private static func order(_ session: Session, _ keys: [Value], isDescending: Bool) throws -> [Int] {
    var texts: [String] = []
    var numbers: [Double] = []
    for key in keys {
      if case .string(let string) = key { texts.append(string.text) } else { numbers.append(try session.number(key, "a key of `sort`")) }
    }
    guard texts.isEmpty || numbers.isEmpty else {
      throw Failure(.type, "numbers and strings have no order between them", hint: "`sort(xs, by: x -> string(x))` gives one")
    }
    // The sort must be stable in both directions, so that equal keys keep their order; nan stands last.
    let places = Array(keys.indices)
    if !texts.isEmpty {
      return places.sorted { a, b in
        if texts[a] == texts[b] { return a < b }
        return isDescending ? texts[a] > texts[b] : texts[a] < texts[b]
      }
    }
    return places.sorted { a, b in
      let (x, y) = (numbers[a], numbers[b])
      if x == y || (x.isNaN && y.isNaN) { return a < b }
      if x.isNaN || y.isNaN { return y.isNaN }
      return isDescending ? x > y : x < y
    }
  }
}
