import Tensors

/// Reading and writing places: captured variables, fields, cells.
extension Session {
  /// A cell's present content; other values as they are. In a recording, a parameter's content is what derivatives
  /// are taken by.
  func read(_ value: Value) -> Value {
    guard case .cell(let cell) = value else { return value }
    guard case .tensor(let tensor) = cell.content, let innermost = cellRecordings.last else { return cell.content }
    if cell.markedIn == innermost.number, let marked = cell.marked { return .tensor(marked) }
    var content = tensor
    for recording in cellRecordings { content = recording.mark(cell, content, engine) }
    return .tensor(content)
  }

  func write(_ box: Box, _ value: Value) {
    journal.note(.box(box, value: box.value))
    box.value = value
    track(box)
  }

  /// Notes that a variable may have become part of a cycle of references.
  @inline(__always)
  func track(_ box: Box) { if box.value.isContainer { collector.track(box, bytes: engine.bytesInUse) } }

  /// A captured variable.
  func box(_ value: Value) -> Box {
    let box = Box(value)
    track(box)
    return box
  }

  /// A layer; its functions will know it.
  func layer(_ type: LayerType, fields: [Value], isBuilt: Bool) -> Layer {
    let layer = Layer(type: type, fields: fields, isBuilt: isBuilt)
    collector.track(layer, bytes: engine.bytesInUse)
    return layer
  }

  /// A cell.
  func cell(_ kind: Cell.Kind, _ content: Value) -> Cell {
    let cell = Cell(kind: kind, content: content)
    if content.isContainer { collector.track(cell, bytes: engine.bytesInUse) }
    return cell
  }

  func write(_ layer: Layer, _ slot: Int, _ value: Value) {
    journal.note(.field(layer, slot: slot, value: layer.fields[slot]))
    layer.fields[slot] = value
  }

  /// `cell := value`: shape and type must agree with what a parameter holds.
  func write(_ cell: Cell, _ value: Value) throws {
    if cell.kind == .parameter, cellRecordings.contains(where: { $0.includes(cell) }) {
      throw Failure(.derivative, "a parameter cannot be changed while derivatives are taken by it", hint: "the optimiser changes it after the block; keep other quantities in `state(…)`")
    }
    var content = value
    if case .tensor(let old) = cell.content {
      switch value {
      case .tensor(let new):
        guard new.shape == old.shape else {
          throw Failure(.shape, "a cell of shape \(old.shape.dimensions) gets a value of shape \(new.shape.dimensions)", notes: ["a cell keeps its shape"])
        }
        if new.isNumber {
          content = .tensor(try engine.cast(new, to: old.type))
        } else if new.type != old.type {
          throw Failure(.type, "a cell of type \(old.type) gets a value of type \(new.type)", hint: "convert it: `\(old.type)(…)`")
        }
      case .number(let number):
        guard old.shape.rank == 0 else {
          throw Failure(.shape, "a cell of shape \(old.shape.dimensions) gets a number", hint: "`full(\(NumberText.plain(number, digits: digits)), …)` makes a tensor")
        }
        content = .tensor(engine.scalar(number, old.type))
      default:
        throw Failure(.type, "a cell that holds a tensor gets \(described(value))")
      }
    }
    set(cell, content)
  }

  /// The type of the tensor in a cell, if nothing that is under way needs what the cell held.
  func typeIfAlone(_ cell: Cell) -> ElementType? {
    guard !journal.isOpen, cellRecordings.isEmpty, case .tensor(let tensor) = cell.content else { return nil }
    return tensor.type
  }

  /// Replaces a cell's content without asking.
  func set(_ cell: Cell, _ content: Value) {
    journal.note(cell)
    cell.content = content
    cell.marked = nil
    cell.markedIn = 0
    if content.isContainer { collector.track(cell, bytes: engine.bytesInUse) }
  }

