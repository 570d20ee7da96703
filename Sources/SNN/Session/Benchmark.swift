import SNNIR
import SNNRuntime

/// What one training step and one forward pass of a task take, measured on the batch it would train with first.
public struct Benchmark: Sendable {
  /// Milliseconds of each repetition.
  public struct Times: Sendable {
    public var milliseconds: [Double]

    public var median: Double { quantile(0.5) }
    public var least: Double { quantile(0) }

    public func quantile(_ q: Double) -> Double {
      guard !milliseconds.isEmpty else { return .nan }
      let sorted = milliseconds.sorted()
      return sorted[min(sorted.count - 1, Int(q * Double(sorted.count)))]
    }
  }

  /// Forward, backward and update; nil for a task that does not learn.
  public var training: Times?
  public var forward: Times
  public var samples: Int
  public var ticks: Int
  public var threads: Int
  public var precision: Precision
  public var instructionSet: String
  /// Spikes of populations in one forward pass.
  public var spikes: Int
  /// Loss before the first step and after the last.
  public var losses: [Double]
  /// What the runtime said it would take, in bytes.
  public var memoryForecast: Int
  /// Where the time of a training step (or of a forward pass) goes, from repetitions of their own.
  public var profile: Profile

  /// - Parameters:
  ///   - steps: repetitions of each, after three that are not counted.
  ///   - clock: seconds since some instant.
  public static func run(
    _ model: Model, options: SessionOptions, steps: Int, clock: () -> Double,
    prepare: (Session) throws -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws -> Benchmark {
    let learns = model.isTrainable
    let session = try Session(model, options: options, gradient: learns)
    try prepare(session)
    let (source, all) = session.samples(of: session.trainingSet)
    let size = max(options.batch ?? model.task.batch, 1)
    let batch = try session.batch(source: source, samples: Array(all.prefix(size)), epoch: nil)
    var losses: [Double] = []
    func repeated(_ body: () throws -> Void) throws -> Times {
      var times = Times(milliseconds: [])
      for repetition in 0..<(steps + 3) {
        if isCancelled() { throw SNNError.cancelled }
        let start = clock()
        try body()
        if repetition >= 3 { times.milliseconds.append((clock() - start) * 1000) }
      }
      return times
    }
    do {
      let result = try session.engine.run(batch)
      let forward = try repeated { _ = try session.engine.run(batch) }
      let training =
        learns
        ? try repeated {
          let step = try session.step(batch, model.task.optimiser)
          losses.append(step.loss)
        } : nil
      session.engine.startProfile()
      for _ in 0..<steps {
        if isCancelled() { throw SNNError.cancelled }
        if learns {
          _ = try session.engine.step(batch, optimiser: model.task.optimiser, learnable: model.learnable)
        } else {
          _ = try session.engine.run(batch)
        }
      }
      return Benchmark(
        training: training, forward: forward, samples: batch.sampleCount, ticks: session.engine.plan.ticks,
        threads: session.engine.threads, precision: options.precision,
        instructionSet: session.engine.instructionSet.rawValue, spikes: result.spikeCounts.reduce(0, +),
        losses: losses, memoryForecast: session.engine.memoryForecast(samples: batch.sampleCount),
        profile: session.engine.profile())
    } catch { throw SNNError.wrapping(session.fault(error)) }
  }
}
