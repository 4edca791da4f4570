import Foundation
import Language
import Library
import Syntax
import Testing

/// Every example in the documentation of the library.
struct ExampleTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let name: String
    let program: String
    /// nil where nothing is said about the output: then there must be none.
    let expected: String?
    var testDescription: String { name }
  }

  static let definitions: [DefinitionPlace] = Library.sources.flatMap { Parser.index(of: $0) }
  static let examples: [Example] = definitions.flatMap { examples(of: $0) }

  @Test func everyDefinitionIsDocumentedWithAnExample() {
    for definition in Self.definitions where !definition.name.hasPrefix("__") {
      let documentation = definition.documentation ?? ""
      #expect(documentation.contains("```gradus"), "\(definition.name) has no example")
    }
    #expect(Self.examples.count > 150)
  }

  @Test func namesAreDefinedOnce() {
    var seen: [String: String] = [:]
    for definition in Self.definitions {
      let file = definition.source.name
      #expect(seen[definition.name] == nil, "\(definition.name) stands in \(file) and in \(seen[definition.name] ?? "")")
      seen[definition.name] = file
    }
  }

  @Test func allOfItCompiles() throws {
    try Runner().session.compileLibrary()
  }

  @Test(arguments: examples)
  func gives(_ example: Example) throws {
    try withTemporaryFolder { folder in
      var runner = Runner(folder: folder, input: ["Ada"])
      do {
        runner.session.currentFolder = folder
        let output = try runner.run(example.program)
        #expect(agrees(output, with: example.expected ?? ""), "\(example.name)\n--- written:\n\(output)\n--- expected:\n\(example.expected ?? "")")
      } catch let error as GradusError {
        Issue.record("\(example.name): \(ErrorReport(error).text(color: false, ascii: false, width: 160))")
      }
    }
  }

  private static func examples(of definition: DefinitionPlace) -> [Example] {
    var found: [Example] = []
    var kind = ""
    var lines: [String] = []
    var program: String?
    func finish(_ expected: String?) {
      guard let text = program else { return }
      found.append(Example(name: definition.name, program: text, expected: expected))
      program = nil
    }
    for line in (definition.documentation ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("```") {
        switch kind {
        case "gradus": program = lines.joined(separator: "\n")
        case "output": finish(lines.joined(separator: "\n"))
        default:
          if line != "```output" { finish(nil) }
        }
        kind = kind.isEmpty ? String(line.dropFirst(3)) : ""
        lines = []
      } else {
        lines.append(line)
      }
    }
    finish(nil)
    return found
  }
}

/// Compares line by line: `...` stands for any lines, `[..]` for any text in a line.
func agrees(_ output: String, with expected: String) -> Bool {
  func matches(_ line: Substring, _ pattern: Substring) -> Bool {
    guard let gap = pattern.range(of: "[..]") else { return line == pattern }
    let before = pattern[..<gap.lowerBound], after = pattern[gap.upperBound...]
    return line.count >= before.count + after.count && line.hasPrefix(before) && line.hasSuffix(after)
  }
  func agree(_ lines: ArraySlice<Substring>, _ patterns: ArraySlice<Substring>) -> Bool {
    guard let pattern = patterns.first else { return lines.isEmpty }
    if pattern == "..." {
      return (lines.startIndex...lines.endIndex).contains { agree(lines[$0...], patterns.dropFirst()) }
    }
    guard let line = lines.first, matches(line, pattern) else { return false }
    return agree(lines.dropFirst(), patterns.dropFirst())
  }
  let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
  let patterns = expected.split(separator: "\n", omittingEmptySubsequences: false)
  return agree(lines[...], patterns[...])
}
