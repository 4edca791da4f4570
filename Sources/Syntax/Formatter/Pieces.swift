/// The tokens of a program, with what the layout needs to know of each.
struct Pieces {
  struct Piece {
    let kind: Token.Kind
    let span: Span
    /// Whether it follows the piece before it without a space.
    let touches: Bool
    /// The bracket that closes or opens this one, else -1.
    var partner = -1
    /// The innermost bracket it stands in, -1 for none. A bracket stands outside of itself.
    var open = -1
    /// Whether a statement begins with it.
    var beginsStatement = false
    /// Whether a line begins with it.
    var breaks = false
    var comments: [Comment] = []
    /// Whether an empty line stands before it, below its comments.
    var hasGap = false
  }

  struct Comment {
    let text: String
    /// Whether it stands behind code.
    let isTrailing: Bool
    let hasGap: Bool
    /// Where it stood on its line.
    let column: Int
  }

  let source: SourceText
  var list: [Piece] = []
  /// What stands behind the last piece.
  private(set) var tail: [Comment] = []
  /// Where a top-level expression ends whose `;` keeps its value from being echoed.
  private let silentEnds: Set<Int>
  /// The `=` of functions' definitions.
  private(set) var definitionSigns: Set<Int> = []

  init(_ program: Program) {
    source = program.source
    silentEnds = Set(
      program.statements.compactMap { statement in
        if case .expression = statement.kind, statement.isSilent { statement.span.end } else { nil }
      })
    readTokens()
    readGaps()
    findDefinitions()
  }

  var count: Int { list.count }

  subscript(_ index: Int) -> Piece { list[index] }

  // MARK: - Reading

  private mutating func readTokens() {
    let tokens = Lexer.tokens(of: source, part: Span(0, source.utf8.count)).tokens
    list.reserveCapacity(tokens.count)
    var open: [Int] = []
    var isBeginning = true
    for (index, token) in tokens.enumerated() {
      switch token.kind {
      case .end: return
      case .newline:
        isBeginning = true
        continue
      // An empty statement; it stays where it keeps documentation from what follows.
      case .semicolon where isBeginning && !isDocumented(Span(list.last?.span.end ?? 0, tokens[index + 1].span.start)): continue
      default: break
      }
      var piece = Piece(kind: token.kind, span: token.span, touches: token.touches)
      if token.kind.isClosing, let last = open.popLast() {
        piece.partner = last
        list[last].partner = list.count
      }
      piece.open = open.last ?? -1
      piece.beginsStatement = isBeginning && !token.kind.isClosing
      if token.kind.closing != nil { open.append(list.count) }
      isBeginning = token.kind == .semicolon || token.kind == .leftBrace
      list.append(piece)
    }
  }

  private func isDocumented(_ gap: Span) -> Bool {
    let mark = UInt8(ascii: "#")
    return gap.start + 1 < gap.end && (gap.start..<(gap.end - 1)).contains { source.utf8[$0] == mark && source.utf8[$0 + 1] == mark }
  }

  /// The end of a block's beginning: its `{`, or the `->` behind its parameters.
  func headEnd(of brace: Int) -> Int {
    var index = brace + 1
    while index < list.count {
      switch list[index].kind {
      case .name, .comma: index += 1
      case .leftParenthesis where list[index].partner > index: index = list[index].partner + 1
      case .arrow: return index
      default: return brace
      }
    }
    return brace
  }

  private mutating func readGaps() {
    for index in list.indices where list[index].kind == .leftBrace {
      let head = headEnd(of: index)
      if head > index, head + 1 < list.count {
        list[index + 1].beginsStatement = false
        list[head + 1].beginsStatement = !list[head + 1].kind.isClosing
      }
    }
    var end = 0
    for index in list.indices {
      let (comments, newlines) = gap(Span(end, list[index].span.start), isFirst: index == 0)
      list[index].comments = comments
      list[index].breaks = index > 0 && (newlines > 0 || !comments.isEmpty)
      list[index].hasGap = newlines > 1 && (index > 0 || !comments.isEmpty)
      end = list[index].span.end
    }
    tail = gap(Span(end, source.utf8.count), isFirst: list.isEmpty).comments
  }

