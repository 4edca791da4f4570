import Kernels

/// A way to read a value's memory: where the first element lies and how far apart neighbours are, in elements.
struct View {
  /// Which of a plan's values is read.
  var value: Int
  var offset: Int
  var shape: Shape
  var strides: [Int]

  /// Whether the elements lie row-major without gaps.
  var isContiguous: Bool {
    if shape.count <= 1 { return true }
    var expected = 1
    for axis in Swift.stride(from: shape.rank - 1, through: 0, by: -1) where shape[axis] != 1 {
      if strides[axis] != expected { return false }
      expected *= shape[axis]
    }
    return true
  }

  /// Whether one element is read again and again.
  var isOneElement: Bool { (0..<shape.rank).allSatisfy { strides[$0] == 0 || shape[$0] == 1 } }

  func broadcast(to target: Shape) -> View {
    let added = target.rank - shape.rank
    let strides = (0..<target.rank).map { axis in
      axis < added || shape[axis - added] == 1 ? 0 : self.strides[axis - added]
    }
    return View(value: value, offset: offset, shape: target, strides: strides)
  }

  func sliced(starts: ArraySlice<Int>, steps: ArraySlice<Int>, to target: Shape) -> View {
    var result = View(value: value, offset: offset, shape: target, strides: strides)
    if target.count == 0 { return result }
    for (axis, (start, step)) in zip(starts, steps).enumerated() {
      result.offset += start * strides[axis]
      result.strides[axis] = strides[axis] * step
    }
    return result
  }

  /// The same memory in another shape; nil where only a copy would do.
  func reshaped(to target: Shape) -> View? {
    if isContiguous { return View(value: value, offset: offset, shape: target, strides: target.contiguousStrides) }
    let axes = (0..<shape.rank).filter { shape[$0] != 1 }
    var strides = [Int](repeating: 0, count: target.rank)
    var old = 0, new = 0
    // Groups of old and new axes that hold the same number of elements; within a group the old axes must be one run.
    while old < axes.count {
      while new < target.rank && target[new] == 1 { new += 1 }
      guard new < target.rank else { return nil }
      let firstNew = new
      var oldCount = shape[axes[old]], newCount = target[new]
      var last = old
      while oldCount != newCount {
        if newCount < oldCount {
          new += 1
          guard new < target.rank else { return nil }
          newCount *= target[new]
        } else {
          guard last + 1 < axes.count else { return nil }
          let here = axes[last], next = axes[last + 1]
          guard self.strides[here] == self.strides[next] * shape[next] else { return nil }
          last += 1
          oldCount *= shape[next]
        }
      }
      var step = self.strides[axes[last]]
      for axis in Swift.stride(from: new, through: firstNew, by: -1) {
        strides[axis] = step
        step *= target[axis]
      }
      new += 1
      old = last + 1
    }
    return View(value: value, offset: offset, shape: target, strides: strides)
  }

  /// Axes of size 1 dropped, neighbours that make one run joined, for several ways to read the same shape; at least one axis.
  static func joined(_ shape: Shape, _ ways: [[Int]]) -> (sizes: [Int], strides: [[Int]]) {
    var sizes: [Int] = []
    var strides = [[Int]](repeating: [], count: ways.count)
    for axis in 0..<shape.rank where shape[axis] != 1 {
      let size = shape[axis]
      if !sizes.isEmpty && ways.indices.allSatisfy({ strides[$0][sizes.count - 1] == ways[$0][axis] * size }) {
        sizes[sizes.count - 1] *= size
        for way in ways.indices { strides[way][sizes.count - 1] = ways[way][axis] }
      } else {
        sizes.append(size)
        for way in ways.indices { strides[way].append(ways[way][axis]) }
      }
    }
    if sizes.isEmpty {
      sizes = [1]
      for way in ways.indices { strides[way] = [1] }
    }
    return (sizes, strides)
  }

  /// Copies the elements to memory of other strides. `source` is the value's memory.
  func copy(from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, strides target: [Int], elementSize: Int, workers: Workers) {
    if shape.count == 0 { return }
    let (sizes, ways) = View.joined(shape, [strides, target])
    let start = source + offset * elementSize
    // Pieces of the outermost axis, each of some 64,000 elements.
    let rest = max(1, shape.count / sizes[0])
    let rows = max(1, 65_536 / rest), pieces = (sizes[0] + rows - 1) / rows
    if pieces <= 1 {
      copyStrided(
        elementSize: elementSize, source: start, sourceStrides: ways[0], destination: destination, destinationStrides: ways[1], dimensions: sizes)
      return
    }
    workers.run(pieces: pieces) { piece in
      var part = sizes
      part[0] = min(rows, sizes[0] - piece * rows)
      copyStrided(
        elementSize: elementSize, source: start + piece * rows * ways[0][0] * elementSize, sourceStrides: ways[0],
        destination: destination + piece * rows * ways[1][0] * elementSize, destinationStrides: ways[1], dimensions: part)
    }
  }
}
