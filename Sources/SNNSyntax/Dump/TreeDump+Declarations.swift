extension TreeDump {
  mutating func declaration(_ declaration: Declaration) {
    switch declaration {
    case .use(let use):
      line("use", use.file.map(JSONRenderer.quote) ?? use.path.map(\.text).joined(separator: "."))
    case .function(let function):
      documentation(function.documentation)
      line(
        "function", function.name.text, parameters(function.arguments), type(function.result), "=",
        expression(function.value))
    case .surrogate(let surrogate):
      documentation(surrogate.documentation)
      line(
        "surrogate", surrogate.name.text, parameters(surrogate.arguments), surrogate.isPrimitive ? "from" : "=",
        expression(surrogate.value))
    case .neuron(let neuron): self.neuron(neuron)
    case .synapse(let synapse):
      documentation(synapse.documentation)
      line("synapse", synapse.name.text)
      nested { dump in for item in synapse.items { dump.synapseItem(item) } }
    case .network(let network):
      documentation(network.documentation)
      line(
        "network", network.name.text, parameters(network.parameters),
        expression(network.conversion).map { "= " + $0 })
      nested { dump in for item in network.items { dump.networkItem(item) } }
    case .task(let task):
      documentation(task.documentation)
      line(
        "task", task.name.text, task.network.map { "of " + $0.text + arguments(task.networkArguments) },
        task.base.map { "= \($0.text) with" })
      nested { dump in for item in task.items { dump.taskItem(item) } }
    case .sweep(let sweep):
      line("sweep", sweep.name.text, "of", sweep.task.text)
      nested { dump in
        for key in sweep.keys {
          dump.line(dump.expression(key.key), "in", dump.expression(key.values), key.isLogarithmic ? "log" : nil)
        }
        if let seeds = sweep.seeds { dump.line("seeds", dump.expression(seeds)) }
      }
    }
  }

  private mutating func neuron(_ neuron: NeuronDecl) {
    documentation(neuron.documentation)
    switch neuron.change {
    case nil: line("neuron", neuron.name.text)
    case .withoutSpike: line("neuron", neuron.name.text, "=", neuron.base?.text, "without spike")
    case .with(let items, let alsoOnSpike):
      line("neuron", neuron.name.text, "=", neuron.base?.text, "with", alsoOnSpike ? "also-on-spike" : nil)
      nested { dump in for item in items { dump.neuronItem(item) } }
    }
    nested { dump in for item in neuron.items { dump.neuronItem(item) } }
  }

  private mutating func parameter(_ parameter: ParameterDecl) {
    documentation(parameter.documentation)
    line(
      parameter.isLearnable ? "learnable" : nil, "param", parameter.name.text, type(parameter.type),
      initialiser(parameter.initialiser), parameter.perUnit ? "per unit" : nil, bounds(parameter.range))
  }

  private mutating func letBinding(_ binding: LetDecl) {
    documentation(binding.documentation)
    line("let", binding.name.text, type(binding.type), "=", expression(binding.value))
  }

  private mutating func state(_ state: StateDecl, _ head: String) {
    documentation(state.documentation)
    line(
      state.isPersistent ? "persistent" : nil, head, state.name.text, type(state.type),
      initialiser(state.initialiser))
  }

  private mutating func neuronItem(_ item: NeuronItem) {
    switch item {
    case .parameter(let parameter): self.parameter(parameter)
    case .state(let state): self.state(state, "state")
    case .letBinding(let binding): letBinding(binding)
    case .flow(let state, let coefficient, let value, _):
      line("flow", state.text, expression(coefficient).map { "coefficient " + $0 }, "=", expression(value))
    case .next(let state, let value, _): line("next", state.text, "=", expression(value))
    case .port(let port):
      line(port.change?.rawValue, "on", port.name.text, "(" + port.binder.text + ")", type(port.type))
      body(port.body)
    case .drive(let name, let type, _): line("drive", name.text, self.type(type))
    case .spikeWhen(let condition): line("spike", spikeCondition(condition))
    case .onSpike(let body, _):
      line("on spike")
      self.body(body)
    case .refractory(let time, let hold, _): line("refractory", expression(time), names(hold).map { "hold " + $0 })
    case .integrate(let integrator): line("integrate", integrator.method.text, arguments(integrator.arguments))
    case .emit(let value, _): line("emit", expression(value))
    }
  }

  private func spikeCondition(_ condition: SpikeCondition) -> String {
    switch condition {
    case .comparison(let left, let right, let isStrict, _):
      "when \(expression(left)) \(isStrict ? ">" : ">=") \(expression(right))"
    case .crosses(let value, let level, _): "when \(expression(value)) crosses \(expression(level))"
    case .rate(let value, _): "with rate \(expression(value))"
    case .probability(let value, _): "with probability \(expression(value))"
    case .other(let value, _): "when-other \(expression(value))"
    }
  }

  private mutating func synapseItem(_ item: SynapseItem) {
    switch item {
    case .parameter(let parameter): self.parameter(parameter)
    case .state(let side, let state): self.state(state, side.map { $0.text + " trace" } ?? "state")
    case .letBinding(let binding): letBinding(binding)
    case .flow(let state, let coefficient, let value, _):
      line("flow", state.text, expression(coefficient).map { "coefficient " + $0 }, "=", expression(value))
    case .next(let state, let value, _): line("next", state.text, "=", expression(value))
    case .handler(let event, let period, let body, _):
      line("on", event.text, expression(period))
      self.body(body)
    case .deliver(let value, _): line("deliver", expression(value))
    case .bounds(let range, _): line("weight", bounds(range))
    case .modulator(let name, let type, _): line("modulator", name.text, self.type(type))
    }
  }

  private mutating func networkItem(_ item: NetworkItem) {
    switch item {
    case .step(.time(let time), _): line("step", expression(time))
    case .step(.exact, _): line("step exact")
    case .input(let input):
      documentation(input.documentation)
      line(
        "input", input.name.text + shape(input.shape), input.isSpikes ? ": spikes" : type(input.type),
        input.placement.map { "at " + expression($0) },
        expression(input.source).map { "= " + $0 })
    case .population(let population):
      documentation(population.documentation)
      line(
        "population", population.name.text, "=",
        population.model.text + shape(population.shape) + arguments(population.arguments),
        population.placement.map { "at " + expression($0) })
    case .connect(let connection):
      line(
        "connect", connection.sources.map { expression($0) }.joined(separator: ", "), "->",
        connection.targets.map { expression($0) }.joined(separator: ", "),
        connection.name.map { "as " + $0.text })
      nested { dump in for item in connection.items { dump.connectItem(item) } }
    case .part(let name, let network, let arguments, _):
      line("part", name.text, "=", network.text + self.arguments(arguments))
    case .signal(let name, let value, _): line("signal", name.text, "=", expression(value))
    case .parameter(let parameter): self.parameter(parameter)
    case .letBinding(let binding): letBinding(binding)
    }
  }

  private mutating func connectItem(_ item: ConnectItem) {
    switch item {
    case .pattern(let name, let arguments, _): line("pattern", name.text + self.arguments(arguments))
    case .noSelf: line("no self")
    case .weight(let isLearnable, let type, let value, let range, _):
      line(isLearnable ? "learnable" : nil, "weight", self.type(type), initialiser(value), bounds(range))
    case .delay(let isLearnable, let value, let range, _):
      line(isLearnable ? "learnable" : nil, "delay", initialiser(value), bounds(range))
    case .sign(let sign, _): line("sign", sign.text)
    case .rule(let name, let arguments, _): line("rule", name.text + self.arguments(arguments))
    case .current(let value, _): line("current =", expression(value))
    case .dropout(let value, _): line("dropout", expression(value))
    }
  }

  private mutating func taskItem(_ item: TaskItem) {
    switch item {
    case .data(let names, let source, _): line("data", self.names(names), "=", expression(source))
    case .feed(let target, let value, _): line("feed", expression(target), "=", expression(value))
    case .run(let time, _): line("run for", expression(time))
    case .loss(let value, _): line("loss =", expression(value))
    case .score(let name, let value, _): line("score", name.text, "=", expression(value))
    case .letBinding(let binding): letBinding(binding)
    case .learn(let learn):
      let subjects = learn.names.map { expression($0) }.joined(separator: ", ")
      line(
        "learn", subjects.isEmpty ? nil : subjects, learn.data.map { "on " + $0.text }, "by", learn.rule.text)
      nested { dump in
        for axis in learn.axes { dump.line(axis.key.text, axis.subject?.text, "=", dump.expression(axis.value)) }
      }
    case .optimise(let value, _): line("optimise", expression(value))
    case .setting(let key, let value, _): line(key.text, expression(value))
    case .record(let items, let every, _):
      line("record", items.map { expression($0) }.joined(separator: ", "), expression(every).map { "every " + $0 })
    case .plot(let items, _): line("plot", items.map { expression($0) }.joined(separator: ", "))
    case .carry(let names, _): line("carry state", self.names(names))
    case .freeze(let names, _): line("freeze", self.names(names))
    case .validate(let data, let best, _): line("validate on", data.text, best.map { "keep best " + $0.text })
    case .startFrom(let task, _): line("start from", task.text)
    case .expect(let expectation):
      line(
        "expect", expression(expectation.condition), expression(expectation.target).map { "=~ " + $0 },
        expression(expectation.tolerance).map { "+- " + $0 })
    }
  }
}
