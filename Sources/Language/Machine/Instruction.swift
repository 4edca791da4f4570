/// One instruction of the register machine: eight bytes.
///
/// `a`, `b` and `c` name registers of the running frame unless said otherwise; an operand written `b*` or `c*`
/// below with its highest bit set names a constant of the code instead. A jump's target is held by `b` and `c`.
struct Instruction {
  var opcode: Opcode
  var d: UInt8
  var a: UInt16
  var b: UInt16
  var c: UInt16

  init(_ opcode: Opcode, a: Int = 0, b: Int = 0, c: Int = 0, d: Int = 0) {
    self.opcode = opcode
    self.a = UInt16(truncatingIfNeeded: a)
    self.b = UInt16(truncatingIfNeeded: b)
    self.c = UInt16(truncatingIfNeeded: c)
    self.d = UInt8(truncatingIfNeeded: d)
  }

  var target: Int {
    @inline(__always)
    get { Int(b) | Int(c) << 16 }
    set {
      b = UInt16(truncatingIfNeeded: newValue)
      c = UInt16(truncatingIfNeeded: newValue >> 16)
    }
  }

  /// Marks an operand as the index of a constant.
  static let constantBit = 0x8000
}

/// What an instruction does.
enum Opcode: UInt8 {
  /// a ← b*.
  case move
  /// a ← the variable in register b, which must be bound.
  case moveVariable
  case loadNothing
  /// a ← the constant whose index b and c hold.
  case loadConstant
  /// a ← d ≠ 0.
  case loadBool
  /// a becomes unbound.
  case clear

  /// a ← the module's variable b, or what the library calls so.
  case getGlobal
  /// The module's variable a ← b*.
  case setGlobal
  /// a ← captured variable b.
  case getCapture
  case setCapture
  /// a ← the content of the box in register b.
  case getBox
  /// The content of the box in register a ← b*.
  case setBox
  /// a ← a new box, unbound inside.
  case newBox
  /// a ← a box that holds what a held.
  case enclose
  /// a ← field c of the layer in b.
  case getField
  /// Field b of the layer in a ← c*.
  case setField

  /// `:=` to register a, the module's variable a, captured variable a, the box in register a: ← b*.
  case assignRegister
  case assignGlobal
  case assignCapture
  case assignBox
  /// `:=` to field b of the layer in a ← c*.
  case assignField
  /// `x[i].f = e`: carries out update path b.
  case update

  /// a ← b* op c*.
  case add
  case subtract
  case multiply
  case divide
  case floorDivide
  case modulo
  case power
  case equal
  case notEqual
  case less
  case lessEqual
  case greater
  case greaterEqual
  /// a ← b op c*, where c* is known to be a number of the code and b to be a register.
  case addNumber
  case subtractNumber
  case multiplyNumber
  /// a ← b* * c*. If these are numbers, carries out the next instruction, too, which adds the product as its operand b (d = 1)
  /// or c (d = 0).
  case multiplyAdd
  /// `addNumber`. If that adds numbers, carries out the next instruction, too, which is a `compareLoop`.
  case addNumberLoop
  /// a ← b* op c*, the operator being number d.
  case binary
  /// `x += e`: `:=` to register a of what it holds op c*, the operator being number d.
  case combine
  case contains
  case negate
  case not
  /// a ← b, which must be true or false; d tells which word asks (0 `and`, 1 `or`).
  case truth

  case jump
  /// Jumps back to the start of a loop; a counts its turns.
  case again
  /// Jumps if a is false.
  case jumpIfFalse
  case jumpIfTrue
  /// Goes on if b* op c* (the operator being number d) is true; else jumps to the target in the next word.
  case compareJump
  /// The same where c* is known to be a number of the code and b to be a register.
  case compareNumberJump
  /// Jumps back to the target in the next word if b* op c* is true: the end of a loop, whose turns a counts.
  case compareLoop
  /// Jumps if register a is bound.
  case jumpIfBound

  /// a ← a closure over child code b.
  case closure
  /// a ← a constructor of layers from child code b.
  case constructor
  /// Warns that the value of a call is not used, warning c; if b is 1, unless the receiver in register a + 1 has such a field.
  case warn
  /// a ← the derivative of order d of the function b.
  case derivative
  /// a ← the composition of the c values from register b.
  case compose

  /// a ← r[b](r[b+1], …), d arguments, call shape c.
  case call
  /// The same where all arguments are by position.
  case callPlain
  /// The same for what the module's variable c holds (r[b] is free); the call shape stands in the next word.
  case callGlobal
  /// Stands before the code of `x = append(x, b*)`: if nobody else holds the list in a, and the module's variable in the next
  /// word is unbound, so that the library's `append` is meant, the list grows in its place, and c instructions are passed over.
  /// If d is 1, b is a temporary value.
  case grow
  /// Stands before a `callPlain` or `callMethod` in `x = append(x, e)`: if nobody else holds the list in x, it grows in
  /// its place, and the call is passed over.
  case replace
  /// The same for `r[b+1].name(…)`: d arguments with the receiver; r[b] is the nearest variable of that name or unbound.
  case callMethod
  /// a ← host function c with d arguments from register b.
  case intrinsic
  case returnValue
  /// a ← b*, and the next instruction, too, which returns a. If d is 1, b is a variable, which must be bound.
  case returnOperand

  /// a ← the c items from register b: a tensor or a list.
  case makeBracket
  case makeList
  case makeTuple
  /// a ← a record of the values from register b, names by record shape c.
  case makeRecord
  /// a ← a map of c pairs from register b.
  case makeMap
  /// Appends b* to the list under construction in a.
  case append
  /// Puts the pair (b, c) into the map under construction in a.
  case insert
  /// a ← the list under construction in a, read as brackets are.
  case finishBracket
  /// a ← the texts of the c values from register b, joined.
  case makeString
  /// a ← the text of b in format c.
  case format
  /// a ← the range from b to b+1; d bit 0: inclusive, bit 1: by b+2.
  case makeRange
  /// a ← b*[c*].
  case indexOne
  /// a ← b[…], items from register c, index shape in the next word.
  case index
  /// a ← b.name, the name being member name c.
  case member
  /// a ← b.c.
  case position
  /// Registers from a on ← the c parts of b.
  case unpack

  /// Prepares to go through b: a holds what is gone through, a+1 the place; for a range a holds how many numbers it
  /// has, a+2 the first, a+3 the step.
  case iterate
  /// b ← the next element of what a goes through; without one, jumps to the target in the next word.
  case next
  /// Checks that b is a whole number of turns: a holds those to come, a+1 counts those begun.
  case countdown
  /// Takes one from a; if none is left, jumps.
  case turn

  /// From here on an error goes to the target, its description to register a.
  case pushHandler
  case popHandler

  /// The value of an expression statement that nobody takes: pictures draw.
  case discard
  /// The value of an expression statement at the top level.
  case echo
  /// Checks a against shape annotation b.
  case checkShape
  /// Raises what failure b of the code describes.
  case raise
  /// Data of the instruction before.
  case extra
}
