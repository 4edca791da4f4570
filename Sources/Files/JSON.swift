#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// JSON (RFC 8259), which Foundation reads and writes.
package enum JSON {
  /// A text in quotes. What Unicode takes for the end of a line is escaped, for not all that read lines bear it.
  package static func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    // Every string can be encoded.
    guard let bytes = try? encoder.encode(text) else { return "\"\"" }
    var quoted = String(decoding: bytes, as: UTF8.self)
    for (sign, escape) in [("\u{7F}", "\\u007f"), ("\u{2028}", "\\u2028"), ("\u{2029}", "\\u2029")] where quoted.contains(sign) {
      quoted.replace(sign, with: escape)
    }
    return quoted
  }

  /// The value of a whole text in UTF-8. White space may surround it, nothing else. Throws what the decoder throws.
  package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytes))
  }

  /// The name of a member, whatever it is.
  struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
  }
}
