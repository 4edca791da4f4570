import Files
import Kernels
import OrderedCollections
import Syntax
import Tensors

/// `save` and `load`: the parameters and states of a model, or plain tensors, by their paths.
enum SavingFunctions {
  static var table: NativeTable {
    [
      // thing, path
      ("__save", { session, a in
        let path = try session.string(a[1], "the path")
        try requireName(path, argument: 1)
        try FileFunctions.write(session.saved(a[0]).bytes(), to: path, session)
        return .nothing
      }),
      // path: what it holds, a map from name to tensor, or the one tensor that was saved
      ("__load", { session, a in
        let path = try session.string(a[0], "the path")
        try requireName(path, argument: 0)
        let file = try read(path, session)
        if file.metadata[Session.contentMark] == "tensor", let entry = file.entries.first { return .tensor(try session.tensor(entry)) }
        var entries: OrderedDictionary<MapValue.Key, Value> = [:]
        for entry in file.entries { entries[.string(entry.name)] = .tensor(try session.tensor(entry)) }
        return .map(MapValue(entries))
      }),
      // model, path: the model's cells get what the file holds
      ("__load_into", { session, a in
        let path = try session.string(a[1], "the path")
        try requireName(path, argument: 1)
        try session.restore(a[0], from: read(path, session), path: path)
        return .nothing
      }),
    ]
  }

  private static func read(_ path: String, _ session: Session) throws -> Safetensors {
    let found = session.resolve(path: path)
    return try Safetensors(parsing: readBytes(path: found, isInterrupted: { Interrupt.isRequested }), path: path)
  }

  private static func requireName(_ path: String, argument: Int) throws {
    guard path.lowercased().hasSuffix(".safetensors") else {
      throw Failure(
        .value, "models and tensors are kept in files that end with `.safetensors`, and \(quotedText(path)) does not",
        hint: path.lowercased().hasSuffix(".svg") ? "`.svg` is for pictures: `save(plot(x), \"a.svg\")`" : nil, argument: argument)
    }
  }
}

extension Session {
  /// Tells a single tensor from a map with one.
  static let contentMark = "gradus"

  /// What is written of a value: cells by their paths; of plain values the tensors and numbers in them.
  func saved(_ value: Value) throws -> Safetensors {
    let model = try modelCells(of: value)
    if let (path, layer) = model.unbuilt.first {
      throw Failure(
        .value, "\(partName(path, layer)) is not built yet and has no parameters to save", hint: "call the model with an input once", argument: 0)
    }
    var entries: [Safetensors.Entry] = []
    if !model.cells.isEmpty {
      for (path, cell) in model.cells { try store(cell.content, path.isEmpty ? "value" : path, &entries) }
      return Safetensors(entries: entries)
    }
    switch value {
    case .tensor, .number, .bool:
      try store(value, "tensor", &entries)
      return Safetensors(entries: entries, metadata: [Session.contentMark: "tensor"])
    case .map(let map):
      for (key, element) in map.entries {
        guard case .string(let name) = key else {
          throw Failure(.type, "what is saved has names, and a key of this map is \(described(key.value))", hint: "string(k) makes a name of a number", argument: 0)
        }
        try store(element, name, &entries)
      }
    case .tuple, .list: try store(value, "", &entries)
    default:
      throw Failure(.type, "`save` writes models, tensors and pictures, not \(described(value))", argument: 0)
    }
    guard !entries.isEmpty else { throw Failure(.value, "there is nothing to save in \(described(value))", argument: 0) }
    return Safetensors(entries: entries)
  }

  /// The tensors and numbers in a value, each under its path.
  private func store(_ value: Value, _ path: String, _ entries: inout [Safetensors.Entry], depth: Int = 0) throws {
    try requireShallow(depth)
    switch read(value) {
    case .nothing: break
    case .tensor(let tensor):
      let shape = tensor.shape.dimensions
      let plain = engine.detach(tensor)
      let numbers: Safetensors.Numbers =
        switch tensor.type {
        case .f32: .f32(try engine.floats(plain))
        case .f64: .f64(try engine.doubles(plain))
        case .i32: .i32(try engine.ints(plain))
        case .bool: .bool(try engine.bools(plain))
        }
      entries.append(Safetensors.Entry(name: path, shape: shape, numbers: numbers))
    case .number(let number): entries.append(Safetensors.Entry(name: path, shape: [], numbers: .f64([number])))
    case .bool(let bool): entries.append(Safetensors.Entry(name: path, shape: [], numbers: .bool([bool])))
    case let value:
      guard let parts = parts(of: value, path) else {
        throw Failure(.type, "`save` has no place for \(described(value)), which `\(path)` holds", notes: ["the file holds tensors, numbers and bools"], argument: 0)
      }
      for (path, part) in parts { try store(part, path, &entries, depth: depth + 1) }
    }
  }

  /// Names of files grow with each level.
  private func requireShallow(_ depth: Int) throws {
    if depth > 100 { throw Failure(.limit, "what is saved or loaded is nested more than 100 levels deep", argument: 0) }
  }

