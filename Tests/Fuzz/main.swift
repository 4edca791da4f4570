import Language
import Library
import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// Runs programs that nobody would write, numbered, and says which crashed, hung, or failed without a place.
//
// usage: fuzz [--from N] [--count N] [--seconds S] [--show N] [--project FOLDER] [--storm 1]
//
// Number N is always the same program, as long as the programs that people wrote are the same: those of the library, and with
// --project those of its lessons and tests, too. Twenty share a session, so that they meet what others left behind. Every fifth
// one is interrupted and goes on. Status 1 if anything was found.
//
// With --storm a few programs are interrupted again and again instead, and must come out as if they never had been.

struct Arguments {
  var from = 0
  var count = 1_000
  var seconds = 2.0
  var show: Int?
  var project: String?
  var isStorm = false

  init(_ words: [String]) {
    var words = words.dropFirst()
    while let word = words.popFirst() {
      guard let value = words.popFirst() else { break }
      if word == "--project" {
        project = value
        continue
      }
      guard let number = Double(value), number >= 0, number < 1e12 else { break }
      switch word {
      case "--storm": isStorm = number > 0
      case "--from": from = Int(number)
      case "--count": count = Int(number)
      case "--seconds": seconds = number
      case "--show": show = Int(number)
      default: break
      }
    }
  }
}

let arguments = Arguments(CommandLine.arguments)
Watch.start(seconds: arguments.isStorm ? 120 : 10 * arguments.seconds + 10)
Watch.thread(stackBytes: 1 << 30) {
  var run = Run(arguments)
  let found = arguments.isStorm ? Storm.findings() : run.findings()
  exit(found == 0 ? 0 : 1)
}
while true { sleep(1_000) }
