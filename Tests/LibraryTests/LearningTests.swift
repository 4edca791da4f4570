import Language
import Syntax
import Testing

/// Layers, losses, optimisers, training, metrics: programs and what they write.
struct LearningTests {
  private func check(_ row: Row) {
    var runner = Runner()
    do {
      let output = try runner.run(row.program)
      #expect(output == row.expected, "\(row.program)")
    } catch let error as GradusError {
      Issue.record("\(row.program): \(ErrorReport(error).text(color: false, ascii: false, width: 160))")
    } catch {
      Issue.record("\(row.program): \(error)")
    }
  }

  static let layers = [
    Row("d = dense(2, inputs: 3); print(d.weight.shape, d.bias.shape)", "(3, 2) (2,)"),
    Row("d = dense(2); d(ones(4, 3)).shape", "(4, 2)"),
    Row("d = dense(2, bias: false); d(ones(1, 3)); length(d.parameters)", "1"),
    Row("d = dense(1, inputs: 2, init: filled(0.5)); d([[1, 2]])", "[[1.5]]"),
    Row("net = dense(3) >> relu >> dense(2); net(ones(5, 4)).shape", "(5, 2)"),
    Row("net = flatten >> dense(2); net(ones(5, 2, 3)).shape", "(5, 2)"),
    Row("d = dropout(0.5); x = training { d(ones(10000)) }; abs(mean(x) - 1) < 0.05 and max(x) == 2", "true"),
    Row("d = dropout(0.5); all(d(ones(10)) == 1)", "true"),
    Row("e = embedding(5, 2); e([[0, 4]]).shape", "(1, 2, 2)"),
    Row("b = batchnorm(); y = training { b([[1, 10], [3, 30]]) }; round(y, 3)", "[[-1, -1], [1, 1]]"),
    Row("b = batchnorm(); training { b([[1, 10], [3, 30]]) }; print(round(b.running_mean, 4), round(b.running_variance, 4))", "[0.2, 2] [1.1, 20.9]"),
    Row("b = batchnorm(); b(ones(2, 3, 4, 4)).shape", "(2, 3, 4, 4)"),
    Row("l = layernorm(); round(l([[1, 3], [5, 5]]), 3)", "[[-1, 1], [0, 0]]"),
    Row("a = dense(2, inputs: 2); b = copy(a); b.weight := b.weight + 1; any(a.weight == b.weight)", "false"),
  ]
  @Test(arguments: layers) func runs(_ row: Row) {
    var runner = Runner()
    do {
      let output = try runner.run(row.program)
      #expect(agrees(output, with: row.expected), "\(row.program): \(output)")
    } catch {
      Issue.record("\(row.program): \(error)")
    }
  }

  static let losses = [
    Row("mse([1, 2], [1, 4])", "2"),
    Row("mse(3, 1)", "4"),
    Row("mse(list(1, 2), [1, 4])", "2"),
    Row("softmax(list(0, 0))", "[0.5, 0.5]"),
    Row("cross_entropy([[0, 0]], list(1))", "0.693147"),
    Row("mae([1, 2], [2, 4])", "1.5"),
    Row("huber([0, 0], [0.5, 3], delta: 1)", "1.3125"),
    Row("cross_entropy([[2, 1, 0]], [0])", "0.407606"),
    Row("cross_entropy([[2, 1, 0]], i32([0]))", "0.407606"),
    Row("cross_entropy([[2, 1, 0]], [[1, 0, 0]])", "0.407606"),
    Row("cross_entropy([[1000, 0]], [1])", "1000"),
    Row("round(grad(z -> cross_entropy(z, [0]))([[0, 0]]), 4)", "[[-0.5, 0.5]]"),
    Row("binary_cross_entropy([0, 100], [1, 1])", "0.346574"),
    Row("binary_cross_entropy([-1000], [1])", "1000"),
    Row("nll(log_softmax([[2, 1, 0]]), [0])", "0.407606"),
    Row("hinge([0.5, -2], [1, -1])", "0.25"),
    Row("kl_divergence([0.5, 0.5], [0.5, 0.5])", "0"),
    Row("round(sum(softmax([[1, 2], [3, 4]]), axis: 1), 5)", "[1, 1]"),
    Row("softmax([[1000, 0]])", "[[1, 0]]"),
    Row("softmax([[0, 0], [0, 0]], axis: 0)", "[[0.5, 0.5], [0.5, 0.5]]"),
    Row("relu'(0)", "0"),
    Row("(x -> relu(x))'([-1, 0, 2])", "[0, 0, 1]"),
    Row("gelu(1)", "0.841345"),
    Row("mish(1)", "0.865098"),
    Row("elu(-1)", "-0.632121"),
    Row("softplus(-1000)", "0"),
    Row("leaky_relu(-2, slope: 0.5)", "-1"),
  ]
  @Test(arguments: losses) func measures(_ row: Row) { check(row) }

