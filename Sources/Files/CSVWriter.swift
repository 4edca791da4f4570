extension CSV {
  /// The table as text after RFC 4180 with lone newlines: a row of names, then
  /// the rows. Numbers are the shortest that read back the same, whole ones
  /// without a point; nan is an empty field. Columns end with the longest:
  /// what is missing in shorter ones stays empty.
  package static func write(_ columns: [NamedColumn], separator: Character = ",") -> String {
    let rows = columns.map(\.values.count).max() ?? 0
    var text = ""
    func append(_ field: String, at index: Int) {
      if index > 0 { text.append(separator) }
      text += quoted(field, separator: separator, isOnly: columns.count == 1)
    }
    for (index, column) in columns.enumerated() { append(column.name, at: index) }
    if !columns.isEmpty { text += "\n" }
    for row in 0..<rows {
      for (index, column) in columns.enumerated() {
        switch column.values {
        case .numbers(let values): append(row < values.count ? number(values[row]) : "", at: index)
        case .strings(let values): append(row < values.count ? values[row] : "", at: index)
        }
      }
      text += "\n"
    }
    return text
  }

  /// The table as text; see `write(_:separator:)`.
  package func text(separator: Character = ",") -> String {
    CSV.write(columns, separator: separator)
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "" }
    if let whole = Int(exactly: value), abs(whole) < 1 << 53, whole != 0 || value.sign == .plus {
      return String(whole)
    }
    return value.description
  }

  /// A field in quotes where it needs them. A lone empty field does too: its
  /// line would be blank and be skipped in reading.
  private static func quoted(_ field: String, separator: Character, isOnly: Bool) -> String {
    let needsQuotes = field.unicodeScalars.contains { scalar in
      scalar == "\"" || scalar == "\n" || scalar == "\r" || Character(scalar) == separator
    }
    if !needsQuotes { return isOnly && field.isEmpty ? "\"\"" : field }
    var result = "\""
    for scalar in field.unicodeScalars {
      if scalar == "\"" { result += "\"\"" } else { result.unicodeScalars.append(scalar) }
    }
    return result + "\""
  }
}
