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
        return .cell(Cell(kind: .state, content: try session.detached(value)))
      }),
      ("__value", { session, a in session.read(a[0]) }),
      ("__detach", { session, a in try session.detached(session.read(a[0])) }),
      ("__write", { session, a in
        guard case .cell(let cell) = a[0] else { throw Failure(.type, "only a cell can be written, not \(session.typeName(a[0]))") }
        let value = session.read(a[1])
        if case .tensor = cell.content { try session.write(cell, value) } else { session.set(cell, value) }
        return .nothing
      }),
      ("__parameters", { session, a in
        .list(try session.parameters(of: a[0]).filter { $0.cell.kind == .parameter }.map { .tuple([.string($0.path), .cell($0.cell)]) })
      }),
      ("__states", { session, a in
        .list(try session.parameters(of: a[0]).filter { $0.cell.kind == .state }.map { .tuple([.string($0.path), .cell($0.cell)]) })
      }),
      ("__freeze", { session, a in
        guard case .bool(let flag) = a[1] else { return .nothing }
        for cell in session.cells(of: a[0]) where cell.kind == .parameter { cell.isFrozen = flag }
        return .nothing
      }),
      ("__is_frozen", { _, a in
        if case .cell(let cell) = a[0] { return .bool(cell.isFrozen) }
        return .bool(false)
      }),
      ("__copy", { session, a in
        var copier = Copier(session)
        return try copier.copy(a[0])
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
  func detached(_ value: Value) throws -> Value {
    try rebuilt(value, isSharing: true) { part in
      if case .tensor(let tensor) = part { makeNumber(engine.detach(tensor)) } else { part }
    }
  }

  /// A tensor as a value: a number that no derivative is taken of any more is a plain number.
  func makeNumber(_ tensor: Tensor) -> Value {
    guard tensor.isNumber, !engine.isTracked(tensor), let number = try? engine.number(of: tensor) else { return .tensor(tensor) }
    return .number(number)
  }
}

/// Copies what has identity, once each: two fields that share a layer share its copy.
private struct Copier {
  let session: Session
  private var layers: [ObjectIdentifier: Layer] = [:]
  private var cells: [ObjectIdentifier: Cell] = [:]
  /// Copies whose contents are still the originals'.
  private var openLayers: [Layer] = []
  private var openCells: [Cell] = []

  init(_ session: Session) { self.session = session }

  mutating func copy(_ value: Value) throws -> Value {
    let result = try rebuilt(value)
    // Depth first, as the fields stand.
    while true {
      if let cell = openCells.popLast() {
        cell.content = try rebuilt(cell.content)
      } else if let layer = openLayers.popLast() {
        let before = openLayers.count
        layer.fields = try layer.fields.map { try rebuilt($0) }
        openLayers[before...].reverse()
      } else {
        return result
      }
    }
  }

  private mutating func rebuilt(_ value: Value) throws -> Value {
    try session.rebuilt(value, isSharing: true) { shallowCopy($0) }
  }

  private mutating func shallowCopy(_ value: Value) -> Value {
    switch value {
    case .cell(let cell):
      if let known = cells[ObjectIdentifier(cell)] { return .cell(known) }
      let new = Cell(kind: cell.kind, content: cell.content)
      new.isFrozen = cell.isFrozen
      cells[ObjectIdentifier(cell)] = new
      if cell.content.isContainer { openCells.append(new) }
      return .cell(new)
    case .layer(let layer):
      if let known = layers[ObjectIdentifier(layer)] { return .layer(known) }
      let new = Layer(type: layer.type, fields: layer.fields, isBuilt: layer.isBuilt)
      layers[ObjectIdentifier(layer)] = new
      openLayers.append(new)
      return .layer(new)
    case .function(let function):
      if case .method(let code, let captures, let owner) = function.kind, let new = layers[ObjectIdentifier(owner)] {
        return .function(FunctionValue(.method(code, captures: captures, of: new)))
      }
      return value
    default: return value
    }
  }
}
