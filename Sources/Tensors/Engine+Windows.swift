/// Convolution and pooling of images [batch, channels, height, width].
extension Engine {
  /// Each window of the images times a kernel [filters, channels, rows, columns], summed: [batch, filters, …]. Not flipped.
  package func convolution(_ x: Tensor, _ kernel: Tensor, _ windows: Windows) throws -> Tensor {
    let (images, weights) = try promoted(x, kernel)
    return try handle(convolution(images, weights, windows.list))
  }

  /// The greatest of each window.
  package func maxPool(_ x: Tensor, height: Int, width: Int, _ windows: Windows) throws -> Tensor {
    try handle(make(.maxPool, x.node, with: Primitive.Attributes(list: [height, width] + windows.list)))
  }

  func convolution(_ x: Node, _ kernel: Node, _ windows: [Int]) throws -> Node {
    try make(.convolution, x, kernel, with: Primitive.Attributes(list: windows))
  }

  /// The gradient of a convolution by its images, of shape `images`.
  func convolutionInput(_ g: Node, _ kernel: Node, _ windows: [Int], _ images: Shape) throws -> Node {
    try make(.convolutionInput, g, kernel, with: Primitive.Attributes(list: windows + [images[2], images[3]]))
  }

  /// The gradient of a convolution by its kernel, of shape `kernel`.
  func convolutionKernel(_ x: Node, _ g: Node, _ windows: [Int], _ kernel: Shape) throws -> Node {
    try make(.convolutionKernel, x, g, with: Primitive.Attributes(list: windows + [kernel[2], kernel[3]]))
  }
}
