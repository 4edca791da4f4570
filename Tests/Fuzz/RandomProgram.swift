/// A program made by walking the grammar: nearly always readable, seldom sensible.
struct RandomProgram {
  private var random: Generator
  /// What calls may name.
  private let functions: [String]
  private var budget: Int

  private static let names = ["x", "y", "z", "xs", "s", "m", "f", "g", "w", "n", "net", "r", "学", "i", "b", "l", "d"]
  private static let numbers = ["0", "1", "2", "3", "7", "0.5", "-1", "1e3", "10", "1e300", "1e18", "2.5", "0xff", "64"]
  private static let operators = ["+", "-", "*", "/", "//", "%", "@", "^", "==", "!=", "<", "<=", ">", ">=", "in", "and", "or", "&", "|", "|>", ">>", "..<", "..."]
  private static let strings = ["\"\"", "\"a\"", "\"añb\"", "\"{x}\"", "\"{1 + 2:.2f}\"", "\"{x:>5}\"", "\"{{}}\"", "\"\\u{3b1}\\n\""]

  /// Something for each name to mean, so that programs get further than their first word.
  private static let prelude = """
    x = 2; y = [1, 2, 3]; z = ones(2, 3); xs = list(1, "a", [2]); s = "abc"; m = ["a": 1, "b": [1, 2]]; f(a) = a * 2; g = a -> a^2
    w = param([1, 2, 3]); n = 3; net = dense(2) >> relu; r = (a: 1, lr: 0.5); 学 = state(0); opt = adam([w]); i = i32([1, 2]); b = [true, false]
    layer K(k) { build(x) = { c = param(ones(3)) }; seen = state(0); twice(x) = { seen := seen + 1; 2x }; forward(x) = twice(x) * k }; l = K(2); d = f64([1, 2])

    """

  static func text(_ random: Generator, functions: [String]) -> String {
    var program = RandomProgram(random: random, functions: functions, budget: 90)
    return prelude + program.statements(2 + program.random.below(10), depth: 0)
  }

  private mutating func statements(_ count: Int, depth: Int) -> String {
    (0..<count).map { _ in
      let one = statement(depth)
      // An error ends the program, unless it is caught.
      return depth == 0 && random.chance(70) ? "try { \(one) } catch e { e.message }" : one
    }.joined(separator: random.chance(20) ? "; " : "\n")
  }

  private mutating func block(_ depth: Int) -> String { "{ " + statements(1 + random.below(3), depth: depth + 1) + " }" }
  private mutating func name() -> String { random.pick(Self.names) }

