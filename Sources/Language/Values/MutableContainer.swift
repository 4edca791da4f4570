/// A container with identity, whose contents change: a captured variable, a cell, a layer. What never changes can only
/// refer to what was there before it, so a cycle of references goes through one of these; a `CycleCollector` knows those
/// that hold containers.
package class MutableContainer: Container {
  private var next: Unmanaged<MutableContainer>?
  private var previous: Unmanaged<MutableContainer>?

  /// Whether a collector knows it.
  final var isTracked: Bool { previous != nil }

  deinit { untrack() }

  @inline(__always)
  private final func untrack() {
    guard let previous else { return }
    previous._withUnsafeGuaranteedRef { $0.next = next }
    next?._withUnsafeGuaranteedRef { $0.previous = previous }
  }

  /// Those that hold containers, linked with each other, so that each leaves by itself when it is freed.
  struct List: ~Copyable {
    /// Stands before the first one.
    private let head = MutableContainer()

    func add(_ container: MutableContainer) {
      guard !container.isTracked else { return }
      container.next = head.next
      container.previous = .passUnretained(head)
      head.next?._withUnsafeGuaranteedRef { $0.previous = .passUnretained(container) }
      head.next = .passUnretained(container)
    }

    var isEmpty: Bool { head.next == nil }

    /// As many as are alive.
    var count: Int {
      var count = 0
      forEach { _ in count += 1 }
      return count
    }

    func forEach(_ body: (Unmanaged<MutableContainer>) -> Void) {
      var place = head.next
      while let container = place {
        body(container)
        place = container._withUnsafeGuaranteedRef { $0.next }
      }
    }

    /// They may outlive the list.
    deinit {
      var place = head.next
      while let container = place {
        place = container._withUnsafeGuaranteedRef { $0.next }
        container._withUnsafeGuaranteedRef {
          $0.next = nil
          $0.previous = nil
        }
      }
      head.next = nil
    }
  }
}
