#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Synchronization

#if hasFeature(BuiltinModule) && !GRADUS_PORTABLE && arch(x86_64)
  import Builtin
#endif

// Everything that assumes a processor stands in this file. The rest of the
// module is written against eight lanes of `Float` and four of `Double`,
// which any compiler can lower; a build with `GRADUS_PORTABLE` uses none of
// the x86 assumptions below.

/// Eight lanes of `Float`: one AVX register.
typealias F8 = SIMD8<Float>
/// Four lanes of `Double`: one AVX register.
typealias D4 = SIMD4<Double>
/// Eight lanes of `Int32`: one AVX register, and the mask type of `F8`.
typealias I8 = SIMD8<Int32>

/// The processor features this build uses and the present processor lacks,
/// by their names in `/proc/cpuinfo`; empty when everything is there or when
/// nothing can be found out.
package func missingProcessorFeatures() -> [String] {
  #if GRADUS_PORTABLE || !arch(x86_64) || !os(Linux)
    return []
  #else
    // The names stand first in the file's line "flags", for every core alike.
    let required: [StaticString] = ["avx", "avx2", "fma", "bmi1", "bmi2", "f16c", "movbe", "abm"]
    let size = 16384
    guard let bytes = malloc(size)?.assumingMemoryBound(to: UInt8.self) else { return [] }
    defer { free(bytes) }
    let file = open("/proc/cpuinfo", O_RDONLY)
    guard file >= 0 else { return [] }
    var length = 0
    while length < size - 1 {
      let got = read(file, bytes + length, size - 1 - length)
      if got <= 0 { break }
      length += got
    }
    close(file)
    bytes[length] = 0
    let text = UnsafeMutableRawPointer(bytes).assumingMemoryBound(to: CChar.self)
    guard let flags = strstr(text, "\nflags") else { return [] }
    if let end = strchr(flags + 1, 10) { end.pointee = 0 }
    var missing: [String] = []
    for feature in required {
      let name = UnsafeRawPointer(feature.utf8Start).assumingMemoryBound(to: CChar.self)
      var place = strstr(flags, name)
      var found = false
      while let here = place {
        let before = here[-1]
        let after = here[feature.utf8CodeUnitCount]
        if before == 32 && (after == 32 || after == 0) {
          found = true
          break
        }
        place = strstr(here + 1, name)
      }
      if !found { missing.append(String(cString: name)) }
    }
    return missing
  #endif
}

/// The wish of a user to stop: one flag for the whole process, which a signal
/// handler may set at any moment.
package enum Interrupt {
  private static let flag = Atomic<Bool>(false)

  /// Asks all running work to stop soon. Safe in a signal handler.
  package static func request() { flag.store(true, ordering: .relaxed) }
  /// Forgets a request, once it has been answered.
  package static func clear() { flag.store(false, ordering: .relaxed) }
  /// Whether somebody asked and nobody has cleared it since.
  package static var isRequested: Bool { flag.load(ordering: .relaxed) }
}

/// Asks for the line of memory at this place, into the first-level cache. Any address will do.
@inline(__always)
func prefetchLine(_ memory: UnsafeRawPointer) {
  #if hasFeature(BuiltinModule) && !GRADUS_PORTABLE && arch(x86_64)
    Builtin.int_prefetch_RawPointer(memory._rawValue, (0 as Int32)._value, (3 as Int32)._value, (1 as Int32)._value)
  #endif
}

/// Asks for memory that will soon be read or written, into the second-level cache: each new page would begin with a wait otherwise, as the
/// machine looks ahead only within one.
package func prefetch(_ memory: UnsafeRawPointer, byteCount: Int) {
  #if hasFeature(BuiltinModule) && !GRADUS_PORTABLE && arch(x86_64)
    var place = memory
    let end = memory + byteCount
    while place < end {
      touch(place)
      place += 64
    }
  #endif
}

#if hasFeature(BuiltinModule) && !GRADUS_PORTABLE && arch(x86_64)
  @inline(__always)
  private func touch(_ memory: UnsafeRawPointer) {
    Builtin.int_prefetch_RawPointer(memory._rawValue, (0 as Int32)._value, (2 as Int32)._value, (1 as Int32)._value)
  }
#endif

// MARK: - Vectors

