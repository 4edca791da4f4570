/// Two operations one after the other: out = second(first(a, b), c), each rounded by itself.
///
/// What lies between them stays in a register, which saves a pass over the first-level cache. Kept apart from a fused
/// multiply-add so that the bits are those of the two operations.
package enum PairOperation {
  /// Whether both are operations that can stand in a pair.
  package static func allows(_ first: BinaryOperation, _ second: BinaryOperation) -> Bool {
    switch (first, second) {
    case (.add, .add), (.add, .subtract), (.add, .multiply), (.add, .divide): true
    case (.subtract, .add), (.subtract, .subtract), (.subtract, .multiply), (.subtract, .divide): true
    case (.multiply, .add), (.multiply, .subtract), (.multiply, .multiply), (.multiply, .divide): true
    default: false
    }
  }
}

/// out[i] = second(first(a[i · aStep], b[i · bStep]), c[i · cStep]), with steps of 0 or 1; `isSwapped` has c on the left of the second.
/// `out` may be an operand. The operations must be allowed as a pair.
package func pair(
  _ first: BinaryOperation, _ second: BinaryOperation, isSwapped: Bool, _ a: UnsafePointer<Float>, _ aStep: Int, _ b: UnsafePointer<Float>, _ bStep: Int,
  _ c: UnsafePointer<Float>, _ cStep: Int, _ out: UnsafeMutablePointer<Float>, _ count: Int
) {
  pairLanes(first, second, isSwapped, a, aStep, b, bStep, c, cStep, out, count)
}

/// out[i] = second(first(a[i · aStep], b[i · bStep]), c[i · cStep]), with steps of 0 or 1; `isSwapped` has c on the left of the second.
/// `out` may be an operand. The operations must be allowed as a pair.
package func pair(
  _ first: BinaryOperation, _ second: BinaryOperation, isSwapped: Bool, _ a: UnsafePointer<Double>, _ aStep: Int, _ b: UnsafePointer<Double>, _ bStep: Int,
  _ c: UnsafePointer<Double>, _ cStep: Int, _ out: UnsafeMutablePointer<Double>, _ count: Int
) {
  pairLanes(first, second, isSwapped, a, aStep, b, bStep, c, cStep, out, count)
}

/// What is done with four operands at once, each operation rounded by itself.
package enum FourOperation: CaseIterable, Sendable {
  /// a · b · c + d, as in scaling and shifting what was normalised.
  case scaleAndShift
  /// a · b + c · d, as in a moving average.
  case sumOfTwoProducts
  /// d - a · b / c, as in a step down a gradient.
  case differenceFromQuotient
}

/// out[i] = operation(a[i · aStep], b[i · bStep], c[i · cStep], d[i · dStep]), with steps of 0 or 1. `out` may be an operand.
package func four(
  _ operation: FourOperation, _ a: UnsafePointer<Float>, _ aStep: Int, _ b: UnsafePointer<Float>, _ bStep: Int, _ c: UnsafePointer<Float>, _ cStep: Int,
  _ d: UnsafePointer<Float>, _ dStep: Int, _ out: UnsafeMutablePointer<Float>, _ count: Int
) {
  fourLanes(operation, a, aStep, b, bStep, c, cStep, d, dStep, out, count)
}

/// out[i] = operation(a[i · aStep], b[i · bStep], c[i · cStep], d[i · dStep]), with steps of 0 or 1. `out` may be an operand.
package func four(
  _ operation: FourOperation, _ a: UnsafePointer<Double>, _ aStep: Int, _ b: UnsafePointer<Double>, _ bStep: Int, _ c: UnsafePointer<Double>, _ cStep: Int,
  _ d: UnsafePointer<Double>, _ dStep: Int, _ out: UnsafeMutablePointer<Double>, _ count: Int
) {
  fourLanes(operation, a, aStep, b, bStep, c, cStep, d, dStep, out, count)
}

