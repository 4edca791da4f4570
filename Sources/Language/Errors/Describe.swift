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
          if failure.isAboutCallee { noteCallee(&described, frame.code) }
        }
      }
    }
    if let site, let place = self.place(ofSite: site), !place.source.isLibrary, place.span != described.place?.span || place.source !== described.place?.source {
      // It happened where the value was computed, but it stands where the value was written down.
      described.place = place
      described.labels = []
    }
    if described.kind == .interrupted { addTurns(frames, to: &described) }
    // The place shown says which function of the library was called last; only what led there is listed.
    let last = frames.lastIndex { !$0.code.source.isLibrary } ?? frames.count - 1
    for (outer, inner) in zip(frames.prefix(last + 1), frames.dropFirst().prefix(max(0, last))) {
      let pc = outer.pc - 1
      let place = outer.code.spans.indices.contains(pc) ? GradusError.Place(source: outer.code.source, span: outer.code.spans[pc]) : nil
      described.stack.append(GradusError.Call(function: name(of: inner), place: place))
    }
    return described
  }

  /// A function by its name, a layer's own by the layer's and its name.
  private func name(of frame: Machine.Frame) -> String {
    if case .method(_, _, let layer)? = frame.function?.takeUnretainedValue().kind { return "\(layer.type.name).\(frame.code.name)" }
    return frame.code.name
  }

  /// Says where a name was bound that hides a function.
  private func noteCallee(_ error: inout GradusError, _ code: Code) {
    guard let place = error.place else { return }
    let written = code.source.string(place.span)
    let called = String(written.prefix { $0 == "_" || $0.isLetter || $0.isNumber })
    guard !called.isEmpty, written.dropFirst(called.count).first == "(", let bound = binding(of: called, before: place.span.start, in: code) else { return }
    error.notes.append("`\(called)` was bound at line \(bound.line)" + (bound.source === code.source ? "" : " of \(bound.source.name)"))
    if isDefinedInLibrary(called) { error.hints = ["`x.\(called)()` calls the library's `\(called)`; another name for the variable sets it free"] }
  }

  /// Where a name got its value last, as far as that is known: in the same code, else at the top level.
  private func binding(of name: String, before position: Int, in code: Code) -> GradusError.Place? {
    let own = code.bindings.last { $0.name == name && $0.position < position }?.position
    if code.isTopLevel, let bound = code.module.place(of: name, in: code.source, before: position), bound.span.start > own ?? -1 { return bound }
    if let own { return GradusError.Place(source: code.source, span: Span(own, own)) }
    return !code.isTopLevel && code.names(name) ? nil : code.module.place(of: name)
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
      if let bound = binding(of: written, before: span.start, in: code), bound.source === code.source {
        if bound.line != code.source.position(of: span.start).line { text += ", bound at line \(bound.line)" }
      }
      return GradusError.Label(span: span, text: text)
    }
    let instruction = code.instructions[pc]
    if let operands = code.operands(at: pc), failure.kind == .shape || failure.kind == .type {
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
