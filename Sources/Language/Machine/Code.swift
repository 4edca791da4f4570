import Syntax

/// What the machine needs of code at every call, behind a plain pointer: a call counts no references.
struct CodeHead {
  let instructions: UnsafeMutablePointer<Instruction>
  let constants: UnsafeMutablePointer<Value>
  let frameSize: Int
  /// The registers up to here are parameters and variables; what stands in others is written before it's read.
  let variableEnd: Int
  /// Of each register whether only the expression at hand uses it.
  let isTemporary: UnsafeMutablePointer<Bool>
  /// Arguments that a call by position alone may leave in place.
  let plainArity: Int
  /// Names the code in source sites.
  let identifier: UInt32
  let isLibrary: Bool
  /// Whether the registers are the module's variables.
  let isTopLevel: Bool
  /// The session keeps all code, and code its module.
  let code: Unmanaged<Code>
  let module: Unmanaged<Module>

  @inline(__always)
  var storage: UnsafeMutablePointer<Value> { module._withUnsafeGuaranteedRef { $0.storage } }
}

extension Int {
  /// The next multiple of a power of two.
  fileprivate func rounded(upTo step: Int) -> Int { (self + step - 1) & -step }
}

/// A compiled function, block, layer body or program.
package final class Code {
  /// The head, then the constants, the instructions, and what is known of each register.
  private let memory: UnsafeMutableRawPointer
  let head: UnsafePointer<CodeHead>
  package let name: String
  package let source: SourceText
  let module: Module
  /// Names this code in source sites.
  let identifier: UInt32
  let instructions: UnsafeMutablePointer<Instruction>
  let instructionCount: Int
  let spans: [Span]
  private let operands: [OperandSpans]
  let constants: UnsafeMutablePointer<Value>
  let constantCount: Int
  let frameSize: Int
  let parameters: [CodeParameter]
  /// Arguments that a call by position alone may leave in place.
  let plainArity: Int
  let isLibrary: Bool
  /// The parameter that takes all remaining arguments.
  let restIndex: Int?
  /// The register of `self` in a layer's own functions.
  let selfRegister: Int?
  let captures: [CaptureSource]
  let captureNames: [String]
  /// The module's variables that this code and the functions in it read, in the order in which they are named.
  let globalSlots: [Int]
  let children: [Code]
  let layerType: LayerType?
  let callShapes: [CallShape]
  let recordShapes: [[String]]
  let indexShapes: [[IndexPart]]
  let formats: [FormatSpecification]
  let memberNames: [String]
  let updatePaths: [UpdatePath]
  let shapeChecks: [ShapeCheck]
  let failures: [Failure]
  let warnings: [Warning]
  /// The loops, inner ones before those around them.
  let loops: [LoopRange]
  /// Names of the registers that are variables.
  private let variableNames: RegisterNames
  /// Where names were bound, in order of appearance.
  let bindings: [(name: String, position: Int)]
  package let documentation: String?
  package let definition: Span
  /// Whether the registers are the module's variables.
  let isTopLevel: Bool

  init(builder: CodeBuilder, identifier: UInt32) {
    name = builder.name
    source = builder.source
    isLibrary = builder.source.isLibrary
    module = builder.module
    self.identifier = identifier
    instructionCount = builder.count
    constantCount = builder.constants.count
    frameSize = builder.highestRegister + 1
    // All that the machine reads lies in one piece.
    let constantsStart = MemoryLayout<CodeHead>.stride.rounded(upTo: MemoryLayout<Value>.alignment)
    let instructionsStart = constantsStart + constantCount * MemoryLayout<Value>.stride
    let registersStart = instructionsStart + instructionCount * MemoryLayout<Instruction>.stride
    memory = .allocate(byteCount: registersStart + frameSize, alignment: max(MemoryLayout<CodeHead>.alignment, MemoryLayout<Value>.alignment))
    instructions = (memory + instructionsStart).bindMemory(to: Instruction.self, capacity: instructionCount)
    spans = builder.finish(to: instructions)
    operands = builder.operands
    constants = (memory + constantsStart).bindMemory(to: Value.self, capacity: constantCount)
    constants.initialize(from: builder.constants, count: constantCount)
    Code.pair(instructions, count: instructionCount, constants)
    parameters = builder.parameters
    restIndex = builder.parameters.firstIndex { $0.isRest }
    plainArity = restIndex != nil ? -1 : builder.parameters.count
    selfRegister = builder.selfRegister
    captures = builder.captureSources
    captureNames = builder.captureNames
    var slots: [Int] = []
    var known = Set<Int>()
    func note(_ slot: Int) {
      if slots.count < 8 {
        if slots.contains(slot) { return }
      } else {
        if known.isEmpty { known.formUnion(slots) }
        guard known.insert(slot).inserted else { return }
      }
      slots.append(slot)
    }
    for (instruction, _) in builder.lines {
      switch instruction.opcode {
      case .getGlobal: note(Int(instruction.b))
      case .callGlobal: note(Int(instruction.c))
      case .closure, .constructor: builder.children[Int(instruction.b)].globalSlots.forEach(note)
      default: break
      }
    }
    globalSlots = slots
    children = builder.children
    layerType = builder.layerType
    callShapes = builder.callShapes
    recordShapes = builder.recordShapes
    indexShapes = builder.indexShapes
    formats = builder.formats
    memberNames = builder.memberNames
    updatePaths = builder.updatePaths
    shapeChecks = builder.shapeChecks
    failures = builder.failures
    warnings = builder.warnings
    loops = builder.loops
    variableNames = builder.variableNames
    bindings = builder.bindings
    documentation = builder.documentation
    definition = builder.definition
    isTopLevel = builder.isTopLevel
    let isTemporary = (memory + registersStart).bindMemory(to: Bool.self, capacity: frameSize)
    // The variables of loops stand among them.
    let firstTemporary = isTopLevel ? frameSize : builder.variableEnd ?? frameSize
    for register in 0..<frameSize { (isTemporary + register).initialize(to: register >= firstTemporary && variableNames[register] == nil) }
    let head = memory.bindMemory(to: CodeHead.self, capacity: 1)
    self.head = UnsafePointer(head)
    head.initialize(
      to: CodeHead(
        instructions: instructions, constants: constants, frameSize: frameSize, variableEnd: builder.variableEnd ?? frameSize, isTemporary: isTemporary,
        plainArity: plainArity, identifier: identifier, isLibrary: isLibrary, isTopLevel: isTopLevel,
        code: .passUnretained(self), module: .passUnretained(module)))
  }

  /// Lets instructions that often stand together be carried out in one go. The second one stays as it is: it's passed
  /// over if the first one did its work, and a jump may lead to it.
  private static func pair(_ instructions: UnsafeMutablePointer<Instruction>, count: Int, _ constants: UnsafeMutablePointer<Value>) {
    for place in 0..<count where instructions[place].opcode == .jump {
      let target = instructions[place].target
      // What only leads to a return is one.
      if target > place, target < count, instructions[target].opcode == .returnValue { instructions[place] = instructions[target] }
    }
    for place in 0..<max(0, count - 1) {
      let next = instructions[place + 1], product = instructions[place].a
      switch (instructions[place].opcode, next.opcode) {
      case (.multiply, .add), (.multiplyNumber, .add):
        guard (next.b == product) != (next.c == product) else { continue }
        instructions[place].opcode = .multiplyAdd
        instructions[place].d = next.b == product ? 1 : 0
      case (.addNumber, .compareLoop): instructions[place].opcode = .addNumberLoop
      case (.compareJump, _) where next.opcode == .extra && isNumber(instructions[place].c, constants) && instructions[place].b & 0x8000 == 0:
        instructions[place].opcode = .compareNumberJump
      case (.move, .returnValue) where product == next.a: instructions[place].opcode = .returnOperand
      case (.moveVariable, .returnValue) where product == next.a:
        instructions[place].opcode = .returnOperand
        instructions[place].d = 1
      default: break
      }
    }
  }

  private static func isNumber(_ operand: UInt16, _ constants: UnsafeMutablePointer<Value>) -> Bool {
    guard operand & 0x8000 != 0, case .number = constants[Int(operand & 0x7fff)] else { return false }
    return true
  }

  /// The name of the variable in a register. At the top level it's the module's, but for those of loops.
  func variableName(_ register: Int) -> String {
    variableNames[register] ?? (isTopLevel && register < module.count ? module.names[register] : "?")
  }

  /// Whether one of its variables has this name.
  func names(_ name: String) -> Bool { variableNames.contains(name) }

  /// Where the parts of the binary operation stand that an instruction computes.
  func operands(at position: Int) -> OperandSpans? {
    var low = 0, high = operands.count
    while low < high {
      let middle = (low + high) / 2
      if operands[middle].position < position { low = middle + 1 } else { high = middle }
    }
    return low < operands.count && operands[low].position == position ? operands[low] : nil
  }

  deinit {
    constants.deinitialize(count: constantCount)
    memory.deallocate()
  }
}

