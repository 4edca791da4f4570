import Syntax

/// A function: a closure over code, a primitive of the host, or one made from others.
package final class FunctionValue: Container {
  package enum Kind {
    case closure(Code, captures: [Box])
    /// A function of a layer, which sees the layer's fields.
    case method(Code, captures: [Box], of: Layer)
    case native(Native)
    /// `f'`, `f''`.
    case derivative(of: Value, order: Int)
    /// A constructor of layers.
    case constructor(Code, captures: [Box], LayerType)
    /// `grad(f)`; with the value, `value_and_grad(f)`.
    case gradient(of: Value, withValue: Bool)
    /// `jacobian(f)`.
    case jacobian(of: Value)
  }
  package private(set) var kind: Kind
  /// The code of a closure whose arguments may stay where a call by position alone put them. The session keeps all code.
  let plainHead: UnsafePointer<CodeHead>?
  /// The same, if it has no captured variables.
  let bareHead: UnsafePointer<CodeHead>?
  private(set) var captures: [Box]

  init(_ kind: Kind) {
    self.kind = kind
    switch kind {
    case .closure(let code, let captures):
      plainHead = code.restIndex != nil ? nil : code.head
      bareHead = code.restIndex != nil || !captures.isEmpty ? nil : code.head
      self.captures = captures
    case .method(_, let captures, _), .constructor(_, let captures, _):
      plainHead = nil
      bareHead = nil
      self.captures = captures
    case .native, .derivative, .gradient, .jacobian:
      plainHead = nil
      bareHead = nil
      captures = []
    }
  }

  deinit {
    switch kind {
    case .native: break
    case .closure: if captures.contains(where: { $0.value.isContainer }) { freeContents() }
    case .method, .constructor, .derivative, .gradient, .jacobian: freeContents()
    }
  }

  override func noteContents(in census: inout ReferenceCensus) {
    switch kind {
    case .closure, .constructor: census.note(captures, references: 2)
    case .method(_, _, let layer):
      census.note(captures, references: 2)
      census.note(layer)
    case .derivative(let function, _), .gradient(let function, _), .jacobian(let function): census.note(function)
    case .native: break
    }
  }

  override func moveContents(to values: inout [Value]) {
    values += captures.lazy.map { .box($0) }
    captures = []
    switch kind {
    case .method(_, _, let layer): values.append(.layer(layer))
    case .derivative(let function, _), .gradient(let function, _), .jacobian(let function): values.append(function)
    case .closure, .constructor, .native: break
    }
    kind = .derivative(of: .unbound, order: 0)
  }

  /// What it is called in messages.
  package var name: String {
    switch kind {
    case .closure(let code, _), .method(let code, _, _), .constructor(let code, _, _): code.name
    case .native(let native): native.name
    case .derivative(.function(let f), let order): f.name + (order <= 5 ? String(repeating: "'", count: order) : "^(\(order))")
    case .derivative: "derivative"
    case .gradient(_, let withValue): withValue ? "value_and_grad" : "grad"
    case .jacobian: "jacobian"
    }
  }
}

/// A variable that an inner function has captured.
package final class Box: MutableContainer {
  /// Changed only through `Session.write`.
  package internal(set) var value: Value
  init(_ value: Value) { self.value = value }

  deinit { if value.isContainer { freeContents() } }

  override func noteContents(in census: inout ReferenceCensus) { census.note(value) }

  override func moveContents(to values: inout [Value]) {
    values.append(value)
    value = .unbound
  }
}
