import Files
import Kernels
import Language
import Lessons
import Shell
import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Runs a file, a text or standard input, or opens the prompt.
struct Batch {
  private let options: RunOptions
  private let streams: Streams

  /// Bytes; what is longer was not meant to be a program.
  private static let longestProgram = 1 << 28

  init(_ options: RunOptions) {
    self.options = options
    streams = Streams(options.common)
  }

  /// What there is to run.
  private enum Source {
    case program(Program, echo: Session.Echo)
    case lesson(LiterateFile)
    case nothing
  }

  /// What was run and what came of it. The process ends with it, so nobody takes it apart piece by piece.
  private final class Remains {
    private let source: Source
    private let session: Session
    init(_ source: Source, _ session: Session) {
      self.source = source
      self.session = session
    }
  }

  func run() -> ExitStatus {
    Signals.install()
    defer { streams.finish() }
    let isPrompt = options.isInteractive || (options.expressions.isEmpty && options.file.isEmpty && streams.isInputTerminal && streams.isOutputTerminal)
    let source: Source
    do {
      source = try isPrompt && !options.isInteractive ? .nothing : read()
    } catch {
      streams.report(error)
      // What cannot be read or parsed is no error of a running program.
      return error.kind == .interrupted || error.kind == .limit ? streams.status(after: error) : .usage
    }
    let arguments = options.expressions.isEmpty ? Array(options.file.dropFirst()) : options.file
    let session = streams.makeSession(arguments: arguments)
    _ = Unmanaged.passRetained(Remains(source, session))
    session.timeLimit = options.common.timeLimit
    if options.expressions.isEmpty { session.folder = options.file.first.flatMap(Batch.folder) }
    do {
      switch source {
      case .program(let program, let echo): try session.run(program, echo: echo)
      case .lesson(let lesson): try run(lesson, in: session)
      case .nothing: break
      }
    } catch {
      streams.report(error)
      if !isPrompt || error.kind == .interrupted { return streams.status(after: error) }
    }
    // What is typed means the current folder.
    session.folder = nil
    return isPrompt ? prompt(session) : .done
  }

  // MARK: - Reading

  private func read() throws(GradusError) -> Source {
    if !options.expressions.isEmpty {
      let text = options.expressions.joined(separator: "\n")
      return .program(try Parser.parse(SourceText(name: "<expression>", text: text)), echo: .text)
    }
    guard let path = options.file.first, path != "-" else {
      return .program(try Parser.parse(SourceText(name: "<stdin>", text: standardInput())), echo: .text)
    }
    if SourceFiles.isLesson(path) { return .lesson(try LiterateFile(path: path)) }
    return .program(try program(path), echo: options.echo ? .text : .none)
  }

  /// Where the paths in a file begin.
  private static func folder(of path: String) -> String? {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) }
  }

  private func program(_ path: String) throws(GradusError) -> Program {
    do {
      let text = try readText(path: path, limit: Batch.longestProgram) { Interrupt.isRequested || streams.remainingTime == 0 }
      return try Parser.parse(SourceText(name: path, text: text))
    } catch let error as GradusError {
      throw error
    } catch FileError.interrupted {
      throw Interrupt.isRequested ? GradusError(.interrupted, "interrupted") : GradusError(.limit, "the time limit is over before the program was read")
    } catch {
      throw GradusError(.file, "\(error)")
    }
  }

  private func standardInput() throws(GradusError) -> String {
    let (bytes, stop) = streams.input.readAll()
    switch stop {
    case .interrupted: throw GradusError(.interrupted, "interrupted")
    case .tooLate: throw GradusError(.limit, "the time limit is over before the program was read")
    default: break
    }
    do {
      return try decodeText(bytes, path: "-")
    } catch {
      throw GradusError(.file, "\(error)")
    }
  }

  // MARK: - Lessons

  private func run(_ lesson: LiterateFile, in session: Session) throws(GradusError) {
    let missing = lesson.missingNeeds(home: session.home, dataFolder: Terminal.environment("GRADUS_DATA"))
    guard missing.isEmpty else {
      throw GradusError(
        .file, "\"\(lesson.path)\" needs \(missing.joined(separator: ", "))", hints: ["set GRADUS_DATA to the folder that holds it"])
    }
    if options.common.width == nil, !streams.isOutputTerminal, let width = lesson.frontMatter.width { session.style.width = width }
    try lesson.run(in: session, seed: options.common.seed) { streams.report($0) }
  }

  // MARK: - The prompt

  private func prompt(_ session: Session) -> ExitStatus {
    guard streams.isInputTerminal, streams.isOutputTerminal else {
      // No terminal to ask on: the rest of the input is one more text.
      do {
        try session.run(SourceText(name: "<stdin>", text: standardInput()), echo: .text)
        return .done
      } catch {
        streams.report(error)
        return streams.status(after: error)
      }
    }
    streams.input.deadline = nil
    Signals.endsUnanswered.store(false, ordering: .relaxed)
    if !options.common.quiet {
      streams.output.write("Gradus \(Gradus.version), seed \(options.common.seed ?? 0). `:help` lists the commands, Ctrl-D ends.\n")
    }
    if !options.skipsStartup { runStartupFile(session) }
    let style = PromptStyle(
      ascii: streams.isASCII, color: streams.errorColors, width: streams.errorWidth, followsWindow: options.common.width == nil)
    Prompt(
      session: session, reader: reader(session, style), output: streams.output, errors: streams.errors, style: style,
      load: { path throws(GradusError) in try load(path, in: session) }, isTerminated: { Signals.isTerminated }
    ).run()
    return Signals.isTerminated ? .signal(SIGTERM) : .done
  }

  /// `:load`: a program without echo, a lesson with it.
  private func load(_ path: String, in session: Session) throws(GradusError) {
    let before = session.folder
    session.folder = Batch.folder(of: path)
    defer { session.folder = before }
    if SourceFiles.isLesson(path) { return try run(LiterateFile(path: path), in: session) }
    try session.run(program(path), echo: .none)
  }

  /// The line editor; plain lines where the terminal cannot bear it.
  private func reader(_ session: Session, _ style: PromptStyle) -> any CellReader {
    LineEditor(
      session: session, output: streams.output, style: style, commands: Prompt.commandNames, history: HistoryFile.standard(),
      isTerminated: { Signals.isTerminated })
      ?? PlainReader(
        input: streams.input, output: streams.output, errors: streams.errors, style: style, isTerminated: { Signals.isTerminated })
  }

  /// `gradus/init.grad` in the user's folder of settings (XDG Base Directory Specification).
  private func runStartupFile(_ session: Session) {
    let folder: String
    if let settings = Terminal.environment("XDG_CONFIG_HOME"), settings.hasPrefix("/") {
      folder = settings
    } else if let home = Terminal.environment("HOME"), !home.isEmpty {
      folder = home + "/.config"
    } else {
      return
    }
    let path = folder + "/gradus/init.grad"
    guard access(path, F_OK) == 0 else { return }
    do {
      try session.run(SourceText(name: path, text: readText(path: path)), echo: .none)
    } catch let error as GradusError {
      streams.report(error)
    } catch {
      streams.report(GradusError(.file, "\(error)"))
    }
  }
}
