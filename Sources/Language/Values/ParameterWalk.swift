import Tensors

extension Session {
  /// The cells of a model in the order of their paths: fields, elements, and the variables that functions capture or name.
  func cells(of value: Value) -> [Cell] {
    var walk = ParameterWalk()
    walk.visit(value)
    return walk.found.map(\.cell)
  }

  /// The cells of a model by their paths, and the layers in it that get theirs when they are called.
  func modelCells(of value: Value) throws -> (cells: [(path: String, cell: Cell)], unbuilt: [(path: String, layer: Layer)]) {
    var walk = ParameterWalk()
    walk.visit(value)
    let unbuilt = walk.layers.filter { !$0.layer.isBuilt && $0.layer.type.buildSlot != nil }.map { (path: walk.path($0.place), layer: $0.layer) }
    return (try parameters(of: value), unbuilt)
  }

  /// The same with their paths, as `net[0].weight`.
  func parameters(of value: Value) throws -> [(path: String, cell: Cell)] {
    var walk = ParameterWalk()
    walk.visit(value)
    return try walk.found.map { place, cell in
      let path = walk.path(place)
      try machine.spend(path.utf8.count)
      return (path, cell)
    }
  }
}

/// Goes through a model with a stack of its own, since models can be nested deeply. What was met once is passed over.
struct ParameterWalk {
  /// One piece of a path, and the place that it belongs to.
  private struct Place {
    let parent: Int
    let piece: Piece
  }

  private enum Piece {
    /// Nothing is added to the parent's path.
    case same
    case field(String)
    case index(Int)
    case key(MapValue.Key)
  }

  private(set) var found: [(place: Int, cell: Cell)] = []
  private(set) var layers: [(place: Int, layer: Layer)] = []
  private var places: [Place] = [Place(parent: 0, piece: .same)]
  private var seen: Set<ObjectIdentifier> = []
  private var stack: [(value: Value, place: Int)] = []
  /// What the value being visited holds, in order.
  private var inner: [(value: Value, place: Int)] = []

  mutating func visit(_ value: Value) {
    stack = [(value, 0)]
    while let (value, place) = stack.popLast() {
      open(value, at: place)
      stack += inner.reversed()
      inner.removeAll(keepingCapacity: true)
    }
  }

  /// The path of a place, put together from its end.
  func path(_ place: Int) -> String {
    var pieces: [Piece] = []
    var here = place
    while here > 0 {
      pieces.append(places[here].piece)
      here = places[here].parent
    }
    var path = ""
    for piece in pieces.reversed() {
      switch piece {
      case .same: break
      case .field(let name): path += path.isEmpty ? name : "." + name
      case .index(let index): path += "[\(index)]"
      case .key(.string(let name)): path += "[\"\(name)\"]"
      case .key(.number(let number)): path += "[\(NumberText.plain(number, digits: 17))]"
      }
    }
    return path
  }

  private mutating func add(_ value: Value, _ parent: Int, _ piece: Piece) {
    guard let container = value.container else { return }
    if case .function(let function) = value, case .native = function.kind { return }
    guard !seen.contains(ObjectIdentifier(container)) else { return }
    if case .same = piece {
      inner.append((value, parent))
    } else {
      inner.append((value, places.count))
      places.append(Place(parent: parent, piece: piece))
    }
  }

  private mutating func open(_ value: Value, at place: Int) {
    guard let container = value.container, seen.insert(ObjectIdentifier(container)).inserted else { return }
    switch value {
    case .cell(let cell):
      found.append((place, cell))
      // A cell may hold a record of cells.
      add(cell.content, place, .same)
    case .layer(let layer):
      layers.append((place, layer))
      for slot in layer.type.pathOrder {
        add(layer.fields[slot], place, layer.type.isComposition ? .index(slot) : .field(layer.type.fieldNames[slot]))
      }
      // Methods may use layers of the scope around.
      for slot in layer.type.methodSlots.sorted() { add(layer.fields[slot], place, .same) }
    case .list(let list): for (index, element) in list.elements.enumerated() { add(element, place, .index(index)) }
    case .tuple(let tuple):
      for (index, element) in tuple.elements.enumerated() {
        let name = tuple.names?[index] ?? ""
        add(element, place, .field(name.isEmpty ? "\(index)" : name))
      }
    case .map(let map): for (key, element) in map.entries { add(element, place, .key(key)) }
    case .function(let function):
      switch function.kind {
      case .closure(let code, let captures), .method(let code, let captures, _), .constructor(let code, let captures, _):
        for (name, box) in zip(code.captureNames, captures) { add(.box(box), place, .field(name)) }
        guard !code.module.isLibrary else { return }
        for slot in code.globalSlots where slot < code.module.count { add(code.module.storage[slot], place, .field(code.module.names[slot])) }
      case .derivative(let f, _), .gradient(let f, _), .jacobian(let f): add(f, place, .same)
      case .native: break
      }
    case .box(let box): add(box.value, place, .same)
    default: break
    }
  }
}
