// Arithmetic of `Int32`, where an answer that doesn't fit is a fault and not
// a wrong number.

/// out[i] = op(a[i · aStep], b[i · bStep]), with steps of 0 or 1; `out` may be `a` or `b`.
///
/// Faults: `.overflow` in add, subtract, multiply, power (also of a negative exponent) and
/// floorDivide; `.divisionByZero` in floorDivide and modulo. After a fault `out` is not to be used.
package func binary(
  _ op: BinaryOperation, _ a: UnsafePointer<Int32>, _ aStep: Int,
  _ b: UnsafePointer<Int32>, _ bStep: Int, _ out: UnsafeMutablePointer<Int32>, _ count: Int
) -> KernelFault? {
  switch op {
  case .add:
    return zipChecked(a, aStep, b, bStep, out, count) { x, y in
      let sum = x &+ y
      // The sign bit tells of an overflow: both operands differ in sign from the sum.
      return (sum, (x ^ sum) & (y ^ sum))
    } scalar: { $0.addingReportingOverflow($1) }
  case .subtract:
    return zipChecked(a, aStep, b, bStep, out, count) { x, y in
      let difference = x &- y
      return (difference, (x ^ y) & (x ^ difference))
    } scalar: { $0.subtractingReportingOverflow($1) }
  case .maximum:
    return zipChecked(a, aStep, b, bStep, out, count) { x, y in
      (x.replacing(with: y, where: y .> x), I8(repeating: 0))
    } scalar: { (max($0, $1), false) }
  case .minimum:
    return zipChecked(a, aStep, b, bStep, out, count) { x, y in
      (x.replacing(with: y, where: y .< x), I8(repeating: 0))
    } scalar: { (min($0, $1), false) }
  case .multiply:
    return zipEachChecked(a, aStep, b, bStep, out, count, .overflow) {
      $0.multipliedReportingOverflow(by: $1)
    }
  case .power:
    return zipEachChecked(a, aStep, b, bStep, out, count, .overflow) { integerPower($0, $1) }
  case .divide, .floorDivide:
    return divide(a, aStep, b, bStep, out, count) { x, y in
      let quotient = x / y
      // Swift truncates; a remainder against the divisor's sign means one less.
      return quotient - (x % y != 0 && (x < 0) != (y < 0) ? 1 : 0)
    }
  case .modulo:
    return divide(a, aStep, b, bStep, out, count) { x, y in
      let remainder = x % y
      return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder
    }
  }
}

/// base^exponent by repeated squaring; a negative exponent counts as overflow.
private func integerPower(
  _ base: Int32, _ exponent: Int32
) -> (partialValue: Int32, overflow: Bool) {
  if exponent < 0 { return (0, true) }
  var result: Int32 = 1
  var square = base
  var rest = exponent
  while rest != 0 {
    if rest & 1 != 0 {
      let (product, overflow) = result.multipliedReportingOverflow(by: square)
      if overflow { return (0, true) }
      result = product
    }
    rest >>= 1
    if rest == 0 { break }
    let (product, overflow) = square.multipliedReportingOverflow(by: square)
    // A square that doesn't fit is used by a later, higher bit: there always is one.
    if overflow { return (0, true) }
    square = product
  }
  return (result, false)
}

@inline(__always)
private func divide(
  _ a: UnsafePointer<Int32>, _ aStep: Int, _ b: UnsafePointer<Int32>, _ bStep: Int,
  _ out: UnsafeMutablePointer<Int32>, _ count: Int, _ f: (Int, Int) -> Int
) -> KernelFault? {
  for i in 0..<max(count, 0) {
    let divisor = Int(b[i * bStep])
    if divisor == 0 {
      return KernelFault(kind: .divisionByZero, position: i, value: Int(a[i * aStep]))
    }
    // In 64 bits -2³¹ / -1 has an answer, and it is seen here that it doesn't fit.
    guard let value = Int32(exactly: f(Int(a[i * aStep]), divisor)) else {
      return KernelFault(kind: .overflow, position: i, value: Int(a[i * aStep]))
    }
    out[i] = value
  }
  return nil
}

@inline(__always)
private func zipEachChecked(
  _ a: UnsafePointer<Int32>, _ aStep: Int, _ b: UnsafePointer<Int32>, _ bStep: Int,
  _ out: UnsafeMutablePointer<Int32>, _ count: Int, _ kind: KernelFault.Kind,
  _ f: (Int32, Int32) -> (partialValue: Int32, overflow: Bool)
) -> KernelFault? {
  for i in 0..<max(count, 0) {
    let (value, overflow) = f(a[i * aStep], b[i * bStep])
    if overflow { return KernelFault(kind: kind, position: i, value: Int(a[i * aStep])) }
    out[i] = value
  }
  return nil
}

/// Eight lanes at a time. A negative lane of the second result is an overflow, and is then
/// looked for in those eight, whose operands are still at hand.
@inline(__always)
private func zipChecked(
  _ a: UnsafePointer<Int32>, _ aStep: Int, _ b: UnsafePointer<Int32>, _ bStep: Int,
  _ out: UnsafeMutablePointer<Int32>, _ count: Int, _ f: (I8, I8) -> (I8, I8),
  scalar: (Int32, Int32) -> (partialValue: Int32, overflow: Bool)
) -> KernelFault? {
  var i = 0
  let repeatedA = aStep == 0 && count > 0 ? I8(repeating: a[0]) : I8()
  let repeatedB = bStep == 0 && count > 0 ? I8(repeating: b[0]) : I8()
  while i + 8 <= count {
    let x = aStep == 0 ? repeatedA : I8.load(a + i)
    let y = bStep == 0 ? repeatedB : I8.load(b + i)
    let (value, overflow) = f(x, y)
    if any(overflow .< I8(repeating: 0)) {
      for lane in 0..<8 where overflow[lane] < 0 {
        return KernelFault(kind: .overflow, position: i + lane, value: Int(x[lane]))
      }
    }
    value.store(out + i)
    i += 8
  }
  while i < count {
    let (value, overflow) = scalar(a[i * aStep], b[i * bStep])
    if overflow { return KernelFault(kind: .overflow, position: i, value: Int(a[i * aStep])) }
    out[i] = value
    i += 1
  }
  return nil
}
