import Syntax

/// How the process ends, for scripts that ask.
struct ExitStatus: Equatable {
  let rawValue: Int32

  static let done = ExitStatus(rawValue: 0)
  /// An error in the program that ran.
  static let error = ExitStatus(rawValue: 1)
  /// Arguments that mean nothing, a program that cannot be read or parsed.
  static let usage = ExitStatus(rawValue: 2)
  /// A check that differs.
  static let differs = ExitStatus(rawValue: 3)
  /// As `timeout` of the GNU core utilities has it.
  static let outOfTime = ExitStatus(rawValue: 124)

  /// As a shell tells of a process that a signal ended.
  static func signal(_ number: Int32) -> ExitStatus { ExitStatus(rawValue: 128 + number) }
}
