import Syntax
import Tensors

/// What a shell shows of the names and values of a session.
extension Session {
  /// How many captured variables, cells and layers are alive that hold other values: what cycles of references can go through.
  package var trackedCount: Int { collector.trackedCount }

  /// A value in a few words: `tensor [64, 784] f32`, `3.5`, `layer dense, 7,850 parameters`.
  package func summary(of value: Value) -> String {
    switch value {
    case .cell(let cell):
      let kind = cell.kind == .parameter ? "param" : "state"
      return "\(kind)  \(summary(of: cell.content))"
    case .bool, .number, .string, .range:
      let shown = (try? text(value)) ?? typeName(value)
      guard case .string = value else { return shown }
      return quoted(shown)
    case .tensor(let tensor) where tensor.isNumber: return (try? text(value)) ?? typeName(value)
    case .function(let function): return signature(function)
    case .layer(let layer):
      let count = cells(of: value).reduce(0) { sum, cell in
        guard case .tensor(let tensor) = cell.content, cell.kind == .parameter else { return sum }
        return sum + tensor.count
      }
      return layer.type.name + (count > 0 ? ", \(grouped(count)) parameter\(count == 1 ? "" : "s")" : "")
    default: return typeName(value)
    }
  }

  private func quoted(_ text: String) -> String {
    let line = text.prefix(41).replacing("\n", with: "\\n")
    return text.count > 40 ? "\"\(line.prefix(40))…\"" : "\"\(line)\""
  }

  private func grouped(_ number: Int) -> String {
    var digits = String(number)
    var index = digits.count - 3
    while index > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: index))
      index -= 3
    }
    return digits
  }

  /// The bytes of the tensors that a value holds, each once.
  package func bytes(of value: Value) -> Int {
    var walk = MemoryWalk()
    walk.visit(value)
    return walk.bytes
  }

  /// Computes what a value still awaits, so that it keeps no graph alive.
  package func settle(_ value: Value) throws(GradusError) {
    var walk = MemoryWalk()
    walk.visit(value)
    do {
      try engine.realize(walk.tensors)
    } catch let error as GradusError {
      throw error
    } catch {
      throw GradusError(.value, "\(error)")
    }
  }

  /// `_` and `_3`: values that a shell keeps.
  package static func isKeptValue(_ name: String) -> Bool {
    name.first == "_" && name.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
  }

  /// The program text that defines a name: the user's own, else the library's.
  package func sourceText(of name: String) -> String? {
    if let value = variables.first(where: { $0.name == name })?.value {
      switch value {
      case .function(let function): if let code = function.code, !code.isLibrary { return text(of: code) }
      case .layer(let layer):
        // A layer's source is that of its constructor.
        if layer.type.name != name { return sourceText(of: layer.type.name) }
      default: break
      }
    }
    return libraryPlace(of: name).map { $0.source.string($0.span) }
  }

  private func text(of code: Code) -> String {
    let text = code.source.string(code.definition)
    guard let documentation = code.documentation, !text.hasPrefix("##") else { return text }
    return documentation.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "##" : "## \($0)" }.joined(separator: "\n") + "\n" + text
  }

  /// What is written about a name, the user's own first: its head and its documentation.
  package func help(on name: String) -> String? {
    if let value = variables.first(where: { $0.name == name })?.value {
      guard case .function(let function) = value else { return "\(name) = \(summary(of: value))" }
      return signature(function) + (function.code?.documentation.map { "\n\n" + $0 } ?? "")
    }
    guard let place = libraryPlace(of: name) else { return nil }
    return (callForm(of: name)?.text ?? name) + "\n\n" + (place.documentation ?? "nothing is written about it")
  }

  /// How something is called, and the names of its parameters; nil for what is no function.
  package func callForm(of name: String) -> (text: String, parameters: [String])? {
    let value = variables.first { $0.name == name }?.value ?? (libraryPlace(of: name) == nil ? nil : (try? libraryValue(name)) ?? nil)
    guard case .function(let function)? = value else { return nil }
    if let code = function.code {
      // Defaults as they are written.
      let head = code.source.string(code.definition)
      return (headText(head, name: name) ?? signature(function), code.parameters.filter { !$0.isRest && !$0.name.isEmpty }.map(\.name))
    }
    guard case .native(let native) = function.kind else { return (signature(function), []) }
    let head = libraryPlace(of: name).flatMap { headText($0.source.string($0.span), name: name) }
    return (head ?? signature(function), native.parameters)
  }

  /// `name(a, b: 2)` of a definition's text.
  private func headText(_ definition: String, name: String) -> String? {
    for line in definition.split(separator: "\n") where !line.hasPrefix("#") {
      guard let start = line.firstRange(of: name + "(") else { return nil }
      var depth = 0
      for index in line[start.lowerBound...].indices {
        if line[index] == "(" { depth += 1 }
        if line[index] == ")" {
          depth -= 1
          if depth == 0 { return String(line[start.lowerBound...index]) }
        }
      }
      return nil
    }
    return nil
  }
}

extension FunctionValue {
  /// The code of what is written in the language.
  var code: Code? {
    switch kind {
    case .closure(let code, _), .method(let code, _, _), .constructor(let code, _, _): code
    case .native, .derivative, .gradient, .jacobian: nil
    }
  }
}

/// The tensors within a value. Layers and cells are places of their own, but their content counts.
private struct MemoryWalk {
  private(set) var tensors: [Tensor] = []
  private(set) var bytes = 0
  private var seen: Set<ObjectIdentifier> = []

  mutating func visit(_ value: Value) {
    // Nested values are few and flat; an explicit stack bears deep ones, too.
    var stack = [value]
    while let value = stack.popLast() {
      switch value {
      case .tensor(let tensor):
        tensors.append(tensor)
        bytes += tensor.count * tensor.type.byteSize
      case .list(let list): if isNew(list) { stack += list.elements }
      case .tuple(let tuple): if isNew(tuple) { stack += tuple.elements }
      case .map(let map): if isNew(map) { stack += map.entries.values }
      case .layer(let layer): if isNew(layer) { stack += layer.fields }
      case .cell(let cell): if isNew(cell) { stack.append(cell.content) }
      default: break
      }
    }
  }

  private mutating func isNew(_ object: AnyObject) -> Bool { seen.insert(ObjectIdentifier(object)).inserted }
}
