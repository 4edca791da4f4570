/// Operators and their operands.
extension TokenParser {
  /// expression := operation
  func expression() throws(Problem) -> Expression { try operation(.apply) }

  /// operation := prefixed {operator operation}
  ///
  /// Reads all operators that bind at least as tightly as `loosest`.
  func operation(_ loosest: Priority) throws(Problem) -> Expression {
    nesting += 1
    defer { nesting -= 1 }
    if nesting > Self.deepestNesting { throw tooDeep(token.span) }

    let start = index
    var left = try prefixed(loosest)
    while let priority = Priority(kind), priority >= loosest {
      switch priority {
      case .compose: left = try composition(left)
      case .comparison: left = try comparison(left, startingAt: start)
      case .range: left = try range(left)
      default: left = try binary(left, priority)
      }
    }
    return left
  }

  /// binary := left operator right
  private func binary(_ left: consuming Expression, _ priority: Priority) throws(Problem) -> Expression {
    let sign = advance()
    let right = priority == .power ? try exponent() : try operation(priority.tighter)
    let span = left.span.union(right.span)
    switch sign.kind {
    case .apply: return try node(.apply(left, right), span)
    case .orWord: return try node(.or(left, right), span)
    case .andWord: return try node(.and(left, right), span)
    default:
      guard let operation = BinaryOperator(sign.kind) else { throw unexpected("an operator") }
      return try node(.binary(left, right, .init(operation, sign.span)), span)
    }
  }

  /// exponent := ("-" | "+") exponent | power
  private func exponent() throws(Problem) -> Expression {
    nesting += 1
    let outer = inExponent
    inExponent = true
    defer {
      inExponent = outer
      nesting -= 1
    }
    if nesting > Self.deepestNesting { throw tooDeep(token.span) }
    let start = token
    switch start.kind {
    case .minus:
      advance()
      let operand = try exponent()
      return try node(.negate(operand), start.span.union(operand.span))
    case .plus:
      advance()
      let operand = try exponent()
      return try node(.plus(operand), start.span.union(operand.span))
    default:
      return try operation(.power)
    }
  }

  /// composition := part ">>" part {">>" part}
  private func composition(_ first: Expression) throws(Problem) -> Expression {
    var parts = [first]
    while take(.compose) { parts.append(try operation(Priority.compose.tighter)) }
    return try node(.compose(parts), first.span.union(parts[parts.count - 1].span))
  }

  /// comparison := value ("==" | "!=" | "<" | "<=" | ">" | ">=" | "in") value
  private func comparison(_ left: consuming Expression, startingAt start: Int) throws(Problem) -> Expression {
    let sign = advance()
    let right = try operation(Priority.comparison.tighter)
    if Priority(kind) == .comparison { throw chainedComparison(left, sign, right) }
    let span = left.span.union(right.span)
    if sign.kind == .inWord { return try node(.contains(left, in: right), span) }
    guard let operation = BinaryOperator(sign.kind) else { throw unexpected("a comparison") }
    return try node(.binary(left, right, .init(operation, sign.span)), span)
  }

  /// range := value ("..<" | "...") value ["by" value]
  private func range(_ start: consuming Expression) throws(Problem) -> Expression {
    let sign = advance()
    if !kind.beginsOperand, kind != .minus, kind != .plus, kind != .wrong, !(kind == .end && !isInterpolation) {
      throw halfRange(start, sign)
    }
    let stop = try operation(Priority.range.tighter)
    var step: Expression?
    if isWord(.by) {
      advance()
      skipNewlines()
      step = try operation(Priority.range.tighter)
    }
    if Priority(kind) == .range {
      throw error(
        "ranges do not chain", token.span, hints: ["a step is written `\(source.string(start.span))\(sign.kind.rawValue)n by 2`"])
    }
    return try node(
      .range(start, stop, by: step, inclusive: sign.kind == .rangeThrough), start.span.union((step ?? stop).span))
  }

  /// prefixed := "not" operation | ("-" | "+") operation | lambda | coefficient | postfixed
  private func prefixed(_ loosest: Priority) throws(Problem) -> Expression {
    let start = token
    switch start.kind {
    case .minus:
      advance()
      let operand = try operation(.sign)
      return try node(.negate(operand), start.span.union(operand.span))
    case .plus:
      advance()
      let operand = try operation(.sign)
      return try node(.plus(operand), start.span.union(operand.span))
    case .notWord:
      if loosest > .not {
        throw error(
          "`not` is looser than the operator before it", start.span, hints: ["put it in parentheses: `a \(previous.kind.rawValue) (not b)`"])
      }
      advance()
      let operand = try operation(.not)
      return try node(.not(operand), start.span.union(operand.span))
    case .name where token(at: index + 1).kind == .arrow,
      .leftParenthesis where start.payload >= 0 && token(at: Int(start.payload) + 1).kind == .arrow:
      return try lambda()
    case .number:
      return try coefficient()
    default:
      return try postfixed(try operand())
    }
  }

  /// coefficient := number [power], where a name or `(` touches the number
  private func coefficient() throws(Problem) -> Expression {
    let literal = advance()
    let number = try node(.number(stream.numbers[Int(literal.payload)]), literal.span)
    guard token.touches, kind == .leftParenthesis || (kind == .name && !isWord(.by)) else { return try postfixed(number) }
    if inExponent { throw coefficientInExponent(literal) }
    let operand = try operation(.power)
    return try node(
      .binary(number, operand, .init(.multiply, Span(literal.span.end, literal.span.end))), literal.span.union(operand.span))
  }

  /// lambda := (name | "(" [parameter {"," parameter}] ")") "->" expression
  private func lambda() throws(Problem) -> Expression {
    let start = token
    let parameters: [Parameter]
    if kind == .leftParenthesis {
      parameters = try self.parameters()
    } else {
      parameters = [Parameter(pattern: try namePattern())]
    }
    advance()
    let exponent = inExponent
    inExponent = false
    defer { inExponent = exponent }
    let body = try expression()
    let span = start.span.union(body.span)
    return try node(.lambda(Lambda(parameters: parameters, body: body, span: span, isTrailingBlock: false)), span)
  }
}
