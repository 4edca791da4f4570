/// What a reduction makes of many numbers.
package enum ReduceOperation: UInt8, CaseIterable, Sendable {
  case sum, product
  /// A nan wins.
  case maximum, minimum
}

// Every reduction sees its operand as [outer, length, inner], row-major, and
// gives [outer, inner]. The order of the additions depends on `length` alone:
//
// - numbers are gathered in blocks, and the blocks' results are joined two by
//   two (N. Higham, "The accuracy of floating point summation", 1993), so the
//   error grows with the logarithm of the length;
// - a caller may split `outer` among workers as it likes.

/// How two partial results become one.
private protocol Combiner {
  associatedtype Element: RealElement
  static var identity: Element { get }
  static func combine(_ a: Element.Vector, _ b: Element.Vector) -> Element.Vector
  static func combine(_ a: Element, _ b: Element) -> Element
}

private enum Sum<Element: RealElement>: Combiner {
  @inline(__always) static var identity: Element { 0 }
  @inline(__always)
  static func combine(_ a: Element.Vector, _ b: Element.Vector) -> Element.Vector {
    Element.Vector.sum(a, b)
  }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element { a + b }
}

private enum Product<Element: RealElement>: Combiner {
  @inline(__always) static var identity: Element { 1 }
  @inline(__always)
  static func combine(_ a: Element.Vector, _ b: Element.Vector) -> Element.Vector {
    Element.Vector.product(a, b)
  }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element { a * b }
}

private enum Maximum<Element: RealElement>: Combiner {
  @inline(__always) static var identity: Element { -Element.infinity }
  @inline(__always)
  static func combine(_ a: Element.Vector, _ b: Element.Vector) -> Element.Vector {
    Element.Vector.maximum(a, b)
  }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element {
    a != a ? a : a > b ? a : b
  }
}

private enum Minimum<Element: RealElement>: Combiner {
  @inline(__always) static var identity: Element { Element.infinity }
  @inline(__always)
  static func combine(_ a: Element.Vector, _ b: Element.Vector) -> Element.Vector {
    Element.Vector.minimum(a, b)
  }
  @inline(__always) static func combine(_ a: Element, _ b: Element) -> Element {
    a != a ? a : a < b ? a : b
  }
}

/// out[o, i] = op over l of x[o, l, i], for o in `outer`. An empty length gives
/// the identity: 0, 1, -∞ or ∞.
package func reduce(
  _ op: ReduceOperation, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
  outer: Range<Int>, length: Int, inner: Int
) {
  switch op {
  case .sum: reduce(Sum<Float>.self, x, out, outer, length, inner)
  case .product: reduce(Product<Float>.self, x, out, outer, length, inner)
  case .maximum: reduce(Maximum<Float>.self, x, out, outer, length, inner)
  case .minimum: reduce(Minimum<Float>.self, x, out, outer, length, inner)
  }
}

/// out[o, i] = op over l of x[o, l, i], for o in `outer`. An empty length gives
/// the identity: 0, 1, -∞ or ∞.
package func reduce(
  _ op: ReduceOperation, _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>,
  outer: Range<Int>, length: Int, inner: Int
) {
  switch op {
  case .sum: reduce(Sum<Double>.self, x, out, outer, length, inner)
  case .product: reduce(Product<Double>.self, x, out, outer, length, inner)
  case .maximum: reduce(Maximum<Double>.self, x, out, outer, length, inner)
  case .minimum: reduce(Minimum<Double>.self, x, out, outer, length, inner)
  }
}

@inline(__always)
private func reduce<C: Combiner>(
  _ combiner: C.Type, _ x: UnsafePointer<C.Element>, _ out: UnsafeMutablePointer<C.Element>,
  _ outer: Range<Int>, _ length: Int, _ inner: Int
) {
  if inner == 1 {
    for o in outer { out[o] = reduceRun(combiner, x + o * length, length) }
    return
  }
  for o in outer {
    reduceColumns(combiner, x + o * length * inner, out + o * inner, length, inner)
  }
}

