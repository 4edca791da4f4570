import ArgumentParser
import Kernels
import Shell

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The program: reads the arguments, then does what they ask for on a thread of its own.
@main
enum Gradus {
  static let version = "0.1.0"

  static func main() {
    let missing = missingProcessorFeatures()
    if !missing.isEmpty {
      complain("this build of gradus needs a processor with \(missing.joined(separator: ", "))")
      exit(ExitStatus.error.rawValue)
    }
    Heap.prepare()
    // A closed pipe is then an error of writing, which ends the program quietly.
    signal(SIGPIPE, SIG_IGN)
    let arguments = CommandLineArguments(Array(CommandLine.arguments.dropFirst()))
    let task: Task
    do {
      task = try Task(arguments)
    } catch let error as Task.Answer {
      let output = TextOutput(descriptor: STDOUT_FILENO, isBuffered: true)
      output.write(error.text)
      output.flush()
      exit(ExitStatus.done.rawValue)
    } catch {
      complain((error as? UsageError)?.message ?? "\(error)")
      complain("`gradus --help` lists the options", prefix: "  = hint: ")
      exit(ExitStatus.usage.rawValue)
    }
    exit(InterpreterThread.run { task.run().rawValue })
  }

  private static func complain(_ message: String, prefix: String = "error: ") {
    let errors = TextOutput(descriptor: STDERR_FILENO, isBuffered: true)
    errors.write(prefix + message + "\n")
    errors.flush()
  }
}
