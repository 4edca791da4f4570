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
  pooled(shape, x, x, out, workers)
}

/// The greatest of each window.
package func maximumPool(_ shape: PoolingShape, x: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>, workers: Workers) {
  pooled(shape, x, x, out, workers)
}

/// For each window the element of `values` that stands where x is greatest.
package func maximumPoolGather(
  _ shape: PoolingShape, x: UnsafePointer<Float>, values: UnsafePointer<Float>, out: UnsafeMutablePointer<Float>, workers: Workers
) {
  pooled(shape, x, values, out, workers)
}

/// For each window the element of `values` that stands where x is greatest.
package func maximumPoolGather(
  _ shape: PoolingShape, x: UnsafePointer<Double>, values: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>, workers: Workers
) {
  pooled(shape, x, values, out, workers)
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

/// Calls `body` with the number of each window of a plane and the place of its greatest element.
@inline(__always)
private func eachWindow<T: RealElement>(_ s: PoolingShape, _ plane: UnsafePointer<T>, _ body: (Int, Int) -> Void) {
  for row in 0..<s.outHeight {
    let y = row &* s.strideY &- s.top
    let firstY = max(0, y), lastY = min(s.height, y &+ s.windowHeight)
    for column in 0..<s.outWidth {
      let x = column &* s.strideX &- s.left
      let firstX = max(0, x), lastX = min(s.width, x &+ s.windowWidth)
      var place = firstY &* s.width &+ firstX
      var best = plane[place]
      var line = firstY
      while line < lastY {
        var i = line &* s.width &+ firstX
        let end = line &* s.width &+ lastX
        while i < end {
          let value = plane[i]
          // A nan is greater than what is no nan; so nothing is greater than a nan.
          if value > best || (value != value && best == best) {
            best = value
            place = i
          }
          i &+= 1
        }
        line &+= 1
      }
      body(row &* s.outWidth &+ column, place)
    }
  }
}

private func pooled<T: RealElement>(
  _ s: PoolingShape, _ x: UnsafePointer<T>, _ values: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ workers: Workers
) {
  let windows = s.outHeight * s.outWidth, size = s.height * s.width, group = s.planesPerPiece
  if s.planes <= 0 || windows <= 0 { return }
  workers.run(pieces: (s.planes + group - 1) / group) { piece in
    for plane in piece * group..<min(s.planes, (piece + 1) * group) {
      let source = values + plane * size, target = out + plane * windows
      eachWindow(s, x + plane * size) { target[$0] = source[$1] }
    }
  }
}

private func scattered<T: RealElement>(
  _ s: PoolingShape, _ x: UnsafePointer<T>, _ g: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ workers: Workers
) {
  let windows = s.outHeight * s.outWidth, size = s.height * s.width, group = s.planesPerPiece
  if s.planes <= 0 || size <= 0 { return }
  workers.run(pieces: (s.planes + group - 1) / group) { piece in
    for plane in piece * group..<min(s.planes, (piece + 1) * group) {
      let source = g + plane * windows, target = out + plane * size
      target.update(repeating: 0, count: size)
      eachWindow(s, x + plane * size) { target[$1] += source[$0] }
    }
  }
}
