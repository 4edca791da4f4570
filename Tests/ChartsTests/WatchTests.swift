import Charts
import Testing

@Suite struct WatchTests {
  @Test func logsAtRoundSteps() {
    var watch = Watch()
    var steps: [Int] = []
    for step in 1...3500 {
      watch.record([("loss", 1 / Double(step))], at: Double(step) / 100)
      if watch.logLine() != nil { steps.append(step) }
    }
    #expect(steps == [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 3000])
  }

  @Test func logsOnceAndLateRatherThanNever() {
    var watch = Watch()
    for step in 1...7 { watch.record([("loss", 1)], at: Double(step)) }
    #expect(watch.logLine()?.hasPrefix("step 7   loss 1") == true)
    #expect(watch.logLine() == nil)
  }

  @Test func wordsOfALine() {
    var watch = Watch()
    for step in 1...10 {
      watch.record([("loss", 0.25), ("accuracy", .nan)], at: Double(step) * 0.5, total: 100)
    }
    #expect(
      watch.logLine() == "step 10 of 100   loss 0.25   accuracy nan   2 steps/s   45 s left")
    #expect(watch.finalLine() == "10 of 100 steps in 4.5 s   loss 0.25   accuracy nan")
  }

  @Test func slowStepsCountSecondsEach() {
    var watch = Watch()
    for step in 0..<3 { watch.record([("loss", 2)], at: Double(step) * 8, total: 1000) }
    #expect(watch.logLine() == "step 3 of 1000   loss 2   8 s/step   2 h 12 min left")
  }

  @Test func nothingYet() {
    var watch = Watch()
    #expect(watch.logLine() == nil)
    #expect(watch.finalLine() == "no steps")
    #expect(watch.frame(ChartStyle()).hasPrefix("step 0\n"))
  }

  @Test func framesKeepTheirHeight() {
    var watch = Watch()
    var heights: Set<Int> = []
    for step in 1...3000 {
      watch.record([("loss", Double(step % 37) * Double(step))], at: Double(step))
      if step % 50 == 0 {
        heights.insert(
          watch.frame(ChartStyle()).split(separator: "\n", omittingEmptySubsequences: false).count)
      }
    }
    #expect(heights.count == 1)
  }
}
