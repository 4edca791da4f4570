import Language
import Syntax

extension LiterateFile {
  /// Runs the cells one after another in a session, as they would run at its prompt. The first error ends it, except in a cell
  /// that must fail, whose error is handed to `report`.
  ///
  /// Nothing runs before all cells are parsed. An exercise with holes is passed over; its solution runs in its place.
  package func run(
    in session: Session, runsSlowCells: Bool = true, seed: UInt64? = nil, report: (GradusError) -> Void
  ) throws(GradusError) {
    var programs: [(cell: Cell, program: Program)] = []
    let open = try openExercises()
    for cell in cells {
      if cell.options.slow, !runsSlowCells { continue }
      switch cell.options.role {
      case .plain, .check: break
      case .exercise(let name): if open.contains(name) { continue }
      case .solution: continue
      }
      if case .check(let name) = cell.options.role, open.contains(name), let solution = solution(of: name) {
        programs.append((solution, try Parser.parse(solution.code)))
      }
      do {
        programs.append((cell, try Parser.parse(cell.code)))
      } catch {
        guard cell.options.error else { throw error }
        report(error)
      }
    }
    if let seed = seed ?? frontMatter.seed { session.restart(seed: seed) }
    for (cell, program) in programs {
      if let seed = cell.options.seed { session.restart(seed: seed) }
      do {
        try session.run(program, echo: .display)
      } catch {
        guard cell.options.error, error.kind != .interrupted else { throw error }
        report(error)
      }
    }
  }

  func solution(of name: String) -> Cell? { cells.first { $0.options.role == .solution(name) } }

  /// The exercises that still have holes.
  private func openExercises() throws(GradusError) -> Set<String> {
    var names: Set<String> = []
    for cell in cells {
      if case .exercise(let name) = cell.options.role, cell.code.text.contains("___") { names.insert(name) }
    }
    return names
  }
}
