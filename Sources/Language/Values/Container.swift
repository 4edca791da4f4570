/// A value that holds others. Values can be nested as deeply as memory allows, and the host would free them a frame a
/// level, down its own stack; so what holds others gives them up first, and they are freed one after the other.
package class Container {
  /// Moves what it holds to the end of `values`; what holds nothing itself may stay.
  func moveContents(to values: inout [Value]) {}

  /// Names its contents, all that `moveContents` would move.
  func noteContents(in census: inout ReferenceCensus) {}

  /// Frees containers that refer to each other and that nobody else does.
  static func empty(_ garbage: [Unmanaged<Container>]) {
    let containers = garbage.map { $0.takeUnretainedValue() }
    var values: [Value] = []
    for container in containers where container is MutableContainer { container.moveContents(to: &values) }
    free(&values)
  }

  /// Frees values that are nested, each when nobody else holds it. To be called by `deinit` where `moveContents` has work.
  fileprivate static func free(_ values: inout [Value]) {
    while var value = values.popLast() {
      if var container = value.takeContainer(), isKnownUniquelyReferenced(&container) { container.moveContents(to: &values) }
    }
  }

  /// Frees what a container holds that is about to go.
  final func freeContents() {
    var values: [Value] = []
    moveContents(to: &values)
    Container.free(&values)
  }
}

extension Value {
  /// Whether it holds other values.
  var isContainer: Bool {
    switch self {
    case .list, .tuple, .map, .sequence, .function, .layer, .cell, .box: true
    default: false
    }
  }

  /// What holds other values.
  var container: Container? {
    switch self {
    case .list(let list): list
    case .tuple(let tuple): tuple
    case .map(let map): map
    case .sequence(let sequence): sequence
    case .function(let function): function
    case .layer(let layer): layer
    case .cell(let cell): cell
    case .box(let box): box
    default: nil
    }
  }

  /// Takes what is held out of its place, so that its holder may be the only one.
  @inline(never)
  fileprivate mutating func takeContainer() -> Container? {
    let held = container
    self = .unbound
    return held
  }
}

extension Sequence where Element == Value {
  /// Adds those that hold others.
  func appendContainers(to values: inout [Value]) {
    for value in self where value.isContainer { values.append(value) }
  }
}
