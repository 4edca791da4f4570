/// The names nearest to a misspelt one, at most `limit`, best first.
///
/// A name is near if it differs in capitals only, if the misspelt one is its beginning, or if few letters must be inserted,
/// removed, replaced or swapped with their neighbour (Damerau 1964; Levenshtein 1966): one for up to 4 letters, two up to 8,
/// then three. Names of other languages stand for ours: `None` for `nothing`.
package func nearest(to name: String, among candidates: some Sequence<String>, limit: Int = 3) -> [String] {
  // A name of pages is no slip of a finger, and comparing it would take longer than reading it.
  guard name.utf8.count <= 200 else { return [] }
  let wanted = Array(name.unicodeScalars)
  let lowered = Array(name.lowercased().unicodeScalars)
  let most = wanted.count <= 1 ? 0 : wanted.count <= 4 ? 1 : wanted.count <= 8 ? 2 : 3
  let foreign = Habit.names[name]
  var found: [String: Int] = [:]
  for candidate in candidates where candidate != name {
    if candidate == foreign {
      found[candidate] = 0
      continue
    }
    let scalars = Array(candidate.lowercased().unicodeScalars)
    if scalars == lowered {
      found[candidate] = 1
    } else if lowered.filter({ $0 != "_" }) == scalars.filter({ $0 != "_" }) {
      found[candidate] = 2
    } else if abs(scalars.count - lowered.count) <= most, let distance = editDistance(lowered, scalars, most: most),
      distance < max(scalars.count, lowered.count)
    {
      // A change of the first letter is a rarer slip than one further on.
      found[candidate] = 10 * distance + (scalars.first == lowered.first ? 0 : 5)
    } else if lowered.count >= 3, scalars.starts(with: lowered) {
      found[candidate] = 22 + min(scalars.count - lowered.count, 7)
    }
  }
  // The words and signs of the language are never among the names in scope.
  if let foreign, found[foreign] == nil, ["true", "false", "nothing"].contains(foreign) || !foreign.unicodeScalars.allSatisfy(NameCharacter.isPart) {
    found[foreign] = 0
  }
  let sorted = found.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
  // Where something very near was found, what is far off only distracts.
  let bound = sorted.first.map { $0.value < 10 ? 12 : $0.value + 12 } ?? 0
  return sorted.prefix { $0.value <= bound }.prefix(max(0, limit)).map(\.key)
}

/// "did you mean `x` or `y`?"; nil for no names.
package func didYouMean(_ names: [String]) -> String? {
  guard let last = names.last else { return nil }
  let quoted = names.dropLast().map { "`\($0)`" }.joined(separator: ", ")
  return quoted.isEmpty ? "did you mean `\(last)`?" : "did you mean \(quoted) or `\(last)`?"
}

/// How many insertions, removals, replacements and swaps of neighbours lead from one text to the other, no letter touched twice
/// (optimal string alignment); nil if more than `most`.
func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar], most: Int) -> Int? {
  guard !left.isEmpty, !right.isEmpty else {
    let distance = max(left.count, right.count)
    return distance <= most ? distance : nil
  }
  var beforeLast = [Int](repeating: 0, count: right.count + 1)
  var last = Array(0...right.count)
  var row = last
  for i in 1...left.count {
    row[0] = i
    var least = i
    for j in 1...right.count {
      var distance = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1))
      if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] { distance = min(distance, beforeLast[j - 2] + 1) }
      row[j] = distance
      least = min(least, distance)
    }
    if least > most + 1 { return nil }
    (beforeLast, last, row) = (last, row, beforeLast)
  }
  return last[right.count] <= most ? last[right.count] : nil
}
