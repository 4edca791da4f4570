import Syntax

/// What the standard library calls by a name: compiled when it is first named.
extension Session {
  /// The names that the library defines.
  package var libraryNames: [String] { definitions.keys.sorted() }

  /// Where the library defines a name.
  package func libraryPlace(of name: String) -> DefinitionPlace? { definitions[name]?.place }

  func isDefinedInLibrary(_ name: String) -> Bool { definitions[name] != nil }

  package func documentation(of name: String) -> String? { definitions[name]?.place.documentation }

  /// What a name means that the module doesn't bind.
  func fallback(slot: Int, in module: Module) throws -> Value {
    if let known = module.fallbacks[slot] { return known }
    let name = module.names[slot]
    if let value = try libraryValue(name) {
      module.fallbacks[slot] = value
      return value
    }
    throw unboundName(name)
  }

  /// A value of the library, compiled when it is first named.
  func libraryValue(_ name: String) throws -> Value? {
    let slot = library.slot(for: name)
    if case .unbound = library.storage[slot] {} else { return library.storage[slot] }
    guard let (source, place) = definitions[name] else { return nil }
    let (line, _) = source.position(of: place.span.start)
    let text = SourceText(name: source.name, text: source.string(place.span), firstLine: line, isLibrary: true)
    let program = try Parser.parse(text)
    for statement in program.statements {
      let value = try definitionValue(statement, of: program)
      if let (bound, value) = value { library.storage[library.slot(for: bound)] = value }
    }
    if case .unbound = library.storage[slot] { return nil }
    return library.storage[slot]
  }

  private func definitionValue(_ statement: Statement, of program: Program) throws -> (String, Value)? {
    if case .function(let definition) = statement.kind, let native = natives.forwarded(by: definition, program.names) {
      return (definition.name, .function(FunctionValue(.native(native))))
    }
    guard let (name, code) = try Compiler.compile(definition: statement, of: program, in: library, session: self) else { return nil }
    return (name, try machine.run(code))
  }

  /// Compiles all of the library: for tests.
  package func compileLibrary() throws {
    for name in definitions.keys.sorted() {
      guard try libraryValue(name) != nil else { throw GradusError(.name, "the library's `\(name)` defines nothing") }
    }
  }

  func unboundName(_ name: String, isLocal: Bool = false) -> Failure {
    if isLocal {
      return Failure(
        .name, "`\(name)` is read before it is bound", notes: ["a name that a function binds with `=` is its own throughout"],
        hint: "`\(name) := …` changes a variable that exists outside")
    }
    var known = Set(module.bound.map(\.name))
    known.formUnion(definitions.keys.filter { !$0.hasPrefix("__") })
    if Session.isKeptValue(name) {
      return Failure(.name, "no value is kept as `\(name)`", notes: ["`_` is the last value shown, `_3` that of cell 3; large ones are let go after a while"])
    }
    return Failure(.name, "there is no `\(name)`", hint: didYouMean(nearest(to: name, among: known.sorted())))
  }

  func unboundField(_ layer: Layer, _ slot: Int) -> Failure {
    Failure(
      .name, "`\(layer.type.name)` has no value for `\(layer.type.fieldNames[slot])` yet",
      notes: layer.isBuilt ? [] : ["the layer is built when it is called for the first time"])
  }
}
