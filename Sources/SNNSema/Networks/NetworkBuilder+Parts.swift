import SNNIR
import SNNSyntax

/// `part NAME = Network(…)`: a builder of its own, whose names the network around it knows as `NAME.x`.
struct NetworkPart {
  var name: Name
  var builder: NetworkBuilder
}

/// An input of a part: what the network around it connects there stands for it.
struct OpenInput {
  var name: Name
  var size: Int
  var isSpikes: Bool
  var term: DimensionTerm
  var source: NetworkBuilder.End?
  /// Where it is connected.
  var connected: Span?
}

/// A part is written out: its declarations go into the one model under names of their own, so that nothing behind this
/// phase knows of parts.
extension NetworkBuilder {
  mutating func buildPart(
    _ name: Name, _ network: Name, _ arguments: [Argument], _ span: Span, _ checker: inout ExpressionChecker
  ) {
    checker.declare(Entity(name.text, .part, span: name.span))
    let names = checker.program.names[file] ?? GlobalNames()
    guard let index = names.networks[network.text] else {
      let nearest = Spelling.nearest(to: network.text, among: names.networks.keys)
      checker.report(.unknownName(name: network.text, at: network.span, nearest: nearest))
      isComplete = false
      return
    }
    guard !chain.contains(index) else {
      let path = (chain + [index]).map { checker.program.networks[$0].decl.name.text }
      checker.report(PartMessage.recursive(path: path, at: network.span))
      isComplete = false
      return
    }
    if checker.program.networks[index].decl.conversion != nil {
      checker.report(ConversionMessage.part(at: network.span))
      isComplete = false
      return
    }
    guard let given = values(of: arguments, network, &checker) else {
      isComplete = false
      return
    }
    let own = name.text + "."
    let outer = settings.filter { $0.name.hasPrefix(own) }.map { setting in
      var inner = setting
      inner.name = String(setting.name.dropFirst(own.count))
      return inner
    }
    var builder = NetworkBuilder(checker.program.networks[index], settings: given + outer, blame: network.span)
    builder.prefix = prefix + own
    builder.chain = chain + [index]
    builder.replacements = replacements
    parts.append(NetworkPart(name: name, builder: builder))
    within(parts.count - 1, &checker) { part, checker in
      part.buildArguments(&checker)
      part.buildNames(&checker)
      part.checkArguments(&checker)
    }
    let inside = parts[parts.count - 1].builder
    usedSettings.formUnion(inside.usedSettings.map { own + $0 })
    partSettings += (inside.decl.parameters.map(\.name.text) + inside.partSettings).map { own + $0 }
  }

  /// `n = 64`, read with the names of the network around the part.
  private func values(
    of arguments: [Argument], _ network: Name, _ checker: inout ExpressionChecker
  ) -> [NetworkArgument]? {
    var result: [NetworkArgument] = []
    for argument in arguments {
      let span = checker.expression(argument.value).span
      guard let label = argument.label else {
        checker.report(.unlabelledOverride(neuron: network.text, at: span))
        return nil
      }
      if argument.isDraw || argument.isLearnable || argument.perUnit {
        checker.report(.misplacedForm(what: "`~`, `learnable` or `per unit`", at: span))
        return nil
      }
      let checked = checker.number(argument.value)
      if checked.isError { return nil }
      result.append(
        NetworkArgument(
          name: label.text, value: argument.value, file: file, span: label.span, isSetting: false, checked: checked))
    }
    return result
  }

  private func checkArguments(_ checker: inout ExpressionChecker) {
    let known = decl.parameters.map(\.name.text)
    for setting in settings where setting.checked != nil && !usedSettings.contains(setting.name) {
      let nearest = Spelling.nearest(to: setting.name, among: known)
      checker.report(.unknownSetting(name: setting.name, nearest: nearest, at: setting.span, known: known))
    }
  }

  /// Goes on building a part, with its names and its file; what it declares is known outside afterwards.
  mutating func within(
    _ place: Int, _ checker: inout ExpressionChecker,
    _ body: (inout NetworkBuilder, inout ExpressionChecker) -> Void
  ) {
    var part = parts[place].builder
    let outer = (checker.scopes, checker.file)
    checker.scopes = [checker.scopes[0], part.ownScope]
    checker.file = part.file
    (part.lowered, part.zeroDelay, part.fedDrives) = (lowered, zeroDelay, fedDrives)
    (part.sources, part.ruleTerms) = (sources, ruleTerms)
    body(&part, &checker)
    part.ownScope = checker.scopes[1]
    (lowered, zeroDelay, fedDrives) = (part.lowered, part.zeroDelay, part.fedDrives)
    (sources, ruleTerms) = (part.sources, part.ruleTerms)
    isComplete = isComplete && part.isComplete
    (checker.scopes, checker.file) = outer
    let own = parts[place].name.text + "."
    for var entity in part.ownScope.entities {
      // Inputs of a part's parts are its own business.
      if entity.kind == .input, entity.index < 0, entity.name.contains(".") { continue }
      entity.name = own + entity.name
      checker.update(entity)
    }
    for (name, placement) in part.placements { placements[own + name] = placement }
    parts[place].builder = part
  }

