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
