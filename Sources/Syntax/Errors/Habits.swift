/// Words that people bring from other languages, and what is written here instead.
enum Habit {
  /// The advice for a word after which something followed that cannot.
  static func advice(for word: String) -> String? {
    switch word {
    case "def", "fun", "func", "fn", "function", "defn": "a function is defined by `f(x) = x^2` or `f(x) = { … }`"
    case "let", "var", "const", "local", "val", "mut", "auto", "global", "nonlocal", "int", "float", "double", "string":
      "a name is bound by `x = 3` and changed by `x := 4`, without a word before it"
    case "lambda": "a function without a name is written `x -> x^2`"
    case "elif", "elsif", "elseif": "write `else if c { … }`"
    case "else": "write `else { … }`"
    case "import", "from", "using", "include", "require", "use": "the library is always there; a file is read by `import(\"file.grad\")`"
    case "class", "struct", "type": "a layer is written `layer Name(…) { … }`, a record `(lr: 0.1)`"
    case "raise", "throw": "an error is raised by `error(\"…\")`"
    case "assert": "write `assert(condition, \"…\")`"
    case "del", "delete": "names stay; `x = nothing` lets go of a value"
    case "switch", "match", "case": "write `if … { … } else if … { … }`"
    case "unless": "write `if not c { … }`"
    case "until": "write `while not c { … }`"
    case "foreach": "write `for x in xs { … }`"
    case "do", "then", "begin": "a block stands in braces: `{ … }`"
    case "with": "write the block behind the call: `training { … }`"
    case "yield", "async", "await": "there are no generators; a list is `[x^2 for x in xs]`"
    case "is": "equality is written `==`"
    case "div": "division rounded down is `//`"
    case "mod": "the remainder is `%`"
    case "xor": "write `a != b`"
    case "end": "a block ends with `}`"
    default: nil
    }
  }

  /// Names of other languages and libraries and the ones they have here, for names that are not known.
  static let names: [String: String] = [
    "True": "true", "TRUE": "true", "False": "false", "FALSE": "false", "None": "nothing", "null": "nothing", "nil": "nothing",
    "NULL": "nothing", "undefined": "nothing", "NaN": "nan", "NA": "nan", "Inf": "inf", "Infinity": "inf", "π": "pi", "Pi": "pi",
    "println": "print", "printf": "print", "echo": "print", "disp": "print", "puts": "print", "len": "length", "size": "length",
    "concatenate": "concat", "cat": "concat", "vstack": "concat", "hstack": "concat", "pow": "^", "power": "^", "matmul": "@",
    "str": "string", "float": "number", "int": "number", "throw": "error", "raise": "error", "fabs": "abs", "arcsin": "asin",
    "arccos": "acos", "arctan": "atan", "ln": "log", "logsoftmax": "log_softmax", "average": "mean", "this": "self", "amax": "max",
    "amin": "min", "dir": "keys", "fmod": "%", "mod": "%", "div": "//", "xor": "!=", "range": "arange", "learning_rate": "lr", "kernel_size": "size",
    "strides": "stride", "dim": "axis", "keepdim": "keep", "keepdims": "keep", "dtype": "type", "batch_size": "batch", "in_features": "inputs",
  ]
}

extension TokenParser {
  /// The error for a foreign word that begins the statement or item, or stands before or at the present token.
  func habit(startingAt start: Int) -> Problem? {
    for position in [start, index - 1, index] where token(at: position).kind == .name {
      let word = token(at: position)
      let spelling = text(word)
      // Such words are names, too: only what follows tells that they were meant as words.
      if position == index, !["then", "do", "is", "div", "mod", "xor", "elif", "elsif", "elseif", "end"].contains(spelling) { continue }
      let next = token(at: position + 1)
      guard position == index || (!next.touches && next.kind.beginsOperand) || next.kind == .colon else { continue }
      if let advice = Habit.advice(for: spelling) {
        return error("`\(spelling)` is not a word of the language", word.span, hints: [advice])
      }
    }
    let first = token(at: start)
    let isPrint = first.kind == .name && ["print", "println", "printf", "echo", "disp"].contains(text(first))
    if isPrint, start == index - 1, kind.beginsOperand, kind != .leftBrace {
      return error("`\(text(first))` needs parentheses", token.span, hints: ["write `print(…)`"])
    }
    return nil
  }
}
