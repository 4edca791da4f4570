import Tensors

/// Cells, layers and the random state.
enum CellFunctions {
  static var table: NativeTable {
    [
      ("__param", { session, a in
        let value = session.read(a[0])
        let tensor: Tensor
        switch value {
        case .number(let number): tensor = session.engine.scalar(number, .f32)
        default: tensor = try session.stacked(value, what: "a parameter")
        }
        guard tensor.type == .f32 || tensor.type == .f64 else {
          throw Failure(.type, "a parameter must be f32 or f64, but it is \(session.typeName(value))", hint: "`f32(x)` converts it")
        }
        let content = tensor.isNumber ? try session.engine.cast(tensor, to: .f32) : tensor
        return .cell(Cell(kind: .parameter, content: .tensor(session.engine.detach(content))))
      }),
      ("__state", { session, a in
        let value = session.read(a[0])
        return .cell(Cell(kind: .state, content: session.detached(value)))
      }),
      ("__value", { session, a in session.read(a[0]) }),
      ("__detach", { session, a in session.detached(session.read(a[0])) }),
      ("__write", { session, a in
        guard case .cell(let cell) = a[0] else { throw Failure(.type, "only a cell can be written, not \(session.typeName(a[0]))") }
        let value = session.read(a[1])
        if case .tensor = cell.content { try session.write(cell, value) } else { session.set(cell, value) }
        return .nothing
      }),
      ("__parameters", { session, a in
        .list(session.parameters(of: a[0]).filter { $0.cell.kind == .parameter }.map { .tuple([.string($0.path), .cell($0.cell)]) })
      }),
      ("__states", { session, a in
        .list(session.parameters(of: a[0]).filter { $0.cell.kind == .state }.map { .tuple([.string($0.path), .cell($0.cell)]) })
      }),
      ("__freeze", { session, a in
        guard case .bool(let flag) = a[1] else { return .nothing }
        for (_, cell) in session.parameters(of: a[0]) where cell.kind == .parameter { cell.isFrozen = flag }
        return .nothing
      }),
      ("__is_frozen", { _, a in
        if case .cell(let cell) = a[0] { return .bool(cell.isFrozen) }
        return .bool(false)
      }),
      ("__copy", { session, a in
        var copier = Copier()
        return copier.copy(a[0])
      }),
      ("__seed", { session, a in
        let seed = try session.whole(session.read(a[0]), "a seed")
        guard seed >= 0 else { throw Failure(.value, "a seed is a whole number from 0 on, not \(seed)") }
        session.journal.note(.random(seed: session.engine.randomSeed, counter: session.engine.randomCounter))
        session.engine.randomSeed = UInt64(seed)
        session.engine.randomCounter = 0
        return .nothing
      }),
      ("__is_training", { session, _ in .bool(session.isTraining) }),
      ("__error", { session, a in throw Failure(.user, try session.text(session.read(a[0]))) }),
      ("__type_name", { session, a in .string(session.typeName(session.read(a[0]))) }),
      ("__fields", { session, a in
        switch a[0] {
        case .layer(let layer): .list(layer.type.fieldNames.map { .string($0) })
        case .tuple(let tuple): .list((tuple.names ?? []).map { .string($0) })
        default: .list([Value]())
        }
      }),
    ]
  }
}

extension Session {
  /// The value as a constant for all derivatives under way.
  func detached(_ value: Value) -> Value {
    switch value {
    case .tensor(let tensor): makeNumber(engine.detach(tensor))
    case .list(let list): .list(list.elements.map { detached($0) })
    case .tuple(let tuple): .tuple(TupleValue(tuple.elements.map { detached($0) }, names: tuple.names))
    case .map(let map): .map(MapValue(map.entries.mapValues { detached($0) }))
    default: value
    }
  }

  /// A tensor as a value: a number that no derivative is taken of any more is a plain number.
  func makeNumber(_ tensor: Tensor) -> Value {
    guard tensor.isNumber, !engine.isTracked(tensor), let number = try? engine.number(of: tensor) else { return .tensor(tensor) }
    return .number(number)
  }

