import Language
import Lessons
import Shell
import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `gradus check`: runs literate files, and the examples in the documentation of programs, shows what differs, and writes outputs anew if told to.
struct Check {
  private let command: CheckCommand
  private let streams: Streams

  init(_ command: CheckCommand) {
    self.command = command
    streams = Streams(command.common)
  }

  func run() -> ExitStatus {
    Signals.install()
    defer { streams.finish() }
    var settings = LessonSettings(session: streams.sessionOptions())
    settings.runsSlowCells = command.slow
    settings.dataFolder = Terminal.environment("GRADUS_DATA")
    settings.remainingTime = { streams.remainingTime }
    var summary = CheckSummary()
    for path in command.paths {
      let files: [String]
      do {
        files = try SourceFiles.list(path, endings: [".md"])
      } catch {
        streams.report(error)
        summary.addUnreadable()
        continue
      }
      for file in files {
        do {
          try check(file, settings, &summary)
        } catch {
          streams.report(error)
          if error.kind == .interrupted || error.kind == .limit { return streams.status(after: error) }
          summary.addUnreadable()
        }
        streams.output.flush()
      }
    }
    if command.common.json {
      streams.result("\(summary.text)\n")
    } else if !command.common.quiet || !summary.isFine {
      streams.output.write(summary.text + "\n")
    }
    if summary.isFine { return .done }
    return summary.unreadable > 0 ? .usage : .differs
  }

  private func check(_ path: String, _ settings: LessonSettings, _ summary: inout CheckSummary) throws(GradusError) {
    let file = try LiterateFile(path: path)
    let missing = file.missingNeeds(home: settings.session.home, dataFolder: settings.dataFolder)
    guard missing.isEmpty else {
      summary.addSkipped()
      if !command.common.quiet { streams.result("\(path): skipped, as it needs \(missing.joined(separator: ", "))\n") }
      return
    }
    var check = try LessonCheck(file, settings)
    if command.update, file.program == nil { check = try check.update() }
    summary.add(check)
    let report = CheckReport(check, color: streams.style.color != .none, ascii: streams.isASCII, width: streams.style.width)
    let text = report.text
    if !text.isEmpty { streams.result(text) }
    let updated = check.count { if case .updated = $0.outcome { true } else { false } }
    if updated > 0, !command.common.quiet { streams.result("\(path): \(updated) \(updated == 1 ? "output" : "outputs") updated\n") }
  }
}
