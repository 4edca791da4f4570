/// The lines of a program that an error speaks of, underlined, with what stands there hung below.
///
/// ```
/// 12 |   logits = x @ w
///    |            ~ ^ ~
///    |            │   └ w is [128, 10], bound at line 4
///    |            └ x is [64, 784]
/// ```
struct Excerpt {
  /// How wide the line numbers are.
  let gutter: Int
  private(set) var lines: [String] = []

  /// A span on one line, in columns of the window.
  private struct Mark {
    var start: Int
    var end: Int
    let text: String
    let isMain: Bool
  }

  init(place: GradusError.Place, labels: [GradusError.Label], width: Int, paint: Paint, signs: Signs) {
    let source = place.source
    var marks: [Int: [(Span, String, Bool)]] = [source.lineIndex(of: place.span.start): [(place.span, "", true)]]
    for label in labels where label.span != place.span || !label.text.isEmpty {
      marks[source.lineIndex(of: label.span.start), default: []].append((label.span, label.text, false))
    }
    let shown = marks.keys.sorted()
    gutter = String((shown.last ?? 0) + source.firstLine).count
    let empty = String(repeating: " ", count: gutter + 1) + paint.quiet("|")
    lines.append(empty)
    var previous: Int?
    for line in shown {
      if let previous, line > previous + 1 { lines.append(String(repeating: " ", count: gutter - 1) + paint.quiet(signs.ellipsis)) }
      previous = line
      let number = String(line + source.firstLine)
      let here = marks[line] ?? []
      let row = Row(source: source, line: line, near: (here.first(where: \.2) ?? here.first)?.0.start ?? 0, ascii: signs.ascii)
      let placed = here.map { span, text, isMain in
        let columns = row.columns(of: span)
        return Mark(start: columns.lowerBound, end: columns.upperBound, text: signs.clean(text), isMain: isMain)
      }
      let window = row.window(around: placed.first(where: \.isMain)?.start ?? placed.first?.start ?? 0, width: width - gutter - 3, signs)
      let padding = String(repeating: " ", count: gutter - number.count)
      lines.append((padding + paint.quiet(number) + " " + paint.quiet("|") + " " + window.text).trimmedAtEnd)
      let moved = placed.map { mark in
        var mark = mark
        mark.start = window.position(of: mark.start)
        mark.end = max(mark.start + 1, window.position(of: mark.end))
        return mark
      }
      lines.append(empty + " " + Self.underlines(moved, paint))
      lines += Self.hanging(moved, paint, signs).map { empty + " " + $0 }
    }
  }

  /// `~ ^ ~`
  private static func underlines(_ marks: [Mark], _ paint: Paint) -> String {
    let end = marks.map(\.end).max() ?? 0
    var cells = [Character](repeating: " ", count: end)
    for mark in marks where !mark.isMain { for column in mark.start..<mark.end { cells[column] = "~" } }
    for mark in marks where mark.isMain { for column in mark.start..<mark.end { cells[column] = "^" } }
    var result = ""
    var index = 0
    while index < end {
      let run = cells[index...].prefix { $0 == cells[index] }
      switch cells[index] {
      case "^": result += paint.alarm(String(run))
      case "~": result += paint.label(String(run))
      default: result += String(run)
      }
      index += run.count
    }
    return result
  }

  /// The texts of the labels, the rightmost first, each below its underline.
  private static func hanging(_ marks: [Mark], _ paint: Paint, _ signs: Signs) -> [String] {
    let labels = marks.filter { !$0.text.isEmpty }.sorted { $0.start < $1.start }
    var rows: [String] = []
    for position in labels.indices.reversed() {
      let label = labels[position]
      var row = ""
      var column = 0
      func put(_ sign: String, at target: Int) {
        guard target >= column else { return }
        row += String(repeating: " ", count: target - column) + paint.label(sign)
        column = target + 1
      }
      for other in labels[..<position] where other.start < label.start { put(signs.vertical, at: other.start) }
      let isShared = position > 0 && labels[position - 1].start == label.start
      put(isShared ? signs.branch : signs.corner, at: label.start)
      let texts = label.text.split(separator: "\n", omittingEmptySubsequences: false)
      rows.append(row + " " + paint.label(String(texts.first ?? "")))
      for text in texts.dropFirst() { rows.append(String(repeating: " ", count: label.start + 2) + paint.label(String(text))) }
    }
    return rows
  }
}

