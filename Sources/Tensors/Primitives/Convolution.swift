import Kernels

extension Primitive {
  /// Convolution of images [batch, channels, height, width] with a kernel [filters, channels of a group, rows, columns], and its two
  /// derivatives. The derivative by the images is also the transposed convolution.
  ///
  /// Σ g · (x ⋆ k) is linear in each of x, k and g. Its derivative by g is the convolution, by x and by k the two others; so the
  /// derivatives of any of the three are the other two, and there is nothing more to write for derivatives of derivatives.
  ///
  /// Attributes: `ConvolutionSettings.list`; then the two sizes of the result that the operands don't tell, for the derivatives.
  static let convolutions: [Primitive] = [
    Primitive(
      .convolution, "conv2d", "[n, c, h, w] ⋆ [f, c / groups, kh, kw] → [n, f, oh, ow]: each output the product of the kernel with the window it stands at.",
      rule: { operands, attributes in
        let (x, kernel) = try operands.two()
        try requireFloats(operands.name, x, kernel)
        let settings = try ConvolutionSettings(attributes.list, operands.name)
        let outputs = try outputSizes(operands.name, x.shape, kernel.shape, settings)
        return Signature(x.type, try Shape(outputs))
      },
      gradient: Gradient { e, node, g, position in
        guard let x = node.a, let kernel = node.b else { return nil }
        return position == 0
          ? try e.convolutionInput(g, kernel, node.list, x.shape) : try e.convolutionKernel(x, g, node.list, kernel.shape)
      },
      kernel: .whole { call in
        let shape = convolutionShape(call.list, x: call.shapeOfOperand(0), kernel: call.shapeOfOperand(1), out: call.shape)
        if call.type == .f32 {
          convolve(shape, x: call.a(Float.self), kernel: call.b(Float.self), out: call.out(Float.self), workers: call.workers)
        } else {
          convolve(shape, x: call.a(Double.self), kernel: call.b(Double.self), out: call.out(Double.self), workers: call.workers)
        }
        return nil
      },
      samples: cases.map { Sample(operands: [.values($0.x), .values($0.kernel)], list: $0.settings.list) }),
    Primitive(
      .convolutionInput, "conv2d's derivative by the images", "[n, f, oh, ow], [f, c / groups, kh, kw] → [n, c, h, w]: each window's gradient spread over what it read.",
      rule: { operands, attributes in
        let (g, kernel) = try operands.two()
        try requireFloats(operands.name, g, kernel)
        try requireImages(operands.name, g.shape, kernel.shape)
        let (settings, sizes) = try settingsAndSizes(operands.name, attributes.list)
        let (channels, overflow) = kernel.shape[1].multipliedReportingOverflow(by: settings.groups)
        guard !overflow else { throw TensorError.tooManyElements([kernel.shape[1], settings.groups]) }
        let shape = try Shape([g.shape[0], channels] + sizes)
        let outputs = try outputSizes(operands.name, shape, kernel.shape, settings)
        guard g.shape.dimensions == outputs else { throw TensorError.gradientShape(operation: operands.name, expected: outputs, found: g.shape) }
        return Signature(g.type, shape)
      },
      gradient: Gradient { e, node, g, position in
        guard let upper = node.a, let kernel = node.b else { return nil }
        let windows = Array(node.list.prefix(ConvolutionSettings.listCount))
        return position == 0 ? try e.convolution(g, kernel, windows) : try e.convolutionKernel(g, upper, windows, kernel.shape)
      },
      kernel: .whole { call in
        let shape = convolutionShape(call.list, x: call.shape, kernel: call.shapeOfOperand(1), out: call.shapeOfOperand(0))
        if call.type == .f32 {
          convolutionInputGradient(shape, g: call.a(Float.self), kernel: call.b(Float.self), out: call.out(Float.self), workers: call.workers)
        } else {
          convolutionInputGradient(shape, g: call.a(Double.self), kernel: call.b(Double.self), out: call.out(Double.self), workers: call.workers)
        }
        return nil
      },
      samples: cases.map { Sample(operands: [.values($0.out), .values($0.kernel)], list: $0.settings.list + $0.x.suffix(2)) }),
    Primitive(
      .convolutionKernel, "conv2d's derivative by the kernel", "[n, c, h, w], [n, f, oh, ow] → [f, c / groups, kh, kw]: the windows' gradients times what they read, summed.",
      rule: { operands, attributes in
        let (x, g) = try operands.two()
        try requireFloats(operands.name, x, g)
        try requireImages(operands.name, x.shape, g.shape)
        let (settings, sizes) = try settingsAndSizes(operands.name, attributes.list)
        guard x.shape[1] % settings.groups == 0, g.shape[1] % settings.groups == 0 else {
          throw TensorError.groups(operation: operands.name, channels: x.shape[1], filters: g.shape[1], groups: settings.groups)
        }
        let shape = try Shape([g.shape[1], x.shape[1] / settings.groups] + sizes)
        let outputs = try outputSizes(operands.name, x.shape, shape, settings)
        guard g.shape.dimensions == outputs else { throw TensorError.gradientShape(operation: operands.name, expected: outputs, found: g.shape) }
        return Signature(x.type, shape)
      },
      gradient: Gradient { e, node, g, position in
        guard let x = node.a, let upper = node.b else { return nil }
        let windows = Array(node.list.prefix(ConvolutionSettings.listCount))
        return position == 0 ? try e.convolutionInput(upper, g, windows, x.shape) : try e.convolution(x, g, windows)
      },
      kernel: .whole { call in
        let shape = convolutionShape(call.list, x: call.shapeOfOperand(0), kernel: call.shape, out: call.shapeOfOperand(1))
        if call.type == .f32 {
          convolutionKernelGradient(shape, x: call.a(Float.self), g: call.b(Float.self), out: call.out(Float.self), workers: call.workers)
        } else {
          convolutionKernelGradient(shape, x: call.a(Double.self), g: call.b(Double.self), out: call.out(Double.self), workers: call.workers)
        }
        return nil
      },
      samples: cases.map { Sample(operands: [.values($0.x), .values($0.out)], list: $0.settings.list + $0.kernel.suffix(2)) }),
  ]

