import Syntax
import Tensors

/// The words for an error of the tensors.
func message(for error: TensorError) -> Failure {
  switch error {
  case .shapesDoNotBroadcast(let operation, let a, let b, let axis):
    return Failure(
      .shape, "shapes do not agree in \(quoted(operation)): \(a) \(infix(operation)) \(b)", notes: alignment(a, b, axis: axis), hint: broadcastHint(a, b))
  case .innerSizes(let a, let b):
    return Failure(.shape, "shapes do not agree in `@`: \(a) @ \(b)", notes: innerNotes(a, b), hint: innerHint(a, b))
  case .rank(let operation, let shape, let expected):
    return Failure(
      .shape, "\(quoted(operation)) needs a tensor of \(axes(expected)), and shape \(shape) has \(shape.rank == 0 ? "none" : String(shape.rank))",
      hint: shape.rank == expected - 1 ? "`x[new]` adds an axis in front, `x[..., new]` at the end" : nil)
  case .notSquare(let operation, let shape):
    return Failure(
      .shape, "\(quoted(operation)) needs a square matrix, and shape \(shape) has \(shape[shape.rank - 2]) rows and \(shape[shape.rank - 1]) columns",
      hint: operation == "solve" ? "`lstsq(a, b)` solves systems that are not square, as well as they can be" : nil)
  case .systemRows(let operation, let matrix, let right):
    return systemFailure(operation, matrix, right)
  case .axisOutOfRange(let operation, let axis, let rank):
    return Failure(
      .index, "\(quoted(operation)) has no axis \(axis): the tensor has \(axes(rank))",
      notes: rank > 0 ? ["axes run from 0 to \(rank - 1), or from \(-rank) to -1"] : ["it is a single number"])
  case .repeatedAxis(let operation, let axis):
    return Failure(.argument, "axis \(axis) is given twice to \(quoted(operation))")
  case .reshape(let from, let dimensions):
    return reshapeFailure(from, dimensions)
  case .broadcast(let from, let to):
    return Failure(.shape, "shape \(from) does not stretch to \(to)", notes: alignment(from, to, axis: firstMisfit(from, to)))
  case .sliceOutOfRange(let start, let count, let step, let length, let axis):
    return Failure(.index, "\(elements(count)) from \(start) on\(step == 1 ? "" : " in steps of \(step)") do not lie in axis \(axis), which has \(elements(length))")
  case .concatenate(let first, let other, let position, let axis):
    return Failure(
      .shape, "tensors of the shapes \(first) and \(other) cannot be joined along axis \(axis)",
      notes: ["part \(position) differs from part 0 in " + (first.rank == other.rank ? "another axis than \(axis)" : "its number of axes")],
      hint: first == other ? nil : "all sizes but that of axis \(axis) must agree")
  case .noParts(let operation):
    return Failure(.value, "\(quoted(operation)) needs at least one tensor")
  case .rankTooHigh(let rank):
    return Failure(.limit, "a tensor has \(Shape.maximumRank) axes at most, and this one would have \(rank)")
  case .negativeSize(let size):
    return Failure(.value, "an axis cannot have \(size) elements", hint: "sizes are whole numbers from 0 on")
  case .tooManyElements(let dimensions):
    return Failure(.limit, "a tensor of shape \(list(dimensions)) would be too large for any memory")
  case .valueCount(let expected, let found):
    return Failure(.value, "the shape needs \(elements(expected)), and there are \(found)")
  case .emptyReduction(let operation, let shape):
    return Failure(.value, "\(quoted(operation)) of no elements: the tensor has shape \(shape)", notes: ["it has no value for nothing"])
  case .notOneNumber(let shape):
    return Failure(.type, "one number is needed here, and a tensor of shape \(shape) has \(shape.count)", hint: shape.count == 1 ? "`x[\(shape.dimensions.map { _ in "0" }.joined(separator: ", "))]` takes its one element" : "sum(x) or mean(x) make one number of it")

  case .channels(let operation, let images, let kernel, let groups):
    return Failure(
      .shape, "the channels do not agree in \(quoted(operation)): images \(images), kernel \(kernel)",
      notes: [
        groups == 1
          ? "images are [batch, channels, height, width], a kernel is [filters, channels, rows, columns]: \(images[1]) ≠ \(kernel[1])"
          : "in \(groups) groups a filter reads \(images[1] / groups) of \(images[1]) channels, and the kernel has \(kernel[1])"
      ],
      hint: groups == 1 && images[3] == kernel[1] && images[1] != kernel[1] ? "`permute(x, 0, 3, 1, 2)` moves the channels of images [batch, height, width, channels]" : nil)
  case .einsum(let subscripts, let problem):
    return einsumFailure(subscripts, problem)
  case .transposedChannels(let operation, let images, let kernel):
    return Failure(
      .shape, "the channels do not agree in \(quoted(operation)): images \(images), kernel \(kernel)",
      notes: ["images are [batch, channels, height, width], a transposed kernel is [channels, filters, rows, columns]: \(images[1]) ≠ \(kernel[0])"])
  case .outputPadding(let operation, let more, let stride):
    return Failure(
      .value, "the output padding of \(quoted(operation)) is \(more), and the stride is \(stride)",
      notes: ["it chooses between sizes that the same windows fit, so it is 0 or more and less than the stride"])
  case .groups(let operation, let channels, let filters, let groups):
    return Failure(
      .value, "\(quoted(operation)) cannot divide \(channels) channels and \(filters) filters into \(groups) groups",
      notes: ["the number of groups must divide both"])
  case .windowTooLarge(let operation, let images, let axis, let window, let padding):
    let padded = padding == 0 ? "" : ", \(images[axis] + padding) with the padding"
    return Failure(
      .shape, "a window of \(window) does not fit in \(quoted(operation)): axis \(axis) of \(images) has size \(images[axis])\(padded)",
      hint: padding == 0 && images[axis] > 0 ? "`padding: \(window / 2)` adds zeros on both sides" : nil)
  case .windowSetting(let operation, let setting, let value, let least):
    return Failure(.value, "the \(setting) of \(quoted(operation)) must be \(least) or more and less than 2147483648, not \(value)")
  case .paddingTooLarge(let operation, let padding, let window):
    return Failure(
      .value, "a padding of \(padding) is too much for a window of \(window) in \(quoted(operation))",
      notes: ["a window could lie in the padding alone, where it has no greatest element"], hint: "the padding must be smaller than the window")
  case .gradientShape(let operation, let expected, let found):
    return Failure(.shape, "\(quoted(operation)) needs a gradient of shape \(list(expected)), not \(found)")

  case .typeMismatch(let operation, let expected, let found):
    let names = expected.map(\.name)
    let wanted = names.count > 1 ? names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "") : names.first ?? "another type"
    return Failure(.type, "\(quoted(operation)) takes \(wanted), not \(found.name)", hint: typeHint(expected, found))
  case .wholeNumber(let number):
    return Failure(
      .type, "\(NumberText.plain(number, digits: 6)) stands where an i32 is needed, and it is not a whole number of 32 bits",
      notes: ["a number takes the type of the tensor beside it"], hint: "f32(x) makes f32 of the i32 tensor")

  case .indexOutOfRange(let index, let length, let axis):
    return Failure(
      .index, "index \(index) is out of range: axis \(axis) has \(elements(length))",
      notes: [length == 0 ? "it is empty" : "indices run from 0 to \(length - 1), or from \(-length) to -1"])
  case .integerOverflow("cast"):
    return Failure(
      .value, "a number does not fit into i32, whose range is -2147483648 to 2147483647",
      notes: ["`[…]` holds f32, which has 7 digits: 2147483647 becomes 2147483648 there"], hint: "f64(x) holds whole numbers up to 2^53, `tensor(list(…), type: i32)` keeps them in full")
  case .integerOverflow(let operation):
    return Failure(.value, "\(quoted(operation)) leaves the range of i32, which is -2147483648 to 2147483647", hint: "f32(x) or f64(x) hold larger numbers")
  case .divisionByZero(let operation):
    return Failure(.value, "division by zero in \(quoted(operation))", hint: "f32(x) makes inf of it")
  case .singularMatrix(let operation, let shape, let matrix):
    return Failure(
      .value, "the matrix in \(quoted(operation)) is singular: it has no inverse",
      notes: (shape.rank > 2 ? ["it is number \(matrix) of a batch of shape \(shape)"] : []) + ["its rows depend on each other, up to rounding"],
      hint: operation == "det" || operation == "slogdet" ? nil : "`lstsq(a, b)` finds the shortest of the best solutions; `a + 1e-6 * eye(n)` is regular")
  case .notPositiveDefinite(let shape, let matrix, let minor):
    return Failure(
      .value, "the matrix in `cholesky` is not positive definite",
      notes: (shape.rank > 2 ? ["it is number \(matrix) of a batch of shape \(shape)"] : [])
        + ["the determinant of its first \(minor == 1 ? "row and column" : "\(minor) rows and columns") is not positive"],
      hint: "`eigh(a).values` shows how far it is from that; `a + 1e-6 * eye(n)` helps where rounding is to blame")
  case .negativeExponent(let operation):
    return Failure(.value, "an i32 to a negative power in \(quoted(operation)) is no whole number", hint: "f32(x) has fractions")

  case .memory(let needed, let limit, let largest):
    return Failure(
      .limit, "not enough memory: \(bytes(needed)) are needed, \(bytes(limit)) allowed",
      notes: largest.prefix(3).map { "tensor \($0) \($1.name) takes \(bytes($0.count * $1.byteSize))" },
      hint: "a smaller batch needs less; `--memory-limit` sets the limit")
  case .interrupted:
    return Failure(.interrupted, "interrupted")

  case .recordingClosed:
    return Failure(.derivative, "the derivative is over", hint: "take the gradient inside of the function that computes the loss")
  case .wrongOperands(let operation, let expected, let found):
    return Failure(.argument, "\(quoted(operation)) takes \(expected) tensor\(expected == 1 ? "" : "s"), not \(found)")
  }
}

