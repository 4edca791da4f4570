import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What the engine knows of a computation: origins of nan, graphs, plans, profiles.
@Suite("Explaining") struct ExplainTests {
  private let engine = Engine(threads: 2, memoryLimit: 1 << 30)
  private func floats(_ values: [Float]) throws -> Tensor { try engine.tensor(floats: values, Shape([values.count])) }

  private func event(_ x: Tensor) throws -> NonFiniteOrigin.Event? {
    guard case .made(let event)? = try engine.nonFiniteOrigin(of: x)?.start else { return nil }
    return event
  }

  // MARK: Where a nan came from

  @Test func eachCauseIsTold() throws {
    let rows: [(Op, [Float], [Float]?, NonFiniteOrigin.Cause)] = [
      (.log, [1, 0], nil, .logOfZero), (.log, [1, -1], nil, .logOfNegative), (.log1p, [-1], nil, .logOfZero), (.log1p, [-2], nil, .logOfNegative),
      (.sqrt, [4, -4], nil, .rootOfNegative), (.asin, [0, 2], nil, .outsideOfUnit), (.acos, [-1.5], nil, .outsideOfUnit), (.exp, [1, 100], nil, .overflow),
      (.sinh, [100], nil, .overflow), (.reciprocal, [0], nil, .divisionByZero), (.divide, [1, 0], [0, 1], .divisionByZero), (.divide, [0], [0], .zeroByZero),
      (.divide, [1e38], [1e-3], .overflow), (.multiply, [1e30], [1e30], .overflow), (.add, [3e38], [3e38], .overflow), (.subtract, [3e38], [-3e38], .overflow),
      (.power, [-2], [0.5], .powerOfNegative), (.power, [0], [-1], .powerOfZero), (.power, [1e20], [3], .overflow), (.modulo, [5], [0], .remainderByZero),
      (.floorDivide, [5], [0], .divisionByZero),
    ]
    for (op, a, b, cause) in rows {
      let x = try floats(a)
      let y = if let b { try engine.binary(op, x, floats(b)) } else { try engine.unary(op, x) }
      let event = try #require(try event(y), "\(op.name) \(a)")
      #expect(event.cause == cause && event.operation == op && event.derivativeOf == nil, "\(op.name) of \(a): \(event.cause)")
    }
  }

  @Test func infinitiesThatBecomeNan() throws {
    let big = try engine.unary(.exp, floats([100, 1]))
    for (y, cause) in [
      (try engine.binary(.subtract, big, big), NonFiniteOrigin.Cause.infinityMinusInfinity),
      (try engine.binary(.multiply, big, floats([0, 1])), .zeroTimesInfinity), (try engine.binary(.divide, big, big), .infinityByInfinity),
      (try engine.unary(.sin, big), .angleOfInfinity),
      (try engine.matrixProduct(engine.reshape(big, [1, 2]), engine.tensor(floats: [0, 1], shape(2, 1))), .zeroTimesInfinity),
    ] {
      let origin = try #require(try engine.nonFiniteOrigin(of: y))
      guard case .made(let first) = origin.start else {
        Issue.record("no operation was found")
        continue
      }
      #expect(first.operation == .exp && first.cause == .overflow && first.operands[0].element == 100)
      #expect(origin.turned?.cause == cause, "\(String(describing: origin.turned?.cause))")
    }
  }

  /// Only what reaches the result counts, element by element.
  @Test func whatIsMaskedIsNotBlamed() throws {
    let x = try floats([1, 0, -1])
    engine.site = 1
    let log = try engine.unary(.log, x)
    engine.site = 2
    let mask = try engine.binary(.greater, x, engine.number(0))
    let safe = try engine.select(mask, log, engine.full(0, x.shape, .f32))
    engine.site = 3
    let root = try engine.unary(.sqrt, engine.binary(.subtract, x, engine.number(0.5)))
    let y = try engine.binary(.add, safe, root)
    let event = try #require(try event(engine.reduce(.sum, y, axes: nil, keep: false)))
    #expect(event.operation == .sqrt && event.site == 3 && event.index == 1 && event.operands[0].element == -0.5)
    #expect(event.operands[0].numbers.least == -1.5 && event.operands[0].numbers.greatest == 0.5 && event.result.numbers.nan == 2)
  }

