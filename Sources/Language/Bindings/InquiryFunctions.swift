import Syntax
import Tensors

/// What library code asks about its arguments: sizes, ranks, fields.
enum InquiryFunctions {
  static var table: NativeTable { sizes + layers + fields }

  private static var sizes: NativeTable {
    [
      ("__rank", { session, a in .number(Double(try session.tensorArgument(a, 0, "the argument").rank)) }),
      // the shape as a tuple, also of a number
      ("__shape", { session, a in
        .tuple(try session.tensorArgument(a, 0, "the argument").shape.dimensions.map { .number(Double($0)) })
      }),
      // the shape as errors write it: [64, 10]
      ("__dimensions", { session, a in .string(try session.tensorArgument(a, 0, "the argument").shape.description) }),
      // a shape given as a call's remaining arguments, as a list
      ("__dimension_list", { session, a in .list(try session.sizesArgument(a[0], "a shape").map { .number(Double($0)) }) }),
      // what operators can take: of a list or range its tensor, all else as it is
      ("__operand", { session, a in
        switch session.read(a[0]) {
        case .list, .range: .tensor(try session.tensorArgument(a, 0, "the argument"))
        case let other: other
        }
      }),
      // x, axes: how many elements go into one result, less one
      ("__degrees", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument")
        let axes = try session.axesArgument(a[1], rank: tensor.rank, operation: "var") ?? Array(0..<tensor.rank)
        let count = axes.reduce(1) { $0 * tensor.shape[$1] }
        guard count > 1 else {
          throw Failure(.value, "the variance of a sample needs at least two elements, and there are \(count)")
        }
        return .number(Double(count - 1))
      }),
      // a tuple of values: computes their tensors now, in one go
      ("__realize", { session, a in
        var tensors: [Tensor] = []
        for value in try session.list(a[0], "the values") {
          if case .tensor(let tensor) = session.read(value) { tensors.append(tensor) }
        }
        try session.engine.realize(tensors)
        return .nothing
      }),
      ("__display", { session, a in .string(try session.display(a[0])) }),
    ]
  }

  private static var layers: NativeTable {
    [
      // x, name: the size of the last axis, which a layer is built for
      ("__last_size", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the input")
        guard tensor.rank > 0 else {
          throw Failure(.shape, "`\(try session.string(a[1], "the name"))` needs an input with an axis, not a single number", argument: 0)
        }
        return .number(Double(tensor.shape[tensor.rank - 1]))
      }),
      // x, expected size of the last axis, name
      ("__expect_last", { session, a in
        guard case .tensor(let tensor) = session.read(a[0]), tensor.rank > 0 else {
          let found = try session.tensorArgument(a, 0, "the input")
          if found.rank == 0 {
            throw Failure(.shape, "`\(try session.string(a[2], "the name"))` needs an input with an axis, not a single number", argument: 0)
          }
          return .nothing
        }
        let expected = try session.whole(a[1], "the number of inputs")
        let found = tensor.shape[tensor.rank - 1]
        guard found == expected else {
          let name = try session.string(a[2], "the name")
          var failure = Failure(
            .shape, "`\(name)` expects \(expected) inputs on the last axis, and x is \(tensor.shape)", argument: 0)
          let rest = tensor.shape.dimensions.dropFirst().reduce(1, *)
          failure.hints.append(
            tensor.rank > 2 && rest == expected
              ? "`flatten` before it makes x [\(tensor.shape[0]), \(rest)]" : "its size came from its first input, or from `inputs:`")
          throw failure
        }
        return .nothing
      }),
      // layer: its parameters are there, `build` is not needed
      ("__mark_built", { _, a in
        if case .layer(let layer) = a[0] { layer.isBuilt = true }
        return .nothing
      }),
      // x: the size of axis 1, where features lie
      ("__feature_count", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the input")
        try requireFeatures(tensor)
        return .number(Double(tensor.shape[1]))
      }),
      // x, expected number of features: all axes but axis 1
      ("__batch_axes", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the input")
        try requireFeatures(tensor)
        let features = try session.whole(a[1], "the number of features")
        guard tensor.shape[1] == features else {
          throw Failure(.shape, "`batchnorm` was built for \(features) features on axis 1, and x is \(tensor.shape)", argument: 0)
        }
        return .tuple((0..<tensor.rank).filter { $0 != 1 }.map { .number(Double($0)) })
      }),
      // x: [features, 1, 1] for [n, features, height, width]
      ("__feature_shape", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the input")
        try requireFeatures(tensor)
        return .tuple([.number(Double(tensor.shape[1]))] + Array(repeating: .number(1), count: tensor.rank - 2))
      }),
    ]
  }

  private static func requireFeatures(_ tensor: Tensor) throws {
    guard tensor.rank >= 2 else {
      throw Failure(.shape, "`batchnorm` needs [n, features] or more axes, and x is \(tensor.shape)", argument: 0)
    }
  }

  private static var fields: NativeTable {
    [
      // layer or record, name: what the field holds, the cell itself if it is one
      ("__get_field", { session, a in
        let name = try session.string(a[1], "the name of a field")
        switch a[0] {
        case .layer(let layer):
          if let slot = layer.type.slots[name] { return layer.fields[slot] }
        case .tuple(let tuple):
          if let index = tuple.index(of: name) { return tuple.elements[index] }
        default: break
        }
        throw Failure(.name, "there is no field `\(name)`")
      }),
      // two lists one after the other
      ("__joined", { session, a in
        .list(try session.list(a[0], "the first list") + session.list(a[1], "the second list"))
      }),
    ]
  }
}
