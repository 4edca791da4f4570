import Language
import Library
import Syntax

/// What a small program shows, and how its error is worded.
enum ValuesPrograms {
  /// The texts of a program's values, a line each.
  static func text(_ program: String) throws -> String { try run(program, echo: .text) }

  /// The same as shown at the prompt.
  static func display(_ program: String) throws -> String { try run(program, echo: .display) }

  private static func run(_ program: String, echo: Session.Echo) throws -> String {
    var options = SessionOptions()
    options.library = Library.sources
    let session = Session(options)
    var shown = ""
    session.output = { shown += $0 }
    try session.run(SourceText(name: "test", text: program), echo: echo)
    return shown.hasSuffix("\n") ? String(shown.dropLast()) : shown
  }

  /// `kind: message`, then notes and hints, a line each; nil if the program ends well.
  static func error(_ program: String) -> [String]? {
    do {
      _ = try text(program)
      return nil
    } catch let error as GradusError {
      return ["\(error.kind.rawValue): \(error.message)"] + error.notes.map { "= \($0)" } + error.hints.map { "? \($0)" }
    } catch {
      return ["\(error)"]
    }
  }
}