  @Test func broadcastOperandsAreReadAtTheirPlace() throws {
    let a = try engine.tensor(floats: [1, 2, 3, 4, 5, 6], shape(2, 3)), b = try floats([1, 0, 2])
    let event = try #require(try event(engine.binary(.divide, a, b)))
    #expect(event.index == 1 && event.operands.map(\.element) == [2, 0] && event.operands[1].shape.dimensions == [3])
    let column = try #require(try self.event(engine.binary(.divide, a, engine.tensor(floats: [1, 0], shape(2, 1)))))
    #expect(column.index == 3 && column.operands.map(\.element) == [4, 0])
  }

  /// The graph is gone when one asks: it was looked at when the plan ran.
  @Test func aResultThatWasComputedKeepsItsOrigin() throws {
    engine.site = 5
    let y = try engine.unary(.log, floats([-1, 2]))
    engine.site = 6
    let z = try engine.binary(.multiply, y, engine.number(2))
    #expect(try engine.doubles(z)[0].isNaN)
    #expect(try event(z)?.site == 5)
    let later = try engine.binary(.add, z, engine.number(1))
    #expect(try engine.doubles(later)[0].isNaN)
    #expect(try event(later)?.site == 5)
    #expect(engine.nonFinite.latest?.site == 5)
  }

  /// What is recorded in the memory of a tensor that is gone has nothing of it.
  @Test func whatIsGoneIsForgotten() throws {
    do {
      let lost = try engine.unary(.log, floats([0]))
      try engine.realize([lost])
      #expect(try event(lost)?.operation == .log)
      // Another plan, so that nothing of the first one holds the tensor.
      #expect(try engine.doubles(engine.unary(.negate, floats([2]))) == [-2])
    }
    for _ in 0..<4 {
      let finite = try floats([1])
      #expect(try engine.nonFiniteOrigin(of: finite) == nil && engine.nonFiniteOrigin(of: engine.unary(.negate, finite)) == nil)
      guard case .given? = try engine.nonFiniteOrigin(of: engine.unary(.negate, floats([.infinity])))?.start else {
        Issue.record("the data is not blamed")
        return
      }
    }
  }

  @Test func givenNumbersAndLostGraphs() throws {
    engine.site = 9
    let data = try floats([1, .nan])
    guard case .given(let part)? = try engine.nonFiniteOrigin(of: engine.unary(.exp, data))?.start else {
      Issue.record("the data is not blamed")
      return
    }
    #expect(part.site == 9 && part.numbers.nan == 1)
    engine.nonFinite.level = .nothing
    let lost = try engine.unary(.log, floats([-1]))
    try engine.realize([lost])
    engine.nonFinite.level = .glance
    guard case .lost(.log, nil, _)? = try engine.nonFiniteOrigin(of: lost)?.start else {
      Issue.record("the operation is not named")
      return
    }
    #expect(try engine.nonFiniteOrigin(of: floats([1, 2])) == nil)
    #expect(try engine.nonFiniteOrigin(of: engine.full(3, shape(2), .f32)) == nil)
  }

  /// Of a large result the beginning is looked at, all of it if that is asked for.
  @Test func glancesAndLooks() throws {
    var values = [Float](repeating: 1, count: 1_000)
    values[900] = -1
    let x = try floats(values)
    try engine.realize([engine.unary(.log, x)])
    #expect(engine.nonFinite.latest == nil)
    engine.nonFinite.level = .everything
    try engine.realize([engine.unary(.log, x)])
    guard case .made(let event)? = engine.nonFinite.latest?.start else {
      Issue.record("not found")
      return
    }
    #expect(event.index == 900 && event.result.numbers.nan == 1)
  }

  @Test func derivativesSayWhoseTheyAre() throws {
    let r = engine.open()
    defer { engine.close(r) }
    let x = engine.mark(try floats([1, 0]), in: r)
    engine.site = 11
    // 0^0.5 is taken as flat, 0^0 · log 0 is not reached: the arc sine at 1 is.
    let y = try engine.reduce(.sum, engine.unary(.asin, x), axes: nil, keep: false)
    let g = try #require(try engine.gradients(of: y, seed: nil, withRespectTo: [x], in: r)[0])
    let event = try #require(try event(g))
    #expect(event.operation == .divide && event.derivativeOf == .asin && event.site == 11 && event.cause == .divisionByZero)
  }

  /// The random numbers of the search are those of the plan.
  @Test func drawsAreTheSameAgain() throws {
    let x = try engine.normal(shape(64), .f32)
    let y = try engine.unary(.sqrt, x)
    let numbers = try engine.doubles(y)
    let event = try #require(try event(y))
    #expect(event.result.numbers.nan == numbers.filter(\.isNaN).count && event.result.numbers.nan > 0)
    #expect(event.index == numbers.firstIndex(where: \.isNaN))
  }

