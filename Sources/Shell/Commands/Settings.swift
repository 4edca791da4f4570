import Charts
import Language
import Syntax

/// What `:set` can change.
struct Setting: Sendable {
  let name: String
  let values: String
  let meaning: String
  let read: @Sendable (Prompt) -> String
  /// Nil for a value that means nothing.
  let write: @Sendable (Prompt, String) -> Void?

  static let all: [Setting] = [
    Setting(
      name: "highlight", values: "on, off", meaning: "colours of a cell while it is typed", read: { flag($0.style.highlight) },
      write: { prompt, text in flag(text).map { prompt.style.highlight = $0 } }),
    Setting(
      name: "color", values: "none, 16, 256, all", meaning: "colours of pictures and messages",
      read: { prompt in depths.first { $0.depth == prompt.session.style.color }?.name ?? "none" },
      write: { prompt, text in
        guard let depth = depths.first(where: { $0.name == text })?.depth else { return nil }
        prompt.session.style.color = depth
        prompt.style.color = depth != .none
      }),
    Setting(
      name: "ascii", values: "on, off", meaning: "nothing but plain characters", read: { flag($0.style.ascii) },
      write: { prompt, text in
        flag(text).map {
          prompt.style.ascii = $0
          prompt.session.style.glyphs = $0 ? .ascii : .unicode
        }
      }),
    Setting(
      name: "digits", values: "1 to 17", meaning: "significant digits of numbers", read: { String($0.session.digits) },
      write: { prompt, text in Int(text).flatMap { (1...17).contains($0) ? $0 : nil }.map { prompt.session.digits = $0 } }),
    Setting(
      name: "width", values: "20 to 1000, window", meaning: "columns of pictures and tensors",
      read: { $0.style.followsWindow ? "window" : String($0.session.style.width) },
      write: { prompt, text in
        if text == "window" {
          prompt.style.followsWindow = true
          if let size = Terminal.size(of: 1) { prompt.session.style.width = size.width }
          return ()
        }
        guard let width = Int(text), (20...1000).contains(width) else { return nil }
        prompt.style.followsWindow = false
        prompt.style.width = width
        prompt.session.style.width = width
      }),
    Setting(
      name: "time", values: "on, off", meaning: "tell how long each cell took", read: { flag($0.style.showsTime) },
      write: { prompt, text in flag(text).map { prompt.style.showsTime = $0 } }),
  ]

  private static let depths: [(name: String, depth: ColorDepth)] = [
    ("none", .none), ("16", .ansi16), ("256", .ansi256), ("all", .rgb24), ("off", .none), ("on", .ansi256),
  ]

  private static func flag(_ value: Bool) -> String { value ? "on" : "off" }
  private static func flag(_ text: String) -> Bool? { ["on": true, "off": false, "true": true, "false": false][text] }

  static var list: String { all.map { "  " + pad($0.name, 11) + pad($0.values, 20) + $0.meaning }.joined(separator: "\n") }

  fileprivate static func pad(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
}

extension Prompt {
  func set(_ text: String) {
    let words = text.replacing("=", with: " ").split(whereSeparator: \.isWhitespace).map(String.init)
    guard let name = words.first else {
      for setting in Setting.all { output.write("  " + Setting.pad(setting.name, 11) + Setting.pad(setting.read(self), 8) + setting.meaning + "\n") }
      return
    }
    guard let setting = Setting.all.first(where: { $0.name == name }) else {
      let hint = didYouMean(nearest(to: name, among: Setting.all.map(\.name))) ?? "`:set` lists the settings"
      return show("error: there is no setting `\(name)`\n  = hint: \(hint)")
    }
    guard words.count > 1 else { return output.write("\(name) is \(setting.read(self)); it can be \(setting.values)\n") }
    guard words.count == 2, setting.write(self, words[1]) != nil else {
      return show("error: `\(name)` cannot be \(words.dropFirst().joined(separator: " ")); it can be \(setting.values)")
    }
  }
}
