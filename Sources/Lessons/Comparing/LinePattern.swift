/// A line as it is written in an `output` fence: words compare exactly, numbers as numbers, `[..]` stands for any text.
///
/// White space beside a number that may have more or fewer digits may be longer or shorter, so that columns stay columns.
struct LinePattern {
  private enum Element {
    case character(Character)
    case number(NumberToken)
    /// Any number of spaces, at least this many.
    case spaces(Int)
    case anything
  }

  private var elements: [Element] = []
  private let allowance: OutputAllowance

  init(_ line: String, _ allowance: OutputAllowance) {
    self.allowance = allowance
    let text = Array(LinePattern.withoutTrailingSpace(line))
    var index = 0
    while index < text.count {
      if LinePattern.isWildcard(text, at: index) {
        elements.append(.anything)
        index += 4
      } else if let number = NumberToken(text, at: index), isCompared(number, in: text) {
        loosenSpacesBefore(index, in: text)
        elements.append(.number(number))
        index = number.range.upperBound
      } else if text[index] == " ", let last = elements.last, case .number = last {
        while index < text.count, text[index] == " " { index += 1 }
        elements.append(.spaces(1))
      } else {
        elements.append(.character(text[index]))
        index += 1
      }
    }
  }

  /// Whether the number is compared as one, rather than character by character.
  private func isCompared(_ number: NumberToken, in text: [Character]) -> Bool {
    // `0.9[..]` means a beginning, not a value.
    if LinePattern.isWildcard(text, at: number.range.upperBound) { return false }
    if number.range.lowerBound >= 4, LinePattern.isWildcard(text, at: number.range.lowerBound - 4) { return false }
    return number.isDecimal || allowance.tolerance != nil || allowance.numbersVary
  }

  private mutating func loosenSpacesBefore(_ start: Int, in text: [Character]) {
    var count = 0
    while let last = elements.last {
      if case .character(" ") = last { count += 1 } else if case .spaces = last { count += 1 } else { break }
      elements.removeLast()
    }
    let before = start - count - 1
    // Two words must stay two words; a bracket or the margin needs no space.
    let needsOne: Bool
    if case .number = elements.last { needsOne = true } else { needsOne = count > 0 && before >= 0 && NumberToken.isWord(text[before]) }
    elements.append(.spaces(needsOne ? 1 : 0))
  }

  static func isWildcard(_ text: [Character], at index: Int) -> Bool {
    index + 4 <= text.count && text[index] == "[" && text[index + 1] == "." && text[index + 2] == "." && text[index + 3] == "]"
  }

  static func withoutTrailingSpace(_ line: String) -> Substring {
    var rest = line[...]
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return rest
  }

  /// Whether a printed line agrees with this one. Walks through the pattern with the set of places reached so far.
  func matches(_ printed: String) -> Bool {
    let text = Array(LinePattern.withoutTrailingSpace(printed))
    var reached = [Bool](repeating: false, count: text.count + 1)
    reached[0] = true
    for element in elements {
      var next = [Bool](repeating: false, count: text.count + 1)
      var isAny = false
      for place in reached.indices where reached[place] {
        isAny = true
        switch element {
        case .character(let character): if place < text.count, text[place] == character { next[place + 1] = true }
        case .number(let number):
          if let other = NumberToken(text, at: place), number.agrees(with: other, allowance) {
            next[other.range.upperBound] = true
          } else if allowance.numbersVary, let end = LinePattern.endOfWord(text, at: place) {
            next[end] = true
          }
        case .spaces(let least):
          var end = place
          while end < text.count, text[end] == " " { end += 1 }
          if end - place >= least { next[end] = true }
        case .anything: for end in place...text.count { next[end] = true }
        }
      }
      if !isAny { return false }
      reached = next
    }
    return reached[text.count]
  }

  /// Where a number may turn into one of these.
  private static func endOfWord(_ text: [Character], at start: Int) -> Int? {
    for word in ["nan", "inf", "-inf"] where text[start...].starts(with: word) { return start + word.count }
    return nil
  }
}
