/// Names of one text, in the order in which they came: what a scope knows.
package struct NameSet {
  package private(set) var names: [Name] = []
  /// Once there are many: of each place in the text's list whether it's among them.
  private var isIn: [Bool] = []

  private static let few = 8

  package init() {}

  package var isEmpty: Bool { names.isEmpty }

  package func contains(_ name: Name) -> Bool {
    if names.count > Self.few { return name.place < isIn.count && isIn[name.place] }
    for known in names where known == name { return true }
    return false
  }

  mutating func insert(_ name: Name) {
    if contains(name) { return }
    if names.isEmpty { names.reserveCapacity(4) }
    names.append(name)
    if names.count == Self.few + 1 { names.forEach { note($0) } } else if names.count > Self.few { note(name) }
  }

  private mutating func note(_ name: Name) {
    if name.place >= isIn.count { isIn += repeatElement(false, count: max(name.place + 1, 2 * isIn.count) - isIn.count) }
    isIn[name.place] = true
  }
}
