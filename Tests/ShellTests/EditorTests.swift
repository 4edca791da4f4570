import Shell
import Testing

/// The built program at a terminal.
@Suite(.serialized) struct EditorTests {
  private func session(_ kind: String = "xterm-256color", _ body: (PseudoTerminal, HistoryFile) throws -> Void) throws {
    try withFolder { folder in
      let file = HistoryFile(path: folder + "/history")
      let terminal = try PseudoTerminal(history: file.path, kind: kind)
      try terminal.start()
      try body(terminal, file)
    }
  }

  private func expectEnd(_ terminal: PseudoTerminal) throws {
    terminal.type("\u{4}")
    let end = try terminal.end()
    #expect(end.status == "0")
    #expect(end.isRestored)
  }

  @Test func aCellOfSeveralLinesIsRecalledAsOneAndEdited() throws {
    try session { terminal, file in
      // The indentation comes by itself, and the closing bracket takes it back.
      terminal.type("f(x) = {\ry = x^2\ry + 1\r}\r")
      try terminal.prompt(2)
      terminal.type("f(3)\r")
      #expect(try terminal.prompt(3).contains("10\r\n"))
      // Two cells back, up to its third line, whose end is changed.
      terminal.type("\u{1B}[A\u{1B}[A\u{1B}[A\u{5}00\r")
      try terminal.prompt(4)
      terminal.type("f(3)\r")
      #expect(try terminal.prompt(5).contains("109\r\n"))
      try expectEnd(terminal)
      #expect(file.load() == ["f(x) = {\n  y = x^2\n  y + 1\n}", "f(3)", "f(x) = {\n  y = x^2\n  y + 100\n}", "f(3)"])
    }
  }

  @Test func aPasteIsOneCell() throws {
    try session { terminal, file in
      let lines = (1...20).map { "x\($0) = \($0)" }
      terminal.type("\u{1B}[200~" + lines.joined(separator: "\r") + "\u{1B}[201~\r")
      try terminal.prompt(2)
      terminal.type("x1 + x20\r")
      #expect(try terminal.prompt(3).contains("21\r\n"))
      #expect(file.load() == [lines.joined(separator: "\n"), "x1 + x20"])
      terminal.type("\u{1B}[200~[1] ∇ 40 + 2\r42\r\u{1B}[201~\r")
      try terminal.prompt(4)
      #expect(file.load().last == "40 + 2")
      try expectEnd(terminal)
    }
  }

  @Test func aCellTallerThanTheWindow() throws {
    try session { terminal, file in
      let lines = (1...60).map { "x\($0) = \($0)" }
      terminal.type("\u{1B}[200~" + lines.joined(separator: "\r") + "\u{1B}[201~")
      try terminal.wait(for: "more lines")
      // To the first line, past what is shown, and back to the last.
      terminal.type(String(repeating: "\u{1B}[A", count: 59) + "\u{1}y = 0; " + String(repeating: "\u{1B}[B", count: 59) + "\u{5}00\r")
      try terminal.prompt(2)
      #expect(file.load() == [(["y = 0; " + lines[0]] + lines[1..<59] + [lines[59] + "00"]).joined(separator: "\n")])
      // Deleting goes across the edge of what is shown.
      terminal.type("\u{1B}[A" + String(repeating: "\u{7F}", count: 1200) + "7\r")
      #expect(try terminal.prompt(3).contains("7\r\n"))
      #expect(file.load().last == "7")
      try expectEnd(terminal)
    }
  }

  @Test func whatWasDeletedComesBack() throws {
    try session { terminal, file in
      terminal.type("1 + 20\u{17}\u{19}\u{19}\r")
      try terminal.prompt(2)
      terminal.type("3 * 4\u{15}\u{19}\r")
      try terminal.prompt(3)
      #expect(file.load() == ["1 + 2020", "3 * 4"])
      try expectEnd(terminal)
    }
  }

  @Test func anInterruptDropsTheCellOrStopsIt() throws {
    try session { terminal, file in
      terminal.type("f(x) = {\r1 +")
      try terminal.wait(for: "1 +")
      terminal.type("\u{3}")
      try terminal.wait(for: "[1] ∇")
      terminal.type("x = 5\r")
      try terminal.prompt(2)
      terminal.type("print(\"be\" + \"gun\"); while true {}\r")
      try terminal.wait(for: "begun")
      terminal.type("\u{3}")
      #expect(try terminal.prompt(3).contains("interrupted"))
      terminal.type("x\r")
      #expect(try terminal.prompt(4).contains("5\r\n"))
      #expect(file.load().first == "x = 5")
      try expectEnd(terminal)
    }
  }

  @Test func keysTypedWhileACellRuns() throws {
    try session { terminal, _ in
      terminal.type("print(\"be\" + \"gun\"); i = 0; while i < 20000000 { i = i + 1 }\r")
      try terminal.wait(for: "begun")
      terminal.type("i + 1\r\u{4}")
      try terminal.wait(for: "20000001\r\n")
      let end = try terminal.end()
      #expect(end.status == "0")
      #expect(end.isRestored)
    }
  }

  @Test func completionAndAltEnter() throws {
    try session { terminal, file in
      terminal.type("softp\t(0) +\u{1B}\r1\r")
      try terminal.prompt(2)
      terminal.type("softm\t\u{1}\u{B}7\r")
      #expect(try terminal.prompt(3).contains("7\r\n"))
      #expect(file.load() == ["softplus(0) +\n  1", "7"])
      try expectEnd(terminal)
    }
  }

  @Test func characters() throws {
    try session { terminal, file in
      terminal.type("a = \"ä漢😀\"\r")
      try terminal.prompt(2)
      // Invalid UTF-8 does no harm, and a line longer than the window wraps.
      let long = (1...60).map(String.init).joined(separator: "+")
      terminal.type(long + "\r")
      #expect(try terminal.prompt(3).contains("1830\r\n"))
      #expect(file.load() == ["a = \"ä漢😀\"", long])
      try expectEnd(terminal)
    }
  }

  @Test func searchInTheHistory() throws {
    try session { terminal, file in
      terminal.type("alpha = 3\r")
      try terminal.prompt(2)
      terminal.type("beta = 4\r")
      try terminal.prompt(3)
      terminal.type("al\u{1B}[A\r")
      try terminal.prompt(4)
      terminal.type("\u{12}eta\r")
      try terminal.prompt(5)
      #expect(file.load() == ["alpha = 3", "beta = 4", "alpha = 3", "beta = 4"])
      try expectEnd(terminal)
    }
  }

  @Test func aDumbTerminalHasPlainLines() throws {
    try withFolder { folder in
      let terminal = try PseudoTerminal(history: folder + "/history", kind: "dumb")
      try terminal.wait(for: "[1] ∇ ")
      terminal.type("f(x) = {\n")
      try terminal.wait(for: "... ")
      terminal.type("2x }\n")
      try terminal.wait(for: "[2] ∇ ")
      terminal.type("f(4)\n")
      let shown = try terminal.wait(for: "[3] ∇ ")
      #expect(shown.contains("8\r\n") && !shown.contains("\u{1B}"))
      terminal.type("\u{4}")
      #expect(try terminal.end().status == "0")
    }
  }
}
