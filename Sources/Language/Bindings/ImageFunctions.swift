import Syntax
import Tensors

/// Functions on images [batch, channels, height, width] and sequences [batch, channels, length].
enum ImageFunctions {
  static var table: NativeTable {
    [
      // images, kernel, stride, padding, dilation, groups
      ("__conv2d", { session, a in
        let x = try input(session, a, "conv2d", isSequence: false), kernel = try kernel(session, a, "[filters, channels, rows, columns]")
        return .tensor(try session.engine.convolution(x, kernel, settings(session, a, x, kernel, isSequence: false)))
      }),
      // sequences, kernel, stride, padding, dilation, groups
      ("__conv1d", { session, a in
        let x = try input(session, a, "conv1d", isSequence: true), kernel = try kernel(session, a, "[filters, channels, size]", isSequence: true)
        return .tensor(try sequence(session, session.engine.convolution(x, kernel, settings(session, a, x, kernel, isSequence: true))))
      }),
      // images, kernel, stride, padding, dilation, groups, output padding
      ("__conv_transpose2d", { session, a in
        let x = try input(session, a, "conv_transpose2d", isSequence: false)
        let kernel = try kernel(session, a, "[channels, filters, rows, columns]")
        let steps = try pair(session, a[2], "`stride`"), dilation = try optionalPair(session, a[4], "`dilation`", isSequence: false)
        var more = try optionalPair(session, a[6], "`output_padding`", isSequence: false, otherwise: 0)
        var windows = Windows(strideY: steps.0, strideX: steps.1)
        if case .string(let text) = session.read(a[3]) {
          // As many windows as the image is large, times the stride: what overlaps is cut off, what is missing is added.
          if text.text == "same" {
            func cut(_ size: Int, _ dilation: Int, _ step: Int) -> Int { (size - 1).multipliedReportingOverflow(by: dilation).partialValue + 1 - step }
            let rows = cut(kernel.shape[2], dilation.0, steps.0), columns = cut(kernel.shape[3], dilation.1, steps.1)
            (windows.top, windows.left) = (max(0, rows) / 2, max(0, columns) / 2)
            (windows.bottom, windows.right) = (max(0, rows) - windows.top, max(0, columns) - windows.left)
            more = (max(0, -rows), max(0, -columns))
          } else if text.text != "valid" {
            throw paddingFailure(text.text)
          }
        } else {
          let (rows, columns) = try pair(session, a[3], "`padding`")
          (windows.top, windows.bottom, windows.left, windows.right) = (rows, rows, columns, columns)
        }
        let settings = try ConvolutionSettings(windows, dilationY: dilation.0, dilationX: dilation.1, groups: groups(session, a[5]))
        return .tensor(try session.engine.transposedConvolution(x, kernel, settings, moreRows: more.0, moreColumns: more.1))
      }),
      // images or sequences, size, stride (nothing: the size), padding
      ("__maxpool", { session, a in
        try pooled(session, a, "maxpool") { x, size, windows in try session.engine.maxPool(x, height: size.0, width: size.1, windows) }
      }),
      // images or sequences, size, stride (nothing: the size), padding
      ("__avgpool", { session, a in
        try pooled(session, a, "avgpool") { given, size, windows in
          guard size.0 > 0, size.1 > 0 else {
            throw Failure(.value, "the size of a window must be 1 or more, not \(min(size.0, size.1))", argument: 1)
          }
          let engine = session.engine
          let x = given.type.isFloat ? given : try engine.cast(given, to: .f32)
          // A window of equal weights, the same for each channel by itself.
          let kernel = try engine.full(1 / (Double(size.0) * Double(size.1)), Shape([1, 1, size.0, size.1]), x.type)
          let planes = try engine.reshape(x, [x.shape[0] * x.shape[1], 1, x.shape[2], x.shape[3]])
          let means = try engine.convolution(planes, kernel, windows)
          return try engine.reshape(means, [x.shape[0], x.shape[1], means.shape[2], means.shape[3]])
        }
      }),
      // images or sequences, name: the number of channels; with a rank of that one only
      ("__channel_count", { session, a in
        let name = try session.string(a[1], "the name"), x = try session.tensorArgument(a, 0, "the input of `\(name)`")
        var isSequence = x.rank == 3
        if case .number(let rank) = session.read(a[2]) { isSequence = rank == 3 }
        _ = try input(session, a, name, isSequence: isSequence)
        return .number(Double(x.shape[1]))
      }),
      // a number or a pair, what it is: (rows, columns)
      ("__pair", { session, a in
        let what = try session.string(a[1], "the name")
        let (rows, columns) = try pair(session, a[0], what)
        guard rows > 0, columns > 0 else { throw Failure(.value, "\(what) must be 1 or more, not \(min(rows, columns))", argument: 0) }
        return .tuple([.number(Double(rows)), .number(Double(columns))])
      }),
    ]
  }

  /// Images; or sequences, as images of one row.
  private static func input(_ session: Session, _ a: Arguments, _ name: String, isSequence: Bool) throws -> Tensor {
    let x = try session.tensorArgument(a, 0, "the input of `\(name)`")
    if isSequence {
      guard x.rank == 3 else {
        throw Failure(
          .shape, "`\(name)` needs sequences [batch, channels, length], and x is \(x.shape)",
          hint: x.rank == 2 ? "`x.expand(axis: 1)` makes one channel of sequences [batch, length]" : nil, argument: 0)
      }
      return try session.engine.reshape(x, [x.shape[0], x.shape[1], 1, x.shape[2]])
    }
    guard x.rank == 4 else {
      throw Failure(
        .shape, "`\(name)` needs images [batch, channels, height, width], and x is \(x.shape)",
        hint: x.rank == 3
          ? "`x.expand(axis: 1)` makes one channel of images [batch, height, width]"
          : x.rank == 2 ? "`x.reshape(-1, channels, height, width)` makes images of rows" : nil, argument: 0)
    }
    return x
  }

