import Foundation
import SNN
import Testing

/// `network N = convert(A, …)`: rates and the spikes that stand for them.
@Suite struct ConversionTests {
  /// Two rectified layers and a linear one, on analog inputs in [0, 1] that stay for the whole run.
  static let rates = """
    use std.rates
    network Rates {
      step 1 ms
      input x : spikes[8]
      population h = ReLU[12]
      population k = ReLU[9]
      population out = Linear[3]
      connect x -> h as w_1 { learnable weight ~ normal(0.1, 0.6) }
      connect h -> k as w_2 { learnable weight ~ normal(0.1, 0.5) }
      connect k -> out as w_3 { learnable weight ~ normal(0, 0.5) }
    }
    task rates of Rates {
      data train = yin_yang(samples = 60, seed = 3)
      feed x = direct(repeat(sample, 2))
      run for 1 ms
      loss = cross_entropy(last over time of out.a, label)
      score accuracy = argmax(last over time of out.a) == label
      learn by bptt { surrogate = none }
      optimise adam(rate = 1e-2)
      batch 20, epochs 4, seed 7
    }

    """

  static func spiking(_ convert: String, ticks: Int = 200, network: String = "Spiking") -> String {
    """
    network \(network) = convert(rates, \(convert))
    task spiking of \(network) {
      data train = yin_yang(samples = 60, seed = 3)
      feed x = direct(repeat(sample, 2))
      run for \(ticks) ms
      score accuracy = argmax(mean over time of out.a) == label
      batch 20, seed 7
    }
    """
  }

  private func session(
    _ text: String, task: String = "spiking", precision: Precision = .f64, threads: Int = 1, records: [String] = []
  ) throws -> Session {
    let model = try Reference.model(text, task: task)
    let session = try Session(
      model, options: SessionOptions(precision: precision, threads: threads),
      records: try model.recordRequests(records))
    try session.start()
    return session
  }

  /// The trained rates' activations of one sample, by population.
  private func activations(_ sample: Int, _ names: [String]) throws -> [[Double]] {
    let model = try Reference.model(Self.rates, task: "rates")
    let session = try Session(
      model, options: SessionOptions(precision: .f64), gradient: true, records: try model.recordRequests(names))
    try Trainer(session).train()
    return try session.run(dataSet: 0, sample: sample).recordings.map(\.values)
  }

  /// With its threshold subtracted at each spike and a constant input, a neuron's potential stays in [0, 1) while its rate
  /// is in (0, 1): what it sent and what it got differ by less than a spike (Rueckauer et al. 2017, section 2.2.1 for the
  /// first layer). A negative input gives none.
  @Test func firstLayerIsWithinOneSpike() throws {
    let ticks = 200
    let text = Self.rates + Self.spiking("ReLU = IntegrateAndFire, percentile = 100", ticks: ticks)
    let session = try session(text, records: ["h.spike"])
    let scale = try #require(session.activationScales.first { $0.population == "h" }).scale
    for sample in [0, 7, 31] {
      let rates = try activations(sample, ["h.output"])[0]
      let spikes = try session.run(dataSet: 0, sample: sample).recordings[0].values
      #expect(rates.count == 12 && spikes.count == 12 * ticks)
      for unit in 0..<12 {
        let count = stride(from: unit, to: spikes.count, by: 12).reduce(0) { $0 + spikes[$1] }
        #expect(abs(count / Double(ticks) - rates[unit] / scale) <= 1 / Double(ticks) + 1e-12, "unit \(unit)")
      }
    }
  }

  /// Longer runs are closer: the mean error of the outputs falls as the time grows.
  @Test(arguments: ["data", "model", "none"]) func outputsApproachTheRates(_ way: String) throws {
    var errors: [Double] = []
    for ticks in [50, 400, 3200] {
      let session = try session(
        Self.rates + Self.spiking("ReLU = IntegrateAndFire, percentile = 100, normalise = \(way)", ticks: ticks),
        records: ["out.a"])
      var error = 0.0
      for sample in [0, 7, 31] {
        let wanted = try activations(sample, ["out.a"])[0]
        let values = try session.run(dataSet: 0, sample: sample).recordings[0].values
        for unit in 0..<3 {
          let mean = stride(from: unit, to: values.count, by: 3).reduce(0) { $0 + values[$1] } / Double(ticks)
          error += abs(mean - wanted[unit])
        }
      }
      errors.append(error / 9)
    }
    if way == "none" {
      // Rates above one spike a tick are cut off, whatever the time.
      #expect(errors[2] > 0.05, "\(errors)")
    } else {
      #expect(errors[1] < errors[0] / 3 && errors[2] < errors[1] / 3, "\(errors)")
    }
  }

