/// The left sides of bindings, loops and parameters.
extension TokenParser {
  /// patterns := pattern {"," pattern} [","]
  ///
  /// Several patterns, or one with a comma behind it, unpack.
  func patterns() throws(Problem) -> Pattern {
    let start = token.span.start
    if kind == .name { stream.names.noteVariable(name(token)) }
    let first = try pattern()
    guard kind == .comma else { return first }
    var all = [first]
    while take(.comma), kind == .name || kind == .leftParenthesis {
      if kind == .name { stream.names.noteVariable(name(token)) }
      all.append(try pattern())
    }
    let pattern = Pattern.tuple(all, span(from: start))
    try refuseRepeatedNames([Parameter(pattern: pattern)])
    return pattern
  }

  /// pattern := name | "_" | "(" patterns ")"
  func pattern() throws(Problem) -> Pattern {
    guard kind == .leftParenthesis else { return try namePattern() }
    nesting += 1
    defer { nesting -= 1 }
    if nesting > Self.deepestNesting { throw tooDeep(token.span) }
    let open = advance()
    if kind == .rightParenthesis { throw error("nothing is unpacked here", open.span.union(token.span)) }
    let inner = try patterns()
    if kind != .rightParenthesis { throw notAName() }
    advance()
    if case .tuple(let parts, _) = inner, token(at: index - 2).kind == .comma || parts.count > 1 {
      return .tuple(parts, span(from: open.span.start))
    }
    return inner
  }

  /// name := a name | "_"
  func namePattern() throws(Problem) -> Pattern {
    guard kind == .name else { throw notAName() }
    let name = advance()
    if isWord(.blank, name) { throw error("a blank cannot be bound", name.span) }
    return isWord(.discard, name) ? .discard(name.span) : .name(self.name(name), name.span)
  }

  /// The index of the token behind `a, (b, _), c`, judged by its outline; nil if it is none.
  func patternsEnd(from start: Int) -> Int? {
    var position = start
    while true {
      let token = token(at: position)
      switch token.kind {
      case .name: position += 1
      case .leftParenthesis where token.payload >= 0: position = Int(token.payload) + 1
      default: return position > start ? position : nil
      }
      guard self.token(at: position).kind == .comma else { return position }
      position += 1
    }
  }

  /// Whether a statement begins with patterns and `=`.
  func isBinding(at start: Int) -> Bool {
    patternsEnd(from: start).map { token(at: $0).kind == .assign } ?? false
  }

  func refuseRepeatedNames(_ parameters: [Parameter]) throws(Problem) {
    if parameters.count <= 8, areDifferentNames(parameters) { return }
    var seen: Set<Name> = []
    for parameter in parameters { try refuseRepeatedNames(parameter.pattern, &seen) }
  }

  private func areDifferentNames(_ parameters: [Parameter]) -> Bool {
    for later in parameters.indices {
      guard let name = parameters[later].name else { return false }
      for earlier in 0..<later where parameters[earlier].name == name { return false }
    }
    return true
  }

  private func refuseRepeatedNames(_ pattern: Pattern, _ seen: inout Set<Name>) throws(Problem) {
    switch pattern {
    case .discard: break
    case .name(let name, let span):
      if !seen.insert(name).inserted { throw error("the name `\(stream.names[name])` stands here twice", span, hints: ["`_` takes what is not needed"]) }
    case .tuple(let parts, _):
      for part in parts { try refuseRepeatedNames(part, &seen) }
    }
  }
}
