import SNNIR
import SNNSyntax

/// Checks a parsed file with everything it uses, and lowers its networks and tasks. Never throws: what is wrong is in
/// the diagnostics (in source order), what is right in the program.
/// - Parameters:
///   - tree: the file as `parse` gave it; its own diagnostics are the caller's.
///   - sources: the map that `tree.file` indexes.
///   - use: gives the text behind `use std.neurons` or `use "file.snn"`; nil where there is none.
public func check(
  _ tree: SyntaxTree, sources: SourceMap, options: CheckOptions = CheckOptions(),
  use: (UseDecl) -> SourceText? = { _ in nil }
) -> (program: CheckedProgram, diagnostics: [Diagnostic]) {
  var checking = ProgramChecking(sources: sources, options: options)
  checking.load(tree, use: use)
  checking.readSettings()
  checking.checkDeclarations(of: tree)
  checking.lint(tree)
  var seen: Set<Diagnostic> = []
  let unique = checking.diagnostics.filter { !checking.isFollowUp($0) && seen.insert($0).inserted }
  checking.result.sources = checking.context.sources
  checking.result.trees = checking.context.trees
  return (checking.result, unique.sorted().limited())
}

/// The state of one call of `check`.
struct ProgramChecking {
  var context: ProgramContext
  var options: CheckOptions
  var diagnostics: [Diagnostic] = []
  var result: CheckedProgram
  var settings: [NetworkArgument] = []
  var usedSettings: Set<String> = []
  var settable: [String] = []
  var used: Set<Span> = []
  var faultyNeurons: Set<Int> = []
  var faultySynapses: Set<Int> = []
  /// Tasks that have been looked at, right or wrong, with the tasks that they start from.
  var checkedTasks: Set<Int> = []
  /// Circles of variants that have been told, as the tasks on them.
  var circles: Set<Set<Int>> = []
  /// What `--set` can reach, by task.
  var settableOfTask: [Int: [String]] = [:]
  var starts: [(task: String, from: Int, span: Span)] = []
  /// Files that name another one which was not found: it may declare what they miss.
  var lacksUse: Set<FileID> = []
  /// Told once: whatever uses what is too large is too large too.
  var isTooLarge = false
  var listing = TypeListing()
  /// Drives that no connection of a network feeds.
  var unfed: [(population: String, drive: String, span: Span)] = []
  /// By declaration, and by file: what texts name, found once.
  var named: [Span: [Span]] = [:]
  var declared: [FileID: [String: Span]] = [:]

  init(sources: SourceMap, options: CheckOptions) {
    context = ProgramContext(sources: sources)
    self.options = options
    result = CheckedProgram(sources: sources)
  }

  func checker(for file: FileID, model: NetworkModel) -> ExpressionChecker {
    var checker = ExpressionChecker(program: context, model: model, file: file)
    checker.settings = settings
    checker.taskSettings = settings
    checker.dataShapes = options.dataShapes
    checker.synapses = options.synapses
    checker.faultyNeurons = faultyNeurons
    checker.faultySynapses = faultySynapses
    checker.isTooLarge = isTooLarge
    return checker
  }

  mutating func collect(_ checker: ExpressionChecker) {
    diagnostics += checker.diagnostics
    isTooLarge = isTooLarge || checker.isTooLarge
    used.formUnion(checker.used)
    usedSettings.formUnion(checker.usedSettings)
    settable += checker.settable
  }

  /// Whether what is missed stands in a statement that could not be read.
  func isFollowUp(_ diagnostic: Diagnostic) -> Bool {
    let file = diagnostic.primary.span.file
    guard let name = diagnostic.missing, let tree = context.trees[file] else { return false }
    let isDeclared = [NetworkID.unknownModel, SemaID.unknownFunction, NeuronID.base].contains(diagnostic.id)
    return tree.lost.contains(name) || (isDeclared && lacksUse.contains(file))
  }

  mutating func readSettings() {
    for (name, text) in options.set.sorted(by: { $0.key < $1.key }) {
      let file = context.sources.add(name: "--set \(name)", text: text)
      let (tree, expression, problems) = parseExpression(context.sources[file])
      diagnostics += problems
      guard problems.isEmpty else { continue }
      context.trees[file] = tree
      context.names[file] = GlobalNames()
      settings.append(
        NetworkArgument(
          name: name, value: expression, file: file,
          span: Span(file: file, lower: 0, upper: context.sources[file].utf8.count), isSetting: true))
    }
  }

  // MARK: Declarations

  mutating func checkDeclarations(of tree: SyntaxTree) {
    checkFunctions()
    for index in context.neurons.indices { checkNeuron(index) }
    for index in context.synapses.indices { checkSynapse(index) }
    for (index, declared) in context.networks.enumerated() where declared.file == tree.file {
      result.networkNames.append(declared.decl.name.text)
      checkNetwork(index)
    }
    for (index, declared) in context.tasks.enumerated() where declared.file == tree.file {
      result.taskNames.append(declared.decl.name.text)
      checkTask(index)
    }
    checkStarts()
    for declaration in tree.declarations {
      if case .sweep(let sweep) = declaration { checkSweep(sweep, of: tree) }
    }
    // What has errors may not have come to what a setting is for.
    let isWrong = diagnostics.contains { $0.severity == .error }
    for setting in settings where !usedSettings.contains(setting.name) && !isWrong {
      let nearest = Spelling.nearest(to: setting.name, among: settable)
      var known: [String] = []
      for name in settable where !known.contains(name) { known.append(name) }
      diagnostics.append(
        NetworkMessage.unknownSetting(name: setting.name, nearest: nearest, at: setting.span, known: known).diagnostic)
    }
    result.neuronNames = context.neurons.filter { $0.file == tree.file }.map(\.decl.name.text)
    result.functionNames = context.functions.filter { $0.file == tree.file }.map(\.decl.name.text)
    result.typeListing = listing.text
    result.types = listing.entries
  }

