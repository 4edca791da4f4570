import Charts
import Syntax
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Functions that draw. Each gives a picture, which the program shows or saves.
enum ChartFunctions {
  static var table: NativeTable { pictures + watching }

  private static var pictures: NativeTable {
    [
      // values (tuple or record), names, title, x label, y label, whether y is logarithmic
      ("__plot", { session, a in
        var series = try lineSeries(session, a[0])
        try rename(session, &series, a[1])
        return Picture.lines(
          LinePlot(
            series: series, title: try session.string(a[2], "`title`"), xLabel: try session.string(a[3], "`xlabel`"),
            yLabel: try session.string(a[4], "`ylabel`"), logY: try session.flagArgument(a[5], "`log`"))
        ).value
      }),
      // x, y or nothing, class of each point or nothing, names, title, x label, y label
      ("__scatter", { session, a in
        let (x, y) = try coordinates(session, a[0], a[1])
        let points = ScatterPlot(
          series: try classSeries(session, x: x, y: y, classes: a[2], names: a[3]), title: try session.string(a[4], "`title`"),
          xLabel: try session.string(a[5], "`xlabel`"), yLabel: try session.string(a[6], "`ylabel`"))
        return Picture.points(points).value
      }),
      // values, bins, title, x label
      ("__hist", { session, a in
        var bins: Int?
        if case .nothing = session.read(a[1]) {} else {
          bins = try session.whole(a[1], "`bins`")
          guard bins ?? 1 > 0 else { throw Failure(.value, "`bins` must be at least 1", argument: 1) }
        }
        return Picture.histogram(
          Histogram(
            values: try session.numbersArgument(a[0], "the values of `hist`"), bins: bins, title: try session.string(a[2], "`title`"),
            xLabel: try session.string(a[3], "`xlabel`"))
        ).value
      }),
      // labels and values, or a map or record; title
      ("__bar", { session, a in
        var labels: [String] = []
        var values: [Double] = []
        switch session.read(a[0]) {
        case .map(let map):
          for (key, value) in map.entries {
            labels.append(try session.text(key.value))
            values.append(try session.number(value, "the height of a bar"))
          }
        case .tuple(let tuple) where tuple.names != nil:
          labels = tuple.names ?? []
          values = try tuple.elements.map { try session.number($0, "the height of a bar") }
        case let other:
          if case .nothing = session.read(a[1]) {
            values = try session.numbersArgument(other, "the values of `bar`")
            labels = values.indices.map(String.init)
          } else {
            labels = try texts(session, other, "the labels of `bar`")
            values = try session.numbersArgument(a[1], "the values of `bar`")
          }
        }
        guard labels.count == values.count else {
          throw Failure(.shape, "`bar` was given \(labels.count) labels for \(values.count) values")
        }
        return Picture.bars(BarChart(labels: labels, values: values, title: try session.string(a[2], "`title`"))).value
      }),
      // matrix, names of rows, names of columns, title, x label, y label
      ("__heatmap", { session, a in
        Picture.heatmap(
          Heatmap(
            values: try matrix(session, a[0], "`heatmap`"), rowLabels: try texts(session, a[1], "`rows`"),
            columnLabels: try texts(session, a[2], "`columns`"), title: try session.string(a[3], "`title`"),
            xLabel: try session.string(a[4], "`xlabel`"), yLabel: try session.string(a[5], "`ylabel`"))
        ).value
      }),
      // image or images, captions, title, low, high
      ("__show", { session, a in
        let tensor = try session.tensorArgument(a, 0, "the argument of `show`")
        var range: ClosedRange<Double>?
        if case .nothing = session.read(a[3]) {} else {
          let low = try session.number(a[3], "`low`"), high = try session.number(a[4], "`high`")
          guard low < high else { throw Failure(.value, "`low` must lie below `high`: \(low), \(high)") }
          range = low...high
        }
        let images = try images(session, tensor, range: range)
        let captions = try texts(session, a[1], "`captions`")
        return Picture.images(ImageGrid(images: images, captions: captions, title: try session.string(a[2], "`title`"))).value
      }),
      // counts [actual, predicted], labels, title
      ("__confusion", { session, a in
        let counts = try countMatrix(session, a[0])
        return Picture.confusion(
          ConfusionMatrix(labels: try texts(session, a[1], "`labels`"), counts: counts, title: try session.string(a[2], "`title`"))
        ).value
      }),
      // points [n, 2], classes of the points, classes [rows, columns] of a grid from the lowest y up, its x and y ranges, names, title
      ("__boundary", { session, a in
        let (x, y) = try coordinates(session, a[0], .nothing)
        let classes = try matrix(session, a[2], "`boundary`").map { row in row.map { Int(clamping: Int64($0.isFinite ? $0 : 0)) } }
        let xs = try session.numbersArgument(a[3], "the x range"), ys = try session.numbersArgument(a[4], "the y range")
        guard let xLow = xs.first, let xHigh = xs.last, let yLow = ys.first, let yHigh = ys.last else {
          throw Failure(.value, "a range needs two ends")
        }
        let points = ScatterPlot(
          series: try classSeries(session, x: x, y: y, classes: a[1], names: a[5]), title: try session.string(a[6], "`title`"),
          regions: .init(xLow: xLow, xHigh: xHigh, yLow: yLow, yHigh: yHigh, classes: classes))
        return Picture.points(points).value
      }),
      // picture, path
      ("__save_picture", { session, a in
        guard case .external(let external) = session.read(a[0]), let picture = external.object as? Picture else {
          throw Failure(.type, "a picture is needed, not \(session.described(session.read(a[0])))", argument: 0)
        }
        let path = try session.string(a[1], "the path")
        guard path.lowercased().hasSuffix(".svg") else {
          throw Failure(.value, "a picture is saved as SVG, and \"\(path)\" does not end with .svg", argument: 1)
        }
        try FileFunctions.write(Array(picture.svg.utf8), to: path, session)
        return .nothing
      }),
    ]
  }

