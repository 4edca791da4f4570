/// How far an output may be from what is written.
package struct OutputAllowance: Sendable, Equatable {
  /// A number may differ by this much: absolutely up to 1, relatively beyond. Without it a decimal agrees within half a unit of
  /// the last digit written, and a whole number exactly.
  package var tolerance: Double?
  /// Any number agrees with any.
  package var numbersVary: Bool

  package init(tolerance: Double? = nil, numbersVary: Bool = false) {
    self.tolerance = tolerance
    self.numbersVary = numbersVary
  }
}
