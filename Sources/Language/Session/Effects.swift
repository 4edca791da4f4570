import Syntax

/// What a function of the library does beside giving a value.
enum Effect {
  case none
  /// None of its own: it calls the functions that these parameters are given.
  case ofGiven(Set<String>)
  case some
}

/// Which functions of the library do nothing but give a value: a call of one whose value nobody takes is a slip.
extension Session {
  /// Whether a call of the library's function does nothing but compute: neither it nor what it calls has an effect, functions
  /// that it's given included. `isUsers` tells the names that the program binds: what they do isn't known.
  func hasNoEffect(_ name: Name, _ arguments: [Expression.Argument], receiver: Expression?, trailing: Lambda?, of names: NameList, isUsers: @escaping (Name) -> Bool) -> Bool {
    EffectSearch(self, names, isUsers: isUsers).isPureCall(of: name, arguments, receiver: receiver, trailing: trailing)
  }

  fileprivate func effect(of name: String) -> Effect {
    if natives.hasNoEffect(name) { return .none }
    if let known = effects[name] { return known }
    // Until the opposite is found: a function may call itself.
    effects[name] = Effect.none
    let result = libraryDefinition(of: name).map { EffectSearch(self, $0.names, isUsers: { _ in false }).effect(of: $0.definition) } ?? .some
    effects[name] = result
    return result
  }

  fileprivate func libraryDefinition(of name: String) -> (definition: FunctionDefinition, names: NameList)? {
    guard let place = libraryPlace(of: name), let program = try? Parser.parse(place.source, part: place.span) else { return nil }
    for statement in program.statements {
      if case .function(let definition) = statement.kind, definition.name == name { return (definition, program.names) }
    }
    return nil
  }

  /// Gives a warning, at each place once.
  func warn(_ warning: GradusError, site: UInt64) {
    guard warned.insert(site).inserted else { return }
    tell(ErrorReport(warning, word: "warning:").text(color: false, ascii: style.glyphs == .ascii, width: style.width) + "\n")
  }
}

/// Looks through a definition of the library, or the functions that a program gives to one, for calls with effects.
private final class EffectSearch {
  private let session: Session
  private let names: NameList
  private let isUsers: (Name) -> Bool
  /// Variables of the function that is looked through.
  private var own: Set<Name> = []
  /// Parameters whose functions are called.
  private var parameters: Set<Name> = []
  private var given: Set<Name> = []
  /// In a trailing block: what it binds belongs to the scope around it.
  private var isInBlock = false

  init(_ session: Session, _ names: NameList, isUsers: @escaping (Name) -> Bool) {
    self.session = session
    self.names = names
    self.isUsers = isUsers
  }

  func effect(of definition: FunctionDefinition) -> Effect {
    own = Set(NameAnalysis.of(definition.body, parameters: definition.parameters).bound)
    parameters = Set(definition.parameters.compactMap(\.name))
    guard definition.parameters.allSatisfy({ $0.defaultValue.map(isPure) ?? true }), isPure(definition.body) else { return .some }
    return given.isEmpty ? .none : .ofGiven(Set(given.map { names[$0] }))
  }

  private func isPure(_ statements: [Statement]) -> Bool {
    statements.allSatisfy { statement in
      switch statement.kind {
      case .expression(let e): isPure(e)
      case .bind(_, let e): !isInBlock && isPure(e)
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
    case .call(let callee, let arguments, let trailing): isPureCall(callee, arguments, trailing)
    case .apply: false
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
    case .binary(let a, let b, _), .and(let a, let b), .or(let a, let b), .contains(let a, let b): isPure(a) && isPure(b)
    case .range(let a, let b, let by, _): isPure(a) && isPure(b) && (by.map(isPure) ?? true)
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

  // MARK: Calls

  private func isPureCall(_ callee: Expression, _ arguments: [Expression.Argument], _ trailing: Lambda?) -> Bool {
    switch callee.kind {
    case .name(let name): isPureCall(of: name, arguments, receiver: nil, trailing: trailing)
    case .member(let base, let name, _): isPureCall(of: name, arguments, receiver: base, trailing: trailing)
    default: false
    }
  }

  func isPureCall(of name: Name, _ arguments: [Expression.Argument], receiver: Expression?, trailing: Lambda?) -> Bool {
    guard arguments.allSatisfy({ isPure($0.value) }), receiver.map(isPure) ?? true else { return false }
    if receiver == nil, parameters.contains(name), trailing == nil {
      given.insert(name)
      return true
    }
    if parameters.contains(name) || own.contains(name) || isUsers(name) { return false }
    switch session.effect(of: names[name]) {
    case .none: return trailing.map(isPureFunction) ?? true
    case .some: return false
    case .ofGiven(let called):
      guard let (definition, parameterNames) = session.libraryDefinition(of: names[name]) else { return false }
      let positional = (receiver.map { [$0] } ?? []) + arguments.filter { $0.name == nil }.map(\.value)
      for (position, parameter) in definition.parameters.enumerated() {
        guard let own = parameter.name.map({ parameterNames[$0] }), called.contains(own) else { continue }
        if position == definition.parameters.count - 1, let trailing {
          guard isPureFunction(trailing) else { return false }
        } else if let value = arguments.first(where: { $0.name == own })?.value ?? (position < positional.count ? positional[position] : nil) {
          guard isPureFunction(value) else { return false }
        }
      }
      return trailing.map(isPureFunction) ?? true
    }
  }

  /// Whether calling what the expression gives has no effect.
  private func isPureFunction(_ e: Expression) -> Bool {
    switch e.kind {
    case .lambda(let lambda): return isPureFunction(lambda)
    case .number, .bool, .nothing, .string: return true
    case .name(let name):
      if parameters.contains(name) {
        given.insert(name)
        return true
      }
      if own.contains(name) || isUsers(name) { return false }
      if case .none = session.effect(of: names[name]) { return true }
      return false
    default: return false
    }
  }

  private func isPureFunction(_ lambda: Lambda) -> Bool {
    var bound: [Name] = []
    for parameter in lambda.parameters { parameter.pattern.collect(into: &bound) }
    let (outerOwn, outerParameters, wasInBlock) = (own, parameters, isInBlock)
    defer { (own, parameters, isInBlock) = (outerOwn, outerParameters, wasInBlock) }
    // What the function itself is given isn't known here.
    parameters.subtract(bound)
    own.formUnion(bound)
    isInBlock = lambda.isTrailingBlock
    if !lambda.isTrailingBlock { own.formUnion(NameAnalysis.of(lambda.body, parameters: lambda.parameters).bound) }
    return lambda.parameters.allSatisfy { $0.defaultValue.map(isPure) ?? true } && isPure(lambda.body)
  }
}

extension Pattern {
  fileprivate func collect(into names: inout [Name]) {
    switch self {
    case .name(let name, _): names.append(name)
    case .discard: break
    case .tuple(let parts, _): for part in parts { part.collect(into: &names) }
    }
  }
}
