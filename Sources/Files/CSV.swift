/// A table of named columns, as comma-separated text holds it.
package struct CSV: Sendable, Equatable {
  package struct NamedColumn: Sendable, Equatable {
    package var name: String
    package var values: Column

    package init(name: String, values: Column) {
      self.name = name
      self.values = values
    }
  }

  package enum Column: Sendable, Equatable {
    /// Every field that is not empty is a number; an empty one is nan.
    case numbers([Double])
    case strings([String])

    package var count: Int {
      switch self {
      case .numbers(let values): values.count
      case .strings(let values): values.count
      }
    }
  }

  package var columns: [NamedColumn]

  package init(columns: [NamedColumn]) {
    self.columns = columns
  }

  package var rowCount: Int { columns.first?.values.count ?? 0 }

  package subscript(name: String) -> Column? { columns.first { $0.name == name }?.values }
}
