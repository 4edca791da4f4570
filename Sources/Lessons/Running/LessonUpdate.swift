import Files
import Syntax

extension LessonCheck {
  /// The file's bytes with the outputs that differ written anew; nil if there is nothing to change. What follows a cell
  /// that failed stays as it is: it ran in a state it should not have had.
  package var updatedBytes: [UInt8]? {
    var edits: [(range: Range<Int>, bytes: [UInt8])] = []
    for result in results where !result.isAfterError {
      guard case .differs(let comparison) = result.outcome, let output = result.cell.output else { continue }
      edits += output.edits(toShow: comparison.updated, in: file.source.utf8)
    }
    guard !edits.isEmpty else { return nil }
    var bytes: [UInt8] = []
    var place = 0
    for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      bytes += file.source.utf8[place..<edit.range.lowerBound]
      bytes += edit.bytes
      place = edit.range.upperBound
    }
    return bytes + file.source.utf8[place...]
  }

  /// Writes the outputs that differ into the file, as a whole or not at all.
  package func update() throws(GradusError) -> LessonCheck {
    guard let bytes = updatedBytes else { return self }
    do {
      try writeBytes(bytes, path: file.path)
    } catch {
      throw GradusError(.file, "\(error)")
    }
    return updated
  }
}

extension LiterateFile.OutputFence {
  /// What to replace so that the fence holds these lines.
  fileprivate func edits(toShow lines: [String], in bytes: [UInt8]) -> [(range: Range<Int>, bytes: [UInt8])] {
    var text = ""
    for line in lines { text += (line.isEmpty ? "" : indentation + line) + newline }
    var edits = [(content, Array(text.utf8))]
    // A line that would close the fence asks for a longer one.
    let mark = bytes[opening.lowerBound]
    let longest = lines.reduce(0) { longest, line in
      let rest = line.utf8.drop { $0 == 32 || $0 == 9 }
      return rest.allSatisfy { $0 == mark || $0 == 32 || $0 == 9 } ? max(longest, rest.prefix { $0 == mark }.count) : longest
    }
    if longest >= opening.count {
      let fence = [UInt8](repeating: mark, count: longest + 1)
      edits += [(opening, fence), (closing, fence)]
    }
    return edits
  }
}
