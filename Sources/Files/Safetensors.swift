/// Tensors by name in one file, as in the format of https://github.com/huggingface/safetensors: the length of a header in
/// eight bytes, little endian; the header, which is JSON; the numbers, row by row and little endian, one tensor after the other.
package struct Safetensors: Equatable, Sendable {
  package struct Entry: Equatable, Sendable {
    package let name: String
    package let shape: [Int]
    package let numbers: Numbers
    package init(name: String, shape: [Int], numbers: Numbers) {
      self.name = name
      self.shape = shape
      self.numbers = numbers
    }
  }

  /// The elements in the type that holds them all: half precision as `f32`, small integers as `i32`.
  package enum Numbers: Equatable, Sendable {
    case f32([Float])
    case f64([Double])
    case i32([Int32])
    case bool([Bool])

    package var count: Int {
      switch self {
      case .f32(let values): values.count
      case .f64(let values): values.count
      case .i32(let values): values.count
      case .bool(let values): values.count
      }
    }
  }

  /// In the order of their numbers in the file.
  package var entries: [Entry]
  /// Texts that came along.
  package var metadata: [String: String]

  package init(entries: [Entry], metadata: [String: String] = [:]) {
    self.entries = entries
    self.metadata = metadata
  }

  package subscript(_ name: String) -> Entry? { entries.first { $0.name == name } }

  // MARK: Reading

  /// The longest header that is read: the format's own limit.
  private static let longestHeader = 100_000_000

  /// Reads the bytes of a file; `path` is for errors alone. What the header says is trusted in nothing: every tensor must lie
  /// within the file, all of them together must fill it, each byte belonging to one.
  package init(parsing bytes: [UInt8], path: String) throws(FileError) {
    func broken(_ reason: String, hint: String? = nil) -> FileError { .damaged(path: path, format: "safetensors", reason: reason, hint: hint) }
    guard bytes.count >= 8 else { throw broken("it has \(bytes.count) bytes, fewer than the length of a header takes") }
    let length = Safetensors.integer(bytes, at: 0, as: UInt64.self)
    guard length <= UInt64(Safetensors.longestHeader) else { throw broken("its header would have \(length) bytes") }
    let start = 8 + Int(length)
    guard start <= bytes.count else {
      throw broken("its header would have \(length) bytes, and \(bytes.count - 8) are there", hint: "the file was cut off, or is in another format")
    }
    guard length > 0, bytes[8] == UInt8(ascii: "{") else { throw broken("its header does not begin with `{`") }
    let header: Header
    do {
      header = try JSON.decode(Header.self, from: bytes[8..<start])
    } catch let reason as Reason {
      throw broken(reason.text)
    } catch {
      throw broken("its header is not JSON")
    }
    metadata = header.metadata
    var found: [(entry: Entry, range: Range<Int>)] = []
    for (name, fields) in header.tensors {
      do {
        let description = try Description(fields, dataCount: bytes.count - start)
        let range = start + description.range.lowerBound..<start + description.range.upperBound
        let numbers = try Safetensors.numbers(bytes[range], description.type, description.count)
        found.append((Entry(name: name, shape: description.shape, numbers: numbers), description.range))
      } catch {
        throw broken("the tensor \(JSON.quoted(name)): \(error.text)")
      }
    }
    found.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = 0
    for (entry, range) in found {
      if range.lowerBound < end { throw broken("the numbers of \(JSON.quoted(entry.name)) overlap those of another tensor") }
      if range.lowerBound > end { throw broken("\(range.lowerBound - end) bytes before \(JSON.quoted(entry.name)) belong to no tensor") }
      end = range.upperBound
    }
    if start + end != bytes.count { throw broken("\(bytes.count - start - end) bytes at its end belong to no tensor") }
    entries = found.map(\.entry)
  }

  private struct Reason: Error {
    let text: String
  }

  /// The header as JSON has it. Of two members with one name the decoder keeps one; the numbers of the other belong to no tensor then.
  private struct Header: Decodable {
    /// By name, so that of several errors always the same is told.
    var tensors: [(name: String, fields: Fields)] = []
    var metadata: [String: String] = [:]

    init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: JSON.Name.self)
      for name in members.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
        guard name.stringValue == "__metadata__" else {
          tensors.append((name.stringValue, Fields(try? members.nestedContainer(keyedBy: JSON.Name.self, forKey: name))))
          continue
        }
        guard let texts = try? members.nestedContainer(keyedBy: JSON.Name.self, forKey: name) else { throw Reason(text: "`__metadata__` is no object") }
        for name in texts.allKeys {
          guard let text = try? texts.decode(String.self, forKey: name) else { throw Reason(text: "`__metadata__` holds something else than texts") }
          metadata[name.stringValue] = text
        }
      }
    }
  }

  /// What the header says of a tensor; nil where it is missing or something else.
  private struct Fields {
    let type: String?
    let hasShape: Bool
    let shape: [Int]?
    let offsets: [Int]?

    init(_ members: KeyedDecodingContainer<JSON.Name>?) {
      type = try? members?.decode(String.self, forKey: JSON.Name("dtype"))
      hasShape = (try? members?.nestedUnkeyedContainer(forKey: JSON.Name("shape"))) != nil
      shape = try? members?.decode([Int].self, forKey: JSON.Name("shape"))
      offsets = try? members?.decode([Int].self, forKey: JSON.Name("data_offsets"))
    }
  }

  /// What the header says of one tensor, looked through.
  private struct Description {
    let type: String
    let shape: [Int]
    let count: Int
    let range: Range<Int>

    /// Bytes an element takes.
    static let sizes = ["F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1]

    init(_ fields: Fields, dataCount: Int) throws(Reason) {
      guard let type = fields.type else { throw Reason(text: "its `dtype` is missing") }
      guard let size = Description.sizes[type] else { throw Reason(text: "its `dtype` is \(JSON.quoted(type)), which cannot be read") }
      guard fields.hasShape else { throw Reason(text: "its `shape` is missing") }
      guard let offsets = fields.offsets, offsets.count == 2, let low = offsets.first, let high = offsets.last, low >= 0, high >= 0 else {
        throw Reason(text: "its `data_offsets` are no pair of whole numbers")
      }
      guard let shape = fields.shape, shape.allSatisfy({ $0 >= 0 }) else { throw Reason(text: "its `shape` holds something else than sizes") }
      var count = 1
      for size in shape {
        let (product, isTooLarge) = count.multipliedReportingOverflow(by: size)
        if isTooLarge { throw Reason(text: "its `shape` is too large") }
        count = product
      }
      guard low <= high, high <= dataCount else {
        throw Reason(text: "its numbers would stand at \(low) to \(high), and the file has \(dataCount) bytes of them")
      }
      let (bytes, isTooLarge) = count.multipliedReportingOverflow(by: size)
      guard !isTooLarge, bytes == high - low else {
        throw Reason(text: "its shape takes \(isTooLarge ? "too many" : String(bytes)) bytes, and \(high - low) are set aside")
      }
      self.type = type
      self.shape = shape
      self.count = count
      range = low..<high
    }
  }

  private static func integer<T: FixedWidthInteger>(_ bytes: [UInt8], at offset: Int, as type: T.Type) -> T {
    var value: T = 0
    for place in (0..<MemoryLayout<T>.size).reversed() { value = value << 8 | T(truncatingIfNeeded: bytes[offset + place]) }
    return value
  }

  private static func words<T: FixedWidthInteger & BitwiseCopyable>(_ bytes: ArraySlice<UInt8>, _ type: T.Type, _ count: Int) -> [T] {
    bytes.withUnsafeBytes { raw in (0..<count).map { T(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)) } }
  }

  private static func numbers(_ bytes: ArraySlice<UInt8>, _ type: String, _ count: Int) throws(Reason) -> Numbers {
    /// Whole numbers of other widths, if they fit.
    func fitted<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws(Reason) -> Numbers {
      var values: [Int32] = []
      values.reserveCapacity(count)
      for word in words(bytes, type, count) {
        guard let value = Int32(exactly: word) else { throw Reason(text: "its element \(values.count) is \(word), which does not fit into i32") }
        values.append(value)
      }
      return .i32(values)
    }
    switch type {
    case "F64": return .f64(words(bytes, UInt64.self, count).map(Double.init(bitPattern:)))
    case "F32": return .f32(words(bytes, UInt32.self, count).map(Float.init(bitPattern:)))
    case "F16": return .f32(words(bytes, UInt16.self, count).map(widened))
    case "BF16": return .f32(words(bytes, UInt16.self, count).map { Float(bitPattern: UInt32($0) << 16) })
    case "I64": return try fitted(Int64.self)
    case "I32": return .i32(words(bytes, Int32.self, count))
    case "I16": return try fitted(Int16.self)
    case "I8": return try fitted(Int8.self)
    case "U64": return try fitted(UInt64.self)
    case "U32": return try fitted(UInt32.self)
    case "U16": return try fitted(UInt16.self)
    case "U8": return try fitted(UInt8.self)
    default:
      var values: [Bool] = []
      values.reserveCapacity(count)
      for byte in bytes {
        guard byte <= 1 else { throw Reason(text: "its element \(values.count) is neither true nor false") }
        values.append(byte == 1)
      }
      return .bool(values)
    }
  }

  /// A number of half precision (IEEE 754 binary16).
  private static func widened(_ half: UInt16) -> Float {
    let sign = UInt32(half >> 15) << 31
    let exponent = UInt32(half >> 10 & 31), fraction = UInt32(half & 0x3FF)
    switch exponent {
    case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    case 0:
      let value = Float(fraction) * 0x1p-24
      return sign == 0 ? value : -value
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  // MARK: Writing

  /// The bytes of the file. Wider types stand first, so that the numbers of each are aligned.
  package func bytes() -> [UInt8] {
    func width(_ numbers: Numbers) -> Int {
      switch numbers {
      case .f64: 8
      case .f32, .i32: 4
      case .bool: 1
      }
    }
    let ordered = entries.enumerated().sorted { (-width($0.element.numbers), $0.offset) < (-width($1.element.numbers), $1.offset) }.map(\.element)
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { JSON.quoted($0.key) + ":" + JSON.quoted($0.value) }
      members.append("\"__metadata__\":{" + texts.joined(separator: ",") + "}")
    }
    var offset = 0
    for entry in ordered {
      let (type, size) =
        switch entry.numbers {
        case .f64: ("F64", 8)
        case .f32: ("F32", 4)
        case .i32: ("I32", 4)
        case .bool: ("BOOL", 1)
        }
      let end = offset + entry.numbers.count * size
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(JSON.quoted(entry.name) + ":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array(("{" + members.joined(separator: ",") + "}").utf8)
    while header.count % 8 != 0 { header.append(32) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + offset)
    for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: UInt64(header.count) >> (8 * UInt64(place)))) }
    bytes += header
    func append<T: FixedWidthInteger>(_ words: [T]) { words.map(\.littleEndian).withUnsafeBytes { bytes.append(contentsOf: $0) } }
    for entry in ordered {
      switch entry.numbers {
      case .f64(let values): append(values.map(\.bitPattern))
      case .f32(let values): append(values.map(\.bitPattern))
      case .i32(let values): append(values)
      case .bool(let values): append(values.map { UInt8($0 ? 1 : 0) })
      }
    }
    return bytes
  }
}
