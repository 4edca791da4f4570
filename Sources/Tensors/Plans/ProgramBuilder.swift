import Kernels

/// Writes the row program of one group of nodes.
struct ProgramBuilder {
  private let nodes: [Node]
  private let table: [Primitive]
  private let fusion: Fusion
  private let number: Int
  private let count: Int
  private var length: Int
  private let members: [Int]
  /// The value that each member writes which is wanted outside, by position.
  private let outputs: [Int: Int]
  private let views: [View?]

  private var instructions: [Program.Instruction] = []
  private var reads: [Program.Read] = []
  private var readViews: [(view: View, isRow: Bool, wantsElements: Bool)] = []
  private var closures: [@Sendable (Primitive.TileCall) -> KernelFault?] = []
  private var layouts: [(sizes: [Int], strides: [Int])] = []
  private var registers = 0, rowRegisters = 0
  private var freeRegisters: [Int32] = [], freeRowRegisters: [Int32] = []
  /// Where each member's numbers are, by position; of a reading where those of its operand are.
  private var places: [Int: Program.Place] = [:]
  /// Numbers of rows that were written out for all elements.
  private var expanded: [Int: Program.Place] = [:]
  /// The member by whose instruction a member's numbers are last read.
  private var lastRead: [Int: Int] = [:]
  /// Members that only one other reads, whose instruction does both operations; and the other way round.
  private var reader: [Int: Int] = [:], inner: [Int: Int] = [:]
  /// Of sums of two products the second product; `inner` holds the first.
  private var secondProduct: [Int: Int] = [:]
  /// Sums of squares that the instruction of the differences computes, too, and the other way round.
  private var squares: [Int: Int] = [:], differences: [Int: Int] = [:]

  /// Rows shorter than this are not worth a call each.
  private static let shortRow = 24

  init(_ nodes: [Node], _ table: [Primitive], _ fusion: Fusion, number: Int, outputs: [Int: Int], views: [View?]) {
    self.nodes = nodes
    self.table = table
    self.fusion = fusion
    self.number = number
    self.outputs = outputs
    self.views = views
    count = fusion.groups[number].count
    length = fusion.groups[number].length
    members = fusion.groups[number].members
  }

  mutating func program() -> Program {
    if length == 0 { length = lengthOfOperands() }
    findProducts()
    findDifferences()
    findSumsOfProducts()
    findPairs()
    findThirds()
    for member in members where isInstruction(member) {
      for place in 0..<nodes[member].operandCount {
        if let operand = nodes[member].operand(place) {
          let source = producer(Int(operand.index))
          lastRead[source] = member
        }
      }
      // What an instruction does first is read when it does.
      for position in done(before: member) {
        for place in 0..<2 { if let operand = nodes[position].operand(place) { lastRead[producer(Int(operand.index))] = member } }
      }
    }
    for member in members where isInstruction(member) && reader[member] == nil {
      // What was written with the differences only has its operands let go.
      if differences[member] == nil { write(member) } else { release(after: member, only: nil) }
    }
    return Program(
      count: count, length: length, instructions: instructions, reads: reads, closures: closures, layouts: layouts, registers: registers,
      rowRegisters: rowRegisters)
  }

  private func isInstruction(_ position: Int) -> Bool {
    switch fusion.role[position] {
    case .full, .row, .reduction: true
    default: false
    }
  }

  /// The member whose numbers a position reads, through readings.
  private func producer(_ position: Int) -> Int {
    var position = position
    while fusion.group[position] == number, !isInstruction(position), let operand = nodes[position].a { position = Int(operand.index) }
    return position
  }

  /// Without rows of its own a program takes those of an operand that is repeated for each row or along it.
  private func lengthOfOperands() -> Int {
    for member in members where fusion.role[member] == .full {
      let node = nodes[member]
      for place in 0..<node.operandCount {
        guard let operand = node.operand(place), fusion.group[Int(operand.index)] != number, let view = views[Int(operand.index)] else { continue }
        let wide = view.broadcast(to: node.shape)
        if wide.isOneElement || wide.isContiguous { continue }
        let (sizes, strides) = View.joined(node.shape, [wide.strides])
        if sizes.count == 2, sizes[1] >= ProgramBuilder.shortRow, strides[0][1] == 1 || strides[0][1] == 0 { return sizes[1] }
      }
    }
    return 0
  }

  private mutating func findProducts() {
    guard length > 0, length <= Fusion.maximumRow else { return }
    for member in members where fusion.role[member] == .reduction && nodes[member].op == .sum {
      guard let operand = nodes[member].a else { continue }
      let position = Int(operand.index)
      guard fusion.group[position] == number, fusion.role[position] == .full, operand.op == .multiply, outputs[position] == nil,
        isReadOnce(position), let a = operand.a, let b = operand.b,
        isElementForElement(a, of: operand), isElementForElement(b, of: operand)
      else { continue }
      join(position, to: member)
    }
  }

