import Foundation
import Tensors

/// What each primitive gives, computed plainly: nothing here is shared with the engine.
enum Reference {
  static func result(_ op: Op, _ sample: Primitive.Sample) -> Plain? {
    let operands = sample.plainOperands()
    if let function = unary(op), let x = operands.first { return Plain(x.sizes, x.values.map(function)) }
    if let function = binary(op), operands.count == 2 { return combine(operands) { function($0[0], $0[1]) } }
    switch op {
    case .select: return combine(operands) { $0[0] != 0 ? $0[1] : $0[2] }
    case .constant: return Plain(sample.dimensions) { _ in sample.value }
    case .iota: return Plain(sample.dimensions) { Double($0[0]) }
    case .mark, .detach: return operands[0]
    case .cast:
      return Plain(operands[0].sizes, operands[0].values.map { sample.type == .i32 ? trunc($0) : sample.type == .bool ? ($0 == 0 ? 0 : 1) : $0 })
    case .sum: return reduce(operands[0], sample.integer) { $0.reduce(0, +) }
    case .product: return reduce(operands[0], sample.integer) { $0.reduce(1, *) }
    case .reduceMaximum: return reduce(operands[0], sample.integer) { $0.max() ?? .nan }
    case .reduceMinimum: return reduce(operands[0], sample.integer) { $0.min() ?? .nan }
    case .argmax: return argument(operands[0], sample.integer) { $0 > $1 }
    case .argmin: return argument(operands[0], sample.integer) { $0 < $1 }
    case .cumulativeSum:
      let x = operands[0], axis = sample.integer
      return Plain(x.sizes) { position in
        (0...position[axis]).reduce(0.0) { sum, place in
          var other = position
          other[axis] = place
          return sum + x[other]
        }
      }
    case .argsort:
      let x = operands[0]
      return Plain(x.sizes) { position in
        let row = Array(position.dropLast())
        let sorted = (0..<x.sizes[x.sizes.count - 1]).sorted { (x[row + [$0]], $0) < (x[row + [$1]], $1) }
        return Double(sorted[position[position.count - 1]])
      }
    case .reshape: return Plain(sample.dimensions, operands[0].values)
    case .permute:
      let x = operands[0]
      return Plain(sample.list.map { x.sizes[$0] }) { position in
        var source = position
        for (place, axis) in sample.list.enumerated() { source[axis] = position[place] }
        return x[source]
      }
    case .broadcast: return Plain(sample.dimensions) { operands[0].broadcastRead($0) }
    case .slice:
      let rank = sample.dimensions.count
      return Plain(sample.dimensions) { position in
        operands[0][(0..<rank).map { sample.list[$0] + position[$0] * sample.list[rank + $0] }]
      }
    case .replaceSlice:
      let x = operands[0], part = operands[1], rank = x.sizes.count
      var result = x
      for position in Plain.positions(part.sizes) {
        let target = (0..<rank).map { sample.list[$0] + position[$0] * sample.list[rank + $0] }
        var index = 0
        for (axis, place) in target.enumerated() { index = index * x.sizes[axis] + place }
        result.values[index] = part[position]
      }
      return result
    case .pad:
      let x = operands[0], rank = x.sizes.count
      return Plain((0..<rank).map { sample.list[$0] + x.sizes[$0] + sample.list[rank + $0] }) { position in
        let source = (0..<rank).map { position[$0] - sample.list[$0] }
        return zip(source, x.sizes).allSatisfy { $0 >= 0 && $0 < $1 } ? x[source] : sample.value
      }
    case .concatenate:
      let axis = sample.integer
      var sizes = operands[0].sizes
      sizes[axis] = operands.reduce(0) { $0 + $1.sizes[axis] }
      return Plain(sizes) { position in
        var source = position
        for part in operands {
          if source[axis] < part.sizes[axis] { return part[source] }
          source[axis] -= part.sizes[axis]
        }
        return .nan
      }
    case .gather:
      let x = operands[0], index = operands[1], axis = sample.integer, rank = index.sizes.count
      return Plain(Array(x.sizes[..<axis]) + index.sizes + Array(x.sizes[(axis + 1)...])) { position in
        let place = Int(index[Array(position[axis..<axis + rank])])
        return x[Array(position[..<axis]) + [place < 0 ? place + x.sizes[axis] : place] + Array(position[(axis + rank)...])]
      }
    case .scatterAdd:
      let x = operands[0], index = operands[1], axis = sample.integer, rank = index.sizes.count, length = sample.list[0]
      var result = Plain(Array(x.sizes[..<axis]) + [length] + Array(x.sizes[(axis + rank)...])) { _ in 0 }
      for position in Plain.positions(x.sizes) {
        let place = Int(index[Array(position[axis..<axis + rank])])
        let target = Array(position[..<axis]) + [place < 0 ? place + length : place] + Array(position[(axis + rank)...])
        var flat = 0
        for (axis, place) in target.enumerated() { flat = flat * result.sizes[axis] + place }
        result.values[flat] += x[position]
      }
      return result
    case .convolution:
      let (x, kernel) = (operands[0], operands[1]), windows = WindowReference(sample.list, kernel: Array(kernel.sizes.suffix(2)))
      let sizes = windows.counts(Array(x.sizes.suffix(2)))
      return Plain([x.sizes[0], kernel.sizes[0]] + sizes) { p in
        windows.places(p, x.sizes).reduce(0.0) { sum, place in
          (0..<x.sizes[1]).reduce(sum) { $0 + x[[p[0], $1, place.y, place.x]] * kernel[[p[1], $1, place.row, place.column]] }
        }
      }
    case .convolutionInput:
      let (g, kernel) = (operands[0], operands[1]), windows = WindowReference(sample.list, kernel: Array(kernel.sizes.suffix(2)))
      var result = Plain([g.sizes[0], kernel.sizes[1]] + sample.list.suffix(2)) { _ in 0 }
      for p in Plain.positions(g.sizes) {
        for place in windows.places(p, result.sizes) {
          for c in 0..<kernel.sizes[1] { result.add(g[p] * kernel[[p[1], c, place.row, place.column]], at: [p[0], c, place.y, place.x]) }
        }
      }
      return result
    case .convolutionKernel:
      let (x, g) = (operands[0], operands[1]), windows = WindowReference(sample.list, kernel: Array(sample.list.suffix(2)))
      var result = Plain([g.sizes[1], x.sizes[1]] + sample.list.suffix(2)) { _ in 0 }
      for p in Plain.positions(g.sizes) {
        for place in windows.places(p, x.sizes) {
          for c in 0..<x.sizes[1] { result.add(g[p] * x[[p[0], c, place.y, place.x]], at: [p[1], c, place.row, place.column]) }
        }
      }
      return result
    case .maxPool, .maxPoolScatter, .maxPoolGather:
      let x = operands[0], windows = WindowReference(Array(sample.list.dropFirst(2)), kernel: Array(sample.list.prefix(2)))
      func greatest(_ p: [Int]) -> [Int] {
        var best: [Int] = []
        for place in windows.places(p, x.sizes) {
          let here = [p[0], p[1], place.y, place.x]
          if best.isEmpty || x[here] > x[best] { best = here }
        }
        return best
      }
      let sizes = Array(x.sizes.prefix(2)) + windows.counts(Array(x.sizes.suffix(2)))
      if op == .maxPool { return Plain(sizes) { x[greatest($0)] } }
      if op == .maxPoolGather { return Plain(sizes) { operands[1][greatest($0)] } }
      var result = Plain(x.sizes) { _ in 0 }
      for p in Plain.positions(sizes) { result.add(operands[1][p], at: greatest(p)) }
      return result
    case .matrixProduct: return product(operands[0], operands[1], sample.integer)
    default: return nil
    }
  }

