import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The files that a path on the command line means.
enum SourceFiles {
  /// Whether the name is that of a literate file.
  static func isLesson(_ path: String) -> Bool {
    let lowercased = path.lowercased()
    return lowercased.hasSuffix(".md") || lowercased.hasSuffix(".markdown")
  }

  /// The file itself, or the files of a folder and the folders in it whose names end so, sorted; hidden ones are left out.
  static func list(_ path: String, endings: [String]) throws(GradusError) -> [String] {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw GradusError(.file, errno == ENOENT ? "there is no file \"\(path)\"" : "cannot read \"\(path)\": \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
    var files: [String] = []
    collect(path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path, endings, into: &files)
    return files.sorted()
  }

  private static func collect(_ folder: String, _ endings: [String], into files: inout [String]) {
    guard let stream = opendir(folder) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix(".") { continue }
      let path = folder + "/" + name
      var status = stat()
      // A link to a folder is not followed: it might lead back here.
      guard lstat(path, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        collect(path, endings, into: &files)
      } else if endings.contains(where: name.lowercased().hasSuffix) {
        files.append(path)
      }
    }
  }
}
