import SNNIR
import SNNSyntax

extension NetworkBuilder {
  /// `A`, `A.VAR`, `A[0 ..< 10]`, `A[0 ..< 10].PORT`.
  struct EndpointReference {
    var base: Name
    var member: Name?
    var slice: ExprID?
    var span: Span
  }

  func reference(_ id: ExprID, _ checker: ExpressionChecker) -> EndpointReference? {
    var member: Name?
    var slice: ExprID?
    var current = id
    for _ in 0..<4 {
      switch checker.expression(current).kind {
      case .name(let name):
        return EndpointReference(
          base: Name(name, checker.expression(current).span), member: member, slice: slice,
          span: checker.expression(id).span)
      case .member(let object, let name) where member == nil:
        member = name
        current = object
      case .index(let object, let indices) where slice == nil && indices.count == 1:
        slice = indices[0]
        current = object
      case .parenthesised(let inner): current = inner
      default: return nil
      }
    }
    return nil
  }

  /// The entity, or nil after a message (none where the declaration itself was wrong).
  mutating func endpoint(
    _ id: ExprID, role: String, _ checker: inout ExpressionChecker
  ) -> (reference: EndpointReference, entity: Entity, range: Range<Int>)? {
    let span = checker.expression(id).span
    guard let reference = reference(id, checker) else {
      checker.report(.badEndpoint(what: "`\(checker.text(span))`", role: role, at: span))
      return nil
    }
    guard let entity = checker.scopes[1][reference.base.text] else {
      let known = checker.scopes[1].entities.filter { $0.kind == .population || $0.kind == .input }.map(\.name)
      let nearest = Spelling.nearest(to: reference.base.text, among: known)
      checker.report(
        .unknownEndpoint(name: reference.base.text, at: reference.base.span, nearest: nearest, known: known))
      return nil
    }
    if entity.kind == .part, let member = reference.member {
      // What is wrong with the part itself has been told.
      guard parts.contains(where: { $0.name.text == entity.name }) else { return nil }
      checker.report(
        PartMessage.noMember(
          part: entity.name, name: member.text, known: members(of: entity.name, checker), at: member.span))
      return nil
    }
    guard entity.kind == .population || (entity.kind == .input && role == "source") else {
      let article = entity.kind == .input ? "an input" : "a \(entity.kind.rawValue)"
      checker.report(.badEndpoint(what: article, role: role, at: reference.base.span))
      return nil
    }
    if let declared = entity.span { checker.used.insert(declared) }
    if role == "source", let open = openInput(entity.name) {
      guard open.owner == nil else {
        checker.report(PartMessage.readsPartInput(name: entity.name, at: span))
        return nil
      }
      return open.input.source.flatMap { through($0, reference, &checker) }
    }
    guard entity.index >= 0 else { return nil }
    if role == "target", sources.contains(entity.index) {
      checker.report(SourceMessage.noArrivals(source: entity.name, at: span))
      return nil
    }
    let size =
      entity.kind == .input
      ? checker.model.inputs[entity.index].size : checker.model.populations[entity.index].size
    guard let slice = reference.slice else { return (reference, entity, 0..<size) }
    guard let range = range(slice, size: size, name: reference.base.text, &checker) else { return nil }
    return (reference, entity, range)
  }

  func range(
    _ id: ExprID, size: Int, name: String, _ checker: inout ExpressionChecker
  ) -> Range<Int>? {
    let span = checker.expression(id).span
    var bounds: [Int] = []
    let (lower, upper, isClosed): (ExprID, ExprID?, Bool)
    if case .range(let a, let b, let closed) = checker.expression(id).kind {
      (lower, upper, isClosed) = (a, b, closed)
    } else {
      (lower, upper, isClosed) = (id, nil, true)
    }
    for side in [lower, upper].compactMap({ $0 }) {
      let checked = checker.number(side, expecting: .one, because: "units are counted from 0")
      if checked.isError { return nil }
      guard let value = checker.constantValue(checked.value), value == value.rounded(), abs(value) <= 1e9 else {
        checker.report(.badSlice(name: name, size: size, at: span))
        return nil
      }
      bounds.append(Int(value))
    }
    let first = bounds[0]
    let end = (bounds.count > 1 ? bounds[1] : first) + (isClosed ? 1 : 0)
    guard first >= 0, end > first, end <= size else {
      checker.report(.badSlice(name: name, size: size, at: span))
      return nil
    }
    return first..<end
  }

