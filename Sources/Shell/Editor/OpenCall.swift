/// The call whose arguments are being written at the end of a text, where a new argument begins.
struct OpenCall {
  /// The function's name.
  let name: String
  /// Whether it stands behind a point, its first argument before that.
  let isMethod: Bool
  /// The arguments that were given by name already.
  let given: Set<String>

  /// Nil where no argument begins; `word` is what was written of it.
  init?(_ text: String, word: String) {
    guard CompletionNames.openString(text) == nil else { return nil }
    // Strings and comments might hold brackets: they are passed over.
    var stack: [(bracket: Unicode.Scalar, index: Int, commas: [Int])] = []
    let scalars = Array(text.unicodeScalars)
    var isString = false
    var isComment = false
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      if isString {
        if scalar == "\\" { index += 1 } else if scalar == "\"" { isString = false }
      } else if isComment {
        isComment = scalar != "\n"
      } else {
        switch scalar {
        case "\"": isString = true
        case "#": isComment = true
        case "(", "[", "{": stack.append((scalar, index, []))
        case ")", "]", "}": _ = stack.popLast()
        case ",": if !stack.isEmpty { stack[stack.count - 1].commas.append(index) }
        default: break
        }
      }
      index += 1
    }
    guard let innermost = stack.last, innermost.bracket == "(" else { return nil }
    let start = (innermost.commas.last ?? innermost.index) + 1
    let written = scalars[start...].drop { $0.properties.isWhitespace }
    guard String(String.UnicodeScalarView(written)) == word else { return nil }
    let before = scalars[..<innermost.index]
    let nameStart = (before.lastIndex { !CompletionNames.isNamePart($0) } ?? -1) + 1
    guard nameStart < innermost.index else { return nil }
    name = String(String.UnicodeScalarView(scalars[nameStart..<innermost.index]))
    isMethod = nameStart > 0 && scalars[nameStart - 1] == "."
    var names: Set<String> = []
    for (from, to) in zip([innermost.index] + innermost.commas, innermost.commas) {
      let argument = scalars[(from + 1)..<to].drop { $0.properties.isWhitespace }
      let label = argument.prefix { CompletionNames.isNamePart($0) }
      if argument.dropFirst(label.count).first == ":" { names.insert(String(String.UnicodeScalarView(label))) }
    }
    given = names
  }
}
