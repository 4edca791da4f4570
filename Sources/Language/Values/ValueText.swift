import Syntax
import Tensors

extension Session {
  /// The text of a value, as `print`, interpolation and `string(x)` write it. A string stands bare unless `quoted`.
  func text(_ value: Value, digits: Int? = nil, quoted: Bool = false) throws -> String {
    switch read(value) {
    case .number(let number): return NumberText.plain(number, digits: digits ?? self.digits)
    case .string(let string) where !quoted: return string.text
    case let value:
      var writer = TextWriter(session: self, digits: digits ?? self.digits)
      try writer.write(value, depth: 0)
      return writer.result
    }
  }

  /// What an error calls the type of a value: `number`, `tensor [2, 3] f32`, `list of 3`.
  func typeName(_ value: Value) -> String {
    switch read(value) {
    case .unbound, .nothing, .box, .cell, .iterator: return "nothing"
    case .bool: return "bool"
    case .number: return "number"
    case .string: return "string"
    case .tensor(let tensor): return tensor.isNumber ? "number" : "tensor \(tensor.shape) \(tensor.type.name)"
    case .list(let list): return "list of \(NumberText.count(list.elements.count))"
    case .tuple(let tuple):
      guard let names = tuple.names else { return "tuple of \(tuple.elements.count)" }
      return "record (" + names.prefix(6).map { $0.isEmpty ? "_" : $0 }.joined(separator: ", ") + (names.count > 6 ? ", …)" : ")")
    case .map(let map): return "map of \(NumberText.count(map.entries.count))"
    case .range: return "range"
    case .sequence(let sequence): return "sequence of \(NumberText.count(sequence.count))"
    case .function(let function): return function.name.isEmpty ? "function" : "function \(function.name)"
    case .layer(let layer): return layer.type.isObject ? layer.type.name : "layer \(layer.type.name)"
    case .external(let external): return external.typeName
    }
  }

  /// A value in the middle of a sentence: `the number 3`, `a tensor [2, 3] f32`, `nothing`.
  func described(_ value: Value) -> String {
    switch read(value) {
    case .unbound, .nothing, .box, .cell, .iterator: return "nothing"
    case .bool(let bool): return bool ? "true" : "false"
    case .number(let number): return "the number \(NumberText.plain(number, digits: digits))"
    case .string(let string):
      return string.text.count > 30 ? "a string" : "the string \(quotedText(string.text))"
    case let value:
      let name = typeName(value)
      let isVowel = name.first.map { "aeiou".contains($0) } ?? false
      return (isVowel ? "an " : "a ") + name
    }
  }
}

/// Writes values one inside another.
struct TextWriter {
  /// A value can hold itself through a layer, and lists can be nested without end.
  private static let deepest = 100

  private let session: Session
  private let digits: Int
  /// Longer lists and maps show their ends only.
  private let longest: Int
  private(set) var result = ""
  /// Bytes of the text that were counted.
  private var checkedSize = 0

  init(session: Session, digits: Int, longest: Int = .max) {
    self.session = session
    self.digits = digits
    self.longest = longest
  }

  /// A value that holds the same one in many places is written as often: its text counts against the memory.
  private mutating func checkSize() throws {
    guard result.utf8.count - checkedSize > 1 << 16 else { return }
    try session.machine.checkInterrupt()
    try session.machine.spend(result.utf8.count - checkedSize)
    checkedSize = result.utf8.count
  }

  mutating func write(_ value: Value, depth: Int) throws {
    try checkSize()
    guard depth <= TextWriter.deepest else {
      result += "..."
      return
    }
    switch session.read(value) {
    case .unbound, .nothing, .box, .cell, .iterator: result += "nothing"
    case .bool(let bool): result += bool ? "true" : "false"
    case .number(let number): result += NumberText.plain(number, digits: digits)
    case .string(let string): result += quotedText(string.text)
    case .tensor(let tensor): result += try session.tensorText(tensor, digits: digits)
    case .list(let list): try write(list.elements, open: "[", close: "]", depth: depth)
    case .tuple(let tuple):
      if let names = tuple.names {
        result += "("
        for (position, element) in tuple.elements.enumerated() {
          if position > 0 { result += ", " }
          if position < names.count, !names[position].isEmpty { result += names[position] + ": " }
          try write(element, depth: depth + 1)
        }
        result += ")"
      } else {
        try write(tuple.elements, open: "(", close: tuple.elements.count == 1 ? ",)" : ")", depth: depth)
      }
    case .map(let map):
      result += map.entries.isEmpty ? "[:" : "["
      for (position, (key, element)) in map.entries.enumerated() {
        guard isShown(position, of: map.entries.count) else { continue }
        if position > 0 { result += ", " }
        result += keyText(key) + ": "
        try write(element, depth: depth + 1)
      }
      result += "]"
    case .range(let range):
      result += NumberText.plain(range.start, digits: digits) + (range.isInclusive ? "..." : "..<")
      result += NumberText.plain(range.stop, digits: digits)
      if range.step != 1 { result += " by " + NumberText.plain(range.step, digits: digits) }
    case .sequence(let sequence): result += "sequence of \(NumberText.count(sequence.count))"
    case .function(let function): result += session.signature(function)
    case .layer(let layer): result += depth == 0 ? try session.layerTree(layer) : session.layerTitle(layer)
    case .external(let external): result += "<\(external.typeName)>"
    }
  }

