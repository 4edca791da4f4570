import Syntax

/// Turns the tree of one function, block, layer body or program into `Code`. Each inner function has a compiler of its
/// own, whose `parent` is asked for names that are not known inside.
final class Compiler {
  enum Scope {
    case program
    case function
    /// A trailing block: what it binds belongs to the scope around it.
    case block
    case layerBody
    /// A layer's `build`: what it binds are fields.
    case build
  }

  enum Variable {
    case register(Int)
    /// In a box in this register, because an inner function mentions it.
    case boxed(Int)
    case capture(Int)
    case global(Int)
    case field(Int)
  }

  struct Loop {
    var breaks: [Int] = []
    var continues: [Int] = []
    var handlers: Int
  }

  let scope: Scope
  let parent: Compiler?
  let builder: CodeBuilder
  let slots: VariableSlots
  unowned let session: Session
  var variables = NameTable<Variable>()
  /// At the top level of a program, of each slot of the module: whether the variable is bound or will be, and so its register.
  /// What is not, the library's names among them, is looked up when it's met.
  private var owned: [Bool] = []
  /// Where it binds names itself.
  private var topBindings: [(name: Name, span: Span)] = []
  /// Variables of the loops and handlers around the statement being compiled, innermost last.
  var blockVariables: [NameTable<Variable>] = []
  var captured = NameTable<Int>()
  /// Names that inner functions mention: such variables live in boxes.
  var mentionedInside = NameSet()
  /// Field slots, in a layer's body.
  var fields: [Name: Int] = [:]
  var loops: [Loop] = []
  var handlerDepth = 0
  var resultCheck: Int?
  /// The variable that the expression about to be compiled will be bound to, if that is all that happens to it.
  var growing: Name?
  /// The warning that the call about to be compiled gives, if its receiver has no such field.
  var pendingWarning: Warning?
  /// Where the instruction `replace` stands that the last expression began with.
  var growth: Int?

  init(scope: Scope, parent: Compiler?, name: String, source: SourceText, slots: VariableSlots, session: Session) {
    self.scope = scope
    self.parent = parent
    self.session = session
    self.slots = slots
    builder = CodeBuilder(name: name, source: source, module: slots.module)
  }

  var module: Module { slots.module }
  var source: SourceText { builder.source }

  // MARK: Programs

  /// Compiles a program; its variables are the module's.
  static func compile(_ program: Program, in module: Module, session: Session, echo: Bool) throws(GradusError) -> Code {
    let compiler = Compiler(scope: .program, parent: nil, name: module.name == "main" ? "main" : program.source.name, source: program.source, slots: VariableSlots(program.names, module), session: session)
    return try compiler.located { () throws(GradusError) in
      // All before the first temporary value, which stands behind the last variable.
      let variables = program.names.variables
      module.reserveNames(variables.count)
      for name in variables { _ = compiler.slots.slot(for: name) }
      compiler.owned = module.names.indices.map { if case .unbound = module.storage[$0] { false } else { !module.names[$0].isEmpty } }
      for name in program.bound { compiler.owned[compiler.slots.slot(for: name)] = true }
      compiler.builder.isTopLevel = true
      compiler.builder.nextRegister = module.count
      compiler.builder.highestRegister = module.count
      _ = try compiler.builder.takeRegisters(1)
      for statement in program.statements {
        if statement.extent.hasClosures || !compiler.mentionedInside.isEmpty {
          compiler.mentionedInside = NameAnalysis.mentionedInside(statement)
        }
        if echo, case .expression(let e) = statement.kind {
          let mark = compiler.builder.nextRegister
          let value = try compiler.builder.takeRegister()
          if statement.isSilent { compiler.warnIfUnused(e) }
          try compiler.expression(e, into: value)
          compiler.builder.emit(statement.isSilent ? .discard : .echo, a: value, e.span)
          compiler.builder.nextRegister = mark
        } else {
          try compiler.statement(statement)
        }
      }
      let end = program.statements.last?.span ?? Span(0, 0)
      let value = try compiler.builder.takeRegister()
      compiler.builder.emit(.loadNothing, a: value, end)
      compiler.builder.emit(.returnValue, a: value, end)
      module.reserve(compiler.builder.highestRegister + 2)
      module.noteBindings(compiler.topBindings, in: program.source, program.names)
      return try session.finish(compiler.builder)
    }
  }

