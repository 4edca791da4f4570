import Syntax
import Tensors

extension Session {
  /// Where what is not finite in a value came from, in words. Without a value: what went wrong last.
  func whyText(_ value: Value?) throws -> String {
    guard let value else {
      return engine.nonFinite.latest.map { report(on: $0) } ?? "no nan and no infinity was met"
    }
    var tensors: [Tensor] = []
    var isNumber = false
    switch read(value) {
    case .number(let number):
      if number.isFinite { return "\(NumberText.plain(number, digits: digits)) is finite" }
      isNumber = true
    case .tensor, .list, .tuple, .map: tensors = self.tensors(in: read(value))
    case .layer, .function: tensors = try parameters(of: value).compactMap { if case .tensor(let tensor) = $0.cell.content { tensor } else { nil } }
    case let other:
      throw Failure(.type, "`why` takes a tensor, a number, a model or a block, not \(typeName(other))", hint: "`why()` tells of what went wrong last", argument: 0)
    }
    for tensor in tensors {
      if let origin = try engine.nonFiniteOrigin(of: tensor) { return report(on: origin) }
    }
    guard isNumber else {
      if tensors.count == 1 { return "it is finite: " + numbers(try engine.statistics(of: tensors[0]), tensors[0].shape, tensors[0].type) }
      return "all of it is finite"
    }
    // A number keeps no history; a program that has just made one has hardly made another.
    return engine.nonFinite.latest.map { report(on: $0) } ?? "a number keeps no history: `why { … }` around its computation finds the operation"
  }

  /// The whole report of an origin.
  func report(on origin: NonFiniteOrigin) -> String {
    var error: GradusError
    switch origin.start {
    case .made(let event):
      let (what, why) = words(event)
      error = GradusError(.value, "the first \(kind(event.result.element)) came from \(what)", at: place(ofSite: origin.site))
      error.notes.append(why)
      explain(event, &error)
      error.hints = remedy(event).map { [$0] } ?? []
    case .given(let part):
      error = GradusError(.value, "the \(kind(part.element)) was there from the beginning: no operation made it", at: place(ofSite: origin.site))
      error.notes.append("the data is " + numbers(part.numbers, part.shape, part.type))
      error.hints.append("`where(isnan(x), 0, x)` replaces what is missing")
    case .lost(let operation, let derivative, let part):
      error = GradusError(.value, "\(part.element.map { $0.isNaN } ?? true ? "a nan" : "an infinity") came from \(name(operation, derivative))", at: place(ofSite: origin.site))
      error.notes.append("its result is " + numbers(part.numbers, part.shape, part.type))
      error.notes.append("what went into it is not kept any more")
      error.hints.append("`why { … }` around the computation finds the first operation")
    }
    if let turned = origin.turned {
      let (what, why) = words(turned)
      let line = place(ofSite: turned.site).map { " at line \($0.line)" } ?? ""
      error.notes.append("the infinity became nan in \(what)\(line): \(why)")
    }
    return ErrorReport(error, word: "why:").text(color: style.color != .none, ascii: style.glyphs == .ascii, width: style.width)
  }

  private func kind(_ element: Double?) -> String { element.map { $0.isNaN } ?? true ? "nan" : "infinity" }

  private func name(_ operation: Op, _ derivative: Op?) -> String {
    derivative.map { "`\(operation.name)` in the derivative of `\($0.name)`" } ?? "`\(operation.name)`"
  }

  /// What was done, and why that gives no finite number.
  private func words(_ event: NonFiniteOrigin.Event) -> (what: String, why: String) {
    let limit = event.result.type == .f64 ? "1.8e308" : "3.4e38"
    let why: String
    switch event.cause {
    case .logOfZero: why = "the logarithm of 0 is -inf"
    case .logOfNegative: why = "a negative number has no logarithm"
    case .rootOfNegative: why = "a negative number has no square root"
    case .divisionByZero: why = "a number divided by 0 is infinite"
    case .zeroByZero: why = "0 / 0 is no number"
    case .outsideOfUnit: why = "`\(event.operation.name)` takes numbers from -1 to 1"
    case .powerOfNegative: why = "a negative number has no power that is not whole"
    case .powerOfZero: why = "0 to a negative power is infinite"
    case .remainderByZero: why = "nothing remains of a division by 0"
    case .overflow: why = "the result is larger than \(event.result.type.name) can hold, which is \(limit)"
    case .infinityMinusInfinity: why = "inf - inf is no number"
    case .zeroTimesInfinity: why = "0 · inf is no number"
    case .infinityByInfinity: why = "inf / inf is no number"
    case .angleOfInfinity: why = "an infinite angle has no `\(event.operation.name)`"
    case .unknown: why = "its operands were finite"
    }
    return (name(event.operation, event.derivativeOf), why)
  }

  /// The element in question, and what the operands were like: below the program's line where they stand there, else as notes.
  private func explain(_ event: NonFiniteOrigin.Event, _ error: inout GradusError) {
    if let text = elementText(event) { error.notes.append(text) }
    let spans = event.derivativeOf == nil ? operandSpans(event) : nil
    if let spans { error.place = GradusError.Place(source: spans.source, span: spans.main) }
    for (position, part) in event.operands.enumerated() {
      let facts = part.constant.map { NumberText.plain($0, digits: digits) } ?? numbers(part.numbers, part.shape, part.type)
      if let spans {
        let written = spans.source.string(spans.spans[position])
        if part.constant != nil, Double(written) != nil { continue }
        let subject = written.count <= 24 && !written.contains("\n") ? written : "this"
        error.labels.append(GradusError.Label(span: spans.spans[position], text: "\(subject) is \(facts)"))
      } else {
        error.notes.append((event.operands.count == 1 ? "its operand is " : "operand \(position + 1) is ") + facts)
      }
    }
    error.notes.append("the result is " + numbers(event.result.numbers, event.result.shape, event.result.type))
  }

