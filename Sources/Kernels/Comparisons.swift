// Questions about elements, connections of truth values, choices.
// A truth value is a byte, 0 or 1.

/// out[i] = 1 where a[i · aStep] op b[i · bStep] holds, else 0. A nan is unequal to everything.
package func compare(
  _ op: CompareOperation, _ a: UnsafePointer<Float>, _ aStep: Int,
  _ b: UnsafePointer<Float>, _ bStep: Int, _ out: UnsafeMutablePointer<UInt8>, _ count: Int
) {
  switch op {
  case .equal: zipEach(a, aStep, b, bStep, out, count) { $0 == $1 ? 1 : 0 }
  case .notEqual: zipEach(a, aStep, b, bStep, out, count) { $0 != $1 ? 1 : 0 }
  case .less: zipEach(a, aStep, b, bStep, out, count) { $0 < $1 ? 1 : 0 }
  case .lessEqual: zipEach(a, aStep, b, bStep, out, count) { $0 <= $1 ? 1 : 0 }
  }
}

/// out[i] = 1 where a[i · aStep] op b[i · bStep] holds, else 0. A nan is unequal to everything.
package func compare(
  _ op: CompareOperation, _ a: UnsafePointer<Double>, _ aStep: Int,
  _ b: UnsafePointer<Double>, _ bStep: Int, _ out: UnsafeMutablePointer<UInt8>, _ count: Int
) {
  switch op {
  case .equal: zipEach(a, aStep, b, bStep, out, count) { $0 == $1 ? 1 : 0 }
  case .notEqual: zipEach(a, aStep, b, bStep, out, count) { $0 != $1 ? 1 : 0 }
  case .less: zipEach(a, aStep, b, bStep, out, count) { $0 < $1 ? 1 : 0 }
  case .lessEqual: zipEach(a, aStep, b, bStep, out, count) { $0 <= $1 ? 1 : 0 }
  }
}

/// out[i] = 1 where a[i · aStep] op b[i · bStep] holds, else 0. A nan is unequal to everything.
package func compare(
  _ op: CompareOperation, _ a: UnsafePointer<Int32>, _ aStep: Int,
  _ b: UnsafePointer<Int32>, _ bStep: Int, _ out: UnsafeMutablePointer<UInt8>, _ count: Int
) {
  switch op {
  case .equal: zipEach(a, aStep, b, bStep, out, count) { $0 == $1 ? 1 : 0 }
  case .notEqual: zipEach(a, aStep, b, bStep, out, count) { $0 != $1 ? 1 : 0 }
  case .less: zipEach(a, aStep, b, bStep, out, count) { $0 < $1 ? 1 : 0 }
  case .lessEqual: zipEach(a, aStep, b, bStep, out, count) { $0 <= $1 ? 1 : 0 }
  }
}

/// out[i] = 1 where a[i · aStep] op b[i · bStep] holds, else 0. A nan is unequal to everything.
package func compare(
  _ op: CompareOperation, _ a: UnsafePointer<UInt8>, _ aStep: Int,
  _ b: UnsafePointer<UInt8>, _ bStep: Int, _ out: UnsafeMutablePointer<UInt8>, _ count: Int
) {
  switch op {
  case .equal: zipEach(a, aStep, b, bStep, out, count) { $0 == $1 ? 1 : 0 }
  case .notEqual: zipEach(a, aStep, b, bStep, out, count) { $0 != $1 ? 1 : 0 }
  case .less: zipEach(a, aStep, b, bStep, out, count) { $0 < $1 ? 1 : 0 }
  case .lessEqual: zipEach(a, aStep, b, bStep, out, count) { $0 <= $1 ? 1 : 0 }
  }
}

/// out[i] = a[i · aStep] op b[i · bStep].
package func logical(
  _ op: LogicalOperation, _ a: UnsafePointer<UInt8>, _ aStep: Int,
  _ b: UnsafePointer<UInt8>, _ bStep: Int, _ out: UnsafeMutablePointer<UInt8>, _ count: Int
) {
  switch op {
  case .and: zipEach(a, aStep, b, bStep, out, count) { $0 & $1 }
  case .or: zipEach(a, aStep, b, bStep, out, count) { $0 | $1 }
  }
}

/// out[i] = not x[i].
package func logicalNot(
  _ x: UnsafePointer<UInt8>, _ out: UnsafeMutablePointer<UInt8>, _ count: Int
) {
  for i in 0..<max(count, 0) { out[i] = x[i] ^ 1 }
}

/// out[i] = 1 where x[i] is not a number.
package func isNan(_ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<UInt8>, _ count: Int) {
  for i in 0..<max(count, 0) { out[i] = x[i] != x[i] ? 1 : 0 }
}