  mutating func build(_ connect: ConnectDecl, _ checker: inout ExpressionChecker) {
    // Those into inputs of parts have been dealt with.
    let targets = connect.targets.filter { partInput($0, checker) == nil }
    if targets.isEmpty { return }
    let ends = targets.map { endpoint($0, role: "target", &checker) }
    let items = items(connect, &checker)
    for source in connect.sources { build(connect, from: source, ends, items, &checker) }
  }

  private mutating func build(
    _ connect: ConnectDecl, from source: ExprID, _ targets: [End?], _ items: Items, _ checker: inout ExpressionChecker
  ) {
    var items = items
    let mean = isCall(source, checker) ? poissonMean(source, &checker) : nil
    let shared = isCall(source, checker) ? nil : endpoint(source, role: "source", &checker)
    if mean != nil {
      if let pattern = items.pattern {
        checker.report(SourceMessage.pattern(at: pattern.span))
        items.isRight = false
      }
      items.pattern = (Name("one_to_one", connect.span), [], connect.span)
    }
    for end in targets {
      guard let end, mean != nil || shared != nil, items.isRight else {
        isComplete = false
        continue
      }
      let sender = shared?.reference.base.text.replacing(".", with: "_") ?? "poisson"
      let receiver = end.reference.base.text.replacing(".", with: "_")
      var name = connect.name ?? Name("\(sender)_to_\(receiver)", connect.span)
      if connect.name != nil {
        if connect.sources.count > 1 { name.text += "_\(sender)" }
        if connect.targets.count > 1 { name.text += "_\(receiver)" }
      }
      let errors = checker.errorCount
      let own = mean.map {
        pairedSource($0, for: name, at: checker.expression(source).span, units: end.range.count, &checker)
      }
      guard let source = shared ?? own else { continue }
      var items = items
      // Where lists join a population with itself and with others, it is the first that is meant.
      if !isWithin(source, end), within(connect, checker) { items.noSelf = nil }
      build(name, source, end, items, connect, &checker)
      if checker.errorCount > errors { isComplete = false }
    }
  }

  func isWithin(_ source: End, _ target: End) -> Bool {
    source.entity.kind == .population && source.entity.index == target.entity.index
  }

  /// Whether one of the listed sources is one of the listed targets.
  private func within(_ connect: ConnectDecl, _ checker: ExpressionChecker) -> Bool {
    guard connect.sources.count + connect.targets.count > 2 else { return false }
    let targets = connect.targets.compactMap { reference($0, checker)?.base.text }
    return connect.sources.contains { reference($0, checker).map { targets.contains($0.base.text) } ?? false }
  }

  typealias End = (reference: EndpointReference, entity: Entity, range: Range<Int>)

  private mutating func build(
    _ name: Name, _ source: End, _ target: End, _ items: Items, _ connect: ConnectDecl,
    _ checker: inout ExpressionChecker
  ) {
    let local = name.text
    let name = Name(prefix + local, name.span)
    guard
      let route = items.current == nil
        ? route(source, target, of: connect, &checker)
        : currentRoute(source, target, connect.span, &checker)
    else { return }
    var items = items
    guard let pattern = pattern(&items, route, source, target, &checker) else { return }
    if items.isPaired, source.range.count != target.range.count {
      checker.report(
        .oneToOneSizes(
          source: source.reference.base.text, sourceCount: source.range.count, target: target.reference.base.text,
          targetCount: target.range.count, at: source.reference.span, targetSpan: target.reference.span))
      return
    }
    let ownDelays = if case .sparse(let sparsity) = pattern { sparsity.hasOwnDelays } else { false }
    if ownDelays, checker.model.isExact {
      unavailable("delays drawn per synapse with `step exact`", items.delay?.span ?? connect.span, &checker)
      return
    }
    guard let (delay, exactDelay) = ownDelays ? (2, 0) : delay(items, source, &checker) else { return }
    guard let dropout = dropout(items, route, source, ownDelays: ownDelays, &checker) else { return }
    let index = checker.model.connections.count
    let anchor = connect.name?.span ?? connect.span
    guard let weight = weight(name, items, pattern, route, source, target, index, anchor, &checker) else { return }
    var delayParameter: Int?
    if let item = items.delay, item.isLearnable || checker.model.isExact && item.initialiser.isDraw {
      guard let own = self.delayParameter(name, item, items, pattern, index, &checker) else { return }
      delayParameter = own
    }
    let endpoint: Endpoint =
      source.entity.kind == .input ? .input(source.entity.index) : .population(source.entity.index)
    guard
      checker.declare(
        Entity(local, .connection, span: connect.name?.span ?? connect.span, index: index))
    else { return }
    if case .continuous(_, let drive) = route.signal { fedDrives.insert([target.entity.index, drive]) }
    if delay == 0, !checker.model.isExact {
      zeroDelay.append((source.entity.index, target.entity.index, items.delay?.span ?? connect.span, index))
    }
    if let rule = items.rule {
      if case .continuous = route.signal {
        checker.report(.continuousWithRule(synapse: rule.name.text, drive: route.targetName, at: rule.span))
        isComplete = false
      } else if checker.model.isExact {
        unavailable("`rule` with `step exact`", rule.span, &checker)
      } else {
        pendingRules.append(
          PendingRule(
            connection: index, name: rule.name, arguments: rule.arguments, span: rule.span, term: route.weightTerm,
            unit: route.unit, weight: items.weight.map { ($0.initialiser, $0.span) },
            range: range(of: checker.model.parameters[weight], items)))
      }
    }
    lowered.connectionTerms.append(route.weightTerm)
    checker.model.connections.append(
      Connection(
        name: name.text, source: endpoint, sourceRange: source.range, target: target.entity.index,
        targetRange: target.range, signal: route.signal, pattern: pattern, weight: weight, delay: delay,
        location: checker.location(connect.span)))
    checker.model.connections[index].exactDelay = exactDelay
    checker.model.connections[index].delayParameter = delayParameter
    if dropout > 0 { leaveOut(dropout, of: source, on: index, items.dropout?.span ?? connect.span, &checker) }
    if let current = items.current { build(current.value, index, name, items, route, &checker) }
    if checker.model.isExact, case .continuous = route.signal {
      unavailable("a continuous connection with `step exact`", connect.span, &checker)
    }
  }

