#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// Elementary functions of eight `Float` lanes, each within 2 units in the
// last place of the true value.
//
// The scheme is the usual one (W. J. Cody and W. Waite, "Software Manual for
// the Elementary Functions", 1980): reduce the argument exactly, evaluate a
// minimax polynomial of the reduced argument, put the scale back. The
// polynomials are weighted minimax fits (Lawson's iteration on Chebyshev
// nodes), their relative error given beside each.

@inline(__always) private func horner(_ x: F8, _ c0: Float, _ c1: Float, _ c2: Float) -> F8 {
  fastMultiplyAdd(x, fastMultiplyAdd(x, F8(c2), F8(c1)), F8(c0))
}

@inline(__always)
private func horner(_ x: F8, _ c0: Float, _ c1: Float, _ c2: Float, _ c3: Float) -> F8 {
  fastMultiplyAdd(x, horner(x, c1, c2, c3), F8(c0))
}

@inline(__always)
private func horner(
  _ x: F8, _ c0: Float, _ c1: Float, _ c2: Float, _ c3: Float, _ c4: Float
) -> F8 {
  fastMultiplyAdd(x, horner(x, c1, c2, c3, c4), F8(c0))
}

@inline(__always) private func magnitude(_ x: F8) -> F8 {
  float(bits: bits(x) & I8(repeating: Int32.max))
}

/// `x` with the sign of `sign` put on it; `x` must not be negative.
@inline(__always) private func withSign(_ x: F8, of sign: F8) -> F8 {
  float(bits: bits(x) | (bits(sign) & I8(repeating: Int32.min)))
}

/// 2^n for n in -126...127, from the exponent's bits.
@inline(__always) private func powerOfTwo(_ n: I8) -> F8 {
  float(bits: (n &+ I8(repeating: 127)) &<< I8(repeating: 23))
}

/// x · 2^n, for n in -250...254; halves of n so that results may be denormal or infinite.
@inline(__always) private func scale(_ x: F8, _ n: I8) -> F8 {
  let half = n &>> I8(repeating: 1)
  return x * powerOfTwo(half) * powerOfTwo(n &- half)
}

// Adding 1.5·2^23 leaves the nearest integer, ties to even, in the low bits.
@inline(__always) private func nearest(_ x: F8) -> (F8, I8) {
  let magic = F8(12_582_912)
  let shifted = x + magic
  return (shifted - magic, bits(shifted) &- bits(magic))
}

/// x = n·ln 2 + r with |r| ≤ ln 2 / 2.
@inline(__always) private func reduceExponent(_ x: F8) -> (n: I8, r: F8) {
  let (n, integer) = nearest(x * F8(1.442695041))
  let r = exactMultiplyAdd(n, F8(-0x1.62e43p-1), x)
  return (integer, exactMultiplyAdd(n, F8(0x1.05c61p-29), r))
}

/// e^r for |r| ≤ ln 2 / 2: 1 + r + r² q(r), relative error 2^-28.2.
@inline(__always) private func exponentialOfRest(_ r: F8) -> F8 {
  let q = horner(r, 0.49999994, 0.1666652, 0.041668408, 0.0083689215, 0.0013814174)
  return F8(1) + fastMultiplyAdd(r * r, q, r)
}

/// x, but not below `low` nor above `high`; a nan stays. One instruction each, in this order of the comparisons.
@inline(__always) private func limited(_ x: F8, _ low: Float, _ high: Float) -> F8 {
  let t = x.replacing(with: F8(low), where: F8(low) .> x)
  return t.replacing(with: F8(high), where: F8(high) .< t)
}

/// e^x.
@inline(__always) func exponential(_ x: F8) -> F8 {
  // Beyond these the answer is infinite or zero anyway.
  let t = limited(x, -105, 89)
  // As in `reduceExponent`, with an offset of twice 127 in the magic number: n + 254 stands in its low bits.
  let magic = F8(12_583_166)
  let shifted = fastMultiplyAdd(t, F8(1.442695041), magic)
  let n = shifted - magic
  let r = exactMultiplyAdd(n, F8(0x1.05c61p-29), exactMultiplyAdd(n, F8(-0x1.62e43p-1), t))
  // 2^n as two powers whose exponents are its half, rounded down, and the rest: results may be denormal or infinite.
  let half = (bits(shifted) &<< I8(repeating: 22)) & I8(repeating: 0x7f80_0000)
  let rest = (bits(shifted) &<< I8(repeating: 23)) &- half
  return exponentialOfRest(r) * float(bits: half) * float(bits: rest)
}

