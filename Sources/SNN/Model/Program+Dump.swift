import SNNCalculus
import SNNIR
import SNNRuntime
import SNNSyntax

/// What the phases hand to each other, as text for people: `snn check --dump`.
extension Program {
  /// One token a line, with its place.
  public var tokenListing: String { dumpTokens(sources[file]) }
  /// The syntax tree.
  public var treeListing: String { dumpTree(tree) }
  /// Kinds and dimensions of everything declared.
  public var typeListing: String { checked.typeListing }
}

extension Model {
  /// The stages `hybrid` (as written) and `step` (after integration).
  /// - Throws: `SNNError.model` where the equations cannot be integrated as asked.
  public func intermediateText() throws -> String {
    var integrate = Integrate(network)
    let (models, _) = integrate.run()
    if models.count < network.populations.count { _ = try plan(PlanRequest(gradient: false)) }
    return IRText.text(of: network, tasks: hasTask ? [task] : []) + "\n"
      + IRText.text(of: models, in: integrate.network.graph)
  }

  /// What one tick's values depend on, derivative by derivative.
  public func jacobians(style: MathStyle = .text) throws -> Derivation {
    if let result = LocalJacobians.derivation(network, task, style: style) { return result }
    _ = try plan(PlanRequest(gradient: false))
    throw SNNError.model("the equations have no local Jacobians")
  }

  /// The plan for training where the task learns, else that of a run.
  public func plan() throws -> Plan { try plan(PlanRequest(gradient: isTrainable, learnable: learnable)) }

  public func planText() throws -> String { IRText.text(of: try plan()) }

  /// The lane code of every kernel of `plan()`.
  public func bytecode(precision: Precision = .f32) throws -> String {
    var plan = try plan()
    plan.draw(seed: task.seed)
    do { return try Engine(plan: plan, precision: precision).bytecode } catch { throw SNNError.wrapping(error) }
  }

  /// Whether the task says what to minimise and how, and there is something to change.
  public var isTrainable: Bool { task.loss != nil && task.learning != nil && !learnable.isEmpty }

  /// The same with a run of so many ms, for a network that no task gives a duration.
  public func lasting(milliseconds: Double) -> Model {
    var result = self
    result.task.ticks = max(0, Int((milliseconds / network.step).rounded()))
    return result
  }
}
