#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What is done to each element of one operand.
package enum UnaryOperation: UInt8, CaseIterable, Sendable {
  case negate, absolute, sign, exp, expm1, log, log1p, sqrt, sin, cos, tan, asin, acos, atan
  case sinh, cosh, tanh, erf, floor, ceil
  /// To the nearest integer, halves to the even one.
  case round
  case reciprocal, sigmoid
}

/// What is done to each pair of elements.
package enum BinaryOperation: UInt8, CaseIterable, Sendable {
  case add, subtract, multiply, divide
  /// Rounded down, as in Python.
  case floorDivide
  /// With the sign of the divisor, as in Python.
  case modulo
  case power
  /// A nan in either operand wins.
  case maximum, minimum
}

/// A question about each pair of elements.
package enum CompareOperation: UInt8, CaseIterable, Sendable {
  case equal, notEqual, less, lessEqual
}

/// A connection of each pair of truth values.
package enum LogicalOperation: UInt8, CaseIterable, Sendable {
  case and, or
}

/// What an integer kernel met that has no answer.
package struct KernelFault: Equatable, Sendable {
  package enum Kind: Sendable {
    case overflow, divisionByZero, indexOutOfRange
    /// `position` counts the matrices of a batch; of one that is not positive definite, `value` is the size of the minor found so.
    case singular, notPositiveDefinite
  }

  package var kind: Kind
  /// The number of the element in the run that was asked for.
  package var position: Int
  /// The operand or index at fault.
  package var value: Int

  package init(kind: Kind, position: Int, value: Int) {
    self.kind = kind
    self.position = position
    self.value = value
  }
}

// MARK: - Loops

// The tail of a run goes through the same lanes as the rest, so an element's
// bits don't depend on where it stands. Every vector is loaded before it is
// stored, so the output may be one of the operands.

@inline(__always)
func mapLanes<T: RealElement>(
  _ x: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ count: Int,
  _ f: (T.Vector) -> T.Vector
) {
  let lanes = T.Vector.lanes
  let whole = count - count % lanes
  var i = 0
  while i < whole {
    f(T.Vector.load(x + i)).store(out + i)
    i += lanes
  }
  if i < count {
    f(T.Vector.load(x + i, count: count - i, filler: 0)).store(out + i, count: count - i)
  }
}

/// `mapLanes` in three steps, of which each works on the register after the one that the next step works on. A long chain of operations would wait
/// for itself: the processor has not enough registers to look ahead far enough.
@inline(__always)
func mapSteps<A, B>(
  _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int, _ first: (F8) -> A, _ second: (A) -> B, _ third: (B) -> F8
) {
  let whole = count - count % 8
  if whole > 0 {
    // The last steps of the last registers stand behind the loop; where there are none any register will do.
    var a = first(F8.load(x))
    var b = second(a)
    a = first(F8.load(x + min(8, whole - 8)))
    var i = 0
    while i < whole - 16 {
      let next = first(F8.load(x + i + 16))
      let after = second(a)
      third(b).store(out + i)
      (a, b) = (next, after)
      i += 8
    }
    let last = second(a)
    third(b).store(out + i)
    if i + 8 < whole { third(last).store(out + i + 8) }
  }
  if whole < count {
    third(second(first(F8.load(x + whole, count: count - whole, filler: 0)))).store(out + whole, count: count - whole)
  }
}

