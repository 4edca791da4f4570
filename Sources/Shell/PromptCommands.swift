import Language
import Syntax

/// The commands of the prompt.
extension Prompt {
  private static let commands: [(name: String, meaning: String)] = [
    (":help", "this list"),
    ("?name", "what is written about a function, layer or loss"),
    (":vars", "the names you bound"),
    (":reset", "forget everything and begin again"),
    (":quit", "leave; Ctrl-D does the same"),
  ]

  /// What can be typed after a `:`.
  package static var commandNames: [String] { commands.map(\.name).filter { $0.hasPrefix(":") } }

  /// Does what a line that begins with `:` or `?` asks for; true if the reader shall end.
  func command(_ line: String) -> Bool {
    if line.hasPrefix("?") {
      describe(line.dropFirst().filter { !$0.isWhitespace })
      return false
    }
    let word = String(line.prefix { !$0.isWhitespace })
    switch word {
    case ":quit", ":q", ":exit": return true
    case ":help", ":h":
      for (name, meaning) in Prompt.commands {
        output.write("  " + name + String(repeating: " ", count: 10 - name.count) + meaning + "\n")
      }
    case ":vars":
      let names = session.variables.map(\.name)
      output.write(names.isEmpty ? "nothing is bound yet\n" : names.joined(separator: "  ") + "\n")
    case ":reset": session.reset()
    default:
      let hint = didYouMean(nearest(to: word, among: Prompt.commandNames)) ?? "`:help` lists the commands"
      show("error: there is no command `\(word)`\n  = hint: \(hint)")
    }
    output.flush()
    return false
  }

  private func describe(_ name: String) {
    if let text = session.documentation(of: name), !text.isEmpty {
      output.write(text + "\n")
    } else if session.libraryNames.contains(name) {
      output.write("nothing is written about `\(name)`\n")
    } else {
      let hint = didYouMean(nearest(to: name, among: session.libraryNames.filter { !$0.hasPrefix("__") }))
      show("error: the library has no `\(name)`" + (hint.map { "\n  = hint: \($0)" } ?? ""))
    }
    output.flush()
  }
}
