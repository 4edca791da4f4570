import Syntax

/// Names with a value each.
struct NameTable<Value> {
  private var index = NameSet()
  private var values: [Value?] = []

  subscript(_ name: String) -> Value? {
    get { index.place(of: name).flatMap { values[$0] } }
    set {
      if let place = index.place(of: name) {
        values[place] = newValue
      } else if let newValue {
        if values.isEmpty { values.reserveCapacity(NameSet.few) }
        index.append(name)
        values.append(newValue)
      }
    }
  }
}
