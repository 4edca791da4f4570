import Syntax

/// Values that grow in their place: `s = s + "x"`, `xs += ys`, `xs = xs.append(v)`. Values never change, but one that
/// nobody else holds is about to be given up, so nobody can tell; and a loop that lengthens a list is linear.
extension Machine {
  /// `x = x + y` for strings and lists, if nobody else holds what x holds. What is added to stands in x itself or in a
  /// temporary copy of it, which is given up.
  @inline(never)
  func grow(_ place: UnsafeMutablePointer<Value>, from copy: UnsafeMutablePointer<Value>, by other: UnsafeMutablePointer<Value>) throws -> Bool {
    guard place != other, copy != other else { return false }
    switch other.pointee {
    case .string(let tail):
      guard place == copy || isSame(place.pointee, copy.pointee), var head = place.pointee.takeString() else { return false }
      defer { place.pointee = .string(head) }
      if place != copy { copy.pointee = .unbound }
      guard isKnownUniquelyReferenced(&head) else {
        if place != copy { copy.pointee = .string(head) }
        return false
      }
      try spend(tail.text.utf8.count)
      head.text += tail.text
      return true
    case .list(let tail):
      guard place == copy || isSame(place.pointee, copy.pointee), var head = place.pointee.takeList() else { return false }
      defer { place.pointee = .list(head) }
      if place != copy { copy.pointee = .unbound }
      guard isKnownUniquelyReferenced(&head) else {
        if place != copy { copy.pointee = .list(head) }
        return false
      }
      let count = head.elements.count + tail.elements.count
      if count > head.elements.capacity { try spend(64 + 32 * count) }
      head.elements += tail.elements
      return true
    default: return false
    }
  }

  private func isSame(_ a: Value, _ b: Value) -> Bool {
    switch (a, b) {
    case (.list(let x), .list(let y)): x === y
    case (.string(let x), .string(let y)): x === y
    default: false
    }
  }

  /// `x = append(x, e)` and `x = x.append(e)`, written as a call that is not made if the list in x can grow.
  @inline(never)
  func append(to place: inout Value, _ call: Instruction, _ r: UnsafeMutablePointer<Value>) throws -> Bool {
    let receiver = r + Int(call.b) + 1, item = receiver + 1
    guard call.d == 2, isSame(place, receiver.pointee), meansAppend(r + Int(call.b), isMethod: call.opcode == .callMethod) else { return false }
    if case .unbound = item.pointee { return false }
    guard var list = place.takeList() else { return false }
    defer { place = .list(list) }
    receiver.pointee = .unbound
    guard isKnownUniquelyReferenced(&list) else {
      receiver.pointee = .list(list)
      return false
    }
    if list.elements.count == list.elements.capacity { try spend(64 + 32 * list.elements.count) }
    list.elements.append(item.pointee)
    return true
  }

  /// The same for a captured variable, unless what it held must be noted.
  func append(to box: Box, _ call: Instruction, _ r: UnsafeMutablePointer<Value>) throws -> Bool {
    try !session.journal.isOpen && append(to: &box.value, call, r)
  }

  private func meansAppend(_ callee: UnsafeMutablePointer<Value>, isMethod: Bool) -> Bool {
    if case .unbound = callee.pointee { return isMethod && hasLibraryAppend }
    return Self.isAppend(callee.pointee)
  }

  static func isAppend(_ value: Value) -> Bool {
    guard case .function(let function) = value, case .native(let native) = function.kind else { return false }
    return native.name == "append"
  }

  // MARK: `x += e`

  /// What `combine` does with other values than numbers.
  func combine(_ i: Instruction, _ place: UnsafeMutablePointer<Value>, _ other: UnsafeMutablePointer<Value>, _ code: Code) throws {
    let operation = BinaryOperator.all[Int(i.d)]
    if case .unbound = place.pointee, code.isTopLevel { throw session.nothingToChange(code.variableNames[Int(i.a)] ?? "?") }
    if operation == .add, try grow(place, from: place, by: other) { return }
    let right = session.read(try bindable(other, i.c, code))
    let left = session.read(try bindable(place, i.a, code))
    let value = try session.binary(operation, left, right)
    try spend(on: value)
    try session.assign(&place.pointee, value, name: code.variableNames[Int(i.a)] ?? "?")
  }
}

extension Value {
  /// Takes what is held out of its place, so that its holder may be the only one.
  @inline(never)
  fileprivate mutating func takeString() -> StringValue? {
    guard case .string(let string) = self else { return nil }
    self = .unbound
    return string
  }
}
