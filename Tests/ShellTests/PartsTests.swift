import Library
import Shell
import Syntax
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct PasteTests {
  static let rows: [(pasted: String, cell: String)] = [
    ("a = 1", "a = 1"),
    ("a = 1\r\nb = 2\r", "a = 1\nb = 2"),
    ("a\r\rb", "a\n\nb"),
    // Nothing that a terminal would obey.
    ("a\u{1B}[31mb\u{7}\u{9B}c\u{7F}", "a[31mbc"),
    ("\tx\n", "\tx"),
    ("[1] ∇ 1 + 1\n2\n[2] ∇ x = 3\n", "1 + 1\nx = 3"),
    ("[12] > 1 + 1\n2", "1 + 1"),
    ("\n  [1] ∇ f(x) = {\n  x^2\n}\n[2] ∇ f(3)\n9\n", "f(x) = {\n  x^2\n}\nf(3)"),
    ("[1] ∇ f(x) = {\n... x^2\n... }\n9\n", "f(x) = {\nx^2\n}"),
    ("[1] ∇ \n[2] ∇\n[3] ∇ 7", "7"),
    // A list is no prompt, and without a prompt in front nothing is taken away.
    ("[1] + x", "[1] + x"),
    ("[1, 2] > 0", "[1, 2] > 0"),
    ("x\n[1] ∇ y", "x\n[1] ∇ y"),
    ("", ""),
  ]

  @Test(arguments: rows) func cleans(_ row: (pasted: String, cell: String)) { #expect(PasteCleaning.clean(row.pasted) == row.cell) }
}

@Suite struct HistoryTests {
  @Test func eachCellOnce() {
    var history = CellHistory(["a", "b", "a"])
    #expect(history.cells == ["b", "a"])
    history.add("b")
    #expect(history.cells == ["a", "b"])
  }

  @Test func walksAndKeepsTheLineWritten() {
    var history = CellHistory(["a", "b"])
    #expect(history.next(from: "") == nil)
    #expect(history.previous(from: "") == "b")
    #expect(history.previous(from: "b") == "a")
    #expect(history.previous(from: "a") == nil)
    #expect(history.next(from: "a") == "b")
    #expect(history.next(from: "b") == "")
    #expect(history.next(from: "") == nil)
  }

  @Test func searchesByPrefixOnlyFromALineBeingWritten() {
    var history = CellHistory(["x = 1", "y = 2", "x = 3", "z"])
    #expect(history.previous(from: "x") == "x = 3")
    #expect(history.previous(from: "x = 3") == "x = 1")
    #expect(history.previous(from: "x = 1") == nil)
    #expect(history.next(from: "x = 1") == "x = 3")
    #expect(history.next(from: "x = 3") == "x")
    // From an empty line it is a walk through all, whatever is shown.
    #expect(history.previous(from: "") == "z")
    #expect(history.previous(from: "z") == "x = 3")
    #expect(history.previous(from: "x = 3") == "y = 2")
    // A changed cell is a line of its own.
    #expect(history.previous(from: "x =") == "x = 3")
    #expect(history.next(from: "x = 3") == "x =")
    #expect(history.previous(from: "nothing") == nil)
  }

  @Test func goesOnWhereASearchEnded() {
    var history = CellHistory(["a", "b", "c"])
    #expect(history.previous(from: "b") == "a")
    #expect(history.next(from: "a") == "b")
  }

  @Test(arguments: ["a", "f(x) = {\n  x\n}", "\"\\\t\"", "∇ 😀", "\u{1}", ""]) func linesOfTheFile(_ cell: String) {
    let line = HistoryFile.line(cell)
    #expect(!line.contains("\n"))
    #expect(HistoryFile.cell(line) == cell)
  }

  @Test(arguments: ["", "a", "{\"cell\":\"a", "{\"cell\":\"\\\"}", "{\"cell\":\"\\u12\"}", "{\"cell\":\"\\x\"}", "{\"cell\":\"a\"b\"}"])
  func linesThatMeanNothing(_ line: String) { #expect(HistoryFile.cell(line) == nil) }

  @Test func escapesOfOthers() { #expect(HistoryFile.cell("{\"cell\":\"\\ud83d\\ude00\\/\\u00e9\"}") == "😀/é") }

  @Test func theFileGrowsAndIsPrivate() throws {
    try withFolder { folder in
      let file = HistoryFile(path: folder + "/a/b/history")
      #expect(file.load().isEmpty)
      #expect(file.append("one\ntwo"))
      #expect(HistoryFile(path: file.path).append("three"))
      #expect(file.load() == ["one\ntwo", "three"])
      var status = stat()
      #expect(stat(file.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
      // What another process left unfinished costs that line alone.
      let stream = try #require(fopen(file.path, "a"))
      fputs("{\"cell\":\"bro", stream)
      fclose(stream)
      #expect(file.append("four"))
      #expect(file.load() == ["one\ntwo", "three", "four"])
      #expect(!HistoryFile(path: folder).append("x"))
    }
  }

  @Test func whereTheFileIs() {
    func path(_ variables: [String: String]) -> String? { HistoryFile.standard { variables[$0] }?.path }
    #expect(path(["GRADUS_HISTORY": "/h", "HOME": "/u"]) == "/h")
    #expect(path(["XDG_STATE_HOME": "/s", "HOME": "/u"]) == "/s/gradus/history")
    #expect(path(["XDG_STATE_HOME": "s", "HOME": "/u"]) == "/u/.local/state/gradus/history")
    #expect(path([:]) == nil)
  }
}

@Suite struct CompletionTests {
  static var names: CompletionNames {
    var names = CompletionNames()
    names.variables = ["softness", "model", "_x"]
    names.library = ["softmax", "softplus", "sin", "__private", "relu"]
    names.commands = [":help", ":quit"]
    names.settings = ["highlight", "time"]
    names.fields = { $0 == "model" ? ["weights", "bias"] : [] }
    names.entries = { $0 == "data/" ? ["a.csv", "ab/", ".hidden"] : $0.isEmpty ? ["data/"] : [] }
    return names
  }

  static let rows: [(text: String, candidates: [String], common: String)] = [
    ("y = soft", ["softmax", "softness", "softplus"], "soft"),
    ("softm", ["softmax"], "softmax"),
    ("x + wh", [], ""),
    ("wh", ["while"], "while"),
    ("model.w", ["weights"], "weights"),
    ("model.re", ["relu"], "relu"),
    ("other.we", [], ""),
    ("f(x).re", ["relu"], "relu"),
    ("1.", [], ""),
    ("1..", [], ""),
    ("__", ["__private"], "__private"),
    (":h", [":help"], ":help"),
    (":set h", ["highlight"], "highlight"),
    (":help q", ["quit"], "quit"),
    (":time soft", ["softmax", "softness", "softplus"], "soft"),
    ("?rel", ["relu"], "relu"),
    ("read(\"da", ["data/"], "data/"),
    ("read(\"data/a", ["a.csv", "ab/"], "a"),
    ("read(\"data/.", [".hidden"], ".hidden"),
    ("\"a\" + re", ["relu"], "relu"),
    ("# it's \"so\n rel", ["relu"], "relu"),
    ("\\alpha", ["α"], "α"),
    ("2\\eta", ["η"], "η"),
    ("\\p", ["phi", "pi", "psi"], "p"),
    ("zzz", [], ""),
  ]

  @Test(arguments: rows) func completes(_ row: (text: String, candidates: [String], common: String)) {
    let completion = CompletionTests.names.completion(of: row.text)
    #expect(completion.candidates == (row.text == "\\p" ? ["pi", "phi", "psi"] : row.candidates))
    #expect(completion.common == row.common)
  }

  /// What fits the place: operators behind a value, words of statements where one begins, nothing where a new name is made up.
  @Test(arguments: [
    ("x o", ["or"]), ("(x) a", ["and"]), ("0..<9 b", ["by"]), ("for s", []), ("for a, s", []), ("for a in s", ["sin", "softmax", "softness", "softplus"]),
    ("layer s", []), ("catch s", []), ("x # s", []), ("re", ["relu", "repeat", "return"]), ("y = re", ["relu"]), ("f(re", ["relu"]),
    ("{ x -> re", ["relu", "repeat", "return"]), ("x -> re", ["relu"]), ("\"{so", ["softmax", "softness", "softplus"]), ("\"{x:so", []),
    ("f(\"data/a", ["a.csv", "ab/"]), ("x = 3", []), ("model.we", ["weights"]),
  ])
  func candidatesFitThePlace(_ row: (text: String, candidates: [String])) {
    #expect(CompletionTests.names.completion(of: row.text).candidates == row.candidates)
  }

  /// Whatever was written so far, what is replaced is written there, and every candidate fits it.
  @Test func everyBeginningOfTheLibrary() {
    var names = CompletionTests.names
    names.call = { ($0 + "(x, axis: nothing)", ["x", "axis"]) }
    for source in Library.sources {
      for place in Parser.index(of: source) {
        let text = source.string(Span(place.documentationSpan?.end ?? place.span.start, place.span.end))
        for (position, end) in text.indices.enumerated() where position % 7 == 0 {
          let written = String(text[..<end])
          let completion = names.completion(of: written)
          let word = String(String.UnicodeScalarView(written.unicodeScalars.suffix(completion.replaced)))
          #expect(completion.replaced <= written.unicodeScalars.count && completion.candidates.allSatisfy { $0.hasPrefix(word) }, "\(written)")
        }
      }
    }
  }

  @Test(arguments: Set(CompletionNames.statementWords + CompletionNames.operationWords).subtracting(["by", "layer"]).sorted()) func reservedWordsAreNoNames(_ word: String) {
    #expect(throws: GradusError.self) { try Parser.parse(SourceText(name: "", text: word + " = 1")) }
  }

  @Test func namesInColumns() {
    #expect(ColumnList.text(["a", "bb", "c"], width: 9) == "a   c\nbb\n")
    #expect(ColumnList.text([], width: 80) == "")
    let long = ColumnList.text((0..<100).map { "name\($0)" }, width: 10)
    #expect(long.hasSuffix("and 88 more\n"))
  }
}

@Suite struct CellTests {
  static let rows: [(text: String, row: Int, column: Int)] = [
    ("", 0, 6), ("ab", 0, 8), ("abcd", 1, 0), ("abc漢", 1, 2), ("a\nb", 1, 1), ("\n\n", 2, 0), ("e\u{301}", 0, 7), ("\t", 0, 8),
  ]

  @Test(arguments: rows) func layout(_ row: (text: String, row: Int, column: Int)) {
    let end = CellLayout(promptWidth: 6, width: 10).end(of: Array(row.text.unicodeScalars))
    #expect(end == .init(row: row.row, column: row.column))
  }

  @Test func linesAboveAndBelow() {
    func cell(_ text: String, _ cursor: Int) -> CellLines { CellLines(text: Array(text.unicodeScalars), cursor: cursor) }
    #expect(cell("ab", 1).above == nil && cell("ab", 1).below == nil)
    #expect(cell("abc\nd\nefg", 3).below == 5)
    #expect(cell("abc\nd\nefg", 9).above == 5)
    #expect(cell("abc\nd\nefg", 5).above == 1 && cell("abc\nd\nefg", 5).below == 7)
    #expect(cell("\n", 1).above == 0 && cell("\n", 0).below == 1)
    #expect(cell("f {\n  ", 6).dedent == 2 && cell("f {\n ", 5).dedent == 1 && cell("  ", 2).dedent == 0 && cell("{\n x", 4).dedent == 0)
  }

  @Test func bytesBecomeCharacters() {
    func decoded(_ bytes: [UInt8]) -> String {
      var decoder = UTF8Decoder()
      return String(String.UnicodeScalarView(bytes.compactMap { decoder.add($0) }))
    }
    #expect(decoded(Array("aé漢😀".utf8)) == "aé漢😀")
    #expect(decoded([0x80, 0x61]) == "\u{FFFD}a")
    #expect(decoded([0xC3, 0x61, 0xC3, 0xA9]) == "aé")
  }
}

@Suite struct WindowTests {
  private func shown(_ text: String, cursor: Int, rows: Int, first: Int = 0, width: Int = 10) -> String {
    let scalars = Array(text.unicodeScalars)
    let cell = CellLines(text: scalars, cursor: cursor)
    let range = CellWindow.range(of: cell, promptWidth: 2, width: width, rows: rows, first: WindowTests.start(ofLine: first, in: text))
    return String(String.UnicodeScalarView(scalars[range]))
  }

  private static func start(ofLine line: Int, in text: String) -> Int {
    text.split(separator: "\n", omittingEmptySubsequences: false).prefix(line).reduce(0) { $0 + $1.unicodeScalars.count + 1 }
  }

  @Test func whatFitsIsShownWhole() {
    #expect(shown("a\nb\nc", cursor: 0, rows: 3) == "a\nb\nc")
    #expect(shown("", cursor: 0, rows: 3) == "")
  }

  @Test func theLinesAroundTheCursor() {
    let text = "a\nb\nc\nd\ne\nf"
    #expect(shown(text, cursor: 0, rows: 4) == "a\nb\nc")
    #expect(shown(text, cursor: 11, rows: 4) == "d\ne\nf")
    // It stays while the cursor moves within it, and goes along at its edges.
    #expect(shown(text, cursor: 6, rows: 4, first: 2) == "c\nd\ne")
    #expect(shown(text, cursor: 4, rows: 4, first: 2) == "b\nc\nd")
    #expect(shown(text, cursor: 8, rows: 4, first: 2) == "d\ne\nf")
  }

  @Test func longLinesTakeMoreRows() {
    let long = String(repeating: "x", count: 25)
    #expect(shown("a\n\(long)\nb\nc", cursor: 0, rows: 5) == "a\n\(long)")
    #expect(shown("\(long)\n\(long)", cursor: 40, rows: 4) == long)
  }

  @Test func ofALineTooTallItsRows() {
    let line = "0123456789abcdefghijABCDEFGHIJklmnopqrstKLMNOPQRST"
    // The first row has a prompt of two columns before it.
    #expect(shown(line, cursor: 0, rows: 4) == "0123456789abcdefghijABCDEFGH")
    #expect(shown(line, cursor: 50, rows: 4) == "IJklmnopqrstKLMNOPQRST")
    #expect(shown(line, cursor: 20, rows: 4) == "89abcdefghijABCDEFGHIJklmnopqr")
    #expect(shown("x\n" + line + "\ny", cursor: 30, rows: 4, first: 1) == "abcdefghijABCDEFGHIJklmnopqrst")
  }

  @Test func everyPlaceIsShown() {
    let text = "ab\n\nc\n" + String(repeating: "y", count: 31) + "\n\n\nd\ne\nf\n"
    for rows in 3...12 {
      for cursor in 0...text.unicodeScalars.count {
        for first in 0...9 {
          let cell = CellLines(text: Array(text.unicodeScalars), cursor: cursor)
          let range = CellWindow.range(of: cell, promptWidth: 6, width: 10, rows: rows, first: WindowTests.start(ofLine: first, in: text))
          #expect(range.lowerBound <= cursor && cursor <= range.upperBound)
        }
      }
    }
  }

  @Test func wordsBefore() {
    func start(_ text: String) -> Int? { CellLines(text: Array(text.unicodeScalars), cursor: text.unicodeScalars.count).wordStart }
    #expect(start("") == nil && start("ab") == 0 && start("ab cd") == 3 && start("ab cd  ") == 3 && start("  ") == 0)
  }
}

@Suite struct EditingTests {
  private func cell(_ text: String, _ cursor: Int? = nil) -> CellLines {
    CellLines(text: Array(text.unicodeScalars), cursor: cursor ?? text.unicodeScalars.count)
  }

  @Test func namesAreWords() {
    #expect(cell("a.bc = 1").previousWord == 7 && cell("a.bc = ").previousWord == 2 && cell("a.bc").previousWord == 2)
    #expect(cell("").previousWord == nil && cell("(").previousWord == 0)
    #expect(cell("x1 + ä_2\n", 0).nextWord == 2 && cell("x1 + ä_2\n", 2).nextWord == 8 && cell("x1 + ä_2\n", 8).nextWord == 9)
    #expect(cell("x").nextWord == nil)
  }

  /// Types a text letter by letter.
  private func type(_ text: String, into undo: inout UndoStack) {
    for end in 0...text.unicodeScalars.count { undo.note(cell(String(text.unicodeScalars.prefix(end)))) }
  }

  @Test func aWordIsUndoneAtATime() {
    var undo = UndoStack()
    type("ab = 12", into: &undo)
    #expect(undo.undo(cell("ab = 12")) == cell("ab = "))
    #expect(undo.undo(cell("ab = ")) == cell("ab ="))
    #expect(undo.redo(cell("ab =")) == cell("ab = "))
    #expect(undo.redo(cell("ab = ")) == cell("ab = 12"))
    #expect(undo.redo(cell("ab = 12")) == nil)
    for expected in ["ab = ", "ab =", "ab ", "ab", ""] { #expect(undo.undo(undo.current ?? cell("")) == cell(expected)) }
    #expect(undo.undo(cell("")) == nil)
  }

  @Test func whatIsTypedAfterAnUndoingEndsIt() {
    var undo = UndoStack()
    undo.note(cell(""))
    undo.note(cell("pasted"))
    #expect(undo.undo(cell("pasted")) == cell(""))
    undo.note(cell("x"))
    #expect(undo.redo(cell("x")) == nil)
    #expect(undo.undo(cell("x")) == cell(""))
  }

  @Test func statesThatAreTooMuchAreForgotten() {
    var undo = UndoStack()
    let large = String(repeating: "x", count: 1 << 20)
    for end in 0..<8 { undo.note(cell(large + String(repeating: " ", count: end))) }
    var count = 0
    while let state = undo.undo(undo.current ?? cell("")) { count += 1; #expect(state.text.count >= 1 << 20) }
    #expect(count == 3)
  }

  @Test func deletionsInARowAreOne() {
    var ring = KillRing()
    func text(_ string: String) -> [Unicode.Scalar] { Array(string.unicodeScalars) }
    #expect(ring.yank() == nil)
    ring.add(text("b"), isBefore: true, in: cell("ab"))
    ring.didKill(cell("a"))
    ring.add(text("a"), isBefore: true, in: cell("a"))
    ring.didKill(cell(""))
    #expect(ring.yank() == text("ab"))
    ring.add(text("z"), isBefore: false, in: cell("z", 0))
    #expect(ring.yank() == text("z"))
    ring.didYank(1, cell("z"))
    // Only right after an insertion.
    #expect(ring.rotate(cell("zz")) == nil)
    #expect(ring.rotate(cell("z")).map { $0.replaced == 1 && $0.text == text("ab") } == true)
    ring.didYank(2, cell("ab"))
    #expect(ring.rotate(cell("ab")).map { $0.replaced == 2 && $0.text == text("z") } == true)
  }

  @Test func searching() {
    var search = HistorySearch(["alpha = 3", "f(x) = {\n  x + alphä\n}", "beta = 4", "beta = 4\n"])
    search.add("A")
    #expect(search.found == nil && search.isFailing)
    search.removeLast()
    search.add("a")
    #expect(search.found?.cell == "beta = 4\n" && search.found?.range == 3..<4)
    search.add("l")
    #expect(search.found?.cell.hasPrefix("f") == true && search.found?.range == 15..<17)
    search.add("phä")
    #expect(search.found?.range == 15..<20)
    search.older()
    #expect(search.isFailing && search.found?.range == 15..<20)
    search.removeLast()
    #expect(!search.isFailing && search.query == "alph")
    search.older()
    #expect(search.found?.cell == "alpha = 3" && search.found?.range == 0..<4)
    search.newer()
    #expect(search.found?.cell.hasPrefix("f") == true)
    #expect(!search.isFailing)
  }
}
