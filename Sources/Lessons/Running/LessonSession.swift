import Charts
import Language
import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What literate files are run with.
package struct LessonSettings {
  /// Seed, threads, memory, library and home; the style is the file's.
  package var session: SessionOptions
  /// Cells flagged `slow` run too.
  package var runsSlowCells = false
  /// A folder of further data sets, beside those of `home`.
  package var dataFolder: String?
  /// Seconds left for everything still to run.
  package var remainingTime: () -> Double? = { nil }
  /// Warnings and progress of the cells.
  package var diagnostic: (String) -> Void = { _ in }

  package init(session: SessionOptions) { self.session = session }
}

/// One session that runs the cells of one file, and keeps what each of them printed.
final class LessonSession {
  struct Result {
    var output: String
    var error: GradusError?
  }

  private let session: Session
  private let settings: LessonSettings

  init(_ file: LiterateFile, _ settings: LessonSettings) {
    self.settings = settings
    var options = settings.session
    options.seed = file.frontMatter.seed ?? options.seed
    options.style = ChartStyle(width: file.frontMatter.width ?? 80)
    options.isTerminal = false
    session = Session(options)
    session.diagnostic = settings.diagnostic
    session.readLine = { nil }
    // Paths in a file begin where the file is.
    session.folder = file.path.lastIndex(of: "/").map { $0 == file.path.startIndex ? "/" : String(file.path[..<$0]) }
  }

  /// Runs the program whose documentation the file is; what it writes is not looked at.
  func run(program: SourceText) throws(GradusError) {
    session.output = { _ in }
    try session.run(program, echo: .none)
  }

  /// Runs one cell as at the prompt. An interrupt, and the end of the time, end the whole run.
  func run(_ cell: LiterateFile.Cell) throws(GradusError) -> Result {
    if let seed = cell.options.seed { session.restart(seed: seed) }
    var output = ""
    session.output = { output += $0 }
    if let time = settings.remainingTime() {
      guard time > 0 else { throw GradusError(.limit, "the time limit is over before line \(cell.line)") }
      session.timeLimit = time
    }
    do {
      try session.run(cell.code, echo: .display)
      return Result(output: output, error: nil)
    } catch {
      if error.kind == .interrupted { throw error }
      if error.kind == .limit, let time = settings.remainingTime(), time <= 0 { throw error }
      return Result(output: output, error: error)
    }
  }
}

extension Session {
  /// Begins the random numbers anew, as the program's `seed(n)`.
  func restart(seed: UInt64) {
    engine.randomSeed = seed
    engine.randomCounter = 0
  }
}

extension LiterateFile {
  /// The data the front matter asks for that is in neither folder.
  package func missingNeeds(home: String?, dataFolder: String?) -> [String] {
    frontMatter.needs.filter { name in
      let places = [home.map { $0 + "/data/" + name }, dataFolder.map { $0 + "/" + name }]
      return !places.contains { $0.map { access($0, R_OK) == 0 } ?? false }
    }
  }
}
