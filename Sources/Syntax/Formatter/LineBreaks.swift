/// Where a line that is too wide is broken: at the outermost place, of those at the loosest, of those at the last that fits.
extension Layout {
  /// The kinds of places, the best first. Operators rank by their priority.
  private enum Rank {
    static let statement = 0
    static let definition = 1
    static let block = 2
    static let clause = 10
    static let comma = 11
    static let opening = 12
    static let blockInBrackets = 13
    static let operation = 20
    static let value = 70
  }

  private struct Place {
    let depth: Int
    let rank: Int
    /// The piece that begins a line then; of a block its brace.
    let index: Int

    func isBetter(than other: Place) -> Bool { (depth, rank) < (other.depth, other.rank) }
    func isLike(_ other: Place) -> Bool { depth == other.depth && rank == other.rank }
  }

  /// The pieces that begin lines of their own so that this line gets narrower; nil where it is narrow enough, or can't be.
  func furtherBreaks(_ start: Int, _ end: Int, indentation: Int) -> [Int]? {
    var column = indentation
    var first = start
    var overflow: Int?
    for index in start..<end {
      column += (index > start && spaces[index] ? 1 : 0) + widths[index].first
      if column > Formatter.limit {
        overflow = index
        break
      }
      if widths[index].hasLines {
        column = widths[index].last
        first = index
      }
    }
    guard let overflow else { return nil }

    var best: Place?
    var blocks: [Place] = []
    var depth = 0
    for index in start...overflow {
      let piece = pieces[index]
      if index > first, let rank = rank(of: index, start, end, indentation) {
        // Behind `=` and `->` only where the brackets that follow offer nothing.
        let place = Place(depth: rank == Rank.value ? depth + 1 : depth, rank: rank, index: index)
        if let known = best { if place.isBetter(than: known) || (place.isLike(known) && !isWhole(known)) { best = place } } else { best = place }
      }
      if piece.kind == .leftBrace, index > first, piece.partner < end, pieces.headEnd(of: index) + 1 < piece.partner {
        let isInBrackets = piece.open >= 0 && pieces[piece.open].kind != .leftBrace
        let place = Place(depth: depth, rank: isInBrackets ? Rank.blockInBrackets : Rank.block, index: index)
        blocks.append(place)
        if let known = best { if place.isBetter(than: known) { best = place } } else { best = place }
      }
      if piece.kind.closing != nil { depth += 1 } else if piece.kind.isClosing { depth -= 1 }
    }
    guard let best else { return laterComma(overflow + 1, end).map { [$0] } }
    if best.rank == Rank.block || best.rank == Rank.blockInBrackets {
      return breaks(ofBlocks: blocks.filter { $0.isLike(best) }.map(\.index))
    }
    if isWhole(best) { return [best.index] + clauses(of: best.index - 1, end) }
    // Where a block begins behind the bracket, the bracket closes on a line of its own, so that both are told apart.
    let open = pieces[best.index].open
    if open >= start, pieces[open].kind != .leftBrace, end < pieces.count {
      let unclosed = pieces[end].kind.isClosing ? pieces[end].partner : pieces[end].open
      let close = pieces[open].partner
      if close < end, unclosed > close { return [open + 1, close] }
    }
    // All items in one line below, if they have room there.
    if best.rank == Rank.comma, open >= start, pieces[open].partner < end, fits(open + 1, end, indentation + 2) { return [open + 1] }
    return [best.index]
  }

  /// Whether it means all clauses of a comprehension, not one of them.
  private func isWhole(_ place: Place) -> Bool { place.rank == Rank.clause && pieces[place.index - 1].kind.closing != nil }

