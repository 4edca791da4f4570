/// Which nodes are computed together, as one row program.
///
/// Elementwise nodes of one size belong together, and with them reductions along the last axes and what is computed of
/// their results for each row: a softmax is one program. What others want of a program's numbers is written to memory
/// beside its last result.
///
/// Nodes are met from the last to the first. Each gets a height above the end: a program's height is above that of
/// all that read its results from outside, and a node joins only if that stays so. So no program ever waits for itself.
struct Fusion {
  /// What a member does in its program.
  enum Role: UInt8 {
    case none
    /// An instruction over all elements, or over one number for each row.
    case full, row
    /// From all elements to one for each row.
    case reduction
    /// The same elements under another shape: no instruction.
    case fullAlias, rowAlias
    /// One number for each row, read by every element of it.
    case spread
  }

  struct Group {
    var count: Int
    /// Elements of a row, 0 while nothing asks for rows.
    var length: Int
    var height: Int32
    var instructions: Int
    /// The group this one became part of.
    var parent: Int
    var members: [Int] = []
  }

  /// Instructions of a program at most: more gain nothing, and cost scratch memory.
  static let maximumInstructions = 96
  /// Elements of a row at most: a row's numbers wait in the cache until the whole row has been seen.
  static let maximumRow = 8192

  /// The number of each position's group, -1 for none.
  private(set) var group: [Int]
  private(set) var role: [Role]
  private(set) var groups: [Group] = []
  /// For each position where its readers begin in `readers`; one entry more at the end.
  let firstReader: [Int]
  let readers: [Int32]
  private var height: [Int32]
  private let nodes: [Node]
  private let isKept: [Bool]
  private let table: [Primitive]

  /// What belongs to a product's epilogue is left alone. With `isOff` every node is.
  init(_ nodes: [Node], _ isKept: [Bool], _ table: [Primitive], _ readers: Readers, _ epilogues: Epilogues, isOff: Bool) {
    self.nodes = nodes
    self.isKept = isKept
    self.table = table
    group = Array(repeating: -1, count: nodes.count)
    role = Array(repeating: .none, count: nodes.count)
    height = Array(repeating: 0, count: nodes.count)
    firstReader = readers.first
    self.readers = readers.list
    for position in nodes.indices.reversed() where nodes[position].isPending {
      place(position, isOff: isOff, isEpilogue: epilogues.number[position] >= 0)
    }
    for position in nodes.indices where group[position] >= 0 { group[position] = find(group[position]) }
    // A reading of something outside of its program is an operand of it.
    for position in nodes.indices where role[position] == .fullAlias || role[position] == .rowAlias || role[position] == .spread {
      if let operand = nodes[position].a, group[Int(operand.index)] == group[position] { continue }
      group[position] = -1
      role[position] = .none
    }
    for index in groups.indices {
      groups[index].members = groups[index].members.filter { group[$0] == index }.sorted()
    }
  }

  private func find(_ group: Int) -> Int {
    var root = group
    while groups[root].parent != root { root = groups[root].parent }
    return root
  }

  // MARK: One node

  private mutating func place(_ position: Int, isOff: Bool, isEpilogue: Bool) {
    let node = nodes[position]
    var top: Int32 = 0
    // The programs among the readers of the greatest height, and whether all of those are programs.
    var candidates: [Int] = []
    var areAllPrograms = true
    for index in firstReader[position]..<firstReader[position + 1] {
      let reader = Int(readers[index])
      let root = group[reader] >= 0 ? find(group[reader]) : -1
      let readerHeight = root >= 0 ? groups[root].height : height[reader]
      if readerHeight < top { continue }
      if readerHeight > top {
        top = readerHeight
        candidates.removeAll(keepingCapacity: true)
        areAllPrograms = true
      }
      if root < 0 { areAllPrograms = false } else if !candidates.contains(root) { candidates.append(root) }
    }
    height[position] = top + 1
    if isEpilogue { return }
    if isOff {
      if case .elementwise = table[Int(node.op.rawValue)].kernel { begin(position, .full, count: node.shape.count, length: 0, top + 1) }
      return
    }
    let target = areAllPrograms && !candidates.isEmpty ? merged(candidates) : nil
    switch table[Int(node.op.rawValue)].kernel {
    case .leaf: return
    case .whole where reducedLength(node) == nil: return
    case .view:
      guard let target, !isKept[position] else { return }
      joinAsView(position, target, top)
    case .elementwise:
      if let target, let (isRow, length) = requirement(position, target), groups[target].instructions < Fusion.maximumInstructions,
        isRow ? adopt(length, target) : groups[target].count == node.shape.count
      {
        join(position, isRow ? .row : .full, target)
        groups[target].instructions += 1
      } else {
        begin(position, .full, count: node.shape.count, length: 0, top + 1)
      }
    default:
      guard let length = reducedLength(node), let x = node.a else { return }
      if let target, let (isRow, wanted) = requirement(position, target), groups[target].instructions < Fusion.maximumInstructions {
        if isRow && wanted == length && groups[target].count == x.shape.count && adopt(length, target) {
          join(position, .reduction, target)
          groups[target].instructions += 1
          return
        }
        if !isRow && groups[target].length == 0 && groups[target].count == node.shape.count {
          widen(target, by: length)
          join(position, .reduction, target)
          groups[target].instructions += 1
          return
        }
      }
      begin(position, .reduction, count: x.shape.count, length: length, top + 1)
    }
  }

