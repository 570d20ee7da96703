import SNNIR
import SNNSyntax

/// A text that `use` names, with the name that messages show.
public struct SourceText: Sendable {
  public var name: String
  public var text: String
  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

public struct CheckOptions: Sendable {
  /// `--set NAME=VALUE`: values are expressions (`20 ms`, `128`); names are a network's parameters, `POP.PARAM`, or a
  /// task's settings.
  public var set: [String: String]
  /// The task whose numbers and rule `set` means; nil, or one that there is not: all.
  public var task: String?
  /// Lints are left out.
  public var isQuiet: Bool
  /// Looks into the data sources that tasks name, so that sizes are checked; nil: they are taken to fit.
  public var dataShapes: DataShapeReader?
  /// The texts that `use` finds by dotted names, such as `std.neurons`.
  public var library: [String: String]
  /// Reads lists of synapses; nil: they are taken to be empty.
  public var synapses: SynapseReader?
  /// An earlier state of the program under the same options: what has not changed since is taken over. Lists of synapses
  /// are not read again.
  public var previous: CheckedProgram?
  /// Whether the result is kept ready for that.
  public var keepsPieces: Bool
  public init(
    set: [String: String] = [:], isQuiet: Bool = false, dataShapes: DataShapeReader? = nil,
    library: [String: String] = [:], synapses: SynapseReader? = nil, previous: CheckedProgram? = nil,
    keepsPieces: Bool = false
  ) {
    self.set = set
    self.isQuiet = isQuiet
    self.dataShapes = dataShapes
    self.library = library
    self.synapses = synapses
    self.previous = previous
    self.keepsPieces = keepsPieces || previous != nil
  }
}

/// A network, with a task on it or not, lowered to the hybrid stage. `locations[id]` is where a `LocationID` stands.
public struct LoweredModel: Sendable {
  public var network: NetworkModel
  public var task: TaskModel?
  public var locations: [Span]

  public func span(_ location: LocationID) -> Span? {
    location.index >= 0 && Int(location.index) < locations.count ? locations[Int(location.index)] : nil
  }
}

/// A neuron as declared, with what was inferred for it.
public struct CheckedNeuron: Sendable {
  public var name: String
  public var population: HybridPopulation
  var terms: NeuronTerms
}

/// Everything that a program declares, checked. What was found to be wrong is missing from `networks` and `tasks`.
public struct CheckedProgram: Sendable {
  /// The caller's sources and those that `use` brought in.
  public var sources: SourceMap
  /// How they read.
  public internal(set) var trees: [FileID: SyntaxTree] = [:]
  public var neuronNames: [String] = []
  public var functionNames: [String] = []
  /// In the order of the file.
  public var networkNames: [String] = []
  public var taskNames: [String] = []
  public var sweeps: [CheckedSweep] = []
  var networks: [String: LoweredModel] = [:]
  var tasks: [String: LoweredModel] = [:]
  /// Name of the network that each task is of.
  public var networkOfTask: [String: String] = [:]
  /// What `--dump types` prints.
  public var typeListing: String = ""
  /// The same, name by name; functions are not among them.
  public var types: [TypeEntry] = []
  /// What the next check of a changed program may take over.
  var pieces: [[UInt8]: CheckedPiece] = [:]
  /// The trees of used files in which parsing found nothing wrong.
  var flawless: [FileID: SyntaxTree] = [:]

  /// A network by itself; nil where it has errors or does not exist.
  public func lower(network name: String) -> LoweredModel? { networks[name] }
  /// A task with its network, under the task's arguments.
  public func lower(task name: String) -> LoweredModel? { tasks[name] }
}