  private func keyText(_ key: MapValue.Key) -> String {
    switch key {
    case .string(let text): quotedText(text)
    case .number(let number): NumberText.plain(number, digits: digits)
    }
  }

  private mutating func write(_ elements: [Value], open: String, close: String, depth: Int) throws {
    result += open
    for (position, element) in elements.enumerated() where isShown(position, of: elements.count) {
      if position > 0 { result += ", " }
      try write(element, depth: depth + 1)
    }
    result += close
  }

  /// Whether an element is written; writes the dots in place of the first that is not.
  private mutating func isShown(_ position: Int, of count: Int) -> Bool {
    if count <= longest || position < 3 || position >= count - 3 { return true }
    if position == 3 { result += ", ..." }
    return false
  }
}

/// A string as a program would write it.
func quotedText(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    case _ where scalar.value < 32 || scalar.value == 127: result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

extension Session {
  /// A tensor on one line; beyond a thousand elements its corners.
  func tensorText(_ tensor: Tensor, digits: Int) throws -> String {
    let shown = try shownElements(tensor)
    return shown.line { NumberText.element($0, tensor.type, digits: digits) }
  }

  /// The elements of a tensor that a text shows: all up to a thousand, else those at the ends of each axis.
  func shownElements(_ tensor: Tensor) throws -> ShownElements {
    var dimensions = tensor.shape.dimensions
    // An empty tensor can still have a million rows.
    let weight = dimensions.reduce(1.0) { $0 * Double(max($1, 1)) }
    guard weight > Double(ShownElements.mostElements) else {
      return ShownElements(values: try engine.doubles(tensor), dimensions: dimensions, gap: nil)
    }
    var edge = 3
    while edge > 1, dimensions.reduce(1.0, { $0 * Double(max(min($1, 2 * edge), 1)) }) > Double(ShownElements.mostElements) { edge -= 1 }
    var corners = engine.detach(tensor)
    var gap: [Bool] = []
    for axis in dimensions.indices {
      let size = dimensions[axis]
      gap.append(size > 2 * edge)
      guard size > 2 * edge else { continue }
      var ranges = dimensions.map { (start: 0, count: $0, step: 1) }
      ranges[axis].count = edge
      let first = try engine.slice(corners, ranges)
      ranges[axis].start = size - edge
      corners = try engine.concatenate([first, engine.slice(corners, ranges)], axis: axis)
      dimensions[axis] = 2 * edge
    }
    return ShownElements(values: try engine.doubles(corners), dimensions: dimensions, gap: ShownElements.Gap(position: edge, axes: gap))
  }
}

struct ShownElements {
  static let mostElements = 1000

  let values: [Double]
  /// Sizes of what is shown.
  let dimensions: [Int]
  /// Where elements were left out.
  let gap: Gap?

  struct Gap {
    /// They stood before this position …
    let position: Int
    /// … of these axes.
    let axes: [Bool]
  }

  func isGap(axis: Int, position: Int) -> Bool {
    guard let gap else { return false }
    return gap.axes[axis] && position == gap.position
  }

  /// How many elements one step along each axis passes.
  var strides: [Int] {
    var strides = [Int](repeating: 1, count: dimensions.count)
    for axis in dimensions.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * dimensions[axis + 1] }
    return strides
  }

  /// `[[1, 2], [3, 4]]`.
  func line(_ element: (Double) -> String) -> String {
    guard !dimensions.isEmpty else { return values.first.map(element) ?? "" }
    var result = ""
    let strides = strides
    func write(_ axis: Int, _ offset: Int) {
      result += "["
      for position in 0..<dimensions[axis] {
        if position > 0 { result += ", " }
        if isGap(axis: axis, position: position) { result += "..., " }
        let next = offset + position * strides[axis]
        if axis == dimensions.count - 1 {
          result += element(values[next])
        } else {
          write(axis + 1, next)
        }
      }
      result += "]"
    }
    write(0, 0)
    return result
  }
}
