#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Copies a box of `dimensions` from one layout to another; elements of 1, 4 or 8 bytes, strides
/// in elements. Strides of the source may be zero or negative; the destination's elements must
/// all be different places, and apart from the source.
package func copyStrided(
  elementSize: Int, source: UnsafeRawPointer, sourceStrides: [Int],
  destination: UnsafeMutableRawPointer, destinationStrides: [Int], dimensions: [Int]
) {
  var axes: [CopyAxis] = []
  axes.reserveCapacity(dimensions.count)
  for axis in dimensions.indices {
    if dimensions[axis] <= 0 { return }
    if dimensions[axis] == 1 { continue }
    axes.append(
      CopyAxis(
        count: dimensions[axis], from: sourceStrides[axis], to: destinationStrides[axis]))
  }
  // The destination is written in the order of its memory.
  for i in axes.indices.dropFirst() {
    var j = i
    while j > 0 && axes[j - 1].to.magnitude < axes[j].to.magnitude {
      axes.swapAt(j - 1, j)
      j -= 1
    }
  }
  // Two axes that one step can walk are one axis.
  var merged: [CopyAxis] = []
  merged.reserveCapacity(axes.count)
  for axis in axes {
    if let last = merged.last, last.from == axis.from * axis.count, last.to == axis.to * axis.count
    {
      merged[merged.count - 1] = CopyAxis(
        count: last.count * axis.count, from: axis.from, to: axis.to)
    } else {
      merged.append(axis)
    }
  }
  switch elementSize {
  case 1: copyAxes(UInt8.self, source, destination, &merged)
  case 4: copyAxes(UInt32.self, source, destination, &merged)
  default: copyAxes(UInt64.self, source, destination, &merged)
  }
}

private struct CopyAxis {
  var count: Int
  var from: Int
  var to: Int
}

@inline(__always)
private func copyAxes<W: FixedWidthInteger>(
  _ type: W.Type, _ source: UnsafeRawPointer, _ destination: UnsafeMutableRawPointer,
  _ axes: inout [CopyAxis]
) {
  let from = source.assumingMemoryBound(to: W.self)
  let to = destination.assumingMemoryBound(to: W.self)
  guard let inner = axes.popLast() else {
    to[0] = from[0]
    return
  }
  // A transpose: some other axis is the source's contiguous one. It is brought
  // next to the innermost, and the two are copied in squares.
  if inner.from != 1 && inner.from != 0 && inner.to == 1,
    let contiguous = axes.lastIndex(where: { $0.from == 1 })
  {
    let other = axes.remove(at: contiguous)
    walk(axes, from, to) { transpose($0, $1, other, inner) }
  } else {
    walk(axes, from, to) { copyRun($0, $1, inner) }
  }
}

/// Calls `body` at each place of the outer axes.
@inline(__always)
private func walk<W>(
  _ axes: [CopyAxis], _ source: UnsafePointer<W>, _ destination: UnsafeMutablePointer<W>,
  _ body: (UnsafePointer<W>, UnsafeMutablePointer<W>) -> Void
) {
  guard let last = axes.last else { return body(source, destination) }
  let rank = axes.count
  if rank == 1 {
    for i in 0..<last.count { body(source + i * last.from, destination + i * last.to) }
    return
  }
  withUnsafeTemporaryAllocation(of: Int.self, capacity: rank) { place in
    guard let place = place.baseAddress else { return }
    place.update(repeating: 0, count: rank)
    var from = source
    var to = destination
    while true {
      for i in 0..<last.count { body(from + i * last.from, to + i * last.to) }
      var axis = rank - 2
      while axis >= 0 {
        place[axis] += 1
        from += axes[axis].from
        to += axes[axis].to
        if place[axis] < axes[axis].count { break }
        from -= axes[axis].from * axes[axis].count
        to -= axes[axis].to * axes[axis].count
        place[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}

@inline(__always)
private func copyRun<W: FixedWidthInteger>(
  _ source: UnsafePointer<W>, _ destination: UnsafeMutablePointer<W>, _ axis: CopyAxis
) {
  let count = axis.count
  if axis.to == 1 && axis.from == 1 {
    if count >= 16 {
      memcpy(destination, source, count * MemoryLayout<W>.stride)
    } else {
      for i in 0..<count { destination[i] = source[i] }
    }
  } else if axis.to == 1 && axis.from == 0 {
    destination.update(repeating: source[0], count: count)
  } else if axis.to == 1 {
    for i in 0..<count { destination[i] = source[i * axis.from] }
  } else {
    for i in 0..<count { destination[i * axis.to] = source[i * axis.from] }
  }
}

/// `rows` is contiguous in the source, `columns` in the destination. Squares of 16 keep the lines of
/// both in the first-level cache.
@inline(__always)
private func transpose<W: FixedWidthInteger>(
  _ source: UnsafePointer<W>, _ destination: UnsafeMutablePointer<W>,
  _ rows: CopyAxis, _ columns: CopyAxis
) {
  let square = 16
  var column = 0
  while column < columns.count {
    let width = min(square, columns.count - column)
    var row = 0
    while row < rows.count {
      let height = min(square, rows.count - row)
      let from = source + column * columns.from + row
      let to = destination + column + row * rows.to
      if width == square {
        for r in 0..<height {
          for c in 0..<square { to[r * rows.to + c] = from[c * columns.from + r] }
        }
      } else {
        for r in 0..<height {
          for c in 0..<width { to[r * rows.to + c] = from[c * columns.from + r] }
        }
      }
      row += height
    }
    column += width
  }
}
