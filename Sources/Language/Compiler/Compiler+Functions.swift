import Syntax

extension Compiler {
  /// `f(x) = …`: a closure over its code.
  func function(_ definition: FunctionDefinition, into register: Int) throws(GradusError) {
    let isMethod = scope == .layerBody
    let inner = Compiler(
      scope: isMethod && definition.name == "build" ? .build : .function, parent: self, name: definition.name, source: source, slots: slots,
      session: session)
    inner.builder.documentation = definition.documentation
    inner.builder.definition = definition.span
    try inner.body(definition.body, parameters: definition.parameters, result: definition.result, span: definition.span, isMethod: isMethod)
    builder.children.append(try session.finish(inner.builder))
    builder.emit(.closure, a: register, b: builder.children.count - 1, d: isMethod ? 1 : 0, definition.nameSpan)
  }

  /// `x -> e` or a trailing block.
  func lambda(_ lambda: Lambda, into register: Int) throws(GradusError) {
    let inner = Compiler(
      scope: lambda.isTrailingBlock ? .block : .function, parent: self, name: lambda.isTrailingBlock ? "block" : "lambda", source: source, slots: slots,
      session: session)
    inner.builder.definition = lambda.span
    try inner.body(lambda.body, parameters: lambda.parameters, result: nil, span: lambda.span, isMethod: false)
    builder.children.append(try session.finish(inner.builder))
    builder.emit(.closure, a: register, b: builder.children.count - 1, lambda.span)
  }

  /// Parameters in the first registers, then `self`, then variables; defaults, shape checks, the body, the result.
  private func body(_ body: Expression, parameters: [Parameter], result: ShapeAnnotation?, span: Span, isMethod: Bool) throws(GradusError) {
    let names = NameAnalysis.of(body, parameters: parameters)
    mentionedInside = names.mentionedInside
    let first = try declareParameters(parameters)
    if isMethod { try declareSelf(span, names) }
    var dimensionNames: [Name: Int] = [:]
    for parameter in parameters {
      if let annotation = parameter.annotation { try reserveDimensions(annotation, in: &dimensionNames) }
    }
    if let result { try reserveDimensions(result, in: &dimensionNames) }
    try finishParameters(parameters, from: first)
    for (offset, parameter) in parameters.enumerated() {
      guard let annotation = parameter.annotation else { continue }
      let index = shapeCheck(annotation, subject: parameter.name.map { "`\(text($0))`" } ?? "the argument", in: dimensionNames)
      let mark = builder.nextRegister
      let value = try builder.takeRegister()
      if let name = parameter.name { try loadName(name, into: value, annotation.span) } else { builder.emit(.move, a: value, b: first + offset, annotation.span) }
      builder.emit(.checkShape, a: value, b: index, annotation.span)
      builder.nextRegister = mark
    }
    for (name, register) in dimensionNames.isEmpty ? [] : dimensionNames.sorted(by: { $0.value < $1.value }) where variables[name] == nil {
      if mentionedInside.contains(name) {
        let box = try builder.takeRegister()
        builder.emit(.newBox, a: box, span)
        builder.emit(.setBox, a: box, b: register, span)
        variables[name] = .boxed(box)
      } else {
        variables[name] = .register(register)
        builder.variableNames[register] = text(name)
      }
    }
    if let result { resultCheck = shapeCheck(result, subject: "the result of `\(builder.name)`", in: dimensionNames) }
    if scope == .function { try declare(names.bound, span) }
    builder.variableEnd = builder.nextRegister
    let value = try builder.takeRegister()
    if case .block(let block) = body.kind {
      try self.block(block, into: value)
    } else {
      try expression(body, into: value)
    }
    finishReturn(value, body.span)
  }

  func finishReturn(_ register: Int, _ span: Span) {
    if let resultCheck { builder.emit(.checkShape, a: register, b: resultCheck, span) }
    builder.emit(.returnValue, a: register, span)
  }

  private func declareParameters(_ parameters: [Parameter]) throws(GradusError) -> Int {
    let first = builder.nextRegister
    builder.parameters.reserveCapacity(parameters.count)
    for parameter in parameters {
      let register = try builder.takeRegister()
      builder.parameters.append(CodeParameter(name: parameter.name.map { text($0) } ?? "", hasDefault: parameter.defaultValue != nil, isRest: parameter.isRest))
      if let name = parameter.name {
        guard variables[name] == nil else {
          throw fail(.syntax, "two parameters are called `\(text(name))`", parameter.pattern.span)
        }
        builder.variableNames[register] = text(name)
        variables[name] = .register(register)
      }
    }
    return first
  }

  /// Defaults in order, each seeing the earlier parameters; then boxes and patterns.
  private func finishParameters(_ parameters: [Parameter], from first: Int) throws(GradusError) {
    for (offset, parameter) in parameters.enumerated() {
      let register = first + offset
      if let value = parameter.defaultValue {
        let jump = builder.emitJump(.jumpIfBound, a: register, value.span)
        let mark = builder.nextRegister
        let temporary = try builder.takeRegister()
        try expression(value, into: temporary)
        builder.emit(.move, a: register, b: temporary, value.span)
        builder.nextRegister = mark
        builder.land(jump)
      }
      if let name = parameter.name {
        if mentionedInside.contains(name) {
          builder.emit(.enclose, a: register, parameter.pattern.span)
          variables[name] = .boxed(register)
        }
      } else if case .tuple(_, _) = parameter.pattern {
        var names: [Name] = []
        collect(parameter.pattern, into: &names)
        for name in names { variables[name] = nil }
        try declare(names, parameter.pattern.span)
        try bind(parameter.pattern, from: register)
      }
    }
  }