  /// What flows, and the dimension that turns one unit of it into what the target takes.
  struct Route {
    var signal: SignalKind
    var weightTerm: DimensionTerm
    var targetName: String
    var unit: ResolvedUnit?
  }

  private func route(
    _ source: End, _ target: End, of connect: ConnectDecl, _ checker: inout ExpressionChecker
  ) -> Route? {
    let variable: (recorded: RecordedVariable?, term: DimensionTerm, isSpikes: Bool)
    if source.entity.kind == .input {
      if let member = source.reference.member {
        checker.report(
          .badEndpoint(what: "`\(source.reference.base.text).\(member.text)`", role: "source", at: member.span))
        return nil
      }
      let isSpikes = checker.model.inputs[source.entity.index].isSpikes
      variable = (nil, lowered.inputs[source.entity.index].term, isSpikes)
    } else if let member = source.reference.member, member.text != "spike" {
      guard let found = recorded(source.entity.index, member, &checker) else { return nil }
      variable = (found.0, found.1, false)
    } else {
      let population = checker.model.populations[source.entity.index]
      if case .graded = population.emission {
        let term = lowered.populations[source.entity.index]["output", .letBinding]?.term ?? .one
        return route(from: (.output, term, true), source, target, &checker)
      }
      guard population.sends || checker.program.lost(in: connect.span.file).contains("spike") else {
        checker.report(.silentSource(name: population.name, at: source.reference.span))
        return nil
      }
      variable = (.spike, .one, true)
    }
    return route(from: variable, source, target, &checker)
  }

  /// Into a port what is sent (spikes or a graded output), into a drive anything.
  func route(
    from variable: (recorded: RecordedVariable?, term: DimensionTerm, isSpikes: Bool), _ source: End, _ target: End,
    _ checker: inout ExpressionChecker
  ) -> Route? {
    let population = checker.model.populations[target.entity.index]
    let terms = lowered.populations[target.entity.index]
    let known = population.ports.map(\.name) + population.drives.map(\.name)
    let name: String
    if let member = target.reference.member {
      guard known.contains(member.text) else {
        checker.report(
          .noPort(
            population: population.name, model: population.model, name: member.text, at: member.span,
            nearest: Spelling.nearest(to: member.text, among: known), known: known))
        return nil
      }
      name = member.text
    } else if !variable.isSpikes, population.drives.count == 1 {
      name = population.drives[0].name
    } else if population.port(named: "input") != nil {
      name = "input"
    } else if population.ports.count == 1 {
      name = population.ports[0].name
    } else if population.ports.isEmpty, population.drives.count == 1 {
      name = population.drives[0].name
    } else {
      checker.report(.ambiguousPort(population: population.name, known: known, at: target.reference.span))
      return nil
    }
    if let port = population.port(named: name), let entry = terms[name, .port] {
      guard variable.isSpikes else {
        checker.report(
          .analogIntoPort(
            input: source.reference.base.text, port: "\(population.name).\(name)",
            drives: population.drives.map { "\(population.name).\($0.name)" }, at: source.reference.span))
        return nil
      }
      return Route(
        signal: .spikes(port: port), weightTerm: entry.term / variable.term, targetName: "\(population.name).\(name)",
        unit: entry.unit)
    }
    guard let drive = population.drive(named: name), let entry = terms[name, .drive] else { return nil }
    return Route(
      signal: .continuous(variable.recorded, drive: drive), weightTerm: entry.term / variable.term,
      targetName: "\(population.name).\(name)", unit: variable.isSpikes ? entry.unit : nil)
  }

