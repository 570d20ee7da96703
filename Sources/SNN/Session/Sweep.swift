import Foundation
import SNNSema

/// A task run for every combination of some settings and seeds.
public struct Sweep: Sendable {
  /// One combination.
  public struct Run: Hashable, Sendable {
    /// As `--set` takes them, in the order of the sweep.
    public var settings: [Setting]
    public var seed: UInt64
  }

  public struct Setting: Hashable, Sendable {
    public var name: String
    public var value: String
  }

  /// What one combination came to.
  public struct Outcome: Sendable {
    public var run: Run
    /// The set that was measured; nil for a task without data.
    public var dataSet: String?
    public var loss: Double?
    /// By score of the task.
    public var scores: [Double]
    /// Hz, by population.
    public var rates: [Double]
    public var seconds: Double
  }

  public let name: String
  public let task: String
  /// What varies, in the order of the file.
  public let keys: [String]
  /// Seeds of one combination stand beside one another; the last key varies fastest of the keys.
  public let runs: [Run]

  /// - Parameters:
  ///   - points: values of a range, both ends included.
  ///   - seed: the first seed.
  init(_ checked: CheckedSweep, points: Int, seed: UInt64) {
    name = checked.name
    task = checked.task
    keys = checked.keys.map(\.name)
    var combinations: [[Setting]] = [[]]
    for key in checked.keys {
      let values = key.values.texts(points)
      combinations = combinations.flatMap { start in values.map { start + [Setting(name: key.name, value: $0)] } }
    }
    runs = combinations.flatMap { settings in
      (0..<checked.seeds).map { Run(settings: settings, seed: seed &+ UInt64($0)) }
    }
  }

  /// Trains, where the task learns, and measures: the set called `test`, else the one that the task validates on, else
  /// the training set.
  /// - Parameters:
  ///   - compile: the program under settings; an error in it is thrown before anything runs.
  ///   - isFinished: called after each run.
  public func outcomes(
    options: SessionOptions, compile: ([Setting]) throws -> Program, isCancelled: () -> Bool = { false },
    isFinished: (Outcome) throws -> Void = { _ in }
  ) throws -> [Outcome] {
    var models: [[Setting]: Model] = [:]
    for run in runs where models[run.settings] == nil {
      models[run.settings] = try compile(run.settings).model(task: task)
    }
    let clock = ContinuousClock()
    return try runs.map { run in
      guard let model = models[run.settings] else { throw SNNError.model("there is no task `\(task)`") }
      var options = options
      options.seed = run.seed
      let start = clock.now
      let session = try Session(model, options: options, gradient: model.isTrainable)
      try session.start { try $0.train(isCancelled: isCancelled) }
      if model.isTrainable { try Trainer(session).train(isCancelled: isCancelled) }
      let set = session.judgedSet
      let measured = try session.evaluate(set, isCancelled: isCancelled)
      let outcome = Outcome(
        run: run, dataSet: set.map { model.task.dataSets[$0].name }, loss: measured.loss, scores: measured.scores,
        rates: measured.rates, seconds: (clock.now - start) / .seconds(1))
      try isFinished(outcome)
      return outcome
    }
  }
}

extension Program {
  public var sweepNames: [String] { checked.sweeps.map(\.name) }

  /// The sweep called `name`, or the only one.
  /// - Parameters:
  ///   - points: values of a range.
  ///   - seed: the first seed; nil: the task's.
  /// - Throws: `SNNError.model` where there is no such sweep or several, `.program` where the program has errors.
  public func sweep(_ name: String? = nil, points: Int = 5, seed: UInt64? = nil) throws -> Sweep {
    let list = sweepNames.joined(separator: ", ")
    let found: CheckedSweep
    if let name {
      guard let named = checked.sweeps.first(where: { $0.name == name }) else {
        throw SNNError.model("there is no sweep `\(name)`" + (list.isEmpty ? "" : "; the file has: \(list)"))
      }
      found = named
    } else {
      guard let only = checked.sweeps.first else {
        throw SNNError.model("the file has no sweep: `sweep NAME of TASK { KEY in [A, B], seeds 3 }`")
      }
      guard checked.sweeps.count == 1 else {
        throw SNNError.model("the file has several sweeps; choose one with --sweep: \(list)")
      }
      found = only
    }
    return Sweep(found, points: points, seed: try seed ?? model(task: found.task).task.seed)
  }
}

extension CheckedSweep.Key.Values {
  func texts(_ points: Int) -> [String] {
    switch self {
    case .list(let texts): return texts
    case .range(let from, let to, let unit, let isWhole, let isLogarithmic):
      let last = Double(max(points, 2) - 1)
      var result: [String] = []
      for place in 0...Int(last) {
        let share = Double(place) / last
        var value = isLogarithmic ? from * pow(to / from, share) : from + (to - from) * share
        // The ends as they are written.
        if place == Int(last) { value = to }
        let number = isWhole ? "\(Int(value.rounded()))" : NumberText.significant(value, 6)
        let text = unit.isEmpty ? number : "\(number) \(unit)"
        if result.last != text { result.append(text) }
      }
      return result
    }
  }
}
