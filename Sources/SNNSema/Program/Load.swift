import SNNSyntax

extension ProgramChecking {
  /// Enters the file's declarations, and those of every file it uses, each file once.
  mutating func load(_ main: SyntaxTree, use: (UseDecl) -> SourceText?) {
    var loaded: [String: FileID] = [:]
    var queue = [main]
    var order: [FileID] = []
    var imports: [(into: FileID, from: FileID, only: String?, span: Span)] = []
    while let tree = queue.popLast() {
      context.trees[tree.file] = tree
      order.append(tree.file)
      enter(tree)
      for declaration in tree.declarations {
        guard case .use(let decl) = declaration else { continue }
        guard let text = use(decl) else {
          let path = decl.file.map { "\"\($0)\"" } ?? decl.path.map(\.text).joined(separator: ".")
          diagnostics.append(SemaMessage.useNotFound(path: path, at: decl.span).diagnostic)
          lacksUse.insert(tree.file)
          continue
        }
        let only = decl.file == nil ? decl.path.last?.text : nil
        if let known = loaded[text.name] {
          imports.append((tree.file, known, only, decl.span))
          continue
        }
        let file = context.sources.add(name: text.name, text: text.text)
        loaded[text.name] = file
        let (used, problems) = parse(context.sources[file])
        diagnostics += problems
        imports.append((tree.file, file, only, decl.span))
        queue.append(used)
      }
    }
    // A file sees what the files it uses declare themselves; its own names hide theirs.
    let own = context.names
    for step in imports {
      guard let source = own[step.from] else { continue }
      let only = step.only.flatMap { source.kind(of: $0) == nil ? nil : $0 }
      context.names[step.into]?.addMissing(from: source, only: only)
    }
  }

  private mutating func enter(_ tree: SyntaxTree) {
    var names = GlobalNames()
    var first: [String: Span] = [:]
    func isNew(_ name: Name, _ list: inout [Diagnostic]) -> Bool {
      if let old = first[name.text] {
        list.append(SemaMessage.duplicateName(name: name.text, at: name.span, first: old).diagnostic)
        return false
      }
      first[name.text] = name.span
      return true
    }
    for declaration in tree.declarations {
      switch declaration {
      case .use, .sweep: break
      case .function(let decl):
        guard isNew(decl.name, &diagnostics) else { continue }
        names.functions[decl.name.text] = context.functions.count
        context.functions.append(Declared(file: tree.file, decl: decl))
      case .surrogate(let decl):
        guard isNew(decl.name, &diagnostics) else { continue }
        names.surrogates[decl.name.text] = context.surrogates.count
        context.surrogates.append(Declared(file: tree.file, decl: decl))
      case .neuron(let decl):
        guard isNew(decl.name, &diagnostics) else { continue }
        names.neurons[decl.name.text] = context.neurons.count
        context.neurons.append(Declared(file: tree.file, decl: decl))
      case .synapse(let decl):
        guard isNew(decl.name, &diagnostics) else { continue }
        names.synapses[decl.name.text] = names.synapses.count
      case .network(let decl):
        guard isNew(decl.name, &diagnostics) else { continue }
        names.networks[decl.name.text] = context.networks.count
        context.networks.append(Declared(file: tree.file, decl: decl))
      case .task(let decl):
        guard isNew(decl.name, &diagnostics) else { continue }
        names.tasks[decl.name.text] = context.tasks.count
        context.tasks.append(Declared(file: tree.file, decl: decl))
      }
    }
    context.names[tree.file] = names
  }
}

extension GlobalNames {
  /// Takes over the names that are not here yet.
  mutating func addMissing(from other: GlobalNames, only: String?) {
    func merge(_ mine: inout [String: Int], _ theirs: [String: Int]) {
      for (name, index) in theirs where (only == nil || only == name) && kind(of: name) == nil { mine[name] = index }
    }
    var copy = self
    merge(&copy.functions, other.functions)
    merge(&copy.surrogates, other.surrogates)
    merge(&copy.neurons, other.neurons)
    merge(&copy.networks, other.networks)
    merge(&copy.tasks, other.tasks)
    merge(&copy.synapses, other.synapses)
    self = copy
  }
}
