import Syntax
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Functions that speak with the world: print, ask, tell the time.
enum SystemFunctions {
  static var table: NativeTable {
    [
      // values, end, digits
      ("__print", { session, a in
        guard case .tuple(let rest) = a[0] else { return .nothing }
        if let name = rest.names?.first(where: { !$0.isEmpty }) {
          throw Failure(.argument, "`print` has no parameter `\(name)`", hint: "it has `end` and `digits`; `print(\"\(name) {\(name)}\")` shows a name with its value")
        }
        var digits: Int?
        if case .nothing = session.read(a[2]) {} else { 
          let wanted = try session.whole(a[2], "`digits`")
          guard wanted >= 1 else { throw Failure(.value, "`digits` must be 1 or more, not \(wanted)", argument: 2) }
          digits = wanted
        }
        // A picture is drawn; its lines end by themselves.
        if rest.elements.count == 1, case .external(let external) = session.read(rest.elements[0]), let picture = external.object as? Picture {
          session.write(picture.render(session.style))
          return .nothing
        }
        let texts = try rest.elements.map { try session.text($0, digits: digits) }
        session.write(texts.joined(separator: " ") + (try session.string(a[1], "`end`")))
        return .nothing
      }),
      ("__tell", { session, a in
        session.tell(try session.string(a[0], "a message") + "\n")
        return .nothing
      }),
      ("__input", { session, a in
        let prompt = try session.string(a[0], "the prompt")
        if !prompt.isEmpty { session.write(prompt) }
        return session.readLine().map { .string($0) } ?? .nothing
      }),
      ("__arguments", { session, _ in .list(session.arguments.map { .string($0) }) }),
      ("__time", { _, _ in
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return .number(Double(now.tv_sec) + Double(now.tv_nsec) / 1e9)
      }),
      ("__date", { session, a in
        let format = try session.string(a[0], "the format of `date`")
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        // strftime's 0 means both "empty" and "too long": a sentinel tells them apart.
        var buffer = [CChar](repeating: 0, count: 1024)
        let count = strftime(&buffer, buffer.count, format + "|", &parts)
        guard count > 0 else { throw Failure(.value, "the format of `date` is too long", argument: 0) }
        return .string(String(decoding: buffer[..<(count - 1)].map { UInt8(bitPattern: $0) }, as: UTF8.self))
      }),
      ("__environment", { session, a in
        let name = try session.string(a[0], "the name of a variable")
        guard let text = getenv(name) else { return .nothing }
        return .string(String(cString: text))
      }),
      // the name a function or layer goes by
      ("__name", { session, a in
        switch session.read(a[0]) {
        case .function(let function): return .string(function.name)
        case .layer(let layer): return .string(layer.type.name)
        case let other: return .string(session.typeName(other))
        }
      }),
    ]
  }
}
