import Syntax
import Testing

@Suite("Formats") struct FormatTests {
  @Test(arguments: [
    ("", ""), (".3f", ".3f"), (">8", " rightw8"), ("*^10,d", "*centerw10,d"), ("+.2e", "always.2e"), (" g", "spaceg"), ("<", " left"), ("<<4", "<leftw4"),
    ("05d", "0w5d"), (".1%", ".1%"), ("x", "x"), ("-5", "w5"), ("学>4", "学rightw4"), (",", ","), ("10000", "w10000"), (".0f", ".0f"),
  ])
  func right(text: String, expected: String) throws {
    #expect(Dump.format(try #require(FormatSpecification.parse(text))) == expected)
  }

  @Test(arguments: ["q", ".f", "3.", "ff", "d3", "++", "10001", ".99999999999999999999", "3 ", "=5", "3,,", "s", ".-1f", "٣", "２"])
  func wrong(text: String) {
    #expect(FormatSpecification.parse(text) == nil)
  }
}
