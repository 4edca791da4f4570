import Files
import Testing

@Suite struct SafetensorsTests {
  /// A file with this header and so many bytes of numbers.
  private static func file(_ header: String, _ data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
    let size = length ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) } + Array(header.utf8) + data
  }

  private static func read(_ bytes: [UInt8]) throws -> Safetensors { try Safetensors(parsing: bytes, path: "a.safetensors") }

  @Test func whatIsWrittenIsRead() throws {
    let written = Safetensors(
      entries: [
        .init(name: "net[0].weight", shape: [2, 2], numbers: .f32([1.5, -0.0, .infinity, 3.4e38])),
        .init(name: "count", shape: [], numbers: .f64([0.1])),
        .init(name: "mask \"ß\"\n", shape: [3], numbers: .bool([true, false, true])),
        .init(name: "labels", shape: [2], numbers: .i32([Int32.min, 7])),
        .init(name: "none", shape: [0, 4], numbers: .f32([])),
      ], metadata: ["gradus": "model"])
    let bytes = written.bytes()
    let found = try Self.read(bytes)
    #expect(found.metadata == written.metadata)
    // Wider types come first, else their order stays.
    #expect(found.entries.map(\.name).sorted() == written.entries.map(\.name).sorted())
    for entry in written.entries { #expect(found[entry.name] == entry) }
    #expect(found.entries.first?.name == "count")
    // The numbers begin at a multiple of eight.
    #expect(bytes[0] % 8 == 0)
  }

  @Test func notANumberStaysOne() throws {
    let bytes = Safetensors(entries: [.init(name: "x", shape: [1], numbers: .f32([.nan]))]).bytes()
    guard case .f32(let values)? = try Self.read(bytes)["x"]?.numbers else {
      Issue.record("x is missing")
      return
    }
    #expect(values[0].isNaN)
  }

  private static let narrow: [(type: String, data: [UInt8], numbers: Safetensors.Numbers)] = [
    ("F16", [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00, 0x00, 0x7C], .f32([1, -2, 0x1p-24, .infinity])),
    ("BF16", [0x80, 0x3F, 0x00, 0xC0, 0x00, 0x00, 0x80, 0x7F], .f32([1, -2, 0, .infinity])),
    ("I8", [1, 0xFF, 0x80, 0x7F], .i32([1, -1, -128, 127])),
    ("U8", [1, 0xFF, 0x80, 0x7F], .i32([1, 255, 128, 127])),
    ("I16", [1, 0, 0xFF, 0xFF, 0, 0x80, 0, 0], .i32([1, -1, -32768, 0])),
    ("U16", [1, 0, 0xFF, 0xFF, 0, 0x80, 0, 0], .i32([1, 65535, 32768, 0])),
    ("BOOL", [1, 0, 0, 1], .bool([true, false, false, true])),
  ]

  @Test func otherTypesAreWidened() throws {
    for (type, data, expected) in Self.narrow {
      let header = "{\"x\":{\"dtype\":\"\(type)\",\"shape\":[4],\"data_offsets\":[0,\(data.count)]}}"
      #expect(try Self.read(Self.file(header, data))["x"]?.numbers == expected, "\(type)")
    }
  }

  @Test func longIntegersAreReadIfTheyFit() throws {
    let header = "{\"x\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}"
    #expect(try Self.read(Self.file(header, [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]))["x"]?.numbers == .i32([-2]))
  }

  @Test func spaceBehindTheHeaderIsAllowed() throws {
    #expect(try Self.read(Self.file("{}      ")).entries.isEmpty)
    #expect(try Self.read(Self.file("{\"__metadata__\":{\"format\":\"pt\"}}")).metadata == ["format": "pt"])
  }

  private static let one = "\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"

  private static let malformed: [(bytes: [UInt8], reason: String)] = [
    ([], "it has 0 bytes, fewer than the length of a header takes"),
    ([1, 2, 3], "it has 3 bytes, fewer than the length of a header takes"),
    (file("{}", length: 200), "its header would have 200 bytes, and 2 are there (the file was cut off, or is in another format)"),
    (file("{}", length: .max), "its header would have 18446744073709551615 bytes"),
    (file("{}", length: 100_000_001), "its header would have 100000001 bytes"),
    (file("", length: 0), "its header does not begin with `{`"),
    (file(" {}"), "its header does not begin with `{`"),
    (file("{\"x\":"), "its header is not JSON"),
    (file(String(repeating: "{\"a\":", count: 400)), "its header is not JSON"),
    (file("{\"x\":3}"), "the tensor \"x\": its `dtype` is missing"),
    (file("{\"x\":{\"dtype\":\"F8\",\"shape\":[1],\"data_offsets\":[0,1]}}", [0]), "the tensor \"x\": its `dtype` is \"F8\", which cannot be read"),
    (file("{\"x\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", [0, 0, 0, 0]), "the tensor \"x\": its `shape` is missing"),
    (file("{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", [0, 0, 0, 0]), "the tensor \"x\": its `shape` holds something else than sizes"),
    (file("{\"x\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", [0, 0, 0, 0]), "the tensor \"x\": its `shape` holds something else than sizes"),
    (file("{\"x\":{\"dtype\":\"F32\",\"shape\":[4000000000,4000000000],\"data_offsets\":[0,4]}}", [0, 0, 0, 0]), "the tensor \"x\": its `shape` is too large"),
    (file("{\"x\":{\"dtype\":\"F64\",\"shape\":[2000000000,2000000000],\"data_offsets\":[0,4]}}", [0, 0, 0, 0]), "the tensor \"x\": its shape takes too many bytes, and 4 are set aside"),
    (file("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", [0, 0, 0, 0]), "the tensor \"x\": its `data_offsets` are no pair of whole numbers"),
    (file("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", [0, 0, 0, 0]), "the tensor \"x\": its numbers would stand at 4 to 0, and the file has 4 bytes of them"),
    (file("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", [0, 0]), "the tensor \"x\": its numbers would stand at 0 to 4, and the file has 2 bytes of them"),
    (file("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", [0, 0, 0, 0]), "the tensor \"x\": its shape takes 8 bytes, and 4 are set aside"),
    (
      file("{\(one),\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", [UInt8](repeating: 0, count: 12)),
      "8 bytes at its end belong to no tensor"
    ),
    (file("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,1e30]}}", [0, 0, 0, 0]), "the tensor \"x\": its `data_offsets` are no pair of whole numbers"),
    (file("{\"x\":{\"dtype\":\"F32\",\"shape\":3,\"data_offsets\":[0,4]}}", [0, 0, 0, 0]), "the tensor \"x\": its `shape` is missing"),
    (file("{\(one),\"y\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}", [0, 0, 0, 0, 0, 0]), "the numbers of \"y\" overlap those of another tensor"),
    (file("{\(one),\"y\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[6,10]}}", [UInt8](repeating: 0, count: 10)), "2 bytes before \"y\" belong to no tensor"),
    (file("{\(one)}", [0, 0, 0, 0, 9]), "1 bytes at its end belong to no tensor"),
    (file("{\"__metadata__\":3}"), "`__metadata__` is no object"),
    (file("{\"__metadata__\":{\"a\":3}}"), "`__metadata__` holds something else than texts"),
    (file("{\"x\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[0,1]}}", [2]), "the tensor \"x\": its element 0 is neither true nor false"),
    (
      file("{\"x\":{\"dtype\":\"U32\",\"shape\":[1],\"data_offsets\":[0,4]}}", [0xFF, 0xFF, 0xFF, 0xFF]),
      "the tensor \"x\": its element 0 is 4294967295, which does not fit into i32"
    ),
  ]

  @Test func malformedFilesAreRefused() {
    for (bytes, reason) in Self.malformed {
      do {
        _ = try Safetensors(parsing: bytes, path: "a.safetensors")
        Issue.record("it was read, but \(reason)")
      } catch {
        #expect(error.description == "\"a.safetensors\" is no readable safetensors file: \(reason)")
      }
    }
  }

  /// Whatever is cut off or changed in a file, reading it ends in a value or in an error.
  @Test func noByteCanDoHarm() {
    let bytes = Safetensors(
      entries: [.init(name: "a", shape: [2], numbers: .f32([1, 2])), .init(name: "b", shape: [1, 2], numbers: .i32([3, 4]))], metadata: ["k": "v"]
    ).bytes()
    for count in 0..<bytes.count { _ = try? Safetensors(parsing: Array(bytes[..<count]), path: "a") }
    for place in bytes.indices {
      for value in [0, 1, 0x22, 0x2C, 0x39, 0x5B, 0x7B, 0x7D, 0x80, 0xFF] as [UInt8] {
        var changed = bytes
        changed[place] = value
        _ = try? Safetensors(parsing: changed, path: "a")
      }
    }
  }
}

