/// Convolution and pooling of images [batch, channels, height, width].
extension Engine {
  /// Each window of the images times a kernel [filters, channels of a group, rows, columns], summed: [batch, filters, …]. Not flipped.
  package func convolution(_ x: Tensor, _ kernel: Tensor, _ settings: ConvolutionSettings) throws -> Tensor {
    let (images, weights) = try promoted(x, kernel)
    return try handle(convolution(images, weights, settings.list))
  }

  package func convolution(_ x: Tensor, _ kernel: Tensor, _ windows: Windows) throws -> Tensor {
    try convolution(x, kernel, ConvolutionSettings(windows))
  }

  /// The transposed convolution: each element of x [batch, channels, …] spreads a kernel [channels, filters of a group, rows, columns]
  /// over a window of the result [batch, filters, …], which has `moreRows` and `moreColumns` behind what the windows need.
  ///
  /// It is the derivative of a convolution by its images (Dumoulin & Visin 2016, https://arxiv.org/abs/1603.07285).
  package func transposedConvolution(
    _ x: Tensor, _ kernel: Tensor, _ settings: ConvolutionSettings, moreRows: Int = 0, moreColumns: Int = 0
  ) throws -> Tensor {
    let name = "conv_transpose2d"
    try Primitive.requireImages(name, x.shape, kernel.shape)
    guard x.shape[1] == kernel.shape[0] else { throw TensorError.transposedChannels(operation: name, x.shape, kernel: kernel.shape) }
    // Checked before sizes are computed with them.
    let checked = try ConvolutionSettings(settings.list, name), windows = checked.windows
    try Windows.require(min(kernel.shape[2], kernel.shape[3]), most: max(kernel.shape[2], kernel.shape[3]), least: 1, "size", name)
    func size(_ axis: Int, _ stride: Int, _ padding: Int, _ dilation: Int, _ more: Int) throws -> Int {
      guard more >= 0 && more < stride else { throw TensorError.outputPadding(operation: name, more, stride: stride) }
      guard x.shape[axis] > 0 else { return 0 }
      let (distance, overflow) = (x.shape[axis] - 1).multipliedReportingOverflow(by: stride)
      guard !overflow && distance < 1 << 60 else { throw TensorError.tooManyElements(x.shape.dimensions) }
      let size = distance + (kernel.shape[axis] - 1) * dilation + 1 + more - padding
      guard size >= 0 else { throw TensorError.negativeSize(size) }
      return size
    }
    let sizes = try [
      size(2, windows.strideY, windows.top + windows.bottom, checked.dilationY, moreRows),
      size(3, windows.strideX, windows.left + windows.right, checked.dilationX, moreColumns),
    ]
    let (images, weights) = try promoted(x, kernel)
    return try handle(make(.convolutionInput, images, weights, with: Primitive.Attributes(list: checked.list + sizes)))
  }

  /// The greatest of each window.
  package func maxPool(_ x: Tensor, height: Int, width: Int, _ windows: Windows) throws -> Tensor {
    try handle(make(.maxPool, x.node, with: Primitive.Attributes(list: [height, width] + windows.list)))
  }

  func convolution(_ x: Node, _ kernel: Node, _ settings: [Int]) throws -> Node {
    try make(.convolution, x, kernel, with: Primitive.Attributes(list: settings))
  }

  /// The gradient of a convolution by its images, of shape `images`.
  func convolutionInput(_ g: Node, _ kernel: Node, _ settings: [Int], _ images: Shape) throws -> Node {
    try make(.convolutionInput, g, kernel, with: Primitive.Attributes(list: settings + [images[2], images[3]]))
  }

  /// The gradient of a convolution by its kernel, of shape `kernel`.
  func convolutionKernel(_ x: Node, _ g: Node, _ settings: [Int], _ kernel: Shape) throws -> Node {
    try make(.convolutionKernel, x, g, with: Primitive.Attributes(list: settings + [kernel[2], kernel[3]]))
  }
}
