/// Which containers can be reached from some that may be garbage, and how many of the references to each of them are theirs.
/// A container that is referred to more often is held by something else: a variable, a register, the host.
///
/// Nothing is retained here, so that what is counted doesn't change by counting.
struct ReferenceCensus {
  private struct Entry {
    let container: Unmanaged<Container>
    /// References from containers that were reached.
    var known = 0
    /// The storage of its elements and how many references it holds to it itself: shared with another array, it would
    /// hold the elements once for both.
    var storage: UnsafeRawPointer?
    var storageReferences: UInt = 0
    var isLive = false
  }

  private var entries: [Entry] = []
  private var indices: [UnsafeMutableRawPointer: Int] = [:]
  /// The one whose contents are being noted.
  private var current = 0
  /// While what is live spreads: those from which it has yet to.
  private var spreading: [Int]?

  var count: Int { entries.count }

  /// Reaches all that can be reached from a container.
  mutating func visit(_ root: Unmanaged<Container>) {
    var next = entries.count
    enter(root, references: 0)
    while next < entries.count {
      current = next
      noteContents(of: entries[next].container)
      next += 1
    }
  }

  private mutating func noteContents(of container: Unmanaged<Container>) {
    container._withUnsafeGuaranteedRef { $0.noteContents(in: &self) }
  }

  private mutating func enter(_ container: Unmanaged<Container>, references: Int) {
    let place = container.toOpaque()
    if let index = indices[place] {
      entries[index].known += references
    } else {
      indices[place] = entries.count
      entries.append(Entry(container: container, known: references))
    }
  }

  // MARK: What a container refers to, as it tells

  mutating func note(_ value: Value) {
    guard value.isContainer, let container = value.container else { return }
    note(container)
  }

  mutating func note(_ container: Container) {
    let container = Unmanaged.passUnretained(container)
    guard spreading != nil else { return enter(container, references: 1) }
    if let index = indices[container.toOpaque()] { revive(index) }
  }

  mutating func note(_ values: some Swift.Collection<Value>) {
    guard spreading != nil || values.contains(where: \.isContainer) else { return }
    noteStorage(of: values, references: 1)
    for value in values { note(value) }
  }

  /// - Parameter references: how many the container holds to the array.
  mutating func note(_ boxes: [Box], references: UInt) {
    noteStorage(of: boxes, references: references)
    for box in boxes { note(box) }
  }

  private mutating func noteStorage<Elements: Swift.Collection>(of elements: Elements, references: UInt) {
    guard spreading == nil, !elements.isEmpty else { return }
    entries[current].storage = elements.withContiguousStorageIfAvailable { elements in
      // Before the elements of an array stand its object's two words, their number and the capacity.
      elements.baseAddress.map { UnsafeRawPointer($0) - 4 * MemoryLayout<Int>.size }
    } ?? nil
    // Elements that lie elsewhere can't be asked about; no count is ever 0.
    entries[current].storageReferences = entries[current].storage == nil ? 0 : references
    if entries[current].storage == nil { entries[current].isLive = true }
  }

  // MARK: What is garbage

  /// Something runs whose reference may not be counted.
  mutating func keep(_ container: Unmanaged<Container>) {
    if let index = indices[container.toOpaque()] { entries[index].isLive = true }
  }

  /// The containers that only garbage refers to.
  mutating func garbage() -> [Unmanaged<Container>] {
    spreading = entries.indices.filter { index in
      let entry = entries[index]
      if entry.isLive || strongReferences(UnsafeRawPointer(entry.container.toOpaque())) != UInt(entry.known) { return true }
      return entry.storage.map { strongReferences($0) != entry.storageReferences } ?? false
    }
    for index in spreading ?? [] { entries[index].isLive = true }
    while let index = spreading?.popLast() { noteContents(of: entries[index].container) }
    return entries.lazy.filter { !$0.isLive }.map(\.container)
  }

  private mutating func revive(_ index: Int) {
    guard !entries[index].isLive else { return }
    entries[index].isLive = true
    spreading?.append(index)
  }
}

/// The number of strong references to an object, asked of the runtime by address, so that asking adds none.
@_silgen_name("swift_retainCount")
private func strongReferences(_ object: UnsafeRawPointer) -> UInt
