import Foundation
import SNN
import SNNRuntime
import Testing

/// `use std.…`: what it finds, and what its neurons do where theory says it.
@Suite struct LibraryTests {
  static let folder = TidyTests.root.appending(path: "Sources/SNN/Library/std")

  private func program(_ use: String, _ model: String) -> SNN.Program {
    SNN.Program.compile("use \(use)\nnetwork N {\n  step 0.1 ms\n  population p = \(model)[1]\n}\n")
  }

  /// The binary has the texts that lie in the repository, all of them.
  @Test func textsAreTheFiles() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter { $0.hasSuffix(".snn") }
    #expect(Set(files.map { "std." + $0.dropLast(4) }) == Set(Library.texts.keys))
    for (name, text) in Library.texts {
      let path = Self.folder.appending(path: name.dropFirst(4) + ".snn")
      #expect(try String(contentsOf: path, encoding: .utf8) == text, "\(name)")
    }
  }

  /// Each neuron can be used by its own name without a remark, is documented, and stays in the limits of a page.
  @Test(arguments: Library.texts.keys.sorted().filter { $0 != "std.synapses" }) func neuronsAreUsable(_ name: String)
    throws
  {
    let lines = try #require(Library.texts[name]).split(separator: "\n", omittingEmptySubsequences: false)
    var count = 0
    for (line, before) in zip(lines.dropFirst(), lines) where line.hasPrefix("neuron ") {
      let neuron = String(line.split(separator: " ")[1])
      #expect(before.hasPrefix("///"), "\(name).\(neuron) has no documentation")
      let found = program("\(name).\(neuron)", neuron)
      // Those whose only input is a drive want one.
      let remarks = found.diagnostics.filter { name == "std.neurons" || $0.id.slug != "drive-never-fed" }
      #expect(remarks.isEmpty, "\(found.rendered())")
      let model = try found.model()
      _ = try Session(model, options: SessionOptions(precision: .f64))
      count += 1
    }
    #expect(count > 0)
    #expect(lines.allSatisfy { $0.count <= 120 }, "\(name)")
  }

  /// As above, of synapses; what each does is in `SynapseRuleTests`.
  @Test func synapsesAreUsable() throws {
    let lines = try #require(Library.texts["std.synapses"]).split(separator: "\n", omittingEmptySubsequences: false)
    var names: [String] = []
    for (line, before) in zip(lines.dropFirst(), lines) where line.hasPrefix("synapse ") {
      names.append(String(line.split(separator: " ")[1]))
      #expect(before.hasPrefix("///"), "\(names) has no documentation")
      let found = Program.compile("use std.synapses.\(names[names.count - 1])")
      #expect(found.diagnostics.isEmpty, "\(found.rendered())")
    }
    #expect(Set(names).isSuperset(of: ["STDP", "TripletSTDP", "RSTDP", "Clopath", "TsodyksMarkram", "Normalisation"]))
    #expect(lines.allSatisfy { $0.count <= 120 })
  }

  @Test func oneNameOrAll() {
    #expect(!program("std.neurons", "AdEx").hasErrors)
    #expect(program("std.neurons.LIF", "AdEx").hasErrors)
  }

  @Test func unknownNamesAreCorrected() {
    func help(_ use: String) -> String { program(use, "LIF").rendered() }
    #expect(help("std.neurons.LFI").contains("did you mean `use std.neurons.LIF`?"))
    #expect(help("std.neuron").contains("did you mean `use std.neurons`?"))
    #expect(help("std.neuron.LIF").contains("did you mean `use std.neurons.LIF`?"))
    #expect(help("std.neurons.Unknown").contains("nothing found for `use std.neurons.Unknown`"))
  }

  /// Spikes of one neuron under a constant drive, as times of ticks in ms.
  private func spikes(_ model: String, _ drive: String, ms: Double) throws -> [Double] {
    let text = """
      use std.neurons
      network N { step 0.01 ms; population p = \(model) }
      task go of N { feed p.I_e = \(drive); run for \(ms) ms; record p.spike }
      """
    let program = SNN.Program.compile(text)
    let isSound = !program.hasErrors
    try #require(isSound, "\(program.rendered())")
    let model = try program.model()
    let session = try Session(model, options: SessionOptions(precision: .f64), records: model.recordRequests)
    let values = try session.run().recordings[0].values
    return values.indices.filter { values[$0] > 0 }.map { Double($0 + 1) * 0.01 }
  }

  /// Interval of a LIF neuron: t_ref + tau ln((V_inf - V_reset) / (V_inf - V_th)), for V_inf = -50 mV here.
  @Test func intervalOfLIF() throws {
    let times = try spikes("LIF[1]", "500 pA", ms: 100)
    let interval = 2 + 10 * log((-50.0 + 70) / (-50 + 55))
    #expect(abs((times[3] - times[0]) / 3 - interval) <= 0.011)
    #expect(abs(times[0] - (interval - 2)) <= 0.011)
  }

  /// QIF from reset to peak: C / k ∫ dv / ((v - V_rest) (v - V_c) + I/k), an arctangent.
  @Test func intervalOfQIF() throws {
    let times = try spikes("QIF[1]", "200 pA", ms: 300)
    let (c, k, current) = (250.0, 0.6, 200.0)
    let middle = -55.0
    let width = (current / k - 100).squareRoot()
    let interval = c / (k * width) * (atan((0 - middle) / width) - atan((-65 - middle) / width))
    #expect(abs((times[2] - times[0]) / 2 - interval) < 0.03)
  }

  /// AdEx without adaptation of the potential (a = 0) fires from rest above g_L (V_T - E_L - Δ_T) and not below.
  /// Touboul & Brette (2008), Biol. Cybern. 99.
  @Test func rheobaseOfAdEx() throws {
    let rheobase = 30 * (-50.4 + 70.6 - 2.0)
    #expect(try spikes("AdEx[1](a = 0 nS)", "\(rheobase * 0.99) pA", ms: 1000).isEmpty)
    #expect(try !spikes("AdEx[1](a = 0 nS)", "\(rheobase * 1.01) pA", ms: 1000).isEmpty)
  }

  /// The squid axon fires repetitively at 10 uA/cm^2, at some 68 Hz at 6.3 °C, and once or not at all at 3.
  @Test func ratesOfHodgkinHuxley() throws {
    let times = try spikes("HodgkinHuxley[1]", "10 uA/cm^2", ms: 200)
    let interval = (times[times.count - 1] - times[4]) / Double(times.count - 5)
    #expect(abs(interval - 14.6) < 0.2, "\(interval)")
    #expect(try spikes("HodgkinHuxley[1]", "3 uA/cm^2", ms: 200).count <= 1)
  }

  /// An alpha-shaped current peaks at the weight, one time constant after the arrival.
  @Test func peakOfAlphaCurrent() throws {
    let run = LibraryRun(
      population: "LIFAlpha[1]", use: "std.neurons.LIFAlpha", step: "0.1 ms",
      inputs: [("p", "weight = 100 pA", false, [1] + [Double](repeating: 0, count: 99))])
    let current = try run.records(["I"])[0]
    let peak = try #require(current.indices.max { current[$0] < current[$1] })
    #expect(abs(current[peak] - 100) < 1e-9)
    #expect(peak == 20)
  }
}
