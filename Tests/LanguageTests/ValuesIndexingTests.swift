import Testing

@Suite struct ValuesIndexingTests {
  /// m is [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]], v is [0, 1, 2, 3, 4, 5], t of shape [2, 3, 4] counts to 23.
  static let names = """
    m = reshape(arange(12), 3, 4)
    v = arange(6)
    t = reshape(arange(24), 2, 3, 4)
    xs = list("a", "b", "c")
    r = (lr: 0.1, n: 3)
    d = ["a": 1, "b": 2]

    """

  @Test(arguments: [
    ("v[0]", "0"), ("v[-1]", "5"), ("v[1:3]", "[1, 2]"), ("v[:2]", "[0, 1]"), ("v[4:]", "[4, 5]"), ("v[:]", "[0, 1, 2, 3, 4, 5]"), ("v[::2]", "[0, 2, 4]"), ("v[::-1]", "[5, 4, 3, 2, 1, 0]"),
    ("v[4:1:-2]", "[4, 2]"), ("v[-3:-1]", "[3, 4]"), ("v[2:100]", "[2, 3, 4, 5]"), ("v[100:]", "[]"), ("v[3:1]", "[]"), ("v[1::100]", "[1]"), ("v[-100:2]", "[0, 1]"),
    ("v[0..<3]", "[0, 1, 2]"), ("v[0...4 by 2]", "[0, 2, 4]"), ("v[-1...1]", "[5, 0, 1]"), ("v[3...1 by -1]", "[3, 2, 1]"), ("v[0..<0]", "[]"), ("v[-2...-1]", "[4, 5]"),
    ("v[[3, 1, 2]]", "[3, 1, 2]"), ("v[[-1, 0]]", "[5, 0]"), ("v[i32([5, 5])]", "[5, 5]"), ("v[[[0, 1], [2, 3]]]", "[[0, 1], [2, 3]]"), ("v[[]]", "[]"), ("v[list(1, 2)]", "[1, 2]"),
    ("v[v > 2]", "[3, 4, 5]"), ("v[v > 9]", "[]"), ("v[v[2]]", "2"), ("v[new]", "[[0, 1, 2, 3, 4, 5]]"), ("v[:, new].shape", "(6, 1)"), ("v[...]", "[0, 1, 2, 3, 4, 5]"), ("v[..., new].shape", "(6, 1)"),
    ("m[1]", "[4, 5, 6, 7]"), ("m[1, 2]", "6"), ("m[-1, -1]", "11"), ("m[:, 1]", "[1, 5, 9]"), ("m[1:, :2]", "[[4, 5], [8, 9]]"), ("m[::2, ::-1]", "[[3, 2, 1, 0], [11, 10, 9, 8]]"), ("m[..., 0]", "[0, 4, 8]"),
    ("m[0, ...]", "[0, 1, 2, 3]"), ("m[[2, 0]]", "[[8, 9, 10, 11], [0, 1, 2, 3]]"), ("m[:, [3, 0]]", "[[3, 0], [7, 4], [11, 8]]"), ("m[[0, 2], [1, 3]]", "[1, 11]"), ("m[[[0], [2]], [1, 3]]", "[[1, 3], [9, 11]]"),
    ("m[m > 8]", "[9, 10, 11]"), ("m[[true, false, true]]", "[[0, 1, 2, 3], [8, 9, 10, 11]]"), ("m[:, [true, false, false, true]]", "[[0, 3], [4, 7], [8, 11]]"), ("m[1, [0, 2]]", "[4, 6]"), ("m[[0, 2], 1]", "[1, 9]"),
    ("m[new, :, new].shape", "(1, 3, 1, 4)"), ("m[0, new].shape", "(1, 4)"), ("m[[2, 0], 1:3]", "[[9, 10], [1, 2]]"), ("m[[0, 1], -1...0]", "[3, 4]"),
    ("t[1, 2, 3]", "23"), ("t[1].shape", "(3, 4)"), ("t[:, 1].shape", "(2, 4)"), ("t[..., 1].shape", "(2, 3)"), ("t[0, :, 1]", "[1, 5, 9]"), ("t[:, [0, 2]].shape", "(2, 2, 4)"), ("t[:, :, [[0, 1, 2]]].shape", "(2, 3, 1, 3)"),
    ("t[[0, 1], :, [0, 1]].shape", "(2, 3)"), ("t[[0, 1], :, [0, 1]]", "[[0, 4, 8], [13, 17, 21]]"), ("t[:, [0, 1], [0, 1]]", "[[0, 5], [12, 17]]"), ("t[1, [0, 2], 1:3]", "[[13, 14], [21, 22]]"),
    ("t[:, t[0] > 9]", "[[10, 11], [22, 23]]"), ("t[t > 21]", "[22, 23]"), ("t[:, new, 0].shape", "(2, 1, 4)"), ("t[..., new, 0].shape", "(2, 3, 1)"), ("t[:, [0, 1], [0, 1], new].shape", "(2, 2, 1)"),
    ("m.T.shape", "(4, 3)"), ("m.T[0]", "[0, 4, 8]"), ("m.shape", "(3, 4)"), ("m.rank", "2"), ("m.size", "12"), ("m.type", "f32"), ("t.T.shape", "(2, 4, 3)"),
    ("xs[0]", "a"), ("xs[-1]", "c"), ("xs[1:]", "[\"b\", \"c\"]"), ("xs[::-1]", "[\"c\", \"b\", \"a\"]"), ("xs[[2, 0]]", "[\"c\", \"a\"]"), ("xs[[true, false, true]]", "[\"a\", \"c\"]"), ("xs[1...2]", "[\"b\", \"c\"]"),
    ("r[0]", "0.1"), ("r.n", "3"), ("r[1:]", "(n: 3)"), ("(1, 2, 3)[:2]", "(1, 2)"), ("d[\"b\"]", "2"), ("[1: \"x\"][1]", "x"), ("(0..<10)[3]", "3"), ("(0..<10)[2:8:3]", "2...5 by 3"), ("(0..<10 by 2)[-1]", "8"),
    ("\"hello\"[1]", "e"), ("\"hello\"[-3:]", "llo"), ("\"añb\"[1]", "ñ"), ("\"hello\"[::-1]", "olleh"),
  ])
  func value(_ index: String, _ expected: String) throws {
    #expect(try ValuesPrograms.text(Self.names + index) == expected, "\(index)")
  }

