import Language
import Syntax

/// `:time`, `:resume`, `:load`, `:seed`, `:reset` and `!`.
extension Prompt {
  func time(_ text: String) {
    guard let seconds = evaluate(text), !style.showsTime else { return }
    output.write(quiet(Prompt.duration(seconds)) + "\n")
  }

  func resume() {
    do {
      try session.resume()
    } catch {
      report(error)
    }
  }

  func load(path written: String) {
    // As it is completed, with or without quotation marks.
    var path = written
    if path.count >= 2, path.hasPrefix("\""), path.hasSuffix("\"") { path = String(path.dropFirst().dropLast()) }
    if path == "~" || path.hasPrefix("~/"), let home = Terminal.environment("HOME") { path = home + path.dropFirst() }
    do {
      try load(path)
    } catch {
      report(error)
    }
  }

  func seed(_ text: String) {
    guard !text.isEmpty else {
      let drawn = session.randomCounter > 0 ? ", and numbers were drawn from it" : ""
      return output.write("the seed is \(session.seed)\(drawn)\n")
    }
    guard let seed = UInt64(text.replacing("_", with: "")) else { return show("error: a seed is a whole number of at least 0, not `\(text)`") }
    session.seed = seed
  }

  func reset() {
    session.reset()
    notebook.forgetValues()
  }

  func runSystem(_ text: String) {
    output.flush()
    switch SystemCommand.run(text) {
    case .done(let status) where status != 0: show(quiet("status \(status)"))
    case .done: break
    case .ended(let signal): show(quiet("ended by signal \(signal)"))
    case .failed(let reason): show("error: cannot run the command: \(reason)")
    }
  }
}
