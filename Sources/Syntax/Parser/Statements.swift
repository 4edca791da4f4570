/// Statements and blocks.
extension TokenParser {
  /// statements := {statement (";" | newline)}
  func statements(in open: Token?) throws(Problem) -> [Statement] {
    nesting += 1
    defer { nesting -= 1 }
    if nesting > Self.deepestNesting { throw tooDeep(token.span) }
    let closing = open?.kind.closing ?? .end
    var statements: [Statement] = []
    while true {
      while kind == .newline || kind == .semicolon { advance() }
      if kind == closing || kind == .end { return statements }
      if kind.isClosing, let open { throw unclosed(open, expected: "a statement") }
      let start = index
      let statement = try statement()
      let span = span(from: token(at: start).span.start)
      switch kind {
      case .semicolon:
        statements.append(try made(statement, span, isSilent: true, isTopLevel: open == nil))
      case .newline, .end, closing:
        statements.append(try made(statement, span, isSilent: false, isTopLevel: open == nil))
      default:
        throw following(startingAt: start, in: open.map { .block($0) } ?? .program)
      }
    }
  }

  private func made(_ kind: Statement.Kind, _ span: Span, isSilent: Bool, isTopLevel: Bool) throws(Problem) -> Statement {
    let statement = Statement(kind, span, isSilent: isSilent)
    if statement.extent.depth > Self.deepestTree { throw tooDeep(span) }
    if isTopLevel { bindings.walk(statement) }
    return statement
  }

  /// block := "{" statements "}"
  ///
  /// `word` is what it belongs to, for the error where it is missing.
  func block(after word: Token?) throws(Problem) -> Block {
    guard kind == .leftBrace else { throw missingBlock(after: word) }
    let open = advance()
    if let parameters = blockParametersSpan { throw parametersOfPlainBlock(parameters) }
    let statements = try inBrackets { () throws(Problem) -> [Statement] in
      try self.statements(in: open)
    }
    try close(open)
    return Block(statements, span(from: open.span.start))
  }

  /// statement := function | layer | loop | "return" [values] | "break" | "continue" | binding | update | values
  private func statement() throws(Problem) -> Statement.Kind {
    switch kind {
    case .forWord: return try forEach()
    case .whileWord, .repeatWord: return try loop()
    case .returnWord:
      advance()
      switch kind {
      case .newline, .semicolon, .end, .rightBrace: return .returnValue(nil)
      default:
        return .returnValue(try values())
      }
    case .breakWord:
      advance()
      return .breakLoop
    case .continueWord:
      advance()
      return .continueLoop
    case .name where isDefinition: return try function()
    case .name where isLayer: return try layer()
    case .name where isBinding(at: index), .leftParenthesis where isBinding(at: index): return try binding()
    default:
      let open = token(at: index + 1)
      let outer = unfinishedDefinition
      unfinishedDefinition = kind == .name && open.kind == .leftParenthesis && open.touches && open.payload < 0 ? open : nil
      defer { unfinishedDefinition = outer }
      return try update()
    }
  }

  /// forEach := "for" patterns "in" head block
  private func forEach() throws(Problem) -> Statement.Kind {
    let word = advance()
    let pattern = try loopPattern(word)
    let sequence = try head(of: word)
    return .forEach(pattern, in: sequence, try block(after: word))
  }

  private func loopPattern(_ word: Token) throws(Problem) -> Pattern {
    if kind != .name, kind != .leftParenthesis { throw wrongLoop() }
    // `for (i = 0; …)` and `for i = 1:10` come from other languages.
    if let end = patternsEnd(from: index), token(at: end).kind == .assign { throw wrongLoop() }
    if kind == .leftParenthesis, [.assign, .update].contains(token(at: index + 2).kind) { throw wrongLoop() }
    let pattern = try patterns()
    guard take(.inWord) else { throw wrongLoop() }
    return pattern
  }

  /// loop := ("while" | "repeat") head block
  private func loop() throws(Problem) -> Statement.Kind {
    let word = advance()
    let head = try head(of: word)
    let body = try block(after: word)
    return word.kind == .whileWord ? .whileLoop(head, body) : .repeatLoop(head, body)
  }

  /// values := expression {"," expression}
  ///
  /// Several values are a tuple: only a statement's own needs no parentheses.
  func values() throws(Problem) -> Expression { try values(after: try expression()) }

  private func values(after first: consuming Expression) throws(Problem) -> Expression {
    guard kind == .comma else { return first }
    let start = first.span.start
    var items = [Expression.Item(name: nil, value: first)]
    while take(.comma) { items.append(Expression.Item(name: nil, value: try expression())) }
    return try node(.tuple(items), span(from: start))
  }

  /// binding := patterns "=" values
  private func binding() throws(Problem) -> Statement.Kind {
    let pattern = try patterns()
    let sign = advance()
    if sign.kind != .assign { throw error("expected `=` here", sign.span) }
    let value = try values()
    try refuseChainedAssignment()
    return .bind(pattern, value)
  }

  /// update := place ("=" | ":=" | "+=" | "-=" | "*=" | "/=" | "^=") values | values
  /// place := name | base "[" … "]" | base "." word
  private func update() throws(Problem) -> Statement.Kind {
    let start = index
    let left = try expression()
    let sign = token
    let operation: BinaryOperator?
    switch sign.kind {
    case .assign, .update: operation = nil
    case .addAssign: operation = .add
    case .subtractAssign: operation = .subtract
    case .multiplyAssign: operation = .multiply
    case .divideAssign: operation = .divide
    case .powerAssign: operation = .power
    default: return .expression(try values(after: left))
    }
    let place = try place(left, startingAt: start, sign)
    advance()
    let value = try values()
    try refuseChainedAssignment()
    return .update(place, operation, value)
  }

  /// What can be changed: a name, an item, a field.
  private func place(_ left: Expression, startingAt start: Int, _ sign: Token) throws(Problem) -> Expression {
    switch left.kind {
    case .name, .index, .member:
      // Parentheses make a value of a place.
      if token(at: start).kind == .leftParenthesis, token(at: start).payload == Int32(index - 1) { break }
      if case .name(Name(.discard)) = left.kind { throw error("`_` cannot be changed", left.span) }
      return left
    case .position(let base, let position):
      let index = try node(.number(Double(position)), Span(left.span.end, left.span.end))
      return try node(.index(base, [.at(index)]), left.span)
    default: break
    }
    throw cannotAssign(to: left, startingAt: start, sign)
  }

  func refuseChainedAssignment() throws(Problem) {
    switch kind {
    case .assign, .update:
      throw error("an assignment has no value", token.span, hints: ["assign one name a line; equality is `==`"])
    default: break
    }
  }
}
