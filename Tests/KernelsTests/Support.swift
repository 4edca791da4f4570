#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Kernels

/// A repeatable stream of test numbers (Marsaglia's xorshift), apart from the generator under test.
struct TestNumbers {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func word() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  /// In -1..<1.
  mutating func number() -> Double { Double(word() >> 11) * 0x1p-52 - 1 }

  mutating func numbers(_ count: Int) -> [Double] { (0..<count).map { _ in number() } }

  mutating func integers(_ count: Int, _ range: ClosedRange<Int>) -> [Int32] {
    (0..<count).map { _ in
      Int32(range.lowerBound + Int(word() >> 33) % (range.upperBound - range.lowerBound + 1))
    }
  }
}

/// How many representable numbers lie between a result and the true value, at the result's precision.
func distance(_ result: Float, _ truth: Double) -> Double {
  if truth.isNaN { return result.isNaN ? 0 : .infinity }
  if result.isNaN { return .infinity }
  let nearest = Float(truth)
  if nearest.isInfinite || result.isInfinite {
    if result == nearest { return 0 }
    // One step below infinity counts as one place.
    let large = Double(Float.greatestFiniteMagnitude)
    let other = result.isInfinite ? truth : Double(result)
    return (abs(abs(other) - large) / Double(Float.greatestFiniteMagnitude.ulp)) + 1
  }
  return abs(Double(result) - truth) / Double(max(nearest.ulp, Float.leastNonzeroMagnitude))
}

func apply(_ op: UnaryOperation, _ x: [Float]) -> [Float] {
  var out = [Float](repeating: -99, count: x.count)
  unary(op, x, &out, x.count)
  return out
}

func apply(_ op: UnaryOperation, _ x: [Double]) -> [Double] {
  var out = [Double](repeating: -99, count: x.count)
  unary(op, x, &out, x.count)
  return out
}

func apply(_ op: BinaryOperation, _ a: [Float], _ b: [Float]) -> [Float] {
  let count = a.count == 1 ? b.count : a.count
  var out = [Float](repeating: -99, count: count)
  binary(op, a, a.count == 1 ? 0 : 1, b, b.count == 1 ? 0 : 1, &out, count)
  return out
}

func apply(_ op: BinaryOperation, _ a: [Double], _ b: [Double]) -> [Double] {
  let count = a.count == 1 ? b.count : a.count
  var out = [Double](repeating: -99, count: count)
  binary(op, a, a.count == 1 ? 0 : 1, b, b.count == 1 ? 0 : 1, &out, count)
  return out
}

func apply(_ op: BinaryOperation, _ a: [Int32], _ b: [Int32]) -> ([Int32], KernelFault?) {
  let count = a.count == 1 ? b.count : a.count
  var out = [Int32](repeating: -99, count: count)
  let fault = binary(op, a, a.count == 1 ? 0 : 1, b, b.count == 1 ? 0 : 1, &out, count)
  return (out, fault)
}

/// Equal bit for bit, but for the bits of a nan.
func same<T: BinaryFloatingPoint>(_ a: [T], _ b: [T]) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { x, y in
      x.isNaN ? y.isNaN : x == y && (x.sign == y.sign)
    }
}
