extension CSV {
  /// Reads a table from text after RFC 4180, with what is usual besides: other
  /// separators, lone newlines, blank lines, a byte order mark.
  ///
  /// - `path` is for errors alone.
  /// - `separator`: nil takes comma, semicolon or tab, whichever the first
  ///   line has most of.
  /// - `header`: nil takes the first row for names unless it holds a number
  ///   where a field is not empty. Without names columns are "0", "1", …
  ///
  /// O(n) for n bytes, in two passes.
  package static func parse(
    _ bytes: [UInt8], path: String, separator: Character? = nil, header: Bool? = nil
  ) throws(FileError) -> CSV {
    var parser = try CSVParser(bytes, path: path, separator: separator)
    try parser.split()
    return try parser.table(header: header)
  }

  package static func parse(
    text: String, path: String, separator: Character? = nil, header: Bool? = nil
  ) throws(FileError) -> CSV {
    try parse(Array(text.utf8), path: path, separator: separator, header: header)
  }
}

/// Splits the bytes into fields, then turns columns of fields into values.
private struct CSVParser {
  /// Where a field lies in the bytes, without its quotes.
  private struct Field {
    var start: Int
    var end: Int
    var isQuoted: Bool
    /// Doubled quotes inside, to be made single.
    var hasQuotes: Bool
  }

  private let bytes: [UInt8]
  private let path: String
  private let separator: UInt8
  private let start: Int
  private var fields: [Field] = []
  private var width = 0
  private var firstRowLine = 1

  init(_ bytes: [UInt8], path: String, separator: Character?) throws(FileError) {
    self.bytes = bytes
    self.path = path
    start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    if String(validating: bytes, as: UTF8.self) == nil {
      // Decoding again finds the line.
      _ = try decodeText(bytes, path: path)
    }
    if let separator {
      guard let value = separator.asciiValue, value != UInt8(ascii: "\""), value != 10, value != 13
      else {
        throw .malformed(
          path: path, line: 1, column: nil,
          reason: "\"\(separator)\" cannot separate fields",
          hint: "a separator is one ASCII character, such as , or ; or a tab")
      }
      self.separator = value
    } else {
      self.separator = CSVParser.guessSeparator(bytes, from: start)
    }
  }

