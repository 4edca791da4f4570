import Foundation
import Tensors
import Testing

/// Convolution and pooling: sizes that the table's samples are too small for, threads, errors, and what PyTorch computes.
@Suite struct WindowTests {
  /// Numbers of no pattern.
  private func numbers(_ engine: Engine, _ sizes: [Int], _ type: ElementType, salt: Double = 0) throws -> Tensor {
    let count = sizes.reduce(1, *)
    return try engine.tensor(
      doubles: (0..<count).map { index in
        let spread = Double(index + 1) * 0.6180339887498949 + salt
        return 2 * (spread - spread.rounded(.down)) - 1
      }, Shape(sizes), as: type)
  }

  private struct Case: CustomTestStringConvertible {
    let x: [Int]
    let kernel: [Int]
    let windows: Windows
    var testDescription: String { "\(x) \(kernel) \(windows.strideY) \(windows.top)" }
  }

  private static let same = Windows(top: 1, bottom: 1, left: 1, right: 1)
  private static let cases = [
    Case(x: [32, 1, 8, 8], kernel: [16, 1, 3, 3], windows: same),
    Case(x: [33, 16, 8, 8], kernel: [32, 16, 3, 3], windows: same),
    // Several blocks an image, several groups of channels.
    Case(x: [3, 40, 41, 37], kernel: [9, 40, 3, 3], windows: same),
    Case(x: [2, 3, 50, 61], kernel: [8, 3, 5, 4], windows: Windows(strideY: 2, strideX: 3, top: 2, bottom: 1, left: 1, right: 2)),
    // One row so wide that it is divided.
    Case(x: [1, 4, 1, 9000], kernel: [3, 4, 1, 9], windows: Windows(strideX: 1, left: 4, right: 4)),
    Case(x: [2, 4, 1, 9000], kernel: [3, 4, 1, 9], windows: Windows(strideX: 4, left: 8)),
    Case(x: [5, 24, 30, 30], kernel: [12, 24, 1, 1], windows: Windows()),
    // Outputs of one element.
    Case(x: [70, 5, 3, 3], kernel: [11, 5, 3, 3], windows: Windows()),
  ]

  /// By a way that shares nothing: a sum over the kernel's places of slices times weights.
  private func slow(_ engine: Engine, _ x: Tensor, _ kernel: Tensor, _ w: Windows) throws -> Tensor {
    let padded = try engine.pad(x, [(0, 0), (0, 0), (w.top, w.bottom), (w.left, w.right)], value: 0)
    let down = (padded.shape[2] - kernel.shape[2]) / w.strideY + 1, across = (padded.shape[3] - kernel.shape[3]) / w.strideX + 1
    let (n, c, f) = (x.shape[0], x.shape[1], kernel.shape[0])
    var total = try engine.full(0, Shape([n, f, down * across]), x.type)
    for row in 0..<kernel.shape[2] {
      for column in 0..<kernel.shape[3] {
        let seen = try engine.slice(
          padded, [(0, n, 1), (0, c, 1), (row, down, w.strideY), (column, across, w.strideX)].map { (start: $0.0, count: $0.1, step: $0.2) })
        let weights = try engine.slice(kernel, [(0, f, 1), (0, c, 1), (row, 1, 1), (column, 1, 1)].map { (start: $0.0, count: $0.1, step: $0.2) })
        total = try engine.binary(
          .add, total, engine.matrixProduct(engine.reshape(weights, [f, c]), engine.reshape(seen, [n, c, down * across])))
      }
    }
    return try engine.reshape(total, [n, f, down, across])
  }