// MARK: Shapes

/// Both shapes aligned at the right, and a mark below the axis where they differ, which counts from the right.
private func alignment(_ a: Shape, _ b: Shape, axis: Int) -> [String] {
  let rank = max(a.rank, b.rank)
  guard rank > 0, axis < 0, -axis <= rank else { return [] }
  func size(_ shape: Shape, _ axis: Int) -> String { axis <= shape.rank ? String(shape[shape.rank - axis]) : "" }
  let widths = (1...rank).map { max(size(a, $0).count, size(b, $0).count) }
  func line(_ shape: Shape) -> String {
    var text = "]"
    for axis in 1...rank {
      if axis > shape.rank {
        // As wide as ", " and the size would be.
        text = String(repeating: " ", count: widths[axis - 1] + 2) + text
      } else {
        let isFirst = axis == shape.rank
        text = size(shape, axis).leftPadded(widths[axis - 1]) + text
        text = isFirst ? openBracket(text) : ", " + text
      }
    }
    return shape.rank == 0 ? "[" + text.drop { $0 == " " } : text
  }
  func openBracket(_ text: String) -> String {
    // The bracket stands right before the first digit.
    let spaces = text.prefix { $0 == " " }.count
    return String(repeating: " ", count: spaces) + "[" + text.dropFirst(spaces)
  }
  let lines = [line(a), line(b)]
  let width = lines.map(\.count).max() ?? 0
  // Behind the marked axis stand the smaller ones and the bracket.
  let behind = widths[..<(-axis - 1)].reduce(1) { $0 + $1 + 2 }
  let mark = String(repeating: "^", count: widths[-axis - 1])
  let facts = " axis \(axis): \(size(a, -axis)) ≠ \(size(b, -axis))"
  return lines.map { $0.leftPadded(width) } + [mark.leftPadded(width - behind) + String(repeating: " ", count: behind) + facts]
}

