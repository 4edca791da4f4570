import Shell

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where the files of Gradus are: the folder that holds `data/`.
enum Installation {
  /// `$GRADUS_HOME`, else `../share/gradus` beside the executable, else `Tutorials` of the checkout the executable was built in.
  static func home() -> String? {
    if let home = Terminal.environment("GRADUS_HOME"), !home.isEmpty { return home }
    guard let executable = executablePath() else { return nil }
    var folder = parent(executable)
    if isFolder(parent(folder) + "/share/gradus/data") { return parent(folder) + "/share/gradus" }
    while true {
      if isFolder(folder + "/Tutorials/data") { return folder + "/Tutorials" }
      let above = parent(folder)
      if above == folder { return nil }
      folder = above
    }
  }

  private static func executablePath() -> String? {
    #if os(Linux)
      let name = "/proc/self/exe"
    #else
      var size: UInt32 = 4096
      var buffer = [CChar](repeating: 0, count: 4096)
      guard _NSGetExecutablePath(&buffer, &size) == 0 else { return nil }
      let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    #endif
    guard let path = realpath(name, nil) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }

  private static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return path.hasPrefix("/") ? "/" : "." }
    return String(path[..<slash])
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
