import Kernels

/// A row program: instructions that all run over one block of elements before the next block is begun, so that what
/// lies between them stays in the first-level cache.
///
/// A block is some whole rows; or, of long rows and of elements without rows, a part. Instructions work on all elements
/// of a block or on one number for each of its rows, and write registers (scratch memory of one block each) or values.
final class Program {
  /// Elements of a block, unless a row is longer.
  static let tile = 2048
  /// The same of elements without rows that come from memory: what is asked for ahead then comes while the kernels compute, a little before each
  /// instruction, and not all at once, which would only be another way to wait.
  private static let streamedTile = 512
  /// Bytes that the second-level cache is taken to hold.
  private static let nearBytes = 1 << 19

  /// Where an instruction reads and writes.
  struct Place {
    enum Kind: UInt8 { case register, rowRegister, read, value, rowValue }
    var kind: Kind
    /// Of the register, the read or the plan's value.
    var index: Int32
    /// Bytes of an element.
    var size: Int32
  }

  /// An operand from outside, and how a block of it is found.
  struct Read {
    enum Kind: UInt8 {
      /// It lies there row-major.
      case direct
      /// It is one element, repeated.
      case repeated
      /// Each row of it lies there, or is one element, at a fixed distance from the row before.
      case rows
      /// Brought into a register at the beginning of each block.
      case packed
    }
    var kind: Kind
    var value: Int32
    var byteOffset: Int
    var size: Int
    /// Of `rows`: 0 or 1, and bytes to the next row.
    var step = 1
    var rowStride = 0
    /// Of `packed`: which register, and which sizes and strides.
    var register: Int32 = 0
    var isRow = false
    var layout: Int32 = 0
  }

  struct Instruction {
    enum Work {
      /// On all elements of a block, or on one number for each row.
      case elements(Primitive.Tile.Code), perRow(Primitive.Tile.Code)
      case reduce(ReduceOperation)
      /// The sum of a product, without writing the product.
      case sumOfProducts
      /// Differences from one number for each row and, in the place d, the sums of their squares.
      case differences
      /// Three operations on four operands.
      case four(FourOperation)
      /// One number for each row, written to all elements of it.
      case expand
    }
    var work: Work
    var op: Op
    /// The operations that this instruction does besides, and whose they are: positions in the trace.
    var others: [(op: Op, position: Int32)] = []
    /// The type of the last operand.
    var type: ElementType
    var result: ElementType
    var sourceCount: Int32
    var a: Place
    var b: Place
    var c: Place
    var d: Place
    var out: Place
    /// Whether all operands lie side by side over row boundaries: then one call serves a whole block.
    var isFlat: Bool
    /// Which closure, of an instruction without a code.
    var closure: Int32
    /// Whose instruction it is: a position in the trace, for the place of an error.
    var position: Int32

    /// Whether it works on one number for each row, and so takes next to no time.
    var isPerRow: Bool { if case .perRow = work { true } else { false } }

    /// Whether it computes a function of each element that takes about as long as fetching the element, and can't fail.
    var isSlow: Bool {
      guard result.isFloat else { return false }
      switch work {
      case .elements(.unary(let operation)):
        switch operation {
        case .negate, .absolute, .sign, .floor, .ceil, .round, .sqrt, .reciprocal: return false
        default: return true
        }
      case .elements(.binary(let operation)): return operation == .power || operation == .floorDivide || operation == .modulo
      default: return false
      }
    }
  }

  let count: Int
  /// Elements of a row, 0 without rows.
  let length: Int
  let instructions: [Instruction]
  let reads: [Read]
  let closures: [@Sendable (Primitive.TileCall) -> KernelFault?]
  let layouts: [(sizes: [Int], strides: [Int])]
  let registers: Int
  let rowRegisters: Int
  /// Whether rows are too long for a block.
  let isLong: Bool
  /// Rows of a block, 1 without rows.
  let blockRows: Int
  /// Elements of a block, of all its rows.
  let blockElements: Int
  let packedReads: [Int]
  /// Memory that is read or written in order, and worth asking for ahead: values, bytes to their beginning, bytes of an element.
  let streams: [(value: Int, offset: Int, size: Int)]
  /// Which elements of the next block each instruction asks for before it begins, if none takes long enough to ask for all.
  let shares: [Range<Int>]
  /// The instruction that takes long beside the memory's time, while which the next block is asked for; -1 if none does.
  let carrier: Int
  /// Elements of the pieces that workers take: whole blocks.
  let piece: Int

  init(
    count: Int, length: Int, instructions: [Instruction], reads: [Read], closures: [@Sendable (Primitive.TileCall) -> KernelFault?],
    layouts: [(sizes: [Int], strides: [Int])], registers: Int, rowRegisters: Int
  ) {
    self.count = count
    self.length = length
    self.instructions = instructions
    self.reads = reads
    self.closures = closures
    self.layouts = layouts
    self.registers = registers
    self.rowRegisters = rowRegisters
    isLong = length > Fusion.maximumRow
    let hasRows = length > 0 && !isLong
    var streams: [(value: Int, offset: Int, size: Int)] = []
    for read in reads where read.kind == .direct && !read.isRow { streams.append((Int(read.value), read.byteOffset, read.size)) }
    for instruction in instructions where instruction.out.kind == .value {
      streams.append((Int(instruction.out.index), 0, Int(instruction.out.size)))
    }
    // What fits the second-level cache is near enough.
    let isStreamed = count * 4 >= Program.nearBytes
    let tile: Int
    if hasRows {
      // Of many registers smaller ones stay in the cache.
      tile = registers > 4 ? Program.tile / 2 : Program.tile
    } else if isStreamed {
      tile = Program.streamedTile
    } else {
      // Registers and what lies outside fill the first-level cache together.
      let runs = registers + streams.count
      tile = runs > 8 ? Program.tile / 4 : runs > 4 ? Program.tile / 2 : Program.tile
    }
    if !isStreamed { streams = [] }
    self.streams = streams
    // Of streamed rows two suffice, as what is asked for ahead then waits in the cache no longer than it must.
    let rows = hasRows ? isStreamed ? max(min(2, tile / length), tile / 2 / length) : tile / length : 1
    blockRows = hasRows ? max(1, min(rows, count / length)) : 1
    blockElements = hasRows ? blockRows * length : min(tile, count)
    packedReads = reads.indices.filter { reads[$0].kind == .packed }
    carrier = streams.isEmpty ? -1 : instructions.firstIndex { $0.isSlow } ?? -1
    shares = streams.isEmpty || carrier >= 0 ? [] : Program.shares(of: blockElements, among: instructions)
    let wanted = max(2048, min(16_384, 131_072 / instructions.count))
    piece = max(1, wanted / max(1, blockElements)) * max(1, blockElements)
  }

  /// Divides a block among the instructions that work on all its elements, in whole lines of memory.
  private static func shares(of elements: Int, among instructions: [Instruction]) -> [Range<Int>] {
    let parts = instructions.count { !$0.isPerRow }
    guard parts > 0 else { return instructions.map { _ in 0..<0 } }
    let share = ((elements + parts - 1) / parts + 63) & ~63
    var begin = 0
    return instructions.map { instruction in
      let end = instruction.isPerRow ? begin : min(elements, begin + share)
      defer { begin = end }
      return begin..<end
    }
  }
}
