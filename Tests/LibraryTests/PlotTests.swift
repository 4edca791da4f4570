import Foundation
import Language
import Syntax
import Testing

/// Pictures: that they are drawn, what they say, and what is saved.
struct PlotTests {
  static let rows = [
    Row("plot([1, 4, 9], title: \"squares\")", "squares"),
    Row("plot(list(3, 2, 1), list(4, 3, 2), names: [\"train\", \"test\"])", "train"),
    Row("plot(train: list(3, 2, 1), test: list(4, 3, 2))", "test"),
    Row("plot(linspace(0, 1, 5), [1, 2, 3, 2, 1], xlabel: \"time\")", "time"),
    Row("plot(sin, 0, 6, title: \"sine\")", "sine"),
    Row("plot([[1, 2], [2, 3]], names: [\"a\", \"b\"])", "b"),
    Row("plot([1, nan, 3])", "1 nan"),
    Row("scatter([[1, 2], [3, 4]], labels: [0, 1], names: [\"cat\", \"dog\"])", "dog"),
    Row("hist([1, 2, 2, 3], title: \"marks\")", "marks"),
    Row("bar([\"cat\": 3, \"dog\": 5])", "dog"),
    Row("bar((a: 1, b: 2))", "b"),
    Row("heatmap(eye(3), title: \"identity\")", "identity"),
    Row("show(zeros(2, 8, 8), captions: [\"one\", \"two\"])", "two"),
    Row("confusion([[3, 1], [0, 4]], labels: [\"cat\", \"dog\"])", "accuracy 0.875 (7 of 8)"),
    Row("boundary(x -> x, [[0, 1], [1, 0]], [1, 0], names: [\"left\", \"right\"])", "right"),
    Row("print(plot([1, 2], title: \"printed\"))", "printed"),
  ]

  @Test(arguments: rows) func draws(_ row: Row) throws {
    var runner = Runner()
    let output = try runner.run(row.program)
    #expect(output.contains(row.expected), "\(output)")
    #expect(output.split(separator: "\n").count > 1, "\(output)")
    for line in output.split(separator: "\n") { #expect(line.count <= 80) }
  }

  @Test(arguments: [
    ("confusion([1, 2, 3])", "`confusion` needs a square matrix of counts, not a tensor of shape [3]"),
    ("confusion([[1, 2, 3]])", "`confusion` needs a square matrix of counts, not a tensor of shape [1, 3]"),
    ("confusion([[1, 2], [3, 0.5]])", "a count is a whole number from 0 on, not 0.5"),
    ("confusion([[1, 2], [nan, 0]])", "a count is a whole number from 0 on, not nan"),
    ("confusion([[1, -2], [3, 0]])", "a count is a whole number from 0 on, not -2"),
  ])
  func confusionNeedsCounts(_ program: String, _ message: String) throws {
    var runner = Runner()
    let error = #expect(throws: GradusError.self) { try runner.run(program) }
    #expect(error?.message == message)
    #expect(error?.hints == (message.hasSuffix("]") ? ["`confusion(confusion_matrix(predictions, labels))` counts them"] : []))
  }

  @Test func savesEachKind() throws {
    try withTemporaryFolder { folder in
      for (index, picture) in [
        "plot([1, 2])", "scatter([1, 2], [2, 1])", "hist([1, 2])", "bar([\"a\"], [1])", "heatmap(eye(2))", "show(eye(4))", "confusion(eye(2))",
      ].enumerated() {
        var runner = Runner()
        let output = try runner.run("save(\(picture), \"\(folder)/\(index).svg\")")
        #expect(output == "")
        let text = try String(contentsOfFile: "\(folder)/\(index).svg", encoding: .utf8)
        #expect(text.contains("<svg") && text.contains("</svg>"), "\(picture)")
      }
    }
  }

  @Test func watchWritesPlainLinesInALog() throws {
    var runner = Runner()
    let output = try runner.run("for i in 1..<8 { watch(loss: 1 / i, total: 7) }")
    #expect(output == "")
    let lines = runner.diagnostics.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.first?.hasPrefix("step 1 of 7   loss 1") == true)
    #expect(!runner.diagnostics.contains("\u{1B}"))
  }

  @Test(arguments: [("watch(3)", "step 1   value 3"), ("watch(3, 4)", "step 1   value 1 3   value 2 4")])
  func watchNamesWhatHasNoName(_ program: String, _ line: String) throws {
    var runner = Runner()
    _ = try runner.run(program)
    #expect(runner.diagnostics.hasPrefix(line), "\(runner.diagnostics)")
  }

  @Test func files() throws {
    try withTemporaryFolder { folder in
      var runner = Runner()
      let program = """
        write_csv("\(folder)/t.csv", ["x": [0.1, 2], "name": ["a,b", "c"]])
        t = read_csv("\(folder)/t.csv")
        print(t)
        print(read("\(folder)/t.csv"), end: "")
        write("\(folder)/n.txt", 3); write("\(folder)/n.txt", "!", append: true)
        print(lines("\(folder)/n.txt"))
        """
      let output = try runner.run(program)
      #expect(output == "[\"x\": [0.1, 2], \"name\": [\"a,b\", \"c\"]]\nx,name\n0.1,\"a,b\"\n2,c\n[\"3!\"]")
    }
  }
}