  private static func combine(_ operands: [Plain], _ body: ([Double]) -> Double) -> Plain {
    let rank = operands.map(\.sizes.count).max() ?? 0
    var sizes = [Int](repeating: 1, count: rank)
    for operand in operands {
      for (axis, size) in operand.sizes.enumerated() where size != 1 { sizes[rank - operand.sizes.count + axis] = size }
    }
    return Plain(sizes) { position in body(operands.map { $0.broadcastRead(position) }) }
  }

  private static func reduce(_ x: Plain, _ attribute: Int, _ body: ([Double]) -> Double) -> Plain {
    let reduced = x.sizes.indices.filter { attribute >> $0 & 1 == 1 }
    let keeps = attribute >> 8 & 1 == 1
    let sizes = x.sizes.indices.compactMap { reduced.contains($0) ? (keeps ? 1 : nil) : x.sizes[$0] }
    return Plain(sizes) { position in
      var rest = position[...]
      let fixed = x.sizes.indices.map { axis -> Int in
        if reduced.contains(axis) {
          if keeps { rest.removeFirst() }
          return 0
        }
        return rest.removeFirst()
      }
      return body(Plain.positions(reduced.map { x.sizes[$0] }).map { inner in
        var full = fixed
        for (place, axis) in reduced.enumerated() { full[axis] = inner[place] }
        return x[full]
      })
    }
  }

  private static func argument(_ x: Plain, _ attribute: Int, _ better: (Double, Double) -> Bool) -> Plain {
    reduce(x, 1 << (attribute & 0xff) | attribute & 0x100) { row in
      var best = 0
      for place in row.indices where better(row[place], row[best]) { best = place }
      return Double(best)
    }
  }

