import Shell
import Testing

/// Windows that are small or change, sessions that are suspended, killed or side by side.
@Suite(.serialized) struct TerminalTests {
  private func session(
    width: Int = 80, height: Int = 24, script: String = "run; echo status $?.", _ body: (PseudoTerminal, HistoryFile) throws -> Void
  ) throws {
    try withFolder { folder in
      let file = HistoryFile(path: folder + "/history")
      let terminal = try PseudoTerminal(history: file.path, width: width, height: height, script: script, variables: ["NO_COLOR=1"])
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

  @Test func sixtyLinesInASmallWindow() throws {
    try session(width: 40, height: 10) { terminal, file in
      let lines = (1...60).map { "x\($0) = \($0) + \"\(String(repeating: "ä", count: $0))\".length()" }
      terminal.type("\u{1B}[200~" + lines.joined(separator: "\r") + "\u{1B}[201~")
      try terminal.wait(for: "more lines")
      // Up to line 31, whose number is changed, and down again.
      terminal.type(String(repeating: "\u{1B}[A", count: 29) + "\u{5}00" + String(repeating: "\u{1B}[B", count: 29) + "\u{5} + 1\r")
      try terminal.prompt(2)
      var changed = lines
      changed[30] += "00"
      changed[59] += " + 1"
      #expect(file.load() == [changed.joined(separator: "\n")])
      try expectEnd(terminal)
    }
  }

  @Test func aLineTallerThanTheWindow() throws {
    try session(width: 40, height: 10) { terminal, file in
      let line = (1...300).map(String.init).joined(separator: "+")
      terminal.type(line)
      // From its beginning, over its rows, to its end.
      terminal.type("\u{1}9*\u{5}+1\r")
      #expect(try terminal.prompt(2).contains("\(9 + (2...300).reduce(0, +) + 1)\r\n"))
      #expect(file.load() == ["9*" + line + "+1"])
      try expectEnd(terminal)
    }
  }

  @Test func aPasteOfAMegabyte() throws {
    try session { terminal, file in
      let line = "x = 1 + 2 + 3 + 4 + 5 # " + String(repeating: "z", count: 75)
      let count = 10_000
      terminal.type("\u{1B}[200~" + Array(repeating: line, count: count).joined(separator: "\r") + "\u{1B}[201~\r")
      try terminal.prompt(2)
      terminal.type("x\r")
      #expect(try terminal.prompt(3).contains("15\r\n"))
      // What is so long is not kept for later.
      #expect(file.load() == ["x"])
      try expectEnd(terminal)
    }
  }

  @Test func aPasteThatIsInterruptedOrTooLong() throws {
    try session { terminal, file in
      terminal.type("\u{1B}[200~x = 3")
      terminal.type("\u{3}")
      try terminal.wait(for: "[1] ∇")
      terminal.type("40 + 2\r")
      #expect(try terminal.prompt(2).contains("42\r\n"))
      terminal.type("\u{1B}[200~\"" + String(repeating: "y", count: 1_200_000) + "\u{1B}[201~\u{3}")
      try terminal.wait(for: "[2] ∇")
      terminal.type("6 * 7\r")
      #expect(try terminal.prompt(3).contains("42\r\n"))
      #expect(file.load() == ["40 + 2", "6 * 7"])
      try expectEnd(terminal)
    }
  }

  @Test func aPastedTranscriptAndCommandsThatWerePasted() throws {
    try session { terminal, file in
      terminal.type("\u{1B}[200~[7] ∇ f(x) = {\r  x + 1\r}\r[8] ∇ f(41)\r42\r\u{1B}[201~\r")
      #expect(try terminal.prompt(2).contains("42\r\n"))
      terminal.type("\u{1B}[200~!echo no\u{1B}[201~te\r")
      #expect(try terminal.wait(for: "[2] ∇").contains("runs only what was typed"))
      terminal.type("!echo y''es\r")
      #expect(try terminal.wait(for: "[2] ∇").contains("yes\r\n"))
      #expect(file.load() == ["f(x) = {\n  x + 1\n}\nf(41)", "!echo y''es"])
      try expectEnd(terminal)
    }
  }

  @Test func bytesThatAreNotUTF8() throws {
    try session { terminal, file in
      terminal.type([0x22, 0xC3, 0x28, 0xFF, 0xFE, 0x80, 0xE2, 0x82, 0x22, 0x2E, 0x6C, 0x65, 0x6E, 0x67, 0x74, 0x68, 0x28, 0x29, 0x0D])
      try terminal.prompt(2)
      terminal.type("40 + 2\r")
      #expect(try terminal.prompt(3).contains("42\r\n"))
      try expectEnd(terminal)
    }
  }

  @Test func anotherSizeWhileACellIsTyped() throws {
    try session { terminal, file in
      terminal.type("a = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20].su")
      try terminal.wait(for: "2")
      for (width, height) in [(40, 10), (120, 40), (30, 12), (80, 24)] {
        terminal.resize(width: width, height: height)
        try terminal.wait(for: "[1] ∇")
      }
      terminal.type("m(); a\r")
      #expect(try terminal.prompt(2).contains("210\r\n"))
      terminal.resize(width: 40, height: 10)
      terminal.type("plot([1, 2, 4])\r")
      let picture = try terminal.prompt(3)
      let rows = picture.split(separator: "\r\n").filter { $0.contains("┤") || $0.contains("│") }
      #expect(!rows.isEmpty && rows.allSatisfy { $0.count <= 40 })
      try expectEnd(terminal)
    }
  }

  @Test func suspendedAndContinued() throws {
    try session(script: "set -m; run; echo stopped $(stty -g).; fg; echo status $?.") { terminal, file in
      terminal.type("x = 40 +")
      try terminal.wait(for: "40")
      terminal.type("\u{1A}")
      try terminal.wait(for: "stopped ")
      let stopped = try terminal.wait(for: ".")
      #expect(stopped == terminal.settings)
      try terminal.wait(for: "[1] ∇")
      terminal.type(" 2; x\r")
      #expect(try terminal.prompt(2).contains("42\r\n"))
      try expectEnd(terminal)
    }
  }

  @Test func killedAndStartedAgain() throws {
    try session(script: "run; echo first $?.; stty sane; run; echo status $?.") { terminal, file in
      terminal.type("x = 5\r")
      try terminal.prompt(2)
      terminal.type("!kill -9 $PPID\r")
      try terminal.wait(for: "first ")
      let status = try terminal.wait(for: ".")
      #expect(status == "137")
      try terminal.prompt(1)
      terminal.type("\u{1B}[A\u{1B}[A; x + 1\r")
      #expect(try terminal.prompt(2).contains("6\r\n"))
      #expect(file.load() == ["x = 5", "!kill -9 $PPID", "x = 5; x + 1"])
      terminal.type("\u{4}")
      try terminal.wait(for: "status 0.")
    }
  }

  @Test func askedToEndItRestoresTheTerminal() throws {
    try session { terminal, _ in
      terminal.type("!kill -TERM $PPID\r")
      let end = try terminal.end()
      #expect(end.status == "143")
      #expect(end.isRestored)
    }
  }

  @Test func twoSessionsShareAHistory() throws {
    try withFolder { folder in
      let file = HistoryFile(path: folder + "/history")
      let terminals = try (0..<2).map { _ in try PseudoTerminal(history: file.path) }
      for terminal in terminals { try terminal.start() }
      for number in 1...10 {
        for (index, terminal) in terminals.enumerated() { terminal.type("\(number) * \(index + 2)\r") }
        for terminal in terminals { try terminal.prompt(number + 1) }
      }
      for terminal in terminals { try expectEnd(terminal) }
      let cells = file.load()
      #expect(cells.count == 20)
      #expect(cells.filter { $0.hasSuffix("2") } == (1...10).map { "\($0) * 2" })
      #expect(cells.filter { $0.hasSuffix("3") } == (1...10).map { "\($0) * 3" })
    }
  }
}
