import Syntax
import Tensors

/// What optimisers, losses and data sets ask of the host.
enum TrainingFunctions {
  static var table: NativeTable {
    [
      // number: an epoch begins
      ("__epoch", { session, a in
        session.progress.begin(epoch: try session.whole(a[0], "the epoch"))
        return .nothing
      }),
      // name, record of fields: an object whose fields can be read and set
      ("__object", { session, a in
        guard case .tuple(let record) = session.read(a[1]), let names = record.names else {
          throw Failure(.type, "a record is needed", argument: 1)
        }
        let type = LayerType(
          name: try session.string(a[0], "the name"), fieldNames: names, parameterCount: names.count, methodSlots: [], isObject: true)
        return .layer(session.layer(type, fields: record.elements, isBuilt: true))
      }),
      // known cells, cells met: whether none of those met is unknown
      ("__covers", { session, a in
        let known = try cells(session, a[0]), met = try cells(session, a[1])
        if known.elementsEqual(met, by: ===) { return .bool(true) }
        let all = Set(known.map(ObjectIdentifier.init))
        return .bool(met.allSatisfy { all.contains(ObjectIdentifier($0)) })
      }),
      // known cells, cells met, their gradients: a gradient or nothing for each of the known
      ("__align", { session, a in
        let known = try cells(session, a[0]), met = try cells(session, a[1])
        let gradients = try session.list(a[2], "the gradients")
        if gradients.count == known.count, known.elementsEqual(met, by: ===) { return .list(gradients) }
        var places: [ObjectIdentifier: Int] = [:]
        for (place, cell) in met.enumerated() { places[ObjectIdentifier(cell)] = place }
        return .list(
          known.map { cell in
            guard let place = places[ObjectIdentifier(cell)], gradients.indices.contains(place) else { return .nothing }
            return gradients[place]
          })
      }),
      // prediction, target, name: refuses shapes that differ, which broadcasting would hide
      ("__same_shape", { session, a in
        let prediction = try session.tensorArgument(a, 0, "the prediction")
        let target = try session.tensorArgument(a, 1, "the target")
        guard prediction.shape != target.shape else { return .nothing }
        throw shapesDiffer(prediction.shape, target.shape, name: try session.string(a[2], "the name"))
      }),
      // logits, target, name: true for labels (one axis less), false for probabilities (the same shape)
      ("__has_labels", { session, a in
        let logits = try session.tensorArgument(a, 0, "the logits")
        let target = try session.tensorArgument(a, 1, "the target")
        let name = try session.string(a[2], "the name")
        if logits.rank > 0, logits.shape == target.shape { return .bool(false) }
        if logits.rank > 0, Array(logits.shape.dimensions.dropLast()) == target.shape.dimensions { return .bool(true) }
        let rows = logits.shape.dimensions.dropLast().map(String.init).joined(separator: ", ")
        var failure = Failure(
          .shape, "`\(name)` takes logits [n, classes] with labels [n] or probabilities [n, classes]; given were \(logits.shape) and \(target.shape)",
          argument: 1)
        failure.hints.append(
          logits.rank > 0 && target.count == logits.count / max(logits.shape[logits.rank - 1], 1)
            ? "`y.reshape(\(rows))` gives the labels that shape" : "each of the \(rows) rows of logits needs one label")
        throw failure
      }),
      // logits: whether every row looks like probabilities already; looks only at numbers that are there
      ("__are_probabilities", { session, a in
        guard case .tensor(let tensor) = session.read(a[0]), tensor.isRealized, tensor.rank == 2, tensor.type.isFloat else { return .bool(false) }
        let (rows, columns) = (tensor.shape[0], tensor.shape[1])
        guard rows > 1, columns > 1 else { return .bool(false) }
        let numbers = try session.engine.doubles(tensor)
        // A row of zeros and ones would be a prediction made by hand; softmax gives fractions.
        var hasFraction = false
        for row in 0..<rows {
          var total = 0.0
          for value in numbers[(row * columns)..<((row + 1) * columns)] {
            guard value >= 0, value <= 1 else { return .bool(false) }
            if value > 0, value < 1 { hasFraction = true }
            total += value
          }
          guard abs(total - 1) < 1e-4 else { return .bool(false) }
        }
        return .bool(hasFraction)
      }),
      // data set: the number of its rows
      ("__rows", { session, a in .number(Double(try rowCount(session, a[0]))) }),
      // data set, order of rows or nothing, first, count: those rows in the same structure
      ("__take", { session, a in
        let count = try session.whole(a[3], "the number of rows")
        let start = try session.whole(a[2], "the first row")
        guard start >= 0, count >= 0 else { throw Failure(.index, "there is no row \(min(start, count))") }
        if case .nothing = session.read(a[1]) { return try taken(session, a[0], .range(start..<(start + count))) }
        let order = try session.tensorArgument(a, 1, "the order of rows")
        guard start + count <= order.count else {
          throw Failure(.index, "rows \(start) to \(start + count - 1) lie beyond the \(order.count) there are")
        }
        let part = try ShapeFunctions.part(session, order, axis: 0, start: start, count: count)
        return try taken(session, a[0], .order(part))
      }),
      // predicted classes, actual classes, number of classes or nothing: counts [actual, predicted]
      ("__confusion_matrix", { session, a in
        let predicted = try labels(session, a[0], "the predictions"), actual = try labels(session, a[1], "the labels")
        guard predicted.count == actual.count else {
          throw Failure(.shape, "there are \(predicted.count) predictions for \(actual.count) labels")
        }
        let highest = max(predicted.max() ?? -1, actual.max() ?? -1)
        var size = highest + 1
        if case .nothing = session.read(a[2]) {} else { size = try session.whole(a[2], "`classes`") }
        guard highest < size else { throw Failure(.value, "the class \(highest) lies outside of \(size) classes", argument: 2) }
        guard size <= 10_000 else { throw Failure(.value, "\(size) classes are too many for a table") }
        var counts = [Int32](repeating: 0, count: size * size)
        for (predicted, actual) in zip(predicted, actual) { counts[actual * size + predicted] += 1 }
        return .tensor(try session.engine.tensor(ints: counts, Shape([size, size])))
      }),
    ]
  }