  // MARK: - What is drawn

  /// Lists are series of their own; after a tensor or range that stands first, the others are its functions.
  private static func lineSeries(_ session: Session, _ value: Value) throws -> [Series] {
    guard case .tuple(let rest) = value else { return [] }
    let values = rest.elements.map { session.read($0) }
    func name(_ index: Int) -> String { rest.names?[index] ?? "" }
    var shared: [Double]?
    if values.count > 1, name(0).isEmpty {
      switch values[0] {
      case .tensor(let tensor) where tensor.rank == 1: shared = try session.engine.doubles(tensor)
      case .range: shared = try session.numbersArgument(values[0], "x")
      default: break
      }
    }
    var series: [Series] = []
    for index in (shared == nil ? 0 : 1)..<max(values.count, shared == nil ? 0 : 1) {
      let tensor: Tensor? = if case .tensor(let tensor) = values[index], tensor.rank == 2 { tensor } else { nil }
      if let tensor {
        // Each column is a series.
        let numbers = try session.engine.doubles(tensor)
        let columns = tensor.shape[1]
        for column in 0..<columns {
          let y = (0..<tensor.shape[0]).map { numbers[$0 * columns + column] }
          series.append(try one(name(index), shared, y))
        }
      } else {
        series.append(try one(name(index), shared, session.numbersArgument(values[index], "what `plot` draws")))
      }
    }
    return series
  }

  private static func one(_ name: String, _ x: [Double]?, _ y: [Double]) throws -> Series {
    guard let x else { return Series(name: name, y: y) }
    guard x.count == y.count else {
      throw Failure(.shape, "`plot` was given \(x.count) values of x and \(y.count) of y", hint: "lists, as in `plot(run.loss, run.val_loss)`, are series each; of tensors the first is x")
    }
    return Series(name: name, x: x, y: y)
  }

  private static func rename(_ session: Session, _ series: inout [Series], _ value: Value) throws {
    let names = try texts(session, value, "`names`")
    guard !names.isEmpty else { return }
    guard names.count == series.count else {
      throw Failure(.argument, "there are \(names.count) names for \(series.count) series")
    }
    for index in series.indices { series[index].name = names[index] }
  }

  /// x and y apart, or together as [n, 2].
  private static func coordinates(_ session: Session, _ first: Value, _ second: Value) throws -> (x: [Double], y: [Double]) {
    let tensor = try session.tensorArgument(first, "the points")
    if tensor.rank == 2 {
      guard tensor.shape[1] == 2 else {
        throw Failure(.shape, "points in a plane have two coordinates; these have shape \(tensor.shape)", hint: "choose two columns, as in `x[:, [0, 2]]`")
      }
      let numbers = try session.engine.doubles(tensor)
      return (stride(from: 0, to: numbers.count, by: 2).map { numbers[$0] }, stride(from: 1, to: numbers.count, by: 2).map { numbers[$0] })
    }
    let x = try session.engine.doubles(tensor)
    let y = try session.numbersArgument(second, "y")
    guard x.count == y.count else { throw Failure(.shape, "there are \(x.count) values of x and \(y.count) of y") }
    return (x, y)
  }

