#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The number that a field of text holds, exactly rounded; nil if it is none.
///
/// Takes what is usual in data: spaces around, a sign, decimals, an exponent,
/// `nan`, `inf` and `infinity` in any case; not hexadecimal.
///
/// Up to 15 digits and a power of ten up to 22 are both exact in a double, so
/// that one multiplication or division rounds once (Clinger, "How to Read
/// Floating Point Numbers Accurately", 1990); the rest is left to `strtod`.
func parseNumber(_ field: UnsafeBufferPointer<UInt8>) -> Double? {
  var start = 0
  var end = field.count
  while start < end, isSpace(field[start]) { start += 1 }
  while end > start, isSpace(field[end - 1]) { end -= 1 }
  guard start < end else { return nil }
  var index = start
  let isNegative = field[index] == UInt8(ascii: "-")
  if isNegative || field[index] == UInt8(ascii: "+") { index += 1 }

  var digits: UInt64 = 0
  var digitCount = 0
  var exponent = 0
  var seen = 0
  while index < end, isDigit(field[index]) {
    if digits != 0 || field[index] != UInt8(ascii: "0") { digitCount += 1 }
    if digitCount <= 19 { digits = digits &* 10 &+ UInt64(field[index] &- 48) }
    seen += 1
    index += 1
  }
  if index < end, field[index] == UInt8(ascii: ".") {
    index += 1
    while index < end, isDigit(field[index]) {
      if digits != 0 || field[index] != UInt8(ascii: "0") { digitCount += 1 }
      if digitCount <= 19 { digits = digits &* 10 &+ UInt64(field[index] &- 48) }
      exponent -= 1
      seen += 1
      index += 1
    }
  }
  if seen == 0 { return namedNumber(field, from: index, to: end, isNegative: isNegative) }
  if index < end, field[index] | 0x20 == UInt8(ascii: "e") {
    index += 1
    var isNegativeExponent = false
    if index < end, field[index] == UInt8(ascii: "-") || field[index] == UInt8(ascii: "+") {
      isNegativeExponent = field[index] == UInt8(ascii: "-")
      index += 1
    }
    guard index < end, isDigit(field[index]) else { return nil }
    var written = 0
    while index < end, isDigit(field[index]) {
      if written < 100_000 { written = written * 10 + Int(field[index] &- 48) }
      index += 1
    }
    exponent += isNegativeExponent ? -written : written
  }
  guard index == end else { return nil }
  if digits == 0 { return isNegative ? -0.0 : 0 }
  if digitCount <= 15, exponent >= -22, exponent <= 22 {
    let magnitude =
      exponent < 0
      ? Double(digits) / powersOfTen[-exponent] : Double(digits) * powersOfTen[exponent]
    return isNegative ? -magnitude : magnitude
  }
  return slowNumber(field, from: start, to: end)
}

private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
  1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]

private func slowNumber(
  _ field: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int
) -> Double {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: end - start + 1) { buffer in
    for index in start..<end { buffer[index - start] = CChar(bitPattern: field[index]) }
    buffer[end - start] = 0
    return buffer.baseAddress.map { strtod($0, nil) } ?? .nan
  }
}

/// nan, inf and infinity, in any case.
private func namedNumber(
  _ field: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int, isNegative: Bool
) -> Double? {
  func matches(_ name: StaticString) -> Bool {
    guard name.utf8CodeUnitCount == end - start else { return false }
    for index in start..<end where field[index] | 0x20 != name.utf8Start[index - start] {
      return false
    }
    return true
  }
  if matches("nan") { return .nan }
  if matches("inf") || matches("infinity") { return isNegative ? -.infinity : .infinity }
  return nil
}

@inline(__always)
private func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

@inline(__always)
private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