  /// The cells of a model in the order of their paths: fields, elements, and the variables that functions capture or name.
  func parameters(of value: Value) -> [(path: String, cell: Cell)] {
    var walk = ParameterWalk()
    walk.visit(value, "")
    return walk.found
  }
}

private struct ParameterWalk {
  var found: [(path: String, cell: Cell)] = []
  private var seen: Set<ObjectIdentifier> = []

  private func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  mutating func visit(_ value: Value, _ path: String) {
    switch value {
    case .cell(let cell):
      if seen.insert(ObjectIdentifier(cell)).inserted {
        found.append((path, cell))
        // A cell may hold a record of cells.
        if case .tensor = cell.content { return }
        visit(cell.content, path)
      }
    case .layer(let layer):
      guard seen.insert(ObjectIdentifier(layer)).inserted else { return }
      for (slot, field) in layer.fields.enumerated() where !layer.type.methodSlots.contains(slot) {
        visit(field, layer.type.isComposition ? "\(path)[\(slot)]" : join(path, layer.type.fieldNames[slot]))
      }
      // Methods may use layers of the scope around.
      for slot in layer.type.methodSlots.sorted() { visit(layer.fields[slot], path) }
    case .list(let list): for (index, element) in list.elements.enumerated() { visit(element, "\(path)[\(index)]") }
    case .tuple(let tuple):
      for (index, element) in tuple.elements.enumerated() {
        let name = tuple.names?[index] ?? ""
        visit(element, join(path, name.isEmpty ? "\(index)" : name))
      }
    case .map(let map):
      for (key, element) in map.entries {
        switch key {
        case .string(let name): visit(element, "\(path)[\"\(name)\"]")
        case .number(let number): visit(element, "\(path)[\(number)]")
        }
      }
    case .function(let function):
      guard seen.insert(ObjectIdentifier(function)).inserted else { return }
      switch function.kind {
      case .closure(let code, let captures), .method(let code, let captures, _), .constructor(let code, let captures, _):
        for (name, box) in zip(code.captureNames, captures) where seen.insert(ObjectIdentifier(box)).inserted { visit(box.value, join(path, name)) }
        guard !code.module.isLibrary else { return }
        for slot in code.globalSlots where slot < code.module.count { visit(code.module.storage[slot], join(path, code.module.names[slot])) }
      case .derivative(let f, _): visit(f, path)
      case .applied(_, let operands): for operand in operands { visit(operand, path) }
      case .native: break
      }
    default: break
    }
  }
}

/// Copies what has identity, once each: two fields that share a layer share its copy.
private struct Copier {
  private var layers: [ObjectIdentifier: Layer] = [:]
  private var cells: [ObjectIdentifier: Cell] = [:]

  mutating func copy(_ value: Value) -> Value {
    switch value {
    case .cell(let cell):
      if let known = cells[ObjectIdentifier(cell)] { return .cell(known) }
      let new = Cell(kind: cell.kind, content: cell.content)
      new.isFrozen = cell.isFrozen
      cells[ObjectIdentifier(cell)] = new
      if case .tensor = cell.content {} else { new.content = copy(cell.content) }
      return .cell(new)
    case .layer(let layer):
      if let known = layers[ObjectIdentifier(layer)] { return .layer(known) }
      let new = Layer(type: layer.type, fields: layer.fields, isBuilt: layer.isBuilt)
      layers[ObjectIdentifier(layer)] = new
      new.fields = layer.fields.map { copy($0) }
      return .layer(new)
    case .list(let list): return .list(list.elements.map { copy($0) })
    case .tuple(let tuple): return .tuple(TupleValue(tuple.elements.map { copy($0) }, names: tuple.names))
    case .map(let map): return .map(MapValue(map.entries.mapValues { copy($0) }))
    case .function(let function):
      if case .method(let code, let captures, let owner) = function.kind, let new = layers[ObjectIdentifier(owner)] {
        return .function(FunctionValue(.method(code, captures: captures, of: new)))
      }
      return value
    default: return value
    }
  }
}
