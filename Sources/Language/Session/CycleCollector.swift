/// Frees what only refers to itself: a local function that calls itself sits in the variable that it has captured, the
/// functions of a layer know the layer, and counting references never frees either.
///
/// Everything that can be reached from captured variables, cells and layers that hold containers is looked at; of these,
/// what has no reference from elsewhere, and what such things don't lead to, is emptied. References from where the
/// collector doesn't look keep alive what they refer to: nothing that is in use can be mistaken for garbage.
/// The method is trial deletion, as in Bacon and Rajan, "Concurrent Cycle Collection in Reference Counted Systems" (2001).
final class CycleCollector {
  private let tracked = MutableContainer.List()
  /// How many came since the last collection.
  private var newcomers = 0
  /// How many containers that are in use the last collection looked at.
  private var survivors = 0
  /// Bytes of tensors in use at which it's worth looking whether garbage holds some.
  private var byteMark = CycleCollector.fewestBytes
  /// Whether a collection is worth its time.
  private(set) var isDue = false

  private static let fewestNewcomers = 10_000
  private static let fewestBytes = 1 << 27
  /// So few containers that they can be looked at whenever a run ends.
  private static let alwaysLookedAt = 50_000

  /// How many of the containers that it knows are alive.
  var trackedCount: Int { tracked.count }

  /// Notes a container that may become part of a cycle.
  /// - Parameter bytes: what tensors take at the time.
  func track(_ container: MutableContainer, bytes: Int) {
    guard !container.isTracked else { return }
    tracked.add(container)
    newcomers += 1
    // The work stays in proportion to what is made.
    if newcomers >= max(Self.fewestNewcomers, survivors / 2) || bytes > byteMark { isDue = true }
  }

  /// Frees garbage at the end of a run, if that costs little or much was made.
  func collectAfterRun(_ engineBytes: () -> Int) {
    if isDue || survivors <= Self.alwaysLookedAt || newcomers >= survivors / 8 { collect(running: [], engineBytes) }
  }

  /// - Parameter running: functions under way.
  func collect(running: [Unmanaged<FunctionValue>], _ engineBytes: () -> Int) {
    isDue = false
    newcomers = 0
    guard !tracked.isEmpty else { return }
    Container.empty(garbage(running))
    byteMark = max(Self.fewestBytes, engineBytes() * 2)
  }

  @inline(never)
  private func garbage(_ running: [Unmanaged<FunctionValue>]) -> [Unmanaged<Container>] {
    var census = ReferenceCensus()
    tracked.forEach { census.visit(.fromOpaque($0.toOpaque())) }
    for function in running { census.keep(.fromOpaque(function.toOpaque())) }
    let garbage = census.garbage()
    survivors = census.count - garbage.count
    return garbage
  }
}
