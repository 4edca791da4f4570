import Tensors
import Testing

/// `einsum` beside its definition, and what is wrong with subscripts.
@Suite struct EinsumTests {
  private let engine = Engine(threads: 1)

  private func plain(_ sizes: [Int], _ salt: Double) -> Plain {
    Plain(sizes, (0..<sizes.reduce(1, *)).map { index in
      let x = Double(index + 1) * 0.6180339887498949 + salt
      return 2 * (x - x.rounded(.down)) - 1
    })
  }

  /// A sum over all letters, one after the other.
  private func slow(_ inputs: [String], _ output: String, _ operands: [Plain]) -> Plain {
    var sizes: [Character: Int] = [:]
    for (letters, operand) in zip(inputs, operands) { for (letter, size) in zip(letters, operand.sizes) where sizes[letter, default: 1] == 1 { sizes[letter] = size } }
    let letters = Array(sizes.keys.sorted())
    var result = Plain(output.map { sizes[$0] ?? 1 }) { _ in 0 }
    for position in Plain.positions(letters.map { sizes[$0] ?? 1 }) {
      let place = Dictionary(uniqueKeysWithValues: zip(letters, position))
      var product = 1.0
      for (letters, operand) in zip(inputs, operands) { product *= operand[zip(letters, operand.sizes).map { $1 == 1 ? 0 : place[$0] ?? 0 }] }
      result.add(product, at: output.map { place[$0] ?? 0 })
    }
    return result
  }

  private struct Case: CustomTestStringConvertible {
    let subscripts: String
    let sizes: [[Int]]
    /// The same without `...` and with a result.
    let spelled: String
    var testDescription: String { "\(subscripts) \(sizes)" }

    init(_ subscripts: String, _ sizes: [Int]..., spelled: String? = nil) {
      self.subscripts = subscripts
      self.sizes = sizes
      self.spelled = spelled ?? subscripts
    }
  }

  private static let cases = [
    Case("ij,jk->ik", [2, 3], [3, 4]), Case("ij,jk", [2, 3], [3, 4], spelled: "ij,jk->ik"), Case("ba", [2, 3], spelled: "ba->ab"), Case("i,i", [4], [4], spelled: "i,i->"),
    Case("i,j->ij", [2], [3]), Case("ij->", [2, 3]), Case("ij->j", [2, 3]), Case("ii", [3, 3], spelled: "ii->"), Case("ii->i", [3, 3]), Case("iij->ji", [2, 2, 3]),
    Case("iji->j", [2, 3, 2]), Case("ijij->ij", [2, 3, 2, 3]), Case("iii->i", [3, 3, 3]), Case("bij,bjk->bik", [2, 3, 4], [2, 4, 2]), Case("bij,bkj->bik", [2, 3, 4], [2, 5, 4]),
    Case("bhqd,bhkd->bhqk", [2, 2, 3, 4], [2, 2, 5, 4]), Case("ij,ij->ij", [2, 3], [2, 3]), Case("ij,j->ij", [2, 3], [3]), Case("bi,bi->b", [4, 3], [4, 3]),
    Case("i,ij,j", [2], [2, 3], [3], spelled: "i,ij,j->"), Case("ij,jk,kl->il", [2, 3], [3, 4], [4, 2]), Case("ab,bc,cd,de->ae", [2, 2], [2, 3], [3, 2], [2, 2]),
    Case("i->i", [3]), Case(",->", [], []), Case(",ij->ij", [], [2, 2]), Case("->", []), Case("ij,kl->", [2, 3], [2, 2]), Case("ijk,ilk->jl", [2, 3, 2], [2, 2, 2]),
    Case("...ij,...jk->...ik", [2, 2, 3], [2, 3, 2], spelled: "bij,bjk->bik"), Case("...i,...i->...", [2, 3, 4], [3, 4], spelled: "abi,bi->ab"),
    Case("...ij->...ji", [2, 3, 4], spelled: "aij->aji"), Case("i...->...", [2, 3], spelled: "ia->a"), Case("...,...", [2, 1], [3], spelled: "ab,b->ab"),
    Case("i...j,j->i...", [2, 3, 4], [4], spelled: "iaj,j->ia"), Case("...->...", [2, 2], spelled: "ab->ab"), Case(" i j , j -> i ", [2, 3], [3], spelled: "ij,j->i"),
    // An axis of size 1 stretches, summed over or not.
    Case("ij,jk->ik", [2, 1], [3, 4]), Case("ij,jk->ik", [1, 3], [3, 4]), Case("bij,bjk->bik", [1, 2, 3], [4, 3, 2]), Case("ij,ij->j", [1, 3], [2, 1]), Case("i,i->i", [1], [3]),
    // Nothing.
    Case("ij,jk->ik", [2, 0], [0, 3]), Case("ij,jk->ik", [0, 2], [2, 3]), Case("ij->j", [0, 2]),
  ]

