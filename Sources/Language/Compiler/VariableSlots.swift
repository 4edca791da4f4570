import Syntax

/// The slots of a module's variables by the names of a text. All compilers of the text share them.
final class VariableSlots {
  let names: NameList
  let module: Module
  /// By a name's place, -1 where it wasn't asked for.
  private var slots: [Int32]

  init(_ names: NameList, _ module: Module) {
    self.names = names
    self.module = module
    slots = Array(repeating: -1, count: names.count)
  }

  /// The slot of a name, made if there is none.
  func slot(for name: Name) -> Int {
    let known = slots[name.place]
    if known >= 0 { return Int(known) }
    let slot = module.slot(for: names[name])
    slots[name.place] = Int32(slot)
    return slot
  }

  func slot(of name: Name) -> Int? {
    let known = slots[name.place]
    return known >= 0 ? Int(known) : module.slot(of: names[name])
  }
}
