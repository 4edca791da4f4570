import Syntax

/// A run that an interrupt stopped, with all that it needs to go on: its frames, what stood in their registers, and how the
/// session was set. What the top level keeps in registers stays in the module, whose next variables stand behind it.
final class Suspension {
  private(set) var frames: [Machine.Frame]
  let registers: [Value]
  let handlers: [Machine.Handler]
  /// Slots of the module that hold the top level's temporary values.
  let hidden: Module.HiddenSlots?
  let isTraining: Bool
  let openDerivatives: Int
  let cellRecordings: [CellRecording]
  let progress: Progress

  fileprivate init(_ machine: Machine, registers: [Value], hidden: Module.HiddenSlots?) {
    frames = machine.frames.all
    handlers = machine.handlers
    self.registers = registers
    self.hidden = hidden
    let session = machine.session
    isTraining = session.isTraining
    openDerivatives = session.openDerivatives
    cellRecordings = session.cellRecordings
    progress = session.progress
  }

  /// The frames, which from here on belong to the caller.
  fileprivate func takeFrames() -> [Machine.Frame] {
    defer { frames = [] }
    return frames
  }

  deinit {
    for frame in frames {
      frame.kept?.release()
      frame.completion?.release()
    }
  }
}

extension Machine {
  /// Takes an interrupted run off the stack, so that it can go on later with the instruction that it was interrupted in.
  /// A step under way is taken back and will be taken again, whole.
  func suspend() -> Suspension? {
    if let step = frames.all.firstIndex(where: { $0.completion?.takeUnretainedValue().isAtomic == true }) {
      while frames.count > step {
        let (_, completion) = leave()
        completion?.abandoned(self)
      }
    }
    guard frames.count > 0 else { return nil }
    rewind(frames.top)
    let bottom = frames[0]
    if hiddenSlots == nil, bottom.head.pointee.isTopLevel { hiddenSlots = bottom.code.module.hide(upTo: bottom.head.pointee.frameSize) }
    let end = frames.all.reduce(0) { max($0, $1.end - stack) }
    let suspension = Suspension(self, registers: values(stack, end), hidden: hiddenSlots)
    for register in 0..<end { stack[register] = .unbound }
    session.openDerivatives = 0
    session.cellRecordings = []
    hiddenSlots = nil
    handlers = []
    while frames.count > 0 { frames.removeLast() }
    return suspension
  }

  /// Puts an interrupted run back on the stack.
  func reinstate(_ suspension: Suspension) {
    initialize(upTo: suspension.registers.count)
    for (register, value) in suspension.registers.enumerated() { stack[register] = value }
    for frame in suspension.takeFrames() {
      // The module's variables may have moved.
      frames.append(frame.head.pointee.isTopLevel ? frame.moved(to: frame.head.pointee.storage) : frame)
    }
    handlers = suspension.handlers
    hiddenSlots = suspension.hidden
  }

  /// Gives up what a run that can't go on any more keeps.
  func giveUp(_ suspension: Suspension) {
    session.openDerivatives = suspension.openDerivatives
    session.cellRecordings = suspension.cellRecordings
    for frame in suspension.frames.reversed() { frame.completion?.takeUnretainedValue().abandoned(self) }
    suspension.hidden?.free()
  }

  /// The temporary values of a run that went on are no longer needed.
  func freeHiddenSlots() {
    hiddenSlots?.free()
    hiddenSlots = nil
  }

  /// Back to the instruction that was not carried out, or whose call never returned.
  private func rewind(_ frame: UnsafeMutablePointer<Frame>) {
    let instructions = frame.pointee.head.pointee.instructions
    var pc = max(0, frame.pointee.pc - 1)
    if pc > 0, instructions[pc].opcode == .extra { pc -= 1 }
    let instruction = instructions[pc]
    if instruction.opcode == .next, frame.pointee.pc == pc + 2, case .number(let place) = frame.pointee.base[Int(instruction.a) + 1] {
      // The element that was asked for has not come.
      frame.pointee.base[Int(instruction.a) + 1] = .number(place - 1)
    }
    frame.pointee.pc = pc
  }
}
