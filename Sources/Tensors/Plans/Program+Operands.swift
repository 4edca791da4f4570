extension Program {
  /// Where an operand of an instruction lies: in the first block for which it was found, and how the next ones follow.
  struct Operand {
    let memory: UnsafeMutableRawPointer
    /// Bytes to the same place of the next block.
    let advance: Int
    /// Between elements: 0 or 1.
    let step: Int
    /// Bytes to the next row.
    let rowStride: Int

    @inline(__always)
    func memory(of block: Block) -> UnsafeMutableRawPointer { memory + block.number &* advance }
  }

  /// The operands of one instruction; those that it has not are its result.
  struct Operands {
    let a: Operand
    let b: Operand
    let c: Operand
    let d: Operand
    let out: Operand
    /// Whether it may work on whole registers of the processor, though there are fewer rows than lanes.
    let hasRoom: Bool
  }

  /// Where a program stands: which elements, and where its registers lie.
  struct Block {
    let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
    let reads: UnsafeBufferPointer<Read>
    let registers: UnsafeMutableRawPointer
    let registerStride: Int
    let rowRegisters: UnsafeMutableRawPointer
    let rowRegisterStride: Int
    /// Elements and rows of a whole block.
    let elements: Int
    let wholeRows: Int
    /// The first element, its row, and how far into a long row it stands.
    var first = 0
    var row = 0
    var column = 0
    var rows = 1
    /// Elements of each row that belong to the block.
    var length = 0
    /// The block that comes next: where it begins.
    var next = 0
    /// How many blocks after that for which operands were found.
    var number = 0

    /// Operands as they lie for this block.
    func operands(_ instruction: UnsafePointer<Instruction>) -> Operands {
      let out = operand(instruction.pointee.out)
      let count = instruction.pointee.sourceCount
      switch instruction.pointee.work {
      case .perRow(let code):
        let a = rowOperand(instruction.pointee.a)
        let b = count > 1 ? rowOperand(instruction.pointee.b) : out, c = count > 2 ? rowOperand(instruction.pointee.c) : out
        return Operands(a: a, b: b, c: c, d: out, out: out, hasRoom: code.isPlain && hasRoom(instruction))
      case .expand:
        return Operands(a: rowOperand(instruction.pointee.a), b: out, c: out, d: out, out: out, hasRoom: false)
      default:
        let a = operand(instruction.pointee.a)
        let b = count > 1 ? operand(instruction.pointee.b) : out, c = count > 2 ? operand(instruction.pointee.c) : out
        return Operands(a: a, b: b, c: c, d: operand(instruction.pointee.d), out: out, hasRoom: false)
      }
    }

    /// Whether all that an instruction for rows reads and writes lies in registers, which are of whole lanes, and can't fail.
    private func hasRoom(_ instruction: UnsafePointer<Instruction>) -> Bool {
      guard instruction.pointee.type.isFloat, instruction.pointee.result == instruction.pointee.type, instruction.pointee.out.kind == .rowRegister else {
        return false
      }
      func isInside(_ place: Place) -> Bool {
        switch place.kind {
        case .rowRegister: true
        case .read: reads[Int(place.index)].kind == .repeated
        default: false
        }
      }
      return isInside(instruction.pointee.a) && (instruction.pointee.sourceCount < 2 || isInside(instruction.pointee.b))
    }

    /// An operand of an instruction that works on all elements, or its result.
    private func operand(_ place: Place) -> Operand {
      let size = Int(place.size)
      switch place.kind {
      case .register: return register(place.index, size)
      case .value: return Operand(memory: pointers[Int(place.index)] + first * size, advance: elements * size, step: 1, rowStride: length * size)
      case .rowRegister:
        return Operand(memory: rowRegisters + Int(place.index) * rowRegisterStride, advance: 0, step: 0, rowStride: size)
      case .rowValue: return Operand(memory: pointers[Int(place.index)] + row * size, advance: wholeRows * size, step: 0, rowStride: size)
      case .read:
        let read = reads[Int(place.index)]
        let base = pointers[Int(read.value)] + read.byteOffset
        switch read.kind {
        case .direct: return Operand(memory: base + first * size, advance: elements * size, step: 1, rowStride: length * size)
        case .repeated: return Operand(memory: base, advance: 0, step: 0, rowStride: 0)
        case .rows:
          return Operand(
            memory: base + row * read.rowStride + column * read.step * size, advance: wholeRows * read.rowStride, step: read.step, rowStride: read.rowStride)
        case .packed: return register(read.register, size)
        }
      }
    }

    private func register(_ index: Int32, _ size: Int) -> Operand {
      Operand(memory: registers + Int(index) * registerStride, advance: 0, step: 1, rowStride: length * size)
    }

    /// The same for an instruction that works on one number for each row.
    private func rowOperand(_ place: Place) -> Operand {
      let size = Int(place.size)
      switch place.kind {
      case .rowRegister, .register: return rowRegister(place.index)
      case .rowValue, .value: return Operand(memory: pointers[Int(place.index)] + row * size, advance: wholeRows * size, step: 1, rowStride: size)
      case .read:
        let read = reads[Int(place.index)]
        let base = pointers[Int(read.value)] + read.byteOffset
        switch read.kind {
        case .direct, .rows: return Operand(memory: base + row * size, advance: wholeRows * size, step: 1, rowStride: size)
        case .repeated: return Operand(memory: base, advance: 0, step: 0, rowStride: 0)
        case .packed: return rowRegister(read.register)
        }
      }
    }

    private func rowRegister(_ index: Int32) -> Operand {
      Operand(memory: rowRegisters + Int(index) * rowRegisterStride, advance: 0, step: 1, rowStride: 0)
    }
  }
}

extension Primitive.Tile.Code {
  /// Whether it is one operation of arithmetic or one function.
  fileprivate var isPlain: Bool {
    switch self {
    case .unary, .binary: true
    default: false
    }
  }
}