  @Test(arguments: cases)
  private func asItIsDefined(_ c: Case) throws {
    let sides = c.spelled.filter { $0 != " " }.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    let inputs = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init), output = String(sides[1].dropFirst())
    let operands = c.sizes.enumerated().map { plain($1, 0.3 * Double($0)) }
    let expected = slow(inputs, output, operands)
    let tensors = try operands.map { try engine.tensor(doubles: $0.values, Shape($0.sizes)) }
    let found = try engine.einsum(c.subscripts, tensors)
    #expect(found.shape.dimensions == expected.sizes)
    #expect(agree(try engine.doubles(found), expected.values, 1e-13))
    let check = GradientCheck(operands: operands, types: operands.map { _ in .f64 }) { try $0.einsum(c.subscripts, $1) }
    try check.run(c.subscripts)
  }

  @Test func typesMixUpwards() throws {
    let whole = try engine.tensor(ints: [1, 2, 3, 4], shape(2, 2)), flags = try engine.tensor(bools: [true, false, true, true], shape(2, 2))
    let product = try engine.einsum("ij,jk->ik", [whole, flags])
    #expect(product.type == .i32)
    #expect(try engine.doubles(product) == [3, 2, 7, 4])
    #expect(try engine.einsum("ij,ij->ij", [whole, engine.full(0.5, shape(2, 2), .f32)]).type == .f32)
    #expect(try engine.einsum("ij,->ij", [engine.full(1, shape(2, 2), .f32), engine.number(3)]).type == .f32)
    let huge = try engine.full(2_000_000_000, shape(2), .i32)
    #expect(throws: LocatedTensorError.self) { try engine.doubles(engine.einsum("i,i->", [huge, huge])) }
  }

  @Test func whatIsRefused() throws {
    let m = try engine.full(1, shape(2, 3), .f64), v = try engine.full(1, shape(4), .f64)
    let refused: [(String, [Tensor])] = [
      ("ij,jk->ik", [m]), ("ij", [m, m]), ("ijk->i", [m]), ("i->i", [m]), ("ij,j->i", [m, v]), ("ii->i", [m]), ("ij->ik", [m]), ("ij->ii", [m]), ("i?->i", [m]),
      ("ij->i->j", [m]), ("ij-", [m]), ("ij..->i", [m]), ("....ij", [m]), ("......", [m]), ("...->", [m]), ("ij->i,j", [m]), ("", [m]), ("é->é", [v]), ("ijk...->i", [m]),
      ("a,b,c,d,e,f,g,h,i->abcdefghi", [Tensor](repeating: v, count: 9)),
    ]
    for (subscripts, operands) in refused {
      do {
        _ = try engine.einsum(subscripts, operands)
        Issue.record("\(subscripts) is not refused")
      } catch is TensorError {
      } catch { Issue.record("\(subscripts): \(error)") }
    }
  }
}
