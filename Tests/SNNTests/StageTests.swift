import Foundation
import SNN
import SNNCalculus
import SNNIR
import Testing

/// Every stage of every example is sound, and its text reads back: what `--dump` shows is the whole of it.
@Suite struct StageTests {
  static let examples: [String] = {
    let folder = TidyTests.root.appending(path: "examples")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".snn") }.sorted()
  }()

  private func models(_ name: String) throws -> [Model] {
    let folder = TidyTests.root.appending(path: "examples")
    let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    let program = Program.compile(text, name: name, folder: folder.path) { declaration in
      guard let file = declaration.file,
        let text = try? String(contentsOf: folder.appending(path: file), encoding: .utf8)
      else { return nil }
      return SourceText(name: file, text: text)
    }
    let errors = program.hasErrors ? program.rendered() : ""
    try #require(errors.isEmpty)
    if program.taskNames.isEmpty { return [try program.model()] }
    return try program.taskNames.map { try program.model(task: $0) }
  }

  @Test(arguments: examples) func hybridStage(_ name: String) throws {
    for model in try models(name) {
      #expect(model.network.verify().map(\.description) == [])
      if model.hasTask { #expect(model.task.verify(in: model.network).map(\.description) == []) }
      let text = IRText.text(of: model.network, tasks: [model.task])
      let (network, tasks) = try IRText.network(from: text)
      #expect(IRText.text(of: network, tasks: tasks) == text)
      #expect(network.graph.nodes.count == model.network.graph.nodes.count)
    }
  }

  @Test(arguments: examples) func stepStage(_ name: String) throws {
    for model in try models(name) {
      var integrate = Integrate(model.network)
      let (steps, faults) = integrate.run()
      #expect(faults.isEmpty)
      let graph = integrate.network.graph
      for step in steps { #expect(step.verify(graph).map(\.description) == []) }
      #expect(graph.verify().map(\.description) == [])
      let text = IRText.text(of: steps, in: graph)
      let (read, readGraph) = try IRText.steps(from: text)
      #expect(IRText.text(of: read, in: readGraph) == text)
    }
  }

  @Test(arguments: examples) func planStage(_ name: String) throws {
    for model in try models(name) {
      for gradient in [false, true] where !gradient || model.task.loss != nil {
        let request = PlanRequest(gradient: gradient, learnable: model.learnable, records: model.task.records)
        let plan = try model.plan(request)
        #expect(plan.verify().map(\.description) == [])
        let text = IRText.text(of: plan)
        #expect(IRText.text(of: try IRText.plan(from: text)) == text)
      }
    }
  }
}
