import SNN
import SNNSyntax

/// A declared name.
struct Binding: Hashable {
  enum Kind: String, Hashable {
    case neuron, network, task, function, surrogate, synapse, sweep
    case parameter, state, letBinding = "abbreviation", port, binder, drive, argument
    case population, input, connection, part, signal
    case dataSet = "data set", score
  }
  var name: String
  var kind: Kind
  var span: Span
  /// The statement that declares it.
  var statement: Span
  /// The neuron, network or task that it belongs to.
  var owner: String
  var documentation: String?
}

/// Which names of a file mean which declarations, found from the tree alone, so that it works in broken programs too.
struct Bindings {
  struct Use: Hashable {
    var span: Span
    var binding: Int
  }

  private(set) var all: [Binding] = []
  /// In the order of the file; declarations are uses of themselves.
  private(set) var uses: [Use] = []
  /// Top-level names, and those inside, by the binding that holds them.
  private(set) var globals: [String: Int] = [:]
  private(set) var members: [Int: [String: Int]] = [:]
  /// By population: the binding of its neuron; by task: its network's.
  private(set) var models: [Int: Int] = [:]
  /// Declarations that have not been entered yet, by their bindings.
  private var pending: [Int: Declaration] = [:]
  private var tree: SyntaxTree
  private var scopes: [[String: Int]] = []
  private var owner = ""
  /// While a connection is walked: the populations that `pre` and `post` are.
  private var sides: [String: Int] = [:]

  /// - Parameter others: the files that it uses.
  init(_ tree: SyntaxTree, others: [SyntaxTree]) {
    self.tree = tree
    for other in others {
      self.tree = other
      collect(other)
    }
    uses = []
    self.tree = tree
    collect(tree)
    uses.sort { ($0.span.lower, $0.span.upper) < ($1.span.lower, $1.span.upper) }
  }

  func use(at offset: Int) -> Use? {
    uses.first { Int($0.span.lower) <= offset && offset <= Int($0.span.upper) && $0.span.length > 0 }
  }

  func uses(of binding: Int) -> [Use] { uses.filter { $0.binding == binding } }

  // MARK: Entering

  private mutating func declare(
    _ name: Name, _ kind: Binding.Kind, _ statement: Span, documentation: String? = nil, isLocal: Bool = true
  ) -> Int {
    all.append(
      Binding(
        name: name.text, kind: kind, span: name.span, statement: statement, owner: owner, documentation: documentation))
    let index = all.count - 1
    uses.append(Use(span: name.span, binding: index))
    if isLocal, !scopes.isEmpty { scopes[scopes.count - 1][name.text] = index }
    return index
  }

  private func lookup(_ name: String) -> Int? {
    for scope in scopes.reversed() { if let found = scope[name] { return found } }
    return globals[name]
  }

  private mutating func use(_ name: Name, in scope: [String: Int]? = nil) {
    let found = scope.map { $0[name.text] } ?? lookup(name.text)
    guard let found, name.span.length > 0 else { return }
    uses.append(Use(span: name.span, binding: found))
  }

  private mutating func collect(_ tree: SyntaxTree) {
    for declaration in tree.declarations {
      guard let name = declaration.name, let kind = Binding.Kind(rawValue: declaration.keyword) else { continue }
      owner = ""
      let index = declare(name, kind, declaration.span, documentation: declaration.documentation, isLocal: false)
      globals[name.text] = index
      pending[index] = declaration
    }
    for place in pending.keys.sorted() { enter(place) }
  }

  /// What a declaration is made of is entered before it, wherever it stands.
  private mutating func enter(_ place: Int?) {
    guard let place, let declaration = pending.removeValue(forKey: place) else { return }
    let outer = (owner, scopes, sides)
    owner = declaration.name?.text ?? ""
    scopes = [[:]]
    sides = [:]
    switch declaration {
    case .neuron(let decl): neuron(decl, place)
    case .synapse(let decl): synapse(decl)
    case .network(let decl): network(decl, place)
    case .function(let decl): function(decl.arguments, decl.value, decl.span)
    case .surrogate(let decl): function(decl.arguments, decl.value, decl.span)
    case .task(let decl): task(decl, place)
    case .sweep(let decl): sweep(decl)
    case .use: break
    }
    if members[place] == nil { members[place] = scopes[0] }
    (owner, scopes, sides) = outer
  }

