/// Whether a program's results may take the memory of what it reads.
extension Program {
  /// Whether the elements of a value that it writes may lie where those of one that it reads lay: every element is read for the last time before
  /// the same element is written, or by the same instruction. Nothing else about the value's life is looked at here.
  func canWrite(_ out: Int, over value: Int) -> Bool {
    guard let writing = instructions.firstIndex(where: { $0.out.kind == .value && Int($0.out.index) == out }) else { return false }
    // Instructions on all elements read them before they write them; see `ProgramBuilder`, whose registers serve again likewise.
    switch instructions[writing].work {
    case .elements, .four: break
    default: return false
    }
    let size = Int(instructions[writing].out.size)
    for read in reads where Int(read.value) == value {
      if read.kind != .direct || read.isRow || read.byteOffset != 0 || read.size != size { return false }
    }
    for instruction in instructions[(writing + 1)...] {
      for place in [instruction.a, instruction.b, instruction.c, instruction.d].prefix(Int(instruction.sourceCount)) {
        if place.kind == .read && Int(reads[Int(place.index)].value) == value { return false }
      }
    }
    return true
  }
}
