import SNNIR

/// Forward rules as they are derived: a trace for every state that a learnable number reaches, the learning signal, and
/// their product.
extension Explain {
  /// Traces of one set of learnable numbers in one population, while they are written down.
  struct Traces {
    /// By state and for the spike: what stands for the trace at the present tick.
    var states: [SymbolID]
    var spike: SymbolID
    /// By port that is not direct.
    var arrivals: [Int: SymbolID]
    var isActive: [Bool]
    var spikeIsActive = false
    var activePorts: Set<Int> = []
    /// Whether the state's trace is the same for all targets of a source.
    var isPresynaptic: [Bool]
  }

  mutating func forwardRule(_ objective: Objective) -> [Derivation.Block] {
    var blocks: [Derivation.Block] = []
    let active = planner.activePopulations(objective)
    for population in order where active.contains(population) {
      if let block = traceBlock(population, active) { blocks.append(block) }
    }
    if !planner.carriesInfluence {
      let receiving = Set(planner.routes.filter { active.contains($0.source) }.map(\.target))
      for population in order.reversed() where receiving.contains(population) {
        blocks.append(backwardBlock(population, objective))
      }
      if let block = signalBlock(active) { blocks.append(block) }
    }
    blocks.append(updateBlock(objective, active))
    return blocks
  }

  // MARK: - Names

  func epsilon(_ name: String, _ index: String, of set: String = "") -> String {
    guard style == .latex else { return "ε_\(name)" + (set.isEmpty ? "" : "^\(set)") + "[\(index)]" }
    let base =
      name.hasSuffix("*") ? "\(MathName.write(String(name.dropLast()), style))^{*}" : MathName.write(name, style)
    return "\\varepsilon_{\(base)}" + (set.isEmpty ? "" : "^{\(MathName.write(set, style))}") + "[\(index)]"
  }

  func ownName(_ population: Int) -> String { planner.network.populations[population].name }

  func signalName(_ population: Int) -> String {
    style == .latex ? "e_{\\mathrm{\(ownName(population))}}[n]" : "e_\(ownName(population))[n]"
  }

  /// The matrix on a way of error or influence.
  func matrixName(_ route: Route) -> String {
    let isOwn = route.connection < planner.network.connections.count
    let name = planner.plan.parameters[planner.plan.connections[route.connection].weight].name
    if planner.plan.signs[route.connection] != nil {
      let weight = MathName.write(name, style)
      return style == .latex ? "\\operatorname{sign}(\(weight))" : "sign(\(weight))"
    }
    if isOwn { return MathName.write(planner.network.connections[route.connection].name, style) }
    let stem = name.hasSuffix(".feedback") ? String(name.dropLast(".feedback".count)) : name
    return style == .latex ? "B_{\(MathName.write(stem, style))}" : "B_\(stem)"
  }

  private func preName(_ connection: Connection) -> String {
    switch connection.source {
    case .input(let index): planner.network.inputs[index].name
    case .population(let index): "S_" + planner.network.populations[index].name
    }
  }

  private func learned(into population: Int) -> [Connection] {
    planner.network.connections.filter {
      guard case .spikes = $0.signal else { return false }
      return $0.target == population && planner.request.learnable.contains($0.weight)
    }
  }

  private func influences(into population: Int, _ active: Set<Int>) -> [Route] {
    guard planner.carriesInfluence else { return [] }
    return planner.routes.filter { $0.target == population && active.contains($0.source) }
  }

  /// The one population whose spikes another only filters: weights then stand before the filter, which has a trace for
  /// each synapse of the first (see `Planner.isFilter`).
  private mutating func filteredSource(_ population: Int, _ active: Set<Int>) -> Int? {
    let routes = influences(into: population, active)
    guard let source = routes.first?.source, routes.allSatisfy({ $0.source == source }),
      planner.reached(from: population, active).isEmpty,
      !active.contains(where: { planner.reached(from: $0, active).contains(source) })
    else { return nil }
    let found = traces(population, entries: Set(routes.map(\.port)), routed: false)
    return zip(found.isActive, found.isPresynaptic).allSatisfy { !$0 || $1 } ? source : nil
  }