@inline(__always)
func zipLanes<T: RealElement>(
  _ a: UnsafePointer<T>, _ aStep: Int, _ b: UnsafePointer<T>, _ bStep: Int,
  _ out: UnsafeMutablePointer<T>, _ count: Int, _ f: (T.Vector, T.Vector) -> T.Vector
) {
  if count <= 0 { return }
  let lanes = T.Vector.lanes
  let whole = count - count % lanes
  // Four registers at a time, and what is left one by one: the loop itself would cost as much as the arithmetic.
  let unrolled = count - count % (4 * lanes)
  var i = 0
  if aStep != 0 && bStep != 0 {
    while i < unrolled {
      let r0 = f(T.Vector.load(a + i), T.Vector.load(b + i))
      let r1 = f(T.Vector.load(a + i + lanes), T.Vector.load(b + i + lanes))
      let r2 = f(T.Vector.load(a + i + 2 * lanes), T.Vector.load(b + i + 2 * lanes))
      let r3 = f(T.Vector.load(a + i + 3 * lanes), T.Vector.load(b + i + 3 * lanes))
      r0.store(out + i)
      r1.store(out + i + lanes)
      r2.store(out + i + 2 * lanes)
      r3.store(out + i + 3 * lanes)
      i += 4 * lanes
    }
    while i < whole {
      f(T.Vector.load(a + i), T.Vector.load(b + i)).store(out + i)
      i += lanes
    }
  } else if aStep != 0 {
    let second = T.Vector(b[0])
    while i < unrolled {
      let r0 = f(T.Vector.load(a + i), second)
      let r1 = f(T.Vector.load(a + i + lanes), second)
      let r2 = f(T.Vector.load(a + i + 2 * lanes), second)
      let r3 = f(T.Vector.load(a + i + 3 * lanes), second)
      r0.store(out + i)
      r1.store(out + i + lanes)
      r2.store(out + i + 2 * lanes)
      r3.store(out + i + 3 * lanes)
      i += 4 * lanes
    }
    while i < whole {
      f(T.Vector.load(a + i), second).store(out + i)
      i += lanes
    }
  } else if bStep != 0 {
    let first = T.Vector(a[0])
    while i < unrolled {
      let r0 = f(first, T.Vector.load(b + i))
      let r1 = f(first, T.Vector.load(b + i + lanes))
      let r2 = f(first, T.Vector.load(b + i + 2 * lanes))
      let r3 = f(first, T.Vector.load(b + i + 3 * lanes))
      r0.store(out + i)
      r1.store(out + i + lanes)
      r2.store(out + i + 2 * lanes)
      r3.store(out + i + 3 * lanes)
      i += 4 * lanes
    }
    while i < whole {
      f(first, T.Vector.load(b + i)).store(out + i)
      i += lanes
    }
  } else {
    let value = f(T.Vector(a[0]), T.Vector(b[0]))
    while i < whole {
      value.store(out + i)
      i += lanes
    }
    if i < count { value.store(out + i, count: count - i) }
    return
  }
  if i < count {
    let rest = count - i
    let first = aStep == 0 ? T.Vector(a[0]) : T.Vector.load(a + i, count: rest, filler: 1)
    let second = bStep == 0 ? T.Vector(b[0]) : T.Vector.load(b + i, count: rest, filler: 1)
    f(first, second).store(out + i, count: rest)
  }
}

@inline(__always)
private func mapEach<S, D>(
  _ x: UnsafePointer<S>, _ out: UnsafeMutablePointer<D>, _ count: Int, _ f: (S) -> D
) {
  for i in 0..<max(count, 0) { out[i] = f(x[i]) }
}

@inline(__always)
func zipEach<S, D>(
  _ a: UnsafePointer<S>, _ aStep: Int, _ b: UnsafePointer<S>, _ bStep: Int,
  _ out: UnsafeMutablePointer<D>, _ count: Int, _ f: (S, S) -> D
) {
  if count <= 0 { return }
  if aStep != 0 && bStep != 0 {
    for i in 0..<count { out[i] = f(a[i], b[i]) }
  } else if aStep != 0 {
    let second = b[0]
    for i in 0..<count { out[i] = f(a[i], second) }
  } else if bStep != 0 {
    let first = a[0]
    for i in 0..<count { out[i] = f(first, b[i]) }
  } else {
    let value = f(a[0], b[0])
    for i in 0..<count { out[i] = value }
  }
}

// MARK: - One operand

