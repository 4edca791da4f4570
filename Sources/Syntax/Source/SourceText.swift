/// A text that is run: a file, a cell, an argument. Offsets are into its UTF-8.
package final class SourceText: Sendable {
  /// What errors call it: `lesson.grad`, `[3]`, `<stdin>`.
  package let name: String
  package let text: String
  package let utf8: [UInt8]
  /// Added to the line numbers: a cell of a literate file stands lower in its file.
  package let firstLine: Int
  /// Whether it belongs to the standard library, whose frames are folded in call stacks.
  package let isLibrary: Bool
  private let lineStarts: [Int]

  package init(name: String, text: String, firstLine: Int = 1, isLibrary: Bool = false) {
    self.name = name
    self.text = text
    self.firstLine = firstLine
    self.isLibrary = isLibrary
    utf8 = Array(text.utf8)
    lineStarts = utf8.withUnsafeBytes { bytes in
      var starts = [0]
      starts.reserveCapacity(bytes.count / 24 + 1)
      var offset = 0
      // Eight bytes at a time: one that is equal to a newline makes a zero, which borrows.
      while offset + 8 <= bytes.count {
        let difference = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian ^ 0x0a0a_0a0a_0a0a_0a0a
        let zeros = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
        if zeros == 0 {
          offset += 8
        } else {
          offset += zeros.trailingZeroBitCount / 8 + 1
          starts.append(offset)
        }
      }
      while offset < bytes.count {
        offset += 1
        if bytes[offset - 1] == 10 { starts.append(offset) }
      }
      return starts
    }
  }

  /// The line, counted as in the file, and the column, counted in characters from 1.
  package func position(of offset: Int) -> (line: Int, column: Int) {
    let index = lineIndex(of: offset)
    let prefix = utf8[lineStarts[index]..<min(max(offset, lineStarts[index]), utf8.count)]
    return (index + firstLine, String(decoding: prefix, as: UTF8.self).count + 1)
  }

  /// The index of the line that holds the offset, from 0.
  package func lineIndex(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle - 1 }
    }
    return low
  }

  /// The UTF-8 range of a line, without its newline.
  package func lineRange(_ index: Int) -> Range<Int> {
    let start = lineStarts[index]
    var end = index + 1 < lineStarts.count ? lineStarts[index + 1] - 1 : utf8.count
    if end > start, utf8[end - 1] == 13 { end -= 1 }
    return start..<max(start, end)
  }

  package func string(_ span: Span) -> String {
    let low = min(max(0, span.start), utf8.count)
    return String(decoding: utf8[low..<min(max(low, span.end), utf8.count)], as: UTF8.self)
  }
}

/// A half-open range of UTF-8 offsets in a `SourceText`. Every node of a tree and every instruction has one: 32 bits an offset
/// are enough for any text that is read.
package struct Span: Hashable, Sendable {
  private var low: Int32
  private var high: Int32

  package var start: Int {
    get { Int(low) }
    set { low = Int32(clamping: newValue) }
  }

  package var end: Int {
    get { Int(high) }
    set { high = Int32(clamping: newValue) }
  }

  package init(_ start: Int, _ end: Int) {
    low = Int32(clamping: start)
    high = Int32(clamping: end)
  }

  package func union(_ other: Span) -> Span {
    var span = self
    span.low = min(low, other.low)
    span.high = max(high, other.high)
    return span
  }
}
