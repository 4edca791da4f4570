import Files
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct ReadWriteTests {
  /// Runs in a new folder, which is removed afterwards.
  private func inFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/files-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      Issue.record("no folder for the test")
      return
    }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
      for name in ["a", "b", "link", "text"] { unlink(folder + "/" + name) }
      rmdir(folder)
    }
    try body(folder)
  }

  @Test func readsWhatWasWritten() throws {
    try inFolder { folder in
      let path = folder + "/a"
      for count in [0, 1, 4095, 65_536, 65_537, 300_000] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try writeBytes(bytes, path: path)
        #expect(try readBytes(path: path) == bytes)
      }
      try appendText("é", path: folder + "/b")
      try appendText("ü", path: folder + "/b")
      #expect(try readText(path: folder + "/b") == "éü")
    }
  }

  @Test func aPipeThatNobodyWritesToIsGivenUp() throws {
    try inFolder { folder in
      let path = folder + "/a"
      try #require(mkfifo(path, 0o600) == 0)
      var asked = 0
      #expect(throws: FileError.interrupted(path: path)) {
        try readBytes(path: path) {
          asked += 1
          return asked > 2
        }
      }
    }
  }

  @Test func removesTheByteOrderMark() throws {
    try inFolder { folder in
      try writeBytes([0xEF, 0xBB, 0xBF, 0x61], path: folder + "/a")
      #expect(try readText(path: folder + "/a") == "a")
    }
  }

  @Test func keepsPermissionsAndLinks() throws {
    try inFolder { folder in
      let path = folder + "/a"
      try writeText("one", path: path)
      chmod(path, 0o640)
      symlink("a", folder + "/link")
      try writeText("two", path: folder + "/link")
      #expect(try readText(path: path) == "two")
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
      #expect(lstat(folder + "/link", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    }
  }

  @Test func namesWhatIsWrong() throws {
    try inFolder { folder in
      let missing = folder + "/none"
      #expect(throws: FileError.missing(path: missing)) { try readBytes(path: missing) }
      #expect(throws: FileError.isDirectory(path: folder)) { try readBytes(path: folder) }
      #expect(throws: FileError.isDirectory(path: folder)) { try writeText("", path: folder) }
      let nowhere = folder + "/none/a"
      #expect(throws: FileError.cannotWrite(path: nowhere, reason: "its folder does not exist")) {
        try writeText("", path: nowhere)
      }
      #expect(throws: FileError.cannotWrite(path: nowhere, reason: "its folder does not exist")) {
        try appendText("", path: nowhere)
      }
      #expect(throws: FileError.self) { try writeText("", path: "") }
      #expect(throws: FileError.self) { try readBytes(path: "a\0b") }
      try writeBytes(Array("ok\nok\n".utf8) + [0xC3, 0x28], path: folder + "/text")
      #expect(throws: FileError.notUTF8(path: folder + "/text", line: 3)) {
        try readText(path: folder + "/text")
      }
      #expect(throws: FileError.tooLarge(path: folder + "/text", size: 8, limit: 7)) {
        try readBytes(path: folder + "/text", limit: 7)
      }
    }
  }

  @Test func leavesNothingBehind() throws {
    try inFolder { folder in
      try writeText("x", path: folder + "/a")
      guard let handle = opendir(folder) else {
        Issue.record("cannot list the folder")
        return
      }
      defer { closedir(handle) }
      var entries = 0
      while readdir(handle) != nil { entries += 1 }
      #expect(entries == 3)  // the file, "." and ".."
    }
  }

  @Test(
    arguments: [
      (FileError.missing(path: "x.csv"), "there is no file \"x.csv\""),
      (.isDirectory(path: "data"), "\"data\" is a folder, not a file"),
      (
        .unreadable(path: "-", reason: "input/output error"),
        "cannot read standard input: input/output error"
      ),
      (
        .cannotWrite(path: "a", reason: "permission denied"),
        "cannot write \"a\": permission denied"
      ),
      (.tooLarge(path: "a", size: 9, limit: 8), "\"a\" is too large: 9 bytes, and the limit is 8"),
      (.notUTF8(path: "a", line: 4), "\"a\", line 4: not UTF-8 text"),
    ] as [(FileError, String)])
  func hasWords(error: FileError, sentence: String) { #expect(error.description == sentence) }
}
