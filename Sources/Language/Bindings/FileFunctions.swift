import Files
import Kernels
import OrderedCollections
import Syntax
import Tensors

/// Functions that read and write files. Paths are relative to the file that names them; `-` is standard input.
enum FileFunctions {
  static var table: NativeTable {
    [
      ("__read_text", { session, a in .string(try readText(path: path(session, a[0]), isInterrupted: { Interrupt.isRequested })) }),
      ("__read_lines", { session, a in
        var lines = TextSearch.split(try readText(path: path(session, a[0]), isInterrupted: { Interrupt.isRequested }), at: "\n")
        if lines.last?.isEmpty == true { lines.removeLast() }
        return .list(lines.map { line in .string(line.utf8.last == 13 ? String(decoding: line.utf8.dropLast(), as: UTF8.self) : line) })
      }),
      // path, text, whether to add to what is there
      ("__write_text", { session, a in
        let text = try session.text(a[1])
        let path = try session.string(a[0], "the path")
        if try session.flagArgument(a[2], "`append`") {
          try appendText(text, path: session.resolve(path: path))
        } else {
          try write(Array(text.utf8), to: path, session)
        }
        return .nothing
      }),
      // path, separator, whether the first row holds names
      ("__read_csv", { session, a in
        let path = try path(session, a[0])
        var separator: Character?
        if case .nothing = session.read(a[1]) {} else {
          let text = try session.string(a[1], "`separator`")
          guard text.count == 1, text.utf8.count == 1 else {
            throw Failure(.value, "`separator` must be one ASCII character, not \(try session.text(.string(text), quoted: true))", argument: 1)
          }
          separator = text.first
        }
        var header: Bool?
        if case .nothing = session.read(a[2]) {} else { header = try session.flagArgument(a[2], "`header`") }
        return try table(session, CSV.parse(readBytes(path: path, isInterrupted: { Interrupt.isRequested }), path: path, separator: separator, header: header))
      }),
      // path, map of columns, separator
      ("__write_csv", { session, a in
        let separator = try session.string(a[2], "`separator`")
        guard let character = separator.first, separator.utf8.count == 1 else {
          throw Failure(.value, "`separator` must be one ASCII character", argument: 2)
        }
        let text = CSV.write(try columns(session, a[1]), separator: character)
        try write(Array(text.utf8), to: session.string(a[0], "the path"), session)
        return .nothing
      }),
      // the path of a file that comes with the language
      ("__data_path", { session, a in
        let name = try session.string(a[0], "the name of a data set")
        guard let home = session.home else {
          throw Failure(
            .file, "the data sets that come with the language were not found",
            hint: "set GRADUS_HOME to the folder that holds `data/`")
        }
        return .string(home + "/data/" + name)
      }),
    ]
  }

  private static func path(_ session: Session, _ value: Value) throws -> String {
    let path = try session.string(value, "the path")
    return path == "-" || path.hasPrefix("/") ? path : session.resolve(path: path)
  }

  static func write(_ bytes: [UInt8], to path: String, _ session: Session) throws {
    try writeBytes(bytes, path: path.hasPrefix("/") ? path : session.resolve(path: path))
  }

  /// A map from each column's name to a tensor (missing numbers are nan) or a list of strings.
  private static func table(_ session: Session, _ csv: CSV) throws -> Value {
    var entries: OrderedDictionary<MapValue.Key, Value> = [:]
    for column in csv.columns {
      var name = column.name
      // Columns of one name must not hide each other.
      var copy = 1
      while entries[.string(name)] != nil {
        copy += 1
        name = "\(column.name)_\(copy)"
      }
      entries[.string(name)] =
        switch column.values {
        case .numbers(let numbers): .tensor(try session.engine.tensor(doubles: numbers, Shape([numbers.count]), as: .f32))
        case .strings(let strings): .list(strings.map { .string($0) })
        }
    }
    return .map(MapValue(entries))
  }

  private static func columns(_ session: Session, _ value: Value) throws -> [CSV.NamedColumn] {
    let named: [(String, Value)]
    switch session.read(value) {
    case .map(let map): named = try map.entries.map { (try session.text($0.key.value), $0.value) }
    case .tuple(let tuple) where tuple.names != nil: named = Array(zip(tuple.names ?? [], tuple.elements))
    case let other: throw Failure(.type, "`write_csv` needs a map or a record of columns, not \(session.described(other))", argument: 1)
    }
    let columns = try named.map { name, value -> CSV.NamedColumn in
      if case .list(let list) = session.read(value), list.elements.contains(where: { if case .string = session.read($0) { true } else { false } }) {
        return .init(name: name, values: .strings(try list.elements.map { try session.text($0) }))
      }
      let tensor = try session.tensorArgument(value, "the column `\(name)`")
      guard tensor.rank == 1 else { throw Failure(.shape, "the column `\(name)` has shape \(tensor.shape); a column has one axis", argument: 1) }
      // f32 is written as its own shortest decimal, not as the double beside it.
      let numbers =
        tensor.type == .f32
        ? try session.engine.floats(tensor).map { Double($0.description) ?? Double($0) } : try session.engine.doubles(tensor)
      return .init(name: name, values: .numbers(numbers))
    }
    if let first = columns.first, let other = columns.first(where: { $0.values.count != first.values.count }) {
      throw Failure(
        .shape, "columns differ in length: `\(first.name)` has \(first.values.count) rows, `\(other.name)` \(other.values.count)", argument: 1)
    }
    return columns
  }
}
