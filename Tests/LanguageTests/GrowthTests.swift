import Testing

@Suite("Values that grow in their place") struct GrowthTests {
  /// Nobody who holds the old value sees the new one.
  static let programs: [ProgramCase] = [
    ProgramCase("xs = list(1); ys = xs; xs = xs.append(2); (xs, ys)", "([1, 2], [1])"),
    ProgramCase("xs = list(1); ys = xs; xs = append(xs, 2); (xs, ys)", "([1, 2], [1])"),
    ProgramCase("xs = list(1); ys = xs; xs += list(2); (xs, ys)", "([1, 2], [1])"),
    ProgramCase("xs = list(1); xs = xs.append(2); ys = xs; xs = xs.append(3); (xs, ys)", "([1, 2, 3], [1, 2])"),
    ProgramCase("s = \"a\"; t = s; s = s + \"b\"; s += \"c\"; (s, t)", "(\"abc\", \"a\")"),
    ProgramCase("s = \"ab\"; s += s; s = s + s; s", "abababab"),
    ProgramCase("xs = list(1); xs += xs; xs = xs + xs; xs", "[1, 1, 1, 1]"),
    ProgramCase("xs = list(1); xs = xs.append(xs); xs", "[1, [1]]"),
    ProgramCase("xs = list(1, 2); for x in xs { xs = xs.append(x) }; xs", "[1, 2, 1, 2]"),
    ProgramCase("f() = { s = \"k\"; s += \"x\"; s }; (f(), f())", "(\"kx\", \"kx\")"),
    ProgramCase("f(xs) = { xs = xs.append(2); xs }; a = list(1); (f(a), a)", "([1, 2], [1])"),
    // The operands are read before the right side changes the variable.
    ProgramCase("s = \"a\"; f() = { s := \"z\"; \"b\" }; s = s + f(); s", "ab"),
    ProgramCase("xs = list(1); f() = { xs := list(9); 2 }; xs = xs.append(f()); xs", "[1, 2]"),
    ProgramCase("x = 1; f() = { x := 5; 1 }; x += f(); x", "6"),
    ProgramCase("f(x) = 1; g() = { f := x -> 2; 5 }; (f(g()), f(0))", "(1, 2)"),
    // Captured variables, the top level's variables, cells.
    ProgramCase("f() = { xs = []; g() = { xs := xs.append(1) }; g(); g(); xs }; f()", "[1, 1]"),
    ProgramCase("xs = []; f() = { xs := append(xs, length(xs)) }; f(); f(); xs", "[0, 1]"),
    ProgramCase("w = param([1, 2]); v = w; w += 1; (w, v)", "([2, 3], [2, 3])"),
    ProgramCase("s = state(\"a\"); s += \"b\"; t = s; (s, t)", "(\"ab\", \"ab\")"),
    // Elements of a cell's tensor, in their place.
    ProgramCase("w = state(zeros(3)); v = value(w); w[0] = 5; (v, w)", "([0, 0, 0], [5, 0, 0])"),
    ProgramCase("w = state(zeros(3)); y = w + 1; w[1] = 9; (y, w)", "([1, 1, 1], [0, 9, 0])"),
    ProgramCase("w = state(zeros(3)); r = try { w[7] = 1 } catch e { e.kind }; (r, w)", "(\"index\", [0, 0, 0])"),
    ProgramCase("w = state(i32([1, 2])); r = try { w[0] = 2.5 } catch e { e.kind }; (r, w)", "(\"type\", [1, 2])"),
    // What is undone was noted.
    ProgramCase("w = param(1); n = list(0); opt = sgd([w])\ntry { step(opt) { n = n.append(1); w^2 + error(\"no\") } } catch e { }\nn", "[0, 1]"),
    // A function of one's own, an error on the way.
    ProgramCase("append(xs, x) = \"mine\"; xs = list(1); xs = xs.append(2); xs", "mine"),
    ProgramCase("xs = list(1); try { xs = xs.append(1 // 0) } catch e { }; xs", "[1]"),
    ProgramCase("xs = list(1); try { xs += 1 } catch e { }; s = \"a\"; try { s = s + 1 } catch e { }; (xs, s)", "([1], \"a\")"),
    ProgramCase("r = (append: x -> \"field\"); r = r.append(1); r", "field"),
    ProgramCase("m = [\"a\": 1]; n = m; m[\"b\"] = 2; m[\"a\"] += 1; (m, n)", "([\"a\": 2, \"b\": 2], [\"a\": 1])"),
    ProgramCase("m = [\"w\": param([1])]; m[\"w\"] = [5]; value(m[\"w\"])", "[5]"),
  ]

  @Test(arguments: programs) func value(_ program: ProgramCase) throws {
    #expect(try ValuesPrograms.text(program.program) == program.output)
  }

  /// With a copy each turn these would take hours.
  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      "xs = []; for i in 0..<400000 { xs = xs.append(i) }; length(xs)", "xs = []; for i in 0..<400000 { xs += [\"a\"] }; length(xs)",
      "s = \"\"; for i in 0..<400000 { s = s + \"x\" }; length(s)", "s = \"\"; for i in 0..<400000 { s += \"x\" }; length(s)",
      "m = [:]; for i in 0..<400000 { m[i] = i }; length(m)", "f() = { xs = []; repeat 400000 { xs = append(xs, 1) }; length(xs) }; f()",
      "xs = []; f() = { repeat 400000 { xs := xs.append(1) }; length(xs) }; f()",
    ])
  func linear(_ program: String) throws {
    #expect(try ValuesPrograms.text(program) == "400000")
  }
}
