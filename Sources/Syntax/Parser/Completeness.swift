/// What Enter at a prompt should do.
package enum Completeness {
  /// Run it.
  case complete
  /// Begin another line, indented by this many spaces.
  case incomplete(indentation: Int)
  /// No further line can mend it.
  case wrong(GradusError)
}

extension Parser {
  package static func completeness(_ text: String) -> Completeness {
    let source = SourceText(name: "", text: text)
    do throws(GradusError) {
      let program = try parse(source)
      return awaitsDefinition(source, program) ? .incomplete(indentation: 0) : .complete
    } catch {
      return error.isIncomplete ? .incomplete(indentation: indentation(source)) : .wrong(error)
    }
  }

  /// Whether the last line is documentation of something that is yet to come.
  private static func awaitsDefinition(_ source: SourceText, _ program: Program) -> Bool {
    var line = source.lineIndex(of: source.utf8.count)
    // The newline of Enter itself makes an empty last line.
    if line > 0, source.lineRange(line).isEmpty { line -= 1 }
    let range = source.lineRange(line)
    let content = source.utf8[range].drop { $0 == 32 || $0 == 9 }
    guard content.starts(with: [UInt8(ascii: "#"), UInt8(ascii: "#")]) else { return false }
    return (program.statements.last?.span.end ?? 0) <= range.lowerBound
  }

  /// Two spaces for each line that opens brackets which are still open; two if only the statement is unfinished.
  private static func indentation(_ source: SourceText) -> Int {
    let stream = Lexer.tokens(of: source, part: Span(0, source.utf8.count))
    // Inside a string the text begins where its line does.
    if let last = stream.tokens.dropLast().last, last.kind == .wrong {
      let start = source.lineRange(source.lineIndex(of: source.utf8.count)).lowerBound
      return source.utf8[start...].prefix { $0 == 32 }.count
    }
    var lines: Set<Int> = []
    for token in stream.tokens where token.kind.closing != nil && token.payload < 0 {
      lines.insert(source.lineIndex(of: token.span.start))
    }
    return max(1, lines.count) * 2
  }
}
