import Files
import Syntax

/// The words for an error of the files.
func message(for error: FileError) -> Failure {
  switch error {
  case .missing(let path):
    var hint: String?
    if path.hasPrefix("~") {
      hint = "`~` is not expanded here: write the folder out"
    } else if path.first != "/" {
      hint = "a path is relative to the file that names it, at the prompt to the present folder"
    }
    return Failure(.file, error.description, hint: hint)
  case .isDirectory: return Failure(.file, error.description, hint: "name a file in it")
  case .unreadable, .cannotWrite, .tooLarge: return Failure(.file, error.description)
  case .interrupted: return Failure(.interrupted, "interrupted")
  case .notUTF8: return Failure(.file, error.description, hint: "save it as UTF-8")
  case .malformed(let path, let line, let column, let reason, let hint):
    let plain = FileError.malformed(path: path, line: line, column: column, reason: reason, hint: nil)
    return Failure(.file, plain.description, hint: hint)
  case .damaged(let path, let format, let reason, let hint):
    return Failure(.file, FileError.damaged(path: path, format: format, reason: reason, hint: nil).description, hint: hint)
  }
}