  /// The one row of such images taken away again.
  private static func sequence(_ session: Session, _ x: Tensor) throws -> Tensor {
    try session.engine.reshape(x, [x.shape[0], x.shape[1], x.shape[3]])
  }

  private static func kernel(_ session: Session, _ a: Arguments, _ axes: String, isSequence: Bool = false) throws -> Tensor {
    let kernel = try session.tensorArgument(a, 1, "the kernel")
    guard kernel.rank == (isSequence ? 3 : 4) else { throw Failure(.shape, "a kernel is \(axes), and this one is \(kernel.shape)", argument: 1) }
    return isSequence ? try session.engine.reshape(kernel, [kernel.shape[0], kernel.shape[1], 1, kernel.shape[2]]) : kernel
  }

  /// A pool over images, or over sequences with windows of one row.
  private static func pooled(
    _ session: Session, _ a: Arguments, _ name: String, _ body: (Tensor, (Int, Int), Windows) throws -> Tensor
  ) throws -> Value {
    let given = try session.tensorArgument(a, 0, "the input of `\(name)`"), isSequence = given.rank == 3
    let x = try input(session, a, name, isSequence: isSequence)
    let size = try extent(session, a[1], "the size of a window", isSequence: isSequence)
    let stride = if case .nothing = session.read(a[2]) { a[1] } else { a[2] }
    let windows = try windows(session, x, size: size, stride: stride, padding: a[3], isSequence: isSequence)
    let result = try body(x, size, windows)
    return .tensor(isSequence ? try sequence(session, result) : result)
  }

  /// One whole number for both axes, or (rows, columns).
  private static func pair(_ session: Session, _ value: Value, _ what: String) throws -> (Int, Int) {
    let numbers = try session.wholesArgument(value, what)
    guard numbers.count == 1 || numbers.count == 2 else {
      throw Failure(.value, "\(what) is a number or a pair (rows, columns), not \(numbers.count) numbers")
    }
    return (numbers[0], numbers[numbers.count - 1])
  }

  /// A pair, or for a sequence one number beside what a single row needs.
  private static func extent(_ session: Session, _ value: Value, _ what: String, isSequence: Bool, ofOneRow: Int = 1) throws -> (Int, Int) {
    guard isSequence else { return try pair(session, value, what) }
    return (ofOneRow, try session.whole(value, what))
  }

  /// The same; `nothing` counts as 1, or as told.
  private static func optionalPair(_ session: Session, _ value: Value, _ what: String, isSequence: Bool, otherwise: Int = 1) throws -> (Int, Int) {
    if case .nothing = session.read(value) { return (otherwise, otherwise) }
    return try extent(session, value, what, isSequence: isSequence)
  }

  private static func groups(_ session: Session, _ value: Value) throws -> Int {
    if case .nothing = session.read(value) { return 1 }
    return try session.whole(value, "`groups`")
  }

  private static func settings(_ session: Session, _ a: Arguments, _ x: Tensor, _ kernel: Tensor, isSequence: Bool) throws -> ConvolutionSettings {
    let dilation = try optionalPair(session, a[4], "`dilation`", isSequence: isSequence)
    // What overflows here is refused with the settings.
    func span(_ size: Int, _ dilation: Int) -> Int {
      let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: dilation)
      return overflow || reach.magnitude > 1 << 60 ? size : reach + 1
    }
    let size = (span(kernel.shape[2], dilation.0), span(kernel.shape[3], dilation.1))
    let windows = try windows(session, x, size: size, stride: a[2], padding: a[3], isSequence: isSequence)
    return try ConvolutionSettings(windows, dilationY: dilation.0, dilationX: dilation.1, groups: groups(session, a[5]))
  }

  private static func paddingFailure(_ text: String) -> Failure {
    Failure(.value, "`padding` is a number, a pair (rows, columns), \"same\" or \"valid\", not \"\(text)\"")
  }

  /// `padding` may be "valid" for none, and "same" for as much as gives ⌈size / stride⌉ windows an axis; where that is odd,
  /// one more at the end.
  private static func windows(
    _ session: Session, _ x: Tensor, size: (Int, Int), stride: Value, padding: Value, isSequence: Bool
  ) throws -> Windows {
    let steps = try extent(session, stride, "`stride`", isSequence: isSequence)
    guard case .string(let text) = session.read(padding) else {
      let (rows, columns) = try extent(session, padding, "`padding`", isSequence: isSequence, ofOneRow: 0)
      return Windows(strideY: steps.0, strideX: steps.1, top: rows, bottom: rows, left: columns, right: columns)
    }
    switch text.text {
    case "valid": return Windows(strideY: steps.0, strideX: steps.1)
    case "same":
      func total(_ length: Int, _ size: Int, _ step: Int) -> Int {
        // A wrong step is refused with the windows.
        step < 1 ? 0 : max(0, ((length + step - 1) / step - 1) * step + size - length)
      }
      let rows = total(x.shape[2], size.0, steps.0), columns = total(x.shape[3], size.1, steps.1)
      return Windows(
        strideY: steps.0, strideX: steps.1, top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2)
    default: throw paddingFailure(text.text)
    }
  }
}
