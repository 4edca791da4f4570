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
        case .text(let text): JSONLines.quoted(text)
        case .number(let number): String(number)
        case .list(let texts): "[" + texts.map(JSONLines.quoted).joined(separator: ",") + "]"
        }
      return JSONLines.quoted(name) + ":" + value
    }
    output.write("{" + parts.joined(separator: ",") + "}\n")
  }

  /// A string in quotes; control characters, and the line ends that JavaScript does not bear, are escaped.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028 || scalar.value == 0x2029 {
          let digits = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}