  static let gradients = [
    "gelu", "silu", "mish", "softplus", "elu", "sigmoid", "tanh", "leaky_relu", "x -> softmax(x) * [1, 2, 3]", "x -> log_softmax(x) * [1, 2, 3]",
    "x -> logsumexp(x)", "x -> std(x)", "x -> norm(x)", "x -> sort(x) * [1, 2, 3]", "x -> roll(x, 1) * [1, 2, 3]", "x -> pad(x, 1) * [1, 2, 3, 4, 5]",
    "x -> huber(x, [0, 0, 0])", "x -> cross_entropy(x[new], [1])", "x -> binary_cross_entropy(x, [0, 1, 1])", "x -> cumsum(x)^2",
    "x -> gather(x, [2, 2, 0]) * [1, 2, 3]", "x -> clip(x, -1, 1) * [1, 2, 3]", "x -> max(x, 0.1) * [1, 2, 3]", "x -> layernorm()(x[new]) * [1, 2, 3]",
  ]
  @Test(arguments: gradients) func agreesWithDifferences(_ function: String) throws {
    var runner = Runner()
    let output = try runner.run("f = \(function)\ncheck_gradient(x -> sum(f(x)), [0.3, -0.7, 1.9]).error < 1e-6")
    #expect(output == "true", "\(function)")
  }

  /// Each optimiser against its formula, written out in double precision: three steps of a loss.
  @Test func optimisersFollowTheirFormulas() throws {
    let programs = [
      ("sgd([w], lr: 0.1)", "w - 0.1 * g"),
      ("sgd([w], lr: 0.1, momentum: 0.9)", "{ m := 0.9 * m + g; w - 0.1 * m }"),
      ("sgd([w], lr: 0.1, momentum: 0.9, nesterov: true)", "{ m := 0.9 * m + g; w - 0.1 * (g + 0.9 * m) }"),
      ("sgd([w], lr: 0.1, weight_decay: 0.5)", "w - 0.1 * (g + 0.5 * w)"),
      ("adam([w], lr: 0.1)", "{ m := 0.9 * m + 0.1 * g; v := 0.999 * v + 0.001 * g^2; w - 0.1 * (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8) }"),
      ("adamw([w], lr: 0.1, weight_decay: 0.5)", "{ m := 0.9 * m + 0.1 * g; v := 0.999 * v + 0.001 * g^2; w - 0.05 * w - 0.1 * (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8) }"),
      ("adagrad([w], lr: 0.5)", "{ v := v + g^2; w - 0.5 * g / (sqrt(v) + 1e-10) }"),
      ("rmsprop([w], lr: 0.1, decay: 0.75)", "{ v := 0.75 * v + 0.25 * g^2; w - 0.1 * g / (sqrt(v) + 1e-8) }"),
      ("sgd([w], lr: n -> 0.1 * (n + 1))", "w - 0.1 * t * g"),
    ]
    for (optimiser, rule) in programs {
      var runner = Runner()
      let output = try runner.run(
        """
        w = param(f64([1, -2]))
        opt = \(optimiser)
        repeat 3 { step(opt) { sum(w^3 + w^2) } }
        learned = value(w)
        w = f64([1, -2]); m = 0; v = 0; t = 0
        next(w, g) = \(rule)
        repeat 3 { t += 1; w = next(w, 3 * w^2 + 2 * w) }
        max(abs(learned - w)) < 1e-9
        """)
      #expect(output == "true", "\(optimiser)")
    }
  }

