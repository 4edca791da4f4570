import Charts
import Tensors

extension Session {
  /// A layer with its parts below it: shapes, counts, the total.
  func layerTree(_ layer: Layer) throws -> String {
    var walk = LayerWalk(session: self)
    let rows = walk.part(name: "", layer).rows(ascii: style.glyphs == .ascii)
    let names = rows.map(\.name.count).max() ?? 0
    let details = rows.map(\.details.count).max() ?? 0
    let counts = rows.dropFirst().map(\.count.count).max() ?? 0
    var lines = rows.map { row -> String in
      var line = row.name.rightPadded(names)
      if details > 0 { line += "   " + row.details.rightPadded(details) }
      if counts > 0 { line += "   " + row.count.leftPadded(counts) }
      return line.withoutSpacesAtEnd
    }
    lines.append(walk.totals)
    return lines.joined(separator: "\n")
  }

  /// The tree of a model that was called once: of each part what comes out, its parameters, its work and the memory of its output.
  func summary(_ model: Value, _ observer: LayerObserver) throws -> String {
    var walk = LayerWalk(session: self)
    let root = walk.root(model, observer)
    let rows = root.rows(ascii: style.glyphs == .ascii)
    func cells(_ row: LayerRow) -> [String] {
      guard let cost = row.cost else { return ["", row.count, "", ""] }
      return [cost.output, row.count, cost.work > 0 ? NumberText.count(cost.work) : "", NumberText.bytes(cost.bytes)]
    }
    let table = [["output", "parameters", "FLOPs", "memory"]] + rows.map(cells)
    let names = rows.map(\.name.count).max() ?? 0
    let widths = (0..<4).map { column in table.map(\.[column].count).max() ?? 0 }
    var lines = zip([""] + rows.map(\.name), table).map { name, cells -> String in
      var line = name.rightPadded(names)
      // What comes out reads from the left, numbers from the right.
      for (column, text) in cells.enumerated() { line += "   " + (column == 0 ? text.rightPadded(widths[column]) : text.leftPadded(widths[column])) }
      return line.withoutSpacesAtEnd
    }
    let outputs = rows.dropFirst().compactMap { $0.isLeaf ? $0.cost?.bytes : nil }.reduce(0, +)
    lines.append("\(walk.totals), \(NumberText.bytes(walk.bytes)); \(NumberText.count(observer.total)) FLOPs; outputs of \(NumberText.bytes(outputs > 0 ? outputs : rows.first?.cost?.bytes ?? 0))")
    return lines.joined(separator: "\n")
  }

  /// A layer in a word, with the sizes it was made with: `conv2d(32, size: 3)`.
  func layerTitle(_ layer: Layer) -> String {
    let type = layer.type
    if type.isComposition { return "composition of \(layer.fields.count)" }
    var arguments: [String] = []
    for slot in 0..<min(type.parameterCount, layer.fields.count, type.fieldNames.count) {
      let text: String
      switch layer.fields[slot] {
      case .number(let number): text = NumberText.plain(number, digits: digits)
      case .string(let string) where string.text.count <= 20: text = quotedText(string.text)
      case .tuple(let tuple) where tuple.names == nil && (1...3).contains(tuple.elements.count):
        let numbers = tuple.elements.compactMap { if case .number(let number) = $0 { NumberText.plain(number, digits: digits) } else { nil } }
        guard numbers.count == tuple.elements.count else { continue }
        text = "(" + numbers.joined(separator: ", ") + (numbers.count == 1 ? ",)" : ")")
      default: continue
      }
      arguments.append(slot == 0 ? text : "\(type.fieldNames[slot]): \(text)")
    }
    return arguments.isEmpty ? type.name : "\(type.name)(\(arguments.joined(separator: ", ")))"
  }
}

/// One line of the tree.
private struct LayerRow {
  let name: String
  let details: String
  let count: String
  let cost: LayerObserver.Cost?
  /// Whether nothing stands below it.
  let isLeaf: Bool
}

/// A layer, or a function among the parts of a composition, with what it holds.
private final class LayerPart {
  let title: String
  var details: [String] = []
  /// Elements of its own parameters.
  var count = 0
  var parts: [LayerPart] = []
  var cost: LayerObserver.Cost?
  init(title: String) { self.title = title }

  func rows(ascii: Bool) -> [LayerRow] {
    var rows: [LayerRow] = []
    addRows(ascii: ascii, firstPrefix: "", prefix: "", to: &rows)
    return rows
  }

  private func addRows(ascii: Bool, firstPrefix: String, prefix: String, to rows: inout [LayerRow]) {
    let count = count > 0 ? NumberText.count(count) : ""
    rows.append(LayerRow(name: firstPrefix + title, details: details.joined(separator: ", "), count: count, cost: cost, isLeaf: parts.isEmpty))
    for (position, part) in parts.enumerated() {
      let isLast = position == parts.count - 1
      part.addRows(
        ascii: ascii,
        firstPrefix: prefix + (isLast ? (ascii ? "`- " : "└ ") : (ascii ? "|- " : "├ ")),
        prefix: prefix + (isLast ? (ascii ? "   " : "  ") : (ascii ? "|  " : "│ ")), to: &rows)
    }
  }
}

/// Goes through a layer's fields; cells and layers that were met before count once.
private struct LayerWalk {
  /// A chain of layers that is deeper than this is cut off.
  private static let deepest = 40
  /// One list can stand in another many times over.
  private static let mostVisits = 1_000_000

