/// All of a contiguous run. [length] to one number.
@inline(__always)
func reduceRun<C: Combiner>(
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
