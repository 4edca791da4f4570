import Files
import Testing

@Suite struct CSVTests {
  typealias Columns = [CSV.NamedColumn]

  static func numbers(_ name: String, _ values: [Double]) -> CSV.NamedColumn {
    CSV.NamedColumn(name: name, values: .numbers(values))
  }

  static func strings(_ name: String, _ values: [String]) -> CSV.NamedColumn {
    CSV.NamedColumn(name: name, values: .strings(values))
  }

  struct Table: Sendable {
    var text: String
    var header: Bool?
    var separator: Character?
    var columns: Columns

    init(_ text: String, header: Bool? = nil, separator: Character? = nil, _ columns: Columns) {
      self.text = text
      self.header = header
      self.separator = separator
      self.columns = columns
    }
  }

  static let tables: [Table] = [
    Table("a,b\n1,x\n2,y\n", [numbers("a", [1, 2]), strings("b", ["x", "y"])]),
    Table("a,b\r\n1,x\r\n2,y", [numbers("a", [1, 2]), strings("b", ["x", "y"])]),
    Table("a,b\r1,x\r2,y\r", [numbers("a", [1, 2]), strings("b", ["x", "y"])]),
    Table("\u{FEFF}a;b\n1,5;x\n", [strings("a", ["1,5"]), strings("b", ["x"])]),
    Table("a\tb c\n1\t2\n", [numbers("a", [1]), numbers("b c", [2])]),
    Table("a|b\n1|2\n", separator: "|", [numbers("a", [1]), numbers("b", [2])]),
    Table("1,2\n3,4\n", [numbers("0", [1, 3]), numbers("1", [2, 4])]),
    Table(
      "5.1,setosa\n4.9,setosa\n", [numbers("0", [5.1, 4.9]), strings("1", ["setosa", "setosa"])]),
    Table("2019,2020\n1,2\n", header: true, [numbers("2019", [1]), numbers("2020", [2])]),
    Table("a,b\nc,d\n", header: false, [strings("0", ["a", "c"]), strings("1", ["b", "d"])]),
    Table("a,b\n", [numbers("a", []), numbers("b", [])]),
    Table("\n\na,b\n\n1,2\n\n\n3,4\n\n", [numbers("a", [1, 3]), numbers("b", [2, 4])]),
    Table(
      "n,t\n\"1\",\"a, \"\"b\"\"\nc\"\n2,\"\"\n",
      [numbers("n", [1, 2]), strings("t", ["a, \"b\"\nc", ""])]),
    Table("n,t\n1,say \"hi\"\n", [numbers("n", [1]), strings("t", ["say \"hi\""])]),
    Table("a,b\n, \n1,x\n", [numbers("a", [.nan, 1]), strings("b", [" ", "x"])]),
    Table("a\n\"\"\n7\n", [numbers("a", [.nan, 7])]),
    Table(
      "x,y\n 1e5 ,-inf\nNaN,+Infinity\n.5,5.\n",
      [
        numbers("x", [1e5, .nan, 0.5]), numbers("y", [-.infinity, .infinity, 5]),
      ]),
    Table("é,日本\nü,1\n", [strings("é", ["ü"]), numbers("日本", [1])]),
    Table("a,b\n1,2", [numbers("a", [1]), numbers("b", [2])]),
    Table("a\n0x10\n", [strings("a", ["0x10"])]),
    Table("a,b\n1.5e,--2\n", [strings("a", ["1.5e"]), strings("b", ["--2"])]),
  ]

  @Test(arguments: tables.indices) func reads(index: Int) throws {
    let table = CSVTests.tables[index]
    let csv = try CSV.parse(
      text: table.text, path: "t.csv", separator: table.separator, header: table.header)
    #expect(isSame(csv.columns, table.columns), "\(csv.columns)")
  }

