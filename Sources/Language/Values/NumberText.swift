#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Tensors

/// How single numbers are written.
enum NumberText {
  /// Whole numbers below 10¹⁶ in full, others to `digits` significant digits as C's `%g` writes them, a negative zero as 0.
  /// From 17 digits on, the shortest text that reads back as the same number.
  static func plain(_ value: Double, digits: Int) -> String {
    if let text = whole(value) ?? special(value) { return text }
    return digits >= 17 ? value.description : general(value, digits: digits)
  }

  /// The same for a number in single precision, whose ninth digit says all there is to say.
  static func plain(_ value: Float, digits: Int) -> String {
    let wide = Double(value)
    if let text = whole(wide) ?? special(wide) { return text }
    return digits >= 9 ? value.description : general(wide, digits: digits)
  }

  /// One element of a tensor of that type.
  static func element(_ value: Double, _ type: ElementType, digits: Int) -> String {
    switch type {
    case .bool: value != 0 ? "true" : "false"
    case .i32: whole(value) ?? plain(value, digits: digits)
    case .f32: plain(Float(value), digits: digits)
    case .f64: plain(value, digits: digits)
    }
  }

  static func general(_ value: Double, digits: Int) -> String { printed("%.\(min(max(digits, 1), 100))g", value) }
  static func fixed(_ value: Double, decimals: Int) -> String {
    exact(value, decimals: decimals) ?? printed("%.\(min(max(decimals, 0), 100))f", value)
  }
  static func scientific(_ value: Double, decimals: Int) -> String { printed("%.\(min(max(decimals, 0), 100))e", value) }

  /// `nan`, `inf`, `-inf`; nil for a finite number.
  static func special(_ value: Double) -> String? {
    value.isNaN ? "nan" : value.isInfinite ? (value < 0 ? "-inf" : "inf") : nil
  }

  /// A whole number below 10¹⁶ in full; nil for any other.
  static func whole(_ value: Double) -> String? {
    guard value.magnitude < 1e16, value == value.rounded(.towardZero) else { return nil }
    return String(Int64(value))
  }

  /// A count with commas between thousands: 1,234,567.
  static func count(_ value: Int) -> String { grouped(String(value)) }

  /// 1.5 GB, 20 MB, 512 bytes.
  static func bytes(_ count: Int) -> String {
    let units: [(String, Double)] = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)]
    for (name, size) in units where Double(count) >= size { return plain(Double(count) / size, digits: 3) + " " + name }
    return "\(count) byte\(count == 1 ? "" : "s")"
  }

  /// Commas between the thousands of the digits that a text begins with (after a sign).
  static func grouped(_ text: String) -> String {
    let sign = text.prefix { $0 == "-" || $0 == "+" || $0 == " " }
    let digits = text.dropFirst(sign.count).prefix { $0.isASCII && $0.isNumber }
    let rest = text.dropFirst(sign.count + digits.count)
    var result = String(sign)
    for (position, digit) in digits.enumerated() {
      if position > 0, (digits.count - position) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return result + rest
  }

  /// What `%f` prints, halves to even, from whole numbers of 128 bits, which is quicker than C's way; nil where they don't do.
  private static func exact(_ value: Double, decimals: Int) -> String? {
    guard (0...18).contains(decimals), value.magnitude < 0x1p53, value.isNormal || value == 0 else { return nil }
    // |value| = significand / 2^shift, and 10^18 · 2^53 < 2^113.
    let significand = value == 0 ? 0 : UInt128(value.significandBitPattern | 1 << 52)
    let shift = value == 0 ? 0 : 52 - Int(value.exponent)
    var power: UInt128 = 1
    for _ in 0..<decimals { power *= 10 }
    let product = significand * power
    var scaled = shift < 128 ? product >> UInt128(shift) : 0
    if shift > 0, shift <= 114 {
      let rest = product - scaled << UInt128(shift), half = UInt128(1) << UInt128(shift - 1)
      if rest > half || (rest == half && scaled & 1 == 1) { scaled += 1 }
    }
    guard var rest = UInt64(exactly: scaled) else { return nil }
    // From the last digit on: at most twenty, a sign and a point.
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { buffer in
      var start = buffer.count, count = 0
      repeat {
        if count == decimals, decimals > 0 {
          start -= 1
          buffer[start] = UInt8(ascii: ".")
        }
        start -= 1
        buffer[start] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
        count += 1
      } while rest > 0 || count <= decimals
      if value.sign == .minus {
        start -= 1
        buffer[start] = UInt8(ascii: "-")
      }
      return String(decoding: buffer[start...], as: UTF8.self)
    }
  }

  private static func printed(_ format: String, _ value: Double) -> String {
    // At most 309 digits before the point and 100 after it.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
      guard let start = buffer.baseAddress else { return "" }
      let count = withVaList([value]) { Int(vsnprintf(start, buffer.count, format, $0)) }
      let bytes = UnsafeRawBufferPointer(start: start, count: min(max(count, 0), buffer.count - 1))
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}

extension String {
  /// The text with spaces before it, as many as make it `width` characters long.
  func leftPadded(_ width: Int) -> String {
    let missing = width - count
    return missing > 0 ? String(repeating: " ", count: missing) + self : self
  }

  func rightPadded(_ width: Int) -> String {
    let missing = width - count
    return missing > 0 ? self + String(repeating: " ", count: missing) : self
  }
}