/// What the kernels ask of a register of floating-point lanes. Every witness
/// is concrete and always inlined: SIMD's own generic operators would become
/// loops over the lanes.
protocol RealVector: Sendable {
  associatedtype Element: RealElement where Element.Vector == Self
  static var lanes: Int { get }
  init(_ value: Element)
  static func load(_ p: UnsafePointer<Element>) -> Self
  func store(_ p: UnsafeMutablePointer<Element>)
  /// The first `count` values, and `filler` behind them.
  static func load(_ p: UnsafePointer<Element>, count: Int, filler: Element) -> Self
  func store(_ p: UnsafeMutablePointer<Element>, count: Int)
  static func sum(_ a: Self, _ b: Self) -> Self
  static func difference(_ a: Self, _ b: Self) -> Self
  static func product(_ a: Self, _ b: Self) -> Self
  static func quotient(_ a: Self, _ b: Self) -> Self
  /// The larger lane; a nan in either wins.
  static func maximum(_ a: Self, _ b: Self) -> Self
  /// The smaller lane; a nan in either wins.
  static func minimum(_ a: Self, _ b: Self) -> Self
  /// `a * b + c`, rounded once where the machine has the instruction.
  static func multiplyAdd(_ a: Self, _ b: Self, _ c: Self) -> Self
  static func squareRoot(_ a: Self) -> Self
  /// `a` where `gate` is above 0, else 0.
  static func gated(_ a: Self, by gate: Self) -> Self
  /// A square of as many rows as there are lanes, `step` elements apart at `p`, put at `t` with its rows as columns and `tStep` from
  /// one to the next. From `rows` on, the last row stands for those that are missing.
  static func transpose(_ p: UnsafePointer<Element>, _ step: Int, rows: Int, _ t: UnsafeMutablePointer<Element>, _ tStep: Int)
  subscript(lane: Int) -> Element { get set }
}

/// `Float` or `Double`, with the register that holds it.
protocol RealElement: BinaryFloatingPoint, Sendable {
  associatedtype Vector: RealVector where Vector.Element == Self
  static func multiplyAdd(_ a: Self, _ b: Self, _ c: Self) -> Self
}

#if hasFeature(BuiltinModule) && !GRADUS_PORTABLE && arch(x86_64)
  // The compiler's own vector instructions. `SIMD.addingProduct` and `.squareRoot()` are loops over the lanes
  // that the optimiser puts together again only where nothing stands in its way: beside constants it does not.
  private typealias Lanes8 = Builtin.Vec8xFPIEEE32
  private typealias Lanes4 = Builtin.Vec4xFPIEEE64

  @inline(__always) func squareRoots(_ x: F8) -> F8 {
    unsafeBitCast(Builtin.int_sqrt_Vec8xFPIEEE32(unsafeBitCast(x, to: Lanes8.self)), to: F8.self)
  }
  @inline(__always) func squareRoots(_ x: D4) -> D4 {
    unsafeBitCast(Builtin.int_sqrt_Vec4xFPIEEE64(unsafeBitCast(x, to: Lanes4.self)), to: D4.self)
  }
  /// `a * b + c` rounded once.
  @inline(__always) func exactMultiplyAdd(_ a: F8, _ b: F8, _ c: F8) -> F8 {
    unsafeBitCast(
      Builtin.int_fma_Vec8xFPIEEE32(
        unsafeBitCast(a, to: Lanes8.self), unsafeBitCast(b, to: Lanes8.self), unsafeBitCast(c, to: Lanes8.self)),
      to: F8.self)
  }
  @inline(__always) func fastMultiplyAdd(_ a: F8, _ b: F8, _ c: F8) -> F8 { exactMultiplyAdd(a, b, c) }
  @inline(__always) func fastMultiplyAdd(_ a: D4, _ b: D4, _ c: D4) -> D4 {
    unsafeBitCast(
      Builtin.int_fma_Vec4xFPIEEE64(
        unsafeBitCast(a, to: Lanes4.self), unsafeBitCast(b, to: Lanes4.self), unsafeBitCast(c, to: Lanes4.self)),
      to: D4.self)
  }
