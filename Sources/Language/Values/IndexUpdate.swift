import Syntax
import Tensors

extension Session {
  /// `place[items] = value`; if it throws, the place is as it was.
  ///
  /// What nobody else holds is changed in place, so that filling element by element is linear.
  func update(_ base: inout Value, _ items: [IndexValue], with value: Value) throws {
    // All that can fail is done before the place is touched; then what it holds is taken out of it, for only so can it be
    // held by nobody else.
    try apply(planned(base, items, value), to: &base)
  }

  /// `base.name = value` for a record.
  func settingMember(_ base: consuming Value, _ name: String, _ value: Value) throws -> Value {
    try apply(planned(base, name, value), to: &base)
    return base
  }

  /// A change that has been checked.
  private enum Change {
    case elements(Positions, [Value])
    case entry(MapValue.Key, Value)
    case number(flatIndex: Int, Double)
    case whole(Tensor)
  }

  private func planned(_ base: Value, _ items: [IndexValue], _ value: Value) throws -> Change {
    switch base {
    case .list(let list):
      let found = try positions(items, count: list.elements.count, "the list")
      return .elements(found, try elements(value, for: found, of: "the list"))
    case .tuple(let tuple):
      let subject = tuple.names == nil ? "the tuple" : "the record"
      let found = try positions(items, count: tuple.elements.count, subject, names: tuple.names)
      return .elements(found, try elements(value, for: found, of: subject))
    case .map:
      guard items.count == 1, case .at(let wanted)? = items.first else {
        throw Failure(.index, "a map has one key in the brackets: `m[key] = …`")
      }
      return .entry(try key(wanted), value)
    case .tensor(let tensor) where !tensor.isNumber:
      let value = read(value)
      if let flat = try flatPosition(tensor, items), !engine.isTracked(tensor), let element = try plainElement(value, tensor) {
        try engine.realize([tensor])
        return .number(flatIndex: flat, element)
      }
      return .whole(try replaced(tensor, items, with: value))
    case .string: throw Failure(.type, "the characters of a string cannot be changed", hint: "replace(s, \"a\", \"b\") makes a new string")
    case .range: throw Failure(.type, "a range cannot be changed", hint: "list(i for i in r) makes a list of it")
    case .sequence: throw Failure(.type, "a sequence cannot be changed", hint: "list(x for x in xs) makes a list of it")
    default: throw Failure(.type, "\(described(base)) has no elements to change")
    }
  }

  private func planned(_ base: Value, _ name: String, _ value: Value) throws -> Change {
    switch base {
    case .tuple(let tuple):
      if let slot = tuple.index(of: name) { return .elements(.one(slot), [value]) }
      guard let names = tuple.names else { throw Failure(.type, "a tuple has no named fields", hint: "`t[0] = …` changes a part by its position") }
      let known = names.filter { !$0.isEmpty }
      throw Failure(
        .name, "the record has no field `\(name)`", notes: ["its fields are " + known.map { "`\($0)`" }.joined(separator: ", "), "a record gets no new fields"],
        hint: didYouMean(nearest(to: name, among: known)))
    case .tensor where !base.isNumber:
      throw Failure(.type, "the attributes of a tensor cannot be changed", hint: name == "shape" ? "reshape(x, …) makes a tensor of another shape" : nil)
    case .map: throw Failure(.type, "a map has keys, not fields", hint: "`m[\(quotedText(name))] = …`")
    default: throw Failure(.type, "\(described(base)) has no fields to change")
    }
  }

