import Lessons
import Syntax
import Testing

/// A file from its text.
func literate(_ text: String) throws -> LiterateFile { try LiterateFile(path: "lesson.md", bytes: Array(text.utf8)) }

@Suite struct LiterateFileTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String
    /// Line of the fence, code and output lines of each cell.
    let cells: [String]
    var testDescription: String { name }
  }

  static let rows: [Row] = [
    Row(name: "empty", text: "", cells: []),
    Row(name: "prose", text: "# A\n\ntext\n", cells: []),
    Row(name: "cell", text: "```gradus\n1\n```\n", cells: ["1|1\n|-"]),
    Row(name: "cell at the end without newline", text: "```gradus\n1\n```", cells: ["1|1\n|-"]),
    Row(name: "output", text: "a\n```gradus\n1\n2\n```\n```output\n1\n2\n```\n", cells: ["2|1\n2\n|1/2"]),
    Row(name: "empty output", text: "```gradus\n1;\n```\n```output\n```\n", cells: ["1|1;\n|"]),
    Row(name: "blank lines before output", text: "```gradus\n1\n```\n\n\n```output\n1\n```\n", cells: ["1|1\n|1"]),
    Row(name: "two cells", text: "```gradus\n1\n```\n```gradus\n2\n```\n```output\n2\n```\n", cells: ["1|1\n|-", "4|2\n|2"]),
    Row(name: "empty cell", text: "```gradus\n```\n", cells: ["1||-"]),
    Row(name: "tildes", text: "~~~gradus\n1\n~~~\n~~~ output\n`\n~~~\n", cells: ["1|1\n|`"]),
    Row(name: "longer fences hold shorter ones", text: "````gradus\n```\n````\n", cells: ["1|```\n|-"]),
    Row(name: "a longer closing fence", text: "```gradus\n1\n`````\n", cells: ["1|1\n|-"]),
    Row(name: "other languages", text: "```python\n```gradus\nx\n```\n", cells: []),
    Row(name: "shown in a longer fence", text: "````\n```gradus\n1\n```\n````\n", cells: []),
    Row(name: "shown as indented code", text: "text\n\n    ```gradus\n    1\n    ```\n", cells: []),
    Row(name: "indented by three", text: "   ```gradus\n   1\n     2\n   ```\n", cells: ["1|1\n  2\n|-"]),
    Row(name: "in a list", text: "1. item\n\n   - more\n\n     ```gradus\n     1\n     ```\n     ```output\n     1\n     ```\n", cells: ["5|1\n|1"]),
    Row(name: "in a comment", text: "<!--\n```gradus\n1\n```\n-->\n```gradus\n2\n```\n", cells: ["6|2\n|-"]),
    Row(name: "carriage returns", text: "```gradus\r\n1\r\n```\r\n```output\r\n1\r\n```\r\n", cells: ["1|1\n|1"]),
    Row(name: "front matter", text: "---\ntitle: A\n---\n```gradus\n1\n```\n", cells: ["4|1\n|-"]),
    Row(name: "tag is a whole word", text: "```gradusx\n1\n```\n", cells: []),
  ]

  @Test(arguments: rows) func cells(_ row: Row) throws {
    let found = try literate(row.text).cells.map { cell in
      "\(cell.line)|\(cell.code.text)|\(cell.output.map { $0.lines.joined(separator: "/") } ?? "-")"
    }
    #expect(found == row.cells)
  }

  @Test func codeHasTheLinesOfTheFile() throws {
    let cell = try #require(try literate("a\n\n```gradus\n1\n2\n```\n").cells.first)
    #expect(cell.code.firstLine == 4)
    #expect(cell.code.name == "lesson.md")
  }

  @Test func rangesOfTheOutput() throws {
    let text = "é\n```gradus\n1\n```\n```output\none\ntwo\n```\nend\n"
    let output = try #require(try literate(text).cells.first?.output)
    let bytes = Array(text.utf8)
    #expect(String(decoding: bytes[output.content], as: UTF8.self) == "one\ntwo\n")
    #expect(String(decoding: bytes[output.opening], as: UTF8.self) == "```")
    #expect(String(decoding: bytes[output.closing], as: UTF8.self) == "```")
    #expect(output.opening.upperBound < output.content.lowerBound)
    #expect(output.closing.lowerBound == output.content.upperBound)
  }

  @Test func frontMatter() throws {
    let file = try literate("---\ntitle: \"A lesson: one\"\nauthor: me\nseed: 7\nwidth: 60\nneeds: [digits.csv, 'mnist10k']\n---\n")
    #expect(file.frontMatter.title == "A lesson: one")
    #expect(file.frontMatter.seed == 7)
    #expect(file.frontMatter.width == 60)
    #expect(file.frontMatter.needs == ["digits.csv", "mnist10k"])
    #expect(try literate("text\n---\nseed: 7\n---\n").frontMatter == FrontMatter())
  }

  @Test func options() throws {
    let file = try literate("```gradus seed=7 tolerance=1e-3 error slow varies hidden\n1\n```\n")
    let options = try #require(file.cells.first?.options)
    #expect(options.seed == 7 && options.tolerance == 1e-3)
    #expect(options.error && options.slow && options.varies && options.hidden)
    #expect(options.role == .plain)
  }

  @Test func exercises() throws {
    let file = try literate(
      "```gradus exercise=a\nx = ___\n```\n<!-- hint a: look\nagain -->\n```gradus check=a\nassert(x == 1)\n```\n```gradus solution=a\nx = 1\n```\n")
    #expect(file.cells.map(\.options.role) == [.exercise("a"), .check("a"), .solution("a")])
    #expect(file.hints == [LiterateFile.Hint(exercise: "a", text: "look\nagain", line: 4)])
  }

  static let mistakes: [(text: String, line: Int, words: String)] = [
    ("a\n```gradus\n1\n", 2, "not closed"),
    ("```python\n1\n", 1, "not closed"),
    ("```gradus\n1\n~~~\n", 1, "not closed"),
    ("---\ntitle: a\n", 1, "front matter"),
    ("<!-- a\n", 1, "comment"),
    ("```output\n1\n```\n", 1, "no cell"),
    ("```gradus\n1\n```\ntext\n```output\n1\n```\n", 5, "no cell"),
    ("```gradus eror\n```\n", 1, "no option `eror`"),
    ("```gradus seed=x\n```\n", 1, "seed"),
    ("```gradus tolerance=-1\n```\n", 1, "tolerance"),
    ("---\nwidth: 3\n---\n", 2, "width"),
    ("---\nseed: -3\n---\n", 2, "seed"),
    ("```gradus exercise=a\n```\n```gradus solution=a\n```\n", 1, "no check"),
    ("```gradus exercise=a\n```\n```gradus check=a\n```\n", 1, "no solution"),
    ("```gradus check=a\n```\n", 1, "no exercise"),
    ("```gradus solution=a\n```\n", 1, "no exercise"),
    ("```gradus exercise=a check=a\n```\n", 1, "two of them"),
    ("```gradus exercise=a\n```\n```output\n```\n```gradus check=a\n```\n```gradus solution=a\n```\n", 3, "until it is solved"),
    ("<!-- hint b: x -->\n", 1, "no exercise"),
    ("\n<!-- hint b -->\n", 2, "names its exercise"),
  ]

  @Test(arguments: mistakes) func mistake(_ row: (text: String, line: Int, words: String)) throws {
    let error = try #require(throws: GradusError.self) { try literate(row.text) }
    #expect(error.kind == .syntax)
    #expect(error.place?.line == row.line)
    #expect(error.message.contains(row.words), "\(error.message)")
  }

  @Test func bytesThatAreNotText() throws {
    let error = try #require(throws: GradusError.self) {
      try LiterateFile(path: "a.md", bytes: Array("one\ntwo".utf8) + [0xFF])
    }
    #expect(error.kind == .file && error.message.contains("line 2"))
  }
}
