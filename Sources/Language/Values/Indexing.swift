import Syntax
import Tensors

/// One item between the brackets of `x[…]`, evaluated.
enum IndexValue {
  case at(Value)
  case slice(Value?, Value?, Value?)
  case ellipsis
  case new
}

extension Session {
  /// `base[items]`. The elements of a sequence are made by the machine.
  func index(_ base: Value, _ items: [IndexValue]) throws -> Value {
    switch read(base) {
    case .tensor(let tensor) where !tensor.isNumber: return .tensor(try index(tensor, items))
    case .list(let list):
      switch try positions(items, count: list.elements.count, "the list") {
      case .one(let position): return list.elements[position]
      case .many(let positions): return .list(positions.map { list.elements[$0] })
      }
    case .tuple(let tuple):
      switch try positions(items, count: tuple.elements.count, tuple.names == nil ? "the tuple" : "the record", names: tuple.names) {
      case .one(let position): return tuple.elements[position]
      case .many(let positions):
        let names = tuple.names.map { names in positions.map { names[$0] } }
        if let names, Set(names.filter { !$0.isEmpty }).count < names.filter({ !$0.isEmpty }).count {
          throw Failure(.index, "a record cannot have the same field twice")
        }
        return .tuple(TupleValue(positions.map { tuple.elements[$0] }, names: names))
      }
    case .string(let string): return try characters(of: string, items)
    case .range(let range):
      // A range of a huge range is one again: its numbers are not asked for.
      if items.count == 1, case .slice(let start, let stop, let step) = items[0] {
        let (first, taken, stride) = try sliceBounds(start, stop, step, length: range.count)
        return .range(slice(of: range, first: first, count: taken, stride: stride))
      }
      switch try positions(items, count: range.count, "the range") {
      case .one(let position): return .number(range[position])
      case .many(let positions):
        return .tensor(try engine.tensor(doubles: positions.map { range[$0] }, Shape([positions.count]), as: .f32))
      }
    case .map(let map):
      guard items.count == 1, case .at(let wanted)? = items.first else {
        throw Failure(.index, "a map has one key in the brackets: `m[key]`")
      }
      let key = try key(wanted)
      if let value = map.entries[key] { return value }
      throw missingKey(key, in: map)
    case .layer(let layer) where layer.type.isComposition:
      switch try positions(items, count: layer.fields.count, "the composition") {
      case .one(let position): return layer.fields[position]
      case .many(let positions): return try compose(positions.map { layer.fields[$0] })
      }
    case .function(let function):
      throw Failure(.type, "a function is called with `(…)`, not with `[…]`", hint: function.name.isEmpty ? nil : "`\(function.name)(…)`")
    case let other:
      throw Failure(.type, "\(described(other)) has no elements to index")
    }
  }

  private func missingKey(_ key: MapValue.Key, in map: MapValue) -> Failure {
    switch key {
    case .number(let number):
      return Failure(.index, "the map has no key \(NumberText.plain(number, digits: digits))", hint: "`key in m` asks, `get(m, key, default)` has an answer for that case")
    case .string(let text):
      let known = map.entries.keys.compactMap { if case .string(let name) = $0 { name } else { nil } }
      return Failure(
        .index, "the map has no key \(quotedText(text))",
        notes: map.entries.isEmpty ? ["it is empty"] : [],
        hint: didYouMean(nearest(to: text, among: known)) ?? "`key in m` asks, `get(m, key, default)` has an answer for that case")
    }
  }

  private func slice(of range: RangeValue, first: Int, count: Int, stride: Int) -> RangeValue {
    guard count > 0 else { return RangeValue(start: range.start, stop: range.start, step: range.step, isInclusive: false) }
    let step = count > 1 ? Double(stride) * range.step : range.step
    return RangeValue(start: range[first], stop: range[first + (count - 1) * stride], step: step, isInclusive: true)
  }

  // MARK: Positions along one axis

  enum Positions {
    case one(Int)
    case many([Int])

    var all: [Int] {
      switch self {
      case .one(let position): [position]
      case .many(let positions): positions
      }
    }
  }

  /// What an index means for something with one axis of `count` elements.
  func positions(_ items: [IndexValue], count: Int, _ subject: String, names: [String]? = nil) throws -> Positions {
    guard items.count == 1, let item = items.first else {
      throw Failure(.index, "\(items.isEmpty ? "no index" : "\(items.count) indices") for \(subject), which has one axis", hint: items.count > 1 ? "index twice: `x[i][j]`" : nil)
    }
    switch item {
    case .slice(let start, let stop, let step):
      let (first, taken, stride) = try sliceBounds(start, stop, step, length: count)
      try engine.requireMemory(forNumbers: taken)
      return .many((0..<taken).map { first + $0 * stride })
    case .ellipsis:
      try engine.requireMemory(forNumbers: count)
      return .many(Array(0..<count))
    case .new: throw Failure(.index, "`new` makes an axis of a tensor; \(subject) is none")
    case .at(let value):
      switch read(value) {
      case .range(let range):
        return .many(try numbers(of: range).map { try position(.number($0), length: count, subject) })
      case .list(let list):
        return .many(try list.elements.map { try position($0, length: count, subject) })
      case .tensor(let tensor) where tensor.type == .bool && tensor.rank > 0:
        guard tensor.shape.dimensions == [count] else {
          throw Failure(.shape, "a mask of shape \(tensor.shape) does not fit \(subject), which has \(count) elements")
        }
        return .many(try engine.bools(tensor).enumerated().compactMap { $1 ? $0 : nil })
      case .tensor(let tensor) where tensor.rank > 0:
        guard tensor.rank == 1 else { throw Failure(.shape, "\(subject) is indexed by a tensor of one axis, not of shape \(tensor.shape)") }
        return .many(try engine.doubles(tensor).map { try position(.number($0), length: count, subject) })
      case .string(let name) where names != nil:
        throw Failure(.type, "a field is taken with its name: `r.\(name.text)`")
      case let value: return .one(try position(value, length: count, subject))
      }
    }
  }