/// All of a contiguous run. [length] to one number.
@inline(__always)
private func reduceRun<C: Combiner>(
  _ combiner: C.Type, _ x: UnsafePointer<C.Element>, _ length: Int
) -> C.Element {
  reduceRun(combiner, length) { C.Element.Vector.load(x + $0) } rest: {
    C.Element.Vector.load(x + $0, count: $1, filler: C.identity)
  }
}

/// Σ a[i] b[i], each product rounded before it is added, in the order in which `reduce` adds.
package func sumOfProducts(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ length: Int) -> Float {
  reduceRun(Sum<Float>.self, length) { F8.load(a + $0) * F8.load(b + $0) } rest: {
    F8.load(a + $0, count: $1, filler: 0) * F8.load(b + $0, count: $1, filler: 0)
  }
}

/// Σ a[i] b[i], each product rounded before it is added, in the order in which `reduce` adds.
package func sumOfProducts(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ length: Int) -> Double {
  reduceRun(Sum<Double>.self, length) { D4.load(a + $0) * D4.load(b + $0) } rest: {
    D4.load(a + $0, count: $1, filler: 0) * D4.load(b + $0, count: $1, filler: 0)
  }
}

/// out[i] = a[i] - b; gives Σ out[i]², as `sumOfProducts` of what was written. `out` may be `a`.
package func differences(_ a: UnsafePointer<Float>, _ b: Float, _ out: UnsafeMutablePointer<Float>, sumOfSquares length: Int) -> Float {
  squaresOfDifferences(a, b, out, length)
}

/// out[i] = a[i] - b; gives Σ out[i]², as `sumOfProducts` of what was written. `out` may be `a`.
package func differences(_ a: UnsafePointer<Double>, _ b: Double, _ out: UnsafeMutablePointer<Double>, sumOfSquares length: Int) -> Double {
  squaresOfDifferences(a, b, out, length)
}

@inline(__always)
private func squaresOfDifferences<T: RealElement>(_ a: UnsafePointer<T>, _ b: T, _ out: UnsafeMutablePointer<T>, _ length: Int) -> T {
  typealias V = T.Vector
  let center = V(b)
  return reduceRun(Sum<T>.self, length) {
    let difference = V.difference(V.load(a + $0), center)
    difference.store(out + $0)
    return V.product(difference, difference)
  } rest: {
    // Lanes that are not there must add nothing.
    var difference = V.difference(V.load(a + $0, count: $1, filler: 0), center)
    difference.store(out + $0, count: $1)
    difference = V.load(out + $0, count: $1, filler: 0)
    return V.product(difference, difference)
  }
}

/// A run whose registers `full` gives by their place; `rest` those that are not full.
@inline(__always)
private func reduceRun<C: Combiner>(
  _ combiner: C.Type, _ length: Int, _ full: (Int) -> C.Element.Vector, rest: (Int, Int) -> C.Element.Vector
) -> C.Element {
  typealias V = C.Element.Vector
  let lanes = V.lanes
  let block = 32 * 4 * lanes
  if length <= block { return horizontal(combiner, reduceBlock(combiner, 0, length, full, rest)) }
  // A pile of partial results, each of twice as many blocks as the next:
  // the bits of the number of blocks seen say which are there.
  return withUnsafeTemporaryAllocation(of: V.self, capacity: 64) { pile in
    guard let pile = pile.baseAddress else { return C.identity }
    var blocks = 0
    var start = 0
    while start < length {
      var partial = reduceBlock(combiner, start, min(block, length - start), full, rest)
      var level = 0
      while blocks >> level & 1 != 0 {
        partial = C.combine(pile[level], partial)
        level += 1
      }
      pile[level] = partial
      blocks += 1
      start += block
    }
    var total = V(C.identity)
    var level = 0
    while blocks >> level != 0 {
      if blocks >> level & 1 != 0 { total = C.combine(pile[level], total) }
      level += 1
    }
    return horizontal(combiner, total)
  }
}