  private func apply(_ change: Change, to base: inout Value) throws {
    switch change {
    case .elements(let positions, let elements):
      if var list = base.takeList() {
        if !isKnownUniquelyReferenced(&list) { list = ListValue(list.elements) }
        for (position, element) in zip(positions.all, elements) { list.elements[position] = element }
        base = .list(list)
      } else if var tuple = base.takeTuple() {
        if !isKnownUniquelyReferenced(&tuple) { tuple = TupleValue(tuple.elements, names: tuple.names) }
        for (position, element) in zip(positions.all, elements) { tuple.elements[position] = element }
        base = .tuple(tuple)
      }
    case .entry(let key, let value):
      guard var map = base.takeMap() else { return }
      if !isKnownUniquelyReferenced(&map) { map = MapValue(map.entries) }
      map.entries[key] = value
      base = .map(map)
    case .number(let flatIndex, let number):
      guard var tensor = base.takeTensor() else { return }
      defer { base = .tensor(tensor) }
      try engine.setElement(&tensor, flatIndex: flatIndex, value: number)
    case .whole(let tensor): base = .tensor(tensor)
    }
  }

  // MARK: Lists, tuples, maps

  /// The values for some positions.
  private func elements(_ value: Value, for positions: Positions, of subject: String) throws -> [Value] {
    guard case .many(let positions) = positions else { return [value] }
    let elements: [Value]
    switch read(value) {
    case .list(let list): elements = list.elements
    case .tuple(let tuple): elements = tuple.elements
    case .tensor(let tensor) where tensor.rank > 0: elements = try (0..<tensor.shape[0]).map { .tensor(try row($0, of: tensor)) }
    case let other: throw Failure(.type, "several elements of \(subject) are replaced by those of a list, not by \(described(other))")
    }
    guard elements.count == positions.count else {
      throw Failure(.value, "\(positions.count) element\(positions.count == 1 ? "" : "s") of \(subject) cannot be replaced by \(elements.count)")
    }
    return elements
  }

  // MARK: Tensors

  private func replaced(_ tensor: Tensor, _ items: [IndexValue], with value: Value) throws -> Tensor {
    let subject = "a " + typeName(.tensor(tensor))
    let part = try converted(value, to: tensor.type, subject)
    let selection = try selection(tensor.shape, items, tensor)
    if selection.gathers.isEmpty {
      let shape = try Shape(selection.shape)
      let fitted = try engine.reshape(fit(part, shape), selection.sliced)
      return try engine.replacing(tensor, selection.ranges, with: fitted)
    }
    // Which elements they are, from the same selection of their numbers.
    let count = tensor.count
    guard count < Int(Int32.max) / 2 else { throw Failure(.limit, "\(subject) is too large to be changed by positions") }
    let numbers = try engine.reshape(engine.tensor(ints: (0..<Int32(count)).map { $0 }, Shape([count])), tensor.shape.dimensions)
    let target = try select(selection, of: numbers)
    let places = try engine.ints(target)
    let isSingle = part.count == 1
    let fitted = try isSingle ? part : fit(part, target.shape)
    guard !places.isEmpty else { return tensor }
    // Each element of the result comes from the tensor or, behind it, from the new values; of two for one place the last counts.
    var sources = (0..<Int32(count)).map { $0 }
    for (position, place) in places.enumerated() { sources[Int(place)] = Int32(count + (isSingle ? 0 : position)) }
    let all = try engine.concatenate([engine.reshape(tensor, [count]), engine.reshape(fitted, [fitted.count])], axis: 0)
    let flat = try engine.gather(all, engine.tensor(ints: sources, Shape([count])), axis: 0)
    return try engine.reshape(flat, tensor.shape.dimensions)
  }

  private func fit(_ part: Tensor, _ shape: Shape) throws -> Tensor {
    if part.shape == shape { return part }
    guard part.shape.broadcasts(to: shape) else {
      throw Failure(
        .shape, "a value of shape \(part.shape) does not fit the place, which has shape \(shape)",
        notes: shape.rank == 0 ? ["the index takes a single element"] : [])
    }
    return try engine.broadcast(part, to: shape)
  }

