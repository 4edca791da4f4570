import Language
import Syntax
import Testing

/// Programs and what they write, by area.
struct TableTests {
  private func check(_ row: Row) {
    var runner = Runner()
    do {
      let output = try runner.run(row.program)
      #expect(output == row.expected, "\(row.program)")
    } catch let error as GradusError {
      Issue.record("\(row.program): \(ErrorReport(error).text(color: false, ascii: false, width: 160))")
    } catch {
      Issue.record("\(row.program): \(error)")
    }
  }

  static let make = [
    Row("zeros(2, 3)", "[[0, 0, 0], [0, 0, 0]]"),
    Row("zeros((2, 3)).shape", "(2, 3)"),
    Row("zeros([2, 3]).shape", "(2, 3)"),
    Row("zeros(ones(4, 1).shape).shape", "(4, 1)"),
    Row("zeros().shape", "()"),
    Row("zeros(0, 3).shape", "(0, 3)"),
    Row("ones(2, type: bool)", "[true, true]"),
    Row("full((2,), 0.5, type: f64)", "[0.5, 0.5]"),
    Row("full((2,), true, type: bool)", "[true, true]"),
    Row("eye(2, 3)", "[[1, 0, 0], [0, 1, 0]]"),
    Row("arange(5)", "[0, 1, 2, 3, 4]"),
    Row("arange(1, 2, 0.25)", "[1, 1.25, 1.5, 1.75]"),
    Row("arange(3, 0, -1)", "[3, 2, 1]"),
    Row("arange(3, type: i32) // 2", "[0, 0, 1]"),
    Row("arange(3, 3).shape", "(0,)"),
    Row("linspace(0, 1, 3)", "[0, 0.5, 1]"),
    Row("linspace(2, 5, 1)", "[2]"),
    Row("linspace(0, 1).shape", "(50,)"),
    Row("one_hot([1, 0])", "[[0, 1], [1, 0]]"),
    Row("one_hot([[1], [0]], 2).shape", "(2, 1, 2)"),
    Row("one_hot([1], 3, type: i32)", "[[0, 1, 0]]"),
    Row("tensor((1, 2))", "[1, 2]"),
    Row("tensor([1, 2], type: i32)", "[1, 2]"),
    Row("i32([1.9, -1.9])", "[1, -1]"),
    Row("f32(i32([7])) / 2", "[3.5]"),
    Row("bool([0, 3])", "[false, true]"),
    Row("zeros_like(i32([1, 2])) // 1", "[0, 0]"),
    Row("ones_like([1.0], type: i32)", "[1]"),
    Row("seed(3); a = randn(4); seed(3); b = randn(4); all(a == b)", "true"),
    Row("x = rand(1000); all(x >= 0 & x < 1)", "true"),
    Row("abs(mean(normal(10000, mean: 5, std: 2)) - 5) < 0.1", "true"),
    Row("x = uniform(1000, low: 2, high: 3); all(x >= 2 & x < 3)", "true"),
    Row("x = randint(-2, 3, 1000); unique(x)", "[-2, -1, 0, 1, 2]"),
    Row("sort(permutation(5))", "[0, 1, 2, 3, 4]"),
    Row("permutation(0).shape", "(0,)"),
  ]
  @Test(arguments: make) func makes(_ row: Row) { check(row) }

  static let elementwise = [
    Row("exp(1)", "2.71828"),
    Row("exp([0, 1])", "[1, 2.71828]"),
    Row("exp(i32([0]))", "[1]"),
    Row("abs(-3)", "3"),
    Row("sign(-2)", "-1"),
    Row("sqrt(2) ^ 2", "2"),
    Row("round(2.5)", "2"),
    Row("round(-1.5)", "-2"),
    Row("round([1.256, 2.0], 2)", "[1.26, 2]"),
    Row("isnan(nan)", "true"),
    Row("isnan(3)", "false"),
    Row("isnan(i32([1]))", "[false]"),
    Row("max(2, 3)", "3"),
    Row("min(2, 3)", "2"),
    Row("max([1, 5], 3)", "[3, 5]"),
    Row("max([[1, 5], [3, 2]])", "5"),
    Row("max([[1, 5], [3, 2]], axis: 1, keep: true)", "[[5], [3]]"),
    Row("min(4)", "4"),
    Row("clip(5, 0, 1)", "1"),
    Row("clip([-5, 5], low: 0)", "[0, 5]"),
    Row("where(true, 1, 2)", "1"),
    Row("where([1, 2] > 1, [10, 20], 0)", "[0, 20]"),
    Row("(x -> where(x > 0, sqrt(x), 0))'([0, 4])", "[0, 0.25]"),
    Row("sin'(0)", "1"),
    Row("log(0)", "-inf"),
    Row("log1p(0)", "0"),
    Row("max(nan, 1)", "nan"),
  ]
  @Test(arguments: elementwise) func computes(_ row: Row) { check(row) }

