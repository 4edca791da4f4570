/// What is known of a tree without walking it: how many levels it has, and what its parts do with names.
///
/// Everything that walks a tree calls itself once a level, and so does freeing it: the parser refuses a tree that is deeper than
/// any walker's stack could bear. What neither binds a name nor makes a closure need not be walked to find out what it does.
package struct Extent {
  /// The depth in the upper bits, so that the larger number is the deeper tree; the two flags in the lower ones.
  private var bits: UInt32

  private static let flags: UInt32 = 0b11

  static let none = Extent(bits: 0)

  private init(bits: UInt32) { self.bits = bits }

  /// Levels of expressions, statements and blocks.
  package var depth: Int { Int(bits >> 2) }

  /// Whether a statement in it binds a name.
  package var hasBindings: Bool { bits & 0b01 != 0 }

  /// Whether a function, a lambda, a layer or a trailing block stands in it.
  package var hasClosures: Bool { bits & 0b10 != 0 }

  /// Of two parts beside each other.
  @inline(__always)
  func union(_ other: Extent) -> Extent {
    Extent(bits: max(bits | Self.flags, other.bits | Self.flags) & ~Self.flags | (bits | other.bits) & Self.flags)
  }

  /// One level more.
  @inline(__always)
  var raised: Extent { Extent(bits: bits + 0b100) }

  var withBinding: Extent { Extent(bits: bits | 0b01) }
  var withClosure: Extent { Extent(bits: bits | 0b10) }
}

extension Expression.Kind {
  /// That of its parts together.
  var extentOfParts: Extent {
    switch self {
    case .number, .bool, .nothing, .blank, .name: .none
    case .string(let parts):
      parts.reduce(Extent.none) { if case .value(let value, _) = $1 { $0.union(value.extent) } else { $0 } }
    case .bracket(let items), .compose(let items): Self.extent(of: items)
    case .comprehension(let value, let clauses, _): value.extent.union(Self.extent(of: clauses))
    case .map(let pairs): pairs.reduce(Extent.none) { $0.union($1.key.extent).union($1.value.extent) }
    case .mapComprehension(let key, let value, let clauses): key.extent.union(value.extent).union(Self.extent(of: clauses))
    case .tuple(let items): items.reduce(Extent.none) { $0.union($1.value.extent) }
    case .block(let block): block.extent
    case .lambda(let lambda): lambda.extent
    case .call(let callee, let arguments, let trailing):
      arguments.reduce(callee.extent.union(trailing?.extent ?? Extent.none)) { $0.union($1.value.extent) }
    case .member(let base, _, _), .position(let base, _), .derivative(let base, _), .negate(let base), .plus(let base), .not(let base):
      base.extent
    case .index(let base, let items): base.extent.union(Self.extent(of: items))
    case .binary(let left, let right, _), .and(let left, let right), .or(let left, let right), .contains(let left, let right),
      .apply(let left, let right):
      left.extent.union(right.extent)
    case .range(let start, let stop, let step, _): start.extent.union(stop.extent).union(step?.extent ?? Extent.none)
    case .conditional(let condition, let then, let otherwise):
      condition.extent.union(then.extent).union(otherwise?.extent ?? Extent.none)
    case .attempt(let block, _, let handler): block.extent.union(handler.extent)
    }
  }

  private static func extent(of items: [Expression]) -> Extent { items.reduce(Extent.none) { $0.union($1.extent) } }

  private static func extent(of clauses: [Expression.Clause]) -> Extent {
    clauses.reduce(Extent.none) {
      switch $1 {
      case .each(_, let sequence): $0.union(sequence.extent)
      case .condition(let condition): $0.union(condition.extent)
      }
    }
  }

  private static func extent(of items: [Expression.IndexItem]) -> Extent {
    items.reduce(Extent.none) {
      switch $1 {
      case .at(let value): $0.union(value.extent)
      case .slice(let start, let stop, let step, _):
        $0.union(start?.extent ?? Extent.none).union(stop?.extent ?? Extent.none).union(step?.extent ?? Extent.none)
      case .ellipsis, .new: $0
      }
    }
  }
}

extension Statement.Kind {
  var extentOfParts: Extent {
    switch self {
    case .expression(let value): value.extent
    case .bind(_, let value): value.extent.withBinding
    case .update(let target, _, let value): target.extent.union(value.extent)
    case .function(let definition): definition.body.extent.union(definition.parameters.extent).withBinding.withClosure
    case .layer(let definition): definition.body.extent.union(definition.parameters.extent).withBinding.withClosure
    case .forEach(_, let sequence, let body): sequence.extent.union(body.extent)
    case .whileLoop(let head, let body), .repeatLoop(let head, let body): head.extent.union(body.extent)
    case .returnValue(let value): value?.extent ?? Extent.none
    case .breakLoop, .continueLoop: .none
    }
  }
}

extension Block {
  package var extent: Extent { statements.reduce(Extent.none) { $0.union($1.extent) }.raised }
}

extension Lambda {
  var extent: Extent { body.extent.union(parameters.extent).raised.withClosure }
}

extension [Parameter] {
  var extent: Extent { reduce(Extent.none) { $0.union($1.defaultValue?.extent ?? Extent.none) } }
}
