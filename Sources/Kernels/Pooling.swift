// The greatest element of each window of an image, and where gradients go: to the first of the greatest. A nan counts as
// greater than all numbers. Every window must hold at least one element of the image; the border is never chosen.

/// Planes [height, width], and where the windows stand in them.
package struct PoolingShape: Sendable {
  package var planes, height, width: Int
  package var windowHeight, windowWidth: Int
  package var outHeight, outWidth: Int
  package var strideY, strideX: Int
  package var top, left: Int

  package init(
    planes: Int, height: Int, width: Int, windowHeight: Int, windowWidth: Int, outHeight: Int, outWidth: Int, strideY: Int, strideX: Int, top: Int,
    left: Int
  ) {
    (self.planes, self.height, self.width) = (planes, height, width)
    (self.windowHeight, self.windowWidth) = (windowHeight, windowWidth)
    (self.outHeight, self.outWidth) = (outHeight, outWidth)
    (self.strideY, self.strideX, self.top, self.left) = (strideY, strideX, top, left)
  }

  /// A piece has about 16 thousand elements to look at, or is one plane.
  fileprivate var planesPerPiece: Int { max(1, 16_384 / max(1, windowHeight * windowWidth * outHeight * outWidth)) }
}

/// The greatest of each window.
package func maximumPool(_ shape: PoolingShape, x: UnsafePointer<Float>, out: UnsafeMutablePointer<Float>, workers: Workers) {
  pooled(shape, x, out, workers)
}

/// The greatest of each window.
package func maximumPool(_ shape: PoolingShape, x: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>, workers: Workers) {
  pooled(shape, x, out, workers)
}

/// For each window the element of `values` that stands where x is greatest.
package func maximumPoolGather(
  _ shape: PoolingShape, x: UnsafePointer<Float>, values: UnsafePointer<Float>, out: UnsafeMutablePointer<Float>, workers: Workers
) {
  gathered(shape, x, values, out, workers)
}

/// For each window the element of `values` that stands where x is greatest.
package func maximumPoolGather(
  _ shape: PoolingShape, x: UnsafePointer<Double>, values: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>, workers: Workers
) {
  gathered(shape, x, values, out, workers)
}

/// Zeros, and each window's element of `g` added where x is greatest.
package func maximumPoolScatter(
  _ shape: PoolingShape, x: UnsafePointer<Float>, g: UnsafePointer<Float>, out: UnsafeMutablePointer<Float>, workers: Workers
) {
  scattered(shape, x, g, out, workers)
}

/// Zeros, and each window's element of `g` added where x is greatest.
package func maximumPoolScatter(
  _ shape: PoolingShape, x: UnsafePointer<Double>, g: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>, workers: Workers
) {
  scattered(shape, x, g, out, workers)
}

// MARK: - Rows of windows

/// A row of windows, whose greatest elements are found a register of windows at a time.
///
/// A row of the plane is copied to a line for each phase: line p has the elements p, p + stride, p + 2 · stride, …; so what
/// neighbouring windows see in one of their columns lies side by side. There is -∞ on both sides of a row, so that no window and no
/// register ends early.
private struct WindowRow<T: RealElement> {
  private let shape: PoolingShape
  /// Windows, rounded up to whole registers.
  private let count: Int
  /// Elements of a line.
  private let length: Int
  private let lines: UnsafeMutablePointer<T>
  /// The greatest of each window.
  let best: UnsafeMutablePointer<T>

  private static func count(_ s: PoolingShape) -> Int { (s.outWidth + T.Vector.lanes - 1) / T.Vector.lanes * T.Vector.lanes }
  private static func length(_ s: PoolingShape) -> Int { count(s) + (s.windowWidth - 1) / s.strideX }
  /// Phases that a window sees.
  private static func phases(_ s: PoolingShape) -> Int { min(s.strideX, s.windowWidth) }
  static func bytes(_ s: PoolingShape) -> Int { (count(s) + length(s) * phases(s)) * MemoryLayout<T>.stride }

  init(_ s: PoolingShape, _ memory: UnsafeMutableRawPointer) {
    shape = s
    count = Self.count(s)
    length = Self.length(s)
    best = memory.bindMemory(to: T.self, capacity: count + length * Self.phases(s))
    lines = best + count
    // Copies of rows overwrite the same part each time.
    lines.update(repeating: -T.infinity, count: length * Self.phases(s))
  }

  /// The rows of a window that lie in the plane.
  @inline(__always)
  private func rows(_ row: Int) -> Range<Int> {
    let top = row * shape.strideY - shape.top
    let first = max(0, top)
    return first..<max(first, min(shape.height, top + shape.windowHeight))
  }

