import SNNIR
import SNNSyntax

/// What `convert(A, ReLU = IntegrateAndFire, normalise = data, percentile = 99.9)` says.
struct ConvertedNetwork {
  /// The network of the task, by place in the program, with the task's arguments for it.
  var network: Int
  var arguments: [NetworkArgument]
  /// The task that trains rates, by place in the program.
  var task: Int
  var span: Span
  /// By neuron of the rates' network: what stands in for it.
  var replacements: [Int: Replacement]
  var conversion: Conversion

  struct Replacement {
    var neuron: Int
    /// Where the old neuron and the new one are named.
    var old: Name
    var new: Name
  }
}

extension ExpressionChecker {
  /// Reads the right side of `network N = convert(…)`; nil where it is wrong, which has been told.
  mutating func conversion(_ id: ExprID) -> ConvertedNetwork? {
    guard case .call(let function, let given) = expression(id).kind, expression(function).kind == .name("convert"),
      let first = given.first, first.label == nil, case .name(let task) = expression(first.value).kind
    else {
      report(ConversionMessage.form(at: expression(id).span))
      return nil
    }
    var problems: [Diagnostic] = []
    let place = program.task(Name(task, expression(first.value).span), of: file, &problems)
    let written = place.flatMap { program.written($0, &problems) }
    for problem in problems where problem.id == TaskFamilyID.unknownTask { report(problem) }
    guard let place, let written,
      let network = program.names[written.networkFile]?.networks[written.network.text]
    else { return nil }
    let decl = program.networks[network].decl
    guard decl.conversion == nil else {
      report(ConversionMessage.isConverted(network: decl.name.text, at: expression(first.value).span))
      return nil
    }
    var result = ConvertedNetwork(
      network: network, arguments: networkArguments(of: written), task: place, span: expression(first.value).span,
      replacements: [:], conversion: Conversion(task: written.name.text, normalisation: .data, percentile: 99.9))
    for argument in given.dropFirst() where !read(argument, &result) { return nil }
    guard !result.replacements.isEmpty else {
      report(ConversionMessage.replacesNothing(task: task, at: expression(id).span))
      return nil
    }
    return result
  }

  /// What a task gives the parameters of its network.
  mutating func networkArguments(of written: WrittenTask) -> [NetworkArgument] {
    written.arguments.compactMap { argument in
      guard let label = argument.label else {
        let outer = file
        file = written.networkFile
        report(.unlabelledOverride(neuron: written.network.text, at: expression(argument.value).span))
        file = outer
        return nil
      }
      return NetworkArgument(
        name: label.text, value: argument.value, file: written.networkFile, span: label.span, isSetting: false)
    }
  }

  private mutating func read(_ argument: Argument, _ result: inout ConvertedNetwork) -> Bool {
    let value = expression(argument.value)
    guard let label = argument.label, !argument.isDraw, !argument.isLearnable, !argument.perUnit else {
      report(ConversionMessage.form(at: value.span))
      return false
    }
    switch label.text {
    case "normalise":
      guard case .name(let name) = value.kind, let way = Conversion.Normalisation(rawValue: name) else {
        report(ConversionMessage.normalisation(text: program.sources.text(value.span), at: value.span))
        return false
      }
      result.conversion.normalisation = way
    case "percentile":
      let checked = number(argument.value, expecting: .one, because: "a percentile is a number")
      guard !checked.isError else { return false }
      guard let number = constantValue(checked.value), number > 0, number <= 100 else {
        report(ConversionMessage.percentile(at: checked.span))
        return false
      }
      result.conversion.percentile = number
    default: return read(label, value, &result)
    }
    return true
  }

  /// `ReLU = IntegrateAndFire`.
  private mutating func read(_ label: Name, _ value: Expr, _ result: inout ConvertedNetwork) -> Bool {
    guard case .name(let text) = value.kind else {
      report(ConversionMessage.form(at: value.span))
      return false
    }
    let new = Name(text, value.span)
    let declared = program.networks[result.network]
    let known = (program.names[declared.file] ?? GlobalNames()).neurons
    let own = (program.names[file] ?? GlobalNames()).neurons
    guard let old = known[label.text] else {
      let nearest = Spelling.nearest(to: label.text, among: known.keys)
      report(ConversionMessage.noSuchNeuron(name: label.text, at: label.span, nearest: nearest))
      return false
    }
    if let first = result.replacements[old]?.old {
      report(ConversionMessage.replacedTwice(neuron: label.text, at: label.span, first: first.span))
      return false
    }
    guard let neuron = own[text] else {
      report(
        ConversionMessage.noSuchNeuron(
          name: text, at: value.span, nearest: Spelling.nearest(to: text, among: own.keys)))
      return false
    }
    var (before, after) = (NeuronBlueprint(name: label), NeuronBlueprint(name: new))
    quietly {
      before = $0.blueprint(old)
      after = $0.blueprint(neuron)
    }
    guard before.emit != nil else {
      report(ConversionMessage.emitsNothing(neuron: label.text, at: label.span))
      return false
    }
    guard after.spike != nil else {
      report(ConversionMessage.emits(neuron: text, at: value.span))
      return false
    }
    let kept = Set(after.parameters.map(\.item.name.text))
    if let lost = before.parameters.first(where: { !kept.contains($0.item.name.text) }) {
      report(
        ConversionMessage.loses(
          parameter: lost.item.name.text, of: label.text, by: text, at: value.span, declared: lost.item.name.span))
      return false
    }
    result.replacements[old] = ConvertedNetwork.Replacement(neuron: neuron, old: label, new: new)
    return true
  }

  /// Lowers the network of the task with other neurons.
  mutating func buildConverted(
    _ index: Int, _ expression: ExprID, arguments: [NetworkArgument], blame: Span?
  ) -> NetworkBuilder? {
    let own = program.networks[index]
    let outer = file
    file = own.file
    let found = conversion(expression)
    file = outer
    guard let found else { return nil }
    var declared = program.networks[found.network]
    declared.decl.name = own.decl.name
    var builder = NetworkBuilder(declared, settings: found.arguments + arguments + settings, blame: blame)
    builder.chain = [index, found.network]
    builder.replacements = found.replacements
    builder.build(&self)
    var conversion = found.conversion
    conversion.populations = builder.lowered.replaced.map(\.population)
    let made = Set(builder.lowered.replaced.map(\.neuron))
    for (old, entry) in found.replacements.sorted(by: { $0.key < $1.key }) where !made.contains(old) {
      let network = program.networks[found.network].decl.name.text
      report(ConversionMessage.unusedNeuron(name: entry.old.text, network: network, at: entry.old.span))
    }
    model.conversion = conversion
    builder.lowered.origin = ConversionOrigin(task: found.task, span: found.span)
    return builder
  }
}
