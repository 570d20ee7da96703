import SNN
import SNNIR
import Testing

@testable import SNNRuntime

/// Networks inside networks: the same numbers as the network written out by hand.
@Suite struct PartTests {
  static let neurons = """
    neuron N {
      param tau = 10 ms
      drive I : voltage
      state V : voltage = 0 mV
      dV/dt = (I - V) / tau
      on input(w) { V += w }
      spike when V > 3 mV
      on spike { V = 0 mV }
    }

    """
  static let task = """
    task T of Net {
      data train = random_patterns(samples = 4, units = 8, steps = 50, rate = 50 Hz, classes = 2, seed = 0)
      feed spikes = direct(sample)
      feed volts = 1.5 mV
      run for 50 ms
      loss = mean over time of mean over units of (RIGHT.V / 1 mV)^2
      learn by bptt { surrogate = fast_sigmoid(10, scale = 1 mV) }
      batch 4
    }
    """
  static let nested =
    neurons + """
      network Leaf(n, scale = 1) {
        input x : spikes[n]
        input a[n] : voltage
        learnable param gain = 2
        population cells = N[n](learnable tau = 10 ms)
        connect x -> cells as w { pattern one_to_one, learnable weight = 1 mV * scale * gain }
        connect a -> cells.I as analog { pattern one_to_one }
      }
      network Branch(n = 4) {
        input y : spikes[2 * n]
        input v[n] : voltage
        part left = Leaf(n = n)
        part right = Leaf(n = n, scale = 3)
        connect y[0 ..< 4] -> left.x
        connect y[4 ..< 8] -> right.x
        connect v -> left.a
        connect left.cells.V -> right.a
      }
      network Net {
        step 1 ms
        input spikes : spikes[8]
        input volts[4] : voltage
        part tree = Branch
        connect spikes -> tree.y
        connect volts -> tree.v
        connect tree.left.cells -> tree.right.cells as across { weight = 1 mV, delay = 2 ms }
      }
      """ + "\n" + task.replacing("RIGHT", with: "tree.right.cells")
  static let flat =
    neurons + """
      network Net {
        step 1 ms
        input spikes : spikes[8]
        input volts[4] : voltage
        learnable param left_gain = 2
        population left = N[4](learnable tau = 10 ms)
        learnable param right_gain = 2
        population right = N[4](learnable tau = 10 ms)
        connect spikes[0 ..< 4] -> left as w_left { pattern one_to_one, learnable weight = 1 mV * left_gain }
        connect volts -> left.I as v_left { pattern one_to_one }
        connect spikes[4 ..< 8] -> right as w_right { pattern one_to_one, learnable weight = 3 mV * right_gain }
        connect left.V -> right.I as v_right { pattern one_to_one }
        connect left -> right as across { weight = 1 mV, delay = 2 ms }
      }
      """ + "\n" + task.replacing("RIGHT", with: "right")

  private func gradients(_ source: String) throws -> (loss: Double, by: [String: [Double]]) {
    let model = try Reference.model(source)
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    let result = try session.engine.run(try session.batch(source: 0, samples: [0, 1, 2, 3], epoch: 0), gradient: true)
    var named: [String: [Double]] = [:]
    for (index, gradient) in result.gradients { named[model.network.parameters[index].name] = gradient }
    return (try #require(result.loss), named)
  }

  /// Nested parts, spikes and values into their inputs, slices, parameters and connections from outside.
  @Test func partsAreTheNetworkWrittenOut() throws {
    let parts = try gradients(Self.nested)
    let flat = try gradients(Self.flat)
    #expect(parts.loss > 0.5 && abs(parts.loss - flat.loss) < 1e-12 * flat.loss)
    for (own, written) in [
      ("tree.left.w", "w_left"), ("tree.right.w", "w_right"), ("tree.left.cells.tau", "left.tau"),
      ("tree.right.cells.tau", "right.tau"), ("tree.left.gain", "left_gain"),
    ] {
      let (found, expected) = (try #require(parts.by[own]), try #require(flat.by[written]))
      #expect(Reference.error(found, expected) < 1e-12, "\(own)")
    }
    #expect(try #require(parts.by["tree.left.w"]).contains { $0 != 0 })
  }

  /// Printed mathematics calls states and parameters of a part as their neuron does, in ticks and with exact times.
  @Test(arguments: ["1 ms", "exact"]) func derivationsUseTheNeuronsNames(step: String) throws {
    let source = """
      neuron LIF {
        param tau = 20 ms
        state V = 0
        dV/dt = -V / tau
        on input(w) { V += w }
        spike when V > 1
        on spike { V = 0 }
      }
      network Block {
        step \(step)
        input x : spikes[4]
        population cells = LIF[3]
        connect x -> cells as w { learnable weight = 1 }
      }
      network Net {
        step \(step)
        input p : spikes[4]
        part one = Block
        connect p -> one.x
      }
      task go of Net { run for 20 ms }
      """
    let model = try Reference.model(source)
    let text = try step == "exact" ? model.explanation(style: .text).text : model.jacobians().text
    #expect(text.contains(step == "exact" ? "dV/dt = -V / tau" : "exp(-dt / tau)"), "\(text)")
    #expect(!text.contains("cells.V") && !text.contains("cells.tau"))
  }

  /// Each part draws numbers of its own, whatever else is declared; `--set` reaches into parts.
  @Test func partsDrawForThemselves() throws {
    func source(_ more: String) -> String {
      Self.neurons + """
        network Block(n = 3) {
          input x : spikes[2]
          input noise : spikes[n] = poisson(200 Hz)
          population cells = N[n]
          connect x -> cells as w { weight ~ normal(0 mV, 1 mV) }
          connect noise -> cells { weight = 1 mV }
        }
        network Net {
          step 1 ms
          input x : spikes[2] = poisson(300 Hz)
          \(more)
          part one = Block
          part two = Block(n = 3)
          connect x -> one.x
          connect x -> two.x
        }
        task T of Net { run for 40 ms }
        """
    }
    func record(_ source: String, _ names: [String], _ settings: [String: String] = [:]) throws -> [[Double]] {
      let model = try Reference.model(source, settings: settings)
      let options = SessionOptions(precision: .f64)
      let session = try Session(model, options: options, records: try model.recordRequests(names))
      return try session.run().recordings.map(\.values)
    }
    let names = ["one.cells.V", "two.cells.V", "one.noise.spike", "two.noise.spike"]
    let plain = try record(source(""), names)
    #expect(plain[0] != plain[1] && plain[2] != plain[3] && plain[2].contains { $0 > 0 })
    #expect(try record(source("part before = Block\n  connect x -> before.x"), names) == plain)
    let wide = try record(source(""), names, ["two.n": "5"])
    #expect(wide[0] == plain[0] && wide[1].count == 5 * 40 && plain[1].count == 3 * 40)
  }
}
