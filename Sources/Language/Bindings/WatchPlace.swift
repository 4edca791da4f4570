import Charts

/// Where one session keeps what it watches: a picture drawn over the last one on a terminal, a line now and then elsewhere.
/// A session is used by one thread at a time, and so is this.
final class WatchPlace: @unchecked Sendable {
  private var watch = Watch()
  private var names: [String] = []
  private var total: Int?
  /// Seconds of the clock that `record` is given.
  private var lastFrame = 0.0
  /// The lines of the last picture, if nothing was written since.
  private var lastLines = 0
  private var writeCount = 0
  /// The columns of the window when it was drawn: in another one the terminal has broken its lines anew.
  private var lastWidth = 0
  /// Whether there are steps that the last picture doesn't show.
  private var isBehind = false
  /// Whether the last picture has no room left below it for more.
  private var isFinal = false
  /// Seconds between two pictures.
  private static let pause = 0.1

  /// Takes the values of a step and writes what is due.
  func record(_ values: [(name: String, value: Double)], at seconds: Double, total: Int?, _ session: Session) {
    // Other names, another total or a finished count begin anew.
    if values.map(\.name) != names || total != self.total || (total.map { watch.step >= $0 } ?? false) {
      drawFinal(session)
      begin()
      names = values.map(\.name)
      self.total = total
    }
    watch.record(values, at: seconds, total: total)
    guard session.isTerminal else {
      if let line = watch.logLine() { session.tell(line + "\n") }
      return
    }
    isBehind = true
    guard seconds - lastFrame >= WatchPlace.pause || watch.step == total else { return }
    lastFrame = seconds
    if watch.step == total { drawFinal(session) } else { draw(session) }
  }

  /// The end of a run: its last steps are shown, and the next run begins a picture of its own.
  func finish(_ session: Session) {
    drawFinal(session)
    begin()
    names = []
  }

  private func begin() {
    watch = Watch()
    lastFrame = 0
    lastLines = 0
    isBehind = false
    isFinal = false
  }

  private func drawFinal(_ session: Session) {
    let isAlone = lastLines > 0 && session.writeCount == writeCount
    if isBehind || (isAlone && !isFinal) { draw(session, isFinal: true) }
  }

  private func draw(_ session: Session, isFinal: Bool = false) {
    session.willDraw()
    var style = session.style
    // The cursor stands below the picture, and nothing must scroll.
    style.height = max(1, style.height - 1)
    var frame = watch.frame(style)
    if style.width != lastWidth { lastLines = 0 }
    lastWidth = style.width
    // While it changes, a picture keeps its height.
    if isFinal { while frame.hasSuffix("\n\n") { frame.removeLast() } }
    // Up over the last picture, unless something was written below it; then each line anew, erased to its end.
    let up = lastLines > 0 && session.writeCount == writeCount ? "\u{1B}[\(lastLines)A\r" : ""
    session.write(up + frame.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\u{1B}[K\n") + (up.isEmpty ? "" : "\u{1B}[J"))
    lastLines = frame.utf8.reduce(0) { $0 + ($1 == 10 ? 1 : 0) }
    writeCount = session.writeCount
    isBehind = false
    self.isFinal = isFinal
  }
}