  /// Replaces a field of the record that a cell holds; in place, if nobody else holds the record.
  func set(_ cell: Cell, field slot: Int, _ value: Value) {
    journal.note(cell)
    cell.content.setField(slot, value)
    cell.marked = nil
    cell.markedIn = 0
    if value.isContainer { collector.track(cell, bytes: engine.bytesInUse) }
  }

  /// Whether optimisers leave a parameter alone.
  func freeze(_ cell: Cell, _ isFrozen: Bool) {
    guard cell.isFrozen != isFrozen else { return }
    journal.note(.frozen(cell, before: cell.isFrozen))
    cell.isFrozen = isFrozen
  }

  // MARK: `:=`

  /// Changes a variable, or the content of the cell that it holds.
  func assign(_ place: inout Value, _ value: Value, name: @autoclosure () -> String) throws {
    switch place {
    case .unbound: throw nothingToChange(name())
    case .cell(let cell): if try !assign(cell, value) { place = value }
    default: place = value
    }
  }

  func assign(_ box: Box, _ value: Value, name: @autoclosure () -> String) throws {
    switch box.value {
    case .unbound: throw nothingToChange(name())
    case .cell(let cell): if try !assign(cell, value) { write(box, value) }
    default: write(box, value)
    }
  }

  func assign(_ layer: Layer, _ slot: Int, _ value: Value) throws {
    if layer.type.methodSlots.contains(slot) {
      throw Failure(.name, "`\(layer.type.fieldNames[slot])` is a function of the layer and cannot be changed")
    }
    switch layer.fields[slot] {
    case .unbound: throw nothingToChange(layer.type.fieldNames[slot])
    case .cell(let cell): if try !assign(cell, value) { write(layer, slot, value) }
    default: write(layer, slot, value)
    }
  }

  /// Whether the cell took the value; a new cell replaces the old one instead.
  private func assign(_ cell: Cell, _ value: Value) throws -> Bool {
    if case .cell(let other) = value {
      if other === cell { return true }
      return false
    }
    try write(cell, value)
    return true
  }

  func nothingToChange(_ name: String) -> Failure {
    Failure(.name, "there is no `\(name)` to change", hint: "`\(name) = …` makes it")
  }
}

/// A derivative by cells that is being recorded: which cells were read, and as what.
final class CellRecording {
  let recording: Recording
  /// Tells recordings apart for the quick way in `Cell`.
  let number: Int
  /// Cells asked for by name, parameters or not; nil for all parameters that are read.
  private let targets: Set<ObjectIdentifier>?
  private(set) var cells: [Cell] = []
  /// As what each of the cells was read.
  private(set) var marks: [Tensor] = []
  private var places: [ObjectIdentifier: Int] = [:]
  private var isClosed = false

  init(_ recording: Recording, number: Int, targets: [Cell]?) {
    self.recording = recording
    self.number = number
    self.targets = targets.map { Set($0.map(ObjectIdentifier.init)) }
  }

  func includes(_ cell: Cell) -> Bool {
    targets?.contains(ObjectIdentifier(cell)) ?? (cell.kind == .parameter)
  }

  func mark(_ cell: Cell, _ content: Tensor, _ engine: Engine) -> Tensor {
    guard includes(cell) else { return content }
    if let place = places[ObjectIdentifier(cell)] { return marks[place] }
    guard content.type == .f32 || content.type == .f64 else { return content }
    let marked = engine.mark(content, in: recording)
    if cells.isEmpty { places.reserveCapacity(12) }
    places[ObjectIdentifier(cell)] = cells.count
    marks.append(marked)
    cells.append(cell)
    cell.marked = marked
    cell.markedIn = number
    return marked
  }

  /// Which of the cells it is.
  func place(of cell: Cell) -> Int? { places[ObjectIdentifier(cell)] }

  func close(_ session: Session) {
    guard !isClosed else { return }
    isClosed = true
    for cell in cells {
      cell.marked = nil
      cell.markedIn = 0
    }
    session.engine.close(recording)
  }
}
