import Testing

/// The commands of the prompt, as they look at a terminal without colours.
@Suite(.serialized) struct PromptCommandTests {
  private func session(_ body: (PseudoTerminal) throws -> Void) throws {
    try withFolder { folder in
      let terminal = try PseudoTerminal(history: folder + "/history", variables: ["NO_COLOR=1", "FOLDER=\(folder)"])
      try terminal.start()
      try body(terminal)
      terminal.type(":quit\r")
      #expect(try terminal.end().status == "0")
    }
  }

  /// What a line shows; the prompt's number doesn't grow with a command.
  private func shows(_ terminal: PseudoTerminal, _ line: String, next: Int) throws -> String {
    terminal.type(line + "\r")
    let shown = try terminal.prompt(next)
    // Up to the end of the line that was typed, sequences of the editor stand in between.
    let end = shown.ranges(of: "\u{1B}[?2004l").last?.upperBound ?? shown.startIndex
    return String(shown[end...]).replacing("\r\n", with: "\n")
  }

  private func expect(_ terminal: PseudoTerminal, _ line: String, next: Int, _ text: String) throws {
    let shown = try shows(terminal, line, next: next)
    #expect(shown == text, "\(line)")
  }

  private func expect(_ terminal: PseudoTerminal, _ line: String, next: Int, has text: String) throws {
    let shown = try shows(terminal, line, next: next)
    #expect(shown.contains(text), "\(line)")
  }

  @Test func valuesAreKept() throws {
    try session { terminal in
      try expect(terminal, "6 * 7", next: 2, "42\n")
      try expect(terminal, "_ + 1", next: 3, "43\n")
      try expect(terminal, "x = 5", next: 4, "")
      try expect(terminal, "_1 + _", next: 5, "85\n")
      try expect(terminal, "_3", next: 6, has: "no value is kept as `_3`")
      // Too large to be kept by number: 320 MB.
      try expect(terminal, "zeros(80_000_000)", next: 7, has: "tensor [80000000] f32")
      try expect(terminal, "_.size", next: 8, "80000000\n")
      try expect(terminal, "_6", next: 9, has: "no value is kept")
      try expect(terminal, ":vars", next: 9, "x  5\n")
      try expect(terminal, ":reset", next: 9, "")
      try expect(terminal, "_1", next: 10, has: "no value is kept")
    }
  }

  @Test func lists() throws {
    try session { terminal in
      try expect(terminal, ":vars", next: 1, "nothing is bound yet\n")
      try expect(terminal, ":cells", next: 1, "no cell was run yet\n")
      _ = try shows(terminal, "x = ones(3, 4)", next: 2)
      _ = try shows(terminal, "f(a, b: 2) = a", next: 3)
      _ = try shows(terminal, "d = dense(4, inputs: 3); n = \"ab\"", next: 4)
      _ = try shows(terminal, "1 + yy", next: 5)
      let rows = try shows(terminal, ":vars", next: 5).split(separator: "\n")
      #expect(rows == ["d  dense, 16 parameters  64 B", "f  f(a, b: …)", "n  \"ab\"", "x  tensor [3, 4] f32     48 B"])
      let cells = try shows(terminal, ":cells", next: 5)
      #expect(cells.contains("[1] x = ones(3, 4)  ") && cells.contains("error: there is no `yy`"))
    }
  }

  @Test func help() throws {
    try session { terminal in
      let all = try shows(terminal, ":help", next: 1)
      for name in [":help", "?NAME", "??WORDS", ":source", ":vars", ":cells", ":time", ":load", ":resume", ":seed", ":set", ":reset", "!COMMAND", ":quit"] {
        #expect(all.contains("  " + name))
      }
      #expect(all.split(separator: "\n").allSatisfy { $0.count <= 80 })
      try expect(terminal, ":help cells", next: 1, has: "256 MB")
      try expect(terminal, "?mse", next: 1, has: "mse(prediction, target)\n\nThe mean squared error")
      try expect(terminal, ":help mse", next: 1, has: "mean squared error")
      try expect(terminal, "??mean squared", next: 1, has: "  mse ")
      try expect(terminal, "??zzyzx", next: 1, has: "nothing is written about zzyzx")
      try expect(terminal, "?sofmax", next: 1, has: "did you mean `softmax`?")
      try expect(terminal, ":tme 3", next: 1, has: "did you mean `:time`?")
      _ = try shows(terminal, "## Twice x.\u{1B}\rtwice(x) = 2x", next: 2)
      try expect(terminal, "?twice", next: 2, "twice(x)\n\nTwice x.\n")
      try expect(terminal, ":source twice", next: 2, "## Twice x.\ntwice(x) = 2x\n")
      try expect(terminal, ":source mse", next: 2, has: "mse(prediction, target) = {\n")
      try expect(terminal, ":source zzz", next: 2, has: "nothing is known as `zzz`")
    }
  }

