/// The arguments cut into the program's own and those that belong to the file that runs.
///
/// What follows the file is the file's, options too: `gradus script.grad --verbose`.
struct CommandLineArguments {
  /// Options and their values, up to the file.
  private(set) var options: [String] = []
  /// The file and its arguments; of a command, its options and paths.
  private(set) var rest: [String] = []
  private(set) var command: Command?

  /// A word that stands where a file could.
  enum Command: String { case check, format }

  /// The options that are followed by a value.
  static let valued: Set<String> = [
    "--seed", "--threads", "--width", "--time-limit", "--memory-limit", "--color", "-e", "--expression", "--generate-completion-script",
  ]

  init(_ arguments: [String]) {
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      if argument == "--" {
        rest = Array(arguments[(index + 1)...])
        return
      }
      if argument.hasPrefix("-"), argument != "-" {
        options.append(argument)
        if CommandLineArguments.valued.contains(argument), index + 1 < arguments.count {
          index += 1
          options.append(arguments[index])
        }
        index += 1
        continue
      }
      command = Command(rawValue: argument)
      rest = Array(arguments[(command == nil ? index : index + 1)...])
      return
    }
  }
}
