import SNNSyntax

/// An item of a task with the file that it stands in, whose names and expressions it means.
struct TaskEntry {
  var item: TaskItem
  var file: FileID
}

/// A task with all that it takes over from others: `task B = A with { … }` is A with its own items in place of those
/// that say the same thing.
struct WrittenTask {
  var name: Name
  var file: FileID
  var network: Name
  /// Where the network's name and its arguments stand.
  var networkFile: FileID
  var arguments: [Argument]
  var items: [TaskEntry]
  /// The task that it varies, by place in the program.
  var base: Int?
}

/// What an item says: one of a derived task stands in for all of its base that say the same.
private enum TaskSubject: Hashable {
  case run, loss, optimise, learn, records, plots, carry, freeze, validate, start, expectations
  case score(String)
  case binding(String)
  case setting(String)
  /// By its target, as written.
  case feed(String)
  case data(String)
}

extension ProgramContext {
  /// - Parameter unfinished: tasks that are being put together.
  /// - Returns: nil where something is wrong, which is in `problems`.
  func written(_ index: Int, unfinished: [Int] = [], _ problems: inout [Diagnostic]) -> WrittenTask? {
    let declared = tasks[index]
    let decl = declared.decl
    let own = decl.items.map { TaskEntry(item: $0, file: declared.file) }
    guard let base = decl.base else {
      guard let network = decl.network else { return nil }
      return WrittenTask(
        name: decl.name, file: declared.file, network: network, networkFile: declared.file,
        arguments: decl.networkArguments, items: own)
    }
    guard let place = task(base, of: declared.file, &problems) else { return nil }
    if unfinished.contains(place) || place == index {
      let names = ((unfinished + [index]).drop { $0 != place } + [place]).map { tasks[$0].decl.name.text }
      problems.append(TaskFamilyMessage.cycle(names: names, at: base.span).diagnostic)
      return nil
    }
    guard var result = written(place, unfinished: unfinished + [index], &problems) else { return nil }
    let replaced = Set(own.flatMap { subjects(of: $0) })
    result.items = result.items.filter { replaced.isDisjoint(with: subjects(of: $0)) } + own
    result.name = decl.name
    result.file = declared.file
    result.base = place
    if let network = decl.network {
      result.network = network
      result.networkFile = declared.file
      result.arguments = decl.networkArguments
    }
    return result
  }

  /// A task by its name.
  func task(_ name: Name, of file: FileID, _ problems: inout [Diagnostic]) -> Int? {
    if let place = names[file]?.tasks[name.text] { return place }
    let known = (names[file]?.tasks ?? [:]).keys.sorted()
    problems.append(
      TaskFamilyMessage.unknownTask(
        name: name.text, at: name.span, nearest: Spelling.nearest(to: name.text, among: known), known: known
      ).diagnostic)
    return nil
  }

  private func subjects(of entry: TaskEntry) -> [TaskSubject] {
    switch entry.item {
    case .data(let names, _, _): names.map { .data($0.text) }
    case .feed(let target, _, _): [.feed(expression(target, in: entry.file).map { sources.text($0.span) } ?? "")]
    case .run: [.run]
    case .loss: [.loss]
    case .score(let name, _, _): [.score(name.text)]
    case .letBinding(let binding): [.binding(binding.name.text)]
    case .learn: [.learn]
    case .optimise: [.optimise]
    case .setting(let key, _, _): [.setting(key.text)]
    case .record: [.records]
    case .plot: [.plots]
    case .carry: [.carry]
    case .freeze: [.freeze]
    case .validate: [.validate]
    case .startFrom: [.start]
    case .expect: [.expectations]
    }
  }
}