  private func transposed(_ routes: [Route]) -> String {
    let names = routes.map { matrixName($0) + (style == .latex ? "^{\\top}" : "ᵀ") }
    return (names.count == 1 ? names[0] : "(" + names.joined(separator: " + ") + ")") + " "
  }

  // MARK: - Rows

  private mutating func nameTick(_ population: Int) {
    let tick = planner.ticks[population]
    for (index, carried) in tick.carriedSymbols.enumerated() {
      let mark = tick.directPorts.contains(index) ? "*" : "⁻"
      names[carried] = indexed(tick.model.states[index].name + mark, "n")
    }
    for (arrival, port) in zip(tick.arrivalSymbols, planner.network.populations[population].ports) {
      if let arrival { names[arrival] = indexed(port.name, "n") }
    }
    if let flag = tick.earlierFlag { names[flag] = "S[n-1]" }
  }

  mutating func symbol(_ text: String, _ population: Int) -> SymbolID {
    let domain = Domain([.sample, .unit, .tick], extent: planner.ticks[population].extent, phase: .reverseTick)
    let id = planner.plan.graph.addSymbol(Symbol(text, .temporary, domain: domain))
    names[id] = text
    return id
  }

  /// The derivatives of a value by what is carried, by the flag of the tick before, by arrivals and by a parameter.
  private mutating func derivatives(_ value: ValueID, _ population: Int, _ parameter: SymbolID?) -> [SymbolID: ValueID]
  {
    let tick = planner.ticks[population]
    let symbols =
      tick.carriedSymbols + [tick.earlierFlag].compactMap { $0 } + tick.arrivalSymbols.compactMap { $0 }
    let loads = symbols.map { planner.plan.graph.load($0) }
    let one = planner.plan.graph.const(1)
    let numbers = parameter.map { onceValues(population, $0) } ?? []
    let targets = Set(loads + numbers)
    let found = planner.plan.graph.adjoints(of: [(value, one)], with: targets, unreduced: targets, planner.context)
    var result: [SymbolID: ValueID] = [:]
    if let parameter {
      // What is the same for the whole run is differentiated before it: dP/dτ.
      var sum = planner.plan.graph.const(0)
      for number in numbers {
        guard let adjoint = found[number] else { continue }
        let load = planner.plan.graph.load(symbol(slope(number, parameter), population))
        sum = planner.plan.graph.add(sum, planner.plan.graph.mul(adjoint, load))
      }
      if !planner.plan.graph.isZero(sum) { result[parameter] = sum }
    }
    for (symbol, load) in zip(symbols, loads) {
      if let derivative = found[load], !planner.plan.graph.isZero(derivative) { result[symbol] = derivative }
    }
    return result
  }

  /// Numbers of the run that a parameter is in, as the tick reads them.
  private func onceValues(_ population: Int, _ parameter: SymbolID) -> [ValueID] {
    let tick = planner.ticks[population]
    return planner.activeOnceValues(tick.integrated + [tick.spike] + Array(tick.recorded.values)).filter {
      planner.plan.graph.loadedSymbols([$0]).contains(parameter)
    }
  }

  private func slope(_ number: ValueID, _ parameter: SymbolID) -> String {
    let name = planner.network.localName(planner.plan.graph[parameter].name)
    let below = MathName.write(name, style)
    if planner.plan.graph[number].opcode == .load { return "1" }
    // A propagator has a name of its own, by which the forward equations call it.
    var text = write(number)
    if planner.plan.graph[number].opcode == .named, let symbol = planner.plan.graph.symbol(number) {
      text = display(symbol)
    }
    return style == .latex ? "\\frac{d}{d \(below)}\\left(\(text)\\right)" : "d(\(text))/d\(below)"
  }

