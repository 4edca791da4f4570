import Kernels
import Language
import Synchronization
import Syntax

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Programs that are interrupted again and again, and go on each time: what they show must be what they show undisturbed.
enum Storm {
  private static let programs = [
    "s = 0; i = 0; while i < 300000 { s = s + i * 0.5; i = i + 1 }; print(s, i); t = \"\"; xs = []; m = [:]; for k in 0..<2000 { t = t + \"x\"; xs = xs.append(k); m[\"{k % 7}\"] = k }; print(t.length(), xs.length(), m)",
    "fib(n) = if n < 2 { n } else { fib(n - 1) + fib(n - 2) }; n = 0; count() = { n := n + 1; n }; repeat 20000 { count() }; print(fib(19), n); r = 0; for i in 0..<3000 { r += try { if i % 3 == 0 { error(\"no\") }; 1 } catch e { 2 } }; r",
    "x = randn(16, 4); y = sum(x^2, axis: 1, keep: true); net = dense(8) >> tanh >> dropout(0.2) >> dense(1); opt = adam(net); n = state(0)\nfor e in 0..<3 { l = 0; repeat 200 { l = step(opt) { n := n + 1; mse(net(x), y) } }; print(\"{e} {l:.6e}\") }\nfor p in net.parameters { print(\"{p:.6e}\") }; print(value(n), rand(3))",
    "f(x) = { y = x; repeat 300 { y = sin(y) + x }; y }; print(\"{f'(0.3):.9e} {f''(0.2):.9e}\"); g(v) = { s = 0; for i in 0..<200 { s = s + sum(v * i) }; s }; print(g'([1, 2]), grad((a, b) -> a.p * g(b))((p: 2), [1, 1])); jacobian(v -> { repeat 50 { v = v * 1.01 }; v })([1, 2])",
    "t = 0; for row in ones(3000, 2) { t = t + number(row[1]) }; for v in sequence(2000, i -> i^2) { t += v }; for c in \"abc\" { t += 1 }; for k, v in [\"a\": 1, \"b\": 2] { t += v }; print(t); print(sum([i * j for i in 0..<80 for j in 0..<80 if i != j])); list(q for q in sequence(300, i -> { k = 0; repeat i { k += 1 }; k })).length()",
    "layer Count(k) { build(x) = { j = 0; repeat 3000 { j += 1 }; w = param(full((2,), j)) }; n = state(0); up() = { n := n + 1; value(n) }; forward(x) = { repeat 500 { up() }; sum(x * w) * k } }\nc = Count(2); for i in 0..<20 { print(c([i, 1])) }; d = copy(c) >> (v -> v + 1); list(d([1, 1]), value(c.n))",
    "x = linspace(-1, 1, 64).reshape(64, 1); y = sin(3x); net = dense(16) >> tanh >> dense(1); h = fit(net, (x, y), loss: mse, epochs: 4); print(\"{mse(net(x), y):.6e}\"); sum(training { repeat 100 { z = ones(50) |> dropout(0.5) }; z })",
  ]

  /// Held where no interrupt may come.
  private static let eye = Mutex(())

  static func findings() -> Int {
    let isOver = UnsafeMutablePointer<Bool>.allocate(capacity: 1)
    isOver.initialize(to: false)
    let over = Flag(isOver)
    var found = 0
    var interrupts = 0
    for (number, program) in programs.enumerated() {
      let source = SourceText(name: "storm", text: program)
      let calm = shown(source) { (session) throws(GradusError) in try session.run(source, echo: .text) }
      isOver.pointee = false
      Watch.thread(stackBytes: 1 << 18) {
        var random = Generator(number + 1)
        var longest = 300
        while !over.isSet {
          usleep(UInt32(20 + random.below(longest)))
          eye.withLock { _ in if !over.isSet { Interrupt.request() } }
          // A step that takes longer than the time between two interrupts must come to its end some day.
          longest = min(longest + 5, 4_000)
        }
      }
      var stops = 0
      let stormy = shown(source) { (session) throws(GradusError) in
        var isBegun = false
        while true {
          do throws(GradusError) {
            if isBegun { try session.resume() } else { try session.run(source, echo: .text) }
            return
          } catch {
            guard error.kind == .interrupted, stops < 100_000 else { throw error }
            stops += 1
            // One that came before anything had begun leaves nothing to go on with.
            isBegun = isBegun || session.interruption != nil
            if isBegun, session.interruption == nil { throw GradusError(.value, "the run can't go on: \(error.message)") }
            // Whoever looks around meanwhile disturbs nothing, unless that is interrupted, too: then that would go on.
            if stops % 3 == 0 {
              eye.withLock { _ in
                Interrupt.clear()
                try? session.run(SourceText(name: "between", text: "between = \(stops); b = sum(ones(3)) * between"), echo: .none)
              }
            }
          }
        }
      }
      isOver.pointee = true
      usleep(10_000)
      Interrupt.clear()
      interrupts += stops
      if calm != stormy {
        found += 1
        print("program \(number), interrupted \(stops) times:\n\(program)\nshows\n\(stormy)instead of\n\(calm)")
      }
    }
    print("\(programs.count) programs, \(interrupts) interrupts, \(found) findings")
    return found
  }

  private static func shown(_ source: SourceText, _ body: (Session) throws(GradusError) -> Void) -> String {
    let session = Run.session()
    var text = ""
    session.output = { text += $0 }
    do {
      try body(session)
    } catch {
      text += "\(error.kind.rawValue): \(error.message)\n"
    }
    return text
  }

  /// Read by one thread while another sets it.
  private final class Flag: @unchecked Sendable {
    private let place: UnsafeMutablePointer<Bool>
    init(_ place: UnsafeMutablePointer<Bool>) { self.place = place }
    var isSet: Bool { place.pointee }
  }
}
