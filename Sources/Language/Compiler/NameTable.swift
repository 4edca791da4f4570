import Syntax

/// Names of one text with a value each. Few are looked through, more are hashed.
struct NameTable<Value> {
  private var entries: [(name: Name, value: Value?)] = []
  private var places: [Name: Int] = [:]

  private static var few: Int { 12 }

  subscript(_ name: Name) -> Value? {
    get { place(of: name).flatMap { entries[$0].value } }
    set {
      if let place = place(of: name) {
        entries[place].value = newValue
      } else if let newValue {
        if entries.isEmpty { entries.reserveCapacity(4) }
        entries.append((name, newValue))
        if entries.count == Self.few + 1 {
          for (place, entry) in entries.enumerated() { places[entry.name] = place }
        } else if entries.count > Self.few {
          places[name] = entries.count - 1
        }
      }
    }
  }

  private func place(of name: Name) -> Int? {
    if entries.count > Self.few { return places[name] }
    for place in entries.indices where entries[place].name == name { return place }
    return nil
  }
}
