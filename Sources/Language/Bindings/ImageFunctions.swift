import Syntax
import Tensors

/// Functions on images [batch, channels, height, width].
enum ImageFunctions {
  static var table: NativeTable {
    [
      // images, kernel, stride, padding
      ("__conv2d", { session, a in
        let x = try images(session, a, "conv2d"), kernel = try session.tensorArgument(a, 1, "the kernel of `conv2d`")
        guard kernel.rank == 4 else {
          throw Failure(.shape, "a kernel is [filters, channels, rows, columns], and this one is \(kernel.shape)", argument: 1)
        }
        let windows = try windows(session, x, size: (kernel.shape[2], kernel.shape[3]), stride: a[2], padding: a[3])
        return .tensor(try session.engine.convolution(x, kernel, windows))
      }),
      // images, size, stride (nothing: the size), padding
      ("__maxpool", { session, a in
        let x = try images(session, a, "maxpool"), size = try pair(session, a[1], "the size of a window")
        let windows = try windows(session, x, size: size, stride: pooling(session, a[2], else: a[1]), padding: a[3])
        return .tensor(try session.engine.maxPool(x, height: size.0, width: size.1, windows))
      }),
      // images, size, stride (nothing: the size), padding
      ("__avgpool", { session, a in
        let given = try images(session, a, "avgpool"), size = try pair(session, a[1], "the size of a window")
        guard size.0 > 0, size.1 > 0 else {
          throw Failure(.value, "the size of a window must be 1 or more, not \(min(size.0, size.1))", argument: 1)
        }
        let windows = try windows(session, given, size: size, stride: pooling(session, a[2], else: a[1]), padding: a[3])
        let engine = session.engine
        let x = given.type.isFloat ? given : try engine.cast(given, to: .f32)
        // A window of equal weights, the same for each channel by itself.
        let kernel = try engine.full(1 / (Double(size.0) * Double(size.1)), Shape([1, 1, size.0, size.1]), x.type)
        let planes = try engine.reshape(x, [x.shape[0] * x.shape[1], 1, x.shape[2], x.shape[3]])
        let means = try engine.convolution(planes, kernel, windows)
        return .tensor(try engine.reshape(means, [x.shape[0], x.shape[1], means.shape[2], means.shape[3]]))
      }),
      // images, name: the number of channels
      ("__channel_count", { session, a in
        .number(Double(try images(session, a, session.string(a[1], "the name")).shape[1]))
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

  private static func images(_ session: Session, _ a: Arguments, _ name: String) throws -> Tensor {
    let x = try session.tensorArgument(a, 0, "the input of `\(name)`")
    guard x.rank == 4 else {
      throw Failure(
        .shape, "`\(name)` needs images [batch, channels, height, width], and x is \(x.shape)",
        hint: x.rank == 3
          ? "`x.expand(axis: 1)` makes one channel of images [batch, height, width]"
          : x.rank == 2 ? "`x.reshape(-1, channels, height, width)` makes images of rows" : nil, argument: 0)
    }
    return x
  }

  private static func pooling(_ session: Session, _ stride: Value, else size: Value) -> Value {
    if case .nothing = session.read(stride) { size } else { stride }
  }

  /// One whole number for both axes, or (rows, columns).
  private static func pair(_ session: Session, _ value: Value, _ what: String) throws -> (Int, Int) {
    let numbers = try session.wholesArgument(value, what)
    guard numbers.count == 1 || numbers.count == 2 else {
      throw Failure(.value, "\(what) is a number or a pair (rows, columns), not \(numbers.count) numbers")
    }
    return (numbers[0], numbers[numbers.count - 1])
  }

  /// `padding` may be "valid" for none, and "same" for as much as gives ⌈size / stride⌉ windows an axis; where that is odd,
  /// one more at the end.
  private static func windows(
    _ session: Session, _ x: Tensor, size: (Int, Int), stride: Value, padding: Value
  ) throws -> Windows {
    let steps = try pair(session, stride, "`stride`")
    guard case .string(let text) = session.read(padding) else {
      let (rows, columns) = try pair(session, padding, "`padding`")
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
    default: throw Failure(.value, "`padding` is a number, a pair (rows, columns), \"same\" or \"valid\", not \"\(text.text)\"")
    }
  }
}
