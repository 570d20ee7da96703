import SNNSyntax

/// A piece of a neuron with the file whose names and expressions it means.
struct Placed<Item: Sendable>: Sendable {
  var file: FileID
  var item: Item
}

/// `dX/dt` or `next X`, by the state that it drives.
struct StateEquation: Sendable {
  var state: Name
  var coefficient: ExprID?
  var value: ExprID
  var isFlow: Bool
  var span: Span
}

struct PortBody: Sendable {
  var file: FileID
  var binder: Name
  var type: TypeSyntax?
  var body: [Assignment]
}

/// A neuron with its bases merged in, sorted by what its items are.
struct NeuronBlueprint: Sendable {
  var name: Name
  var parameters: [Placed<ParameterDecl>] = []
  var states: [Placed<StateDecl>] = []
  var lets: [Placed<LetDecl>] = []
  var equations: [Placed<StateEquation>] = []
  var ports: [(name: Name, bodies: [PortBody])] = []
  var drives: [Placed<(name: Name, type: TypeSyntax?)>] = []
  var spike: Placed<SpikeCondition>?
  var emit: Placed<(value: ExprID, span: Span)>?
  var resets: [Placed<[Assignment]>] = []
  var resetSpan: Span?
  var refractory: Placed<(time: ExprID, hold: [Name], span: Span)>?
  var integrator: Placed<IntegratorSyntax>?
}

extension ExpressionChecker {
  /// The neuron with what it inherits. `isReporting` is off where the declaration has been looked at before.
  mutating func blueprint(_ index: Int, visiting: [Int] = []) -> NeuronBlueprint {
    let declared = program.neurons[index]
    var result = NeuronBlueprint(name: declared.decl.name)
    if let base = declared.decl.base {
      if let found = program.names[declared.file]?.neurons[base.text] {
        if let circle = circle(from: index) {
          // Told once, at the neuron that stands first.
          if circle.min() == index {
            let names = (circle + [index]).map { program.neurons[$0].decl.name.text }
            report(.baseCycle(name: declared.decl.name.text, circle: names, at: base.span))
          }
        } else if !visiting.contains(found) {
          // What is wrong in the base is told there.
          var inherited = result
          quietly { inherited = $0.blueprint(found, visiting: visiting + [index]) }
          result = inherited
          result.name = declared.decl.name
        }
      } else {
        let names = (program.names[declared.file]?.neurons ?? [:]).keys
        report(.unknownNeuron(name: base.text, at: base.span, nearest: Spelling.nearest(to: base.text, among: names)))
      }
    }
    switch declared.decl.change {
    case .withoutSpike:
      result.spike = nil
      result.resets = []
      result.refractory = nil
    case .with(let items, let alsoOnSpike):
      let inherited = result
      if !alsoOnSpike, items.contains(where: { if case .onSpike = $0 { true } else { false } }) { result.resets = [] }
      for item in items { merge(item, file: declared.file, into: &result, over: inherited) }
    case nil: break
    }
    for item in declared.decl.items { merge(item, file: declared.file, into: &result, over: nil) }
    return result
  }

  /// The neurons through which one is made from itself, beginning with itself.
  private func circle(from index: Int) -> [Int]? {
    var result = [index]
    var seen: Set<Int> = []
    var current = index
    while let base = program.neurons[current].decl.base,
      let next = program.names[program.neurons[current].file]?.neurons[base.text], seen.insert(next).inserted
    {
      if next == index { return result }
      result.append(next)
      current = next
    }
    return nil
  }

