// Convolution of images [batch, channels, height, width] with kernels [filters, channels, rows, columns], and its two
// derivatives. As in all of deep learning the kernel is not flipped: this is a cross-correlation (Goodfellow, Bengio &
// Courville 2016, section 9.1).
//
// Each is a matrix product over patches (Chellapilla, Puri & Simard 2006): a block of output positions makes a matrix with
// a row for each (channel, kernel row, kernel column), which stays in the second-level cache.
//
// - forward: output[filters, positions] = kernel[filters, taps] · patches[taps, positions];
// - by the input: patches' gradient = kernelᵀ · output's gradient, added back to where the patches came from;
// - by the kernel: output's gradient · patchesᵀ, summed over images in chunks that the sizes alone decide.

/// The sizes of a convolution, and where its windows stand.
package struct ConvolutionShape: Sendable {
  package var batch, channels, height, width: Int
  package var filters, kernelHeight, kernelWidth: Int
  package var outHeight, outWidth: Int
  /// From one window to the next.
  package var strideY, strideX: Int
  /// Zeros before the first row and column. What stands behind the last follows from the output's size.
  package var top, left: Int
  /// From one row or column that the kernel reads to the next.
  package var dilationY, dilationX: Int
  /// Channels and filters come in as many groups; a filter reads the channels of its own group.
  package var groups: Int

  package init(
    batch: Int, channels: Int, height: Int, width: Int, filters: Int, kernelHeight: Int, kernelWidth: Int, outHeight: Int, outWidth: Int,
    strideY: Int, strideX: Int, top: Int, left: Int, dilationY: Int = 1, dilationX: Int = 1, groups: Int = 1
  ) {
    (self.batch, self.channels, self.height, self.width) = (batch, channels, height, width)
    (self.filters, self.kernelHeight, self.kernelWidth) = (filters, kernelHeight, kernelWidth)
    (self.outHeight, self.outWidth) = (outHeight, outWidth)
    (self.strideY, self.strideX, self.top, self.left) = (strideY, strideX, top, left)
    (self.dilationY, self.dilationX, self.groups) = (dilationY, dilationX, groups)
  }

  /// The groups taken for images of their own: they lie one after the other in the images and in the outputs. Then `channels` and
  /// `filters` are those of a group, and image i takes the weights of group i mod `groups`.
  var grouped: ConvolutionShape {
    var shape = self
    shape.batch *= groups
    shape.channels /= max(1, groups)
    shape.filters /= max(1, groups)
    return shape
  }

  /// Rows and columns of the image that the kernel stretches over.
  var spanY: Int { (kernelHeight - 1) * dilationY + 1 }
  var spanX: Int { (kernelWidth - 1) * dilationX + 1 }
  /// Whether products would be too narrow to be worth the patches.
  var isDepthwise: Bool { channels == 1 && filters < 4 }

  /// Weights that one output reads in one channel.
  var area: Int { kernelHeight * kernelWidth }
  /// Weights that one output reads.
  var taps: Int { channels * area }
  /// Outputs of one filter for one image.
  var positions: Int { outHeight * outWidth }
  /// Multiply-adds for one image.
  var work: Int { filters * taps * positions }
  /// Whether the patches of an image are the image itself.
  var isPointwise: Bool { area == 1 && strideY == 1 && strideX == 1 && outHeight == height && outWidth == width }
}

/// output = x ⋆ kernel, all row-major.
package func convolve(
  _ shape: ConvolutionShape, x: UnsafePointer<Float>, kernel: UnsafePointer<Float>, out: UnsafeMutablePointer<Float>, workers: Workers
) {
  let shape = shape.grouped
  if shape.isDepthwise { depthwiseForward(shape, x, kernel, out, workers) } else { convolveForward(shape, x, kernel, out, workers) }
}

/// output = x ⋆ kernel, all row-major.
package func convolve(
  _ shape: ConvolutionShape, x: UnsafePointer<Double>, kernel: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>, workers: Workers
) {
  let shape = shape.grouped
  if shape.isDepthwise { depthwiseForward(shape, x, kernel, out, workers) } else { convolveForward(shape, x, kernel, out, workers) }
}

/// The gradient by x, where `g` is the gradient of the output.
package func convolutionInputGradient(
  _ shape: ConvolutionShape, g: UnsafePointer<Float>, kernel: UnsafePointer<Float>, out: UnsafeMutablePointer<Float>, workers: Workers
) {
  let shape = shape.grouped
  if shape.isDepthwise { depthwiseInputGradient(shape, g, kernel, out, workers) } else { inputGradient(shape, g, kernel, out, workers) }
}

