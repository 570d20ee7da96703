import Foundation
import SNNData
import SNNIR
import Testing

@testable import SNN
@testable import SNNRuntime

/// e-prop (Bellec et al. 2020, "A solution to the learning dilemma for recurrent networks of spiking neurons") as it
/// comes out of the derivation, against published losses and against its formulas written down by hand.
@Suite struct EligibilityTests {
  static let regression = """
    neuron Hidden {
      param alpha = exp(-dt / 30 ms)
      param theta = 0.03
      state v = 0
      next v = alpha * v - theta * spike
      on input(w) { v += (1 - alpha) * w }
      spike when v >= theta
    }
    neuron Readout {
      param kappa = exp(-dt / 30 ms)
      state y = 0
      next y = kappa * y
      on input(w) { y += (1 - kappa) * w }
    }
    network N {
      step 1 ms
      input x : spikes[100]
      population hidden = Hidden[100]
      population out = Readout[1]
      connect x -> hidden as w_in { learnable weight = 0 }
      connect hidden -> hidden as w_rec { no self, learnable weight = 0 }
      connect hidden -> out as w_out { learnable weight = 0, delay = 0 ms }
    }
    task regression of N {
      data train = hdf5("FILE", sample = "sample", target = "target")
      feed x = direct(sample)
      run for 1000 ms
      let rate = mean over time of hidden.spike
      let error = 0.5 * sum over time of sum over units of (out.y - target)^2
      loss = error + 150 * sum over units of (rate - 0.01)^2
      score squares = error
      learn by eprop { surrogate = piecewise_linear(0.3, width = 1, scale = 0.03), feedback = hdf5("FILE") }
      optimise sgd(rate = 1e-4)
      batch 1, epochs 5
    }
    """

  /// Five iterations of the regression task as NEST's tests publish them (`test_eprop_bsshslm_2020_plasticity.py`).
  @Test func publishedLosses() throws {
    let path = Reference.fixture("eprop_regression.h5")
    let file = try HDF5File(reading: path)
    let expected = try #require(try file.read("losses").doubles())
    let model = try Reference.model(Self.regression.replacing("FILE", with: path))
    let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
    try session.loadParameters(path)
    // Of the first iteration too: spikes, and norms of the gradients.
    let norms = try #require(try file.read("norms").doubles())
    let (source, samples) = session.samples(of: 0)
    let result = try session.engine.run(
      try session.batch(source: source, samples: samples, epoch: nil), gradient: true)
    #expect(Double(result.spikeCounts[0]) == norms[0])
    for (place, name) in ["w_in", "w_rec", "w_out"].enumerated() {
      let parameter = try #require(model.network.parameter(named: name))
      let norm = try #require(result.gradients[parameter]).reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(abs(norm / norms[1 + place] - 1) < 1e-9, "\(name)")
    }
    let trainer = try Trainer(session)
    try trainer.train()
    #expect(trainer.history.count == 5)
    for (epoch, loss) in zip(trainer.history, expected) {
      #expect(abs(epoch.scores[0] / loss - 1) < 1e-9, "\(epoch.scores[0]) for \(loss)")
    }
  }

  static let classification = """
    neuron LIF {
      param alpha = exp(-dt / 20 ms)
      param theta = 0.6
      state v = 0
      next v = alpha * v - theta * spike
      on input(w) { v += w }
      spike when v > theta
      refractory 4 ms
    }
    neuron ALIF {
      param alpha = exp(-dt / 20 ms)
      param rho = exp(-dt / 200 ms)
      param theta = 0.6
      param beta = 0.17
      state v = 0
      state a = 0
      next v = alpha * v - theta * spike
      next a = rho * a + spike
      on input(w) { v += w }
      spike when v > theta + beta * a
      refractory 4 ms
    }
    neuron Readout {
      param kappa = exp(-dt / 20 ms)
      learnable param bias = 0 per unit
      state y = 0
      next y = kappa * y
      let logit = y + bias
      on input(w) { y += w }
    }
    network N {
      step 1 ms
      input x : spikes[8]
      population plain = LIF[5]
      population adaptive = ALIF[6]
      population out = Readout[3]
      connect x -> plain as w_in_plain { learnable weight ~ normal(0, 0.4) }
      connect x -> adaptive as w_in_adaptive { learnable weight ~ normal(0.1, 0.4) }
      connect plain -> plain as w_pp { learnable weight ~ normal(0, 0.2) }
      connect plain -> adaptive as w_pa { learnable weight ~ normal(0, 0.2) }
      connect adaptive -> plain as w_ap { learnable weight ~ normal(0, 0.2) }
      connect adaptive -> adaptive as w_aa { learnable weight ~ normal(0, 0.2) }
      connect plain -> out as w_out_plain { learnable weight ~ normal(0, 0.5), delay = 0 ms }
      connect adaptive -> out as w_out_adaptive { learnable weight ~ normal(0, 0.5), delay = 0 ms }
    }
    task choice of N {
      data train = hdf5("FILE", sample = "sample", label = "label")
      feed x = direct(sample)
      run for 60 ms
      let rate = mean over time of plain.spike
      let other = mean over time of adaptive.spike
      loss = mean over time in 40 ms ..< 60 ms of cross_entropy(out.logit, label)
           + 0.5 * sum over units of (rate - 0.02)^2 + 0.5 * sum over units of (other - 0.02)^2
      learn by eprop {
        surrogate = piecewise_linear(0.3, width = 1, scale = 0.6)
        feedback = random(normal(0, 0.7), seed = 4)
      }
      optimise adam(rate = 0.02)
      batch 4, epochs 4, seed 2
    }
    """

