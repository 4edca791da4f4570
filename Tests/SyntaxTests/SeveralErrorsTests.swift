import Syntax
import Testing

/// Several syntax errors in one run, where it is sure how to go on.
@Suite struct SeveralErrorsTests {
  private func places(_ text: String) -> [String] {
    do throws(GradusError) {
      _ = try Parser.parse(SourceText(name: "t", text: text))
      return []
    } catch {
      return ([error] + error.further).map { error in "\(error.place?.line ?? 0): \(error.message)" }
    }
  }

  @Test(arguments: [
    ("x = 1 2\ny = 3\nz = 4 5\n", ["1: two expressions in a row", "3: two expressions in a row"]),
    ("f(x) = {\n  x x\n}\ny = 2\nfor = 1\n", ["2: two expressions in a row", "5: expected `in`, but found `=`"]),
    // One statement has one error.
    ("f(x) = {\n  x x\n  y y\n}\n", ["2: two expressions in a row"]),
    ("a b; c d\ne f\n", ["1: two expressions in a row", "2: two expressions in a row"]),
    // A line that stands further right belongs to the one above, in the language that it comes from.
    ("for = x\n  y y\nz z\n", ["1: expected `in`, but found `=`", "3: two expressions in a row"]),
    // Where a bracket or a string is open, nothing further is sure.
    ("a b\n(1, 2\nc d\n", ["1: two expressions in a row"]),
    ("a b\n\"open\nc d\n", ["1: two expressions in a row"]),
    ("a b\nc × d\ne f\n", ["1: two expressions in a row"]),
    ("x = (1\n", ["1: `(` is not closed"]),
  ])
  func errors(_ text: String, _ expected: [String]) { #expect(places(text) == expected) }

  @Test func atMostTen() {
    #expect(places(String(repeating: "a b\n", count: 50)).count == 10)
  }

  @Test func allAreReported() {
    do throws(GradusError) {
      _ = try Parser.parse(SourceText(name: "t", text: "1 2\n3\n4 5"))
      Issue.record("it is wrong")
    } catch {
      #expect(
        ErrorReport(error).text(color: false, ascii: false, width: 80) == """
          error: two expressions in a row
            t:1:3
            |
          1 | 1 2
            |   ^
            = hint: statements are separated by a newline or `;`

          error: two expressions in a row
            t:3:3
            |
          3 | 4 5
            |   ^
            = hint: statements are separated by a newline or `;`
          """)
    }
  }
}
