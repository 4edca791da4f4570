import Language
import Syntax
import Testing

/// Programs that must fail, and the words they fail with.
struct ErrorTests {
  static let rows = [
    Row("mse(ones(3, 1), ones(3))", "`mse` needs a prediction and a target of one shape; given were [3, 1] and [3]"),
    Row("mse(ones(3, 1), ones(3))", "`prediction.reshape(3)` gives the prediction the shape of the target"),
    Row("cross_entropy(ones(4, 3), ones(5))", "`cross_entropy` takes logits [n, classes] with labels [n] or probabilities [n, classes]; given were [4, 3] and [5]"),
    Row("cross_entropy(ones(4, 3), ones(4, 1))", "`y.reshape(4)` gives the labels that shape"),
    Row("cross_entropy([[1, 2]], [2])", "index 2 is out of range"),
    Row("cross_entropy([[1, 2]], [-1])", "out of range"),
    Row("cross_entropy([[1, 2]], [0.5])", "an index must be whole numbers; this one has 0.5"),
    Row("d = dense(2, inputs: 3); d(ones(4, 5))", "`dense` expects 3 inputs on the last axis, and x is [4, 5]"),
    Row("d = dense(2, inputs: 6); d(ones(4, 2, 3))", "`flatten` before it makes x [4, 6]"),
    Row("b = batchnorm(); training { b(ones(1, 3)) }", "batchnorm needs more than one value for each feature in training mode, and x is [1, 3]"),
    Row("b = batchnorm(); b(ones(3))", "`batchnorm` needs [n, features] or more axes, and x is [3]"),
    Row("dropout(1.5)", "the rate of dropout must lie between 0 and 1, and is 1.5"),
    Row("sum(ones(2, 3), axis: 2)", "has no axis 2"),
    Row("sum(ones(2, 3), axis: (0, 0))", "axis 0 is given twice"),
    Row("mean([])", "of no elements"),
    Row("max(zeros(0))", "of no elements"),
    Row("any([1, 2])", "`any` needs a bool tensor, this one is f32"),
    Row("where([1, 2], 1, 2)", "the condition of `where` must be bool, not f32"),
    Row("one_hot([3], 3)", "the label 3 is not a whole number from 0 to 2"),
    Row("zeros(2.5)", "must be a whole number, not 2.5"),
    Row("zeros(2, typ: i32)", "there is no parameter `typ` here"),
    Row("zeros(2, type: sin)", "`type` must be f32, f64, i32 or bool, not sin"),
    Row("randint(3, 3, 2)", "there is no such number"),
    Row("reshape(ones(6), 4, 2)", "6"),
    Row("squeeze(ones(2, 3), axis: 0)", "axis 0 of [2, 3] has size 2"),
    Row("permute(ones(2, 3), 0, 0)", "`permute` needs every axis of [2, 3] once"),
    Row("concat([])", "at least one tensor"),
    Row("concat(list(ones(2, 2), ones(2, 3)))", "cannot be joined along axis 0"),
    Row("topk([1, 2], 3)", "k is 3, and the axis has 2 elements"),
    Row("gather([1, 2], [5])", "index 5 is out of range"),
    Row("length(3)", "has no length"),
    Row("remove([\"a\"], 3)", "there is no place 3 in a list of 1"),
    Row("remove([\"a\": 1], \"b\")", "the map has no key \"b\""),
    Row("sort(list(1, \"a\"))", "numbers and strings have no order between them"),
    Row("reduce([], (a, b) -> a)", "`reduce` of no elements needs `start`"),
    Row("split(\"abc\", \"\")", "an empty string separates nothing"),
    Row("number(\"two\")", "\"two\" is not a number"),
    Row("number([1, 2])", "`number` needs one element, and this tensor has shape [2]"),
    Row("char(-1)", "-1 is not the number of a character"),
    Row("code(\"ab\")", "`code` needs one character, not \"ab\""),
    Row("lower(3)", "must be a string"),
    Row("read(\"/nowhere/at/all.txt\")", "there is no file"),
    Row("assert(1 > 2)", "the assertion does not hold"),
    Row("print(1, sep: \"-\")", "`print` has no parameter `sep`"),
    Row("opt = sgd([], lr: 1); step(opt) { 1 }", "no parameters to learn"),
    Row("w = param(1.0); opt = sgd([w]); step(opt) { step(opt) { w } }", "cannot stand inside another"),
    Row("batches((ones(3), ones(4)), 2)", "part 0 has 3 rows, part 1 has 4"),
    Row("batches(\"abc\", 2)", "a data set is a tensor, a list, or a tuple or record of them"),
    Row("batches(ones(3), 0)", "a batch needs at least one row"),
    Row("fit(dense(1), (ones(2), ones(2), ones(2)))", "(inputs, targets), and this one has 3 parts"),
    Row("kfold(ones(3), k: 5)", "3 rows can't be divided 5 times"),
    Row("accuracy([1, 2, 3], [1, 2])", "of one shape"),
    Row("precision([0.5], [1])", "must be whole numbers from 0 on"),
    Row("f1([0], [0], average: \"best\")", "`average` must be"),
    Row("plot()", "`plot` needs something to draw"),
    Row("plot([1, 2], [1, 2, 3])", "`plot` was given 2 values of x and 3 of y"),
    Row("scatter(ones(3, 3))", "points in a plane have two coordinates; these have shape [3, 3]"),
    Row("bar([\"a\"], [1, 2])", "1 labels for 2 values"),
    Row("show(ones(2, 2, 2, 2, 2))", "`show` draws images"),
    Row("heatmap([1, 2])", "`heatmap` needs a matrix"),
    Row("save(plot([1]), \"a.png\")", "a picture is saved as SVG"),
    Row("watch()", "`watch` needs a value"),
    Row("pad([1], -1)", "can't be negative"),
    Row("var([1], sample: true)", "at least two elements"),
    Row("exp(\"a\")", "the argument of `exp`"),
    Row("exp()", "the argument of `exp`"),
    Row("optimizer([param(1.0)], 3) { p, g, s -> p }", "given by name"),
  ]

  @Test(arguments: rows)
  func fails(_ row: Row) {
    var runner = Runner()
    let report = runner.error(row.program)
    #expect(report.contains(row.expected), "\(row.program)\n\(report)")
  }
}
