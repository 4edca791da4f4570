// Convolution where a filter reads one channel: row by row, each weight times a shifted row, without patches.
//
// `batch` counts planes of the input; plane i takes the weights of group i mod `groups`.

private func rowsPerPiece(_ s: ConvolutionShape) -> Int { max(1, (1 << 16) / max(1, s.filters * s.area * s.positions)) }

/// The outputs of a row whose column `kx` lies in the image, and where the first of them reads.
@inline(__always)
private func seen(_ s: ConvolutionShape, _ kx: Int) -> (outputs: Range<Int>, first: Int) {
  let left = kx * s.dilationX - s.left
  let start = min(s.outWidth, left >= 0 ? 0 : (-left + s.strideX - 1) / s.strideX)
  let end = left >= s.width ? start : max(start, min(s.outWidth, (s.width - left + s.strideX - 1) / s.strideX))
  return (start..<end, start * s.strideX + left)
}

func depthwiseForward<T: RealElement>(
  _ s: ConvolutionShape, _ x: UnsafePointer<T>, _ kernel: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ workers: Workers
) {
  let plane = s.height * s.width
  if s.batch <= 0 || s.filters <= 0 || s.positions <= 0 { return }
  let group = rowsPerPiece(s)
  workers.run(pieces: (s.batch + group - 1) / group) { piece in
    for number in piece * group..<min(s.batch, (piece + 1) * group) {
      let image = x + number * plane
      for filter in 0..<s.filters {
        let weights = kernel + (number % s.groups * s.filters + filter) * s.area
        let target = out + (number * s.filters + filter) * s.positions
        target.update(repeating: 0, count: s.positions)
        for ky in 0..<s.kernelHeight {
          for kx in 0..<s.kernelWidth {
            let weight = weights[ky * s.kernelWidth + kx], (outputs, first) = seen(s, kx)
            for oy in 0..<s.outHeight {
              let y = oy * s.strideY + ky * s.dilationY - s.top
              if y < 0 || y >= s.height { continue }
              addScaled(weight, image + y * s.width + first, s.strideX, target + oy * s.outWidth + outputs.lowerBound, 1, outputs.count)
            }
          }
        }
      }
    }
  }
}

func depthwiseInputGradient<T: RealElement>(
  _ s: ConvolutionShape, _ g: UnsafePointer<T>, _ kernel: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ workers: Workers
) {
  let plane = s.height * s.width
  if s.batch <= 0 || plane <= 0 { return }
  let group = rowsPerPiece(s)
  workers.run(pieces: (s.batch + group - 1) / group) { piece in
    for number in piece * group..<min(s.batch, (piece + 1) * group) {
      let target = out + number * plane
      target.update(repeating: 0, count: plane)
      for filter in 0..<s.filters {
        let weights = kernel + (number % s.groups * s.filters + filter) * s.area
        let source = g + (number * s.filters + filter) * s.positions
        for ky in 0..<s.kernelHeight {
          for kx in 0..<s.kernelWidth {
            let weight = weights[ky * s.kernelWidth + kx], (outputs, first) = seen(s, kx)
            for oy in 0..<s.outHeight {
              let y = oy * s.strideY + ky * s.dilationY - s.top
              if y < 0 || y >= s.height { continue }
              addScaled(weight, source + oy * s.outWidth + outputs.lowerBound, 1, target + y * s.width + first, s.strideX, outputs.count)
            }
          }
        }
      }
    }
  }
}

func depthwiseKernelGradient<T: RealElement>(
  _ s: ConvolutionShape, _ x: UnsafePointer<T>, _ g: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ workers: Workers
) {
  let plane = s.height * s.width, images = s.batch / s.groups
  // A piece has the weights of a filter to itself and adds up the images in their order.
  workers.run(pieces: s.groups * s.filters) { piece in
    let (group, filter) = piece.quotientAndRemainder(dividingBy: s.filters)
    let sums = out + piece * s.area
    for ky in 0..<s.kernelHeight {
      for kx in 0..<s.kernelWidth {
        let (outputs, first) = seen(s, kx)
        var sum: T = 0
        for image in 0..<images {
          let number = image * s.groups + group
          let source = x + number * plane, gradient = g + (number * s.filters + filter) * s.positions
          for oy in 0..<s.outHeight {
            let y = oy * s.strideY + ky * s.dilationY - s.top
            if y < 0 || y >= s.height { continue }
            sum += dot(gradient + oy * s.outWidth + outputs.lowerBound, source + y * s.width + first, s.strideX, outputs.count)
          }
        }
        sums[ky * s.kernelWidth + kx] = sum
      }
    }
  }
}

/// y[i · yStep] += a · x[i · xStep]
@inline(__always)
private func addScaled<T: RealElement>(
  _ a: T, _ x: UnsafePointer<T>, _ xStep: Int, _ y: UnsafeMutablePointer<T>, _ yStep: Int, _ count: Int
) {
  var i = 0
  if xStep == 1 && yStep == 1 {
    let factor = T.Vector(a), lanes = T.Vector.lanes
    while i &+ lanes <= count {
      T.Vector.multiplyAdd(factor, T.Vector.load(x + i), T.Vector.load(UnsafePointer(y + i))).store(y + i)
      i &+= lanes
    }
  }
  while i < count {
    y[i &* yStep] = T.multiplyAdd(a, x[i &* xStep], y[i &* yStep])
    i &+= 1
  }
}

/// Σ x[i] · y[i · yStep]
@inline(__always)
private func dot<T: RealElement>(_ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ yStep: Int, _ count: Int) -> T {
  var total: T = 0, i = 0
  if yStep == 1 {
    let lanes = T.Vector.lanes
    var sums = T.Vector(0)
    while i &+ lanes <= count {
      sums = T.Vector.multiplyAdd(T.Vector.load(x + i), T.Vector.load(y + i), sums)
      i &+= lanes
    }
    for lane in 0..<lanes { total += sums[lane] }
  }
  while i < count {
    total = T.multiplyAdd(x[i], y[i &* yStep], total)
    i &+= 1
  }
  return total
}
