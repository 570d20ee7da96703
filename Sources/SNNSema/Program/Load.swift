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
        let inLibrary = decl.libraryEntry(in: options.library)
        guard let text = inLibrary?.text ?? use(decl) else {
          let nearest = decl.nearestEntry(in: options.library)
          diagnostics.append(SemaMessage.useNotFound(path: decl.spelling, at: decl.span, nearest: nearest).diagnostic)
          lacksUse.insert(tree.file)
          continue
        }
        let isWhole = decl.file != nil || text.name == decl.spelling
        let only = inLibrary.map(\.only) ?? (isWhole ? nil : decl.path.last?.text)
        if let known = loaded[text.name] {
          imports.append((tree.file, known, only, decl.span))
          continue
        }
        let file = context.sources.add(name: text.name, text: text.text)
        loaded[text.name] = file
        let used = read(file)
        imports.append((tree.file, file, only, decl.span))
        queue.append(used)
      }
    }
    // A file sees what the files it uses declare themselves; its own names hide theirs.
    let own = context.names
    for step in imports {
      guard let source = own[step.from] else { continue }
      if let only = step.only, source.kind(of: only) == nil {
        let file = context.sources[step.from].name
        let nearest = Spelling.nearest(to: only, among: source.all).map { "\(file).\($0)" }
        diagnostics.append(
          SemaMessage.useNotFound(path: "\(file).\(only)", at: step.span, nearest: nearest).diagnostic)
        lacksUse.insert(step.into)
        continue
      }
      context.names[step.into]?.addMissing(from: source, only: step.only)
    }
  }

  private mutating func read(_ file: FileID) -> SyntaxTree {
    let source = context.sources[file]
    if let known = options.previous, let tree = known.flawless[file], known.sources[file].name == source.name,
      known.sources[file].utf8 == source.utf8
    {
      result.flawless[file] = tree
      return tree
    }
    let (tree, problems) = parse(source)
    diagnostics += problems
    if problems.isEmpty { result.flawless[file] = tree }
    return tree
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
        names.synapses[decl.name.text] = context.synapses.count
        context.synapses.append(Declared(file: tree.file, decl: decl))
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

extension UseDecl {
  fileprivate var spelling: String { file.map { "\"\($0)\"" } ?? dotted }
  private var dotted: String { path.map(\.text).joined(separator: ".") }

  /// `std.neurons` is all of a text, `std.neurons.LIF` one name of it.
  fileprivate func libraryEntry(in library: [String: String]) -> (text: SourceText, only: String?)? {
    guard file == nil else { return nil }
    if let text = library[dotted] { return (SourceText(name: dotted, text: text), nil) }
    let owner = path.dropLast().map(\.text).joined(separator: ".")
    guard let text = library[owner] else { return nil }
    return (SourceText(name: owner, text: text), path.last?.text)
  }

  fileprivate func nearestEntry(in library: [String: String]) -> String? {
    guard file == nil else { return nil }
    // `std.neuron.LIF`: the text's name is wrong, the rest may well be right.
    guard path.count > 2, let name = path.last?.text else { return Spelling.nearest(to: dotted, among: library.keys) }
    let owner = path.dropLast().map(\.text).joined(separator: ".")
    return Spelling.nearest(to: owner, among: library.keys).map { "\($0).\(name)" }
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
