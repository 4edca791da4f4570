/// An error as it is shown: what happened, the place in its text, facts, remedies, the calls that led there.
package struct ErrorReport {
  package let error: GradusError
  /// What the report begins with.
  private let word: String

  package init(_ error: GradusError, word: String = "error:") {
    self.error = error
    self.word = word
  }

  /// The lines of the report, the last one without a newline. `width` is that of the window; longer lines of the program are cut
  /// around the place.
  package func text(color: Bool, ascii: Bool, width: Int) -> String {
    let paint = Paint(isOn: color)
    let signs = Signs(ascii: ascii)
    var lines = [heading(paint, signs)]
    var gutter = 2
    if let place = error.place {
      let excerpt = Excerpt(place: place, labels: error.labels, width: width, paint: paint, signs: signs)
      gutter = excerpt.gutter
      let position = place.source.position(of: place.span.start)
      lines.append("  " + paint.quiet("\(signs.clean(place.source.name)):\(position.line):\(position.column)"))
      lines += excerpt.lines
    } else {
      for label in error.labels where !label.text.isEmpty { lines += remark(label.text, gutter, paint, signs) }
    }
    for note in error.notes { lines += remark(note, gutter, paint, signs) }
    for hint in error.hints { lines += remark(hint, gutter, paint, signs, isHint: true) }
    lines += calls(gutter, paint, signs)
    for next in error.further { lines += ["", ErrorReport(next).text(color: color, ascii: ascii, width: width)] }
    return lines.joined(separator: "\n")
  }

  private func heading(_ paint: Paint, _ signs: Signs) -> String {
    let message = signs.clean(shortened(error.message, signs))
    if error.kind == .interrupted { return paint.strong(message.isEmpty ? "interrupted" : message) }
    return paint.alarm(word) + " " + paint.strong(message)
  }

  /// A message that quotes a word of megabytes keeps its beginning and its end.
  private func shortened(_ message: String, _ signs: Signs) -> String {
    guard message.utf8.count > 4_000 else { return message }
    let scalars = message.unicodeScalars
    return String(scalars.prefix(2_000)) + signs.ellipsis + String(scalars.suffix(500))
  }

  /// `= note`; its further lines stand below its first.
  private func remark(_ text: String, _ gutter: Int, _ paint: Paint, _ signs: Signs, isHint: Bool = false) -> [String] {
    let margin = String(repeating: " ", count: gutter + 1)
    let rows = signs.clean(text).split(separator: "\n", omittingEmptySubsequences: false)
    return rows.enumerated().map { position, row in
      if position > 0 { return margin + (isHint ? "        " : "  ") + row }
      return margin + paint.quiet("=") + " " + (isHint ? paint.remedy("hint:") + " " : "") + row
    }
  }

  /// The stack, outermost call first; calls inside the library are counted, not listed.
  private func calls(_ gutter: Int, _ paint: Paint, _ signs: Signs) -> [String] {
    guard !error.stack.isEmpty else { return [] }
    let margin = String(repeating: " ", count: gutter + 1)
    var rows: [(String, String)] = []
    var folded = 0
    func fold() {
      if folded > 0 { rows.append(("", "\(signs.ellipsis) \(folded) \(folded == 1 ? "call" : "calls") inside the library")) }
      folded = 0
    }
    for call in Self.shortened(error.stack) {
      guard let call else {
        fold()
        rows.append(("", "\(signs.ellipsis) \(error.stack.count - 2 * Self.shownCalls) more calls"))
        continue
      }
      if call.place?.source.isLibrary == true {
        folded += 1
        continue
      }
      fold()
      var place = ""
      if let known = call.place {
        let position = known.source.position(of: known.span.start)
        place = "\(signs.clean(known.source.name)):\(position.line):\(position.column)"
      }
      rows.append((signs.clean(call.function), place))
    }
    fold()
    let widest = rows.map { DisplayWidth.columns($0.0) }.max() ?? 0
    return [margin + paint.quiet("=") + " calls, outermost first:"]
      + rows.map { name, place in
        if name.isEmpty { return margin + "    " + paint.quiet(place) }
        let gap = String(repeating: " ", count: place.isEmpty ? 0 : widest - DisplayWidth.columns(name) + 2)
        return margin + "    " + name + gap + paint.quiet(place)
      }
  }

  /// Of a runaway recursion the first and the last calls, nil for what lies between.
  private static func shortened(_ stack: [GradusError.Call]) -> [GradusError.Call?] {
    guard stack.count > 2 * shownCalls + 1 else { return stack }
    return Array(stack.prefix(shownCalls)) + [nil] + Array(stack.suffix(shownCalls))
  }

  private static let shownCalls = 8
}

/// Colours of the terminal, or none.
struct Paint {
  let isOn: Bool
  private func wrap(_ code: String, _ text: String) -> String { isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
  func alarm(_ text: String) -> String { wrap("1;31", text) }
  func strong(_ text: String) -> String { wrap("1", text) }
  func quiet(_ text: String) -> String { wrap("2", text) }
  func remedy(_ text: String) -> String { wrap("32", text) }
  func label(_ text: String) -> String { wrap("36", text) }
}

/// The signs a report is drawn with, and texts made fit for the terminal.
struct Signs {
  let ascii: Bool
  var ellipsis: String { ascii ? "..." : "…" }
  var vertical: String { ascii ? "|" : "│" }
  var corner: String { ascii ? "`" : "└" }
  var branch: String { ascii ? "|" : "├" }

  /// A message without control characters; where only ASCII may stand, our own signs are spelt out.
  func clean(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      if scalar == "\n" {
        result.unicodeScalars.append(scalar)
      } else if scalar == "\t" {
        result += "    "
      } else if scalar.properties.generalCategory == .control {
        result += ascii ? "?" : "\u{FFFD}"
      } else if ascii, !scalar.isASCII {
        result += Signs.spelling(scalar)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func spelling(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "≠": return "!="
    case "≤": return "<="
    case "≥": return ">="
    case "×": return "x"
    case "·": return "*"
    case "−", "–", "—": return "-"
    case "→": return "->"
    case "…": return "..."
    case "’", "‘": return "'"
    case "“", "”": return "\""
    case "│": return "|"
    case "└", "├": return "`"
    case "≈": return "~"
    case "±": return "+-"
    default: return "\\u{" + String(scalar.value, radix: 16) + "}"
    }
  }
}
