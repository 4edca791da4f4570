import Shell
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How the prompt begins and ends.
@Suite(.serialized) struct StartTests {
  private func write(_ text: String, to path: String) throws {
    for index in path.indices.dropFirst() where path[index] == "/" { mkdir(String(path[..<index]), 0o700) }
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
  }

  private func session(_ options: String, variables: [String] = [], _ body: (PseudoTerminal, _ shown: String) throws -> Void) throws {
    try withFolder { folder in
      try write("x = 6\nx * 7\nprint(\"loaded\")\n", to: folder + "/a.grad")
      try write("start = 5\n", to: folder + "/good/gradus/init.grad")
      try write("half = 1\nnothing_of_the_kind\n", to: folder + "/bad/gradus/init.grad")
      let terminal = try PseudoTerminal(
        history: folder + "/history", script: "cd \(folder); run; echo status $?.", options: options,
        variables: ["NO_COLOR=1"] + variables.map { $0.replacing("FOLDER", with: folder) })
      try body(terminal, terminal.start())
    }
  }

  private func expectEnd(_ terminal: PseudoTerminal) throws {
    terminal.type("\u{4}")
    let end = try terminal.end()
    #expect(end.status == "0")
    #expect(end.isRestored)
  }

  @Test func aGreetingWithVersionAndSeed() throws {
    try session("--no-init") { terminal, shown in
      #expect(shown == "Gradus 0.1.0, seed 0. `:help` lists the commands, Ctrl-D ends.\r\n")
      try expectEnd(terminal)
    }
    try session("--no-init --seed 7") { terminal, shown in
      #expect(shown.hasPrefix("Gradus 0.1.0, seed 7. "))
      terminal.type(":seed\r")
      #expect(try terminal.prompt(1).contains("the seed is 7\r\n"))
      try expectEnd(terminal)
    }
    try session("--no-init --quiet") { terminal, shown in
      #expect(shown == "")
      try expectEnd(terminal)
    }
  }

  @Test func aFileIsRunFirst() throws {
    try session("--no-init -i a.grad") { terminal, shown in
      #expect(shown.hasPrefix("loaded\r\nGradus"))
      terminal.type("x\r")
      #expect(try terminal.prompt(2).contains("6\r\n"))
      try expectEnd(terminal)
    }
  }

  @Test func theStartupFile() throws {
    try session("", variables: ["XDG_CONFIG_HOME=FOLDER/good"]) { terminal, shown in
      terminal.type("start\r")
      #expect(try terminal.prompt(2).contains("5\r\n"))
      try expectEnd(terminal)
    }
    try session("--no-init", variables: ["XDG_CONFIG_HOME=FOLDER/good"]) { terminal, shown in
      terminal.type("start\r")
      #expect(try terminal.prompt(2).contains("there is no `start`"))
      try expectEnd(terminal)
    }
    // Only where there is someone to see it.
    try session("-e 'start' < /dev/null; \"$0\"", variables: ["XDG_CONFIG_HOME=FOLDER/good"]) { terminal, shown in
      #expect(shown.contains("there is no `start`"))
      try expectEnd(terminal)
    }
    // An error in it costs nothing but the rest of the file.
    try session("", variables: ["XDG_CONFIG_HOME=FOLDER/bad"]) { terminal, shown in
      #expect(shown.contains("error: there is no `nothing_of_the_kind`") && shown.contains("bad/gradus/init.grad:2:1"))
      terminal.type("half\r")
      #expect(try terminal.prompt(2).contains("1\r\n"))
      try expectEnd(terminal)
    }
  }

  @Test func theTerminalAfterAFailure() throws {
    try withFolder { folder in
      let terminal = try PseudoTerminal(history: folder + "/history", script: "run -i no-such-file; echo status $?.", variables: ["NO_COLOR=1"])
      try terminal.wait(for: "before ")
      let before = try terminal.wait(for: ".")
      try terminal.wait(for: "error: there is no file")
      try terminal.wait(for: "after ")
      let after = try terminal.wait(for: ".")
      #expect(before == after)
    }
    // A cell that fails.
    try withFolder { folder in
      let terminal = try PseudoTerminal(
        history: folder + "/history", variables: ["NO_COLOR=1"])
      try terminal.start()
      terminal.type("repeat 3 {\rerror(\"no\")\r}\r")
      try terminal.prompt(2)
      terminal.type(":quit\r")
      let end = try terminal.end()
      #expect(end.status == "0" && end.isRestored)
    }
  }

  @Test func theEndOfTheTerminalEndsIt() throws {
    try withFolder { folder in
      let terminal = try PseudoTerminal(history: folder + "/history", script: "exec \"$0\" --no-init")
      try terminal.start()
      terminal.type("40 +")
      try terminal.wait(for: "40")
      #expect(terminal.hangUp())
    }
  }

  @Test func ctrlDEndsOnlyAnEmptyCell() throws {
    try session("--no-init") { terminal, _ in
      // Behind a text it does nothing, before one it deletes.
      terminal.type("f(x) = {\rx\u{4}\u{4}\u{1}\u{4}7\u{3}")
      try terminal.wait(for: "[1] ∇")
      terminal.type("42\u{1}\u{4}\r")
      #expect(try terminal.prompt(2).contains("2\r\n"))
      try expectEnd(terminal)
    }
  }
}