  /// Refractory LIF and ALIF neurons in one recurrent network, softmax readout over a window, firing-rate
  /// regularisation and Adam: training as Bellec et al. write it (eqs. 6-10, 17-28), in plain loops.
  @Test func adaptiveClassificationByHand() throws {
    try Reference.withFolder { folder in
      let path = folder.appending(path: "patterns.h5").path
      var input = [Double](repeating: 0, count: 4 * 60 * 8)
      for index in input.indices where (index * index * 7 + index * 13) % 17 < 3 { input[index] = 1 }
      try Reference.write(
        ["/sample": try NDArray(shape: [4, 60, 8], input), "/label": NDArray([0, 1, 2, 1])], to: path)
      let model = try Reference.model(Self.classification.replacing("FILE", with: path))
      let session = try Session(model, options: SessionOptions(precision: .f64), gradient: true)
      let engine = session.engine
      var hand = HandWritten(input: input, labels: [0, 1, 2, 1])
      func stored(_ name: String) throws -> [Double] {
        let index = try #require(engine.plan.parameters.firstIndex { $0.name == name }, "\(name)")
        return engine.parameter(index)
      }
      try hand.take(stored)
      let trainer = try Trainer(session)
      try trainer.train()
      var spikes = 0.0
      for epoch in trainer.history {
        let (loss, count) = hand.iterate()
        spikes += count
        #expect(abs(epoch.loss / loss - 1) < 1e-9, "\(epoch.loss) for \(loss)")
      }
      #expect(trainer.history.count == 4 && spikes > 100)
      for (name, values) in hand.arrays() {
        let error = Reference.error(try stored(name), values)
        #expect(error < 1e-9, "\(name): \(error)")
      }
    }
  }
}

/// e-prop in plain loops. Units 0 ..< 5 are LIF, 5 ..< 11 ALIF; rows of matrices are targets.
private struct HandWritten {
  static let (inputs, plain, hidden, classes, ticks) = (8, 5, 11, 3, 60)
  let input: [Double]
  let labels: [Int]
  var win = [[Double]](), wrec = [[Double]](), wout = [[Double]](), feedback = [[Double]]()
  var bias = [Double](repeating: 0, count: 3)
  var first = [Double](), second = [Double]()
  var steps = 0

  init(input: [Double], labels: [Int]) {
    self.input = input
    self.labels = labels
  }

  private func rows(_ values: [Double], _ columns: Int) -> [[Double]] {
    stride(from: 0, to: values.count, by: columns).map { Array(values[$0..<$0 + columns]) }
  }

  mutating func take(_ stored: (String) throws -> [Double]) throws {
    win = rows(try stored("w_in_plain"), 8) + rows(try stored("w_in_adaptive"), 8)
    let (pp, ap) = (rows(try stored("w_pp"), 5), rows(try stored("w_ap"), 6))
    let (pa, aa) = (rows(try stored("w_pa"), 5), rows(try stored("w_aa"), 6))
    wrec = zip(pp, ap).map(+) + zip(pa, aa).map(+)
    wout = zip(rows(try stored("w_out_plain"), 5), rows(try stored("w_out_adaptive"), 6)).map(+)
    feedback =
      zip(rows(try stored("w_out_plain.feedback"), 5), rows(try stored("w_out_adaptive.feedback"), 6)).map(+)
  }

  func arrays() -> [(String, [Double])] {
    [
      ("w_in_plain", win[..<5].flatMap { $0 }), ("w_in_adaptive", win[5...].flatMap { $0 }),
      ("w_pp", wrec[..<5].flatMap { $0[..<5] }), ("w_ap", wrec[..<5].flatMap { $0[5...] }),
      ("w_pa", wrec[5...].flatMap { $0[..<5] }), ("w_aa", wrec[5...].flatMap { $0[5...] }),
      ("w_out_plain", wout.flatMap { $0[..<5] }), ("w_out_adaptive", wout.flatMap { $0[5...] }), ("out.bias", bias),
    ]
  }

