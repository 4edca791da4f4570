import Syntax

/// Values that grow in their place: `s = s + "x"`, `xs += ys`, `xs = xs.append(v)`. Values never change, but one that
/// nobody else holds is about to be given up, so nobody can tell; and a loop that lengthens a list is linear.
extension Machine {
  /// `x = x + y` for strings and lists, if nobody else holds what x holds. What is added to stands in x itself or in a
  /// temporary copy of it, which is given up.
  func grow(_ place: UnsafeMutablePointer<Value>, from copy: UnsafeMutablePointer<Value>, by other: UnsafeMutablePointer<Value>) throws -> Bool {
    // What lies beyond the limit of memory must be refused before it's taken.
    if place.string != nil, let tail = other.string {
      try spend(tail.length)
    } else if let head = place.list, let tail = other.list {
      if head.count + tail.count > head.capacity { try spend(64 + 32 * (head.count + tail.count)) }
    }
    return growInPlace(place, from: copy, by: other)
  }

  /// The same as long as no limit has to be looked at, else false with nothing done.
  @inline(never)
  func growQuickly(_ place: UnsafeMutablePointer<Value>, from copy: UnsafeMutablePointer<Value>, by other: UnsafeMutablePointer<Value>) -> Bool {
    if place.string != nil, let tail = other.string {
      let noted = pressure &+ tail.length
      guard noted <= Self.unasked, growInPlace(place, from: copy, by: other) else { return false }
      pressure = noted
      return true
    }
    guard let head = place.list, let tail = other.list, head.count + tail.count <= head.capacity else { return false }
    return growInPlace(place, from: copy, by: other)
  }

  @inline(__always)
  private func growInPlace(_ place: UnsafeMutablePointer<Value>, from copy: UnsafeMutablePointer<Value>, by other: UnsafeMutablePointer<Value>) -> Bool {
    guard place != other, copy != other, place == copy || place.holdsSame(as: copy) else { return false }
    if let head = place.string, let tail = other.string {
      if place != copy { copy.pointee = .unbound }
      if head.isAlone {
        head.append(tail)
        return true
      }
    } else if let head = place.list, let tail = other.list {
      if place != copy { copy.pointee = .unbound }
      if head.isAlone {
        head.append(tail)
        return true
      }
    } else {
      return false
    }
    if place != copy { copy.pointee = place.pointee }
    return false
  }

  // MARK: `x = x.append(e)`

  /// `x = append(x, e)` and `x = x.append(e)` for a variable in a register and a value that can't change it, if nobody else
  /// holds the list in x. Nothing is done if the program has a variable `append` of its own.
  func append(
    _ item: UnsafeMutablePointer<Value>, to place: UnsafeMutablePointer<Value>, unless own: UnsafeMutablePointer<Value>, isTemporary: Bool
  ) throws -> Bool {
    guard let list = place.list else { return false }
    try makeRoom(list)
    return appendQuickly(item, to: place, unless: own, isTemporary: isTemporary)
  }

  /// The same as long as no limit has to be looked at, else false with nothing done.
  @inline(never)
  func appendQuickly(
    _ item: UnsafeMutablePointer<Value>, to place: UnsafeMutablePointer<Value>, unless own: UnsafeMutablePointer<Value>, isTemporary: Bool
  ) -> Bool {
    guard let list = place.list, list.count < list.capacity, item != place, meansAppend(own, isMethod: true), list.isAlone else { return false }
    if case .unbound = item.pointee { return false }
    if isTemporary { list.take(item) } else { list.append(item) }
    return true
  }

  /// Looks at the limit before a full list grows, and gives a long one room for more than it would take itself: memory that
  /// isn't written yet costs nothing, and copying does.
  private func makeRoom(_ list: Held<ListValue>) throws {
    if list.count == list.capacity {
      let isLong = list.count >= 1 << 10 && list.count < 1 << 20 && list.isAlone
      let room = list.count * (isLong ? 4 : 2)
      try spend(64 + 16 * room)
      if isLong { list.reserve(room) }
    }
    if hasLibraryAppend == nil { hasLibraryAppend = try session.libraryValue("append").map(Self.isAppend) ?? false }
  }

  /// The same for other variables and values, written as a call that is not made if the list in x can grow.
  func append(to place: UnsafeMutablePointer<Value>, _ call: Instruction, _ r: UnsafeMutablePointer<Value>) throws -> Bool {
    guard let list = place.list else { return false }
    try makeRoom(list)
    return appendInPlace(to: place, call, r)
  }

  /// The same as long as no limit has to be looked at, else false with nothing done.
  @inline(never)
  func appendQuickly(to place: UnsafeMutablePointer<Value>, _ call: Instruction, _ r: UnsafeMutablePointer<Value>) -> Bool {
    guard let list = place.list, list.count < list.capacity else { return false }
    return appendInPlace(to: place, call, r)
  }

