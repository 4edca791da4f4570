import CLineEditor
import Kernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Bytes from the keyboard, made into characters. No byte beyond the one asked for is taken: the rest may be meant for a program.
struct TerminalInput {
  enum Event: Equatable {
    case byte(UInt8)
    /// A signal came.
    case woken
    case end
  }

  private var decoder = UTF8Decoder()
  /// How many bytes were typed before the cell began; nil until that was asked.
  private var ahead: Int?

  mutating func begin() {
    decoder = UTF8Decoder()
    ahead = nil
  }

  /// Waits for a byte or a signal.
  mutating func next() -> Event {
    if ahead == nil {
      var count: Int32 = 0
      ahead = ioctl(STDIN_FILENO, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }
    while true {
      var requests = [
        pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0), pollfd(fd: TerminalSignals.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      let ready = poll(&requests, 2, -1)
      if requests[1].revents != 0 { TerminalSignals.drain() }
      if ready < 0 || requests[1].revents != 0 { return errno == EINTR || requests[1].revents != 0 ? .woken : .end }
      var byte: UInt8 = 0
      let count = read(STDIN_FILENO, &byte, 1)
      if count == 1 {
        defer { ahead = max(0, (ahead ?? 0) - 1) }
        // While a cell ran the terminal took Ctrl-D for the end of a line, which reads as a zero now.
        return .byte(byte == 0 && ahead ?? 0 > 0 ? 4 : byte)
      }
      if count < 0, errno == EINTR || errno == EAGAIN { return .woken }
      return .end
    }
  }

  /// Whether a key was pressed already.
  var hasMore: Bool {
    var request = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, 0) > 0 && request.revents & Int16(POLLIN) != 0
  }

  /// Up to so many bytes, as soon as there are some; none after a signal.
  mutating func next(upTo count: Int) -> (bytes: [UInt8], isOver: Bool) {
    switch next() {
    case .woken: return ([], false)
    case .end: return ([], true)
    case .byte(let first):
      guard count > 1, hasMore else { return ([first], false) }
      ahead = 0
      let more = [UInt8](unsafeUninitializedCapacity: count - 1) { space, got in got = max(0, read(STDIN_FILENO, space.baseAddress, count - 1)) }
      return ([first] + more, false)
    }
  }

  /// The scalar that a byte completes.
  mutating func scalar(_ byte: UInt8) -> Unicode.Scalar? { decoder.add(byte) }
}

/// UTF-8 a byte at a time; what is not UTF-8 becomes U+FFFD.
package struct UTF8Decoder {
  private var pending: [UInt8] = []

  package init() {}

  package mutating func add(_ byte: UInt8) -> Unicode.Scalar? {
    if byte < 0x80 {
      pending = []
      return Unicode.Scalar(byte)
    }
    if byte & 0xC0 == 0x80 {
      guard !pending.isEmpty else { return "\u{FFFD}" }
      pending.append(byte)
    } else {
      pending = [byte]
    }
    let length = pending[0] >= 0xF0 ? 4 : pending[0] >= 0xE0 ? 3 : 2
    guard pending.count == length else { return nil }
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self).unicodeScalars.first
  }
}

extension LineEditor {
  /// What libedit calls for each character: 1 and the character, or -1 at the end.
  func readCharacter(_ character: UnsafeMutablePointer<wchar_t>?) -> Int32 {
    // Now keys come one by one, as libedit wants them.
    switchPaste(on: true)
    moveWindow()
    if !input.hasMore { paint() }
    undoStack.note(cell)
    guard let scalar = nextScalar() else { return -1 }
    character?.pointee = wchar_t(bitPattern: scalar.value)
    return 1
  }

  /// The next character that is typed; nil at the end.
  func nextScalar() -> Unicode.Scalar? {
    while true {
      if Interrupt.isRequested {
        if isEnding { return nil }
        Interrupt.clear()
        // Ctrl-C is a key like the others here.
        return "\u{3}"
      }
      answerSignals()
      switch input.next() {
      case .end: return nil
      case .woken: continue
      case .byte(let byte): if let scalar = input.scalar(byte) { return scalar }
      }
    }
  }

  /// The bytes of a paste up to its end mark, and whether there were too many; nil if it was interrupted or the input ended.
  func readPaste() -> (bytes: [UInt8], isCut: Bool)? {
    let end = Array("\u{1B}[201~".utf8)
    var bytes: [UInt8] = []
    // A paste beyond the limit is read on, for its rest must not be taken for typing.
    while true {
      if Interrupt.isRequested { return nil }
      // So many bytes are missing at least; what follows the end mark is left where it is.
      let matched = (0...end.count).last { bytes.suffix($0).elementsEqual(end.prefix($0)) } ?? 0
      if matched == end.count {
        let text = bytes.dropLast(end.count)
        return (Array(text.prefix(PasteCleaning.limit)), text.count > PasteCleaning.limit)
      }
      let (more, isOver) = input.next(upTo: end.count - matched)
      if isOver { return nil }
      // Ctrl-C: the end mark will not come any more.
      if more.contains(3) { return nil }
      bytes += more
      if bytes.count > 2 * PasteCleaning.limit + end.count { bytes.removeSubrange(PasteCleaning.limit..<(bytes.count - end.count)) }
    }
  }

  private func answerSignals() {
    if TerminalSignals.shallQuit.exchange(false, ordering: .relaxed) {
      suspend(with: SIGQUIT)
    } else if TerminalSignals.shallStop.exchange(false, ordering: .relaxed) {
      suspend(with: SIGTSTP)
      TerminalSignals.hasContinued.store(false, ordering: .relaxed)
    } else if TerminalSignals.hasContinued.exchange(false, ordering: .relaxed) {
      // Stopped by other means: what the terminal is like now is not known.
      CLineEditorPrepareTerminal(editor, 0)
      resume()
    }
    if TerminalSignals.hasResized.exchange(false, ordering: .relaxed) { resize() }
  }

  func suspend(with number: Int32) {
    finishRows()
    switchPaste(on: false)
    CLineEditorPrepareTerminal(editor, 0)
    TerminalSignals.deliver(number)
    resume()
  }

  private func resume() {
    CLineEditorPrepareTerminal(editor, 1)
    switchPaste(on: true)
    if let size = Terminal.size(of: STDOUT_FILENO) { setWindow(size) }
    el_resize(editor)
    setPrompt()
    set(cell)
    CLineEditorRefresh(editor)
  }

  /// Erases the cell, whose rows the terminal may have broken anew, and shows it in the new window.
  private func resize() {
    guard let size = Terminal.size(of: STDOUT_FILENO) else { return }
    eraseRows()
    setWindow(size)
    el_resize(editor)
    setPrompt()
    set(cell)
    CLineEditorRefresh(editor)
  }

  private func setWindow(_ size: (width: Int, height: Int)) {
    if style.followsWindow { session.style.width = size.width }
    session.style.height = size.height
  }
}