/// out[i] = 1 where x[i] is not a number.
package func isNan(_ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<UInt8>, _ count: Int) {
  for i in 0..<max(count, 0) { out[i] = x[i] != x[i] ? 1 : 0 }
}

// MARK: - Choice

// The compiler makes vectors of these loops when the output overlaps no
// operand, and here `out` often is one of them; so a tile is filled apart and
// copied.

@inline(__always)
private func choose<W: FixedWidthInteger>(
  _ condition: UnsafePointer<UInt8>, _ conditionStep: Int,
  _ a: UnsafePointer<W>, _ aStep: Int, _ b: UnsafePointer<W>, _ bStep: Int,
  _ out: UnsafeMutablePointer<W>, _ count: Int
) {
  if count <= 0 { return }
  // A tile of our own, on the stack, lies apart from every operand.
  let tile = 1024 / MemoryLayout<W>.stride
  withUnsafeTemporaryAllocation(of: W.self, capacity: tile) { buffer in
    guard let local = buffer.baseAddress else { return }
    var start = 0
    while start < count {
      let n = min(tile, count - start)
      let c = condition + start * conditionStep
      let x = a + start * aStep
      let y = b + start * bStep
      if conditionStep == 0 {
        let from = c[0] != 0 ? x : y
        let step = c[0] != 0 ? aStep : bStep
        if step == 0 {
          for i in 0..<n { local[i] = from[0] }
        } else {
          for i in 0..<n { local[i] = from[i] }
        }
      } else if aStep != 0 && bStep != 0 {
        for i in 0..<n { local[i] = c[i] != 0 ? x[i] : y[i] }
      } else if aStep != 0 {
        let second = y[0]
        for i in 0..<n { local[i] = c[i] != 0 ? x[i] : second }
      } else if bStep != 0 {
        let first = x[0]
        for i in 0..<n { local[i] = c[i] != 0 ? first : y[i] }
      } else {
        let first = x[0]
        let second = y[0]
        for i in 0..<n { local[i] = c[i] != 0 ? first : second }
      }
      (out + start).update(from: local, count: n)
      start += n
    }
  }
}

/// out[i] = condition[i · conditionStep] ? a[i · aStep] : b[i · bStep]; `out` may be `a` or `b`.
package func select(
  _ condition: UnsafePointer<UInt8>, _ conditionStep: Int,
  _ a: UnsafePointer<Float>, _ aStep: Int, _ b: UnsafePointer<Float>, _ bStep: Int,
  _ out: UnsafeMutablePointer<Float>, _ count: Int
) {
  choose(
    condition, conditionStep, raw(a), aStep, raw(b), bStep,
    UnsafeMutableRawPointer(out).assumingMemoryBound(to: UInt32.self), count)
}

/// out[i] = condition[i · conditionStep] ? a[i · aStep] : b[i · bStep]; `out` may be `a` or `b`.
package func select(
  _ condition: UnsafePointer<UInt8>, _ conditionStep: Int,
  _ a: UnsafePointer<Double>, _ aStep: Int, _ b: UnsafePointer<Double>, _ bStep: Int,
  _ out: UnsafeMutablePointer<Double>, _ count: Int
) {
  choose(
    condition, conditionStep, raw(a), aStep, raw(b), bStep,
    UnsafeMutableRawPointer(out).assumingMemoryBound(to: UInt64.self), count)
}

/// out[i] = condition[i · conditionStep] ? a[i · aStep] : b[i · bStep]; `out` may be `a` or `b`.
package func select(
  _ condition: UnsafePointer<UInt8>, _ conditionStep: Int,
  _ a: UnsafePointer<Int32>, _ aStep: Int, _ b: UnsafePointer<Int32>, _ bStep: Int,
  _ out: UnsafeMutablePointer<Int32>, _ count: Int
) {
  choose(
    condition, conditionStep, raw(a), aStep, raw(b), bStep,
    UnsafeMutableRawPointer(out).assumingMemoryBound(to: UInt32.self), count)
}

/// out[i] = condition[i · conditionStep] ? a[i · aStep] : b[i · bStep]; `out` may be `a` or `b`.
package func select(
  _ condition: UnsafePointer<UInt8>, _ conditionStep: Int,
  _ a: UnsafePointer<UInt8>, _ aStep: Int, _ b: UnsafePointer<UInt8>, _ bStep: Int,
  _ out: UnsafeMutablePointer<UInt8>, _ count: Int
) {
  choose(
    condition, conditionStep, raw(a), aStep, raw(b), bStep,
    UnsafeMutableRawPointer(out).assumingMemoryBound(to: UInt8.self), count)
}

/// The same memory, seen as its bits: choosing moves bits and reads no number.
@inline(__always) private func raw<T, W>(_ p: UnsafePointer<T>) -> UnsafePointer<W> {
  UnsafeRawPointer(p).assumingMemoryBound(to: W.self)
}
