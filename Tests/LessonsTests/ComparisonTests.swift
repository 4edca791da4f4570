import Lessons
import Testing

@Suite struct ComparisonTests {
  struct Row: CustomTestStringConvertible, Sendable {
    let written: String
    let printed: String
    let agrees: Bool
    var allowance = OutputAllowance()
    var testDescription: String { "\(written) ~ \(printed)" }
  }

  static let near = OutputAllowance(tolerance: 1e-3)
  static let loose = OutputAllowance(numbersVary: true)

  static let rows: [Row] = [
    // words
    Row(written: "", printed: "", agrees: true),
    Row(written: "", printed: "a\n", agrees: false),
    Row(written: "a", printed: "", agrees: false),
    Row(written: "true", printed: "true\n", agrees: true),
    Row(written: "true", printed: "false\n", agrees: false),
    Row(written: "a  ", printed: "a\n\n", agrees: true),
    Row(written: "a b", printed: "a  b", agrees: false),
    Row(written: " a", printed: "a", agrees: false),
    Row(written: "a\nb", printed: "a\nb\n", agrees: true),
    Row(written: "a\nb", printed: "b\na\n", agrees: false),
    Row(written: "a\n\nb", printed: "a\nb\n", agrees: false),
    // whole numbers and words with digits
    Row(written: "12", printed: "12\n", agrees: true),
    Row(written: "12", printed: "12.3\n", agrees: false),
    Row(written: "12", printed: "13\n", agrees: false),
    Row(written: "12", printed: "123\n", agrees: false),
    Row(written: "f32", printed: "f64\n", agrees: false),
    Row(written: "x1.5", printed: "x1.6\n", agrees: false),
    Row(written: "1.2.3", printed: "1.2.4\n", agrees: false),
    // decimals
    Row(written: "0.33", printed: "0.333333\n", agrees: true),
    Row(written: "0.333333", printed: "0.33\n", agrees: false),
    Row(written: "0.12", printed: "0.125\n", agrees: true),
    Row(written: "0.12", printed: "0.1251\n", agrees: false),
    Row(written: "1.0", printed: "1\n", agrees: true),
    Row(written: "0.96", printed: "1\n", agrees: false),
    Row(written: "-0.5", printed: "0.5\n", agrees: false),
    Row(written: "-0.00", printed: "0.00\n", agrees: true),
    Row(written: "1e-05", printed: "1.2e-05\n", agrees: true),
    Row(written: "1e-05", printed: "1.7e-05\n", agrees: false),
    Row(written: "1.5e3", printed: "1510\n", agrees: true),
    Row(written: "loss 0.25, done", printed: "loss 0.2512, done\n", agrees: true),
    Row(written: "loss 0.25, done", printed: "loss 0.2512; done\n", agrees: false),
    Row(written: "0.5", printed: "nan\n", agrees: false),
    Row(written: "96.1%", printed: "96.12%\n", agrees: true),
    // columns
    Row(written: "[ 0.5  10.2]", printed: "[-0.52 9.3]\n", agrees: false),
    Row(written: "[ 0.5   9.3]", printed: "[0.52 9.31]\n", agrees: true),
    Row(written: "  0.5  a", printed: "0.52 a\n", agrees: true),
    Row(written: "a 0.5", printed: "a0.5\n", agrees: false),
    Row(written: "0.5 0.5", printed: "0.50.5\n", agrees: false),
    // tolerance
    Row(written: "12", printed: "12.0005\n", agrees: true, allowance: near),
    Row(written: "12", printed: "12.02\n", agrees: false, allowance: near),
    Row(written: "1000", printed: "1000.9\n", agrees: true, allowance: near),
    Row(written: "0.333333", printed: "0.333\n", agrees: true, allowance: near),
    Row(written: "0.33", printed: "0.3333\n", agrees: false, allowance: near),
    Row(written: "a", printed: "b\n", agrees: false, allowance: near),
    // wildcards
    Row(written: "...", printed: "", agrees: true),
    Row(written: "...", printed: "a\nb\n", agrees: true),
    Row(written: "a\n...\nd", printed: "a\nb\nc\nd\n", agrees: true),
    Row(written: "a\n...\nd", printed: "a\nd\n", agrees: true),
    Row(written: "a\n...\nd", printed: "a\nb\nc\n", agrees: false),
    Row(written: "...\nx\n...", printed: "a\nx\nb\nx\nc\n", agrees: true),
    Row(written: "took [..] s", printed: "took 0.3 s\n", agrees: true),
    Row(written: "took [..] s", printed: "took  s\n", agrees: true),
    Row(written: "took [..] s", printed: "took 0.3\n", agrees: false),
    Row(written: "0.9[..]", printed: "0.953\n", agrees: true),
    Row(written: "[..]3", printed: "0.953\n", agrees: true),
    Row(written: "[..]4", printed: "0.953\n", agrees: false),
    Row(written: "a[..]b[..]c", printed: "axxbyybc\n", agrees: true),
    Row(written: "x [..] 0.5", printed: "x y 0.52\n", agrees: true),
    // shape alone
    Row(written: "loss 0.25 at 12", printed: "loss 31 at 7\n", agrees: true, allowance: loose),
    Row(written: "loss 0.25 at 12", printed: "loss nan at 7\n", agrees: true, allowance: loose),
    Row(written: "loss 0.25", printed: "cost 0.25\n", agrees: false, allowance: loose),
    Row(written: "0.25\n1", printed: "0.25\n", agrees: false, allowance: loose),
  ]

