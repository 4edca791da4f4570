import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct FormatCommandTests {
  @Test func filesAreRewritten() throws {
    try withFolder(["a.grad": "x=1\n", "b.grad": "y = 2\n", "c/d.grad": "f( x )=x # c", "e.txt": "x=1"]) { folder throws in
      let outcome = try gradus(["format", "."], folder: folder)
      #expect(outcome.output == "./a.grad: formatted\n./c/d.grad: formatted\n" && outcome.status == 0 && outcome.errors.isEmpty)
      #expect(try contents(folder + "/a.grad") == "x = 1\n")
      #expect(try contents(folder + "/c/d.grad") == "f(x) = x  # c\n")
      #expect(try contents(folder + "/e.txt") == "x=1")
      let second = try gradus(["format", "a.grad", "b.grad", "c/d.grad"], folder: folder)
      #expect(second.output.isEmpty && second.status == 0)
    }
  }

  @Test func permissionsStay() throws {
    try withFolder(["a.grad": "x=1\n"]) { folder throws in
      chmod(folder + "/a.grad", 0o754)
      #expect(try gradus(["format", "-q", "a.grad"], folder: folder).output.isEmpty)
      var status = stat()
      stat(folder + "/a.grad", &status)
      #expect(status.st_mode & 0o777 == 0o754)
      #expect(try contents(folder + "/a.grad") == "x = 1\n")
    }
  }

  @Test func whatIsNoProgramStays() throws {
    try withFolder(["a.grad": "x=(\n", "b.grad": "y=2\n"]) { folder throws in
      let outcome = try gradus(["format", "a.grad", "b.grad", "c.grad"], folder: folder)
      #expect(outcome.status == 2 && outcome.errors.contains("a.grad:1:4") && outcome.errors.contains("there is no file \"c.grad\""))
      #expect(try contents(folder + "/a.grad") == "x=(\n")
      #expect(try contents(folder + "/b.grad") == "y = 2\n")
    }
  }

  @Test func checking() throws {
    try withFolder(["a.grad": "x=1\n", "b.grad": "y = 2\n"]) { folder throws in
      let outcome = try gradus(["format", "--check", "a.grad", "b.grad"], folder: folder)
      #expect(outcome.output == "a.grad\n" && outcome.status == 3)
      #expect(try contents(folder + "/a.grad") == "x=1\n")
      #expect(try gradus(["format", "--check", "b.grad"], folder: folder).status == 0)
    }
  }

  @Test func standardInput() throws {
    let outcome = try gradus("format", "-", input: "f( x )=2x;y:=3")
    #expect(outcome.output == "f(x) = 2x; y := 3\n" && outcome.status == 0)
    let wrong = try gradus("format", "-", input: "f(")
    #expect(wrong.output.isEmpty && wrong.status == 2 && wrong.errors.contains("<stdin>:1:3"))
    #expect(try gradus("format", "--check", "-", input: "x=1").output == "<stdin>\n")
  }

  /// Only the cells change; those that must fail stay, since their output quotes them.
  @Test func literateFiles() throws {
    let text = "# a=b  \r\n- x\n\n  ```gradus  seed=3\n  x=1\n\n\n  y=\"\"\"\n  a\"\"\"\n  ```\n```gradus error\nx=[0](2)\n```\n~~~python\nx=1\n~~~\n```gradus\n```\n```gradus\nx = 2\n```"
    let expected = text.replacing("  x=1\n\n\n  y=\"", with: "  x = 1\n\n  y = \"")
    try withFolder(["a.md": text, "b.md": "```gradus\nx = (\n```\n"]) { folder throws in
      let outcome = try gradus(["format", "a.md", "b.md"], folder: folder)
      #expect(outcome.output == "a.md: formatted\n" && outcome.status == 2 && outcome.errors.contains("b.md:2:6"))
      #expect(try contents(folder + "/a.md") == expected)
    }
  }

  @Test func usage() throws {
    #expect(try gradus("format").status == 2)
    #expect(try gradus("format", "--help").output.contains("--check"))
  }
}
