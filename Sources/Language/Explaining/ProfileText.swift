import Tensors

extension Session {
  /// Where time went, as a table: the longest first.
  func profileText(_ profile: Profile) -> String {
    let all = max(profile.seconds, 1e-12)
    // Places on one line are one row.
    var merged: [Row: Profile.Entry] = [:]
    for (key, entry) in profile.entries {
      merged[Row(operations: names(key), lines: lines(ofSites: key.sites)), default: Profile.Entry()].add(entry)
    }
    let sorted = merged.sorted { ($0.value.seconds, $1.key.operations) > ($1.value.seconds, $0.key.operations) }
    func share(_ seconds: Double) -> String { NumberText.fixed(100 * seconds / all, decimals: 1) + " %" }
    let most = 25
    var rows: [[String]] = [["operation", "line", "runs", "time", "share", "FLOP", "bytes"]]
    for (key, entry) in sorted.prefix(most) {
      rows.append([
        key.operations, key.lines, NumberText.count(entry.runs), Quantity.time(entry.seconds), share(entry.seconds), Quantity.short(entry.operations),
        Quantity.bytes(entry.bytes),
      ])
    }
    func sum(_ entries: some Sequence<Profile.Entry>) -> Profile.Entry { entries.reduce(into: Profile.Entry()) { $0.add($1) } }
    if sorted.count > most {
      let rest = sum(sorted.dropFirst(most).map(\.value))
      rows.append([
        "\(sorted.count - most) others", "", NumberText.count(rest.runs), Quantity.time(rest.seconds), share(rest.seconds), Quantity.short(rest.operations),
        Quantity.bytes(rest.bytes),
      ])
    }
    let counted = sum(profile.entries.values)
    let outside = max(0, profile.seconds - counted.seconds)
    rows.append(["the program itself", "", "", Quantity.time(outside), share(outside), "", ""])
    rows.append(["in all", "", NumberText.count(counted.runs), Quantity.time(profile.seconds), share(profile.seconds), Quantity.short(counted.operations), Quantity.bytes(counted.bytes)])
    return table(rows)
  }

  private struct Row: Hashable {
    let operations: String
    let lines: String
  }

  private func names(_ key: Profile.Key) -> String {
    guard !key.operations.isEmpty else { return "copy into order" }
    return key.operations.map(\.name).joined(separator: " ")
  }

  /// The first column at the left and as wide as the window leaves room for, the others at the right.
  private func table(_ rows: [[String]]) -> String {
    let columns = rows.first?.count ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let others = widths.dropFirst().reduce(0) { $0 + $1 + 2 }
    let first = min(widths[0], max(18, style.width - others))
    let mark = style.glyphs == .ascii ? "..." : "…"
    return rows.map { row in
      let head = row[0].count <= first ? row[0].rightPadded(first) : row[0].prefix(first - mark.count) + mark
      let line = head + row.indices.dropFirst().map { "  " + row[$0].leftPadded(widths[$0]) }.joined()
      return line.replacing(#/ +$/#, with: "")
    }.joined(separator: "\n").replacing("µ", with: style.glyphs == .ascii ? "u" : "µ")
  }
}
