import Foundation
import Tensors

/// What NumPy and PyTorch compute for the samples of every primitive: ReferenceValues/primitives.txt, made by primitives.py.
///
/// Each sample stands there with all it asks for. One that is missing, or was changed since, has no value here.
struct StoredValues: Sendable {
  /// By the lines of the sample.
  private let results: [String: Plain]

  static let shared = try? StoredValues()

  private static var folder: URL { URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("ReferenceValues") }

  init() throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent("primitives.txt"), encoding: .utf8)
    var results: [String: Plain] = [:], lines: [Substring] = []
    for line in text.split(separator: "\n") {
      guard line.hasPrefix("result ") else {
        lines.append(line)
        continue
      }
      let words = line.split(separator: " ")
      results[lines.joined(separator: "\n")] = Plain(
        words[1].dropFirst().dropLast().split(separator: ",").compactMap { Int($0) }, words.dropFirst(2).compactMap { Double($0) })
      lines = []
    }
    self.results = results
  }

  subscript(op: Op, number: Int, sample: Primitive.Sample) -> Plain? { results[sample.text(op, number)] }

  /// The samples of all rows, for primitives.py to read.
  static func writeSamples(to path: String) throws {
    var text = ""
    for row in Primitive.table {
      for (number, sample) in row.samples.enumerated() { text += sample.text(row.op, number) + "\n" }
    }
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }
}
