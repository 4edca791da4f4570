/// The sizes of a tensor's axes, outermost first: at most eight, held inline.
///
/// Sizes beyond the rank are zero, so two shapes are equal when all words are.
package struct Shape: Sendable {
  package static let maximumRank = 8

  var sizes: (Int, Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0, 0)
  package private(set) var rank: Int = 0
  /// The number of elements; 1 at rank 0.
  package private(set) var count: Int = 1

  /// The shape of a single number.
  package init() {}

  /// Throws `rankTooHigh`, `negativeSize` or `tooManyElements`.
  package init(_ dimensions: [Int]) throws {
    guard dimensions.count <= Shape.maximumRank else { throw TensorError.rankTooHigh(dimensions.count) }
    for size in dimensions {
      guard size >= 0 else { throw TensorError.negativeSize(size) }
      append(unchecked: size)
    }
    guard let count = Shape.elements(dimensions) else { throw TensorError.tooManyElements(dimensions) }
    self.count = count
  }

  /// The product of the sizes, nil when it (or eight bytes for each) overflows. Beside a size of 0 the others must be possible,
  /// too: strides and products of some axes are computed without looking at all of them.
  static func elements(_ dimensions: [Int]) -> Int? {
    var count = 1
    for size in dimensions where size != 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      count = product
    }
    guard count <= Int.max / 16 else { return nil }
    return dimensions.contains(0) ? 0 : count
  }

  /// One more axis, the innermost; checked like a whole shape.
  mutating func append(_ size: Int) throws {
    guard rank < Shape.maximumRank else { throw TensorError.rankTooHigh(rank + 1) }
    if count > 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow && product <= Int.max / 16 else { throw TensorError.tooManyElements(dimensions + [size]) }
      count = product
    } else {
      guard Shape.elements(dimensions + [size]) != nil else { throw TensorError.tooManyElements(dimensions + [size]) }
    }
    append(unchecked: size)
  }

  private mutating func append(unchecked size: Int) {
    rank += 1
    withUnsafeMutableBytes(of: &sizes) { $0.storeBytes(of: size, toByteOffset: (rank - 1) &* 8, as: Int.self) }
  }

  package subscript(axis: Int) -> Int {
    precondition(axis >= 0 && axis < rank, "axis outside the rank")
    return withUnsafeBytes(of: sizes) { $0.load(fromByteOffset: axis &* 8, as: Int.self) }
  }

  package var dimensions: [Int] {
    [Int](unsafeUninitializedCapacity: rank) { buffer, initialized in
      for axis in 0..<rank { buffer.initializeElement(at: axis, to: self[axis]) }
      initialized = rank
    }
  }

  /// Row-major distances between neighbours, in elements.
  var contiguousStrides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    var step = 1
    for axis in stride(from: rank - 1, through: 0, by: -1) {
      strides[axis] = step
      step *= self[axis]
    }
    return strides
  }

  /// The sizes of a range of axes multiplied; 1 for none.
  func product(_ axes: Range<Int>) -> Int {
    var result = 1
    for axis in axes { result *= self[axis] }
    return result
  }
}

extension Shape: Hashable {
  @inline(__always)
  package static func == (a: Shape, b: Shape) -> Bool {
    a.rank == b.rank && a.count == b.count
      && a.sizes.0 == b.sizes.0 && a.sizes.1 == b.sizes.1 && a.sizes.2 == b.sizes.2 && a.sizes.3 == b.sizes.3
      && a.sizes.4 == b.sizes.4 && a.sizes.5 == b.sizes.5 && a.sizes.6 == b.sizes.6 && a.sizes.7 == b.sizes.7
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(rank)
    for axis in 0..<rank { hasher.combine(self[axis]) }
  }
}

extension Shape {
  /// NumPy's broadcasting: aligned at the right, a size of 1 stretches.
  /// Throws `shapesDoNotBroadcast` with the offending axis counted from the right, -1 the last.
  package static func broadcast(_ a: Shape, _ b: Shape, operation: String) throws -> Shape {
    if a == b || b.rank == 0 { return a }
    if a.rank == 0 { return b }
    let rank = max(a.rank, b.rank)
    // From the right, so that the axis named is the innermost that does not fit.
    for axis in 1...rank {
      let left = axis <= a.rank ? a[a.rank - axis] : 1
      let right = axis <= b.rank ? b[b.rank - axis] : 1
      guard left == right || left == 1 || right == 1 else {
        throw TensorError.shapesDoNotBroadcast(operation: operation, a, b, axis: -axis)
      }
    }
    var result = Shape()
    for axis in 0..<rank {
      let left = axis >= rank - a.rank ? a[axis - rank + a.rank] : 1
      let right = axis >= rank - b.rank ? b[axis - rank + b.rank] : 1
      try result.append(left == 1 ? right : left)
    }
    return result
  }

  /// Whether a tensor of this shape may be read as one of `target`.
  package func broadcasts(to target: Shape) -> Bool {
    guard rank <= target.rank else { return false }
    for axis in 0..<rank {
      let size = self[axis], wanted = target[target.rank - rank + axis]
      if size != wanted && size != 1 { return false }
    }
    return true
  }
}

extension Shape {
  /// Whether the innermost axes are those of `other`, so that a tensor of that shape is read along them as it lies.
  @inline(__always)
  func ends(with other: Shape) -> Bool {
    if rank < other.rank { return false }
    for axis in 0..<other.rank where self[rank - other.rank + axis] != other[axis] { return false }
    return true
  }

  /// Without the axes whose bits are set; where `keep` says so, with size 1 in their place.
  func reduced(_ axes: Int, keep: Bool) -> Shape {
    var result = Shape()
    for axis in 0..<rank {
      if axes >> axis & 1 == 0 {
        result.append(unchecked: self[axis])
      } else if keep {
        result.append(unchecked: 1)
      }
    }
    // Fewer elements than this has, which were counted; but an axis of size 0 may be gone.
    if count == 0 { return (try? Shape(result.dimensions)) ?? result }
    for axis in 0..<result.rank { result.count *= result[axis] }
    return result
  }

  /// A matrix that is known to hold no more elements than can be counted; nil where that is not known.
  @inline(__always)
  static func matrix(_ rows: Int, _ columns: Int) -> Shape? {
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow && count <= Int.max / 16 else { return nil }
    var result = Shape()
    result.append(unchecked: rows)
    result.append(unchecked: columns)
    result.count = count
    return result
  }
}

extension Shape: CustomStringConvertible {
  package var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
