/// Einstein's summation convention, composed of diagonals, sums and batched products.
extension Engine {
  /// `"ij,jk->ik"`: each letter names an axis; letters that the result doesn't have are summed over. NumPy's rules: without `->` the
  /// result has the letters that occur once, in alphabetical order; `...` stands for any axes; an axis of size 1 stretches.
  package func einsum(_ subscripts: String, _ operands: [Tensor]) throws -> Tensor {
    let parsed = try Subscripts(subscripts, operands.map(\.shape))
    let sizes = try parsed.sizes(operands.map(\.shape))
    let nodes = try commonType(operands)
    var terms: [Term] = []
    for (node, labels) in zip(nodes, parsed.inputs) { terms.append(try diagonals(Term(node: node, labels: labels))) }
    let wanted = Set(parsed.output)
    while terms.count > 1 {
      // The pair whose result is the smallest comes next.
      var best = (first: 0, second: 1), least = Double.infinity
      for first in terms.indices {
        for second in terms.indices where second > first {
          let labels = Set(terms[first].labels).union(terms[second].labels)
          let kept = labels.filter { label in wanted.contains(label) || terms.indices.contains { $0 != first && $0 != second && terms[$0].labels.contains(label) } }
          let size = kept.reduce(1.0) { $0 * Double(sizes[$1] ?? 1) }
          if size < least { (best, least) = ((first, second), size) }
        }
      }
      let second = terms.remove(at: best.second), first = terms.remove(at: best.first)
      let needed = terms.reduce(into: wanted) { $0.formUnion($1.labels) }
      terms.append(try contract(first, second, keeping: needed))
    }
    guard let last = terms.first else { throw TensorError.noParts(operation: "einsum") }
    let result = try summed(last, keeping: wanted)
    // An axis that only the result's `...` names cannot be: each label of the output is one of the inputs.
    let order = parsed.output.compactMap { result.labels.firstIndex(of: $0) }
    return try handle(permute(result.node, order))
  }

  /// A tensor whose axes have labels.
  private struct Term {
    var node: Node
    var labels: [Int]
  }

  /// All in the type that they have together; bools are counted as i32.
  private func commonType(_ operands: [Tensor]) throws -> [Node] {
    var type = ElementType.i32
    for operand in operands where !operand.isNumber { type = max(type, operand.type) }
    if operands.allSatisfy(\.isNumber) { type = .f64 }
    return try operands.map { $0.isNumber ? try beside($0, type) : try cast($0.node, type) }
  }

  /// Labels that an operand has twice name the diagonal of their axes.
  private func diagonals(_ given: Term) throws -> Term {
    var term = given
    while let label = term.labels.first(where: { label in term.labels.filter { $0 == label }.count > 1 }) {
      guard let first = term.labels.firstIndex(of: label), let last = term.labels.lastIndex(of: label) else { break }
      let others = term.labels.indices.filter { $0 != first && $0 != last }
      let moved = try permute(term.node, others + [first, last])
      let leading = others.map { term.node.shape[$0] }, n = term.node.shape[first]
      let flat = try reshape(moved, Shape(leading + [n * n])), rank = leading.count + 1
      let line = try slice(
        flat, starts: [Int](repeating: 0, count: rank), counts: leading + [n], steps: [Int](repeating: 1, count: rank - 1) + [n + 1])
      term = Term(node: line, labels: others.map { term.labels[$0] } + [label])
    }
    return term
  }

  private func summed(_ term: Term, keeping wanted: Set<Int>) throws -> Term {
    var mask = 0
    for (axis, label) in term.labels.enumerated() where !wanted.contains(label) { mask |= 1 << axis }
    return mask == 0 ? term : Term(node: try sum(term.node, mask), labels: term.labels.filter(wanted.contains))
  }

  /// An axis of size 1 that the other term has longer is left to it.
  private func narrowed(_ term: Term, beside other: Term) throws -> Term {
    let kept = term.labels.indices.filter { axis in
      guard term.node.shape[axis] == 1, let place = other.labels.firstIndex(of: term.labels[axis]) else { return true }
      return other.node.shape[place] == 1
    }
    if kept.count == term.labels.count { return term }
    return Term(node: try reshape(term.node, Shape(kept.map { term.node.shape[$0] })), labels: kept.map { term.labels[$0] })
  }

  private func contract(_ first: Term, _ second: Term, keeping wanted: Set<Int>) throws -> Term {
    var a = try narrowed(first, beside: second), b = try narrowed(second, beside: first)
    a = try summed(a, keeping: wanted.union(b.labels))
    b = try summed(b, keeping: wanted.union(a.labels))
    let shared = a.labels.filter(b.labels.contains)
    let batch = shared.filter(wanted.contains), inner = shared.filter { !wanted.contains($0) }
    let left = a.labels.filter { !shared.contains($0) }, right = b.labels.filter { !shared.contains($0) }
    func sizes(_ term: Term, _ labels: [Int]) -> [Int] { labels.compactMap { label in term.labels.firstIndex(of: label).map { term.node.shape[$0] } } }
    func arranged(_ term: Term, _ labels: [Int]) throws -> Node { try permute(term.node, labels.compactMap { term.labels.firstIndex(of: $0) }) }
    let batchSizes = sizes(a, batch), leftSizes = sizes(a, left), rightSizes = sizes(b, right), innerSizes = sizes(a, inner)
    let m = leftSizes.reduce(1, *), n = rightSizes.reduce(1, *), k = innerSizes.reduce(1, *)
    let labels = batch + left + right, shape = try Shape(batchSizes + leftSizes + rightSizes)
    if inner.isEmpty || (m == 1 && n == 1 && !batch.isEmpty) {
      // Elementwise, or a row of products for each sum.
      let spread = try reshape(arranged(a, batch + left + inner), Shape(batchSizes + [m, 1, k]))
      let product = try multiply(spread, reshape(arranged(b, batch + right + inner), Shape(batchSizes + [1, n, k])))
      return Term(node: try reshape(sum(product, 1 << (batchSizes.count + 2)), shape), labels: labels)
    }
    let count = batchSizes.reduce(1, *)
    let matrices = try matrixProduct(
      reshape(arranged(a, batch + left + inner), Shape([count, m, k])), reshape(arranged(b, batch + inner + right), Shape([count, k, n])), 0)
    return Term(node: try reshape(matrices, shape), labels: labels)
  }
}

