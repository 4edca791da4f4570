import Syntax

/// Code under construction: instructions with their places, constants, registers.
final class CodeBuilder {
  let name: String
  let source: SourceText
  let module: Module
  /// The instructions and where in the text each comes from.
  private(set) var lines: [(instruction: Instruction, span: Span)] = []
  /// Of instructions that compute with two operands, in the order of the code.
  var operands: [OperandSpans] = []
  var constants: [Value] = []
  /// Where numbers and strings stand among the constants, once these are too many to look through.
  private var numberConstants: [UInt64: Int] = [:]
  private var stringConstants: [String: Int] = [:]
  private static let fewConstants = 12
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
  var variableNames = RegisterNames()
  /// Where names were bound, in order of appearance.
  private(set) var bindings: [(name: String, position: Int)] = []
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
    // Enough for most functions: growing step by step costs more than the room.
    lines.reserveCapacity(24)
  }

  /// How many instructions there are.
  var count: Int { lines.count }

  subscript(_ index: Int) -> Instruction {
    get { lines[index].instruction }
    _modify { yield &lines[index].instruction }
  }

  var lastSpan: Span { lines.last?.span ?? Span(0, 0) }

  /// Writes the instructions to a place with room for them, and gives where each comes from.
  func finish(to place: UnsafeMutablePointer<Instruction>) -> [Span] {
    lines.withUnsafeBufferPointer { lines in
      Array(unsafeUninitializedCapacity: lines.count) { spans, count in
        for index in lines.indices {
          (place + index).initialize(to: lines[index].instruction)
          spans.initializeElement(at: index, to: lines[index].span)
        }
        count = lines.count
      }
    }
  }

  @discardableResult
  func emit(_ instruction: Instruction, _ span: Span) -> Int {
    lines.append((instruction, span))
    return lines.count - 1
  }

  @discardableResult
  func emit(_ opcode: Opcode, a: Int = 0, b: Int = 0, c: Int = 0, d: Int = 0, _ span: Span) -> Int {
    emit(Instruction(opcode, a: a, b: b, c: c, d: d), span)
  }

  /// Notes where the operands and the operator of the instruction just emitted stand, for errors to point at.
  func operandSpans(_ left: Span, _ right: Span, _ operatorSpan: Span) {
    if operands.isEmpty { operands.reserveCapacity(6) }
    operands.append(OperandSpans(position: count - 1, left: left, right: right, operatorSpan: operatorSpan))
  }

  func noteBinding(of name: String, at position: Int) {
    if bindings.isEmpty { bindings.reserveCapacity(4) }
    bindings.append((name, position))
  }

  /// A jump whose target is not known yet; `land` sets it.
  func emitJump(_ opcode: Opcode, a: Int = 0, _ span: Span) -> Int { emit(opcode, a: a, span) }

  /// Lets a jump (or the extra word that holds a target) lead to the next instruction.
  func land(_ jump: Int) { self[jump].target = count }

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
    if constants.count > Self.fewConstants {
      if let known = numberConstants[number.bitPattern] { return known }
    } else {
      for index in constants.indices {
        if case .number(let known) = constants[index], known.bitPattern == number.bitPattern { return index }
      }
    }
    return addConstant(.number(number))
  }

  func constant(_ text: String) -> Int {
    if constants.count > Self.fewConstants {
      if let index = stringConstants[text], isConstant(index, text) { return index }
    } else {
      for index in constants.indices where isConstant(index, text) { return index }
    }
    return addConstant(.string(text))
  }

  private func isConstant(_ index: Int, _ text: String) -> Bool {
    // Strings count as equal that are written in other bytes.
    guard case .string(let known) = constants[index] else { return false }
    return known.text.utf8.elementsEqual(text.utf8)
  }

  private func addConstant(_ value: Value) -> Int {
    if constants.isEmpty { constants.reserveCapacity(4) }
    constants.append(value)
    if constants.count > Self.fewConstants {
      // The first time they all are noted.
      for index in (constants.count == Self.fewConstants + 1 ? 0 : constants.count - 1)..<constants.count {
        switch constants[index] {
        case .number(let number): numberConstants[number.bitPattern] = index
        case .string(let string): stringConstants[string.text] = index
        default: break
        }
      }
    }
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

/// Names of the registers that are variables.
struct RegisterNames {
  private var entries: [(register: Int, name: String)] = []

  subscript(_ register: Int) -> String? {
    get { entries.last { $0.register == register }?.name }
    set {
      guard let newValue else { return }
      if entries.isEmpty { entries.reserveCapacity(4) }
      entries.append((register, newValue))
    }
  }

  func contains(_ name: String) -> Bool { entries.contains { $0.name == name } }
}

/// Where the parts of a binary operation stand.
struct OperandSpans {
  /// The instruction.
  let position: Int
  let left: Span
  let right: Span
  let operatorSpan: Span
}
