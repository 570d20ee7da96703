// The library inside a program of one's own: compile, read diagnostics, run, train, cancel, take gradients.
//   swift run --package-path examples/embed
import SNN

let source = """
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

  network Small(n = 32) {
    step 1 ms
    input pattern : spikes[20]
    population hidden = LIF[n]
    population output = Readout[2]
    connect pattern -> hidden as w_in  { learnable weight ~ normal(0, 1) }
    connect hidden -> output as w_out { learnable weight ~ normal(0, 0.5) }
  }

  task patterns of Small {
    data train = random_patterns(samples = 32, units = 20, steps = 50, rate = 20 Hz, classes = 2, seed = 0)
    feed pattern = direct(sample)
    run for 50 ms
    loss = cross_entropy(max over time of output.U, label)
    score accuracy = argmax(max over time of output.U) == label
    learn by bptt { surrogate = fast_sigmoid(10) }
    optimise adam(rate = 1e-2)
    batch 32, epochs 200, seed 1
  }
  """

/// A program that is wrong is not an error that is thrown: it has diagnostics, each with a code, a place and help.
func showDiagnostics() {
  let wrong = source.replacing("on input(w) { I += w }", with: "on input(w) { J += w }")
  let program = Program.compile(wrong, name: "wrong.snn")
  for diagnostic in program.diagnostics {
    print("\(diagnostic.severity.rawValue) \(diagnostic.id.code): \(diagnostic.headline)")
  }
  print(program.rendered())
}

/// Simulates the first sample and gives what was recorded as arrays `[time, unit]`.
func simulate(_ model: Model) throws {
  let session = try Session(model, records: try model.recordRequests(["hidden.spike", "output.U"]))
  let result = try session.run(dataSet: 0, sample: 0)
  for recording in result.recordings {
    print(
      "\(recording.name): \(recording.rows) ticks x \(recording.size) units, the last \(recording.values.suffix(2))")
  }
}

/// Trains until the accuracy is good enough: a run can be stopped between batches, from a closure or, through the
/// session's `cancellation`, from another thread. Then everything is as after the last whole batch.
func train(_ session: Session) throws {
  let trainer = try Trainer(session)
  var accuracy = 0.0
  do {
    try trainer.train(isCancelled: { accuracy >= 0.9 }) { progress in
      accuracy = progress.scores[0]
      if progress.isEpochEnd, progress.epoch % 10 == 0 {
        print("epoch \(progress.epoch + 1): loss \(progress.loss), accuracy \(accuracy)")
      }
    }
    print("trained for \(trainer.epoch) epochs")
  } catch SNNError.cancelled {
    print("stopped after \(trainer.epoch) of \(trainer.epochs) epochs: accuracy \(accuracy)")
  }
}

/// Gradients of the mean loss of some samples by parameter, weights as `[post, pre]`.
func gradients(_ session: Session) throws {
  let result = try session.gradients(dataSet: 0, samples: 0..<8)
  for (name, gradient) in result.gradients.sorted(by: { $0.key < $1.key }) {
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    print("dL/d\(name): \(gradient.count) numbers, norm \(norm)")
  }
}

showDiagnostics()
do {
  let model = try Program.compile(source, name: "patterns.snn").model()
  try simulate(model)
  let session = try Session(model, options: SessionOptions(precision: .f64, threads: 2), gradient: true)
  try train(session)
  try gradients(session)
  print("w_out begins with \(session.parameter("w_out")?.prefix(3) ?? [])")
} catch let error as SNNError {
  print("error: \(error.text)")
}