  /// `at [1, 2]: log(0) = -inf`.
  private func elementText(_ event: NonFiniteOrigin.Event) -> String? {
    let elements = event.operands.compactMap(\.element)
    guard elements.count == event.operands.count, let result = event.result.element, elements.count <= 2 else { return nil }
    let texts = elements.map { NumberText.plain($0, digits: digits) }
    let name = event.operation.name
    let isOperator = !name.contains { $0.isLetter }
    let form: String
    if texts.count == 2, isOperator {
      let written = texts.map { $0.hasPrefix("-") ? "(\($0))" : $0 }
      form = "\(written[0]) \(name) \(written[1])"
    } else {
      form = "\(isOperator && texts.count == 1 ? "" : name)(\(texts.joined(separator: ", ")))"
    }
    let outcome = "\(form) = \(NumberText.plain(result, digits: digits))"
    guard event.result.shape.rank > 0 else { return outcome }
    var rest = event.index
    var position: [String] = []
    for axis in (0..<event.result.shape.rank).reversed() {
      position.insert(String(rest % event.result.shape[axis]), at: 0)
      rest /= event.result.shape[axis]
    }
    return "at [\(position.joined(separator: ", "))]: \(outcome)"
  }

  /// Where the operands stand in the program, if the operation was written there and not inside of the library.
  private func operandSpans(_ event: NonFiniteOrigin.Event) -> (source: SourceText, main: Span, spans: [Span])? {
    guard let (code, position) = instruction(ofSite: event.site) else { return nil }
    if let operands = code.operands(at: position) {
      guard code.source.string(operands.operatorSpan) == event.operation.name, event.operands.count == 2 else { return nil }
      return (code.source, operands.operatorSpan, [operands.left, operands.right])
    }
    let instruction = code.instructions[position]
    guard [.call, .callPlain, .callMethod, .callGlobal].contains(instruction.opcode) else { return nil }
    let shape = code.callShapes[Int(instruction.opcode == .callGlobal ? code.instructions[position + 1].b : instruction.c)]
    guard shape.method == nil, shape.spans.count == event.operands.count, code.source.string(code.spans[position]).hasPrefix(event.operation.name + "(") else { return nil }
    return (code.source, code.spans[position], shape.spans)
  }

  private func remedy(_ event: NonFiniteOrigin.Event) -> String? {
    switch event.cause {
    case .logOfZero, .logOfNegative:
      return event.derivativeOf == nil
        ? "`log(max(x, 1e-8))` keeps x above 0; `log_softmax` and `cross_entropy` take logits and need no `log`" : nil
    case .rootOfNegative: return "`sqrt(max(x, 0))` keeps x from falling below 0, which rounding alone can do"
    case .divisionByZero, .zeroByZero:
      switch event.derivativeOf {
      case nil: return "`x / (y + 1e-8)` keeps the divisor from 0; `where(y == 0, 0, x / y)` chooses"
      case .log: return "`log(max(x, 1e-8))` has a finite derivative"
      case .asin, .acos: return "inside of `clip(x, -0.9999, 0.9999)` the derivative is finite"
      case .divide: return "`x / (y + 1e-8)` has a finite derivative"
      default: return nil
      }
    case .outsideOfUnit: return "`clip(x, -1, 1)` keeps x inside"
    case .powerOfNegative: return "`abs(x)^p` or `max(x, 0)^p` has every power"
    case .powerOfZero: return "`max(x, 1e-8)^p` keeps x from 0"
    case .overflow:
      if [.exp, .expm1, .sinh, .cosh].contains(event.operation) {
        let bound = event.result.type == .f64 ? "709" : "88"
        return "`\(event.operation.name)` of more than \(bound) is too large for \(event.result.type.name): subtract the maximum first, as `softmax` and `logsumexp` do"
      }
      return "numbers that grow step by step want a lower learning rate or `clip_norm`"
        + (event.result.type == .f64 ? "" : "; f64(x) holds numbers up to 1.8e308")
    case .infinityMinusInfinity, .zeroTimesInfinity, .infinityByInfinity, .angleOfInfinity, .remainderByZero, .unknown: return nil
    }
  }

  /// `[3] f32, min -1, mean 0, max 1, 2 nan`.
  func numbers(_ numbers: NumberStatistics, _ shape: Shape, _ type: ElementType) -> String {
    func short(_ value: Double) -> String { NumberText.plain(value, digits: 4) }
    var parts: [String] = []
    if shape.rank == 0 {
      parts.append(type.name)
      let value = numbers.nan > 0 ? Double.nan : numbers.positiveInfinities > 0 ? .infinity : numbers.negativeInfinities > 0 ? -.infinity : numbers.mean
      return "\(NumberText.plain(value, digits: digits)), \(type.name)"
    }
    parts.append("\(shape) \(type.name)")
    if numbers.count == 0 { return parts[0] + ", empty" }
    if numbers.finite > 0 { parts.append("min \(short(numbers.least)), mean \(short(numbers.mean)), max \(short(numbers.greatest))") }
    if numbers.nan > 0 { parts.append("\(NumberText.count(numbers.nan)) nan") }
    if numbers.infinities > 0 { parts.append("\(NumberText.count(numbers.infinities)) infinite") }
    return parts.joined(separator: ", ")
  }
}
