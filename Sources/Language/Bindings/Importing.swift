import Files
import Kernels
import Syntax

/// `import("file.grad")`: another file's names as a record.
extension Machine {
  /// Reads and checks the whole file, then runs it in a module of its own.
  func importFile(_ value: Value, _ destination: Destination) throws {
    let path = try session.string(value, "the path")
    let found = session.resolve(path: path)
    let identity = realPath(found)
    if let first = session.importing.firstIndex(of: identity) {
      let names = (session.importing[first...] + [identity]).map { $0.split(separator: "/").last.map(String.init) ?? $0 }
      throw Failure(.file, "\(quotedText(path)) is being imported already: \(names.joined(separator: " → "))", hint: "put what both need into a third file")
    }
    let text: String
    do {
      text = try readText(path: found, isInterrupted: { Interrupt.isRequested })
    } catch let error {
      throw message(for: error)
    }
    let source = SourceText(name: found, text: text)
    let program: Program
    do {
      program = try Parser.parse(source)
    } catch {
      var error = error
      error.isIncomplete = false
      throw error
    }
    let module = Module(name: found)
    let code = try Compiler.compile(program, in: module, session: session, echo: false)
    session.importing.append(identity)
    let end = ImportCompletion(module, names: program.bound.map { program.names[$0] })
    do {
      try call(.function(FunctionValue(.closure(code, captures: []))), values: [], destination: destination, completion: end)
    } catch {
      end.abandoned(self)
      throw error
    }
  }
}

/// The names that a file has bound when it has run.
private final class ImportCompletion: Completion {
  private let module: Module
  private let names: [String]
  private var isOver = false

  init(_ module: Module, names: [String]) {
    self.module = module
    self.names = names
  }

  override func returned(_ value: Value, _ machine: Machine, _ destination: Destination) throws {
    abandoned(machine)
    let fields = names.compactMap { name -> (String, Value)? in
      guard let slot = module.slot(of: name) else { return nil }
      if case .unbound = module.storage[slot] { return nil }
      return (name, module.storage[slot])
    }
    machine.deliver(fields.isEmpty ? .tuple([]) : .record(fields), to: destination)
  }

  override func abandoned(_ machine: Machine) {
    guard !isOver else { return }
    isOver = true
    _ = machine.session.importing.popLast()
  }
}
