/// What went wrong in a program, with all that is known about it: the one type of error that leaves the language.
/// `ErrorReport` turns it into words on a page.
package struct GradusError: Error {
  package enum Kind: String, Sendable, CaseIterable {
    case syntax, name, argument, type, shape, value, index, derivative, file, limit, user
    /// A request to stop; never caught by a program.
    case interrupted
  }

  package var kind: Kind
  package var message: String
  package var place: Place?
  /// Further underlines on the lines shown, each with what stands there: `x is [64, 784]`.
  package var labels: [Label] = []
  /// Facts under the excerpt: `the inner sizes must match: 784 ≠ 128`.
  package var notes: [String] = []
  /// Remedies.
  package var hints: [String] = []
  /// Of an interrupt: the loops that it came into, outermost first, the library's too.
  package var loops: [Loop] = []
  /// The calls that led here, outermost first.
  package var stack: [Call] = []
  /// Of a syntax error: those of later statements.
  package var further: [GradusError] = []
  /// Whether more input could make a syntax error go away.
  package var isIncomplete = false

  package init(_ kind: Kind, _ message: String, at place: Place? = nil, labels: [Label] = [], notes: [String] = [], hints: [String] = []) {
    self.kind = kind
    self.message = message
    self.place = place
    self.labels = labels
    self.notes = notes
    self.hints = hints
  }

  package struct Place: Sendable {
    package let source: SourceText
    package let span: Span
    package init(source: SourceText, span: Span) {
      self.source = source
      self.span = span
    }
    /// The line as counted in the file.
    package var line: Int { source.position(of: span.start).line }
  }

  package struct Label: Sendable {
    package let span: Span
    package let text: String
    package init(span: Span, text: String) {
      self.span = span
      self.text = text
    }
  }

  package struct Loop: Sendable {
    package let place: Place
    /// The turns that were complete.
    package let turnsDone: Int
    package init(place: Place, turnsDone: Int) {
      self.place = place
      self.turnsDone = turnsDone
    }
  }

  package struct Call: Sendable {
    package let function: String
    package let place: Place?
    package init(function: String, place: Place?) {
      self.function = function
      self.place = place
    }
  }
}