  private mutating func function(_ arguments: [FunctionArgument], _ value: ExprID, _ span: Span) {
    for argument in arguments { _ = declare(argument.name, .argument, span) }
    for argument in arguments { if let id = argument.defaultValue { walk(id) } }
    walk(value)
  }

  // MARK: Neurons

  private mutating func neuron(_ decl: NeuronDecl, _ place: Int) {
    if let base = decl.base {
      use(base, in: globals)
      enter(globals[base.text])
      if let index = globals[base.text], let inherited = members[index] { scopes = [inherited, [:]] }
    }
    var items = decl.items
    if case .with(let changed, _) = decl.change { items += changed }
    for item in items { declareItem(item) }
    for item in items { walk(item) }
    members[place] = scopes.reduce(into: [:]) { $0.merge($1) { $1 } }
  }

  private mutating func declareItem(_ item: NeuronItem) {
    switch item {
    case .parameter(let decl): _ = declare(decl.name, .parameter, decl.span, documentation: decl.documentation)
    case .state(let decl): _ = declare(decl.name, .state, decl.span, documentation: decl.documentation)
    case .letBinding(let decl): _ = declare(decl.name, .letBinding, decl.span, documentation: decl.documentation)
    case .port(let decl): _ = declare(decl.name, .port, decl.span)
    case .drive(let name, _, let span): _ = declare(name, .drive, span)
    default: break
    }
  }

  private mutating func walk(_ item: NeuronItem) {
    switch item {
    case .parameter(let decl): walk(decl.initialiser, decl.range)
    case .state(let decl): walk(decl.initialiser, nil)
    case .letBinding(let decl): walk(decl.value)
    case .flow(let state, let coefficient, let value, _):
      use(state)
      if let coefficient { walk(coefficient) }
      walk(value)
    case .next(let state, let value, _):
      use(state)
      walk(value)
    case .port(let decl):
      scopes.append([:])
      _ = declare(decl.binder, .binder, decl.span)
      walk(decl.body)
      scopes.removeLast()
    case .spikeWhen(let condition):
      switch condition {
      case .comparison(let left, let right, _, _), .crosses(let left, let right, _):
        walk(left)
        walk(right)
      case .rate(let id, _), .probability(let id, _), .other(let id, _): walk(id)
      }
    case .onSpike(let body, _): walk(body)
    case .refractory(let time, let hold, _):
      walk(time)
      for name in hold { use(name) }
    case .emit(let value, _): walk(value)
    default: break
    }
  }

  private mutating func walk(_ body: [Assignment]) {
    for assignment in body {
      use(assignment.target)
      walk(assignment.value)
    }
  }

  private mutating func walk(_ initialiser: Initialiser?, _ range: BoundsSyntax?) {
    if let initialiser { walk(initialiser.value) }
    if let lower = range?.lower { walk(lower) }
    if let upper = range?.upper { walk(upper) }
  }

  private mutating func synapse(_ decl: SynapseDecl) {
    for item in decl.items {
      switch item {
      case .parameter(let decl): _ = declare(decl.name, .parameter, decl.span, documentation: decl.documentation)
      case .state(_, let decl): _ = declare(decl.name, .state, decl.span, documentation: decl.documentation)
      case .letBinding(let decl): _ = declare(decl.name, .letBinding, decl.span)
      case .modulator(let name, _, let span): _ = declare(name, .argument, span)
      default: break
      }
    }
    for item in decl.items {
      switch item {
      case .parameter(let decl): walk(decl.initialiser, decl.range)
      case .state(_, let decl): walk(decl.initialiser, nil)
      case .letBinding(let decl): walk(decl.value)
      case .flow(let state, let coefficient, let value, _):
        use(state)
        if let coefficient { walk(coefficient) }
        walk(value)
      case .next(let state, let value, _):
        use(state)
        walk(value)
      case .handler(_, let period, let body, _):
        if let period { walk(period) }
        walk(body)
      case .deliver(let value, _): walk(value)
      case .bounds(let bounds, _): walk(nil, bounds)
      default: break
      }
    }
  }

