/// The words of the parser's errors: what was met, what was expected, what to write instead.
extension TokenParser {
  func error(_ message: String, _ span: Span, labels: [GradusError.Label] = [], hints: [String] = []) -> Problem {
    .of(GradusError(.syntax, message, at: .init(source: source, span: span), labels: labels, hints: hints))
  }

  func line(of token: Token) -> Int { source.position(of: token.span.start).line }

  /// The token as an error calls it.
  var found: String {
    switch kind {
    case .name: "`\(text(token))`"
    case .number: "the number `\(text(token))`"
    case .end where isInterpolation: "the end of the braces"
    default: kind.description
    }
  }

  /// `expected … but found …` at the present token; an unreadable one has its own error.
  func unexpected(_ expected: String, hints: [String] = []) -> Problem {
    if kind == .wrong { return .of(stream.errors[Int(token.payload)]) }
    var problem = error("expected \(expected), but found \(found)", token.span, hints: hints)
    if kind == .end { problem = ended(problem, expected) }
    return problem
  }

  private func ended(_ problem: Problem, _ expected: String) -> Problem {
    guard !isInterpolation else { return problem }
    var problem = problem
    problem.error.message = "expected \(expected), but the text ends"
    problem.error.isIncomplete = true
    return problem
  }

  /// `{ x, y -> … }` that follows no call.
  func parametersOfPlainBlock(_ parameters: Span) -> Problem {
    error(
      "only a block that is passed to a function has parameters", parameters,
      hints: ["a function of several is written `(\(source.string(parameters))) -> …`"])
  }

  // MARK: Brackets

  /// Reads the closing bracket that belongs to `open`.
  func close(_ open: Token) throws(Problem) {
    guard let closing = open.kind.closing, kind == closing else {
      throw unclosed(open, expected: open.kind.closing?.description ?? "a bracket")
    }
    advance()
  }

  /// The parameters of a definition end too early, though they read like a call's arguments.
  func unfinished(_ open: Token) -> Problem {
    var problem = error("`(` is not closed", open.span, hints: ["`)` is missing"])
    problem.error.isIncomplete = !isInterpolation
    return problem
  }

  func unclosed(_ open: Token, expected: String) -> Problem {
    let label = GradusError.Label(span: open.span, text: "\(open.kind.description) is opened here")
    switch kind {
    case .end:
      var problem = error("\(open.kind.description) is not closed", open.span, hints: ["\(open.kind.closing?.description ?? "") is missing"])
      problem.error.isIncomplete = !isInterpolation
      return problem
    case _ where kind.isClosing:
      return error(
        "\(kind.description) does not close the \(open.kind.description) of line \(line(of: open))", token.span, labels: [label],
        hints: ["write \(open.kind.closing?.description ?? "") first"])
    default:
      return unexpected(expected)
    }
  }

  // MARK: An expression is missing

  func missingOperand() -> Problem {
    let isFirst = index == 0 || [.newline, .semicolon, .leftBrace].contains(previous.kind)
    switch kind {
    case .prime: return quoted()
    case .doubleSlash where isFirst, .percent where isFirst, .slash where isFirst && token(at: index + 1).kind == .star:
      return error("a statement cannot begin with \(kind.description)", token.span, hints: ["a comment begins with `#`"])
    case .star where previous.kind == .leftParenthesis || previous.kind == .comma:
      return error("`*` does not unpack", token.span, hints: ["a parameter that takes all that remains is written `rest...`"])
    case .elseWord, .catchWord: return without(kind)
    case .rangeThrough, .rangeBefore:
      return error(
        "a range needs both ends", token.span,
        hints: ["write `0..<n`; a part of a tensor is `x[:n]` or `x[a:]`, all axes before are `x[..., 0]`"])
    case _ where kind.isReservedWord && (token(at: index + 1).kind == .assign || token(at: index + 1).kind == .update):
      return error("\(kind.description) is a reserved word", token.span, hints: ["choose another name"])
    case .forWord, .whileWord, .repeatWord, .returnWord, .breakWord, .continueWord:
      return error(
        "\(kind.description) has no value", token.span,
        hints: kind == .forWord
          ? ["a loop stands in a line of its own; a list of values is `[x^2 for x in xs]`"] : ["it stands in a line of its own"])
    case .arrow:
      return error("`->` follows no parameter", token.span, hints: ["a function without parameters is `() -> …`"])
    case .leftBrace:
      return error("`{` cannot stand in this place", token.span, hints: ["put it in parentheses; here `{` begins the block"])
    case _ where kind.isClosing && isFirst:
      return error("\(kind.description) closes nothing", token.span, hints: ["remove it, or open it before"])
    case .newline, .semicolon:
      return error("the line ends where \(missing) is expected", token.span)
    default: return unexpected(missing)
    }
  }

  /// What is missing, after the operator that wants it.
  private var missing: String {
    guard index > 0, Priority(previous.kind) != nil || previous.kind == .notWord else { return "an expression" }
    return "a value after \(previous.kind.description)"
  }

