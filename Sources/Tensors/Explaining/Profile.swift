#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where time goes: what each step of the plans took, added up by operation and place.
package final class Profile {
  package struct Key: Hashable, Sendable {
    /// The operations, in the order in which they run; several where one pass over memory does them all, none for a
    /// copy into another order.
    package let operations: [Op]
    /// Where they were recorded, each place once.
    package let sites: [UInt64]
  }

  package struct Entry: Sendable {
    package fileprivate(set) var runs = 0
    package fileprivate(set) var seconds = 0.0
    /// Elementary arithmetic operations; a function such as exp counts as one.
    package fileprivate(set) var operations = 0.0
    /// Bytes read and written.
    package fileprivate(set) var bytes = 0.0

    package init() {}

    package mutating func add(_ other: Entry) {
      runs += other.runs
      seconds += other.seconds
      operations += other.operations
      bytes += other.bytes
    }
  }

  package private(set) var entries: [Key: Entry] = [:]
  private let begin: Double
  private var end: Double?

  package init() { begin = Profile.clock() }

  /// Takes the time; what runs later is not counted.
  package func stop() { end = Profile.clock() }

  /// Seconds from its making to `stop`.
  package var seconds: Double { (end ?? Profile.clock()) - begin }

  var now: Double { Profile.clock() }

  private static func clock() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }

  func add(_ step: Step, of plan: Plan, _ nodes: [Unmanaged<Node>], since start: Double) {
    let duration = now - start
    let members = step.members
    var sites: [UInt64] = []
    for (_, position) in members {
      let site = nodes[position]._withUnsafeGuaranteedRef { $0.site }
      if !sites.contains(site) { sites.append(site) }
    }
    let key = Key(operations: members.compactMap(\.op), sites: sites)
    var entry = entries[key] ?? Entry()
    entry.runs += 1
    entry.seconds += duration
    entry.operations += Double(step.arithmetic)
    entry.bytes += Double(plan.bytesRead(by: step)) + Double(plan.bytesWritten(by: step))
    entries[key] = entry
  }
}