  private static func settingsAndSizes(_ operation: String, _ list: [Int]) throws -> (ConvolutionSettings, [Int]) {
    let settings = try ConvolutionSettings(list.prefix(ConvolutionSettings.listCount), operation), sizes = Array(list.dropFirst(ConvolutionSettings.listCount))
    guard sizes.count == 2 else { throw TensorError.valueCount(expected: 2, found: sizes.count) }
    return (settings, sizes)
  }

  private static func outputSizes(_ operation: String, _ x: Shape, _ kernel: Shape, _ settings: ConvolutionSettings) throws -> [Int] {
    try requireImages(operation, x, kernel)
    let groups = settings.groups
    guard x[1] % groups == 0, kernel[0] % groups == 0 else {
      throw TensorError.groups(operation: operation, channels: x[1], filters: kernel[0], groups: groups)
    }
    guard x[1] / groups == kernel[1] else { throw TensorError.channels(operation: operation, x, kernel: kernel, groups: groups) }
    try Windows.require(min(kernel[2], kernel[3]), most: max(kernel[2], kernel[3]), least: 1, "size", operation)
    // Neither factor has more than 31 bits.
    let height = (kernel[2] - 1) * settings.dilationY + 1, width = (kernel[3] - 1) * settings.dilationX + 1
    let (down, across) = try settings.windows.count(in: x, height: height, width: width, operation)
    return [x[0], kernel[0], down, across]
  }

