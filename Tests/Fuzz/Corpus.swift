import Syntax

/// Programs that people wrote: the examples in the documentation of the library.
enum Corpus {
  static func examples(_ sources: [SourceText]) -> [String] {
    var programs: [String] = []
    for source in sources {
      var program: [Substring]?
      for line in source.string(Span(0, source.utf8.count)).split(separator: "\n", omittingEmptySubsequences: false) {
        guard line.hasPrefix("##") else {
          program = nil
          continue
        }
        let text = line.dropFirst(2).drop { $0 == " " }
        if text.hasPrefix("```gradus") {
          program = []
        } else if text.hasPrefix("```"), let lines = program {
          programs.append(lines.joined(separator: "\n"))
          program = nil
        } else {
          program?.append(text)
        }
      }
    }
    return programs
  }
}
