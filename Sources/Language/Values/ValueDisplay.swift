import Charts
import Tensors

extension Session {
  /// A value as it is shown when it is left at the prompt: tensors with their type and shape, layers as a
  /// tree, pictures drawn, others as text.
  func display(_ value: Value) throws -> String {
    switch read(value) {
    case .tensor(let tensor) where !tensor.isNumber: return try displayTensor(tensor)
    case .layer(let layer): return try layerTree(layer)
    case .function(let function): return wrapped(signature(function))
    case .external(let external):
      guard let picture = external.object as? Picture else { return try text(value) }
      return picture.render(style)
    case let value:
      if case .string(let string) = value { return string.text }
      var writer = TextWriter(session: self, digits: digits, longest: ShownElements.mostElements)
      try writer.write(value, depth: 0)
      return writer.result
    }
  }

  /// A long signature in lines, broken between parameters.
  private func wrapped(_ signature: String) -> String {
    guard signature.count > style.width else { return signature }
    var lines: [String] = []
    var line = ""
    for part in signature.split(separator: ", ", omittingEmptySubsequences: false) {
      if line.isEmpty {
        line = String(part)
      } else if line.count + part.count + 3 > style.width {
        lines.append(line + ",")
        line = "  " + part
      } else {
        line += ", " + part
      }
    }
    lines.append(line)
    return lines.joined(separator: "\n")
  }

  /// A function as it is called: `f(x, power: 2)`, `…` standing for a default that is not written down.
  func signature(_ function: FunctionValue) -> String {
    switch function.kind {
    case .closure(let code, _), .method(let code, _, _), .constructor(let code, _, _):
      (code.name.isEmpty ? "function" : code.name) + "(" + code.parameterTexts.joined(separator: ", ") + ")"
    case .native(let native):
      native.name + "(" + native.parameters.joined(separator: ", ") + ")"
    case .derivative, .gradient, .jacobian:
      function.name
    }
  }

  private func displayTensor(_ tensor: Tensor) throws -> String {
    let head = "tensor \(tensor.shape) \(tensor.type.name)"
    let shown = try shownElements(tensor)
    let cells = AlignedNumbers(shown.values, tensor.type, digits: digits).texts
    if tensor.rank == 0 { return head + "   " + (cells.first ?? "") }
    let lines = shown.block(cells, width: style.width)
    guard tensor.count > ShownElements.mostElements else { return head + "\n" + lines }
    return head + "   " + (try Statistics(of: tensor, self).line(tensor.type, style.glyphs)) + "\n" + lines
  }
}

extension Code {
  /// Its parameters as they were declared.
  fileprivate var parameterTexts: [String] {
    parameters.map { parameter in
      let name = parameter.name.isEmpty ? "_" : parameter.name
      return parameter.isRest ? name + "..." : parameter.hasDefault ? name + ": …" : name
    }
  }
}

/// Numbers written so that they can stand below each other: all with the same number of decimals, as few as show what they
/// are, or all with an exponent. What is not zero never looks like zero.
struct AlignedNumbers {
  let texts: [String]

  init(_ values: [Double], _ type: ElementType, digits: Int) {
    texts = type.isFloat ? AlignedNumbers.floats(values, type, digits: digits) : values.map { NumberText.element($0, type, digits: digits) }
  }

  private static func floats(_ values: [Double], _ type: ElementType, digits: Int) -> [String] {
    let sizes = values.lazy.filter { $0.isFinite && $0 != 0 }.map(\.magnitude)
    guard let largest = sizes.max(), let smallest = sizes.min() else { return values.map { NumberText.plain($0, digits: digits) } }
    if sizes.allSatisfy({ NumberText.whole($0) != nil }) && largest < 1e10 { return values.map { NumberText.plain($0, digits: digits) } }
    let significant = max(digits - 1, 2)
    // As many decimals as the largest number leaves room for, or as the smallest needs to show two digits, but one at least …
    let wanted = max(significant - integerDigits(largest), 1 - exponent(smallest), 1)
    // … and no more than any number has.
    let used = values.lazy.map { decimals(NumberText.element($0, type, digits: digits)) }.max() ?? 0
    let places = min(wanted, used)
    if integerDigits(largest) + places <= max(digits, 4) + 2 {
      let fixed = values.map { NumberText.special($0) ?? NumberText.fixed($0 == 0 ? 0 : $0, decimals: places) }
      if !zip(values, fixed).contains(where: { $0 != 0 && $0.isFinite && isZero($1) }) { return fixed }
    }
    let mantissa = values.lazy.filter(\.isFinite).map { mantissaDecimals(NumberText.scientific($0, decimals: significant - 1)) }.max() ?? 0
    return values.map { NumberText.special($0) ?? NumberText.scientific($0 == 0 ? 0 : $0, decimals: mantissa) }
  }

  private static func exponent(_ value: Double) -> Int {
    // Of the rounded number: 0.99999996 is written as 1.
    let text = NumberText.scientific(value, decimals: 5)
    guard let mark = text.lastIndex(of: "e") else { return 0 }
    return Int(text[text.index(after: mark)...].drop { $0 == "+" }) ?? 0
  }

  private static func integerDigits(_ value: Double) -> Int { max(exponent(value), 0) + 1 }

