/// The words of the language. Only the reserved ones cannot name things.
public enum Keywords {
  public static let reserved: Set<String> = [
    "t", "dt", "spike", "in", "over", "of", "if", "then", "else", "and", "or", "not", "true",
    "false",
  ]

  /// Heads of declarations.
  public static let declarations = [
    "use", "function", "surrogate", "neuron", "synapse", "network", "task", "sweep",
  ]
  public static let neuronItems = [
    "param", "learnable", "state", "persistent", "let", "next", "on", "drive", "spike",
    "refractory", "integrate",
    "emit", "replace", "also",
  ]
  public static let synapseItems = [
    "param", "learnable", "state", "let", "pre", "post", "trace", "next", "on", "deliver", "weight",
    "modulator",
  ]
  public static let networkItems = [
    "step", "input", "population", "connect", "part", "signal", "param", "learnable", "let",
  ]
  public static let connectItems = [
    "pattern", "no", "weight", "delay", "learnable", "sign", "rule", "current", "dropout",
  ]
  public static let taskItems = [
    "data", "feed", "run", "loss", "score", "let", "learn", "optimise", "record", "plot", "carry",
    "freeze",
    "validate", "start", "expect",
  ]
  /// Settings of one word and a value in a task: `batch 64, epochs 20, seed 1`.
  public static let taskSettings = [
    "batch", "epochs", "seed", "checkpoint", "update", "plasticity", "clip", "schedule",
  ]
  public static let sweepItems = ["seeds"]

  /// Contextual words inside statements.
  public static let clauses = [
    "as", "at", "where", "per", "unit", "every", "hold", "when", "with", "without", "crosses",
    "rate", "probability",
    "from", "for", "by", "keep", "best", "self", "replace", "also", "exact", "spikes", "log",
  ]

  /// Every contextual keyword, sorted: what an editor colours and completes.
  public static let contextual: [String] = {
    var words = Set(declarations)
    for group in [
      neuronItems, synapseItems, networkItems, connectItems, taskItems, taskSettings, sweepItems,
      clauses,
    ] {
      words.formUnion(group)
    }
    for kind in ReductionKind.allCases { words.insert(kind.rawValue) }
    for axis in ReductionAxis.allCases { words.insert(axis.rawValue) }
    return words.subtracting(reserved).sorted()
  }()

  /// Words that may follow a number on its line without being a mistyped unit.
  static let afterNumber: Set<String> = [
    "as", "at", "where", "per", "every", "hold", "with", "without", "crosses", "from", "for", "by",
    "keep", "log", "on",
    "to",
  ]
}
