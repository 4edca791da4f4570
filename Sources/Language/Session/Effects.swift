import Syntax

/// Which functions of the library do nothing but give a value: a call of one whose value nobody takes is a slip.
extension Session {
  /// Whether the library's function calls only what has no effect either. What calls a function that it was given has one.
  func hasNoEffect(_ name: String) -> Bool {
    if let known = effectless[name] { return known }
    // Until the opposite is found: a function may call itself.
    effectless[name] = true
    let result = definition(of: name).map { EffectSearch(session: self, definition: $0).isPure } ?? false
    effectless[name] = result
    return result
  }

  private func definition(of name: String) -> FunctionDefinition? {
    guard let place = libraryPlace(of: name), let program = try? Parser.parse(place.source, part: place.span) else { return nil }
    for statement in program.statements {
      if case .function(let definition) = statement.kind, definition.name == name { return definition }
    }
    return nil
  }

  /// Gives a warning, at each place once.
  func warn(_ warning: GradusError, site: UInt64) {
    guard warned.insert(site).inserted else { return }
    tell(ErrorReport(warning, word: "warning:").text(color: false, ascii: style.glyphs == .ascii, width: style.width) + "\n")
  }
}

/// Looks through a definition of the library for calls with effects.
private struct EffectSearch {
  let session: Session
  let definition: FunctionDefinition
  private let own: Set<String>

  init(session: Session, definition: FunctionDefinition) {
    self.session = session
    self.definition = definition
    own = Set(NameAnalysis.of(definition.body, parameters: definition.parameters).bound)
  }

  var isPure: Bool { definition.parameters.allSatisfy { $0.defaultValue.map(isPure) ?? true } && isPure(definition.body) }

  private func isPure(_ statements: [Statement]) -> Bool {
    statements.allSatisfy { statement in
      switch statement.kind {
      case .expression(let e), .bind(_, let e): isPure(e)
      case .update(let target, _, let e): isOwn(target) && isPure(e)
      case .function, .layer: false
      case .forEach(_, let e, let body): isPure(e) && isPure(body.statements)
      case .whileLoop(let e, let body), .repeatLoop(let e, let body): isPure(e) && isPure(body.statements)
      case .returnValue(let e): e.map(isPure) ?? true
      case .breakLoop, .continueLoop: true
      }
    }
  }

  /// Whether what is changed is a variable of the function itself.
  private func isOwn(_ target: Expression) -> Bool {
    switch target.kind {
    case .name(let name): own.contains(name)
    case .index(let base, _): isOwn(base)
    default: false
    }
  }

  private func isPure(_ e: Expression) -> Bool {
    switch e.kind {
    case .number, .bool, .nothing, .blank, .name: true
    case .string(let parts): parts.allSatisfy { if case .value(let e, _) = $0 { isPure(e) } else { true } }
    case .bracket(let items), .compose(let items): items.allSatisfy(isPure)
    case .comprehension(let e, let clauses, _): isPure(e) && clauses.allSatisfy(isPure)
    case .map(let pairs): pairs.allSatisfy { isPure($0.key) && isPure($0.value) }
    case .mapComprehension(let key, let value, let clauses): isPure(key) && isPure(value) && clauses.allSatisfy(isPure)
    case .tuple(let items): items.allSatisfy { isPure($0.value) }
    case .block(let block): isPure(block.statements)
    // What it does counts where it is called.
    case .lambda: true
    case .call(let callee, let arguments, nil): isPureFunction(callee) && arguments.allSatisfy { isPure($0.value) }
    case .call, .apply: false
    case .member(let base, _, _), .position(let base, _), .derivative(let base, _): isPure(base)
    case .index(let base, let items):
      isPure(base)
        && items.allSatisfy { item in
          switch item {
          case .at(let e): isPure(e)
          case .slice(let start, let stop, let step, _): [start, stop, step].allSatisfy { $0.map(isPure) ?? true }
          case .ellipsis, .new: true
          }
        }
    case .negate(let e), .plus(let e), .not(let e): isPure(e)
    case .binary(_, let a, let b, _), .and(let a, let b), .or(let a, let b), .contains(let a, let b): isPure(a) && isPure(b)
    case .range(let a, let b, _, let by): isPure(a) && isPure(b) && (by.map(isPure) ?? true)
    case .conditional(let condition, let then, let otherwise):
      isPure(condition) && isPure(then.statements) && (otherwise.map { isPure($0.statements) } ?? true)
    case .attempt(let body, _, let handler): isPure(body.statements) && isPure(handler.statements)
    }
  }

  private func isPure(_ clause: Expression.Clause) -> Bool {
    switch clause {
    case .each(_, let e), .condition(let e): isPure(e)
    }
  }

  private func isPureFunction(_ callee: Expression) -> Bool {
    let name: String
    switch callee.kind {
    case .name(let called): name = called
    case .member(let base, let called, _):
      guard isPure(base) else { return false }
      name = called
    default: return false
    }
    if definition.parameters.contains(where: { $0.name == name }) || own.contains(name) { return false }
    return session.natives.hasNoEffect(name) || session.hasNoEffect(name)
  }
}
