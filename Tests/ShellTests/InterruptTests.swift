import Shell
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Ctrl-C while cells run.
@Suite(.serialized) struct InterruptTests {
  private func session(_ body: (PseudoTerminal) throws -> Void) throws {
    try withFolder { folder in
      let terminal = try PseudoTerminal(history: folder + "/history")
      try terminal.start()
      try body(terminal)
      terminal.type("\u{4}")
      let end = try terminal.end()
      #expect(end.status == "0")
      #expect(end.isRestored)
    }
  }

  /// A net with dropout, so that every step draws random numbers; `n` counts the steps as they are counted in them.
  private static let setUp =
    "x = randn(16, 4); y = sum(x^2, axis: 1, keep: true); net = dense(8) >> tanh >> dropout(0.2) >> dense(1); opt = adam(net); n = state(0)"
  private static let step = "step(opt) { n := n + 1; mse(net(x), y) }"
  private static let result = "for p in net.parameters { print(\"{p:.9e}\") }; print(value(n), rand(3)); " + step

  @Test func aHundredInterruptsLeaveWholeSteps() throws {
    let total = 20_000
    var expected = ""
    try session { terminal in
      terminal.type(InterruptTests.setUp + "\r")
      try terminal.prompt(2)
      terminal.type("repeat \(total) { \(InterruptTests.step) }\r")
      try terminal.prompt(3)
      terminal.type("print(\"\(1)st\"); \(InterruptTests.result)\r")
      try terminal.wait(for: "1st\r\n")
      expected = try terminal.prompt(4)
    }
    #expect(expected.contains("20000"))
    try session { terminal in
      terminal.type(InterruptTests.setUp + "\r")
      try terminal.prompt(2)
      var random = SystemRandomNumberGenerator()
      for number in 2..<102 {
        terminal.type("print(\"be\" + \"gun\"); repeat \(total) - value(n) { \(InterruptTests.step) }\r")
        try terminal.wait(for: "begun")
        usleep(UInt32.random(in: 0..<8_000, using: &random))
        terminal.type("\u{3}")
        let shown = try terminal.prompt(number + 1)
        #expect(shown.contains("interrupted"))
      }
      terminal.type("print(\"left:\", \(total) - value(n) > 0); repeat \(total) - value(n) { \(InterruptTests.step) }\r")
      // There was something left, so all hundred met a training run.
      #expect(try terminal.prompt(103).contains("left: true"))
      terminal.type("print(\"\(1)st\"); \(InterruptTests.result)\r")
      try terminal.wait(for: "1st\r\n")
      let result = try terminal.prompt(104)
      #expect(numbers(result) == numbers(expected))
    }
  }

  /// Without colours and the prompt's own sequences.
  private func numbers(_ shown: String) -> [Substring] {
    shown.split(separator: "\r\n").filter { !$0.contains("\u{1B}") }
  }

  @Test func itSaysWhereItStopped() throws {
    try session { terminal in
      terminal.type(InterruptTests.setUp + "\r")
      try terminal.prompt(2)
      terminal.type("print(\"be\" + \"gun\"); repeat 1000000 { \(InterruptTests.step) }\r")
      try terminal.wait(for: "begun")
      usleep(50_000)
      terminal.type("\u{3}")
      let shown = try terminal.prompt(3)
      #expect(shown.contains("stopped in step ") || shown.contains("stopped after step "))
      terminal.type("fit(net, (x, y), loss: mse, epochs: 1000000)\r")
      try terminal.wait(for: "epoch 3/")
      terminal.type("\u{3}")
      let fitted = try terminal.prompt(4)
      #expect(fitted.contains("epoch "))
      #expect(fitted.contains("stopped in epoch") || fitted.contains("stopped after epoch") || fitted.contains("beginning of epoch"))
    }
  }

  @Test func itGoesOn() throws {
    try session { terminal in
      terminal.type(":resume\r")
      #expect(try terminal.prompt(1).contains("nothing was interrupted that could go on"))
      terminal.type("s = 0; print(\"be\" + \"gun\"); for i in 0..<3000000 { s = s + i }; print(\"do\" + \"ne\", s)\r")
      try terminal.wait(for: "begun")
      usleep(20_000)
      terminal.type("\u{3}")
      #expect(try terminal.prompt(2).contains("interrupted"))
      terminal.type("i_am = 40 + 2\r")
      try terminal.prompt(3)
      terminal.type(":resume\r")
      try terminal.wait(for: "done 4499998500000")
      terminal.type("i_am\r")
      #expect(try terminal.prompt(4).contains("42"))
    }
  }

  @Test func aLargeProductStops() throws {
    try session { terminal in
      terminal.type("a = randn(4096, 4096); print(\"be\" + \"gun\"); b = a @ a; print(sum(b))\r")
      try terminal.wait(for: "begun")
      usleep(200_000)
      let start = LineInput.now()
      terminal.type("\u{3}")
      #expect(try terminal.prompt(2).contains("interrupted"))
      // A tenth of a second is wanted.
      #expect(LineInput.now() - start < 1)
      // What was stopped can be computed now.
      terminal.type("a.shape\r")
      #expect(try terminal.prompt(3).contains("(4096, 4096)"))
    }
  }

  @Test func aRunningCellIsSuspendedAndGoesOn() throws {
    try withFolder { folder in
      let terminal = try PseudoTerminal(
        history: folder + "/history", script: "set -m; run; echo stopped $(stty -g).; fg; echo status $?.", variables: ["NO_COLOR=1"])
      try terminal.start()
      terminal.type("print(\"be\" + \"gun\"); n = 0; while true { n = n + 1; if n % 300_000 == 0 { print(\"ti\" + \"ck\") } }\r")
      try terminal.wait(for: "begun")
      terminal.type("\u{1A}")
      try terminal.wait(for: "stopped ")
      let stopped = try terminal.wait(for: ".")
      #expect(stopped == terminal.settings)
      try terminal.wait(for: "tick")
      terminal.type("\u{3}")
      #expect(try terminal.prompt(2).contains("interrupted"))
      terminal.type("n > 0\r")
      #expect(try terminal.prompt(3).contains("true\r\n"))
      terminal.type("\u{4}")
      let end = try terminal.end()
      #expect(end.status == "0" && end.isRestored)
    }
  }

  @Test func manyInARowEndNothing() throws {
    try session { terminal in
      terminal.type("print(\"be\" + \"gun\"); while true {}\r")
      try terminal.wait(for: "begun")
      terminal.type("\u{3}\u{3}\u{3}\u{3}\u{3}")
      try terminal.wait(for: "[2] ∇")
      terminal.type("\u{3}\u{3}40 + 2\r")
      #expect(try terminal.prompt(3).contains("42\r\n"))
    }
  }
}
