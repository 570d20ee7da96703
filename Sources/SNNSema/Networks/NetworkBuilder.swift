import SNNIR
import SNNSyntax

/// The task that trains the rates of a converted network, by place in the program, and where it is named.
struct ConversionOrigin: Sendable {
  var task: Int
  var span: Span
}

/// A population of a converted network, and the neuron that it had, by place in the program.
struct ReplacedPopulation: Sendable {
  var population: Int
  var neuron: Int
}

/// A network lowered to the hybrid stage, with the dimensions that tasks check against.
public struct LoweredNetwork: Sendable {
  public struct Input: Sendable {
    public var term: DimensionTerm
    public var unit: ResolvedUnit?
    public var span: Span
  }
  public var decl: NetworkDecl
  /// By population, input and connection, in the order of the model's lists.
  var populations: [NeuronTerms] = []
  public var populationSpans: [Span] = []
  public var inputs: [Input] = []
  public var connectionTerms: [DimensionTerm] = []
  /// The network's own names (parameters, populations, inputs, connections), to be pushed under a task's scope.
  public var scope = Scope()
  /// Of a converted network: the task that trains its rates, by place in the program, and where it is named.
  var origin: ConversionOrigin?
  /// Its populations with other neurons, and the neurons that they had.
  var replaced: [ReplacedPopulation] = []

  /// Dimension, unit and kind of a variable of a population: a state, `let`, drive or parameter.
  public func variable(
    _ population: Int, _ name: String
  ) -> (kind: EntityKind, term: DimensionTerm, unit: ResolvedUnit?, span: Span)? {
    guard population < populations.count else { return nil }
    let kinds: [EntityKind] = [.state, .letBinding, .drive, .parameter]
    guard let entry = populations[population].entries.first(where: { $0.name == name && kinds.contains($0.kind) })
    else { return nil }
    return (entry.kind, entry.term, entry.unit, entry.span)
  }

  /// Names that `pop.NAME` may be, for did-you-mean.
  public func variableNames(_ population: Int) -> [String] {
    guard population < populations.count else { return [] }
    return populations[population].entries.filter { $0.kind != .port }.map(\.name) + ["spike"]
  }
}

/// A value for a network's parameter from outside its text: a task's argument or `--set`.
struct NetworkArgument: Sendable {
  var name: String
  var value: ExprID
  var file: FileID
  var span: Span
  /// From `--set`: it may mean another network or a task.
  var isSetting: Bool
  /// Of a part, read where the part stands.
  var checked: Checked?
}

struct NetworkBuilder {
  let decl: NetworkDecl
  let file: FileID
  let settings: [NetworkArgument]
  /// Span to blame for missing arguments: the task's `of NET(…)`, or the network's name.
  let blame: Span
  var lowered: LoweredNetwork
  var usedSettings: Set<String> = []
  /// Edges whose delay is 0, for the order of the populations.
  var zeroDelay: [(source: Int, target: Int, span: Span, connection: Int)] = []
  var fedDrives: Set<[Int]> = []
  /// Where the units are, of populations and inputs that say so, by name.
  var placements: [String: Placement] = [:]
  /// Populations that are sources of their own, where nothing arrives.
  var sources: Set<Int> = []
  var pendingRules: [PendingRule] = []
  /// Dimensions of the rules' states and parameters, by rule of the model.
  var ruleTerms: [(Int, SynapseBuilder.SettleTarget, DimensionTerm, ResolvedUnit?)] = []
  var isComplete = true
  /// `block1.` inside a part: how the network around it calls what is declared here.
  var prefix = ""
  /// Networks that stand in each other, from the outermost, as indices into the program's.
  var chain: [Int] = []
  var parts: [NetworkPart] = []
  /// Inputs that the network around this part connects: as declared, and once connected what comes there.
  var openInputs: [String: OpenInput] = [:]
  /// The names declared here, while another network is being built.
  var ownScope = Scope()
  var partSettings: [String] = []
  /// Of a converted network: which neurons others stand in for.
  var replacements: [Int: ConvertedNetwork.Replacement] = [:]

  init(_ declared: Declared<NetworkDecl>, settings: [NetworkArgument], blame: Span?) {
    decl = declared.decl
    file = declared.file
    self.settings = settings
    self.blame = blame ?? declared.decl.name.span
    lowered = LoweredNetwork(decl: declared.decl)
  }

