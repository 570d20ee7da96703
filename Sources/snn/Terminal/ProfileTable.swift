import SNN

/// Where time went, as a table for people or for machines.
enum ProfileTable {
  static func text(_ profile: Profile) -> String {
    guard profile.seconds > 0 else { return "nothing was measured" }
    let subjects = profile.entries.map(\.subject.count).max() ?? 0
    return profile.entries.map { entry in
      let share = NumberText.significant(100 * entry.seconds / profile.seconds, 3)
      let padded = String(repeating: " ", count: max(0, 5 - share.count)) + share
      let name = entry.subject + String(repeating: " ", count: subjects - entry.subject.count)
      return "\(padded) %  \(name)  \(entry.work.rawValue)\(entry.isReverse ? ", backward" : "")"
    }.joined(separator: "\n")
  }

  static func json(_ profile: Profile) -> JSON {
    .array(
      profile.entries.map {
        .object([
          "subject": .string($0.subject), "work": .string($0.work.rawValue), "backward": .bool($0.isReverse),
          "seconds": .number($0.seconds), "share": .number(profile.seconds > 0 ? $0.seconds / profile.seconds : 0),
        ])
      })
  }
}