  /// Finds the greatest of each window of a row.
  func find(_ plane: UnsafePointer<T>, row: Int) {
    let s = shape
    best.update(repeating: -T.infinity, count: count)
    for y in rows(row) {
      for phase in 0..<Self.phases(s) {
        // Element i of the line is column i · stride + phase - left of the plane.
        let first = s.left > phase ? (s.left - phase + s.strideX - 1) / s.strideX : 0
        let column = first * s.strideX + phase - s.left
        let seen = column >= s.width ? 0 : max(0, min(length - first, (s.width - column + s.strideX - 1) / s.strideX))
        let from = plane + (y * s.width + column), to = lines + (phase * length + first)
        switch s.strideX {
        case 1: copyElements(from, to, seen)
        case 2: for i in 0..<seen { to[i] = from[i &* 2] }
        default: for i in 0..<seen { to[i] = from[i &* s.strideX] }
        }
      }
      var phase = 0, step = 0
      for _ in 0..<s.windowWidth {
        let line = UnsafePointer(lines + (phase * length + step))
        var i = 0
        while i < count {
          T.Vector.maximum(T.Vector.load(line + i), T.Vector.load(UnsafePointer(best + i))).store(best + i)
          i &+= T.Vector.lanes
        }
        phase &+= 1
        if phase == s.strideX {
          phase = 0
          step &+= 1
        }
      }
    }
  }

  /// The place in the plane of the first element of a window that is the greatest, or nan.
  @inline(__always)
  func place(_ plane: UnsafePointer<T>, row: Int, column: Int) -> Int {
    let s = shape, greatest = best[column]
    let left = column &* s.strideX &- s.left
    let first = max(0, left), end = min(s.width, left &+ s.windowWidth)
    let rows = rows(row)
    if s.windowHeight &* s.windowWidth <= 16 {
      // Without a branch on the data, which no processor could foresee: from the last to the first, and the last hit counts.
      var found = rows.lowerBound &* s.width &+ first
      var y = rows.upperBound &- 1
      while y >= rows.lowerBound {
        let start = y &* s.width &+ first
        var place = y &* s.width &+ end &- 1
        while place >= start {
          let value = plane[place]
          let hit = (value == greatest ? 1 : 0) | (value != value ? 1 : 0)
          found ^= (found ^ place) & (0 &- hit)
          place &-= 1
        }
        y &-= 1
      }
      return found
    }
    for y in rows {
      for place in y &* s.width &+ first..<y &* s.width &+ end {
        let value = plane[place]
        if value == greatest || value != value { return place }
      }
    }
    // Every window sees an element of the plane, so this is not reached.
    return rows.lowerBound &* s.width &+ first
  }
}

extension PoolingShape {
  fileprivate func eachPlane<T: RealElement>(_ workers: Workers, _ type: T.Type, _ body: (WindowRow<T>, Int) -> Void) {
    let group = planesPerPiece
    workers.run(pieces: (planes + group - 1) / group) { piece in
      workers.withScratch(bytes: WindowRow<T>.bytes(self)) { memory in
        let windows = WindowRow<T>(self, memory)
        for plane in piece * group..<min(planes, (piece + 1) * group) { body(windows, plane) }
      }
    }
  }
}

private func pooled<T: RealElement>(_ s: PoolingShape, _ x: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ workers: Workers) {
  let count = s.outHeight * s.outWidth, size = s.height * s.width
  if s.planes <= 0 || count <= 0 { return }
  s.eachPlane(workers, T.self) { windows, plane in
    for row in 0..<s.outHeight {
      windows.find(x + plane * size, row: row)
      copyElements(UnsafePointer(windows.best), out + plane * count + row * s.outWidth, s.outWidth)
    }
  }
}

private func gathered<T: RealElement>(
  _ s: PoolingShape, _ x: UnsafePointer<T>, _ values: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ workers: Workers
) {
  let count = s.outHeight * s.outWidth, size = s.height * s.width
  if s.planes <= 0 || count <= 0 { return }
  s.eachPlane(workers, T.self) { windows, plane in
    let source = values + plane * size, image = x + plane * size
    for row in 0..<s.outHeight {
      windows.find(image, row: row)
      let target = out + plane * count + row * s.outWidth
      for column in 0..<s.outWidth { target[column] = source[windows.place(image, row: row, column: column)] }
    }
  }
}

private func scattered<T: RealElement>(
  _ s: PoolingShape, _ x: UnsafePointer<T>, _ g: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ workers: Workers
) {
  let count = s.outHeight * s.outWidth, size = s.height * s.width
  if s.planes <= 0 || size <= 0 { return }
  s.eachPlane(workers, T.self) { windows, plane in
    let target = out + plane * size, image = x + plane * size
    target.update(repeating: 0, count: size)
    for row in 0..<s.outHeight {
      windows.find(image, row: row)
      let source = g + plane * count + row * s.outWidth
      for column in 0..<s.outWidth { target[windows.place(image, row: row, column: column)] += source[column] }
    }
  }
}