  private static func cells(_ session: Session, _ value: Value) throws -> [Cell] {
    guard case .list(let list) = value else { return [] }
    return list.elements.compactMap { if case .cell(let cell) = $0 { cell } else { nil } }
  }

  private static func shapesDiffer(_ prediction: Shape, _ target: Shape, name: String) -> Failure {
    var failure = Failure(
      .shape, "`\(name)` needs a prediction and a target of one shape; given were \(prediction) and \(target)", argument: 1)
    if prediction.count == target.count {
      let sizes = target.dimensions.map(String.init).joined(separator: ", ")
      failure.hints.append("`prediction.reshape(\(target.rank == 1 && sizes.isEmpty ? "" : sizes))` gives the prediction the shape of the target")
    } else {
      failure.notes.append("broadcasting would silently compare every element with every other")
    }
    return failure
  }

  // MARK: - Data sets

  /// Tuples within tuples.
  private static let deepestData = 20
  private static var nestedTooDeeply: Failure { Failure(.type, "a data set is nested more than \(deepestData) deep", argument: 0) }

  private enum Rows {
    case range(Range<Int>)
    case order(Tensor)
  }

  /// A data set is a tensor, a list, or a tuple or record of them with equal first axes.
  private static func rowCount(_ session: Session, _ value: Value, depth: Int = 0) throws -> Int {
    guard depth < deepestData else { throw nestedTooDeeply }
    switch session.read(value) {
    case .tensor(let tensor) where tensor.rank > 0: return tensor.shape[0]
    case .list(let list): return list.elements.count
    case .sequence(let sequence): return sequence.count
    case .tuple(let tuple) where !tuple.elements.isEmpty:
      let counts = try tuple.elements.map { try rowCount(session, $0, depth: depth + 1) }
      if let other = counts.firstIndex(where: { $0 != counts[0] }) {
        throw Failure(
          .shape, "the parts of a data set must have equal first axes: part 0 has \(counts[0]) rows, part \(other) has \(counts[other])", argument: 0)
      }
      return counts[0]
    case let other:
      throw Failure(
        .type, "a data set is a tensor, a list, or a tuple or record of them, not \(session.typeName(other))",
        hint: "as in `batches((x, y), 32)`", argument: 0)
    }
  }

  private static func taken(_ session: Session, _ value: Value, _ rows: Rows, depth: Int = 0) throws -> Value {
    guard depth < deepestData else { throw nestedTooDeeply }
    switch session.read(value) {
    case .tensor(let tensor) where tensor.rank > 0:
      switch rows {
      case .range(let range):
        guard range.upperBound <= tensor.shape[0] else {
          throw Failure(.index, "rows up to \(range.upperBound - 1) were asked for, and there are \(tensor.shape[0])")
        }
        return .tensor(try ShapeFunctions.part(session, tensor, axis: 0, start: range.lowerBound, count: range.count))
      case .order(let order): return .tensor(try session.engine.gather(tensor, order, axis: 0))
      }
    case .list(let list):
      let places: [Int] =
        switch rows {
        case .range(let range): Array(range)
        case .order(let order): try session.engine.ints(order).map { Int($0) }
        }
      return .list(
        try places.map { place in
          guard list.elements.indices.contains(place) else { throw Failure(.index, "there is no row \(place) in a list of \(list.elements.count)") }
          return list.elements[place]
        })
    case .tuple(let tuple):
      return .tuple(TupleValue(try tuple.elements.map { try taken(session, $0, rows, depth: depth + 1) }, names: tuple.names))
    case let other:
      throw Failure(.type, "a data set is a tensor, a list, or a tuple or record of them, not \(session.described(other))", argument: 0)
    }
  }

  private static func labels(_ session: Session, _ value: Value, _ what: String) throws -> [Int] {
    try session.numbersArgument(value, what).map { label in
      guard label == label.rounded(), label >= 0, label < 1e9 else {
        throw Failure(.value, "\(what) must be whole numbers from 0 on, and \(try session.text(.number(label))) is none")
      }
      return Int(label)
    }
  }
}