  /// Equal, nan being equal to nan.
  private func isSame(_ a: Columns, _ b: Columns) -> Bool {
    a.count == b.count
      && zip(a, b).allSatisfy { left, right in
        guard left.name == right.name else { return false }
        switch (left.values, right.values) {
        case (.numbers(let x), .numbers(let y)):
          return x.count == y.count && zip(x, y).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
        case (.strings(let x), .strings(let y)): return x == y
        default: return false
        }
      }
  }

  static let malformed: [(text: String, sentence: String)] = [
    ("", "\"t.csv\", line 1: the file is empty (a table needs at least one row)"),
    ("\n\r\n\n", "\"t.csv\", line 1: the file is empty (a table needs at least one row)"),
    ("a,b\n1\n", "\"t.csv\", line 2: expected 2 fields as in line 1, found 1"),
    (
      "\na,b\n1,2\n\n1,2,3\n",
      "\"t.csv\", line 5: expected 2 fields as in line 2, found 3 (a field that contains the separator must stand in quotes)"
    ),
    (
      "a\n1,2\n3\n",
      "\"t.csv\", line 2: expected 1 field as in line 1, found 2 (a field that contains the separator must stand in quotes)"
    ),
    (
      "a,b\n1,\"x\n\ny\n",
      "\"t.csv\", line 2, column 2: the quote that opens here is never closed (a quote inside a quoted field is written twice)"
    ),
    (
      "a,b\n\"x\ny\"\n",
      "\"t.csv\", line 2: expected 2 fields as in line 1, found 1"
    ),
    (
      "a,b\n1,\"x\"y\n",
      "\"t.csv\", line 2, column 2: text follows the closing quote of a field (a quote inside a quoted field is written twice)"
    ),
    (
      "a,b,a\n1,2,3\n",
      "\"t.csv\", line 1, column 3: columns 1 and 3 are both named \"a\" (rename one, or read the file without a header)"
    ),
    (
      "a,,\n1,2,3\n",
      "\"t.csv\", line 1, column 3: columns 2 and 3 have no name (rename one, or read the file without a header)"
    ),
  ]

  @Test(arguments: malformed.indices) func refuses(index: Int) {
    let (text, sentence) = CSVTests.malformed[index]
    let error = #expect(throws: FileError.self) { try CSV.parse(text: text, path: "t.csv") }
    #expect(error?.description == sentence)
  }

  @Test func refusesBytesThatAreNotText() {
    #expect(throws: FileError.notUTF8(path: "t.csv", line: 3)) {
      try CSV.parse([97, 10, 98, 10, 99, 0xFF, 10], path: "t.csv")
    }
  }

  @Test(arguments: ["\n", "\"", "é"] as [Character]) func refusesSeparator(separator: Character) {
    #expect(throws: FileError.self) {
      try CSV.parse(text: "a\n1\n", path: "t.csv", separator: separator)
    }
  }

  /// Every text of a few letters either parses or throws, and what parses
  /// reads back the same after writing.
  @Test func shortTextsReadBack() throws {
    let letters = Array("a1,\"\n\r ".utf8)
    for length in 1...5 {
      var digits = [Int](repeating: 0, count: length)
      while true {
        let bytes = digits.map { letters[$0] }
        if let csv = try? CSV.parse(bytes, path: "t", header: true) {
          let again = try CSV.parse(text: csv.text(), path: "t", separator: ",", header: true)
          #expect(isSame(again.columns, csv.columns), "\(bytes)")
        }
        var place = 0
        while place < length {
          digits[place] += 1
          if digits[place] < letters.count { break }
          digits[place] = 0
          place += 1
        }
        if place == length { break }
      }
    }
  }

  @Test func writes() {
    let text = CSV.write([
      CSVTests.numbers("n", [1, 0.1, .nan, -.infinity, 1e300, -0.0]),
      CSVTests.strings("t,u", ["a", "b\"c", "d\ne", ""]),
    ])
    #expect(
      text == """
        n,"t,u"
        1,a
        0.1,"b""c"
        ,"d
        e"
        -inf,
        1e+300,
        -0.0,

        """)
  }
}
