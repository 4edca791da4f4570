/// A string. It never changes, except that the machine lengthens one that nobody else holds: what is appended gathers in
/// a buffer of bytes, and joins the text when somebody asks for that.
package final class StringValue {
  private var start: String
  /// What comes behind `start`.
  private var added: UnsafeMutablePointer<Buffer>?

  /// Followed in memory by bytes: whole characters in UTF-8.
  private struct Buffer {
    var count: Int
    let capacity: Int
  }

  package init(_ text: String) { start = text }

  deinit { UnsafeMutableRawPointer(added)?.deallocate() }

  package var text: String {
    if let added, added.pointee.count > 0 { join(added) }
    return start
  }

  /// Bytes in UTF-8.
  @inline(__always)
  var length: Int { start.utf8.count + (added?.pointee.count ?? 0) }

  /// Nobody else may hold this string.
  @inline(__always)
  func append(_ tail: StringValue) {
    if let more = tail.added, more.pointee.count > 0 { tail.join(more) }
    let isDone: Void? = tail.start.utf8.withContiguousStorageIfAvailable { bytes in
      guard let source = bytes.baseAddress else { return }
      let buffer = room(for: bytes.count)
      (Self.bytes(buffer) + buffer.pointee.count).update(from: source, count: bytes.count)
      buffer.pointee.count += bytes.count
    }
    if isDone == nil { start = text + tail.start }
  }

  @inline(__always)
  private static func bytes(_ buffer: UnsafeMutablePointer<Buffer>) -> UnsafeMutablePointer<UInt8> {
    UnsafeMutableRawPointer(buffer + 1).assumingMemoryBound(to: UInt8.self)
  }

  @inline(__always)
  private func room(for more: Int) -> UnsafeMutablePointer<Buffer> {
    if let added, more <= added.pointee.capacity - added.pointee.count { return added }
    return newRoom(for: more)
  }

  @inline(never)
  private func newRoom(for more: Int) -> UnsafeMutablePointer<Buffer> {
    let count = added?.pointee.count ?? 0
    let capacity = max(48, 2 * count, count + more)
    let larger = UnsafeMutableRawPointer.allocate(byteCount: MemoryLayout<Buffer>.size + capacity, alignment: MemoryLayout<Buffer>.alignment)
      .bindMemory(to: Buffer.self, capacity: 1)
    larger.initialize(to: Buffer(count: count, capacity: capacity))
    if let added {
      Self.bytes(larger).update(from: Self.bytes(added), count: count)
      UnsafeMutableRawPointer(added).deallocate()
    }
    added = larger
    return larger
  }

  @inline(never)
  private func join(_ added: UnsafeMutablePointer<Buffer>) {
    let tail = String(decoding: UnsafeBufferPointer(start: Self.bytes(added), count: added.pointee.count), as: UTF8.self)
    if start.isEmpty { start = tail } else { start += tail }
    added.pointee.count = 0
    // A string that goes on growing needs little room at a time, if it is read meanwhile.
    if added.pointee.capacity > 1 << 12 {
      UnsafeMutableRawPointer(added).deallocate()
      self.added = nil
    }
  }
}