  // MARK: Networks and tasks

  private mutating func network(_ decl: NetworkDecl, _ place: Int) {
    for item in decl.items {
      switch item {
      case .population(let population): enter(globals[population.model.text])
      case .part(_, let network, _, _): enter(globals[network.text])
      case .connect(let connect):
        for case .rule(let name, _, _) in connect.items { enter(globals[name.text]) }
      default: continue
      }
    }
    for parameter in decl.parameters {
      _ = declare(parameter.name, .parameter, parameter.name.span)
      if let value = parameter.defaultValue { walk(value) }
    }
    for item in decl.items {
      switch item {
      case .input(let input): _ = declare(input.name, .input, input.span, documentation: input.documentation)
      case .population(let population):
        let index = declare(
          population.name, .population, population.span, documentation: population.documentation)
        if let model = globals[population.model.text] { models[index] = model }
      case .connect(let connect): if let name = connect.name { _ = declare(name, .connection, connect.span) }
      case .part(let name, let network, _, let span):
        let index = declare(name, .part, span)
        if let model = globals[network.text] { models[index] = model }
      case .signal(let name, _, let span): _ = declare(name, .signal, span)
      case .parameter(let decl): _ = declare(decl.name, .parameter, decl.span)
      case .letBinding(let decl): _ = declare(decl.name, .letBinding, decl.span)
      default: break
      }
    }
    for item in decl.items { walk(item) }
    members[place] = scopes[0]
    if let conversion = decl.conversion { self.conversion(conversion, place) }
  }

  /// `convert(A, ReLU = IntegrateAndFire)`: its names are those of A's network.
  private mutating func conversion(_ id: ExprID, _ place: Int) {
    guard case .call(_, let arguments) = tree[id].kind else { return }
    for argument in arguments {
      guard case .name(let name) = tree[argument.value].kind, argument.label?.text != "normalise" else {
        walk(argument.value)
        continue
      }
      use(Name(name, tree[argument.value].span), in: globals)
      if let label = argument.label { use(label, in: globals) }
      for case .task(let task) in tree.declarations where argument.label == nil && task.name.text == name {
        members[place] = task.network.flatMap { globals[$0.text] }.flatMap { members[$0] } ?? [:]
      }
    }
  }

  private mutating func walk(_ item: NetworkItem) {
    switch item {
    case .step(.time(let time), _): walk(time)
    case .input(let input):
      input.shape.forEach { walk($0) }
      if let source = input.source { walk(source) }
    case .population(let population):
      use(population.model, in: globals)
      population.shape.forEach { walk($0) }
      walk(population.arguments, of: globals[population.model.text])
    case .connect(let connect):
      connect.sources.forEach { walk($0) }
      connect.targets.forEach { walk($0) }
      sides["pre"] = connect.sources.first.flatMap { population($0) }
      sides["post"] = connect.targets.first.flatMap { population($0) }
      defer { sides = [:] }
      for item in connect.items {
        switch item {
        case .pattern(_, let arguments, _): walk(arguments, of: nil)
        case .weight(_, _, let initialiser, let range, _), .delay(_, let initialiser, let range, _):
          walk(initialiser, range)
        case .rule(let name, let arguments, _):
          use(name, in: globals)
          walk(arguments, of: globals[name.text])
        case .current(let value, _), .dropout(let value, _): walk(value)
        default: break
        }
      }
    case .part(_, let network, let arguments, _):
      use(network, in: globals)
      walk(arguments, of: globals[network.text])
    case .signal(_, let value, _): walk(value)
    case .parameter(let decl): walk(decl.initialiser, decl.range)
    case .letBinding(let decl): walk(decl.value)
    default: break
    }
  }

  private mutating func walk(_ arguments: [Argument], of owner: Int?) {
    for argument in arguments {
      if let label = argument.label, let owner { use(label, in: members[owner] ?? [:]) }
      walk(argument.value)
    }
  }

