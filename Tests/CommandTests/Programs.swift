import Foundation
import SNNData

/// Small programs that verbs are tried on, with their data.
enum Programs {
  /// A classifier of two kinds of pattern, trained in a moment; 32 training and 8 test samples in `data.csv`.
  static let classifier = """
    neuron LIF {
      param tau_mem = 10 ms
      param tau_syn = 5 ms
      state U = 0
      state I = 0
      dU/dt = -(U - I) / tau_mem
      dI/dt = -I / tau_syn
      on input(w) { I += w }
      spike when U > 1
      on spike { U -= 1 }
    }

    neuron Readout {
      param tau_mem = 10 ms
      param tau_syn = 5 ms
      state U = 0
      state I = 0
      dU/dt = -(U - I) / tau_mem
      dI/dt = -I / tau_syn
      on input(w) { I += w }
    }

    network Small(n = 16) {
      step 1 ms
      input pattern : spikes[4]
      population hidden = LIF[n]
      population output = Readout[2]
      connect pattern -> hidden as w_in { learnable weight ~ normal(0, 2) }
      connect hidden -> output as w_out { learnable weight ~ normal(0, 0.5) }
    }

    task kinds of Small {
      data train, test = split(csv("data.csv", label = last), 80 %, seed = 0)
      feed pattern = latency(sample, over = 10 ms, threshold = 0.2)
      run for 30 ms

      loss = cross_entropy(max over time of output.U, label)
      score accuracy = argmax(max over time of output.U) == label

      learn by bptt { surrogate = fast_sigmoid(10) }
      optimise adam(rate = 2e-2)
      batch 8, epochs 4, seed 1
      record hidden.spike, output.U

      expect accuracy(test) >= 0
    }

    """

  /// Two kinds: large values in the first two columns, or in the last two.
  static var classifierData: String {
    var state: UInt32 = 1
    func noise(_ state: inout UInt32) -> Double {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Double(state >> 8) / Double(1 << 24) * 0.6
    }
    var text = ""
    for row in 0..<40 {
      let kind = row % 2
      let values = (0..<4).map { (($0 < 2) == (kind == 0) ? 0.9 : 0.3) + noise(&state) }
      text += values.map { "\($0)" }.joined(separator: ",") + ",\(kind)\n"
    }
    return text
  }

  /// One neuron under a constant current. U(t) = 2 (1 - exp(-t / 10 ms)) reaches 1 after 10 ms ln 2 = 6.93 ms, that is
  /// at tick 7; from 0 again each time: spikes at 7, 14, 21 and 28 ms of 30.
  static let neuron = """
    neuron LIF {
      param tau = 10 ms
      state U = 0
      drive x
      dU/dt = -(U - x) / tau
      spike when U > 1
      on spike { U = 0 }
    }

    network Cell {
      step 1 ms
      population cell = LIF[1]
    }

    task constant of Cell {
      feed cell.x = 2
      run for 30 ms
      record cell.U, cell.spike
      expect sum over time of sum over units of cell.spike == 4
    }

    """

  /// The same neuron without reset and leak, growing beyond every bound.
  static let explosion = """
    neuron Growing {
      state U = 1
      next U = U * U * 1000
      spike when U < 0
    }

    network Cell {
      step 1 ms
      population cell = Growing[1]
    }

    task explosion of Cell {
      run for 300 ms
      record cell.U
    }

    """

  static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(classifier, "kinds.snn")
    try folder.write(classifierData, "data.csv")
    try folder.write(neuron, "neuron.snn")
    try folder.write(explosion, "explosion.snn")
    return folder
  }
}

/// Whether every line is a JSON value of its own.
func everyLineIsJSON(_ text: String) -> Bool {
  let lines = text.split(separator: "\n")
  return !lines.isEmpty
    && lines.allSatisfy {
      (try? JSONSerialization.jsonObject(with: Data($0.utf8), options: .fragmentsAllowed)) != nil
    }
}

func isJSON(_ text: String) -> Bool {
  (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
}

/// Files that another program would have made.
enum Fixture {
  static func write(_ datasets: [String: NDArray], to path: String) throws {
    var document = HDF5Document()
    for (name, array) in datasets { document.put(array, at: name) }
    try document.save(to: path)
  }
}