  private static func product(_ a: Plain, _ b: Plain, _ flags: Int) -> Plain {
    func read(_ x: Plain, _ batch: [Int], _ row: Int, _ column: Int, _ swaps: Bool) -> Double {
      x.broadcastRead(batch + (swaps ? [column, row] : [row, column]))
    }
    let rank = max(a.sizes.count, b.sizes.count)
    var batch = [Int](repeating: 1, count: rank - 2)
    for x in [a, b] { for (axis, size) in x.sizes.dropLast(2).enumerated() where size != 1 { batch[rank - x.sizes.count + axis] = size } }
    let swapsA = flags & 1 != 0, swapsB = flags & 2 != 0
    let left = Array(a.sizes.suffix(2)), right = Array(b.sizes.suffix(2))
    let m = swapsA ? left[1] : left[0], k = swapsA ? left[0] : left[1], n = swapsB ? right[0] : right[1]
    return Plain(batch + [m, n]) { position in
      let batch = Array(position.dropLast(2)), row = position[rank - 2], column = position[rank - 1]
      // A size of 1 in the last two axes is no broadcast.
      return (0..<k).reduce(0) { $0 + read(a, batch, row, $1, swapsA) * read(b, batch, $1, column, swapsB) }
    }
  }

  private static func unary(_ op: Op) -> ((Double) -> Double)? {
    switch op {
    case .negate: { -$0 }
    case .absolute: { $0 < 0 ? -$0 : $0 }
    case .sign: { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
    case .exp: { Foundation.exp($0) }
    case .expm1: { Foundation.expm1($0) }
    case .log: { Foundation.log($0) }
    case .log1p: { Foundation.log1p($0) }
    case .sqrt: { $0.squareRoot() }
    case .sin: { Foundation.sin($0) }
    case .cos: { Foundation.cos($0) }
    case .tan: { Foundation.tan($0) }
    case .asin: { Foundation.asin($0) }
    case .acos: { Foundation.acos($0) }
    case .atan: { Foundation.atan($0) }
    case .sinh: { Foundation.sinh($0) }
    case .cosh: { Foundation.cosh($0) }
    case .tanh: { Foundation.tanh($0) }
    case .erf: { Foundation.erf($0) }
    case .sigmoid: { 1 / (1 + Foundation.exp(-$0)) }
    case .reciprocal: { 1 / $0 }
    case .floor: { $0.rounded(.down) }
    case .ceil: { $0.rounded(.up) }
    case .round: { $0.rounded(.toNearestOrEven) }
    case .isNan: { $0.isNaN ? 1 : 0 }
    case .not: { $0 == 0 ? 1 : 0 }
    default: nil
    }
  }

  private static func binary(_ op: Op) -> ((Double, Double) -> Double)? {
    switch op {
    case .add: { $0 + $1 }
    case .subtract: { $0 - $1 }
    case .multiply: { $0 * $1 }
    case .divide: { $0 / $1 }
    case .floorDivide: { ($0 / $1).rounded(.down) }
    case .modulo: { $0 - $1 * ($0 / $1).rounded(.down) }
    case .power: { Foundation.pow($0, $1) }
    case .maximum: { Swift.max($0, $1) }
    case .minimum: { Swift.min($0, $1) }
    case .equal: { $0 == $1 ? 1 : 0 }
    case .notEqual: { $0 != $1 ? 1 : 0 }
    case .less: { $0 < $1 ? 1 : 0 }
    case .lessEqual: { $0 <= $1 ? 1 : 0 }
    case .greater: { $0 > $1 ? 1 : 0 }
    case .greaterEqual: { $0 >= $1 ? 1 : 0 }
    case .and: { $0 != 0 && $1 != 0 ? 1 : 0 }
    case .or: { $0 != 0 || $1 != 0 ? 1 : 0 }
    default: nil
    }
  }
}

/// Where the windows over the last two axes of images stand: strides, then the padding at the top, bottom, left and right.
struct WindowReference {
  let list: [Int]
  let kernel: [Int]

  init(_ list: [Int], kernel: [Int]) {
    self.list = list
    self.kernel = kernel
  }

  /// Moves a window as long as it fits.
  func counts(_ sizes: [Int]) -> [Int] {
    (0..<2).map { axis in
      let padded = sizes[axis] + list[2 + 2 * axis] + list[3 + 2 * axis]
      return Swift.stride(from: 0, through: padded - kernel[axis], by: list[axis]).reduce(0) { count, _ in count + 1 }
    }
  }

  /// What the window of the output at `position` sees of the image: the place in the window and in the image.
  func places(_ position: [Int], _ sizes: [Int]) -> [(row: Int, column: Int, y: Int, x: Int)] {
    var all: [(row: Int, column: Int, y: Int, x: Int)] = []
    for row in 0..<kernel[0] {
      for column in 0..<kernel[1] {
        let y = position[2] * list[0] + row - list[2], x = position[3] * list[1] + column - list[4]
        if y >= 0 && y < sizes[2] && x >= 0 && x < sizes[3] { all.append((row, column, y, x)) }
      }
    }
    return all
  }
}