  @Test func settingsSeedAndTime() throws {
    try session { terminal in
      try expect(terminal, ":set digits 3", next: 1, "")
      try expect(terminal, "pi", next: 2, "3.14\n")
      try expect(terminal, ":set digits 99", next: 2, has: "it can be 1 to 17")
      try expect(terminal, ":set digit 3", next: 2, has: "did you mean `digits`?")
      try expect(terminal, ":set ascii", next: 2, "ascii is off; it can be on, off\n")
      try expect(terminal, ":set highlight off", next: 2, "")
      try expect(terminal, ":set", next: 2, has: "  highlight  off ")
      let first = try shows(terminal, "rand()", next: 3)
      let second = try shows(terminal, "rand()", next: 4)
      #expect(second != first)
      try expect(terminal, ":seed 0", next: 4, "")
      try expect(terminal, "rand()", next: 5, first)
      try expect(terminal, ":seed", next: 5, has: "the seed is 0")
      try expect(terminal, ":seed -1", next: 5, has: "a seed is a whole number")
      let timed = try shows(terminal, ":time 6 * 7", next: 6).split(separator: "\n")
      #expect(timed.count == 2 && timed[0] == "42" && timed[1].hasSuffix("s"))
      try expect(terminal, ":time", next: 6, has: "wants something after it")
      try expect(terminal, ":vars 3", next: 6, has: "takes nothing after it")
    }
  }

  @Test func loadingAndTheSystem() throws {
    try session { terminal in
      try expect(terminal, "!printf 'a = 7\\nprint(a)\\na + 1\\n' > $FOLDER/a.grad", next: 1, "")
      try expect(terminal, "!cd $FOLDER; pwd > where; cat where", next: 1, has: "gradus-test-")
      try expect(terminal, "!exit 3", next: 1, "status 3\n")
      let folder = try shows(terminal, "!echo $FOLDER", next: 1).split(separator: "\n").first ?? ""
      try expect(terminal, ":load \(folder)/a.grad", next: 1, "7\n")
      try expect(terminal, "a", next: 2, "7\n")
      try expect(terminal, ":load \(folder)/none.grad", next: 2, has: "error: ")
      try expect(terminal, "!printf '# T\\n\\n```gradus\\nb = 3a\\nb\\n```\\n' > $FOLDER/l.md", next: 2, "")
      try expect(terminal, ":load \(folder)/l.md", next: 2, has: "21\n")
      try expect(terminal, "b", next: 3, "21\n")
    }
  }

  @Test func explaining() throws {
    try session { terminal in
      try expect(terminal, ":why", next: 2, "no nan and no infinity was met\n")
      _ = try shows(terminal, "x = [1, 0]; y = log(x)", next: 3)
      try expect(terminal, "y", next: 4, has: "-inf")
      try expect(terminal, ":why", next: 5, has: "why: the first infinity came from `log`\n  [2]:1:17\n")
      try expect(terminal, ":why y", next: 6, has: "x is [2] f32, min 0, mean 0.5, max 1")
      try expect(terminal, ":graph 2 * x # twice", next: 7, "*  [2] f32  = [2, 0]\n├ 2\n└ x  [2] f32  = [1, 0]\n")
      try expect(terminal, ":plan exp(x)", next: 8, has: "arithmetic: 2 FLOP")
      let table = try shows(terminal, ":profile z = exp(x)", next: 9)
      #expect(table.hasPrefix("operation ") && table.contains("\nexp ") && table.contains("\nin all "))
      try expect(terminal, "z", next: 10, has: "2.7183")
      try expect(terminal, ":graph", next: 10, has: "wants something after it")
    }
  }

  @Test func argumentsAreCompleted() throws {
    try session { terminal in
      terminal.type("dense(2, inputs\t3)\r")
      try terminal.prompt(2)
      try expect(terminal, ":cells", next: 2, has: "dense(2, inputs: 3)")
      terminal.type("dense(\t")
      let list = try terminal.wait(for: "[2] ∇ dense(")
      #expect(list.contains("dense(units, inputs: nothing"))
      terminal.type("3)\r")
      try terminal.prompt(3)
    }
  }
}
