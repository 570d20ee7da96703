import Foundation
import SNNRuntime
import Testing

@testable import SNN

/// Networks as NIR graphs and back.
@Suite struct NIRTests {
  private func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "snn-nir-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  private func model(_ source: String) throws -> Model {
    let program = SNN.Program.compile(source, name: "net.snn")
    let isSound = !program.hasErrors
    try #require(isSound, "\(program.rendered())")
    return try program.model()
  }

  /// Spikes of populations, and the session that made them, on the same inputs for everyone.
  private func run(
    _ model: Model, parameters: String? = nil, names: [String], ticks: Int, _ precision: SNN.Precision,
    bins: (String, Int, Int) -> Double
  ) throws -> (Session, [[Double]]) {
    let alone = model.standingAlone(ticks: ticks)
    let requests = try alone.recordRequests(names)
    let session = try Session(alone, options: SessionOptions(precision: precision), records: requests)
    if let parameters { try session.loadParameters(parameters) }
    var batch = Batch(sampleCount: 1)
    batch.inputs = model.network.inputs.map { input in
      .dense((0..<ticks).flatMap { tick in (0..<input.size).map { bins(input.name, tick, $0) } })
    }
    let result = try session.engine.run(batch, records: true)
    // Without the initial state.
    let rows = requests.indices.map { place in
      (result.records[place] ?? []).dropFirst(model.network.populations[requests[place].population].size)
    }
    return (session, rows.map { Array($0) })
  }

  /// Every neuron there is, biases, loops, slices, pairs, delays, a delay of 0 within a loop.
  static let everything = """
    use std.nir
    neuron Own {
      param tau_m = 12 ms
      param bias = 0.02
      state u = 0.1
      drive J
      du/dt = (0.1 - u + 2 * (J + bias)) / tau_m
      spike when u - 0.2 > 0.3
      on spike { u = -0.1 }
    }
    neuron Biased = CubaLIF with {
      param bias = 0.3
      tau_syn * di/dt = w_in * (S + bias) - i
    }
    network Everything {
      step 0.5 ms
      input x : spikes[6]
      input y[2] : 1
      population exact = LIF[5](tau = 8 ms per unit, v_threshold = 0.05, v_reset = -0.01)
      population clocked = LIFClocked[4](tau = 6 ms, v_threshold = 0.02, v_leak = 0.01)
      population own = Own[4]
      population cuba = Biased[3](v_threshold = 0.1, w_in = 2)
      population counter = IF[4](r = 0.3 /ms, v_threshold = 0.2)
      population slow = CubaLI[2]
      population out = LI[3](v_leak = 0.2)
      connect x -> exact.I as w1 { weight ~ normal(0.5, 0.5) }
      connect y -> clocked.I as w2 { weight ~ normal(0.5, 0.5), delay = 3 dt }
      connect exact -> clocked.I as w3 { weight ~ normal(0.5, 0.5), delay = 0 }
      connect clocked -> clocked.I as w4 { weight ~ normal(0, 0.2) }
      connect clocked -> own.J as w5 { pattern one_to_one, weight ~ normal(2, 0.5), delay = 1.5 ms }
      connect own -> cuba.S as w6 { weight ~ normal(3, 1), delay = 0 }
      connect cuba -> own.J as w7 { weight ~ normal(1, 0.5) }
      connect own[0 ..< 2] -> counter[1 ..< 4].I as w8 { weight ~ normal(0.4, 0.1) }
      connect own -> counter.I as w9 { pattern one_to_one, weight = 1, delay = 0 }
      connect counter -> slow.S as w10 { pattern random(p = 0.5), weight ~ normal(1, 0.3) }
      connect slow.v -> out.I as w11 { weight ~ normal(1, 0.3), delay = 0 }
    }
    """

  @Test(arguments: [false, true]) func roundTrip(inDoublePrecision isDouble: Bool) throws {
    let precision: SNN.Precision = isDouble ? .f64 : .f32
    let place = try folder()
    defer { try? FileManager.default.removeItem(at: place) }
    let populations = ["exact", "clocked", "own", "cuba", "counter"]
    let names = populations.map { "\($0).spike" } + ["out.v", "slow.v"]
    func bins(_ name: String, _ tick: Int, _ unit: Int) -> Double {
      let value = sin(Double(tick * (unit + 3)) * 0.37 + Double(unit))
      return name == "x" ? (value > 0.7 ? 1 : 0) : 0.5 + 0.5 * value
    }
    var before = try model(Self.everything)
    let (session, spikes) = try run(before, names: names, ticks: 400, precision, bins: bins)
    for (name, flags) in zip(populations, spikes) { #expect(flags.reduce(0, +) > 20, "\(name) hardly spikes") }
    let graph = place.appending(path: "net.nir").path
    try session.nirGraph().save(to: graph)
    let read = try NIRFile(reading: graph)
    #expect(read.nodes.count { $0.kind == "Delay" } == 4)
    let parameters = place.appending(path: "net.h5").path
    let back = try NIRImport(read, name: "Net", step: nil, parameterFile: "net.h5")
    try back.saveParameters(to: parameters)
    #expect(back.program.contains("step 0.5 ms"))
    before = try model(back.program)
    // Inputs are in the order of the file now, and so are found by name.
    let (again, second) = try run(before, parameters: parameters, names: names, ticks: 400, precision, bins: bins)
    for (index, name) in names.enumerated() {
      if name.hasSuffix("spike") {
        #expect(second[index] == spikes[index], "\(name)")
      } else {
        let error = zip(second[index], spikes[index]).map { abs($0 - $1) }.max() ?? 1
        #expect(error < (precision == .f64 ? 1e-12 : 1e-5), "\(name): \(error)")
      }
    }
    // And what was imported is the same graph when it is exported.
    let third = try again.nirGraph()
    #expect(Set(third.edges.map(\.target)).count == Set(read.edges.map(\.target)).count)
    #expect(third.nodes.map(\.kind).sorted() == read.nodes.map(\.kind).sorted())
  }

  /// NIR's own example as the paper's authors wrote it, on their input: their exact trace.
  @Test func theAuthorsNeuron() throws {
    let file = try NIRFile(reading: Reference.fixture("nir_lif/lif_norse.nir"))
    let imported = try NIRImport(file, name: "Lif", step: 0.1, parameterFile: "lif.h5")
    let text = try String(contentsOfFile: Reference.fixture("nir_lif/lif_exact.csv"), encoding: .utf8)
    let rows = text.split(whereSeparator: \.isNewline).map { row in
      row.split(separator: ",").compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
    }
    let place = try folder()
    defer { try? FileManager.default.removeItem(at: place) }
    let parameters = place.appending(path: "lif.h5").path
    try imported.saveParameters(to: parameters)
    let (_, records) = try run(
      model(imported.program), parameters: parameters, names: ["n1.v", "n1.spike"], ticks: rows.count, .f64
    ) { _, tick, _ in rows[tick][0] }
    #expect(records[1] == rows.map { $0[2] })
    let error = zip(records[0], rows).map { abs($0 - $1[1]) }.max() ?? .infinity
    #expect(error < 1e-6, "\(error)")
  }

  /// The Braille reader of the same paper: sizes, and a loop that takes a tick where the layers take none. Its spikes are
  /// those of a loop over NIR's equations.
  @Test func theAuthorsRecurrentNetwork() throws {
    let file = try NIRFile(reading: Reference.fixture("nir_lif/braille_recurrent.nir"))
    let imported = try NIRImport(file, name: "Braille", step: 0.1, parameterFile: "braille.h5")
    #expect(imported.program.contains("population lif1_lif = CubaLIF[40]("))
    #expect(imported.program.contains("connect lif1_lif -> lif1_lif.S as lif1_w_rec { learnable weight ~ kaiming() }"))
    #expect(imported.program.contains("connect lif1_lif -> lif2.S as fc2 { learnable weight ~ kaiming(), delay = 0 }"))
    let place = try folder()
    defer { try? FileManager.default.removeItem(at: place) }
    let parameters = place.appending(path: "braille.h5").path
    try imported.saveParameters(to: parameters)
    func bin(_ tick: Int, _ unit: Int) -> Double { (tick * 7 + unit * 13) % 17 < 5 ? 1 : 0 }
    let (_, records) = try run(
      model(imported.program), parameters: parameters, names: ["lif1_lif.spike", "lif2.v"], ticks: 200, .f64
    ) { _, tick, unit in bin(tick, unit) }

    func values(_ node: String, _ name: String) -> [Double] { file.node(named: node)?.arrays[name]?.doubles() ?? [] }
    func times(_ weight: [Double], _ x: [Double]) -> [Double] {
      (0..<(weight.count / x.count)).map { row in x.indices.reduce(0) { $0 + weight[row * x.count + $1] * x[$1] } }
    }
    /// i' = (w_in S - i) / tau_syn, v' = (v_leak - v + r i) / tau_mem over 0.1 ms with S held, in closed form.
    struct Layer {
      var i: [Double]
      var v: [Double]
      var flags: [Double]
    }
    func step(_ layer: inout Layer, _ node: String, _ input: [Double]) {
      let (tauSyn, tauMem) = (values(node, "tau_syn"), values(node, "tau_mem"))
      let (r, leak, limit, gain) = (
        values(node, "r"), values(node, "v_leak"), values(node, "v_threshold"), values(node, "w_in")
      )
      for unit in layer.v.indices {
        let (s, m, h) = (tauSyn[unit], tauMem[unit], 1e-4)
        let end = gain[unit] * input[unit]
        let (decayS, decayM) = (exp(-h / s), exp(-h / m))
        let rest = leak[unit] + r[unit] * end
        let mixed = s == m ? h / m * decayM : s / (s - m) * (decayS - decayM)
        layer.v[unit] = rest + (layer.v[unit] - rest) * decayM + r[unit] * (layer.i[unit] - end) * mixed
        layer.i[unit] = end + (layer.i[unit] - end) * decayS
        layer.flags[unit] = layer.v[unit] > limit[unit] ? 1 : 0
        if layer.flags[unit] == 1 { layer.v[unit] = 0 }
      }
    }
    var first = Layer(
      i: .init(repeating: 0, count: 40), v: .init(repeating: 0, count: 40), flags: .init(repeating: 0, count: 40))
    var second = Layer(
      i: .init(repeating: 0, count: 7), v: .init(repeating: 0, count: 7), flags: .init(repeating: 0, count: 7))
    var spikes: [Double] = []
    var potentials: [Double] = []
    for tick in 0..<200 {
      let outside = times(values("fc1", "weight"), (0..<12).map { bin(tick, $0) })
      let inside = times(values("lif1.w_rec", "weight"), first.flags)
      step(&first, "lif1.lif", zip(outside, inside).map(+))
      step(&second, "lif2", times(values("fc2", "weight"), first.flags))
      spikes += first.flags
      potentials += second.v
    }
    #expect(spikes.reduce(0, +) > 20)
    #expect(records[0] == spikes)
    let error = zip(records[1], potentials).map { abs($0 - $1) }.max() ?? .infinity
    #expect(error < 1e-9, "\(error)")
  }

  static let refused: [(String, String)] = [
    (
      "neuron N { state v = 0; drive I; dv/dt = (I - v) / 5 ms; spike when v > 1; on spike { v -= 1 } }",
      "does not reset"
    ),
    ("neuron N { state v = 0; drive I; dv/dt = (I - v) / 5 ms; spike when v >= 1; on spike { v = 0 } }", "by `>=`"),
    ("neuron N { state v = 0; drive I; dv/dt = (I - v^3) / 5 ms; spike when v > 1; on spike { v = 0 } }", "not linear"),
    (
      "neuron N { state v = 0; drive I; dv/dt = (I - v) / 5 ms; spike when v > 1; on spike { v = 0 }; refractory 2 ms }",
      "refractory"
    ),
    (
      "neuron N { state v = 0; state a = 0; state b = 0; drive I; dv/dt = (I - v - a) / 5 ms; da/dt = -a / 9 ms; "
        + "db/dt = -b / 9 ms; spike when v > 1; on spike { v = 0; a += 1 } }", "3 equations"
    ),
  ]

  @Test(arguments: refused) func whatNIRCannotSay(_ neuron: String, _ why: String) throws {
    let source = """
      \(neuron)
      network Net {
        step 1 ms
        input x[2] : 1
        population p = N[2]
        connect x -> p.I { weight = 1 }
      }
      """
    let session = try Session(model(source).standingAlone(ticks: 1))
    do {
      _ = try session.nirGraph()
      Issue.record("was exported")
    } catch let error as SNNError {
      #expect(error.text.contains("population `p`") && error.text.contains(why), "\(error.text)")
    }
  }

  @Test func connectionsThatNIRCannotSay() throws {
    let neuron =
      "neuron N { state v = 0; on input(w) { v += w }; dv/dt = -v / 5 ms; spike when v > 1; on spike { v = 0 } }"
    let source = """
      \(neuron)
      network Net {
        step 1 ms
        input x : spikes[2]
        population p = N[2]
        connect x -> p as w { weight = 1 }
      }
      """
    let session = try Session(model(source).standingAlone(ticks: 1))
    #expect(throws: SNNError.self) { try session.nirGraph() }
    do { _ = try session.nirGraph() } catch let error as SNNError {
      #expect(error.text.contains("connection `w` comes in at a port"), "\(error.text)")
    }
  }

  @Test func graphsThatAreRefused() throws {
    var file = NIRFile()
    file.nodes = [.init("x", "Input", ["shape": NDArray([2])]), .init("c", "Conv2d"), .init("y", "Output")]
    func text(_ file: NIRFile, _ step: Double?) -> String {
      do {
        _ = try NIRImport(file, name: "N", step: step, parameterFile: "n.h5")
        return ""
      } catch { return (error as? SNNError)?.text ?? "\(error)" }
    }
    #expect(text(file, 1).contains("node `c` (Conv2d) has no counterpart"))
    #expect(text(file, nil).contains("--step"))
    file.nodes[1] = .init("c", "LIF", ["tau": NDArray([0.01]), "r": NDArray([1])])
    file.edges = [.init("x", "c")]
    #expect(text(file, 1) == "" || text(file, 1).contains("lacks"))
    file.nodes[1].arrays["tau"] = NDArray([-0.01])
    #expect(text(file, 1).contains("`tau` that is not above 0"))
  }
}
