import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite("Programs that would go on for ever") struct LimitTests {
  @Test func anInterruptSaysHowFarTheLoopsAre() throws {
    let program = """
      for i in 0..<10 {
        n = 0
        while n < 100 {
          n += 1
          if i == 3 and n == 3 {
            k = 0
            repeat 5 {
              k += 1
              if k == 5 { for x in "abc" { if x == "c" { while true { } } } }
            }
          }
        }
      }
      """
    let errors = try gradus("--time-limit", "0.3", "-e", program).errors
    let turns = errors.split(separator: "\n").filter { $0.contains("turn") }.map { $0.drop { $0 != "t" } }
    #expect(
      turns.prefix(4) == [
        "the loop at line 1 has done 3 turns", "the loop at line 3 has done 2 turns", "the loop at line 7 has done 4 turns", "the loop at line 9 has done 2 turns",
      ], "\(errors)")
    #expect(turns.count == 5)
  }

  @Test(arguments: [
    "xs = [i for i in 0..<1e18]", "xs = list(i for i in 0..<1e18)", "xs = []; while true { xs = xs.append(1) }", "s = \"x\"; while true { s = s + s }",
    "s = \"x\"; while true { s += s }", "xs = [\"a\"]; while true { xs = xs + xs }", "m = [:]; i = 0; while true { m[\"key {i}\"] = list(i, i); i += 1 }",
    "xs = (); while true { xs = (xs, 1) }", "xs = list(1); while true { xs = list(xs) }", "xs = [:]; while true { xs = [1: xs] }", "r = 1; while true { r = (r: r) }",
    "layer L(a) { forward(x) = x }; l = 1; while true { l = L(l) }", "f = relu; while true { f = grad(f) }", "f = relu; while true { f = f >> f }",
    "xs = (1,); repeat 60 { xs = (xs, xs) }; s = string(xs)", "f = x -> x; mk(g) = x -> g(x); while true { f = mk(f) }",
  ])
  func memory(_ program: String) throws {
    let outcome = try gradus("--memory-limit", "200MB", "--time-limit", "60", "-e", program)
    #expect(outcome.status == 1 && outcome.errors.hasPrefix("error: not enough memory"), "\(outcome.status) \(outcome.errors.prefix(500))")
  }

  /// Small tensors that come and go leave nothing behind: the time ends such a loop, not the memory.
  @Test func memoryStaysFlat() throws {
    let outcome = try gradus("--memory-limit", "200MB", "--time-limit", "2", "-e", "x = ones(1); while true { x = x + 1 }")
    #expect(outcome.status == 124 && outcome.errors.hasPrefix("error: the time limit"), "\(outcome.status) \(outcome.errors.prefix(500))")
  }

  @Test func randomProgramsNeitherCrashNorHang() throws {
    let found = try fuzz("--count", "3000")
    #expect(found.status == 0, "\(found.text)")
  }

  /// Interrupted a hundred times and more, they show what they show undisturbed.
  @Test func interruptedProgramsGoOnAsIfNothingHadBeen() throws {
    let found = try fuzz("--storm", "1")
    #expect(found.status == 0, "\(found.text)")
    let count = found.text.split(separator: "\n").last?.split(separator: " ").compactMap { Int($0) } ?? []
    #expect(count.count == 3 && count[1] > 100, "\(found.text)")
  }

  private func fuzz(_ arguments: String...) throws -> (status: Int32, text: String) {
    let program = executable.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/fuzz"
    return try withFolder([:]) { folder throws in
      let status = system("cd '\(folder)' && '\(program)' \(arguments.joined(separator: " ")) > found.txt")
      return (status, try contents(folder + "/found.txt"))
    }
  }
}
