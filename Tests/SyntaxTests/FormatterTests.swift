import Library
import Syntax
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite("The standard layout") struct FormatterTests {
  /// What is written, and its layout.
  static let rows: [(String, String)] = [
    // Spaces.
    ("", ""),
    ("\n\n", ""),
    ("x=1", "x = 1\n"),
    ("x:=w-0.1*g;y+=2", "x := w - 0.1 * g; y += 2\n"),
    ("f( x ,y )=x^ 2+ - y", "f(x, y) = x^2 + -y\n"),
    ("a- - b", "a - -b\n"),
    ("y = - - b", "y = - -b\n"),
    ("2 ^ - 1", "2^-1\n"),
    ("3x+2(x+1)/1/2y", "3x + 2(x + 1) / 1 / 2y\n"),
    ("2exp(x)", "2exp(x)\n"),
    ("f( x,lr :0.1 , n: -2 )", "f(x, lr: 0.1, n: -2)\n"),
    ("x[ 1 : 3 , : ]+x[: :2]+x[..., 0]+x[ : , new ]+x[-1:]+x[a+1:b]", "x[1:3, :] + x[::2] + x[..., 0] + x[:, new] + x[-1:] + x[a + 1:b]\n"),
    ("m=[ \"a\" :1,\"b\":[ : ] ]", "m = [\"a\": 1, \"b\": [:]]\n"),
    ("t=( 1 , )", "t = (1,)\n"),
    ("t . 0 . 1", "t.0.1\n"),
    ("5 .max(2)", "5 .max(2)\n"),
    ("f''(2)", "f''(2)\n"),
    ("0 ..< n", "0..<n\n"),
    ("a+1...n-1", "a + 1 ... n - 1\n"),
    ("1...f(a+1) by - 2", "1...f(a + 1) by -2\n"),
    ("0..<count*i//k", "0 ..< count * i // k\n"),
    ("by=3;0..<9 by(by-1)", "by = 3; 0..<9 by (by - 1)\n"),
    ("x->x^2", "x -> x^2\n"),
    ("( )->1", "() -> 1\n"),
    ("h( x::[ n,d ] )::[n]=x", "h(x :: [n, d]) :: [n] = x\n"),
    ("g(x,rest ...,k:1)=x", "g(x, rest..., k: 1) = x\n"),
    ("not(a)and x.in-1>2", "not (a) and x.in - 1 > 2\n"),
    ("if(a){b}else{}", "if (a) { b } else {}\n"),
    ("layer L (a){b=a}", "layer L(a) { b = a }\n"),
    ("training{f(x)}", "training { f(x) }\n"),
    ("each(xs){a,(b,_)->a}", "each(xs) { a, (b, _) -> a }\n"),
    ("s = \"a  {x+1:.2f}\"  +  \"{ y }\"", "s = \"a  {x+1:.2f}\" + \"{ y }\"\n"),
    ("[x^2 for x in xs if x!=3]", "[x^2 for x in xs if x != 3]\n"),
    ("return-x", "return -x\n"),
    // `;` where it means something.
    ("f(x);", "f(x);\n"),
    ("x = 1;", "x = 1\n"),
    ("a;;b;", "a; b;\n"),
    ("repeat 2 { a; b; }", "repeat 2 { a; b }\n"),
    ("repeat 2 {\n  a;\n  b;\n}", "repeat 2 {\n  a\n  b\n}\n"),
    (";\n; a", "a\n"),
    // Lines and indentation.
    ("f(x)={\ny=x\n\n\n\ny\n}", "f(x) = {\n  y = x\n\n  y\n}\n"),
    ("f(x) = {\n\n  y\n\n}", "f(x) = {\n  y\n}\n"),
    ("f(x) = { y = x\n y }", "f(x) = {\n  y = x\n  y\n}\n"),
    ("for a, b in c { a ->\n b }", "for a, b in c { a ->\n  b\n}\n"),
    ("if a {\nb\n}\nelse {\nc\n}", "if a {\n  b\n} else {\n  c\n}\n"),
    ("f(x) =\nif a { b }\nelse { c }", "f(x) =\n  if a { b }\n  else { c }\n"),
    ("r = try {\na\n}\n# why\ncatch e { 0 }", "r = try {\n  a\n}\n# why\ncatch e { 0 }\n"),
    ("model = a >> b\n        >> c\n  .f()", "model = a >> b\n  >> c\n  .f()\n"),
    ("x = a +\nb", "x = a +\n  b\n"),
    ("f(a,\n      b,\n  c +\n  d)", "f(a,\n  b,\n  c +\n    d)\n"),
    ("f(\na,\nb\n)", "f(\n  a,\n  b\n)\n"),
    ("f(a +\nb)", "f(a +\n  b)\n"),
    ("f(a, {\nb\n})", "f(a, {\n  b\n})\n"),
    ("f(a,\nb) = g { x ->\nc\n}", "f(a,\n  b) = g { x ->\n  c\n}\n"),
    ("y = [\nf(x)\nfor x in xs\n]", "y = [\n  f(x)\n  for x in xs\n]\n"),
    // Strings stand as they were written.
    ("s = \"\"\"\n   a\n  b\n   \"\"\"\nt = 1", "s = \"\"\"\n   a\n  b\n   \"\"\"\nt = 1\n"),
    // Comments.
    ("#!/usr/bin/env gradus\n\n# a  \n\n\n##  b  \nf(x)=1# c", "#!/usr/bin/env gradus\n\n# a\n\n##  b  \nf(x) = 1  # c\n"),
    ("f(x) = { # a\n# b\n\n# c\n}", "f(x) = {  # a\n  # b\n\n  # c\n}\n"),
    ("f(a, # one\n b # two\n )", "f(a,  # one\n  b  # two\n)\n"),
    ("a = 1     # x\nbcd = 2   # y\ne = 3 # z", "a = 1    # x\nbcd = 2  # y\ne = 3  # z\n"),
    ("a\n# end", "a\n# end\n"),
    // Line ends.
    ("a\r\nb \r\n", "a\r\nb\r\n"),
    ("a\nb\r\n", "a\nb\n"),
  ]

  @Test(arguments: rows) func layout(_ row: (String, String)) throws {
    #expect(try format(row.0) == row.1)
    #expect(try format(row.1) == row.1)
  }

  /// Lines of more than 100 columns, broken.
  static let wide: [(String, String)] = [
    (
      "run = fit(model, (train_x, train_y), loss: cross_entropy, optimizer: optimizer, epochs: 30, batch: 32, validation: 0.1)",
      """
      run = fit(model, (train_x, train_y), loss: cross_entropy, optimizer: optimizer, epochs: 30,
        batch: 32, validation: 0.1)

      """
    ),
    (
      "show(images_of_digits[:6], captions: [string(labels[i]) for i in 0..<6], title: \"The first six, shown\")",
      """
      show(
        images_of_digits[:6], captions: [string(labels[i]) for i in 0..<6], title: "The first six, shown")

      """
    ),
    (
      "network(inputs, units: 64, activation: relu, normalised: true, dropped: 0.1) = {\ndense(units) >> activation\n}\nlonger_network(inputs, units: 64, activation: relu, normalised: true, dropped: 0.1, layers: 3, bias: false) = {\ndense(units) >> activation\n}",
      """
      network(inputs, units: 64, activation: relu, normalised: true, dropped: 0.1) = {
        dense(units) >> activation
      }
      longer_network(
        inputs, units: 64, activation: relu, normalised: true, dropped: 0.1, layers: 3, bias: false
      ) = {
        dense(units) >> activation
      }

      """
    ),
    (
      "scaled(value, factor: 2) = first_thing_to_compute(value, factor) + second_thing_to_compute(value, factor)",
      """
      scaled(value, factor: 2) =
        first_thing_to_compute(value, factor) + second_thing_to_compute(value, factor)

      """
    ),
    (
      "x = if validation_is_wanted { split_the_data_in_two_parts(data, validation); a } else if b { the_data_alone(data) } else { c }",
      """
      x = if validation_is_wanted {
        split_the_data_in_two_parts(data, validation)
        a
      } else if b {
        the_data_alone(data)
      } else {
        c
      }

      """
    ),
    (
      "model = conv2d(32, 3, padding: \"same\") >> relu >> conv2d(64, 3, padding: \"same\") >> relu >> maxpool(2) >> flatten >> dense(10)",
      """
      model = conv2d(32, 3, padding: "same") >> relu >> conv2d(64, 3, padding: "same") >> relu
        >> maxpool(2) >> flatten >> dense(10)

      """
    ),
    (
      "all_distances = [euclidean_distance(first_point, second_point) for first_point in points for second_point in other_points]",
      """
      all_distances = [
        euclidean_distance(first_point, second_point)
        for first_point in points
        for second_point in other_points]

      """
    ),
    (
      "first_name, second_name, third_name, fourth_name = first_value_of_all, second_value_of_all, third_value_of_all",
      """
      first_name, second_name, third_name, fourth_name = first_value_of_all, second_value_of_all,
        third_value_of_all

      """
    ),
    (
      "run = fit(model, (train_x, train_y), loss: cross_entropy, optimizer: optimizer, epochs: 30, batch: 3)",
      """
      run = fit(
        model, (train_x, train_y), loss: cross_entropy, optimizer: optimizer, epochs: 30, batch: 3)

      """
    ),
    // What cannot be made narrower stays.
    (
      "error(\"\(String(repeating: "a", count: 110))\")",
      "error(\"\(String(repeating: "a", count: 110))\")\n"
    ),
    // A comment is no reason to break code.
    (
      "x = f(a, b)  # \(String(repeating: "a", count: 110))",
      "x = f(a, b)  # \(String(repeating: "a", count: 110))\n"
    ),
  ]

  @Test(arguments: wide) func breaks(_ row: (String, String)) throws {
    #expect(try format(row.0) == row.1)
    #expect(try format(row.1) == row.1)
  }

  @Test func errors() {
    #expect(throws: GradusError.self) { try format("x = (") }
    #expect(throws: GradusError.self) { try format("x y") }
  }

  private func format(_ text: String) throws -> String { try Formatter.format(SourceText(name: "t", text: text)) }

  /// What is wrong with the layout of a text, if it is a program: it keeps meaning and comments, and is stable.
  private func complaint(_ text: String) -> String? {
    guard let before = try? Dump.meaning(text) else { return nil }
    guard let once = try? format(text) else { return "refused:\n\(text)" }
    guard let after = try? Dump.meaning(once) else { return "no program any more:\n\(text)\n---\n\(once)" }
    if before != after { return "another meaning:\n\(text)\n---\n\(once)\n\(before)\n\(after)" }
    if comments(text) != comments(once) { return "other comments:\n\(text)\n---\n\(once)" }
    if let twice = try? format(once), twice == once { return nil }
    return "not stable:\n\(text)\n---\n\(once)\n---\n\((try? format(once)) ?? "")"
  }

  private func comments(_ text: String) -> [String] {
    let source = SourceText(name: "", text: text)
    return Highlighting(text).parts.filter { $0.kind == .comment }.map { part in
      var comment = source.string(part.span)[...]
      while comment.last?.isWhitespace == true { comment.removeLast() }
      return String(comment)
    }
  }

  @Test func theLibraryIsLaidOutSo() throws {
    #expect(!Self.library.isEmpty)
    for source in Library.sources {
      let text = source.string(Span(0, source.utf8.count))
      #expect(try format(text) == text, "\(source.name)")
    }
  }

  /// The library, and the examples in its documentation.
  static let library = Library.sources.map { $0.string(Span(0, $0.utf8.count)) }
  static let examples = Library.sources.flatMap { cells(Parser.index(of: $0).compactMap(\.documentation).joined(separator: "\n")) }
  static let lessons: [String] = {
    // Two folders above the tests lie the lessons.
    let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    return files(root + "/Tutorials").flatMap { cells($0) }
  }()

  private static func files(_ folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var texts: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
      if name.hasPrefix(".") { continue }
      guard name.hasSuffix(".md") else {
        texts += files(folder + "/" + name)
        continue
      }
      guard let file = fopen(folder + "/" + name, "r") else { continue }
      var bytes: [UInt8] = []
      while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
      fclose(file)
      texts.append(String(decoding: bytes, as: UTF8.self))
    }
    return texts
  }

  private static func cells(_ markdown: String) -> [String] {
    var cells: [String] = []
    var cell: [Substring]?
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if let lines = cell { cells.append(lines.joined(separator: "\n")) }
        cell = line.hasPrefix("```gradus") ? [] : nil
      } else {
        cell?.append(line)
      }
    }
    return cells
  }

  @Test func ofEveryProgramWeHave() {
    #expect(Self.library.count > 20 && Self.examples.count > 150 && Self.lessons.count > 20)
    for text in Self.library + Self.examples + Self.lessons + (expressionTrees + statementTrees).map(\.0) {
      if let complaint = complaint(text) { Issue.record("\(complaint)") }
    }
  }

  /// Spaces, newlines, comments and tokens put in and taken out at random; what is still a program keeps its meaning.
  @Test(arguments: 0..<8) func ofDisfiguredPrograms(seed: UInt64) {
    var generator = FuzzTests.Generator(state: seed &+ 77)
    let pieces = [" ", " ", "\n", "\n", "  \n\n\n", "# c\n", "## d\n", ";", "\t", "\r\n", "(", ")", "{", "}", "-", " by ", "...", ",", "' ", "\"\"\"a\n  b\"\"\"", ".0", "3", "x", "学"]
    let programs = Self.examples + Self.lessons + (expressionTrees + statementTrees).map(\.0) + Self.library.flatMap(definitions)
    var count = 0
    for _ in 0..<1_500 {
      var scalars = Array((programs.randomElement(using: &generator) ?? "").unicodeScalars)
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let place = Int.random(in: 0...scalars.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
          // Up to the next space, which goes.
          if let space = scalars[place...].firstIndex(where: { $0 == " " || $0 == "\n" }) { scalars.remove(at: space) }
        case 1 where place < scalars.count: scalars.remove(at: place)
        default: scalars.insert(contentsOf: (pieces.randomElement(using: &generator) ?? " ").unicodeScalars, at: place)
        }
      }
      let text = String(String.UnicodeScalarView(scalars))
      if (try? Dump.program(text)) != nil { count += 1 }
      if let complaint = complaint(text) {
        Issue.record("\(complaint)")
        return
      }
    }
    #expect(count > 300)
  }

  private func definitions(_ text: String) -> [String] {
    let source = SourceText(name: "", text: text)
    return Parser.index(of: source).map { source.string($0.span) }
  }

  /// Everything on one line, and every line torn apart: no layout depends on the one before to be stable.
  @Test func ofOneLineAndOfMany() {
    for text in Self.library.flatMap(definitions) {
      let source = SourceText(name: "", text: text)
      let isText = Highlighting(text).parts.contains { $0.kind == .comment && source.string($0.span).hasPrefix("# ") || $0.kind == .string }
      if isText { continue }
      let code = text.split(separator: "\n").filter { !$0.hasPrefix("##") }
      for joined in [code.joined(separator: " "), code.joined(separator: "; "), code.flatMap { $0.split(separator: " ") }.joined(separator: "\n")] {
        if let complaint = complaint(joined) { Issue.record("\(complaint)") }
      }
    }
  }

  /// Lines with thousands of items take a moment, not a minute.
  @Test func ofHugeLines() throws {
    let clock = ContinuousClock()
    for text in [
      "x = [" + String(repeating: "1, ", count: 10_000) + "1]",
      "f(" + (0..<10_000).map { "a\($0), " }.joined() + "b)",
      String(repeating: "a; ", count: 10_000),
      "x = { " + String(repeating: "f(a); ", count: 5_000) + "}",
      "x = " + String(repeating: "f(a) >> ", count: 1_900) + "b",
      "\"" + String(repeating: "a", count: 1_000_000) + "\"",
      String(repeating: "f(x) = x\n", count: 5_000),
    ] {
      var once = ""
      let time = try clock.measure { once = try format(text) }
      #expect(time < .seconds(10), "\(text.prefix(20)) takes \(time)")
      #expect(try format(once) == once)
    }
  }
}