  /// Adds an item. One with the same head replaces the inherited one; a second in the same block is an error.
  private mutating func merge(
    _ item: NeuronItem, file: FileID, into result: inout NeuronBlueprint, over inherited: NeuronBlueprint?
  ) {
    switch item {
    case .parameter(let decl):
      replaceOrAppend(Placed(file: file, item: decl), in: &result.parameters, inherited?.parameters) { $0.name }
    case .state(let decl):
      replaceOrAppend(Placed(file: file, item: decl), in: &result.states, inherited?.states) { $0.name }
    case .letBinding(let decl):
      replaceOrAppend(Placed(file: file, item: decl), in: &result.lets, inherited?.lets) { $0.name }
    case .drive(let name, let type, _):
      replaceOrAppend(Placed(file: file, item: (name: name, type: type)), in: &result.drives, inherited?.drives) {
        $0.name
      }
    case .flow(let state, let coefficient, let value, let span):
      add(
        StateEquation(state: state, coefficient: coefficient, value: value, isFlow: true, span: span), file, &result,
        inherited)
    case .next(let state, let value, let span):
      add(
        StateEquation(state: state, coefficient: nil, value: value, isFlow: false, span: span), file, &result, inherited
      )
    case .port(let port):
      let body = PortBody(file: file, binder: port.binder, type: port.type, body: port.body)
      if let place = result.ports.firstIndex(where: { $0.name.text == port.name.text }) {
        if port.change == .also {
          result.ports[place].bodies.append(body)
        } else if let old = inherited?.ports.first(where: { $0.name.text == port.name.text }),
          old.name.span == result.ports[place].name.span
        {
          result.ports[place] = (port.name, [body])
        } else {
          report(.duplicateName(name: port.name.text, at: port.name.span, first: result.ports[place].name.span))
        }
      } else {
        if let word = port.change {
          let ports = result.ports.map(\.name.text)
          report(
            .noPort(
              word: word.rawValue, name: port.name.text, at: port.name.span,
              nearest: Spelling.nearest(to: port.name.text, among: ports)))
        }
        result.ports.append((port.name, [body]))
      }
    case .spikeWhen(let condition):
      if let old = result.spike, old.item.span != inherited?.spike?.item.span {
        report(.secondOf(what: "`spike when`", at: condition.span, first: old.item.span))
      }
      result.spike = Placed(file: file, item: condition)
    case .onSpike(let body, let span):
      result.resets.append(Placed(file: file, item: body))
      result.resetSpan = span
    case .refractory(let time, let hold, let span):
      if let old = result.refractory, old.item.span != inherited?.refractory?.item.span {
        report(.secondOf(what: "`refractory`", at: span, first: old.item.span))
      }
      result.refractory = Placed(file: file, item: (time, hold, span))
    case .integrate(let syntax):
      if let old = result.integrator, old.item.span != inherited?.integrator?.item.span {
        report(.secondOf(what: "`integrate`", at: syntax.span, first: old.item.span))
      }
      result.integrator = Placed(file: file, item: syntax)
    case .emit(let value, let span):
      if let old = result.emit, old.item.span != inherited?.emit?.item.span {
        report(.secondOf(what: "`emit`", at: span, first: old.item.span))
      }
      result.emit = Placed(file: file, item: (value, span))
    }
  }

  private func replaceOrAppend<Item>(
    _ new: Placed<Item>, in list: inout [Placed<Item>], _ inherited: [Placed<Item>]?, _ name: (Item) -> Name
  ) {
    let head = name(new.item)
    if let old = inherited?.first(where: { name($0.item).text == head.text }),
      let place = list.firstIndex(where: { name($0.item).span == name(old.item).span })
    {
      list[place] = new
    } else {
      list.append(new)
    }
  }

  private mutating func add(
    _ equation: StateEquation, _ file: FileID, _ result: inout NeuronBlueprint, _ inherited: NeuronBlueprint?
  ) {
    let placed = Placed(file: file, item: equation)
    guard let place = result.equations.firstIndex(where: { $0.item.state.text == equation.state.text }) else {
      result.equations.append(placed)
      return
    }
    let old = result.equations[place].item
    if let inherited, inherited.equations.contains(where: { $0.item.span == old.span }) {
      result.equations[place] = placed
    } else {
      report(
        .twoEquations(
          state: equation.state.text, at: equation.span, first: old.span, mixed: old.isFlow != equation.isFlow))
    }
  }
}
