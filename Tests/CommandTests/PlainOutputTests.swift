import Testing

/// What goes into a file or a pipe is plain text, whatever the terminal could show.
@Suite struct PlainOutputTests {
  private static let terminal = ["TERM": "xterm-256color", "COLORTERM": "truecolor"]

  /// Everything that draws, or shows a value in a way of its own, or tells how far it is.
  static let programs = [
    "plot([1, 4, nan], [2, 3, 4], title: \"t\", xlabel: \"x\")", "plot(sin, 0, 6)", "scatter([[1, 2], [3, 4]], labels: [0, 1], names: [\"a\", \"b\"])",
    "hist([1, 2, 2, 3])", "bar([\"a\": 3, \"b\": 5])", "heatmap([[1, 2], [3, nan]])", "show(eye(8))", "show(zeros(2, 3, 8, 8), captions: [\"a\", \"b\"])",
    "confusion([[3, 1], [0, 4]], labels: [\"a\", \"b\"])", "boundary(x -> x, [[0, 1], [1, 0]], [1, 0], names: [\"a\", \"b\"])",
    "for i in 1...50 { watch(loss: 1 / i, accuracy: i, total: 50) }", "print(plot([1, 2]))", "ones(40, 40)", "dense(3, inputs: 2) >> relu",
    "summary(dense(3, inputs: 2))", "model = dense(1); fit(model, (ones(9, 2), ones(9, 1)), loss: mse, epochs: 3, validation: 0.2)", "\"a\"", "sin",
    "ones(2, 3) @ ones(2, 3)", "1 +", "undefined", "x = 3; x[5]", "f(n) = error(\"no\"); f(1)",
  ]

  @Test(arguments: programs) func ofPrograms(_ program: String) throws {
    for arguments in [["-e", program], ["-"], ["--ascii", "-e", program], ["--json", "-e", program]] {
      let outcome = try gradus(arguments, input: arguments == ["-"] ? Array(program.utf8) : [], environment: PlainOutputTests.terminal)
      #expect(!(outcome.output + outcome.errors).contains("\u{1B}"), "\(arguments)")
      #expect(!(outcome.output + outcome.errors).isEmpty, "\(arguments)")
      let isASCII = (outcome.output + outcome.errors).allSatisfy(\.isASCII)
      #expect(isASCII || arguments[0] != "--ascii", "\(outcome)")
    }
  }

  @Test func ofTheOtherWaysToRun() throws {
    try withFolder(["l.md": "# T\n\n```gradus\nshow(eye(8))\n1 + 1\nplot([1, 2])\n```\n```output\n3\n```\n"]) { folder throws in
      for arguments in [
        [folder + "/l.md"], ["check", folder + "/l.md"], ["check", "--update", folder + "/l.md"], ["--help"], ["check", "--help"], ["--version"],
        ["--no-such-option"], ["-i", folder + "/l.md"], ["--generate-completion-script", "bash"],
      ] {
        let outcome = try gradus(arguments, environment: PlainOutputTests.terminal)
        #expect(!(outcome.output + outcome.errors).contains("\u{1B}"), "\(arguments)")
        #expect(!(outcome.output + outcome.errors).isEmpty, "\(arguments)")
      }
    }
  }
}
