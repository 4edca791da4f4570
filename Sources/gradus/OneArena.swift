#if canImport(Glibc)
  import Glibc

  /// Not among the headers that Swift's module shows.
  @_silgen_name("mallopt") private func mallopt(_ parameter: Int32, _ value: Int32) -> Int32
#endif

/// One heap for all threads. The interpreter's thread would get one of its own, which glibc lets grow page by page, a call of
/// the system each: a fifteenth of the time that a long program takes to be ready. No other thread allocates much.
enum OneArena {
  static func choose() {
    #if canImport(Glibc)
      // M_ARENA_MAX
      _ = mallopt(-8, 1)
      // M_MXFAST: small blocks that were freed are merged at once rather than all together whenever a large one is asked for.
      _ = mallopt(1, 0)
    #endif
  }
}