  /// The trace of a value: its derivatives times the traces of what it is made of.
  private mutating func row(
    _ value: ValueID, _ population: Int, _ traces: Traces, _ parameter: SymbolID? = nil
  ) -> ValueID {
    let tick = planner.ticks[population]
    let found = derivatives(value, population, parameter)
    var sum = parameter.flatMap { found[$0] } ?? planner.plan.graph.const(0)
    func add(_ source: SymbolID, _ trace: SymbolID, _ explain: inout Explain) {
      guard let derivative = found[source] else { return }
      let load = explain.planner.plan.graph.load(trace)
      sum = explain.planner.plan.graph.add(sum, explain.planner.plan.graph.mul(derivative, load))
    }
    for (state, carried) in tick.carriedSymbols.enumerated() where traces.isActive[state] {
      add(carried, traces.states[state], &self)
    }
    for (port, arrival) in tick.arrivalSymbols.enumerated() {
      if let arrival, let trace = traces.arrivals[port], traces.activePorts.contains(port) {
        add(arrival, trace, &self)
      }
    }
    if let flag = tick.earlierFlag, traces.spikeIsActive {
      let earlier = symbol(epsilon("S", "n-1"), population)
      add(flag, earlier, &self)
    }
    return sum
  }

  private mutating func printed(_ value: ValueID, _ population: Int) -> String {
    let tick = planner.ticks[population]
    var map: [ValueID: ValueID] = [:]
    let flag = symbol("S[n]", population)
    map[tick.spike] = planner.plan.graph.load(flag)
    if let margin = tick.margin, rule.spikes != .soft {
      let h = SurrogateTable.derivative(planner.context.surrogates[population], at: margin, in: &planner.plan.graph)
      if planner.plan.graph.constant(h) == nil {
        let psi = symbol(style == .latex ? "\\psi[n]" : "ψ[n]", population)
        map[h] = planner.plan.graph.load(psi)
      }
    }
    let rewritten = planner.plan.graph.rewrite([value]) { _, part in map[part] }
    return write(rewritten[0])
  }

  /// What the numbers of a set reach within the population, and which traces need no postsynaptic factor: those whose
  /// row of derivatives is the same for all units and leads to such traces only.
  private mutating func traces(
    _ population: Int, entries: Set<Int>, routed: Bool, parameter: SymbolID? = nil, set: String = ""
  ) -> Traces {
    let tick = planner.ticks[population]
    let entryStates = Set(entries.compactMap { tick.directPorts[$0] })
    var result = Traces(
      states: tick.model.states.enumerated().map { index, state in
        symbol(epsilon(state.name + (entryStates.contains(index) ? "*" : ""), "n", of: set), population)
      }, spike: symbol(epsilon("S", "n", of: set), population), arrivals: [:],
      isActive: tick.model.states.indices.map { entryStates.contains($0) },
      isPresynaptic: tick.model.states.map { _ in parameter == nil && !routed })
    for port in entries where tick.directPorts[port] == nil {
      result.arrivals[port] = symbol(
        epsilon(planner.network.populations[population].ports[port].name, "n", of: set), population)
      result.activePorts.insert(port)
    }
    let rows = tick.integrated.map { derivatives($0, population, parameter) }
    let spikeRow = derivatives(tick.spike, population, parameter)
    func reads(_ row: [SymbolID: ValueID], _ traces: Traces) -> Bool {
      if let parameter, row[parameter] != nil { return true }
      if let flag = tick.earlierFlag, traces.spikeIsActive, row[flag] != nil { return true }
      return tick.carriedSymbols.enumerated().contains { traces.isActive[$0.offset] && row[$0.element] != nil }
        || tick.arrivalSymbols.enumerated().contains { port, arrival in
          arrival.map { traces.activePorts.contains(port) && row[$0] != nil } ?? false
        }
    }
    for _ in 0...tick.model.states.count {
      for state in rows.indices where reads(rows[state], result) { result.isActive[state] = true }
      if reads(spikeRow, result) { result.spikeIsActive = true }
    }
    let graph = planner.plan.graph
    for _ in 0...tick.model.states.count {
      for state in rows.indices where result.isPresynaptic[state] {
        for (source, derivative) in rows[state] {
          let place = tick.carriedSymbols.firstIndex(of: source)
          if let place, !result.isActive[place] { continue }
          let isShared = !graph[derivative].domain.axes.contains(.unit)
          let isFlag = tick.earlierFlag == source && result.spikeIsActive
          if !isShared || isFlag || place.map({ !result.isPresynaptic[$0] }) == true {
            result.isPresynaptic[state] = false
          }
        }
      }
    }
    return result
  }