  /// A program may mean its infinities: after some searches it pays for no more.
  @Test func searchesAreBounded() throws {
    let x = try engine.full(-.infinity, shape(4), .f32)
    var searched = 0
    for _ in 0..<100 {
      let before = engine.nonFinite.searchesLeft
      try engine.realize([engine.binary(.maximum, x, engine.full(-.infinity, shape(4), .f32))])
      if engine.nonFinite.searchesLeft < before { searched += 1 }
    }
    #expect(searched == 32)
    engine.nonFinite.beginRun()
    #expect(engine.nonFinite.searchesLeft == 32)
  }

  /// Every primitive gives the same numbers node by node as in a plan.
  @Test func theInterpreterAgreesWithPlans() throws {
    for row in Primitive.table {
      for sample in row.samples {
        for type in [ElementType.f32, .f64] {
          let y = try engine.apply(row.op, sample.tensors(engine, type), sample.attributes(type))
          let graph = try engine.computationGraph(of: [y], named: [], fewest: 10_000)
          let alone = try #require(graph.entries[graph.roots[0]].elements)
          let planned = try engine.doubles(y)
          #expect(zip(alone, planned).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) } && alone.count == planned.count, "\(row.name)")
        }
      }
    }
  }

  // MARK: Graphs

  @Test func graphsThatAreHeld() throws {
    let x = try floats([1, 2])
    let y = try engine.unary(.exp, x)
    engine.holdGraphs()
    let z = try engine.binary(.multiply, y, y)
    try engine.realize([z])
    let graph = try engine.computationGraph(of: [z], named: [x], fewest: 4)
    #expect(graph.entries.map(\.operation) == [.data, .exp, .multiply] && graph.entries[0].name == 0)
    #expect(graph.entries[2].operands == [1, 1] && graph.roots == [2])
    engine.releaseGraphs()
    let gone = try engine.computationGraph(of: [z], named: [], fewest: 4)
    #expect(gone.entries.map(\.operation) == [.multiply] && gone.entries[0].operands.isEmpty)
    #expect(gone.entries[0].elements?.count == 2)
  }

  @Test func aLongChainIsNoBurden() throws {
    var x = try floats([1])
    let r = engine.open()
    defer { engine.close(r) }
    x = engine.mark(x, in: r)
    for _ in 0..<60_000 { x = try engine.binary(.add, x, engine.number(1)) }
    let graph = try engine.computationGraph(of: [x], named: [], fewest: 1)
    #expect(graph.entries.count > 60_000 && graph.entries[graph.roots[0]].elements == [60_001])
  }

  // MARK: Plans and profiles

  @Test func plansAsData() throws {
    let a = try engine.tensor(floats: [Float](repeating: 1, count: 32), shape(4, 8)), b = try engine.tensor(floats: [Float](repeating: 1, count: 16), shape(8, 2))
    engine.site = 3
    let y = try engine.unary(.tanh, engine.matrixProduct(a, b))
    let report = try #require(engine.planReport(of: [y]))
    #expect(report.inputs == 2 && report.results == 1 && report.arithmetic == 2 * 4 * 8 * 2 + 8)
    #expect(report.steps.flatMap(\.operations) == [.matrixProduct, .tanh] && report.steps.allSatisfy { $0.sites.allSatisfy { $0 == 3 } })
    #expect(report.steps[0].bytesRead == 4 * (32 + 16) && report.steps.last?.bytesWritten == 4 * 8)
    let log = PlanLog()
    engine.planLog = log
    try engine.realize([y])
    for _ in 0..<2 { try engine.realize([engine.unary(.exp, b)]) }
    engine.planLog = nil
    #expect(log.reports.map(\.runs) == [1, 2] && log.left == 0)
    #expect(engine.planReport(of: [y]) == nil)
  }

  @Test func profilesAddUp() throws {
    let a = try engine.uniform(shape(64, 64), .f32)
    try engine.realize([a])
    let profile = Profile()
    engine.profile = profile
    engine.site = 8
    for _ in 0..<3 { try engine.realize([engine.matrixProduct(a, a)]) }
    engine.profile = nil
    profile.stop()
    try engine.realize([engine.unary(.exp, a)])
    let entry = try #require(profile.entries.first)
    #expect(profile.entries.count == 1 && entry.key.operations == [.matrixProduct] && entry.key.sites == [8] && entry.value.runs == 3)
    #expect(entry.value.operations == 3 * 2 * 64 * 64 * 64 && entry.value.bytes == 3 * 2 * 4 * 64 * 64)
    #expect(entry.value.seconds > 0 && entry.value.seconds <= profile.seconds)
  }
}
