import Language

/// `:why`, `:graph`, `:plan` and `:profile`: what the library's functions of these names say of an expression.
extension Prompt {
  func why(_ text: String) { evaluate("why(\(text))") }

  /// A comment may stand at the end.
  func explain(_ function: String, _ text: String) { evaluate("\(function) { \(text)\n}") }

  /// Runs a cell as it stands, so that what it binds stays bound.
  func profile(_ text: String) {
    session.beginProfile()
    let seconds = evaluate(text)
    let table = session.endProfile()
    if seconds != nil { output.write(table + "\n") }
  }
}
