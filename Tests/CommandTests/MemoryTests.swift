import Testing

/// What a long run takes, beside a short one: nothing may pile up.
@Suite("Memory over many steps", .serialized) struct MemoryTests {
  /// A program with the number of its turns in place of N, for few turns and for many.
  static let programs: [(String, Int, Int)] = [
    // Training, an optimiser with state, a loss that is looked at.
    (
      """
      model = dense(8) >> tanh >> dense(1)
      opt = adam(model, lr: 0.001)
      x = randn(16, 4); y = randn(16, 1)
      for i in 0..<N { l = step(opt) { mse(model(x), y) } }
      print(l < 100)
      """, 500, 10_000
    ),
    // A loss that becomes nan: each step is looked at, none is kept.
    ("w = param([1.0]); opt = sgd([w], lr: 1); for i in 0..<N { l = step(opt) { sum(log(w - 2)) } }; print(l.rank == 0)", 500, 10_000),
    // Small tensors that come and go, pending all the while.
    ("x = ones(1); for i in 0..<N { x = x + 1 }; print(x[0] == N + 1)", 10_000, 1_000_000),
    ("s = 0; x = ones(3); for i in 0..<N { y = x * i; s = y }; print(number(sum(s)) == 3 * (N - 1))", 10_000, 1_000_000),
    // Numbers of derivatives.
    ("f(x) = x^3; s = 0; for i in 0..<N { s = s + f'(2) }; print(s == 12 * N)", 1_000, 50_000),
  ]

  @Test(arguments: programs) func staysFlat(_ program: String, few: Int, many: Int) throws {
    func peak(_ count: Int) throws -> Int {
      let outcome = try gradus("-e", program.split(separator: "N", omittingEmptySubsequences: false).joined(separator: "\(count)"))
      #expect(outcome.status == 0 && outcome.output == "true\n", "\(outcome.output) \(outcome.errors)")
      return outcome.peakMemory
    }
    let growth = try peak(many) - peak(few)
    #expect(growth < 6 << 20, "\(growth) bytes more")
  }

  /// A chain that long, held as a whole by a derivative, is freed without recursion.
  @Test func aDeepGraphIsFreed() throws {
    let outcome = try gradus("-e", "f(x) = { y = x; for i in 0..<1000000 { y = y + 1 }; sum(y) }; grad(f)([1, 2])")
    #expect(outcome.status == 0 && outcome.output == "[1, 1]\n", "\(outcome.status) \(outcome.errors.prefix(300))")
  }
}
