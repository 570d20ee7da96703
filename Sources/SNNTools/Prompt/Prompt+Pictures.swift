import SNN
import SNNIR

extension Prompt {
  /// `plot raster(hidden), hidden.U`, `plot loss`, `plot weights(w_in)`, `plot rates`; `to "file.svg"` writes a file.
  func plot(_ rest: String) throws -> String {
    var wanted = rest
    var path: String?
    if let range = Self.lastWord("to", in: rest) {
      let name = rest[range.upperBound...].trimmed
      guard name.hasPrefix("\""), name.hasSuffix("\""), name.count > 2 else {
        throw PromptError.text(
          "a file's name stands in quotes: `plot \(rest[..<range.lowerBound].trimmed) to \"out.svg\"`")
      }
      path = String(name.dropFirst().dropLast())
      wanted = rest[..<range.lowerBound].trimmed
      if let objection = OutputFormat.picture.objection(to: path ?? "") { throw PromptError.text(objection) }
    }
    let instance = try currentInstance()
    let items = wanted.isEmpty ? Self.everything(of: instance) : Self.parts(wanted)
    var panels: [Panel] = []
    for item in items { panels += try self.panels(item, instance) }
    let title = instance.name
    let figure = Figure(title: title, subtitle: Self.time(instance.time), panels: Self.merged(panels))
    if let path {
      try surroundings.write(figure.svg(), path)
      return "drew \(path)"
    }
    return figure.text(width: surroundings.width(), rows: 6, coloured: surroundings.isColoured)
  }

  private static func lastWord(_ word: String, in text: String) -> Range<String.Index>? {
    guard let quote = text.firstIndex(of: "\"") else { return nil }
    let head = text[..<quote].trimmed
    guard head == word || head.hasSuffix(" " + word) else { return nil }
    let end = text[..<quote].lastIndex(of: word.last ?? " ") ?? quote
    return text.index(end, offsetBy: 1 - word.count)..<text.index(after: end)
  }

  private static func everything(of instance: Instance) -> [String] {
    let own = (instance.model.task.plots + instance.model.task.records).map(\.name)
    return own.isEmpty ? instance.model.network.populations.map(\.name) : own
  }

  /// One raster of all populations that are asked for.
  private static func merged(_ panels: [Panel]) -> [Panel] {
    var result: [Panel] = []
    var raster: RasterPanel?
    for panel in panels {
      guard case .raster(let part) = panel else {
        result.append(panel)
        continue
      }
      if raster == nil { raster = part } else { raster?.populations += part.populations }
    }
    return result + (raster.map { [.raster($0)] } ?? [])
  }

  private func panels(_ item: String, _ instance: Instance) throws -> [Panel] {
    let head = String(item.prefix { $0.isLetter || $0 == "_" })
    let rest = item.dropFirst(head.count).trimmed
    let inner = rest.hasPrefix("(") && rest.hasSuffix(")") ? String(rest.dropFirst().dropLast()).trimmed : nil
    guard inner != nil || rest.isEmpty else { return try record(item, instance) }
    let names = inner.map(Self.parts) ?? []
    switch head {
    case "raster":
      let populations =
        names.isEmpty ? instance.model.spiking.map { instance.model.network.populations[$0].name } : names
      return try populations.flatMap { try record("\($0).spike", instance) }
    case "trace":
      return try (names.isEmpty ? Self.everything(of: instance) : names).flatMap { try record($0, instance) }
    case "loss", "scores": return try curves(head, instance)
    case "rates": return [.bars(BarPanel.rates(try rates(instance)))]
    case "weights", "histogram": return try histograms(names, instance)
    case "gradients": return [.bars(try gradientNorms(instance))]
    default: return try record(item, instance)
    }
  }

  private func requireRun(_ instance: Instance) throws -> RunResult {
    guard let result = instance.result else {
      throw PromptError.text("`\(instance.name)` has not run yet: `run 100 ms`")
    }
    return result
  }

  /// `hidden.U`, `hidden`.
  private func record(_ name: String, _ instance: Instance) throws -> [Panel] {
    let result = try requireRun(instance)
    let wanted = try instance.model.recordRequests([name])
    let recordings = wanted.compactMap { request in
      instance.requests.firstIndex(where: { $0.variable == request.variable && $0.population == request.population })
        .map { result.recordings[$0] }
    }
    guard !recordings.isEmpty else {
      throw PromptError.text("`\(name)` was not kept: the run has too many numbers; record fewer")
    }
    return Figure.run(title: "", recordings: recordings, end: result.duration).panels
  }

  private func curves(_ what: String, _ instance: Instance) throws -> [Panel] {
    let history = instance.history
    guard !history.isEmpty else { throw PromptError.text("nothing has been trained yet: `train 5`") }
    if what == "loss" {
      return [
        .curves(
          CurvePanel(title: "Loss", quantity: "loss", curves: [Curve(name: "train", values: history.map(\.loss))]))
      ]
    }
    return instance.model.task.scores.indices.map { index in
      let name = instance.model.task.scores[index].name
      return .curves(
        CurvePanel(
          title: name, quantity: name, curves: [Curve(name: "train", values: history.map { $0.scores[index] })]))
    }
  }

  private func rates(_ instance: Instance) throws -> [BarPanel.Bar] {
    let result = try requireRun(instance)
    return instance.model.spiking.map {
      BarPanel.Bar(name: instance.model.network.populations[$0].name, value: result.rates[$0])
    }
  }

  private func histograms(_ names: [String], _ instance: Instance) throws -> [Panel] {
    let network = instance.model.network
    let all = network.connections.map { network.parameters[$0.weight].name }
    for name in names where !all.contains(name) {
      throw PromptError.text("there is no connection `\(name)`; there are \(all.joined(separator: ", "))")
    }
    let session = try session(instance)
    return (names.isEmpty ? all : names).compactMap { name in
      guard let index = network.parameter(named: name), let values = session.parameter(name) else { return nil }
      var groups = [HistogramPanel.Group(name: "now", values: values)]
      if let drawn = instance.drawn[name], drawn != values {
        groups = [.init(name: "drawn", values: drawn), .init(name: "now", values: values)]
      }
      return .histogram(
        HistogramPanel(title: name, quantity: "weight", unit: network.parameters[index].unit.text, groups: groups))
    }
  }

  /// A session with the instance's parameters.
  func session(_ instance: Instance, gradient: Bool = false) throws -> Session {
    let model = instance.time > 0 ? instance.model.lasting(milliseconds: instance.time) : instance.model
    let session = try Session(
      gradient ? instance.model : model, options: instance.options(seed: state.seed, threads: surroundings.threads),
      gradient: gradient)
    if instance.parameters.isEmpty { try session.start() }
    try instance.apply(to: session)
    return session
  }

  func gradients(_ instance: Instance) throws -> GradientResult {
    guard instance.model.isTrainable else {
      throw PromptError.text(
        "`\(instance.name)` has no gradient: a task with `loss`, `learn` and something learnable has")
    }
    let session = try session(instance, gradient: true)
    let set = instance.model.task.dataSets.isEmpty ? nil : 0
    return try surroundings.interrupt.guarding(session.cancellation) { try session.gradients(dataSet: set) }
  }

  private func gradientNorms(_ instance: Instance) throws -> BarPanel {
    let result = try gradients(instance)
    let bars = result.gradients.keys.sorted().map { name in
      BarPanel.Bar(name: name, value: Self.norm(result.gradients[name] ?? []))
    }
    return BarPanel(title: "Gradients", quantity: "norm", unit: "", bars: bars)
  }

  static func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
