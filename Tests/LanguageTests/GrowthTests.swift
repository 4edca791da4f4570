import Language
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
    // What it grows by is a variable, a computed value, of the same kind, of another.
    ProgramCase("xs = list(1); y = \"a\"; xs = xs.append(y); xs = append(xs, y + \"b\"); xs = xs.append(list(y)); (xs, y)", "([1, \"a\", \"ab\", [\"a\"]], \"a\")"),
    ProgramCase("xs = list(1); ys = xs; xs = xs.append(2 * 3); zs = xs; xs = append(xs, 2 * 4); (xs, ys, zs)", "([1, 6, 8], [1], [1, 6])"),
    ProgramCase("xs = list(1); xs = xs.append(list(xs, xs)); xs", "[1, [[1], [1]]]"),
    ProgramCase("f() = { xs = list(1); xs = xs.append(nothing); for i in 0..<2 { xs = xs.append(-i) }; xs }; f()", "[1, nothing, 0, -1]"),
    ProgramCase("xs = [1, 2]; xs = append(xs, 3); xs", "[1, 2, 3]"),
    ProgramCase("xs = list(1); r = try { xs = xs.append(y); 0 } catch e { e.message }; (xs, r)", "([1], \"there is no `y`\")"),
    // A long list has room for more than it holds: who holds it too keeps what was there.
    ProgramCase(
      "xs = []; for i in 0..<5000 { if i == 1024 or i == 4096 { ys = xs }; xs = xs.append(i) }; (length(xs), xs[-1], length(ys), ys[-1])",
      "(5000, 4999, 4096, 4095)"),
    // Strings that are read while they grow, and grow by themselves and by other letters.
    ProgramCase("s = \"\"; n = 0; for i in 0..<4 { s = s + \"é\"; n += length(s) }; t = s; s += \"!\"; (s, t, n)", "(\"éééé!\", \"éééé\", 10)"),
    ProgramCase("s = \"a\"; t = \"b\"; repeat 3 { s += t; t += s }; (s, t)", "(\"abbabbababbab\", \"bababbababbabbababbab\")"),
    ProgramCase("s = \"e\"; s = s + \"\u{301}\"; s += \"x\"; (length(s), s == \"\u{e9}x\")", "(2, true)"),
    ProgramCase("s = \"\"; for i in 0..<3000 { s += \"0123456789\"; if i % 1000 == 999 { t = s } }; (length(s), length(t), s == t, s.ends_with(\"89\"))", "(30000, 30000, true, true)"),
    // A function of one's own, an error on the way.
    ProgramCase("f() = { append(xs, x) = \"mine\"; xs = list(1); xs = xs.append(2); xs }; f()", "mine"),
    ProgramCase("xs = list(1); f(append) = { xs = list(1); xs = xs.append(2); xs = append(xs, 3); xs }; f((a, b) -> \"mine\")", "mine"),
    ProgramCase("f() = { xs = list(1); xs = append(xs, 2); xs }; a = f(); append(xs, x) = \"mine\"; (a, f())", "([1, 2], \"mine\")"),
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

  @Test("growing in place relies on it: a value that is a string or a list is the reference to it, its case behind") func layout() {
    #expect(MemoryLayout<Value>.size == MemoryLayout<UInt>.size + 1)
    func isReference<Object: AnyObject>(_ value: Value, _ object: Object) -> Bool {
      withUnsafeBytes(of: value) { $0.load(as: UInt.self) } == UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque())
    }
    let string = StringValue("a string that does not fit into one word"), list = ListValue([.number(1)])
    #expect(isReference(.string(string), string))
    #expect(isReference(.list(list), list))
    // Calls give up what registers hold by the number of the case.
    func tag(_ value: Value) -> UInt8 { withUnsafeBytes(of: value) { $0.load(fromByteOffset: Value.tagOffset, as: UInt8.self) } }
    for plain in [Value.bool(true), .bool(false), .number(1), .number(.nan)] { #expect(tag(plain) <= Value.lastPlainTag) }
    for counted in [Value.string(string), .list(list), .tuple(TupleValue([], names: nil)), .range(RangeValue(start: 0, stop: 1, step: 1, isInclusive: false))] {
      #expect(tag(counted) > Value.lastPlainTag)
    }
    // Asked in its place, the reference counts what holds the object.
    func isAlone<Object: AnyObject>(_ value: inout Value, _ type: Object.Type) -> Bool {
      withUnsafeMutableBytes(of: &value) { bytes in
        bytes.baseAddress.map { isKnownUniquelyReferenced(&$0.assumingMemoryBound(to: Object.self).pointee) } ?? false
      }
    }
    var first = Value.list(ListValue([]))
    #expect(isAlone(&first, ListValue.self))
    let second = first
    #expect(!isAlone(&first, ListValue.self))
    var text = Value.string("x")
    #expect(isAlone(&text, StringValue.self))
    withExtendedLifetime(second) {}
  }

  /// With a copy each turn these would take hours.
  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      "xs = []; for i in 0..<400000 { xs = xs.append(i) }; length(xs)", "xs = []; for i in 0..<400000 { xs += [\"a\"] }; length(xs)",
      "s = \"\"; for i in 0..<400000 { s = s + \"x\" }; length(s)", "s = \"\"; for i in 0..<400000 { s += \"x\" }; length(s)",
      "m = [:]; for i in 0..<400000 { m[i] = i }; length(m)", "f() = { xs = []; repeat 400000 { xs = append(xs, 1) }; length(xs) }; f()",
      "xs = []; f() = { repeat 400000 { xs := xs.append(1) }; length(xs) }; f()",
      // What was an argument of a call isn't held by it any more.
      "xs = []; repeat 400000 { xs = xs.append(length(xs)) }; length(xs)", "f() = { xs = []; repeat 400000 { xs = xs.append(xs.length()) }; length(xs) }; f()",
      "f(ys) = length(ys); xs = []; repeat 400000 { xs = xs.append(f(xs)) }; length(xs)",
      "f(ys, k: 1) = length(ys) + k; xs = []; repeat 400000 { xs = xs.append(f(xs, k: 2)) }; length(xs)",
      "f(ys) = length(ys); xs = []; repeat 400000 { xs = xs.append(xs.f()) }; length(xs)",
    ])
  func linear(_ program: String) throws {
    #expect(try ValuesPrograms.text(program) == "400000")
  }
}
