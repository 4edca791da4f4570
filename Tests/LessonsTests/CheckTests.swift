import Language
import Lessons
import Library
import Syntax
import Testing

@Suite struct CheckTests {
  static func checked(_ text: String, slow: Bool = false) throws -> LessonCheck {
    var options = SessionOptions()
    options.threads = 1
    options.library = Library.sources
    var settings = LessonSettings(session: options)
    settings.runsSlowCells = slow
    return try LessonCheck(literate(text), settings)
  }

  static func word(_ outcome: LessonCheck.Outcome) -> String {
    switch outcome {
    case .agrees: "agrees"
    case .differs: "differs"
    case .failed: "failed"
    case .didNotFail: "did not fail"
    case .passesUnsolved: "passes unsolved"
    case .isSlow: "slow"
    case .updated: "updated"
    }
  }

  static func cell(_ code: String, _ output: String? = nil, _ options: String = "") -> String {
    "```gradus \(options)\n\(code)\n```\n" + (output.map { "```output\n\($0)```\n" } ?? "")
  }

  static let rows: [(text: String, outcomes: [String])] = [
    (cell("1 + 2", "3\n"), ["agrees"]),
    (cell("1 + 2", "4\n"), ["differs"]),
    (cell("1 + 2"), ["agrees"]),
    (cell("1 + 2", ""), ["differs"]),
    (cell("1 + 2;", ""), ["agrees"]),
    (cell("x = 2") + cell("x", "2\n"), ["agrees", "agrees"]),
    (cell("print(1)\n2\nprint(3)", "1\n2\n3\n"), ["agrees"]),
    (cell("unknown"), ["failed"]),
    (cell("1 +"), ["failed"]),
    (cell("unknown", nil, "error"), ["agrees"]),
    (cell("unknown", "error: there is no `unknown`\n", "error"), ["agrees"]),
    (cell("unknown", "error: [..]\n...\n", "error"), ["agrees"]),
    (cell("unknown", "error: something else\n", "error"), ["differs"]),
    (cell("print(1)\nunknown", "1\nerror: there is no `unknown`\n", "error"), ["agrees"]),
    (cell("1", nil, "error"), ["did not fail"]),
    (cell("1", "2\n", "slow"), ["slow"]),
    (cell("0.5", "0.7\n", "varies"), ["agrees"]),
    (cell("12.0004", "12\n", "tolerance=1e-3"), ["agrees"]),
    (cell("1", "2\n") + cell("3", "3\n"), ["differs", "agrees"]),
    (cell("unknown") + cell("1", "2\n") + cell("3", "3\n"), ["failed", "differs after", "agrees after"]),
    (cell("unknown", nil, "error") + cell("1", "2\n"), ["agrees", "differs"]),
    (cell("x = ___", nil, "exercise=a") + cell("assert(x == 1)", nil, "check=a") + cell("x = 1", nil, "solution=a"), ["agrees", "agrees"]),
    (cell("x = ___", nil, "exercise=a") + cell("x = 1", nil, "solution=a") + cell("assert(x == 1)", nil, "check=a"), ["agrees", "agrees"]),
    (cell("x = ___", nil, "exercise=a") + cell("assert(x == 1)", nil, "check=a") + cell("x = 2", nil, "solution=a"), ["failed", "agrees after"]),
    (cell("x = 1", nil, "exercise=a") + cell("assert(x == 1)", nil, "check=a") + cell("x = 1", nil, "solution=a"), ["passes unsolved", "agrees", "agrees"]),
    (cell("x = 0", nil, "exercise=a") + cell("assert(x == 1)", nil, "check=a") + cell("x = 1\nx", "1\n", "solution=a") + cell("x", "1\n"), ["agrees", "agrees", "agrees"]),
  ]

  @Test(arguments: rows) func outcomes(_ row: (text: String, outcomes: [String])) throws {
    let check = try Self.checked(row.text)
    #expect(check.results.map { Self.word($0.outcome) + ($0.isAfterError ? " after" : "") } == row.outcomes, "\(row.text)")
  }

