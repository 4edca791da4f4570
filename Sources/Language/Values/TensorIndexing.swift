import Tensors

/// What `x[…]` takes of a tensor: first a slice of every axis, then along some axes elements by their positions.
struct TensorSelection {
  /// For each axis of the tensor.
  var ranges: [(start: Int, count: Int, step: Int)] = []
  /// The axes of the result, in order.
  var axes: [Axis] = []
  /// Axes that are gone through by position, from left to right.
  var gathers: [Gather] = []

  enum Axis {
    case source(Int)
    case new
    /// Where the positions of gather number n stand.
    case gather(Int)
  }

  struct Gather {
    /// Axes of the tensor that one position runs over: more than one for a mask.
    let axes: Range<Int>
    /// Positions among the elements of these axes together, of any shape.
    let positions: Tensor
  }

  /// The shape of what the slices take, before any positions.
  var sliced: [Int] { ranges.map(\.count) }

  /// The result's shape where there are no positions.
  var shape: [Int] {
    axes.map { axis in
      switch axis {
      case .source(let axis): ranges[axis].count
      case .new, .gather: 1
      }
    }
  }
}

extension Session {
  func index(_ tensor: Tensor, _ items: [IndexValue]) throws -> Tensor {
    if let flat = try flatPosition(tensor, items), !engine.isTracked(tensor) {
      return engine.scalar(try engine.element(tensor, flatIndex: flat), tensor.type)
    }
    return try select(try selection(tensor.shape, items, tensor), of: tensor)
  }

  /// The place of a single element, if every axis has its number.
  func flatPosition(_ tensor: Tensor, _ items: [IndexValue]) throws -> Int? {
    guard items.count == tensor.rank, tensor.rank > 0 else { return nil }
    var flat = 0
    for (axis, item) in items.enumerated() {
      guard case .at(let value) = item else { return nil }
      let index = read(value)
      guard index.isNumber || index.isSingleTensor else { return nil }
      flat = flat * tensor.shape[axis] + (try position(index, length: tensor.shape[axis], typeName(.tensor(tensor)), axis: axis))
    }
    return flat
  }

  func selection(_ shape: Shape, _ items: [IndexValue], _ tensor: Tensor) throws -> TensorSelection {
    let subject = typeName(.tensor(tensor))
    /// How many axes an item stands for.
    func width(_ item: IndexValue) -> Int {
      switch item {
      case .new, .ellipsis: return 0
      case .slice: return 1
      case .at(let value):
        if case .tensor(let mask) = read(value), mask.type == .bool { return mask.rank }
        return 1
      }
    }
    let used = items.reduce(0) { $0 + width($1) }
    guard used <= shape.rank else {
      throw Failure(.index, "\(used) \(used == 1 ? "index" : "indices") for a \(subject), which has \(shape.rank == 0 ? "no axes" : shape.rank == 1 ? "one axis" : "\(shape.rank) axes")")
    }
    var result = TensorSelection()
    func takeWhole(_ count: Int) {
      for _ in 0..<count {
        let axis = result.ranges.count
        result.axes.append(.source(axis))
        result.ranges.append((0, shape[axis], 1))
      }
    }
    var hasEllipsis = false
    for item in items {
      let axis = result.ranges.count
      switch item {
      case .new: result.axes.append(.new)
      case .ellipsis:
        guard !hasEllipsis else { throw Failure(.index, "`...` can stand once in an index") }
        hasEllipsis = true
        takeWhole(shape.rank - used)
      case .slice(let start, let stop, let step):
        result.axes.append(.source(axis))
        result.ranges.append(try sliceBounds(start, stop, step, length: shape[axis]))
      case .at(let value):
        switch read(value) {
        case .range(let range): try take(range, &result, shape[axis], subject)
        case .list(let list):
          try take(try stacked(.list(list), what: "an index"), &result, shape, subject)
        case .tensor(let index) where !index.isNumber && (index.rank > 0 || index.type == .bool):
          try take(index, &result, shape, subject)
        case let value:
          result.ranges.append((try position(value, length: shape[axis], subject, axis: axis), 1, 1))
        }
      }
    }
    if !hasEllipsis { takeWhole(shape.rank - used) }
    guard result.axes.count <= Shape.maximumRank else {
      throw Failure(.shape, "the result would have \(result.axes.count) axes, and a tensor has \(Shape.maximumRank) at most")
    }
    return result
  }

  /// A range is a slice unless it runs from before the end to the beginning.
  private func take(_ range: RangeValue, _ result: inout TensorSelection, _ length: Int, _ subject: String) throws {
    let axis = result.ranges.count
    guard range.count > 0 else {
      result.axes.append(.source(axis))
      result.ranges.append((0, 0, 1))
      return
    }
    let first = try position(.number(range[0]), length: length, subject, axis: axis)
    let last = try position(.number(range[range.count - 1]), length: length, subject, axis: axis)
    let step = try range.count > 1 ? wholeIndex(.number(range.step)) : 1
    if first + (range.count - 1) * step == last {
      result.axes.append(.source(axis))
      result.ranges.append((first, range.count, step))
    } else {
      let positions = try numbers(of: range).map { try Int32(position(.number($0), length: length, subject, axis: axis)) }
      result.axes.append(.gather(result.gathers.count))
      result.ranges.append((0, length, 1))
      result.gathers.append(.init(axes: axis..<axis + 1, positions: try engine.tensor(ints: positions, Shape([positions.count]))))
    }
  }

