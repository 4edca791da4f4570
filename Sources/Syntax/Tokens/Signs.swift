/// The characters that names are made of.
enum NameCharacter {
  @inline(__always)
  static func isASCIILetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 || byte == 95 }
  @inline(__always)
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
  @inline(__always)
  static func isASCIIPart(_ byte: UInt8) -> Bool { isASCIILetter(byte) || isDigit(byte) }

  /// A letter of any script.
  static func isStart(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return isASCIILetter(UInt8(scalar.value)) }
    return scalar.properties.isXIDStart
  }

  /// A letter, digit or mark of any script, or a subscript digit: `x₁`.
  static func isPart(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return isASCIIPart(UInt8(scalar.value)) }
    if (0x2080...0x2089).contains(scalar.value) { return true }
    // Full-width digits belong to names like any digit; the middle dot does not: it is a sign of multiplication.
    return scalar.properties.isXIDContinue && scalar.value != 0xB7 && scalar.value != 0x387
  }
}

/// Signs that other keyboards, word processors and languages make for one of ours.
enum ForeignSign {
  /// The sign to write instead of a character outside ASCII.
  static func replacement(of scalar: Unicode.Scalar) -> String? {
    switch scalar {
    case "（": "("
    case "）": ")"
    case "［", "【", "〔": "["
    case "］", "】", "〕": "]"
    case "｛": "{"
    case "｝": "}"
    case "，", "、", "،": ","
    case "：", "∶": ":"
    case "；": ";"
    case "．", "。", "‥": "."
    case "…": "..."
    case "＝": "="
    case "＋": "+"
    case "−", "－", "–", "—", "‐", "‑", "﹣": "-"
    case "×", "·", "⋅", "∗", "＊", "∙", "•": "*"
    case "÷", "／", "∕", "⁄": "/"
    case "％": "%"
    case "＾": "^"
    case "＠": "@"
    case "＆": "&"
    case "｜", "∣", "¦": "|"
    case "＜": "<"
    case "＞": ">"
    case "！": "!"
    case "≤", "≦", "⩽": "<="
    case "≥", "≧", "⩾": ">="
    case "≠": "!="
    case "≡": "=="
    case "→", "↦", "⟶", "⇒": "->"
    case "←", "≔": ":="
    case "∈": "in"
    case "∧": "and"
    case "∨": "or"
    case "¬": "not"
    case "’", "‘", "′", "´", "ʹ", "＇": "'"
    case "“", "”", "„", "‟", "«", "»", "＂", "「", "」": "\""
    case "″": "''"
    case "∞": "inf"
    case "√": "sqrt"
    case "∑": "sum"
    case "∏": "prod"
    case "∘": ">>"
    case "⁰": "^0"
    case "¹": "^1"
    case "²": "^2"
    case "³": "^3"
    case "⁴": "^4"
    case "⁵": "^5"
    case "⁶": "^6"
    case "⁷": "^7"
    case "⁸": "^8"
    case "⁹": "^9"
    case "⁻": "^-"
    case "½": "1/2"
    case "＃": "#"
    default: nil
    }
  }

  /// Spaces that a page or another keyboard makes; they are read as a space.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0xA0, 0x1680, 0x2000...0x200B, 0x202F, 0x205F, 0x3000, 0xFEFF: true
    default: false
    }
  }

  /// The advice for a sign of another language, or a character that stands for nothing here.
  static func advice(for sign: String) -> String? {
    switch sign {
    case "&&": "`and` joins two bools, `&` works elementwise on tensors"
    case "||": "`or` joins two bools, `|` works elementwise on tensors"
    case "!": "write `not x`; different from is `!=`"
    case "**": "write `x^2` for a power"
    case "++": "write `x += 1`"
    case "--": "write `x -= 1`"
    case "//=": "write `x := x // 2`"
    case "%=": "write `x := x % 2`"
    case "@=": "write `x := x @ w`"
    case "&=": "write `x := x & y`"
    case "|=": "write `x := x | y`"
    case "**=": "write `x ^= 2`"
    case "===": "write `==`"
    case "!==", "<>", "~=", "/=": "write `!=`"
    case "=>": "a function without a name is written `x -> x^2`"
    case "=<": "write `<=`"
    case ".*": "`*` is elementwise; the matrix product is `@`"
    case "./": "`/` is elementwise"
    case ".^": "`^` is elementwise"
    case "~": "write `not x`"
    case "?": "a choice is written `if c { a } else { b }`"
    case "$": "a value stands in a string as `{x}`"
    case "`": "strings stand between double quotes"
    case "\\": "a line goes on after an operator, after `,` and inside brackets; no sign is needed"
    case "..": "a range is `0..<n`, which stops before n, or `1...n`"
    default: nil
    }
  }
}
