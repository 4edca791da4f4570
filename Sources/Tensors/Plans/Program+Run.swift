import Kernels

extension Program {
  /// Scratch memory is laid out by this width.
  private static let elementBytes = 8

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
    let registerBytes = registers * stride, rowBytes = rowRegisters * rowStride
    let bytes = registerBytes + rowBytes + instructions.count * MemoryLayout<Operands>.stride
    return withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 64) { scratch in
      return instructions.withUnsafeBufferPointer { instructions in
        reads.withUnsafeBufferPointer { reads in
          guard let base = scratch.baseAddress, let first = instructions.baseAddress else { return nil }
          let rowRegisters = base + registerBytes
          // Numbers for rows are computed in whole registers of the processor, whose last lanes may belong to no row.
          rowRegisters.initializeMemory(as: UInt8.self, repeating: 0, count: rowBytes)
          let operands = (rowRegisters + rowBytes).bindMemory(to: Operands.self, capacity: instructions.count)
          var block = Block(
            pointers: pointers, reads: reads, registers: base, registerStride: stride, rowRegisters: rowRegisters, rowRegisterStride: rowStride,
            elements: blockElements, wholeRows: blockRows)
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
            // Where rows are of one block or none, what comes next lies at the same distance for all blocks.
            if isLong || block.first == start {
              for index in 0..<instructions.count { operands[index] = block.operands(first + index) }
              block.number = 0
            }
            block.next = block.first + block.rows * block.length
            if block.next >= end { block.next = following }
            for index in packedReads { pack(reads[index], block) }
            for index in 0..<instructions.count {
              // While this block is computed the next one comes: a part of it for each instruction, unless one takes all.
              if !shares.isEmpty { prefetchNext(block, shares[index]) }
              if let fault = run(first + index, operands + index, block, carries: index == carrier) { return (fault, Int(first[index].position)) }
            }
            block.first += block.rows * block.length
            block.number += 1
          }
          return nil
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

  /// Asks for elements of the block after this one, `part` of it, of every stream.
  @inline(__always)
  func prefetchNext(_ block: Block, _ part: Range<Int>) {
    let first = block.next + part.lowerBound
    let count = min(part.count, self.count - first)
    guard count > 0 else { return }
    for stream in streams {
      prefetch(UnsafeRawPointer(block.pointers[stream.value]) + stream.offset + first * stream.size, byteCount: count * stream.size)
    }
  }
}
