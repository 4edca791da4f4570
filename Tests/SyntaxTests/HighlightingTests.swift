import Syntax
import Testing

@Suite struct HighlightingTests {
  /// Each part's text behind its kind.
  static let rows: [(text: String, parts: String)] = [
    ("x = 3x^2 # a", "sign = | number 3 | sign ^ | number 2 | comment # a"),
    ("f(x) = if true { 1 }", "call f | sign = | keyword if | number true | number 1"),
    ("\"a {b + 1:.2f} c\"", "string \"a { | sign + | number 1 | string :.2f} c\""),
    ("\"a {\"b\"} c\"", "string \"a { | string \"b\" | string } c\""),
    ("layer A(n) {}", "keyword layer | call A"),
    ("layer(x)", "call layer"),
    // What is broken or still being typed.
    ("1 + \"abc", "number 1 | sign + | string \"abc"),
    ("\"abc\nx + 1", "string \"abc | sign + | number 1"),
    ("\"\"\"abc\nx + 1", "string \"\"\"abc\nx + 1"),
    ("\"a {b", "string \"a {"),
    ("1 ~ 2 $ 3", "number 1 | number 2 | number 3"),
    ("f(( [", "call f"),
    ("ä漢(1)", "call ä漢 | number 1"),
    ("# only", "comment # only"),
    ("#!/usr/bin/env gradus\n1", "comment #!/usr/bin/env gradus | number 1"),
    ("", ""),
  ]

  @Test(arguments: rows) func parts(_ row: (text: String, parts: String)) {
    let source = SourceText(name: "", text: row.text)
    let parts = Highlighting(row.text).parts
    #expect(parts.map { "\($0.kind) \(source.string($0.span))" }.joined(separator: " | ") == row.parts)
  }

  /// Every beginning of a program and every piece that is torn out of it has its parts in order and within it.
  @Test func neverFails() {
    let text = "## d\nf(a, b: \"{a:.2f}\") = { x = \"\"\"ä {b\n}\"\"\"; x[1:2, ...]' |> g >> h # ende\n}\n'\"\\u{3b1}\" 0x 1e 3.€"
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      for end in start...bytes.count {
        let piece = String(decoding: bytes[start..<end], as: UTF8.self)
        var last = 0
        for part in Highlighting(piece).parts {
          #expect(part.span.start >= last && part.span.end > part.span.start && part.span.end <= piece.utf8.count)
          last = part.span.end
        }
      }
    }
  }
}
