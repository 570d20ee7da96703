import SNN
import Testing

/// Each verb on a program that is right.
@Suite struct VerbTests {
  @Test func checkSaysNoErrors() throws {
    let folder = try Programs.folder()
    let outcome = try BuiltCommand.shell("snn check kinds.snn", in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors == "kinds.snn: no errors\n")
    #expect(try BuiltCommand.shell("snn check --json kinds.snn", in: folder).output == "[]\n")
    #expect(try BuiltCommand.shell("snn check - < kinds.snn", in: folder).status == 0)
    try folder.write("neuron {", "broken.snn")
    #expect(isJSON(try BuiltCommand.shell("snn check --json broken.snn", in: folder).output))
  }

  @Test(arguments: ["tokens", "tree", "types", "ir", "jacobian", "plan", "bytecode"])
  func everyPhaseCanBeRead(stage: String) throws {
    let outcome = try BuiltCommand.shell("snn check kinds.snn --dump \(stage)", in: Programs.folder())
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.count > 200)
  }

  @Test func laneCodeOfDrawnConnectionsCanBeRead() throws {
    let folder = try Programs.folder()
    let network = """
      neuron LIF {
        state V ~ uniform(-60 mV, -50 mV)
        dV/dt = (-49 mV - V) / 20 ms
        on input(w) { V += w }
        spike when V > -50 mV
        on spike { V = -60 mV }
        refractory 5 ms hold V
      }
      network Sparse {
        step 0.1 ms
        population E = LIF[40]
        connect E -> E { pattern random(p = 20 %), weight = 1 mV, delay ~ uniform(1 ms, 3 ms) }
      }
      task go of Sparse { run for 10 ms }
      """
    try folder.write(network, "sparse.snn")
    let outcome = try BuiltCommand.shell("snn check sparse.snn --dump bytecode", in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    // Threshold, reset, refractory counter and leak are one pass.
    #expect(outcome.output.contains("= leakGT "))
  }

  @Test func jacobiansAreInTheUsersSymbols() throws {
    let outcome = try BuiltCommand.shell("snn check neuron.snn --dump jacobian", in: Programs.folder())
    // The exact flow: U decays by exp(-dt / tau) and takes in 1 - exp(-dt / tau) of x; a reset forgets U.
    #expect(outcome.output.contains("∂U⁻[n+1]/∂U[n]"))
    #expect(outcome.output.contains("∂U⁻[n+1]/∂x[n]"))
    #expect(outcome.output.contains("∂U[n+1]/∂S[n+1]"))
  }

  @Test func runCountsTheSpikes() throws {
    let folder = try Programs.folder()
    let outcome = try BuiltCommand.shell("snn run neuron.snn --plot p.svg --out r.h5", in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("cell.spike: 4 spikes"))
    #expect(try folder.read("p.svg").hasPrefix("<svg"))
    let results = try BlackBox.Results(reading: folder.url.appendingPathComponent("r.h5").path)
    #expect(results.records["cell.U"]?.shape == [1, 30, 1])
    let spikes = results.records["cell.spike"]?.doubles() ?? []
    #expect(spikes.indices.filter { spikes[$0] == 1 } == [6, 13, 20, 27])
    let json = try BuiltCommand.shell("snn run neuron.snn --json --record cell.U", in: folder)
    #expect(everyLineIsJSON(json.output) && json.output.contains("cell.U") && !json.output.contains("cell.spike"))
  }

  @Test func aNetworkRunsWithoutATask() throws {
    let folder = try Programs.folder()
    let network = """
      neuron Clock {
        state U = 0
        next U = if spike == 1 then 0 else U + 1
        spike when U >= 9
      }
      network Alone {
        step 1 ms
        population clock = Clock[1]
      }
      """
    try folder.write(network, "alone.snn")
    // It reaches 9 at ticks 9, 19, …: five times in 50.
    let outcome = try BuiltCommand.shell("snn run alone.snn --for 50ms", in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("clock.spike: 5 spikes"))
  }

  @Test func trainSavesAndEvalReads() throws {
    let folder = try Programs.folder()
    let trained = try BuiltCommand.shell("snn train kinds.snn --save w.h5 --plot c.svg", in: folder)
    #expect(trained.status == 0, "\(trained.errors)")
    let lines = trained.output.split(separator: "\n").map(String.init)
    #expect(lines.count { $0.hasPrefix("epoch ") } == 4)
    #expect(try folder.read("c.svg").hasPrefix("<svg"))
    let evaluated = try BuiltCommand.shell("snn eval kinds.snn --params w.h5", in: folder)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let sets = evaluated.output.split(separator: "\n").map(String.init)
    #expect(sets.count == 2 && sets.allSatisfy(lines.contains))
    #expect(sets.last?.hasPrefix("test accuracy ") == true)
    let one = try BuiltCommand.shell("snn eval kinds.snn --params w.h5 --data test", in: folder)
    #expect(one.output == sets[1] + "\n")
  }

  @Test func machinesGetJSON() throws {
    let folder = try Programs.folder()
    let train = try BuiltCommand.shell("snn train kinds.snn --json --epochs 2", in: folder)
    #expect(everyLineIsJSON(train.output) && train.output.split(separator: "\n").count == 3)
    for verb in ["eval kinds.snn", "test neuron.snn", "gradcheck kinds.snn", "explain kinds.snn"] {
      let outcome = try BuiltCommand.shell("snn \(verb) --json", in: folder)
      #expect(everyLineIsJSON(outcome.output), "\(verb): \(outcome.output)\(outcome.errors)")
    }
  }

  @Test func testPassesAndFails() throws {
    let folder = try Programs.folder()
    let passed = try BuiltCommand.shell("snn test neuron.snn", in: folder)
    #expect(passed.status == 0, "\(passed.errors)")
    #expect(passed.output.hasPrefix("pass ") && passed.output.contains("measured 4"))
    try folder.write(Programs.neuron.replacing("== 4", with: "== 5"), "wrong.snn")
    let failed = try BuiltCommand.shell("snn test wrong.snn", in: folder)
    #expect(failed.status == 4)
    #expect(failed.output.hasPrefix("FAIL ") && failed.output.contains("wrong.snn:"))
    #expect(failed.errors == "error: 1 expectation failed\n")
    // A task that learns is trained first.
    let trained = try BuiltCommand.shell("snn test kinds.snn --epochs 2", in: folder)
    #expect(trained.status == 0 && trained.output.contains("epoch 2/2"), "\(trained.errors)")
  }

  @Test func explainShowsOrderAndEquations() throws {
    let folder = try Programs.folder()
    let text = try BuiltCommand.shell("snn explain kinds.snn", in: folder)
    #expect(text.output.contains("integrate: exact") && text.output.contains("λ_U[n]"))
    let schedule = try BuiltCommand.shell("snn explain kinds.snn --schedule", in: folder)
    #expect(schedule.output.contains("integrate: exact") && !schedule.output.contains("λ_U[n]"))
    let document = try BuiltCommand.shell("snn explain kinds.snn --latex --document", in: folder)
    #expect(document.output.hasPrefix("\\documentclass"))
  }

  @Test func gradcheckAgrees() throws {
    let outcome = try BuiltCommand.shell("snn gradcheck kinds.snn", in: Programs.folder())
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains("w_in") && outcome.output.contains("w_out"))
  }

  @Test func gradAnswersTheContract() throws {
    let folder = try Programs.folder()
    let batch = folder.url.appendingPathComponent("b.h5").path
    var spikes = [Double](repeating: 0, count: 2 * 30 * 4)
    for tick in [2, 5, 9] { for unit in 0..<4 { spikes[tick * 4 + unit] = 1 } }
    try Fixture.write(
      ["/data/pattern": NDArray(shape: [2, 30, 4], spikes), "/data/label": NDArray([0, 1])], to: batch)
    let outcome = try BuiltCommand.shell(
      "snn grad kinds.snn --batch b.h5 --out g.h5 --record hidden.U,output.U", in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let results = try BlackBox.Results(reading: folder.url.appendingPathComponent("g.h5").path)
    #expect(results.loss.map { $0 > 0 } == true)
    #expect(results.gradients["w_in"]?.shape == [16, 4])
    #expect(results.gradients["w_out"]?.shape == [2, 16])
    #expect(results.records["hidden.U"]?.shape == [2, 30, 16])
  }

  @Test func plotDraws() throws {
    let folder = try Programs.folder()
    #expect(try BuiltCommand.shell("snn plot neuron.snn", in: folder).output == "drew neuron.svg\n")
    #expect(try folder.read("neuron.svg").hasPrefix("<svg"))
  }

  @Test func plotDrawsALandscape() throws {
    let folder = try Programs.folder()
    let drawn = try BuiltCommand.shell("snn plot kinds.snn landscape --epochs 2 --points 10 -o l.svg", in: folder)
    #expect(drawn.status == 0, "\(drawn.errors)")
    #expect(drawn.output.contains("the loss is flat on") && drawn.output.hasSuffix("drew l.svg\n"))
    #expect(try folder.read("l.svg").contains("Finite differences of the loss"))
    let saved = try BuiltCommand.shell("snn train kinds.snn --epochs 1 --save w.h5", in: folder)
    #expect(saved.status == 0, "\(saved.errors)")
    let between = try BuiltCommand.shell(
      "snn plot kinds.snn landscape --seed 7 --params w.h5 --points 4 --move w_in -o m.svg", in: folder)
    #expect(between.status == 0, "\(between.errors)")
    let still = try BuiltCommand.shell(
      "snn plot kinds.snn landscape --from w.h5 --params w.h5 --points 4 -o n.svg", in: folder)
    #expect(still.status != 0 && still.errors.contains("the line has no length"), "\(still.errors)")
    let unknown = try BuiltCommand.shell("snn plot kinds.snn landscape --params w.h5 --move w_on -o n.svg", in: folder)
    #expect(unknown.status != 0 && unknown.errors.contains("`w_on` is nothing that the task learns"))
    #expect(try BuiltCommand.shell("snn plot kinds.snn raster --from w.h5", in: folder).status == 2)
  }

  @Test func usedFilesAreFoundBesideTheProgram() throws {
    let folder = try Programs.folder()
    let neuron = Programs.neuron
    let network = neuron.range(of: "network")!.lowerBound
    try folder.write(String(neuron[..<network]), "lif.snn")
    try folder.write("use \"lif.snn\"\n" + neuron[network...], "cell.snn")
    let path = folder.url.lastPathComponent
    let outcome = try BuiltCommand.shell("cd .. && snn test \(path)/cell.snn", in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func formatChangesOnlyTheLayout() throws {
    let folder = try Programs.folder()
    try folder.write(Programs.neuron.replacing("  state U = 0", with: "      state   U=0"), "loose.snn")
    #expect(try BuiltCommand.shell("snn fmt --check loose.snn", in: folder).status == 1)
    #expect(try BuiltCommand.shell("snn fmt loose.snn", in: folder).status == 0)
    #expect(try folder.read("loose.snn") == Programs.neuron)
  }
}
