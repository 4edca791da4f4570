#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

enum NumberMath {
  /// x^y; a cube by multiplication.
  static func power(_ x: Double, _ y: Double) -> Double { y == 3 ? x * x * x : pow(x, y) }
}
