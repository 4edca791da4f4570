/// A number within a line of output: `12`, `-0.25`, `1e-05`.
struct NumberToken: Equatable {
  let range: Range<Int>
  let value: Double
  /// Written with a point or an exponent.
  let isDecimal: Bool
  /// What the last digit written stands for.
  let unit: Double

  /// The number that begins at a place of a line, unless it is part of a word (`f32`, `x1`) or of a dotted row (`1.2.3`).
  init?(_ line: [Character], at start: Int) {
    func isDigit(_ index: Int) -> Bool { index < line.count && line[index].isASCII && line[index].isNumber }
    var index = start
    if index < line.count, line[index] == "-" || line[index] == "+" {
      // After a digit, a letter or a bracket it is an operator or a hyphen.
      if start > 0, NumberToken.isWord(line[start - 1]) || ")]}".contains(line[start - 1]) { return nil }
      index += 1
    } else if start > 0, NumberToken.isWord(line[start - 1]) || line[start - 1] == "." {
      return nil
    }
    guard isDigit(index) else { return nil }
    while isDigit(index) { index += 1 }
    var decimals = 0
    var isDecimal = false
    if index < line.count, line[index] == ".", isDigit(index + 1) {
      isDecimal = true
      index += 1
      while isDigit(index) {
        index += 1
        decimals += 1
      }
      if index < line.count, line[index] == ".", isDigit(index + 1) { return nil }
    }
    var exponent = 0
    if index < line.count, line[index] == "e" || line[index] == "E" {
      var end = index + 1
      if end < line.count, line[end] == "-" || line[end] == "+" { end += 1 }
      if isDigit(end) {
        let first = index + 1
        while isDigit(end) { end += 1 }
        exponent = Int(String(line[first..<end])) ?? (line[first] == "-" ? -400 : 400)
        isDecimal = true
        index = end
      }
    }
    guard let value = Double(String(line[start..<index])) else { return nil }
    range = start..<index
    self.value = value
    self.isDecimal = isDecimal
    unit = Double("1e\(max(-400, min(400, exponent - decimals)))") ?? 0
  }

  /// A letter, a digit or `_`.
  static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }

  /// Whether a printed number agrees with this one, the written one.
  func agrees(with printed: NumberToken, _ allowance: OutputAllowance) -> Bool {
    if allowance.numbersVary { return true }
    let difference = abs(value - printed.value)
    if let tolerance = allowance.tolerance { return difference <= tolerance * max(1, abs(value)) || value == printed.value }
    // A little more than half: 0.125 is not exactly what its digits say.
    return isDecimal && (difference <= unit / 2 * (1 + 1e-9) || value == printed.value)
  }
}
