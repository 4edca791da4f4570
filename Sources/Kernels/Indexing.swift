#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// Reading and adding at places that are data. A negative index counts from
// the end. Indices are checked before anything is written.

/// The first index outside -length..<length, if any.
private func checkIndices(
  _ index: UnsafePointer<Int32>, _ count: Int, _ length: Int
) -> KernelFault? {
  for n in 0..<max(count, 0) {
    let place = Int(index[n])
    if place >= length || place < -length {
      return KernelFault(kind: .indexOutOfRange, position: n, value: place)
    }
  }
  return nil
}

/// out[o, n, i] = x[o, index[n], i], with x of [outer, axisLength, inner] and out of
/// [outer, count, inner]; elements of 1, 4 or 8 bytes.
package func gather(
  elementSize: Int, x: UnsafeRawPointer, index: UnsafePointer<Int32>,
  out: UnsafeMutableRawPointer, outer: Int, axisLength: Int, count: Int, inner: Int
) -> KernelFault? {
  if outer == 0 || inner == 0 { return nil }
  if let fault = checkIndices(index, count, axisLength) { return fault }
  if inner == 1 {
    switch elementSize {
    case 1: gatherSingles(UInt8.self, x, index, out, outer, axisLength, count)
    case 4: gatherSingles(UInt32.self, x, index, out, outer, axisLength, count)
    default: gatherSingles(UInt64.self, x, index, out, outer, axisLength, count)
    }
    return nil
  }
  let bytes = inner * elementSize
  for o in 0..<outer {
    let from = x + o * axisLength * bytes
    let to = out + o * count * bytes
    for n in 0..<count {
      let place = Int(index[n])
      memcpy(to + n * bytes, from + (place < 0 ? place + axisLength : place) * bytes, bytes)
    }
  }
  return nil
}

@inline(__always)
private func gatherSingles<W>(
  _ type: W.Type, _ x: UnsafeRawPointer, _ index: UnsafePointer<Int32>,
  _ out: UnsafeMutableRawPointer, _ outer: Int, _ axisLength: Int, _ count: Int
) {
  for o in 0..<outer {
    let from = x.assumingMemoryBound(to: W.self) + o * axisLength
    let to = out.assumingMemoryBound(to: W.self) + o * count
    for n in 0..<count {
      let place = Int(index[n])
      to[n] = from[place < 0 ? place + axisLength : place]
    }
  }
}

/// out[o, index[n], i] += x[o, n, i], in the order of n, with x of [outer, count, inner] and out of
/// [outer, axisLength, inner], which the caller has zeroed.
package func scatterAdd(
  x: UnsafePointer<Float>, index: UnsafePointer<Int32>, out: UnsafeMutablePointer<Float>,
  outer: Int, axisLength: Int, count: Int, inner: Int
) -> KernelFault? {
  scatterAddReal(x, index, out, outer, axisLength, count, inner)
}

/// out[o, index[n], i] += x[o, n, i], in the order of n, with x of [outer, count, inner] and out of
/// [outer, axisLength, inner], which the caller has zeroed.
package func scatterAdd(
  x: UnsafePointer<Double>, index: UnsafePointer<Int32>, out: UnsafeMutablePointer<Double>,
  outer: Int, axisLength: Int, count: Int, inner: Int
) -> KernelFault? {
  scatterAddReal(x, index, out, outer, axisLength, count, inner)
}

@inline(__always)
private func scatterAddReal<T: RealElement>(
  _ x: UnsafePointer<T>, _ index: UnsafePointer<Int32>, _ out: UnsafeMutablePointer<T>,
  _ outer: Int, _ axisLength: Int, _ count: Int, _ inner: Int
) -> KernelFault? {
  if outer == 0 || inner == 0 { return nil }
  if let fault = checkIndices(index, count, axisLength) { return fault }
  for o in 0..<outer {
    for n in 0..<count {
      let place = Int(index[n])
      let row = out + (o * axisLength + (place < 0 ? place + axisLength : place)) * inner
      let from = x + (o * count + n) * inner
      if inner == 1 {
        row[0] += from[0]
      } else {
        zipLanes(UnsafePointer(row), 1, from, 1, row, inner) { T.Vector.sum($0, $1) }
      }
    }
  }
  return nil
}

/// out[o, index[n], i] += x[o, n, i]; a sum that doesn't fit is a fault at its place in `out`.
package func scatterAdd(
  x: UnsafePointer<Int32>, index: UnsafePointer<Int32>, out: UnsafeMutablePointer<Int32>,
  outer: Int, axisLength: Int, count: Int, inner: Int
) -> KernelFault? {
  if outer == 0 || inner == 0 { return nil }
  if let fault = checkIndices(index, count, axisLength) { return fault }
  for o in 0..<outer {
    for n in 0..<count {
      let index = Int(index[n])
      let row = (o * axisLength + (index < 0 ? index + axisLength : index)) * inner
      for i in 0..<inner {
        let (sum, overflow) = out[row + i].addingReportingOverflow(x[(o * count + n) * inner + i])
        if overflow {
          return KernelFault(kind: .overflow, position: row + i, value: Int(out[row + i]))
        }
        out[row + i] = sum
      }
    }
  }
  return nil
}