/// What can be wrong with the subscripts of an `einsum`.
package enum EinsumProblem: Sendable {
  case character(Character)
  /// `->` stands twice, or a dot is no part of `...`.
  case misplaced(String)
  case operands(expected: Int, found: Int)
  /// Operand number, its letters, whether there is `...` among them, its shape.
  case axes(operand: Int, letters: Int, hasEllipsis: Bool, Shape)
  /// The letter (or `...`) names axes of different sizes.
  case sizes(String, Int, Int)
  case unknownOutput(Character)
  case repeatedOutput(Character)
  /// The operands' `...` has axes, and the result has no `...`.
  case droppedEllipsis
}

/// `"ij,jk->ik"`, taken apart. Letters are their own numbers; the axes of `...` are -1, -2, … from the right.
private struct Subscripts {
  private let text: String
  var inputs: [[Int]] = []
  var output: [Int] = []

  init(_ text: String, _ shapes: [Shape]) throws {
    self.text = text
    var sides: [[[Character]]] = [[[]]], characters = text.filter { !$0.isWhitespace }[...]
    while let character = characters.popFirst() {
      switch character {
      case ",":
        sides[sides.count - 1].append([])
      case "-":
        guard characters.popFirst() == ">", sides.count == 1 else { throw Self.error(text, .misplaced("->")) }
        sides.append([[]])
      case ".":
        guard characters.popFirst() == ".", characters.popFirst() == "." else { throw Self.error(text, .misplaced("...")) }
        fallthrough
      case _ where character.isASCII && character.isLetter:
        var last = sides[sides.count - 1]
        last[last.count - 1].append(character)
        sides[sides.count - 1] = last
      default: throw Self.error(text, .character(character))
      }
    }
    guard sides[0].count == shapes.count else { throw Self.error(text, .operands(expected: sides[0].count, found: shapes.count)) }
    if sides.count > 1 && sides[1].count > 1 { throw Self.error(text, .character(",")) }
    var most = 0
    for (number, (letters, shape)) in zip(sides[0], shapes).enumerated() {
      let named = letters.filter { $0 != "." }.count, hasEllipsis = named < letters.count
      if letters.count - named > 1 { throw Self.error(text, .misplaced("...")) }
      guard hasEllipsis ? named <= shape.rank : named == shape.rank else {
        throw Self.error(text, .axes(operand: number, letters: named, hasEllipsis: hasEllipsis, shape))
      }
      if hasEllipsis { most = max(most, shape.rank - named) }
      inputs.append(Self.labels(letters, shape.rank - named))
    }
    if sides.count > 1 {
      let letters = sides[1][0]
      for (position, letter) in letters.enumerated() where letters[..<position].contains(letter) {
        throw letter == "." ? Self.error(text, .misplaced("...")) : Self.error(text, .repeatedOutput(letter))
      }
      if most > 0 && !letters.contains(".") { throw Self.error(text, .droppedEllipsis) }
      output = Self.labels(letters, most)
      let known = Set(inputs.joined())
      if let unknown = letters.first(where: { $0 != "." && !known.contains(Self.number($0)) }) { throw Self.error(text, .unknownOutput(unknown)) }
    } else {
      let all = inputs.joined().filter { $0 > 0 }
      output = Self.labels(["."], most) + Set(all).filter { label in all.filter { $0 == label }.count == 1 }.sorted()
    }
  }

  /// The size of each label's axes: all the same, but for those of size 1.
  func sizes(_ shapes: [Shape]) throws -> [Int: Int] {
    var sizes: [Int: Int] = [:]
    for (labels, shape) in zip(inputs, shapes) {
      // On a diagonal nothing stretches.
      for (axis, label) in labels.enumerated() {
        if let other = labels[..<axis].firstIndex(of: label), shape[other] != shape[axis] {
          throw Self.error(text, .sizes(Self.name(label), shape[other], shape[axis]))
        }
        let known = sizes[label] ?? 1
        guard known == shape[axis] || known == 1 || shape[axis] == 1 else { throw Self.error(text, .sizes(Self.name(label), known, shape[axis])) }
        sizes[label] = known == 1 ? shape[axis] : known
      }
    }
    return sizes
  }

  private static func labels(_ letters: [Character], _ extra: Int) -> [Int] {
    letters.flatMap { letter -> [Int] in letter == "." ? (0..<extra).map { $0 - extra } : [number(letter)] }
  }

  private static func number(_ letter: Character) -> Int { Int(letter.asciiValue ?? 0) }
  private static func name(_ label: Int) -> String { label < 0 ? "..." : String(UnicodeScalar(UInt8(truncatingIfNeeded: label))) }
  private static func error(_ text: String, _ problem: EinsumProblem) -> TensorError { .einsum(text, problem) }
}
