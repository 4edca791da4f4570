import Syntax

/// The tree as an S-expression: `(+ 1 (* 2 x))`.
struct Dump {
  /// Those of the text whose tree is shown.
  private let names: NameList
  /// Whether a `;` counts that means nothing.
  private var marksSilence = true

  static func program(_ text: String) throws -> String {
    statements(try Parser.parse(SourceText(name: "t", text: text))).joined(separator: " ; ")
  }

  /// A program as far as it means anything: a `;` only where it keeps a value from being echoed.
  static func meaning(_ text: String) throws -> String {
    let program = try Parser.parse(SourceText(name: "t", text: text)), dump = Dump(names: program.names, marksSilence: false)
    return program.statements.map { statement in
      if case .expression = statement.kind, statement.isSilent { return "!" + dump.statement(statement) }
      return dump.statement(statement)
    }.joined(separator: " ; ")
  }

  static func statements(_ program: Program) -> [String] {
    let dump = Dump(names: program.names)
    return program.statements.map { dump.statement($0) }
  }

  private func text(_ name: Name) -> String { names[name] }

  private func statement(_ statement: Statement) -> String {
    (marksSilence && statement.isSilent ? "!" : "") + kind(statement.kind)
  }

  private func kind(_ kind: Statement.Kind) -> String {
    switch kind {
    case .expression(let value): expression(value)
    case .bind(let pattern, let value): "(= \(self.pattern(pattern)) \(expression(value)))"
    case .update(let place, let operation, let value): "(\(operation?.rawValue ?? ":")= \(expression(place)) \(expression(value)))"
    case .function(let function):
      "(def \(function.name) \(parameters(function.parameters))\(function.result.map { " ::" + shape($0) } ?? "") \(expression(function.body))\(documentation(function.documentation)))"
    case .layer(let layer):
      "(layer \(layer.name) \(parameters(layer.parameters)) \(block(layer.body))\(documentation(layer.documentation)))"
    case .forEach(let pattern, let sequence, let body): "(for \(self.pattern(pattern)) \(expression(sequence)) \(block(body)))"
    case .whileLoop(let head, let body): "(while \(expression(head)) \(block(body)))"
    case .repeatLoop(let head, let body): "(repeat \(expression(head)) \(block(body)))"
    case .returnValue(let value): value.map { "(return \(expression($0)))" } ?? "(return)"
    case .breakLoop: "(break)"
    case .continueLoop: "(continue)"
    }
  }

