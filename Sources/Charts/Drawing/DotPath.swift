/// A series as polylines of dots: as few points as give the same picture.
///
/// Of the points that fall into one column of dots only the first, the lowest,
/// the highest and the last are kept: the lines between them set the same dots
/// as all of them would (the M4 aggregation of Jugel, Jerzak, Hackenbroich and
/// Markl, VLDB 2014). O(n) for n points, in any order of x.
struct DotPath {
  let x: Axis
  let y: Axis
  let width: Int
  let height: Int
  /// Half a cell in dots: the axis ends lie on the middle of a row.
  private let margin: Double

  init(x: Axis, y: Axis, dots: Dots) {
    self.x = x
    self.y = y
    width = dots.width
    height = dots.height
    margin = Double(dots.dotsPerRow - 1) / 2
  }

  /// A raster without margins, for pictures in pixels.
  init(x: Axis, y: Axis, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
    margin = 0
  }

  /// The dot of one finite point, y downwards.
  func point(_ px: Double, _ py: Double) -> Dots.Point {
    let column = x.fraction(px) * Double(width - 1)
    let row = margin + (1 - y.fraction(py)) * (Double(height - 1) - 2 * margin)
    return Dots.Point(
      x: Int(min(max(column.rounded(), 0), Double(width - 1))),
      y: Int(min(max(row.rounded(), 0), Double(height - 1))))
  }

  /// The polylines, broken where a value is left out.
  func runs(_ series: Series) -> [[Dots.Point]] {
    var runs: [[Dots.Point]] = []
    var run: [Dots.Point] = []
    var bin: Bin?
    func flush() {
      if let bin { bin.append(to: &run) }
      bin = nil
    }
    for index in 0..<min(series.x.count, series.y.count) {
      let (px, py) = (series.x[index], series.y[index])
      guard px.isFinite, py.isFinite, !y.isLogarithmic || py > 0 else {
        flush()
        if !run.isEmpty { runs.append(run) }
        run = []
        continue
      }
      let dot = point(px, py)
      if bin?.column == dot.x {
        bin?.add(dot.y)
      } else {
        flush()
        bin = Bin(column: dot.x, first: dot.y)
      }
    }
    flush()
    if !run.isEmpty { runs.append(run) }
    return runs
  }

  /// What is kept of neighbouring points in one column.
  private struct Bin {
    let column: Int
    let first: Int
    var last: Int
    var least: Int
    var greatest: Int
    var isLeastFirst = true

    init(column: Int, first: Int) {
      self.column = column
      self.first = first
      last = first
      least = first
      greatest = first
    }

    mutating func add(_ row: Int) {
      last = row
      if row < least {
        least = row
        isLeastFirst = false
      }
      if row > greatest {
        greatest = row
        isLeastFirst = true
      }
    }

    func append(to run: inout [Dots.Point]) {
      let middle = isLeastFirst ? [least, greatest] : [greatest, least]
      for row in [first] + middle + [last] {
        let dot = Dots.Point(x: column, y: row)
        if run.last != dot { run.append(dot) }
      }
    }
  }
}
