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