@inline(__always)
private func horizontal<C: Combiner>(
  _ combiner: C.Type, _ v: C.Element.Vector
) -> C.Element {
  if C.Element.Vector.lanes == 8 {
    return C.combine(
      C.combine(C.combine(v[0], v[4]), C.combine(v[2], v[6])),
      C.combine(C.combine(v[1], v[5]), C.combine(v[3], v[7])))
  }
  return C.combine(C.combine(v[0], v[2]), C.combine(v[1], v[3]))
}

/// Up to 32 numbers a lane in four registers, joined to one register.
@inline(__always)
private func reduceBlock<C: Combiner>(
  _ combiner: C.Type, _ start: Int, _ count: Int, _ full: (Int) -> C.Element.Vector, _ rest: (Int, Int) -> C.Element.Vector
) -> C.Element.Vector {
  typealias V = C.Element.Vector
  let lanes = V.lanes
  var a0 = V(C.identity)
  var a1 = a0
  var a2 = a0
  var a3 = a0
  var i = start
  let end = start + count
  while i + 4 * lanes <= end {
    a0 = C.combine(a0, full(i))
    a1 = C.combine(a1, full(i + lanes))
    a2 = C.combine(a2, full(i + 2 * lanes))
    a3 = C.combine(a3, full(i + 3 * lanes))
    i += 4 * lanes
  }
  while i + lanes <= end {
    a0 = C.combine(a0, full(i))
    i += lanes
  }
  if i < end { a1 = C.combine(a1, rest(i, end - i)) }
  return C.combine(C.combine(a0, a1), C.combine(a2, a3))
}

/// [length, inner] to [inner], a few registers of columns at a time.
@inline(__always)
private func reduceColumns<C: Combiner>(
  _ combiner: C.Type, _ x: UnsafePointer<C.Element>, _ out: UnsafeMutablePointer<C.Element>,
  _ length: Int, _ inner: Int
) {
  typealias V = C.Element.Vector
  let lanes = V.lanes
  let block = 64
  // As many levels as there are bits in the number of blocks: most often few enough for the stack.
  let levels = max(1, Int.bitWidth - (length / block).leadingZeroBitCount) + 1
  withUnsafeTemporaryAllocation(of: V.self, capacity: 4 * levels) { pile in
    guard let pile = pile.baseAddress else { return }
    var column = 0
    while column < inner {
      let width = min(4 * lanes, inner - column)
      var blocks = 0
      var start = 0
      repeat {
        let rows = min(block, length - start)
        let p = x + start * inner + column
        var a0 = V(C.identity)
        var a1 = a0
        var a2 = a0
        var a3 = a0
        if width == 4 * lanes {
          for row in 0..<rows {
            let q = p + row * inner
            a0 = C.combine(a0, V.load(q))
            a1 = C.combine(a1, V.load(q + lanes))
            a2 = C.combine(a2, V.load(q + 2 * lanes))
            a3 = C.combine(a3, V.load(q + 3 * lanes))
          }
        } else {
          for row in 0..<rows {
            let q = p + row * inner
            var done = 0
            if done + lanes <= width {
              a0 = C.combine(a0, V.load(q))
              done += lanes
            }
            if done + lanes <= width {
              a1 = C.combine(a1, V.load(q + lanes))
              done += lanes
            }
            if done + lanes <= width {
              a2 = C.combine(a2, V.load(q + 2 * lanes))
              done += lanes
            }
            if done < width {
              a3 = C.combine(a3, V.load(q + done, count: width - done, filler: C.identity))
            }
          }
        }
        var level = 0
        while blocks >> level & 1 != 0 {
          let kept = pile + 4 * level
          a0 = C.combine(kept[0], a0)
          a1 = C.combine(kept[1], a1)
          a2 = C.combine(kept[2], a2)
          a3 = C.combine(kept[3], a3)
          level += 1
        }
        let place = pile + 4 * level
        place[0] = a0
        place[1] = a1
        place[2] = a2
        place[3] = a3
        blocks += 1
        start += block
      } while start < length
      var a0 = V(C.identity)
      var a1 = a0
      var a2 = a0
      var a3 = a0
      var level = 0
      while blocks >> level != 0 {
        if blocks >> level & 1 != 0 {
          let kept = pile + 4 * level
          a0 = C.combine(kept[0], a0)
          a1 = C.combine(kept[1], a1)
          a2 = C.combine(kept[2], a2)
          a3 = C.combine(kept[3], a3)
        }
        level += 1
      }
      let o = out + column
      var done = 0
      if done + lanes <= width {
        a0.store(o)
        done += lanes
      }
      if done + lanes <= width {
        a1.store(o + lanes)
        done += lanes
      }
      if done + lanes <= width {
        a2.store(o + 2 * lanes)
        done += lanes
      }
      if done < width { a3.store(o + done, count: width - done) }
      column += width
    }
  }
}

