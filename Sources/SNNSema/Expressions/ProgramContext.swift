import SNNSyntax

/// A declaration with the file it stands in, whose names it sees.
public struct Declared<Decl: Sendable>: Sendable {
  public var file: FileID
  public var decl: Decl
}

/// The names that one file sees at its top level: its own, which hide those of `use`.
public struct GlobalNames: Sendable {
  public var functions: [String: Int] = [:]
  public var surrogates: [String: Int] = [:]
  public var neurons: [String: Int] = [:]
  public var networks: [String: Int] = [:]
  public var tasks: [String: Int] = [:]
  public var synapses: [String: Int] = [:]

  public var all: [String] {
    Array(functions.keys) + Array(neurons.keys) + Array(networks.keys) + Array(surrogates.keys) + Array(tasks.keys)
      + Array(synapses.keys)
  }

  public func kind(of name: String) -> EntityKind? {
    if functions[name] != nil { return .function }
    if neurons[name] != nil { return .neuron }
    if networks[name] != nil { return .network }
    if surrogates[name] != nil { return .surrogate }
    if tasks[name] != nil { return .task }
    return synapses[name] != nil ? .synapse : nil
  }
}

/// Everything declared in all files of one compilation. Indices in `names` point into the lists.
public struct ProgramContext: Sendable {
  public var sources: SourceMap
  public var trees: [FileID: SyntaxTree] = [:]
  public var names: [FileID: GlobalNames] = [:]
  public var functions: [Declared<FunctionDecl>] = []
  public var surrogates: [Declared<SurrogateDecl>] = []
  public var neurons: [Declared<NeuronDecl>] = []
  public var networks: [Declared<NetworkDecl>] = []
  public var tasks: [Declared<TaskDecl>] = []
  public var synapses: [Declared<SynapseDecl>] = []

  public init(sources: SourceMap) { self.sources = sources }

  public func expression(_ id: ExprID, in file: FileID) -> Expr? {
    guard let tree = trees[file], id.index >= 0, Int(id.index) < tree.expressions.count else { return nil }
    return tree[id]
  }

  /// Words of the statements of a file that could not be read.
  func lost(in file: FileID) -> Set<String> { trees[file]?.lost ?? [] }

  /// Line on which a span begins, from 1.
  public func line(_ span: Span) -> Int { sources[span.file].position(of: Int(span.lower)).line }
}
