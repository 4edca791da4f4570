import Language
import Syntax

/// The outcome of running all cells of a file and comparing what they print with what is written.
package struct LessonCheck: Sendable {
  package enum Outcome: Sendable {
    /// It ran, and printed what is written, if something is.
    case agrees
    case differs(OutputComparison)
    /// It failed though it must not.
    case failed(GradusError)
    /// It must fail and did not.
    case didNotFail
    /// The exercise passes its own check without being solved.
    case passesUnsolved(String)
    case isSlow
    /// It differed, and the file now says what it prints.
    case updated
  }

  package struct CellResult: Sendable {
    package let cell: LiterateFile.Cell
    package let outcome: Outcome
    /// An earlier cell failed, so that what this one had to work with is not what it should be.
    package let isAfterError: Bool
  }

  package let file: LiterateFile
  package let results: [CellResult]

  package func count(where condition: (CellResult) -> Bool) -> Int { results.reduce(0) { condition($1) ? $0 + 1 : $0 } }

  /// The results that are not as they should be.
  package var problems: [CellResult] {
    results.filter {
      switch $0.outcome {
      case .agrees, .isSlow, .updated: false
      default: true
      }
    }
  }

  /// The same results once the outputs that differ have been written.
  package var updated: LessonCheck {
    LessonCheck(
      file: file,
      results: results.map { result in
        guard case .differs = result.outcome, !result.isAfterError else { return result }
        return CellResult(cell: result.cell, outcome: .updated, isAfterError: false)
      })
  }

  private init(file: LiterateFile, results: [CellResult]) {
    self.file = file
    self.results = results
  }

  /// Runs the file. Only an interrupt and the end of the time throw.
  package init(_ file: LiterateFile, _ settings: LessonSettings) throws(GradusError) {
    self.file = file
    var check = Checker(file: file, settings: settings)
    try check.run()
    results = check.results
  }
}

/// The walk through a file's cells.
private struct Checker {
  let file: LiterateFile
  let settings: LessonSettings
  var results: [LessonCheck.CellResult] = []
  private let session: LessonSession
  private var isAfterError = false
  /// What the solutions printed that ran before their place, for the sake of a check.
  private var solved: [String: LessonSession.Result] = [:]

  init(file: LiterateFile, settings: LessonSettings) {
    self.file = file
    self.settings = settings
    session = LessonSession(file, settings)
  }

  mutating func run() throws(GradusError) {
    if let program = file.program { try session.run(program: program) }
    for cell in file.cells {
      if cell.options.slow, !settings.runsSlowCells {
        results.append(LessonCheck.CellResult(cell: cell, outcome: .isSlow, isAfterError: false))
        continue
      }
      switch cell.options.role {
      case .plain: note(cell, try session.run(cell))
      case .exercise: continue
      case .check(let name):
        if solved[name] == nil, let solution = file.solution(of: name) { solved[name] = try session.run(solution) }
        note(cell, try session.run(cell))
      case .solution(let name):
        if let result = solved[name] { note(cell, result) } else {
          let result = try session.run(cell)
          solved[name] = result
          note(cell, result)
        }
      }
    }
    try checkUnsolved()
  }

  private mutating func note(_ cell: LiterateFile.Cell, _ result: LessonSession.Result) {
    let outcome = LessonCheck.Outcome(cell, result)
    results.append(LessonCheck.CellResult(cell: cell, outcome: outcome, isAfterError: isAfterError))
    if case .failed = outcome { isAfterError = true }
  }

  /// Runs everything once more in a session of its own, where each exercise is tried as it stands before its solution runs.
  private mutating func checkUnsolved() throws(GradusError) {
    var left = file.cells.reduce(0) { if case .check = $1.options.role { $0 + 1 } else { $0 } }
    guard left > 0 else { return }
    // What these cells say on the way was said before.
    var silent = settings
    silent.diagnostic = { _ in }
    let session = LessonSession(file, silent)
    var exercises: [String: LiterateFile.Cell] = [:]
    var solved: Set<String> = []
    for cell in file.cells where left > 0 {
      if cell.options.slow, !settings.runsSlowCells { continue }
      switch cell.options.role {
      case .plain: _ = try session.run(cell)
      case .exercise(let name): exercises[name] = cell
      case .solution(let name):
        // Its check comes later: the exercise is tried there, before this.
        if !hasCheckAfter(cell, name) { if solved.insert(name).inserted { _ = try session.run(cell) } }
      case .check(let name):
        left -= 1
        guard let exercise = exercises[name] else { continue }
        if try session.run(exercise).error == nil, try session.run(cell).error == nil {
          results.append(LessonCheck.CellResult(cell: exercise, outcome: .passesUnsolved(name), isAfterError: isAfterError))
        }
        if solved.insert(name).inserted, let solution = file.solution(of: name) { _ = try session.run(solution) }
        _ = try session.run(cell)
      }
    }
    results.sort { $0.cell.index < $1.cell.index }
  }

  private func hasCheckAfter(_ cell: LiterateFile.Cell, _ name: String) -> Bool {
    file.cells[cell.index...].contains { $0.options.role == .check(name) }
  }
}

extension LessonCheck.Outcome {
  init(_ cell: LiterateFile.Cell, _ result: LessonSession.Result) {
    let allowance = OutputAllowance(tolerance: cell.options.tolerance, numbersVary: cell.options.varies)
    var printed = OutputComparison.lines(of: result.output)
    if cell.options.error {
      guard let error = result.error else {
        self = .didNotFail
        return
      }
      let report = ErrorReport(error.seen(in: cell)).text(color: false, ascii: false, width: 80).split(separator: "\n", omittingEmptySubsequences: false)
      guard let output = cell.output else {
        self = .agrees
        return
      }
      // The message alone will do, without the place it points at.
      let message = OutputComparison(written: output.lines, printed: printed + report.prefix(1).map { String($0) }, allowance: allowance)
      printed += report.map { String($0) }
      let whole = OutputComparison(written: output.lines, printed: printed, allowance: allowance)
      self = message.agrees || whole.agrees ? .agrees : .differs(whole)
      return
    }
    if let error = result.error {
      self = .failed(error)
      return
    }
    guard let output = cell.output else {
      self = .agrees
      return
    }
    let comparison = OutputComparison(written: output.lines, printed: printed, allowance: allowance)
    self = comparison.agrees ? .agrees : .differs(comparison)
  }
}

extension GradusError {
  /// The error with its places counted from the cell's first line, so that prose written above it changes nothing.
  fileprivate func seen(in cell: LiterateFile.Cell) -> GradusError {
    func moved(_ place: Place) -> Place {
      guard place.source.name == cell.code.name else { return place }
      let text = place.source === cell.code ? cell.code.text : place.source.text
      return Place(source: SourceText(name: "cell", text: text), span: place.span)
    }
    var copy = self
    copy.place = place.map(moved)
    copy.stack = stack.map { Call(function: $0.function, place: $0.place.map(moved)) }
    return copy
  }
}
