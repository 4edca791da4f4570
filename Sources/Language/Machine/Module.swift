import Syntax

/// The variables of a program, an imported file or the library, each in a numbered slot.
///
/// Code at the top level of a program uses the slots as its registers, its temporary values standing after them;
/// functions reach them through the module.
final class Module {
  let name: String
  let isLibrary: Bool
  private(set) var names: [String] = []
  private var slots: [String: Int] = [:]
  private(set) var storage: UnsafeMutablePointer<Value>
  private(set) var capacity: Int
  /// Where the top levels of programs bound names, each program's in order of appearance.
  private var bindings: [(source: SourceText, names: NameList, places: [(name: Name, span: Span)])] = []
  /// What the library calls by a slot's name, once it was looked up.
  var fallbacks: [Value?] = []

  init(name: String, isLibrary: Bool = false) {
    self.name = name
    self.isLibrary = isLibrary
    capacity = 64
    storage = .allocate(capacity: capacity)
    storage.initialize(repeating: .unbound, count: capacity)
  }

  deinit {
    storage.deinitialize(count: capacity)
    storage.deallocate()
  }

  var count: Int { names.count }

  /// Leaves every variable unbound.
  func forgetValues() {
    for slot in 0..<capacity { storage[slot] = .unbound }
    for slot in fallbacks.indices { fallbacks[slot] = nil }
  }

  /// Where the top level of a program bound a name last.
  func place(of name: String) -> GradusError.Place? {
    for text in bindings.reversed() {
      if let last = text.places.last(where: { text.names[$0.name] == name }) { return GradusError.Place(source: text.source, span: last.span) }
    }
    return nil
  }

  /// Where a text bound a name last, before an offset.
  func place(of name: String, in source: SourceText, before offset: Int) -> GradusError.Place? {
    guard let text = bindings.last(where: { $0.source === source }) else { return nil }
    return text.places.last { $0.span.start < offset && text.names[$0.name] == name }.map { GradusError.Place(source: source, span: $0.span) }
  }

  func noteBindings(_ places: [(name: Name, span: Span)], in source: SourceText, _ names: NameList) {
    if !places.isEmpty { bindings.append((source, names, places)) }
  }

  func slot(of name: String) -> Int? { slots[name] }

  /// The slot of a name, made if there is none.
  func slot(for name: String) -> Int {
    // Asked for and added in one go.
    func known(_ slot: inout Int) -> Int { slot }
    let slot = known(&slots[name, default: count])
    guard slot == count else { return slot }
    names.append(name)
    fallbacks.append(nil)
    reserve(count)
    return count - 1
  }

  /// Makes room for so many more.
  func reserveNames(_ more: Int) {
    names.reserveCapacity(count + more)
    slots.reserveCapacity(count + more)
    fallbacks.reserveCapacity(count + more)
  }

  func reserve(_ wanted: Int) {
    guard wanted > capacity else { return }
    let larger = max(wanted, capacity * 2)
    let moved = UnsafeMutablePointer<Value>.allocate(capacity: larger)
    moved.moveInitialize(from: storage, count: capacity)
    (moved + capacity).initialize(repeating: .unbound, count: larger - capacity)
    storage.deallocate()
    storage = moved
    capacity = larger
  }

  /// Slots without a name, which hold temporary values of a run that was interrupted.
  final class HiddenSlots {
    private let module: Module
    private let slots: Range<Int>

    fileprivate init(_ module: Module, _ slots: Range<Int>) {
      self.module = module
      self.slots = slots
    }

    /// Gives up the values, and the slots if no variable came behind them.
    func free() {
      for slot in slots { module.storage[slot] = .unbound }
      guard module.count == slots.upperBound else { return }
      module.names.removeLast(slots.count)
      module.fallbacks.removeLast(slots.count)
    }
  }

  /// Lets new variables begin at a slot.
  func hide(upTo end: Int) -> HiddenSlots {
    let slots = count..<max(count, end)
    reserve(slots.upperBound)
    names += repeatElement("", count: slots.count)
    fallbacks += repeatElement(nil, count: slots.count)
    return HiddenSlots(self, slots)
  }

  /// The variables that are bound.
  var bound: [(name: String, value: Value)] {
    names.indices.compactMap { slot in
      if names[slot].isEmpty { return nil }
      if case .unbound = storage[slot] { return nil }
      return (names[slot], storage[slot])
    }
  }
}