  /// The most frequent of tab, semicolon and comma in the first line that is
  /// not blank, outside quotes; a comma if there is none.
  private static func guessSeparator(_ bytes: [UInt8], from start: Int) -> UInt8 {
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    var isBlank = true
    for byte in bytes[start...] {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if isQuoted { continue }
      if byte == 10 || byte == 13 {
        if isBlank { continue }
        break
      }
      isBlank = false
      if byte == 9 || byte == UInt8(ascii: ";") || byte == UInt8(ascii: ",") {
        counts[byte, default: 0] += 1
      }
    }
    let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), 9]
    let most = counts.values.max() ?? 0
    return candidates.first { counts[$0] == most } ?? UInt8(ascii: ",")
  }

  // MARK: - Fields

  mutating func split() throws(FileError) {
    var index = start
    var line = 1
    // The rules of RFC 4180 as one loop a row.
    while index < bytes.count {
      if bytes[index] == 10 || bytes[index] == 13 {
        line += 1
        index += bytes[index] == 13 && index + 1 < bytes.count && bytes[index + 1] == 10 ? 2 : 1
        continue
      }
      let rowLine = line
      let before = fields.count
      if before == 0 { firstRowLine = line }
      try readRow(&index, &line)
      let count = fields.count - before
      if before == 0 {
        width = count
        fields.reserveCapacity(
          min(bytes.count / 4, bytes.count / max(index - start, 1) * width + width))
      } else if count != width {
        throw .malformed(
          path: path, line: rowLine, column: nil,
          reason:
            "expected \(width) \(width == 1 ? "field" : "fields") as in line \(firstRowLine), found \(count)",
          hint: count > width ? "a field that contains the separator must stand in quotes" : nil)
      }
    }
    if fields.isEmpty {
      throw .malformed(
        path: path, line: 1, column: nil, reason: "the file is empty",
        hint: "a table needs at least one row")
    }
  }

  /// row = field *(separator field) (newline / end)
  private mutating func readRow(_ index: inout Int, _ line: inout Int) throws(FileError) {
    let rowStart = fields.count
    while true {
      if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
        try readQuoted(&index, &line, column: fields.count - rowStart + 1)
      } else {
        let begin = index
        index = CSVParser.endOfPlainField(bytes, from: index, separator: separator)
        fields.append(Field(start: begin, end: index, isQuoted: false, hasQuotes: false))
      }
      if index == bytes.count { return }
      let byte = bytes[index]
      index += 1
      if byte == separator { continue }
      // The end of the row: LF, CR or CR LF.
      if byte == 13, index < bytes.count, bytes[index] == 10 { index += 1 }
      line += 1
      return
    }
  }

  @inline(__always)
  private static func endOfPlainField(_ bytes: [UInt8], from start: Int, separator: UInt8) -> Int {
    bytes.withUnsafeBufferPointer { bytes in
      var index = start
      while index < bytes.count {
        let byte = bytes[index]
        if byte == separator || byte == 10 || byte == 13 { break }
        index += 1
      }
      return index
    }
  }

  /// quoted = '"' *(any but '"' / '""') '"'
  private mutating func readQuoted(
    _ index: inout Int, _ line: inout Int, column: Int
  ) throws(FileError) {
    let quote = UInt8(ascii: "\"")
    let startLine = line
    let begin = index + 1
    index = begin
    var hasQuotes = false
    while true {
      guard index < bytes.count else {
        throw .malformed(
          path: path, line: startLine, column: column,
          reason: "the quote that opens here is never closed",
          hint: "a quote inside a quoted field is written twice")
      }
      let byte = bytes[index]
      if byte == quote {
        if index + 1 < bytes.count, bytes[index + 1] == quote {
          hasQuotes = true
          index += 2
          continue
        }
        break
      }
      if byte == 10 || (byte == 13 && !(index + 1 < bytes.count && bytes[index + 1] == 10)) {
        line += 1
      }
      index += 1
    }
    fields.append(Field(start: begin, end: index, isQuoted: true, hasQuotes: hasQuotes))
    index += 1
    if index < bytes.count, bytes[index] != separator, bytes[index] != 10, bytes[index] != 13 {
      throw .malformed(
        path: path, line: line, column: column,
        reason: "text follows the closing quote of a field",
        hint: "a quote inside a quoted field is written twice")
    }
  }

  // MARK: - Columns

  func table(header: Bool?) throws(FileError) -> CSV {
    let hasHeader = header ?? looksLikeHeader
    let names = hasHeader ? (0..<width).map { text(fields[$0]) } : (0..<width).map(String.init)
    if hasHeader { try checkNames(names) }
    let first = hasHeader ? 1 : 0
    let rows = fields.count / width
    var columns: [CSV.NamedColumn] = []
    columns.reserveCapacity(width)
    for column in 0..<width {
      columns.append(
        CSV.NamedColumn(name: names[column], values: values(column, from: first, to: rows)))
    }
    return CSV(columns: columns)
  }

  /// Names are not numbers: a first row of nothing but other text is a header.
  /// A file of text alone has no way to tell; its first row is taken as names.
  private var looksLikeHeader: Bool {
    var hasText = false
    for field in fields.prefix(width) where field.start < field.end {
      if number(field) != nil { return false }
      hasText = true
    }
    return hasText
  }

  private func checkNames(_ names: [String]) throws(FileError) {
    var places: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      if let earlier = places.updateValue(index, forKey: name) {
        let shown = name.isEmpty ? "have no name" : "are both named \"\(name)\""
        throw .malformed(
          path: path, line: firstRowLine, column: index + 1,
          reason: "columns \(earlier + 1) and \(index + 1) \(shown)",
          hint: "rename one, or read the file without a header")
      }
    }
  }

  private func values(_ column: Int, from first: Int, to rows: Int) -> CSV.Column {
    var numbers: [Double] = []
    numbers.reserveCapacity(rows - first)
    var isNumeric = true
    bytes.withUnsafeBufferPointer { bytes in
      for row in first..<max(rows, first) {
        let field = fields[row * width + column]
        if let value = parseNumber(UnsafeBufferPointer(rebasing: bytes[field.start..<field.end])) {
          numbers.append(value)
        } else if isBlank(field) {
          numbers.append(.nan)
        } else {
          isNumeric = false
          return
        }
      }
    }
    if isNumeric { return .numbers(numbers) }
    return .strings((first..<max(rows, first)).map { text(fields[$0 * width + column]) })
  }

  private func isBlank(_ field: Field) -> Bool {
    bytes[field.start..<field.end].allSatisfy { $0 == 0x20 || $0 == 0x09 }
  }

  private func number(_ field: Field) -> Double? {
    bytes.withUnsafeBufferPointer {
      parseNumber(UnsafeBufferPointer(rebasing: $0[field.start..<field.end]))
    }
  }

  private func text(_ field: Field) -> String {
    guard field.hasQuotes else {
      return bytes.withUnsafeBufferPointer {
        String(decoding: $0[field.start..<field.end], as: UTF8.self)
      }
    }
    let quote = UInt8(ascii: "\"")
    var result: [UInt8] = []
    result.reserveCapacity(field.end - field.start)
    var index = field.start
    while index < field.end {
      result.append(bytes[index])
      index += bytes[index] == quote ? 2 : 1
    }
    return String(decoding: result, as: UTF8.self)
  }
}
