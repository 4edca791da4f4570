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