  /// Where the block of `if`, `for`, … should begin.
  func missingBlock(after word: Token?) -> Problem {
    let keyword = word.map { text($0) } ?? ""
    let shape =
      switch word?.kind {
      case .ifWord: "`if x < 3 { … }`"
      case .forWord: "`for x in xs { … }`"
      case .whileWord: "`while x < 3 { … }`"
      case .repeatWord: "`repeat 10 { … }`"
      case .elseWord: "`else { … }`"
      case .tryWord, .catchWord: "`try { … } catch e { … }`"
      default: "`{ … }`"
      }
    let hint = "a block stands in braces that begin on the same line: \(shape)"
    switch kind {
    case .assign where word?.kind == .ifWord || word?.kind == .whileWord:
      return error("`=` does not compare", token.span, hints: ["equality is written `==`"])
    case .colon:
      if word?.kind == .forWord, previous.kind == .number, token(at: index + 1).kind != .newline {
        return error("`:` does not make a range here", token.span, hints: ["a range is written `0..<10` or `1...10`"])
      }
      return error("`:` does not begin a block", token.span, hints: [hint])
    case .end, .wrong: return unexpected("`{`", hints: [hint])
    default:
      return error("the block of `\(keyword)` is missing: expected `{`, but found \(found)", token.span, hints: [hint])
    }
  }

  func missingHead(_ word: Token) -> Problem {
    switch word.kind {
    case .repeatWord:
      error("`repeat` needs a number", token.span, hints: ["write `repeat 10 { … }`; a loop without an end is `while true { … }`"])
    case .forWord:
      error("`for` needs something to go through", token.span, hints: ["write `for x in xs { … }`"])
    default:
      error("`\(text(word))` needs a condition", token.span, hints: ["write `\(text(word)) x < 3 { … }`"])
    }
  }

  func wrongLoop() -> Problem {
    let hint = "a loop is written `for x in xs { … }` or `for i in 0..<10 { … }`"
    if kind == .inWord || kind == .name || kind == .leftParenthesis {
      return kind == .inWord
        ? unexpected("a name", hints: [hint]) : error("this is not the head of a loop", token.span, hints: [hint])
    }
    if kind == .end || kind == .wrong { return unexpected("`in`", hints: [hint]) }
    if kind.isReservedWord { return error("\(kind.description) is a reserved word", token.span, hints: ["choose another name"]) }
    return unexpected("`in`", hints: [hint])
  }

  // MARK: Operators

  func halfRange(_ start: Expression, _ sign: Token) -> Problem {
    if let open = unfinishedDefinition { return unfinished(open) }
    let text = source.string(start.span)
    if kind == .rightParenthesis || kind == .comma, sign.kind == .rangeThrough, sign.touches {
      return error(
        "a range needs both ends", sign.span, hints: ["write `\(text)...10`; `rest...` stands only among the parameters of a definition"])
    }
    return error("a range needs both ends", sign.span, hints: ["write `\(text)\(sign.kind.rawValue)n`; a part of a tensor is `x[\(text):]`"])
  }

  /// `0 < x < 1`; the second comparison is read, too, so that the remedy can show it.
  func chainedComparison(_ left: Expression, _ sign: Token, _ middle: Expression) -> Problem {
    let second = advance()
    var problem = error("comparisons do not chain", second.span, hints: ["write `a < b & b < c`"])
    if let right = try? operation(Priority.comparison.tighter) {
      let parts = [left, middle, right].map { source.string($0.span) }
      if parts.allSatisfy({ $0.count < 25 && !$0.contains("\n") }) {
        problem.error.hints = ["write `\(parts[0]) \(sign.kind.rawValue) \(parts[1]) & \(parts[1]) \(second.kind.rawValue) \(parts[2])`"]
      }
    }
    return problem
  }

  func coefficientInExponent(_ literal: Token) -> Problem {
    error(
      "a number touches `\(text(token))` in an exponent", literal.span.union(token.span),
      hints: ["write `x^\(text(literal)) * y`, or `x^(\(text(literal))y)`"])
  }

  // MARK: Names

  func notAName() -> Problem {
    if kind.isReservedWord { return error("\(kind.description) is a reserved word", token.span, hints: ["choose another name"]) }
    return unexpected("a name")
  }

  func wrongParameter(_ parameter: Parameter, _ open: Token) -> Problem {
    switch kind {
    case .assign:
      error("`=` does not give a default", token.span, hints: ["write `\(parameter.name.map { stream.names[$0] } ?? "x"): 2`"])
    case .name, .number, .string:
      error("two parameters in a row", token.span, hints: ["parameters are separated by `,`; they have no types"])
    default: unclosed(open, expected: "`,` or `)`")
    }
  }

  func cannotAssign(to left: Expression, startingAt start: Int, _ sign: Token) -> Problem {
    let equality = "equality is written `==`"
    switch left.kind {
    case .call(_, _, trailing: nil) where sign.kind != .assign:
      return error("a call cannot be changed", left.span, hints: ["a function is defined by `f(x) = …`"])
    case .call(let callee, _, _):
      if case .derivative(let function, _) = callee.kind {
        return error("a derivative follows from its function", left.span, hints: ["define `\(source.string(function.span))(x) = …`"])
      }
      if case .member(_, let method, _) = callee.kind {
        let name = stream.names[method]
        return error(
          "a method is not defined this way", left.span, hints: ["define a function, `\(name)(x) = …`; `x.\(name)()` calls it, too"])
      }
      return error("a call cannot be changed", left.span, hints: ["a function is defined by `f(x) = …`", equality])
    case .derivative(let function, _):
      return error("a derivative follows from its function", left.span, hints: ["define `\(source.string(function.span))(x) = …`"])
    case .bool, .nothing, .blank:
      return error("`\(source.string(left.span))` cannot be bound", left.span, hints: ["choose another name", equality])
    case .number, .string:
      return error("a value cannot be changed", left.span, hints: ["the name stands on the left: `x = 3`", equality])
    case .binary(_, _, let sign) where sign.span.start == sign.span.end:
      return error("a name cannot begin with a digit", left.span, hints: ["choose another name", equality])
    default:
      return error("this cannot be changed", left.span, hints: ["a name, an item `x[i]` or a field `x.f` stands on the left", equality])
    }
  }
}