  private mutating func join(_ first: Int, to second: Int) {
    reader[first] = second
    inner[second] = first
  }

  /// Arithmetic whose result only one other arithmetic operation reads is done by that one's instruction.
  private mutating func findPairs() {
    for member in members where fusion.role[member] == .full && reader[member] == nil {
      guard let second = binaryOperation(member), inner[member] == nil, squares[member] == nil, let a = nodes[member].a, let b = nodes[member].b, a !== b else { continue }
      for operand in [a, b] {
        let position = Int(operand.index)
        guard canJoin(operand, to: member), let first = binaryOperation(position), PairOperation.allows(first, second) else { continue }
        join(position, to: member)
        break
      }
    }
  }

  /// A sum of the squares of differences from one number for each row, as in a variance.
  private mutating func findDifferences() {
    for member in members where fusion.role[member] == .reduction {
      guard let product = inner[member], let a = nodes[product].a, let b = nodes[product].b else { continue }
      let position = producer(Int(a.index))
      guard position == producer(Int(b.index)), fusion.group[position] == number, nodes[position].op == .subtract, fusion.role[position] == .full,
        squares[position] == nil, let x = nodes[position].a, let center = nodes[position].b, isElementForElement(x, of: nodes[position]),
        x.shape.count == nodes[position].shape.count
      else { continue }
      let source = producer(Int(center.index))
      guard fusion.group[source] == number, fusion.role[source] == .row || fusion.role[source] == .reduction, length >= ProgramBuilder.shortRow else { continue }
      squares[position] = member
      differences[member] = position
    }
  }

  /// Sums of two products that nobody else reads.
  private mutating func findSumsOfProducts() {
    for member in members where nodes[member].op == .add && fusion.role[member] == .full && reader[member] == nil {
      guard nodes[member].type.isFloat, let a = nodes[member].a, let b = nodes[member].b, a !== b, a.op == .multiply, b.op == .multiply,
        canJoin(a, to: member), canJoin(b, to: member)
      else { continue }
      join(Int(a.index), to: member)
      reader[Int(b.index)] = member
      secondProduct[member] = Int(b.index)
    }
  }

  /// Whether an operand is arithmetic that an instruction may do on the way: nobody else wants its numbers, and it does nothing else yet.
  private func canJoin(_ operand: Node, to member: Int) -> Bool {
    let position = Int(operand.index)
    return fusion.group[position] == number && fusion.role[position] == .full && operand.shape.count == nodes[member].shape.count && outputs[position] == nil
      && inner[position] == nil && squares[position] == nil && reader[position] == nil && isReadOnce(position)
  }

  private func isReadOnce(_ position: Int) -> Bool { fusion.firstReader[position + 1] - fusion.firstReader[position] == 1 }

  /// What takes a pair for an operand and makes a third operation of it: a sum with a product of three factors, or a difference from a product's quotient.
  private mutating func findThirds() {
    for member in members where fusion.role[member] == .full && inner[member] == nil && reader[member] == nil {
      guard nodes[member].type.isFloat, let a = nodes[member].a, let b = nodes[member].b, a !== b else { continue }
      let candidates: [(operand: Node, op: Op)]
      switch nodes[member].op {
      case .add: candidates = [(a, .multiply), (b, .multiply)]
      case .subtract: candidates = [(b, .divide)]
      default: continue
      }
      for (operand, op) in candidates {
        let position = Int(operand.index)
        guard fusion.group[position] == number, fusion.role[position] == .full, operand.shape.count == nodes[member].shape.count, operand.op == op,
          let first = inner[position], nodes[first].op == .multiply, outputs[position] == nil, reader[position] == nil, isReadOnce(position),
          // The product is divided and does not divide.
          op == .multiply || Int(operand.a?.index ?? -1) == first
        else { continue }
        join(position, to: member)
        break
      }
    }
  }

  private func binaryOperation(_ position: Int) -> BinaryOperation? {
    guard nodes[position].type.isFloat, case .elementwise(let tile) = table[Int(nodes[position].op.rawValue)].kernel, case .binary(let operation) = tile.code
    else { return nil }
    return operation
  }

  /// Whether a factor has an element of its own for each of the product, lying side by side in each row.
  private func isElementForElement(_ factor: Node, of product: Node) -> Bool {
    let position = producer(Int(factor.index))
    if fusion.group[position] == number { return fusion.role[position] == .full }
    guard factor.shape.count == product.shape.count, let view = views[Int(factor.index)] else { return false }
    return view.broadcast(to: product.shape).isContiguous
  }

  // MARK: Instructions

