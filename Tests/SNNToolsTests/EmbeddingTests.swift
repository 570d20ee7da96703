import Foundation
import SNN
import Testing

/// The Swift code of the page about embedding is this code.
@Suite struct EmbeddingTests {
  private static let source = """
    neuron LIF {
      state U = 0
      dU/dt = -U / 10 ms
      on input(w) { U += w }
      spike when U > 1
      on spike { U = 0 }
    }
    neuron Readout = LIF without spike
    network Net(n = 8) {
      step 1 ms
      input x : spikes[10]
      population hidden = LIF[n]
      population output = Readout[2]
      connect x -> hidden as w_in { learnable weight ~ kaiming() }
      connect hidden -> output as w_out { learnable weight ~ xavier() }
    }
    task patterns of Net {
      data train = random_patterns(samples = 8, units = 10, steps = 20, rate = 40 Hz, classes = 2)
      feed x = direct(sample)
      run for 20 ms
      loss = cross_entropy(max over time of output.U, label)
      score accuracy = argmax(max over time of output.U) == label
      learn by bptt { surrogate = fast_sigmoid(10) }
      optimise adam(rate = 1e-2)
      batch 8, epochs 2
    }
    """

  /// What the page prints.
  private final class Output { var lines: [String] = [] }

  private func page(_ source: String, _ output: Output) throws {
    func print(_ items: Any...) { output.lines.append(items.map { "\($0)" }.joined(separator: " ")) }

    let program = Program.compile(source, name: "mine.snn", folder: "", settings: ["n": "16"])
    for diagnostic in program.diagnostics {
      print(diagnostic.id.code, diagnostic.headline, program.sources.text(diagnostic.primary.span))
    }
    guard !program.hasErrors else { return print(program.rendered()) }

    let model = try program.model()
    let watched = try Session(model, records: try model.recordRequests(["hidden.spike", "output.U"]))
    let result = try watched.run(dataSet: 0, sample: 3)
    let spikes = result.recordings[0]  // [tick, unit], row by row, in the unit that `unit` names
    print(spikes.name, spikes.rows, spikes.size, result.rates)
    let figure = Figure.run(title: "mine", recordings: result.recordings, end: result.duration)
    print(figure.text(width: 80))  // figure.svg() is a picture

    let session = try Session(model, options: SessionOptions(precision: .f32, threads: 2), gradient: true)
    let trainer = try Trainer(session)
    try trainer.train(isCancelled: { false }) { progress in
      if progress.isEpochEnd { print(progress.epoch, progress.loss, progress.scores) }
    }
    let measured = try session.evaluate(0)
    print(measured.loss ?? .nan, measured.scores)

    var weights = session.parameter("w_out") ?? []  // [post, pre], row by row
    weights[0] = 0.25
    try session.setParameter("w_out", weights)
    let gradients = try session.gradients(dataSet: 0, samples: 0..<8)
    print(gradients.loss, gradients.gradients["w_out"]?.count ?? 0)

    let derivation = try model.explanation(style: .text)
    print(derivation.text)  // or `.latex`: the order of the step, and the derived learning rule
  }

  @Test func thePageRuns() throws {
    let output = Output()
    try page(Self.source, output)
    #expect(output.lines[0].hasPrefix("hidden.spike 20 16 "), "\(output.lines)")
    #expect(output.lines[1].contains("output.U"))
    #expect(output.lines.count == 7 && output.lines[5].hasSuffix(" 32"))
    #expect(output.lines[6].contains("w_out"))
    let wrong = Output()
    try page(Self.source.replacingOccurrences(of: "U += w", with: "J += w"), wrong)
    #expect(wrong.lines.count == 2 && wrong.lines[0].hasPrefix("E0404"), "\(wrong.lines)")
  }

  @Test func thePageIsThisCode() throws {
    func lines(_ text: String) -> String {
      text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
    }
    let code = lines(try String(contentsOf: URL(fileURLWithPath: #filePath), encoding: .utf8))
    let blocks = GuideTests.blocks(try GuideTests.text("embedding.md"), "swift")
    #expect(blocks.count >= 5)
    for block in blocks {
      let text = lines(block).replacingOccurrences(of: "import SNN\n", with: "")
      #expect(code.contains(text), "\(block)")
    }
  }
}
