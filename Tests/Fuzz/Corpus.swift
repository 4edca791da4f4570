import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Programs that people wrote: the library with the examples in its documentation, the lessons, the programs of tests.
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

  /// The library's definitions, a program each.
  static func definitions(_ sources: [SourceText]) -> [String] {
    sources.flatMap { source in Parser.index(of: source).map { source.string($0.span) } }
  }

  /// What stands in the lessons and tests of a project.
  static func project(_ folder: String) -> [String] {
    var programs: [String] = []
    for path in files(folder + "/Tutorials") where path.hasSuffix(".md") { programs += cells(text(path)) }
    for path in files(folder + "/Tests") where path.hasSuffix(".swift") { programs += strings(text(path)) }
    return programs
  }

  private static func files(_ folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var found: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasPrefix(".") { continue }
      found += name.contains(".") ? [folder + "/" + name] : files(folder + "/" + name)
    }
    return found.sorted()
  }

  private static func text(_ path: String) -> String {
    guard let stream = fopen(path, "r") else { return "" }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&part, 1, part.count, stream), count > 0 { bytes += part[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The cells of a lesson.
  private static func cells(_ text: String) -> [String] {
    var programs: [String] = []
    var lines: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if let known = lines {
        if line.hasPrefix("```") {
          programs.append(known.joined(separator: "\n"))
          lines = nil
        } else {
          lines = known + [line]
        }
      } else if line.hasPrefix("```gradus") {
        lines = []
      }
    }
    return programs
  }

  /// The strings of a Swift file that may be programs.
  private static func strings(_ text: String) -> [String] {
    var programs: [String] = []
    var current: String?
    var isEscaped = false
    for character in text {
      guard var string = current else {
        if character == "\"" { current = "" }
        continue
      }
      if isEscaped {
        string.append(character == "n" ? "\n" : character == "t" ? "\t" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" || character == "\n" {
        if string.count > 8, string.contains(where: { "=(".contains($0) }) { programs.append(string) }
        current = nil
        continue
      } else {
        string.append(character)
      }
      current = string
    }
    return programs
  }
}