  private mutating func write(_ position: Int) {
    let node = nodes[position]
    let role = fusion.role[position]
    var sources: [Program.Place] = []
    var type = node.type
    let work: Program.Instruction.Work
    var closure: Int32 = 0
    if role == .reduction, let x = node.a {
      if inner[position] != nil, let a = x.a, let b = x.b {
        work = .sumOfProducts
        for factor in [a, b] { sources.append(source(factor, of: x, isRow: false, wantsElements: true)) }
      } else {
        work = .reduce(ProgramBuilder.operation(node.op))
        sources.append(source(x, of: x, isRow: false, wantsElements: true))
      }
    } else if squares[position] != nil, let x = node.a, let center = node.b {
      work = .differences
      sources.append(source(x, of: node, isRow: false, wantsElements: true))
      sources.append(source(center, of: node, isRow: false, wantsElements: false))
    } else if let first = inner[position], let second = secondProduct[position] {
      work = .four(.sumOfTwoProducts)
      for product in [first, second] {
        for operand in [nodes[product].a, nodes[product].b] {
          if let operand { sources.append(source(operand, of: nodes[product], isRow: false, wantsElements: false)) }
        }
      }
    } else if let pair = inner[position], let first = inner[pair], let a = nodes[first].a, let b = nodes[first].b, let left = nodes[pair].a,
      let right = nodes[pair].b, let other = Int(node.a?.index ?? -1) == pair ? node.b : node.a
    {
      work = .four(node.op == .add ? .scaleAndShift : .differenceFromQuotient)
      for operand in [a, b] { sources.append(source(operand, of: nodes[first], isRow: false, wantsElements: false)) }
      sources.append(source(Int(left.index) == first ? right : left, of: nodes[pair], isRow: false, wantsElements: false))
      sources.append(source(other, of: node, isRow: false, wantsElements: false))
    } else if let first = inner[position], let one = binaryOperation(first), let other = binaryOperation(position), let a = nodes[first].a,
      let b = nodes[first].b, let left = node.a, let right = node.b
    {
      let isSwapped = Int(right.index) == first
      work = .elements(.pair(one, other, isSwapped: isSwapped))
      for operand in [a, b] { sources.append(source(operand, of: nodes[first], isRow: false, wantsElements: false)) }
      sources.append(source(isSwapped ? left : right, of: node, isRow: false, wantsElements: false))
    } else {
      guard case .elementwise(let tile) = table[Int(node.op.rawValue)].kernel else { return }
      work = role == .row ? .perRow(tile.code) : .elements(tile.code)
      if let body = tile.closure {
        closure = Int32(truncatingIfNeeded: closures.count)
        closures.append(body)
      }
      for place in 0..<node.operandCount {
        guard let operand = node.operand(place) else { continue }
        type = operand.type
        sources.append(source(operand, of: node, isRow: role == .row, wantsElements: !tile.acceptsRepeats))
      }
    }
    let size = Int32(truncatingIfNeeded: node.type.byteSize)
    let isRowResult = role != .full
    // Elements are read before they are written, so a result may take the place of an operand that is read for the last time.
    if role != .reduction { release(after: position, only: size) }
    let out: Program.Place
    if let value = outputs[position] {
      out = Program.Place(kind: isRowResult ? .rowValue : .value, index: Int32(truncatingIfNeeded: value), size: size)
    } else {
      out = register(isRow: isRowResult, size: size)
    }
    places[position] = out
    var last = sources.count > 3 ? sources[3] : sources[0]
    if let sum = squares[position] {
      last = outputs[sum].map { Program.Place(kind: .rowValue, index: Int32(truncatingIfNeeded: $0), size: size) } ?? register(isRow: true, size: size)
      places[sum] = last
    }
    instructions.append(
      Program.Instruction(
        work: work, op: node.op, others: others(of: position), type: type, result: node.type, sourceCount: Int32(sources.count), a: sources[0], b: sources.count > 1 ? sources[1] : sources[0],
        c: sources.count > 2 ? sources[2] : sources[0], d: last, out: out, isFlat: sources.allSatisfy(isFlat), closure: closure,
        position: Int32(truncatingIfNeeded: position)))
    release(after: position, only: nil)
  }

  /// The members whose operations a member's instruction does before its own, in order.
  private func done(before member: Int) -> [Int] {
    var found: [Int] = []
    var first = inner[member]
    while let position = first {
      found.insert(position, at: 0)
      first = inner[position]
    }
    if let second = secondProduct[member] { found.append(second) }
    return found
  }

  /// What a member's instruction does besides: operations before its own, or the sum of squares after it.
  private func others(of position: Int) -> [(op: Op, position: Int32)] {
    var found: [(op: Op, position: Int32)] = []
    func note(_ member: Int) { found.append((nodes[member].op, Int32(truncatingIfNeeded: member))) }
    if let sum = squares[position] {
      if let product = inner[sum] { note(product) }
      note(sum)
    }
    for member in done(before: position) { note(member) }
    return found
  }

