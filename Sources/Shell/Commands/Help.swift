import Language
import Syntax

/// `:help`, `?name`, `??words`, `:source`.
extension Prompt {
  func help(_ topic: String) {
    guard !topic.isEmpty else { return helpOnAll() }
    if topic == "keys" { return helpOnKeys() }
    guard let command = Prompt.commands.first(where: { [$0.name, ":" + topic].contains(topic) || $0.name == ":" + topic || $0.others.contains(topic) })
    else { return describe(topic) }
    output.write(strong(Prompt.form(command)) + "\n" + command.meaning + "\n")
    if !command.details.isEmpty { output.write("\n" + command.details + "\n") }
  }

  private static func form(_ command: Command) -> String {
    command.name + (command.arguments.isEmpty ? "" : (command.name.hasPrefix(":") ? " " : "") + command.arguments)
  }

  private func helpOnAll() {
    let forms = Prompt.commands.map { Prompt.form($0) }
    let width = (forms.map(\.count).max() ?? 0) + 2
    for (form, command) in zip(forms, Prompt.commands) {
      output.write("  " + form + String(repeating: " ", count: width - form.count) + fitted(command.meaning, to: session.style.width - width - 2) + "\n")
    }
    output.write("\n")
    paragraph("Enter runs a cell that is whole, and begins a line in one that is not. Tab completes, Up walks through the cells, Ctrl-C stops. `:help keys` has them all.")
    paragraph("Try: x = linspace(0, 6, 50)   then: plot(sin(x))")
  }

  func paragraph(_ text: String) { output.write(WrappedText.lines(text, width: session.style.width).joined(separator: "\n") + "\n") }

  func describe(_ name: String) {
    if let text = session.help(on: name) {
      let parts = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
      let head = WrappedText.lines(String(parts[0]), width: session.style.width, indentation: 2).joined(separator: "\n")
      output.write((style.color ? CellColors.painted(head) : head) + "\n")
      if parts.count > 1 { output.write("\n" + documentation(String(parts[1])) + "\n") }
    } else {
      unknown(name)
    }
  }

  private func unknown(_ name: String) {
    let known = session.libraryNames.filter { !$0.hasPrefix("__") } + session.variables.map(\.name)
    let hint = didYouMean(nearest(to: name, among: known)) ?? "`??\(name)` searches in all documentation"
    show("error: nothing is known as `\(name)`\n  = hint: \(hint)")
  }

  /// Markdown as it reads in a terminal: examples indented, what they show below them.
  private func documentation(_ markdown: String) -> String {
    var lines: [String] = []
    var fence: Substring?
    var paragraph = ""
    func end() {
      if !paragraph.isEmpty { lines += WrappedText.lines(paragraph, width: session.style.width) }
      paragraph = ""
    }
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        end()
        fence = fence == nil ? line.dropFirst(3) : nil
        continue
      }
      switch fence {
      case nil where line.isEmpty || line.first == " " || line.first == "|" || line.hasPrefix("- ") || line.hasPrefix("#"):
        // What is no running text keeps its lines.
        end()
        lines += WrappedText.lines(String(line), width: session.style.width, indentation: line.hasPrefix("- ") ? 2 : 0)
      case nil: paragraph += (paragraph.isEmpty ? "" : " ") + line
      case "output": lines.append("    " + quiet(String(line)))
      default: lines.append("  " + (style.color ? CellColors.painted(String(line)) : String(line)))
      }
    }
    end()
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.joined(separator: "\n")
  }

  /// All names whose documentation has all the words, a line each.
  func search(_ text: String) {
    let words = text.lowercased().split(whereSeparator: \.isWhitespace)
    typealias Found = (name: String, line: String, rank: Int)
    func found(_ matches: (_ isIn: (Substring) -> Bool) -> Bool) -> [Found] {
      session.libraryNames.filter { !$0.hasPrefix("__") }.compactMap { name in
        guard let documentation = session.documentation(of: name) else { return nil }
        let lowercased = documentation.lowercased()
        let lowercasedName = name.lowercased()
        guard matches({ lowercased.contains($0) || lowercasedName.contains($0) }) else { return nil }
        let line = documentation.split(separator: "\n").first.map(String.init) ?? ""
        return (name, line, words.allSatisfy { lowercasedName.contains($0) } ? 0 : words.allSatisfy { line.lowercased().contains($0) } ? 1 : 2)
      }
    }
    var entries = found { words.allSatisfy($0) }
    if entries.isEmpty, words.count > 1 {
      entries = found { words.contains(where: $0) }
      if !entries.isEmpty { show("nothing is written about all of \(words.joined(separator: ", ")); this is about one of them:") }
    }
    guard !entries.isEmpty else { return show("nothing is written about \(words.joined(separator: " and "))") }
    entries.sort { ($0.rank, $0.name) < ($1.rank, $1.name) }
    let width = min(24, (entries.map(\.name.count).max() ?? 0) + 2)
    for entry in entries {
      let space = String(repeating: " ", count: max(1, width - entry.name.count))
      output.write("  " + strong(entry.name) + space + fitted(entry.line, to: session.style.width - 2 - max(width, entry.name.count + 1)) + "\n")
    }
  }

  func source(_ name: String) {
    guard let text = session.sourceText(of: name) else {
      if session.variables.contains(where: { $0.name == name }) { return show("`\(name)` is a value without a program text: `?\(name)` tells what it is") }
      return unknown(name)
    }
    output.write((style.color ? CellColors.painted(text) : text) + "\n")
  }
}
