/// The errors for what follows an expression and does not belong to it.
extension TokenParser {
  /// What an expression was part of when something followed it.
  enum Surroundings {
    case program, string
    case block(Token), call(Token), list(Token), parentheses(Token)

    /// The bracket around it.
    var open: Token? {
      switch self {
      case .program, .string: nil
      case .block(let open), .call(let open), .list(let open), .parentheses(let open): open
      }
    }

    var isStatement: Bool {
      switch self {
      case .program, .block: true
      default: false
      }
    }
  }

  /// An expression is complete, and what follows does not belong to it.
  func following(startingAt start: Int, in surroundings: Surroundings) -> Problem {
    if let open = surroundings.open, kind == .end || kind.isClosing { return unclosed(open, expected: "`,`") }
    if let habit = habit(startingAt: start) { return habit }
    switch kind {
    case .wrong, .end: return unexpected("the end")
    case _ where kind.isClosing:
      return error("\(kind.description) closes nothing", token.span, hints: ["remove it, or open it before"])
    case .assign:
      switch surroundings {
      case .call:
        return error("`=` cannot stand in a call", token.span, hints: ["a named argument is written `name: value`, equality `==`"])
      case .parentheses:
        return error("`=` cannot stand in parentheses", token.span, hints: ["a record is written `(lr: 0.1)`, equality `==`"])
      default:
        return error(
          "an assignment cannot stand here", token.span, hints: ["only names are unpacked, `a, b = …`; equality is written `==`"])
      }
    case .colon: return colon(startingAt: start, in: surroundings)
    case .semicolon:
      return error("`;` cannot stand in brackets", token.span, hints: ["the rows of a matrix are lists: `[[1, 2], [3, 4]]`"])
    case .arrow:
      return error("`->` follows something else than parameters", token.span, hints: ["a function is written `x -> x^2` or `(x, y) -> x + y`"])
    case .prime: return quoted()
    case .elseWord, .catchWord: return without(kind)
    case .update, .addAssign, .subtractAssign, .multiplyAssign, .divideAssign, .powerAssign:
      return error("\(kind.description) cannot stand inside an expression", token.span, hints: ["an assignment stands in a line of its own"])
    case .notWord where token(at: index + 1).kind == .inWord:
      return error("`not` cannot stand here", token.span, hints: ["write `not (x in xs)`"])
    case .forWord:
      return error("`for` cannot stand here", token.span, hints: ["a comprehension stands in brackets: `[x^2 for x in xs]`"])
    case .ifWord:
      return error("`if` cannot stand here", token.span, hints: ["a choice is written `if c { a } else { b }`"])
    case .doubleColon:
      if let open = unfinishedDefinition { return unfinished(open) }
      return error("`::` cannot stand here", token.span, hints: ["it gives the shape of a parameter or a result: `f(x :: [n]) = …`"])
    default: return twoInARow(in: surroundings)
    }
  }

  private func colon(startingAt start: Int, in surroundings: Surroundings) -> Problem {
    let before = previous.kind
    let after = token(at: index + 1).kind
    if before == .string, surroundings.isStatement {
      return error("`:` cannot stand here", token.span, hints: ["a map is written in brackets: `[\"a\": 1]`"])
    }
    if before == .elseWord || after == .newline || after == .end {
      return error("`:` does not begin a block", token.span, hints: ["a block stands in braces: `{ … }`"])
    }
    if before == .number || after == .number {
      return error("`:` cannot stand here", token.span, hints: ["a range is written `0..<10` or `1...10`"])
    }
    return error(
      "`:` cannot stand here", token.span,
      hints: ["names have no types: write `x = 3`", "a record is written `(lr: 0.1)`, a map `[\"a\": 1]`"])
  }

  private func twoInARow(in surroundings: Surroundings) -> Problem {
    guard kind.beginsOperand else {
      switch surroundings {
      case .program, .block: return unexpected("the end of the statement")
      case .string: return unexpected("`}`")
      case .call(let open), .list(let open), .parentheses(let open):
        return unexpected("`,` or \(open.kind.closing?.description ?? "")")
      }
    }
    var hints: [String] = []
    let callee = text(previous)
    switch (previous.kind, kind) {
    case (.name, .leftParenthesis), (.rightParenthesis, .leftParenthesis), (.rightBracket, .leftParenthesis):
      let close = Int(token.payload)
      if previous.kind == .name, close >= 0, token(at: close + 1).kind == .assign {
        hints = ["in a definition, too, the parenthesis touches the name: `\(callee)(…) = …`"]
      } else {
        let shown = previous.kind == .name ? callee : "f"
        hints = ["in a call the parenthesis touches what is called: `\(shown)(…)`"]
      }
    case (.name, .leftBracket):
      hints = ["an index touches what it follows: `\(callee)[…]`"]
    case (.name, .string), (.name, .number), (.name, .name):
      hints = ["to call `\(callee)`, write `\(callee)(\(text(token)))`"]
    default: break
    }
    switch surroundings {
    case .program, .block: hints.append("statements are separated by a newline or `;`")
    case .string: hints.append("each value has braces of its own: `{a} {b}`")
    case .call: hints.append("arguments are separated by `,`")
    case .list, .parentheses: hints.append("items are separated by `,`")
    }
    // The reason may be a bracket that was left open lines before.
    var labels: [GradusError.Label] = []
    if let open = surroundings.open, !surroundings.isStatement, line(of: open) < line(of: token) {
      labels = [GradusError.Label(span: open.span, text: "\(open.kind.description) is still open")]
    }
    return error("two expressions in a row", token.span, labels: labels, hints: hints)
  }

  /// `'text'`: a prime that touches nothing.
  func quoted() -> Problem {
    error(
      "`'` does not open a string", token.span,
      hints: ["strings stand between double quotes: `\"text\"`; after a function `'` is its derivative: `f'(x)`"])
  }

  func without(_ word: Token.Kind) -> Problem {
    let opening = word == .elseWord ? "`if … { … }`" : "`try { … }`"
    return error("\(word.description) follows no block", token.span, hints: ["it stands behind the `}` of \(opening)"])
  }
}