  mutating func build(_ checker: inout ExpressionChecker) {
    let outer = (checker.scopes, checker.file)
    checker.file = file
    checker.scopes = [checker.scopes[0], Scope()]
    buildArguments(&checker)
    buildStep(&checker)
    buildNames(&checker)
    joinParts(&checker)
    buildConnections(&checker)
    checkZeroDelays(&checker)
    checkExact(&checker)
    checkSettings(&checker)
    checker.finishDeclaration()
    lowered.scope = checker.scopes[1]
    (checker.scopes, checker.file) = outer
    settle(&checker)
  }

  mutating func buildNames(_ checker: inout ExpressionChecker) {
    for item in decl.items { buildName(item, &checker) }
  }

  mutating func buildConnections(_ checker: inout ExpressionChecker) {
    for item in decl.items {
      if case .connect(let connect) = item { build(connect, &checker) }
    }
    for place in parts.indices { within(place, &checker) { $0.buildConnections(&$1) } }
    buildSignals(&checker)
    buildRules(&checker)
  }

  private mutating func buildStep(_ checker: inout ExpressionChecker) {
    var first: Span?
    for item in decl.items {
      guard case .step(let step, let span) = item else { continue }
      if let first {
        checker.report(.secondStep(at: span, first: first))
        continue
      }
      first = span
      switch step {
      case .exact:
        checker.model.isExact = true
        checker.model.step = NetworkModel.exactStep
      case .time(let id):
        let checked = checker.number(id, expecting: DimensionTerm(.time), because: "`step` takes a time")
        let value = checker.constantValue(checked.value)
        if checked.isError { continue }
        guard let value, value > 0, value.isFinite else {
          checker.report(.badStep(at: checked.span))
          continue
        }
        checker.model.step = value
      }
    }
    if first == nil { checker.report(.noStep(network: decl.name.text, at: decl.name.span)) }
  }

  mutating func buildArguments(_ checker: inout ExpressionChecker) {
    for parameter in decl.parameters {
      var term = checker.solver.fresh()
      var type = ExpressionType.number(term)
      var unit: ResolvedUnit?
      if let syntax = parameter.type {
        if let resolved = checker.resolve(syntax) {
          (term, unit) = (resolved.term, resolved.unit)
          type = .number(term)
        } else {
          type = .error
        }
      }
      let note = "the value of `\(parameter.name.text)`"
      var value = checker.model.graph.const(1)
      if let setting = settings.last(where: { $0.name == parameter.name.text }) {
        usedSettings.insert(setting.name)
        // The default still says which dimension is meant.
        if let own = parameter.defaultValue {
          let checked = checker.number(own, expecting: term, because: note)
          unit = checked.unit ?? unit
        }
        checker.file = setting.file
        let checked =
          setting.checked.map { checker.require($0, term, because: note) }
          ?? checker.number(setting.value, expecting: term, because: note)
        checker.file = file
        if checked.isError { type = .error }
        (value, unit) = (checked.value, checked.unit ?? unit)
      } else if let own = parameter.defaultValue {
        let checked = checker.number(own, expecting: term, because: note)
        if checked.isError { type = .error }
        (value, unit) = (checked.value, checked.unit ?? unit)
      } else {
        type = .error
        checker.report(
          .missingArgument(
            network: decl.name.text, name: parameter.name.text, at: blame, declared: parameter.name.span))
      }
      checker.declare(
        Entity(parameter.name.text, .parameter, span: parameter.name.span, type: type, value: value, unit: unit))
    }
  }

  private mutating func buildName(_ item: NetworkItem, _ checker: inout ExpressionChecker) {
    switch item {
    case .step, .connect: break
    case .input(let input): build(input, &checker)
    case .population(let population): build(population, &checker)
    case .part(let name, let network, let arguments, let span):
      buildPart(name, network, arguments, span, &checker)
    case .signal: break
    case .parameter(let parameter): build(parameter, &checker)
    case .letBinding(let binding):
      var checked = checker.number(binding.value)
      if let syntax = binding.type, let resolved = checker.resolve(syntax) {
        checked = checker.require(checked, resolved.term, because: "`\(binding.name.text)` is declared so")
      }
      checker.declare(
        Entity(
          binding.name.text, .letBinding, span: binding.name.span, type: checked.type, value: checked.value,
          unit: checked.unit))
    }
  }

  mutating func unavailable(_ what: String, _ span: Span, _ checker: inout ExpressionChecker) {
    checker.report(.unavailable(what: what, at: span))
    isComplete = false
  }

