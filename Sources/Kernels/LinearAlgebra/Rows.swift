// Rows of matrices in double precision: what the factorisations are made of.
//
// All of them compute in double precision, for single-precision operands too: the result is rounded once,
// and there is one text for both.

/// y += a · x
@inline(__always)
func addRow(_ a: Double, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ count: Int) {
  let factor = D4(a)
  var i = 0
  while i &+ 4 <= count {
    D4.multiplyAdd(factor, D4.load(x + i), D4.load(UnsafePointer(y + i))).store(y + i)
    i &+= 4
  }
  while i < count {
    y[i] = Double.multiplyAdd(a, x[i], y[i])
    i &+= 1
  }
}

/// y -= x
@inline(__always)
func subtractRow(_ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ count: Int) {
  for i in 0..<count { y[i] -= x[i] }
}

@inline(__always)
func scaleRow(_ a: Double, _ x: UnsafeMutablePointer<Double>, _ count: Int) {
  for i in 0..<count { x[i] *= a }
}

/// Σ x · y, in four chains of four lanes: an order that the length alone decides.
@inline(__always)
func dotRows(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ count: Int) -> Double {
  var s0 = D4(0), s1 = D4(0), s2 = D4(0), s3 = D4(0)
  var i = 0
  while i &+ 16 <= count {
    s0 = D4.multiplyAdd(D4.load(x + i), D4.load(y + i), s0)
    s1 = D4.multiplyAdd(D4.load(x + i + 4), D4.load(y + i + 4), s1)
    s2 = D4.multiplyAdd(D4.load(x + i + 8), D4.load(y + i + 8), s2)
    s3 = D4.multiplyAdd(D4.load(x + i + 12), D4.load(y + i + 12), s3)
    i &+= 16
  }
  while i &+ 4 <= count {
    s0 = D4.multiplyAdd(D4.load(x + i), D4.load(y + i), s0)
    i &+= 4
  }
  let sum = (s0 + s1) + (s2 + s3)
  var total = (sum[0] + sum[1]) + (sum[2] + sum[3])
  while i < count {
    total = Double.multiplyAdd(x[i], y[i], total)
    i &+= 1
  }
  return total
}

/// (x, y) = (c · x + s · y, c · y - s · x)
@inline(__always)
func rotateRows(_ c: Double, _ s: Double, _ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ count: Int) {
  let cosine = D4(c), sine = D4(s)
  var i = 0
  while i &+ 4 <= count {
    let a = D4.load(UnsafePointer(x + i)), b = D4.load(UnsafePointer(y + i))
    D4.multiplyAdd(cosine, a, sine * b).store(x + i)
    D4.multiplyAdd(cosine, b, -sine * a).store(y + i)
    i &+= 4
  }
  while i < count {
    let a = x[i], b = y[i]
    x[i] = Double.multiplyAdd(c, a, s * b)
    y[i] = Double.multiplyAdd(c, b, -s * a)
    i &+= 1
  }
}

@inline(__always)
func swapRows(_ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ count: Int) {
  for i in 0..<count {
    let held = x[i]
    x[i] = y[i]
    y[i] = held
  }
}

func greatestMagnitude(_ x: UnsafePointer<Double>, _ count: Int) -> Double {
  var greatest = 0.0
  for i in 0..<count where x[i].magnitude > greatest { greatest = x[i].magnitude }
  return greatest
}

func isFinite(_ x: UnsafePointer<Double>, _ count: Int) -> Bool {
  // A difference of infinities and anything with a nan is a nan, and never equal to zero.
  var total = 0.0
  for i in 0..<count { total += x[i] - x[i] }
  return total == 0
}

/// A power of two that brings the greatest magnitude near 1, so that no square overflows or vanishes. Multiplying by it is exact.
func scale(_ x: UnsafePointer<Double>, _ count: Int) -> Double {
  let greatest = greatestMagnitude(x, count)
  guard greatest > 0, greatest.isFinite else { return 1 }
  return Double(sign: .plus, exponent: max(-1000, min(1000, -greatest.exponent)), significand: 1)
}
