import Syntax
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Functions of tensors: elementwise ones and reductions. Numbers give numbers, tensors tensors.
enum TensorFunctions {
  static var table: NativeTable { elementwise + reductions }

  // MARK: - Elementwise

  private static var elementwise: NativeTable {
    [
      unary("__exp", .exp) { exp($0) },
      unary("__expm1", .expm1) { expm1($0) },
      unary("__log", .log) { log($0) },
      unary("__log1p", .log1p) { log1p($0) },
      unary("__sqrt", .sqrt) { $0.squareRoot() },
      unary("__abs", .absolute) { abs($0) },
      unary("__sign", .sign) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 },
      unary("__sin", .sin) { sin($0) },
      unary("__cos", .cos) { cos($0) },
      unary("__tan", .tan) { tan($0) },
      unary("__asin", .asin) { asin($0) },
      unary("__acos", .acos) { acos($0) },
      unary("__atan", .atan) { atan($0) },
      unary("__sinh", .sinh) { sinh($0) },
      unary("__cosh", .cosh) { cosh($0) },
      unary("__tanh", .tanh) { tanh($0) },
      unary("__erf", .erf) { erf($0) },
      unary("__sigmoid", .sigmoid) { $0 >= 0 ? 1 / (1 + exp(-$0)) : exp($0) / (1 + exp($0)) },
      unary("__floor", .floor) { $0.rounded(.down) },
      unary("__ceil", .ceil) { $0.rounded(.up) },
      unary("__round", .round) { $0.rounded(.toNearestOrEven) },
      ("__isnan", { session, a in
        let x = session.read(a[0])
        if case .number(let value) = x { return .bool(value.isNaN) }
        let tensor = try session.tensorArgument(x, "the argument of `isnan`")
        let float = tensor.type.isFloat ? tensor : try session.engine.cast(tensor, to: .f32)
        return .tensor(try session.engine.unary(.isNan, float))
      }),
      ("__maximum", { session, a in
        try binary(session, a, .maximum, "max") { $0.isNaN || $1.isNaN ? .nan : Swift.max($0, $1) }
      }),
      ("__minimum", { session, a in
        try binary(session, a, .minimum, "min") { $0.isNaN || $1.isNaN ? .nan : Swift.min($0, $1) }
      }),
      ("__where", { session, a in
        let condition = session.read(a[0])
        if case .bool(let flag) = condition {
          let (yes, no) = (session.read(a[1]), session.read(a[2]))
          if case .number = yes, case .number = no { return flag ? yes : no }
        }
        let mask = try session.tensorArgument(condition, "the condition of `where`")
        guard mask.type == .bool else {
          throw Failure(
            .type, "the condition of `where` must be bool, not \(mask.type.name)", hint: "compare it with something, as in `where(x > 0, a, b)`",
            argument: 0)
        }
        let yes = try session.tensorArgument(a, 1, "the second argument of `where`")
        let no = try session.tensorArgument(a, 2, "the third argument of `where`")
        return session.makeNumber(try session.engine.select(mask, yes, no))
      }),
    ]
  }

  private static func unary(_ name: String, _ op: Op, _ function: @escaping (Double) -> Double)
    -> (name: String, body: (Session, Arguments) throws -> Value)
  {
    (name, { session, a in
      let x = session.read(a[0])
      switch x {
      case .number(let value): return .number(function(value))
      case .tensor(let tensor): return session.makeNumber(try session.engine.unary(op, tensor))
      default:
        let tensor = try session.tensorArgument(x, "the argument of `\(name.dropFirst(2))`")
        return session.makeNumber(try session.engine.unary(op, tensor))
      }
    })
  }

  private static func binary(
    _ session: Session, _ a: Arguments, _ op: Op, _ name: String, _ function: (Double, Double) -> Double
  ) throws -> Value {
    let (x, y) = (session.read(a[0]), session.read(a[1]))
    if case .number(let x) = x, case .number(let y) = y { return .number(function(x, y)) }
    let left = try session.tensorArgument(x, "the first argument of `\(name)`")
    let right = try session.tensorArgument(y, "the second argument of `\(name)`")
    return session.makeNumber(try session.engine.binary(op, left, right))
  }

  // MARK: - Reductions

  private static var reductions: NativeTable {
    [
      ("__sum", { session, a in
        try reduced(session, a, "sum") { tensor, axes, keep in try session.engine.reduce(.sum, tensor, axes: axes, keep: keep) }
      }),
      ("__prod", { session, a in
        try reduced(session, a, "prod") { tensor, axes, keep in try session.engine.reduce(.product, tensor, axes: axes, keep: keep) }
      }),
      ("__max", { session, a in
        try reduced(session, a, "max") { tensor, axes, keep in
          try session.engine.reduce(.reduceMaximum, tensor, axes: axes, keep: keep)
        }
      }),
      ("__min", { session, a in
        try reduced(session, a, "min") { tensor, axes, keep in
          try session.engine.reduce(.reduceMinimum, tensor, axes: axes, keep: keep)
        }
      }),
      ("__mean", { session, a in
        try reduced(session, a, "mean") { tensor, axes, keep in
          let engine = session.engine
          let count = (axes ?? Array(0..<tensor.rank)).reduce(1) { $0 * tensor.shape[$1] }
          guard count > 0 else { throw TensorError.emptyReduction(operation: "mean", tensor.shape) }
          let float = tensor.type.isFloat ? tensor : try engine.cast(tensor, to: .f32)
          let total = try engine.reduce(.sum, float, axes: axes, keep: keep)
          return try engine.binary(.divide, total, engine.number(Double(count)))
        }
      }),
      ("__any", { session, a in try quantified(session, a, "any") }),
      ("__all", { session, a in try quantified(session, a, "all") }),
      ("__argmax", { session, a in try argument(session, a, .argmax, "argmax") }),
      ("__argmin", { session, a in try argument(session, a, .argmin, "argmin") }),
      ("__cumsum", { session, a in
        var tensor = try session.tensorArgument(a, 0, "the argument of `cumsum`")
        guard case .nothing = session.read(a[1]) else {
          let axis = try session.axisArgument(a[1], rank: tensor.rank, operation: "cumsum")
          return .tensor(try session.engine.cumulativeSum(tensor, axis: axis))
        }
        if tensor.rank != 1 { tensor = try session.engine.reshape(tensor, [tensor.count]) }
        return .tensor(try session.engine.cumulativeSum(tensor, axis: 0))
      }),
    ]
  }

  /// `x`, `axis`, `keep`. A number is its own sum, product, mean, maximum and minimum.
  private static func reduced(
    _ session: Session, _ a: Arguments, _ name: String, _ body: (Tensor, [Int]?, Bool) throws -> Tensor
  ) throws -> Value {
    let x = session.read(a[0])
    if case .number = x, case .nothing = session.read(a[1]) { return x }
    let tensor = try session.tensorArgument(x, "the argument of `\(name)`")
    if tensor.isNumber, case .nothing = session.read(a[1]) { return x }
    let axes = try session.axesArgument(a[1], rank: tensor.rank, operation: name)
    return session.makeNumber(try body(tensor, axes, session.flagArgument(a[2], "`keep`")))
  }

  private static func quantified(_ session: Session, _ a: Arguments, _ name: String) throws -> Value {
    let x = session.read(a[0])
    if case .bool = x, case .nothing = session.read(a[1]) { return x }
    let tensor = try session.tensorArgument(x, "the argument of `\(name)`")
    guard tensor.type == .bool else {
      throw Failure(
        .type, "`\(name)` needs a bool tensor, this one is \(tensor.type.name)", hint: "compare it first, as in `\(name)(x != 0)`", argument: 0)
    }
    let engine = session.engine
    let axes = try session.axesArgument(a[1], rank: tensor.rank, operation: name)
    let keep = try session.flagArgument(a[2], "`keep`")
    // By counting, so that nothing of no elements is special: any is false and all is true.
    let counted = name == "any" ? tensor : try engine.unary(.not, tensor)
    let count = try engine.reduce(.sum, counted, axes: axes, keep: keep)
    let answer = try engine.binary(name == "any" ? .notEqual : .equal, count, engine.scalar(0, .i32))
    return .tensor(answer)
  }

  private static func argument(_ session: Session, _ a: Arguments, _ op: Op, _ name: String) throws -> Value {
    let tensor = try session.tensorArgument(a, 0, "the argument of `\(name)`")
    var axis: Int?
    if case .nothing = session.read(a[1]) {} else {
      axis = try session.axisArgument(a[1], rank: tensor.rank, operation: name)
    }
    return .tensor(try session.engine.argReduce(op, tensor, axis: axis, keep: session.flagArgument(a[2], "`keep`")))
  }
}
