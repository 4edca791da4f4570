/// A statement with the place it was written at.
package final class Statement {
  package let kind: Kind
  package let span: Span
  /// Whether a `;` followed it, which keeps its value from being echoed.
  package let isSilent: Bool
  package let extent: Extent

  package init(_ kind: Kind, _ span: Span, isSilent: Bool = false) {
    self.kind = kind
    self.span = span
    self.isSilent = isSilent
    extent = kind.extentOfParts.raised
  }

  package enum Kind {
    case expression(Expression)
    /// `a, (b, _) = e`.
    case bind(Pattern, Expression)
    /// `x := e`, `x += e` (then `operator` is `.add`), `x[i] = e`, `x.f = e`. The target is a name, an index or a member.
    case update(Expression, BinaryOperator?, Expression)
    /// `f(x) = e`.
    case function(FunctionDefinition)
    case layer(LayerDefinition)
    case forEach(Pattern, in: Expression, Block)
    case whileLoop(Expression, Block)
    case repeatLoop(Expression, Block)
    case returnValue(Expression?)
    case breakLoop
    case continueLoop
  }
}

/// `{ … }`: statements that share the scope they stand in.
package final class Block {
  package let statements: [Statement]
  package let span: Span
  package init(_ statements: [Statement], _ span: Span) {
    self.statements = statements
    self.span = span
  }
}

/// The left side of a binding, a loop or a block's parameter.
package enum Pattern {
  case name(Name, Span)
  case discard(Span)
  case tuple([Pattern], Span)

  package var span: Span {
    switch self {
    case .name(_, let span), .discard(let span), .tuple(_, let span): span
    }
  }
}

/// `name`, `name: default`, `name :: [n, d]`, `rest...`, or in blocks a pattern `(x, y)`.
package struct Parameter {
  package let pattern: Pattern
  package let defaultValue: Expression?
  package let annotation: ShapeAnnotation?
  /// Whether it takes all remaining arguments.
  package let isRest: Bool
  package init(pattern: Pattern, defaultValue: Expression? = nil, annotation: ShapeAnnotation? = nil, isRest: Bool = false) {
    self.pattern = pattern
    self.defaultValue = defaultValue
    self.annotation = annotation
    self.isRest = isRest
  }
  /// The name, or nil for a tuple pattern or `_`.
  package var name: Name? {
    if case .name(let name, _) = pattern { return name }
    return nil
  }
}

/// `:: [n, 3, _]`, checked at every call.
package struct ShapeAnnotation {
  package enum Dimension: Equatable { case name(Name), size(Int), any }
  package let dimensions: [Dimension]
  package let span: Span
  package init(dimensions: [Dimension], span: Span) {
    self.dimensions = dimensions
    self.span = span
  }
}

/// A function without a name: `x -> e` or a trailing block.
package final class Lambda {
  package let parameters: [Parameter]
  package let body: Expression
  package let span: Span
  /// A trailing block shares the scope it stands in; a lambda has one of its own.
  package let isTrailingBlock: Bool
  package init(parameters: [Parameter], body: Expression, span: Span, isTrailingBlock: Bool) {
    self.parameters = parameters
    self.body = body
    self.span = span
    self.isTrailingBlock = isTrailingBlock
  }
}

/// `## doc` lines and `name(parameters) :: [shape] = body`.
package final class FunctionDefinition {
  package let name: String
  /// The variable that it's bound to.
  package let variable: Name
  package let nameSpan: Span
  package let parameters: [Parameter]
  package let result: ShapeAnnotation?
  package let body: Expression
  package let documentation: String?
  /// From the name to the end of the body.
  package let span: Span
  package init(name: String, variable: Name, nameSpan: Span, parameters: [Parameter], result: ShapeAnnotation?, body: Expression, documentation: String?, span: Span) {
    self.name = name
    self.variable = variable
    self.nameSpan = nameSpan
    self.parameters = parameters
    self.result = result
    self.body = body
    self.documentation = documentation
    self.span = span
  }
}

/// `layer Name(parameters) { … }`.
package final class LayerDefinition {
  package let name: String
  /// The variable that it's bound to.
  package let variable: Name
  package let nameSpan: Span
  package let parameters: [Parameter]
  package let body: Block
  package let documentation: String?
  package let span: Span
  package init(name: String, variable: Name, nameSpan: Span, parameters: [Parameter], body: Block, documentation: String?, span: Span) {
    self.name = name
    self.variable = variable
    self.nameSpan = nameSpan
    self.parameters = parameters
    self.body = body
    self.documentation = documentation
    self.span = span
  }
}
