import Syntax
import Tensors

/// `x[i] = e`, `x.f = e` and longer ways: the value in the place is replaced by one that differs there. It's taken out
/// of its place meanwhile, so that nobody else holds it and it can be changed without a copy.
extension Machine {
  func update(_ path: UpdatePath, _ r: UnsafeMutablePointer<Value>, _ code: Code, _ captures: [Box]) throws {
    let new = r[path.value]
    if case .unbound = new { throw session.unboundName(code.variableName(path.value), isLocal: true) }
    let steps = path.steps[...]
    switch path.place {
    case .register(let register): try update(&r[register], steps, new, r, path.name)
    case .global(let slot): try update(&code.module.storage[slot], steps, new, r, path.name)
    case .capture(let index):
      session.journal.note(.box(captures[index], value: captures[index].value))
      defer { session.track(captures[index]) }
      try update(&captures[index].value, steps, new, r, path.name)
    case .box(let register):
      guard case .box(let box) = r[register] else { return }
      session.journal.note(.box(box, value: box.value))
      defer { session.track(box) }
      try update(&box.value, steps, new, r, path.name)
    case .field(let register, let slot):
      var owner = r[register]
      if case .box(let box) = owner { owner = box.value }
      guard case .layer(let layer) = owner else { return }
      session.journal.note(.field(layer, slot: slot, value: layer.fields[slot]))
      try update(&layer.fields[slot], steps, new, r, path.name)
    }
  }

  private func update(_ place: inout Value, _ steps: ArraySlice<UpdatePath.Step>, _ new: Value, _ r: UnsafeMutablePointer<Value>, _ name: String) throws {
    switch place {
    case .unbound:
      throw Failure(.name, "there is no `\(name)` to change", hint: "`\(name) = …` makes it")
    case .cell(let cell):
      // The content of the cell is what changes.
      if steps.count == 1, case .member(let field)? = steps.first, let slot = plainField(field, of: cell) {
        session.set(cell, field: slot, new)
        return
      }
      if let type = session.typeIfAlone(cell), steps.count == 1, keeps(type, new) {
        // Taken out of the cell meanwhile, it can be changed without a copy; its shape and type stay.
        var content = cell.content
        cell.content = .nothing
        defer { session.set(cell, content) }
        try update(&content, steps, new, r, name)
        return
      }
      var content = cell.content
      try update(&content, steps, new, r, name)
      if case .tensor = cell.content { try session.write(cell, content) } else { session.set(cell, content) }
      return
    case .layer(let layer):
      try update(layer, steps, new, r)
      return
    default: break
    }
    guard let step = steps.first else {
      try session.assign(&place, new, name: name)
      return
    }
    let rest = steps.dropFirst()
    var inner = new
    if !rest.isEmpty {
      inner = try present(place, step, r)
      // What has identity is changed where it is.
      switch inner {
      case .layer, .cell:
        try update(&inner, rest, new, r, name)
        return
      default: try update(&inner, rest, new, r, name)
      }
    } else if case .cell(let cell)? = held(place, step, r), !isCell(new) {
      try session.write(cell, session.read(new))
      return
    }
    try change(&place, step, inner, r)
  }

  /// The place of a field in the record that a cell holds; nil if it holds none, or if the field holds a cell, whose content is
  /// meant then.
  private func plainField(_ name: String, of cell: Cell) -> Int? {
    guard case .tuple(let record) = cell.content, let slot = record.index(of: name), !isCell(record.elements[slot]) else { return nil }
    return slot
  }

  /// Whether elements of this type stay of it when some are replaced by the value.
  private func keeps(_ type: ElementType, _ value: Value) -> Bool {
    switch value {
    case .number: type.isFloat
    case .tensor(let tensor): tensor.type == type
    default: false
    }
  }

  /// What a container holds at a place; nothing for tensors, whose elements have no identity.
  private func held(_ place: Value, _ step: UpdatePath.Step, _ r: UnsafeMutablePointer<Value>) -> Value? {
    switch place {
    case .list, .tuple: try? present(place, step, r)
    case .map(let map):
      if case .index(let parts, let register) = step, parts.count == 1, case .at? = parts.first, let key = try? session.key(r[register]) { map.entries[key] } else { nil }
    default: nil
    }
  }

  private func isCell(_ value: Value) -> Bool { if case .cell = value { true } else { false } }

  private func present(_ value: Value, _ step: UpdatePath.Step, _ r: UnsafeMutablePointer<Value>) throws -> Value {
    switch step {
    case .index(let parts, let register):
      return try session.index(value, indexValues(parts, r + register))
    case .member(let name): return try session.field(name, of: value)
    case .position(let position): return try session.position(position, of: value)
    }
  }

  private func change(_ place: inout Value, _ step: UpdatePath.Step, _ new: Value, _ r: UnsafeMutablePointer<Value>) throws {
    switch step {
    case .index(let parts, let register): try session.update(&place, indexValues(parts, r + register), with: new)
    case .member(let name): place = try session.settingMember(place, name, new)
    case .position(let position): try session.update(&place, [.at(.number(Double(position)))], with: new)
    }
  }

  private func update(_ layer: Layer, _ steps: ArraySlice<UpdatePath.Step>, _ new: Value, _ r: UnsafeMutablePointer<Value>) throws {
    guard let step = steps.first else { return }
    let slot: Int
    switch step {
    case .member(let name):
      if name == "parameters", layer.type.slots[name] == nil {
        throw Failure(.name, "`parameters` is read from the layer's fields and cannot be changed", hint: "`p = model.parameters[0]; p := …` changes one of them")
      }
      guard let known = layer.type.slots[name], !layer.type.isComposition else { throw session.unknownMember(name, of: .layer(layer), isCalled: false) }
      slot = known
    case .position(let position):
      guard layer.type.isComposition, layer.fields.indices.contains(position) else { throw Failure(.index, "the layer has no part \(position)") }
      slot = position
    case .index(let parts, let register):
      guard layer.type.isComposition, case .at(let index)? = indexValues(parts, r + register).first, parts.count == 1 else {
        throw Failure(.type, "the parts of a composition are changed one by one: `net[0] = …`")
      }
      var position = try session.whole(index, "an index")
      if position < 0 { position += layer.fields.count }
      guard layer.fields.indices.contains(position) else {
        throw Failure(.index, "index \(try session.whole(index, "an index")) is out of range: the composition has \(layer.fields.count) parts")
      }
      slot = position
    }
    let rest = steps.dropFirst()
    if rest.isEmpty {
      if case .unbound = layer.fields[slot] { session.write(layer, slot, new) } else { try session.assign(layer, slot, new) }
      return
    }
    switch layer.fields[slot] {
    case .layer(let inner): try update(inner, rest, new, r)
    default:
      session.journal.note(.field(layer, slot: slot, value: layer.fields[slot]))
      try update(&layer.fields[slot], rest, new, r, layer.type.fieldNames[slot])
    }
  }
}
