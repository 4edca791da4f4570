/// What a scope has to know before it is compiled: the names that are bound in it, and those that inner functions mention.
///
/// A trailing block shares the scope it stands in, so a name bound in it belongs out here; lambdas, functions, layers
/// and comprehensions have scopes of their own. Loop variables, block parameters and `catch` names are new in their block.
package struct NameAnalysis {
  private var boundNames = NameSet()
  /// Names that appear inside inner functions (trailing blocks too).
  package private(set) var mentionedInside = NameSet()
  /// Whether only what is bound is wanted.
  private var onlyBindings = false

  /// In order of appearance.
  package var bound: [Name] { boundNames.names }

  /// Names of the blocks around, innermost last.
  private var hidden: [Name] = []
  private var closureDepth = 0
  private var ownScopeDepth = 0

  package static func of(_ statements: [Statement]) -> NameAnalysis {
    var analysis = NameAnalysis()
    analysis.walk(statements)
    return analysis
  }

  package static func of(_ expression: Expression, parameters: [Parameter] = []) -> NameAnalysis {
    var analysis = NameAnalysis()
    for parameter in parameters { if let value = parameter.defaultValue { analysis.walk(value) } }
    analysis.walk(expression)
    return analysis
  }

  init() {}

  /// What finds only what is bound, a statement at a time.
  static var ofBindings: NameAnalysis {
    var analysis = NameAnalysis()
    analysis.onlyBindings = true
    return analysis
  }

  /// Names that inner functions mention of a statement at the top level of a program. Its variables are the module's, but those
  /// of loops, which end with the statement.
  package static func mentionedInside(_ statement: Statement) -> NameSet {
    switch statement.kind {
    case .function, .layer: NameSet()
    default: statement.extent.hasClosures ? of([statement]).mentionedInside : NameSet()
    }
  }

  /// Whether nothing in a part of the tree matters here.
  private func passesOver(_ extent: Extent) -> Bool {
    if closureDepth > 0, !onlyBindings { return false }
    return !extent.hasBindings && (onlyBindings || !extent.hasClosures)
  }

  private mutating func mention(_ name: Name) {
    if closureDepth > 0, !onlyBindings { mentionedInside.insert(name) }
  }

  private mutating func bind(_ name: Name) {
    mention(name)
    guard ownScopeDepth == 0, !hidden.contains(name) else { return }
    boundNames.insert(name)
  }

  private mutating func bind(_ pattern: Pattern) {
    switch pattern {
    case .name(let name, _): bind(name)
    case .discard: break
    case .tuple(let parts, _): for part in parts { bind(part) }
    }
  }

  private mutating func hide(_ pattern: Pattern) {
    switch pattern {
    case .name(let name, _):
      mention(name)
      hidden.append(name)
    case .discard: break
    case .tuple(let parts, _): for part in parts { hide(part) }
    }
  }

  private mutating func inBlock(_ patterns: [Pattern], _ body: (inout NameAnalysis) -> Void) {
    let depth = hidden.count
    for pattern in patterns { hide(pattern) }
    body(&self)
    hidden.removeLast(hidden.count - depth)
  }

  private mutating func inOwnScope(isClosure: Bool, _ body: (inout NameAnalysis) -> Void) {
    if onlyBindings { return }
    ownScopeDepth += 1
    if isClosure { closureDepth += 1 }
    body(&self)
    if isClosure { closureDepth -= 1 }
    ownScopeDepth -= 1
  }

  mutating func walk(_ statements: [Statement]) {
    for statement in statements { walk(statement) }
  }

  mutating func walk(_ statement: Statement) {
    if passesOver(statement.extent) { return }
    switch statement.kind {
    case .expression(let e): walk(e)
    case .bind(let pattern, let e):
      walk(e)
      bind(pattern)
    case .update(let target, _, let e):
      walk(target)
      walk(e)
    case .function(let definition):
      bind(definition.variable)
      walkFunction(definition)
    case .layer(let definition):
      bind(definition.variable)
      inOwnScope(isClosure: true) {
        for parameter in definition.parameters { $0.walk(parameter) }
        $0.walk(definition.body.statements)
      }
    case .forEach(let pattern, let e, let body):
      walk(e)
      inBlock([pattern]) { $0.walk(body.statements) }
    case .whileLoop(let condition, let body):
      walk(condition)
      walk(body.statements)
    case .repeatLoop(let count, let body):
      walk(count)
      walk(body.statements)
    case .returnValue(let e): if let e { walk(e) }
    case .breakLoop, .continueLoop: break
    }
  }

  private mutating func walk(_ parameter: Parameter) {
    if let value = parameter.defaultValue { walk(value) }
  }

  private mutating func walkFunction(_ definition: FunctionDefinition) {
    inOwnScope(isClosure: true) {
      for parameter in definition.parameters { $0.walk(parameter) }
      $0.walk(definition.body)
    }
  }

  private mutating func walk(_ lambda: Lambda) {
    if lambda.isTrailingBlock {
      closureDepth += 1
      inBlock(lambda.parameters.map(\.pattern)) {
        for parameter in lambda.parameters { $0.walk(parameter) }
        $0.walk(lambda.body)
      }
      closureDepth -= 1
    } else {
      inOwnScope(isClosure: true) {
        for parameter in lambda.parameters { $0.walk(parameter) }
        $0.walk(lambda.body)
      }
    }
  }

  private mutating func walk(_ clauses: [Expression.Clause], then body: (inout NameAnalysis) -> Void) {
    inOwnScope(isClosure: false) {
      for clause in clauses {
        switch clause {
        case .each(_, let e): $0.walk(e)
        case .condition(let e): $0.walk(e)
        }
      }
      body(&$0)
    }
  }

  mutating func walk(_ expression: Expression) {
    if passesOver(expression.extent) { return }
    switch expression.kind {
    case .number, .bool, .nothing, .blank: break
    case .string(let parts):
      for case .value(let e, _) in parts { walk(e) }
    case .name(let name): mention(name)
    case .bracket(let items): for item in items { walk(item) }
    case .comprehension(let e, let clauses, _):
      walk(clauses) { $0.walk(e) }
    case .map(let pairs):
      for pair in pairs {
        walk(pair.key)
        walk(pair.value)
      }
    case .mapComprehension(let key, let value, let clauses):
      walk(clauses) {
        $0.walk(key)
        $0.walk(value)
      }
    case .tuple(let items): for item in items { walk(item.value) }
    case .block(let block): walk(block.statements)
    case .lambda(let lambda): walk(lambda)
    case .call(let callee, let arguments, let trailing):
      if case .member(let receiver, let name, _) = callee.kind {
        // The nearest function of that name may be meant.
        mention(name)
        walk(receiver)
      } else {
        walk(callee)
      }
      for argument in arguments { walk(argument.value) }
      if let trailing { walk(trailing) }
    case .member(let base, _, _), .position(let base, _), .derivative(let base, _): walk(base)
    case .index(let base, let items):
      walk(base)
      for item in items {
        switch item {
        case .at(let e): walk(e)
        case .slice(let start, let stop, let step, _): for e in [start, stop, step] { if let e { walk(e) } }
        case .ellipsis, .new: break
        }
      }
    case .negate(let e), .plus(let e), .not(let e): walk(e)
    case .binary(let a, let b, _), .and(let a, let b), .or(let a, let b), .contains(let a, let b), .apply(let a, let b):
      walk(a)
      walk(b)
    case .range(let a, let b, let by, _):
      walk(a)
      walk(b)
      if let by { walk(by) }
    case .compose(let parts): for part in parts { walk(part) }
    case .conditional(let condition, let then, let otherwise):
      walk(condition)
      walk(then.statements)
      if let otherwise { walk(otherwise.statements) }
    case .attempt(let body, let name, let handler):
      walk(body.statements)
      inBlock(name.map { [.name($0, handler.span)] } ?? []) { $0.walk(handler.statements) }
    }
  }
}
