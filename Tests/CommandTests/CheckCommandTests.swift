import Testing

@Suite struct CheckCommandTests {
  private func cell(_ code: String, _ output: String) -> String { "```gradus\n\(code)\n```\n```output\n\(output)```\n" }

  @Test func agreement() throws {
    try withFolder(["a.md": cell("1", "1\n")]) { folder throws in
      let outcome = try gradus(["check", "a.md"], folder: folder)
      #expect(outcome.output == "1 file, 1 cell: 1 agrees\n" && outcome.status == 0 && outcome.errors.isEmpty)
      #expect(try gradus(["check", "-q", "a.md"], folder: folder).output.isEmpty)
      #expect(try gradus(["--threads", "1", "check", "a.md"], folder: folder).status == 0)
    }
  }

  @Test func differencesOfAFolder() throws {
    try withFolder(["a.md": cell("1", "2\n"), "b/c.md": cell("3", "3\n"), ".hidden.md": cell("1", "5\n"), "d.txt": "x"]) { folder throws in
      let outcome = try gradus(["check", "."], folder: folder)
      #expect(outcome.output == "./a.md:4: the output differs\n  - 2\n  + 1\n2 files, 2 cells: 1 agrees, 1 differs\n")
      #expect(outcome.status == 3)
    }
  }

  @Test func malformedFiles() throws {
    try withFolder(["a.md": "```gradus\n", "b.md": cell("1", "1\n")]) { folder throws in
      let outcome = try gradus(["check", "a.md", "b.md"], folder: folder)
      #expect(outcome.status == 2 && outcome.errors.contains("a.md:1:1") && outcome.output.contains("1 agrees"))
    }
  }

  @Test func updates() throws {
    try withFolder(["a.md": "x\n" + cell("1", "2\n")]) { folder throws in
      let first = try gradus(["check", "--update", "a.md"], folder: folder)
      #expect(first.status == 0 && first.output == "a.md: 1 output updated\n1 file, 1 cell: 0 agree, 1 updated\n")
      #expect(try contents(folder + "/a.md") == "x\n" + cell("1", "1\n"))
      #expect(try gradus(["check", "--update", "a.md"], folder: folder).output == "1 file, 1 cell: 1 agrees\n")
    }
  }

  @Test func whatFailsIsNotUpdated() throws {
    let text = cell("unknown", "2\n") + cell("1", "2\n")
    try withFolder(["a.md": text]) { folder throws in
      #expect(try gradus(["check", "--update", "a.md"], folder: folder).status == 3)
      #expect(try contents(folder + "/a.md") == text)
    }
  }

  @Test func needs() throws {
    try withFolder(["a.md": "---\nneeds: no-such-set\n---\n" + cell("1", "2\n"), "sets/no-such-set": ""]) { folder throws in
      let skipped = try gradus(["check", "a.md"], folder: folder)
      #expect(skipped.status == 0 && skipped.output.contains("skipped, as it needs no-such-set"))
      #expect(try gradus(["check", "a.md"], environment: ["GRADUS_DATA": folder + "/sets"], folder: folder).status == 3)
      #expect(try gradus(["a.md"], folder: folder).status == 1)
    }
  }

  @Test func examplesInTheDocumentationOfAProgram() throws {
    func program(_ result: String) -> String {
      "## Twice x.\n##\n## ```gradus\n## twice(k)\n## ```\n## ```output\n## \(result)\n## ```\ntwice(x) = 2x\nk = 3\nprint(\"not shown\")\n"
    }
    try withFolder(["a.grad": program("6"), "b.grad": program("7")]) { folder throws in
      let right = try gradus(["check", "a.grad"], folder: folder)
      #expect(right.status == 0 && right.output == "1 file, 1 cell: 1 agrees\n")
      let wrong = try gradus(["check", "b.grad"], folder: folder)
      #expect(wrong.status == 3 && wrong.output == "b.grad:6: the output differs\n  - 7\n  + 6\n1 file, 1 cell: 0 agree, 1 differs\n")
    }
  }

  @Test func theTimeLimitEndsIt() throws {
    try withFolder(["a.md": cell("while true {}", "1\n")]) { folder throws in
      #expect(try gradus(["check", "--time-limit", "0.2", "a.md"], folder: folder).status == 124)
    }
  }

  @Test func jsonIsOneObjectALine() throws {
    try withFolder(["a.md": cell("1", "2\n")]) { folder throws in
      let outcome = try gradus(["check", "--json", "a.md"], folder: folder)
      let lines = outcome.output.split(separator: "\n")
      #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("{\"type\":") && $0.hasSuffix("}") })
    }
  }
}
