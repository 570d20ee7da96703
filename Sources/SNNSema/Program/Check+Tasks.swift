import SNNIR
import SNNSyntax

extension ProgramChecking {
  /// Checks a task and lowers it, after those that it names.
  mutating func checkTask(_ index: Int) {
    guard checkedTasks.insert(index).inserted else { return }
    var problems: [Diagnostic] = []
    let found = context.written(index, &problems)
    // A circle is met once for each task that leads to it, and told once.
    for problem in problems {
      let isNew = problem.id != TaskFamilyID.cycle || circles.insert(circle(at: problem.primary.span)).inserted
      if isNew { diagnostics.append(problem) }
    }
    guard let written = found else { return }
    if let base = written.base {
      checkTask(base)
      // What is wrong there has been told.
      guard result.tasks[context.tasks[base].decl.name.text] != nil else { return }
    }
    let network = written.network
    let file = written.networkFile
    guard let place = context.names[file]?.networks[network.text] else {
      let nearest = Spelling.nearest(to: network.text, among: (context.names[file]?.networks ?? [:]).keys)
      diagnostics.append(
        SemaMessage.unknownName(name: network.text, at: network.span, nearest: nearest).diagnostic)
      return
    }
    var checker = checker(for: file, model: NetworkModel(name: network.text, step: 0))
    if let chosen = options.task, chosen != written.name.text, context.names[file]?.tasks[chosen] != nil {
      checker.taskSettings = []
    }
    let arguments = checker.networkArguments(of: written)
    let lowered = checker.buildNetwork(place, arguments: arguments, blame: network.span)
    checker.file = written.file
    let task = lowered.flatMap { checker.checkTask(written, on: $0) }
    collect(checker)
    settableOfTask[index] = checker.settable.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    let name = written.name.text
    result.networkOfTask[name] = network.text
    guard let task else { return }
    var start: (from: Int, span: Span)?
    for entry in written.items {
      guard case .startFrom(let origin, _) = entry.item,
        let place = context.task(origin, of: entry.file, &diagnostics)
      else { continue }
      start = (place, origin.span)
    }
    // A converted network begins with what the task of its rates has learned, unless the task says otherwise.
    if let start = start ?? lowered?.origin.map({ ($0.task, $0.span) }) {
      checkTask(start.from)
      starts.append((name, start.from, start.span))
    }
    result.tasks[name] = LoweredModel(network: checker.model, task: task, locations: checker.locations)
  }

  /// `start from A`: whether A learns anything that the task has a place for.
  mutating func checkStarts() {
    for start in starts {
      let origin = context.tasks[start.from].decl.name.text
      if let path = circle(from: start.from, to: start.task) {
        diagnostics.append(TaskFamilyMessage.cycle(names: [start.task] + path, at: start.span).diagnostic)
        // Told once, for the whole circle.
        starts.removeAll { $0.task == start.task }
        continue
      }
      guard let own = result.tasks[start.task], let other = result.tasks[origin] else { continue }
      result.tasks[start.task]?.task?.startFrom = origin
      guard other.task?.learning != nil else {
        diagnostics.append(TaskFamilyMessage.learnsNothing(task: origin, at: start.span).diagnostic)
        continue
      }
      let shared = own.network.parameters.compactMap { parameter in
        other.network.parameter(named: parameter.name).map { (parameter, other.network.parameters[$0]) }
      }
      if shared.isEmpty {
        diagnostics.append(TaskFamilyMessage.nothingShared(task: origin, at: start.span).diagnostic)
      }
      for (mine, theirs) in shared where !own.network.fits(mine, theirs, of: other.network) {
        diagnostics.append(
          TaskFamilyMessage.shapesDiffer(parameter: mine.name, task: origin, at: start.span).diagnostic)
        break
      }
    }
  }

  /// The tasks that are variants of each other in a circle, of which one has a base written at `span`.
  private func circle(at span: Span) -> Set<Int> {
    var members: Set<Int> = []
    var next = context.tasks.firstIndex { $0.decl.base?.span == span }
    while let place = next, members.insert(place).inserted {
      let task = context.tasks[place]
      next = task.decl.base.flatMap { context.names[task.file]?.tasks[$0.text] }
    }
    return members
  }

  /// The tasks on the way from one to another by `start from`, both ends included; nil where there is none.
  private func circle(from first: Int, to name: String) -> [String]? {
    var path: [String] = []
    var next: Int? = first
    while let place = next {
      let task = context.tasks[place].decl.name.text
      guard !path.contains(task) else { return nil }
      path.append(task)
      if task == name { return path }
      next = starts.first { $0.task == task }?.from
    }
    return nil
  }
}

extension NetworkModel {
  /// Whether a parameter of another network can stand in for one of this, as far as is known before synapses are drawn.
  fileprivate func fits(_ own: Parameter, _ other: Parameter, of network: NetworkModel) -> Bool {
    let shapes = (shape(of: own) { _ in nil }, network.shape(of: other) { _ in nil })
    guard shapes.0 == nil, shapes.1 == nil, case .synapses(let mine) = own.shape,
      case .synapses(let theirs) = other.shape
    else { return shapes.0 == shapes.1 }
    let (a, b) = (connections[mine], network.connections[theirs])
    return a.sourceRange.count == b.sourceRange.count && a.targetRange.count == b.targetRange.count
  }
}
