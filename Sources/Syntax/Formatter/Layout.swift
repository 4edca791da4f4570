/// The lines of a program: where each begins, how far it is indented, and what stands on it.
///
/// A line stands two columns further in than the line that opened the bracket around it; what goes on with a statement does so,
/// too, but for `else` and `catch`. A line that closes brackets stands where the line that opened them does.
struct Layout {
  var pieces: Pieces
  /// How wide a piece is, up to its first newline and behind its last.
  let widths: [(first: Int, last: Int, hasLines: Bool)]
  let spaces: [Bool]

  /// A bracket that is open.
  private struct Level {
    let open: Int
    /// Where the line stands that opened it.
    let base: Int
    var hasComma = false
  }

  private struct Line {
    var text: String
    var comment: String?
    /// Where the comment stood.
    var column = 0
  }

  private var levels: [Level] = []
  private var base = 0
  private var lines: [Line] = []

  init(_ pieces: Pieces) {
    self.pieces = pieces
    let source = pieces.source
    widths = pieces.list.map { piece in
      let text = source.utf8[piece.span.start..<piece.span.end]
      guard piece.kind == .string, let first = text.firstIndex(of: 10), let last = text.lastIndex(of: 10) else {
        let width = DisplayWidth.columns(source.string(piece.span))
        return (width, width, false)
      }
      return (
        DisplayWidth.columns(source.string(Span(piece.span.start, first))), DisplayWidth.columns(source.string(Span(last + 1, piece.span.end))),
        true
      )
    }
    spaces = pieces.list.indices.map { pieces.hasSpace(before: $0) }
  }

  mutating func text() -> String {
    var index = 0
    // Where the lines after this one begin, the next one last.
    var following = pieces.list.indices.reversed().filter { pieces[$0].breaks }
    while index < pieces.count {
      if following.last == index { following.removeLast() }
      let indentation = indentation(of: index)
      while let places = furtherBreaks(index, following.last ?? pieces.count, indentation: indentation) {
        for place in places.sorted(by: >) { setBreak(true, before: place, &following) }
        // `} else {` on one line, where the block before stands on lines of its own.
        for place in places where pieces[place].kind == .rightBrace && pieces.joinsBranch(behind: place) {
          setBreak(false, before: place + 1, &following)
        }
      }
      let end = following.last ?? pieces.count
      add(index..<end, indentation)
      index = end
    }
    addComments(pieces.tail, indentation: 0, isFirst: pieces.count == 0)
    return written()
  }

  /// Begins or ends a line before a piece; the lines that follow are near the list's end.
  private mutating func setBreak(_ breaks: Bool, before place: Int, _ following: inout [Int]) {
    guard pieces[place].breaks != breaks else { return }
    pieces.list[place].breaks = breaks
    let position = (following.lastIndex { $0 >= place } ?? -1) + 1
    if breaks { following.insert(place, at: position) } else { following.remove(at: position - 1) }
  }

  // MARK: - Lines

  private func indentation(of index: Int) -> Int {
    let piece = pieces[index]
    // A branch stands where the block before it began.
    if piece.kind == .elseWord || piece.kind == .catchWord { return base }
    guard let level = levels.last else { return piece.beginsStatement ? 0 : 2 }
    if piece.kind.isClosing { return level.base }
    let inner = level.base + 2
    if pieces[level.open].kind == .leftBrace { return piece.beginsStatement ? inner : inner + 2 }
    // In parentheses and brackets an item begins, or goes on.
    if index == level.open + 1 || pieces[index - 1].kind == .comma || pieces.isClause(index) { return inner }
    return level.hasComma || pieces[level.open + 1].breaks ? inner + 2 : inner
  }

  /// Whether what a bracket holds begins here.
  private func beginsContent(_ index: Int) -> Bool {
    let open = pieces[index].kind.isClosing ? pieces[index].partner : pieces[index].open
    guard open >= 0 else { return false }
    return open == index - 1 || (pieces[open].kind == .leftBrace && pieces.headEnd(of: open) == index - 1)
  }

  private mutating func add(_ range: Range<Int>, _ indentation: Int) {
    let first = pieces[range.lowerBound]
    let isInner = first.kind.isClosing
    addComments(first.comments, indentation: isInner ? indentation + 2 : indentation, isFirst: beginsContent(range.lowerBound))
    if first.hasGap, !isInner, !(first.comments.isEmpty && beginsContent(range.lowerBound)) { addGap() }
    var line = [UInt8](repeating: 32, count: indentation)
    base = indentation
    for index in range {
      let piece = pieces[index]
      if piece.kind.isClosing, let level = levels.popLast() { base = level.base }
      if pieces.isHidden(index) { continue }
      if index > range.lowerBound, spaces[index] { line.append(32) }
      line += pieces.source.utf8[piece.span.start..<piece.span.end]
      if piece.kind.closing != nil { levels.append(Level(open: index, base: base)) }
      if piece.kind == .comma, !levels.isEmpty { levels[levels.count - 1].hasComma = true }
    }
    lines.append(Line(text: String(decoding: line, as: UTF8.self)))
  }

  private mutating func addComments(_ comments: [Pieces.Comment], indentation: Int, isFirst: Bool) {
    for (position, comment) in comments.enumerated() {
      if comment.isTrailing, !lines.isEmpty {
        lines[lines.count - 1].comment = comment.text
        lines[lines.count - 1].column = comment.column
        continue
      }
      if comment.hasGap, !(isFirst && position == 0) { addGap() }
      lines.append(Line(text: String(repeating: " ", count: indentation) + comment.text))
    }
  }

  private mutating func addGap() {
    if let last = lines.last, !last.text.isEmpty || last.comment != nil { lines.append(Line(text: "")) }
  }

  // MARK: - Text

  /// Comments behind code stand two spaces behind it. Where the writer had them in one column on neighbouring lines, they share one.
  private func written() -> String {
    var text = ""
    var index = 0
    while index < lines.count {
      guard lines[index].comment != nil else {
        text += lines[index].text + "\n"
        index += 1
        continue
      }
      var end = index + 1
      while end < lines.count, lines[end].comment != nil, lines[end].column == lines[index].column { end += 1 }
      let widths = lines[index..<end].map { DisplayWidth.columns($0.text[($0.text.lastIndex(of: "\n") ?? $0.text.startIndex)...]) }
      let column = (widths.max() ?? 0) + 2
      for (line, width) in zip(lines[index..<end], widths) {
        text += line.text + String(repeating: " ", count: column - width) + (line.comment ?? "") + "\n"
      }
      index = end
    }
    return text
  }
}
