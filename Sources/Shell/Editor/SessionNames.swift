import Language

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension CompletionNames {
  /// The names of a session as it is now.
  init(session: Session, commands: [String]) {
    self.commands = commands
    settings = Setting.all.map(\.name)
    let bound = session.variables
    variables = bound.map(\.name)
    library = session.libraryNames
    fields = { name in
      guard let value = bound.first(where: { $0.name == name })?.value else { return [] }
      return CompletionNames.fields(of: value)
    }
    call = { session.callForm(of: $0) }
    entries = CompletionNames.entries
  }

  private static func fields(of value: Value) -> [String] {
    switch value {
    case .tuple(let tuple): (tuple.names ?? []).filter { !$0.isEmpty }
    case .layer(let layer): layer.type.fieldNames + ["parameters"]
    case .tensor, .cell: ["shape", "rank", "size", "type", "T"]
    default: []
    }
  }

  private static func entries(of folder: String) -> [String] {
    guard let stream = opendir(folder.isEmpty ? "." : folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name == "." || name == ".." { continue }
      var status = stat()
      let isFolder = stat(folder + name, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      names.append(isFolder ? name + "/" : name)
    }
    return names
  }
}
