/// The files of a new project: a network that runs and learns in seconds.
public struct NewProject: Sendable {
  public let name: String

  public init(_ name: String) { self.name = name }

  public static func isName(_ text: String) -> Bool {
    guard let first = text.first, first.isLetter else { return false }
    return text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } && text.count <= 64
  }

  public var files: [(name: String, text: String)] {
    [("\(name).snn", program), ("README.md", readme), (".gitignore", "*.h5\n*.svg\n*.html\n")]
  }

  private var program: String {
    """
    /// \(name): patterns of spikes told apart by a small recurrent network.

    /// A leaky integrate-and-fire neuron with current synapses. Change its equations: everything else follows.
    neuron Cell {
      param tau_mem = 10 ms
      param tau_syn = 5 ms
      param theta = 1
      state U = 0
      state I = 0
      dU/dt = -(U - I) / tau_mem
      dI/dt = -I / tau_syn
      on input(w) { I += w }
      spike when U > theta
      on spike { U = 0 }
    }

    /// The same without spikes: what it is read by.
    neuron Readout = Cell without spike

    network Net(n = 32) {
      step 1 ms
      input pattern : spikes[50]
      population hidden = Cell[n]
      population output = Readout[2]
      connect pattern -> hidden as w_in { learnable weight ~ normal(0, 1.5) }
      connect hidden -> hidden as w_rec { learnable weight ~ normal(0, 0.2) }
      connect hidden -> output as w_out { learnable weight ~ normal(0, 0.3) }
    }

    task \(name) of Net {
      data train = random_patterns(samples = 64, units = 50, steps = 100, rate = 10 Hz, classes = 2, seed = 0)
      feed pattern = direct(sample)
      run for 100 ms
      record hidden.spike, output.U

      loss = cross_entropy(max over time of output.U, label)
      score accuracy = argmax(max over time of output.U) == label

      learn by bptt { surrogate = fast_sigmoid(10), reset = cut }
      optimise adam(rate = 1e-2)
      batch 32, epochs 40, seed 1

      expect accuracy(train) >= 0.9
    }

    """
  }

  private var readme: String {
    """
    # \(name)

    ```sh
    snn check \(name).snn                                    # names, units, causality
    snn run \(name).snn                                      # one pattern, drawn in the terminal
    snn train \(name).snn --save weights.h5 --report out.html  # trains, and writes a page about it
    snn test \(name).snn                                     # trains and checks the expect lines
    snn explain \(name).snn                                  # the derived gradient
    snn doctor \(name).snn                                   # what keeps it from learning
    snn repl \(name).snn                                     # a prompt
    ```

    """
  }
}
