import Syntax

/// Finds the fences of a Markdown file, line by line.
///
/// Of Markdown it knows what decides where a fence is: fences of backticks or tildes and their length, HTML comments,
/// and how far the items of lists are indented (a fence may stand up to three columns further in; deeper it is code that is
/// shown, not run). See CommonMark 0.31, sections 4.5, 4.6 and 5.2.
struct LiterateReader {
  let source: SourceText
  private(set) var frontMatter = FrontMatter()
  private(set) var cells: [LiterateFile.Cell] = []
  private(set) var hints: [LiterateFile.Hint] = []

  private var line = 0
  private let lineCount: Int
  /// Where the contents of the lists around begin, outermost first.
  private var listColumns: [Int] = []
  /// The cell just read, while only blank lines followed it.
  private var pending: Pending?

  private struct Pending {
    let line: Int
    let options: CellOptions
    let code: SourceText
    let content: Range<Int>
    let indentation: String
    let newline: String
  }

  init(_ source: SourceText) {
    self.source = source
    lineCount = source.utf8.isEmpty ? 0 : source.lineIndex(of: source.utf8.count) + 1
  }

  mutating func read() throws(GradusError) {
    try readFrontMatter()
    while line < lineCount {
      let text = text(of: line)
      if text.trimmed.isEmpty {
        line += 1
      } else if let fence = fence(text) {
        try readFence(fence)
      } else {
        finishCell(output: nil)
        if let start = commentStart(text) { try readComment(from: start) } else { line += 1 }
        noteList(text)
      }
    }
    finishCell(output: nil)
    try checkExercises()
  }

  private func text(of index: Int) -> Substring {
    let range = source.lineRange(index)
    return source.string(Span(range.lowerBound, range.upperBound))[...]
  }

  private func fail(_ message: String, line: Int, hint: String? = nil) -> GradusError {
    let range = source.lineRange(line)
    var start = range.lowerBound
    while start < range.upperBound, source.utf8[start] == 32 || source.utf8[start] == 9 { start += 1 }
    let place = GradusError.Place(source: source, span: Span(start, range.upperBound))
    return GradusError(.syntax, message, at: place, hints: hint.map { [$0] } ?? [])
  }

  // MARK: - Front matter

  private mutating func readFrontMatter() throws(GradusError) {
    var first = lineCount > 0 ? text(of: 0) : ""
    if first.first == "\u{FEFF}" { first.removeFirst() }
    guard first.trimmed == "---", first.first == "-" else { return }
    var found = FrontMatter()
    for index in 1..<max(lineCount, 1) {
      let words = text(of: index).trimmed
      if words == "---" || words == "..." {
        frontMatter = found
        line = index + 1
        return
      }
      try found.read(text(of: index)) { fail($0, line: index) }
    }
    throw fail("the front matter opened here is not closed", line: 0, hint: "end it with a line `---`")
  }

  // MARK: - Fences

  private struct Fence {
    let indentation: Substring
    let mark: Character
    let length: Int
    let info: Substring
  }

  /// The columns of white space a line begins with; tabs go to multiples of four.
  private func columns(_ space: Substring) -> Int {
    space.reduce(0) { $1 == "\t" ? ($0 / 4 + 1) * 4 : $0 + 1 }
  }

  /// ```` ``` ```` or `~~~`, three or more, where a fence may open.
  private func fence(_ text: Substring) -> Fence? {
    let indentation = text.prefix { $0 == " " || $0 == "\t" }
    let rest = text.dropFirst(indentation.count)
    guard let mark = rest.first, mark == "`" || mark == "~" else { return nil }
    let length = rest.prefix { $0 == mark }.count
    let info = rest.dropFirst(length).trimmed
    guard length >= 3, mark == "~" || !info.contains("`") else { return nil }
    let column = columns(indentation)
    let base = listColumns.last { $0 <= column } ?? 0
    return column < base + 4 ? Fence(indentation: indentation, mark: mark, length: length, info: info) : nil
  }

