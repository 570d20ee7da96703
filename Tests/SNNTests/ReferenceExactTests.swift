import Foundation
import SNN
import SNNIR
import SNNRuntime
import Testing

/// What exact integration promises: firing rates, propagators and delays that are known in closed form.
@Suite struct ReferenceExactTests {
  /// tau 20 ms, threshold 1, reset 0, input 2: U reaches threshold after tau ln 2, so that the rate is
  /// 1 / (20 ms ln 2) = 72.134752044 Hz. On a grid every interval is rounded up to the next tick.
  @Test(arguments: [(0.1, "0.1 ms", 300), (0.01, "0.01 ms", 300), (0.001, "0.001 ms", 60)])
  func rateOfConstantInput(_ step: Double, _ written: String, _ duration: Int) throws {
    let model = try Reference.model(
      """
      neuron LIF {
        param tau = 20 ms
        state U = 0
        drive I
        dU/dt = -(U - I) / tau
        spike when U > 1
        on spike { U = 0 }
      }
      network N {
        step \(written)
        population cell = LIF[1]
      }
      task constant of N {
        feed cell.I = 2
        run for \(duration) ms
        record cell.spike
      }
      """)
    let session = try Session(
      model, options: SessionOptions(precision: .f64), records: try model.recordRequests(["cell.spike"]))
    let spikes = try #require(try session.run().recordings.first).values
    let ticks = spikes.indices.filter { spikes[$0] != 0 }.map { $0 + 1 }
    let exact = 20 * 0.693147180559945309
    let interval = Int((exact / step).rounded(.up))
    #expect(ticks == (1...(spikes.count / interval)).map { $0 * interval })
    let rate = 1000 / (Double(interval) * step)
    #expect(abs(rate - 72.134752044) < 72.134752044 * step / exact)
  }

  /// exp(A h) exp(A h) = exp(2 A h): the same currents and spikes on a grid of 1 ms and of 0.5 ms.
  @Test func twoHalfStepsAreOne() throws {
    func potentials(_ step: String, _ ticks: Int, everyOther: Bool) throws -> [Double] {
      let model = try Reference.model(
        """
        neuron Membrane {
          param tau_mem = 10 ms
          param tau_syn = 10 ms
          param omega = 0.3 /ms
          state U = 0.3
          state I = 0
          state x = 0.2
          state y = 0
          drive J
          dU/dt = -(U - I - J) / tau_mem
          dI/dt = -I / tau_syn
          dx/dt = -x / tau_mem - omega * y
          dy/dt = omega * x - y / tau_mem
          on input(w) { I += w; x += w }
        }
        network N {
          step \(step)
          input spikes : spikes[3]
          population cell = Membrane[2]
          connect spikes -> cell as w { weight ~ normal(0, 1) }
        }
        task one of N {
          feed cell.J = 0.7
          run for 40 ms
        }
        """)
      let requests = try model.recordRequests(["cell.U", "cell.I", "cell.x", "cell.y"])
      let session = try Session(model, options: SessionOptions(precision: .f64), records: requests)
      var batch = Batch(sampleCount: 1)
      var bins = [Double](repeating: 0, count: ticks * 3)
      // What arrives at k ms lies in the bin before it.
      for (time, unit) in [(2, 0), (3, 1), (7, 2), (7, 0), (20, 1), (39, 2)] {
        bins[((everyOther ? 2 * time : time) - 1) * 3 + unit] = 1
      }
      batch.inputs = [.dense(bins)]
      batch.drives[Batch.DriveKey(population: 0, drive: 0)] = Array(repeating: 0.7, count: ticks * 2)
      let result = try session.engine.run(batch, records: true)
      return requests.indices.flatMap { record in
        (0...40).flatMap { time in
          (0..<2).map { result.records[record]![(everyOther ? 2 * time : time) * 2 + $0] }
        }
      }
    }
    let coarse = try potentials("1 ms", 40, everyOther: false)
    let fine = try potentials("0.5 ms", 80, everyOther: true)
    #expect(Reference.error(fine, coarse) < 1e-13)
  }

  /// A spike at tick k acts at tick k + d and not a tick earlier; its error comes back over the same d ticks. The target
  /// forgets a hundredth a tick and is read at tick 320.
  @Test(arguments: [0, 1, 2, 3, 10, 300]) func delaysAreExact(_ delay: Int) throws {
    let model = try Reference.model(
      """
      neuron Relay {
        state U = 0
        next U = 0
        on input(w) { U += w }
        spike when U > 1
      }
      neuron Memory {
        state U = 0
        next U = 0.99 * U
        on input(w) { U += w }
      }
      network N {
        step 1 ms
        input x : spikes[1]
        population relay = Relay[1]
        population memory = Memory[1]
        connect x -> relay as w_in { learnable weight = 1.25 }
        connect relay -> memory as w { learnable weight = 0.7, delay = \(delay) ms }
      }
      task one of N {
        feed x = at(4 ms)
        run for 320 ms
        loss = last over time of sum over units of memory.U
        learn by bptt { surrogate = sigmoid(2) }
      }
      """)
    let requests = try model.recordRequests(["relay.spike", "memory.U"])
    let session = try Session(
      model, options: SessionOptions(precision: .f64), gradient: true, records: requests)
    let result = try session.engine.run(
      try session.batch(source: nil, samples: [0], epoch: nil), gradient: true, records: true)
    let spikes = try #require(result.records[0])
    #expect(spikes.indices.filter { spikes[$0] != 0 } == [5])
    let memory = try #require(result.records[1])
    let arrival = 5 + delay
    #expect(memory.indices.first { memory[$0] != 0 } == arrival)
    #expect(memory[arrival] == 0.7)
    let kept = pow(0.99, Double(320 - arrival))
    let s = 1 / (1 + exp(-2 * 0.25))
    let gradients = try session.gradients().gradients
    #expect(Reference.error(gradients["w"], [kept]) < 1e-12)
    #expect(Reference.error(gradients["w_in"], [2 * s * (1 - s) * 0.7 * kept]) < 1e-12)
  }

  /// Row n of an analog input acts on the step that begins d - 1 ticks later, and its weight's gradient says so.
  @Test(arguments: [1, 2, 3, 10, 300]) func delaysOfAnalogInputsAreExact(_ delay: Int) throws {
    let model = try Reference.model(
      """
      neuron Memory {
        state U = 0
        drive I
        next U = 0.99 * U + I
      }
      network N {
        step 1 ms
        input x[1] : 1
        population memory = Memory[1]
        connect x -> memory.I as w { learnable weight = 0.7, delay = \(delay) ms }
      }
      task one of N {
        feed x = if t == 4 ms then 1 else 0
        run for 320 ms
        loss = last over time of sum over units of memory.U
        learn by bptt { surrogate = none }
      }
      """)
    let requests = try model.recordRequests(["memory.U"])
    let session = try Session(
      model, options: SessionOptions(precision: .f64), gradient: true, records: requests)
    let batch = try session.batch(source: nil, samples: [0], epoch: nil)
    // Twice: what is left of the first run must not be seen before tick 0.
    _ = try session.engine.run(batch, gradient: true, records: true)
    let result = try session.engine.run(batch, gradient: true, records: true)
    let memory = try #require(result.records[0])
    let arrival = 4 + delay
    #expect(memory.indices.first { memory[$0] != 0 } == arrival)
    #expect(memory[arrival] == 0.7)
    let error = Reference.error(result.gradients[0], [pow(0.99, Double(320 - arrival))])
    #expect(error < 1e-12)
  }
}