/// The first axis from the right that does not stretch.
private func firstMisfit(_ from: Shape, _ to: Shape) -> Int {
  for axis in 1...max(from.rank, to.rank, 1) {
    let size = axis <= from.rank ? from[from.rank - axis] : 1
    let wanted = axis <= to.rank ? to[to.rank - axis] : 1
    if axis > to.rank || (size != wanted && size != 1) { return -axis }
  }
  return -1
}

private func broadcastHint(_ a: Shape, _ b: Shape) -> String? {
  func fits(_ x: [Int], _ y: [Int]) -> Bool {
    guard let x = try? Shape(x), let y = try? Shape(y) else { return false }
    return (try? Shape.broadcast(x, y, operation: "")) != nil
  }
  let left = a.dimensions, right = b.dimensions
  // One value a row: the axis to stretch along is missing at the end.
  if right.count < left.count, fits(left, right + Array(repeating: 1, count: left.count - right.count)) {
    let news = Array(repeating: "new", count: left.count - right.count).joined(separator: ", ")
    return "`y[..., \(news)]` gives the right side the shape \(list(right + Array(repeating: 1, count: left.count - right.count)))"
  }
  if left.count < right.count, fits(left + Array(repeating: 1, count: right.count - left.count), right) {
    let news = Array(repeating: "new", count: right.count - left.count).joined(separator: ", ")
    return "`x[..., \(news)]` gives the left side the shape \(list(left + Array(repeating: 1, count: right.count - left.count)))"
  }
  if right.count >= 2 {
    let swapped = right.dropLast(2) + [right[right.count - 1], right[right.count - 2]]
    if fits(left, Array(swapped)) { return "`.T` gives the right side the shape \(list(Array(swapped)))" }
  }
  if left.count == 1, right.count == 1 { return "`x[:, new]` against `y` makes all pairs, of shape \(list(left + right))" }
  return nil
}