  private func ratio(_ unit: DisplayUnit, _ other: DisplayUnit) -> String {
    if unit == other || (unit == .one && other == .one) { return "" }
    return other == .one ? ", in \(unit.text)" : ", in \(unit.text) per \(other.text)"
  }

  // MARK: - Blocks

  private mutating func traceBlock(_ population: Int, _ active: Set<Int>) -> Derivation.Block? {
    let tick = planner.ticks[population]
    let hybrid = planner.network.populations[population]
    let own = learned(into: population)
    let source = filteredSource(population, active)
    let routes = source == nil ? influences(into: population, active) : []
    nameTick(population)
    var lines: [Derivation.Line] = []
    var ports = Set(own.compactMap { if case .spikes(let port) = $0.signal { port } else { nil } })
    ports.formUnion(routes.map(\.port))
    let sum = { (parts: [String]) in parts.joined(separator: " + ") }
    if !ports.isEmpty {
      let found = traces(population, entries: ports, routed: !routes.isEmpty)
      if let margin = tick.margin, found.spikeIsActive, rule.spikes != .soft {
        let h = SurrogateTable.derivative(planner.context.surrogates[population], at: margin, in: &planner.plan.graph)
        let marginText = style == .latex ? "$\(write(margin))$" : write(margin)
        lines.append(
          .equation(style == .latex ? "\\psi[n]" : "ψ[n]", write(h), note: "surrogate derivative at \(marginText)"))
      }
      for port in ports.sorted() {
        let here = own.filter { $0.signal == .spikes(port: port) }
        let delays = Set(here.map(\.delay)).sorted()
        let ticks = delays.count == 1 ? (delays[0] == 0 ? "n" : "n-\(delays[0])") : "n-d"
        let pre = delays.isEmpty ? [] : [(style == .latex ? "S_{\\mathrm{pre}}" : "S_pre") + "[\(ticks)]"]
        let lateral = routes.filter { $0.port == port }.map { route in
          let index = route.delay == 0 ? "n" : "n-\(route.delay)"
          let from = route.source == population ? "S" : "S.\(ownName(route.source))"
          return "\(matrixName(route)) \(epsilon(from, index))"
        }
        let note = here.map {
          "\($0.name): pre is \(preName($0))" + (delays.count > 1 ? ", d = \($0.delay)" : "")
        }.joined(separator: "; ")
        if let state = tick.directPorts[port] {
          let name = tick.model.states[state].name
          lines.append(
            .equation(epsilon(name + "*", "n"), sum([epsilon(name, "n")] + pre + lateral), note: note))
        } else {
          lines.append(.equation(epsilon(hybrid.ports[port].name, "n"), sum(pre + lateral), note: note))
        }
      }
      let weightUnit = own.first.map { planner.network.parameters[$0.weight].unit } ?? .one
      lines += traceLines(population, found, nil, routed: !routes.isEmpty, weightUnit, "")
    }
    if let source { lines += filterLines(population, of: source, active) }
    for index in planner.request.learnable where planner.network.parameters[index].name.hasPrefix(hybrid.name + ".") {
      let parameter = planner.network.parameters[index]
      let short = String(parameter.name.dropFirst(hybrid.name.count + 1))
      let found = traces(
        population, entries: Set(routes.map(\.port)), routed: !routes.isEmpty, parameter: parameter.symbol, set: short)
      guard found.isActive.contains(true) || found.spikeIsActive else { continue }
      lines.append(.text("of \(short), one trace for each unit:"))
      for port in Set(routes.map(\.port)).sorted() {
        let lateral = routes.filter { $0.port == port }.map { route in
          let index = route.delay == 0 ? "n" : "n-\(route.delay)"
          let from = route.source == population ? "S" : "S.\(ownName(route.source))"
          return "\(matrixName(route)) \(epsilon(from, index, of: short))"
        }
        let direct = tick.directPorts[port].map { tick.model.states[$0].name }
        let left = epsilon(direct.map { $0 + "*" } ?? hybrid.ports[port].name, "n", of: short)
        let before = direct.map { [epsilon($0, "n", of: short)] } ?? []
        lines.append(.equation(left, sum(before + lateral), note: ""))
      }
      lines += traceLines(population, found, parameter.symbol, routed: false, parameter.unit, short)
    }
    if lines.isEmpty { return nil }
    return Derivation.Block(
      title: "Traces: \(hybrid.name) (ε_X = ∂X of the target by the weight, carried from tick to tick)", lines: lines)
  }