  static let reduce = [
    Row("sum([1, 2, 3])", "6"),
    Row("sum(list(1, 2))", "3"),
    Row("sum(5)", "5"),
    Row("sum([])", "0"),
    Row("sum(zeros(0, 2), axis: 0)", "[0, 0]"),
    Row("sum([true, true, false])", "2"),
    Row("sum(ones(2, 3, 4), axis: (0, 2))", "[8, 8, 8]"),
    Row("sum(ones(2, 3), axis: -1, keep: true)", "[[3], [3]]"),
    Row("mean([1, 2])", "1.5"),
    Row("mean([true, false])", "0.5"),
    Row("mean(i32([1, 2]))", "1.5"),
    Row("prod([2, 3])", "6"),
    Row("prod([])", "1"),
    Row("argmax([1, 3, 3])", "1"),
    Row("argmin([[4, 2], [1, 3]])", "2"),
    Row("argmax([[4, 2], [1, 3]], axis: 0)", "[0, 1]"),
    Row("var([1, 2, 3, 4])", "1.25"),
    Row("var([1, 2, 3, 4], sample: true)", "1.66667"),
    Row("std([[1, 3], [2, 2]], axis: 1)", "[1, 0]"),
    Row("norm([3, 4])", "5"),
    Row("norm([3, -4], p: 1)", "7"),
    Row("norm([3, -4], p: inf)", "4"),
    Row("norm([[3, 4], [0, 0]], axis: 1)", "[5, 0]"),
    Row("(x -> norm(x))'([0, 0])", "[0, 0]"),
    Row("any([false, true])", "true"),
    Row("any([[true, false], [false, false]], axis: 1)", "[true, false]"),
    Row("all(zeros(0) > 1)", "true"),
    Row("cumsum([[1, 2], [3, 4]])", "[1, 3, 6, 10]"),
    Row("cumsum([[1, 2], [3, 4]], axis: 0)", "[[1, 2], [4, 6]]"),
    Row("logsumexp([[0, 0], [1000, 0]], axis: 1)", "[0.693147, 1000]"),
    Row("logsumexp([-inf, -inf])", "-inf"),
  ]
  @Test(arguments: reduce) func reduces(_ row: Row) { check(row) }

