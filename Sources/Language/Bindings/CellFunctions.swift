import Syntax
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
          throw Failure(.type, "a parameter must be f32 or f64, but it is \(session.described(value))", hint: "`f32(x)` converts it")
        }
        let content = tensor.isNumber ? try session.engine.cast(tensor, to: .f32) : tensor
        return .cell(session.cell(.parameter, .tensor(session.engine.detach(content))))
      }),
      ("__state", { session, a in
        let value = session.read(a[0])
        return .cell(session.cell(.state, try session.detached(value)))
      }),
      ("__value", { session, a in session.read(a[0]) }),
      ("__detach", { session, a in try session.detached(session.read(a[0])) }),
      ("__write", { session, a in
        guard case .cell(let cell) = a[0] else { throw Failure(.type, "only a cell can be written, not \(session.described(a[0]))") }
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
        for cell in session.cells(of: a[0]) where cell.kind == .parameter { session.freeze(cell, flag) }
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
      // kind, message, hint or nothing: an error of the library
      ("__fail", { session, a in
        let kind = GradusError.Kind(rawValue: try session.string(a[0], "the kind")) ?? .value
        let hint: String? = if case .nothing = a[2] { nil } else { try session.string(a[2], "the hint") }
        throw Failure(kind, try session.string(a[1], "the message"), hint: hint)
      }),
      // a value, what it is: a whole number from 0 on
      ("__whole_count", { session, a in
        let what = try session.string(a[1], "the name")
        let count = try session.whole(a[0], what)
        guard count >= 0 else { throw Failure(.value, "\(what) must be 0 or more, not \(count)") }
        return .number(Double(count))
      }),
      ("__described", { session, a in .string(session.described(a[0])) }),
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
  private var boxes: [ObjectIdentifier: Box] = [:]
  private var functions: [ObjectIdentifier: FunctionValue] = [:]
  /// Copies whose contents are still the originals'.
  private var openLayers: [Layer] = []
  private var openCells: [Cell] = []
  private var openBoxes: [Box] = []

  init(_ session: Session) { self.session = session }

  mutating func copy(_ value: Value) throws -> Value {
    let result = try rebuilt(value)
    // Depth first, as the fields stand.
    while true {
      if let cell = openCells.popLast() {
        cell.content = try rebuilt(cell.content)
      } else if let box = openBoxes.popLast() {
        box.value = try rebuilt(box.value)
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
    try session.rebuilt(value, isSharing: true) { try shallowCopy($0) }
  }

  private mutating func shallowCopy(_ value: Value) throws -> Value {
    switch value {
    case .cell(let cell):
      if let known = cells[ObjectIdentifier(cell)] { return .cell(known) }
      let new = session.cell(cell.kind, cell.content)
      new.isFrozen = cell.isFrozen
      cells[ObjectIdentifier(cell)] = new
      if cell.content.isContainer { openCells.append(new) }
      return .cell(new)
    case .layer(let layer):
      if let known = layers[ObjectIdentifier(layer)] { return .layer(known) }
      let new = session.layer(layer.type, fields: layer.fields, isBuilt: layer.isBuilt)
      layers[ObjectIdentifier(layer)] = new
      openLayers.append(new)
      return .layer(new)
    case .function(let function): return .function(try shallowCopy(function))
    default: return value
    }
  }

  private mutating func shallowCopy(_ function: FunctionValue) throws -> FunctionValue {
    if let known = functions[ObjectIdentifier(function)] { return known }
    var new = function
    switch function.kind {
    case .closure(let code, let captures):
      try requireOwn(code)
      let copies = captures.map { shallowCopy($0) }
      if !zip(captures, copies).allSatisfy({ $0 === $1 }) { new = FunctionValue(.closure(code, captures: copies)) }
    case .method(let code, let captures, let owner):
      guard let layer = layers[ObjectIdentifier(owner)] else { return function }
      new = FunctionValue(.method(code, captures: captures.map { shallowCopy($0) }, of: layer))
    case .native, .constructor, .derivative, .gradient, .jacobian: break
    }
    functions[ObjectIdentifier(function)] = new
    return new
  }

  /// A captured variable is copied if parameters, states or layers can be reached through it: a counter stays shared.
  private mutating func shallowCopy(_ box: Box) -> Box {
    if let known = boxes[ObjectIdentifier(box)] { return known }
    var walk = ParameterWalk()
    walk.visit(box.value)
    guard !walk.found.isEmpty || !walk.layers.isEmpty else { return box }
    let new = session.box(box.value)
    boxes[ObjectIdentifier(box)] = new
    openBoxes.append(new)
    return new
  }

  /// A function finds the program's own variables by their names, so its copy would find the same ones.
  private func requireOwn(_ code: Code) throws {
    guard !code.module.isLibrary else { return }
    for slot in code.globalSlots where slot < code.module.count {
      guard !session.cells(of: code.module.storage[slot]).isEmpty else { continue }
      throw Failure(
        .value, "`\(code.name)` cannot be copied: it names `\(code.module.names[slot])` of the program, which a copy would share",
        hint: "a layer has parameters of its own: `layer Name() { w = param(…); forward(x) = … }`")
    }
  }
}