  /// One update; loss and spikes of the forward pass.
  mutating func iterate() -> (Double, Double) {
    let (n, m) = (Self.hidden, Self.inputs)
    let (alpha, rho, kappa) = (exp(-1.0 / 20), exp(-1.0 / 200), exp(-1.0 / 20))
    let (theta, beta, gamma, target) = (0.6, 0.17, 0.3, 0.02)
    var gin = [[Double]](repeating: Array(repeating: 0, count: m), count: n)
    var grec = [[Double]](repeating: Array(repeating: 0, count: n), count: n)
    var gout = [[Double]](repeating: Array(repeating: 0, count: n), count: 3)
    var gbias = [0.0, 0, 0]
    var total = 0.0
    var count = 0.0
    for (sample, label) in labels.enumerated() {
      var v = [Double](repeating: 0, count: n), a = v, z = v, wait = v, rate = v, zout = v
      var y = [0.0, 0, 0]
      // By presynaptic unit, inputs first: the filter of what arrives.
      var trace = [Double](repeating: 0, count: m + n)
      let empty = [[Double]](repeating: trace, count: n)
      var slow = empty, filtered = empty, summed = empty, gradient = empty
      for t in 0..<Self.ticks {
        let x = input[(sample * Self.ticks + t) * m..<(sample * Self.ticks + t + 1) * m]
        let arriving = Array(x) + z
        for i in trace.indices { trace[i] = alpha * trace[i] + arriving[i] }
        var psi = [Double](repeating: 0, count: n)
        let before = z
        for j in 0..<n {
          var sum = alpha * v[j] - theta * before[j]
          for i in 0..<m { sum += win[j][i] * arriving[i] }
          for i in 0..<n { sum += wrec[j][i] * before[i] }
          v[j] = sum
          a[j] = rho * a[j] + before[j]
          let b = j < Self.plain ? 0 : beta
          let distance = v[j] - theta - b * a[j]
          z[j] = distance > 0 && wait[j] == 0 ? 1 : 0
          if wait[j] == 0 { psi[j] = gamma / theta * max(0, 1 - abs(distance) / theta) }
          wait[j] = z[j] == 1 ? 4 : max(0, wait[j] - 1)
          rate[j] += z[j] / Double(Self.ticks)
          count += z[j]
        }
        for j in 0..<n { zout[j] = kappa * zout[j] + z[j] }
        for k in 0..<3 { y[k] = (0..<n).reduce(0) { $0 + wout[k][$1] * zout[$1] } }
        // Ticks 40 to 59 of the run; the flags above are those of tick t + 1.
        let isRead = (40..<60).contains(t + 1)
        var error = [0.0, 0, 0]
        if isRead {
          let logits = zip(y, bias).map(+)
          let norm = logits.reduce(0) { $0 + exp($1) }
          total += (log(norm) - logits[label]) / 20
          for k in 0..<3 { error[k] = (exp(logits[k]) / norm - (k == label ? 1 : 0)) / 20 }
        }
        for k in 0..<3 {
          gbias[k] += error[k]
          for j in 0..<n { gout[k][j] += error[k] * zout[j] }
        }
        for j in 0..<n {
          let b = j < Self.plain ? 0 : beta
          let signal = (0..<3).reduce(0) { $0 + feedback[$1][j] * error[$1] }
          for i in trace.indices {
            let e = psi[j] * (trace[i] - b * slow[j][i])
            slow[j][i] = rho * slow[j][i] + e
            filtered[j][i] = kappa * filtered[j][i] + e
            summed[j][i] += e
            gradient[j][i] += signal * filtered[j][i]
          }
        }
      }
      for j in 0..<n {
        total += 0.5 * (rate[j] - target) * (rate[j] - target)
        for i in trace.indices {
          let full = gradient[j][i] + (rate[j] - target) / Double(Self.ticks) * summed[j][i]
          if i < m { gin[j][i] += full } else { grec[j][i - m] += full }
        }
      }
    }
    let samples = Double(labels.count)
    let flat = (gin + grec + gout + [gbias]).flatMap { $0 }.map { $0 / samples }
    update(flat)
    return (total / samples, count)
  }

  /// Adam (Kingma & Ba 2015).
  private mutating func update(_ gradient: [Double]) {
    if first.isEmpty {
      first = gradient.map { _ in 0 }
      second = first
    }
    steps += 1
    var change: [Double] = []
    for (i, g) in gradient.enumerated() {
      first[i] = 0.9 * first[i] + 0.1 * g
      second[i] = 0.999 * second[i] + 0.001 * g * g
      let (m, v) = (first[i] / (1 - pow(0.9, Double(steps))), second[i] / (1 - pow(0.999, Double(steps))))
      change.append(0.02 * m / (v.squareRoot() + 1e-8))
    }
    var next = change.makeIterator()
    func take(_ matrix: inout [[Double]]) {
      for j in matrix.indices { for i in matrix[j].indices { matrix[j][i] -= next.next() ?? 0 } }
    }
    take(&win)
    take(&wrec)
    take(&wout)
    for k in bias.indices { bias[k] -= next.next() ?? 0 }
  }
}
