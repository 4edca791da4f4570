import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct BatchTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let arguments: [String]
    var input = ""
    var output = ""
    /// What standard error begins with; empty: nothing is there.
    var errors = ""
    var status: Int32 = 0
    var testDescription: String { arguments.joined(separator: " ") + (input.isEmpty ? "" : " < \(input)") }
  }

  static let rows: [Row] = [
    Row(arguments: ["-e", "1 + 2"], output: "3\n"),
    Row(arguments: ["-e", "1 + 2;"]),
    Row(arguments: ["-e", "-3^2"], output: "-9\n"),
    Row(arguments: ["-e", "x = 2", "-e", "x^2"], output: "4\n"),
    Row(arguments: ["-e", "args", "a", "--b"], output: "[\"a\", \"--b\"]\n"),
    Row(arguments: [], input: "1\n\"a\"\n[1, 2]\nprint(3)\n", output: "1\na\n[1, 2]\n3\n"),
    Row(arguments: ["-"], input: "6 * 7", output: "42\n"),
    Row(arguments: [], input: "#!/usr/bin/env gradus\n1\n", output: "1\n"),
    Row(arguments: [], input: "\u{FEFF}1\n", output: "1\n"),
    Row(arguments: [], input: ""),
    Row(arguments: ["--version"], output: "0.1.0\n"),
    // All is parsed before anything runs.
    Row(arguments: [], input: "print(1)\n2 +", errors: "error: ", status: 2),
    Row(arguments: ["-e", "1 +"], errors: "error: ", status: 2),
    Row(arguments: ["-e", "print(1)\nunknown\nprint(2)"], output: "1\n", errors: "error: there is no `unknown`\n  <expression>:2:1\n", status: 1),
    Row(arguments: ["-e", "error(\"no\")"], errors: "error: no\n", status: 1),
    // A command of the system is only ever typed at the prompt.
    Row(arguments: ["-e", "!echo no"], errors: "error: ", status: 2),
    Row(arguments: ["-"], input: "!echo no\n", errors: "error: ", status: 2),
    Row(arguments: ["--sede", "3"], errors: "error: unknown option '--sede'", status: 2),
    Row(arguments: ["--seed"], errors: "error: ", status: 2),
    Row(arguments: ["--seed", "x"], errors: "error: ", status: 2),
    Row(arguments: ["--threads", "0", "-e", "1"], errors: "error: --threads", status: 2),
    Row(arguments: ["--memory-limit", "lots", "-e", "1"], errors: "error: ", status: 2),
    Row(arguments: ["-e", String(repeating: "(", count: 1_000)], errors: "error: the program is nested too deeply\n", status: 2),
    Row(arguments: ["--color", "red", "-e", "1"], errors: "error: ", status: 2),
    Row(arguments: ["no-such-file.grad"], errors: "error: there is no file \"no-such-file.grad\"\n", status: 2),
    Row(arguments: ["/"], errors: "error: \"/\" is a folder", status: 2),
    Row(arguments: ["check"], errors: "error: ", status: 2),
    Row(arguments: ["check", "no-such-file.md"], output: "0 files, 0 cells: 0 agree, 1 file not read\n", errors: "error: there is no file", status: 2),
    Row(arguments: ["--time-limit", "0.2", "-e", "while true {}"], errors: "error: the time limit of 0.2 s is over\n", status: 124),
    // Neither a loop nor a return: only `catch` is ever reached.
    Row(
      arguments: ["--time-limit", "0.5", "-e", "f(x) = try { f(x) } catch e { f(x) }; f(1)"], errors: "error: the time limit of 0.5 s is over\n",
      status: 124),
    Row(arguments: ["--threads", "1", "--seed", "1", "-e", "1", "-q"], output: "1\n"),
    Row(arguments: ["--ascii", "-e", "1"], output: "1\n"),
    Row(arguments: ["--json", "-e", "print(\"a\\\"b\\\\ \\u{1}\\u{2028}é\")\n1/3"],
      output: "{\"type\":\"result\",\"text\":\"a\\\"b\\\\ \\u0001\\u2028é\"}\n{\"type\":\"result\",\"text\":\"0.333333\"}\n"),
    // Warnings stop nothing; they go beside the results, or among the objects.
    Row(
      arguments: ["-e", "xs = [\"a\"]\nif true { xs.append(\"b\"); 0 }"], output: "0\n",
      errors: "warning: `append` changes nothing, and the value that it gives is not used\n  <expression>:2:11\n"),
    Row(
      arguments: ["--json", "-e", "x = [1]; exp(x);\n2"],
      output: "{\"type\":\"warning\",\"text\":\"warning: `exp` changes nothing, and the value that it gives is not used\\n  <expression>:1:10\\n  |\\n1 | x = [1]; exp(x);\\n  |          ^^^^^^\\n  = hint: `x = exp(x)` keeps the value\"}\n{\"type\":\"result\",\"text\":\"2\"}\n"),
    Row(arguments: [], input: "1 2\n3\n4 5\n", errors: "error: two expressions in a row\n  <stdin>:1:3\n", status: 2),
    Row(arguments: ["--json", "-e", "print(1, end: \"\")\nunknown"],
      output: "{\"type\":\"result\",\"text\":\"1\"}\n{\"type\":\"error\",\"kind\":\"name\",\"message\":\"there is no `unknown`\",\"file\":\"<expression>\",\"line\":2,\"column\":1}\n",
      status: 1),
  ]

  @Test(arguments: rows) func runs(_ row: Row) throws {
    let outcome = try gradus(row.arguments, input: Array(row.input.utf8))
    #expect(outcome.output == row.output)
    #expect(row.errors.isEmpty ? outcome.errors.isEmpty : outcome.errors.hasPrefix(row.errors), "\(outcome.errors)")
    #expect(outcome.status == row.status)
  }

  @Test func filesPrintOnlyWhatTheyPrint() throws {
    try withFolder(["a.grad": "1 + 1\nprint(args)\n"]) { folder throws in
      #expect(try gradus("\(folder)/a.grad", "x", "--seed").output == "[\"x\", \"--seed\"]\n")
      #expect(try gradus("--echo", "\(folder)/a.grad").output == "2\n[]\n")
    }
  }

  @Test func errorsOfFilesHaveTheirPlace() throws {
    try withFolder(["a.grad": "x = 1\nunknown\n", "b.grad": "x = (1\n"]) { folder throws in
      let outcome = try gradus(["a.grad"], folder: folder)
      #expect(outcome.errors.contains("  a.grad:2:1\n") && outcome.status == 1)
      #expect(try gradus(["b.grad"], folder: folder).status == 2)
    }
  }

  @Test func literateFilesRun() throws {
    let text = "# A\n```gradus\nx = 2\nx^2\n```\n```output\n5\n```\ntext\n```gradus\n[1, 2]\n```\n```gradus\nunknown\n```\n```gradus\n7\n```\n"
    try withFolder(["a.md": text]) { folder throws in
      let outcome = try gradus(["a.md"], folder: folder)
      #expect(outcome.output.hasPrefix("4\n") && !outcome.output.contains("7\n"))
      #expect(outcome.errors.contains("  a.md:14:1\n") && outcome.status == 1)
    }
    try withFolder(["a.md": "```gradus\n1\n```\n```gradus\n2 +\n```\n"]) { folder throws in
      let outcome = try gradus(["a.md"], folder: folder)
      #expect(outcome.output.isEmpty && outcome.status == 2)
    }
  }

  @Test(arguments: ["-", "a.grad"]) func bytesThatAreNotText(_ file: String) throws {
    try withFolder(["a.grad": ""]) { folder throws in
      let bytes = Array("print(1)\n".utf8) + [0xFF, 0xFE]
      let path = folder + "/a.grad"
      let stream = try #require(fopen(path, "w"))
      fwrite(bytes, 1, bytes.count, stream)
      fclose(stream)
      let outcome = try gradus([file], input: bytes, folder: folder)
      #expect(outcome.status == 2 && outcome.output.isEmpty)
      #expect(outcome.errors.contains("line 2"), "\(outcome.errors)")
    }
  }

  @Test func inputOfTheProgram() throws {
    try withFolder(["a.grad": "print(input())\nprint(input())\nprint(input() == nothing)\n"]) { folder throws in
      #expect(try gradus(["a.grad"], input: Array("one\r\ntwo".utf8), folder: folder).output == "one\ntwo\ntrue\n")
    }
  }

  @Test func aClosedPipeEndsItQuietly() throws {
    let outcome = try gradus(["-e", "for i in 0..<100000000 { print(i) }"], readsUpTo: 10)
    #expect(outcome.errors.isEmpty && outcome.status == 141)
  }

  @Test func aFullDiskIsTold() throws {
    guard access("/dev/full", W_OK) == 0 else { return }
    let status = system("'\(executable)' -e 1 > /dev/full 2> /dev/null")
    #expect((status >> 8) & 0xFF == 1)
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)]) func signals(_ row: (signal: Int32, status: Int32)) throws {
    let running = try gradus(["--time-limit", "30", "-e", "print(1); while true {}"], signal: row.signal)
    #expect(running.status == row.status && running.output == "1\n")
    let reading = try gradus(["-"], signal: row.signal)
    #expect(reading.status == row.status)
  }

  @Test func noEscapesInPipes() throws {
    let text = "print(plot([1, 2, 3]))"
    #expect(try !gradus("-e", text).output.contains("\u{1B}"))
    #expect(try gradus("--color", "always", "-e", text).output.contains("\u{1B}["))
    #expect(try gradus("--color", "always", "-e", "unknown").errors.contains("\u{1B}["))
  }

  @Test func charactersOfTheLocale() throws {
    let text = ["-e", "print(plot([1, 2, 3]))"]
    #expect(try !gradus(text).output.allSatisfy(\.isASCII))
    #expect(try gradus(text, environment: ["LC_ALL": "C"]).output.allSatisfy(\.isASCII))
    #expect(try gradus(["--ascii"] + text).output.allSatisfy(\.isASCII))
  }

  @Test func completions() throws {
    #expect(try gradus("--generate-completion-script", "bash").output.contains("--time-limit"))
    #expect(try gradus("--generate-completion-script", "cmd").status == 2)
  }

  @Test func deepProgramsDoNotOverflow() throws {
    let depth = 5000
    let text = "f(n) = if n == 0 { 0 } else { 1 + f(n - 1) }\nf(\(depth))"
    #expect(try gradus("-e", text).output == "\(depth)\n")
  }
}