/// e^x - 1.
@inline(__always) func exponentialMinusOne(_ x: F8) -> F8 {
  let (n, r) = reduceExponent(limited(x, -20, 89))
  // e^r - 1 = r + r² q(r), relative error 2^-31.9.
  let q = fastMultiplyAdd(
    r, horner(r, 0.16666666, 0.04166636, 0.00833339, 0.0013940927, 0.00019845902), F8(0.5))
  let square = r * r
  // e^x - 1 = 2^n ((1 - 2^-n) + r + r² q); the bracket's first sum is exact enough
  // when its rest is added after it.
  let bounded = n.replacing(with: I8(repeating: 100), where: n .> I8(repeating: 100))
  let one = F8(1) - powerOfTwo(I8(repeating: 0) &- bounded)
  let high0 = one + r
  // What the sum lost of r (Dekker's fast two-sum: |one| ≥ |r| or one = 0).
  let lost = r - (high0 - one)
  let p = high0 + fastMultiplyAdd(square, q, lost)
  let result = scale(p, n)
  return result.replacing(with: x, where: x .== F8(0))
}

/// The natural logarithm of x, where `correction` is added to the small part:
/// log(x) + correction.
@inline(__always) private func logarithm(_ x: F8, plus correction: F8) -> F8 {
  // Denormals are lifted first.
  let tiny = x .< F8(Float.leastNormalMagnitude)
  let lifted = x.replacing(with: x * F8(8_388_608), where: tiny)
  let lift = F8(0).replacing(with: F8(-23), where: tiny)
  // x = 2^e m, m in [√½, √2): subtracting √½'s bits makes the exponent field carry at √½.
  let shifted = bits(lifted) &- I8(repeating: 0x3f35_04f3)
  let exponent = shifted &>> I8(repeating: 23)
  let m = float(bits: bits(lifted) &- (exponent &<< I8(repeating: 23)))
  let e = floats(exponent) + lift
  let f = m - F8(1)
  // log(1 + f) = f - f²/2 + f³ p(f), relative error 2^-30.3.
  let p = fastMultiplyAdd(
    f,
    fastMultiplyAdd(
      f,
      fastMultiplyAdd(
        f,
        fastMultiplyAdd(
          f, horner(f, 0.14219552, -0.12405589, 0.11888162, -0.11675652, 0.06746641),
          F8(-0.16667996)), F8(0.20002119)), F8(-0.2500001)), F8(0.33333313))
  let square = f * f
  // From the smallest part to the largest.
  var small = fastMultiplyAdd(square * f, p, correction)
  small = fastMultiplyAdd(e, F8(-0x1.05c61p-29), small)
  small = fastMultiplyAdd(square, F8(-0.5), small)
  // e·ln 2 is the largest part: added last, in one rounding.
  return fastMultiplyAdd(e, F8(0x1.62e43p-1), small + f)
}

/// log(x).
@inline(__always) func logarithm(_ x: F8) -> F8 {
  let y = logarithm(x, plus: F8(0))
  return y.replacing(with: F8(-Float.infinity), where: x .== F8(0))
    .replacing(with: F8(Float.nan), where: x .< F8(0))
    .replacing(with: F8(Float.infinity), where: x .== F8(Float.infinity))
    .replacing(with: x, where: x .!= x)
}

/// log(1 + x).
@inline(__always) func logarithmOfOnePlus(_ x: F8) -> F8 {
  let u = F8(1) + x
  // What the sum lost, as a part of u (W. Kahan; see D. Goldberg, 1991, theorem 4).
  let larger = x .> F8(1)
  let lostSmall = x - (u - F8(1))
  let lostLarge = F8(1) - (u - x)
  let lost = lostSmall.replacing(with: lostLarge, where: larger) / u
  let y = logarithm(u, plus: lost)
  return y.replacing(with: F8(-Float.infinity), where: x .== F8(-1))
    .replacing(with: F8(Float.nan), where: x .< F8(-1))
    .replacing(with: F8(Float.infinity), where: x .== F8(Float.infinity))
    .replacing(with: x, where: x .== F8(0))
    .replacing(with: x, where: x .!= x)
}

