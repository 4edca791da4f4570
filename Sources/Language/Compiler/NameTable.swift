import Syntax

/// Names of one text with a value each. Few are looked through, more are hashed.
struct NameTable<Value> {
  private var names: [Name] = []
  private var values: [Value?] = []
  private var places: [Name: Int] = [:]

  private static var few: Int { 12 }

  subscript(_ name: Name) -> Value? {
    get { place(of: name).flatMap { values[$0] } }
    set {
      if let place = place(of: name) {
        values[place] = newValue
      } else if let newValue {
        if names.isEmpty {
          names.reserveCapacity(4)
          values.reserveCapacity(4)
        }
        names.append(name)
        values.append(newValue)
        if names.count == Self.few + 1 {
          for (place, name) in names.enumerated() { places[name] = place }
        } else if names.count > Self.few {
          places[name] = names.count - 1
        }
      }
    }
  }

  private func place(of name: Name) -> Int? {
    if names.count > Self.few { return places[name] }
    for place in names.indices where names[place] == name { return place }
    return nil
  }
}