  static let training = [
    Row("w = param(1.0); opt = sgd([w], lr: 0.5); opt.lr = 0.25; step(opt) { w^2 }; number(w)", "0.5"),
    Row("w = param(1.0); opt = sgd([w]); try { step(opt) { error(\"no\") } } catch e { print(e.message) }; print(w, opt.steps)", "no\n1 0"),
    Row("net = dense(1); opt = sgd(net, lr: 0.1); try { step(opt) { net(ones(1, 2)); error(\"no\") } } catch e { 0 }; print(net.weight, length(net.parameters))", "nothing 1"),
    Row("w = param(1.0); opt = sgd([w], lr: 0.1); opt.clip_norm(0.5); step(opt) { 100 * w }; round(number(w), 4)", "0.95"),
    Row("a = param(1.0); freeze(a); opt = sgd([a], lr: 1); step(opt) { a^2 }; number(a)", "1"),
    Row("x = linspace(-1, 1, 32).reshape(32, 1); m = dense(1); run = fit(m, (x, 2x), loss: mse, optimizer: adam(m, lr: 0.1), epochs: 60, verbose: false); run.loss[-1] < 0.01 and run.epochs == 60", "true"),
    Row("x = rand(20, 2); y = i32(x[:, 0] > 0.5); m = dense(2); run = fit(m, (x, y), epochs: 2, validation: 0.25, metrics: [accuracy], verbose: false); keys(run)", "[\"loss\", \"val_loss\", \"accuracy\", \"val_accuracy\", \"epochs\"]"),
    Row("x = rand(20, 2); m = dense(2); run = fit(m, (x, x), loss: mse, epochs: 9, stop: r -> r.epochs == 3, verbose: false); length(run.loss)", "3"),
    Row("x = rand(8, 3); m = dense(3); run = fit(m, x, loss: mse, epochs: 1, verbose: false); length(run.loss)", "1"),
    Row("evaluate(x -> x, ([[1, 0], [0, 1]], [0, 0]), metrics: [accuracy]).accuracy", "0.5"),
    Row("predict(x -> x + 1, arange(5), batch: 2)", "[1, 2, 3, 4, 5]"),
    Row("e = early(patience: 2); print(e((loss: list(3, 2))), e((loss: list(2, 3, 4))))", "false true"),
    Row("seed(1); r = fit(dense(1, inputs: 1), (ones(4, 1), ones(4, 1)), loss: mse, epochs: 3, verbose: false); seed(1); s = fit(dense(1, inputs: 1), (ones(4, 1), ones(4, 1)), loss: mse, epochs: 3, verbose: false); r.loss == s.loss", "true"),
  ]
  @Test(arguments: training) func trains(_ row: Row) {
    var runner = Runner()
    do {
      let output = try runner.run(row.program)
      #expect(agrees(output, with: row.expected), "\(row.program): \(output)")
    } catch let error as GradusError {
      Issue.record("\(row.program): \(ErrorReport(error).text(color: false, ascii: false, width: 160))")
    } catch {
      Issue.record("\(row.program): \(error)")
    }
  }

  @Test func namesParametersThatNoGradientReaches() throws {
    var runner = Runner()
    _ = try runner.run("a = param(1.0); b = param(2.0)\nopt = sgd((used: a, idle: b), lr: 0.1)\nrepeat 3 { step(opt) { a^2 } }")
    #expect(runner.diagnostics == "note: no gradient reaches the parameter idle: the loss does not depend on it\n")
  }

  @Test func warnsOfSoftmaxTwice() throws {
    var runner = Runner()
    _ = try runner.run("m = dense(2) >> softmax\nfit(m, (rand(8, 3), zeros(8)), epochs: 2, verbose: false);")
    #expect(runner.diagnostics.contains("cross_entropy takes logits"))
    #expect(runner.diagnostics.split(separator: "\n").count == 1)
  }

