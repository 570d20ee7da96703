extension Declaration {
  /// What it is called; nil for `use`.
  public var name: Name? {
    switch self {
    case .use: nil
    case .function(let decl): decl.name
    case .surrogate(let decl): decl.name
    case .neuron(let decl): decl.name
    case .synapse(let decl): decl.name
    case .network(let decl): decl.name
    case .task(let decl): decl.name
    case .sweep(let decl): decl.name
    }
  }

  public var span: Span {
    switch self {
    case .use(let decl): decl.span
    case .function(let decl): decl.span
    case .surrogate(let decl): decl.span
    case .neuron(let decl): decl.span
    case .synapse(let decl): decl.span
    case .network(let decl): decl.span
    case .task(let decl): decl.span
    case .sweep(let decl): decl.span
    }
  }

  /// The word it begins with.
  public var keyword: String {
    switch self {
    case .use: "use"
    case .function: "function"
    case .surrogate: "surrogate"
    case .neuron: "neuron"
    case .synapse: "synapse"
    case .network: "network"
    case .task: "task"
    case .sweep: "sweep"
    }
  }

  /// The text of its `///` lines.
  public var documentation: String? {
    switch self {
    case .use, .sweep: nil
    case .function(let decl): decl.documentation
    case .surrogate(let decl): decl.documentation
    case .neuron(let decl): decl.documentation
    case .synapse(let decl): decl.documentation
    case .network(let decl): decl.documentation
    case .task(let decl): decl.documentation
    }
  }
}
