import Syntax
import Testing

@Suite("Any text is read or refused") struct FuzzTests {
  /// SplitMix64 (Steele, Lea & Flood 2014), so that a failure can be repeated.
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  /// Parses, reports and judges; whatever comes out, its places lie in the text.
  private func read(_ text: String) {
    let source = SourceText(name: "t", text: text)
    do throws(GradusError) {
      let program = try Parser.parse(source)
      _ = Dump.statements(program)
      for statement in program.statements {
        #expect(statement.span.start >= 0 && statement.span.start <= statement.span.end && statement.span.end <= source.utf8.count)
      }
    } catch {
      #expect(error.place.map { $0.span.start >= 0 && $0.span.start <= $0.span.end && $0.span.end <= source.utf8.count } == true, "\(text)")
      #expect(!error.message.isEmpty)
      _ = ErrorReport(error).text(color: true, ascii: false, width: 40)
    }
    _ = Parser.completeness(text)
    _ = Parser.index(of: source)
  }

  @Test(arguments: expressionTrees + statementTrees + wrongSigns + wrongBrackets + wrongStatements)
  func everyPrefix(source: String, expected: String) {
    for count in 0...source.unicodeScalars.count { read(String(String.UnicodeScalarView(source.unicodeScalars.prefix(count)))) }
  }

  private static let pieces = [
    "x", "f", "f(x) =", "layer", "by", "new", "_", "___", "3", "2.5", "0xf", ".5", "5.", "\"a\"", "\"{", "}\"", "\"\"\"", "\"", "(", ")", "[", "]", "{", "}", ",", ":",
    "::", ";", "\n", " ", " ", " ", "=", ":=", "+=", "->", "|>", ">>", "or", "and", "not", "|", "&", "==", "<", "in", "..<", "...", "+", "-",
    "*", "/", "//", "%", "@", "^", "'", ".", "if", "else", "for", "while", "repeat", "try", "catch", "return", "break", "# c\n", "## d\n", "学", "×", "\\", "\t", "\r\n", "true", "list(", "}}", "{{", "\u{0}",
  ]

  @Test(arguments: 0..<20)
  func tokenSoups(seed: UInt64) {
    var generator = Generator(state: seed)
    for _ in 0..<100 {
      let count = Int.random(in: 1...60, using: &generator)
      read((0..<count).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined(separator: Bool.random(using: &generator) ? " " : ""))
    }
  }

  @Test(arguments: 0..<10)
  func randomCharacters(seed: UInt64) {
    var generator = Generator(state: seed &+ 1_000)
    for _ in 0..<100 {
      let scalars = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
        Unicode.Scalar(UInt32.random(in: 0..<(Bool.random(using: &generator) ? 0x80 : 0x30000), using: &generator)) ?? "a"
      }
      read(String(String.UnicodeScalarView(scalars)))
    }
  }
}