  private func recorded(
    _ index: Int, _ member: Name, _ checker: inout ExpressionChecker
  ) -> (RecordedVariable, DimensionTerm)? {
    let population = checker.model.populations[index]
    let terms = lowered.populations[index]
    if let state = population.state(named: member.text), let entry = terms[member.text, .state] {
      return (.state(state), entry.term)
    }
    if let place = population.lets.firstIndex(where: { $0.name == member.text }),
      let entry = terms[member.text, .letBinding]
    {
      return (.letBinding(place), entry.term)
    }
    let names = population.states.map(\.name) + population.lets.map(\.name) + ["spike"]
    checker.report(
      .noSuchVariable(
        population: population.name, name: member.text, at: member.span,
        nearest: Spelling.nearest(to: member.text, among: names)))
    return nil
  }

  /// In ticks, and in ms where the network runs with exact spike times.
  private mutating func delay(
    _ items: Items, _ source: End, _ checker: inout ExpressionChecker
  ) -> (ticks: Int, exact: Double)? {
    let isExact = checker.model.isExact
    guard let item = items.delay, !item.initialiser.isDraw else {
      return (isExact || emits(source, checker) ? 0 : 1, 0)
    }
    if isListed(item.initialiser, checker) {
      checker.report(PatternMessage.notListed(what: "delay", at: item.span))
      return nil
    }
    let checked = checker.number(
      item.initialiser.value, expecting: DimensionTerm(.time), because: "`delay` takes a time")
    guard !checked.isError, let duration = checker.staticValue(checked, what: "a delay") else { return nil }
    guard checker.model.step > 0 else { return (1, 0) }
    guard let ticks = checker.ticks(duration, what: "a delay", unit: checked.unit, at: checked.span, least: 0) else {
      return nil
    }
    if isExact { return (ticks, duration) }
    if ticks == 0, source.entity.kind == .input {
      checker.report(.inputDelay(at: checked.span))
      return nil
    }
    return (ticks, 0)
  }

  /// A graded output is there in the tick it is made, so that layers of a rate network follow each other at once.
  private func emits(_ source: End, _ checker: ExpressionChecker) -> Bool {
    guard source.entity.kind == .population, source.reference.member == nil else { return false }
    if case .graded = checker.model.populations[source.entity.index].emission { return true }
    return false
  }

