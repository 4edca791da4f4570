import Syntax
import Tensors

/// Functions that make tensors: filled, counted, drawn at random, converted.
enum MakeFunctions {
  static var table: NativeTable { filled + random + converted }

  // MARK: - Filled

  private static var filled: NativeTable {
    [
      ("__full", { session, a in
        let value = session.read(a[1])
        let shape = try Shape(session.sizesArgument(a[0], "a shape"))
        let type = try session.typeArgument(a[2])
        if case .tensor(let tensor) = value, !tensor.isNumber || tensor.rank > 0 {
          return .tensor(try session.engine.broadcast(session.engine.cast(tensor, to: type), to: shape))
        }
        if case .bool(let flag) = value { return .tensor(try session.engine.full(flag ? 1 : 0, shape, type)) }
        return .tensor(try session.engine.full(session.number(value, "the value to fill with"), shape, type))
      }),
      ("__like", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument")
        var type = tensor.isNumber ? ElementType.f32 : tensor.type
        if case .nothing = session.read(a[2]) {} else { type = try session.typeArgument(a[2]) }
        return .tensor(try session.engine.full(session.number(a[1], "the value to fill with"), tensor.shape, type))
      }),
      ("__eye", { session, a in
        let rows = try session.whole(a[0], "the number of rows")
        var columns = rows
        if case .nothing = session.read(a[1]) {} else { columns = try session.whole(a[1], "the number of columns") }
        let mask = try SelectFunctions.band(session, rows: rows, columns: columns, offset: 0, .equal)
        return .tensor(try session.engine.cast(mask, to: session.typeArgument(a[2])))
      }),
      ("__arange", { session, a in
        // arange(stop), arange(start, stop), arange(start, stop, step)
        var start = 0.0
        var stop = try session.number(a[0], "the first argument of `arange`")
        if case .nothing = session.read(a[1]) {} else {
          start = stop
          stop = try session.number(a[1], "the stop of `arange`")
        }
        let step = try session.number(a[2], "the step of `arange`")
        guard step != 0, step.isFinite, start.isFinite, stop.isFinite else {
          throw Failure(.value, "`arange` needs finite numbers and a step other than 0; given were \(start), \(stop), \(step)")
        }
        let type = try session.typeArgument(a[3])
        let range = RangeValue(start: start, stop: stop, step: step, isInclusive: false)
        if start == start.rounded(), step == 1, type.isFloat || type == .i32, abs(start) < 1e9, range.count < 1 << 30 {
          return .tensor(try session.engine.iota(range.count, start: Int(start), type))
        }
        return .tensor(try session.engine.tensor(doubles: session.numbers(of: range), Shape([range.count]), as: type))
      }),
      ("__linspace", { session, a in
        let start = try session.number(a[0], "the start of `linspace`")
        let stop = try session.number(a[1], "the stop of `linspace`")
        let count = try session.whole(a[2], "the count of `linspace`")
        guard count >= 0 else { throw Failure(.value, "`linspace` can't make \(count) numbers", argument: 2) }
        let shape = try Shape([count])
        try session.engine.requireMemory(forNumbers: count)
        let values = (0..<count).map { index -> Double in
          if index == count - 1 && count > 1 { return stop }
          return count > 1 ? start + (stop - start) * Double(index) / Double(count - 1) : start
        }
        return .tensor(try session.engine.tensor(doubles: values, shape, as: session.typeArgument(a[3])))
      }),
      ("__one_hot", { session, a in
        let labels = try session.tensorArgument(a, 0, "the labels of `one_hot`")
        let values = try session.engine.doubles(labels)
        var classes = (values.max().map { Int(clamping: Int64($0.isFinite ? Swift.min($0, 1e9) : 0)) } ?? -1) + 1
        if case .nothing = session.read(a[1]) {} else { classes = try session.whole(a[1], "the number of classes") }
        for value in values where value != value.rounded() || value < 0 || value >= Double(classes) {
          throw Failure(
            .index, "the label \(try session.text(.number(value))) is not a whole number from 0 to \(classes - 1)",
            hint: "labels count from 0; `one_hot(labels, classes)` sets the number of classes", argument: 0)
        }
        let type = try session.typeArgument(a[2])
        let column = try session.engine.reshape(labels, labels.shape.dimensions + [1])
        let numbers = try session.engine.cast(column, to: .i32)
        let equal = try session.engine.binary(.equal, numbers, session.engine.iota(classes, .i32))
        return .tensor(try session.engine.cast(equal, to: type))
      }),
    ]
  }

  // MARK: - Random

  private static var random: NativeTable {
    [
      // shape, low, high, type
      ("__uniform", { session, a in
        let shape = try Shape(session.sizesArgument(a[0], "a shape"))
        let draws = try session.engine.uniform(shape, floating(session, a[3], "uniform"))
        return .tensor(try scaled(session, draws, a[1], a[2]) { low, high in (low, high - low) })
      }),
      // shape, mean, standard deviation, type
      ("__normal", { session, a in
        let shape = try Shape(session.sizesArgument(a[0], "a shape"))
        let draws = try session.engine.normal(shape, floating(session, a[3], "normal"))
        return .tensor(try scaled(session, draws, a[1], a[2]) { mean, deviation in (mean, deviation) })
      }),
      ("__randint", { session, a in
        let low = try session.whole(a[0], "the lowest number"), high = try session.whole(a[1], "the number to stay below")
        guard low < high else {
          throw Failure(.value, "`randint` draws from \(low) up to, not including, \(high): there is no such number", argument: 1)
        }
        guard Int32(exactly: low) != nil, Int32(exactly: high - 1) != nil else {
          throw Failure(.value, "`randint` draws i32 numbers; \(low) to \(high) is too wide")
        }
        return .tensor(try session.engine.randomIntegers(low: low, high: high, Shape(session.sizesArgument(a[2], "a shape"))))
      }),
      ("__permutation", { session, a in
        let count = try session.whole(a[0], "the length of a permutation")
        guard count >= 0 else { throw Failure(.value, "a permutation can't have \(count) elements", argument: 0) }
        return .tensor(try session.engine.permutation(count))
      }),
    ]
  }

  private static func floating(_ session: Session, _ value: Value, _ name: String) throws -> ElementType {
    let type = try session.typeArgument(value)
    guard type.isFloat else {
      throw Failure(.type, "`\(name)` draws f32 or f64, not \(type.name)", hint: "`randint(low, high, shape)` draws whole numbers")
    }
    return type
  }

  private static func scaled(
    _ session: Session, _ draws: Tensor, _ first: Value, _ second: Value, _ scale: (Double, Double) -> (offset: Double, factor: Double)
  ) throws -> Tensor {
    let (offset, factor) = try scale(session.number(first, "the first bound"), session.number(second, "the second bound"))
    let engine = session.engine
    let stretched = factor == 1 ? draws : try engine.binary(.multiply, draws, engine.number(factor))
    return offset == 0 ? stretched : try engine.binary(.add, stretched, engine.number(offset))
  }

  // MARK: - Converted

  private static var converted: NativeTable {
    [
      // value, type
      ("__cast", { session, a in
        let type = try session.typeArgument(a[1])
        let value = session.read(a[0])
        if case .string = value {
          throw Failure(.type, "a string is no tensor", hint: "`number(s)` reads the number in a string", argument: 0)
        }
        let tensor = try session.tensorArgument(value, "the argument of `\(type.name)`", numbers: wide(type))
        return .tensor(try session.engine.cast(tensor, to: type))
      }),
      // value, type or nothing to keep it
      ("__tensor", { session, a in
        let value = session.read(a[0])
        let tensor: Tensor
        let numbers = wide(try session.typeArgument(a[1]))
        if case .tuple(let tuple) = value {
          tensor = try session.tensorArgument(.list(tuple.elements), "the argument of `tensor`", numbers: numbers)
        } else {
          tensor = try session.tensorArgument(value, "the argument of `tensor`", numbers: numbers)
        }
        if case .nothing = session.read(a[1]) {
          return .tensor(tensor.isNumber ? try session.engine.cast(tensor, to: .f32) : tensor)
        }
        return .tensor(try session.engine.cast(tensor, to: session.typeArgument(a[1])))
      }),
    ]
  }

  /// The type in which the numbers of a list keep all that their target holds.
  private static func wide(_ type: ElementType) -> ElementType { type == .f64 || type == .i32 ? .f64 : .f32 }
}