  private func closes(_ fence: Fence, _ text: Substring) -> Bool {
    let words = text.trimmed
    return words.count >= fence.length && words.allSatisfy { $0 == fence.mark }
      && columns(text.prefix { $0 == " " || $0 == "\t" }) < columns(fence.indentation) + 4
  }

  private mutating func readFence(_ fence: Fence) throws(GradusError) {
    let opening = line
    var words = fence.info.split(whereSeparator: \.isWhitespace)
    let tag = words.isEmpty ? "" : words.removeFirst()
    line += 1
    while line < lineCount, !closes(fence, text(of: line)) { line += 1 }
    guard line < lineCount else {
      throw fail(
        "the fence opened here is not closed", line: opening,
        hint: "end it with a line `\(String(repeating: fence.mark, count: fence.length))`")
    }
    let inner = opening + 1..<line
    line += 1
    switch tag {
    case "gradus":
      finishCell(output: nil)
      let options = try CellOptions(words) { fail($0, line: opening, hint: $1) }
      let code = inner.map { dedented(text(of: $0), by: columns(fence.indentation)) }
      let body = code.isEmpty ? "" : code.joined(separator: "\n") + "\n"
      pending = Pending(
        line: opening + 1, options: options, code: SourceText(name: source.name, text: body, firstLine: opening + 2),
        content: source.lineRange(inner.lowerBound).lowerBound..<source.lineRange(inner.upperBound).lowerBound,
        indentation: String(fence.indentation), newline: newline(after: opening))
    case "output":
      guard pending != nil else {
        throw fail("this output belongs to no cell", line: opening, hint: "an `output` fence stands right after a `gradus` fence")
      }
      finishCell(output: outputFence(fence, opening: opening, inner: inner))
    default: finishCell(output: nil)
    }
  }

  private func outputFence(_ fence: Fence, opening: Int, inner: Range<Int>) -> LiterateFile.OutputFence {
    let openingLine = source.lineRange(opening)
    let closingLine = source.lineRange(inner.upperBound)
    let openingStart = openingLine.lowerBound + fence.indentation.utf8.count
    var closingStart = closingLine.lowerBound
    while closingStart < closingLine.upperBound, source.utf8[closingStart] == 32 || source.utf8[closingStart] == 9 { closingStart += 1 }
    var closingEnd = closingStart
    let mark = source.utf8[openingStart]
    while closingEnd < closingLine.upperBound, source.utf8[closingEnd] == mark { closingEnd += 1 }
    return LiterateFile.OutputFence(
      line: opening + 1,
      content: source.lineRange(inner.lowerBound).lowerBound..<closingLine.lowerBound,
      opening: openingStart..<openingStart + fence.length,
      closing: closingStart..<closingEnd,
      indentation: String(fence.indentation),
      newline: newline(after: opening),
      lines: inner.map { dedented(text(of: $0), by: columns(fence.indentation)) })
  }

  private func newline(after line: Int) -> String {
    let end = source.lineRange(line).upperBound
    return end < source.utf8.count && source.utf8[end] == 13 ? "\r\n" : "\n"
  }

  /// A line without as much white space as its fence has before it.
  private func dedented(_ text: Substring, by count: Int) -> String {
    var rest = text
    var column = 0
    while column < count, let first = rest.first, first == " " || first == "\t" {
      column = first == "\t" ? (column / 4 + 1) * 4 : column + 1
      rest.removeFirst()
    }
    return String(repeating: " ", count: max(0, column - count)) + rest
  }

  private mutating func finishCell(output: LiterateFile.OutputFence?) {
    guard let cell = pending else { return }
    pending = nil
    cells.append(
      LiterateFile.Cell(
        index: cells.count, line: cell.line, options: cell.options, code: cell.code, output: output, content: cell.content,
        indentation: cell.indentation, newline: cell.newline))
  }

  // MARK: - Lists

