/// Real programs with a few words taken out, doubled, swapped or replaced by those of others.
struct Mutation {
  private let programs: [[String]]

  init(_ programs: [String]) {
    self.programs = programs.map(Self.words).filter { !$0.isEmpty }
  }

  func text(_ random: Generator) -> String {
    var random = random
    guard !programs.isEmpty else { return "" }
    var words = programs[random.below(programs.count)]
    for _ in 0...random.below(3) {
      guard !words.isEmpty else { break }
      let place = random.below(words.count)
      switch random.below(7) {
      case 0: words.remove(at: place)
      case 1: words.insert(words[place], at: place)
      case 2: words.swapAt(place, random.below(words.count))
      case 3, 4:
        let other = programs[random.below(programs.count)]
        words[place] = other[random.below(other.count)]
      case 5:
        let other = programs[random.below(programs.count)]
        words.insert(other[random.below(other.count)], at: place)
      default:
        // A piece of another program in the middle of this one.
        let other = programs[random.below(programs.count)]
        let start = random.below(other.count)
        words.insert(contentsOf: other[start..<min(other.count, start + 1 + random.below(12))], at: place)
      }
    }
    return words.joined()
  }

  /// Letters and digits that stand together, and every other sign by itself.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var isWord = false
    for character in text.prefix(4_000) {
      let belongs = character.isLetter || character.isNumber || character == "_"
      if belongs && isWord { words[words.count - 1].append(character) } else { words.append(String(character)) }
      isWord = belongs
    }
    return words
  }
}