/// out[i] = op(x[i]); `out` may be `x`.
package func unary(
  _ op: UnaryOperation, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int
) {
  switch op {
  case .negate: mapLanes(x, out, count) { float(bits: bits($0) ^ I8(repeating: Int32.min)) }
  case .absolute: mapLanes(x, out, count) { float(bits: bits($0) & I8(repeating: Int32.max)) }
  case .sign: mapLanes(x, out, count) {
    $0.replacing(with: 1, where: $0 .> F8(0)).replacing(with: -1, where: $0 .< F8(0)) }
  case .exp: mapLanes(x, out, count) { exponential($0) }
  case .expm1: mapLanes(x, out, count) { exponentialMinusOne($0) }
  case .log: mapLanes(x, out, count) { logarithm($0) }
  case .log1p: mapLanes(x, out, count) { logarithmOfOnePlus($0) }
  case .sqrt: mapLanes(x, out, count) { squareRoots($0) }
  case .sin: mapLanes(x, out, count) { sine($0) }
  case .cos: mapLanes(x, out, count) { cosine($0) }
  case .tan: mapEach(x, out, count) { tanf($0) }
  case .asin: mapEach(x, out, count) { asinf($0) }
  case .acos: mapEach(x, out, count) { acosf($0) }
  case .atan: mapEach(x, out, count) { atanf($0) }
  case .sinh: mapEach(x, out, count) { sinhf($0) }
  case .cosh: mapEach(x, out, count) { coshf($0) }
  case .tanh: mapSteps(x, out, count, HyperbolicTangent.reduce, HyperbolicTangent.ofRest, HyperbolicTangent.sum)
  case .erf: mapLanes(x, out, count) { errorFunction($0) }
  case .floor: mapLanes(x, out, count) { roundedDown($0) }
  case .ceil: mapLanes(x, out, count) { roundedUp($0) }
  case .round: mapLanes(x, out, count) { roundedToEven($0) }
  case .reciprocal: mapLanes(x, out, count) { F8(1) / $0 }
  case .sigmoid: mapLanes(x, out, count) { logistic($0) }
  }
}

/// out[i] = op(x[i]); `out` may be `x`.
package func unary(
  _ op: UnaryOperation, _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>,
  _ count: Int
) {
  switch op {
  case .negate: mapLanes(x, out, count) { -$0 }
  case .absolute: mapEach(x, out, count) { $0.magnitude }
  case .sign: mapLanes(x, out, count) {
    $0.replacing(with: 1, where: $0 .> D4(0)).replacing(with: -1, where: $0 .< D4(0)) }
  case .exp: mapEach(x, out, count) { exp($0) }
  case .expm1: mapEach(x, out, count) { expm1($0) }
  case .log: mapEach(x, out, count) { log($0) }
  case .log1p: mapEach(x, out, count) { log1p($0) }
  case .sqrt: mapLanes(x, out, count) { squareRoots($0) }
  case .sin: mapEach(x, out, count) { sin($0) }
  case .cos: mapEach(x, out, count) { cos($0) }
  case .tan: mapEach(x, out, count) { tan($0) }
  case .asin: mapEach(x, out, count) { asin($0) }
  case .acos: mapEach(x, out, count) { acos($0) }
  case .atan: mapEach(x, out, count) { atan($0) }
  case .sinh: mapEach(x, out, count) { sinh($0) }
  case .cosh: mapEach(x, out, count) { cosh($0) }
  case .tanh: mapEach(x, out, count) { tanh($0) }
  case .erf: mapEach(x, out, count) { erf($0) }
  case .floor: mapLanes(x, out, count) { roundedDown($0) }
  case .ceil: mapLanes(x, out, count) { roundedUp($0) }
  case .round: mapLanes(x, out, count) { roundedToEven($0) }
  case .reciprocal: mapLanes(x, out, count) { D4(1) / $0 }
  case .sigmoid: mapEach(x, out, count) { logistic($0) }
  }
}

/// out[i] = op(x[i]) for negate, absolute and sign; rounding copies. Others have no integer form
/// and copy too; callers convert first.
package func unary(
  _ op: UnaryOperation, _ x: UnsafePointer<Int32>, _ out: UnsafeMutablePointer<Int32>, _ count: Int
) -> KernelFault? {
  if op == .negate || op == .absolute {
    // The one number whose opposite doesn't fit. Looked for first, as `out` may be `x`.
    for i in 0..<max(count, 0) where x[i] == Int32.min {
      return KernelFault(kind: .overflow, position: i, value: Int(x[i]))
    }
  }
  switch op {
  case .negate: mapIntegerLanes(x, out, count) { I8(repeating: 0) &- $0 }
  case .absolute: mapIntegerLanes(x, out, count) {
    // Two's complement: with s = all ones for a negative number, (x ^ s) - s.
    let s = $0 &>> I8(repeating: 31)
    return ($0 ^ s) &- s }
  case .sign: mapIntegerLanes(x, out, count) {
    ($0 &>> I8(repeating: 31))
      | unsafeBitCast(
        unsafeBitCast(I8(repeating: 0) &- $0, to: SIMD8<UInt32>.self) &>> SIMD8(repeating: 31),
        to: I8.self) }
  default: if UnsafePointer(out) != x && count > 0 { out.update(from: x, count: count) }
  }
  return nil
}

