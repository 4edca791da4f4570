import Syntax
import Testing

@Suite("Definitions found without parsing") struct IndexTests {
  private let library = SourceText(
    name: "layers.grad",
    text: """
      #! gradus
      # A comment about the file.

      ## detached

      ## Rectified linear unit.
      ##
      ## More.
      relu(x) = max(x, 0)
      pi2 = 6.28
      text = "=" == "="
      a == b
      x, y = 1, 2
      x := 3
      assert(relu(1) == 1)

      ## A layer
      layer Dense(units,
        inputs: "a) = b") {
        weight = 3

        forward(x) = x
      }

      ## Checked.
      h(x :: [n, d]) :: [n] = x
        |> f
      >> g
      else_(a) = 1
      学习率(x,
        y) = {
        a
      } # end

      layer = 3
      layered(x) = 3
      """)

  @Test func places() throws {
    let found = Parser.index(of: library)
    #expect(found.map(\.name) == ["relu", "pi2", "text", "Dense", "h", "else_", "学习率", "layer", "layered"])
    #expect(found.map(\.isLayer) == [false, false, false, true, false, false, false, false, false])
    #expect(found[0].documentation == "Rectified linear unit.\n\nMore.")
    #expect(library.string(found[0].span) == "## Rectified linear unit.\n##\n## More.\nrelu(x) = max(x, 0)")
    #expect(found[1].documentation == nil)
    #expect(library.string(found[1].span) == "pi2 = 6.28")
    #expect(library.string(found[3].span).hasSuffix("forward(x) = x\n}"))
    #expect(found[3].documentation == "A layer")
    #expect(library.string(found[4].span) == "## Checked.\nh(x :: [n, d]) :: [n] = x\n  |> f\n>> g")
    #expect(library.string(found[6].span) == "学习率(x,\n  y) = {\n  a\n} # end")
  }

  /// Each part parses by itself to the definition of that name, with its documentation, at its place in the whole text.
  @Test func partsParse() throws {
    for place in Parser.index(of: library) {
      let program = try Parser.parse(library, part: place.span), statements = program.statements
      #expect(statements.count == 1)
      switch statements.first?.kind {
      case .function(let function):
        #expect(function.name == place.name)
        #expect(function.documentation == place.documentation)
        #expect(library.string(function.nameSpan) == place.name)
      case .layer(let layer):
        #expect(layer.name == place.name)
        #expect(layer.documentation == place.documentation)
      case .bind(.name(let name, _), _): #expect(program.names[name] == place.name)
      default: Issue.record("\(place.name) is not a definition")
      }
    }
  }

  @Test(arguments: ["", "\n", "f", "f(", "f(x", "f(\"", "f(x)", "f(x) ", "f(x) :", "f =", "layer", "layer ", "layer A", "##", "#", "## a\n", "f(x) =\r\n  3\r\n", "(", "}", "é = 1"])
  func nothingTraps(text: String) {
    for place in Parser.index(of: SourceText(name: "t", text: text)) {
      #expect(place.span.start >= 0 && place.span.start <= place.span.end && place.span.end <= text.utf8.count)
    }
  }

  @Test func isFast() {
    let piece = "## Documentation of one function, with a few words\n## and a second line of them.\nfunction_name(x, axis: nothing, keep: false) = {\n  y = x + 1\n  y * 2\n}\n\n"
    let source = SourceText(name: "t", text: String(repeating: piece, count: 100_000 / piece.utf8.count))
    let clock = ContinuousClock()
    let best = (0..<20).map { _ in clock.measure { #expect(Parser.index(of: source).count > 500) } }.min() ?? .zero
    print("index of \(source.utf8.count) bytes: \(best)")
    // Far above what it takes, so that a busy machine does not matter, and far below what parsing takes.
    #expect(best < .milliseconds(2))
  }
}