  /// What breaking before a piece is worth; nil where it can't be broken, or should not.
  private func rank(of index: Int, _ start: Int, _ end: Int, _ indentation: Int) -> Int? {
    let left = pieces[index - 1].kind
    let right = pieces[index].kind
    if right.isClosing || right == .semicolon || right == .comma { return nil }
    let open = pieces[index].open
    switch left {
    case .semicolon: return Rank.statement
    case .comma: return isPattern(index - 1, start, end) ? nil : Rank.comma
    case .leftParenthesis, .leftBracket:
      if !clauses(of: index - 1, end).isEmpty { return Rank.clause }
      return itemFits(index, indentation + 2) ? Rank.opening : nil
    case .assign, .update, .addAssign, .subtractAssign, .multiplyAssign, .divideAssign, .powerAssign, .arrow:
      guard right != .leftBrace, !(open >= 0 && pieces[open].kind == .leftBrace && pieces.headEnd(of: open) == index - 1),
        fits(index, end, indentation + 2)
      else { return nil }
      let isLastBracket = right.closing != nil && pieces[index].partner >= end
      return pieces.definitionSigns.contains(index - 1) && !isLastBracket ? Rank.definition : Rank.value
    case .orWord, .andWord, .elementOr, .elementAnd, .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .plus, .minus, .star,
      .slash, .doubleSlash, .percent, .at:
      guard !pieces.isSign(index - 1), !pieces.endsOperand(index - 1), let priority = Priority(left) else { return nil }
      return Rank.operation + priority.rawValue
    default: break
    }
    if right == .apply || right == .compose { return Rank.operation + (right == .apply ? Priority.apply : .compose).rawValue }
    return pieces.isClause(index) ? Rank.clause : nil
  }

  /// Where the clauses of a comprehension begin, if they stand on this line.
  private func clauses(of open: Int, _ end: Int) -> [Int] {
    let close = pieces[open].partner
    guard close > open, close < end else { return [] }
    // What is long and has none is not searched for each line anew.
    return (open + 1..<min(close, open + 1_000)).filter { pieces[$0].open == open && pieces.isClause($0) }
  }

  /// Whether the pieces, on a line of their own, are narrow enough.
  private func fits(_ start: Int, _ end: Int, _ indentation: Int) -> Bool {
    var column = indentation
    for index in start..<end {
      column += (index > start && spaces[index] ? 1 : 0) + widths[index].first
      if column > Formatter.limit { return false }
      if widths[index].hasLines { column = widths[index].last }
    }
    return true
  }

  /// Whether the first item of a bracket would be narrow enough on a line of its own.
  private func itemFits(_ start: Int, _ indentation: Int) -> Bool {
    let open = start - 1
    var end = start
    // What is longer than the limit can't fit, however narrow its pieces are.
    while end < pieces[open].partner, end - start <= Formatter.limit {
      if pieces[end].kind == .comma, pieces[end].open == open { break }
      end += 1
    }
    return fits(start, min(end + 1, pieces.count), indentation)
  }

  /// Whether a comma stands between the names of a loop, a block's parameters or an unpacking.
  private func isPattern(_ comma: Int, _ start: Int, _ end: Int) -> Bool {
    var index = comma
    while index >= start, [.name, .comma].contains(pieces[index].kind), pieces[index].open == pieces[comma].open { index -= 1 }
    if index >= start, pieces[index].kind == .forWord { return true }
    if index >= start, pieces[index].kind == .leftBrace, pieces.headEnd(of: index) > comma { return true }
    let open = pieces[comma].open
    guard open < 0 || pieces[open].kind == .leftBrace else { return false }
    index = comma
    while index < min(end, comma + Formatter.limit), [.name, .comma].contains(pieces[index].kind) { index += 1 }
    return index < end && pieces[index].kind == .assign
  }

  /// The first place behind something that is too wide for any line.
  private func laterComma(_ start: Int, _ end: Int) -> Int? {
    guard start < end else { return nil }
    return (start..<end).first { pieces[$0 - 1].kind == .comma && !pieces[$0].kind.isClosing && !isPattern($0 - 1, $0 - 1, end) }
  }

  /// Blocks on lines of their own, with those that follow by `else` and `catch`.
  private func breaks(ofBlocks blocks: [Int]) -> [Int] {
    var places: Set<Int> = []
    var waiting = blocks
    while let brace = waiting.popLast() {
      let close = pieces[brace].partner
      let head = pieces.headEnd(of: brace)
      guard head + 1 < close, !pieces[close].breaks, places.insert(close).inserted else { continue }
      for index in (head + 1)..<close where index == head + 1 || (pieces[index].open == brace && pieces[index].beginsStatement) {
        places.insert(index)
      }
      guard close + 1 < pieces.count, pieces[close + 1].kind == .elseWord || pieces[close + 1].kind == .catchWord else { continue }
      if let next = ((close + 1)..<pieces.count).first(where: { pieces[$0].kind == .leftBrace && pieces[$0].open == pieces[brace].open }) {
        waiting.append(next)
      }
    }
    return places.sorted()
  }
}