  @Test(arguments: [
    ("v[6]", ["index: index 6 is out of range: axis 0 of tensor [6] f32 has 6 elements", "= indices run from 0 to 5, or from -6 to -1"]),
    ("v[-7]", ["index: index -7 is out of range: axis 0 of tensor [6] f32 has 6 elements", "= indices run from 0 to 5, or from -6 to -1"]),
    ("m[0, 4]", ["index: index 4 is out of range: axis 1 of tensor [3, 4] f32 has 4 elements", "= indices run from 0 to 3, or from -4 to -1"]),
    ("m[3, :]", ["index: index 3 is out of range: axis 0 of tensor [3, 4] f32 has 3 elements", "= indices run from 0 to 2, or from -3 to -1"]),
    ("v[2.5]", ["index: an index must be whole, and 2.5 is not", "? `//` divides and rounds down: `x[n // 2]`"]),
    ("v[nan]", ["index: an index must be whole, and nan is not", "? `//` divides and rounds down: `x[n // 2]`"]),
    ("v[true]", ["type: an index must be a number, not true", "? a tensor of bools takes the elements where it is true"]),
    ("v[\"a\"]", ["type: an index must be a number, not the string \"a\"", "? only maps are indexed by strings"]),
    ("v[0, 0]", ["index: 2 indices for a tensor [6] f32, which has one axis"]),
    ("v[[0, 9]]", ["index: index 9 is out of range: axis 0 of tensor [6] f32 has 6 elements", "= indices run from 0 to 5, or from -6 to -1"]),
    ("v[i32([9])]", ["index: index 9 is out of range: axis 0 has 6 elements", "= indices run from 0 to 5, or from -6 to -1"]),
    ("v[0..<7]", ["index: index 6 is out of range: axis 0 of tensor [6] f32 has 6 elements", "= indices run from 0 to 5, or from -6 to -1"]),
    ("v[[true, false]]", ["shape: a mask of shape [2] does not fit a tensor [6] f32", "= the axes it stands for have the sizes [6]"]),
    ("v[::0]", ["index: the step of a slice cannot be 0"]),
    ("m[..., ...]", ["index: `...` can stand once in an index"]),
    ("v.T", ["shape: `.T` swaps the last two axes, and shape [6] has one", "? `x[:, new]` makes a column, `x[new, :]` a row"]),
    ("xs[3]", ["index: index 3 is out of range: the list has 3 elements", "= indices run from 0 to 2, or from -3 to -1"]),
    ("xs[0, 1]", ["index: 2 indices for the list, which has one axis", "? index twice: `x[i][j]`"]),
    ("list()[0]", ["index: index 0 is out of range: the list has 0 elements", "= it is empty"]),
    ("r[\"n\"]", ["type: a field is taken with its name: `r.n`"]),
    ("d[\"bb\"]", ["index: the map has no key \"bb\"", "? did you mean `b`?"]),
    ("d[3]", ["index: the map has no key 3", "? `key in m` asks, `get(m, key, default)` has an answer for that case"]),
    ("3[0]", ["type: the number 3 has no elements to index"]),
    ("\"abc\"[3]", ["index: index 3 is out of range: the string has 3 elements", "= indices run from 0 to 2, or from -3 to -1"]),
  ])
  func wrong(_ index: String, _ expected: [String]) {
    #expect(ValuesPrograms.error(Self.names + index) == expected, "\(index)")
  }