private func einsumFailure(_ subscripts: String, _ problem: EinsumProblem) -> Failure {
  let title = "`einsum` of \"\(subscripts)\""
  switch problem {
  case .character(let character):
    return Failure(.value, "\(title): `\(character)` has no meaning there", hint: "letters name axes, `,` divides operands, `->` stands before the result: \"ij,jk->ik\"")
  case .misplaced(let part):
    return Failure(.value, "\(title): `\(part)` is not complete or stands there once too often")
  case .operands(let expected, let found):
    return Failure(.argument, "\(title) takes \(expected) tensor\(expected == 1 ? "" : "s"), and there \(found == 1 ? "is" : "are") \(found)")
  case .axes(let operand, let letters, let hasEllipsis, let shape):
    return Failure(
      .shape, "\(title): operand \(operand) has \(axes(shape.rank)), its shape is \(shape), and its letters name \(hasEllipsis ? "at least " : "")\(letters)",
      hint: hasEllipsis || letters > shape.rank ? nil : "`...` stands for the axes without a letter")
  case .sizes(let label, let first, let second):
    return Failure(.shape, "\(title): the axes named `\(label)` have the sizes \(first) and \(second)")
  case .unknownOutput(let letter):
    return Failure(.value, "\(title): the result has an axis `\(letter)`, and no operand has one")
  case .repeatedOutput(let letter):
    return Failure(.value, "\(title): the result has `\(letter)` twice")
  case .droppedEllipsis:
    return Failure(.value, "\(title): the result leaves out the axes that `...` stands for", hint: "`sum` over them afterwards, or give them letters")
  }
}