  /// A definition of the library, as code that returns what the name is bound to.
  static func compile(definition statement: Statement, of program: Program, in module: Module, session: Session) throws(GradusError) -> (name: String, code: Code)? {
    let name: String
    switch statement.kind {
    case .function(let definition): name = definition.name
    case .layer(let definition): name = definition.name
    case .bind(.name(let bound, _), _): name = program.names[bound]
    default: return nil
    }
    let compiler = Compiler(scope: .function, parent: nil, name: name, source: program.source, slots: VariableSlots(program.names, module), session: session)
    let code = try compiler.located { () throws(GradusError) in
      let value = try compiler.builder.takeRegister()
      switch statement.kind {
      case .function(let definition): try compiler.function(definition, into: value)
      case .layer(let definition): try compiler.layer(definition, into: value)
      case .bind(_, let e): try compiler.expression(e, into: value)
      default: break
      }
      compiler.builder.emit(.returnValue, a: value, statement.span)
      return try session.finish(compiler.builder)
    }
    return (name, code)
  }

  /// Gives errors without a place that of the whole source's beginning.
  private func located<T>(_ body: () throws(GradusError) -> T) throws(GradusError) -> T {
    do {
      return try body()
    } catch {
      var error = error
      if error.place == nil { error.place = GradusError.Place(source: source, span: lastSpan) }
      throw error
    }
  }

  private var lastSpan: Span { builder.lastSpan }

  // MARK: Names

  func text(_ name: Name) -> String { slots.names[name] }

  /// What a name means here, or nil if nothing around binds it: then it's the module's or the library's.
  func resolve(_ name: Name) throws(GradusError) -> Variable? {
    var block = blockVariables.count
    while block > 0 {
      block -= 1
      if let variable = blockVariables[block][name] { return variable }
    }
    if scope == .program { return slots.slot(of: name).flatMap { owns($0) ? .register($0) : nil } }
    if let variable = variables[name] { return variable }
    if let index = captured[name] { return .capture(index) }
    if scope == .layerBody, let slot = fields[name] { return .field(slot) }
    guard let parent, let outer = try parent.resolve(name) else { return nil }
    let capture: CaptureSource
    switch outer {
    case .field: return outer
    case .global: return outer
    case .boxed(let register): capture = .register(register)
    case .capture(let index): capture = .capture(index)
    // At the top level registers are the module's variables, except those of loops.
    case .register(let register):
      if parent.owns(register) { return .global(register) }
      throw GradusError(.limit, "`\(text(name))` cannot be captured here", at: GradusError.Place(source: source, span: lastSpan))
    }
    builder.captureSources.append(capture)
    builder.captureNames.append(text(name))
    captured[name] = builder.captureSources.count - 1
    return .capture(builder.captureSources.count - 1)
  }

  /// Whether a register is a variable of the module, at the top level of its program.
  func owns(_ register: Int) -> Bool { register < owned.count && owned[register] }

  /// The register that holds the layer, for access to its fields.
  func selfRegister(_ span: Span) throws(GradusError) -> Int {
    switch try resolve(Name(.own)) {
    case .register(let register)?: return register
    case let variable?:
      let register = try builder.takeRegister()
      load(variable, into: register, span)
      return register
    case nil:
      throw GradusError(.name, "`self` stands outside of a layer", at: GradusError.Place(source: source, span: span))
    }
  }

  func load(_ variable: Variable, into register: Int, _ span: Span) {
    switch variable {
    case .register(let from): builder.emit(.moveVariable, a: register, b: from, span)
    case .boxed(let box): builder.emit(.getBox, a: register, b: box, span)
    case .capture(let index): builder.emit(.getCapture, a: register, b: index, span)
    case .global(let slot): builder.emit(.getGlobal, a: register, b: slot, span)
    case .field: break
    }
  }