  static let shape = [
    Row("reshape(arange(6), 3, 2)", "[[0, 1], [2, 3], [4, 5]]"),
    Row("arange(6).reshape((2, -1)).shape", "(2, 3)"),
    Row("flatten(zeros(2, 3, 4)).shape", "(2, 12)"),
    Row("flatten(zeros(0, 3, 4)).shape", "(0, 12)"),
    Row("squeeze(zeros(1, 2, 1)).shape", "(2,)"),
    Row("squeeze(zeros(1, 2, 1), axis: 0).shape", "(2, 1)"),
    Row("expand([1, 2], axis: 1).shape", "(2, 1)"),
    Row("expand([1, 2], axis: -1).shape", "(2, 1)"),
    Row("expand([1, 2], 3, -1).shape", "(3, 2)"),
    Row("transpose(zeros(2, 3, 4)).shape", "(2, 4, 3)"),
    Row("transpose(zeros(2, 3, 4), 0, 2).shape", "(4, 3, 2)"),
    Row("permute(zeros(2, 3, 4), 2, 0, 1).shape", "(4, 2, 3)"),
    Row("concat(list([1], [2, 3]))", "[1, 2, 3]"),
    Row("concat(([[1]], [[2]]), axis: 1)", "[[1, 2]]"),
    Row("concat(list(i32([1]), [0.5]))", "[1, 0.5]"),
    Row("stack(list([1, 2], [3, 4]))", "[[1, 2], [3, 4]]"),
    Row("stack(list([1, 2], [3, 4]), axis: -1)", "[[1, 3], [2, 4]]"),
    Row("chunk(arange(6), 3)", "[[0, 1], [2, 3], [4, 5]]"),
    Row("chunk([[1, 2, 3]], 2, axis: 1)", "[[[1, 2]], [[3]]]"),
    Row("pad([1], 1)", "[0, 1, 0]"),
    Row("pad([[1]], ((0, 1), (1, 0)), value: 9)", "[[9, 1], [9, 9]]"),
    Row("flip([[1, 2], [3, 4]], axis: 1)", "[[2, 1], [4, 3]]"),
    Row("flip([[1, 2], [3, 4]])", "[[4, 3], [2, 1]]"),
    Row("roll([1, 2, 3], -1)", "[2, 3, 1]"),
    Row("roll([[1, 2], [3, 4]], 1, axis: 0)", "[[3, 4], [1, 2]]"),
    Row("tile([[1], [2]], 1, 2)", "[[1, 1], [2, 2]]"),
    Row("tile([1], 0).shape", "(0,)"),
  ]
  @Test(arguments: shape) func moves(_ row: Row) { check(row) }

  static let select = [
    Row("gather([10, 20, 30], [2, 0])", "[30, 10]"),
    Row("gather([[1, 2], [3, 4]], [1], axis: 1)", "[[2], [4]]"),
    Row("scatter_add([[1, 1], [2, 2]], [1, 1], 2)", "[[0, 0], [3, 3]]"),
    Row("sort([3, 1, 2])", "[1, 2, 3]"),
    Row("sort([[3, 1], [2, 4]], axis: 0)", "[[2, 1], [3, 4]]"),
    Row("sort([[3, 1], [2, 4]], descending: true)", "[[3, 1], [4, 2]]"),
    Row("argsort([2, 1, 2], descending: true)", "[0, 2, 1]"),
    Row("topk([[1, 3, 2]], 2).values", "[[3, 2]]"),
    Row("unique([2, 1, 2])", "[1, 2]"),
    Row("unique([\"b\", \"a\", \"b\"])", "[\"a\", \"b\"]"),
    Row("unique([2, 1, 2], counts: true)", "(values: [1, 2], counts: [1, 2])"),
    Row("tril(ones(3, 3))", "[[1, 0, 0], [1, 1, 0], [1, 1, 1]]"),
    Row("triu(ones(2, 3), k: 1)", "[[0, 1, 1], [0, 0, 1]]"),
    Row("diag([1, 2])", "[[1, 0], [0, 2]]"),
    Row("diag([[1, 2, 3], [4, 5, 6]])", "[1, 5]"),
    Row("trace([[1, 2], [3, 4]])", "5"),
    Row("dot([1, 2], [3, 4])", "11"),
    Row("dot([[1, 2]], [[3], [4]])", "[[11]]"),
    Row("dot(2, 3)", "6"),
    Row("outer([1, 2], [3, 4])", "[[3, 4], [6, 8]]"),
  ]
  @Test(arguments: select) func selects(_ row: Row) { check(row) }