  /// What a population makes of the traces of another's spikes.
  private mutating func filterLines(_ population: Int, of source: Int, _ active: Set<Int>) -> [Derivation.Line] {
    let tick = planner.ticks[population]
    let set = ownName(source)
    let routes = influences(into: population, active)
    let found = traces(population, entries: Set(routes.map(\.port)), routed: false, set: set)
    var lines: [Derivation.Line] = [.text("of what \(set) learns:")]
    for port in Set(routes.map(\.port)).sorted() {
      let arriving = Set(routes.filter { $0.port == port }.map(\.delay)).sorted().map {
        epsilon("S.\(set)", $0 == 0 ? "n" : "n-\($0)")
      }
      let state = tick.directPorts[port].map { tick.model.states[$0].name }
      let left = epsilon(
        state.map { $0 + "*" } ?? planner.network.populations[population].ports[port].name, "n", of: set)
      let before = state.map { [epsilon($0, "n", of: set)] } ?? []
      lines.append(.equation(left, (before + arriving).joined(separator: " + "), note: ""))
    }
    let weight = learned(into: source).first.map { planner.network.parameters[$0.weight].unit } ?? .one
    return lines + traceLines(population, found, nil, routed: false, weight, set, behind: source)
  }

  private mutating func traceLines(
    _ population: Int, _ found: Traces, _ parameter: SymbolID?, routed: Bool, _ unit: DisplayUnit, _ set: String,
    behind source: Int? = nil
  ) -> [Derivation.Line] {
    let tick = planner.ticks[population]
    var lines: [Derivation.Line] = []
    let isShared = zip(found.isActive, found.isPresynaptic).allSatisfy { !$0 || $1 }
    if found.spikeIsActive, tick.model.sends {
      let text = printed(row(tick.spike, population, found, parameter), population)
      let note =
        parameter != nil || routed
        ? "" : isShared ? "postsynaptic factor times presynaptic filters" : "one for each synapse"
      lines.append(.equation(epsilon("S", "n", of: set), text, note: note))
    }
    for (state, value) in tick.integrated.enumerated() where found.isActive[state] {
      let text = printed(row(value, population, found, parameter), population)
      let name = tick.model.states[state].name
      var note = ""
      if parameter == nil {
        let place = "\(ownName(population)).\(name)"
        if let source {
          note = "one for each synapse of \(ownName(source))"
          synapseTraces.append(place)
        } else if routed {
          note = "one for each unit and weight"
          fullTraces.append(place)
        } else if found.isPresynaptic[state] {
          note = "presynaptic filter, one for each source"
          filters.append(place)
        } else {
          note = "one for each synapse"
          synapseTraces.append(place)
        }
      }
      note += ratio(planner.network.populations[population].states[state].unit, unit)
      if note.hasPrefix(", ") { note.removeFirst(2) }
      lines.append(.equation(epsilon(name, "n+1", of: set), text, note: note))
    }
    return lines
  }

  private mutating func signalBlock(_ active: Set<Int>) -> Derivation.Block? {
    var lines: [Derivation.Line] = []
    for population in order where active.contains(population) {
      let terms = feedbackTerms(population, "")
      guard !terms.isEmpty else { continue }
      lines.append(.equation(signalName(population), terms.joined(separator: " + "), note: "learning signal"))
    }
    return lines.isEmpty ? nil : Derivation.Block(title: "Learning signals", lines: lines)
  }