  /// How many decimals a text has; with an exponent, as many as it would have without.
  private static func decimals(_ text: String) -> Int {
    let mantissa = text.prefix { $0 != "e" }
    let exponent = text.contains("e") ? Int(text[text.index(after: mantissa.endIndex)...].drop { $0 == "+" }) ?? 0 : 0
    let written = mantissa.firstIndex(of: ".").map { mantissa.distance(from: $0, to: mantissa.endIndex) - 1 } ?? 0
    return max(written - exponent, 0)
  }

  /// Decimals of the mantissa without the zeros at its end.
  private static func mantissaDecimals(_ text: String) -> Int {
    let mantissa = text.prefix { $0 != "e" }
    guard let point = mantissa.firstIndex(of: ".") else { return 0 }
    let digits = mantissa[mantissa.index(after: point)...]
    return digits.count - digits.reversed().prefix { $0 == "0" }.count
  }

  private static func isZero(_ text: String) -> Bool { text.allSatisfy { $0 == "0" || $0 == "." || $0 == "-" } }
}

extension ShownElements {
  /// Rows below each other, columns aligned, rows that are too long folded.
  func block(_ texts: [String], width: Int) -> String {
    let column = texts.lazy.map(\.count).max() ?? 0
    let strides = strides
    let rank = dimensions.count
    var lines: [String] = []
    var line = ""

    func row(_ offset: Int) {
      var length = line.count
      for position in 0..<dimensions[rank - 1] {
        var pieces = [texts[offset + position].leftPadded(column)]
        if isGap(axis: rank - 1, position: position) { pieces.insert("...", at: 0) }
        for (index, piece) in pieces.enumerated() {
          let isFirst = position == 0 && index == 0
          // Two more columns for what follows: a comma or brackets.
          if !isFirst, length + piece.count + 2 + rank > max(width, 20) {
            lines.append(line + ",")
            line = String(repeating: " ", count: rank) + piece
            length = line.count
          } else {
            line += isFirst ? piece : ", " + piece
            length += piece.count + (isFirst ? 0 : 2)
          }
        }
      }
    }

    func write(_ axis: Int, _ offset: Int) {
      line += "["
      if axis == rank - 1 {
        row(offset)
      } else {
        for position in 0..<dimensions[axis] {
          if position > 0 {
            lines.append(line + ",")
            // Matrices stand apart by an empty line.
            for _ in 0..<(rank - axis - 2) { lines.append("") }
            line = String(repeating: " ", count: axis + 1)
          }
          if isGap(axis: axis, position: position) {
            lines.append(line + "...,")
            for _ in 0..<(rank - axis - 2) { lines.append("") }
            line = String(repeating: " ", count: axis + 1)
          }
          write(axis + 1, offset + position * strides[axis])
        }
      }
      line += "]"
    }

    write(0, 0)
    lines.append(line)
    return lines.joined(separator: "\n")
  }
}

/// What a large tensor's elements are like.
private struct Statistics {
  private var low = Double.infinity
  private var high = -Double.infinity
  private var sum = 0.0
  private var finite = 0
  private var nan = 0
  private var infinite = 0
  /// Elements in equal parts of the way from the least to the greatest.
  private var bins = [Int](repeating: 0, count: 7)

  /// Elements read at a time.
  private static let piece = 1 << 20

  init(of tensor: Tensor, _ session: Session) throws {
    let engine = session.engine
    try engine.realize([tensor])
    let count = tensor.count
    let flat = try engine.reshape(engine.detach(tensor), [count])
    func forEachPiece(_ body: ([Double]) -> Void) throws {
      for start in stride(from: 0, to: count, by: Statistics.piece) {
        body(try engine.doubles(count <= Statistics.piece ? flat : engine.slice(flat, [(start: start, count: min(Statistics.piece, count - start), step: 1)])))
      }
    }
    try forEachPiece { values in
      for value in values {
        if value.isFinite {
          low = min(low, value)
          high = max(high, value)
          sum += value
          finite += 1
        } else if value.isNaN {
          nan += 1
        } else {
          infinite += 1
        }
      }
    }
    guard finite > 0 else { return }
    let width = (high - low) / Double(bins.count)
    try forEachPiece { values in
      for value in values where value.isFinite {
        let bin = width > 0 && width.isFinite ? Int((value - low) / width) : 0
        bins[min(max(bin, 0), bins.count - 1)] += 1
      }
    }
  }

  /// `min -4.06  mean 0.0012  max 4.31   ▁▂▅█▅▂▁`.
  func line(_ type: ElementType, _ glyphs: Glyphs) -> String {
    if type == .bool { return "\(NumberText.count(Int(sum))) of \(NumberText.count(finite)) true" }
    var parts: [String] = []
    if finite > 0 {
      func short(_ value: Double) -> String {
        type == .i32 ? NumberText.plain(value, digits: 6) : NumberText.plain(value.magnitude < 1e5 && value.magnitude >= 1000 ? value.rounded() : value, digits: 3)
      }
      parts.append("min \(short(low))  mean \(NumberText.plain(sum / Double(finite), digits: 3))  max \(short(high))")
    }
    if nan > 0 { parts.append("nan \(NumberText.count(nan))") }
    if infinite > 0 { parts.append("inf \(NumberText.count(infinite))") }
    let words = parts.joined(separator: "  ")
    return finite > 0 && low < high ? words + "   " + sparkline(bins, glyphs: glyphs) : words
  }
}
