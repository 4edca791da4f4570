/// How many levels a tree has. Everything that walks a tree calls itself once a level, and so does freeing it: the parser
/// refuses a tree that is deeper than any walker's stack could bear.
extension Expression.Kind {
  /// The deepest of its parts; 0 without parts.
  var depthOfParts: Int {
    switch self {
    case .number, .bool, .nothing, .blank, .name: 0
    case .string(let parts):
      parts.reduce(0) { if case .value(let value, _) = $1 { max($0, value.depth) } else { $0 } }
    case .bracket(let items), .compose(let items): Self.deepest(items)
    case .comprehension(let value, let clauses, _): max(value.depth, Self.deepest(clauses))
    case .map(let pairs): pairs.reduce(0) { max($0, $1.key.depth, $1.value.depth) }
    case .mapComprehension(let key, let value, let clauses): max(key.depth, value.depth, Self.deepest(clauses))
    case .tuple(let items): items.reduce(0) { max($0, $1.value.depth) }
    case .block(let block): block.depth
    case .lambda(let lambda): lambda.depth
    case .call(let callee, let arguments, let trailing):
      max(callee.depth, arguments.reduce(0) { max($0, $1.value.depth) }, trailing?.depth ?? 0)
    case .member(let base, _, _), .position(let base, _), .derivative(let base, _), .negate(let base), .plus(let base), .not(let base):
      base.depth
    case .index(let base, let items): max(base.depth, Self.deepest(items))
    case .binary(_, let left, let right, _), .and(let left, let right), .or(let left, let right), .contains(let left, let right),
      .apply(let left, let right):
      max(left.depth, right.depth)
    case .range(let start, let stop, _, let step): max(start.depth, stop.depth, step?.depth ?? 0)
    case .conditional(let condition, let then, let otherwise): max(condition.depth, then.depth, otherwise?.depth ?? 0)
    case .attempt(let block, _, let handler): max(block.depth, handler.depth)
    }
  }

  private static func deepest(_ items: [Expression]) -> Int { items.reduce(0) { max($0, $1.depth) } }

  private static func deepest(_ clauses: [Expression.Clause]) -> Int {
    clauses.reduce(0) {
      switch $1 {
      case .each(_, let sequence): max($0, sequence.depth)
      case .condition(let condition): max($0, condition.depth)
      }
    }
  }

  private static func deepest(_ items: [Expression.IndexItem]) -> Int {
    items.reduce(0) {
      switch $1 {
      case .at(let value): max($0, value.depth)
      case .slice(let start, let stop, let step, _): max($0, start?.depth ?? 0, stop?.depth ?? 0, step?.depth ?? 0)
      case .ellipsis, .new: $0
      }
    }
  }
}

extension Statement.Kind {
  var depthOfParts: Int {
    switch self {
    case .expression(let value), .bind(_, let value): value.depth
    case .update(let target, _, let value): max(target.depth, value.depth)
    case .function(let definition): max(definition.body.depth, definition.parameters.depth)
    case .layer(let definition): max(definition.body.depth, definition.parameters.depth)
    case .forEach(_, let sequence, let body): max(sequence.depth, body.depth)
    case .whileLoop(let head, let body), .repeatLoop(let head, let body): max(head.depth, body.depth)
    case .returnValue(let value): value?.depth ?? 0
    case .breakLoop, .continueLoop: 0
    }
  }
}

extension Block {
  var depth: Int { statements.reduce(0) { max($0, $1.depth) } + 1 }
}

extension Lambda {
  var depth: Int { max(body.depth, parameters.depth) + 1 }
}

extension [Parameter] {
  var depth: Int { reduce(0) { Swift.max($0, $1.defaultValue?.depth ?? 0) } }
}