  @Test func tellsOneLineAnEpoch() throws {
    var runner = Runner()
    _ = try runner.run("m = dense(1)\nfit(m, (ones(4, 1), ones(4, 1)), loss: mse, epochs: 2);")
    let lines = runner.diagnostics.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("epoch 1/2   loss ") == true)
  }

  static let metrics = [
    Row("accuracy([1, 0, 1], [1, 1, 1])", "0.666667"),
    Row("accuracy([[1, 2], [2, 1]], i32([1, 0]))", "1"),
    Row("accuracy([0.7, -1] > 0, [1, 0])", "1"),
    Row("confusion_matrix([0, 2], [0, 1])", "[[1, 0, 0], [0, 0, 1], [0, 0, 0]]"),
    Row("precision([0, 1, 1, 2], [0, 0, 1, 2])", "0.833333"),
    Row("recall([0, 1, 1, 2], [0, 0, 1, 2])", "0.833333"),
    Row("f1([0, 1, 1, 2], [0, 0, 1, 2])", "0.777778"),
    Row("f1([0, 1, 1, 2], [0, 0, 1, 2], average: \"micro\")", "0.75"),
    Row("f1([0, 1, 1, 2], [0, 0, 1, 2], average: \"weighted\")", "0.75"),
    Row("f1([0, 1, 1, 2], [0, 0, 1, 2], average: nothing)", "[0.666667, 0.666667, 1]"),
    Row("f1([0, 0], [2, 2])", "0"),
    Row("r2([2, 2, 2], [1, 2, 3])", "0"),
    Row("cosine(1, 10)(10)", "0"),
    Row("warmup(cosine(1, 10), 2)(2)", "1"),
    Row("exponential(1, 0.5)(2)", "0.25"),
    Row("one_cycle(1, 100)(0)", "0.04"),
    Row("train, test = train_test_split((arange(10), arange(10)), test: 0.3, shuffle: false); test.0", "[7, 8, 9]"),
    Row("length(batches(arange(10), 4))", "3"),
    Row("sort(concat(list(b for b in batches(arange(10), 4))))", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"),
    Row("b = batches((x: arange(3), y: [\"a\", \"b\", \"c\"]), 2, shuffle: false)[1]; print(b.x, b.y)", "[2] [\"c\"]"),
    Row("standardize([[3, 5]], like: [[1, 1], [3, 3]])", "[[1, 3]]"),
  ]
  @Test(arguments: metrics) func scores(_ row: Row) { check(row) }

  static let derivatives = [
    Row("grad((x, y) -> x^2 * y)(2, 3)", "(12, 4)"),
    Row("value_and_grad(x -> x^2)(3)", "(value: 9, grad: 6)"),
    Row("jacobian(x -> x^2)([1, 2])", "[[2, 0], [0, 4]]"),
    Row("jacobian(x -> x^2)(3)", "6"),
    Row("jacobian(x -> [x, x^2])(3)", "[1, 6]"),
    Row("jacobian((x, y) -> x * y)([1, 2], [3, 4])", "[[3, 0], [0, 4]]"),
    Row("jacobian(x -> outer(x, x))([1, 2, 3]).shape", "(3, 3, 3)"),
    Row("jacobian(x -> zeros(0))([1, 2]).shape", "(0, 2)"),
    Row("jacobian(x -> [1, 2])([1, 2])", "[[0, 0], [0, 0]]"),
    Row("sum(jacobian(cumsum)(arange(200)))", "20100"),
    Row("w = param([1, 2]); jacobian(x -> w * x)([3, 4])", "[[1, 0], [0, 2]]"),
    Row("w = param([1, 2]); jacobian(x -> x * x)(w)", "[[2, 0], [0, 4]]"),
    Row("f(x) = jacobian(y -> y * y)(x)[0, 0]; f'([1.0, 2.0])", "[2, 0]"),
    Row("hessian(x -> x[0]^2 * x[1])([1, 2])", "[[4, 2], [2, 0]]"),
    Row("hessian(x -> x^3)(2)", "12"),
    // A host function that calls back, inside of one that is told of its end.
    Row("((grad(x -> x^3))'(2), grad(grad(x -> x^3))(2), (hessian(x -> x^4))'(2))", "(12, 12, 48)"),
    Row("w = param([1.0, 2]); grad(() -> sum(jacobian(x -> w * x^2)([1, 2])), w)", "[2, 4]"),
    Row("s = state([0.0, 0]); g = (x -> { s := x^2; sum(s * x) })'([1, 2]); (g, s)", "([3, 12], [1, 4])"),
    Row("(x -> sum(x * detach(x)))'([1, 2])", "[1, 2]"),
    Row("(x -> x^2 + sum(detach(x)))'([1, 2])", "[2, 4]"),
    Row("(x -> where(x > 0, log(x), 0))'([0.0, 2])", "[0, 0.5]"),
    Row("check_gradient(x -> x^3, 2).error < 1e-6", "true"),
    Row("w = param([1, 2]); grad(() -> sum(w^2), w)", "[2, 4]"),
  ]
  @Test(arguments: derivatives) func derives(_ row: Row) { check(row) }
}