/// out[o, i] = op over l of x[o, l, i], exact; a result that doesn't fit is a
/// fault at its place in `out`. An empty length gives 0, 1, `Int32.min` or `Int32.max`.
package func reduce(
  _ op: ReduceOperation, _ x: UnsafePointer<Int32>, _ out: UnsafeMutablePointer<Int32>,
  outer: Range<Int>, length: Int, inner: Int
) -> KernelFault? {
  for o in outer {
    for i in 0..<inner {
      let p = x + o * length * inner + i
      var result: Int
      switch op {
      case .sum:
        result = 0
        // 2³² numbers of 32 bits fit into 64.
        for l in 0..<length { result &+= Int(p[l * inner]) }
      case .product:
        result = 1
        for l in 0..<length {
          let factor = Int(p[l * inner])
          if factor == 0 {
            result = 0
            break
          }
          // Once too large it stays too large, unless a zero follows.
          if Int32(exactly: result) != nil { result *= factor }
        }
      case .maximum:
        result = Int(Int32.min)
        for l in 0..<length { result = max(result, Int(p[l * inner])) }
      case .minimum:
        result = Int(Int32.max)
        for l in 0..<length { result = min(result, Int(p[l * inner])) }
      }
      guard let value = Int32(exactly: result) else {
        return KernelFault(kind: .overflow, position: o * inner + i, value: result)
      }
      out[o * inner + i] = value
    }
  }
  return nil
}

// MARK: - Places of extremes

/// out[o, i] = the first l at which x[o, l, i] is largest (smallest); the first nan, if there is
/// one. `length` must not be 0.
package func argReduce(
  maximum: Bool, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Int32>,
  outer: Range<Int>, length: Int, inner: Int
) {
  argReduceReal(maximum, x, out, outer, length, inner)
}

/// out[o, i] = the first l at which x[o, l, i] is largest (smallest); the first nan, if there is
/// one. `length` must not be 0.
package func argReduce(
  maximum: Bool, _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Int32>,
  outer: Range<Int>, length: Int, inner: Int
) {
  argReduceReal(maximum, x, out, outer, length, inner)
}

/// out[o, i] = the first l at which x[o, l, i] is largest (smallest). `length` must not be 0.
package func argReduce(
  maximum: Bool, _ x: UnsafePointer<Int32>, _ out: UnsafeMutablePointer<Int32>,
  outer: Range<Int>, length: Int, inner: Int
) {
  argReduceEach(x, out, outer, length, inner) { maximum ? $0 > $1 : $0 < $1 }
}

