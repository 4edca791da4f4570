import Syntax

/// What the word before the cursor can become.
package struct Completion: Equatable {
  /// The scalars before the cursor that are replaced.
  package let replaced: Int
  /// In the order they are shown.
  package let candidates: [String]
  /// How the function is called whose arguments are being written.
  package var signature: String? = nil

  /// What all candidates begin with.
  package var common: String {
    guard var common = candidates.first.map({ Array($0.unicodeScalars) }) else { return "" }
    for candidate in candidates.dropFirst() {
      let same = zip(common, candidate.unicodeScalars).prefix { $0 == $1 }.count
      common.removeLast(common.count - same)
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: common)
    return String(text)
  }
}

/// What can be named at the prompt.
package struct CompletionNames {
  package var variables: [String] = []
  package var library: [String] = []
  package var commands: [String] = []
  package var settings: [String] = []
  /// The fields of the value of a variable.
  package var fields: (String) -> [String] = { _ in [] }
  /// How something is called, and the names of its parameters.
  package var call: (String) -> (text: String, parameters: [String])? = { _ in nil }
  /// The entries of a folder, as it is written in a program; folders end in `/`.
  package var entries: (String) -> [String] = { _ in [] }

  package init() {}

  /// The reserved words that begin a value, a statement, or go on after a value.
  package static let valueWords = ["false", "if", "not", "nothing", "true", "try"]
  package static let statementWords = valueWords + ["break", "continue", "for", "layer", "repeat", "return", "while"]
  package static let operationWords = ["and", "by", "catch", "else", "for", "if", "in", "or"]

  /// Letters that `\` and their name stand for.
  static let letters: [(name: String, letter: String)] = [
    ("alpha", "α"), ("beta", "β"), ("gamma", "γ"), ("delta", "δ"), ("epsilon", "ε"), ("zeta", "ζ"), ("eta", "η"), ("theta", "θ"),
    ("iota", "ι"), ("kappa", "κ"), ("lambda", "λ"), ("mu", "μ"), ("nu", "ν"), ("xi", "ξ"), ("pi", "π"), ("rho", "ρ"), ("sigma", "σ"),
    ("tau", "τ"), ("upsilon", "υ"), ("phi", "φ"), ("chi", "χ"), ("psi", "ψ"), ("omega", "ω"), ("Gamma", "Γ"), ("Delta", "Δ"),
    ("Theta", "Θ"), ("Lambda", "Λ"), ("Xi", "Ξ"), ("Pi", "Π"), ("Sigma", "Σ"), ("Phi", "Φ"), ("Psi", "Ψ"), ("Omega", "Ω"),
  ]

  /// What the text before the cursor can go on with.
  package func completion(of text: String) -> Completion {
    // A command is no part of the program that follows it.
    let place = Parser.cursorPlace(after: text.hasPrefix(":") ? String(text.drop { $0 != " " }) : text).place
    if case .text(let span) = place { return path(SourceText(name: "", text: text).string(span)) }
    let scalars = Array(text.unicodeScalars)
    let start = (scalars.lastIndex { !CompletionNames.isNamePart($0) } ?? -1) + 1
    let word = CompletionNames.text(scalars[start...])
    if start == 1, scalars[0] == ":" { return matching(":" + word, commands) }
    // What follows the name of a command: settings, commands, or names as elsewhere.
    if text.hasPrefix(":set "), start == 5 { return matching(word, settings) }
    if text.hasPrefix(":help "), start == 6 { return matching(word, commands.map { String($0.dropFirst()) } + ["keys"] + variables + library) }
    if text.hasPrefix(":load ") { return path(String(text.dropFirst(6).drop { $0 == " " })) }
    switch start > 0 && scalars[start - 1] == "\\" ? .expression : place {
    case .operation: return matching(word, CompletionNames.operationWords)
    case .newName, .other: return Completion(replaced: word.unicodeScalars.count, candidates: [])
    default: break
    }
    if let argument = argument(text, word: word) { return argument }
    let words = place == .statement ? CompletionNames.statementWords : CompletionNames.valueWords
    guard start > 0 else { return matching(word, variables + library + words) }
    switch scalars[start - 1] {
    case "\\":
      let exact = CompletionNames.letters.filter { $0.name == word }
      let found = exact.isEmpty ? CompletionNames.letters.filter { $0.name.hasPrefix(word) } : exact
      // A letter takes the place of its name; while several fit, the name goes on.
      return found.count == 1
        ? Completion(replaced: word.unicodeScalars.count + 1, candidates: [found[0].letter])
        : Completion(replaced: word.unicodeScalars.count, candidates: found.map(\.name))
    case ".":
      let before = scalars[..<(start - 1)]
      let baseStart = (before.lastIndex { !CompletionNames.isNamePart($0) } ?? -1) + 1
      let base = CompletionNames.text(before[baseStart...])
      // Behind a number it is a decimal point, behind another point a range.
      if base.first?.isNumber == true || before.last == "." { return Completion(replaced: 0, candidates: []) }
      let isPlain = baseStart == 0 || before[baseStart - 1] != "."
      let own = isPlain && !base.isEmpty ? fields(base) : []
      return matching(word, own + library)
    default:
      return matching(word, variables + library + words)
    }
  }

  /// At the beginning of an argument: the names of parameters, too, and how the function is called.
  private func argument(_ text: String, word: String) -> Completion? {
    guard let open = OpenCall(text, word: word), let (signature, parameters) = call(open.name) else { return nil }
    let named = parameters.dropFirst(open.isMethod ? 1 : 0).filter { $0.hasPrefix(word) && !open.given.contains($0) }.map { $0 + ": " }
    guard !word.isEmpty else { return Completion(replaced: 0, candidates: named, signature: signature) }
    let others = matching(word, variables + library + CompletionNames.valueWords).candidates
    return Completion(replaced: word.unicodeScalars.count, candidates: named + others, signature: named.isEmpty ? nil : signature)
  }

  private func matching(_ word: String, _ names: [String]) -> Completion {
    let isPrivate = word.hasPrefix("__")
    let found = Set(names.filter { $0.hasPrefix(word) && (isPrivate || !$0.hasPrefix("__")) })
    return Completion(replaced: word.unicodeScalars.count, candidates: found.sorted())
  }

  private func path(_ string: String) -> Completion {
    let slash = string.lastIndex(of: "/")
    let folder = slash.map { String(string[...$0]) } ?? ""
    let word = slash.map { String(string[string.index(after: $0)...]) } ?? string
    let found = entries(folder).filter { $0.hasPrefix(word) && (word.hasPrefix(".") || !$0.hasPrefix(".")) }
    return Completion(replaced: word.unicodeScalars.count, candidates: found.sorted())
  }

  /// The content so far of a string that is open at the text's end.
  static func openString(_ text: String) -> String? {
    var content: String.UnicodeScalarView?
    var isEscaped = false
    var isComment = false
    for scalar in text.unicodeScalars {
      if content != nil {
        if scalar == "\"", !isEscaped {
          content = nil
        } else {
          content?.append(scalar)
          isEscaped = scalar == "\\" && !isEscaped
        }
      } else if isComment {
        isComment = scalar != "\n"
      } else if scalar == "\"" {
        content = String.UnicodeScalarView()
        isEscaped = false
      } else if scalar == "#" {
        isComment = true
      }
    }
    return content.map { String($0) }
  }

  static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }
}
