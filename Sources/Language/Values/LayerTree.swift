import Charts
import Tensors

extension Session {
  /// A layer with its parts below it: shapes, counts, the total.
  func layerTree(_ layer: Layer) throws -> String {
    var walk = LayerWalk(session: self)
    let root = walk.part(name: "", layer)
    var rows: [LayerRow] = []
    root.rows(ascii: style.glyphs == .ascii, firstPrefix: "", prefix: "", into: &rows)
    let names = rows.map(\.name.count).max() ?? 0
    let details = rows.map(\.details.count).max() ?? 0
    let total = NumberText.count(walk.total)
    let counts = rows.dropFirst().map(\.count.count).max() ?? 0
    var lines = rows.map { row -> String in
      var line = row.name.rightPadded(names)
      if details > 0 { line += "   " + row.details.rightPadded(details) }
      if counts > 0 { line += "   " + row.count.leftPadded(counts) }
      while line.last == " " { line.removeLast() }
      return line
    }
    var sum = "\(total) parameter\(walk.total == 1 ? "" : "s")"
    if walk.frozen > 0 { sum += ", \(walk.frozen == walk.total ? "all" : NumberText.count(walk.frozen)) of them frozen" }
    lines.append(sum)
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
}

/// A layer, or a function among the parts of a composition, with what it holds.
private final class LayerPart {
  let title: String
  var details: [String] = []
  /// Elements of its own parameters.
  var count = 0
  var parts: [LayerPart] = []
  init(title: String) { self.title = title }

  func rows(ascii: Bool, firstPrefix: String, prefix: String, into rows: inout [LayerRow]) {
    rows.append(LayerRow(name: firstPrefix + title, details: details.joined(separator: ", "), count: count > 0 ? NumberText.count(count) : ""))
    for (position, part) in parts.enumerated() {
      let isLast = position == parts.count - 1
      part.rows(
        ascii: ascii,
        firstPrefix: prefix + (isLast ? (ascii ? "`- " : "└ ") : (ascii ? "|- " : "├ ")),
        prefix: prefix + (isLast ? (ascii ? "   " : "  ") : (ascii ? "|  " : "│ ")), into: &rows)
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
  private var seen = Set<ObjectIdentifier>()
  private var visits = 0

  init(session: Session) { self.session = session }

  mutating func part(name: String, _ layer: Layer, depth: Int = 0) -> LayerPart {
    let part = LayerPart(title: (name.isEmpty ? "" : name + "  ") + session.layerTitle(layer))
    guard seen.insert(ObjectIdentifier(layer)).inserted else {
      part.details = ["shared"]
      return part
    }
    guard depth < LayerWalk.deepest else {
      part.details = ["…"]
      return part
    }
    for (slot, field) in layer.fields.enumerated() where !layer.type.methodSlots.contains(slot) {
      let name = slot < layer.type.fieldNames.count ? layer.type.fieldNames[slot] : String(slot)
      visit(name, field, part, depth: depth, isPart: layer.type.isComposition)
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
      if case .closure(_, let captures) = function.kind, seen.insert(ObjectIdentifier(function)).inserted {
        for box in captures { visit(function.name, box.value, holder, depth: depth + 1) }
      }
    case .box(let box): visit(name, box.value, part, depth: depth + 1)
    default: break
    }
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
      if cell.isFrozen { frozen += count }
    case .state: part.details.append("\(name) \(shape) state")
    }
  }
}
