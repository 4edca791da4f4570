import OrderedCollections
import Syntax
import Tensors

/// Fields, positions, ranges and maps as programs reach them.
extension Session {
  /// A receiver as `member` wants it: a cell that holds a tensor or record is read.
  func readForMember(_ value: Value) -> Value { read(value) }

  /// `base.name`.
  func field(_ name: String, of base: Value) throws -> Value {
    if case .cell(let cell) = base, case .tuple(let record) = cell.content, let slot = record.index(of: name) { return record.elements[slot] }
    if let value = try member(readForMember(base), name) {
      if case .unbound = value, case .layer(let layer) = base, let slot = layer.type.slots[name] { throw unboundField(layer, slot) }
      return value
    }
    // A property of the library: `model.parameters`.
    if case .layer = base, let value = try layerProperty(name, of: base) { return value }
    if case .function = base, let value = try layerProperty(name, of: base) { return value }
    throw unknownMember(name, of: base, isCalled: false)
  }

  private func layerProperty(_ name: String, of base: Value) throws -> Value? {
    guard name == "parameters" else { return nil }
    return .list(cells(of: base).filter { $0.kind == .parameter }.map { .cell($0) })
  }

  func unknownMember(_ name: String, of base: Value, isCalled: Bool) -> Failure {
    let value = read(base)
    var known: [String] = []
    switch value {
    case .tuple(let tuple): known = tuple.names ?? []
    case .layer(let layer): known = layer.type.fieldNames + ["parameters"]
    case .tensor: known = ["shape", "rank", "size", "type", "T"]
    case .map(let map) where map.entries[.string(name)] != nil && !isCalled:
      return Failure(.name, "a map has keys, not fields", hint: "`m[\(quotedText(name))]` is what it holds there")
    default: break
    }
    let kind = typeName(value)
    var notes: [String] = []
    if case .tuple = value, !known.isEmpty { notes = ["its fields are \(known.filter { !$0.isEmpty }.map { "`\($0)`" }.joined(separator: ", "))"] }
    if isCalled {
      return Failure(.name, "\(kind) has no field `\(name)`, and there is no function of that name", notes: notes, hint: didYouMean(nearest(to: name, among: known + libraryNames)))
    }
    var hint = didYouMean(nearest(to: name, among: known))
    if hint == nil, (try? libraryValue(name)) != nil { hint = "`.\(name)()` calls the function `\(name)`" }
    return Failure(.name, "\(kind) has no field `\(name)`", notes: notes, hint: hint)
  }

  /// `base.0`.
  func position(_ position: Int, of base: Value) throws -> Value {
    switch read(base) {
    case .tuple(let tuple):
      guard tuple.elements.indices.contains(position) else {
        throw Failure(.index, "field \(position) is out of range: \(described(.tuple(tuple))) has \(tuple.elements.count) field\(tuple.elements.count == 1 ? "" : "s")")
      }
      return tuple.elements[position]
    case let other:
      throw Failure(.type, "\(described(other)) has no numbered fields", hint: "elements are taken with `[\(position)]`")
    }
  }

  func range(_ start: Value, _ stop: Value, by step: Value?, isInclusive: Bool) throws -> Value {
    let first = try number(read(start), "the start of a range")
    let last = try number(read(stop), "the end of a range")
    let stride = try step.map { try number(read($0), "the step of a range") } ?? 1
    guard stride != 0, stride.isFinite else { throw Failure(.value, "a range needs a step other than \(try text(.number(stride)))") }
    guard first.isFinite, last.isFinite else { throw Failure(.value, "both ends of a range must be finite") }
    return .range(RangeValue(start: first, stop: last, step: stride, isInclusive: isInclusive))
  }

  func key(_ value: Value) throws -> MapValue.Key {
    switch read(value) {
    case .string(let string): return .string(string.text)
    case .number(let number): return .number(number)
    case .tensor(let tensor) where tensor.shape.rank == 0: return .number(try engine.number(of: tensor))
    case let other: throw Failure(.type, "a map's keys are strings or numbers, not \(described(other))")
    }
  }

  /// A map of keys and values in turn; a key that comes twice keeps its last value.
  func makeMap(_ values: [Value]) throws -> Value {
    var entries: OrderedDictionary<MapValue.Key, Value> = [:]
    for index in stride(from: 0, to: values.count - 1, by: 2) { entries[try key(values[index])] = values[index + 1] }
    return .map(MapValue(entries))
  }

  /// `f >> g`: one layer whose parts are numbered; compositions among the parts are taken apart.
  func compose(_ parts: [Value]) throws -> Value {
    var flat: [Value] = []
    for part in parts {
      if case .layer(let layer) = part { try machine.spend(16 * layer.fields.count) }
      switch part {
      case .layer(let layer) where layer.type.isComposition: flat += layer.fields
      case .layer, .function: flat.append(part)
      case .unbound: throw Failure(.name, "a part of the composition is not bound yet")
      default: throw Failure(.type, "`>>` composes functions and layers, not \(described(part))", hint: "`x |> f` applies `f` to a value")
      }
    }
    return .layer(layer(LayerType(partCount: flat.count), fields: flat, isBuilt: true))
  }

  func derivative(of f: Value, order: Int) throws -> Value {
    switch f {
    case .function(let function):
      if case .derivative(let inner, let before) = function.kind { return .function(FunctionValue(.derivative(of: inner, order: before + order))) }
      return .function(FunctionValue(.derivative(of: f, order: order)))
    case .layer: return .function(FunctionValue(.derivative(of: f, order: order)))
    default: throw Failure(.type, "`'` takes the derivative of a function, not of \(described(f))")
    }
  }

  /// A function's head as it was declared.
  package func signature(_ code: Code) -> String {
    let list = code.parameters.map { parameter in
      parameter.name.isEmpty ? "(…)" : parameter.isRest ? parameter.name + "..." : parameter.hasDefault ? parameter.name + ": …" : parameter.name
    }
    return "\(code.name)(\(list.joined(separator: ", ")))"
  }

  /// What `catch e` sees.
  func record(of error: GradusError) -> Value {
    .record([("kind", .string(error.kind.rawValue)), ("message", .string(error.message)), ("line", error.place.map { .number(Double($0.line)) } ?? .nothing)])
  }
}
