/// A function of the host. The library reaches it by a name that begins with `__`.
package final class Native {
  package let name: String
  /// Parameter names for calls by name; empty for an intrinsic, which is called by position only.
  let parameters: [String]
  let body: Body

  enum Body {
    /// Computes at once from its arguments.
    case plain((Session, Arguments) throws -> Value)
    /// Calls back into the program: it pushes frames on the machine and its result arrives at `destination` later.
    case control((Machine, Arguments, Destination) throws -> Void)
  }

  init(name: String, parameters: [String] = [], body: Body) {
    self.name = name
    self.parameters = parameters
    self.body = body
  }
}

/// The arguments of a host function: a view of the machine's stack, valid during the call only.
struct Arguments {
  let start: UnsafeMutablePointer<Value>
  let count: Int
  /// The value at a position; `nothing` where fewer were given.
  subscript(_ position: Int) -> Value { position < count ? start[position] : .nothing }
  var all: [Value] { (0..<count).map { start[$0] } }
}

/// The register of the calling frame that a result is for.
typealias Destination = Int

/// Groups of host functions, one file each, are tables of this form: `("__exp", { session, x in … })`.
typealias NativeTable = [(name: String, body: (Session, Arguments) throws -> Value)]
