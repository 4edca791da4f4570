/// The sums of up to six rows and two registers of columns of a product, in twelve registers.
///
/// A number of rows that is a constant where these are called leaves nothing of the others.
struct RegisterTile<T: RealElement> {
  typealias V = T.Vector
  var c00 = V(0), c01 = V(0)
  var c10 = V(0), c11 = V(0)
  var c20 = V(0), c21 = V(0)
  var c30 = V(0), c31 = V(0)
  var c40 = V(0), c41 = V(0)
  var c50 = V(0), c51 = V(0)

  @inline(__always) init() {}

  /// Starts from what stands in C.
  @inline(__always)
  init(_ c: UnsafePointer<T>, _ ldc: Int, rows: Int) {
    let lanes = V.lanes
    (c00, c01) = (V.load(c), V.load(c + lanes))
    if rows > 1 { (c10, c11) = (V.load(c + 1 * ldc), V.load(c + 1 * ldc + lanes)) }
    if rows > 2 { (c20, c21) = (V.load(c + 2 * ldc), V.load(c + 2 * ldc + lanes)) }
    if rows > 3 { (c30, c31) = (V.load(c + 3 * ldc), V.load(c + 3 * ldc + lanes)) }
    if rows > 4 { (c40, c41) = (V.load(c + 4 * ldc), V.load(c + 4 * ldc + lanes)) }
    if rows > 5 { (c50, c51) = (V.load(c + 5 * ldc), V.load(c + 5 * ldc + lanes)) }
  }

  /// Adds a column of A, its elements `step` apart, times a row of B.
  @inline(__always)
  mutating func add(_ a: UnsafePointer<T>, _ step: Int, _ b: UnsafePointer<T>, rows: Int) {
    let b0 = V.load(b), b1 = V.load(b + V.lanes)
    let a0 = V(a[0])
    c00 = V.multiplyAdd(a0, b0, c00)
    c01 = V.multiplyAdd(a0, b1, c01)
    if rows > 1 {
      let a1 = V(a[1 * step])
      c10 = V.multiplyAdd(a1, b0, c10)
      c11 = V.multiplyAdd(a1, b1, c11)
    }
    if rows > 2 {
      let a2 = V(a[2 * step])
      c20 = V.multiplyAdd(a2, b0, c20)
      c21 = V.multiplyAdd(a2, b1, c21)
    }
    if rows > 3 {
      let a3 = V(a[3 * step])
      c30 = V.multiplyAdd(a3, b0, c30)
      c31 = V.multiplyAdd(a3, b1, c31)
    }
    if rows > 4 {
      let a4 = V(a[4 * step])
      c40 = V.multiplyAdd(a4, b0, c40)
      c41 = V.multiplyAdd(a4, b1, c41)
    }
    if rows > 5 {
      let a5 = V(a[5 * step])
      c50 = V.multiplyAdd(a5, b0, c50)
      c51 = V.multiplyAdd(a5, b1, c51)
    }
  }

  /// Writes the sums to C, or adds them to what is there.
  @inline(__always)
  func store(_ c: UnsafeMutablePointer<T>, _ ldc: Int, rows: Int, adding: Bool) {
    Self.store(c00, c01, c, adding)
    if rows > 1 { Self.store(c10, c11, c + 1 * ldc, adding) }
    if rows > 2 { Self.store(c20, c21, c + 2 * ldc, adding) }
    if rows > 3 { Self.store(c30, c31, c + 3 * ldc, adding) }
    if rows > 4 { Self.store(c40, c41, c + 4 * ldc, adding) }
    if rows > 5 { Self.store(c50, c51, c + 5 * ldc, adding) }
  }

  @inline(__always)
  private static func store(_ left: V, _ right: V, _ c: UnsafeMutablePointer<T>, _ adding: Bool) {
    let lanes = V.lanes
    if adding {
      V.sum(V.load(c), left).store(c)
      V.sum(V.load(c + lanes), right).store(c + lanes)
    } else {
      left.store(c)
      right.store(c + lanes)
    }
  }
}