@inline(__always)
private func argReduceReal<T: RealElement>(
  _ maximum: Bool, _ x: UnsafePointer<T>, _ out: UnsafeMutablePointer<Int32>,
  _ outer: Range<Int>, _ length: Int, _ inner: Int
) {
  if inner == 1 {
    for o in outer {
      let row = x + o * length
      // First the value, in registers, then its place.
      let best =
        maximum
        ? reduceRun(Maximum<T>.self, row, length) : reduceRun(Minimum<T>.self, row, length)
      var place = 0
      if best == best {
        while place < length && row[place] != best { place += 1 }
      } else {
        while place < length && row[place] == row[place] { place += 1 }
      }
      out[o] = Int32(truncatingIfNeeded: place < length ? place : 0)
    }
  } else if maximum {
    argReduceEach(x, out, outer, length, inner) { $0 > $1 || ($0 != $0 && $1 == $1) }
  } else {
    argReduceEach(x, out, outer, length, inner) { $0 < $1 || ($0 != $0 && $1 == $1) }
  }
}

@inline(__always)
private func argReduceEach<T>(
  _ x: UnsafePointer<T>, _ out: UnsafeMutablePointer<Int32>, _ outer: Range<Int>,
  _ length: Int, _ inner: Int, better: (T, T) -> Bool
) {
  for o in outer {
    let p = x + o * length * inner
    let best = out + o * inner
    for i in 0..<inner { best[i] = 0 }
    // Rows outside, so that memory is read in order.
    if length < 2 { continue }
    for l in 1..<length {
      for i in 0..<inner where better(p[l * inner + i], p[Int(best[i]) * inner + i]) {
        best[i] = Int32(truncatingIfNeeded: l)
      }
    }
  }
}

// MARK: - Running sums

/// out[o, l, i] = Σ x[o, 0...l, i]. The running sum is kept in double precision.
package func cumulativeSum(
  _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
  outer: Range<Int>, length: Int, inner: Int
) {
  cumulate(x, out, outer, length, inner) { Float($0) } widen: { Double($0) }
}

/// out[o, l, i] = Σ x[o, 0...l, i].
package func cumulativeSum(
  _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>,
  outer: Range<Int>, length: Int, inner: Int
) {
  cumulate(x, out, outer, length, inner) { $0 } widen: { $0 }
}

@inline(__always)
private func cumulate<T>(
  _ x: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ outer: Range<Int>,
  _ length: Int, _ inner: Int, narrow: (Double) -> T, widen: (T) -> Double
) {
  if inner == 1 {
    for o in outer {
      var sum = 0.0
      for place in o * length..<(o + 1) * length {
        sum += widen(x[place])
        out[place] = narrow(sum)
      }
    }
    return
  }
  let tile = 64
  withUnsafeTemporaryAllocation(of: Double.self, capacity: tile) { sums in
    guard let sums = sums.baseAddress else { return }
    for o in outer {
      var column = 0
      while column < inner {
        let width = min(tile, inner - column)
        sums.update(repeating: 0, count: width)
        for l in 0..<length {
          let place = (o * length + l) * inner + column
          for i in 0..<width {
            sums[i] += widen(x[place + i])
            out[place + i] = narrow(sums[i])
          }
        }
        column += width
      }
    }
  }
}

/// out[o, l, i] = Σ x[o, 0...l, i]; a sum that doesn't fit is a fault at its place.
package func cumulativeSum(
  _ x: UnsafePointer<Int32>, _ out: UnsafeMutablePointer<Int32>,
  outer: Range<Int>, length: Int, inner: Int
) -> KernelFault? {
  for o in outer {
    for l in 0..<length {
      for i in 0..<inner {
        let place = (o * length + l) * inner + i
        let before = l == 0 ? 0 : Int(out[place - inner])
        guard let sum = Int32(exactly: before + Int(x[place])) else {
          return KernelFault(kind: .overflow, position: place, value: before + Int(x[place]))
        }
        out[place] = sum
      }
    }
  }
  return nil
}