  /// Normalised weights in the rates' own network: the outputs are the same numbers, and so is their argmax.
  @Test(arguments: ["data, percentile = 99.9", "data, percentile = 80", "model"])
  func normalisedRatesDecideAlike(_ way: String) throws {
    let converted = try session(Self.rates + Self.spiking("ReLU = IntegrateAndFire, normalise = \(way)"))
    let model = try Reference.model(Self.rates, task: "rates")
    let records = try model.recordRequests(["out.a", "h.output", "k.output"])
    let plain = try Session(model, options: SessionOptions(precision: .f64), gradient: true, records: records)
    try Trainer(plain).train()
    let normalised = try Session(model, options: SessionOptions(precision: .f64), records: records)
    for parameter in model.network.parameters {
      try normalised.setParameter(parameter.name, try #require(converted.parameter(parameter.name)))
    }
    let scales = converted.activationScales.map(\.scale)
    #expect(converted.activationScales.map(\.population) == ["h", "k"])
    #expect(scales.allSatisfy { $0 > 0 && $0 != 1 })
    for sample in 0..<60 {
      let before = try plain.run(dataSet: 0, sample: sample).recordings.map(\.values)
      let after = try normalised.run(dataSet: 0, sample: sample).recordings.map(\.values)
      for (x, y) in zip(before[0], after[0]) { #expect(abs(x - y) < 1e-12) }
      for (x, y) in zip(before[1], after[1]) { #expect(abs(x - scales[0] * y) < 1e-12) }
      for (x, y) in zip(before[2], after[2]) { #expect(abs(x - scales[1] * y) < 1e-12) }
      // A bound holds for every sample; a percentile below 100 need not.
      if way == "model" { #expect((after[1] + after[2]).allSatisfy { $0 <= 1 + 1e-12 }) }
    }
  }

  /// λ of the data is the largest activation of the training set, a percentile by NumPy's rule.
  @Test func scalesAreThoseOfTheData() throws {
    let all = try (0..<60).flatMap { try activations($0, ["k.output"])[0] }.sorted()
    for (percent, expected) in [(100.0, all.last!), (50, (all[269] + all[270]) / 2)] {
      let session = try session(
        Self.rates + Self.spiking("ReLU = IntegrateAndFire, percentile = \(percent)"))
      #expect(abs(session.activationScales[1].scale - expected) < 1e-12)
    }
  }

  /// λ of the model by hand: positive weights of a unit times what its sources can be, and its bias.
  @Test func scalesAreThoseOfTheModel() throws {
    let session = try session(Self.rates + Self.spiking("ReLU = IntegrateAndFire, normalise = model"))
    let model = try Reference.model(Self.rates, task: "rates")
    let plain = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    try Trainer(plain).train()
    var below = 1.0
    for (layer, sources, size, place) in [("w_1", 8, 12, 0), ("w_2", 12, 9, 1)] {
      let weights = try #require(plain.parameter(layer))
      let bias = try #require(plain.parameter(place == 0 ? "h.bias" : "k.bias"))
      let sums = (0..<size).map { unit in
        (0..<sources).reduce(max(bias[unit], 0)) { $0 + below * max(weights[unit * sources + $1], 0) }
      }
      below = try #require(sums.max())
      #expect(abs(session.activationScales[place].scale - below) < 1e-12)
    }
  }

  /// Convolutions inside a part, with pooling by a layer that goes on sending numbers.
  @Test(arguments: ["data", "model"]) func imagesAndPartsConvert(_ way: String) throws {
    let text = """
      use std.rates
      neuron Pool { state a = 0; next a = 0; on input(w) { a += w }; emit a }
      network Block {
        input x : spikes[1, 6, 6]
        population maps = ReLU[2, 4, 4]
        population pooled = Pool[2, 2, 2]
        connect x -> maps as kernel { pattern conv2d(kernel = 3), learnable weight ~ normal(0.1, 0.4) }
        connect maps -> pooled as pool { pattern pool2d(kernel = 2), weight = 0.25 }
      }
      network Rates {
        step 1 ms
        input x : spikes[1, 6, 6]
        part block = Block()
        population out = Linear[3]
        connect x -> block.x
        connect block.pooled -> out as w { learnable weight ~ normal(0, 0.5) }
      }
      task rates of Rates {
        data train = yin_yang(samples = 12, seed = 3)
        feed x = direct(repeat(sample, 9))
        run for 1 ms
        loss = cross_entropy(last over time of out.a, label)
        learn by bptt { surrogate = none }
        optimise adam(rate = 1e-2)
        batch 12, epochs 3, seed 5
      }
      network Spiking = convert(rates, ReLU = IntegrateAndFire, normalise = \(way), percentile = 100)
      task spiking of Spiking {
        data train = yin_yang(samples = 12, seed = 3)
        feed x = direct(repeat(sample, 9))
        run for 2000 ms
        batch 12, seed 5
      }
      """
    let model = try Reference.model(text, task: "rates")
    let plain = try Session(
      model, options: SessionOptions(precision: .f64), gradient: true, records: try model.recordRequests(["out.a"]))
    try Trainer(plain).train()
    let converted = try session(text, records: ["out.a"])
    #expect(converted.activationScales.map(\.population) == ["block.maps"])
    for sample in [0, 5] {
      let wanted = try plain.run(dataSet: 0, sample: sample).recordings[0].values
      let values = try converted.run(dataSet: 0, sample: sample).recordings[0].values
      for unit in 0..<3 {
        let mean = stride(from: unit, to: values.count, by: 3).reduce(0) { $0 + values[$1] } / 2000
        // A spike less for each unit, and a tick of delay.
        #expect(abs(mean - wanted[unit]) < 0.02, "\(mean), not \(wanted[unit])")
      }
    }
  }

  @Test func anyThreadsAndTheOtherPrecision() throws {
    let text = Self.rates + Self.spiking("ReLU = IntegrateAndFire")
    let one = try session(text, precision: .f32)
    let two = try session(text, precision: .f32, threads: 2)
    for parameter in one.model.network.parameters {
      #expect(one.parameter(parameter.name) == two.parameter(parameter.name))
    }
    #expect(try one.evaluate(0) == two.evaluate(0))
    let precise = try session(text)
    for (single, double) in zip(one.activationScales, precise.activationScales) {
      #expect(abs(single.scale - double.scale) < 1e-3 * double.scale)
    }
  }

  /// Weights of drawn synapses mean nothing on others: both tasks need one seed.
  @Test func drawnSynapsesAreThoseOfTheRates() throws {
    let drawn = Self.rates.replacing(
      "connect h -> k as w_2 {", with: "connect h -> k as w_2 { pattern random(p = 0.5),")
    let text = drawn + Self.spiking("ReLU = IntegrateAndFire, percentile = 100")
    _ = try session(text)
    let other = text.replacing("batch 20, seed 7", with: "batch 20, seed 8")
    #expect {
      _ = try session(other)
    } throws: {
      "\($0)".contains("its synapses are drawn with seed 7 there and 8 here")
    }
  }

  /// A file of what the rates learned is normalised as what they learn now; one of the converted network is taken as it is.
  @Test func filesOfTheRatesAreConverted() throws {
    let text = Self.rates + Self.spiking("ReLU = IntegrateAndFire")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("snn-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (trained, converted) = (folder.path + "/rates.h5", folder.path + "/spiking.h5")
    let rates = try Session(
      try Reference.model(text, task: "rates"), options: SessionOptions(precision: .f64), gradient: true)
    try Trainer(rates).train()
    try rates.saveParameters(trained)
    let started = try session(text)
    try started.saveParameters(converted)
    for file in [trained, converted] {
      let loaded = try Session(started.model, options: SessionOptions(precision: .f64))
      try loaded.loadParameters(file)
      for parameter in started.model.network.parameters {
        #expect(loaded.parameter(parameter.name) == started.parameter(parameter.name), "\(file): \(parameter.name)")
      }
      #expect(loaded.activationScales.isEmpty == (file == converted))
    }
  }

  /// A neuron that is not linear up to a rectifier does not scale, which is found by running it.
  @Test func whatDoesNotScaleIsRefused() throws {
    let text = Self.rates.replacing(
      "use std.rates",
      with: """
        use std.rates
        neuron Squash {
          learnable param bias = 0 per unit
          state a = 0
          next a = bias
          on input(w) { a += w }
          emit tanh(a)
        }
        """
    ).replacing("population k = ReLU[9]", with: "population k = Squash[9]")
    #expect {
      _ = try session(text + Self.spiking("ReLU = IntegrateAndFire, Squash = IntegrateAndFire"))
    } throws: {
      "\($0)".contains("`k` cannot be normalised")
    }
    // As they are, weights need no scaling.
    let plain = try session(text + Self.spiking("ReLU = IntegrateAndFire, Squash = IntegrateAndFire, normalise = none"))
    #expect(plain.activationScales.map(\.scale) == [1, 1])
  }

  /// A network without a task starts from the rates too, and a task may go on learning with spikes.
  @Test func convertedNetworksLearnOn() throws {
    let text =
      Self.rates + """
        network Spiking = convert(rates, ReLU = IntegrateAndFire)
        task tuned of Spiking {
          data train = yin_yang(samples = 60, seed = 3)
          feed x = direct(repeat(sample, 2))
          run for 20 ms
          loss = cross_entropy(mean over time of out.a, label)
          learn by bptt { surrogate = fast_sigmoid(2) }
          optimise adam(rate = 5e-3)
          batch 20, epochs 6, seed 7
        }
        """
    let model = try Reference.model(text, task: "tuned")
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    try session.start()
    let before = try #require(try session.evaluate(0).loss)
    try Trainer(session).train()
    #expect(try #require(try session.evaluate(0).loss) < before)
  }
}