  /// Adds the stored weight; nil after a message.
  private mutating func weight(
    _ name: Name, _ items: Items, _ pattern: Pattern, _ route: Route, _ source: End, _ target: End, _ connection: Int,
    _ anchor: Span, _ checker: inout ExpressionChecker
  ) -> Int? {
    let note = "a weight into `\(route.targetName)` has the dimension of what arrives there"
    var unit = route.unit
    let one = checker.model.graph.const(1)
    var initial = Initial.value(one)
    var bounds: (lower: Double?, upper: Double?)?
    let extent = ExtentID(connection)
    let location = checker.location(items.weight?.span ?? anchor)
    let scope = weightScope(pattern, source, target, &checker.model.graph)
    checker.scopes.append(scope)
    defer { checker.scopes.removeLast() }
    if let weight = items.weight {
      if let syntax = weight.type {
        guard let resolved = checker.resolve(syntax) else { return nil }
        let declared = Checked(one, .number(resolved.term), syntax.span)
        if checker.require(declared, route.weightTerm, because: note).isError { return nil }
        unit = resolved.unit ?? unit
      }
      if isListed(weight.initialiser, checker) {
        guard let listed = items.listed else {
          checker.report(PatternMessage.notListed(what: "weight", at: weight.span))
          return nil
        }
        initial = .given(listed.map { unit?.toInternal($0) ?? $0 })
      } else if weight.initialiser.isDraw {
        guard
          let drawn = checker.distribution(
            weight.initialiser.value, of: route.weightTerm, because: note, draws: isMatrix(pattern) ? .matrix : .weights
          )
        else { return nil }
        var distribution = drawn.distribution
        distribution.sign = items.sign?.sign ?? .any
        initial = .draw(distribution)
        unit = drawn.unit ?? unit
      } else {
        let checked = checker.number(weight.initialiser.value, expecting: route.weightTerm, because: note)
        if checked.isError { return nil }
        if checker.model.graph.loadedSymbols([checked.value]).contains(checker.model.timeSymbol) {
          checker.report(.notConstant(what: "a weight", at: checked.span))
          return nil
        }
        initial = .value(checked.value)
        unit = checked.unit ?? unit
      }
      if let range = weight.range {
        guard let found = checker.bounds(range, of: route.weightTerm, name: name.text) else { return nil }
        bounds = found
        if case .draw(let distribution) = initial, !distribution.canFall(between: found.lower, found.upper) {
          checker.report(.drawsOutside(range: range.span, at: checker.expression(weight.initialiser.value).span))
          return nil
        }
        if case .value(let first) = initial {
          checker.checkInside(
            first, found, what: name.text, isLearnable: weight.isLearnable, at: weight.span, range: range.span,
            unit: unit)
        }
      }
      if let sign = items.sign, !bind(sign, &initial, &bounds, weight, &checker) { return nil }
    } else if let listed = items.listed {
      initial = .given(listed.map { unit?.toInternal($0) ?? $0 })
    } else if checker.solver.unify(route.weightTerm, .one) {
      // A pooling takes the mean of its window.
      if case .sparse(let sparsity) = pattern, let kernel = sparsity.convolution, kernel.isPooling {
        initial = .value(checker.model.graph.const(1 / kernel.fans.into))
      }
    } else {
      let dimension = checker.solver.constant(route.weightTerm)
      checker.report(
        .missingWeight(
          port: route.targetName, needs: checker.solver.describe(route.weightTerm),
          unit: unit?.text ?? dimension?.unitText ?? "1", at: anchor))
      return nil
    }
    // The unit is settled at the end, when the port's dimension is known for good.
    let dimension = checker.solver.constant(route.weightTerm)
    let display = (unit ?? dimension?.displayUnit ?? .one).display
    let index = checker.model.parameters.count
    let symbol = checker.model.graph.addSymbol(
      Symbol(
        name.text, .parameter(index), domain: Domain([.synapse], extent: extent), unit: display, location: location))
    checker.model.parameters.append(
      Parameter(
        name: name.text, symbol: symbol, shape: .synapses(connection: connection), unit: display,
        isLearnable: items.weight?.isLearnable ?? false, initial: initial, lower: bounds?.lower, upper: bounds?.upper,
        location: location))
    return index
  }

  /// The range in which a rule must leave the weights of a connection.
  private func range(of weight: Parameter, _ items: Items) -> WeightRange? {
    var (lower, upper) = (weight.lower, weight.upper)
    if let sign = items.sign?.sign {
      if sign == .positive { lower = max(lower ?? 0, 0) } else { upper = min(upper ?? 0, 0) }
    }
    guard lower != nil || upper != nil else { return nil }
    guard let span = items.weight?.range?.span ?? items.sign?.span else { return nil }
    return WeightRange(lower: lower, upper: upper, span: span)
  }

  private func isMatrix(_ pattern: Pattern) -> Bool {
    switch pattern {
    case .all: true
    case .oneToOne: false
    case .sparse(let sparsity): sparsity.convolution.map { !$0.isPooling } ?? false
    }
  }

  private func weightScope(
    _ pattern: Pattern, _ source: End, _ target: End, _ graph: inout Graph
  ) -> Scope {
    var scope = Scope()
    let fans = Connection(
      name: "", source: .input(0), sourceRange: source.range, target: 0, targetRange: target.range,
      signal: .spikes(port: 0), pattern: pattern, weight: 0, delay: 1
    ).fans
    scope.set(Entity("fan_in", .ambient, type: .dimensionless, value: graph.const(fans.into)))
    scope.set(Entity("fan_out", .ambient, type: .dimensionless, value: graph.const(fans.outOf)))
    if case .sparse(let sparsity) = pattern, let geometry = sparsity.geometry {
      scope.set(distanceEntity(geometry.distance, &graph))
    }
    return scope
  }
}
