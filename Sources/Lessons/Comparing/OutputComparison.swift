/// What a cell printed beside what is written in its `output` fence.
package struct OutputComparison: Sendable {
  /// The lines written and the lines printed, without empty ones at the end.
  package let written: [String]
  package let printed: [String]
  package let agrees: Bool
  private let allowance: OutputAllowance

  package init(written: [String], printed: [String], allowance: OutputAllowance = OutputAllowance()) {
    self.written = OutputComparison.withoutEmptyEnd(written)
    self.printed = OutputComparison.withoutEmptyEnd(printed)
    self.allowance = allowance
    agrees = OutputComparison.agrees(self.written, self.printed, allowance)
  }

  /// The lines of a text; carriage returns before newlines don't count.
  package static func lines(of text: String) -> [String] {
    withoutEmptyEnd(
      text.utf8.split(separator: 10, omittingEmptySubsequences: false).map { line in
        String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
      })
  }

  private static func withoutEmptyEnd(_ lines: [String]) -> [String] {
    var lines = lines[...]
    while let last = lines.last, LinePattern.withoutTrailingSpace(last).isEmpty { lines.removeLast() }
    return Array(lines)
  }

  /// A line that stands for any lines.
  static func isGap(_ line: String) -> Bool { LinePattern.withoutTrailingSpace(line) == "..." }

  private static func agrees(_ written: [String], _ printed: [String], _ allowance: OutputAllowance) -> Bool {
    if written == printed { return true }
    // Where lines were drawn, some must be drawn still.
    if written.contains(where: Drawing.isDrawn) != printed.contains(where: Drawing.isDrawn), !written.contains(where: isGap) {
      return false
    }
    let patterns = Drawing.withoutInk(written)
    let lines = Drawing.withoutInk(printed)
    // The set of places in `lines` reached so far, as in `LinePattern.matches`.
    var reached = [Bool](repeating: false, count: lines.count + 1)
    reached[0] = true
    for pattern in patterns {
      var next = [Bool](repeating: false, count: lines.count + 1)
      if isGap(pattern) {
        guard let first = reached.firstIndex(of: true) else { return false }
        for place in first...lines.count { next[place] = true }
      } else {
        let line = LinePattern(pattern, allowance)
        for place in lines.indices where reached[place] && line.matches(lines[place]) { next[place + 1] = true }
      }
      reached = next
    }
    return reached[lines.count]
  }

  // MARK: - Alignment

  /// One step of the way from what is written to what is printed.
  enum Step: Equatable {
    /// A written line that still holds, with the printed one.
    case same(written: Int, printed: Int)
    /// `...` and the lines it stands for.
    case gap(written: Int, printed: Range<Int>)
    case removed(written: Int)
    case added(printed: Int)
  }

  /// The way with the fewest changes. A drawn line holds only if it is the same to the last dot: of a picture that changed
  /// nothing is kept.
  func steps() -> [Step] {
    let rows = written.count
    let columns = printed.count
    // Beyond this an alignment would take longer than anybody waits for it.
    guard rows * columns <= 4_000_000 else {
      return (0..<rows).map { .removed(written: $0) } + (0..<columns).map { .added(printed: $0) }
    }
    let patterns = written.map { LinePattern($0, allowance) }
    let gaps = written.map(OutputComparison.isGap)
    func holds(_ row: Int, _ column: Int) -> Bool {
      if written[row] == printed[column] { return true }
      return !Drawing.isDrawn(written[row]) && !Drawing.isDrawn(printed[column]) && patterns[row].matches(printed[column])
    }
    // cost[row][column]: the changes needed from there to the end; a replaced line costs as much as a removed one, so that
    // `...` does not swallow what took the place of a line.
    var cost = [[Int]](repeating: [Int](repeating: 0, count: columns + 1), count: rows + 1)
    for row in stride(from: rows, through: 0, by: -1) {
      for column in stride(from: columns, through: 0, by: -1) where row < rows || column < columns {
        var best = Int.max
        if row < rows, gaps[row] {
          best = cost[row + 1][column]
          if column < columns { best = min(best, cost[row][column + 1]) }
        } else {
          if row < rows { best = min(best, cost[row + 1][column] + 2) }
          if row < rows, column < columns {
            best = min(best, cost[row + 1][column + 1] + (holds(row, column) ? 0 : 2))
          }
          if column < columns { best = min(best, cost[row][column + 1] + 2) }
        }
        cost[row][column] = best
      }
    }
    var steps: [Step] = []
    var (row, column) = (0, 0)
    while row < rows || column < columns {
      if row < rows, gaps[row] {
        let start = column
        // As few lines as will do.
        while cost[row][column] != cost[row + 1][column] { column += 1 }
        steps.append(.gap(written: row, printed: start..<column))
        row += 1
      } else if row < rows, column < columns, holds(row, column), cost[row][column] == cost[row + 1][column + 1] {
        steps.append(.same(written: row, printed: column))
        row += 1
        column += 1
      } else if row < rows, column < columns, cost[row][column] == cost[row + 1][column + 1] + 2 {
        steps += [.removed(written: row), .added(printed: column)]
        row += 1
        column += 1
      } else if row < rows, cost[row][column] == cost[row + 1][column] + 2 {
        steps.append(.removed(written: row))
        row += 1
      } else {
        steps.append(.added(printed: column))
        column += 1
      }
    }
    return steps
  }

  /// The lines as an update writes them: what still holds stays as it is written, wildcards too.
  package var updated: [String] {
    if agrees { return written }
    let lines = steps().compactMap { step -> String? in
      switch step {
      case .same(let row, _), .gap(let row, _): written[row]
      case .removed: nil
      case .added(let column): printed[column]
      }
    }
    // What is left of a picture between lines that changed might not be one.
    return OutputComparison(written: lines, printed: printed, allowance: allowance).agrees ? lines : printed
  }

  /// The differences, a line each: `- ` written, `+ ` printed, two spaces before what agrees.
  package func difference(context: Int = 2) -> [String] {
    var marked: [(sign: String, text: String, isChange: Bool)] = []
    var removed: [(String, String, Bool)] = []
    var added: [(String, String, Bool)] = []
    func flush() {
      marked += removed + added
      removed = []
      added = []
    }
    for step in steps() {
      switch step {
      case .same(let row, _), .gap(let row, _):
        flush()
        marked.append((" ", written[row], false))
      case .removed(let row): removed.append(("-", written[row], true))
      case .added(let column): added.append(("+", printed[column], true))
      }
    }
    flush()
    var lines: [String] = []
    var isSkipping = false
    for (index, line) in marked.enumerated() {
      let near = marked[max(0, index - context)...min(marked.count - 1, index + context)]
      if near.contains(where: \.isChange) {
        lines.append("\(line.sign) \(line.text)")
        isSkipping = false
      } else if !isSkipping {
        lines.append("  ⋮")
        isSkipping = true
      }
    }
    return lines
  }
}
