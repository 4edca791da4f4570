/// What can go wrong with tensors: kinds with data, words for them stand elsewhere.
package enum TensorError: Error {
  // Shapes
  /// `axis` counts from the right, -1 the last.
  case shapesDoNotBroadcast(operation: String, Shape, Shape, axis: Int)
  /// The operands of a matrix product.
  case innerSizes(Shape, Shape)
  /// The operation needs another rank.
  case rank(operation: String, Shape, expected: Int)
  /// The last two axes must agree in size.
  case notSquare(operation: String, Shape)
  /// The right side of a system has not as many rows as its matrix.
  case systemRows(operation: String, matrix: Shape, right: Shape)
  case axisOutOfRange(operation: String, axis: Int, rank: Int)
  case repeatedAxis(operation: String, axis: Int)
  case reshape(from: Shape, to: [Int])
  case broadcast(from: Shape, to: Shape)
  case sliceOutOfRange(start: Int, count: Int, step: Int, length: Int, axis: Int)
  /// The parts differ outside the axis that they are joined along.
  case concatenate(first: Shape, other: Shape, position: Int, axis: Int)
  case noParts(operation: String)
  case rankTooHigh(Int)
  case negativeSize(Int)
  case tooManyElements([Int])
  /// As many values as the shape has elements are needed.
  case valueCount(expected: Int, found: Int)
  /// A maximum or the like of nothing.
  case emptyReduction(operation: String, Shape)
  case notOneNumber(Shape)
  /// The subscripts, and what is wrong with them.
  case einsum(String, EinsumProblem)
  // Windows
  /// The kernel's second axis is not the images' channels, or those of a group.
  case channels(operation: String, Shape, kernel: Shape, groups: Int)
  /// The first axis of a transposed convolution's kernel is not the channels.
  case transposedChannels(operation: String, Shape, kernel: Shape)
  /// What a transposed convolution adds at the end must be less than the stride.
  case outputPadding(operation: String, Int, stride: Int)
  /// Channels or filters cannot be divided into so many groups.
  case groups(operation: String, channels: Int, filters: Int, groups: Int)
  /// A window does not fit into a padded axis of an image.
  case windowTooLarge(operation: String, Shape, axis: Int, window: Int, padding: Int)
  /// A stride, a size or a padding that is no such thing.
  case windowSetting(operation: String, setting: String, value: Int, least: Int)
  /// A window may lie in the padding alone.
  case paddingTooLarge(operation: String, padding: Int, window: Int)
  /// A gradient whose shape is not that of what it belongs to.
  case gradientShape(operation: String, expected: [Int], found: Shape)
  // Types
  case typeMismatch(operation: String, expected: [ElementType], found: ElementType)
  /// This number stands beside an i32 tensor (or where a whole number is wanted).
  case wholeNumber(Double)
  // Data
  case indexOutOfRange(index: Int, length: Int, axis: Int)
  case integerOverflow(operation: String)
  case divisionByZero(operation: String)
  case negativeExponent(operation: String)
  /// `matrix` is the number within a batch.
  case singularMatrix(operation: String, Shape, matrix: Int)
  /// `minor` is the size of the first leading minor that is not positive.
  case notPositiveDefinite(Shape, matrix: Int, minor: Int)
  // Running
  /// Bytes needed and allowed, and the largest tensors that take part, largest first.
  case memory(needed: Int, limit: Int, largest: [(Shape, ElementType)])
  case interrupted
  // Derivatives
  case recordingClosed
  case wrongOperands(operation: String, expected: Int, found: Int)
}

/// An error met while a plan ran, with the site of the node that failed.
package struct LocatedTensorError: Error {
  package let error: TensorError
  package let site: UInt64

  package init(error: TensorError, site: UInt64) {
    self.error = error
    self.site = site
  }
}