private func systemFailure(_ operation: String, _ matrix: Shape, _ right: Shape) -> Failure {
  let title = "shapes do not agree in \(quoted(operation)): \(matrix) and \(right)"
  if right.rank == 0 { return Failure(.shape, title, notes: ["the right side needs an axis at least"]) }
  let rows = right[right.rank == 1 ? 0 : right.rank - 2], n = matrix[matrix.rank - 1]
  if rows != n {
    return Failure(
      .shape, title, notes: ["the right side needs as many rows as the matrix: \(rows) ≠ \(n)"],
      hint: right.rank >= 2 && right[right.rank - 1] == n ? "`.T` on the right side, or for a batch of vectors `b[..., new]`" : nil)
  }
  return Failure(.shape, title, notes: ["the axes before the last two must agree or be 1"])
}

private func innerNotes(_ a: Shape, _ b: Shape) -> [String] {
  if a.rank == 0 || b.rank == 0 { return ["both sides need an axis at least: `*` multiplies by a number"] }
  let inner = b.rank == 1 ? b[0] : b[b.rank - 2]
  if a[a.rank - 1] != inner { return ["the inner sizes must match: \(a[a.rank - 1]) ≠ \(inner)"] }
  return ["the axes before the last two must agree"]
}

private func innerHint(_ a: Shape, _ b: Shape) -> String? {
  guard a.rank > 0, b.rank > 0 else { return nil }
  let length = a[a.rank - 1]
  if b.rank >= 2 {
    let rows = b[b.rank - 2], columns = b[b.rank - 1]
    if rows == length { return nil }
    if columns == length { return "`.T` on the right side makes it \(list(Array(b.dimensions.dropLast(2)) + [columns, rows]))" }
    if a.rank >= 2, a[a.rank - 2] == rows { return "`.T` on the left side makes it \(list(Array(a.dimensions.dropLast(2)) + [length, rows]))" }
    return "the right side may want shape \(list(Array(b.dimensions.dropLast(2)) + [length, columns]))"
  }
  return "the right side may want shape [\(length)]"
}

private func reshapeFailure(_ from: Shape, _ dimensions: [Int]) -> Failure {
  let unknown = dimensions.filter { $0 == -1 }.count
  let title = "shape \(from) cannot become \(list(dimensions))"
  if unknown > 1 { return Failure(.shape, title, notes: ["one size at most may be -1, which means: as large as it has to be"]) }
  if let size = dimensions.first(where: { $0 < -1 }) { return Failure(.shape, title, notes: ["\(size) is no size"]) }
  let known = dimensions.filter { $0 != -1 }.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
  let note = unknown == 1 ? "\(elements(from.count)) cannot be divided into rows of \(known)" : "\(from) has \(elements(from.count)), \(list(dimensions)) has \(known)"
  return Failure(.shape, title, notes: [note], hint: unknown == 0 ? "-1 in place of one size means: as large as it has to be" : nil)
}

// MARK: Words

/// Operators go between their operands.
private func infix(_ operation: String) -> String { operation.contains { $0.isLetter } ? "and" : operation }
private func quoted(_ operation: String) -> String { "`\(operation)`" }
private func axes(_ count: Int) -> String { count == 0 ? "no axes" : count == 1 ? "one axis" : "\(count) axes" }
private func elements(_ count: Int) -> String { "\(NumberText.count(count)) element\(count == 1 ? "" : "s")" }
private func list(_ dimensions: [Int]) -> String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }

private func typeHint(_ expected: [ElementType], _ found: ElementType) -> String? {
  guard let wanted = expected.first(where: { $0 == .f32 }) ?? expected.first else { return nil }
  if wanted == .bool { return "compare it: `x != 0`" }
  return "\(wanted.name)(x) converts it"
}

private func bytes(_ count: Int) -> String { NumberText.bytes(count) }
