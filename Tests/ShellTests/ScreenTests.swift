import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What is seen, `▯` being the cursor.
@Suite(.serialized, .enabled(if: Screen.tmux != nil, "needs tmux")) struct ScreenTests {
  private func screen(width: Int = 40, height: Int = 10, options: String = "", _ body: (Screen) throws -> Void) throws {
    try withFolder { folder in
      let screen = try Screen(folder: folder, width: width, height: height, options: options)
      try screen.expect("[1] ∇ ▯")
      try body(screen)
    }
  }

  @Test func aFunctionIsRecalledAndEdited() throws {
    try screen { screen in
      for line in ["f(x) = {", "y = x^2", "y + 1", "}"] {
        try screen.type(line)
        try screen.press("Enter")
      }
      // What is typed while a cell runs, the terminal shows itself.
      #expect(try screen.wait { $0.hasSuffix("}\n[2] ∇ ▯") })
      try screen.type("f(3)")
      try screen.press("Enter")
      try screen.expect("[1] ∇ f(x) = {\n  y = x^2\n  y + 1\n}\n[2] ∇ f(3)\n10\n[3] ∇ ▯")
      try screen.press("Up", "Up", "Up", "Home")
      try screen.expect("[1] ∇ f(x) = {\n  y = x^2\n  y + 1\n}\n[2] ∇ f(3)\n10\n[3] ∇ f(x) = {\n  y = x^2\n▯  y + 1\n}")
      try screen.press("End")
      try screen.type("00")
      try screen.press("Enter")
      #expect(try screen.wait { $0.hasSuffix("[4] ∇ ▯") })
      try screen.type("f(3)")
      try screen.press("Enter")
      try screen.expect("}\n[2] ∇ f(3)\n10\n[3] ∇ f(x) = {\n  y = x^2\n  y + 100\n}\n[4] ∇ f(3)\n109\n[5] ∇ ▯")
    }
  }

  @Test func sixtyLines() throws {
    try screen { screen in
      try screen.paste((1...60).map { "x\($0) = \($0)" }.joined(separator: "\n"))
      try screen.expect("↑ 53 more lines\nx54 = 54\nx55 = 55\nx56 = 56\nx57 = 57\nx58 = 58\nx59 = 59\nx60 = 60▯")
      for _ in 0..<30 { try screen.press("Up") }
      try screen.expect("↑ 28 more lines\nx29 = 29\nx30 = 30▯\nx31 = 31\nx32 = 32\nx33 = 33\nx34 = 34\nx35 = 35")
      try screen.type("00")
      try screen.press("C-Home")
      try screen.expect("[1] ∇ ▯x1 = 1\nx2 = 2\nx3 = 3\nx4 = 4\nx5 = 5\nx6 = 6\nx7 = 7")
      try screen.press("Enter")
      #expect(try screen.wait { $0.hasSuffix("[2] ∇ ▯") })
      try screen.type("x30")
      try screen.press("Enter")
      try screen.expect("x54 = 54\nx55 = 55\nx56 = 56\nx57 = 57\nx58 = 58\nx59 = 59\nx60 = 60\n[2] ∇ x30\n3000\n[3] ∇ ▯")
    }
  }

  @Test func wideCharactersInWrappedRows() throws {
    try screen { screen in
      let (first, second) = (String(repeating: "漢字", count: 8), "漢字漢字😀ä\".length()")
      try screen.type("\"" + first + second)
      // The last column of the first row is left free, for no wide character fits.
      try screen.expect("[1] ∇ \"\(first)\n\(second)▯")
      try screen.press("Home", "Right")
      try screen.type("x")
      try screen.expect("[1] ∇ \"x▯\(first)\n\(second)")
      try screen.type("y")
      try screen.expect("[1] ∇ \"xy▯\(first.dropLast())\n字\(second)")
      try screen.press("Enter")
      try screen.expect("[1] ∇ \"xy\(first.dropLast())\n字\(second)\n24\n[2] ∇ ▯")
    }
  }

  /// The terminal wraps lines anew, too, and moves the topmost ones out of sight for it. No key is pressed in between: the
  /// program hears of the new width later than the terminal has it.
  @Test(arguments: [true, false]) func aNarrowerAndAWiderWindow(isAtEnd: Bool) throws {
    try screen(width: 60, height: 12) { screen in
      try screen.type("for i in 1...6 { print(i) }")
      try screen.press("Enter")
      #expect(try screen.wait { $0.hasSuffix("6\n[2] ∇ ▯") })
      let words = (1...8).map { "word\($0)" }.joined(separator: " ")
      try screen.type("s = \"" + words + "\"")
      // Below what was printed last, the cell is there once, whole.
      func expectEnd(_ rows: String, _ location: Testing.SourceLocation = #_sourceLocation) throws {
        let wanted = isAtEnd ? "[2] ∇ " + rows + "▯" : "[2] ∇ ▯" + rows
        var last = ""
        let isSeen = try screen.wait {
          last = $0
          return $0.hasSuffix("5\n6\n" + wanted)
        }
        #expect(isSeen, "the screen shows\n\(last)", sourceLocation: location)
      }
      if !isAtEnd { try screen.press("Home") }
      try expectEnd("s = \"\(words)\"")
      try screen.resize(width: 30, height: 12)
      try expectEnd("s = \"word1 word2 word3 w\nord4 word5 word6 word7 word8\"")
      try screen.resize(width: 70, height: 12)
      try expectEnd("s = \"\(words)\"")
      try screen.resize(width: 20, height: 12)
      try expectEnd("s = \"word1 wor\nd2 word3 word4 word5\n word6 word7 word8\"")
      try screen.resize(width: 60, height: 12)
      try expectEnd("s = \"\(words)\"")
      // It stays so when the program has heard of it, and knows where it is.
      usleep(1_000_000)
      try expectEnd("s = \"\(words)\"")
      try screen.press(isAtEnd ? "Home" : "End")
      #expect(try screen.wait { $0.hasSuffix("5\n6\n[2] ∇ " + (isAtEnd ? "▯s = \"\(words)\"" : "s = \"\(words)\"▯")) })
    }
  }

  @Test func searching() throws {
    try screen { screen in
      for (line, next) in [("alpha = 3", "[2] ∇ ▯"), ("f(x) = {", "▯"), ("x + alpha", "▯"), ("}", "[3] ∇ ▯"), ("beta = 4", "[4] ∇ ▯")] {
        try screen.type(line)
        try screen.press("Enter")
        #expect(try screen.wait { $0.hasSuffix(next) })
      }
      let above = "[1] ∇ alpha = 3\n[2] ∇ f(x) = {\n  x + alpha\n}\n[3] ∇ beta = 4\n"
      try screen.type("draft")
      try screen.press("C-r")
      try screen.type("AL")
      try screen.expect(above + "nothing has `AL`: draft▯")
      try screen.press("BSpace", "BSpace")
      try screen.type("al")
      try screen.expect(above + "search `al`: f(x) = {\n  x + ▯alpha\n}")
      try screen.press("C-r")
      try screen.expect(above + "search `al`: ▯alpha = 3")
      try screen.press("C-g")
      try screen.expect(above + "[4] ∇ draft▯")
      // The same once more; any other key goes on with what was found.
      try screen.press("C-r", "C-r", "C-e")
      try screen.expect(above + "[4] ∇ f(x) = {\n  x + alpha▯\n}")
    }
  }

  @Test func undoing() throws {
    try screen { screen in
      try screen.type("a = [1, 2].sum")
      try screen.press("C-w", "C-_")
      try screen.expect("[1] ∇ a = [1, 2].sum▯")
      try screen.press("M-b", "M-d")
      try screen.type("max")
      try screen.expect("[1] ∇ a = [1, 2].max▯")
      try screen.press("C-_", "C-_")
      try screen.expect("[1] ∇ a = [1, 2].▯sum")
      try screen.press("M-/", "M-/")
      try screen.expect("[1] ∇ a = [1, 2].max▯")
      try screen.press("C-u", "C-y", "C-y")
      try screen.expect("[1] ∇ a = [1, 2].maxa = [1, 2].max▯")
      try screen.press("M-y")
      try screen.expect("[1] ∇ a = [1, 2].maxsum▯")
    }
  }

  @Test func howAFunctionIsCalled() throws {
    try screen { screen in
      try screen.type("f() = { softm")
      try screen.press("Tab")
      try screen.type("(")
      try screen.press("Tab")
      // Below the cell, which is shown again under it.
      let isSeen = try screen.wait { $0.hasPrefix("[1] ∇ f() = { softmax(\nsoftmax(x, axis: ") && $0.hasSuffix("\n[1] ∇ f() = { softmax(▯") }
      #expect(isSeen)
    }
  }

  @Test func aWatchedRunIsOnePicture() throws {
    try screen { screen in
      try screen.type("for i in 1...100000 { watch(loss: 1 / i, total: 100000) }")
      try screen.press("Enter")
      try screen.wait { $0.hasSuffix("[2] ∇ ▯") }
      // Nothing of it has scrolled away, and nothing stands below it.
      let rows = try screen.history().split(separator: "\n", omittingEmptySubsequences: false)
      #expect(rows.filter { $0.contains("step ") }.count == 1)
      #expect(rows.contains { $0.hasPrefix("step 100000 of 100000   ") })
      #expect(!rows.dropLast().contains(""), "\(rows)")
    }
  }
}