  /// Reads a variable; `isChanged` if it is about to be changed, so that the library's names don't count.
  func loadName(_ name: Name, into register: Int, _ span: Span, isChanged: Bool = false) throws(GradusError) {
    switch try resolve(name) {
    case .global(let slot)? where isChanged: builder.emit(.getGlobal, a: register, b: slot, d: 2, span)
    case nil where isChanged: builder.emit(.getGlobal, a: register, b: slots.slot(for: name), d: 2, span)
    case .field(let slot)?:
      let mark = builder.nextRegister
      let layer = try selfRegister(span)
      builder.emit(.getField, a: register, b: layer, c: slot, span)
      builder.nextRegister = mark
    case let variable?: load(variable, into: register, span)
    case nil: builder.emit(.getGlobal, a: register, b: slots.slot(for: name), span)
    }
  }

  /// Binds a name with `=`.
  func store(_ name: Name, from operand: Int, _ span: Span) throws(GradusError) {
    switch try resolve(name) {
    case .register(let register)?: builder.emit(.move, a: register, b: operand, span)
    case .boxed(let box)?: builder.emit(.setBox, a: box, b: operand, span)
    case .capture(let index)?: builder.emit(.setCapture, a: index, b: operand, span)
    case .global(let slot)?: builder.emit(.setGlobal, a: slot, b: operand, span)
    case .field(let slot)?:
      let mark = builder.nextRegister
      let layer = try selfRegister(span)
      builder.emit(.setField, a: layer, b: slot, c: operand, span)
      builder.nextRegister = mark
    case nil: builder.emit(.setGlobal, a: slots.slot(for: name), b: operand, span)
    }
  }

  func bind(_ pattern: Pattern, from register: Int) throws(GradusError) {
    switch pattern {
    case .name(let name, let span):
      noteBinding(of: name, span)
      try store(name, from: register, span)
    case .discard: break
    case .tuple(let parts, let span):
      // All is taken apart before any name is bound: what does not fit leaves everything as it was.
      let mark = builder.nextRegister
      var names: [(name: Name, span: Span, register: Int)] = []
      try unpack(parts, from: register, span, into: &names)
      for (name, span, register) in names { try bind(.name(name, span), from: register) }
      builder.nextRegister = mark
    }
  }

  private func unpack(_ parts: [Pattern], from register: Int, _ span: Span, into names: inout [(name: Name, span: Span, register: Int)]) throws(GradusError) {
    let first = try builder.takeRegisters(parts.count)
    builder.emit(.unpack, a: first, b: register, c: parts.count, span)
    for (offset, part) in parts.enumerated() {
      switch part {
      case .name(let name, let span): names.append((name, span, first + offset))
      case .discard: break
      case .tuple(let inner, let span): try unpack(inner, from: first + offset, span, into: &names)
      }
    }
  }

  /// Remembers where a name was bound, for errors that speak of it.
  func noteBinding(of name: Name, _ span: Span) {
    if scope == .program, blockVariables.isEmpty || blockVariables.allSatisfy({ $0[name] == nil }) {
      topBindings.append((name, span))
    } else {
      builder.noteBinding(of: text(name), at: span.start)
    }
  }

  /// Declares the names of a pattern as new variables of the innermost block.
  func declareInBlock(_ pattern: Pattern) throws(GradusError) {
    switch pattern {
    case .name(let name, let span):
      let register = try builder.takeRegister()
      builder.variableNames[register] = text(name)
      if mentionedInside.contains(name) {
        builder.emit(.newBox, a: register, span)
        blockVariables[blockVariables.count - 1][name] = .boxed(register)
      } else {
        blockVariables[blockVariables.count - 1][name] = .register(register)
      }
    case .discard: break
    case .tuple(let parts, _): for part in parts { try declareInBlock(part) }
    }
  }

  /// Declares the variables that this scope binds itself.
  func declare(_ names: [Name], _ span: Span) throws(GradusError) {
    for name in names where variables[name] == nil {
      let register = try builder.takeRegister()
      builder.variableNames[register] = text(name)
      if mentionedInside.contains(name) {
        builder.emit(.newBox, a: register, span)
        variables[name] = .boxed(register)
      } else {
        variables[name] = .register(register)
      }
    }
  }

  func fail(_ kind: GradusError.Kind, _ message: String, _ span: Span, hint: String? = nil) -> GradusError {
    GradusError(kind, message, at: GradusError.Place(source: source, span: span), hints: hint.map { [$0] } ?? [])
  }
}
