import Foundation
import Language
import Syntax
import Testing

/// The network of the lesson on convolutions against PyTorch, which computed in double precision (ReferenceValues/cnn.py).
struct LessonNetworkTests {
  private static let program = """
    parameter(number, scale, sizes) = {
      i = i32(arange(prod(sizes)))
      (((17 * i * i + 977 * i + 1019 * number) % 2003 - 1001) / 1001 * scale).reshape(sizes)
    }
    data = digits()
    x = data.x[:16].expand(axis: 1)
    y = data.y[:16]
    model = conv2d(16, 3, padding: "same") >> relu >> conv2d(32, 3, padding: "same") >> relu >> maxpool(2) >> flatten >> dense(10)
    model(x)
    first, second, last = model[0], model[2], model[6]
    first.bias := parameter(1, 0.1, [16])
    first.weight := parameter(2, 0.2, [16, 1, 3, 3])
    second.bias := parameter(3, 0.1, [32])
    second.weight := parameter(4, 0.12, [32, 16, 3, 3])
    last.bias := parameter(5, 0.1, [10])
    last.weight := parameter(6, 0.1, [512, 10])
    objective() = cross_entropy(model(x), y)
    slopes = grad(objective, model.parameters)
    logits, loss = model(x), objective()
    opt = adam(model, lr: 5e-3)
    repeat 10 { step(opt) { objective() } }
    trained = model(x)
    # The largest difference, as a part of the largest number.
    apart(numbers, expected) = {
      numbers = numbers.reshape(-1)
      if numbers.size > 1000 { numbers = numbers[::7] }
      max(abs(numbers - expected)) / max(abs(expected))
    }
    """

  private func stored() throws -> [(name: String, numbers: [Substring])] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("ReferenceValues/cnn.txt")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
      let words = line.split(separator: " ")
      return (String(words[0]), Array(words.dropFirst()))
    }
  }

  @Test func asPyTorchComputesIt() throws {
    var runner = Runner()
    _ = try runner.run(LessonNetworkTests.program)
    let values = [
      "logits": "logits", "loss": "loss", "trained": "trained", "gradient-weight1": "slopes[0]", "gradient-bias1": "slopes[1]",
      "gradient-weight2": "slopes[2]", "gradient-bias2": "slopes[3]", "gradient-weight3": "slopes[4]", "gradient-bias3": "slopes[5]",
    ]
    let lines = try stored()
    #expect(Set(lines.map(\.name)) == Set(values.keys))
    for (name, numbers) in lines {
      let value = try #require(values[name])
      let difference = try runner.run("apart(\(value), [\(numbers.joined(separator: ", "))])")
      // In ten steps the rounding of f32 may put a number on the other side of a rectifier's kink.
      #expect(try #require(Double(difference)) < (name == "trained" ? 0.02 : 1e-5), "\(name): \(difference)")
    }
  }
}