@Suite struct JSONTests {
  @Test(arguments: [
    "", " ", "nul", "[1 2]", "{\"a\"}", "{a: 1}", "{\"a\": 1,}", "01", "-", "1.", ".5", "1e", "+1", "0x1", "NaN", "\"", "\"\\x\"", "\"\\u12\"",
    "\"\n\"", "[", "]", "1 2", "[1]]", String(repeating: "[", count: 100_000),
  ])
  func whatIsNotJSONIsRefused(_ text: String) {
    #expect(throws: (any Error).self) { try JSON.decode([Double].self, from: text.utf8) }
    #expect(throws: (any Error).self) { try JSON.decode(String.self, from: text.utf8) }
  }

  @Test func values() throws {
    #expect(try JSON.decode([String: [Double]].self, from: " {\"a\": [1, -0.5e+2]} ".utf8) == ["a": [1, -50]])
    #expect(try JSON.decode(String.self, from: "\"\\u00e4\\ud83d\\ude00\\n\\/\"".utf8) == "ä😀\n/")
  }

  @Test func quoting() {
    #expect(JSON.quoted("a\"\\\n\t\u{1}é/") == "\"a\\\"\\\\\\n\\t\\u0001é/\"")
    #expect(JSON.quoted("\u{7F}\u{2028}\u{2029}") == "\"\\u007f\\u2028\\u2029\"")
  }
}
