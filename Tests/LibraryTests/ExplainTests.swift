import Language
import Syntax
import Testing

/// What `why`, `graph`, `plan` and `profile` say, as whole texts.
@Suite("Explaining") struct ExplainTests {
  private func check(_ row: Row) throws {
    var runner = Runner()
    let output = try runner.run(row.program)
    #expect(agrees(output, with: row.expected), "\(output)")
  }

  // MARK: Where a nan came from

  static let causes: [Row] = [
    Row(
      "x = [1, 2, 0]\ny = log(x)\nwhy(y)",
      """
      why: the first infinity came from `log`
        test:2:5
        |
      2 | y = log(x)
        |     ^^^^^^
        |         └ x is [3] f32, min 0, mean 1, max 2
        = the logarithm of 0 is -inf
        = at [2]: log(0) = -inf
        = the result is [3] f32, min 0, mean 0.3466, max 0.6931, 1 infinite
        = hint: `log(max(x, 1e-8))` keeps x above 0; `log_softmax` and `cross_entropy` take logits and need no `log`
      """),
    // A step whose loss became nan: the graph is gone when one asks.
    Row(
      """
      w = param([1.0, 2.0])
      opt = sgd([w], lr: 0.1)
      for i in 0..<3 {
        l = step(opt) { sum(sqrt(w - i)) }
      }
      why()
      """,
      """
      why: the first nan came from `sqrt`
        test:4:23
        |
      4 |   l = step(opt) { sum(sqrt(w - i)) }
        |                       ^^^^^^^^^^^
        |                            └ w - i is [2] f32, min -0.05, mean 0.4573, max 0.9646
        = a negative number has no square root
        = at [0]: sqrt(-0.05) = nan
        = the result is [2] f32, min 0.9822, mean 0.9822, max 0.9822, 1 nan
        = hint: `sqrt(max(x, 0))` keeps x from falling below 0, which rounding alone can do
      """),
    // An infinity on the way to a nan.
    Row(
      "logits = [[1, 1000], [0, 1]]\np = exp(logits)\nq = p /\n  sum(p, axis: 1, keep: true)\nwhy(q)",
      """
      why: the first infinity came from `exp`
        test:2:5
        |
      2 | p = exp(logits)
        |     ^^^^^^^^^^^
        |         └ logits is [2, 2] f32, min 0, mean 250.5, max 1000
        = the result is larger than f32 can hold, which is 3.4e38
        = at [0, 1]: exp(1000) = inf
        = the result is [2, 2] f32, min 1, mean 2.146, max 2.718, 1 infinite
        = the infinity became nan in `/` at line 3: inf / inf is no number
        = hint: `exp` of more than 88 is too large for f32: subtract the maximum first, as `softmax` and `logsumexp` do
      """),
    // In a derivative.
    Row(
      "g = grad(x -> sum(asin(x)))([1, 0])\nwhy(g)",
      """
      why: the first infinity came from `/` in the derivative of `asin`
        test:1:19
        |
      1 | g = grad(x -> sum(asin(x)))([1, 0])
        |                   ^^^^^^^
        = a number divided by 0 is infinite
        = at [0]: 1 / 0 = inf
        = operand 1 is 1
        = operand 2 is [2] f32, min 0, mean 0.5, max 1
        = the result is [2] f32, min 1, mean 1, max 1, 1 infinite
        = hint: inside of `clip(x, -0.9999, 0.9999)` the derivative is finite
      """),
    // Data, which nobody made.
    Row(
      "x = [nan, 1, 2]\nwhy(sum(x * 2))",
      """
      why: the nan was there from the beginning: no operation made it
        test:1:5
        |
      1 | x = [nan, 1, 2]
        |     ^^^^^^^^^^^
        = the data is [3] f32, min 1, mean 1.5, max 2, 1 nan
        = hint: `where(isnan(x), 0, x)` replaces what is missing
      """),
    Row(
      "why { a = [1, 2]; b = a / [0, 1]; c = b - b }",
      """
      why: the first infinity came from `/`
        test:1:25
        |
      1 | why { a = [1, 2]; b = a / [0, 1]; c = b - b }
        |                       ~ ^ ~~~~~~
        |                       │   └ [0, 1] is [2] f32, min 0, mean 0.5, max 1
        |                       └ a is [2] f32, min 1, mean 1.5, max 2
        = a number divided by 0 is infinite
        = at [0]: 1 / 0 = inf
        = the result is [2] f32, min 2, mean 2, max 2, 1 infinite
        = the infinity became nan in `-` at line 1: inf - inf is no number
        = hint: `x / (y + 1e-8)` keeps the divisor from 0; `where(y == 0, 0, x / y)` chooses
      """),
    Row("x = [0.0, 1]; l = sum(where(x > 0, log(x), 0)); why(l)", "it is finite: 0, f32"),
    Row("why()", "no nan and no infinity was met"),
    Row("why([1, 2])\nwhy(3)\nwhy { 1 + 1 }\nwhy(dense(2, inputs: 2))", "it is finite: [2] f32, min 1, mean 1.5, max 2\n3 is finite\nno nan and no infinity came up in it\nall of it is finite"),
    Row("why(0 / 0)", "a number keeps no history: `why { … }` around its computation finds the operation"),
  ]
  @Test(arguments: causes) func why(_ row: Row) throws { try check(row) }