  private static func convolutionShape(_ list: [Int], x: Shape, kernel: Shape, out: Shape) -> ConvolutionShape {
    ConvolutionShape(
      batch: x[0], channels: x[1], height: x[2], width: x[3], filters: kernel[0], kernelHeight: kernel[2], kernelWidth: kernel[3], outHeight: out[2],
      outWidth: out[3], strideY: list[0], strideX: list[1], top: list[2], left: list[4], dilationY: list[6], dilationX: list[7], groups: list[8])
  }

  // MARK: Samples

  private struct Case {
    let x: [Int]
    let kernel: [Int]
    let out: [Int]
    let settings: ConvolutionSettings

    init(x: [Int], kernel: [Int], out: [Int], windows: Windows, dilationY: Int = 1, dilationX: Int = 1, groups: Int = 1) {
      (self.x, self.kernel, self.out) = (x, kernel, out)
      settings = ConvolutionSettings(windows, dilationY: dilationY, dilationX: dilationX, groups: groups)
    }
  }

  private static let same = Windows(top: 1, bottom: 1, left: 1, right: 1)

  private static let cases = [
    Case(x: [1, 1, 4, 5], kernel: [1, 1, 3, 3], out: [1, 1, 2, 3], windows: Windows()),
    Case(x: [2, 3, 4, 4], kernel: [2, 3, 3, 3], out: [2, 2, 4, 4], windows: same),
    Case(x: [2, 3, 3, 2], kernel: [2, 3, 1, 1], out: [2, 2, 3, 2], windows: Windows()),
    Case(x: [1, 3, 3, 5], kernel: [2, 3, 1, 1], out: [1, 2, 2, 3], windows: Windows(strideY: 2, strideX: 2)),
    Case(x: [2, 1, 5, 6], kernel: [2, 1, 3, 3], out: [2, 2, 3, 3], windows: Windows(strideY: 2, strideX: 2, top: 1, bottom: 1, left: 1, right: 1)),
    Case(x: [1, 2, 4, 3], kernel: [1, 2, 2, 3], out: [1, 1, 4, 2], windows: Windows(strideX: 2, bottom: 1, left: 1, right: 1)),
    Case(x: [1, 1, 2, 2], kernel: [1, 1, 2, 2], out: [1, 1, 1, 1], windows: Windows()),
    Case(x: [1, 1, 1, 1], kernel: [2, 1, 3, 3], out: [1, 2, 1, 1], windows: same),
    // More padding than the kernel is large: some windows see zeros alone.
    Case(x: [1, 1, 2, 1], kernel: [1, 1, 1, 2], out: [1, 1, 6, 4], windows: Windows(top: 2, bottom: 2, left: 2, right: 2)),
    // Dilation, groups, one channel for a filter.
    Case(x: [2, 2, 5, 6], kernel: [3, 2, 2, 3], out: [2, 3, 3, 4], windows: Windows(left: 1, right: 1), dilationY: 2, dilationX: 2),
    Case(x: [2, 4, 4, 3], kernel: [8, 2, 2, 2], out: [2, 8, 3, 2], windows: Windows(), groups: 2),
    Case(x: [1, 6, 5, 4], kernel: [6, 2, 3, 2], out: [1, 6, 3, 2], windows: Windows(strideY: 2, strideX: 2, top: 1, bottom: 2, left: 0, right: 1), dilationX: 2, groups: 3),
    Case(x: [2, 3, 4, 5], kernel: [3, 1, 3, 3], out: [2, 3, 4, 5], windows: same, groups: 3),
    Case(x: [2, 2, 6, 5], kernel: [4, 1, 2, 3], out: [2, 4, 2, 2], windows: Windows(strideY: 2, strideX: 3, right: 2), dilationY: 2, groups: 2),
    Case(x: [0, 2, 4, 4], kernel: [3, 2, 3, 3], out: [0, 3, 4, 4], windows: same),
    Case(x: [2, 0, 3, 3], kernel: [2, 0, 3, 3], out: [2, 2, 1, 1], windows: Windows()),
    Case(x: [2, 1, 3, 3], kernel: [0, 1, 3, 3], out: [2, 0, 1, 1], windows: Windows()),
  ]
}
