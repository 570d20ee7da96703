import SNN
import SNNIR
import SNNSema
import SNNSyntax

/// Hover, definition, references, rename.
extension Analysis {
  func hover(_ offset: Int) -> JSON {
    if let use = bindings.use(at: offset) {
      var text = describe(bindings.all[use.binding])
      if let content = content(ofPart: use.binding) { text += "\n\n" + content }
      return Self.hover(text, range(use.span))
    }
    guard let token = token(at: offset), let text = current(token, at: offset) ?? describe(token) else { return .null }
    return Self.hover(text, range(token.span))
  }

  private static func hover(_ text: String, _ range: JSON) -> JSON {
    .object(["contents": .object(["kind": "markdown", "value": .string(text)]), "range": range])
  }

  private func describe(_ binding: Binding) -> String {
    let statement = program.sources.text(binding.statement)
    let first = statement.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? binding.name
    let isBlock = ["neuron", "network", "task", "synapse"].contains(binding.kind.rawValue)
    var parts = ["```snn\n\(isBlock ? first.trimmed : statement.trimmed)\n```"]
    var line = typeText(binding) ?? binding.kind.rawValue
    if !binding.owner.isEmpty, binding.owner != binding.name { line += " of `\(binding.owner)`" }
    parts.append(line)
    if let documentation = binding.documentation { parts.append(documentation.trimmed) }
    if binding.kind == .state, let equation = equation(of: binding) { parts.append("```snn\n\(equation)\n```") }
    if binding.kind == .population, let integrator = schedule(of: binding.name) { parts.append(integrator) }
    if binding.kind == .connection, let delay = delay(of: binding.name) { parts.append(delay) }
    if binding.span.file != source.id { parts.append("from `\(program.sources[binding.span.file].name)`") }
    return parts.joined(separator: "\n\n")
  }

  /// What a part brings: its network's documentation, populations, connections and further parts.
  private func content(ofPart index: Int) -> String? {
    guard bindings.all[index].kind == .part, let network = bindings.models[index] else { return nil }
    let own = (bindings.members[network] ?? [:]).values.sorted().map { bindings.all[$0] }
    let kinds: [(Binding.Kind, String)] = [
      (.input, "inputs"), (.population, "populations"), (.connection, "connections"), (.part, "parts"),
    ]
    let lines = kinds.compactMap { kind, word -> String? in
      let names = own.filter { $0.kind == kind }.map { "`\($0.name)`" }
      return names.isEmpty ? nil : "\(word): \(names.joined(separator: ", "))"
    }
    let documentation = bindings.all[network].documentation.map { [$0.trimmed] } ?? []
    return (documentation + lines).joined(separator: "  \n")
  }

  /// Of the word `current` in a connection: the drive that it flows into, and the products that it is.
  private func current(_ token: Token, at offset: Int) -> String? {
    guard token.text == "current" else { return nil }
    for case .network(let network) in program.tree.declarations {
      for case .connect(let connect) in network.items
      where Int(connect.span.lower) <= offset && offset < Int(connect.span.upper) {
        guard let target = connect.targets.first, case .member(let base, let drive) = program.tree[target].kind,
          case .name(let population) = program.tree[base].kind
        else { return nil }
        let owner = "\(network.name.text).\(population)"
        let type = program.checked.types.first { $0.owner == owner && $0.name == drive.text }?.text
        var parts = ["into `\(population).\(drive.text)`" + (type.map { ": " + $0 } ?? "")]
        if let sum = driveEquation(population, drive.text) { parts.append("```snn\n\(sum)\n```") }
        return parts.joined(separator: "\n\n")
      }
    }
    return nil
  }

  private func driveEquation(_ population: String, _ drive: String) -> String? {
    guard let blocks = (try? model(with: population)?.explanation(style: .text))?.blocks,
      let block = blocks.first(where: { $0.title == "Forward: \(population)" })
    else { return nil }
    for case .equation(let left, let right, _) in block.lines where left == "\(drive)[n]" {
      return "\(left) = \(right)"
    }
    return nil
  }

  /// The equation that drives a state, as written.
  private func equation(of binding: Binding) -> String? {
    guard binding.span.file == source.id else { return nil }
    for declaration in program.tree.declarations where declaration.name?.text == binding.owner {
      switch declaration {
      case .neuron(let decl):
        for item in decl.items {
          switch item {
          case .flow(let state, _, _, let span) where state.text == binding.name: return source.text(span)
          case .next(let state, _, let span) where state.text == binding.name: return source.text(span)
          default: continue
          }
        }
      case .synapse(let decl):
        for item in decl.items {
          switch item {
          case .flow(let state, _, _, let span) where state.text == binding.name: return source.text(span)
          case .next(let state, _, let span) where state.text == binding.name: return source.text(span)
          default: continue
          }
        }
      default: continue
      }
    }
    return nil
  }