  static let lists = [
    Row("append([], 1)", "[1]"),
    Row("append([1, 2], 3)", "[1, 2, 3]"),
    Row("append((1, 2), \"a\")", "(1, 2, \"a\")"),
    Row("xs = [\"a\"]; ys = xs.append(\"b\"); print(xs, ys)", "[\"a\"] [\"a\", \"b\"]"),
    Row("insert([\"a\"], -1, \"b\")", "[\"b\", \"a\"]"),
    Row("remove([\"a\", \"b\"], -1)", "[\"a\"]"),
    Row("remove([\"a\": 1, \"b\": 2], \"a\")", "[\"b\": 2]"),
    Row("reverse(\"abc\")", "cba"),
    Row("reverse([1, 2])", "[2, 1]"),
    Row("reverse((1, \"a\"))", "(\"a\", 1)"),
    Row("for i, (a, b) in enumerate(zip([\"x\", \"y\"], [\"u\", \"v\"])) { print(i, a, b) }", "0 x u\n1 y v"),
    Row("enumerate([\"a\"], start: 1)", "[(1, \"a\")]"),
    Row("map([\"a\", \"b\"], upper)", "[\"A\", \"B\"]"),
    Row("map(1...3, x -> x^2)", "[1, 4, 9]"),
    Row("filter([1, 2, 3], x -> x > 1)", "[2, 3]"),
    Row("filter([[1, 2], [3, 4]], r -> r[0] > 1)", "[[3, 4]]"),
    Row("filter([\"a\": 1, \"b\": 2], (p) -> p.1 > 1)", "[\"b\": 2]"),
    Row("reduce([1, 2, 3], (a, b) -> a * b, 10)", "60"),
    Row("reduce([\"a\", \"b\"], (a, b) -> b + a)", "ba"),
    Row("sort([\"b\", \"a\"])", "[\"a\", \"b\"]"),
    Row("sort(list((1, \"b\"), (0, \"a\")), by: p -> p.0)", "[(0, \"a\"), (1, \"b\")]"),
    Row("count([\"a\", \"b\", \"a\"], \"a\")", "2"),
    Row("count([1, 2, 2], 2)", "2"),
    Row("length([])", "0"),
    Row("length(1...10)", "10"),
    Row("length(zeros(3, 4))", "3"),
    Row("length([\"a\": 1])", "1"),
    Row("keys((lr: 1, m: 2))", "[\"lr\", \"m\"]"),
    Row("get([\"a\": 1], \"a\")", "1"),
    Row("get([\"a\": 1], \"b\") == nothing", "true"),
    Row("get([\"x\", \"y\"], 5, \"none\")", "none"),
    Row("s = sequence(3, i -> i * 10); [v for v in s]", "[0, 10, 20]"),
    Row("length(sequence(7, i -> i))", "7"),
    Row("for a, b in zip(sequence(2, i -> i), [\"x\", \"y\"]) { print(a, b) }", "0 x\n1 y"),
  ]
  @Test(arguments: lists) func goesThrough(_ row: Row) { check(row) }

  static let strings = [
    Row("split(\" a  b \")", "[\"a\", \"b\"]"),
    Row("split(\"a--b\", \"--\")", "[\"a\", \"b\"]"),
    Row("join([1, 2], \", \")", "1, 2"),
    Row("join([\"a\", \"b\"])", "ab"),
    Row("replace(\"aaa\", \"aa\", \"b\")", "ba"),
    Row("find(\"grün\", \"n\")", "3"),
    Row("find(\"abc\", \"x\") == nothing", "true"),
    Row("characters(\"aé学\")", "[\"a\", \"é\", \"学\"]"),
    Row("code(\"学\")", "23398"),
    Row("char(233)", "é"),
    Row("number(\"1e-3\")", "0.001"),
    Row("number(\"-inf\")", "-inf"),
    Row("number([[7]])", "7"),
    Row("number(true)", "1"),
    Row("strip(\"xxaxx\", \"x\")", "a"),
    Row("starts_with(\"ab\", \"\")", "true"),
    Row("string([1, 2])", "[1, 2]"),
    Row("string(1 / 3, digits: 2)", "0.33"),
    Row("upper(\"straße\")", "STRASSE"),
  ]
  @Test(arguments: strings) func reads(_ row: Row) { check(row) }

  static let system = [
    Row("print(1, \"a\", [1, 2])", "1 a [1, 2]"),
    Row("print(\"a\", end: \"\"); print(\"b\")", "ab"),
    Row("print(1 / 3, digits: 12)", "0.333333333333"),
    Row("print()", ""),
    Row("print(pi)", "3.14159"),
    Row("args", "[]"),
    Row("t = time(); repeat 10 { x = 1 }; time() >= t", "true"),
    Row("try { error(\"so\") } catch e { print(e.kind, e.message) }", "user so"),
    Row("assert(true)", ""),
    Row("assert(all([1, 2] > 0), \"positive\")", ""),
  ]
  @Test(arguments: system) func speaks(_ row: Row) { check(row) }
}