  /// After the task that it varies, whose names it sees as its own.
  private mutating func task(_ decl: TaskDecl, _ place: Int) {
    let base = decl.base.flatMap { globals[$0.text] }
    if let base {
      enter(base)
      models[place] = models[base]
    }
    enter(decl.network.flatMap { globals[$0.text] })
    scopes = [namesOfNetwork(place), base.flatMap { members[$0] } ?? [:], [:]]
    if let network = decl.network {
      use(network, in: globals)
      if let index = globals[network.text] {
        models[place] = index
        scopes[0] = members[index] ?? [:]
        walk(decl.networkArguments, of: index)
      }
    }
    if let base = decl.base { use(base, in: globals) }
    for item in decl.items {
      switch item {
      case .data(let names, _, let span): for name in names { _ = declare(name, .dataSet, span) }
      case .score(let name, _, let span): _ = declare(name, .score, span)
      case .letBinding(let binding): _ = declare(binding.name, .letBinding, binding.span)
      default: break
      }
    }
    for item in decl.items { walk(item) }
    members[place] = scopes[1].merging(scopes[2]) { $1 }
  }

  private func namesOfNetwork(_ task: Int) -> [String: Int] { models[task].flatMap { members[$0] } ?? [:] }

  private mutating func sweep(_ decl: SweepDecl) {
    use(decl.task, in: globals)
    enter(globals[decl.task.text])
    let task = globals[decl.task.text]
    scopes = [task.map { namesOfNetwork($0) } ?? [:], task.flatMap { members[$0] } ?? [:]]
    for key in decl.keys {
      walk(key.key)
      walk(key.values)
    }
  }

  private mutating func walk(_ item: TaskItem) {
    switch item {
    case .data(_, let source, _): walk(source)
    case .feed(let target, let value, _):
      walk(target)
      walk(value)
    case .run(let id, _), .loss(let id, _), .score(_, let id, _), .optimise(let id, _), .setting(_, let id, _):
      walk(id)
    case .letBinding(let binding): walk(binding.value)
    case .learn(let learn):
      learn.names.forEach { walk($0) }
      if let data = learn.data { use(data) }
      for axis in learn.axes {
        if let subject = axis.subject { use(subject) }
        walk(axis.value)
      }
    case .record(let items, let every, _):
      items.forEach { walk($0) }
      if let every { walk(every) }
    case .plot(let items, _): items.forEach { walk($0) }
    case .carry(let names, _), .freeze(let names, _): for name in names { use(name) }
    case .validate(let data, let best, _):
      use(data)
      if let best { use(best) }
    case .startFrom(let task, _): use(task, in: globals)
    case .expect(let expect):
      walk(expect.condition)
      if let target = expect.target { walk(target) }
      if let tolerance = expect.tolerance { walk(tolerance) }
    }
  }

  // MARK: Expressions

  private mutating func walk(_ root: ExprID) {
    var stack = [root]
    while let id = stack.popLast() {
      let expression = tree[id]
      switch expression.kind {
      case .name(let name): use(Name(name, expression.span))
      case .member: _ = resolve(id)
      default: expression.kind.forEachChild { stack.append($0) }
      }
    }
  }

  /// What a name or a chain such as `first.cells.U` declares, every link of it being a use.
  private mutating func resolve(_ id: ExprID) -> Int? {
    switch tree[id].kind {
    case .name(let name):
      if let side = sides[name] { return side }
      use(Name(name, tree[id].span))
      return lookup(name)
    case .member(let base, let name):
      guard let owner = resolve(base), let model = models[owner], let own = members[model] else { return nil }
      use(name, in: own)
      return own[name.text]
    default:
      walk(id)
      return nil
    }
  }

  /// The population of `A`, `A.V`, `A[0 ..< 3]`, which has been walked already.
  private func population(_ id: ExprID) -> Int? {
    switch tree[id].kind {
    case .name(let name): return lookup(name).flatMap { all[$0].kind == .population ? $0 : nil }
    case .member(let base, _): return population(base)
    default: return nil
    }
  }
}