/// A line of a program as the terminal shows it.
private struct Row {
  private var cells: [(text: String, width: Int)] = []
  /// The column at which each character begins, and that behind the last, with the offsets of their bytes.
  private var starts: [(offset: Int, column: Int)] = []

  /// Of a line of megabytes only what lies about the offset is taken apart: more than the widest window shows.
  init(source: SourceText, line: Int, near place: Int, ascii: Bool) {
    let range = source.lineRange(line)
    func isWithin(_ offset: Int) -> Bool { offset < range.upperBound && source.utf8[offset] & 0xC0 == 0x80 }
    var first = max(range.lowerBound, place - Self.reach)
    var last = max(first, min(range.upperBound, place + 2 * Self.reach))
    while isWithin(first) { first += 1 }
    while isWithin(last) { last += 1 }
    var offset = first
    var column = 0
    for character in source.string(Span(first, max(first, last))) {
      starts.append((offset, column))
      offset += character.utf8.count
      let width: Int
      if character == "\t" {
        width = 4 - column % 4
        cells.append((String(repeating: " ", count: width), width))
      } else if let scalar = character.unicodeScalars.first, scalar.properties.generalCategory == .control {
        width = 1
        cells.append((ascii ? "?" : "\u{FFFD}", width))
      } else {
        width = DisplayWidth.columns(character)
        cells.append((String(character), width))
      }
      column += width
    }
    starts.append((offset, column))
  }

  /// In bytes. A window has at most 10,000 columns, a third of them before the place.
  private static let reach = 20_000

  private var width: Int { starts.last?.column ?? 0 }

  private func column(of offset: Int) -> Int {
    // The last character that begins at or before the offset.
    var low = 0
    var high = starts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if starts[middle].offset <= offset { low = middle } else { high = middle - 1 }
    }
    return starts[low].column
  }

  /// Where a span stands; one that goes on in further lines ends with this one.
  func columns(of span: Span) -> Range<Int> {
    let start = column(of: span.start)
    // An end inside a character takes all of it.
    let end = starts.first { $0.offset >= span.end }?.column ?? width
    return start..<max(start + 1, end)
  }

  struct Window {
    let text: String
    let start: Int
    let end: Int
    let shift: Int

    /// A column of the line as a column of the window.
    func position(of column: Int) -> Int { max(0, min(max(column, start), end) - shift) }
  }

  /// As much of the line as fits, with the column in view.
  func window(around column: Int, width available: Int, _ signs: Signs) -> Window {
    guard width > max(20, available) else {
      return Window(text: cells.map(\.text).joined(), start: 0, end: width + 1, shift: 0)
    }
    let room = max(20, available)
    let mark = signs.ellipsis.count
    var start = column - room / 3 <= mark ? 0 : column - room / 3
    start = min(start, max(0, width - room + mark + 1))
    let first = start == 0 ? 0 : starts.firstIndex { $0.column >= start } ?? 0
    let begin = starts[first].column
    let lead = first == 0 ? 0 : mark
    var text = first == 0 ? "" : signs.ellipsis
    var used = lead
    var index = first
    while index < cells.count {
      let tail = width - starts[index].column <= room - used ? 0 : mark
      if used + cells[index].width > room - tail { break }
      text += cells[index].text
      used += cells[index].width
      index += 1
    }
    if index < cells.count { text += signs.ellipsis }
    return Window(text: text, start: begin, end: starts[index].column, shift: begin - lead)
  }
}

extension String {
  fileprivate var trimmedAtEnd: String {
    var result = Substring(self)
    while result.last == " " { result.removeLast() }
    return String(result)
  }
}
