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
  /// Elements of a run, of an instruction that asks for memory meanwhile.
  private static let run = 128
  /// Scratch memory is laid out by this width.
  private static let elementBytes = 8

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
      /// Three factors and a sum, d being the last operand.
      case scaleAndShift
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
  private let closures: [@Sendable (Primitive.TileCall) -> KernelFault?]
  private let layouts: [(sizes: [Int], strides: [Int])]
  private let registers: Int
  private let rowRegisters: Int
  /// Whether rows are too long for a block.
  private let isLong: Bool
  private let blockRows: Int
  private let blockElements: Int
  private let packedReads: [Int]
  /// Memory that is read or written in order, and worth asking for ahead: values, bytes to their beginning, bytes of an element.
  private let streams: [(value: Int, offset: Int, size: Int)]
  /// The instruction that takes long beside the memory's time, while which the next block is asked for; -1 if none does.
  private let carrier: Int
  /// Elements of the pieces that workers take: whole blocks.
  private let piece: Int

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
    // What fits the second-level cache is near enough.
    let isStreamed = count * 4 >= 1 << 19
    // Of many registers smaller ones stay in the cache.
    let tile = isStreamed && !hasRows ? Program.streamedTile : registers > 4 ? Program.tile / 2 : Program.tile
    // Of streamed rows two suffice, as what is asked for ahead then waits in the cache no longer than it must.
    let rows = hasRows ? isStreamed ? max(min(2, tile / length), tile / 2 / length) : tile / length : 1
    blockRows = hasRows ? max(1, min(rows, count / length)) : 1
    blockElements = hasRows ? blockRows * length : min(tile, count)
    packedReads = reads.indices.filter { reads[$0].kind == .packed }
    var streams: [(value: Int, offset: Int, size: Int)] = []
    if isStreamed {
      for read in reads where read.kind == .direct && !read.isRow { streams.append((Int(read.value), read.byteOffset, read.size)) }
      for instruction in instructions where instruction.out.kind == .value {
        streams.append((Int(instruction.out.index), 0, Int(instruction.out.size)))
      }
    }
    self.streams = streams
    carrier = streams.isEmpty ? -1 : instructions.firstIndex { $0.isSlow } ?? -1
    let wanted = max(2048, min(16_384, 131_072 / instructions.count))
    piece = max(1, wanted / max(1, blockElements)) * max(1, blockElements)
  }

  /// `pointers` holds each value's memory. Returns the first fault and the position of its instruction.
  func run(_ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>, workers: Workers) -> (fault: KernelFault, position: Int)? {
    if count == 0 { return nil }
    if count <= piece || count * instructions.count < 65_536 { return runPiece(pointers, 0, count, following: count) }
    let pieces = (count + piece - 1) / piece
    return withUnsafeTemporaryAllocation(of: (fault: KernelFault, position: Int)?.self, capacity: pieces) { faults in
      faults.initialize(repeating: nil)
      workers.run(pieces: pieces) {
        let end = min(count, ($0 + 1) * piece)
        faults[$0] = runPiece(pointers, $0 * piece, end, following: ($0 + workers.threads) * piece)
      }
      for fault in faults { if let fault { return fault } }
      return nil
    }
  }

  /// `following` is where the worker's next piece begins, as far as can be known.
  private func runPiece(
    _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ start: Int, _ end: Int, following: Int
  ) -> (fault: KernelFault, position: Int)? {
    let stride = (blockElements * Program.elementBytes + 63) & ~63, rowStride = (blockRows * Program.elementBytes + 63) & ~63
    return withUnsafeTemporaryAllocation(byteCount: max(64, registers * stride + rowRegisters * rowStride), alignment: 64) { scratch in
      guard let base = scratch.baseAddress else { return nil }
      return instructions.withUnsafeBufferPointer { instructions in
        reads.withUnsafeBufferPointer { reads in
          guard let first = instructions.baseAddress else { return nil }
          var block = Block(
            pointers: pointers, reads: reads, registers: base, registerStride: stride, rowRegisters: base + registers * stride, rowRegisterStride: rowStride)
          block.first = start
          while block.first < end {
            if length == 0 {
              block.length = min(blockElements, end - block.first)
            } else if isLong {
              block.row = block.first / length
              block.column = block.first - block.row * length
              block.length = min(blockElements, end - block.first, length - block.column)
            } else {
              block.row = block.first / length
              block.length = length
              block.rows = min(blockRows, (end - block.first) / length)
            }
            block.next = block.first + block.rows * block.length
            if block.next >= end { block.next = following }
            for index in packedReads { pack(reads[index], block) }
            for index in 0..<instructions.count {
              // While this block is computed the next one comes: a part of it for each instruction, unless one takes all.
              if carrier < 0 && !streams.isEmpty { prefetchNext(index, of: instructions.count, block) }
              if let fault = run(first + index, block, carries: index == carrier) { return (fault, Int(first[index].position)) }
            }
            block.first += block.rows * block.length
          }
          return nil
        }
      }
    }
  }

  /// Where a program stands: which elements, and where its registers lie.
  private struct Block {
    let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
    let reads: UnsafeBufferPointer<Read>
    let registers: UnsafeMutableRawPointer
    let registerStride: Int
    let rowRegisters: UnsafeMutableRawPointer
    let rowRegisterStride: Int
    /// The first element, its row, and how far into a long row it stands.
    var first = 0
    var row = 0
    var column = 0
    var rows = 1
    /// Elements of each row that belong to the block.
    var length = 0
    /// The block that comes next: where it begins.
    var next = 0

    /// The memory of a place that is written.
    @inline(__always)
    func destination(_ place: Place) -> UnsafeMutableRawPointer {
      switch place.kind {
      case .register, .read: registers + Int(place.index) * registerStride
      case .rowRegister: rowRegisters + Int(place.index) * rowRegisterStride
      case .value: pointers[Int(place.index)] + first * Int(place.size)
      case .rowValue: pointers[Int(place.index)] + row * Int(place.size)
      }
    }

    /// The first row of an operand, the step between its elements (0 or 1) and bytes to the next row.
    @inline(__always)
    func source(_ place: Place) -> (memory: UnsafeRawPointer, step: Int, rowStride: Int) {
      let size = Int(place.size)
      switch place.kind {
      case .register: return (UnsafeRawPointer(registers + Int(place.index) * registerStride), 1, length * size)
      case .value: return (UnsafeRawPointer(pointers[Int(place.index)] + first * size), 1, length * size)
      case .rowRegister: return (UnsafeRawPointer(rowRegisters + Int(place.index) * rowRegisterStride), 0, size)
      case .rowValue: return (UnsafeRawPointer(pointers[Int(place.index)] + row * size), 0, size)
      case .read:
        let read = reads[Int(place.index)]
        let base = UnsafeRawPointer(pointers[Int(read.value)]) + read.byteOffset
        switch read.kind {
        case .direct: return (base + first * size, 1, length * size)
        case .repeated: return (base, 0, 0)
        case .rows: return (base + row * read.rowStride + column * read.step * size, read.step, read.rowStride)
        case .packed: return (UnsafeRawPointer(registers + Int(read.register) * registerStride), 1, length * size)
        }
      }
    }

    /// The same for an instruction that works on one number for each row.
    @inline(__always)
    func rowSource(_ place: Place) -> (memory: UnsafeRawPointer, step: Int) {
      let size = Int(place.size)
      switch place.kind {
      case .rowRegister, .register: return (UnsafeRawPointer(rowRegisters + Int(place.index) * rowRegisterStride), 1)
      case .rowValue, .value: return (UnsafeRawPointer(pointers[Int(place.index)] + row * size), 1)
      case .read:
        let read = reads[Int(place.index)]
        let base = UnsafeRawPointer(pointers[Int(read.value)]) + read.byteOffset
        switch read.kind {
        case .direct, .rows: return (base + row * size, 1)
        case .repeated: return (base, 0)
        case .packed: return (UnsafeRawPointer(rowRegisters + Int(read.register) * rowRegisterStride), 1)
        }
      }
    }
  }

  private func pack(_ read: Read, _ block: Block) {
    let (sizes, strides) = layouts[Int(read.layout)]
    let source = UnsafeRawPointer(block.pointers[Int(read.value)]) + read.byteOffset
    let register = Int(read.register)
    if read.isRow {
      Packing.pack(
        source, sizes: sizes, strides: strides, size: read.size, first: block.row, count: block.rows,
        into: block.rowRegisters + register * block.rowRegisterStride)
    } else {
      Packing.pack(
        source, sizes: sizes, strides: strides, size: read.size, first: block.first, count: block.rows * block.length,
        into: block.registers + register * block.registerStride)
    }
  }

  /// Asks for a part of the next block of every stream.
  private func prefetchNext(_ part: Int, of parts: Int, _ block: Block) {
    let length = block.rows * block.length
    // Parts are whole lines of memory, whatever an element's size.
    let first = length * part / parts & ~63, last = part + 1 == parts ? length : length * (part + 1) / parts & ~63
    prefetchNext(block, first, last - first)
  }

  /// Asks for elements of the block after this one, `offset` from its beginning, of every stream.
  @inline(__always)
  private func prefetchNext(_ block: Block, _ offset: Int, _ count: Int) {
    let first = block.next + offset
    let count = min(count, self.count - first)
    guard count > 0 else { return }
    for stream in streams {
      prefetch(UnsafeRawPointer(block.pointers[stream.value]) + stream.offset + first * stream.size, byteCount: count * stream.size)
    }
  }

  @inline(__always)
  private func run(_ instruction: UnsafePointer<Instruction>, _ block: Block, carries: Bool) -> KernelFault? {
    let out = block.destination(instruction.pointee.out)
    switch instruction.pointee.work {
    case .elements(let code):
      var call = Primitive.TileCall(
        type: instruction.pointee.type, result: instruction.pointee.result, a: UnsafeRawPointer(out), b: UnsafeRawPointer(out), c: UnsafeRawPointer(out),
        aStep: 1, bStep: 1, cStep: 1, out: out, count: block.rows * block.length)
      var aRow = 0, bRow = 0, cRow = 0
      (call.a, call.aStep, aRow) = block.source(instruction.pointee.a)
      if instruction.pointee.sourceCount > 1 { (call.b, call.bStep, bRow) = block.source(instruction.pointee.b) }
      if instruction.pointee.sourceCount > 2 { (call.c, call.cStep, cRow) = block.source(instruction.pointee.c) }
      if instruction.pointee.isFlat || block.rows == 1 {
        return carries ? executeCarrying(code, instruction, call, block) : execute(code, instruction, call)
      }
      if carries { prefetchNext(block, 0, block.rows * block.length) }
      call.count = block.length
      let outRow = block.length * Int(instruction.pointee.out.size)
      for _ in 0..<block.rows {
        if let fault = execute(code, instruction, call) { return fault }
        call.a += aRow
        call.b += bRow
        call.c += cRow
        call.out += outRow
      }
      return nil
    case .perRow(let code):
      var call = Primitive.TileCall(
        type: instruction.pointee.type, result: instruction.pointee.result, a: UnsafeRawPointer(out), b: UnsafeRawPointer(out), c: UnsafeRawPointer(out),
        aStep: 1, bStep: 1, cStep: 1, out: out, count: block.rows)
      (call.a, call.aStep) = block.rowSource(instruction.pointee.a)
      if instruction.pointee.sourceCount > 1 { (call.b, call.bStep) = block.rowSource(instruction.pointee.b) }
      if instruction.pointee.sourceCount > 2 { (call.c, call.cStep) = block.rowSource(instruction.pointee.c) }
      return execute(code, instruction, call)
    case .reduce(let operation):
      let (memory, _, rowStride) = block.source(instruction.pointee.a)
      let isFloat = instruction.pointee.type == .f32
      if instruction.pointee.isFlat {
        if isFloat {
          reduce(operation, memory.bound(Float.self), out.bound(Float.self), outer: 0..<block.rows, length: block.length, inner: 1)
        } else {
          reduce(operation, memory.bound(Double.self), out.bound(Double.self), outer: 0..<block.rows, length: block.length, inner: 1)
        }
        return nil
      }
      for row in 0..<block.rows {
        let from = memory + row * rowStride
        if isFloat {
          reduce(operation, from.bound(Float.self), out.bound(Float.self) + row, outer: 0..<1, length: block.length, inner: 1)
        } else {
          reduce(operation, from.bound(Double.self), out.bound(Double.self) + row, outer: 0..<1, length: block.length, inner: 1)
        }
      }
      return nil
    case .sumOfProducts:
      let (a, _, aRow) = block.source(instruction.pointee.a), (b, _, bRow) = block.source(instruction.pointee.b)
      for row in 0..<block.rows {
        let x = a + row * aRow, y = b + row * bRow
        if instruction.pointee.type == .f32 {
          out.bound(Float.self)[row] = sumOfProducts(x.bound(Float.self), y.bound(Float.self), block.length)
        } else {
          out.bound(Double.self)[row] = sumOfProducts(x.bound(Double.self), y.bound(Double.self), block.length)
        }
      }
      return nil
    case .differences:
      let (a, _, aRow) = block.source(instruction.pointee.a), (b, _, bRow) = block.source(instruction.pointee.b)
      let sums = block.destination(instruction.pointee.d), length = block.length
      for row in 0..<block.rows {
        let x = a + row * aRow, y = b + row * bRow
        if instruction.pointee.type == .f32 {
          sums.bound(Float.self)[row] = Kernels.differences(
            x.bound(Float.self), y.bound(Float.self)[0], out.bound(Float.self) + row * length, sumOfSquares: length)
        } else {
          sums.bound(Double.self)[row] = Kernels.differences(
            x.bound(Double.self), y.bound(Double.self)[0], out.bound(Double.self) + row * length, sumOfSquares: length)
        }
      }
      return nil
    case .scaleAndShift:
      let (a, aStep, aRow) = block.source(instruction.pointee.a), (b, bStep, bRow) = block.source(instruction.pointee.b)
      let (c, cStep, cRow) = block.source(instruction.pointee.c), (d, dStep, dRow) = block.source(instruction.pointee.d)
      let isWhole = instruction.pointee.isFlat || block.rows == 1
      let count = isWhole ? block.rows * block.length : block.length
      for row in 0..<(isWhole ? 1 : block.rows) {
        let (x, y, z, w) = (a + row * aRow, b + row * bRow, c + row * cRow, d + row * dRow)
        if instruction.pointee.type == .f32 {
          Kernels.scaleAndShift(
            x.bound(Float.self), aStep, y.bound(Float.self), bStep, z.bound(Float.self), cStep, w.bound(Float.self), dStep,
            out.bound(Float.self) + row * count, count)
        } else {
          Kernels.scaleAndShift(
            x.bound(Double.self), aStep, y.bound(Double.self), bStep, z.bound(Double.self), cStep, w.bound(Double.self), dStep,
            out.bound(Double.self) + row * count, count)
        }
      }
      return nil
    case .expand:
      let (memory, _) = block.rowSource(instruction.pointee.a)
      switch instruction.pointee.a.size {
      case 1: expand(memory.bound(UInt8.self), out.bound(UInt8.self), rows: block.rows, length: block.length)
      case 4: expand(memory.bound(UInt32.self), out.bound(UInt32.self), rows: block.rows, length: block.length)
      default: expand(memory.bound(UInt64.self), out.bound(UInt64.self), rows: block.rows, length: block.length)
      }
      return nil
    }
  }

  @inline(__always)
  private func execute(_ code: Primitive.Tile.Code, _ instruction: UnsafePointer<Instruction>, _ call: Primitive.TileCall) -> KernelFault? {
    if case .closure = code { return closures[Int(instruction.pointee.closure)](call) }
    return code.run(call)
  }

  /// Does an instruction in short runs, and asks for as many elements of the next block before each.
  private func executeCarrying(
    _ code: Primitive.Tile.Code, _ instruction: UnsafePointer<Instruction>, _ whole: Primitive.TileCall, _ block: Block
  ) -> KernelFault? {
    var call = whole
    let a = call.aStep * Int(instruction.pointee.a.size), b = call.bStep * Int(instruction.pointee.b.size), c = call.cStep * Int(instruction.pointee.c.size)
    let out = Int(instruction.pointee.out.size)
    var done = 0
    while done < whole.count {
      call.count = min(Program.run, whole.count - done)
      prefetchNext(block, done, call.count)
      if let fault = execute(code, instruction, call) { return fault }
      call.a += a * call.count
      call.b += b * call.count
      call.c += c * call.count
      call.out += out * call.count
      done += call.count
    }
    return nil
  }

  @inline(__always)
  private func expand<T: BitwiseCopyable>(_ from: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>, rows: Int, length: Int) {
    for row in 0..<rows {
      let value = from[row], place = to + row * length
      for column in 0..<length { place[column] = value }
    }
  }
}
