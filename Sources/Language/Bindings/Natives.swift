import Syntax

/// The table of host functions, by the number that instructions carry.
struct Natives: @unchecked Sendable {
  let table: [Native]
  private let indexes: [String: Int]
  /// Those that only compute.
  private let effectless: Set<String>

  /// Made once; it holds functions only, nothing that changes.
  static let shared = Natives()

  private init() {
    var table: [Native] = []
    let plain: [NativeTable] = [
      TensorFunctions.table, MakeFunctions.table, ShapeFunctions.table, SelectFunctions.table, AlgebraFunctions.table, ImageFunctions.table, ListFunctions.table,
      StringFunctions.table, FileFunctions.table, SavingFunctions.table, ChartFunctions.table, SystemFunctions.table, TrainingFunctions.table,
      InquiryFunctions.table, CellFunctions.table,
    ]
    for rows in plain {
      for row in rows { table.append(Native(name: row.name, body: .plain(row.body))) }
    }
    let computing = [
      TensorFunctions.table, MakeFunctions.table, ShapeFunctions.table, SelectFunctions.table, AlgebraFunctions.table, ImageFunctions.table, ListFunctions.table,
      StringFunctions.table, InquiryFunctions.table,
    ]
    // Draws move the random state, the others compute or build something that was there.
    let exceptions: Set = ["__uniform", "__normal", "__randint", "__permutation", "__realize", "__mark_built"]
    effectless = Set(computing.joined().map(\.name)).subtracting(exceptions).union(["__fail", "__kind", "__whole_count", "__type_name", "__described", "__value", "__detach"])
    for row in ControlFunctions.table + ExplainFunctions.table { table.append(Native(name: row.name, body: .control(row.body))) }
    self.table = table
    indexes = Dictionary(table.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  func index(of name: String) -> Int? { indexes[name] }

  /// Whether a host function does nothing but compute a value.
  func hasNoEffect(_ name: String) -> Bool { effectless.contains(name) }

  /// The host function behind `name(a, b) = __name(a, b)`: such a definition is that function under another name.
  func forwarded(by definition: FunctionDefinition, _ names: NameList) -> Native? {
    guard case .call(let callee, let arguments, nil) = definition.body.kind, case .name(let name) = callee.kind, names[name].hasPrefix("__"),
      let index = indexes[names[name]], arguments.count == definition.parameters.count, definition.result == nil
    else { return nil }
    for (parameter, argument) in zip(definition.parameters, arguments) {
      guard !parameter.isRest, parameter.annotation == nil, parameter.defaultValue == nil, let own = parameter.name,
        case .name(let passed) = argument.value.kind, passed == own, argument.name == nil
      else { return nil }
    }
    return Native(name: definition.name, parameters: definition.parameters.compactMap { $0.name.map { names[$0] } }, body: table[index].body)
  }
}