#else
  @inline(__always) func squareRoots(_ x: F8) -> F8 {
    F8(
      x[0].squareRoot(), x[1].squareRoot(), x[2].squareRoot(), x[3].squareRoot(),
      x[4].squareRoot(), x[5].squareRoot(), x[6].squareRoot(), x[7].squareRoot())
  }
  @inline(__always) func squareRoots(_ x: D4) -> D4 {
    D4(x[0].squareRoot(), x[1].squareRoot(), x[2].squareRoot(), x[3].squareRoot())
  }
  /// `a * b + c` rounded once.
  @inline(__always) func exactMultiplyAdd(_ a: F8, _ b: F8, _ c: F8) -> F8 { c.addingProduct(a, b) }
  #if GRADUS_PORTABLE || !arch(x86_64)
    @inline(__always) func fastMultiplyAdd(_ a: F8, _ b: F8, _ c: F8) -> F8 { a * b + c }
    @inline(__always) func fastMultiplyAdd(_ a: D4, _ b: D4, _ c: D4) -> D4 { a * b + c }
  #else
    @inline(__always) func fastMultiplyAdd(_ a: F8, _ b: F8, _ c: F8) -> F8 { c.addingProduct(a, b) }
    @inline(__always) func fastMultiplyAdd(_ a: D4, _ b: D4, _ c: D4) -> D4 { c.addingProduct(a, b) }
  #endif
#endif

extension Float: RealElement {
  typealias Vector = F8
  @inline(__always) static func multiplyAdd(_ a: Float, _ b: Float, _ c: Float) -> Float {
    #if GRADUS_PORTABLE || !arch(x86_64)
      a * b + c
    #else
      c.addingProduct(a, b)
    #endif
  }
}

extension Double: RealElement {
  typealias Vector = D4
  @inline(__always) static func multiplyAdd(_ a: Double, _ b: Double, _ c: Double) -> Double {
    #if GRADUS_PORTABLE || !arch(x86_64)
      a * b + c
    #else
      c.addingProduct(a, b)
    #endif
  }
}

extension SIMD8: RealVector where Scalar == Float {
  typealias Element = Float
  @inline(__always) static var lanes: Int { 8 }
  @inline(__always) init(_ value: Float) { self.init(repeating: value) }
  @inline(__always) static func load(_ p: UnsafePointer<Float>) -> F8 {
    UnsafeRawPointer(p).loadUnaligned(as: F8.self)
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: self, as: F8.self)
  }
  @inline(__always) static func load(_ p: UnsafePointer<Float>, count: Int, filler: Float) -> F8 {
    var v = F8(repeating: filler)
    for lane in 0..<count { v[lane] = p[lane] }
    return v
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Float>, count: Int) {
    for lane in 0..<count { p[lane] = self[lane] }
  }
  @inline(__always) static func sum(_ a: F8, _ b: F8) -> F8 { a + b }
  @inline(__always) static func difference(_ a: F8, _ b: F8) -> F8 { a - b }
  @inline(__always) static func product(_ a: F8, _ b: F8) -> F8 { a * b }
  @inline(__always) static func quotient(_ a: F8, _ b: F8) -> F8 { a / b }
  @inline(__always) static func maximum(_ a: F8, _ b: F8) -> F8 {
    b.replacing(with: a, where: a .> b).replacing(with: a, where: a .!= a)
  }
  @inline(__always) static func minimum(_ a: F8, _ b: F8) -> F8 {
    b.replacing(with: a, where: a .< b).replacing(with: a, where: a .!= a)
  }
  @inline(__always) static func multiplyAdd(_ a: F8, _ b: F8, _ c: F8) -> F8 {
    fastMultiplyAdd(a, b, c)
  }
  @inline(__always) static func squareRoot(_ a: F8) -> F8 { squareRoots(a) }
  @inline(__always) static func gated(_ a: F8, by gate: F8) -> F8 { F8(0).replacing(with: a, where: gate .> F8(0)) }
  @inline(__always)
  static func transpose(_ p: UnsafePointer<Float>, _ step: Int, rows: Int, _ t: UnsafeMutablePointer<Float>, _ tStep: Int) {
    // Numbers of two rows side by side, then of four, then of eight.
    @inline(__always) func low(_ a: F8, _ b: F8) -> F8 { F8(a[0], b[0], a[1], b[1], a[4], b[4], a[5], b[5]) }
    @inline(__always) func high(_ a: F8, _ b: F8) -> F8 { F8(a[2], b[2], a[3], b[3], a[6], b[6], a[7], b[7]) }
    @inline(__always) func lowPairs(_ a: F8, _ b: F8) -> F8 { F8(a[0], a[1], b[0], b[1], a[4], a[5], b[4], b[5]) }
    @inline(__always) func highPairs(_ a: F8, _ b: F8) -> F8 { F8(a[2], a[3], b[2], b[3], a[6], a[7], b[6], b[7]) }
    @inline(__always) func lowHalves(_ a: F8, _ b: F8) -> F8 { F8(a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]) }
    @inline(__always) func highHalves(_ a: F8, _ b: F8) -> F8 { F8(a[4], a[5], a[6], a[7], b[4], b[5], b[6], b[7]) }
    @inline(__always) func row(_ number: Int) -> F8 { load(p + (number < rows ? number : rows - 1) * step) }
    let r0 = load(p), r1 = row(1), r2 = row(2), r3 = row(3)
    let a0 = low(r0, r1), a1 = high(r0, r1), a2 = low(r2, r3), a3 = high(r2, r3)
    let b0 = lowPairs(a0, a2), b1 = highPairs(a0, a2), b2 = lowPairs(a1, a3), b3 = highPairs(a1, a3)
    let r4 = row(4), r5 = row(5), r6 = row(6), r7 = row(7)
    let a4 = low(r4, r5), a5 = high(r4, r5), a6 = low(r6, r7), a7 = high(r6, r7)
    let b4 = lowPairs(a4, a6), b5 = highPairs(a4, a6), b6 = lowPairs(a5, a7), b7 = highPairs(a5, a7)
    lowHalves(b0, b4).store(t)
    lowHalves(b1, b5).store(t + tStep)
    lowHalves(b2, b6).store(t + 2 * tStep)
    lowHalves(b3, b7).store(t + 3 * tStep)
    highHalves(b0, b4).store(t + 4 * tStep)
    highHalves(b1, b5).store(t + 5 * tStep)
    highHalves(b2, b6).store(t + 6 * tStep)
    highHalves(b3, b7).store(t + 7 * tStep)
  }
}

