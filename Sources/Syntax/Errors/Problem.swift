/// A syntax error on its way out of the parser. The error is boxed: every function of the recursive descent reserves room on the
/// stack for what it may throw, and a pointer's room keeps deep nesting cheap.
indirect enum Problem: Error {
  case of(GradusError)

  var error: GradusError {
    get { switch self { case .of(let error): error } }
    set { self = .of(newValue) }
  }
}