  /// The result and both gradients.
  private func all(_ engine: Engine, _ c: Case, _ type: ElementType, _ body: (Tensor, Tensor) throws -> Tensor) throws -> [[Double]] {
    let r = engine.open()
    defer { engine.close(r) }
    let x = engine.mark(try numbers(engine, c.x, type), in: r), kernel = engine.mark(try numbers(engine, c.kernel, type, salt: 0.3), in: r)
    let y = try body(x, kernel)
    let g = try numbers(engine, y.shape.dimensions, type, salt: 0.7)
    let gradients = try engine.gradients(of: y, seed: g, withRespectTo: [x, kernel], in: r)
    return try [engine.doubles(y)] + gradients.map { try engine.doubles(#require($0)) }
  }

  @Test(arguments: cases)
  private func largeSizes(_ c: Case) throws {
    let engine = Engine(threads: 2)
    for (type, tolerance) in [(ElementType.f64, 1e-11), (.f32, 2e-4)] {
      let found = try all(engine, c, type) { try engine.convolution($0, $1, c.windows) }
      let expected = try all(engine, c, .f64) { try slow(engine, $0, $1, c.windows) }
      for (part, values) in found.enumerated() { #expect(agree(values, expected[part], tolerance), "part \(part) in \(type)") }
    }
  }

  @Test(arguments: cases)
  private func theSameBitsOnAnyNumberOfThreads(_ c: Case) throws {
    let one = Engine(threads: 1), two = Engine(threads: 2), three = Engine(threads: 3)
    let expected = try all(one, c, .f32) { try one.convolution($0, $1, c.windows) }
    #expect(try all(two, c, .f32) { try two.convolution($0, $1, c.windows) } == expected)
    #expect(try all(three, c, .f32) { try three.convolution($0, $1, c.windows) } == expected)
  }

  @Test func pooling() throws {
    let engine = Engine(threads: 2)
    func pooled(_ values: [Double], _ sizes: [Int], _ size: Int, _ windows: Windows) throws -> [Double] {
      try engine.doubles(engine.maxPool(engine.tensor(doubles: values, Shape(sizes)), height: size, width: size, windows))
    }
    let halves = Windows(strideY: 2, strideX: 2)
    // The border is never chosen; rows that fill no window are left out.
    #expect(try pooled([-3, -1, -2, -4], [1, 1, 2, 2], 2, Windows(strideY: 2, strideX: 2, top: 1, bottom: 1, left: 1, right: 1)) == [-3, -1, -2, -4])
    #expect(try pooled([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 1, 3, 3], 2, halves) == [5])
    #expect(try pooled([1, .infinity, 3, -.infinity], [1, 1, 2, 2], 2, halves) == [.infinity])
    // A nan wins, wherever it stands, and the first of several gets the gradient.
    #expect(try pooled([.nan, 5, 3, 4], [1, 1, 2, 2], 2, halves)[0].isNaN)
    #expect(try pooled([1, 5, 3, .nan], [1, 1, 2, 2], 2, halves)[0].isNaN)
    let r = engine.open()
    defer { engine.close(r) }
    let x = engine.mark(try engine.tensor(doubles: [7, 7, .nan, .nan, 2, 2, 2, 2], shape(1, 2, 2, 2)), in: r)
    let y = try engine.maxPool(x, height: 2, width: 2, halves)
    let g = try engine.gradients(of: y, seed: engine.tensor(doubles: [3, 4], shape(1, 2, 1, 1)), withRespectTo: [x], in: r)
    #expect(try engine.doubles(#require(g[0])) == [0, 0, 3, 0, 4, 0, 0, 0])
  }

  /// The size of the window, strides and paddings; more than a register of windows a row, windows apart and overlapping.
  private static let pools: [(height: Int, width: Int, windows: Windows)] = [
    (2, 2, Windows(strideY: 2, strideX: 2)), (3, 3, Windows(strideY: 2, strideX: 2, top: 1, bottom: 1, left: 1, right: 1)), (5, 5, Windows()),
    (4, 5, Windows(strideY: 3, strideX: 3, top: 3, bottom: 1, left: 4, right: 2)), (1, 2, Windows(strideY: 2, strideX: 5)),
    (2, 1, Windows(strideX: 3)), (6, 7, Windows(strideX: 4, top: 5, left: 6, right: 6)), (9, 41, Windows()), (9, 40, Windows(right: 39)),
  ]

  @Test(arguments: pools)
  private func poolsAsCountedOneByOne(_ pool: (height: Int, width: Int, windows: Windows)) throws {
    let (height, width, windows) = pool
    let sizes = [2, 2, 9, 41]
    for (type, threads) in [(ElementType.f32, 2), (.f64, 1)] {
      let engine = Engine(threads: threads)
      // Few values, so that many are equal, and some that are infinite.
      let x = Plain(sizes, try engine.doubles(numbers(engine, sizes, .f32)).map { $0 < -0.6 ? -.infinity : ($0 * 4).rounded() })
      let reference = WindowReference(
        [windows.strideY, windows.strideX, windows.top, windows.bottom, windows.left, windows.right], kernel: [height, width])
      let outSizes = [2, 2] + reference.counts([9, 41])
      let g = Plain(outSizes) { Double($0[3] + 50 * $0[2] + 1) }
      var y: [Double] = [], dx = Plain(sizes) { _ in 0 }
      for p in Plain.positions(outSizes) {
        let seen = reference.places(p, sizes).map { [p[0], p[1], $0.y, $0.x] }
        let greatest = try #require(seen.map { x[$0] }.max())
        y.append(greatest)
        dx.add(g[p], at: try #require(seen.first { x[$0] == greatest }))
      }
      let r = engine.open()
      defer { engine.close(r) }
      let input = engine.mark(try engine.tensor(doubles: x.values, Shape(sizes), as: type), in: r)
      let pooled = try engine.maxPool(input, height: height, width: width, windows)
      #expect(try engine.doubles(pooled) == y)
      let found = try engine.gradients(of: pooled, seed: engine.tensor(doubles: g.values, Shape(outSizes), as: type), withRespectTo: [input], in: r)
      #expect(try engine.doubles(#require(found[0])) == dx.values)
    }
  }

  @Test func poolsOfManyPlanesOnAnyNumberOfThreads() throws {
    let one = Engine(threads: 1), two = Engine(threads: 2)
    func run(_ engine: Engine) throws -> [Double] {
      try engine.doubles(engine.maxPool(numbers(engine, [9, 8, 31, 30], .f32), height: 3, width: 2, Windows(strideY: 2, strideX: 2, top: 1)))
    }
    #expect(try run(one) == run(two))
  }

  @Test func whatIsRefused() throws {
    let engine = Engine(threads: 1)
    let x = try engine.full(1, shape(2, 3, 4, 5), .f32)
    func kernel(_ sizes: Int..., type: ElementType = .f32) throws -> Tensor { try engine.full(1, Shape(sizes), type) }
    let refused: [(String, () throws -> Tensor)] = [
      ("rank of images", { try engine.convolution(engine.full(1, shape(3, 4, 5), .f32), kernel(2, 3, 3, 3), Windows()) }),
      ("rank of the kernel", { try engine.convolution(x, kernel(3, 3), Windows()) }),
      ("channels", { try engine.convolution(x, kernel(2, 4, 3, 3), Windows()) }),
      ("too high", { try engine.convolution(x, kernel(2, 3, 5, 3), Windows()) }),
      ("too wide", { try engine.convolution(x, kernel(2, 3, 3, 8), Windows(left: 1, right: 1)) }),
      ("empty kernel", { try engine.convolution(x, kernel(2, 3, 0, 3), Windows()) }),
      ("stride 0", { try engine.convolution(x, kernel(2, 3, 3, 3), Windows(strideY: 0)) }),
      ("stride -1", { try engine.convolution(x, kernel(2, 3, 3, 3), Windows(strideX: -1)) }),
      ("padding -1", { try engine.convolution(x, kernel(2, 3, 3, 3), Windows(right: -1)) }),
      ("huge padding", { try engine.convolution(x, kernel(2, 3, 3, 3), Windows(top: .max, bottom: .max)) }),
      ("huge result", { try engine.convolution(x, kernel(2, 3, 3, 3), Windows(top: 1 << 30, bottom: 1 << 30, left: 1 << 30, right: 1 << 30)) }),
      ("whole numbers", { try engine.convolution(engine.cast(x, to: .i32), kernel(2, 3, 3, 3, type: .i32), Windows()) }),
      ("pool of whole numbers", { try engine.maxPool(engine.cast(x, to: .i32), height: 2, width: 2, Windows()) }),
      ("pool too high", { try engine.maxPool(x, height: 5, width: 2, Windows()) }),
      ("pool of size 0", { try engine.maxPool(x, height: 0, width: 2, Windows()) }),
      ("pool of the border", { try engine.maxPool(x, height: 2, width: 2, Windows(top: 2, bottom: 2)) }),
      ("pool of nothing", { try engine.maxPool(engine.full(0, shape(1, 1, 0, 4), .f32), height: 2, width: 2, Windows(top: 1, bottom: 1)) }),
      ("pool's gradient", { try engine.apply(.maxPoolScatter, [x, x], Primitive.Attributes(list: [2, 2, 2, 2, 0, 0, 0, 0])) }),
      ("gradient by the images", { try engine.apply(.convolutionInput, [x, kernel(3, 2, 3, 3)], Primitive.Attributes(list: [1, 1, 0, 0, 0, 0, 4, 5])) }),
    ]
    for (name, body) in refused {
      do {
        _ = try body()
        Issue.record("\(name) is not refused")
      } catch is TensorError {
      } catch { Issue.record("\(name): \(error)") }
    }
    #expect(engine.pendingNodes == 0)
  }

  @Test func typesMixUpwards() throws {
    let engine = Engine(threads: 1)
    let whole = try engine.full(2, shape(1, 1, 2, 2), .i32), kernel = try engine.full(0.5, shape(1, 1, 2, 2), .f32)
    let y = try engine.convolution(whole, kernel, Windows())
    #expect(y.type == .f32)
    #expect(try engine.doubles(y) == [4])
  }

  // MARK: PyTorch

  /// One network of the stored file: settings, and tensors by name.
  private struct Stored {
    var name = ""
    var settings: [Int] = []
    var tensors: [String: Plain] = [:]
  }

  private func stored() throws -> [Stored] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("ReferenceValues/convolution.txt")
    var all: [Stored] = []
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      if words[0] == "settings" {
        all.append(Stored(name: words[1], settings: words.dropFirst(2).compactMap { Int($0) }))
      } else {
        all[all.count - 1].tensors[words[0]] = Plain(words[1].split(separator: ",").compactMap { Int($0) }, words.dropFirst(2).compactMap { Double($0) })
      }
    }
    return all
  }

  /// conv2d, bias, relu and maxpool; the loss is Σ w · y². Values, gradients, and the gradient of the gradients' squares.
  @Test func asPyTorchComputesIt() throws {
    let networks = try stored()
    #expect(networks.count == 3)
    for network in networks {
      for (type, tolerance, second) in [(ElementType.f64, 1e-10, true), (.f32, 1e-5, false)] {
        let engine = Engine(threads: 2)
        let outer = engine.open(), inner = engine.open()
        defer { engine.close(outer) }
        func tensor(_ name: String) throws -> Tensor {
          let plain = try #require(network.tensors[name])
          return try engine.tensor(doubles: plain.values, Shape(plain.sizes), as: type)
        }
        func expect(_ tensor: Tensor, _ name: String) throws {
          let expected = try #require(network.tensors[name]), values = try engine.doubles(tensor)
          #expect(tensor.shape.dimensions == expected.sizes)
          let scale = expected.values.reduce(1) { max($0, $1.magnitude) }
          #expect(zip(values, expected.values).allSatisfy { ($0 - $1).magnitude <= tolerance * scale }, "\(network.name) \(name) in \(type)")
        }
        let s = network.settings
        let inputs = try ["x", "kernel", "bias"].map { engine.mark(engine.mark(try tensor($0), in: outer), in: inner) }
        let convolved = try engine.binary(
          .add, engine.convolution(inputs[0], inputs[1], Windows(strideY: s[0], strideX: s[1], top: s[2], bottom: s[2], left: s[3], right: s[3])),
          engine.reshape(inputs[2], [inputs[2].count, 1, 1]))
        try expect(convolved, "convolved")
        let pooled = try engine.maxPool(
          engine.binary(.maximum, convolved, engine.scalar(0, type)), height: s[4], width: s[5],
          Windows(strideY: s[6], strideX: s[7], top: s[8], bottom: s[8], left: s[9], right: s[9]))
        try expect(pooled, "pooled")
        func total(_ x: Tensor) throws -> Tensor { try engine.reduce(.sum, x, axes: nil, keep: false) }
        let loss = try total(engine.binary(.multiply, tensor("weights"), engine.binary(.multiply, pooled, pooled)))
        let gradients = try engine.gradients(of: loss, seed: nil, withRespectTo: inputs, in: inner).map { try #require($0) }
        for (gradient, name) in zip(gradients, ["x", "kernel", "bias"]) { try expect(gradient, "gradient-" + name) }
        guard second else { continue }
        var squares = engine.scalar(0, type)
        for gradient in gradients { squares = try engine.binary(.add, squares, total(engine.binary(.multiply, gradient, gradient))) }
        let seconds = try engine.gradients(of: squares, seed: nil, withRespectTo: inputs, in: outer)
        for (gradient, name) in zip(seconds, ["x", "kernel", "bias"]) { try expect(#require(gradient), "second-" + name) }
      }
    }
  }
}

/// Where the windows over the last two axes of images stand: strides, then the padding at the top, bottom, left and right.
struct WindowReference {
  let list: [Int]
  let kernel: [Int]

  init(_ list: [Int], kernel: [Int]) {
    self.list = list
    self.kernel = kernel
  }

  /// Moves a window as long as it fits.
  func counts(_ sizes: [Int]) -> [Int] {
    (0..<2).map { axis in
      let padded = sizes[axis] + list[2 + 2 * axis] + list[3 + 2 * axis]
      return Swift.stride(from: 0, through: padded - kernel[axis], by: list[axis]).reduce(0) { count, _ in count + 1 }
    }
  }

  /// What the window of the output at `position` sees of the image: the place in the window and in the image.
  func places(_ position: [Int], _ sizes: [Int]) -> [(row: Int, column: Int, y: Int, x: Int)] {
    var all: [(row: Int, column: Int, y: Int, x: Int)] = []
    for row in 0..<kernel[0] {
      for column in 0..<kernel[1] {
        let y = position[2] * list[0] + row - list[2], x = position[3] * list[1] + column - list[4]
        if y >= 0 && y < sizes[2] && x >= 0 && x < sizes[3] { all.append((row, column, y, x)) }
      }
    }
    return all
  }
}