@inline(__always)
private func fourLanes<T: RealElement>(
  _ operation: FourOperation, _ a: UnsafePointer<T>, _ aStep: Int, _ b: UnsafePointer<T>, _ bStep: Int, _ c: UnsafePointer<T>, _ cStep: Int,
  _ d: UnsafePointer<T>, _ dStep: Int, _ out: UnsafeMutablePointer<T>, _ count: Int
) {
  typealias V = T.Vector
  // One factor of a product is often a single number, which stays in a register.
  let (x, p) = aStep == 1 ? (a, b) : (b, a), (y, q) = cStep == 1 ? (c, d) : (d, c)
  let hasNumber = aStep + bStep == 1 && count > 0
  switch operation {
  case .scaleAndShift:
    if hasNumber {
      let p = V(p[0])
      zipThree(x, 1, c, cStep, d, dStep, out, count) { V.sum(V.product(V.product($0, p), $1), $2) }
    } else {
      zipFour(a, aStep, b, bStep, c, cStep, d, dStep, out, count) { V.sum(V.product(V.product($0, $1), $2), $3) }
    }
  case .sumOfTwoProducts:
    if hasNumber && cStep + dStep == 1 {
      let p = V(p[0]), q = V(q[0])
      zipLanes(x, 1, y, 1, out, count) { V.sum(V.product($0, p), V.product($1, q)) }
    } else {
      zipFour(a, aStep, b, bStep, c, cStep, d, dStep, out, count) { V.sum(V.product($0, $1), V.product($2, $3)) }
    }
  case .differenceFromQuotient:
    if hasNumber {
      let p = V(p[0])
      zipThree(x, 1, c, cStep, d, dStep, out, count) { V.difference($2, V.quotient(V.product($0, p), $1)) }
    } else {
      zipFour(a, aStep, b, bStep, c, cStep, d, dStep, out, count) { V.difference($3, V.quotient(V.product($0, $1), $2)) }
    }
  }
}

@inline(__always)
private func pairLanes<T: RealElement>(
  _ first: BinaryOperation, _ second: BinaryOperation, _ isSwapped: Bool, _ a: UnsafePointer<T>, _ aStep: Int, _ b: UnsafePointer<T>, _ bStep: Int,
  _ c: UnsafePointer<T>, _ cStep: Int, _ out: UnsafeMutablePointer<T>, _ count: Int
) {
  typealias V = T.Vector
  switch first {
  case .add: secondLanes(second, isSwapped, a, aStep, b, bStep, c, cStep, out, count) { V.sum($0, $1) }
  case .subtract: secondLanes(second, isSwapped, a, aStep, b, bStep, c, cStep, out, count) { V.difference($0, $1) }
  default: secondLanes(second, isSwapped, a, aStep, b, bStep, c, cStep, out, count) { V.product($0, $1) }
  }
}

@inline(__always)
private func secondLanes<T: RealElement>(
  _ second: BinaryOperation, _ isSwapped: Bool, _ a: UnsafePointer<T>, _ aStep: Int, _ b: UnsafePointer<T>, _ bStep: Int,
  _ c: UnsafePointer<T>, _ cStep: Int, _ out: UnsafeMutablePointer<T>, _ count: Int, _ f: (T.Vector, T.Vector) -> T.Vector
) {
  typealias V = T.Vector
  switch (second, isSwapped) {
  case (.add, _): zipThree(a, aStep, b, bStep, c, cStep, out, count) { V.sum(f($0, $1), $2) }
  case (.multiply, _): zipThree(a, aStep, b, bStep, c, cStep, out, count) { V.product(f($0, $1), $2) }
  case (.subtract, false): zipThree(a, aStep, b, bStep, c, cStep, out, count) { V.difference(f($0, $1), $2) }
  case (.subtract, true): zipThree(a, aStep, b, bStep, c, cStep, out, count) { V.difference($2, f($0, $1)) }
  case (_, false): zipThree(a, aStep, b, bStep, c, cStep, out, count) { V.quotient(f($0, $1), $2) }
  case (_, true): zipThree(a, aStep, b, bStep, c, cStep, out, count) { V.quotient($2, f($0, $1)) }
  }
}

