import ArgumentParser

/// What is wrong with the arguments.
struct UsageError: Error { let message: String }

/// What the arguments ask for.
enum Task {
  case run(RunOptions)
  case check(CheckCommand)
  case format(FormatCommand)

  /// Arguments that are answered at once: help, the version, completions.
  struct Answer: Error { let text: String }

  init(_ arguments: CommandLineArguments) throws {
    if arguments.command == nil, arguments.options.isEmpty {
      self = .run(RunOptions(file: arguments.rest))
      return
    }
    let own = arguments.command != nil ? arguments.options + arguments.rest.prefix { $0 != "--" } : arguments.options
    if let answer = try Task.answer(to: own, of: arguments.command) { throw answer }
    switch arguments.command {
    case .check: self = .check(try Task.parsed(CheckCommand.self, arguments.options + arguments.rest))
    case .format: self = .format(try Task.parsed(FormatCommand.self, arguments.options + arguments.rest))
    case nil: self = .run(try Task.parsed(RunOptions.self, arguments.options + (arguments.rest.isEmpty ? [] : ["--"] + arguments.rest)))
    }
  }

  func run() -> ExitStatus {
    switch self {
    case .run(let options): Batch(options).run()
    case .check(let command): Check(command).run()
    case .format(let command): Format(command).run()
    }
  }

  private static func parsed<Arguments: ParsableArguments>(_ type: Arguments.Type, _ arguments: [String]) throws -> Arguments {
    do {
      return try Arguments.parse(arguments)
    } catch {
      var message = Arguments.message(for: error)
      if message.hasPrefix("Error: ") { message.removeFirst(7) }
      throw UsageError(message: message.prefix(1).lowercased() + message.dropFirst())
    }
  }

  /// The library's last line names a command `help`, which would be the name of a file here.
  private static var help: String {
    var lines = GradusCommand.helpMessage().split(separator: "\n", omittingEmptySubsequences: false)
    while let last = lines.last, last.isEmpty || last.contains("gradus help") { lines.removeLast() }
    return (lines + ["", "  `gradus check --help` lists the options of check, `gradus format --help` those of format."]).joined(separator: "\n")
  }

  private static func answer(to options: [String], of command: CommandLineArguments.Command?) throws -> Answer? {
    var index = 0
    while index < options.count {
      switch options[index] {
      case "-h", "--help":
        switch command {
        case .check: return Answer(text: CheckCommand.helpMessage() + "\n")
        case .format: return Answer(text: FormatCommand.helpMessage() + "\n")
        case nil: return Answer(text: help + "\n")
        }
      case "--version": return Answer(text: Gradus.version + "\n")
      case "--generate-completion-script":
        guard index + 1 < options.count, let shell = CompletionShell(rawValue: options[index + 1]) else {
          throw UsageError(message: "--generate-completion-script wants one of bash, zsh, fish")
        }
        return Answer(text: GradusCommand.completionScript(for: shell) + "\n")
      default: break
      }
      index += CommandLineArguments.valued.contains(options[index]) ? 2 : 1
    }
    return nil
  }
}
