import Syntax

/// Code under construction: instructions with their places, constants, registers.
final class CodeBuilder {
  let name: String
  let source: SourceText
  let module: Module
  var instructions: [Instruction] = []
  var spans: [Span] = []
  /// Of instructions that compute with two operands, in the order of the code.
  var operands: [OperandSpans] = []
  var constants: [Value] = []
  private var numberConstants: [UInt64: Int] = [:]
  private var stringConstants: [String: Int] = [:]
  var parameters: [CodeParameter] = []
  var selfRegister: Int?
  var captureSources: [CaptureSource] = []
  var captureNames: [String] = []
  var children: [Code] = []
  var layerType: LayerType?
  var callShapes: [CallShape] = []
  private var plain: Int?
  var recordShapes: [[String]] = []
  var indexShapes: [[IndexPart]] = []
  var formats: [FormatSpecification] = []
  var memberNames: [String] = []
  private var memberIndexes: [String: Int] = [:]
  var updatePaths: [UpdatePath] = []
  var shapeChecks: [ShapeCheck] = []
  var failures: [Failure] = []
  var warnings: [Warning] = []
  var loops: [LoopRange] = []
  var variableNames: [Int: String] = [:]
  /// Where names were bound, in order of appearance.
  var bindings: [(name: String, position: Int)] = []
  var documentation: String?
  var definition = Span(0, 0)
  var isTopLevel = false
  /// Where registers of temporary values begin, if parameters and variables stand before them.
  var variableEnd: Int?
  var nextRegister = 0
  var highestRegister = 0

  init(name: String, source: SourceText, module: Module) {
    self.name = name
    self.source = source
    self.module = module
  }

  @discardableResult
  func emit(_ instruction: Instruction, _ span: Span) -> Int {
    instructions.append(instruction)
    spans.append(span)
    return instructions.count - 1
  }

  @discardableResult
  func emit(_ opcode: Opcode, a: Int = 0, b: Int = 0, c: Int = 0, d: Int = 0, _ span: Span) -> Int {
    emit(Instruction(opcode, a: a, b: b, c: c, d: d), span)
  }

  /// Notes where the operands and the operator of the instruction just emitted stand, for errors to point at.
  func operandSpans(_ left: Span, _ right: Span, _ operatorSpan: Span) {
    operands.append(OperandSpans(position: instructions.count - 1, left: left, right: right, operatorSpan: operatorSpan))
  }

  /// A jump whose target is not known yet; `land` sets it.
  func emitJump(_ opcode: Opcode, a: Int = 0, _ span: Span) -> Int { emit(opcode, a: a, span) }

  /// Lets a jump (or the extra word that holds a target) lead to the next instruction.
  func land(_ jump: Int) { instructions[jump].target = instructions.count }

  func takeRegister() throws(GradusError) -> Int { try takeRegisters(1) }

  func takeRegisters(_ count: Int) throws(GradusError) -> Int {
    let first = nextRegister
    nextRegister += count
    highestRegister = max(highestRegister, nextRegister)
    if nextRegister >= Instruction.constantBit {
      throw GradusError(.limit, "`\(name)` needs more than \(Instruction.constantBit) variables and values at once", hints: ["divide it into functions"])
    }
    return first
  }

  func constant(_ number: Double) -> Int {
    if let known = numberConstants[number.bitPattern] { return known }
    let index = addConstant(.number(number))
    numberConstants[number.bitPattern] = index
    return index
  }

  func constant(_ text: String) -> Int {
    if let known = stringConstants[text] { return known }
    let index = addConstant(.string(text))
    stringConstants[text] = index
    return index
  }

  private func addConstant(_ value: Value) -> Int {
    constants.append(value)
    return constants.count - 1
  }

  /// A constant as an operand: by its index where that fits, else from a register that it's loaded to.
  func operand(ofConstant index: Int, _ span: Span) throws(GradusError) -> Int {
    if index < Instruction.constantBit { return index | Instruction.constantBit }
    let register = try takeRegister()
    emit(.loadConstant, a: register, b: index, c: index >> 16, span)
    return register
  }

  /// Whether an operand is a number of the code's constants.
  func isNumber(_ operand: Int) -> Bool {
    guard operand & Instruction.constantBit != 0, case .number = constants[operand & ~Instruction.constantBit] else { return false }
    return true
  }

  /// target ← base.name
  func emitMember(_ target: Int, _ base: Int, _ name: String, _ span: Span) {
    let index = memberIndexes[name] ?? memberNames.count
    if index == memberNames.count {
      memberNames.append(name)
      memberIndexes[name] = index
    }
    emit(.member, a: target, b: base, c: index, span)
  }

  /// Instructions name entries of the tables with sixteen bits.
  func checkSize() throws(GradusError) {
    let sizes = [callShapes.count, memberNames.count, recordShapes.count, indexShapes.count, formats.count, updatePaths.count, shapeChecks.count, failures.count, warnings.count, children.count, captureSources.count]
    if let largest = sizes.max(), largest > 0xffff {
      throw GradusError(.limit, "`\(name)` is too long: \(largest) calls, indices or functions stand in it", hints: ["divide it into functions or files"])
    }
  }

  /// The shape of calls by position alone that nobody wrote arguments for.
  func plainShape() -> Int {
    if let plain { return plain }
    plain = callShape(.plain())
    return callShapes.count - 1
  }

  func callShape(_ shape: CallShape) -> Int {
    callShapes.append(shape)
    return callShapes.count - 1
  }
}

/// Where the parts of a binary operation stand.
struct OperandSpans {
  /// The instruction.
  let position: Int
  let left: Span
  let right: Span
  let operatorSpan: Span
}
