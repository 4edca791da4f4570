import Charts
import Language
import Library
import Shell
import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The three streams of the process, as the options want them: results on one, diagnostics on the other, or JSON objects.
final class Streams {
  let input = LineInput()
  let output: TextOutput
  let errors: TextOutput
  let isInputTerminal: Bool
  let isOutputTerminal: Bool
  let style: ChartStyle
  let errorColors: Bool
  let errorWidth: Int
  private let options: CommonOptions
  private let json: JSONLines?
  /// When all must be done, on the monotonic clock.
  let deadline: Double?

  init(_ options: CommonOptions) {
    self.options = options
    isInputTerminal = Terminal.isTerminal(STDIN_FILENO)
    isOutputTerminal = Terminal.isTerminal(STDOUT_FILENO)
    let isErrorTerminal = Terminal.isTerminal(STDERR_FILENO)
    output = TextOutput(descriptor: STDOUT_FILENO, isBuffered: !isOutputTerminal)
    errors = TextOutput(descriptor: STDERR_FILENO, isBuffered: true)
    let window = isOutputTerminal ? Terminal.size(of: STDOUT_FILENO) : nil
    style = ChartStyle(
      width: options.width ?? window?.width ?? 80, height: window?.height ?? 24,
      glyphs: options.ascii || !Terminal.isUnicode() ? .ascii : .unicode,
      color: options.json ? .none : Terminal.colors(options.color, isTerminal: isOutputTerminal))
    errorColors = Terminal.colors(options.color, isTerminal: isErrorTerminal) != .none
    errorWidth = options.width ?? (isErrorTerminal ? Terminal.size(of: STDERR_FILENO)?.width : nil) ?? 80
    json = options.json ? JSONLines(output) : nil
    deadline = options.timeLimit.map { LineInput.now() + $0 }
    input.deadline = deadline
  }

  var isASCII: Bool { style.glyphs == .ascii }

  /// The options of a session on these streams.
  func sessionOptions(arguments: [String] = []) -> SessionOptions {
    var session = SessionOptions()
    session.seed = options.seed ?? 0
    if let threads = options.threads { session.threads = threads }
    session.memoryLimit = options.memoryLimit?.bytes
    session.arguments = arguments
    session.style = style
    // What cannot move its cursor is shown plain lines.
    session.isTerminal = isOutputTerminal && !options.json && Terminal.canMoveCursor()
    session.home = Installation.home()
    session.library = Library.sources
    return session
  }

  func makeSession(arguments: [String]) -> Session {
    let session = Session(sessionOptions(arguments: arguments))
    session.output = { [self] in result($0) }
    session.diagnostic = { [self] in diagnostic($0) }
    session.readLine = { [self] in
      output.flush()
      if case .text(let line) = input.readLine() { return line }
      return nil
    }
    return session
  }

  /// Seconds until the deadline.
  var remainingTime: Double? { deadline.map { max(0, $0 - LineInput.now()) } }

  // MARK: - Writing

  func result(_ text: String) {
    if let json { json.result(text) } else { output.write(text) }
  }

  /// A warning or a line of progress.
  func diagnostic(_ text: String) {
    let isWarning = text.hasPrefix("warning")
    if options.quiet, !isWarning { return }
    if let json, isWarning { return json.warning(text) }
    output.flush()
    errors.write(text)
    errors.flush()
  }

  func report(_ error: GradusError) {
    if let json { return json.error(error) }
    output.flush()
    errors.write(ErrorReport(error).text(color: errorColors, ascii: isASCII, width: errorWidth) + "\n")
    errors.flush()
  }

  func finish() {
    json?.finish()
    output.flush()
    errors.flush()
  }

  /// How the process ends after an error.
  func status(after error: GradusError) -> ExitStatus {
    switch error.kind {
    case .interrupted: return .signal(Signals.last ?? SIGINT)
    case .limit: return remainingTime == 0 ? .outOfTime : .error
    case .syntax: return .usage
    default: return .error
    }
  }
}
