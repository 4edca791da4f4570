import Syntax
import Testing

@Suite("Nearest names") struct SuggestionTests {
  private static let names = [
    "relu", "gelu", "selu", "elu", "sigmoid", "softmax", "log_softmax", "cross_entropy", "binary_cross_entropy", "accuracy", "reshape",
    "transpose", "zeros", "ones", "print", "length", "model", "Model", "x", "y", "learning_rate", "concat", "mean", "median", "batchnorm",
  ]

  @Test(arguments: [
    ("rleu", ["relu"]), ("sigmiod", ["sigmoid"]), ("SIGMOID", ["sigmoid"]), ("softmx", ["softmax"]), ("crossentropy", ["cross_entropy"]),
    ("acuracy", ["accuracy"]), ("zeroes", ["zeros"]), ("MODEL", ["Model", "model"]), ("modle", ["Model", "model"]), ("trans", ["transpose"]),
    ("learningRate", ["learning_rate"]), ("None", ["nothing"]), ("True", ["true"]), ("null", ["nothing"]), ("len", ["length"]), ("concatenate", ["concat"]),
    ("qqqqqq", []), ("z", []), ("", []), ("reshpae", ["reshape"]), ("BatchNorm", ["batchnorm"]), ("println", ["print"]), ("pow", ["^"]),
  ] as [(String, [String])])
  func table(name: String, expected: [String]) {
    #expect(nearest(to: name, among: Self.names) == expected)
    #expect(nearest(to: name, among: Self.names.reversed()) == expected)
  }

  @Test func limits() {
    #expect(nearest(to: "elux", among: ["elua", "elub", "eluc", "elud"]).count == 3)
    #expect(nearest(to: "elux", among: ["elua", "elub", "eluc", "elud"], limit: 1) == ["elua"])
    #expect(nearest(to: "elux", among: ["elua"], limit: 0) == [])
    #expect(nearest(to: "elux", among: ["elux"]) == [])
    #expect(nearest(to: String(repeating: "a", count: 201), among: [String(repeating: "a", count: 202)]) == [])
  }

  @Test func words() {
    #expect(didYouMean([]) == nil)
    #expect(didYouMean(["a"]) == "did you mean `a`?")
    #expect(didYouMean(["a", "b"]) == "did you mean `a` or `b`?")
    #expect(didYouMean(["a", "b", "c"]) == "did you mean `a`, `b` or `c`?")
  }
}
