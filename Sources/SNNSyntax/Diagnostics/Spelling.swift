/// Did-you-mean for names, units, keywords and rules: one distance for all phases.
public enum Spelling {
  /// Damerau-Levenshtein distance (optimal string alignment) between two names; a change of case counts half, so that
  /// `mv` is nearer to `mV` than to `mS`. Distances are doubled to stay integers.
  public static func doubledDistance(_ left: String, _ right: String) -> Int {
    let a = Array(left.unicodeScalars)
    let b = Array(right.unicodeScalars)
    if a.isEmpty { return 2 * b.count }
    if b.isEmpty { return 2 * a.count }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = (0...b.count).map { 2 * $0 }
    var current = last
    for i in 1...a.count {
      current[0] = 2 * i
      for j in 1...b.count {
        let same = a[i - 1] == b[j - 1]
        let sameLetter = same || isSameLetter(a[i - 1], b[j - 1])
        var best = min(
          last[j] + 2, current[j - 1] + 2, last[j - 1] + (same ? 0 : sameLetter ? 1 : 2))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1], !same {
          best = min(best, beforeLast[j - 2] + 2)
        }
        current[j] = best
      }
      (beforeLast, last, current) = (last, current, beforeLast)
    }
    return last[b.count]
  }

  private static func isSameLetter(_ left: Unicode.Scalar, _ right: Unicode.Scalar) -> Bool {
    if left.isASCII && right.isASCII {
      return left.value | 32 == right.value | 32 && left.properties.isAlphabetic
    }
    return left.properties.lowercaseMapping == right.properties.lowercaseMapping
  }

  /// The candidate that the user most likely meant, or nil where none is near: at most a third of the letters
  /// (rounded up) may differ. Ties go to the candidate that comes first in alphabetical order, so messages are stable.
  public static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    let length = name.unicodeScalars.count
    guard length > 0, length <= 64 else { return nil }
    let limit = length == 1 ? 1 : 2 * max(1, (length + 2) / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates where candidate != name {
      guard abs(candidate.unicodeScalars.count - length) * 2 <= limit else { continue }
      let distance = doubledDistance(name, candidate)
      guard distance <= limit else { continue }
      if let found = best, (found.distance, found.name) <= (distance, candidate) { continue }
      best = (candidate, distance)
    }
    return best?.name
  }
}
