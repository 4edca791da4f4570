import Syntax

/// What host functions throw: an error without a place. The machine adds the place and the calls.
struct Failure: Error {
  var kind: GradusError.Kind
  var message: String
  var notes: [String] = []
  var hints: [String] = []
  /// Which argument (counted from 0) it is about, to be underlined.
  var argument: Int?
  /// Whether it is about what was called, which is no function.
  var isAboutCallee = false

  init(_ kind: GradusError.Kind, _ message: String, notes: [String] = [], hint: String? = nil, argument: Int? = nil) {
    self.kind = kind
    self.message = message
    self.notes = notes
    hints = hint.map { [$0] } ?? []
    self.argument = argument
  }
}
