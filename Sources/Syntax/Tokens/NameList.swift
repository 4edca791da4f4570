/// The names that stand in a text, each way of writing one once, in the order in which they come.
final class NameList {
  private(set) var names: [String] = []
  /// Whether the parser met each where a variable may be meant: not as an argument's, a parameter's or a field's name alone.
  private var isVariable: [Bool] = []
  /// Where each stands first, and its key.
  private var first: [(start: Int32, length: Int32, key: UInt64)] = []
  /// Places among the names by their hashes, -1 where there is none; a power of two, and never more than half full.
  private var places = [Int32](repeating: -1, count: 64)

  /// Words that mean something of their own in certain places. Every list begins with them.
  enum Word: Int, CaseIterable {
    case blank, discard, by, layer, new

    var text: String {
      switch self {
      case .blank: "___"
      case .discard: "_"
      case .by: "by"
      case .layer: "layer"
      case .new: "new"
      }
    }
  }

  init() {
    for word in Word.allCases {
      let letters = Array(word.text.utf8)
      _ = place(ofWordAt: 0, length: letters.count, in: letters)
    }
  }

  subscript(_ place: Int) -> String { names[place] }

  func noteVariable(_ place: Int) { isVariable[place] = true }

  /// The names of what may be variables, in the order in which they come.
  var variables: [String] { names.indices.lazy.filter { self.isVariable[$0] }.map { self.names[$0] } }

  /// The place of the word that stands at an offset of the text's bytes; they are those of the same text at every call.
  func place(ofWordAt start: Int, length: Int, in bytes: [UInt8]) -> Int {
    var letters: UInt64 = 0
    for offset in start..<start + length { letters = letters << 8 | UInt64(bytes[offset]) }
    return place(ofNameAt: start, length: length, letters, in: bytes)
  }

  /// The same, where the last eight of its bytes are known as a number.
  func place(ofNameAt start: Int, length: Int, _ letters: UInt64, in bytes: [UInt8]) -> Int {
    // Up to eight letters are the key themselves, of more it is FNV-1a (Fowler, Noll, Vo 1991).
    var key = letters
    if length > 8 {
      key = 0xcbf2_9ce4_8422_2325
      for offset in start..<start + length { key = (key ^ UInt64(bytes[offset])) &* 0x100_0000_01b3 }
    }
    let mask = places.count - 1
    var slot = Self.slot(of: key, mask)
    while places[slot] >= 0 {
      let place = Int(places[slot]), known = first[place]
      if known.key == key, Int(known.length) == length, length <= 8 || isSame(Int(known.start), start, length, bytes) { return place }
      slot = (slot + 1) & mask
    }
    let place = names.count
    names.append(String(decoding: bytes[start..<start + length], as: UTF8.self))
    isVariable.append(false)
    first.append((Int32(start), Int32(length), key))
    places[slot] = Int32(place)
    if 2 * names.count > places.count { grow() }
    return place
  }

  private static func slot(of key: UInt64, _ mask: Int) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 32) & mask
  }

  private func isSame(_ a: Int, _ b: Int, _ length: Int, _ bytes: [UInt8]) -> Bool {
    for offset in 0..<length where bytes[a + offset] != bytes[b + offset] { return false }
    return true
  }

  private func grow() {
    places = Array(repeating: -1, count: 2 * places.count)
    let mask = places.count - 1
    for (place, known) in first.enumerated() {
      var slot = Self.slot(of: known.key, mask)
      while places[slot] >= 0 { slot = (slot + 1) & mask }
      places[slot] = Int32(place)
    }
  }
}