  @Test(arguments: [
    ("v[0] = 9", "v", "[9, 1, 2, 3, 4, 5]"), ("v[-1] = 9", "v", "[0, 1, 2, 3, 4, 9]"), ("v[1:3] = 7", "v", "[0, 7, 7, 3, 4, 5]"), ("v[::2] = [7, 8, 9]", "v", "[7, 1, 8, 3, 9, 5]"), ("v[::-1] = arange(6)", "v", "[5, 4, 3, 2, 1, 0]"),
    ("v[v > 3] = 0", "v", "[0, 1, 2, 3, 0, 0]"), ("v[[0, 5]] = [5, 0]", "v", "[5, 1, 2, 3, 4, 0]"), ("v[[0, 0]] = [1, 2]", "v", "[2, 1, 2, 3, 4, 5]"), ("v[[]] = 1", "v", "[0, 1, 2, 3, 4, 5]"), ("v[:] = 1", "v", "[1, 1, 1, 1, 1, 1]"),
    ("v[1:2] = list(8)", "v", "[0, 8, 2, 3, 4, 5]"),
    ("m[1] = 0", "m", "[[0, 1, 2, 3], [0, 0, 0, 0], [8, 9, 10, 11]]"), ("m[:, 0] = [7, 8, 9]", "m", "[[7, 1, 2, 3], [8, 5, 6, 7], [9, 9, 10, 11]]"), ("m[1, 2] = -1", "m", "[[0, 1, 2, 3], [4, 5, -1, 7], [8, 9, 10, 11]]"),
    ("m[[0, 2], [0, 3]] = 5", "m", "[[5, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 5]]"), ("m[m > 5] = 0", "m", "[[0, 1, 2, 3], [4, 5, 0, 0], [0, 0, 0, 0]]"), ("m[[2, 0]] = [1, 2, 3, 4]", "m", "[[1, 2, 3, 4], [4, 5, 6, 7], [1, 2, 3, 4]]"),
    ("m[0:2, 1:3] = [[1], [2]]", "m", "[[0, 1, 1, 3], [4, 2, 2, 7], [8, 9, 10, 11]]"), ("m[-1...0, 0] = [7, 8]", "m", "[[8, 1, 2, 3], [4, 5, 6, 7], [7, 9, 10, 11]]"),
    ("xs[1] = 5", "xs", "[\"a\", 5, \"c\"]"), ("xs[:2] = list(1, 2)", "xs", "[1, 2, \"c\"]"), ("r[0] = 1", "r", "(lr: 1, n: 3)"), ("r.n = 4", "r", "(lr: 0.1, n: 4)"), ("d[\"c\"] = 3", "d", "[\"a\": 1, \"b\": 2, \"c\": 3]"),
    ("d[\"a\"] = [1, 2]", "d", "[\"a\": [1, 2], \"b\": 2]"),
  ])
  func update(_ statement: String, _ name: String, _ expected: String) throws {
    // Another name keeps the old value; so does nobody's: then it's changed in place.
    let before = try ValuesPrograms.text(Self.names + name)
    #expect(try ValuesPrograms.text(Self.names + "old = \(name)\n\(statement)\n\(name)\nold") == expected + "\n" + before, "\(statement)")
    #expect(try ValuesPrograms.text(Self.names + "\(statement)\n\(name)") == expected, "\(statement)")
  }