  /// The number that goes into an element, if there is nothing to be recorded about it.
  private func plainElement(_ value: Value, _ tensor: Tensor) throws -> Double? {
    let type = tensor.type, subject = "a " + typeName(.tensor(tensor))
    switch value {
    case .number(let number):
      try requireFit(number, type, subject)
      return number
    case .bool(let bool) where type == .bool: return bool ? 1 : 0
    case .tensor(let part) where part.rank == 0 && !engine.isTracked(part) && (part.isNumber || part.type <= type):
      let number = try engine.doubles(part).first ?? 0
      if part.isNumber { try requireFit(number, type, subject) }
      return number
    default: return nil
    }
  }

  private func requireFit(_ number: Double, _ type: ElementType, _ subject: String) throws {
    switch type {
    case .bool:
      throw Failure(.type, "\(subject) takes true or false, not the number \(NumberText.plain(number, digits: digits))", hint: "f32(x) makes numbers of bools")
    case .i32 where Int32(exactly: number) == nil:
      throw Failure(.type, "\(subject) takes whole numbers of 32 bits, not \(NumberText.plain(number, digits: digits))", hint: "f32(x) can hold it")
    default: break
    }
  }

  /// A value as a tensor of the type that it goes into; nothing is lost on the way.
  private func converted(_ value: Value, to type: ElementType, _ subject: String) throws -> Tensor {
    let part: Tensor
    switch value {
    case .number(let number):
      try requireFit(number, type, subject)
      return engine.scalar(number, type)
    case .bool(let bool):
      guard type == .bool else { throw Failure(.type, "\(subject) takes numbers, not \(described(value))", hint: "number(b) makes 1 of true and 0 of false") }
      return engine.scalar(bool ? 1 : 0, .bool)
    case .tensor(let tensor):
      if tensor.isNumber {
        if !type.isFloat { try requireFit(engine.number(of: tensor), type, subject) }
        return try engine.cast(tensor, to: type)
      }
      part = tensor
    case .list(let list):
      // Numbers take the type of the tensor that they go into.
      let stacked = try stacked(.list(list), what: "the new value")
      if type == .i32, stacked.type == .f32, list.elements.allSatisfy({ read($0).isNumber }) {
        for element in list.elements { try requireFit(number(element, "an element"), type, subject) }
        return try engine.cast(stacked, to: type)
      }
      part = stacked
    case .range(let range): part = try stacked(.range(range), what: "the new value")
    default: throw Failure(.type, "\(subject) takes numbers and tensors, not \(described(value))")
    }
    guard part.type <= type else {
      throw Failure(.type, "\(subject) takes no \(part.type.name)", notes: ["the new value is a \(typeName(.tensor(part)))"], hint: "convert one of them: \(type.name)(value), or \(part.type.name)(x)")
    }
    return part.type == type ? part : try engine.cast(part, to: type)
  }
}

extension Value {
  /// Takes a list out of this place, which is unbound afterwards.
  @inline(never)
  mutating func takeList() -> ListValue? {
    guard case .list(let list) = self else { return nil }
    self = .unbound
    return list
  }

  @inline(never)
  fileprivate mutating func takeTuple() -> TupleValue? {
    guard case .tuple(let tuple) = self else { return nil }
    self = .unbound
    return tuple
  }

  /// Replaces an element of a tuple or record, in place if nobody else holds it.
  mutating func setField(_ slot: Int, _ value: Value) {
    guard var tuple = takeTuple() else { return }
    if !isKnownUniquelyReferenced(&tuple) { tuple = TupleValue(tuple.elements, names: tuple.names) }
    tuple.elements[slot] = value
    self = .tuple(tuple)
  }

  @inline(never)
  fileprivate mutating func takeMap() -> MapValue? {
    guard case .map(let map) = self else { return nil }
    self = .unbound
    return map
  }

  @inline(never)
  fileprivate mutating func takeTensor() -> Tensor? {
    guard case .tensor(let tensor) = self else { return nil }
    self = .unbound
    return tensor
  }
}