  let session: Session
  private(set) var total = 0
  private(set) var frozen = 0
  /// Of the parameters.
  private(set) var bytes = 0
  private var observer: LayerObserver?
  private var seen = Set<ObjectIdentifier>()
  private var visits = 0

  init(session: Session) { self.session = session }

  /// `26 parameters, 10 of them frozen`.
  var totals: String {
    let sum = "\(NumberText.count(total)) parameter\(total == 1 ? "" : "s")"
    return frozen > 0 ? sum + ", \(frozen == total ? "all" : NumberText.count(frozen)) of them frozen" : sum
  }

  /// A model with the costs of its parts: a layer, or a function with what it captures or names.
  mutating func root(_ model: Value, _ observer: LayerObserver) -> LayerPart {
    self.observer = observer
    if case .layer(let layer) = model { return part(name: "", layer) }
    let root = LayerPart(title: session.typeName(model))
    root.cost = observer.costs[.function(of: ObjectIdentifier(observer), place: 0)]
    if case .function(let function) = model { visitVariables(of: function, root, depth: 0) }
    return root
  }

  mutating func part(name: String, _ layer: Layer, depth: Int = 0) -> LayerPart {
    let part = LayerPart(title: (name.isEmpty ? "" : name + "  ") + session.layerTitle(layer))
    guard seen.insert(ObjectIdentifier(layer)).inserted else {
      part.details = ["shared"]
      return part
    }
    part.cost = observer?.costs[.layer(ObjectIdentifier(layer))]
    guard depth < LayerWalk.deepest else {
      part.details = ["…"]
      return part
    }
    for slot in layer.type.pathOrder {
      let field = layer.fields[slot]
      let name = slot < layer.type.fieldNames.count ? layer.type.fieldNames[slot] : String(slot)
      visit(name, field, part, depth: depth, isPart: layer.type.isComposition)
      if layer.type.isComposition, case .function = field { part.parts.last?.cost = observer?.costs[.function(of: ObjectIdentifier(layer), place: slot)] }
    }
    if !layer.isBuilt, layer.type.buildSlot != nil { part.details.append("not built yet") }
    return part
  }

  /// A field, or something inside of one.
  private mutating func visit(_ name: String, _ value: Value, _ part: LayerPart, depth: Int, isPart: Bool = false) {
    visits += 1
    guard depth < LayerWalk.deepest, visits < LayerWalk.mostVisits else { return }
    switch value {
    case .cell(let cell): visit(name, cell, part, depth: depth)
    case .layer(let layer): part.parts.append(self.part(name: name, layer, depth: depth + 1))
    case .list(let list):
      for (position, element) in list.elements.enumerated() { visit("\(name)[\(position)]", element, part, depth: depth + 1) }
    case .tuple(let tuple):
      for (position, element) in tuple.elements.enumerated() {
        let inner = tuple.names.flatMap { position < $0.count && !$0[position].isEmpty ? $0[position] : nil } ?? String(position)
        visit("\(name).\(inner)", element, part, depth: depth + 1)
      }
    case .map(let map):
      for (key, element) in map.entries {
        switch key {
        case .string(let text): visit("\(name)[\(quotedText(text))]", element, part, depth: depth + 1)
        case .number(let number): visit("\(name)[\(NumberText.plain(number, digits: 6))]", element, part, depth: depth + 1)
        }
      }
    case .function(let function):
      let holder = isPart ? LayerPart(title: name + "  " + (function.name.isEmpty ? "function" : function.name)) : part
      if isPart { part.parts.append(holder) }
      visitVariables(of: function, holder, depth: depth)
    case .box(let box): visit(name, box.value, part, depth: depth + 1)
    default: break
    }
  }

  /// What a function captures, or names of the program.
  private mutating func visitVariables(of function: FunctionValue, _ part: LayerPart, depth: Int) {
    guard case .closure(let code, let captures) = function.kind, seen.insert(ObjectIdentifier(function)).inserted else { return }
    for (name, box) in zip(code.captureNames, captures) { visit(name, box.value, part, depth: depth + 1) }
    guard !code.isLibrary else { return }
    for slot in code.globalSlots where slot < code.module.count { visit(code.module.names[slot], code.module.storage[slot], part, depth: depth + 1) }
  }

  private mutating func visit(_ name: String, _ cell: Cell, _ part: LayerPart, depth: Int) {
    let isNew = seen.insert(ObjectIdentifier(cell)).inserted
    let shape: String
    var count = 1
    switch cell.content {
    case .tensor(let tensor):
      shape = tensor.shape.description
      count = tensor.count
    case .number(let number): shape = NumberText.plain(number, digits: session.digits)
    default: shape = session.typeName(cell.content)
    }
    switch cell.kind {
    case .parameter:
      part.details.append("\(name) \(shape)" + (isNew ? cell.isFrozen ? " frozen" : "" : " shared"))
      guard isNew else { return }
      part.count += count
      total += count
      if case .tensor(let tensor) = cell.content { bytes += tensor.count * tensor.type.byteSize }
      if cell.isFrozen { frozen += count }
    case .state: part.details.append("\(name) \(shape) state")
    }
  }
}

extension String {
  fileprivate var withoutSpacesAtEnd: String {
    var line = self
    while line.last == " " { line.removeLast() }
    return line
  }
}