  private mutating func statement(_ depth: Int) -> String {
    budget -= 1
    guard depth < 4, budget > 0 else { return expression(depth) }
    switch random.below(34) {
    case 0...5: return "\(name()) = \(expression(depth))"
    case 6: return "\(name()) := \(expression(depth))"
    case 7, 8: return "\(name()) \(random.pick(["+=", "-=", "*=", "/=", "^="])) \(expression(depth))"
    case 9: return "\(name())[\(index(depth))] = \(expression(depth))"
    case 10: return "\(name()).\(random.pick(["a", "b", "lr", "0", "weight"])) = \(expression(depth))"
    case 11: return "x, \(random.pick(["y", "_", "xs"])) = \(expression(depth))"
    case 12, 13: return "\(random.pick(["f", "g"]))(\(random.pick(["x", "w", "n"]))\(random.pick(["", ", y", ", y: 2", ", r..."]))) = \(random.chance(50) ? block(depth) : expression(depth))"
    case 14: return "for \(name()) in \(random.chance(60) ? "0..<\(1 + random.below(5))" : expression(depth)) \(block(depth))"
    case 15: return "while \(expression(depth)) \(block(depth))"
    case 16: return "repeat \(random.below(4)) \(block(depth))"
    case 17: return depth == 0 ? expression(depth) : random.pick(["break", "continue", "return", "return x", "x"])
    case 18: return "layer L(a) { b = param(\(expression(depth))); forward(x) = \(expression(depth)) }"
    case 19: return "x = x.append(\(expression(depth)))"
    case 20: return "s = s + \(expression(depth))"
    case 21: return "step(opt) { sum(w * \(expression(depth))) }"
    case 22: return "step(\(random.pick(["opt", "sgd(w, lr: 0.1)", "adam(net)", "adam(l)"]))) \(block(depth))"
    case 23: return "try \(block(depth)) catch e \(block(depth))"
    case 24: return "repeat \(random.below(4)) { try \(block(depth)) catch e { \(random.pick(["break", "continue", "e.kind"])) } }"
    case 25: return "\(random.pick(["training", "evaluating"])) \(block(depth))"
    case 26: return "layer L(a, k: \(expression(depth))) { build(x) = { p = \(expression(depth)) }; q = \(expression(depth)); me() = { q := \(expression(depth)); self }; forward(x) = \(block(depth)) }; l = L(\(expression(depth)))"
    case 27: return "w := w - 0.1 * grad(() -> sum(\(expression(depth))), w)"
    case 28: return "repeat \(random.pick(["3", "40", "3000"])) { \(random.pick(["xs = list(xs, x)", "x = (x, x)", "m = [\"a\": m]", "g = g >> f", "f = f'", "l = K(l)", "z = z + 1", "r = (a: r, lr: r)", "学 = state(学)", "xs += xs"])) }"
    case 29: return "\(name())\(random.pick([".a", "[0]", "[-1]", "[\"a\"]", "[:, 0]", ".0"]))\(random.pick([".lr", "[1]", "[b]", ""])) \(random.pick(["=", "+=", "*="])) \(expression(depth))"
    case 30: return "print(\(expression(depth)), \(expression(depth)))"
    default: return expression(depth)
    }
  }

  private mutating func index(_ depth: Int) -> String {
    switch random.below(7) {
    case 0: return ":"
    case 1: return "\(random.below(5) - 2):\(random.below(5))"
    case 2: return "..., 0"
    case 3: return "\(expression(depth + 1)), :"
    case 4: return "::2"
    default: return expression(depth + 1)
    }
  }

  private mutating func expression(_ depth: Int) -> String {
    budget -= 1
    guard depth < 7, budget > 0 else { return random.chance(50) ? name() : random.pick(Self.numbers) }
    let d = depth + 1
    switch random.below(40) {
    case 0...3: return name()
    case 4...6: return random.pick(Self.numbers)
    case 7: return random.pick(Self.strings)
    case 8: return random.pick(["true", "false", "nothing", "[]", "[:]", "()", "pi", "inf", "nan", "randn(2, 2)"])
    case 9...13: return "\(operand(d)) \(random.pick(Self.operators)) \(operand(d))"
    case 14: return "(\(expression(d)))"
    case 15: return "[" + (0..<random.below(4)).map { _ in expression(d) }.joined(separator: ", ") + "]"
    case 16: return random.chance(40) ? "(a: \(expression(d)), lr: \(expression(d)))" : "(\(expression(d)), \(expression(d)))"
    case 17: return "[\(expression(d)): \(expression(d))]"
    case 18...22: return call(d)
    case 23: return "\(name())[\(index(d))]"
    case 24: return "\(name()).\(random.pick(["a", "shape", "T", "size", "0", "parameters", "type"]))"
    case 25: return "\(name()) -> \(expression(d))"
    case 26: return "(\(random.pick(["f", "x -> x^2", "sin", "x -> sum(x * x)"])))\(random.pick(["'", "''"]))(\(expression(d)))"
    case 27: return "if \(expression(d)) { \(expression(d)) } else { \(expression(d)) }"
    case 28: return "try { \(expression(d)) } catch e { e.message }"
    case 29: return "grad(\(random.pick(["f", "l", "x -> sum(x^2)", "(a, b) -> sum(a * b)", "() -> sum(w)", "p -> p.a"])))(\(expression(d)), \(expression(d)))"
    case 30: return "\(random.pick(["grad", "value_and_grad"]))(() -> sum(\(expression(d))), \(random.pick(["w", "net", "l", "[w]", "r", "xs"])))"
    case 31: return "\(random.pick(["jacobian", "hessian", "check_gradient"]))(\(random.pick(["f, ", "x -> x^3, ", "sin)("]))\(expression(d)))"
    case 32: return "\(name())[\(index(d)), \(index(d))\(random.pick(["", ", new", ", ...", ", b"]))]"
    case 33: return "[\(expression(d)) for \(name()), \(random.pick(["x", "(y, _)", "s"])) in enumerate(\(expression(d))) if \(expression(d))]"
    case 34: return "[\(expression(d)): \(expression(d)) for \(name()) in \(expression(d))]"
    case 35: return "\"{\(expression(d)):\(random.pick([">9", ".3f", ",", "e", "<4.1", "d", "%", "08.2f"]))} {\(expression(d))}\""
    case 36: return nested(random.pick(["()", "[]", "{}", "-", "not ", "x -> ", "f(", "[0]", "'", ".T", "2^", "1+"]), random.pick(["3", "60", "700", "5000"]))
    case 37: return "\(random.pick(["l", "net", "net[0]", "K(3)", "dense(1)"]))(\(expression(d)))"
    case 38: return "(\(expression(d)) |> \(random.pick(["f", "l", "net", "sum", "x -> x + 1", "softmax"])))"
    default: return "[\(expression(d)) for \(name()) in \(random.chance(70) ? "0..<3" : expression(d))]"
    }
  }

  /// The same sign over and over.
  private mutating func nested(_ sign: String, _ times: String) -> String {
    let count = Int(times) ?? 1
    func row(_ text: String) -> String { String(repeating: text, count: count) }
    switch sign {
    case "()", "[]", "{}": return row(String(sign.prefix(1))) + "x" + row(String(sign.suffix(1)))
    case "f(": return row("f(") + "x" + row(")")
    case "[0]", "'", ".T": return "z" + row(sign)
    default: return row(sign) + "x"
    }
  }

  private mutating func operand(_ depth: Int) -> String { random.chance(95) ? "(\(expression(depth)))" : expression(depth) }

  private mutating func call(_ depth: Int) -> String {
    let callee = random.chance(80) ? random.pick(functions) : name()
    var given = (0..<random.below(4)).map { _ in expression(depth) }
    if random.chance(10) { given.append("axis: " + expression(depth)) }
    let arguments = given.joined(separator: ", ")
    if random.chance(25) { return "\(name()).\(callee)(\(arguments))" }
    return "\(callee)(\(arguments))" + (random.chance(8) ? " { \(expression(depth)) }" : "")
  }
}
