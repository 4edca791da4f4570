/// Whether one of these numbers is nan or infinite, which is to say that all bits of its exponent are set.
///
/// A one added to the exponent then carries into the sign: adding and or-ing are all that the loop does.
package func hasNonFinite(_ x: UnsafePointer<Float>, _ count: Int) -> Bool {
  let bits = UnsafeRawPointer(x).assumingMemoryBound(to: UInt32.self)
  var found: UInt32 = 0
  for index in 0..<count { found |= (bits[index] & 0x7fff_ffff) &+ 0x0080_0000 }
  return found >> 31 != 0
}

package func hasNonFinite(_ x: UnsafePointer<Double>, _ count: Int) -> Bool {
  let bits = UnsafeRawPointer(x).assumingMemoryBound(to: UInt64.self)
  var found: UInt64 = 0
  for index in 0..<count { found |= (bits[index] & 0x7fff_ffff_ffff_ffff) &+ 0x0010_0000_0000_0000 }
  return found >> 63 != 0
}