extension SIMD4: RealVector where Scalar == Double {
  typealias Element = Double
  @inline(__always) static var lanes: Int { 4 }
  @inline(__always) init(_ value: Double) { self.init(repeating: value) }
  @inline(__always) static func load(_ p: UnsafePointer<Double>) -> D4 {
    UnsafeRawPointer(p).loadUnaligned(as: D4.self)
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(p).storeBytes(of: self, as: D4.self)
  }
  @inline(__always) static func load(_ p: UnsafePointer<Double>, count: Int, filler: Double) -> D4 {
    var v = D4(repeating: filler)
    for lane in 0..<count { v[lane] = p[lane] }
    return v
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Double>, count: Int) {
    for lane in 0..<count { p[lane] = self[lane] }
  }
  @inline(__always) static func sum(_ a: D4, _ b: D4) -> D4 { a + b }
  @inline(__always) static func difference(_ a: D4, _ b: D4) -> D4 { a - b }
  @inline(__always) static func product(_ a: D4, _ b: D4) -> D4 { a * b }
  @inline(__always) static func quotient(_ a: D4, _ b: D4) -> D4 { a / b }
  @inline(__always) static func maximum(_ a: D4, _ b: D4) -> D4 {
    b.replacing(with: a, where: a .> b).replacing(with: a, where: a .!= a)
  }
  @inline(__always) static func minimum(_ a: D4, _ b: D4) -> D4 {
    b.replacing(with: a, where: a .< b).replacing(with: a, where: a .!= a)
  }
  @inline(__always) static func multiplyAdd(_ a: D4, _ b: D4, _ c: D4) -> D4 {
    fastMultiplyAdd(a, b, c)
  }
  @inline(__always) static func squareRoot(_ a: D4) -> D4 { squareRoots(a) }
  @inline(__always) static func gated(_ a: D4, by gate: D4) -> D4 { D4(0).replacing(with: a, where: gate .> D4(0)) }
  @inline(__always)
  static func transpose(_ p: UnsafePointer<Double>, _ step: Int, rows: Int, _ t: UnsafeMutablePointer<Double>, _ tStep: Int) {
    @inline(__always) func low(_ a: D4, _ b: D4) -> D4 { D4(a[0], b[0], a[2], b[2]) }
    @inline(__always) func high(_ a: D4, _ b: D4) -> D4 { D4(a[1], b[1], a[3], b[3]) }
    @inline(__always) func lowHalves(_ a: D4, _ b: D4) -> D4 { D4(a[0], a[1], b[0], b[1]) }
    @inline(__always) func highHalves(_ a: D4, _ b: D4) -> D4 { D4(a[2], a[3], b[2], b[3]) }
    @inline(__always) func row(_ number: Int) -> D4 { load(p + (number < rows ? number : rows - 1) * step) }
    let r0 = load(p), r1 = row(1), r2 = row(2), r3 = row(3)
    let a0 = low(r0, r1), a1 = high(r0, r1), a2 = low(r2, r3), a3 = high(r2, r3)
    lowHalves(a0, a2).store(t)
    lowHalves(a1, a3).store(t + tStep)
    highHalves(a0, a2).store(t + 2 * tStep)
    highHalves(a1, a3).store(t + 3 * tStep)
  }
}

