#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where a library file defines a name, found without parsing.
package struct DefinitionPlace: Sendable {
  package let name: String
  /// From the first of its `##` lines to the end of its last line.
  package let span: Span
  /// Its `##` lines.
  package let documentationSpan: Span?
  package let isLayer: Bool
  package let source: SourceText

  /// The Markdown of its `##` lines.
  package var documentation: String? { documentationSpan.map { Documentation.text(of: $0, in: source) } }
}

extension Parser {
  /// For every definition that begins at column 0, `name(…) = `, `name = `, `layer Name(`, its place, by a quick look at the
  /// beginnings of lines. Continued lines are indented or begin with a closing bracket; texts in `"""` are indented, too.
  package static func index(of source: SourceText) -> [DefinitionPlace] {
    source.utf8.withUnsafeBufferPointer { bytes in
      var scanner = DefinitionScanner(source: source, bytes: bytes)
      return scanner.run()
    }
  }
}

private struct DefinitionScanner {
  let source: SourceText
  let bytes: UnsafeBufferPointer<UInt8>
  private var found: [DefinitionPlace] = []
  private var pending: (name: String, start: Int, documentation: Span?, isLayer: Bool)?
  private var documentation: Span?
  /// The end of the last line that is not blank.
  private var contentEnd = 0

  init(source: SourceText, bytes: UnsafeBufferPointer<UInt8>) {
    self.source = source
    self.bytes = bytes
  }

  mutating func run() -> [DefinitionPlace] {
    var line = 0
    while line < bytes.count {
      let next = lineEnd(line)
      var end = next
      if end > line, bytes[end - 1] == 13 { end -= 1 }
      if end > line { read(line, end) } else { documentation = nil }
      line = next + 1
    }
    finish()
    return found
  }

  private func lineEnd(_ start: Int) -> Int {
    guard let base = bytes.baseAddress, let newline = memchr(base + start, 10, bytes.count - start) else { return bytes.count }
    return base.distance(to: newline.assumingMemoryBound(to: UInt8.self))
  }

  private mutating func finish() {
    if let definition = pending {
      found.append(
        DefinitionPlace(
          name: definition.name, span: Span(definition.start, contentEnd), documentationSpan: definition.documentation,
          isLayer: definition.isLayer, source: source))
    }
    pending = nil
  }

  private mutating func read(_ start: Int, _ end: Int) {
    let first = bytes[start]
    switch first {
    case 32, 9:
      if !isBlank(start, end) {
        contentEnd = end
        documentation = nil
      }
    case UInt8(ascii: "#"):
      finish()
      guard start + 1 < end, bytes[start + 1] == first else {
        documentation = nil
        return
      }
      documentation = Span(documentation?.start ?? start, end)
    case _ where continues(start, end):
      contentEnd = end
    default:
      finish()
      if let (name, isLayer) = definition(start, end) {
        pending = (name, documentation?.start ?? start, documentation, isLayer)
        contentEnd = end
      }
      documentation = nil
    }
  }

  private func isBlank(_ start: Int, _ end: Int) -> Bool {
    var index = start
    while index < end, bytes[index] == 32 || bytes[index] == 9 { index += 1 }
    return index == end
  }

  /// Lines at column 0 that belong to what stands before: `}`, `)`, `]`, `|>`, `>>`, `.name`, `else`, `catch`.
  private func continues(_ start: Int, _ end: Int) -> Bool {
    switch bytes[start] {
    case UInt8(ascii: "}"), UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "|"), UInt8(ascii: ">"), UInt8(ascii: "."): true
    case UInt8(ascii: "e"): word("else", start, end)
    case UInt8(ascii: "c"): word("catch", start, end)
    default: false
    }
  }

  private func word(_ word: StaticString, _ start: Int, _ end: Int) -> Bool {
    let length = word.utf8CodeUnitCount
    guard let base = bytes.baseAddress, start + length <= end, memcmp(base + start, word.utf8Start, length) == 0 else { return false }
    return start + length == end || !isNamePart(bytes[start + length])
  }

  private func isNamePart(_ byte: UInt8) -> Bool { NameCharacter.isASCIIPart(byte) || byte >= 0x80 }

  private func nameEnd(_ start: Int, _ end: Int) -> Int {
    guard start < end, isNamePart(bytes[start]), !NameCharacter.isDigit(bytes[start]) else { return start }
    var index = start + 1
    while index < end, isNamePart(bytes[index]) { index += 1 }
    return index
  }

  private func spacesEnd(_ start: Int) -> Int {
    var index = start
    while index < bytes.count, bytes[index] == 32 || bytes[index] == 9 { index += 1 }
    return index
  }

  private func definition(_ start: Int, _ end: Int) -> (String, isLayer: Bool)? {
    if word("layer", start, end) {
      let nameStart = spacesEnd(start + 5)
      let nameEnd = nameEnd(nameStart, end)
      if nameEnd > nameStart, nameStart > start + 5 { return (text(nameStart, nameEnd), true) }
    }
    let nameEnd = nameEnd(start, end)
    guard nameEnd > start else { return nil }
    var index = nameEnd
    if index < end, bytes[index] == UInt8(ascii: "(") {
      guard let close = matchingParenthesis(index) else { return nil }
      index = spacesEnd(close)
      if index + 1 < bytes.count, bytes[index] == UInt8(ascii: ":"), bytes[index + 1] == UInt8(ascii: ":") {
        return (text(start, nameEnd), false)
      }
    }
    index = spacesEnd(index)
    guard index < bytes.count, bytes[index] == UInt8(ascii: "=") else { return nil }
    if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "=") { return nil }
    return (text(start, nameEnd), false)
  }

  private func text(_ start: Int, _ end: Int) -> String { String(decoding: bytes[start..<end], as: UTF8.self) }

  /// The offset behind the parenthesis that closes the one at `start`.
  private func matchingParenthesis(_ start: Int) -> Int? {
    var depth = 0
    var index = start
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"):
        depth -= 1
        if depth == 0 { return index + 1 }
      case UInt8(ascii: "\""):
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\""), bytes[index] != 10 {
          index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
      case UInt8(ascii: "#"):
        while index < bytes.count, bytes[index] != 10 { index += 1 }
      default: break
      }
      index += 1
    }
    return nil
  }
}