  /// The comments between two pieces, and the newlines behind the last of them.
  private func gap(_ span: Span, isFirst: Bool) -> (comments: [Comment], newlines: Int) {
    let bytes = source.utf8
    var comments: [Comment] = []
    var newlines = 0
    var index = span.start
    while index < span.end {
      switch bytes[index] {
      case 10: newlines += 1
      case UInt8(ascii: "#"):
        let start = index
        while index < span.end, bytes[index] != 10 { index += 1 }
        let isTrailing = comments.isEmpty && newlines == 0 && !isFirst
        var end = index
        // Documentation is Markdown, where spaces at the end of a line may mean something.
        if isTrailing || !(start + 1 < end && bytes[start + 1] == UInt8(ascii: "#")) {
          while end > start, bytes[end - 1] == 32 || bytes[end - 1] == 9 || bytes[end - 1] == 13 { end -= 1 }
        }
        let line = source.lineRange(source.lineIndex(of: start))
        comments.append(
          Comment(
            text: source.string(Span(start, end)), isTrailing: isTrailing, hasGap: newlines > 1,
            column: isTrailing ? DisplayWidth.columns(source.string(Span(line.lowerBound, start))) : 0))
        newlines = 0
        continue
      default: break
      }
      index += 1
    }
    return (comments, newlines)
  }

  private mutating func findDefinitions() {
    for index in list.indices where list[index].beginsStatement && list[index].kind == .name && index + 1 < list.count {
      guard list[index + 1].kind == .leftParenthesis, list[index + 1].touches else { continue }
      var next = list[index + 1].partner + 1
      if next + 1 < list.count, list[next].kind == .doubleColon, list[next + 1].kind == .leftBracket { next = list[next + 1].partner + 1 }
      if next < list.count, list[next].kind == .assign { definitionSigns.insert(next) }
    }
  }

  // MARK: - Breaks

  /// A block whose statements stand on several lines has its braces on lines of their own.
  mutating func breakBlocks() {
    var broken = Set(list.lazy.filter { $0.beginsStatement && $0.breaks }.map(\.open))
    for piece in list where piece.kind == .rightBrace && piece.breaks { broken.insert(piece.partner) }
    for brace in broken where brace >= 0 && list[brace].kind == .leftBrace { breakBlock(brace) }
  }

  private mutating func breakBlock(_ brace: Int) {
    let close = list[brace].partner
    guard close > brace else { return }
    let first = headEnd(of: brace) + 1
    // An empty block stays in one piece, unless a comment stands in it.
    let isEmpty = first == close && list[close].comments.isEmpty
    list[first].breaks = !isEmpty
    list[close].breaks = !isEmpty
    if !isEmpty, joinsBranch(behind: close) { list[close + 1].breaks = false }
  }

  /// Whether `else` or `catch` begins the line after this `}`, with no comment before it.
  func joinsBranch(behind close: Int) -> Bool {
    guard close + 1 < list.count, list[close + 1].breaks, list[close + 1].comments.isEmpty else { return false }
    return list[close + 1].kind == .elseWord || list[close + 1].kind == .catchWord
  }

  /// Whether it is the `for` or `if` of a comprehension.
  func isClause(_ index: Int) -> Bool {
    guard list[index].kind == .forWord || list[index].kind == .ifWord, endsOperand(index - 1) else { return false }
    return list[index].open >= 0 && list[list[index].open].kind != .leftBrace
  }

  /// Whether it is a `;` that means nothing where it stands: at the end of a line, unless it keeps a value from being echoed.
  func isHidden(_ index: Int) -> Bool {
    let piece = list[index]
    guard piece.kind == .semicolon, !piece.beginsStatement, index > 0, !list[index - 1].kind.continuesLine else { return false }
    guard index + 1 == list.count || list[index + 1].breaks || list[index + 1].kind == .rightBrace else { return false }
    return piece.open >= 0 || !silentEnds.contains(list[index - 1].span.end)
  }
}
