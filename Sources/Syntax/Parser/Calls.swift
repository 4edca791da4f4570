/// Calls, subscripts and trailing blocks.
extension TokenParser {
  /// call := callee "(" [argument {"," argument} [","]] ")" [trailing]
  /// argument := word ":" expression | expression
  ///
  /// `list(e for x in xs)` is a comprehension.
  func call(_ callee: consuming Expression) throws(Problem) -> Expression {
    let open = advance()
    var arguments: [Expression.Argument] = []
    if kind != .rightParenthesis { arguments.reserveCapacity(2) }
    var names: Set<String> = []
    var isListOf: (Expression, [Expression.Clause])?
    try inBrackets { () throws(Problem) in
      while kind != .rightParenthesis {
        let start = index
        let argument = try argument(after: arguments.last, &names)
        arguments.append(argument)
        if kind == .forWord {
          guard case .name(Name(.list)) = callee.kind, arguments.count == 1, argument.name == nil else {
            throw error(
              "`for` inside a call needs brackets", token.span, hints: ["write `f([e for x in xs])`, or `list(e for x in xs)`"])
          }
          isListOf = (argument.value, try clauses())
          break
        }
        if take(.comma) { continue }
        if kind != .rightParenthesis {
          throw following(startingAt: start, in: .call(open))
        }
      }
    }
    try close(open)
    if let (value, clauses) = isListOf {
      return try node(.comprehension(value, clauses, alwaysList: true), callee.span.union(previous.span))
    }
    let span = callee.span.union(previous.span)
    guard kind == .leftBrace, blocksAllowed else { return try node(.call(callee, arguments, trailing: nil), span) }
    let trailing = try trailingBlock()
    return try node(.call(callee, arguments, trailing: trailing), span.union(trailing.span))
  }

  private func argument(after previous: Expression.Argument?, _ names: inout Set<String>) throws(Problem) -> Expression.Argument {
    let word = token
    guard word.kind == .name || word.kind.isReservedWord, token(at: index + 1).kind == .colon else {
      // All behind the first named one are named.
      if let name = previous?.name, kind != .wrong, kind != .end {
        throw error(
          "an argument without a name follows `\(name):`", token.span, hints: ["arguments by position stand first; name this one, too"])
      }
      return Expression.Argument(name: nil, nameSpan: nil, value: try expression())
    }
    let name = text(word)
    if !names.insert(name).inserted { throw error("`\(name):` is given twice", word.span) }
    advance()
    advance()
    return Expression.Argument(name: name, nameSpan: word.span, value: try expression())
  }

  /// trailing := "{" [pattern {"," pattern} "->"] statements "}"
  func trailingBlock() throws(Problem) -> Lambda {
    let open = advance()
    let (parameters, statements) = try inBrackets {
      () throws(Problem) -> ([Parameter], [Statement]) in
      let parameters = try blockParameters()
      return (parameters, try self.statements(in: open))
    }
    try close(open)
    let block = Block(statements, span(from: open.span.start))
    return Lambda(parameters: parameters, body: try node(.block(block), block.span), span: block.span, isTrailingBlock: true)
  }

  /// Parameters stand before `->`; without one there are none. `{ () -> … }` has none either.
  private func blockParameters() throws(Problem) -> [Parameter] {
    guard kind == .name || kind == .leftParenthesis else { return [] }
    guard let end = patternsEnd(from: index), token(at: end).kind == .arrow else { return [] }
    if kind == .leftParenthesis, Int(token.payload) == index + 1 {
      advance()
      advance()
      advance()
      return []
    }
    var parameters: [Parameter] = []
    repeat { parameters.append(Parameter(pattern: try pattern())) } while take(.comma)
    try refuseRepeatedNames(parameters)
    if kind != .arrow { throw unexpected("`->`") }
    advance()
    return parameters
  }

  /// `x, y` where `{ x, y -> … }` begins a block that isn't passed to a function; with one name it's a lambda.
  var blockParametersSpan: Span? {
    guard kind == .name || kind == .leftParenthesis, let end = patternsEnd(from: index), token(at: end).kind == .arrow else { return nil }
    let second = kind == .name ? index + 1 : Int(token.payload) + 1
    return second < end ? Span(token.span.start, token(at: end - 1).span.end) : nil
  }

  /// subscript := base "[" item {"," item} [","] "]"
  /// item := "..." | "new" | [expression] ":" [expression] [":" [expression]] | expression
  func subscripted(_ base: consuming Expression) throws(Problem) -> Expression {
    let open = advance()
    var items: [Expression.IndexItem] = []
    try inBrackets { () throws(Problem) in
      while kind != .rightBracket {
        let start = index
        items.append(try indexItem())
        if take(.comma) { continue }
        if kind != .rightBracket {
          guard case .at = items[items.count - 1] else { throw unclosed(open, expected: "`,` or `]`") }
          throw following(startingAt: start, in: .list(open))
        }
      }
    }
    if items.isEmpty, kind == .rightBracket {
      throw error("nothing stands between these brackets", open.span.union(token.span), hints: ["all items are `x[:]`"])
    }
    try close(open)
    return try node(.index(base, items), base.span.union(previous.span))
  }

  private func indexItem() throws(Problem) -> Expression.IndexItem {
    let start = token
    let next = token(at: index + 1).kind
    let isAlone = next == .comma || next == .rightBracket
    if start.kind == .rangeThrough, isAlone {
      advance()
      return .ellipsis(start.span)
    }
    if isWord(.new), isAlone {
      advance()
      return .new(start.span)
    }
    // `::` between start and step is two colons here.
    var first: Expression?
    if kind != .colon, kind != .doubleColon {
      let value = try expression()
      guard kind == .colon || kind == .doubleColon else { return .at(value) }
      first = value
    }
    var stop: Expression?
    var step: Expression?
    if take(.doubleColon) {
      step = try sliceBound()
    } else {
      advance()
      stop = try sliceBound()
      if take(.colon) { step = try sliceBound() }
    }
    return .slice(start: first, stop: stop, step: step, span(from: start.span.start))
  }

  private func sliceBound() throws(Problem) -> Expression? {
    switch kind {
    case .comma, .colon, .rightBracket: nil
    default: try expression()
    }
  }
}
