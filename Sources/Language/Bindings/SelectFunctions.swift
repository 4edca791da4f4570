import Syntax
import Tensors

/// Functions that choose elements: by index, by order, by place.
enum SelectFunctions {
  static var table: NativeTable {
    [
      ("__gather", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `gather`")
        let index = try session.tensorArgument(a, 1, "the index of `gather`")
        let axis = try session.axisArgument(a[2], rank: tensor.rank, operation: "gather")
        return session.makeNumber(try session.engine.gather(tensor, wholeIndex(session, index), axis: axis))
      }),
      // values, index, length, axis
      ("__scatter_add", { session, a in
        let values = try session.tensorArgument(a, 0, "the values of `scatter_add`")
        let index = try session.tensorArgument(a, 1, "the index of `scatter_add`")
        let length = try session.whole(a[2], "the length of `scatter_add`")
        let axis = try session.axisArgument(a[3], rank: values.rank, operation: "scatter_add")
        return .tensor(try session.engine.scatterAdd(values, wholeIndex(session, index), axis: axis, length: length))
      }),
      // scores [n, k] or [..., k], labels [...]: scores[i, labels[i]]
      ("__pick", { session, a in
        let scores = try session.tensorArgument(a, 0, "the scores")
        let labels = try wholeIndex(session, session.tensorArgument(a, 1, "the labels"))
        let last = scores.rank - 1
        guard last >= 0, Array(scores.shape.dimensions.dropLast()) == labels.shape.dimensions else {
          throw Failure(.shape, "scores of shape \(scores.shape) need labels of all their sizes but the last, not \(labels.shape)", argument: 1)
        }
        // Reading 0, 1, 2, … at the labels gives the labels, and fails where one lies outside. A label below zero
        // would count from the end, so it is moved outside first.
        let count = scores.shape[last]
        let classes = try session.engine.iota(count, .i32)
        let isNegative = try session.engine.binary(.less, labels, session.engine.scalar(0, .i32))
        let outside = try session.engine.binary(.subtract, session.engine.scalar(Double(count), .i32), labels)
        let checked = try session.engine.gather(classes, session.engine.select(isNegative, outside, labels), axis: 0)
        let index = try session.engine.reshape(checked, labels.shape.dimensions + [1])
        let picked = try along(session, scores, index, axis: last)
        return session.makeNumber(try session.engine.reshape(picked, labels.shape.dimensions))
      }),
      ("__argsort", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `argsort`")
        let axis = try session.axisArgument(a[1], rank: tensor.rank, operation: "argsort")
        return .tensor(try order(session, tensor, axis: axis, isDescending: session.flagArgument(a[2], "`descending`")))
      }),
      ("__sort", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `sort`")
        let axis = try session.axisArgument(a[1], rank: tensor.rank, operation: "sort")
        let order = try order(session, tensor, axis: axis, isDescending: session.flagArgument(a[2], "`descending`"))
        return .tensor(try along(session, tensor, order, axis: axis))
      }),
      ("__topk", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `topk`")
        let count = try session.whole(a[1], "k")
        let axis = try session.axisArgument(a[2], rank: tensor.rank, operation: "topk")
        guard count >= 0 && count <= tensor.shape[axis] else {
          throw Failure(.value, "k is \(count), and the axis has \(tensor.shape[axis]) elements", argument: 1)
        }
        let order = try order(session, tensor, axis: axis, isDescending: true)
        let first = try ShapeFunctions.part(session, order, axis: axis, start: 0, count: count)
        return .record([("values", .tensor(try along(session, tensor, first, axis: axis))), ("indices", .tensor(first))])
      }),
      ("__unique", { session, a in
        let value = session.read(a[0])
        if case .list(let list) = value, list.elements.contains(where: { if case .string = session.read($0) { true } else { false } }) {
          let texts = try list.elements.map { try session.string($0, "an element of the list") }
          let (unique, counts) = counted(texts.sorted())
          return .tuple([.list(unique.map { .string($0) }), .tensor(try session.engine.tensor(ints: counts, Shape([counts.count])))])
        }
        let tensor = try session.tensorArgument(value, "the argument of `unique`")
        let engine = session.engine
        let values = try engine.doubles(tensor)
        guard values.count <= Int(Int32.max) else { throw TensorError.integerOverflow(operation: "unique") }
        let order = values.indices.sorted { left, right in
          let (x, y) = (values[left], values[right])
          return x < y || (!x.isNaN && y.isNaN) || (!(y < x) && x.isNaN == y.isNaN && left < right)
        }
        let counts = counted(order.map { values[$0] }).counts
        // Each is taken from where it first stands, so that derivatives find the way back.
        var firsts: [Int32] = []
        var place = 0
        for count in counts {
          firsts.append(Int32(order[place]))
          place += Int(count)
        }
        let flat = try engine.reshape(tensor.isNumber ? engine.cast(tensor, to: .f32) : tensor, [values.count])
        let positions = try engine.tensor(ints: firsts, Shape([firsts.count]))
        return .tuple([.tensor(try engine.gather(flat, positions, axis: 0)), .tensor(try engine.tensor(ints: counts, Shape([counts.count])))])
      }),
      ("__tril", { session, a in try triangle(session, a, "tril", .greaterEqual) }),
      ("__triu", { session, a in try triangle(session, a, "triu", .lessEqual) }),
      ("__diag", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `diag`")
        let engine = session.engine
        switch tensor.rank {
        case 1:
          let size = tensor.shape[0]
          let mask = try band(session, rows: size, columns: size, offset: 0, .equal)
          return .tensor(try engine.select(mask, tensor, engine.full(0, Shape([size, size]), tensor.type)))
        case 2:
          let (rows, columns) = (tensor.shape[0], tensor.shape[1])
          let flat = try engine.reshape(tensor, [rows * columns])
          return .tensor(try engine.slice(flat, [(start: 0, count: min(rows, columns), step: columns + 1)]))
        default:
          throw Failure(.shape, "`diag` needs a vector or a matrix, not a tensor of shape \(tensor.shape)", argument: 0)
        }
      }),
    ]
  }

  /// Where `row + offset` stands in the given relation to the column: a bool matrix.
  static func band(_ session: Session, rows: Int, columns: Int, offset: Int, _ relation: Op) throws -> Tensor {
    _ = try Shape([rows, columns])
    let engine = session.engine
    let row = try engine.reshape(engine.iota(rows, start: offset, .i32), [rows, 1])
    return try engine.binary(relation, row, engine.iota(columns, .i32))
  }

  private static func triangle(_ session: Session, _ a: Arguments, _ name: String, _ relation: Op) throws -> Value {
    let tensor = try session.tensorArgument(a, 0, "the argument of `\(name)`")
    guard tensor.rank >= 2 else {
      throw Failure(.shape, "`\(name)` needs a matrix, not a tensor of shape \(tensor.shape)", argument: 0)
    }
    let (rows, columns) = (tensor.shape[tensor.rank - 2], tensor.shape[tensor.rank - 1])
    let offset = try session.whole(a[1], "the diagonal")
    guard abs(offset) <= max(rows, columns) + 1 || abs(offset) < 1 << 30 else {
      throw Failure(.value, "the diagonal \(offset) lies outside of \(tensor.shape)", argument: 1)
    }
    let mask = try band(session, rows: rows, columns: columns, offset: offset, relation)
    return .tensor(try session.engine.select(mask, tensor, session.engine.full(0, Shape(), tensor.type)))
  }

  /// An index as i32; fractions are refused.
  static func wholeIndex(_ session: Session, _ index: Tensor) throws -> Tensor {
    switch index.type {
    case .i32: return index
    case .bool: throw Failure(.type, "an index must be whole numbers, not bool", hint: "a mask selects by `x[mask]`")
    case .f32, .f64:
      if let fraction = try session.engine.doubles(index).first(where: { $0 != $0.rounded() }) {
        throw Failure(
          .index, "an index must be whole numbers; this one has \(try session.text(.number(fraction)))", hint: "`//` divides and rounds down")
      }
      return try session.engine.cast(index, to: .i32)
    }
  }

  /// The places of the elements in order, equal ones as they stood.
  private static func order(_ session: Session, _ tensor: Tensor, axis: Int, isDescending: Bool) throws -> Tensor {
    guard isDescending else { return try session.engine.argsort(tensor, axis: axis) }
    // Ascending from the back, read from the back: equal elements keep their order.
    let backward = try ShapeFunctions.flipped(session, tensor, axes: [axis])
    let order = try ShapeFunctions.flipped(session, session.engine.argsort(backward, axis: axis), axes: [axis])
    return try session.engine.binary(.subtract, session.engine.scalar(Double(tensor.shape[axis] - 1), .i32), order)
  }

  /// `tensor` read along an axis at the places an equally shaped index names (its length along the axis may differ), all of which must exist.
  static func along(_ session: Session, _ tensor: Tensor, _ index: Tensor, axis: Int) throws -> Tensor {
    let engine = session.engine
    if tensor.rank == 1 { return try engine.gather(tensor, index, axis: 0) }
    // With the axis last, element j of row r lies at r · length + j of the flattened tensor.
    var order = Array(0..<tensor.rank)
    order.remove(at: axis)
    order.append(axis)
    let isLast = axis == tensor.rank - 1
    let source = isLast ? tensor : try engine.permute(tensor, order)
    let places = isLast ? index : try engine.permute(index, order)
    let length = tensor.shape[axis], taken = index.shape[axis]
    let rows = source.shape.dimensions.dropLast().reduce(1, *)
    guard rows * length < 1 << 31 else { throw TensorError.tooManyElements(tensor.shape.dimensions) }
    let flatPlaces = try engine.binary(
      .add, engine.reshape(places, [rows, taken]),
      engine.binary(.multiply, engine.reshape(engine.iota(rows, .i32), [rows, 1]), engine.scalar(Double(length), .i32)))
    let flat = try engine.gather(engine.reshape(source, [rows * length]), engine.reshape(flatPlaces, [rows * taken]), axis: 0)
    let result = try engine.reshape(flat, source.shape.dimensions.dropLast() + [taken])
    if isLast { return result }
    var back = Array(0..<(tensor.rank - 1))
    back.insert(tensor.rank - 1, at: axis)
    return try engine.permute(result, back)
  }

  private static func counted<Element: Equatable>(_ sorted: [Element]) -> (unique: [Element], counts: [Int32]) {
    var unique: [Element] = []
    var counts: [Int32] = []
    for element in sorted {
      if unique.last == element { counts[counts.count - 1] += 1 } else {
        unique.append(element)
        counts.append(1)
      }
    }
    return (unique, counts)
  }
}
