import Syntax
import Tensors

/// Functions of strings. Places in a string count characters as they are seen.
enum StringFunctions {
  static var table: NativeTable {
    [
      ("__lower", { session, a in .string(try session.string(a[0], "the argument of `lower`").lowercased()) }),
      ("__upper", { session, a in .string(try session.string(a[0], "the argument of `upper`").uppercased()) }),
      ("__strip", { session, a in
        let text = try session.string(a[0], "the argument of `strip`")
        var isStripped: (Character) -> Bool = { $0.isWhitespace }
        if case .nothing = session.read(a[1]) {} else {
          let characters = Set(try session.string(a[1], "the characters to strip"))
          isStripped = { characters.contains($0) }
        }
        var rest = text[...]
        while let first = rest.first, isStripped(first) { rest.removeFirst() }
        while let last = rest.last, isStripped(last) { rest.removeLast() }
        return .string(String(rest))
      }),
      ("__split", { session, a in
        let text = try session.string(a[0], "the argument of `split`")
        guard case .nothing = session.read(a[1]) else {
          let separator = try session.string(a[1], "the separator of `split`")
          guard !separator.isEmpty else {
            throw Failure(.value, "an empty string separates nothing", hint: "`characters(s)` is the list of a string's characters", argument: 1)
          }
          return .list(TextSearch.split(text, at: separator).map { .string($0) })
        }
        return .list(text.split(whereSeparator: \.isWhitespace).map { .string(String($0)) })
      }),
      ("__join", { session, a in
        let separator = try session.string(a[1], "the separator of `join`")
        let parts = try session.elementsArgument(a[0], "the argument of `join`").map { try session.text($0) }
        return .string(parts.joined(separator: separator))
      }),
      ("__replace", { session, a in
        let text = try session.string(a[0], "the argument of `replace`")
        let old = try session.string(a[1], "what to replace")
        guard !old.isEmpty else { throw Failure(.value, "an empty string can't be replaced", argument: 1) }
        return .string(TextSearch.split(text, at: old).joined(separator: try session.string(a[2], "the replacement")))
      }),
      ("__starts_with", { session, a in
        .bool(try session.string(a[0], "the argument of `starts_with`").hasPrefix(session.string(a[1], "the beginning")))
      }),
      ("__ends_with", { session, a in
        .bool(try session.string(a[0], "the argument of `ends_with`").hasSuffix(session.string(a[1], "the ending")))
      }),
      ("__find", { session, a in
        let text = try session.string(a[0], "the argument of `find`")
        let part = Array(try session.string(a[1], "what to find").utf8)
        let bytes = Array(text.utf8)
        guard let offset = part.isEmpty ? 0 : TextSearch.occurrences(of: part, in: bytes, atMost: 1).first else { return .nothing }
        return .number(Double(String(decoding: bytes[..<offset], as: UTF8.self).count))
      }),
      ("__characters", { session, a in
        .list(try session.string(a[0], "the argument of `characters`").map { .string(String($0)) })
      }),
      ("__code", { session, a in
        let text = try session.string(a[0], "the argument of `code`")
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
          throw Failure(.value, "`code` needs one character, not \(try session.text(.string(text), quoted: true))", argument: 0)
        }
        return .number(Double(scalar.value))
      }),
      ("__char", { session, a in
        let code = try session.whole(a[0], "the argument of `char`")
        guard let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init) else {
          throw Failure(.value, "\(code) is not the number of a character", argument: 0)
        }
        return .string(String(Character(scalar)))
      }),
      ("__number", { session, a in
        switch session.read(a[0]) {
        case .bool(let flag): return .number(flag ? 1 : 0)
        case .string(let string):
          let text = string.text.filter { !$0.isWhitespace }
          let isPlain = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || byte == 43 || byte == 45 || byte == 46 || byte == 101 || byte == 69
          }
          let isNamed = ["nan", "inf", "-inf", "+inf"].contains(text.lowercased())
          guard isPlain || isNamed, let number = Double(text.lowercased()) else {
            throw Failure(.value, "\(try session.text(.string(string), quoted: true)) is not a number", argument: 0)
          }
          return .number(number)
        case .tensor(let tensor):
          guard tensor.count == 1 else {
            throw Failure(
              .shape, "`number` needs one element, and this tensor has shape \(tensor.shape)", hint: "`x.sum()`, `x.mean()` or an index give one",
              argument: 0)
          }
          if tensor.isNumber { return .tensor(tensor) }
          return .number(try session.engine.number(of: tensor))
        case let other: return .number(try session.number(other, "the argument of `number`"))
        }
      }),
      ("__string", { session, a in
        guard case .nothing = session.read(a[1]) else { return .string(try session.text(a[0], digits: session.whole(a[1], "`digits`"))) }
        return .string(try session.text(a[0]))
      }),
    ]
  }
}

/// Searching in UTF-8: what is found begins and ends between whole characters' bytes, because UTF-8 is self-synchronising.
enum TextSearch {
  /// The offsets of a part that is not empty, none overlapping another.
  static func occurrences(of part: [UInt8], in text: [UInt8], atMost limit: Int = .max) -> [Int] {
    guard let first = part.first, part.count <= text.count else { return [] }
    var offsets: [Int] = []
    text.withUnsafeBufferPointer { text in
      part.withUnsafeBufferPointer { part in
        var offset = 0
        let last = text.count - part.count
        search: while offset <= last {
          guard text[offset] == first else {
            offset += 1
            continue
          }
          for index in 1..<max(part.count, 1) where text[offset + index] != part[index] {
            offset += 1
            continue search
          }
          offsets.append(offset)
          if offsets.count == limit { return }
          offset += part.count
        }
      }
    }
    return offsets
  }

  /// The parts between the occurrences of a separator that is not empty.
  static func split(_ text: String, at separator: String) -> [String] {
    let bytes = Array(text.utf8), part = Array(separator.utf8)
    var pieces: [String] = []
    var start = 0
    for offset in occurrences(of: part, in: bytes) {
      pieces.append(String(decoding: bytes[start..<offset], as: UTF8.self))
      start = offset + part.count
    }
    pieces.append(String(decoding: bytes[start...], as: UTF8.self))
    return pieces
  }
}