  @Test(arguments: [
    ("v[6] = 1", ["index: index 6 is out of range: axis 0 of tensor [6] f32 has 6 elements", "= indices run from 0 to 5, or from -6 to -1"]),
    ("v[0:2] = [1, 2, 3]", ["shape: a value of shape [3] does not fit the place, which has shape [2]"]),
    ("v[0] = [1, 2]", ["shape: a value of shape [2] does not fit the place, which has shape []", "= the index takes a single element"]),
    ("v[0] = \"a\"", ["type: a tensor [6] f32 takes numbers and tensors, not the string \"a\""]),
    ("v[0] = true", ["type: a tensor [6] f32 takes numbers, not true", "? number(b) makes 1 of true and 0 of false"]),
    ("v[0] = f64([1])[0]", ["type: a tensor [6] f32 takes no f64", "= the new value is a tensor [] f64", "? convert one of them: f32(value), or f64(x)"]),
    ("k = i32([1, 2])\nk[0] = 1.5", ["type: a tensor [2] i32 takes whole numbers of 32 bits, not 1.5", "? f32(x) can hold it"]),
    ("b = [true]\nb[0] = 1", ["type: a tensor [1] bool takes true or false, not the number 1", "? f32(x) makes numbers of bools"]),
    ("xs[3] = 1", ["index: index 3 is out of range: the list has 3 elements", "= indices run from 0 to 2, or from -3 to -1"]),
    ("xs[:2] = list(1)", ["value: 2 elements of the list cannot be replaced by 1"]),
    ("r.x = 1", ["name: the record has no field `x`", "= its fields are `lr`, `n`", "= a record gets no new fields"]),
    ("s = \"abc\"\ns[0] = \"x\"", ["type: the characters of a string cannot be changed", "? replace(s, \"a\", \"b\") makes a new string"]),
    ("q = 0..<3\nq[0] = 1", ["type: a range cannot be changed", "? list(i for i in r) makes a list of it"]),
  ])
  func wrongUpdate(_ statement: String, _ expected: [String]) {
    #expect(ValuesPrograms.error(Self.names + statement) == expected, "\(statement)")
  }
}

@Suite struct ValuesInPlaceTests {
  /// Filling by index is linear: what nobody else holds is changed where it is.
  @Test(arguments: [("zeros(100_000)", "i", "99999"), ("list(0 for j in 0..<100_000)", "i", "99999"), ("[:]", "i", "99999")])
  func filling(_ start: String, _ element: String, _ last: String) throws {
    let clock = ContinuousClock()
    var text = ""
    let time = try clock.measure { text = try ValuesPrograms.text("x = \(start)\nfor i in 0..<100_000 { x[i] = \(element) }\nx[99_999]") }
    #expect(text == last)
    // A copy for each of them would move 40 GB or more.
    #expect(time < .seconds(3))
  }
}

@Suite(.serialized) struct LinearTimeTests {
  /// Ten times as many elements take about ten times as long; by a copy a turn it would be a hundred times.
  @Test(
    "filling and reading by index is linear",
    arguments: [
      "x = zeros(N); for i in 0..<N { x[i] = i }; x[N - 1]", "x = zeros(N); for i in 0..<N { x[i] += 1 }; x[N - 1]",
      "x = arange(N); s = 0; for i in 0..<N { s += x[i] }; s", "x = zeros(N, 2); for i in 0..<N { x[i, 1] = i }; x[N - 1, 1]",
      "f(n) = { x = zeros(n); for i in 0..<n { x[i] = i }; x }; f(N)[N - 1]", "x = state(zeros(N)); for i in 0..<N { x[i] = i }; x[N - 1]",
    ])
  func filling(_ program: String) throws {
    func time(_ count: Int) throws -> Duration {
      let text = program.split(separator: "N", omittingEmptySubsequences: false).joined(separator: "\(count)")
      let clock = ContinuousClock()
      // The least of some: other tests run at the same time.
      return try (0..<3).map { _ in try clock.measure { _ = try ValuesPrograms.text(text) } }.min() ?? .zero
    }
    _ = try time(10)
    let start = try time(10), few = try time(10_000) - start, many = try time(100_000) - start
    #expect(many < few * 40, "\(few) for 10,000, \(many) for 100,000")
  }
}
