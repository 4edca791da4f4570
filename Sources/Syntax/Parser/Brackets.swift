/// Parentheses and brackets where an operand begins: tuples, records, tensors, lists, maps, comprehensions.
extension TokenParser {
  /// parenthesized := "(" expression ")" | "(" [item {"," item} [","]] ")"
  /// item := word ":" expression | expression
  func parenthesized() throws(Problem) -> Expression {
    let open = advance()
    var items: [Expression.Item] = []
    var names: Set<String> = []
    var hasComma = false
    try inBrackets { () throws(Problem) in
      while kind != .rightParenthesis {
        let start = index
        let item = try tupleItem(after: items.first, &names)
        items.append(item)
        if take(.comma) {
          hasComma = true
          continue
        }
        if kind != .rightParenthesis { throw following(startingAt: start, in: .parentheses(open)) }
      }
    }
    try close(open)
    let span = span(from: open.span.start)
    if items.count == 1, !hasComma, items[0].name == nil {
      // Parentheses only group: the same expression, at the place with its parentheses.
      return try node(items[0].value.kind, span)
    }
    return try node(.tuple(items), span)
  }

  private func tupleItem(after first: Expression.Item?, _ names: inout Set<String>) throws(Problem) -> Expression.Item {
    let word = token
    let isNamed = (word.kind == .name || word.kind.isReservedWord) && token(at: index + 1).kind == .colon
    if let first, (first.name != nil) != isNamed, kind != .wrong, kind != .end {
      throw error(
        "this mixes a record and a tuple", token.span, hints: ["name all fields, `(lr: 0.1, units: 32)`, or none, `(0.1, 32)`"])
    }
    guard isNamed else { return Expression.Item(name: nil, value: try expression()) }
    let name = text(word)
    if !names.insert(name).inserted { throw error("the field `\(name)` is given twice", word.span) }
    advance()
    advance()
    return Expression.Item(name: name, value: try expression())
  }

  /// bracketed := "[" "]" | "[" ":" "]" | "[" pair {"," pair} [","] "]" | "[" pair clauses "]"
  ///            | "[" expression {"," expression} [","] "]" | "[" expression clauses "]"
  /// pair := expression ":" expression
  func bracketed() throws(Problem) -> Expression {
    let open = advance()
    let kind = try inBrackets { () throws(Problem) -> Expression.Kind in
      try bracketContents(open)
    }
    try close(open)
    return try node(kind, span(from: open.span.start))
  }

  private func bracketContents(_ open: Token) throws(Problem) -> Expression.Kind {
    if kind == .rightBracket { return .bracket([]) }
    if kind == .colon, token(at: index + 1).kind == .rightBracket {
      advance()
      return .map([])
    }
    var start = index
    let first = try expression()
    if take(.colon) {
      let value = try expression()
      if kind == .forWord { return .mapComprehension(key: first, value: value, try clauses()) }
      return .map(try pairs(after: (first, value), startingAt: start, open))
    }
    if kind == .forWord { return .comprehension(first, try clauses(), alwaysList: false) }
    var items = [first]
    while take(.comma), kind != .rightBracket {
      start = index
      items.append(try expression())
      if kind == .colon { throw error("this mixes a map and a list", token.span, hints: ["a map's items are all `key: value`"]) }
    }
    if kind != .rightBracket { throw following(startingAt: start, in: .list(open)) }
    return .bracket(items)
  }

  private func pairs(
    after first: (Expression, Expression), startingAt position: Int, _ open: Token
  ) throws(Problem) -> [(key: Expression, value: Expression)] {
    var pairs = [(key: first.0, value: first.1)]
    var start = position
    while take(.comma), kind != .rightBracket {
      start = index
      let key = try expression()
      guard take(.colon) else {
        if kind == .comma || kind == .rightBracket {
          throw error("this key has no value", key.span, hints: ["a map's items are all `key: value`"])
        }
        throw following(startingAt: start, in: .list(open))
      }
      pairs.append((key, try expression()))
    }
    if kind != .rightBracket { throw following(startingAt: start, in: .list(open)) }
    return pairs
  }

  /// clauses := clause {clause}
  /// clause := "for" patterns "in" expression | "if" expression
  func clauses() throws(Problem) -> [Expression.Clause] {
    var clauses: [Expression.Clause] = []
    while true {
      if take(.forWord) {
        let pattern = try patterns()
        guard take(.inWord) else { throw unexpected("`in`", hints: ["a comprehension is written `[x^2 for x in xs]`"]) }
        clauses.append(.each(pattern, in: try expression()))
      } else if take(.ifWord) {
        clauses.append(.condition(try expression()))
      } else {
        return clauses
      }
    }
  }
}