  @inline(__always)
  private func appendInPlace(to place: UnsafeMutablePointer<Value>, _ call: Instruction, _ r: UnsafeMutablePointer<Value>) -> Bool {
    let receiver = r + Int(call.b) + 1, item = receiver + 1
    guard call.d == 2, let list = place.list, receiver.list != nil, place.holdsSame(as: receiver),
      meansAppend(r + Int(call.b), isMethod: call.opcode == .callMethod)
    else { return false }
    if case .unbound = item.pointee { return false }
    receiver.pointee = .unbound
    guard list.isAlone else {
      receiver.pointee = place.pointee
      return false
    }
    list.take(item)
    return true
  }

  /// The same for a captured variable, unless what it held must be noted.
  func append(to box: Box, _ call: Instruction, _ r: UnsafeMutablePointer<Value>) throws -> Bool {
    guard !session.journal.isOpen else { return false }
    return try withUnsafeMutablePointer(to: &box.value) { try append(to: $0, call, r) }
  }

  private func meansAppend(_ callee: UnsafeMutablePointer<Value>, isMethod: Bool) -> Bool {
    if case .unbound = callee.pointee { return isMethod && hasLibraryAppend == true }
    return Self.isAppend(callee.pointee)
  }

  static func isAppend(_ value: Value) -> Bool {
    guard case .function(let function) = value, case .native(let native) = function.kind else { return false }
    return native.name == "append"
  }

  // MARK: `x += e`

  /// What `combine` does with other values than numbers.
  func combine(_ i: Instruction, _ place: UnsafeMutablePointer<Value>, _ other: UnsafeMutablePointer<Value>, _ head: UnsafePointer<CodeHead>) throws {
    var code: Code { head.pointee.code.takeUnretainedValue() }
    let operation = BinaryOperator.all[Int(i.d)]
    if case .unbound = place.pointee, code.isTopLevel { throw session.nothingToChange(code.variableName(Int(i.a))) }
    if operation == .add, try grow(place, from: place, by: other) { return }
    let right = session.read(try bindable(other, i.c, head))
    let left = session.read(try bindable(place, i.a, head))
    let value = try session.binary(operation, left, right)
    try spend(on: value)
    try session.assign(&place.pointee, value, name: code.variableName(Int(i.a)))
  }
}

/// A value that is an object is the reference to it, with the number of the case behind it. So an object can be asked in its
/// place whether that is the only one that holds it; taken out, it would be held twice.
private struct Held<Object: AnyObject> {
  private let place: UnsafeMutableRawPointer

  init(_ place: UnsafeMutablePointer<Value>) { self.place = UnsafeMutableRawPointer(place) }

  @inline(__always)
  var isAlone: Bool { isKnownUniquelyReferenced(&place.assumingMemoryBound(to: Object.self).pointee) }

  @inline(__always)
  func with<Result>(_ body: (Object) -> Result) -> Result {
    place.assumingMemoryBound(to: Unmanaged<Object>.self).pointee._withUnsafeGuaranteedRef(body)
  }
}

extension Held<StringValue> {
  @inline(__always)
  var length: Int { with { $0.length } }

  @inline(__always)
  func append(_ tail: Held<StringValue>) { with { head in tail.with { tail in head.append(tail) } } }
}

extension Held<ListValue> {
  @inline(__always)
  var count: Int { with { $0.elements.count } }

  @inline(__always)
  var capacity: Int { with { $0.elements.capacity } }

  func reserve(_ room: Int) { with { $0.elements.reserveCapacity(room) } }

  @inline(__always)
  func append(_ item: UnsafeMutablePointer<Value>) { with { $0.elements.append(item.pointee) } }

  @inline(__always)
  func append(_ tail: Held<ListValue>) { with { head in tail.with { tail in head.elements += tail.elements } } }

  /// Appends what a register holds, which gives it up.
  @inline(__always)
  func take(_ item: UnsafeMutablePointer<Value>) {
    with { $0.elements.append(item.move()) }
    item.initialize(to: .unbound)
  }
}

extension UnsafeMutablePointer<Value> {
  @inline(__always)
  fileprivate var string: Held<StringValue>? { if case .string = pointee { Held(self) } else { nil } }

  @inline(__always)
  fileprivate var list: Held<ListValue>? { if case .list = pointee { Held(self) } else { nil } }

  /// Whether both hold the same object, if both hold one of the same kind.
  @inline(__always)
  fileprivate func holdsSame(as other: UnsafeMutablePointer<Value>) -> Bool {
    UnsafeRawPointer(self).load(as: UInt.self) == UnsafeRawPointer(other).load(as: UInt.self)
  }
}
