import Syntax

/// A function: a closure over code, a primitive of the host, or one made from others.
package final class FunctionValue {
  package enum Kind {
    case closure(Code, captures: [Box])
    /// A function of a layer, which sees the layer's fields.
    case method(Code, captures: [Box], of: Layer)
    case native(Native)
    /// `f'`, `f''`.
    case derivative(of: Value, order: Int)
    /// A constructor of layers.
    case constructor(Code, captures: [Box], LayerType)
    /// What an operation on functions made: `grad(f)`; the operation gets `operands` and then the arguments.
    case applied(Native, operands: [Value])
  }
  package let kind: Kind
  /// The code of a closure whose arguments may stay where a call by position alone put them. The session keeps all code.
  let plainHead: UnsafePointer<CodeHead>?
  /// The same, if it has no captured variables.
  let bareHead: UnsafePointer<CodeHead>?
  let captures: [Box]

  init(_ kind: Kind) {
    self.kind = kind
    switch kind {
    case .closure(let code, let captures):
      plainHead = code.hasRest ? nil : code.head
      bareHead = code.hasRest || !captures.isEmpty ? nil : code.head
      self.captures = captures
    case .method(_, let captures, _), .constructor(_, let captures, _):
      plainHead = nil
      bareHead = nil
      self.captures = captures
    case .native, .derivative, .applied:
      plainHead = nil
      bareHead = nil
      captures = []
    }
  }

  /// What it is called in messages.
  package var name: String {
    switch kind {
    case .closure(let code, _), .method(let code, _, _), .constructor(let code, _, _): code.name
    case .native(let native): native.name
    case .derivative(.function(let f), let order): f.name + String(repeating: "'", count: order)
    case .derivative: "derivative"
    case .applied(let native, _): native.name
    }
  }
}

/// A variable that an inner function has captured.
package final class Box {
  /// Changed only through `Session.write`.
  package internal(set) var value: Value
  init(_ value: Value) { self.value = value }
}