  /// The lines of the schedule about a population: its integrator and why.
  private func schedule(of population: String) -> String? {
    guard let model = model(with: population), let schedule = try? model.explanation(style: .text, scheduleOnly: true)
    else { return nil }
    let lines = schedule.text.split(separator: "\n").map(String.init)
    guard let start = lines.firstIndex(where: { $0.contains(". \(population): ") }) else { return nil }
    let rest = lines[(start + 1)...].prefix { $0.hasPrefix("     ") }
    return rest.map { $0.trimmed }.joined(separator: "  \n")
  }

  func model(with population: String) -> Model? {
    guard !program.hasErrors else { return nil }
    let models =
      program.taskNames.compactMap { try? program.model(task: $0) }
      + program.networkNames.compactMap { try? program.model(network: $0) }
    return models.first { $0.network.population(named: population) != nil }
  }

  private func delay(of connection: String) -> String? {
    for name in program.networkNames {
      guard let lowered = program.checked.lower(network: name),
        let found = lowered.network.connections.first(where: { $0.name == connection })
      else { continue }
      if found.sparsity?.delays != nil { return "delays drawn" }
      return "delay \(found.delay) tick\(found.delay == 1 ? "" : "s") of "
        + NumberText.significant(lowered.network.step, 6) + " ms"
    }
    return nil
  }

  private func describe(_ token: Token) -> String? {
    switch token.kind {
    case .unit:
      let factors = token.text.split { "*/^".contains($0) }.map(String.init)
      let known = factors.compactMap { name in
        UnitTable.units[name].map { "`\(name)`: \(Dimension($0.exponents).words)" }
      }
      return known.isEmpty ? nil : known.joined(separator: "  \n")
    case .name, .reserved:
      return Words.meanings[token.text].map { "`\(token.text)`: \($0)" }
    default: return nil
    }
  }

  func token(at offset: Int) -> Token? {
    lex(source).0.tokens.first { Int($0.span.lower) <= offset && offset < Int($0.span.upper) }
  }

  // MARK: Places

  func definition(_ offset: Int) -> JSON {
    guard let use = bindings.use(at: offset) else { return .null }
    return location(bindings.all[use.binding].span) ?? .null
  }

  func references(_ offset: Int, withDeclaration: Bool) -> JSON {
    guard let use = bindings.use(at: offset) else { return .array([]) }
    let declaration = bindings.all[use.binding].span
    return .array(
      bindings.uses(of: use.binding).filter { withDeclaration || $0.span != declaration }.compactMap {
        location($0.span)
      })
  }

  func highlights(_ offset: Int) -> JSON {
    guard let use = bindings.use(at: offset) else { return .array([]) }
    return .array(bindings.uses(of: use.binding).map { .object(["range": range($0.span)]) })
  }

  func renamable(_ offset: Int) -> JSON? {
    guard let use = bindings.use(at: offset) else { return nil }
    let binding = bindings.all[use.binding]
    guard binding.span.file == source.id, binding.name != "input" || binding.kind != .port else { return nil }
    return .object(["range": range(use.span), "placeholder": .string(binding.name)])
  }

  func rename(_ offset: Int, to name: String) -> LanguageServer.Answer {
    guard let use = bindings.use(at: offset), renamable(offset) != nil else {
      return .refused("what stands here is not declared in this file")
    }
    let stream = lex(SourceFile(id: FileID(0), name: "", text: name)).0
    guard stream.tokens.count == 2, stream.tokens[0].kind == .name, stream.tokens[0].text == name else {
      return .refused("`\(name)` is no name")
    }
    let binding = bindings.all[use.binding]
    let taken = bindings.all.contains {
      $0.name == name && $0.owner == binding.owner && $0.span.file == source.id && $0.kind != .binder
    }
    guard !taken || name == binding.name else { return .refused("`\(name)` is declared there already") }
    let edits = bindings.uses(of: use.binding).map { use in
      JSON.object(["range": range(use.span), "newText": .string(name)])
    }
    return .result(.object(["changes": .object([JSON.Member(name: uri, value: .array(edits))])]))
  }
}
