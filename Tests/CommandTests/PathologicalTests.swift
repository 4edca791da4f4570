import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Programs that nobody would write are answered at once, or at least soon: the times are some ten times what they take.
@Suite("Programs out of all proportion", .serialized) struct PathologicalTests {
  struct Row: CustomTestStringConvertible {
    let name: String
    let program: String
    /// How the program ends: its status and the beginning of the error.
    let status: Int32
    let error: String
    let seconds: Double

    init(_ name: String, _ program: String, _ status: Int32, _ error: String, seconds: Double) {
      self.name = name
      self.program = program
      self.status = status
      self.error = error
      self.seconds = seconds
    }

    var testDescription: String { name }
  }

  private static func row(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
  private static let deep = "error: the program is nested too deeply"

  static let texts: [Row] = [
    Row("10⁵ parentheses", "x = " + row("(", 100_000) + "1" + row(")", 100_000), 2, deep, seconds: 2),
    Row("10⁵ brackets", "x = " + row("[", 100_000) + "1" + row("]", 100_000), 2, deep, seconds: 2),
    Row("10⁵ braces", "x = " + row("{", 100_000) + "1" + row("}", 100_000), 2, deep, seconds: 2),
    Row("10⁵ open parentheses", row("(", 100_000), 2, deep, seconds: 2),
    Row("10⁵ closing brackets", row("]", 100_000), 2, "error: `]` closes nothing", seconds: 2),
    Row("10⁶ braces in a string", "x = \"" + row("{", 1_000_000) + "\"", 0, "", seconds: 2),
    Row("10⁵ values in a string", "x = \"" + row("{1}", 100_000) + "\"", 1, "error: `main` needs more than 32768 variables", seconds: 5),
    Row("10⁶ powers", "x = " + row("2^", 1_000_000) + "1", 2, deep, seconds: 6),
    Row("10⁶ signs", "x = " + row("-", 1_000_000) + "1", 2, deep, seconds: 4),
    Row("3·10⁵ arrows", "x = " + row("a -> ", 300_000) + "1", 2, deep, seconds: 4),
    Row("3·10⁵ calls in a row", "x = f" + row("(1)", 300_000), 2, deep, seconds: 4),
    Row("10⁵ else ifs", "if true { 1 }" + row(" else if true { 1 }", 100_000), 2, deep, seconds: 10),
    Row("3·10⁵ arguments", "f(" + (0..<300_000).map { "a\($0)" }.joined(separator: ", ") + ")", 1, "error: `main` needs more than 32768", seconds: 10),
    Row("10⁵ named arguments", "f(" + (0..<100_000).map { "a\($0): 1" }.joined(separator: ", ") + ")", 1, "error: ", seconds: 10),
    Row("10⁵ fields", "r = (" + (0..<100_000).map { "a\($0): 1" }.joined(separator: ", ") + ")", 1, "error: ", seconds: 10),
    Row("7·10⁴ parameters", "f(" + (0..<70_000).map { "a\($0)" }.joined(separator: ", ") + ") = 1", 1, "error: `f` needs more than 32768", seconds: 10),
    Row("10⁵ variables", (0..<100_000).map { "a\($0) = 1" }.joined(separator: "\n"), 1, "error: `main` needs more than 32768", seconds: 10),
    Row("an identifier of 10 MB", row("a", 10_000_000), 1, "error: there is no `aaaa", seconds: 5),
    Row("an accented identifier of 10 MB", row("é", 5_000_000), 1, "error: there is no `éééé", seconds: 20),
    Row("a line of 10 MB", "x = [" + row("1,", 5_000_000) + "1]", 0, "", seconds: 60),
    Row("a sum of 10 MB", "x = " + row("1+", 5_000_000) + "1", 2, deep, seconds: 40),
    Row("a string of 10 MB", "x = \"" + row("a", 10_000_000) + "\"", 0, "", seconds: 4),
    Row("a number of 10 MB", "x = " + row("1", 10_000_000), 2, "error: the number `1111", seconds: 15),
    Row("a comment of 10 MB", "#" + row("a", 10_000_000), 0, "", seconds: 4),
    Row("10 MB of control characters", row("\u{1}", 10_000_000), 2, "error: a control character", seconds: 4),
  ]

  @Test(arguments: texts) func text(_ row: Row) throws { try check(row, memory: "3GB") }

  static let runs: [Row] = [
    Row("recursion", "f(x) = f(x + 1); f(0)", 1, "error: the calls are nested too deeply: `f` is call number 100000", seconds: 5),
    Row("recursion through the library", "f(x) = map([1], y -> f(y)); f(1)", 1, "error: the calls are nested too deeply", seconds: 5),
    Row("recursion of derivatives", "f(x) = f'(x); f(1)", 1, "error: the calls are nested too deeply", seconds: 5),
    Row("recursion of layers", "layer L(a) { build(x) = L(2)(x); forward(x) = x }; L(1)(2)", 1, "error: the calls are nested too deeply", seconds: 5),
    Row("recursion of handlers", "f(x) = try { f(x) } catch e { f(x) }; f(1)", 124, "error: the time limit", seconds: 10),
    Row("ten thousand calls", "f(x) = if x < 1 { 0 } else { 1 + f(x - 1) }; print(f(10000))", 0, "", seconds: 2),
    Row("a derivative through 10⁴ calls", "f(x, n) = if n < 1 { x } else { 1 + f(x, n - 1) }; print(f'(1, 10000))", 0, "", seconds: 5),
    Row("a derivative through 10⁵ turns", "f(x) = { repeat 100000 { x = x + 1 }; x }; print(f'(2))", 0, "", seconds: 10),
    Row("equality of what is shared 2²⁰⁰ times", "x = (1,); repeat 200 { x = (x, x) }; y = copy(x); print(x == y)", 0, "", seconds: 2),
    Row("the text of what is shared 2²⁰⁰ times", "x = (1,); repeat 200 { x = (x, x) }; print(x)", 1, "error: not enough memory", seconds: 200),
    Row("equality of what is nested 10⁶ deep", "x = (); y = (); repeat 1e6 { x = (x, 1); y = (y, 1) }; print(x == y)", 0, "", seconds: 15),
    Row("the text of what is nested 10⁶ deep", "x = (); repeat 1e6 { x = (x, 1) }; s = string(x)", 0, "", seconds: 10),
    Row("a list of a huge range", "xs = list(i for i in 0..<1e15)", 1, "error: not enough memory", seconds: 20),
    Row("a tensor of a huge range", "xs = [i for i in 0..<1e15]", 1, "error: not enough memory", seconds: 20),
    Row("the sum of a huge range", "x = sum(0..<1e15)", 1, "error: not enough memory", seconds: 2),
    Row("the length of a huge range", "print(length(0..<1e15), 5e14 in 0..<1e15)", 0, "", seconds: 2),
    Row("a part of a huge range", "r = 7...1e18; print(length(r[::2]) > 1e15, r[10], r[3:5][1])", 0, "", seconds: 2),
    Row("all of a huge range", "r = 0..<1e15; x = r[...]", 1, "error: not enough memory", seconds: 2),
    Row("turns without end", "repeat 1e15 { }", 124, "error: the time limit", seconds: 10),
    Row("a huge tensor", "x = zeros(1e9, 1e9)", 1, "error: ", seconds: 2),
  ]

  @Test(arguments: runs) func run(_ row: Row) throws { try check(row, memory: "300MB") }

  private func check(_ row: Row, memory: String) throws {
    try withFolder(["p.grad": row.program]) { folder throws in
      let start = now()
      let outcome = try gradus("--memory-limit", memory, "--time-limit", row.status == 124 ? "2" : "300", folder + "/p.grad")
      let seconds = now() - start
      #expect(outcome.status == row.status && outcome.errors.hasPrefix(row.error), "\(outcome.status) \(outcome.errors.prefix(300))")
      #expect(outcome.errors.utf8.count < 20_000)
      #expect(seconds < row.seconds, "\(seconds) s")
    }
  }

  /// A pipe as a file: nobody writes to it.
  @Test func aPipeThatNobodyWritesTo() throws {
    try withFolder([:]) { folder throws in
      try #require(mkfifo(folder + "/p.grad", 0o600) == 0)
      let late = try gradus("--time-limit", "0.3", folder + "/p.grad")
      #expect(late.status == 124 && late.errors.hasPrefix("error: the time limit is over before the program was read"), "\(late.status) \(late.errors)")
      let stopped = try gradus([folder + "/p.grad"], signal: SIGINT)
      #expect(stopped.status == 130 && stopped.errors.hasPrefix("interrupted"), "\(stopped.status) \(stopped.errors)")
    }
  }

  private func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
