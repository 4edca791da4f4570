/// A text that was parsed: its statements, with places in the text.
package struct Program {
  package let source: SourceText
  package let statements: [Statement]
  package init(source: SourceText, statements: [Statement]) {
    self.source = source
    self.statements = statements
  }
}

/// From text to tree.
package enum Parser {
  /// Parses a whole text, or only a part of it: one definition of a library file, found by `index(of:)`. All places are places
  /// in the whole text.
  ///
  /// Throws a `.syntax` error with its place and remedies; `isIncomplete` is set where the text ended too early.
  package static func parse(_ source: SourceText, part: Span? = nil) throws(GradusError) -> Program {
    let stream = Lexer.tokens(of: source, part: part ?? Span(0, source.utf8.count))
    var parser = TokenParser(source: source, stream: stream)
    do throws(Problem) {
      return Program(source: source, statements: try parser.program())
    } catch {
      throw error.error
    }
  }
}
