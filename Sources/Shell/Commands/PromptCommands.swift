import Language
import Syntax

/// The commands of the prompt: a row each.
extension Prompt {
  struct Command: Sendable {
    let name: String
    var others: [String] = []
    /// What follows the name, as the list of commands shows it.
    var arguments = ""
    let meaning: String
    /// More, for `:help name`.
    var details = ""
    /// Does what is asked; true if the prompt shall end.
    let action: @Sendable (Prompt, String) -> Bool
  }

  static let commands: [Command] = [
    Command(
      name: ":help", others: [":h"], arguments: "[TOPIC]", meaning: "this list; more about a command or a name",
      action: { prompt, topic in prompt.help(topic); return false }),
    Command(
      name: "?", arguments: "NAME", meaning: "what is written about a function, layer or variable",
      details: "`?softmax` shows how it is called and what is written about it. `??` and words search in all that is written.",
      action: { prompt, name in prompt.describe(name); return false }),
    Command(
      name: "??", arguments: "WORDS", meaning: "search in all documentation", action: { prompt, words in prompt.search(words); return false }),
    Command(
      name: ":source", arguments: "NAME", meaning: "how something is written, the library's or your own",
      action: { prompt, name in prompt.source(name); return false }),
    Command(
      name: ":vars", meaning: "your variables, with what they are and the memory they take",
      action: { prompt, _ in prompt.variables(); return false }),
    Command(
      name: ":cells", meaning: "the cells that were run, with their durations",
      details: "`_` is the value shown last, `_3` the value of cell 3. Together they may take \(Notebook.keptLimit >> 20) MB; beyond, the oldest are let go.",
      action: { prompt, _ in prompt.cells(); return false }),
    Command(
      name: ":time", arguments: "EXPRESSION", meaning: "run something and tell how long it took",
      action: { prompt, text in prompt.time(text); return false }),
    Command(
      name: ":profile", arguments: "EXPRESSION", meaning: "run something and tell where its time went",
      details: "For each operation its lines, runs, time and share, floating-point operations and bytes, the longest first.",
      action: { prompt, text in prompt.profile(text); return false }),
    Command(
      name: ":plan", arguments: "EXPRESSION", meaning: "the plans by which something is computed",
      details: "Their steps, which operations run in one pass over memory, bytes and floating-point operations.",
      action: { prompt, text in prompt.explain("plan", text); return false }),
    Command(
      name: ":graph", arguments: "EXPRESSION", meaning: "a computation as a tree with shapes and values",
      action: { prompt, text in prompt.explain("graph", text); return false }),
    Command(
      name: ":why", arguments: "[X]", meaning: "where a nan or an infinity came from",
      details: "Of X, or of what went wrong last: the first operation that made it, its place, its operands, the cause and a remedy. `why { … }` in a program looks at everything that its block computes.",
      action: { prompt, text in prompt.why(text); return false }),
    Command(
      name: ":load", arguments: "FILE", meaning: "run a program or lesson here",
      details: "The names it binds are yours afterwards. Of a program only what it prints is shown, of a lesson each cell's value.",
      action: { prompt, path in prompt.load(path: path); return false }),
    Command(
      name: ":resume", meaning: "go on with the cell that was interrupted last",
      details: "It goes on after the last thing that was done, with the variables as they are now. A step that was under way is taken whole.",
      action: { prompt, _ in prompt.resume(); return false }),
    Command(
      name: ":seed", arguments: "[N]", meaning: "begin the random numbers anew",
      action: { prompt, number in prompt.seed(number); return false }),
    Command(
      name: ":set", arguments: "[NAME VALUE]", meaning: "the settings, or change one", details: Setting.list,
      action: { prompt, words in prompt.set(words); return false }),
    Command(
      name: ":reset", meaning: "forget all variables and begin again", action: { prompt, _ in prompt.reset(); return false }),
    Command(
      name: "!", arguments: "COMMAND", meaning: "run a command of the system",
      details: "It runs only what is typed, never what is pasted or stands in a file.",
      action: { prompt, command in prompt.runSystem(command); return false }),
    Command(name: ":quit", others: [":q", ":exit"], meaning: "leave; Ctrl-D does the same", action: { _, _ in true }),
  ]

  /// What can be typed after a `:`.
  package static var commandNames: [String] { commands.map(\.name).filter { $0.hasPrefix(":") } }

  /// Does what a line asks for that begins with one of `commandSigns`; true if the prompt shall end.
  func command(_ line: String) -> Bool {
    let name = line.hasPrefix(":") ? String(line.prefix { !$0.isWhitespace }) : line.hasPrefix("??") ? "??" : String(line.prefix(1))
    let rest = String(line.dropFirst(name.count)).trimmingSpaces
    guard let command = Prompt.commands.first(where: { $0.name == name || $0.others.contains(name) }) else {
      let hint = didYouMean(nearest(to: name, among: Prompt.commandNames)) ?? "`:help` lists the commands"
      show("error: there is no command `\(name)`\n  = hint: \(hint)")
      return false
    }
    if command.arguments.isEmpty, !rest.isEmpty {
      show("error: `\(name)` takes nothing after it, and this is followed by `\(rest)`")
      return false
    }
    if !command.arguments.isEmpty, !command.arguments.hasPrefix("["), rest.isEmpty {
      let space = name.hasPrefix(":") ? " " : ""
      show("error: `\(name)` wants something after it: `\(name)\(space)\(command.arguments)`")
      return false
    }
    return command.action(self, rest)
  }
}

extension String {
  var trimmingSpaces: String {
    var text = drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