  private static func operation(_ op: Op) -> ReduceOperation {
    switch op {
    case .sum: .sum
    case .product: .product
    case .reduceMaximum: .maximum
    default: .minimum
    }
  }

  private func isFlat(_ place: Program.Place) -> Bool {
    switch place.kind {
    case .register, .value: true
    case .rowRegister, .rowValue: false
    case .read: reads[Int(place.index)].kind != .rows
    }
  }

  private mutating func register(isRow: Bool, size: Int32) -> Program.Place {
    let index: Int32
    if isRow {
      index = freeRowRegisters.popLast() ?? Int32(truncatingIfNeeded: rowRegisters)
      rowRegisters = max(rowRegisters, Int(index) + 1)
    } else {
      index = freeRegisters.popLast() ?? Int32(truncatingIfNeeded: registers)
      registers = max(registers, Int(index) + 1)
    }
    return Program.Place(kind: isRow ? .rowRegister : .register, index: index, size: size)
  }

  /// Registers that nobody reads after this instruction serve again; `only` those of elements of this size.
  private mutating func release(after position: Int, only size: Int32?) {
    for (producer, last) in lastRead where last == position {
      if let place = places[producer], size == nil || place.size == size {
        if place.kind == .register { freeRegisters.append(place.index) } else if place.kind == .rowRegister { freeRowRegisters.append(place.index) }
        if place.kind == .register || place.kind == .rowRegister { places[producer] = nil }
      }
      if size == nil, let place = expanded.removeValue(forKey: producer) { freeRegisters.append(place.index) }
    }
  }

  // MARK: Operands

  private mutating func source(_ operand: Node, of reader: Node, isRow: Bool, wantsElements: Bool) -> Program.Place {
    let position = producer(Int(operand.index))
    guard let place = places[position] else { return read(operand, of: reader, isRow: isRow, wantsElements: wantsElements) }
    let isOfRows = place.kind == .rowRegister || place.kind == .rowValue
    if isRow || !isOfRows || (!wantsElements && length >= ProgramBuilder.shortRow) { return place }
    if let known = expanded[position] { return known }
    let wide = register(isRow: false, size: place.size)
    expanded[position] = wide
    instructions.append(
      Program.Instruction(
        work: .expand, op: .broadcast, type: nodes[position].type, result: nodes[position].type, sourceCount: 1, a: place, b: place, c: place, d: place, out: wide,
        isFlat: true, closure: 0, position: Int32(truncatingIfNeeded: position)))
    return wide
  }

  /// An operand from outside; one that is there already serves again.
  private mutating func read(_ operand: Node, of reader: Node, isRow: Bool, wantsElements: Bool) -> Program.Place {
    let size = operand.type.byteSize
    guard let own = views[Int(operand.index)] else { return Program.Place(kind: .read, index: 0, size: Int32(size)) }
    let view = own.broadcast(to: reader.shape)
    if let known = readViews.firstIndex(where: {
      $0.view.value == view.value && $0.view.offset == view.offset && $0.view.strides == view.strides && $0.view.shape == view.shape && $0.isRow == isRow
        && $0.wantsElements == wantsElements
    }) {
      return Program.Place(kind: .read, index: Int32(truncatingIfNeeded: known), size: Int32(size))
    }
    var read = Program.Read(kind: .packed, value: Int32(truncatingIfNeeded: view.value), byteOffset: view.offset * size, size: size)
    read.isRow = isRow
    let isSingle = view.isOneElement && reader.shape.count != 1
    if isSingle && !wantsElements {
      read.kind = .repeated
    } else if !isSingle && view.isContiguous {
      read.kind = .direct
    } else {
      let (sizes, ways) = isSingle ? ([reader.shape.count], [[0]]) : View.joined(reader.shape, [view.strides])
      let strides = ways[0]
      let step = strides[strides.count - 1]
      if !isRow, !isSingle, length >= ProgramBuilder.shortRow, sizes.count == 2, sizes[1] == length, step == 1 || (step == 0 && !wantsElements) {
        read.kind = .rows
        read.step = step
        read.rowStride = strides[0] * size
      } else {
        // A register of its own: it is filled before the first instruction, and read at any time after.
        read.register = Int32(truncatingIfNeeded: isRow ? rowRegisters : registers)
        if isRow { rowRegisters += 1 } else { registers += 1 }
        read.layout = Int32(truncatingIfNeeded: layouts.count)
        layouts.append((sizes, strides))
      }
    }
    readViews.append((view, isRow, wantsElements))
    reads.append(read)
    return Program.Place(kind: .read, index: Int32(truncatingIfNeeded: reads.count - 1), size: Int32(size))
  }
}
