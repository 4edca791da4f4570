#if canImport(Glibc)
  import Glibc

  /// Not among the headers that Swift's module shows.
  @_silgen_name("mallopt") private func mallopt(_ parameter: Int32, _ value: Int32) -> Int32
#endif

/// How memory is taken from the system.
enum Heap {
  static func prepare() {
    #if canImport(Glibc)
      // M_ARENA_MAX: one heap for all threads. The interpreter's thread would get one of its own, which glibc lets grow page by
      // page, a call of the system each: a fifteenth of the time that a long program takes to be ready. No other thread
      // allocates much.
      _ = mallopt(-8, 1)
      // M_MXFAST: small blocks that were freed are merged at once rather than all together whenever a large one is asked for.
      _ = mallopt(1, 0)
      takeLargePages()
    #endif
  }

  #if canImport(Glibc)
    /// Lets the heap begin with room for what most programs need, in pages of 2 MB where the system has them. It gives a page
    /// when it is written for the first time, which costs a program of 10,000 lines a fifth of its time if pages are small.
    private static func takeLargePages() {
      let page = 2 << 20, room = 32 << 20
      // M_MMAP_THRESHOLD: blocks from here on come from the system one by one. M_TRIM_THRESHOLD: what is free at the end of the
      // heap, if it's more, goes back. Both stay as they are set.
      _ = mallopt(-3, 4 << 20)
      _ = mallopt(-1, Int32(2 * room))
      // M_TOP_PAD: what is taken beyond what was asked for.
      _ = mallopt(-2, Int32(room))
      guard let before = sbrk(0) else { return }
      // Blocks that come from the heap, one after the other until that has grown. A limit of memory may forbid it.
      var blocks: [UnsafeMutableRawPointer] = []
      while blocks.count < 8, sbrk(0) == before, let block = malloc(100_000) { blocks.append(block) }
      let end = sbrk(0)
      for block in blocks { free(block) }
      // From here on the heap grows by a little more than it must.
      _ = mallopt(-2, 1 << 20)
      guard let end, end > before else { return }
      let first = (UInt(bitPattern: before) + UInt(page) - 1) / UInt(page) * UInt(page)
      guard let start = UnsafeMutableRawPointer(bitPattern: first), start < end else { return }
      _ = madvise(start, end - start, Int32(MADV_HUGEPAGE))
    }
  #endif
}
