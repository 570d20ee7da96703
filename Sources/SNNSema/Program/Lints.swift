import SNNIR
import SNNSyntax

extension ProgramChecking {
  /// Warnings about the file itself, unless `// allow: NAME` stands there.
  mutating func lint(_ tree: SyntaxTree) {
    var found: [Diagnostic] = []
    // What an error leaves unread would be told as unused.
    if !options.isQuiet, !diagnostics.contains(where: { $0.severity == .error }) {
      let members = membersRead(in: tree)
      for declared in context.neurons where declared.file == tree.file {
        lint(declared.decl.items, members, &found)
        if case .with(let items, _) = declared.decl.change { lint(items, members, &found) }
      }
      for declared in context.networks where declared.file == tree.file { lint(declared.decl, &found) }
      lintDrives(tree, &found)
    }
    diagnostics = (diagnostics + found).filter { $0.severity == .error || !isAllowed($0, tree) }
  }

  private func lint(_ items: [NeuronItem], _ members: Set<String>, _ found: inout [Diagnostic]) {
    for item in items {
      switch item {
      case .parameter(let decl) where !used.contains(decl.name.span) && !members.contains(decl.name.text):
        found.append(NetworkMessage.unusedParameter(name: decl.name.text, at: decl.name.span).diagnostic)
      case .state(let decl) where !used.contains(decl.name.span) && !members.contains(decl.name.text):
        found.append(NetworkMessage.unreadState(name: decl.name.text, at: decl.name.span).diagnostic)
      default: break
      }
    }
  }

  private func lint(_ decl: NetworkDecl, _ found: inout [Diagnostic]) {
    for parameter in decl.parameters where !used.contains(parameter.name.span) {
      found.append(NetworkMessage.unusedParameter(name: parameter.name.text, at: parameter.name.span).diagnostic)
    }
    for item in decl.items {
      guard case .input(let input) = item, !used.contains(input.name.span) else { continue }
      found.append(NetworkMessage.unusedInput(name: input.name.text, at: input.name.span).diagnostic)
    }
  }

  private func lintDrives(_ tree: SyntaxTree, _ found: inout [Diagnostic]) {
    var fed: Set<String> = []
    for declaration in tree.declarations {
      guard case .task(let task) = declaration else { continue }
      for item in task.items {
        guard case .feed(let target, _, _) = item else { continue }
        fed.insert(context.sources.text(tree[target].span))
      }
    }
    for drive in unfed where !fed.contains("\(drive.population).\(drive.drive)") && drive.span.file == tree.file {
      found.append(
        NetworkMessage.unfedDrive(population: drive.population, drive: drive.drive, at: drive.span).diagnostic)
    }
  }

  /// Names that something reads as `POP.NAME`.
  private func membersRead(in tree: SyntaxTree) -> Set<String> {
    var result: Set<String> = []
    for expr in tree.expressions {
      if case .member(_, let name) = expr.kind { result.insert(name.text) }
    }
    return result
  }

  private func isAllowed(_ diagnostic: Diagnostic, _ tree: SyntaxTree) -> Bool {
    let span = diagnostic.primary.span
    guard span.file == tree.file else { return false }
    let line = context.line(span)
    return tree.allowances.contains { name in
      guard name.text == diagnostic.id.slug || name.text == diagnostic.id.code else { return false }
      let place = context.line(name.span)
      return place == line || place + 1 == line
    }
  }
}
