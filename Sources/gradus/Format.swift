import Files
import Lessons
import Shell
import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `gradus format`: writes programs, and the cells of literate files, in the standard layout.
struct Format {
  private let command: FormatCommand
  private let output = TextOutput(descriptor: STDOUT_FILENO, isBuffered: true)
  private let errors = TextOutput(descriptor: STDERR_FILENO, isBuffered: true)

  init(_ command: FormatCommand) { self.command = command }

  func run() -> ExitStatus {
    var status = ExitStatus.done
    for path in command.paths {
      do {
        for file in path == "-" ? ["-"] : try SourceFiles.list(path, endings: [".grad", ".md", ".markdown"]) {
          do {
            if try format(file), command.check, status == .done { status = .differs }
          } catch {
            report(error)
            status = .usage
          }
        }
      } catch {
        report(error)
        status = .usage
      }
    }
    output.flush()
    errors.flush()
    return status
  }

  /// Whether the file was not in the standard layout.
  private func format(_ path: String) throws(GradusError) -> Bool {
    let name = path == "-" ? "<stdin>" : path
    let bytes: [UInt8]
    do {
      bytes = try readBytes(path: path)
    } catch {
      throw GradusError(.file, "\(error)")
    }
    let formatted = try Self.formatted(bytes, name: name)
    let differs = formatted != bytes
    if command.check {
      if differs { output.write(name + "\n") }
    } else if path == "-" {
      output.write(String(decoding: formatted, as: UTF8.self))
    } else if differs {
      do {
        try writeBytes(formatted, path: path)
      } catch {
        throw GradusError(.file, "\(error)")
      }
      if !command.quiet { output.write("\(path): formatted\n") }
    }
    return differs
  }

  private static func formatted(_ bytes: [UInt8], name: String) throws(GradusError) -> [UInt8] {
    if SourceFiles.isLesson(name) { return try LiterateFile(path: name, bytes: bytes).formatted() }
    let text: String
    do {
      text = try decodeText(bytes, path: name)
    } catch {
      throw GradusError(.file, "\(error)")
    }
    // A byte order mark stays where it is.
    let mark = bytes.count - text.utf8.count
    return try bytes[..<mark] + Array(Formatter.format(SourceText(name: name, text: text)).utf8)
  }

  private func report(_ error: GradusError) {
    let isTerminal = Terminal.isTerminal(STDERR_FILENO)
    let width = isTerminal ? Terminal.size(of: STDERR_FILENO)?.width : nil
    let text = ErrorReport(error).text(
      color: Terminal.colors(command.color, isTerminal: isTerminal) != .none, ascii: command.ascii || !Terminal.isUnicode(), width: width ?? 80)
    output.flush()
    errors.write(text + "\n")
    errors.flush()
  }
}