  private mutating func build(_ decl: ParameterDecl, _ checker: inout ExpressionChecker) {
    var term = checker.solver.fresh()
    var unit: ResolvedUnit?
    if let syntax = decl.type, let resolved = checker.resolve(syntax) { (term, unit) = (resolved.term, resolved.unit) }
    if decl.perUnit { checker.report(.misplacedForm(what: "`per unit`", at: decl.span)) }
    let note = "the value of `\(decl.name.text)`"
    var value = checker.model.graph.const(1)
    var initial = Initial.value(value)
    var type = ExpressionType.number(term)
    if let own = decl.initialiser, own.isDraw {
      if let drawn = checker.distribution(own.value, of: term, because: note) {
        initial = .draw(drawn.distribution)
        unit = drawn.unit ?? unit
      } else {
        type = .error
      }
    } else if let own = decl.initialiser {
      let checked = checker.number(own.value, expecting: term, because: note)
      if checked.isError { type = .error }
      initial = .value(checked.value)
      unit = checked.unit ?? unit
    } else {
      type = .error
      checker.report(
        .missingArgument(
          network: self.decl.name.text, name: decl.name.text, at: decl.name.span, declared: decl.name.span))
    }
    let symbol = checker.model.graph.addSymbol(
      Symbol(
        prefix + decl.name.text, .parameter(checker.model.parameters.count), domain: .constant,
        unit: unit?.display ?? .one, location: checker.location(decl.name.span)))
    var parameter = Parameter(
      name: prefix + decl.name.text, symbol: symbol, shape: .scalar, unit: unit?.display ?? .one,
      isLearnable: decl.isLearnable, initial: initial, location: checker.location(decl.name.span))
    if let range = decl.range, let bounds = checker.bounds(range, of: term, name: decl.name.text) {
      (parameter.lower, parameter.upper) = (bounds.lower, bounds.upper)
      if case .value(let first) = initial {
        checker.checkInside(
          first, bounds, what: decl.name.text, isLearnable: decl.isLearnable, at: decl.name.span, range: range.span,
          unit: unit)
      }
    }
    checker.model.parameters.append(parameter)
    value = checker.model.graph.load(symbol)
    checker.declare(Entity(decl.name.text, .parameter, span: decl.name.span, type: type, value: value, unit: unit))
  }

  /// Sizes must be known when compiled.
  func shape(_ ids: [ExprID], of what: String, _ checker: inout ExpressionChecker) -> [Int]? {
    var result: [Int] = []
    for id in ids {
      let checked = checker.number(id, expecting: .one, because: "a size is a number")
      if checked.isError { return nil }
      guard let value = checker.constantValue(checked.value) else {
        checker.report(.notConstant(what: "the size of \(what)", at: checked.span))
        return nil
      }
      guard value >= 1, value == value.rounded(), value <= 1e8 else {
        checker.report(.badShape(what: what, found: "this is \(formatted(value))", at: checked.span))
        return nil
      }
      result.append(Int(value))
    }
    guard result.reduce(1.0, { $0 * Double($1) }) <= 1e8 else {
      checker.report(
        .badShape(what: what, found: "too many units", at: ids.first.map { checker.expression($0).span } ?? blame))
      return nil
    }
    return result.isEmpty ? [1] : result
  }

  private mutating func build(_ input: InputDecl, _ checker: inout ExpressionChecker) {
    guard let shape = shape(input.shape, of: "`\(input.name.text)`", &checker) else {
      isComplete = false
      checker.declare(Entity(input.name.text, .input, span: input.name.span, index: -1))
      return
    }
    if let source = input.source {
      buildSource(input, source, shape: shape, &checker)
      return
    }
    var term = DimensionTerm.one
    var unit: ResolvedUnit?
    if !input.isSpikes {
      term = checker.solver.fresh()
      if let syntax = input.type, let resolved = checker.resolve(syntax) {
        (term, unit) = (resolved.term, resolved.unit)
      }
    }
    if let placement = input.placement { place(input.name, shape, placement, &checker) }
    if !prefix.isEmpty {
      openInputs[input.name.text] = OpenInput(
        name: input.name, size: shape.reduce(1, *), isSpikes: input.isSpikes, term: term)
      checker.declare(Entity(input.name.text, .input, span: input.name.span, unit: unit, index: -1))
      return
    }
    let extent = checker.model.graph.addExtent(Extent(name: input.name.text, size: shape.reduce(1, *)))
    checker.declare(
      Entity(input.name.text, .input, span: input.name.span, unit: unit, index: checker.model.inputs.count))
    checker.model.inputs.append(
      NetworkInput(
        name: input.name.text, shape: shape, extent: extent, isSpikes: input.isSpikes, unit: unit?.display ?? .one,
        location: checker.location(input.name.span)))
    lowered.inputs.append(.init(term: term, unit: unit, span: input.name.span))
  }