/// What is said about code that runs but can't be meant.
struct Warning {
  let error: GradusError
  /// Of a call `x.f(…)`: f.
  let method: String?
}

struct CodeParameter {
  /// "" for a pattern.
  let name: String
  let hasDefault: Bool
  let isRest: Bool
}

/// Where a closure finds a variable that it captures, when it is made.
enum CaptureSource {
  /// A box in a register of the enclosing frame.
  case register(Int)
  /// A captured variable of the enclosing function.
  case capture(Int)
}

/// Where a loop stands in the code, and how its turns are counted.
struct LoopRange {
  /// The first instruction of a turn.
  let start: Int
  /// The jump back.
  let end: Int
  /// The register that counts.
  let register: Int
  /// Whether turns are counted when they begin, rather than at the jump back.
  let countsBegun: Bool
  let span: Span

  /// The turns that are done when the code has come to an instruction, which for the jump back was not carried out.
  func turnsDone(at position: Int, _ registers: UnsafeMutablePointer<Value>) -> Int {
    guard case .number(let counted) = registers[register], counted >= 0, counted < 9e15 else { return 0 }
    let isAtEnd = position == end
    // Where the next element is asked for, the turn has not begun.
    let isWhole = isAtEnd || position == start
    return max(0, Int(counted) + (countsBegun ? (isWhole ? 0 : -1) : (isAtEnd ? 1 : 0)))
  }
}

