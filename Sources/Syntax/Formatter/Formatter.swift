/// The standard layout of programs.
///
/// Only the space between tokens changes: their order, their texts and the comments stay. Line breaks are the writer's; a line
/// wider than `limit` columns gets further ones. So a second formatting finds nothing to do.
package enum Formatter {
  /// Columns beyond which a line is broken, if it has a place for that.
  package static let limit = 100

  /// The text in the standard layout.
  ///
  /// Throws the syntax error of a text that is no program.
  package static func format(_ source: SourceText) throws(GradusError) -> String {
    var text = try formatOnce(source)
    // A line that was broken may make a block one of several lines, which is laid out as such: until nothing changes.
    for _ in 0..<passes {
      let next = try formatOnce(SourceText(name: source.name, text: text, firstLine: source.firstLine))
      if next == text { break }
      text = next
    }
    return text
  }

  /// So many at the most, so that it ends in any case.
  private static let passes = 16

  private static func formatOnce(_ source: SourceText) throws(GradusError) -> String {
    // Line ends are written as the text's first one is.
    let bytes = source.utf8
    let isWindows = bytes.firstIndex(of: 10).map { $0 > 0 && bytes[$0 - 1] == 13 } ?? false
    let hasReturns = bytes.contains(13)
    let program = try Parser.parse(source)
    var pieces: Pieces
    if hasReturns {
      let plain = SourceText(name: source.name, text: withoutReturns(bytes), firstLine: source.firstLine)
      pieces = Pieces(try Parser.parse(plain))
    } else {
      pieces = Pieces(program)
    }
    pieces.breakBlocks()
    var layout = Layout(pieces)
    let text = layout.text()
    guard isWindows else { return text }
    var result: [UInt8] = []
    for byte in text.utf8 {
      if byte == 10 { result.append(13) }
      result.append(byte)
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func withoutReturns(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for (index, byte) in bytes.enumerated() where byte != 13 || index + 1 == bytes.count || bytes[index + 1] != 10 { result.append(byte) }
    return String(decoding: result, as: UTF8.self)
  }
}