/// The gradient by x, where `g` is the gradient of the output.
package func convolutionInputGradient(
  _ shape: ConvolutionShape, g: UnsafePointer<Double>, kernel: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>, workers: Workers
) {
  let shape = shape.grouped
  if shape.isDepthwise { depthwiseInputGradient(shape, g, kernel, out, workers) } else { inputGradient(shape, g, kernel, out, workers) }
}

/// The gradient by the kernel, where `g` is the gradient of the output.
package func convolutionKernelGradient(
  _ shape: ConvolutionShape, x: UnsafePointer<Float>, g: UnsafePointer<Float>, out: UnsafeMutablePointer<Float>, workers: Workers
) {
  let shape = shape.grouped
  if shape.isDepthwise { return depthwiseKernelGradient(shape, x, g, out, workers) }
  for group in 0..<shape.groups { kernelGradient(shape, group, x, g, out, workers) }
}

/// The gradient by the kernel, where `g` is the gradient of the output.
package func convolutionKernelGradient(
  _ shape: ConvolutionShape, x: UnsafePointer<Double>, g: UnsafePointer<Double>, out: UnsafeMutablePointer<Double>, workers: Workers
) {
  let shape = shape.grouped
  if shape.isDepthwise { return depthwiseKernelGradient(shape, x, g, out, workers) }
  for group in 0..<shape.groups { kernelGradient(shape, group, x, g, out, workers) }
}

// MARK: - The three products

/// A piece has about this many multiply-adds, or is one block.
private let pieceWork = 1 << 18

private func convolveForward<T: RealElement>(
  _ s: ConvolutionShape, _ x: UnsafePointer<T>, _ kernel: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ workers: Workers
) {
  if s.batch <= 0 || s.filters <= 0 || s.positions <= 0 { return }
  if s.taps == 0 {
    out.update(repeating: 0, count: s.batch * s.filters * s.positions)
    return
  }
  let blocks = PatchBlocks(s, channels: s.channels)
  let parts = s.batch * blocks.count
  // Several small blocks make one piece.
  let group = max(1, pieceWork * blocks.count / max(s.work, 1)), pieces = (parts + group - 1) / group
  workers.run(pieces: pieces) { piece in
    workers.withScratch(bytes: blocks.scratchElements * MemoryLayout<T>.stride) { memory in
      let scratch = memory.bindMemory(to: T.self, capacity: blocks.scratchElements)
      for part in piece * group..<min(parts, (piece + 1) * group) {
        let (image, number) = part.quotientAndRemainder(dividingBy: blocks.count)
        let block = blocks.block(number)
        let source = x + image * s.channels * s.height * s.width
        let patches: MatrixView<T>
        if s.isPointwise {
          patches = MatrixView(source + block.first(s), s.positions, false)
        } else {
          let matrix = scratch + blocks.regionElements
          fillPatches(s, block, channels: s.channels, source, region: scratch, into: matrix, leading: block.count)
          patches = MatrixView(UnsafePointer(matrix), block.count, false)
        }
        multiply(
          ProductShape(m: s.filters, n: block.count, k: s.taps), MatrixView(kernel + image % s.groups * s.filters * s.taps, s.taps, false), patches,
          out + image * s.filters * s.positions + block.first(s), s.positions, workers, parallel: false)
      }
    }
  }
}

private func inputGradient<T: RealElement>(
  _ s: ConvolutionShape, _ g: UnsafePointer<T>, _ kernel: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ workers: Workers
) {
  let plane = s.height * s.width
  if s.batch <= 0 || s.channels <= 0 || plane <= 0 { return }
  if s.filters == 0 || s.positions <= 0 || s.area == 0 {
    out.update(repeating: 0, count: s.batch * s.channels * plane)
    return
  }
  // Windows overlap, so that a piece has whole planes of its own: some channels of some images.
  let width = channelGroup(s), groups = (s.channels + width - 1) / width
  let blocks = PatchBlocks(s, channels: width)
  let parts = s.batch * groups
  let each = max(1, pieceWork * groups / max(s.work, 1)), pieces = (parts + each - 1) / each
  workers.run(pieces: pieces) { piece in
    workers.withScratch(bytes: blocks.scratchElements * MemoryLayout<T>.stride) { memory in
      let patches = memory.bindMemory(to: T.self, capacity: blocks.scratchElements)
      for part in piece * each..<min(parts, (piece + 1) * each) {
        let (image, number) = part.quotientAndRemainder(dividingBy: groups)
        let first = number * width, channels = min(width, s.channels - first)
        let target = out + (image * s.channels + first) * plane
        let weights = MatrixView(kernel + image % s.groups * s.filters * s.taps + first * s.area, s.taps, true)
        let source = g + image * s.filters * s.positions
        if s.isPointwise {
          multiply(
            ProductShape(m: channels, n: s.positions, k: s.filters), weights, MatrixView(source, s.positions, false), target, s.positions, workers,
            parallel: false)
          continue
        }
        target.update(repeating: 0, count: channels * plane)
        for number in 0..<blocks.count {
          let block = blocks.block(number)
          multiply(
            ProductShape(m: channels * s.area, n: block.count, k: s.filters), weights, MatrixView(source + block.first(s), s.positions, false),
            patches, block.count, workers, parallel: false)
          addPatches(s, block, channels: channels, UnsafePointer(patches), to: target)
        }
      }
    }
  }
}

