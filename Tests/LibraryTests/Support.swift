import Charts
import Foundation
import Language
import Library
import Syntax
import Testing

/// Runs programs in sessions of their own and gives what they write.
struct Runner {
  let session: Session
  private let written = Written()

  final class Written {
    var output = ""
    var diagnostics = ""
    var input: [String] = []
  }

  init(folder: String? = nil, input: [String] = []) {
    var options = SessionOptions()
    options.library = Library.sources
    options.threads = 2
    options.home = dataHome
    session = Session(options)
    session.folder = folder
    written.input = input
    session.output = { [written] in written.output += $0 }
    session.diagnostic = { [written] in written.diagnostics += $0 }
    session.readLine = { [written] in written.input.isEmpty ? nil : written.input.removeFirst() }
  }

  var output: String { written.output }
  var diagnostics: String { written.diagnostics }

  /// The output of one program, without its last newline.
  mutating func run(_ program: String) throws -> String {
    written.output = ""
    try session.run(SourceText(name: "test", text: program), echo: .text)
    return written.output.hasSuffix("\n") ? String(written.output.dropLast()) : written.output
  }

  /// The report of the error a program ends with, "" if it ends well.
  mutating func error(_ program: String) -> String {
    do {
      let output = try run(program)
      return "no error, but: \(output)"
    } catch let error as GradusError {
      return ErrorReport(error).text(color: false, ascii: false, width: 200)
    } catch {
      return "\(error)"
    }
  }
}

/// The folder that holds `data/`: what the environment names, else that of the checkout.
let dataHome: String? = {
  if let home = ProcessInfo.processInfo.environment["GRADUS_HOME"] { return home }
  var folder = URL(fileURLWithPath: #filePath)
  for _ in 0..<3 { folder.deleteLastPathComponent() }
  for candidate in ["", "/Tutorials"] where FileManager.default.fileExists(atPath: folder.path + candidate + "/data/digits.csv") {
    return folder.path + candidate
  }
  return nil
}()

/// A folder that exists while the body runs.
func withTemporaryFolder<T>(_ body: (String) throws -> T) throws -> T {
  let folder = FileManager.default.temporaryDirectory.path + "/gradus-library-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// A program and what it writes.
struct Row: Sendable, CustomTestStringConvertible {
  let program: String
  let expected: String
  init(_ program: String, _ expected: String) {
    self.program = program
    self.expected = expected
  }
  var testDescription: String { program }
}
