#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Writes a file as a whole or not at all: into a neighbour under another
/// name, which then takes the file's place. Its permissions stay those of the
/// file before; a link is followed. The path "-" is standard output.
package func writeBytes(_ bytes: [UInt8], path: String) throws(FileError) {
  try checkName(path)
  if path == "-" { return try write(bytes, to: 1, path: path) }
  let target = realPath(path)
  var status = stat()
  let exists = stat(target, &status) == 0
  if exists, status.st_mode & S_IFMT == S_IFDIR { throw .isDirectory(path: path) }
  // Devices and pipes cannot be replaced; they are written to.
  if exists, status.st_mode & S_IFMT != S_IFREG {
    return try appendBytes(bytes, path: path)
  }
  if exists, access(target, W_OK) != 0 {
    throw .cannotWrite(path: path, reason: systemReason(errno))
  }
  var template = Array((target + ".XXXXXX").utf8CString)
  let descriptor = mkstemp(&template)
  if descriptor < 0 { throw .cannotWrite(path: path, reason: folderReason(errno, path)) }
  let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  do {
    try write(bytes, to: descriptor, path: path)
  } catch {
    close(descriptor)
    unlink(temporary)
    throw error
  }
  let mode = exists ? status.st_mode & 0o7777 : 0o666 & ~currentMask()
  var code: Int32 = 0
  if fchmod(descriptor, mode) != 0 { code = errno }
  if code == 0, fsync(descriptor) != 0, errno != EINVAL { code = errno }
  if close(descriptor) != 0, code == 0 { code = errno }
  if code == 0, rename(temporary, target) != 0 { code = errno }
  if code != 0 {
    unlink(temporary)
    throw .cannotWrite(path: path, reason: systemReason(code))
  }
}

/// Writes text in UTF-8, as a whole or not at all.
package func writeText(_ text: String, path: String) throws(FileError) {
  try writeBytes(Array(text.utf8), path: path)
}

/// Adds bytes at the end of a file, which is made if there is none.
package func appendBytes(_ bytes: [UInt8], path: String) throws(FileError) {
  try checkName(path)
  if path == "-" { return try write(bytes, to: 1, path: path) }
  let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
  if descriptor < 0 {
    let code = errno
    if code == EISDIR { throw .isDirectory(path: path) }
    throw .cannotWrite(path: path, reason: folderReason(code, path))
  }
  defer { close(descriptor) }
  try write(bytes, to: descriptor, path: path)
}

/// Adds text in UTF-8 at the end of a file, which is made if there is none.
package func appendText(_ text: String, path: String) throws(FileError) {
  try appendBytes(Array(text.utf8), path: path)
}

private func checkName(_ path: String) throws(FileError) {
  if path.isEmpty { throw .cannotWrite(path: path, reason: "the name is empty") }
  if path.utf8.contains(0) {
    throw .cannotWrite(path: path, reason: "its name contains a zero byte")
  }
}

private func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(FileError) {
  var code: Int32 = 0
  bytes.withUnsafeBytes { buffer in
    var done = 0
    while done < buffer.count, code == 0 {
      let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      #else
        let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
      #endif
      if count >= 0 { done += count } else if errno != EINTR { code = errno }
    }
  }
  if code != 0 { throw .cannotWrite(path: path, reason: systemReason(code)) }
}

/// "No such file" about a file to be made means its folder.
private func folderReason(_ code: Int32, _ path: String) -> String {
  if code == ENOENT { return "its folder does not exist" }
  return systemReason(code)
}

/// The permissions that new files do not get. The system tells them only when
/// they are set.
private func currentMask() -> mode_t {
  let mask = umask(0o077)
  umask(mask)
  return mask
}
