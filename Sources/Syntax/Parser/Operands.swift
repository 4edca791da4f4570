/// What an expression begins with, and what touches it.
extension TokenParser {
  /// operand := name | string | "true" | "false" | "nothing" | parenthesized | bracketed | block | conditional | attempt
  func operand() throws(Problem) -> Expression {
    let start = token
    switch start.kind {
    case .name:
      advance()
      stream.names.noteVariable(name(start))
      return try node(isWord(.blank, start) ? .blank : .name(name(start)), start.span)
    case .number:
      advance()
      return try node(.number(stream.numbers[Int(start.payload)]), start.span)
    case .string:
      return try string()
    case .trueWord, .falseWord:
      advance()
      return try node(.bool(start.kind == .trueWord), start.span)
    case .nothingWord:
      advance()
      return try node(.nothing, start.span)
    case .leftParenthesis:
      return try parenthesized()
    case .leftBracket:
      return try bracketed()
    case .leftBrace where blocksAllowed:
      let block = try block(after: nil)
      return try node(.block(block), block.span)
    case .ifWord:
      return try conditional()
    case .tryWord:
      return try attempt()
    default:
      throw missingOperand()
    }
  }

  /// postfixed := operand {arguments [trailing] | trailing | subscript | "'" | "." word | "." position}
  ///
  /// Parentheses, brackets and primes touch what they follow.
  func postfixed(_ operand: consuming Expression) throws(Problem) -> Expression {
    var base = operand
    while true {
      let start = token
      switch start.kind {
      case .leftParenthesis where start.touches:
        base = try call(base)
      case .leftBracket where start.touches:
        base = try subscripted(base)
      case .leftBrace where blocksAllowed && base.takesBlockAlone:
        let trailing = try trailingBlock()
        base = try node(.call(base, [], trailing: trailing), base.span.union(trailing.span))
      case .prime where start.touches:
        var order = 0
        while kind == .prime, token.touches {
          advance()
          order += 1
        }
        base = try node(.derivative(base, order: order), base.span.union(previous.span))
      case .dot:
        base = try member(base)
      default:
        return base
      }
    }
  }

  /// member := base "." (word | position); any word will do, reserved or not
  private func member(_ base: consuming Expression) throws(Problem) -> Expression {
    advance()
    let word = token
    if word.kind == .name || word.kind.isReservedWord {
      advance()
      // The nearest function of that name may be called; a reserved word is asked for like any other.
      let name = word.kind == .name ? name(word) : Name(place: stream.names.place(ofWordAt: word.span.start, length: word.span.end - word.span.start, in: source.utf8))
      stream.names.noteVariable(name)
      return try node(.member(base, name, nameSpan: word.span), base.span.union(word.span))
    }
    if word.kind == .number, let position = Int(text(word)) {
      advance()
      return try node(.position(base, position), base.span.union(word.span))
    }
    throw unexpected("the name of a field after `.`")
  }

  /// string := "\"" {text | "{" expression [":" format] "}"} "\""
  private func string() throws(Problem) -> Expression {
    let literal = advance()
    let segments = stream.strings[Int(literal.payload)].segments
    var parts: [Expression.StringPart] = []
    parts.reserveCapacity(segments.count)
    for segment in segments {
      switch segment {
      case .text(let text):
        parts.append(.text(text))
      case .value(let interpolation):
        let inner = TokenParser(source: source, stream: interpolation.stream, isInterpolation: true, nesting: nesting + 1)
        parts.append(.value(try inner.interpolated(), format: interpolation.format))
      }
    }
    return try node(.string(parts), literal.span)
  }

  // MARK: if, try

  /// conditional := "if" head block {"else" "if" head block} ["else" block]
  func conditional() throws(Problem) -> Expression {
    var branches: [(start: Token, condition: Expression, then: Block)] = []
    var otherwise: Block?
    repeat {
      let start = advance()
      let condition = try head(of: start)
      branches.append((start, condition, try block(after: start)))
      guard kind == .elseWord else { break }
      let word = advance()
      if kind != .ifWord {
        otherwise = try block(after: word)
        break
      }
    } while true
    // `else if` is an `else` block with a single conditional, so the last is made first.
    var result: Expression?
    for branch in branches.reversed() {
      if let inner = result { otherwise = Block([Statement(.expression(inner), inner.span)], inner.span) }
      let end = otherwise?.span ?? branch.then.span
      result = try node(
        .conditional(branch.condition, then: branch.then, otherwise: otherwise), branch.start.span.union(end))
    }
    guard let result else { throw unexpected("`if`") }
    return result
  }

  /// attempt := "try" block "catch" [name] block
  private func attempt() throws(Problem) -> Expression {
    let start = advance()
    let block = try block(after: start)
    guard kind == .catchWord else {
      throw unexpected("`catch`", hints: ["what follows an error is written `try { … } catch e { … }`"])
    }
    let word = advance()
    var name: Name?
    if kind == .name {
      let token = advance()
      if !isWord(.discard, token) { name = self.name(token) }
    }
    let handler = try self.block(after: word)
    return try node(.attempt(block, name: name, handler: handler), start.span.union(handler.span))
  }

  /// head := expression, where `{` begins the block that follows
  func head(of word: Token) throws(Problem) -> Expression {
    if kind == .leftBrace { throw missingHead(word) }
    let (blocks, exponent) = (blocksAllowed, inExponent)
    blocksAllowed = false
    inExponent = false
    defer {
      blocksAllowed = blocks
      inExponent = exponent
    }
    return try expression()
  }
}

extension Expression {
  /// Whether a block may follow without parentheses: `training { … }`.
  fileprivate var takesBlockAlone: Bool {
    switch kind {
    case .name, .member: true
    default: false
    }
  }
}
