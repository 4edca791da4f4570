import Files
import Syntax
import Tensors

extension Session {
  /// An error with its place, what its operands were, and the calls that led to it. The place shown is the program's
  /// own line; calls within the library are folded into the list of calls.
  func describe(_ error: any Error, _ frames: [Machine.Frame]) -> GradusError {
    if let known = error as? GradusError, known.kind != .interrupted, known.place != nil { return known }
    let (failure, site) = self.failure(for: error)
    var described = GradusError(failure.kind, failure.message, notes: failure.notes, hints: failure.hints)
    let own = frames.lastIndex { !$0.code.source.isLibrary } ?? frames.indices.last
    if let own {
      let frame = frames[own]
      let pc = frame.pc - 1
      if frame.code.spans.indices.contains(pc) {
        described.place = GradusError.Place(source: frame.code.source, span: frame.code.spans[pc])
        if own == frames.count - 1 {
          label(&described, failure, frame, pc)
        }
      }
    }
    if let site, let place = self.place(ofSite: site), !place.source.isLibrary, place.span != described.place?.span || place.source !== described.place?.source {
      // It happened where the value was computed, but it stands where the value was written down.
      described.place = place
      described.labels = []
    }
    if described.kind == .interrupted { addTurns(frames, to: &described) }
    for (outer, inner) in zip(frames, frames.dropFirst()) {
      let pc = outer.pc - 1
      let place = outer.code.spans.indices.contains(pc) ? GradusError.Place(source: outer.code.source, span: outer.code.spans[pc]) : nil
      described.stack.append(GradusError.Call(function: inner.code.name, place: place))
    }
    return described
  }

  /// Names what stands at the operands or the argument that the error is about.
  private func label(_ error: inout GradusError, _ failure: Failure, _ frame: Machine.Frame, _ pc: Int) {
    let code = frame.code
    func described(_ span: Span, _ value: Value) -> GradusError.Label {
      var text: String
      switch read(value) {
      case .tensor(let tensor) where failure.kind == .shape && !tensor.isNumber: text = "\(tensor.shape)"
      case let other: text = typeName(other)
      }
      let written = code.source.string(span)
      if written.count <= 24, !written.contains("\n") { text = "\(written) is \(text)" }
      // Where a variable got its value, if that was on another line.
      if let bound = code.bindings[written]?.last(where: { $0 < span.start }) {
        let (line, here) = (code.source.position(of: bound).line, code.source.position(of: span.start).line)
        if line != here { text += ", bound at line \(line)" }
      }
      return GradusError.Label(span: span, text: text)
    }
    let instruction = code.instructions[pc]
    if let operands = code.operands[pc], failure.kind == .shape || failure.kind == .type {
      func value(_ field: UInt16) -> Value {
        field & 0x8000 == 0 ? frame.base[Int(field)] : code.constants[Int(field & 0x7fff)]
      }
      error.place = GradusError.Place(source: code.source, span: operands.operatorSpan)
      // The result's register may be an operand's: the value is still the old one, for nothing was written.
      error.labels = [described(operands.left, value(instruction.b)), described(operands.right, value(instruction.c))]
    } else if let argument = failure.argument, [.call, .callPlain, .callMethod, .callGlobal].contains(instruction.opcode) {
      let shape = code.callShapes[Int(instruction.opcode == .callGlobal ? code.instructions[pc + 1].b : instruction.c)]
      if argument < shape.spans.count { error.place = GradusError.Place(source: code.source, span: shape.spans[argument]) }
    }
  }

  /// How far the loops are that an interrupt came into, the outermost first.
  private func addTurns(_ frames: [Machine.Frame], to error: inout GradusError) {
    for frame in frames {
      let position = frame.pc - 1
      for loop in frame.code.loops.reversed() where loop.start <= position && position <= loop.end {
        let place = GradusError.Place(source: frame.code.source, span: loop.span)
        error.loops.append(GradusError.Loop(place: place, turnsDone: loop.turnsDone(at: position, frame.base)))
      }
    }
    error.notes += error.loops.filter { !$0.place.source.isLibrary }.map { loop in
      "the loop at line \(loop.place.line) has done \(loop.turnsDone) turn\(loop.turnsDone == 1 ? "" : "s")"
    }
  }

  private func failure(for error: any Error) -> (Failure, site: UInt64?) {
    switch error {
    case let failure as Failure: return (failure, nil)
    case let known as GradusError:
      var failure = Failure(known.kind, known.message, notes: known.notes)
      failure.hints = known.hints
      return (failure, nil)
    case let located as LocatedTensorError:
      if case .interrupted = located.error { return (Failure(.interrupted, "interrupted"), nil) }
      return (message(for: located.error), located.site)
    case let error as TensorError:
      if case .interrupted = error { return (Failure(.interrupted, "interrupted"), nil) }
      return (message(for: error), nil)
    case let error as FileError: return (message(for: error), nil)
    default: return (Failure(.value, "\(error)"), nil)
    }
  }
}
