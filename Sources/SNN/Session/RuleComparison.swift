import SNNIR
import SNNRuntime

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Learning rules side by side on one task: what each makes of the same seed and data, what a step costs, and how far
/// its gradient turns from that of back-propagation on the same batch.
public struct RuleComparison: Sendable {
  /// What came of one rule, or why it cannot be used here.
  public struct Entry: Sendable {
    public var rule: String
    /// Why there is nothing else; nil where the rule was run.
    public var reason: String?
    /// Mean loss of the last epoch.
    public var loss = Double.nan
    /// On `dataSet`, after the last epoch.
    public var scores: [(name: String, value: Double)] = []
    public var dataSet: String?
    public var millisecondsPerStep = Double.nan
    /// What parameters and a step take, in bytes; nil with exact spike times, where it follows from the spikes.
    public var memory: Int?
    /// Degrees between the rule's gradient and that of `bptt` before the first step; nil where one of them is 0.
    public var angle: Double?
    public var angles: [(parameter: String, degrees: Double?)] = []
  }

  public var entries: [Entry]
  public var epochs: Int
  /// The rule whose gradient the others are held against.
  public var reference: String

  /// - Parameters:
  ///   - compile: the program with the given rule in place of the task's.
  ///   - rules: names, in the order of the answer.
  ///   - isCancelled: asked between batches.
  /// - Throws: `SNNError` where the run of a suitable rule fails.
  public static func run(
    _ rules: [String], task: String?, options: SessionOptions, compile: (String) throws -> Program,
    isCancelled: () -> Bool = { false }
  ) throws -> RuleComparison {
    var entries: [Entry] = []
    // Exact spike times have no `bptt`; there the first rule that runs is what the others are held against.
    var reference = try model("bptt", task, compile).flatMap { try gradients($0, options) }
    var name = reference == nil ? "" : "bptt"
    var epochs = 0
    for rule in rules {
      var entry = Entry(rule: rule)
      switch try judged(rule, task, compile) {
      case .failure(let unsuitable): entry.reason = unsuitable.reason
      case .success(let model):
        guard model.isTrainable else {
          throw SNNError.model("the task does not learn: it needs `loss`, `learn` and something learnable")
        }
        if let origin = model.origin {
          throw SNNError.model(
            "`\(model.task.name)` starts from `\(origin.task.name)`; rules are compared on tasks that start by themselves"
          )
        }
        guard let own = try gradients(model, options) else {
          entry.reason = "its plan cannot be made"
          break
        }
        let against = reference ?? own
        if name.isEmpty { name = rule }
        reference = against
        compare(own, with: against, &entry)
        try train(model, options, &entry, isCancelled)
        epochs = options.epochs ?? model.task.epochs
      }
      entries.append(entry)
    }
    return RuleComparison(entries: entries, epochs: epochs, reference: name)
  }

  private struct Unsuitable: Error { var reason: String }

  /// The model under a rule, or the reason that the program gives for its being impossible.
  private static func judged(
    _ rule: String, _ task: String?, _ compile: (String) throws -> Program
  ) throws -> Result<Model, Unsuitable> {
    let program = try compile(rule)
    if let error = program.diagnostics.first(where: { $0.severity == .error }) {
      if error.id.slug == "unknown-rule" { throw SNNError.program([error]) }
      let why = error.notes.first.map { ": " + $0 } ?? ""
      return .failure(Unsuitable(reason: error.headline + why))
    }
    return .success(try program.model(task: task))
  }

  private static func model(_ rule: String, _ task: String?, _ compile: (String) throws -> Program) throws -> Model? {
    if case .success(let model) = try judged(rule, task, compile) { return model }
    return nil
  }

  /// In double precision, of the first batch, at the parameters that the seed draws; nil where there is no plan.
  private static func gradients(_ model: Model, _ options: SessionOptions) throws -> [String: [Double]]? {
    var options = options
    options.precision = .f64
    guard model.isTrainable else { return nil }
    return try Session(model, options: options, gradient: true).trainingGradients().gradients
  }

  private static func compare(_ own: [String: [Double]], with other: [String: [Double]], _ entry: inout Entry) {
    let names = own.keys.filter { other[$0]?.count == own[$0]?.count }.sorted()
    entry.angles = names.map { ($0, degrees(between: own[$0] ?? [], and: other[$0] ?? [])) }
    entry.angle = degrees(between: names.flatMap { own[$0] ?? [] }, and: names.flatMap { other[$0] ?? [] })
  }

  /// The angle between two vectors, exact for nearly parallel ones too (Kahan).
  static func degrees(between a: [Double], and b: [Double]) -> Double? {
    func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let (sizeA, sizeB) = (norm(a), norm(b))
    guard sizeA > 0, sizeB > 0, sizeA.isFinite, sizeB.isFinite else { return nil }
    let pairs = zip(a, b).map { ($0 / sizeA, $1 / sizeB) }
    let (apart, along) = (norm(pairs.map { $0 - $1 }), norm(pairs.map { $0 + $1 }))
    return 2 * atan2(apart, along) * 180 / .pi
  }

  private static func train(
    _ model: Model, _ options: SessionOptions, _ entry: inout Entry, _ isCancelled: () -> Bool
  ) throws {
    let session = try Session(model, options: options, gradient: true)
    let size = max(options.batch ?? model.task.batch, 1)
    entry.memory =
      model.network.isExact ? nil : session.rules.reduce(0) { $0 + $1.engine.memoryForecast(samples: size) }
    let trainer = try Trainer(session)
    var steps = 0
    let clock = ContinuousClock()
    let start = clock.now
    try trainer.train(isCancelled: isCancelled) { _ in steps += 1 }
    entry.millisecondsPerStep = (clock.now - start) / .milliseconds(1) / Double(max(steps, 1))
    entry.loss = trainer.history.last?.loss ?? .nan
    let test = session.judgedSet
    entry.dataSet = test.map { model.task.dataSets[$0].name }
    let evaluation = try session.evaluate(test, isCancelled: isCancelled)
    entry.scores = zip(model.task.scores, evaluation.scores).map { ($0.name, $1) }
  }
}