  /// One series for each class.
  private static func classSeries(_ session: Session, x: [Double], y: [Double], classes: Value, names: Value) throws -> [Series] {
    if case .nothing = session.read(classes) { return [Series(x: x, y: y)] }
    let labels = try session.numbersArgument(classes, "the classes")
    guard labels.count == x.count else {
      throw Failure(.shape, "there are \(labels.count) classes for \(x.count) points")
    }
    let names = try texts(session, names, "`names`")
    // Classes count from 0 so that each keeps its colour, be there points of it or not.
    let highest = labels.filter { $0.isFinite && $0 >= 0 && $0 < 1000 }.max().map { Int($0) } ?? 0
    var series = (0...highest).map { Series(name: $0 < names.count ? names[$0] : "\($0)", x: [], y: []) }
    for (index, label) in labels.enumerated() {
      guard label.isFinite, label >= 0, label < 1000 else {
        throw Failure(.value, "a class is a whole number from 0 to 999, not \(try session.text(.number(label)))")
      }
      series[Int(label)].x.append(x[index])
      series[Int(label)].y.append(y[index])
    }
    return series
  }

  private static func matrix(_ session: Session, _ value: Value, _ what: String) throws -> [[Double]] {
    let tensor = try session.tensorArgument(value, "the argument of \(what)")
    guard tensor.rank == 2 else { throw Failure(.shape, "\(what) needs a matrix, not a tensor of shape \(tensor.shape)", argument: 0) }
    let numbers = try session.engine.doubles(tensor)
    let columns = tensor.shape[1]
    return (0..<tensor.shape[0]).map { Array(numbers[($0 * columns)..<(($0 + 1) * columns)]) }
  }

  /// How often each class, down, was taken for each, across.
  private static func countMatrix(_ session: Session, _ value: Value) throws -> [[Int]] {
    let tensor = try session.tensorArgument(value, "the argument of `confusion`")
    guard tensor.rank == 2, tensor.shape[0] == tensor.shape[1] else {
      throw Failure(
        .shape, "`confusion` needs a square matrix of counts, not a tensor of shape \(tensor.shape)",
        hint: "`confusion(confusion_matrix(predictions, labels))` counts them", argument: 0)
    }
    return try matrix(session, value, "`confusion`").map { row in
      try row.map { number in
        guard number >= 0, let count = Int(exactly: number) else {
          throw Failure(.value, "a count is a whole number from 0 on, not \(NumberText.plain(number, digits: 6))", argument: 0)
        }
        return count
      }
    }
  }

  /// [height, width], [n, height, width], [channels, height, width] or [n, channels, height, width] with 1 or 3 channels.
  private static func images(_ session: Session, _ tensor: Tensor, range: ClosedRange<Double>?) throws -> [Image] {
    var sizes = tensor.shape.dimensions
    if sizes.count == 2 { sizes = [1, 1] + sizes }
    if sizes.count == 3 { sizes = sizes[0] == 3 ? [1] + sizes : [sizes[0], 1, sizes[1], sizes[2]] }
    guard sizes.count == 4, sizes[1] == 1 || sizes[1] == 3 else {
      throw Failure(
        .shape, "`show` draws images [height, width], [n, height, width] or [n, channels, height, width] with 1 or 3 channels, not \(tensor.shape)",
        argument: 0)
    }
    let (count, channels, height, width) = (sizes[0], sizes[1], sizes[2], sizes[3])
    let numbers = try session.engine.doubles(tensor)
    let area = height * width
    return (0..<count).map { index in
      let start = index * channels * area
      var values = Array(numbers[start..<(start + channels * area)])
      if channels == 3 {
        values = (0..<area).flatMap { pixel in (0..<3).map { numbers[start + $0 * area + pixel] } }
      }
      return Image(height: height, width: width, channels: channels, values: values, range: range)
    }
  }

  private static func texts(_ session: Session, _ value: Value, _ what: String) throws -> [String] {
    let value = session.read(value)
    if case .nothing = value { return [] }
    if case .string(let string) = value { return [string.text] }
    return try session.elementsArgument(value, what).map { try session.text($0) }
  }

  // MARK: - Watching

  private static var watching: NativeTable {
    [
      ("__watch_begin", { _, _ in .external(ExternalValue(typeName: "watch", object: WatchPlace())) }),
      // the watch, named values, total
      ("__watch", { session, a in
        guard case .external(let external) = a[0], let place = external.object as? WatchPlace, case .tuple(let rest) = a[1] else { return .nothing }
        var values: [(name: String, value: Double)] = []
        for (index, value) in rest.elements.enumerated() {
          let name = rest.names?[index] ?? ""
          let number = rest.elements.count > 1 ? " \(index + 1)" : ""
          values.append((name.isEmpty ? "value" + number : name, try session.number(value, "what `watch` shows")))
        }
        guard !values.isEmpty else {
          throw Failure(.argument, "`watch` needs a value", hint: "as in `watch(loss: l)`")
        }
        var total: Int?
        if case .nothing = session.read(a[2]) {} else { total = try session.whole(a[2], "`total`") }
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        session.watch = place
        place.record(values, at: Double(now.tv_sec) + Double(now.tv_nsec) / 1e9, total: total, session)
        return .nothing
      }),
    ]
  }
}