  private mutating func checkFunctions() {
    guard let file = context.functions.first?.file else { return }
    var checker = checker(for: file, model: NetworkModel(name: "", step: 0))
    for index in context.functions.indices {
      checker.file = context.functions[index].file
      checker.steps = 0
      let scheme = checker.scheme(index, reporting: true)
      listing.add(context.functions[index].decl, scheme, checker)
    }
    collect(checker)
  }

  private mutating func checkNeuron(_ index: Int) {
    let closure = closure(of: context.neurons[index].decl.span)
    if reuse(closure) { return }
    let before = (listing, unfed.count)
    var checker = checker(for: context.neurons[index].file, model: NetworkModel(name: "", step: 0))
    let (population, terms) = checker.checkNeuron(index)
    if checker.errorCount > 0 { faultyNeurons.insert(index) }
    collect(checker)
    listing.add(population, terms, checker, declared: context.neurons[index])
    keep(closure, checker, since: before)
  }

  private mutating func checkSynapse(_ index: Int) {
    var checker = checker(for: context.synapses[index].file, model: NetworkModel(name: "", step: 0))
    listing.add(checker.checkSynapse(index), checker)
    if checker.errorCount > 0 { faultySynapses.insert(index) }
    collect(checker)
  }

  private mutating func checkNetwork(_ index: Int) {
    let declared = context.networks[index]
    let name = declared.decl.name.text
    // Parameters without a value are the tasks' to give.
    let open = declared.decl.parameters.contains { parameter in
      parameter.defaultValue == nil && !settings.contains { $0.name == parameter.name.text }
    }
    let isOfTask = context.tasks.contains { $0.decl.network?.text == name && !$0.decl.networkArguments.isEmpty }
    if open, isOfTask { return }
    // What a part takes from the network around it: values of its parameters, and the step.
    let hasStep = declared.decl.items.contains { if case .step = $0 { true } else { false } }
    if open || !hasStep, isPart(name) {
      reportCircle(of: index)
      return
    }
    let closure = closure(of: declared.decl.span)
    if reuse(closure) { return }
    let before = (listing, unfed.count)
    var checker = checker(for: declared.file, model: NetworkModel(name: name, step: 0))
    let lowered = checker.buildNetwork(index)
    findUnfedDrives(checker)
    collect(checker)
    guard let lowered else { return }
    listing.add(lowered, checker)
    let model = LoweredModel(network: checker.model, task: nil, locations: checker.locations)
    result.networks[name] = model
    keep(closure, checker, since: before, model: model)
  }

  /// Networks that are parts of each other and wait for values from outside, which nobody can give. Told once, at the one
  /// that stands first.
  private mutating func reportCircle(of index: Int) {
    func parts(_ network: Int) -> [(index: Int, name: Name)] {
      let declared = context.networks[network]
      return declared.decl.items.compactMap { item in
        guard case .part(_, let inner, _, _) = item else { return nil }
        return context.names[declared.file]?.networks[inner.text].map { ($0, inner) }
      }
    }
    var seen: Set<Int> = []
    func path(from network: Int) -> [Int]? {
      for part in parts(network) {
        if part.index == index { return [network, index] }
        guard part.index > index, seen.insert(part.index).inserted, let rest = path(from: part.index) else { continue }
        return [network] + rest
      }
      return nil
    }
    guard let circle = path(from: index), let first = parts(index).first(where: { $0.index == circle[1] }) else {
      return
    }
    var checker = checker(for: context.networks[index].file, model: NetworkModel(name: "", step: 0))
    checker.report(
      PartMessage.recursive(path: circle.map { context.networks[$0].decl.name.text }, at: first.name.span))
    collect(checker)
  }

  private func isPart(_ name: String) -> Bool {
    context.networks.contains { network in
      network.decl.items.contains { if case .part(_, let inner, _, _) = $0 { inner.text == name } else { false } }
    }
  }

  private mutating func findUnfedDrives(_ checker: ExpressionChecker) {
    for (index, population) in checker.model.populations.enumerated() {
      // A neuron of a library offers a drive beside its ports; who wrote it for another file need not use both.
      let spike = (population.guardCondition?.location.index).map { Int($0) } ?? -1
      let home = Int(population.location.index)
      if !population.ports.isEmpty, checker.locations.indices.contains(spike), checker.locations.indices.contains(home),
        checker.locations[spike].file != checker.locations[home].file
      {
        continue
      }
      for (place, drive) in population.drives.enumerated() where !checker.lastFedDrives.contains([index, place]) {
        guard Int(population.location.index) < checker.locations.count, population.location.index >= 0 else { continue }
        unfed.append((population.name, drive.name, checker.locations[Int(population.location.index)]))
      }
    }
  }
}
