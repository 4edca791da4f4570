import Charts

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What is known about the window and what it can show.
package enum Terminal {
  package static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// The columns and rows of the window behind a stream.
  package static func size(of descriptor: Int32) -> (width: Int, height: Int)? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Whether the locale's characters are UTF-8. Where no locale is named at all they are taken to be.
  package static func isUnicode(environment: (String) -> String? = environment) -> Bool {
    for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
      guard let value = environment(name), !value.isEmpty else { continue }
      let upper = value.uppercased()
      return upper.contains("UTF-8") || upper.contains("UTF8")
    }
    return true
  }

  /// Whether the cursor can be moved back, as far as the terminal's name tells.
  package static func canMoveCursor(environment: (String) -> String? = environment) -> Bool {
    let kind = environment("TERM") ?? ""
    return !kind.isEmpty && kind != "dumb"
  }

  package enum ColorChoice: String, CaseIterable, Sendable { case auto, always, never }

  /// The colours to use on a stream: `NO_COLOR` (https://no-color.org) and a dumb terminal are respected unless colours are asked for.
  package static func colors(
    _ choice: ColorChoice, isTerminal: Bool, environment: (String) -> String? = environment
  ) -> ColorDepth {
    let kind = environment("TERM") ?? ""
    switch choice {
    case .never: return .none
    case .auto:
      if !isTerminal || !canMoveCursor(environment: environment) || environment("NO_COLOR")?.isEmpty == false { return .none }
    case .always: break
    }
    // Terminals with all colours say so by COLORTERM, as terminfo has no word for it; `xterm-direct` and its like by their names.
    let more = environment("COLORTERM") ?? ""
    if more == "truecolor" || more == "24bit" || kind.hasSuffix("-direct") { return .rgb24 }
    return kind.contains("256color") || !more.isEmpty ? .ansi256 : .ansi16
  }

  package static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
