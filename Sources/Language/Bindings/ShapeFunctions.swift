import Syntax
import Tensors

/// Functions that move a tensor's elements without changing them.
enum ShapeFunctions {
  static var table: NativeTable {
    [
      ("__reshape", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `reshape`")
        return .tensor(try session.engine.reshape(tensor, session.sizesArgument(a[1], "a shape")))
      }),
      ("__flatten", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `flatten`")
        let first = min(max(try session.whole(a[1], "the first axis"), 0), tensor.rank)
        let sizes = tensor.shape.dimensions
        let flat = Array(sizes.prefix(first)) + [sizes.dropFirst(first).reduce(1, *)]
        return .tensor(try session.engine.reshape(tensor, flat))
      }),
      ("__squeeze", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `squeeze`")
        let sizes = tensor.shape.dimensions
        let axes = try session.axesArgument(a[1], rank: tensor.rank, operation: "squeeze")
        if let axis = axes?.first(where: { sizes[$0] != 1 }) {
          throw Failure(
            .shape, "`squeeze` removes axes of size 1; axis \(axis) of \(tensor.shape) has size \(sizes[axis])", argument: 0)
        }
        let kept = sizes.indices.filter { axis in axes.map { !$0.contains(axis) } ?? (sizes[axis] != 1) }
        return .tensor(try session.engine.reshape(tensor, kept.map { sizes[$0] }))
      }),
      ("__new_axis", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `expand`")
        let axis = try session.axisArgument(a[1], rank: tensor.rank + 1, operation: "expand")
        var sizes = tensor.shape.dimensions
        sizes.insert(1, at: axis)
        return .tensor(try session.engine.reshape(tensor, sizes))
      }),
      ("__broadcast", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `expand`")
        var sizes = try session.sizesArgument(a[1], "a shape")
        // -1 keeps the size that is there.
        let own = tensor.shape.dimensions
        let offset = sizes.count - own.count
        for position in sizes.indices where sizes[position] == -1 && position >= offset && offset >= 0 {
          sizes[position] = own[position - offset]
        }
        return .tensor(try session.engine.broadcast(tensor, to: Shape(sizes)))
      }),
      ("__transpose", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `transpose`")
        let axes = try session.axesArgument(a[1], rank: tensor.rank, operation: "transpose") ?? []
        if axes.isEmpty { return tensor.rank < 2 ? .tensor(tensor) : .tensor(try session.engine.transposeLast(tensor)) }
        guard axes.count == 2 else {
          throw Failure(
            .argument, "`transpose` swaps two axes and was given \(axes.count)", hint: "`permute(x, …)` takes them all in a new order")
        }
        var order = Array(0..<tensor.rank)
        order.swapAt(axes[0], axes[1])
        return .tensor(try session.engine.permute(tensor, order))
      }),
      ("__permute", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `permute`")
        var order = try session.sizesArgument(a[1], "the order of axes")
        order = order.map { $0 < 0 ? $0 + tensor.rank : $0 }
        guard order.sorted() == Array(0..<tensor.rank) else {
          throw Failure(
            .shape, "`permute` needs every axis of \(tensor.shape) once, 0 to \(max(tensor.rank - 1, 0)); given were \(order)", argument: 1)
        }
        return .tensor(try session.engine.permute(tensor, order))
      }),
      ("__concat", { session, a in
        let parts = try tensors(session, a[0], "concat")
        guard let first = parts.first else { throw TensorError.noParts(operation: "concat") }
        let axis = try session.axisArgument(a[1], rank: first.rank, operation: "concat")
        return .tensor(try session.engine.concatenate(parts, axis: axis))
      }),
      ("__stack", { session, a in
        let parts = try tensors(session, a[0], "stack")
        guard let first = parts.first else { throw TensorError.noParts(operation: "stack") }
        let axis = try session.axisArgument(a[1], rank: first.rank + 1, operation: "stack")
        return .tensor(try session.engine.stack(parts, axis: axis))
      }),
      ("__chunk", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `chunk`")
        let count = try session.whole(a[1], "the number of chunks")
        let axis = try session.axisArgument(a[2], rank: tensor.rank, operation: "chunk")
        guard count > 0 else { throw Failure(.value, "the number of chunks must be at least 1, not \(count)", argument: 1) }
        let length = tensor.shape[axis]
        let size = max((length + count - 1) / count, 1)
        return .list(
          try stride(from: 0, to: max(length, 1), by: size).map { start in
            .tensor(try part(session, tensor, axis: axis, start: start, count: min(size, length - start)))
          })
      }),
      ("__pad", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `pad`")
        let widths = try widths(session, a[1], rank: tensor.rank)
        let mode = if case .nothing = session.read(a[3]) { "constant" } else { try session.string(a[3], "`mode`") }
        if mode == "constant" { return .tensor(try session.engine.pad(tensor, widths, value: session.number(a[2], "the value to pad with"))) }
        return .tensor(try padded(session, tensor, widths, mode: mode))
      }),
      ("__flip", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `flip`")
        let axes = try session.axesArgument(a[1], rank: tensor.rank, operation: "flip") ?? Array(0..<tensor.rank)
        return .tensor(try flipped(session, tensor, axes: axes))
      }),
      ("__roll", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `roll`")
        let shift = try session.whole(a[1], "the shift")
        guard case .nothing = session.read(a[2]) else {
          let axis = try session.axisArgument(a[2], rank: tensor.rank, operation: "roll")
          return .tensor(try rolled(session, tensor, by: shift, axis: axis))
        }
        let flat = try session.engine.reshape(tensor, [tensor.count])
        return .tensor(try session.engine.reshape(rolled(session, flat, by: shift, axis: 0), tensor.shape.dimensions))
      }),
      ("__tile", { session, a in
        var tensor = try session.tensorArgument(a, 0, "the argument of `tile`")
        let times = try session.sizesArgument(a[1], "the number of repetitions")
        if let negative = times.first(where: { $0 < 0 }) {
          throw Failure(.value, "a tensor can't be repeated \(negative) times", argument: 1)
        }
        let rank = max(times.count, tensor.rank)
        tensor = try session.engine.reshape(tensor, Array(repeating: 1, count: rank - tensor.rank) + tensor.shape.dimensions)
        let engine = session.engine
        for (position, count) in times.enumerated() where count != 1 {
          let axis = rank - times.count + position
          // The axis with all that lies within it is one run, laid down `count` times.
          var sizes = tensor.shape.dimensions
          let before = sizes[..<axis].reduce(1, *), run = sizes[axis...].reduce(1, *)
          let (size, overflow) = sizes[axis].multipliedReportingOverflow(by: count)
          guard !overflow else { throw TensorError.tooManyElements(sizes) }
          sizes[axis] = size
          _ = try Shape(sizes)
          let repeated = try engine.broadcast(engine.reshape(tensor, [before, 1, run]), to: Shape([before, count, run]))
          tensor = try engine.reshape(repeated, sizes)
        }
        return .tensor(tensor)
      }),
    ]
  }

  /// Tensors of one type, the widest among them.
  private static func tensors(_ session: Session, _ value: Value, _ name: String) throws -> [Tensor] {
    var parts = try session.elementsArgument(value, "the argument of `\(name)`").map {
      try session.tensorArgument($0, "a part of `\(name)`")
    }
    // Numbers take the type of the tensors beside them.
    let type = parts.lazy.filter { !$0.isNumber }.map(\.type).max() ?? .f32
    for index in parts.indices where parts[index].type != type { parts[index] = try session.engine.cast(parts[index], to: type) }
    return parts
  }

  /// `count` neighbours along one axis.
  static func part(_ session: Session, _ tensor: Tensor, axis: Int, start: Int, count: Int) throws -> Tensor {
    var ranges = tensor.shape.dimensions.map { (start: 0, count: $0, step: 1) }
    ranges[axis] = (start: start, count: count, step: 1)
    return try session.engine.slice(tensor, ranges)
  }

  static func flipped(_ session: Session, _ tensor: Tensor, axes: [Int]) throws -> Tensor {
    var ranges = tensor.shape.dimensions.map { (start: 0, count: $0, step: 1) }
    for axis in axes where ranges[axis].count > 1 {
      ranges[axis] = (start: ranges[axis].count - 1, count: ranges[axis].count, step: -1)
    }
    return try session.engine.slice(tensor, ranges)
  }

  private static func rolled(_ session: Session, _ tensor: Tensor, by shift: Int, axis: Int) throws -> Tensor {
    let length = tensor.shape[axis]
    guard length > 0 else { return tensor }
    let offset = ((shift % length) + length) % length
    guard offset > 0 else { return tensor }
    return try session.engine.concatenate(
      [
        part(session, tensor, axis: axis, start: length - offset, count: offset),
        part(session, tensor, axis: axis, start: 0, count: length - offset),
      ], axis: axis)
  }

  /// A border of the tensor's own elements, axis by axis.
  private static func padded(_ session: Session, _ tensor: Tensor, _ widths: [(Int, Int)], mode: String) throws -> Tensor {
    let modes = ["constant", "edge", "reflect", "symmetric", "wrap"]
    guard modes.contains(mode) else {
      throw Failure(
        .value, "`pad` has no mode \"\(mode)\"", notes: ["its modes are " + modes.map { "\"\($0)\"" }.joined(separator: ", ")],
        hint: mode == "replicate" ? "\"edge\" repeats the last element" : mode == "circular" ? "\"wrap\" begins again at the other end" : nil)
    }
    var result = tensor
    for (axis, (low, high)) in widths.enumerated() where low > 0 || high > 0 {
      let length = tensor.shape[axis]
      guard length > 0 else { throw Failure(.value, "`pad` needs elements to repeat, and axis \(axis) of \(tensor.shape) is empty", argument: 0) }
      let (part, overflow) = low.addingReportingOverflow(high)
      guard !overflow, part < Int(Int32.max) - length else { throw TensorError.tooManyElements([low, length, high]) }
      let places = (-low..<length + high).map { place -> Int32 in
        func rest(_ period: Int) -> Int { ((place % period) + period) % period }
        switch mode {
        case "edge": return Int32(min(max(place, 0), length - 1))
        case "wrap": return Int32(rest(length))
        case "symmetric":
          let inside = rest(2 * length)
          return Int32(inside < length ? inside : 2 * length - 1 - inside)
        default:
          let inside = length == 1 ? 0 : rest(2 * length - 2)
          return Int32(inside < length ? inside : 2 * length - 2 - inside)
        }
      }
      result = try session.engine.gather(result, session.engine.tensor(ints: places, Shape([places.count])), axis: axis)
    }
    return result
  }

  /// One width for all sides, one for each axis, or (before, after) for each axis.
  private static func widths(_ session: Session, _ value: Value, rank: Int) throws -> [(Int, Int)] {
    func checked(_ pair: (Int, Int)) throws -> (Int, Int) {
      guard pair.0 >= 0 && pair.1 >= 0 else {
        throw Failure(.value, "a width to pad by can't be negative", hint: "a slice such as `x[1:-1]` takes elements away", argument: 1)
      }
      return pair
    }
    let value = session.read(value)
    if case .number = value {
      let width = try session.whole(value, "a width")
      return try (0..<rank).map { _ in try checked((width, width)) }
    }
    let items = try session.elementsArgument(value, "the widths of `pad`")
    if rank == 1, items.count == 2, let pair = try? items.map({ try session.whole($0, "a width") }) {
      return [try checked((pair[0], pair[1]))]
    }
    guard items.count == rank else {
      throw Failure(.shape, "`pad` needs a width, or one for each of the \(rank) axes; given were \(items.count)", argument: 1)
    }
    return try items.map { item in
      let pair = try session.wholesArgument(item, "a width")
      guard pair.count == 1 || pair.count == 2 else {
        throw Failure(.shape, "the widths of an axis are (before, after), not \(pair.count) numbers", argument: 1)
      }
      return try checked((pair[0], pair[pair.count - 1]))
    }
  }
}