@inline(__always)
private func mapIntegerLanes(
  _ x: UnsafePointer<Int32>, _ out: UnsafeMutablePointer<Int32>, _ count: Int, _ f: (I8) -> I8
) {
  var i = 0
  while i + 8 <= count {
    f(I8.load(x + i)).store(out + i)
    i += 8
  }
  while i < count {
    out[i] = f(I8(repeating: x[i]))[0]
    i += 1
  }
}

// MARK: - Two operands

/// out[i] = op(a[i · aStep], b[i · bStep]), with steps of 0 or 1; `out` may be `a` or `b`.
package func binary(
  _ op: BinaryOperation, _ a: UnsafePointer<Float>, _ aStep: Int,
  _ b: UnsafePointer<Float>, _ bStep: Int, _ out: UnsafeMutablePointer<Float>, _ count: Int
) {
  switch op {
  case .add: zipLanes(a, aStep, b, bStep, out, count) { $0 + $1 }
  case .subtract: zipLanes(a, aStep, b, bStep, out, count) { $0 - $1 }
  case .multiply: zipLanes(a, aStep, b, bStep, out, count) { $0 * $1 }
  case .divide: zipLanes(a, aStep, b, bStep, out, count) { $0 / $1 }
  case .maximum: zipLanes(a, aStep, b, bStep, out, count) { F8.maximum($0, $1) }
  case .minimum: zipLanes(a, aStep, b, bStep, out, count) { F8.minimum($0, $1) }
  case .floorDivide: zipEach(a, aStep, b, bStep, out, count) {
    floorQuotient($0, $1, floorModulo($0, $1)) }
  case .modulo: zipEach(a, aStep, b, bStep, out, count) { floorModulo($0, $1) }
  case .power:
    // One small exponent for the whole run is the common case.
    if bStep == 0 && count > 0 {
      switch b[0] {
      case 1: return mapLanes(a, aStep, out, count) { $0 }
      case 2: return mapLanes(a, aStep, out, count) { $0 * $0 }
      case 3: return mapLanes(a, aStep, out, count) { $0 * $0 * $0 }
      case -1: return mapLanes(a, aStep, out, count) { F8(1) / $0 }
      default: break
      }
    }
    zipEach(a, aStep, b, bStep, out, count) { powf($0, $1) }
  }
}

/// out[i] = op(a[i · aStep], b[i · bStep]), with steps of 0 or 1; `out` may be `a` or `b`.
package func binary(
  _ op: BinaryOperation, _ a: UnsafePointer<Double>, _ aStep: Int,
  _ b: UnsafePointer<Double>, _ bStep: Int, _ out: UnsafeMutablePointer<Double>, _ count: Int
) {
  switch op {
  case .add: zipLanes(a, aStep, b, bStep, out, count) { $0 + $1 }
  case .subtract: zipLanes(a, aStep, b, bStep, out, count) { $0 - $1 }
  case .multiply: zipLanes(a, aStep, b, bStep, out, count) { $0 * $1 }
  case .divide: zipLanes(a, aStep, b, bStep, out, count) { $0 / $1 }
  case .maximum: zipLanes(a, aStep, b, bStep, out, count) { D4.maximum($0, $1) }
  case .minimum: zipLanes(a, aStep, b, bStep, out, count) { D4.minimum($0, $1) }
  case .floorDivide: zipEach(a, aStep, b, bStep, out, count) {
    floorQuotient($0, $1, floorModulo($0, $1)) }
  case .modulo: zipEach(a, aStep, b, bStep, out, count) { floorModulo($0, $1) }
  case .power:
    // One small exponent for the whole run is the common case.
    if bStep == 0 && count > 0 {
      switch b[0] {
      case 1: return mapLanes(a, aStep, out, count) { $0 }
      case 2: return mapLanes(a, aStep, out, count) { $0 * $0 }
      case 3: return mapLanes(a, aStep, out, count) { $0 * $0 * $0 }
      case -1: return mapLanes(a, aStep, out, count) { D4(1) / $0 }
      default: break
      }
    }
    zipEach(a, aStep, b, bStep, out, count) { pow($0, $1) }
  }
}

/// `mapLanes` for an operand that may be one value repeated.
@inline(__always)
private func mapLanes<T: RealElement>(
  _ a: UnsafePointer<T>, _ aStep: Int, _ out: UnsafeMutablePointer<T>, _ count: Int,
  _ f: (T.Vector) -> T.Vector
) {
  zipLanes(a, aStep, a, 0, out, count) { x, _ in f(x) }
}