  /// Keeps up which lists a line of prose stands in.
  private mutating func noteList(_ text: Substring) {
    let column = columns(text.prefix { $0 == " " || $0 == "\t" })
    while let last = listColumns.last, column < last { listColumns.removeLast() }
    let rest = text.trimmed
    var marker = 0
    if let first = rest.first, "-*+".contains(first) {
      marker = 1
    } else {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }.count
      if (1...9).contains(digits), let sign = rest.dropFirst(digits).first, sign == "." || sign == ")" { marker = digits + 1 }
    }
    guard marker > 0 else { return }
    let spaces = rest.dropFirst(marker).prefix { $0 == " " }.count
    guard spaces > 0 else { return }
    listColumns.append(column + marker + (spaces > 4 ? 1 : spaces))
  }

  // MARK: - Comments

  private func commentStart(_ text: Substring) -> Int? {
    let space = text.prefix { $0 == " " || $0 == "\t" }
    guard text.dropFirst(space.count).hasPrefix("<!--") else { return nil }
    return source.lineRange(line).lowerBound + space.utf8.count
  }

  /// Passes over a comment, in which nothing runs, and keeps it if it is a hint.
  private mutating func readComment(from start: Int) throws(GradusError) {
    let bytes = source.utf8
    let opening = line
    var end = start + 4
    let mark = Array("-->".utf8)
    while end + 3 <= bytes.count, Array(bytes[end..<end + 3]) != mark { end += 1 }
    guard end + 3 <= bytes.count else {
      throw fail("the comment opened here is not closed", line: opening, hint: "end it with `-->`")
    }
    let words = source.string(Span(start + 4, end))[...].trimmed
    if words.hasPrefix("hint"), words.dropFirst(4).first?.isWhitespace == true {
      let rest = words.dropFirst(4)
      guard let colon = rest.firstIndex(of: ":"), !rest[..<colon].trimmed.isEmpty else {
        throw fail("a hint names its exercise", line: opening, hint: "as in `<!-- hint name: look at the slope -->`")
      }
      hints.append(
        LiterateFile.Hint(
          exercise: String(rest[..<colon].trimmed), text: String(rest[rest.index(after: colon)...].trimmed), line: opening + 1))
    }
    line = source.lineIndex(of: end) + 1
  }

  // MARK: - Exercises

  /// Every exercise has one check and one solution, and comes before both.
  private func checkExercises() throws(GradusError) {
    var exercises: [String: Int] = [:]
    var checks: Set<String> = []
    var solutions: Set<String> = []
    for cell in cells {
      switch cell.options.role {
      case .plain: continue
      case .exercise(let name):
        guard exercises[name] == nil else { throw fail("there are two exercises `\(name)`", line: cell.line - 1) }
        exercises[name] = cell.line - 1
        if let output = cell.output {
          throw fail("an exercise prints nothing until it is solved", line: output.line - 1, hint: "put the output after its solution or its check")
        }
      case .check(let name):
        guard exercises[name] != nil else { throw fail("no exercise `\(name)` comes before its check", line: cell.line - 1) }
        guard checks.insert(name).inserted else { throw fail("there are two checks of `\(name)`", line: cell.line - 1) }
      case .solution(let name):
        guard exercises[name] != nil else { throw fail("no exercise `\(name)` comes before its solution", line: cell.line - 1) }
        guard solutions.insert(name).inserted else { throw fail("there are two solutions of `\(name)`", line: cell.line - 1) }
      }
    }
    for (name, line) in exercises.sorted(by: { $0.value < $1.value }) {
      guard checks.contains(name) else { throw fail("the exercise `\(name)` has no check", line: line, hint: "add a cell `gradus check=\(name)` with assertions") }
      guard solutions.contains(name) else { throw fail("the exercise `\(name)` has no solution", line: line, hint: "add a cell `gradus solution=\(name)`") }
    }
    for hint in hints where exercises[hint.exercise] == nil {
      throw fail("a hint for `\(hint.exercise)`, which is no exercise of this file", line: hint.line - 1, hint: didYouMean(nearest(to: hint.exercise, among: exercises.keys.sorted())))
    }
  }
}
