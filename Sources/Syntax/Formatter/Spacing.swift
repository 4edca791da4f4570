/// Which pieces of a line have a space between them.
extension Pieces {
  /// Whether a space stands before this piece, if it does not begin a line.
  func hasSpace(before index: Int) -> Bool {
    guard index > 0 else { return false }
    let left = list[index - 1]
    let right = list[index]
    switch right.kind {
    case .comma, .semicolon, .rightParenthesis, .rightBracket, .prime: return false
    case .colon: return left.kind == .comma
    case .rightBrace: return left.kind != .leftBrace
    case .dot where isPlainNumber(index - 1): return !right.touches
    case .dot, .caret: return false
    case .leftParenthesis, .leftBracket:
      if endsOperand(index - 1) { return !right.touches && !isLayerHead(index) }
    case .doubleColon where isInSubscript(index): return left.kind == .comma
    case .rangeBefore, .rangeThrough:
      guard isRange(index) else { return left.kind == .comma }
      return isWideRange(index)
    default: break
    }
    switch left.kind {
    case .leftParenthesis, .leftBracket, .caret: return false
    case .dot: return index > 1 && isPlainNumber(index - 2) && !right.touches
    case .colon, .doubleColon: return !isInSubscript(index - 1)
    // `- -x`, so that no reader takes it for a step.
    case .plus, .minus: return !isSign(index - 1) || right.kind == left.kind
    case .number: return !(right.kind == .name && right.touches) || isStepWord(index)
    case .rangeBefore, .rangeThrough: return isWideRange(index - 1)
    default: return true
    }
  }

  /// Whether an operand may end with it: a word behind a point is one, `by` between a range and its step is none.
  func endsOperand(_ index: Int) -> Bool {
    guard index >= 0 else { return false }
    if isStepWord(index) { return false }
    return list[index].kind.endsOperand || isFieldName(index)
  }

  private func isFieldName(_ index: Int) -> Bool { list[index].kind.isReservedWord && index > 0 && list[index - 1].kind == .dot }

  /// Whether it is the `by` of a range: a name that follows an operand.
  func isStepWord(_ index: Int) -> Bool {
    guard index > 0, list[index].kind == .name, source.string(list[index].span) == "by", !list[index].beginsStatement else { return false }
    return list[index - 1].kind != .dot && (list[index - 1].kind.endsOperand || isFieldName(index - 1))
  }

  /// Whether it is a sign before an operand, not an operator between two.
  func isSign(_ index: Int) -> Bool {
    guard list[index].kind == .plus || list[index].kind == .minus else { return false }
    return list[index].beginsStatement || !endsOperand(index - 1)
  }

  /// A number whose point would make it another one; not the position in `t.0.1`.
  private func isPlainNumber(_ index: Int) -> Bool { list[index].kind == .number && !(index > 0 && list[index - 1].kind == .dot) }

  /// Whether it is the parenthesis of `layer Name (…)`.
  private func isLayerHead(_ index: Int) -> Bool {
    index > 1 && list[index - 1].kind == .name && list[index - 2].kind == .name && list[index - 2].beginsStatement
      && list[index].kind == .leftParenthesis
  }

  func isInSubscript(_ index: Int) -> Bool {
    let open = list[index].open
    return open >= 0 && list[open].kind == .leftBracket && list[open].touches && endsOperand(open - 1)
  }

  /// Whether it makes a range; else it is the `...` of a subscript or of a parameter that takes the rest.
  private func isRange(_ index: Int) -> Bool {
    guard index + 1 < list.count else { return false }
    switch list[index + 1].kind {
    case .comma, .rightParenthesis, .rightBracket: return false
    default: return true
    }
  }

  /// Whether a range has a sum or a product for a bound: then it needs air.
  private func isWideRange(_ index: Int) -> Bool { hasOperators(index, -1) || hasOperators(index, 1) }

  private func hasOperators(_ start: Int, _ step: Int) -> Bool {
    var index = start + step
    while index >= 0, index < list.count, list[index].open == list[start].open {
      let kind = list[index].kind
      if kind.closing != nil || kind.isClosing {
        let partner = list[index].partner
        // A bracket that lies ahead is passed over, the one around ends the search.
        guard partner >= 0, (partner - index) * step > 0 else { return false }
        if kind == .leftBrace || kind == .rightBrace { return false }
        index = partner + step
        continue
      }
      switch Priority(kind) {
      case .sum, .product: if !isSign(index) { return true }
      case nil:
        guard endsOperand(index) || kind == .dot else { return false }
        if list[index].beginsStatement { return false }
      case .power: break
      default: return false
      }
      index += step
    }
    return false
  }
}
