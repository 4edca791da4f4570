/// A text that was parsed: its statements, with places in the text.
package struct Program {
  package let source: SourceText
  package let statements: [Statement]
  package let names: NameList
  /// The names that its top level binds, in the order in which they come.
  package let bound: [Name]
}

/// From text to tree.
package enum Parser {
  /// Parses a whole text, or only a part of it: one definition of a library file, found by `index(of:)`. All places are places
  /// in the whole text.
  ///
  /// Throws a `.syntax` error with its place and remedies; `isIncomplete` is set where the text ended too early. Errors of later
  /// statements come along in `further`.
  package static func parse(_ source: SourceText, part: Span? = nil) throws(GradusError) -> Program {
    let stream = Lexer.tokens(of: source, part: part ?? Span(0, source.utf8.count))
    let parser = TokenParser(source: source, stream: stream)
    do throws(Problem) {
      let statements = try parser.program()
      return Program(source: source, statements: statements, names: stream.names, bound: parser.bindings.bound)
    } catch {
      var first = error.error
      first.further = furtherErrors(source, stream, after: parser.index, first)
      throw first
    }
  }

  /// More than these are a file in another language.
  private static let mostErrors = 10

  /// The errors of later statements, where it is sure that these are read as they were meant: all brackets have partners, and the
  /// next statement begins on a line that stands no further right than the one that failed.
  private static func furtherErrors(_ source: SourceText, _ stream: TokenStream, after failed: Int, _ first: GradusError) -> [GradusError] {
    guard !first.isIncomplete, let place = first.place, stream.errors.isEmpty,
      stream.tokens.allSatisfy({ ($0.kind.closing == nil && !$0.kind.isClosing) || $0.payload >= 0 })
    else { return [] }
    func indentation(_ offset: Int) -> Int {
      let start = source.lineRange(source.lineIndex(of: offset)).lowerBound
      return source.utf8[start...].prefix { $0 == 32 || $0 == 9 }.count
    }
    let margin = indentation(place.span.start)
    var errors: [GradusError] = []
    var depth = 0
    var isWaiting = true
    var failed = failed
    for (index, token) in stream.tokens.enumerated() {
      if token.kind.closing != nil { depth += 1 } else if token.kind.isClosing { depth -= 1 }
      guard index >= failed, depth == 0 else { continue }
      if token.kind == .newline { isWaiting = false }
      guard !isWaiting, token.kind != .newline, index > 0, stream.tokens[index - 1].kind == .newline, indentation(token.span.start) <= margin else { continue }
      let parser = TokenParser(source: source, stream: stream)
      parser.index = index
      do throws(Problem) {
        _ = try parser.program()
        return errors
      } catch {
        guard errors.count < mostErrors - 1 else { return errors }
        var next = error.error
        next.isIncomplete = false
        errors.append(next)
        failed = parser.index
        isWaiting = true
      }
    }
    return errors
  }
}