  private func documentation(_ text: String?) -> String {
    text.map { " ##" + $0.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "/") } ?? ""
  }

  private func block(_ block: Block) -> String { "{" + block.statements.map(statement).joined(separator: " ; ") + "}" }

  private func pattern(_ pattern: Pattern) -> String {
    switch pattern {
    case .name(let name, _): text(name)
    case .discard: "_"
    case .tuple(let parts, _): "(" + parts.map(self.pattern).joined(separator: ",") + ")"
    }
  }

  private func parameters(_ parameters: [Parameter]) -> String {
    let parts = parameters.map { parameter in
      var text = pattern(parameter.pattern)
      if parameter.isRest { text += "..." }
      if let annotation = parameter.annotation { text += "::" + shape(annotation) }
      if let value = parameter.defaultValue { text += ":" + expression(value) }
      return text
    }
    return "<" + parts.joined(separator: " ") + ">"
  }

  private func shape(_ annotation: ShapeAnnotation) -> String {
    let parts = annotation.dimensions.map { dimension in
      switch dimension {
      case .name(let name): text(name)
      case .size(let size): "\(size)"
      case .any: "_"
      }
    }
    return "[" + parts.joined(separator: ",") + "]"
  }

  private func list(_ head: String, _ values: [Expression]) -> String {
    "(" + ([head] + values.map(expression)).joined(separator: " ") + ")"
  }

  private func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
  }

  private func expression(_ value: Expression) -> String {
    switch value.kind {
    case .number(let number): self.number(number)
    case .bool(let bool): "\(bool)"
    case .nothing: "nothing"
    case .blank: "(blank)"
    case .string(let parts): string(parts)
    case .name(let name): text(name)
    case .bracket(let items): "[" + items.map(expression).joined(separator: " ") + "]"
    case .comprehension(let value, let clauses, let alwaysList):
      "(\(alwaysList ? "list" : "each") \(expression(value)) \(self.clauses(clauses)))"
    case .map(let pairs): "[map" + pairs.map { " \(expression($0.key)):\(expression($0.value))" }.joined() + "]"
    case .mapComprehension(let key, let value, let clauses): "(mapeach \(expression(key)):\(expression(value)) \(self.clauses(clauses)))"
    case .tuple(let items):
      "(tuple" + items.map { " " + ($0.name.map { $0 + ":" } ?? "") + expression($0.value) }.joined() + ")"
    case .block(let block): self.block(block)
    case .lambda(let lambda): self.lambda(lambda)
    case .call(let callee, let arguments, let trailing):
      "(call " + expression(callee) + arguments.map { " " + ($0.name.map { $0 + ":" } ?? "") + expression($0.value) }.joined()
        + (trailing.map { " " + self.lambda($0) } ?? "") + ")"
    case .member(let base, let name, _): "(. \(expression(base)) \(text(name)))"
    case .position(let base, let position): "(. \(expression(base)) \(position))"
    case .index(let base, let items): "(at \(expression(base))" + items.map { " " + item($0) }.joined() + ")"
    case .derivative(let base, let order): "(d\(order) \(expression(base)))"
    case .negate(let operand): list("-", [operand])
    case .plus(let operand): list("+", [operand])
    case .not(let operand): list("not", [operand])
    case .binary(let left, let right, let sign): list(sign.operation.rawValue, [left, right])
    case .and(let left, let right): list("and", [left, right])
    case .or(let left, let right): list("or", [left, right])
    case .contains(let left, let right): list("in", [left, right])
    case .range(let start, let stop, let step, let inclusive): list(inclusive ? "..." : "..<", [start, stop] + (step.map { [$0] } ?? []))
    case .apply(let left, let right): list("|>", [left, right])
    case .compose(let parts): list(">>", parts)
    case .conditional(let condition, let then, let otherwise):
      "(if \(expression(condition)) \(block(then))" + (otherwise.map { " " + block($0) } ?? "") + ")"
    case .attempt(let body, let name, let handler): "(try \(block(body)) \(name.map(text) ?? "_") \(block(handler)))"
    }
  }

  private func lambda(_ lambda: Lambda) -> String {
    (lambda.isTrailingBlock ? "{}" : "") + parameters(lambda.parameters) + "->" + expression(lambda.body)
  }

  private func clauses(_ clauses: [Expression.Clause]) -> String {
    clauses.map { clause in
      switch clause {
      case .each(let pattern, let sequence): "(for \(self.pattern(pattern)) \(expression(sequence)))"
      case .condition(let condition): "(if \(expression(condition)))"
      }
    }.joined(separator: " ")
  }

  private func item(_ item: Expression.IndexItem) -> String {
    switch item {
    case .at(let value): expression(value)
    case .slice(let start, let stop, let step, _):
      [start, stop, step].map { $0.map(expression) ?? "" }.joined(separator: ":")
    case .ellipsis: "..."
    case .new: "new"
    }
  }

  private func string(_ parts: [Expression.StringPart]) -> String {
    "\"" + parts.map { part in
      switch part {
      case .text(let text): text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "⏎")
      case .value(let value, let format): "{" + expression(value) + (format.map { ":" + Dump.format($0) } ?? "") + "}"
      }
    }.joined() + "\""
  }

  static func format(_ format: FormatSpecification) -> String {
    var text = ""
    if let alignment = format.alignment { text += "\(format.fill)\(alignment)" } else if format.fill != " " { text += "\(format.fill)" }
    if format.sign != .negativeOnly { text += "\(format.sign)" }
    if format.width > 0 { text += "w\(format.width)" }
    if format.groupsThousands { text += "," }
    if let precision = format.precision { text += ".\(precision)" }
    if let kind = format.kind { text.append(kind) }
    return text
  }
}