  private mutating func build(_ population: PopulationDecl, _ checker: inout ExpressionChecker) {
    let name = population.name.text
    func fail(_ checker: inout ExpressionChecker) {
      checker.declare(Entity(name, .population, span: population.name.span, index: -1))
    }
    guard let declared = checker.program.names[file]?.neurons[population.model.text] else {
      let names = checker.program.names[file] ?? GlobalNames()
      let nearest = Spelling.nearest(to: population.model.text, among: names.neurons.keys)
      checker.report(
        .unknownModel(
          name: population.model.text, kind: names.kind(of: population.model.text), at: population.model.span,
          nearest: nearest))
      isComplete = false
      fail(&checker)
      return
    }
    let index = replacements[declared]?.neuron ?? declared
    guard let shape = shape(population.shape, of: "`\(name)`", &checker),
      let overrides = overrides(population, index, &checker)
    else {
      isComplete = false
      fail(&checker)
      return
    }
    if checker.faultyNeurons.contains(index) {
      isComplete = false
      fail(&checker)
      return
    }
    let extent = checker.model.graph.addExtent(Extent(name: prefix + name, size: shape.reduce(1, *)))
    let instance = NeuronInstance(
      population: prefix + name, shape: shape, extent: extent, index: checker.model.populations.count,
      overrides: overrides,
      scopes: checker.scopes, file: file, span: population.model.span)
    guard let (built, terms) = checker.instantiate(index, instance) else {
      isComplete = false
      fail(&checker)
      return
    }
    if replacements[declared] != nil {
      lowered.replaced.append(ReplacedPopulation(population: checker.model.populations.count, neuron: declared))
    }
    checker.declare(
      Entity(name, .population, span: population.name.span, index: checker.model.populations.count))
    checker.model.populations.append(built)
    lowered.populations.append(terms)
    lowered.populationSpans.append(population.name.span)
    if let placement = population.placement { place(population.name, shape, placement, &checker) }
  }

  private mutating func overrides(
    _ population: PopulationDecl, _ index: Int, _ checker: inout ExpressionChecker
  ) -> [ParameterOverride]? {
    var plan: NeuronBlueprint?
    checker.quietly { plan = $0.blueprint(index) }
    let known = plan?.parameters.map(\.item.name.text) ?? []
    let model = population.model.text
    var result: [ParameterOverride] = []
    var isRight = true
    for argument in population.arguments {
      guard let label = argument.label else {
        checker.report(.unlabelledOverride(neuron: model, at: checker.expression(argument.value).span))
        isRight = false
        continue
      }
      guard known.contains(label.text) else {
        let nearest = Spelling.nearest(to: label.text, among: known)
        checker.report(
          .unknownParameter(name: label.text, neuron: model, at: label.span, nearest: nearest, known: known))
        isRight = false
        continue
      }
      if let first = result.first(where: { $0.name.text == label.text }) {
        checker.report(.duplicateName(name: label.text, at: label.span, first: first.name.span))
        isRight = false
        continue
      }
      // What is wrong with the expression itself is told once, here.
      if !argument.isDraw, checker.check(argument.value).isError { isRight = false }
      result.append(
        ParameterOverride(
          name: label, isLearnable: argument.isLearnable, isDraw: argument.isDraw, perUnit: argument.perUnit,
          value: argument.value, file: file, checked: nil))
    }
    for setting in settings {
      let prefix = "\(population.name.text)."
      guard setting.name.hasPrefix(prefix), known.contains(String(setting.name.dropFirst(prefix.count))) else {
        continue
      }
      usedSettings.insert(setting.name)
      let name = String(setting.name.dropFirst(prefix.count))
      let learnable = result.first { $0.name.text == name }?.isLearnable ?? false
      result.removeAll { $0.name.text == name }
      checker.file = setting.file
      let checked = checker.number(setting.value)
      checker.file = file
      if checked.isError { isRight = false }
      result.append(
        ParameterOverride(
          name: Name(name, setting.span), isLearnable: learnable, isDraw: false, perUnit: false, value: setting.value,
          file: setting.file, checked: checked))
    }
    return isRight ? result : nil
  }
}
