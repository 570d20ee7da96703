import SNN
import SNNIR

/// A network at the prompt that runs and learns: `net = Classifier(n = 8)`, or the file's own.
///
/// Runs are functions of parameters, data and seed, so "going on" from where it stands is running from the start to the
/// later time: states, spikes in flight and random numbers are as they would be.
struct Instance {
  enum Subject: Hashable {
    case task(String)
    case network(String)

    var name: String {
      switch self {
      case .task(let name), .network(let name): name
      }
    }
  }

  let name: String
  let subject: Subject
  /// Of its own: `n` of `Classifier(n = 8)`.
  var settings: [String: String]
  var model: Model
  /// How the network reads as data: another text is another network.
  var fingerprint: String
  /// How far it has run, ms.
  var time = 0.0
  var sample = 0
  /// Parameters that differ from what the seed draws, in declared units.
  var parameters: [String: [Double]] = [:]
  /// Weights as they were before training.
  var drawn: [String: [Double]] = [:]
  var result: RunResult?
  var requests: [RecordRequest] = []
  var trainer: Trainer?
  var history: [EpochSummary] = []

  var step: Double { model.network.step }
  var ticks: Int { Int((time / step).rounded()) }

  /// More numbers than this are not kept of a run; spikes always are.
  private static let mostNumbers = 20_000_000

  func options(seed: UInt64?, threads: Int) -> SessionOptions { SessionOptions(threads: threads, seed: seed) }

  func apply(to session: Session) throws {
    for (name, values) in parameters { try session.setParameter(name, values) }
  }

  /// Trains what its task starts from, once.
  mutating func start(seed: UInt64?, _ surroundings: Surroundings) throws {
    guard model.origin != nil, parameters.isEmpty else { return }
    let session = try Session(model, options: options(seed: seed, threads: surroundings.threads))
    try session.start { trainer in
      try surroundings.interrupt.guarding(trainer.session.cancellation) {
        try trainer.train(isCancelled: { surroundings.interrupt.isRequested }) { report in
          surroundings.progress("\(trainer.session.model.task.name): epoch \(report.epoch + 1) of \(report.epochs)")
        }
      }
    }
    surroundings.progress("")
    for parameter in model.network.parameters { parameters[parameter.name] = session.parameter(parameter.name) }
  }

  /// Runs to `target` ms and keeps what it recorded.
  mutating func run(to target: Double, seed: UInt64?, _ surroundings: Surroundings) throws {
    let lasting = model.lasting(milliseconds: target)
    let ticks = Int((target / step).rounded())
    var wanted = try lasting.recordRequests(lasting.network.populations.map(\.name))
    for (index, population) in lasting.network.populations.enumerated() {
      wanted += population.lets.enumerated().map { place, binding in
        RecordRequest(
          name: "\(population.name).\(binding.name)", population: index, variable: .letBinding(place),
          unit: binding.unit)
      }
      wanted += population.drives.enumerated().map { place, drive in
        RecordRequest(
          name: "\(population.name).\(drive.name)", population: index, variable: .drive(place), unit: drive.unit)
      }
    }
    func size(_ requests: [RecordRequest]) -> Int {
      requests.reduce(0) { $0 + lasting.network.populations[$1.population].size } * max(ticks, 1)
    }
    let states = wanted.filter { $0.variable != .spike }
    if size(states) > Self.mostNumbers { wanted = wanted.filter { $0.variable == .spike } }
    let session = try Session(
      lasting, options: options(seed: seed, threads: surroundings.threads), records: wanted, spikesAsEvents: true)
    try apply(to: session)
    let set = lasting.task.dataSets.isEmpty ? nil : 0
    let sample = sample
    result = try surroundings.interrupt.guarding(session.cancellation) { try session.run(dataSet: set, sample: sample) }
    requests = wanted
    time = Double(ticks) * step
  }

  mutating func restart() {
    time = 0
    result = nil
  }

  /// Numbers of a leaf of an expression, in internal units.
  func leaf(_ symbol: Symbol, seed: UInt64?, threads: Int) -> [Double]? {
    switch symbol.kind {
    case .parameter(let index):
      guard model.network.parameters.indices.contains(index) else { return nil }
      let parameter = model.network.parameters[index]
      if let values = parameters[parameter.name] { return values.map { parameter.unit.toInternal($0) } }
      guard let session = try? Session(model.lasting(milliseconds: step), options: options(seed: seed, threads: 1))
      else { return nil }
      return session.engine.parameter(index)
    case .recorded(let population, let variable):
      guard
        let place = requests.firstIndex(where: { $0.population == population && $0.variable == variable }),
        let recording = result?.recordings[place]
      else { return nil }
      return recording.isSpikes ? recording.dense : recording.values.map { requests[place].unit.toInternal($0) }
    case .time: return (0..<max(ticks, 1)).map { Double($0 + 1) * step }
    case .stepSize: return [step]
    case .tickCount: return [Double(ticks)]
    case .batchCount: return [1]
    default: return nil
    }
  }
}
