import Foundation
import Language
import Library
import Syntax
import Testing

/// The language in small programs, a file a section of its description: `Page/*.grad`.
///
/// A program ends with what it shows: `#=> text`, at the end of its line or on lines of their own; `#~ text` for what is written beside it, warnings
/// and notes; `#! text` for the whole report of its error. Each runs in a session and a folder of its own. A line that begins with `# ` between
/// programs quotes the sentence that they prove.
@Suite struct PageTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Page").path

  static let files: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".grad") }.sorted()

  @Test(arguments: files)
  func holds(_ file: String) throws {
    let text = try String(contentsOfFile: Self.folder + "/" + file, encoding: .utf8)
    let programs = PageProgram.all(in: text)
    #expect(!programs.isEmpty)
    var mismatches: [String] = []
    for program in programs {
      let found = try program.run()
      if found != program.expected { mismatches.append("\(file):\(program.line)\n\(program.text)\n--- expected\n\(program.expected.text)\n--- found\n\(found.text)") }
    }
    #expect(mismatches.isEmpty, "\(mismatches.count) of \(programs.count) programs differ:\n\n\(mismatches.joined(separator: "\n\n"))")
  }

  @Test func everySectionIsThere() {
    #expect(Self.files.count >= 18)
  }
}

/// A program of a page and what it must write.
struct PageProgram {
  struct Outcome: Equatable {
    var shown: [String] = []
    var told: [String] = []
    var report: [String] = []

    var text: String { (shown.map { "#=> " + $0 } + told.map { "#~ " + $0 } + report.map { "#! " + $0 }).joined(separator: "\n") }
  }

  /// Of its first line.
  let line: Int
  let text: String
  let expected: Outcome

  static func all(in page: String) -> [PageProgram] {
    var programs: [PageProgram] = []
    var lines: [String] = []
    var first = 0
    var expected = Outcome()
    var isExpecting = false
    func finish() {
      if !lines.isEmpty { programs.append(PageProgram(line: first, text: lines.joined(separator: "\n"), expected: expected)) }
      lines = []
      expected = Outcome()
      isExpecting = false
    }
    /// What follows a sign, without the space after it.
    func rest(_ line: Substring, _ sign: String) -> String? {
      guard line.hasPrefix(sign) else { return nil }
      let rest = line.dropFirst(sign.count)
      return String(rest.hasPrefix(" ") ? rest.dropFirst() : rest)
    }
    for (index, line) in page.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if let text = rest(line, "#=>") {
        if !text.isEmpty { expected.shown.append(text) }
        isExpecting = true
      } else if let text = rest(line, "#~") {
        expected.told.append(text)
        isExpecting = true
      } else if let text = rest(line, "#!") {
        expected.report.append(text)
        isExpecting = true
      } else {
        if isExpecting { finish() }
        if lines.isEmpty, line.allSatisfy(\.isWhitespace) || line.hasPrefix("# ") { continue }
        if lines.isEmpty { first = index + 1 }
        if let mark = line.range(of: " #=>", options: .backwards) {
          lines.append(String(line[..<mark.lowerBound]))
          let text = line[mark.upperBound...].drop { $0 == " " }
          if !text.isEmpty { expected.shown.append(String(text)) }
          isExpecting = true
        } else {
          lines.append(String(line))
        }
      }
    }
    finish()
    return programs
  }

  func run() throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory.path + "/gradus-page-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var options = SessionOptions()
    options.library = Library.sources
    options.style.width = 100
    let session = Session(options)
    session.currentFolder = folder
    var shown = "", told = "", report = ""
    session.output = { shown += $0 }
    session.diagnostic = { told += $0 }
    do {
      try session.run(SourceText(name: "page", text: text), echo: .text)
    } catch {
      report = ErrorReport(error).text(color: false, ascii: false, width: 100)
    }
    func lines(_ text: String) -> [String] {
      var lines = text.replacing(folder + "/", with: "").split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
        var line = line
        while line.last == " " { line.removeLast() }
        return String(line)
      }
      if lines.last?.isEmpty == true { lines.removeLast() }
      return lines
    }
    return Outcome(shown: lines(shown), told: lines(told), report: lines(report))
  }
}
