import ArgumentParser
import Shell

extension Terminal.ColorChoice: ExpressibleByArgument {}

/// Options of every way to run programs.
struct CommonOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Where random numbers begin (default: 0).", valueName: "n"))
  var seed: UInt64?

  @Option(help: ArgumentHelp("Threads that compute (default: one a core).", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("End a run that takes longer, with status 124.", valueName: "seconds"))
  var timeLimit: Double?

  @Option(help: ArgumentHelp("Refuse tensors beyond this, for example 2G.", valueName: "size"))
  var memoryLimit: ByteCount?

  @Option(help: ArgumentHelp("Colours: auto, always or never.", valueName: "when"))
  var color: Terminal.ColorChoice = .auto

  @Option(help: ArgumentHelp("Columns of pictures and tensors (default: the window's).", valueName: "columns"))
  var width: Int?

  @Flag(help: "Use ASCII characters only.")
  var ascii = false

  @Flag(name: .shortAndLong, help: "Leave out progress and greetings.")
  var quiet = false

  @Flag(help: "Print results, warnings and errors as JSON objects, a line each.")
  var json = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads is from 1 to 1024, not \(threads)") }
    if let width, !(20...10_000).contains(width) { throw ValidationError("--width is from 20 to 10000 columns, not \(width)") }
    if let timeLimit, !(timeLimit > 0 && timeLimit < 1e9) { throw ValidationError("--time-limit is a number of seconds above 0") }
  }
}

/// Options of running a file, a text or the prompt.
struct RunOptions: ParsableArguments {
  init() {}

  /// What the parser makes of a file and its arguments alone. It looks at the types at run time, which takes half of the start;
  /// an option that is missing here would be one without a value, and end the program when it's read.
  init(file: [String]) {
    common = CommonOptions()
    common.seed = nil
    common.threads = nil
    common.timeLimit = nil
    common.memoryLimit = nil
    common.color = .auto
    common.width = nil
    common.ascii = false
    common.quiet = false
    common.json = false
    expressions = []
    isInteractive = false
    echo = false
    skipsStartup = false
    self.file = file
  }

  @OptionGroup var common: CommonOptions

  @Option(name: [.customShort("e"), .customLong("expression")], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Run this text and print its values; may be repeated.", valueName: "text"))
  var expressions: [String] = []

  @Flag(name: [.customShort("i"), .customLong("interactive")], help: "Run the file, then open the prompt.")
  var isInteractive = false

  @Flag(help: "Print the value of each expression of a file.")
  var echo = false

  @Flag(name: .customLong("no-init"), help: "Skip the start-up file of the prompt.")
  var skipsStartup = false

  @Argument(help: ArgumentHelp("A program, a literate file (.md), or - for standard input; then its arguments.", valueName: "file"))
  var file: [String] = []

  func validate() throws {
    if isInteractive, !expressions.isEmpty { throw ValidationError("-i runs a file, and -e a text: give one of them") }
    if isInteractive, file.isEmpty || file[0] == "-" { throw ValidationError("-i wants a file") }
  }
}

/// The whole command, for its help and the completions of shells.
struct GradusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradus",
    abstract: "Neural networks in a small language.",
    usage: """
      gradus [options]                     the prompt
      gradus [options] FILE [ARG ...]      run a program or a literate file
      gradus [options] -e TEXT [ARG ...]   run a text and print its values
      gradus check [options] PATH ...      compare literate files with what they print
      gradus format [options] PATH ...     write programs in the standard layout
      """,
    discussion: """
      Without FILE, a program is read from standard input unless input and output are a terminal. \
      Results go to standard output, all else to standard error. \
      Status: 0 done, 1 an error in the program, 2 usage or syntax, 3 a check that differs, \
      124 over the time limit, 130 interrupted, 143 terminated.
      """,
    version: Gradus.version,
    subcommands: [CheckCommand.self, FormatCommand.self])

  @OptionGroup var options: RunOptions
}

/// `gradus check`
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Run literate files and compare what they print with what is written.",
    usage: "gradus check [options] PATH ...",
    discussion: "Of a folder every .md file in it is run. The status is 3 if something differs.")

  @OptionGroup var common: CommonOptions

  @Flag(help: "Write outputs that differ into the files.")
  var update = false

  @Flag(help: "Run the cells marked slow, too.")
  var slow = false

  @Argument(help: ArgumentHelp("Literate files and folders.", valueName: "path"))
  var paths: [String]
}

/// `gradus format`
struct FormatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "format", abstract: "Write programs, and the cells of literate files, in the standard layout.",
    usage: "gradus format [options] PATH ...",
    discussion: """
      Of a folder every .grad and .md file in it is formatted; - formats standard input to standard output. \
      A file with a syntax error stays as it is, and the status is 2.
      """)

  @Flag(help: "Change nothing; name the files that would change, with status 3.")
  var check = false

  @Option(help: ArgumentHelp("Colours: auto, always or never.", valueName: "when"))
  var color: Terminal.ColorChoice = .auto

  @Flag(help: "Use ASCII characters only.")
  var ascii = false

  @Flag(name: .shortAndLong, help: "Don't name the files that were changed.")
  var quiet = false

  @Argument(help: ArgumentHelp("Programs, literate files and folders.", valueName: "path"))
  var paths: [String]
}

/// A size of memory: `2G`, `512M`, `1.5GiB`, or bytes. A step is 1024.
struct ByteCount: ExpressibleByArgument, Equatable {
  let bytes: Int

  init?(argument: String) {
    var text = argument.uppercased()[...]
    if text.hasSuffix("IB") { text = text.dropLast(2) } else if text.hasSuffix("B") { text = text.dropLast() }
    var factor = 1.0
    for (power, unit) in "KMGT".enumerated() where text.last == unit {
      text = text.dropLast()
      for _ in 0...power { factor *= 1024 }
    }
    guard let number = Double(text), number > 0, number * factor >= 1, number * factor < 9e18 else { return nil }
    bytes = Int(number * factor)
  }
}
