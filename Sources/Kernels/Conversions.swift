// Conversions between the four element types, and runs of made-up values.

/// A copy.
package func convert(_ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
  if UnsafePointer(out) != x && count > 0 { out.update(from: x, count: count) }
}

/// Each element to the nearest value.
package func convert(_ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Double>, _ count: Int) {
  for i in 0..<max(count, 0) { out[i] = Double(x[i]) }
}

/// Towards zero; what does not fit, and nan, is a fault. Its `value` is the nearest `Int32`, 0 for nan.
package func convert(
  _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Int32>, _ count: Int
) -> KernelFault? {
  var good = true
  for i in 0..<max(count, 0) {
    let fits = x[i] >= -2_147_483_648 && x[i] < 2_147_483_648
    good = good && fits
    out[i] = Int32(fits ? x[i] : 0)
  }
  if good { return nil }
  for i in 0..<count where !(x[i] >= -2_147_483_648 && x[i] < 2_147_483_648) {
    let value = x[i] > 0 ? Int(Int32.max) : x[i] < 0 ? Int(Int32.min) : 0
    return KernelFault(kind: .overflow, position: i, value: value)
  }
  return nil
}

/// Whether each element is other than zero.
package func convert(_ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<UInt8>, _ count: Int) {
  for i in 0..<max(count, 0) { out[i] = x[i] != 0 ? 1 : 0 }
}

/// Each element to the nearest value.
package func convert(_ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
  for i in 0..<max(count, 0) { out[i] = Float(x[i]) }
}

/// A copy.
package func convert(_ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, _ count: Int) {
  if UnsafePointer(out) != x && count > 0 { out.update(from: x, count: count) }
}

/// Towards zero; what does not fit, and nan, is a fault. Its `value` is the nearest `Int32`, 0 for nan.
package func convert(
  _ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Int32>, _ count: Int
) -> KernelFault? {
  var good = true
  for i in 0..<max(count, 0) {
    let fits = x[i] > -2_147_483_649 && x[i] < 2_147_483_648
    good = good && fits
    out[i] = Int32(fits ? x[i] : 0)
  }
  if good { return nil }
  for i in 0..<count where !(x[i] > -2_147_483_649 && x[i] < 2_147_483_648) {
    let value = x[i] > 0 ? Int(Int32.max) : x[i] < 0 ? Int(Int32.min) : 0
    return KernelFault(kind: .overflow, position: i, value: value)
  }
  return nil
}

/// Whether each element is other than zero.
package func convert(_ x: UnsafePointer<Double>, _ out: UnsafeMutablePointer<UInt8>, _ count: Int) {
  for i in 0..<max(count, 0) { out[i] = x[i] != 0 ? 1 : 0 }
}

/// Each element to the nearest value.
package func convert(_ x: UnsafePointer<Int32>, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
  for i in 0..<max(count, 0) { out[i] = Float(x[i]) }
}

/// Each element to the nearest value.
package func convert(_ x: UnsafePointer<Int32>, _ out: UnsafeMutablePointer<Double>, _ count: Int) {
  for i in 0..<max(count, 0) { out[i] = Double(x[i]) }
}

/// A copy.
package func convert(_ x: UnsafePointer<Int32>, _ out: UnsafeMutablePointer<Int32>, _ count: Int) {
  if UnsafePointer(out) != x && count > 0 { out.update(from: x, count: count) }
}

/// Whether each element is other than zero.
package func convert(_ x: UnsafePointer<Int32>, _ out: UnsafeMutablePointer<UInt8>, _ count: Int) {
  for i in 0..<max(count, 0) { out[i] = x[i] != 0 ? 1 : 0 }
}

/// Each element to the nearest value.
package func convert(_ x: UnsafePointer<UInt8>, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
  for i in 0..<max(count, 0) { out[i] = Float(x[i]) }
}

/// Each element to the nearest value.
package func convert(_ x: UnsafePointer<UInt8>, _ out: UnsafeMutablePointer<Double>, _ count: Int) {
  for i in 0..<max(count, 0) { out[i] = Double(x[i]) }
}

/// Each element to the nearest value.
package func convert(_ x: UnsafePointer<UInt8>, _ out: UnsafeMutablePointer<Int32>, _ count: Int) {
  for i in 0..<max(count, 0) { out[i] = Int32(x[i]) }
}

/// A copy.
package func convert(_ x: UnsafePointer<UInt8>, _ out: UnsafeMutablePointer<UInt8>, _ count: Int) {
  if UnsafePointer(out) != x && count > 0 { out.update(from: x, count: count) }
}

/// out[i] = value.
package func fill(_ value: Float, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
  if count > 0 { out.update(repeating: value, count: count) }
}

/// out[i] = value.
package func fill(_ value: Double, _ out: UnsafeMutablePointer<Double>, _ count: Int) {
  if count > 0 { out.update(repeating: value, count: count) }
}

/// out[i] = value.
package func fill(_ value: Int32, _ out: UnsafeMutablePointer<Int32>, _ count: Int) {
  if count > 0 { out.update(repeating: value, count: count) }
}

/// out[i] = value.
package func fill(_ value: UInt8, _ out: UnsafeMutablePointer<UInt8>, _ count: Int) {
  if count > 0 { out.update(repeating: value, count: count) }
}

/// out[i] = start + i.
package func iota(out: UnsafeMutablePointer<Float>, start: Int, count: Int) {
  for i in 0..<max(count, 0) { out[i] = Float(start + i) }
}

/// out[i] = start + i.
package func iota(out: UnsafeMutablePointer<Double>, start: Int, count: Int) {
  for i in 0..<max(count, 0) { out[i] = Double(start + i) }
}

/// out[i] = start + i.
package func iota(out: UnsafeMutablePointer<Int32>, start: Int, count: Int) {
  for i in 0..<max(count, 0) { out[i] = Int32(truncatingIfNeeded: start + i) }
}