  /// One index, counted from 0.
  func position(_ value: Value, length: Int, _ subject: @autoclosure () -> String, axis: Int? = nil) throws -> Int {
    let index = try wholeIndex(value)
    let position = index < 0 ? index + length : index
    guard position >= 0, position < length else {
      let size = "\(length) element\(length == 1 ? "" : "s")"
      throw Failure(
        .index, "index \(index) is out of range: " + (axis.map { "axis \($0) of \(subject()) has \(size)" } ?? "\(subject()) has \(size)"),
        notes: [length == 0 ? "it is empty" : length == 1 ? "the only index is 0 (or -1)" : "indices run from 0 to \(length - 1), or from \(-length) to -1"])
    }
    return position
  }

  func wholeIndex(_ value: Value) throws -> Int {
    let value = read(value)
    if case .bool = value {
      throw Failure(.type, "an index must be a number, not \(described(value))", hint: "a tensor of bools takes the elements where it is true")
    }
    guard value.isNumber || value.isSingleTensor else {
      let hint: String? = if case .string = value { "only maps are indexed by strings" } else { nil }
      throw Failure(.type, "an index must be a number, not \(described(value))", hint: hint)
    }
    let number = try number(value, "an index")
    guard let index = Int(exactly: number) else {
      throw Failure(.index, "an index must be whole, and \(NumberText.plain(number, digits: digits)) is not", hint: "`//` divides and rounds down: `x[n // 2]`")
    }
    return index
  }

  /// Python's rules: what lies outside is left out, negative bounds count from the end.
  func sliceBounds(_ start: Value?, _ stop: Value?, _ step: Value?, length: Int) throws -> (start: Int, count: Int, step: Int) {
    func bound(_ value: Value?) throws -> Int? {
      guard let value, !read(value).isNothing else { return nil }
      return try wholeIndex(value)
    }
    let stride = try bound(step) ?? 1
    guard stride != 0 else { throw Failure(.index, "the step of a slice cannot be 0") }
    let low = stride > 0 ? 0 : -1, high = stride > 0 ? length : length - 1
    func clipped(_ index: Int) -> Int { min(max(index < 0 ? index + length : index, low), high) }
    let first = try bound(start).map(clipped) ?? (stride > 0 ? 0 : length - 1)
    let end = try bound(stop).map(clipped) ?? (stride > 0 ? length : -1)
    let span = stride > 0 ? end - first : first - end
    guard span > 0 else { return (min(max(first, 0), length), 0, 1) }
    let size = Int(stride.magnitude)
    // A step beyond the axis takes one element; written so that no sum overflows.
    return (first, (span - 1) / size + 1, span > size ? stride : 1)
  }

  // MARK: Strings

  private func characters(of string: StringValue, _ items: [IndexValue]) throws -> Value {
    // Of plain ASCII every byte is a character (a line end of two bytes aside), and none has to be searched for.
    let text = string.text
    let utf8 = text.utf8
    if !utf8.contains(where: { $0 >= 128 || $0 == 13 }) {
      func at(_ position: Int) -> UInt8 { utf8[utf8.index(utf8.startIndex, offsetBy: position)] }
      switch try positions(items, count: utf8.count, "the string") {
      case .one(let position): return .string(String(decoding: [at(position)], as: UTF8.self))
      case .many(let positions): return .string(String(decoding: positions.map(at), as: UTF8.self))
      }
    }
    let characters = Array(text)
    switch try positions(items, count: characters.count, "the string") {
    case .one(let position): return .string(String(characters[position]))
    case .many(let positions): return .string(String(positions.map { characters[$0] }))
    }
  }

  // MARK: Attributes

  /// `base.name`: a field of a record or layer, an attribute of a tensor; nil if there is none.
  func member(_ base: Value, _ name: String) throws -> Value? {
    switch read(base) {
    case .tuple(let tuple): return tuple.index(of: name).map { tuple.elements[$0] }
    case .layer(let layer): return layer.type.slots[name].map { layer.fields[$0] }
    case .tensor(let tensor) where !tensor.isNumber:
      switch name {
      case "shape": return .tuple(tensor.shape.dimensions.map { .number(Double($0)) })
      case "rank": return .number(Double(tensor.rank))
      case "size": return .number(Double(tensor.count))
      case "type": return .string(tensor.type.name)
      case "T":
        guard tensor.rank >= 2 else {
          throw Failure(.shape, "`.T` swaps the last two axes, and shape \(tensor.shape) has \(tensor.rank == 0 ? "none" : "one")", hint: tensor.rank == 1 ? "`x[:, new]` makes a column, `x[new, :]` a row" : nil)
        }
        return .tensor(try engine.transposeLast(tensor))
      default: return nil
      }
    default: return nil
    }
  }
}

extension Value {
  /// A tensor of rank 0 that holds a number.
  var isSingleTensor: Bool {
    if case .tensor(let tensor) = self { return tensor.rank == 0 && tensor.type != .bool }
    return false
  }
}
