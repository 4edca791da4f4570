import Files
import Syntax

/// A Markdown file with cells to run, and what they must print; or a program, whose documentation is such a text.
///
/// Offsets are into the file's bytes, so that an update can leave all that it doesn't mean untouched.
package struct LiterateFile: Sendable {
  /// What errors call it.
  package let path: String
  /// The whole file, for excerpts in errors; its offsets are the file's.
  package let source: SourceText
  package let frontMatter: FrontMatter
  package let cells: [Cell]
  package let hints: [Hint]
  /// The program whose documentation this is, which runs before the cells.
  package let program: SourceText?

  /// A fence tagged `gradus`.
  package struct Cell: Sendable {
    /// Counted from 0 in the file.
    package let index: Int
    /// The line of its opening fence, counted from 1.
    package let line: Int
    package let options: CellOptions
    /// The code, under the file's name and with its line numbers.
    package let code: SourceText
    package let output: OutputFence?
    /// The lines between its fences.
    package let content: Range<Int>
    /// The bytes before the opening fence on its line.
    package let indentation: String
    package let newline: String
  }

  /// The fence tagged `output` after a cell.
  package struct OutputFence: Sendable {
    package let line: Int
    /// What lies between the line of the opening fence and the line of the closing one.
    package let content: Range<Int>
    /// The two runs of backticks or tildes.
    package let opening: Range<Int>
    package let closing: Range<Int>
    /// The bytes before the opening fence on its line.
    package let indentation: String
    package let newline: String
    /// The content's lines without the fence's indentation.
    package let lines: [String]
  }

  /// `<!-- hint name: text -->`
  package struct Hint: Sendable, Equatable {
    package let exercise: String
    package let text: String
    package let line: Int

    package init(exercise: String, text: String, line: Int) {
      self.exercise = exercise
      self.text = text
      self.line = line
    }
  }

  /// Reads a file: what is malformed in it is a syntax error with its place.
  package init(path: String) throws(GradusError) {
    let bytes: [UInt8]
    do {
      bytes = try readBytes(path: path)
    } catch {
      throw GradusError(.file, "\(error)")
    }
    try self.init(path: path, bytes: bytes)
  }

  package init(path: String, bytes: [UInt8]) throws(GradusError) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      // The decoder of texts finds the line.
      do {
        _ = try decodeText(bytes, path: path)
      } catch {
        throw GradusError(.file, "\(error)")
      }
      throw GradusError(.file, "\"\(path)\" is not UTF-8 text")
    }
    program = LiterateFile.isProgram(path) ? SourceText(name: path, text: text) : nil
    var reader = LiterateReader(SourceText(name: path, text: program == nil ? text : LiterateFile.documentation(in: text)))
    try reader.read()
    self.path = path
    source = reader.source
    frontMatter = reader.frontMatter
    cells = reader.cells
    hints = reader.hints
  }

  /// Whether a file is a program rather than a text with programs in it.
  package static func isProgram(_ path: String) -> Bool { path.lowercased().hasSuffix(".grad") }

  /// The `##` lines of a program without their signs; all other lines are empty, so that lines keep their numbers.
  private static func documentation(in program: String) -> String {
    program.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let content = line.drop { $0 == " " || $0 == "\t" }
      guard content.hasPrefix("##") else { return "" }
      let text = content.dropFirst(2)
      return text.hasPrefix(" ") ? String(text.dropFirst()) : String(text)
    }.joined(separator: "\n")
  }
}
