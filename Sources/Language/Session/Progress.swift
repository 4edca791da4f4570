/// How far training has come, for the message that a run was stopped.
struct Progress {
  /// Steps that were taken whole.
  private(set) var steps = 0
  /// The epoch under way, from 1, and the steps before it.
  private var epoch: (number: Int, firstStep: Int)?
  /// Whether the last step begun was taken back.
  private var isTakenBack = false

  mutating func begin(epoch number: Int) { epoch = (number, steps) }

  mutating func stepTaken() {
    steps += 1
    isTakenBack = false
  }

  mutating func stepTakenBack() { isTakenBack = true }

  /// Where it stopped; nil if nothing was trained.
  var note: String? {
    guard steps > 0 || isTakenBack else { return nil }
    let number = steps - (epoch?.firstStep ?? 0)
    let place = epoch.map { "epoch \($0.number), " } ?? ""
    if isTakenBack {
      let state = number > 0 ? "as after step \(number)" : epoch.map { $0.number > 1 ? "as after epoch \($0.number - 1)" : "as before it" } ?? "as before it"
      return "stopped in \(place)step \(number + 1); everything is \(state)"
    }
    return number > 0 ? "stopped after \(place)step \(number)" : "stopped at the beginning of epoch \(epoch?.number ?? 1)"
  }
}
