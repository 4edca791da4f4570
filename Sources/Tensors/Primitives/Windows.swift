import Kernels

/// Where windows stand over the last two axes of images [batch, channels, height, width].
package struct Windows: Sendable, Equatable {
  package var strideY = 1, strideX = 1
  /// Rows and columns added before and behind.
  package var top = 0, bottom = 0, left = 0, right = 0

  package init(strideY: Int = 1, strideX: Int = 1, top: Int = 0, bottom: Int = 0, left: Int = 0, right: Int = 0) {
    (self.strideY, self.strideX) = (strideY, strideX)
    (self.top, self.bottom, self.left, self.right) = (top, bottom, left, right)
  }

  /// As an attribute's list: strides, then the padding at the top, bottom, left and right.
  static let listCount = 6
  var list: [Int] { [strideY, strideX, top, bottom, left, right] }

  init(_ list: some RandomAccessCollection<Int>, _ operation: String) throws {
    let numbers = Array(list)
    guard numbers.count == Windows.listCount else {
      throw TensorError.windowSetting(operation: operation, setting: "number of settings", value: numbers.count, least: Windows.listCount)
    }
    self.init(strideY: numbers[0], strideX: numbers[1], top: numbers[2], bottom: numbers[3], left: numbers[4], right: numbers[5])
    try Windows.require(min(strideY, strideX), most: max(strideY, strideX), least: 1, "stride", operation)
    let paddings = numbers[2...]
    try Windows.require(paddings.min() ?? 0, most: paddings.max() ?? 0, least: 0, "padding", operation)
  }

  /// Also not so large that sums of them could overflow.
  static func require(_ value: Int, most: Int, least: Int, _ setting: String, _ operation: String) throws {
    guard value >= least else { throw TensorError.windowSetting(operation: operation, setting: setting, value: value, least: least) }
    guard most <= Int(Int32.max) else { throw TensorError.windowSetting(operation: operation, setting: setting, value: most, least: least) }
  }

  /// How many windows of a size there are down and across.
  func count(in images: Shape, height: Int, width: Int, _ operation: String) throws -> (down: Int, across: Int) {
    guard min(height, width) >= 1 else { throw TensorError.windowSetting(operation: operation, setting: "size", value: min(height, width), least: 1) }
    // Sizes and paddings have 31 bits, windows of a dilated kernel twice as many: sums of them cannot overflow.
    for (axis, window, padding) in [(2, height, top + bottom), (3, width, left + right)] where images[axis] + padding < window {
      throw TensorError.windowTooLarge(operation: operation, images, axis: axis, window: window, padding: padding)
    }
    return ((images[2] + top + bottom - height) / strideY + 1, (images[3] + left + right - width) / strideX + 1)
  }
}

/// What a convolution is made with: where its windows stand, how far apart the kernel reads, and groups of channels and filters.
package struct ConvolutionSettings: Sendable, Equatable {
  package var windows: Windows
  package var dilationY = 1, dilationX = 1
  package var groups = 1

  package init(_ windows: Windows = Windows(), dilationY: Int = 1, dilationX: Int = 1, groups: Int = 1) {
    self.windows = windows
    (self.dilationY, self.dilationX, self.groups) = (dilationY, dilationX, groups)
  }

  /// As an attribute's list: that of the windows, then the dilations and the groups.
  package static let listCount = Windows.listCount + 3
  package var list: [Int] { windows.list + [dilationY, dilationX, groups] }

  init(_ list: some RandomAccessCollection<Int>, _ operation: String) throws {
    let numbers = Array(list)
    guard numbers.count == ConvolutionSettings.listCount else {
      throw TensorError.windowSetting(operation: operation, setting: "number of settings", value: numbers.count, least: ConvolutionSettings.listCount)
    }
    try self.init(Windows(numbers.prefix(Windows.listCount), operation), dilationY: numbers[6], dilationX: numbers[7], groups: numbers[8])
    try Windows.require(min(dilationY, dilationX), most: max(dilationY, dilationX), least: 1, "dilation", operation)
    try Windows.require(groups, most: groups, least: 1, "number of groups", operation)
  }
}

extension Primitive {
  static func requireImages(_ operation: String, _ shapes: Shape...) throws {
    for shape in shapes where shape.rank != 4 { throw TensorError.rank(operation: operation, shape, expected: 4) }
  }

  static func requireFloats(_ operation: String, _ nodes: Node...) throws {
    guard let first = nodes.first else { return }
    guard first.type.isFloat else { throw TensorError.typeMismatch(operation: operation, expected: [.f32, .f64], found: first.type) }
    for node in nodes where node.type != first.type { throw TensorError.typeMismatch(operation: operation, expected: [first.type], found: node.type) }
  }
}