  private func collect(_ pattern: Pattern, into names: inout [Name]) {
    switch pattern {
    case .name(let name, _): names.append(name)
    case .discard: break
    case .tuple(let parts, _): for part in parts { collect(part, into: &names) }
    }
  }

  /// `self`, boxed if an inner function needs it for the fields.
  private func declareSelf(_ span: Span, _ names: NameAnalysis) throws(GradusError) {
    var layer: Compiler? = self
    while let here = layer, here.scope != .layerBody { layer = here.parent }
    let register = try builder.takeRegister()
    builder.selfRegister = register
    builder.variableNames[register] = "self"
    let isNeededInside = names.mentionedInside.contains(Name(.own)) || layer?.fields.keys.contains { names.mentionedInside.contains($0) } == true
    if isNeededInside {
      builder.emit(.enclose, a: register, span)
      variables[Name(.own)] = .boxed(register)
    } else {
      variables[Name(.own)] = .register(register)
    }
  }

  private func reserveDimensions(_ annotation: ShapeAnnotation, in names: inout [Name: Int]) throws(GradusError) {
    for case .name(let name) in annotation.dimensions where names[name] == nil {
      names[name] = try builder.takeRegister()
    }
  }

  private func shapeCheck(_ annotation: ShapeAnnotation, subject: String, in names: [Name: Int]) -> Int {
    let dimensions = annotation.dimensions.map { dimension -> ShapeCheck.Dimension in
      switch dimension {
      case .size(let size): .size(size)
      case .any: .any
      case .name(let name): names[name].map { .name(text(name), register: $0) } ?? .any
      }
    }
    builder.shapeChecks.append(ShapeCheck(subject: subject, dimensions: dimensions))
    return builder.shapeChecks.count - 1
  }

  /// `layer Name(…) { … }`: a constructor. Its code runs once a layer; names assigned there are fields.
  func layer(_ definition: LayerDefinition, into register: Int) throws(GradusError) {
    let inner = Compiler(scope: .layerBody, parent: self, name: definition.name, source: source, slots: slots, session: session)
    let names = NameAnalysis.of(definition.body.statements)
    inner.mentionedInside = names.mentionedInside
    inner.builder.documentation = definition.documentation
    inner.builder.definition = definition.span
    var fieldNames = definition.parameters.compactMap(\.name)
    let parameterCount = fieldNames.count
    var methods: Set<Name> = []
    var assigned: [Name] = []
    func add(_ name: Name) { if !fieldNames.contains(name) { fieldNames.append(name) } }
    func assign(_ name: Name) {
      add(name)
      if !assigned.contains(name) { assigned.append(name) }
    }
    for statement in definition.body.statements {
      if case .function(let method) = statement.kind { methods.insert(method.variable) }
    }
    for name in names.bound where !methods.contains(name) { assign(name) }
    for statement in definition.body.statements {
      if case .function(let method) = statement.kind, method.name == "build" {
        for name in NameAnalysis.of(method.body, parameters: method.parameters).bound { assign(name) }
      }
    }
    for statement in definition.body.statements {
      if case .function(let method) = statement.kind { add(method.variable) }
    }
    for (slot, name) in fieldNames.enumerated() { inner.fields[name] = slot }
    let type = LayerType(
      name: definition.name, fieldNames: fieldNames.map { text($0) }, parameterCount: parameterCount, methodSlots: Set(methods.compactMap { inner.fields[$0] }),
      assigned: assigned.map { text($0) })
    inner.builder.layerType = type

    let span = definition.span
    let first = try inner.declareParameters(definition.parameters)
    try inner.declareSelf(span, names)
    for (offset, parameter) in definition.parameters.enumerated() {
      guard let name = parameter.name, let slot = inner.fields[name] else { continue }
      if let value = parameter.defaultValue {
        let jump = inner.builder.emitJump(.jumpIfBound, a: first + offset, value.span)
        let mark = inner.builder.nextRegister
        let temporary = try inner.builder.takeRegister()
        try inner.expression(value, into: temporary)
        inner.builder.emit(.move, a: first + offset, b: temporary, value.span)
        inner.builder.nextRegister = mark
        inner.builder.land(jump)
      }
      inner.variables[name] = nil
      let mark = inner.builder.nextRegister
      let layer = try inner.selfRegister(parameter.pattern.span)
      inner.builder.emit(.setField, a: layer, b: slot, c: first + offset, parameter.pattern.span)
      inner.builder.nextRegister = mark
    }
    // Methods first, so that the body may call those that stand below.
    for statement in definition.body.statements {
      if case .function = statement.kind { try inner.statement(statement) }
    }
    for statement in definition.body.statements {
      if case .function = statement.kind { continue }
      try inner.statement(statement)
    }
    let result = try inner.builder.takeRegister()
    inner.builder.emit(.loadNothing, a: result, span)
    inner.builder.emit(.returnValue, a: result, span)
    builder.children.append(try session.finish(inner.builder))
    builder.emit(.constructor, a: register, b: builder.children.count - 1, definition.nameSpan)
  }
}
