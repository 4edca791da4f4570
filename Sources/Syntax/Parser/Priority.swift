/// The operators, loosest first: the one table of priorities.
///
/// | priority | operators |
/// |---|---|
/// | apply | `|>` |
/// | compose | `>>` |
/// | or, and | `or`, `and` |
/// | not | `not`, before its operand |
/// | elementOr, elementAnd | `|`, `&` |
/// | comparison | `==` `!=` `<` `<=` `>` `>=` `in`, which do not chain |
/// | range | `..<` `...` with `by`, which do not chain |
/// | sum | `+` `-` |
/// | product | `*` `/` `//` `%` `@` |
/// | sign | `-` `+`, before their operand |
/// | power | a coefficient's operand, and `^`, which groups to the right |
enum Priority: Int, Comparable {
  case apply, compose, or, and, not, elementOr, elementAnd, comparison, range, sum, product, sign, power

  static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }

  /// The next tighter one: what the right operand of an operator that groups to the left may hold.
  var tighter: Priority { Priority(rawValue: rawValue + 1) ?? .power }

  init?(_ kind: Token.Kind) {
    switch kind {
    case .apply: self = .apply
    case .compose: self = .compose
    case .orWord: self = .or
    case .andWord: self = .and
    case .elementOr: self = .elementOr
    case .elementAnd: self = .elementAnd
    case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .inWord: self = .comparison
    case .rangeBefore, .rangeThrough: self = .range
    case .plus, .minus: self = .sum
    case .star, .slash, .doubleSlash, .percent, .at: self = .product
    case .caret: self = .power
    default: return nil
    }
  }
}

extension BinaryOperator {
  init?(_ kind: Token.Kind) {
    switch kind {
    case .plus: self = .add
    case .minus: self = .subtract
    case .star: self = .multiply
    case .slash: self = .divide
    case .doubleSlash: self = .floorDivide
    case .percent: self = .modulo
    case .caret: self = .power
    case .at: self = .matrixProduct
    case .equal: self = .equal
    case .notEqual: self = .notEqual
    case .less: self = .less
    case .lessEqual: self = .lessEqual
    case .greater: self = .greater
    case .greaterEqual: self = .greaterEqual
    case .elementAnd: self = .elementAnd
    case .elementOr: self = .elementOr
    default: return nil
    }
  }
}
