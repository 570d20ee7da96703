import SNNIR

/// The words that are built in beside the keywords, as the checker knows them: what editors complete.
public enum Vocabulary {
  public static let functions: [String] = Builtin.allCases.map(\.rawValue)
  public static let distributions: [String] = Distributions.names.sorted()
  public static let patterns: [String] = NetworkBuilder.patterns
  public static let sources: [String] = (Array(TaskBuilder.kinds.keys) + ["split"]).sorted()
  public static let encoders: [String] = TaskContext.encoders
  /// Losses, and other functions of a task.
  public static let taskFunctions: [String] = TaskContext.calls
  public static let fields: [String] = TaskContext.fieldNames
  public static let rules: [String] = RuleTable.names
  public static let axes: [String] = RuleTable.axes + RuleTable.eventAxes
  public static let surrogates: [String] = TaskBuilder.surrogateKinds.keys.sorted()
  public static let optimisers: [String] = OptimiserSpec.Kind.allCases.map(\.rawValue)
  public static let schedules: [String] = TaskBuilder.schedules.keys.sorted()

  public static let all: [String] =
    functions + distributions + patterns + sources + encoders + taskFunctions + fields + rules + axes + surrogates
    + optimisers + schedules

  /// The arguments of a word in order, those with a value of their own as `k = 1`; nil where it takes none, or where
  /// they depend on what it stands for.
  public static func arguments(_ word: String) -> [String]? {
    if let function = Builtin(rawValue: word) { return function.arguments }
    if let kind = Distribution.Kind(rawValue: word) { return Distributions.arguments(kind).names }
    if let names = TaskBuilder.schedules[word] { return names }
    if let kind = OptimiserSpec.Kind(rawValue: word) { return TaskBuilder.arguments(kind) }
    if let kind = TaskBuilder.surrogateKinds[word] {
      return kind.arguments.map { argument in
        argument.name + (argument.fallback.map { " = \(formatted($0))" } ?? "")
      }
    }
    if let kind = TaskBuilder.generated[word] {
      return kind.required + kind.numbers.keys.filter { !kind.required.contains($0) }.sorted()
    }
    return nil
  }
}
