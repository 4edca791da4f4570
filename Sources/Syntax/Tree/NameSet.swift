/// Names, in the order in which they came: what a scope knows. Few are looked through, more are hashed, and not against an
/// adversary: a compiler asks for a name several times wherever one stands.
package struct NameSet {
  package private(set) var names: [String] = []
  /// Places among the names by their hashes, -1 where there is none; as long as there are few names, nothing.
  private var places: [Int32] = []

  package static var few: Int { 4 }

  package init() {}

  package func contains(_ name: String) -> Bool { place(of: name) != nil }

  /// False if it was there.
  @discardableResult
  package mutating func insert(_ name: String) -> Bool {
    if place(of: name) != nil { return false }
    append(name)
    return true
  }

  package func place(of name: String) -> Int? {
    if places.isEmpty {
      for place in names.indices where names[place] == name { return place }
      return nil
    }
    var index = Self.hash(name) & (places.count - 1)
    while places[index] >= 0 {
      if names[Int(places[index])] == name { return Int(places[index]) }
      index = (index + 1) & (places.count - 1)
    }
    return nil
  }

  /// Adds a name that isn't there.
  package mutating func append(_ name: String) {
    if names.isEmpty, names.capacity == 0 { names.reserveCapacity(Self.few) }
    names.append(name)
    if 2 * names.count <= places.count {
      note(names.count - 1)
    } else if names.count > Self.few {
      hashAll(count: names.count)
    }
  }

  /// Makes room for so many more.
  package mutating func reserve(_ more: Int) {
    names.reserveCapacity(names.count + more)
    if names.count + more > Self.few, 2 * (names.count + more) > places.count { hashAll(count: names.count + more) }
  }

  /// Adds places without a name, which is "" there.
  package mutating func appendNameless(_ count: Int) {
    names += repeatElement("", count: count)
    if names.count > Self.few, 2 * names.count > places.count { hashAll(count: names.count) }
  }

  /// Takes away the last places, which have no names.
  package mutating func removeLastNameless(_ count: Int) { names.removeLast(count) }

  private mutating func hashAll(count: Int) {
    var size = 32
    while size < 2 * count { size *= 2 }
    places = Array(repeating: -1, count: size)
    for place in names.indices where !names[place].isEmpty { note(place) }
  }

  private mutating func note(_ place: Int) {
    var index = Self.hash(names[place]) & (places.count - 1)
    while places[index] >= 0 { index = (index + 1) & (places.count - 1) }
    places[index] = Int32(place)
  }

  /// Of ASCII alone: other names that are written in different bytes may be the same.
  private static func hash(_ name: String) -> Int {
    let hash = name.utf8.withContiguousStorageIfAvailable { letters -> UInt64? in
      let bytes = UnsafeRawBufferPointer(letters)
      var hash = UInt64(bytes.count), seen: UInt64 = 0, offset = 0
      func add(_ word: UInt64) {
        seen |= word
        hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
        hash ^= hash >> 32
      }
      while offset + 8 <= bytes.count {
        add(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        offset += 8
      }
      var rest: UInt64 = 0
      while offset < bytes.count {
        rest = rest << 8 | UInt64(bytes[offset])
        offset += 1
      }
      add(rest)
      return seen & 0x8080_8080_8080_8080 == 0 ? hash : nil
    }
    guard case .some(.some(let hash)) = hash else { return name.hashValue & Int.max }
    return Int(truncatingIfNeeded: hash >> 1)
  }
}