  // MARK: Inputs of parts

  /// An input that has no data of its own: one of this network, where it is a part (no owner), or one of its parts.
  func openInput(_ name: String) -> (input: OpenInput, owner: Int?)? {
    if let own = openInputs[name] { return (own, nil) }
    guard let point = name.firstIndex(of: "."), name[name.index(after: point)...].contains(".") == false,
      let place = parts.firstIndex(where: { $0.name.text == name[..<point] }),
      let found = parts[place].builder.openInputs[String(name[name.index(after: point)...])]
    else { return nil }
    return (found, place)
  }

  /// The input of a part that stands as a target; nil where it is something else.
  func partInput(_ target: ExprID, _ checker: ExpressionChecker) -> (name: Name, input: OpenInput, part: Int)? {
    guard let reference = reference(target, checker), let found = openInput(reference.base.text),
      let part = found.owner
    else { return nil }
    return (reference.base, found.input, part)
  }

  /// Connects the inputs of all parts, from outside to inside.
  mutating func joinParts(_ checker: inout ExpressionChecker) {
    for item in decl.items {
      guard case .connect(let connect) = item else { continue }
      for target in connect.targets {
        for source in connect.sources {
          guard let (name, input, part) = partInput(target, checker) else { continue }
          join(connect, source, name, input, part, checker.expression(target).span, &checker)
        }
      }
    }
    for place in parts.indices {
      for input in parts[place].builder.openInputs.values.sorted(by: { $0.name.text < $1.name.text })
      where input.connected == nil {
        checker.report(
          PartMessage.unconnected(
            part: parts[place].name.text, input: input.name.text, at: parts[place].name.span,
            declared: input.name.span))
        isComplete = false
      }
      within(place, &checker) { $0.joinParts(&$1) }
    }
  }

  private mutating func join(
    _ connect: ConnectDecl, _ from: ExprID, _ name: Name, _ input: OpenInput, _ part: Int, _ span: Span,
    _ checker: inout ExpressionChecker
  ) {
    parts[part].builder.openInputs[input.name.text]?.connected = span
    let errors = checker.errorCount
    defer { if checker.errorCount > errors { isComplete = false } }
    if let first = input.connected {
      checker.report(PartMessage.twice(input: name.text, at: span, first: first))
      return
    }
    guard connect.items.isEmpty, connect.name == nil else {
      checker.report(PartMessage.items(input: name.text, at: connect.span))
      return
    }
    let source: End?
    if isCall(from, checker) {
      let at = checker.expression(from).span
      source = poissonMean(from, &checker).map {
        pairedSource($0, for: name, at: at, units: input.size, &checker)
      }
    } else {
      source = endpoint(from, role: "source", &checker)
    }
    guard let source, fits(source, input, name, span, &checker) else { return }
    parts[part].builder.openInputs[input.name.text]?.source = source
    if parts[part].builder.placements[input.name.text] == nil {
      parts[part].builder.placements[input.name.text] = placements[source.reference.base.text]
    }
  }

  private func fits(
    _ source: End, _ input: OpenInput, _ name: Name, _ span: Span, _ checker: inout ExpressionChecker
  ) -> Bool {
    let given = source.reference.base.text
    guard source.range.count == input.size else {
      checker.report(
        PartMessage.size(
          input: name.text, size: input.size, source: given, found: source.range.count, at: span,
          sourceSpan: source.reference.span))
      return false
    }
    var term: DimensionTerm?
    if source.entity.kind == .input {
      if !checker.model.inputs[source.entity.index].isSpikes { term = lowered.inputs[source.entity.index].term }
    } else if let member = source.reference.member, member.text != "spike" {
      guard let entry = lowered.variable(source.entity.index, member.text) else { return true }
      term = entry.term
    }
    guard (term == nil) == input.isSpikes else {
      checker.report(
        PartMessage.kind(input: name.text, isSpikes: input.isSpikes, at: source.reference.span))
      return false
    }
    guard let term else { return true }
    let value = Checked(checker.model.graph.const(1), .number(term), source.reference.span)
    return !checker.require(value, input.term, because: "`\(name.text)` is declared so").isError
  }

  /// What comes to an input of a part, where the part connects it on; a slice counts the input's own units.
  func through(
    _ source: End, _ reference: EndpointReference, _ checker: inout ExpressionChecker
  ) -> End? {
    if let member = reference.member {
      checker.report(
        .badEndpoint(what: "`\(reference.base.text).\(member.text)`", role: "source", at: member.span))
      return nil
    }
    var result = source
    result.reference = EndpointReference(
      base: reference.base, member: source.reference.member, slice: nil, span: reference.span)
    guard let slice = reference.slice else { return result }
    guard let own = range(slice, size: source.range.count, name: reference.base.text, &checker) else { return nil }
    let low = source.range.lowerBound
    result.range = (low + own.lowerBound)..<(low + own.upperBound)
    return result
  }

  /// What `PART.NAME` may be at an end of a connection.
  func members(of part: String, _ checker: ExpressionChecker) -> [String] {
    checker.scopes[1].entities.filter { $0.kind == .input || $0.kind == .population }.map(\.name)
      .filter { $0.hasPrefix(part + ".") }
  }
}