  @Test(arguments: rows) func compares(_ row: Row) {
    let comparison = OutputComparison(
      written: OutputComparison.lines(of: row.written), printed: OutputComparison.lines(of: row.printed), allowance: row.allowance)
    #expect(comparison.agrees == row.agrees)
  }

  /// A plot with a name beside its line.
  static let plot = """
      Loss
    2 ┤⠑⢄⡀
      │  ⠈⠢⡀ ⠤⠤ train
    0 ┤    ⠈⠑
      └┬───┬──
       0   5
       epoch
    """

  static let plots: [(name: String, printed: String, agrees: Bool)] = [
    ("the same", plot, true),
    ("other ink", plot.replacing("⠑⢄⡀", with: "⡀⢄⡇"), true),
    ("the name in another row", plot.replacing(" ⠤⠤ train", with: "").replacing("⠑⢄⡀", with: "⠑⢄⡀   ⠤⠤ train"), true),
    ("another name", plot.replacing("train", with: "test"), false),
    ("another title", plot.replacing("Loss", with: "Cost"), false),
    ("another tick", plot.replacing("2 ┤", with: "3 ┤"), false),
    ("a tick elsewhere", plot.replacing("└┬───┬──", with: "└┬────┬─"), false),
    ("another label", plot.replacing("epoch", with: "step"), false),
    ("a wider axis", plot.replacing("┬──", with: "┬───"), false),
    ("a row less", plot.replacing("  │  ⠈⠢⡀ ⠤⠤ train\n", with: ""), false),
    ("no ink and no axis", "  Loss\n", false),
  ]

  @Test(arguments: plots) func comparesPlots(_ row: (name: String, printed: String, agrees: Bool)) {
    let comparison = OutputComparison(
      written: OutputComparison.lines(of: Self.plot), printed: OutputComparison.lines(of: row.printed))
    #expect(comparison.agrees == row.agrees, "\(row.name)")
  }

  @Test func imagesCompareBySize() {
    let image = ["▀▄ █", " ▒▒ ", "a  b"]
    #expect(OutputComparison(written: image, printed: ["█▄▀█", "", "a  b"]).agrees)
    #expect(!OutputComparison(written: image, printed: ["█▄▀█", "a  b"]).agrees)
    #expect(!OutputComparison(written: image, printed: ["█▄▀█", "", "a  c"]).agrees)
    #expect(!OutputComparison(written: ["▀▄"], printed: [""]).agrees)
  }

  static let updates: [(written: [String], printed: [String], updated: [String])] = [
    (["a", "b"], ["a", "c"], ["a", "c"]),
    ([], ["a"], ["a"]),
    (["a"], [], []),
    (["a", "...", "z"], ["a", "b", "c", "y"], ["a", "...", "y"]),
    (["a", "...", "z"], ["x", "b", "c", "z"], ["x", "...", "z"]),
    (["took [..] s", "b"], ["took 3 s", "c"], ["took [..] s", "c"]),
    (["0.33", "b"], ["0.3333", "c"], ["0.33", "c"]),
    (["[..] a", "b"], ["1 x", "b"], ["1 x", "b"]),
    (["▀▄ 0.5", "b"], ["▄▄ 0.5", "c"], ["▄▄ 0.5", "c"]),
  ]

  @Test(arguments: updates) func keepsWhatHolds(_ row: (written: [String], printed: [String], updated: [String])) {
    let comparison = OutputComparison(written: row.written, printed: row.printed)
    #expect(comparison.updated == row.updated)
    #expect(OutputComparison(written: comparison.updated, printed: row.printed).agrees)
  }

  @Test func differenceInWords() {
    let comparison = OutputComparison(written: ["1", "2", "3", "4", "5", "6", "b"], printed: ["1", "2", "3", "4", "5", "6", "c"])
    #expect(comparison.difference() == ["  ⋮", "  5", "  6", "- b", "+ c"])
  }
}
