import Tensors

extension Session {
  /// Plans in words: their steps, what runs in one pass over memory, memory and arithmetic.
  func planText(_ reports: [PlanReport], left: Int = 0) -> String {
    guard !reports.isEmpty else { return "nothing is left to compute: `plan { … }` around the computation shows its plans" }
    var parts = reports.enumerated().map { number, report -> String in
      let title = reports.count > 1 ? "plan \(number + 1), " : ""
      let runs = report.runs > 1 ? ", run \(NumberText.count(report.runs)) times" : ""
      return "\(title)\(Quantity.plural(report.steps.count, "step")), \(Quantity.plural(report.inputs, "input")), \(Quantity.plural(report.results, "result"))\(runs)\n" + text(report)
    }
    if left > 0 { parts.append("… and \(Quantity.plural(left, "further run")) of other plans") }
    let all = parts.joined(separator: "\n\n")
    return style.glyphs == .ascii ? all.replacing("…", with: "...") : all
  }

  private func text(_ report: PlanReport) -> String {
    var rows: [String] = []
    // Of a long plan the beginning and the end.
    let most = 60
    for (index, step) in report.steps.enumerated() {
      if report.steps.count > most, index >= most - 10, index < report.steps.count - 10 {
        if index == most - 10 { rows.append("   … \(Quantity.plural(report.steps.count - most, "step"))") }
        continue
      }
      let number = "\(index + 1).".leftPadded(String(report.steps.count).count + 1)
      let out = "\(step.shape.rank == 0 ? "" : "\(step.shape) ")\(step.type.name)"
      let line = lines(ofSites: step.sites)
      rows.append("\(number) \(operations(step)) → \(out)" + (line.isEmpty ? "" : "   line \(line)"))
      var facts = ["reads \(Quantity.bytes(Double(step.bytesRead)))", "writes \(Quantity.bytes(Double(step.bytesWritten)))"]
      if step.arithmetic > 0 { facts.append(Quantity.operations(Double(step.arithmetic))) }
      rows.append(String(repeating: " ", count: number.count + 1) + facts.joined(separator: ", "))
    }
    var memory = "memory: \(Quantity.bytes(Double(report.resultBytes))) for results, \(Quantity.bytes(Double(report.arenaBytes))) between"
    if report.unsharedBytes > report.arenaBytes + 4096 { memory += " (\(Quantity.bytes(Double(report.unsharedBytes))) if nothing were shared)" }
    rows.append(memory)
    rows.append("arithmetic: \(Quantity.operations(Double(report.arithmetic)))")
    return rows.joined(separator: "\n")
  }

  private func operations(_ step: PlanReport.Step) -> String {
    let names = step.operations.map { "`\($0.name)`" }
    switch names.count {
    case 0: return "copy into order"
    case 1: return names[0]
    default: return "one pass: " + names.prefix(12).joined(separator: " ") + (names.count > 12 ? " and \(names.count - 12) more" : "")
    }
  }
}