/// The hyperbolic tangent, in three steps: see `mapSteps`.
///
/// |x| = n·ln 2 + r, n = 0 up to 0.552, where tanh reaches ½. With t = tanh r and h = 4ⁿ / 2 the addition theorem gives
/// tanh |x| = (h - ½ + (h + ½) t) / (h + ½ + (h - ½) t). For n = 0 that is t itself. Above, the numerator is taken as the denominator less 1 - t: so the rounding of the
/// denominator, which stands in both, hardly counts.
enum HyperbolicTangent {
  /// n and |x| - n·ln 2.
  @inline(__always) static func reduce(_ x: F8) -> (x: F8, half: F8, r: F8) {
    // 1 to the last place beyond 9.1: so no power leaves the range. A nan passes the comparison.
    let size = magnitude(x)
    let a = size.replacing(with: F8(10), where: F8(10) .< size)
    // Counts thirty-seconds, and drops them: rounds down from 26 of them. The magic number carries the exponent's offset: 63 + n, twice which
    // is the exponent of 4ⁿ / 2.
    let shifted = float(bits: bits(fastMultiplyAdd(a, F8(1.442695041), F8(393_279.1875))) & I8(repeating: ~31))
    return (x, float(bits: bits(shifted) &<< I8(repeating: 19)), exactMultiplyAdd(shifted - F8(393_279), F8(-0x1.62e43p-1), a))
  }

  /// tanh r = r + r³ q(r²), -0.15 < r < 0.5525, relative error 2^-24.7.
  @inline(__always) static func ofRest(_ s: (x: F8, half: F8, r: F8)) -> (x: F8, half: F8, t: F8) {
    let square = s.r * s.r
    let q = horner(square, -0.3333295, 0.13320795, -0.052676156, 0.016445773)
    return (s.x, s.half, fastMultiplyAdd(s.r * square, q, s.r))
  }

  @inline(__always) static func sum(_ s: (x: F8, half: F8, t: F8)) -> F8 {
    let more = s.half + F8(0.5)
    let denominator = fastMultiplyAdd(more - F8(1), s.t, more)
    return withSign((denominator - F8(1) + s.t) / denominator, of: s.x)
  }
}

/// 1 / (1 + e^-x).
@inline(__always) func logistic(_ x: F8) -> F8 {
  // Of e^-|x| the other side follows without overflow, down to denormals.
  let t = exponential(float(bits: bits(x) | I8(repeating: Int32.min)))
  let negative = x .< F8(0)
  let numerator = F8(1).replacing(with: t, where: negative)
  let sum = F8(1) + t
  let lost = t - (sum - F8(1))
  let quotient = numerator / sum
  // One Newton step with what the sum lost, or the roundings of the sum and
  // the quotient add to more than two places. 1 / sum is at hand: it is the
  // quotient or the rest to 1.
  let residue = exactMultiplyAdd(
    quotient, F8(0) - lost, exactMultiplyAdd(F8(0) - quotient, sum, numerator))
  let inverse = quotient.replacing(with: F8(1) - quotient, where: negative)
  return exactMultiplyAdd(residue, inverse, quotient).replacing(with: x, where: x .!= x)
}

/// The error function, 2/√π ∫₀ˣ e^-t² dt.
@inline(__always) func errorFunction(_ x: F8) -> F8 {
  let a = magnitude(x)
  let z = a * a
  // |x| < 0.92: x + x p(x²), relative error 2^-30.6.
  let p = fastMultiplyAdd(
    z,
    fastMultiplyAdd(
      z, horner(z, 0.11283664, -0.026857706, 0.0051969523, -0.00080977037, 8.1850936e-05),
      F8(-0.37612632)), F8(0.12837917))
  let near = fastMultiplyAdd(a, p, a)
  // Otherwise 1 - e^l(|x|), l a fit of log(erfc): its error counts only times erfc, 2^-33.9 at most.
  let t = a.replacing(with: F8(4.1), where: a .> F8(4.1))
  let l = fastMultiplyAdd(
    t,
    fastMultiplyAdd(
      t,
      fastMultiplyAdd(
        t, horner(t, -0.108220376, 0.025080608, -0.0041562514, 0.0004313928, -2.0828546e-05),
        F8(-0.63340086)), F8(-1.1294883)), F8(0.00016920442))
  let far = F8(1) - exponential(l)
  return withSign(far.replacing(with: near, where: a .< F8(0.92)), of: x)
    .replacing(with: x, where: x .!= x)
}

/// The largest magnitude that `sineAndCosine` reduces itself: three parts of π/2 suffice for it.
let trigonometricLimit: Float = 20_000