  /// The elements of a list, tuple, record or map with their paths; nil for what has none.
  private func parts(of value: Value, _ path: String) -> [(path: String, value: Value)]? {
    func field(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    switch value {
    case .list(let list): return list.elements.enumerated().map { ("\(path)[\($0)]", $1) }
    case .tuple(let tuple):
      return tuple.elements.enumerated().map { place, element in
        let name = tuple.names?[place] ?? ""
        return (field(name.isEmpty ? "\(place)" : name), element)
      }
    case .map(let map):
      return map.entries.map { key, element in
        switch key {
        case .string(let name): ("\(path)[\"\(name)\"]", element)
        case .number(let number): ("\(path)[\(NumberText.plain(number, digits: 17))]", element)
        }
      }
    default: return nil
    }
  }

  func tensor(_ entry: Safetensors.Entry) throws -> Tensor {
    let shape = try Shape(entry.shape)
    return switch entry.numbers {
    case .f32(let values): try engine.tensor(floats: values, shape)
    case .f64(let values): try engine.tensor(doubles: values, shape)
    case .i32(let values): try engine.tensor(ints: values, shape)
    case .bool(let values): try engine.tensor(bools: values, shape)
    }
  }

  // MARK: Into a model

  /// Gives the cells of a model what a file holds by their paths. All is compared first: what doesn't fit changes nothing.
  func restore(_ model: Value, from file: Safetensors, path: String) throws {
    let (cells, unbuilt) = try modelCells(of: model)
    guard !cells.isEmpty || !unbuilt.isEmpty else {
      throw Failure(
        .type, "`load` gives a model its parameters, and \(described(model)) has none",
        hint: "`load(\(quotedText(path)))` gives a map of what the file holds", argument: 0)
    }
    var comparison = FileComparison(session: self, file: file)
    var contents: [(Cell, Value)] = []
    for (place, cell) in cells {
      let content = try comparison.restored(cell.content, place.isEmpty ? "value" : place, isState: cell.kind == .state)
      contents.append((cell, content))
    }
    if let failure = comparison.failure(path: path, unbuilt: unbuilt.first.map { partName($0.path, $0.layer) }) { throw failure }
    for (cell, content) in contents {
      if case .tensor = content, cell.kind == .parameter { try write(cell, content) } else { set(cell, content) }
    }
  }

  private func partName(_ path: String, _ layer: Layer) -> String { path.isEmpty ? "`\(layer.type.name)`" : "`\(layer.type.name)` at `\(path)`" }

  /// Takes a model's values from a file, and notes what does not agree.
  private struct FileComparison {
    let session: Session
    let file: Safetensors
    private let places: [String: Int]
    private var used = Set<String>()
    private var missing: [String] = []
    private var different: [String] = []

    init(session: Session, file: Safetensors) {
      self.session = session
      self.file = file
      places = Dictionary(file.entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func restored(_ present: Value, _ path: String, isState: Bool, depth: Int = 0) throws -> Value {
      try session.requireShallow(depth)
      switch present {
      case .nothing, .unbound, .string, .function, .layer, .external: return present
      default: break
      }
      if let parts = session.parts(of: present, path) {
        var elements: [Value] = []
        for (path, part) in parts { elements.append(try restored(part, path, isState: isState, depth: depth + 1)) }
        switch present {
        case .tuple(let tuple): return .tuple(TupleValue(elements, names: tuple.names))
        case .map(let map):
          var entries = map.entries
          for (key, element) in zip(map.entries.keys, elements) { entries[key] = element }
          return .map(MapValue(entries))
        default: return .list(elements)
        }
      }
      guard let place = places[path] else {
        missing.append(path)
        return present
      }
      used.insert(path)
      let entry = file.entries[place]
      let found = try session.tensor(entry)
      switch present {
      case .tensor(let tensor):
        guard tensor.shape == found.shape, found.type <= tensor.type, found.type.isFloat || !tensor.type.isFloat else { break }
        return .tensor(found.type == tensor.type ? found : try session.engine.cast(found, to: tensor.type))
      case .number:
        // A state may begin as a number and become a tensor: an optimiser's moments.
        if found.rank == 0, found.type != .bool { return .number(try session.engine.number(of: found)) }
        if isState, found.rank > 0 { return .tensor(found) }
      case .bool:
        if found.rank == 0, found.type == .bool { return .bool(try session.engine.bools(found).first ?? false) }
      default: break
      }
      different.append("`\(path)` is \(text(present)) in the model and \(found.shape) \(found.type.name) in the file")
      return present
    }

    private func text(_ value: Value) -> String {
      if case .tensor(let tensor) = value { return "\(tensor.shape) \(tensor.type.name)" }
      return session.typeName(value)
    }

    func failure(path: String, unbuilt: String?) -> Failure? {
      let extra = file.entries.map(\.name).filter { !used.contains($0) }
      guard !missing.isEmpty || !extra.isEmpty || !different.isEmpty else { return nil }
      func list(_ names: [String]) -> String {
        names.prefix(8).map { "`\($0)`" }.joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
      }
      var notes = different.prefix(8) + (different.count > 8 ? ["… and \(different.count - 8) more differ"] : [])
      if !missing.isEmpty { notes.append("the file has no \(list(missing))") }
      if !extra.isEmpty { notes.append("the model has no \(list(extra))") }
      return Failure(
        .value, "\(quotedText(path)) does not fit the model", notes: Array(notes),
        hint: unbuilt.map { "\($0) is not built yet: call the model with an input first, or give the layer its input size" }, argument: 0)
    }
  }
}