/// Numbers at the end stay in registers. Else operands of step 0 are read from a register's worth of copies, without moving on: one
/// loop for all steps.
@inline(__always)
private func zipThree<T: RealElement>(
  _ a: UnsafePointer<T>, _ aStep: Int, _ b: UnsafePointer<T>, _ bStep: Int, _ c: UnsafePointer<T>, _ cStep: Int,
  _ out: UnsafeMutablePointer<T>, _ count: Int, _ f: (T.Vector, T.Vector, T.Vector) -> T.Vector
) {
  if count <= 0 { return }
  typealias V = T.Vector
  if aStep == 1 && cStep == 0 {
    let z = V(c[0])
    return zipLanes(a, 1, b, bStep, out, count) { f($0, $1, z) }
  }
  let lanes = V.lanes
  var copies = (V(a[0]), V(b[0]), V(c[0]))
  withUnsafePointer(to: &copies) { copies in
    let same = UnsafeRawPointer(copies).assumingMemoryBound(to: T.self)
    var pa = aStep == 0 ? same : a
    var pb = bStep == 0 ? same + lanes : b
    var pc = cStep == 0 ? same + 2 * lanes : c
    let da = aStep * lanes, db = bStep * lanes, dc = cStep * lanes
    var i = 0
    while i + 2 * lanes <= count {
      let r0 = f(V.load(pa), V.load(pb), V.load(pc))
      let r1 = f(V.load(pa + da), V.load(pb + db), V.load(pc + dc))
      r0.store(out + i)
      r1.store(out + i + lanes)
      pa += 2 * da
      pb += 2 * db
      pc += 2 * dc
      i += 2 * lanes
    }
    if i + lanes <= count {
      f(V.load(pa), V.load(pb), V.load(pc)).store(out + i)
      pa += da
      pb += db
      pc += dc
      i += lanes
    }
    if i < count {
      let rest = count - i
      let x = aStep == 0 ? V.load(pa) : V.load(pa, count: rest, filler: 1)
      let y = bStep == 0 ? V.load(pb) : V.load(pb, count: rest, filler: 1)
      let z = cStep == 0 ? V.load(pc) : V.load(pc, count: rest, filler: 1)
      f(x, y, z).store(out + i, count: rest)
    }
  }
}

/// `zipThree` with one more.
@inline(__always)
private func zipFour<T: RealElement>(
  _ a: UnsafePointer<T>, _ aStep: Int, _ b: UnsafePointer<T>, _ bStep: Int, _ c: UnsafePointer<T>, _ cStep: Int, _ d: UnsafePointer<T>, _ dStep: Int,
  _ out: UnsafeMutablePointer<T>, _ count: Int, _ f: (T.Vector, T.Vector, T.Vector, T.Vector) -> T.Vector
) {
  if count <= 0 { return }
  typealias V = T.Vector
  let lanes = V.lanes
  var copies = (V(a[0]), V(b[0]), V(c[0]), V(d[0]))
  withUnsafePointer(to: &copies) { copies in
    let same = UnsafeRawPointer(copies).assumingMemoryBound(to: T.self)
    var pa = aStep == 0 ? same : a
    var pb = bStep == 0 ? same + lanes : b
    var pc = cStep == 0 ? same + 2 * lanes : c
    var pd = dStep == 0 ? same + 3 * lanes : d
    let da = aStep * lanes, db = bStep * lanes, dc = cStep * lanes, dd = dStep * lanes
    var i = 0
    while i + 2 * lanes <= count {
      let r0 = f(V.load(pa), V.load(pb), V.load(pc), V.load(pd))
      let r1 = f(V.load(pa + da), V.load(pb + db), V.load(pc + dc), V.load(pd + dd))
      r0.store(out + i)
      r1.store(out + i + lanes)
      pa += 2 * da
      pb += 2 * db
      pc += 2 * dc
      pd += 2 * dd
      i += 2 * lanes
    }
    if i + lanes <= count {
      f(V.load(pa), V.load(pb), V.load(pc), V.load(pd)).store(out + i)
      pa += da
      pb += db
      pc += dc
      pd += dd
      i += lanes
    }
    if i < count {
      let rest = count - i
      let x = aStep == 0 ? V.load(pa) : V.load(pa, count: rest, filler: 1)
      let y = bStep == 0 ? V.load(pb) : V.load(pb, count: rest, filler: 1)
      let z = cStep == 0 ? V.load(pc) : V.load(pc, count: rest, filler: 1)
      let w = dStep == 0 ? V.load(pd) : V.load(pd, count: rest, filler: 1)
      f(x, y, z, w).store(out + i, count: rest)
    }
  }
}
