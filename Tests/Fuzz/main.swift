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
// usage: fuzz [--from N] [--count N] [--seconds S] [--show N]
//
// Number N is always the same program. Twenty share a session, so that they meet what others left behind. Status 1 if
// anything was found.

struct Arguments {
  var from = 0
  var count = 1_000
  var seconds = 2.0
  var show: Int?

  init(_ words: [String]) {
    var words = words.dropFirst()
    while let word = words.popFirst() {
      guard let number = words.popFirst().flatMap(Double.init), number >= 0, number < 1e12 else { break }
      switch word {
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
Watch.start(seconds: 10 * arguments.seconds + 10)
Watch.thread(stackBytes: 1 << 30) {
  let found = Run(arguments).findings()
  exit(found == 0 ? 0 : 1)
}
while true { sleep(1_000) }
