/// A name that stands in a text, by its place in the text's `NameList`: of the same text, the same names have the same place.
package struct Name: Hashable, Sendable {
  private let number: Int32

  package var place: Int { Int(number) }

  init(place: Int) { number = Int32(truncatingIfNeeded: place) }

  package init(_ word: NameList.Word) { self.init(place: word.rawValue) }
}

extension DefaultStringInterpolation {
  /// Only the text's list knows how a name is written.
  @available(*, unavailable, message: "ask the text's list of names")
  package mutating func appendInterpolation(_ name: Name) {}
}

/// The names that stand in a text, each once, in the order in which they come.
package final class NameList {
  /// Words that parser and compiler ask for. Every list begins with them.
  package enum Word: Int, CaseIterable {
    case blank, discard, by, layer, new, list, own, append

    var text: String {
      switch self {
      case .blank: "___"
      case .discard: "_"
      case .by: "by"
      case .layer: "layer"
      case .new: "new"
      case .list: "list"
      case .own: "self"
      case .append: "append"
      }
    }
  }

  private var names: [String] = []
  /// Whether the parser met each where a variable may be meant: not as an argument's, a parameter's or a field's name alone.
  private var isVariable: [Bool] = []
  /// The ways of writing them: where each stands first, its key, and the name's place. A name has several where letters with
  /// marks are written as one character or as two.
  private var spellings: [(start: Int32, length: Int32, key: UInt64, place: Int32)] = []
  /// Names beyond ASCII.
  private var foreign: [String: Int32] = [:]
  /// Places among the spellings by their hashes, -1 where there is none; a power of two, and never more than half full.
  private var slots = [Int32](repeating: -1, count: 64)

  init() {
    for word in Word.allCases {
      let letters = Array(word.text.utf8)
      _ = place(ofWordAt: 0, length: letters.count, in: letters)
    }
  }

  package subscript(_ name: Name) -> String { names[name.place] }

  package var count: Int { names.count }

  func noteVariable(_ name: Name) { isVariable[name.place] = true }

  /// What may be variables, in the order in which they come. Whatever code asks for by name is among them.
  package var variables: [Name] { names.indices.lazy.filter { self.isVariable[$0] }.map { Name(place: $0) } }

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
    let mask = slots.count - 1
    var slot = Self.slot(of: key, mask)
    while slots[slot] >= 0 {
      let known = spellings[Int(slots[slot])]
      if known.key == key, Int(known.length) == length, length <= 8 || isSame(Int(known.start), start, length, bytes) { return Int(known.place) }
      slot = (slot + 1) & mask
    }
    let isForeign = length > 8 ? bytes[start..<start + length].contains { $0 >= 0x80 } : letters & 0x8080_8080_8080_8080 != 0
    let place = add(String(decoding: bytes[start..<start + length], as: UTF8.self), isForeign)
    slots[slot] = Int32(spellings.count)
    spellings.append((Int32(start), Int32(length), key, place))
    if 2 * spellings.count > slots.count { grow() }
    return Int(place)
  }

  private func add(_ text: String, _ isForeign: Bool) -> Int32 {
    let place = Int32(names.count)
    if isForeign {
      if let known = foreign[text] { return known }
      foreign[text] = place
    }
    names.append(text)
    isVariable.append(false)
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
    slots = Array(repeating: -1, count: 2 * slots.count)
    let mask = slots.count - 1
    for (index, known) in spellings.enumerated() {
      var slot = Self.slot(of: known.key, mask)
      while slots[slot] >= 0 { slot = (slot + 1) & mask }
      slots[slot] = Int32(index)
    }
  }
}
