/// What a tensor's elements are, in the order in which types mix.
package enum ElementType: UInt8, CaseIterable, Comparable, Sendable {
  case bool, i32, f32, f64

  package var byteSize: Int {
    switch self {
    case .bool: 1
    case .i32, .f32: 4
    case .f64: 8
    }
  }

  package var isFloat: Bool { self >= .f32 }

  package var name: String {
    switch self {
    case .bool: "bool"
    case .i32: "i32"
    case .f32: "f32"
    case .f64: "f64"
    }
  }

  /// The floating type in which functions such as `exp` compute.
  var floating: ElementType { self == .f64 ? .f64 : .f32 }

  /// The type in which arithmetic computes: two bools add up to an i32.
  var arithmetic: ElementType { self == .bool ? .i32 : self }

  package static func < (a: ElementType, b: ElementType) -> Bool { a.rawValue < b.rawValue }
}