  /// A tensor as an index: a mask, or positions.
  private func take(_ index: Tensor, _ result: inout TensorSelection, _ shape: Shape, _ subject: String) throws {
    let axis = result.ranges.count
    let positions: Tensor
    var end = axis + 1
    if index.type == .bool {
      end = axis + index.rank
      let covered = Array(shape.dimensions[axis..<end])
      guard index.shape.dimensions == covered else {
        throw Failure(
          .shape, "a mask of shape \(index.shape) does not fit a \(subject)",
          notes: ["the axes it stands for have the sizes [\(covered.map(String.init).joined(separator: ", "))]"])
      }
      let taken = try engine.bools(index).enumerated().compactMap { $1 ? Int32(truncatingIfNeeded: $0) : nil }
      positions = try engine.tensor(ints: taken, Shape([taken.count]))
    } else if index.type == .i32 {
      // Checked when it is computed.
      positions = index
    } else {
      let length = shape[axis]
      let taken = try engine.doubles(index).map { try Int32(truncatingIfNeeded: position(.number($0), length: length, subject, axis: axis)) }
      positions = try engine.tensor(ints: taken, index.shape)
    }
    result.axes.append(.gather(result.gathers.count))
    for covered in axis..<end { result.ranges.append((0, shape[covered], 1)) }
    result.gathers.append(.init(axes: axis..<end, positions: positions))
  }

  func select(_ selection: TensorSelection, of tensor: Tensor) throws -> Tensor {
    let isWhole = zip(selection.ranges, tensor.shape.dimensions).allSatisfy { $0.start == 0 && $0.count == $1 && $0.step == 1 }
    let sliced = isWhole ? tensor : try engine.slice(tensor, selection.ranges)
    switch selection.gathers.count {
    case 0:
      let shape = selection.shape
      return shape == sliced.shape.dimensions ? sliced : try engine.reshape(sliced, shape)
    case 1: return try gather(selection.gathers[0], selection, sliced)
    default: return try gatherTogether(selection, sliced)
    }
  }

  /// One index by positions: it stands in its place among the axes of the result.
  private func gather(_ gather: TensorSelection.Gather, _ selection: TensorSelection, _ sliced: Tensor) throws -> Tensor {
    let sizes = sliced.shape.dimensions
    let joined = sizes[gather.axes].reduce(1, *)
    let merged = gather.axes.count == 1 ? sliced : try engine.reshape(sliced, Array(sizes[..<gather.axes.lowerBound]) + [joined] + sizes[gather.axes.upperBound...])
    let taken = try engine.gather(merged, gather.positions, axis: gather.axes.lowerBound)
    let shape = selection.axes.flatMap { axis -> [Int] in
      switch axis {
      case .source(let axis): [sizes[axis]]
      case .new: [1]
      case .gather: gather.positions.shape.dimensions
      }
    }
    guard shape.count <= Shape.maximumRank else { throw TensorError.rankTooHigh(shape.count) }
    return shape == taken.shape.dimensions ? taken : try engine.reshape(taken, shape)
  }

  /// Several indices by positions go hand in hand, as in NumPy: they broadcast against each other, and the result has their axes
  /// where the first of them stood, or in front if they do not stand side by side.
  private func gatherTogether(_ selection: TensorSelection, _ sliced: Tensor) throws -> Tensor {
    let sizes = sliced.shape.dimensions
    let axes = selection.gathers.flatMap { Array($0.axes) }
    let others = sizes.indices.filter { !axes.contains($0) }
    var shape = Shape()
    for gather in selection.gathers { shape = try Shape.broadcast(shape, gather.positions.shape, operation: "[…]") }
    // Positions in all these axes together, row by row.
    var flat: [Int] = Array(repeating: 0, count: shape.count)
    for gather in selection.gathers {
      let length = sizes[gather.axes].reduce(1, *)
      let positions = try engine.ints(engine.broadcast(gather.positions, to: shape))
      for (place, index) in positions.enumerated() {
        flat[place] = flat[place] * length + (try position(.number(Double(index)), length: length, typeName(.tensor(sliced)), axis: gather.axes.lowerBound))
      }
    }
    let order = axes + others
    let front = try engine.permute(sliced, order)
    let inner = others.map { sizes[$0] }
    let merged = try engine.reshape(front, [axes.map { sizes[$0] }.reduce(1, *)] + inner)
    guard merged.shape[0] <= Int(Int32.max) else { throw Failure(.limit, "a tensor of shape \(sliced.shape) is too large to be indexed in several axes at once") }
    let taken = try engine.gather(merged, engine.tensor(ints: flat.map { Int32(truncatingIfNeeded: $0) }, Shape([flat.count])), axis: 0)

    // Now the axes of the indices come first; they may have to move behind some of the others.
    let gatherPlaces = selection.axes.indices.filter { if case .gather = selection.axes[$0] { true } else { false } }
    let isTogether = zip(gatherPlaces, gatherPlaces.dropFirst()).allSatisfy { $1 == $0 + 1 }
    var before: [Int] = []
    var result: [Int] = isTogether ? [] : shape.dimensions
    for (place, axis) in selection.axes.enumerated() {
      switch axis {
      case .source(let axis):
        result.append(sizes[axis])
        if isTogether, place < gatherPlaces[0], let position = others.firstIndex(of: axis) { before.append(position + 1) }
      case .new: result.append(1)
      case .gather: if isTogether, place == gatherPlaces[0] { result += shape.dimensions }
      }
    }
    // Axes that a single number took are left behind with size 1.
    let arranged = before.isEmpty ? taken : try engine.permute(taken, before + [0] + (1..<taken.rank).filter { !before.contains($0) })
    return try engine.reshape(arranged, result)
  }
}