/// How the arguments of a call were written.
final class CallShape {
  /// A name for each argument given by name; nil for those by position. Empty if all are.
  let names: [String?]
  let hasTrailing: Bool
  let spans: [Span]
  /// The method's name in `x.f(…)`.
  let method: String?
  /// Whether all arguments are by position and none is a trailing block.
  let isPlain: Bool

  init(names: [String?], hasTrailing: Bool, spans: [Span], method: String? = nil) {
    self.names = names
    self.hasTrailing = hasTrailing
    self.spans = spans
    self.method = method
    isPlain = !hasTrailing && names.allSatisfy { $0 == nil }
  }

  /// Some arguments by position: nothing has to be known of them.
  static func plain() -> CallShape { CallShape(names: [], hasTrailing: false, spans: []) }
}

/// One item of an index; its values stand in consecutive registers.
enum IndexPart {
  case at
  case slice(hasStart: Bool, hasStop: Bool, hasStep: Bool)
  case ellipsis
  case new

  var isElement: Bool { if case .at = self { true } else { false } }

  var valueCount: Int {
    switch self {
    case .at: 1
    case .slice(let start, let stop, let step): (start ? 1 : 0) + (stop ? 1 : 0) + (step ? 1 : 0)
    case .ellipsis, .new: 0
    }
  }
}

/// `x[i].f[j] = e`: the place, the way from it, and the register of the new value.
struct UpdatePath {
  enum Place {
    case register(Int)
    case global(Int)
    case capture(Int)
    case box(Int)
    case field(layer: Int, slot: Int)
  }
  enum Step {
    case index([IndexPart], register: Int)
    case member(String)
    case position(Int)
  }
  let place: Place
  let name: String
  let steps: [Step]
  let value: Int
}

/// `x :: [n, 3]`: sizes to agree with, and registers that names are bound in.
struct ShapeCheck {
  enum Dimension {
    case size(Int)
    case name(String, register: Int)
    case any
  }
  let subject: String
  let dimensions: [Dimension]
}
