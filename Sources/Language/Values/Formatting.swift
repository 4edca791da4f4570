import Syntax
import Tensors

extension Session {
  /// A value in a format of Python's mini-language; tensors element by element.
  func format(_ value: Value, _ specification: FormatSpecification) throws -> String {
    switch read(value) {
    case .number(let number): return try specification.padded(specification.text(of: number) { NumberText.plain(number, digits: digits) }, isNumber: true)
    case .tensor(let tensor):
      if tensor.type == .bool { try requirePlain(specification, for: value) }
      let digits = digits
      let shown = try shownElements(tensor)
      let texts = try shown.values.map { element in
        try specification.padded(specification.text(of: element) { NumberText.element(element, tensor.type, digits: digits) }, isNumber: true)
      }
      return shown.line(texts)
    case .string(let string):
      guard specification.kind == nil, specification.sign == .negativeOnly, !specification.groupsThousands else {
        throw Failure(.type, "this format is for numbers, and the value is \(described(value))", hint: "number(x) reads a number from a string")
      }
      return specification.padded(specification.precision.map { String(string.text.prefix($0)) } ?? string.text, isNumber: false)
    case let value:
      try requirePlain(specification, for: value)
      return specification.padded(try text(value), isNumber: false)
    }
  }

  private func requirePlain(_ specification: FormatSpecification, for value: Value) throws {
    guard specification.kind == nil, specification.precision == nil, specification.sign == .negativeOnly, !specification.groupsThousands else {
      throw Failure(.type, "this format is for numbers, and the value is \(described(value))")
    }
  }
}

extension ShownElements {
  /// The same with texts in place of the values.
  fileprivate func line(_ texts: [String]) -> String {
    var position = 0
    // Elements are written in their order.
    return line { _ in
      defer { position += 1 }
      return texts[position]
    }
  }
}

extension FormatSpecification {
  /// A number in this format before it is padded; `plain` is its text without one.
  fileprivate func text(of value: Double, plain: () -> String) throws -> String {
    var text = try unsigned(value, plain: plain)
    if !text.hasPrefix("-") {
      switch sign {
      case .negativeOnly: break
      case .always: text = "+" + text
      case .space: text = " " + text
      }
    }
    guard groupsThousands else { return text }
    return NumberText.grouped(fillsWithZeros ? zeroFilled(text) : text)
  }

  /// Whether zeros go between the sign and the digits, as in `05d`.
  private var fillsWithZeros: Bool { fill == "0" && alignment == nil }

  /// A number with zeros before its whole part, so many that it has the width with its commas. A comma never comes first, so
  /// it may be one wider.
  private func zeroFilled(_ text: String) -> String {
    let sign = text.prefix { "+- ".contains($0) }
    let digits = text.dropFirst(sign.count).prefix { $0.isASCII && $0.isNumber }
    let rest = text.dropFirst(sign.count + digits.count)
    guard !digits.isEmpty else { return text }
    let room = width - sign.count - rest.count
    var count = digits.count
    while count + (count - 1) / 3 < room { count += 1 }
    return sign + String(repeating: "0", count: count - digits.count) + digits + rest
  }

  private func unsigned(_ value: Double, plain: () -> String) throws -> String {
    guard let kind else {
      guard let precision, value.isFinite else { return plain() }
      return NumberText.general(value == 0 ? 0 : value, digits: max(precision, 1))
    }
    if kind == "d" || kind == "x" {
      guard value == value.rounded(.towardZero), value.magnitude < 9.2e18 else {
        throw Failure(.value, "format `\(kind)` is for whole numbers, and \(plain()) is none", hint: kind == "d" ? "`.0f` rounds" : "round(x) rounds")
      }
      return String(Int(value), radix: kind == "x" ? 16 : 10)
    }
    if let special = NumberText.special(value) { return special + (kind == "%" ? "%" : "") }
    let value = value == 0 ? 0 : value
    switch kind {
    case "e": return NumberText.scientific(value, decimals: precision ?? 6)
    case "g": return NumberText.general(value, digits: max(precision ?? 6, 1))
    case "%": return NumberText.fixed(value * 100, decimals: precision ?? 6) + "%"
    default: return NumberText.fixed(value, decimals: precision ?? 6)
    }
  }

  fileprivate func padded(_ text: String, isNumber: Bool) -> String {
    let missing = width - text.count
    guard missing > 0 else { return text }
    let left: Int
    switch alignment ?? (isNumber ? .right : .left) {
    case .left: left = 0
    case .right: left = missing
    case .center: left = missing / 2
    }
    if fillsWithZeros, isNumber, let sign = text.first, "+- ".contains(sign) {
      return String(sign) + String(repeating: "0", count: missing) + text.dropFirst()
    }
    return String(repeating: fill, count: left) + text + String(repeating: fill, count: missing - left)
  }
}