  private mutating func begin(_ position: Int, _ role: Role, count: Int, length: Int, _ height: Int32) {
    groups.append(Group(count: count, length: length, height: height, instructions: 1, parent: groups.count))
    join(position, role, groups.count - 1)
  }

  private mutating func join(_ position: Int, _ role: Role, _ target: Int) {
    group[position] = target
    self.role[position] = role
    groups[target].members.append(position)
  }

  /// Whether the rows of a group may have this length.
  private mutating func adopt(_ length: Int, _ target: Int) -> Bool {
    if groups[target].length == length { return true }
    guard groups[target].length == 0, length > 1, length <= Fusion.maximumRow, groups[target].count % length == 0 else { return false }
    groups[target].length = length
    return true
  }

  /// What were the elements of a group become its rows.
  private mutating func widen(_ target: Int, by length: Int) {
    groups[target].count *= length
    groups[target].length = length
    for position in groups[target].members {
      if role[position] == .full { role[position] = .row } else if role[position] == .fullAlias { role[position] = .rowAlias }
    }
  }

  /// One group of several of the same height: none of them can depend on another.
  private mutating func merged(_ candidates: [Int]) -> Int? {
    let first = candidates[0]
    for other in candidates.dropFirst() {
      guard groups[other].count == groups[first].count,
        groups[other].length == groups[first].length || groups[other].length == 0 || groups[first].length == 0,
        groups[other].instructions + groups[first].instructions < Fusion.maximumInstructions
      else { return nil }
      groups[first].length = max(groups[first].length, groups[other].length)
      groups[first].instructions += groups[other].instructions
      groups[other].parent = first
      groups[first].members += groups[other].members
      groups[other].members = []
    }
    return first
  }

  private mutating func joinAsView(_ position: Int, _ target: Int, _ top: Int32) {
    let node = nodes[position]
    guard let operand = node.a else { return }
    // All readers must be in the program: nobody looks for the numbers of a reading in memory.
    for index in firstReader[position]..<firstReader[position + 1] {
      let reader = Int(readers[index])
      guard group[reader] >= 0, find(group[reader]) == target else { return }
    }
    guard let (isRow, length) = requirement(position, target) else { return }
    switch node.op {
    case .reshape, .mark, .detach, .broadcast:
      if operand.shape.count == node.shape.count {
        if isRow && !adopt(length, target) { return }
        if !isRow && groups[target].count != node.shape.count { return }
        join(position, isRow ? .rowAlias : .fullAlias, target)
      } else if node.op == .broadcast, !isRow, groups[target].count == node.shape.count,
        let length = Fusion.rowLength(of: operand.shape, in: node.shape), adopt(length, target)
      {
        join(position, .spread, target)
      }
    default: return
    }
  }

  // MARK: Shapes

  /// How all readers in a group want a node: one number for each row of this length, or all elements.
  private func requirement(_ position: Int, _ target: Int) -> (isRow: Bool, length: Int)? {
    let shape = nodes[position].shape
    var found: (isRow: Bool, length: Int)?
    for index in firstReader[position]..<firstReader[position + 1] {
      let reader = Int(readers[index])
      guard group[reader] >= 0, find(group[reader]) == target else { continue }
      let wanted: (isRow: Bool, length: Int)
      switch role[reader] {
      case .full:
        if shape.count == nodes[reader].shape.count {
          wanted = (false, 0)
        } else if let length = Fusion.rowLength(of: shape, in: nodes[reader].shape) {
          wanted = (true, length)
        } else {
          return nil
        }
      case .reduction, .fullAlias: wanted = (false, 0)
      case .row:
        guard shape.count == nodes[reader].shape.count else { return nil }
        wanted = (true, groups[target].length)
      case .rowAlias: wanted = (true, groups[target].length)
      case .spread:
        guard let length = Fusion.rowLength(of: shape, in: nodes[reader].shape) else { return nil }
        wanted = (true, length)
      case .none: return nil
      }
      if let found, found != wanted { return nil }
      found = wanted
    }
    return found
  }

  /// If a shape holds one number for each row of another, where a row is some of the last axes: the row's length.
  static func rowLength(of shape: Shape, in full: Shape) -> Int? {
    guard shape.rank <= full.rank, full.count > 0 else { return nil }
    let added = full.rank - shape.rank
    var length = 1
    var axis = full.rank - 1
    while axis >= 0 && (axis < added || shape[axis - added] == 1) {
      length *= full[axis]
      axis -= 1
    }
    while axis >= 0 {
      guard (axis < added ? 1 : shape[axis - added]) == full[axis] else { return nil }
      axis -= 1
    }
    return length > 1 && length <= maximumRow && length * shape.count == full.count ? length : nil
  }

  /// How many neighbours a reduction makes one number of; nil for all that is no reduction along the last axes.
  private func reducedLength(_ node: Node) -> Int? {
    switch node.op {
    case .sum, .product, .reduceMaximum, .reduceMinimum: break
    default: return nil
    }
    guard node.type.isFloat, let x = node.a, x.shape.count > 0 else { return nil }
    var length = 1
    var axis = x.shape.rank - 1
    while axis >= 0 && (node.attribute >> axis & 1 == 1 || x.shape[axis] == 1) {
      length *= x.shape[axis]
      axis -= 1
    }
    while axis >= 0 {
      if node.attribute >> axis & 1 == 1 && x.shape[axis] != 1 { return nil }
      axis -= 1
    }
    return length > 1 && length <= Fusion.maximumRow ? length : nil
  }
}