/// sin x and cos x for |x| ≤ `trigonometricLimit`.
@inline(__always) func sineAndCosine(_ x: F8) -> (sine: F8, cosine: F8) {
  // x = q·π/2 + r. The first difference is exact, the others lose only far bits.
  let (q, integer) = nearest(x * F8(0.636619772))
  var r = exactMultiplyAdd(q, F8(-0x1.921fb6p0), x)
  r = exactMultiplyAdd(q, F8(0x1.777a5cp-25), r)
  r = exactMultiplyAdd(q, F8(0x1.ee59dap-50), r)
  let z = r * r
  // sin r = r + r³ s(r²), relative error 2^-37; cos r = 1 - r²/2 + r⁴ c(r²), 2^-32.
  let s = horner(z, -0.16666667, 0.008333329, -0.00019839233, 2.7173667e-06)
  let sine = fastMultiplyAdd(r * z, s, r)
  let c = horner(z, 0.041666646, -0.0013887251, 2.442568e-05)
  let cosine = fastMultiplyAdd(z * z, c, fastMultiplyAdd(z, F8(-0.5), F8(1)))
  let odd = (integer & I8(repeating: 1)) .!= I8(repeating: 0)
  let sineFlip = (integer &<< I8(repeating: 30)) & I8(repeating: Int32.min)
  let cosineFlip = ((integer &+ I8(repeating: 1)) &<< I8(repeating: 30)) & I8(repeating: Int32.min)
  let sineValue = bits(sine.replacing(with: cosine, where: odd)) ^ sineFlip
  let cosineValue = bits(cosine.replacing(with: sine, where: odd)) ^ cosineFlip
  return (float(bits: sineValue), float(bits: cosineValue))
}

/// sin x; beyond the limit lane by lane from the C library.
@inline(__always) func sine(_ x: F8) -> F8 {
  let far = magnitude(x) .> F8(trigonometricLimit)
  var y = sineAndCosine(x).sine.replacing(with: x, where: x .== F8(0))
  if any(far) { correctLanes(&y, x, far) { sinf($0) } }
  return y
}

/// cos x; beyond the limit lane by lane from the C library.
@inline(__always) func cosine(_ x: F8) -> F8 {
  let far = magnitude(x) .> F8(trigonometricLimit)
  var y = sineAndCosine(x).cosine
  if any(far) { correctLanes(&y, x, far) { cosf($0) } }
  return y
}

@inline(never)
private func correctLanes(
  _ y: inout F8, _ x: F8, _ mask: SIMDMask<I8>, _ function: (Float) -> Float
) {
  for lane in 0..<8 where mask[lane] { y[lane] = function(x[lane]) }
}

// MARK: - One number

/// 1 / (1 + e^-x) in double precision, without overflow on either side.
func logistic(_ x: Double) -> Double {
  let t = exp(-x.magnitude)
  return x < 0 ? t / (1 + t) : 1 / (1 + t)
}

/// -1, 0 or 1; a zero keeps its sign and a nan stays.
@inline(__always) func signum<T: RealElement>(_ x: T) -> T { x > 0 ? 1 : x < 0 ? -1 : x }

/// The remainder with the sign of the divisor, as Python defines it.
@inline(__always) func floorModulo(_ a: Float, _ b: Float) -> Float {
  var r = fmodf(a, b)
  if r != 0 {
    if (r < 0) != (b < 0) { r += b }
  } else {
    r = b < 0 ? -0.0 : 0.0
  }
  return b == 0 ? .nan : r
}

@inline(__always) func floorModulo(_ a: Double, _ b: Double) -> Double {
  var r = fmod(a, b)
  if r != 0 {
    if (r < 0) != (b < 0) { r += b }
  } else {
    r = b < 0 ? -0.0 : 0.0
  }
  return b == 0 ? .nan : r
}

/// The quotient rounded down: (a - a mod b) / b, so that it agrees with the
/// remainder; dividing by zero gives what `/` gives.
@inline(__always) func floorQuotient<T: RealElement>(_ a: T, _ b: T, _ remainder: T) -> T {
  if b == 0 { return a / b }
  if b.isInfinite && a.isFinite { return a == 0 ? a / b : (a < 0) != (b < 0) ? -1 : 0 }
  let quotient = (a - remainder) / b
  // The difference is a multiple of b but for a rounding.
  let down = quotient.rounded(.down)
  return quotient - down > 0.5 ? down + 1 : down
}
