/// An expression of the language with the place it was written at.
package final class Expression {
  package let kind: Kind
  package let span: Span
  package let extent: Extent

  package init(_ kind: Kind, _ span: Span) {
    self.kind = kind
    self.span = span
    extent = kind.extentOfParts.raised
  }

  package enum Kind {
    case number(Double)
    case bool(Bool)
    case nothing
    /// `___`, which raises "fill in the blank" when it is evaluated.
    case blank
    /// A string literal; one `.text` part when nothing is interpolated.
    case string([StringPart])
    case name(Name)
    /// `[a, b, c]`: a tensor or a list, decided by the items' types.
    case bracket([Expression])
    /// `[e for x in xs if c]`; `list(e for …)` sets `alwaysList`.
    case comprehension(Expression, [Clause], alwaysList: Bool)
    /// `["a": 1]`, `[:]`.
    case map([(key: Expression, value: Expression)])
    case mapComprehension(key: Expression, value: Expression, [Clause])
    /// `(a, b)`, `(a,)`, `()`, `(lr: 0.1, units: 32)`: a tuple or, where names are given, a record.
    /// A parenthesised single expression is not a tuple.
    case tuple([Item])
    /// `{ … }` outside of trailing position: statements whose value is the last expression's.
    case block(Block)
    /// `x -> e`, `(x, y) -> e`, `() -> e`.
    case lambda(Lambda)
    /// `f(a, name: b) { x -> … }`; `trailing` is the closure after the parentheses (or without any).
    case call(Expression, [Argument], trailing: Lambda?)
    /// `base.name`; a method call is a `call` whose callee is a member.
    case member(Expression, Name, nameSpan: Span)
    /// `base.0`.
    case position(Expression, Int)
    case index(Expression, [IndexItem])
    /// `f'`, `f''`: the derivative of the given order.
    case derivative(Expression, order: Int)
    case negate(Expression)
    case plus(Expression)
    case not(Expression)
    case binary(Expression, Expression, Operator)
    case and(Expression, Expression)
    case or(Expression, Expression)
    /// `a in b`: one bool.
    case contains(Expression, in: Expression)
    /// `a ..< b`, `a ... b`, with an optional `by`.
    case range(Expression, Expression, by: Expression?, inclusive: Bool)
    /// `x |> f`.
    case apply(Expression, Expression)
    /// `f >> g`, flattened: at least two parts.
    case compose([Expression])
    /// `if c { … } else { … }`; `else if` is an `otherwise` block with a single conditional.
    case conditional(Expression, then: Block, otherwise: Block?)
    /// `try { … } catch e { … }`.
    case attempt(Block, name: Name?, handler: Block)
  }

  /// A binary operator where it stands; that of a coefficient takes no room.
  package struct Operator {
    package let span: Span
    package let operation: BinaryOperator
    package init(_ operation: BinaryOperator, _ span: Span) {
      self.span = span
      self.operation = operation
    }
  }

  package struct Item {
    package let name: String?
    package let value: Expression
    package init(name: String?, value: Expression) {
      self.name = name
      self.value = value
    }
  }

  package struct Argument {
    package let name: String?
    package let nameSpan: Span?
    package let value: Expression
    package init(name: String?, nameSpan: Span?, value: Expression) {
      self.name = name
      self.nameSpan = nameSpan
      self.value = value
    }
  }

  package enum StringPart {
    case text(String)
    /// `{e}` or `{e:.3f}`; the format is kept as written, checked when the string is parsed.
    case value(Expression, format: FormatSpecification?)
  }

  /// One `for` or `if` of a comprehension.
  package enum Clause {
    case each(Pattern, in: Expression)
    case condition(Expression)
  }

  package enum IndexItem {
    case at(Expression)
    /// `a:b`, `a:b:c`, `:`; every part may be missing.
    case slice(start: Expression?, stop: Expression?, step: Expression?, Span)
    case ellipsis(Span)
    /// `new`: an axis of size 1.
    case new(Span)
  }
}

/// The binary operators that compute; `and`, `or`, `in`, ranges, `|>` and `>>` have kinds of their own.
package enum BinaryOperator: String, CaseIterable, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case modulo = "%"
  case power = "^"
  case matrixProduct = "@"
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessEqual = "<="
  case greater = ">"
  case greaterEqual = ">="
  case elementAnd = "&"
  case elementOr = "|"
}

/// Python's format mini-language, as far as numbers and strings need it: `[[fill]<^>][sign][width][,][.n][efgd%x]`.
package struct FormatSpecification: Hashable, Sendable {
  package enum Alignment: Sendable { case left, center, right }
  package enum Sign: Sendable { case negativeOnly, always, space }
  package var fill: Character = " "
  package var alignment: Alignment?
  package var sign: Sign = .negativeOnly
  package var width: Int = 0
  package var groupsThousands = false
  package var precision: Int?
  /// One of `e f g d % x`, or none.
  package var kind: Character?
  package init() {}
}
