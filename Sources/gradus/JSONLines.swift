import Files
import Shell
import Syntax

/// Results, warnings and errors as JSON objects (RFC 8259), a line each, in the order they come.
///
///     {"type":"result","text":"12"}
///     {"type":"warning","text":"…"}
///     {"type":"error","kind":"shape","message":"…","file":"a.grad","line":12,"column":14,"notes":["…"],"hints":["…"]}
final class JSONLines {
  private let output: TextOutput
  /// Output without a newline at its end yet.
  private var pending = ""

  init(_ output: TextOutput) { self.output = output }

  /// What ends in a newline is a result; a picture is one.
  func result(_ text: String) {
    pending += text
    guard pending.utf8.last == 10 else { return }
    pending.removeLast()
    write([("type", .text("result")), ("text", .text(pending))])
    pending = ""
  }

  func warning(_ text: String) {
    finish()
    write([("type", .text("warning")), ("text", .text(text.hasSuffix("\n") ? String(text.dropLast()) : text))])
  }

  func error(_ error: GradusError) {
    finish()
    var fields: [(String, Item)] = [("type", .text("error")), ("kind", .text(error.kind.rawValue)), ("message", .text(error.message))]
    if let place = error.place {
      let position = place.source.position(of: place.span.start)
      fields += [("file", .text(place.source.name)), ("line", .number(position.line)), ("column", .number(position.column))]
    }
    if !error.notes.isEmpty { fields.append(("notes", .list(error.notes))) }
    if !error.hints.isEmpty { fields.append(("hints", .list(error.hints))) }
    write(fields)
    for next in error.further { self.error(next) }
    output.flush()
  }

  /// What was printed last and not ended.
  func finish() {
    if !pending.isEmpty { result("\n") }
  }

  enum Item {
    case text(String)
    case number(Int)
    case list([String])
  }

  func write(_ fields: [(String, Item)]) {
    let parts = fields.map { name, item in
      let value =
        switch item {
        case .text(let text): JSON.quoted(text)
        case .number(let number): String(number)
        case .list(let texts): "[" + texts.map(JSON.quoted).joined(separator: ",") + "]"
        }
      return JSON.quoted(name) + ":" + value
    }
    output.write("{" + parts.joined(separator: ",") + "}\n")
  }
}
