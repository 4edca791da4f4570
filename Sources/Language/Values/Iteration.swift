import Tensors

/// What a `for` goes through, one element at a time.
package final class ValueIterator {
  private enum Source {
    case range(RangeValue)
    case list(ListValue)
    case tuple(TupleValue)
    case map(MapValue)
    case characters(String, String.Index)
    /// Rows of a tensor.
    case rows(Tensor)
    /// Single elements that were read ahead, from `first` on.
    case elements(Tensor, values: [Double], first: Int)
  }

  private var source: Source
  private var position = 0
  /// How many elements there are.
  package let count: Int

  /// Elements of a tensor that are read at a time.
  private static let piece = 4096

  fileprivate init(_ value: Value, _ session: Session) throws {
    switch value {
    case .range(let range):
      source = .range(range)
      count = range.count
    case .list(let list):
      source = .list(list)
      count = list.elements.count
    case .tuple(let tuple):
      source = .tuple(tuple)
      count = tuple.elements.count
    case .map(let map):
      source = .map(map)
      count = map.entries.count
    case .string(let string):
      source = .characters(string.text, string.text.startIndex)
      count = string.text.count
    case .tensor(let tensor) where tensor.rank > 0:
      count = tensor.shape[0]
      if tensor.rank == 1, !session.engine.isTracked(tensor) {
        try session.engine.realize([tensor])
        source = .elements(tensor, values: [], first: 0)
      } else {
        source = .rows(tensor)
      }
    case .number, .tensor:
      throw Failure(.type, "`for` goes through what has elements, and \(session.described(value)) has none", hint: "a range counts: `for i in 0..<n`")
    case .function(let function):
      throw Failure(.type, "`for` goes through what has elements, and \(session.described(value)) has none", hint: "call it: `\(function.name.isEmpty ? "f" : function.name)(…)`")
    default:
      throw Failure(.type, "`for` goes through what has elements, and \(session.described(value)) has none")
    }
  }

  /// The next element; nil at the end.
  package func next(_ session: Session) throws -> Value? {
    guard position < count else { return nil }
    // One that could not be read, for an interrupt, will be asked for again.
    let value = try element(session)
    position += 1
    return value
  }

  private func element(_ session: Session) throws -> Value {
    switch source {
    case .range(let range): return .number(range[position])
    case .list(let list): return list.elements[position]
    case .tuple(let tuple): return tuple.elements[position]
    case .map(let map):
      let (key, value) = map.entries.elements[position]
      return .tuple([key.value, value])
    case .characters(let text, let index):
      source = .characters(text, text.index(after: index))
      return .string(String(text[index]))
    case .rows(let tensor): return .tensor(try session.row(position, of: tensor))
    case .elements(let tensor, let values, let first):
      if position < first + values.count { return .tensor(session.engine.scalar(values[position - first], tensor.type)) }
      let size = min(ValueIterator.piece, count - position)
      let piece = size == count ? tensor : try session.engine.slice(tensor, [(start: position, count: size, step: 1)])
      let read = try session.engine.doubles(piece)
      source = .elements(tensor, values: read, first: position)
      return .tensor(session.engine.scalar(read[0], tensor.type))
    }
  }
}

extension Session {
  /// Prepares to go through a value's elements: numbers of a range, pairs of a map, characters of a string, rows of a tensor.
  func makeIterator(_ value: Value) throws -> ValueIterator { try ValueIterator(read(value), self) }

  /// The parts of a value that is assigned to `count` names.
  func unpack(_ value: Value, count: Int) throws -> [Value] {
    let parts: Int
    switch read(value) {
    case .tuple(let tuple):
      if tuple.elements.count == count { return tuple.elements }
      parts = tuple.elements.count
    case .list(let list):
      if list.elements.count == count { return list.elements }
      parts = list.elements.count
    case .tensor(let tensor) where tensor.rank > 0:
      if tensor.shape[0] == count { return try (0..<count).map { .tensor(try row($0, of: tensor)) } }
      parts = tensor.shape[0]
    case let other:
      var hint: String?
      // An element of a tensor that two names stand for: most likely its number is wanted.
      if case .tensor = other, count == 2 { hint = "`enumerate(x)` goes through pairs of a number and an element" }
      throw Failure(.type, "\(described(other)) cannot be taken apart", notes: ["tuples, lists and the first axis of a tensor can"], hint: hint)
    }
    throw Failure(.value, "\(count) name\(count == 1 ? "" : "s") for \(parts) value\(parts == 1 ? "" : "s")", notes: ["the right side is \(described(value))"], hint: parts > count ? "`_` takes what is not wanted" : nil)
  }

  /// The slice at a position of the first axis.
  func row(_ position: Int, of tensor: Tensor) throws -> Tensor {
    let inner = Array(tensor.shape.dimensions.dropFirst())
    let ranges = [(start: position, count: 1, step: 1)] + inner.map { (start: 0, count: $0, step: 1) }
    return try engine.reshape(engine.slice(tensor, ranges), inner)
  }
}
