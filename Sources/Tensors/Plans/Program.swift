import Kernels

/// A row program: elementwise instructions that all run over one tile of elements before the next tile is begun,
/// so that what lies between them stays in the first-level cache.
///
/// The last instruction writes the step's value, the others write registers: scratch memory of one tile each.
final class Program {
  /// Elements of a tile.
  static let tile = 2048
  /// Elements of the pieces that workers take.
  static let piece = 16_384
  /// A piece's scratch memory starts this many bytes apart for each register or packed operand.
  static let registerBytes = tile * 8

  enum Source {
    case operand(Int)
    case register(Int)
  }

  struct Instruction {
    let op: Op
    let run: @Sendable (Primitive.TileCall) -> KernelFault?
    let sources: [Source]
    /// The type of the last operand.
    let type: ElementType
    let result: ElementType
    /// nil: the step's value.
    let register: Int?
    /// Whose instruction it is: a position in the trace, for the place of an error.
    let position: Int
  }

  /// How a tile of an operand is found.
  enum Reading {
    /// It lies there row-major.
    case direct
    /// It is one element, repeated.
    case repeated
    /// Otherwise: sizes and strides with runs joined.
    case strided(sizes: [Int], strides: [Int])
  }

  struct Operand {
    let value: Int
    let byteOffset: Int
    let size: Int
    let reading: Reading
    /// Where in the scratch memory a tile is packed that cannot be read as it lies.
    let scratch: Int
    /// Whether an instruction wants every element in its place, even if they are all the same.
    let wantsElements: Bool
  }

  let count: Int
  let operands: [Operand]
  let instructions: [Instruction]
  let resultSize: Int
  /// Registers and packed operands.
  let scratchCount: Int
  /// Tiles don't cross rows of this length, if it isn't 0: then operands that are broadcast by rows needn't be packed.
  let rowLength: Int

  init(count: Int, operands: [Operand], instructions: [Instruction], resultSize: Int, scratchCount: Int, rowLength: Int) {
    self.count = count
    self.operands = operands
    self.instructions = instructions
    self.resultSize = resultSize
    self.scratchCount = scratchCount
    self.rowLength = rowLength
  }

  /// `pointers` holds each value's memory. Returns the first fault and the position of its instruction.
  func run(
    _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>, out: UnsafeMutableRawPointer, workers: Workers
  ) -> (fault: KernelFault, position: Int)? {
    if count == 0 { return nil }
    if count <= 2 * Program.piece { return runPiece(pointers, out, 0, count) }
    let pieces = (count + Program.piece - 1) / Program.piece
    return withUnsafeTemporaryAllocation(of: (fault: KernelFault, position: Int)?.self, capacity: pieces) { faults in
      faults.initialize(repeating: nil)
      workers.run(pieces: pieces) { piece in
        let start = piece * Program.piece
        faults[piece] = runPiece(pointers, out, start, min(count, start + Program.piece))
      }
      for fault in faults { if let fault { return fault } }
      return nil
    }
  }

  private func runPiece(
    _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ out: UnsafeMutableRawPointer, _ start: Int, _ end: Int
  ) -> (fault: KernelFault, position: Int)? {
    if scratchCount == 0 { return runTiles(pointers, out, start, end, out) }
    // Small tensors need little: what fits stands on the stack.
    return withUnsafeTemporaryAllocation(byteCount: scratchCount * Program.registerBytes(for: count), alignment: 64) {
      guard let base = $0.baseAddress else { return nil }
      return runTiles(pointers, out, start, end, base)
    }
  }

  private static func registerBytes(for count: Int) -> Int { count >= tile ? registerBytes : (count * 8 + 63) & ~63 }

  private func runTiles(
    _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ out: UnsafeMutableRawPointer, _ start: Int, _ end: Int,
    _ scratch: UnsafeMutableRawPointer
  ) -> (fault: KernelFault, position: Int)? {
    let stride = Program.registerBytes(for: count)
    var first = start
    while first < end {
      var length = min(Program.tile, end - first)
      if rowLength > 0 { length = min(length, rowLength - first % rowLength) }
      if let fault = runTile(pointers, out, first, length, scratch, stride) { return fault }
      first += length
    }
    return nil
  }

  @inline(__always)
  private func runTile(
    _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ out: UnsafeMutableRawPointer, _ first: Int, _ length: Int,
    _ scratch: UnsafeMutableRawPointer, _ stride: Int
  ) -> (fault: KernelFault, position: Int)? {
    for index in instructions.indices {
      let run = instructions[index].run
      let destination =
        instructions[index].register.map { scratch + $0 * stride } ?? (out + first * resultSize)
      var call = Primitive.TileCall(
        type: instructions[index].type, result: instructions[index].result, a: UnsafeRawPointer(destination), b: UnsafeRawPointer(destination),
        c: UnsafeRawPointer(destination), aStep: 1, bStep: 1, cStep: 1, out: destination, count: length)
      let sources = instructions[index].sources.count
      (call.a, call.aStep) = resolve(instructions[index].sources[0], pointers, first, length, scratch, stride)
      if sources > 1 { (call.b, call.bStep) = resolve(instructions[index].sources[1], pointers, first, length, scratch, stride) }
      if sources > 2 { (call.c, call.cStep) = resolve(instructions[index].sources[2], pointers, first, length, scratch, stride) }
      if let fault = run(call) { return (fault, instructions[index].position) }
    }
    return nil
  }

  @inline(__always)
  private func resolve(
    _ source: Source, _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>, _ first: Int, _ length: Int,
    _ scratch: UnsafeMutableRawPointer, _ stride: Int
  ) -> (UnsafeRawPointer, Int) {
    switch source {
    case .register(let register): return (UnsafeRawPointer(scratch + register * stride), 1)
    case .operand(let position):
      let base = UnsafeRawPointer(pointers[operands[position].value]) + operands[position].byteOffset
      let size = operands[position].size
      switch operands[position].reading {
      case .direct: return (base + first * size, 1)
      case .repeated:
        if !operands[position].wantsElements || length == 1 { return (base, 0) }
        let tile = scratch + operands[position].scratch * stride
        Packing.pack(base, sizes: [count], strides: [0], size: size, first: first, count: length, into: tile)
        return (UnsafeRawPointer(tile), 1)
      case .strided(let sizes, let strides):
        let last = sizes.count - 1
        let row = sizes[last], step = strides[last]
        if (step == 1 || (step == 0 && !operands[position].wantsElements)) && first % row + length <= row {
          return (base + Packing.offset(of: first, sizes: sizes, strides: strides) * size, step)
        }
        let tile = scratch + operands[position].scratch * stride
        Packing.pack(base, sizes: sizes, strides: strides, size: size, first: first, count: length, into: tile)
        return (UnsafeRawPointer(tile), 1)
      }
    }
  }
}
