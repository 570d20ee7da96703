import Foundation
import SNN
import Testing

/// The neurons of the PyTorch libraries against their published update rules, one step a line, on random input: the same
/// spikes, potentials to 1e-12.
@Suite struct LibraryFrameworkTests {
  /// `update` takes the states and one input, changes the states, and says what is seen of the potential and whether the
  /// neuron has spiked.
  struct Rule: Sendable, CustomTestStringConvertible {
    var use: String
    var arguments = ""
    var record: String
    var states: [Double]
    var update: @Sendable (inout [Double], Double) -> (Double, Bool)
    var testDescription: String { use }
  }

  /// Uneven input, mostly positive, that makes all of them spike now and then, and sometimes twice in a row.
  static let input: [Double] = {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<600).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let uniform = Double(state >> 11) / Double(1 << 53)
      return uniform < 0.6 ? 0 : (uniform - 0.66) * 5
    }
  }()

  // MARK: snnTorch: the flag of the step before resets, `mem > threshold` spikes.

  static let snnTorch = [
    Rule(use: "std.snntorch.Leaky", record: "mem", states: [0]) { s, x in
      let reset: Double = s[0] > 1 ? 1 : 0
      s[0] = 0.9 * s[0] + x - reset
      return (s[0], s[0] > 1)
    },
    Rule(use: "std.snntorch.LeakyZero", record: "mem", states: [0]) { s, x in
      if s[0] > 1 { s[0] = 0 }
      s[0] = 0.9 * s[0] + x
      return (s[0], s[0] > 1)
    },
    Rule(use: "std.snntorch.LeakyNone", arguments: "beta = 0.5", record: "mem", states: [0]) { s, x in
      s[0] = 0.5 * s[0] + x
      return (s[0], s[0] > 1)
    },
    Rule(use: "std.snntorch.LeakyAtOnce", record: "mem", states: [0]) { s, x in
      let reset: Double = s[0] > 1 ? 1 : 0
      s[0] = 0.9 * s[0] + x - reset
      let spike: Double = s[0] > 1 ? 1 : 0
      s[0] -= spike - reset
      return (s[0], spike == 1)
    },
    Rule(use: "std.snntorch.LeakyZeroAtOnce", record: "mem", states: [0]) { s, x in
      s[0] = 0.9 * s[0] + x
      let spike = s[0] > 1
      if spike { s[0] = 0 }
      return (s[0], spike)
    },
    Rule(use: "std.snntorch.Synaptic", record: "mem", states: [0, 0]) { s, x in
      let reset: Double = s[1] > 1 ? 1 : 0
      s[0] = 0.9 * s[0] + x
      s[1] = 0.8 * s[1] + s[0] - reset
      return (s[1], s[1] > 1)
    },
    Rule(use: "std.snntorch.SynapticZero", record: "mem", states: [0, 0]) { s, x in
      let hasSpiked = s[1] > 1
      s[0] = 0.9 * s[0] + x
      s[1] = hasSpiked ? 0 : 0.8 * s[1] + s[0]
      return (s[1], s[1] > 1)
    },
    Rule(use: "std.snntorch.SynapticNone", record: "mem", states: [0, 0]) { s, x in
      s[0] = 0.9 * s[0] + x
      s[1] = 0.8 * s[1] + s[0]
      return (s[1], s[1] > 1)
    },
    Rule(use: "std.snntorch.Alpha", record: "mem", states: [0, 0, 0]) { s, x in
      let hasSpiked = s[2] > 1
      let tau = log(0.9) / (log(0.8) - log(0.9)) + 1
      s[0] = 0.9 * s[0] + x
      s[1] = 0.8 * s[1] - x
      s[2] = tau * (s[0] + s[1])
      if hasSpiked { s = [0, 0, 0] }
      return (s[2], s[2] > 1)
    },
    Rule(use: "std.snntorch.AlphaSubtract", record: "mem", states: [0, 0, 0]) { s, x in
      let reset: Double = s[2] > 1 ? 1 : 0
      let tau = log(0.9) / (log(0.8) - log(0.9)) + 1
      let before = s[1]
      s[0] = 0.9 * s[0] + x
      s[1] = 0.8 * s[1] - x
      s[2] = tau * (s[0] + s[1]) + reset * before
      s[0] -= reset
      s[1] -= reset * s[1]
      return (s[2], s[2] > 1)
    },
    Rule(use: "std.snntorch.AlphaNone", record: "mem", states: [0, 0, 0]) { s, x in
      let tau = log(0.9) / (log(0.8) - log(0.9)) + 1
      s[0] = 0.9 * s[0] + x
      s[1] = 0.8 * s[1] - x
      s[2] = tau * (s[0] + s[1])
      return (s[2], s[2] > 1)
    },
  ]

  // MARK: SpikingJelly: charge, fire at `v >= v_threshold`, reset, in one step.

  static let spikingJelly = [
    Rule(use: "std.spikingjelly.IF", record: "v", states: [0]) { s, x in
      s[0] += x
      let spike = s[0] >= 1
      if spike { s[0] = 0 }
      return (s[0], spike)
    },
    Rule(use: "std.spikingjelly.IFSoft", record: "v", states: [0]) { s, x in
      s[0] += x
      let spike = s[0] >= 1
      if spike { s[0] -= 1 }
      return (s[0], spike)
    },
    Rule(use: "std.spikingjelly.LIF", arguments: "v_reset = -0.1", record: "v", states: [-0.1]) { s, x in
      s[0] += (x - (s[0] + 0.1)) / 2
      let spike = s[0] >= 1
      if spike { s[0] = -0.1 }
      return (s[0], spike)
    },
    Rule(use: "std.spikingjelly.LIFPlain", arguments: "tau = 3", record: "v", states: [0]) { s, x in
      s[0] += x - s[0] / 3
      let spike = s[0] >= 1
      if spike { s[0] = 0 }
      return (s[0], spike)
    },
    Rule(use: "std.spikingjelly.LIFSoft", arguments: "v_threshold = 0.5", record: "v", states: [0]) { s, x in
      s[0] += (x - s[0]) / 2
      let spike = s[0] >= 0.5
      if spike { s[0] -= 0.5 }
      return (s[0], spike)
    },
    Rule(use: "std.spikingjelly.PLIF", arguments: "w = 0.4", record: "v", states: [0]) { s, x in
      s[0] += (x - s[0]) / (1 + exp(-0.4))
      let spike = s[0] >= 1
      if spike { s[0] = 0 }
      return (s[0], spike)
    },
  ]

  // MARK: Norse and Rockpool: steps of 1 ms.

  static let others = [
    Rule(use: "std.norse.LIF", arguments: "v_th = 0.5", record: "v", states: [0, 0]) { s, x in
      let jumped = s[1] + x
      s[0] += 0.1 * (jumped - s[0])
      s[1] = jumped - 0.2 * jumped
      let spike = s[0] > 0.5
      if spike { s[0] = 0 }
      return (s[0], spike)
    },
    Rule(use: "std.norse.LIFRecurrent", arguments: "v_th = 0.5", record: "v", states: [0, 0]) { s, x in
      s[0] += 0.1 * (s[1] - s[0])
      s[1] = s[1] - 0.2 * s[1] + x
      let spike = s[0] > 0.5
      if spike { s[0] = 0 }
      return (s[0], spike)
    },
    Rule(use: "std.norse.LIFBox", arguments: "v_th = 0.2", record: "v", states: [0]) { s, x in
      s[0] += 0.1 * (x - s[0])
      let spike = s[0] > 0.2
      if spike { s[0] = 0 }
      return (s[0], spike)
    },
    Rule(use: "std.rockpool.LIF", record: "vmem", states: [0, 0]) { s, x in
      let decay = exp(-1.0 / 20)
      s[0] = decay * (s[0] + x)
      s[1] = decay * s[1] + s[0]
      let spike = s[1] > 1
      if spike { s[1] -= 1 }
      return (s[1], spike)
    },
  ]

  @Test(arguments: snnTorch + spikingJelly + others) func updateIsFollowed(_ rule: Rule) throws {
    let name = rule.use.split(separator: ".").last ?? ""
    let found = try LibraryRun.stepped(rule.use, "\(name)[1](\(rule.arguments))", Self.input, record: rule.record)
    var states = rule.states
    var spikes = 0
    for (k, x) in Self.input.enumerated() {
      let (potential, spike) = rule.update(&states, x)
      spikes += spike ? 1 : 0
      guard abs(found[0][k] - potential) < 1e-12 * max(1, abs(potential)), found[1][k] == (spike ? 1 : 0) else {
        Issue.record("step \(k): \(found[0][k]), \(found[1][k]) where \(potential), \(spike) is meant")
        return
      }
    }
    #expect(spikes > 3, "\(rule.use) is nearly silent: \(spikes)")
  }

  /// The input that SpikingJelly and snnTorch tell apart: exactly the threshold.
  @Test func thresholdItself() throws {
    #expect(try LibraryRun.stepped("std.spikingjelly.IF", "IF[1]", [1], record: "v")[1] == [1])
    #expect(try LibraryRun.stepped("std.snntorch.Leaky", "Leaky[1]", [1], record: "mem")[1] == [0])
  }

  /// Nengo's LIF with its refractory time to a fraction of a step, against its update written out.
  @Test func nengoCountsFractionsOfSteps() throws {
    let drive = (0..<400).map { 1.5 + sin(Double($0) / 17) * 1.2 }
    let run = LibraryRun(
      population: "LIF[1]", use: "std.nengo.LIF", inputs: [("p.J", "weight = 1", true, drive)])
    let found = try run.records(["voltage", "spike"])
    var (voltage, refractory) = (0.0, 0.0)
    var spikes = 0
    for (k, j) in drive.enumerated() {
      refractory -= 1
      let free = min(max(1 - refractory, 0), 1)
      voltage = j + (voltage - j) * exp(-free / 20)
      let spike = voltage > 1
      if spike {
        // The crossing lies this long after the beginning of the step.
        let crossing = 1 + 20 * log(1 - (voltage - 1) / (j - 1))
        voltage = 0
        refractory = 2 + crossing
        spikes += 1
      }
      voltage = max(voltage, 0)
      #expect(abs(found[0][k] - voltage) < 1e-12 && found[1][k] == (spike ? 1 : 0), "step \(k)")
    }
    #expect(spikes > 5)
  }
}
