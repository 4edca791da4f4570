import Tensors

extension Session {
  /// The computation of tensors as a tree: each operation with its shape and value above its operands.
  func graphText(of value: Value) throws -> String {
    let tensors = tensors(in: read(value))
    guard !tensors.isEmpty else {
      throw Failure(.type, "`graph` takes a tensor or a block that gives one, not \(typeName(value))", hint: "numbers are computed at once, without a graph", argument: 0)
    }
    let (names, named) = try namedTensors()
    let graph = try engine.computationGraph(of: tensors, named: named, fewest: GraphTree.fewest)
    var tree = GraphTree(graph: graph, names: names, session: self)
    return try tree.text()
  }

  /// The tensors that the program has names for, a layer's parameters by their paths.
  private func namedTensors() throws -> (names: [String], tensors: [Tensor]) {
    var names: [String] = []
    var tensors: [Tensor] = []
    for (name, value) in variables {
      switch value {
      case .tensor(let tensor):
        names.append(name)
        tensors.append(tensor)
      case .cell, .layer, .list, .tuple:
        for (path, cell) in try parameters(of: value) {
          guard case .tensor(let tensor) = cell.content else { continue }
          names.append(path.isEmpty || path.hasPrefix("[") ? name + path : "\(name).\(path)")
          tensors.append(tensor)
        }
      default: break
      }
    }
    return (names, tensors)
  }
}

/// Draws a graph as a tree. What several operations read is drawn once, with a number that stands for it elsewhere.
private struct GraphTree {
  /// Tensors of so many elements are written out.
  static let fewest = 6
  private static let mostLines = 80
  private static let deepest = 24

  private let graph: ComputationGraph
  private let names: [String]
  private let session: Session
  private var lines: [String] = []
  private var numbers: [Int: Int] = [:]
  private var drawn: Set<Int> = []
  private var isCut = false
  private let uses: [Int]

  init(graph: ComputationGraph, names: [String], session: Session) {
    self.graph = graph
    self.names = names
    self.session = session
    var uses = [Int](repeating: 0, count: graph.entries.count)
    for entry in graph.entries { for operand in entry.operands { uses[operand] += 1 } }
    for root in graph.roots { uses[root] += 1 }
    self.uses = uses
  }

  mutating func text() throws -> String {
    for root in graph.roots { try draw(root, first: "", rest: "", depth: 0) }
    let operations = graph.entries.indices.filter { !isLeaf($0) }
    let left = operations.filter { !drawn.contains($0) }.count
    if isCut && left > 0 { lines.append("… \(Quantity.plural(left, "more operation"))") }
    if operations.isEmpty && graph.roots.contains(where: { ![.constant, .data].contains(graph.entries[$0].operation) }) {
      lines.append("what it was computed from is not kept: `graph { … }` around the computation shows it")
    }
    let text = lines.joined(separator: "\n")
    return session.style.glyphs == .ascii ? text.replacing("├", with: "|").replacing("└", with: "`").replacing("│", with: "|").replacing("…", with: "...") : text
  }

  /// Marks of derivatives are of no interest.
  private func shown(_ position: Int) -> Int {
    var position = position
    while graph.entries[position].operation == .mark, let operand = graph.entries[position].operands.first { position = operand }
    return position
  }

  private func isLeaf(_ position: Int) -> Bool { graph.entries[position].operands.isEmpty || graph.entries[position].operation == .mark }

  private mutating func draw(_ given: Int, first: String, rest: String, depth: Int) throws {
    let position = shown(given)
    guard lines.count < GraphTree.mostLines else {
      isCut = true
      return
    }
    let entry = graph.entries[position]
    let isNamed = entry.name != nil
    if drawn.contains(position), let known = reference(position, isNamed) {
      lines.append(first + known)
      return
    }
    drawn.insert(position)
    var line = first
    if uses[position] > 1 && !isNamed && entry.operation != .constant {
      numbers[position] = numbers.count + 1
      line += "(\(numbers.count)) "
    }
    lines.append(line + (try words(entry)))
    if entry.operation == .constant || isLeaf(position) { return }
    guard depth < GraphTree.deepest else {
      isCut = true
      lines.append(rest + "└ …")
      return
    }
    for (number, operand) in entry.operands.enumerated() {
      let isLast = number == entry.operands.count - 1
      try draw(operand, first: rest + (isLast ? "└ " : "├ "), rest: rest + (isLast ? "  " : "│ "), depth: depth + 1)
    }
  }

  private func reference(_ position: Int, _ isNamed: Bool) -> String? {
    if let name = graph.entries[position].name { return names[name] }
    return numbers[position].map { "(\($0))" }
  }

  private func words(_ entry: ComputationGraph.Entry) throws -> String {
    let kind = "\(entry.shape.rank == 0 ? "" : "\(entry.shape) ")\(entry.type.name)"
    if entry.operation == .constant, entry.name == nil {
      let value = entry.numbers.map { NumberText.plain($0.finite > 0 ? $0.mean : $0.nan > 0 ? .nan : $0.positiveInfinities > 0 ? .infinity : -.infinity, digits: session.digits) } ?? "?"
      return entry.shape.rank == 0 ? value : "\(value) everywhere  \(kind)"
    }
    let operation = entry.derivativeOf.map { "\(entry.operation.name) (derivative of \($0.name))" } ?? entry.operation.name
    let name = entry.name.map { names[$0] + (entry.operands.isEmpty ? "" : " = \(operation)") } ?? operation
    return "\(name)  \(kind)\(try value(entry))"
  }

  private func value(_ entry: ComputationGraph.Entry) throws -> String {
    if let elements = entry.elements {
      let tensor = try session.engine.tensor(doubles: elements, entry.shape, as: entry.type)
      return "  = " + (try session.text(.tensor(tensor)))
    }
    guard let numbers = entry.numbers, entry.type != .bool else { return "" }
    func short(_ value: Double) -> String { NumberText.plain(value, digits: 4) }
    var parts: [String] = []
    if numbers.finite > 0 { parts.append("min \(short(numbers.least))  mean \(short(numbers.mean))  max \(short(numbers.greatest))") }
    if numbers.nan > 0 { parts.append("nan \(NumberText.count(numbers.nan))") }
    if numbers.infinities > 0 { parts.append("inf \(NumberText.count(numbers.infinities))") }
    return parts.isEmpty ? "" : "  " + parts.joined(separator: "  ")
  }
}
