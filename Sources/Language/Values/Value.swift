import OrderedCollections
import Tensors

/// A value of the language. Values never change; layers and cells have identity, and what changes in them is a place.
package enum Value {
  /// A place to which nothing was bound yet; never seen by a program.
  case unbound
  case nothing
  case bool(Bool)
  case number(Double)
  case string(StringValue)
  case tensor(Tensor)
  case list(ListValue)
  /// A tuple, or a record when it has names.
  case tuple(TupleValue)
  case map(MapValue)
  case range(RangeValue)
  case sequence(SequenceValue)
  case function(FunctionValue)
  case layer(Layer)
  case cell(Cell)
  /// A picture, a data source: something of the host that programs pass around.
  case external(ExternalValue)
  /// A captured variable's place in its frame; never seen by a program.
  case box(Box)
  /// What a loop goes through, in its frame; never seen by a program.
  case iterator(ValueIterator)
}

extension Value {
  /// Where the number of the case stands in memory, behind what the case holds. The machine looks at it when it leaves a call.
  package static let tagOffset = 8
  /// Cases up to this number are bools and numbers, which count no references.
  package static let lastPlainTag: UInt8 = 1

  package static func string(_ text: String) -> Value { .string(StringValue(text)) }
  package static func list(_ elements: [Value]) -> Value { .list(ListValue(elements)) }
  package static func tuple(_ elements: [Value]) -> Value { .tuple(TupleValue(elements, names: nil)) }
  package static func record(_ fields: [(String, Value)]) -> Value {
    .tuple(TupleValue(fields.map(\.1), names: fields.map(\.0)))
  }
}

package final class ListValue: Container {
  /// Written only by the machine, and only when nobody else holds this list.
  package var elements: [Value]
  package init(_ elements: [Value]) { self.elements = elements }

  deinit { if elements.contains(where: \.isContainer) { freeContents() } }

  override func noteContents(in census: inout ReferenceCensus) { census.note(elements) }

  override func moveContents(to values: inout [Value]) {
    elements.appendContainers(to: &values)
    elements = []
  }
}

package final class TupleValue: Container {
  package var elements: [Value]
  /// A record's field names, as many as elements; an unnamed field of a mixed one is "".
  package let names: [String]?
  package init(_ elements: [Value], names: [String]?) {
    self.elements = elements
    self.names = names
  }
  package func index(of name: String) -> Int? { names?.firstIndex(of: name) }

  deinit { if elements.contains(where: \.isContainer) { freeContents() } }

  override func noteContents(in census: inout ReferenceCensus) { census.note(elements) }

  override func moveContents(to values: inout [Value]) {
    elements.appendContainers(to: &values)
    elements = []
  }
}

package final class MapValue: Container {
  package enum Key: Hashable {
    case string(String)
    case number(Double)
  }
  package var entries: OrderedDictionary<Key, Value>
  package init(_ entries: OrderedDictionary<Key, Value>) { self.entries = entries }

  deinit { if entries.values.contains(where: \.isContainer) { freeContents() } }

  override func noteContents(in census: inout ReferenceCensus) { census.note(entries.values) }

  override func moveContents(to values: inout [Value]) {
    entries.values.appendContainers(to: &values)
    entries = [:]
  }
}

/// `start ..< stop by step`: the numbers start, start + step, … before stop (or up to it, when inclusive).
package final class RangeValue {
  package let start: Double
  package let stop: Double
  package let step: Double
  package let isInclusive: Bool
  package let count: Int
  package init(start: Double, stop: Double, step: Double, isInclusive: Bool) {
    self.start = start
    self.stop = stop
    self.step = step
    self.isInclusive = isInclusive
    let span = (stop - start) / step
    if !(span >= 0) {
      count = 0
    } else {
      // A relative allowance so that 0...1 by 0.1 holds eleven numbers, but never a whole step.
      let allowance = min(1e-10 * max(1, abs(span)), 1e-4)
      let steps = span + allowance
      let whole = steps.rounded(.down)
      let inclusiveCount = whole + 1
      let exclusiveCount = (span - whole).magnitude <= allowance ? whole : whole + 1
      count = Int(min(isInclusive ? inclusiveCount : exclusiveCount, 9e15))
    }
  }
  package subscript(_ index: Int) -> Double { start + Double(index) * step }
}