// MARK: - Integer lanes

extension SIMD8 where Scalar == Int32 {
  @inline(__always) static func load(_ p: UnsafePointer<Int32>) -> I8 {
    UnsafeRawPointer(p).loadUnaligned(as: I8.self)
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Int32>) {
    UnsafeMutableRawPointer(p).storeBytes(of: self, as: I8.self)
  }
}

/// The bits of each lane.
@inline(__always) func bits(_ x: F8) -> I8 { unsafeBitCast(x, to: I8.self) }
/// The number with these bits in each lane.
@inline(__always) func float(bits x: I8) -> F8 { unsafeBitCast(x, to: F8.self) }

/// Each lane as a `Float`. Spelled out: the generic conversion is a loop of calls.
@inline(__always) func floats(_ x: I8) -> F8 {
  F8(
    Float(x[0]), Float(x[1]), Float(x[2]), Float(x[3]),
    Float(x[4]), Float(x[5]), Float(x[6]), Float(x[7]))
}

// Rounding is spelled out for each rule: the generic one, and one that is told
// its rule, are loops of calls.

/// The largest integers not above the lanes.
@inline(__always) func roundedDown(_ x: F8) -> F8 {
  F8(
    x[0].rounded(.down), x[1].rounded(.down),
    x[2].rounded(.down), x[3].rounded(.down),
    x[4].rounded(.down), x[5].rounded(.down),
    x[6].rounded(.down), x[7].rounded(.down))
}

/// The largest integers not above the lanes.
@inline(__always) func roundedDown(_ x: D4) -> D4 {
  D4(
    x[0].rounded(.down), x[1].rounded(.down),
    x[2].rounded(.down), x[3].rounded(.down))
}

/// The smallest integers not below the lanes.
@inline(__always) func roundedUp(_ x: F8) -> F8 {
  F8(
    x[0].rounded(.up), x[1].rounded(.up),
    x[2].rounded(.up), x[3].rounded(.up),
    x[4].rounded(.up), x[5].rounded(.up),
    x[6].rounded(.up), x[7].rounded(.up))
}

/// The smallest integers not below the lanes.
@inline(__always) func roundedUp(_ x: D4) -> D4 {
  D4(
    x[0].rounded(.up), x[1].rounded(.up),
    x[2].rounded(.up), x[3].rounded(.up))
}

/// The nearest integers, halves to the even one.
@inline(__always) func roundedToEven(_ x: F8) -> F8 {
  F8(
    x[0].rounded(.toNearestOrEven), x[1].rounded(.toNearestOrEven),
    x[2].rounded(.toNearestOrEven), x[3].rounded(.toNearestOrEven),
    x[4].rounded(.toNearestOrEven), x[5].rounded(.toNearestOrEven),
    x[6].rounded(.toNearestOrEven), x[7].rounded(.toNearestOrEven))
}

/// The nearest integers, halves to the even one.
@inline(__always) func roundedToEven(_ x: D4) -> D4 {
  D4(
    x[0].rounded(.toNearestOrEven), x[1].rounded(.toNearestOrEven),
    x[2].rounded(.toNearestOrEven), x[3].rounded(.toNearestOrEven))
}
