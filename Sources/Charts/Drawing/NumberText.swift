#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `value` with a fixed number of decimals, as `printf("%.*f")` writes it.
func fixed(_ value: Double, decimals: Int) -> String {
  formatted("%.\(max(decimals, 0))f", value)
}

/// `value` with at most `digits` significant digits and no more characters
/// than it needs: 0.25, 1234, 1.5e-7, nan.
func short(_ value: Double, digits: Int = 4) -> String {
  if value.isNaN { return "nan" }
  if value.isInfinite { return value < 0 ? "-inf" : "inf" }
  if value == 0 { return "0" }
  // A whole number is written out as long as it stays readable.
  if value == value.rounded(.towardZero), abs(value) < 1e7 { return String(Int(value)) }
  return tidyExponent(formatted("%.\(digits)g", value))
}

/// 1.50e+07 becomes 1.5e7.
func tidyExponent(_ text: String) -> String {
  guard let mark = text.firstIndex(of: "e") else { return text }
  var mantissa = text[..<mark]
  if mantissa.contains(".") {
    while mantissa.last == "0" { mantissa.removeLast() }
    if mantissa.last == "." { mantissa.removeLast() }
  }
  let exponent = Int(text[text.index(after: mark)...].drop { $0 == "+" }) ?? 0
  return "\(mantissa)e\(exponent)"
}

/// A length of time in words of one or two units: 850 ms, 12.3 s, 4 min 5 s.
func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "?" }
  if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded())) ms" }
  if seconds < 9.95 { return fixed(seconds, decimals: 1) + " s" }
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  if whole < 86400 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
  return "\(whole / 86400) d \(whole % 86400 / 3600) h"
}

private func formatted(_ format: String, _ value: Double) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
    guard let start = buffer.baseAddress else { return "" }
    let count = withVaList([value]) { Int(vsnprintf(start, buffer.count, format, $0)) }
    let bytes = UnsafeRawBufferPointer(start: start, count: min(max(count, 0), buffer.count - 1))
    return String(decoding: bytes, as: UTF8.self)
  }
}
