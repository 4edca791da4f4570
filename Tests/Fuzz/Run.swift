import Language
import Library
import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One run over a row of numbered programs.
struct Run {
  private let arguments: Arguments
  private let functions: [String]
  private let mutation: Mutation
  private var isInterrupted = false

  /// Programs that share a session.
  private static let perSession = 20
  /// These would reach outside of the session.
  private static let forbidden: Set<String> = ["write", "save", "write_csv", "input", "sleep", "exit", "play"]

  init(_ arguments: Arguments) {
    self.arguments = arguments
    functions = Run.session().libraryNames.filter { !$0.hasPrefix("__") && !Run.forbidden.contains($0) }
    let written = Corpus.examples(Library.sources) + Corpus.definitions(Library.sources) + (arguments.project.map(Corpus.project) ?? [])
    mutation = Mutation(written.filter { program in !Run.forbidden.contains { program.contains($0) } })
  }

  static func session() -> Session {
    var options = SessionOptions()
    options.library = Library.sources
    options.memoryLimit = 300_000_000
    options.threads = 1
    let session = Session(options)
    session.output = { _ in }
    session.diagnostic = { _ in }
    session.readLine = { nil }
    return session
  }

  /// How many inputs did what they must not.
  mutating func findings() -> Int {
    var endings: [String: Int] = [:]
    if let number = arguments.show {
      print(program(number))
      return 0
    }
    var found = 0
    var session = Run.session()
    let first = arguments.from / Run.perSession * Run.perSession
    for number in first..<(arguments.from + arguments.count) {
      if number % Run.perSession == 0 { session = Run.session() }
      // Some are interrupted at once and then go on.
      isInterrupted = number % 5 == 4
      session.timeLimit = isInterrupted ? 0.0002 * Double(1 + number % 4) : arguments.seconds
      Watch.current.pointee = number
      let (ending, complaint) = outcome(of: program(number), session)
      endings[ending, default: 0] += 1
      if let complaint {
        found += 1
        print("input \(number): \(complaint)\n\(program(number))\n")
      }
    }
    print("\(arguments.count) inputs, \(found) findings; " + endings.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    fflush(nil)
    return found
  }

  /// The program of a number.
  private func program(_ number: Int) -> String {
    let random = Generator(number)
    return number % 2 == 0 ? RandomProgram.text(random, functions: functions) : mutation.text(random)
  }

  private func run(_ source: SourceText, _ session: Session) throws(GradusError) {
    do {
      try session.run(source, echo: .display)
    } catch {
      guard isInterrupted, error.kind == .limit, session.interruption != nil else { throw error }
      session.timeLimit = arguments.seconds
      try session.resume()
    }
  }

  /// Runs a program: how it ended, and what is wrong with that, if anything.
  private func outcome(of text: String, _ session: Session) -> (ending: String, complaint: String?) {
    let source = SourceText(name: "fuzz", text: text)
    if let complaint = complaintAboutLayout(source) { return ("layout", complaint) }
    do throws(GradusError) {
      try run(source, session)
      return ("well", nil)
    } catch {
      let report = ErrorReport(error).text(color: true, ascii: false, width: 60)
      let ending = error.kind.rawValue
      guard let place = error.place else { return (ending, "an error without a place: \(error.message)") }
      let isInside = place.span.start >= 0 && place.span.start <= place.span.end && place.span.end <= place.source.utf8.count
      if !isInside { return (ending, "an error whose place lies outside of its text: \(error.message)") }
      return (ending, error.message.isEmpty || report.isEmpty ? "an error without words" : nil)
    }
  }

  /// A program's layout is a program again, and its own layout.
  private func complaintAboutLayout(_ source: SourceText) -> String? {
    guard let once = try? Formatter.format(source) else { return nil }
    guard let twice = try? Formatter.format(SourceText(name: "layout", text: once)) else { return "its layout is no program:\n\(once)" }
    return once == twice ? nil : "its layout changes when it is laid out again:\n\(once)\n\(twice)"
  }
}
