import Syntax
import Testing

@Suite("What Enter does") struct CompletenessTests {
  enum Expected: Equatable { case complete, incomplete(Int), wrong }

  private func judge(_ text: String) -> Expected {
    switch Parser.completeness(text) {
    case .complete: .complete
    case .incomplete(let indentation): .incomplete(indentation)
    case .wrong: .wrong
    }
  }

  @Test(arguments: [
    ("", .complete), ("  \n", .complete), ("x", .complete), ("x;", .complete), ("# a comment", .complete), ("f(x) = x", .complete),
    ("if a { b }", .complete), ("try { a } catch e { b }", .complete), ("return", .complete), ("\"a\"", .complete),
    ("x = \"\"\"\n  a\n\"\"\"", .complete), ("## documentation\nf(x) = x", .complete), ("## documentation\n\n", .complete),
    ("training { x }", .complete), ("x'", .complete), ("rest = 1", .complete),

    ("x =", .incomplete(2)), ("x = \n", .incomplete(2)), ("1 +", .incomplete(2)), ("not", .incomplete(2)), ("x ->", .incomplete(2)),
    ("(a: 1,", .incomplete(2)), ("f(x, a: 1,", .incomplete(2)), ("[\"k\": 1,", .incomplete(2)), ("f(x, y: 2,", .incomplete(2)), ("(1, 2,", .incomplete(2)),
    ("f(", .incomplete(2)), ("f(a,\n  g(b", .incomplete(4)), ("f(g({", .incomplete(2)), ("f(x) = {", .incomplete(2)),
    ("f(x) = {\n  if a {", .incomplete(4)), ("f(x) = {\n  a\n", .incomplete(2)), ("if a", .incomplete(2)), ("if a { b } else", .incomplete(2)),
    ("for x in", .incomplete(2)), ("for", .incomplete(2)), ("layer R(c)", .incomplete(2)), ("try { a }", .incomplete(2)), ("a, b = 1,", .incomplete(2)),
    ("x = \"\"\"\n  a", .incomplete(2)), ("x = \"\"\"a {b +", .incomplete(2)), ("s(a, rest...,", .incomplete(2)), ("s(a, rest..., b) + 1", .wrong), ("## documentation", .incomplete(0)),
    ("x = 1\n## more\n", .incomplete(0)), ("0..<", .incomplete(2)), ("0..<10 by", .incomplete(2)), ("[1, 2", .incomplete(2)), ("a >>", .incomplete(2)), ("x.", .incomplete(2)), ("x |>", .incomplete(2)),
    ("\"{f(", .wrong), ("h(x :: [n, d", .incomplete(2)), ("f(x :: [n])::", .incomplete(2)), ("[x for x in xs", .incomplete(2)),

    ("f(x))", .wrong), ("def f(x):", .wrong), ("1 2", .wrong), ("\"abc", .wrong), ("if a:", .wrong), ("f(1 2", .wrong), ("x = 3x^2y", .wrong),
    ("\"{a\"", .wrong), ("(]", .wrong), ("else", .wrong), ("'a'", .wrong),
  ] as [(String, Expected)])
  func table(text: String, expected: Expected) {
    #expect(judge(text) == expected, "\(text)")
  }
}