/// A list whose elements a function makes when they are asked for: `sequence(n, i -> …)`.
package final class SequenceValue: Container {
  package let count: Int
  package private(set) var function: Value
  package init(count: Int, function: Value) {
    self.count = count
    self.function = function
  }

  deinit { freeContents() }

  override func noteContents(in census: inout ReferenceCensus) { census.note(function) }

  override func moveContents(to values: inout [Value]) {
    values.append(function)
    function = .unbound
  }
}

/// A cell: a place with identity that layers hold and derivatives are taken by.
package final class Cell: MutableContainer {
  package enum Kind { case parameter, state }
  package let kind: Kind
  /// Changed only through `Session.write`.
  package internal(set) var content: Value
  /// Whether the optimiser leaves it alone (`model.freeze()`).
  package internal(set) var isFrozen = false
  /// What `content` was marked as in a recording, and the recording's number: a quick way for repeated reads.
  var marked: Tensor?
  var markedIn = 0
  /// The transaction of the journal that has noted what it held.
  var notedIn = 0
  init(kind: Kind, content: Value) {
    self.kind = kind
    self.content = content
  }

  deinit { if content.isContainer { freeContents() } }

  override func noteContents(in census: inout ReferenceCensus) { census.note(content) }

  override func moveContents(to values: inout [Value]) {
    values.append(content)
    content = .unbound
  }
}

/// A callable object with fields. Its type says what the fields are called; a composition's parts are numbered.
package final class Layer: MutableContainer {
  package let type: LayerType
  /// Changed only through `Session.write`.
  package internal(set) var fields: [Value]
  package internal(set) var isBuilt: Bool
  init(type: LayerType, fields: [Value], isBuilt: Bool) {
    self.type = type
    self.fields = fields
    self.isBuilt = isBuilt
  }

  deinit { if fields.contains(where: \.isContainer) { freeContents() } }

  override func noteContents(in census: inout ReferenceCensus) { census.note(fields) }

  override func moveContents(to values: inout [Value]) {
    fields.appendContainers(to: &values)
    fields = []
  }
}

/// What the layers made by one definition have in common.
package final class LayerType {
  package let name: String
  /// Parameters first, then the names assigned in the body and in `build`, then methods.
  package private(set) lazy var fieldNames: [String] = (0..<partCount).map(String.init)
  package let parameterCount: Int
  private(set) lazy var slots = Dictionary(fieldNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { $1 })
  /// Slots of fields that hold the layer's own functions.
  let methodSlots: Set<Int>
  package let isComposition: Bool
  let forwardSlot: Int?
  let buildSlot: Int?
  /// The slots of fields as paths go through them: in the order in which the body assigns them.
  private(set) lazy var pathOrder = Array(0..<partCount)
  /// Whether it is a thing of the library with settings rather than something to be called: an optimiser.
  let isObject: Bool
  /// Of a composition, whose parts get their names when somebody asks for them.
  private let partCount: Int

  /// `assigned` are the names that the body and `build` assign, in order: parameters among them, too.
  init(name: String, fieldNames: [String], parameterCount: Int, methodSlots: Set<Int>, assigned: [String] = [], isObject: Bool = false) {
    self.name = name
    self.parameterCount = parameterCount
    self.methodSlots = methodSlots
    isComposition = false
    self.isObject = isObject
    partCount = 0
    var slots: [String: Int] = [:]
    for (slot, name) in fieldNames.enumerated() { slots[name] = slot }
    forwardSlot = slots["forward"].flatMap { methodSlots.contains($0) ? $0 : nil }
    buildSlot = slots["build"].flatMap { methodSlots.contains($0) ? $0 : nil }
    self.fieldNames = fieldNames
    self.slots = slots
    let last = assigned.compactMap { slots[$0] }
    let known = Set(last)
    pathOrder = (0..<parameterCount).filter { !known.contains($0) } + last.filter { !methodSlots.contains($0) }
  }

  /// The type of a composition.
  init(partCount: Int) {
    name = "composition"
    parameterCount = 0
    methodSlots = []
    isComposition = true
    isObject = false
    forwardSlot = nil
    buildSlot = nil
    self.partCount = partCount
  }
}

/// A host object that programs pass around: a picture to be shown or saved.
package final class ExternalValue {
  package let typeName: String
  package let object: any Sendable
  package init(typeName: String, object: any Sendable) {
    self.typeName = typeName
    self.object = object
  }
}

extension MapValue.Key {
  /// The key as a value.
  var value: Value {
    switch self {
    case .string(let text): .string(text)
    case .number(let number): .number(number)
    }
  }
}