/// Of one group's kernel.
private func kernelGradient<T: RealElement>(
  _ grouped: ConvolutionShape, _ group: Int, _ x: UnsafePointer<T>, _ g: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ workers: Workers
) {
  var s = grouped
  s.batch /= s.groups
  let size = s.filters * s.taps
  if size <= 0 { return }
  // This group's images lie `groups` apart.
  let imageStep = s.groups * s.channels * s.height * s.width, outputStep = s.groups * s.filters * s.positions
  let x = x + group * s.channels * s.height * s.width, g = g + group * s.filters * s.positions, out = out + group * size
  if s.batch <= 0 || s.positions <= 0 {
    out.update(repeating: 0, count: size)
    return
  }
  let width = channelGroup(s), groups = (s.channels + width - 1) / width
  let blocks = PatchBlocks(s, channels: width)
  // Images small enough to lie side by side make one longer product.
  let together = blocks.count > 1 ? 1 : max(1, min(s.batch, 256 / s.positions))
  let runs = (s.batch + together - 1) / together
  // Chunks of images have sums of their own, as many as are worth the memory; they are added up in order.
  let wanted = max(1, min(runs, 16 / groups, s.work * s.batch / groups / pieceWork))
  let affordable = max(1, (1 << 22) / size)
  let perChunk = (runs + min(wanted, affordable) - 1) / min(wanted, affordable), chunks = (runs + perChunk - 1) / perChunk
  let most = together * blocks.largest
  let patchElements = width * s.area * most, productElements = s.filters * width * s.area
  let scratchElements = blocks.regionElements + patchElements + productElements + s.filters * most + slack
  func compute(_ sums: UnsafeMutablePointer<T>) {
    workers.run(pieces: chunks * groups) { piece in
      let (chunk, group) = piece.quotientAndRemainder(dividingBy: groups)
      let first = group * width, channels = min(width, s.channels - first), columns = channels * s.area
      let sum = sums + chunk * size + first * s.area
      for row in 0..<s.filters { (sum + row * s.taps).update(repeating: 0, count: columns) }
      workers.withScratch(bytes: scratchElements * MemoryLayout<T>.stride) { memory in
        let region = memory.bindMemory(to: T.self, capacity: scratchElements)
        let product = region + blocks.regionElements, gradients = product + productElements
        let patches = gradients + s.filters * most
        for run in chunk * perChunk..<min(runs, (chunk + 1) * perChunk) {
          let images = run * together..<min(s.batch, (run + 1) * together)
          for number in 0..<blocks.count {
            let block = blocks.block(number), total = images.count * block.count
            for (place, image) in images.enumerated() {
              fillPatches(
                s, block, channels: channels, x + image * imageStep + first * s.height * s.width, region: region,
                into: patches + place * block.count, leading: total)
            }
            var rows = MatrixView(g + images.lowerBound * outputStep + block.first(s), s.positions, false)
            if images.count > 1 {
              for (place, image) in images.enumerated() {
                for row in 0..<s.filters {
                  copyElements(g + image * outputStep + row * s.positions, gradients + row * total + place * block.count, block.count)
                }
              }
              rows = MatrixView(UnsafePointer(gradients), total, false)
            }
            multiply(
              ProductShape(m: s.filters, n: columns, k: total), rows, MatrixView(UnsafePointer(patches), total, true), product, columns, workers,
              parallel: false)
            for row in 0..<s.filters { addElements(UnsafePointer(product + row * columns), sum + row * s.taps, columns) }
          }
        }
      }
    }
  }
  if chunks == 1 { return compute(out) }
  workers.withScratch(bytes: chunks * size * MemoryLayout<T>.stride) { memory in
    let sums = memory.bindMemory(to: T.self, capacity: chunks * size)
    compute(sums)
    if Interrupt.isRequested { return }
    copyElements(UnsafePointer(sums), out, size)
    for chunk in 1..<chunks { addElements(UnsafePointer(sums + chunk * size), out, size) }
  }
}

/// Channels that are worked on together: some 288 rows of patches.
private func channelGroup(_ s: ConvolutionShape) -> Int { max(1, min(s.channels, 288 / max(s.area, 1))) }
