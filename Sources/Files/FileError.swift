/// What can go wrong with a file, with the data to explain it.
package enum FileError: Error, Equatable, Sendable {
  case missing(path: String)
  case isDirectory(path: String)
  /// `reason` is the system's own: permission denied, input/output error, …
  case unreadable(path: String, reason: String)
  case cannotWrite(path: String, reason: String)
  /// Sizes in bytes; `size` is what is known to be there.
  case tooLarge(path: String, size: Int, limit: Int)
  case notUTF8(path: String, line: Int)
  /// Whoever asked for the file no longer wants it.
  case interrupted(path: String)
  /// `line` counts from 1; `column` is a field's or a character's place, from 1.
  case malformed(path: String, line: Int, column: Int?, reason: String, hint: String?)
  /// A file of numbers that is not what its format demands.
  case damaged(path: String, format: String, reason: String, hint: String?)
}

extension FileError: CustomStringConvertible {
  /// The error as a sentence.
  package var description: String {
    switch self {
    case .missing(let path): "there is no file \(FileError.named(path))"
    case .isDirectory(let path): "\(FileError.named(path)) is a folder, not a file"
    case .unreadable(let path, let reason): "cannot read \(FileError.named(path)): \(reason)"
    case .cannotWrite(let path, let reason): "cannot write \(FileError.named(path)): \(reason)"
    case .tooLarge(let path, let size, let limit):
      "\(FileError.named(path)) is too large: \(size) bytes, and the limit is \(limit)"
    case .notUTF8(let path, let line): "\(FileError.named(path)), line \(line): not UTF-8 text"
    case .interrupted(let path): "reading \(FileError.named(path)) was interrupted"
    case .malformed(let path, let line, let column, let reason, let hint):
      "\(FileError.named(path)), line \(line)\(column.map { ", column \($0)" } ?? ""): \(reason)"
        + (hint.map { " (\($0))" } ?? "")
    case .damaged(let path, let format, let reason, let hint):
      "\(FileError.named(path)) is no readable \(format) file: \(reason)" + (hint.map { " (\($0))" } ?? "")
    }
  }

  private static func named(_ path: String) -> String {
    path == "-" ? "standard input" : "\"\(path)\""
  }
}