  /// What went wrong last, at a prompt: the cell before, not one long ago.
  @Test func theLastCellCounts() throws {
    var runner = Runner()
    _ = try runner.run("log([0])")
    _ = try runner.run("sqrt([-1])")
    #expect(try runner.run("why()").hasPrefix("why: the first nan came from `sqrt`"))
    runner.session.reset()
    #expect(try runner.run("why()") == "no nan and no infinity was met")
  }

  // MARK: Graphs

  static let graphs: [Row] = [
    Row(
      "v = [1, 2]\ngraph(sum(v * v + 1))",
      """
      sum  f32  = 7
      └ +  [2] f32  = [2, 5]
        ├ *  [2] f32  = [1, 4]
        │ ├ v  [2] f32  = [1, 2]
        │ └ v
        └ 1
      """),
    // What was computed on the way keeps its graph in the block; shared operations are drawn once.
    Row(
      "v = [1, 2]\ngraph { h = tanh(v); print(h); (h * h, sum(h)) }",
      """
      [0.761594, 0.964028]
      *  [2] f32  = [0.580026, 0.929349]
      ├ h = tanh  [2] f32  = [0.761594, 0.964028]
      │ └ v  [2] f32  = [1, 2]
      └ h
      sum  f32  = 1.72562
      └ h
      """),
    Row(
      "graph(grad(x -> sum(tanh(x)))([1, 2]))",
      """
      - (derivative of tanh)  [2] f32  = [0.419974, 0.0706508]
      ├ 1
      └ * (derivative of tanh)  [2] f32  = [0.580026, 0.929349]
        ├ (1) tanh  [2] f32  = [0.761594, 0.964028]
        │ └ data  [2] f32  = [1, 2]
        └ (1)
      """),
    Row("q = exp([1, 2]); print(q)\ngraph(q)", "[2.71828, 7.38906]\nq  [2] f32  = [2.71828, 7.38906]\nwhat it was computed from is not kept: `graph { … }` around the computation shows it"),
    Row("x = ones(10, 10)\ngraph(x / 4)", "/  [10, 10] f32  min 0.25  mean 0.25  max 0.25\n├ x  [10, 10] f32  min 1  mean 1  max 1\n└ 4"),
    // Bounded, however long the chain.
    Row("x = [1.0]\nfor i in 0..<1000 { x = x + 1 }\ngraph(x)", "x = +  [1] f32  = [1001]\n...\n[..]└ …\n[..]└ 1\n...\n… 975 more operations"),
  ]
  @Test(arguments: graphs) func graph(_ row: Row) throws { try check(row) }

  // MARK: Plans and profiles