  /// Gradients: at every tick, what the loss says of a variable times the trace of that variable.
  private mutating func updateBlock(_ objective: Objective, _ active: Set<Int>) -> Derivation.Block {
    var lines: [Derivation.Line] = []
    let sign = style == .latex ? "\\sum_n" : "Σ_n"
    func gradient(_ name: String) -> String {
      let written = MathName.write(name, style)
      return style == .latex ? "\\frac{dL}{d \(written)}" : "dL/d\(written)"
    }
    func terms(
      _ population: Int, _ explain: inout Explain, _ found: Traces, _ parameter: SymbolID?, through: String = ""
    ) -> String {
      let tick = explain.planner.ticks[population]
      var sum = explain.planner.plan.graph.const(0)
      func add(_ seed: String, _ value: ValueID, _ explain: inout Explain) {
        let load = explain.planner.plan.graph.load(explain.symbol(seed, population))
        let trace: ValueID
        if value == tick.spike {
          guard found.spikeIsActive else { return }
          trace = explain.planner.plan.graph.load(found.spike)
        } else {
          trace = explain.row(value, population, found, parameter)
        }
        sum = explain.planner.plan.graph.add(sum, explain.planner.plan.graph.mul(load, trace))
      }
      if !explain.planner.carriesInfluence, !explain.feedbackTerms(population, "").isEmpty {
        add(explain.signalName(population), tick.spike, &explain)
      }
      for (recorded, _) in objective.adjoints.sorted(by: { $0.key.index < $1.key.index }) {
        guard case .recorded(population, let variable) = explain.planner.plan.graph[recorded].kind,
          let value = tick.recorded[variable]
        else { continue }
        let short = explain.planner.plan.graph[recorded].name.split(separator: ".").last.map(String.init) ?? "?"
        let name =
          explain.style == .latex
          ? "\\frac{\\partial L}{\\partial \(MathName.write(short, explain.style))}[n]" : "∂L/∂\(short)[n]"
        add(through + name, value, &explain)
      }
      return explain.planner.plan.graph.isZero(sum) ? "" : explain.printed(sum, population)
    }
    /// What the loss says of other populations, times the traces there of what is learned here.
    func farTerms(_ population: Int, _ set: String) -> [String] {
      guard planner.carriesInfluence else { return [] }
      defer { nameTick(population) }
      return order.filter { $0 != population && active.contains($0) }.compactMap { other in
        let into = Set(influences(into: other, active).map(\.port))
        guard !into.isEmpty else { return nil }
        nameTick(other)
        let isFiltered = filteredSource(other, active) == population
        let far = traces(
          other, entries: into, routed: !isFiltered,
          set: isFiltered && set.isEmpty ? ownName(population) : set)
        let part = terms(
          other, &self, far, nil, through: isFiltered ? transposed(influences(into: other, active)) : "")
        if part.isEmpty { return nil }
        return style == .latex ? "\\text{\(ownName(other)): }\(part)" : "\(ownName(other)): \(part)"
      }
    }
    for population in order where active.contains(population) {
      nameTick(population)
      let routes = filteredSource(population, active) == nil ? influences(into: population, active) : []
      var ports = Set(routes.map(\.port))
      for connection in learned(into: population) {
        if case .spikes(let port) = connection.signal { ports.insert(port) }
      }
      for connection in learned(into: population) {
        let found = traces(population, entries: ports, routed: !routes.isEmpty)
        let parts = [terms(population, &self, found, nil)].filter { !$0.isEmpty } + farTerms(population, "")
        let isOne = parts.count == 1 && !parts[0].contains(" + ")
        let right = isOne ? parts[0] : "(" + parts.joined(separator: " + ") + ")"
        lines.append(.equation(gradient(connection.name), "\(sign) \(right)", note: "summed over samples"))
      }
      let hybrid = planner.network.populations[population]
      for index in planner.request.learnable where planner.network.parameters[index].name.hasPrefix(hybrid.name + ".") {
        let parameter = planner.network.parameters[index]
        let short = String(parameter.name.dropFirst(hybrid.name.count + 1))
        let found = traces(
          population, entries: Set(routes.map(\.port)), routed: !routes.isEmpty, parameter: parameter.symbol, set: short
        )
        let own = [terms(population, &self, found, parameter.symbol)].filter { !$0.isEmpty }
        let parts = own + farTerms(population, short)
        guard !parts.isEmpty else { continue }
        lines.append(
          .equation(
            gradient(parameter.name), "\(sign) (\(parts.joined(separator: " + ")))",
            note: "summed over samples and units"))
      }
    }
    if let every = rule.updateEvery {
      let time = MathName.number(Double(every) * planner.network.step, .text)
      lines.append(.text("applied every \(time) ms: the sum since the last update, as a mean over samples"))
    }
    return Derivation.Block(title: "Gradients", lines: lines)
  }
}
