/// The number of terminal columns `text` takes: 2 for East Asian wide
/// characters and emoji, 0 for combining marks and controls, else 1.
///
/// A cluster of several scalars counts as its first visible scalar, and as 2
/// when it asks for emoji presentation (U+FE0F) or is a flag. The ranges follow
/// the East_Asian_Width property, W and F, of Unicode Standard Annex #11.
package func displayWidth(_ text: String) -> Int {
  var width = 0
  for character in text { width += displayWidth(character) }
  return width
}

func displayWidth(_ character: Character) -> Int {
  if character.isASCII {
    return (character.asciiValue ?? 0) < 0x20 || character == "\u{7F}" ? 0 : 1
  }
  var width = 0
  var flags = 0
  for scalar in character.unicodeScalars {
    if scalar.value == 0xFE0F, width == 1 { return 2 }
    if (0x1F1E6...0x1F1FF).contains(scalar.value) { flags += 1 }
    if width == 0 { width = columns(of: scalar) }
  }
  return flags >= 2 ? 2 : width
}

private func columns(of scalar: Unicode.Scalar) -> Int {
  let value = scalar.value
  if value < 0x300 { return value < 0x20 || (0x7F..<0xA0).contains(value) ? 0 : 1 }
  if (0x1160...0x11FF).contains(value) { return 0 }  // vowels and finals join a Hangul syllable
  if isWide(value) { return 2 }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator:
    return 0
  default: return 1
  }
}

private func isWide(_ value: UInt32) -> Bool {
  if value < 0x1100 { return false }
  var low = 0
  var high = wideRanges.count - 1
  while low <= high {
    let middle = (low + high) / 2
    let range = wideRanges[middle]
    if value < range.lowerBound {
      high = middle - 1
    } else if value > range.upperBound {
      low = middle + 1
    } else {
      return true
    }
  }
  return false
}

private let wideRanges: [ClosedRange<UInt32>] = [
  0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0...0x23F0,
  0x23F3...0x23F3, 0x25FD...0x25FE, 0x2614...0x2615, 0x2648...0x2653, 0x267F...0x267F,
  0x2693...0x2693, 0x26A1...0x26A1, 0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5,
  0x26CE...0x26CE, 0x26D4...0x26D4, 0x26EA...0x26EA, 0x26F2...0x26F3, 0x26F5...0x26F5,
  0x26FA...0x26FA, 0x26FD...0x26FD, 0x2705...0x2705, 0x270A...0x270B, 0x2728...0x2728,
  0x274C...0x274C, 0x274E...0x274E, 0x2753...0x2755, 0x2757...0x2757, 0x2795...0x2797,
  0x27B0...0x27B0, 0x27BF...0x27BF, 0x2B1B...0x2B1C, 0x2B50...0x2B50, 0x2B55...0x2B55,
  0x2E80...0x3029, 0x302E...0x303E, 0x3041...0x3098, 0x309B...0xA4CF, 0xA960...0xA97F,
  0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
  0xFFE0...0xFFE6, 0x16FE0...0x16FE3, 0x17000...0x18CFF, 0x1AFF0...0x1B2FF, 0x1F004...0x1F004,
  0x1F0CF...0x1F0CF, 0x1F18E...0x1F18E, 0x1F191...0x1F19A, 0x1F200...0x1F320, 0x1F32D...0x1F335,
  0x1F337...0x1F37C, 0x1F37E...0x1F393, 0x1F3A0...0x1F3CA, 0x1F3CF...0x1F3D3, 0x1F3E0...0x1F3F0,
  0x1F3F4...0x1F3F4, 0x1F3F8...0x1F43E, 0x1F440...0x1F440, 0x1F442...0x1F4FC, 0x1F4FF...0x1F53D,
  0x1F54B...0x1F54E, 0x1F550...0x1F567, 0x1F57A...0x1F57A, 0x1F595...0x1F596, 0x1F5A4...0x1F5A4,
  0x1F5FB...0x1F64F, 0x1F680...0x1F6C5, 0x1F6CC...0x1F6CC, 0x1F6D0...0x1F6D2, 0x1F6D5...0x1F6D7,
  0x1F6DC...0x1F6DF, 0x1F6EB...0x1F6EC, 0x1F6F4...0x1F6FC, 0x1F7E0...0x1F7EB, 0x1F7F0...0x1F7F0,
  0x1F90C...0x1F93A, 0x1F93C...0x1F945, 0x1F947...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
]

/// `text` on one line and within `width` columns: controls become spaces, and
/// what does not fit gives way to an ellipsis (`..` in ASCII).
func fitted(_ text: String, to width: Int, glyphs: Glyphs) -> String {
  var clean = ""
  for character in text {
    let isControl = character.unicodeScalars.contains {
      $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) || $0.value == 0x2028
        || $0.value == 0x2029
        || (0x202A...0x202E).contains($0.value) || (0x2066...0x2069).contains($0.value)
    }
    clean.append(isControl ? " " : character)
  }
  if displayWidth(clean) <= width { return clean }
  let mark = glyphs == .unicode ? "…" : ".."
  let room = width - displayWidth(mark)
  if room < 1 {
    return width > 0
      ? String(clean.prefix { displayWidth($0) <= width }.prefix(width == 1 ? 1 : 0)) : ""
  }
  var result = ""
  var used = 0
  for character in clean {
    used += displayWidth(character)
    if used > room { break }
    result.append(character)
  }
  return result + mark
}

/// `text` with spaces before it, to fill `width` columns.
func rightAligned(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - displayWidth(text))) + text
}
