/// The span of a derivative: what depends on its marked inputs is kept differentiable while it is open.
///
/// Recordings nest. Each has a serial number greater than all before, and every node knows the newest one it depends on.
package final class Recording {
  let serial: Int
  fileprivate(set) var isOpen = true

  init(serial: Int) { self.serial = serial }
}

extension Engine {
  package func open() -> Recording {
    lastSerial += 1
    let recording = Recording(serial: lastSerial)
    recordings.append(recording)
    if recordings.count == 1 { oldestRecording = lastSerial }
    return recording
  }

  /// Closes it, and those opened inside that are still open. What outlives it is a constant.
  package func close(_ r: Recording) {
    guard let position = recordings.lastIndex(where: { $0 === r }) else { return }
    for recording in recordings[position...] { recording.isOpen = false }
    recordings.removeSubrange(position...)
    guard recordings.isEmpty else { return }
    oldestRecording = .max
    pendingInRecording = Engine.pendingLimitInRecording
    dropRetained()
  }

  /// Computed nodes let go of their operands, if neither a recording nor anybody else wants them.
  func dropRetained() {
    guard recordings.isEmpty && graphHolders == 0 else { return }
    let nodes = retained
    retained = []
    for node in nodes { node.dropOperands() }
  }

  /// A fresh input: the same value, with respect to which a derivative is taken. A number stays one.
  package func mark(_ x: Tensor, in r: Recording) -> Tensor {
    Tensor(markNode(x.node, serial: r.serial), isNumber: x.isNumber)
  }

  /// Whether a derivative that is being taken depends on this.
  package func isTracked(_ x: Tensor) -> Bool { x.node.track != 0 && x.node.track >= oldestRecording }
}