  @Test func slowCellsRunWhenAsked() throws {
    #expect(try Self.checked(Self.cell("1", "2\n", "slow"), slow: true).results.map { Self.word($0.outcome) } == ["differs"])
  }

  @Test func placesOfReports() throws {
    let text = CheckReport(try Self.checked("a\n\n" + Self.cell("1", "2\n") + Self.cell("unknown"))).text
    #expect(text.hasPrefix("lesson.md:6: the output differs\n  - 2\n  + 1\n"))
    #expect(text.contains("lesson.md:9: the cell failed\n"))
    #expect(text.contains("lesson.md:10:1\n"))
  }

  @Test func summary() throws {
    var summary = CheckSummary()
    summary.add(try Self.checked(Self.cell("1", "1\n") + Self.cell("1", "2\n") + Self.cell("1", nil, "slow")))
    #expect(summary.text == "1 file, 3 cells: 1 agrees, 1 differs, 1 slow not run")
    #expect(!summary.isFine)
  }

  // MARK: - Updates

  static let updates: [(before: String, after: String?)] = [
    (cell("1", "1\n"), nil),
    (cell("1"), nil),
    (cell("1", "2\n"), cell("1", "1\n")),
    (cell("1", ""), cell("1", "1\n")),
    (cell("1;", "2\n"), cell("1;", "")),
    (cell("0.125", "0.12\n"), nil),
    (cell("print(1)\nprint(2)\nprint(3)", "...\n4\n"), cell("print(1)\nprint(2)\nprint(3)", "...\n3\n")),
    ("é\t \r\n" + cell("1", "2\n") + "\u{1F600} end", "é\t \r\n" + cell("1", "1\n") + "\u{1F600} end"),
    ("```gradus\r\n1\r\n```\r\n```output\r\n```\r\n", "```gradus\r\n1\r\n```\r\n```output\r\n1\r\n```\r\n"),
    ("- a\n\n  ~~~gradus\n  1\n  ~~~\n  ~~~output\n  2\n  ~~~\n", "- a\n\n  ~~~gradus\n  1\n  ~~~\n  ~~~output\n  1\n  ~~~\n"),
    (cell("print(\"```\")", "a\n"), "```gradus \nprint(\"```\")\n```\n````output\n```\n````\n"),
    (cell("print(1)\nprint(\"\")\nprint(2)", ""), cell("print(1)\nprint(\"\")\nprint(2)", "1\n\n2\n")),
    (cell("unknown", "a\n", "error"), cell("unknown", "error: there is no `unknown`\n  cell:1:1\n  |\n1 | unknown\n  | ^^^^^^^\n", "error")),
    (cell("unknown", "a\n") + cell("1", "2\n"), nil),
    (cell("1", "2\n") + cell("unknown"), cell("1", "1\n") + cell("unknown")),
  ]

  @Test(arguments: updates) func rewrites(_ row: (before: String, after: String?)) throws {
    let bytes = try Self.checked(row.before).updatedBytes
    #expect(bytes.map { String(decoding: $0, as: UTF8.self) } == row.after)
    if let bytes { #expect(try Self.checked(String(decoding: bytes, as: UTF8.self)).updatedBytes == nil, "a second run changes nothing") }
  }

  @Test func seedsOfFilesAndCells() throws {
    let printed = { (text: String) -> [String] in
      try Self.checked(text).results.compactMap { if case .differs(let comparison) = $0.outcome { comparison.printed.joined() } else { nil } }
    }
    let draws = try printed("---\nseed: 3\n---\n" + Self.cell("rand(2)", "") + Self.cell("rand(2)", "", "seed=3") + Self.cell("rand(2)", ""))
    #expect(draws.count == 3)
    #expect(draws[0] == draws[1] && draws[1] != draws[2])
  }
}