  static let plans: [Row] = [
    Row(
      "x = [1, 2, 3]; y = exp(x); print(y[0])\nplan(sum(tanh(y) * 2))",
      """
      2.71828
      [..] 1 input, 2 results
      ...
      memory: [..]
      arithmetic: 9 FLOP
      """),
    // What a function computes on the way and gives no name is not written to memory.
    Row(
      "f(a, b) = { y = (a * b + a) * b - a; y[0] }\nplan { f(ones(100), ones(100)) }",
      """
      1 step, [..] 1 result
      1. one pass: [..]
         reads [..] writes 400 B, 400 FLOP
      ...
      arithmetic: 400 FLOP
      """),
    Row("x = [1, 2]\nplan(x)", "nothing is left to compute: `plan { … }` around the computation shows its plans"),
    Row(
      "w = param([1, 2]); opt = sgd([w])\nplan { for i in 0..<3 { step(opt) { sum(w^2) } } }",
      """
      [..]run 3 times
      1. [..]line 2
      ...
      arithmetic: [..]
      """),
  ]
  @Test(arguments: plans) func plan(_ row: Row) throws { try check(row) }

  @Test func profile() throws {
    var runner = Runner()
    let lines = try runner.run("a = ones(64, 64); print(a[0, 0])\nx = profile {\n  b = a @ a\n  sum(b * 2)\n}\nprint(x)").split(separator: "\n").map(String.init)
    #expect(lines.first == "1" && lines.last == "524288")
    #expect(lines.count >= 6 && lines[1].contains("line  runs") && lines[1].hasSuffix("bytes"))
    let product = lines.first { $0.hasPrefix("@ ") }
    #expect(product?.contains(" 3     1 ") == true && product?.contains("524 k") == true, "\(lines)")
    #expect(lines[lines.count - 3].hasPrefix("the program itself ") && lines[lines.count - 2].hasPrefix("in all "))
    #expect(lines[lines.count - 2].contains("100.0 %"))
  }

  /// An error inside leaves nothing switched on.
  @Test func errorsLeaveNothingBehind() throws {
    var runner = Runner()
    for name in ["why", "graph", "plan", "profile"] {
      #expect(runner.error("x = [1, 2]\n\(name) { log(x); error(\"no\") }").hasPrefix("error: no\n  test:2:"))
    }
    #expect(try runner.run("y = log([0]) + 1; why(y); graph(y)").hasSuffix("shows it"))
  }

  // MARK: Errors that depend on data

  static let failures: [Row] = [
    Row(
      "x = rand(1e6, 1e6)\ny = x @ x\nprint(y)",
      """
      error: not enough memory: 8.8 TB are needed, [..] allowed
        test:2:5
        |
      2 | y = x @ x
        |     ^^^^^
        = tensor [1000000, 1000000] f32 takes 4 TB
        = tensor [1000000, 1000000] f32 takes 4 TB
        = tensor [6, 1000000] f32 takes 24 MB
        = hint: a smaller batch needs less; `--memory-limit` sets the limit
      ...
      """),
    Row(
      "x = [1, 2, 3]\ni = i32([7])\ny = x[i]\nz = y * 2\nprint(z)",
      """
      error: index 7 is out of range: axis 0 has 3 elements
        test:3:5
        |
      3 | y = x[i]
        |     ^^^^
        = indices run from 0 to 2, or from -3 to -1
      ...
      """),
    Row(
      "a = ones(2, 3)\nb = a @ a",
      """
      error: shapes do not agree in `@`: [2, 3] @ [2, 3]
        test:2:7
        |
      2 | b = a @ a
        |     ~ ^ ~
        |     │   └ a is [2, 3], bound at line 1
        |     └ a is [2, 3], bound at line 1
        = the inner sizes must match: 3 ≠ 2
        = hint: `.T` on the right side makes it [3, 2]
      """),
  ]
  @Test(arguments: failures) func fails(_ row: Row) {
    var runner = Runner()
    let report = runner.error(row.program)
    #expect(agrees(report, with: row.expected), "\(report)")
  }

  /// Inside `try` it fails before control leaves.
  @Test func dataFailsInsideTry() throws {
    try check(Row("x = [1, 2, 3]\nr = try {\n  y = x[i32([7])]\n  y * 2\n} catch e { (e.kind, e.line) }\nr", "(\"index\", 3)"))
    try check(Row("r = try { x = rand(1e6, 1e6)\n print(x @ x) } catch e { (e.kind, e.line) }\nr", "(\"limit\", 2)"))
  }
}
