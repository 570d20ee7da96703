import SNNSyntax

/// What goes wrong in `synapse` blocks, and where a connection's `rule` uses them.
enum SynapseMessage {
  case unknownSynapse(name: String, kind: EntityKind?, at: Span, nearest: String?)
  case unlabelledArgument(synapse: String, at: Span)
  case unknownArgument(name: String, synapse: String, at: Span, nearest: String?, known: [String])
  case drawnArgument(name: String, synapse: String, at: Span)
  case withoutValue(name: String, synapse: String, at: Span, declared: Span)
  case learnableWithRule(synapse: String, at: Span, weight: Span)
  case continuousWithRule(synapse: String, drive: String, at: Span)
  case noNeuronVariable(side: String, name: String, population: String, at: Span, nearest: String?, known: [String])
  case inputHasNoState(side: String, input: String, at: Span)
  case wrongEvent(state: String, side: String, event: String, at: Span, declared: Span)
  case wrongSide(state: String, side: String, at: Span, declared: Span)
  case notOfSynapse(name: String, kind: String, at: Span, nearest: String?)
  case modulatorMissing(name: String, synapse: String, at: Span, declared: Span)
  case notScalar(what: String, at: Span)
  case sumOutside(at: Span)
  case sumOfWeights(at: Span)
  case outsideBounds(value: String, at: Span, bounds: Span)
  case ownWeight(at: Span)
  case rangesApart(at: Span, bounds: Span)
  case noEquation(name: String, at: Span)
  case deliversTwice(at: Span, first: Span)
  case learningWithRules(rule: String, connection: String, at: Span, declared: Span?)
  case batchWithRules(batch: Int, connection: String, at: Span)
  case orthogonalState(name: String, at: Span)
  case plasticity(text: String, at: Span, nearest: String?)
  case plasticityWithoutRules(network: String, at: Span)
}

enum SynapseID {
  static let unknown = DiagnosticID("E0801", "unknown-synapse")
  static let argument = DiagnosticID("E0802", "rule-argument")
  static let learnable = DiagnosticID("E0803", "learnable-with-rule")
  static let continuous = DiagnosticID("E0804", "rule-of-continuous")
  static let neuron = DiagnosticID("E0805", "no-such-neuron-variable")
  static let event = DiagnosticID("E0806", "trace-in-wrong-event")
  static let side = DiagnosticID("E0807", "trace-reads-other-side")
  static let target = DiagnosticID("E0808", "not-of-synapse")
  static let modulator = DiagnosticID("E0809", "modulator")
  static let sum = DiagnosticID("E0810", "sum-of-weights")
  static let bounds = DiagnosticID("E0811", "weight-outside-range")
  static let equation = DiagnosticID("E0812", "trace-never-changes")
  static let deliver = DiagnosticID("E0813", "bad-deliver")
  static let learning = DiagnosticID("E0814", "gradient-with-rule")
  static let batch = DiagnosticID("E0815", "batch-with-rule")
  static let draw = DiagnosticID("E0817", "state-drawn-as-matrix")
  static let plasticity = DiagnosticID("E0816", "plasticity-of-samples")
}

extension SynapseMessage {
  var diagnostic: Diagnostic {
    switch self {
    case .unknownSynapse(let name, let kind, let span, let nearest):
      let what = kind.map { "`\(name)` is a \($0.rawValue), not a synapse" } ?? "there is no synapse `\(name)`"
      return Diagnostic(
        SynapseID.unknown, .error, what, at: Label(span),
        notes: kind == nil && nearest == nil
          ? ["pair, triplet and other rules are in the library: `use std.synapses`"] : [],
        help: NetworkMessage.didYouMean(nearest, span)
      ).lookingFor(name)
    case .unlabelledArgument(let synapse, let span):
      return Diagnostic(
        SynapseID.argument, .error, "values of `\(synapse)` go by name", at: Label(span),
        help: [FixIt("write `NAME = …`")])
    case .unknownArgument(let name, let synapse, let span, let nearest, let known):
      let notes = known.isEmpty ? [] : ["it has " + known.map { "`\($0)`" }.joined(separator: ", ")]
      return Diagnostic(
        SynapseID.argument, .error, "synapse `\(synapse)` has no parameter or modulator `\(name)`", at: Label(span),
        notes: nearest == nil ? notes : [], help: NetworkMessage.didYouMean(nearest, span))
    case .drawnArgument(let name, let synapse, let span):
      return Diagnostic(
        SynapseID.argument, .error, "`\(name)` of `\(synapse)` is one value for the whole connection", at: Label(span),
        notes: ["what differs from synapse to synapse is a `state`"], help: [FixIt("write `\(name) = …`")])
    case .withoutValue(let name, let synapse, let span, let declared):
      return Diagnostic(
        SynapseID.argument, .error, "synapse `\(synapse)` needs a value for `\(name)`", at: Label(span),
        secondary: [Label(declared, "declared without a value")], help: [FixIt("write `\(synapse)(\(name) = …)`")])
    case .learnableWithRule(let synapse, let span, let weight):
      return Diagnostic(
        SynapseID.learnable, .error, "a weight is changed by its own `rule` or by `learn`, not by both",
        at: Label(span, "`\(synapse)` changes it"), secondary: [Label(weight, "`learn` would change it")],
        help: [FixIt("leave `learnable` out")])
    case .continuousWithRule(let synapse, let drive, let span):
      return Diagnostic(
        SynapseID.continuous, .error, "`\(synapse)` needs spikes, and nothing spikes into the drive `\(drive)`",
        at: Label(span), notes: ["rules act on connections from spikes into a port"])
    case .noNeuronVariable(let side, let name, let population, let span, let nearest, let known):
      let notes = known.isEmpty ? [] : ["it has " + known.map { "`\($0)`" }.joined(separator: ", ")]
      return Diagnostic(
        SynapseID.neuron, .error, "`\(side).\(name)`: `\(population)` has no variable `\(name)`", at: Label(span),
        notes: nearest == nil ? notes : [], help: NetworkMessage.didYouMean(nearest.map { "\(side).\($0)" }, span))
    case .inputHasNoState(let side, let input, let span):
      return Diagnostic(
        SynapseID.neuron, .error, "`\(side)` is the input `\(input)`, which has no states", at: Label(span),
        help: [FixIt("keep a trace of its spikes: `pre trace x = 0`, `on pre { x += 1 }`")])
    case .wrongEvent(let state, let side, let event, let span, let declared):
      let own = side == "pre" ? "the source" : "the target"
      let other = side == "pre" ? "several targets" : "several sources"
      return Diagnostic(
        SynapseID.event, .error, "the \(side) trace `\(state)` cannot change in `on \(event)`",
        at: Label(span), secondary: [Label(declared, "one per \(own.dropFirst(4)) neuron")],
        notes: ["there is one for each neuron; \(other) would change it at once"],
        help: [FixIt("change it in `on \(side)`, or make it a `state`, which every synapse has")])
    case .wrongSide(let state, let side, let span, let declared):
      let own = side == "pre" ? "source" : "target"
      return Diagnostic(
        SynapseID.side, .error, "the \(side) trace `\(state)` reads what its \(own) neuron does not know",
        at: Label(span), secondary: [Label(declared, "one per \(own) neuron")],
        notes: [
          "it may read other \(side) traces, `\(side).NAME`, parameters and modulators; weights and the other side "
            + "belong to single synapses"
        ], help: [FixIt("make it a `state`, which every synapse has")])
    case .notOfSynapse(let name, let kind, let span, let nearest):
      return Diagnostic(
        SynapseID.target, .error, "a synapse changes its weight, traces and states; `\(name)` is \(kind)",
        at: Label(span), help: NetworkMessage.didYouMean(nearest, span))
    case .modulatorMissing(let name, let synapse, let span, let declared):
      return Diagnostic(
        SynapseID.modulator, .error, "`\(synapse)` needs its modulator `\(name)`", at: Label(span),
        secondary: [Label(declared, "declared here")],
        help: [FixIt("write `\(synapse)(\(name) = …)`, with a `signal` of the network")])
    case .notScalar(let what, let span):
      return Diagnostic(
        SynapseID.modulator, .error, "\(what) is one number at a time, the same for all synapses", at: Label(span),
        help: [FixIt("reduce it: `mean over units of …`, or take one unit: `P.V[0]`")])
    case .sumOutside(let span):
      return Diagnostic(
        SynapseID.sum, .error, "sums over synapses are taken in `on every TIME` only", at: Label(span),
        notes: ["a sum reads every weight of a neuron, whatever event a body is about"],
        help: [FixIt("write `on every 100 ms { … }`")])
    case .sumOfWeights(let span):
      return Diagnostic(
        SynapseID.sum, .error, "only `sum over pre of weight` and `sum over post of weight` are known here",
        at: Label(span))
    case .outsideBounds(let value, let span, let bounds):
      return Diagnostic(
        SynapseID.bounds, .error, "the weight starts at \(value), outside its range", at: Label(span),
        secondary: [Label(bounds, "the range")])
    case .ownWeight(let span):
      return Diagnostic(
        SemaID.duplicateName, .error, "every synapse has a `weight`", at: Label(span, "declared again"),
        notes: ["the connection says where it begins: `weight = E` beside the `rule`"])
    case .rangesApart(let span, let bounds):
      return Diagnostic(
        SynapseID.bounds, .error, "no weight lies in the connection's range and in the rule's", at: Label(span),
        secondary: [Label(bounds, "the rule's range")], notes: ["a rule keeps its weights within both"])
    case .noEquation(let name, let span):
      return Diagnostic(
        SynapseID.equation, .error, "nothing changes `\(name)`", at: Label(span),
        notes: ["a trace has an equation, or is changed in a body"],
        help: [FixIt("write `d\(name)/dt = -\(name) / tau`, or make it a `param`")])
    case .deliversTwice(let span, let first):
      return Diagnostic(
        SynapseID.deliver, .error, "a second `deliver`", at: Label(span), secondary: [Label(first, "the first")])
    case .learningWithRules(let rule, let connection, let span, let declared):
      return Diagnostic(
        SynapseID.learning, .error, "`learn` cannot differentiate through weights that change while time runs",
        at: Label(span),
        secondary: declared.map { [Label($0, "`\(rule)` changes the weights of `\(connection)`")] } ?? [],
        help: [FixIt("learn by the rule alone, or leave the rule out of this task's network")])
    case .batchWithRules(let batch, let connection, let span):
      return Diagnostic(
        SynapseID.batch, .error, "\(batch) samples at once would each change the weights of `\(connection)`",
        at: Label(span),
        notes: ["weights with a `rule` outlive samples, so samples run one after the other, in the order of the file"],
        help: [
          FixIt(
            "write `batch 1`, or say what becomes of the changes of several: `plasticity summed` or "
              + "`plasticity per_sample`")
        ])
    case .orthogonalState(let name, let span):
      return Diagnostic(
        SynapseID.draw, .error, "`\(name)` is drawn synapse by synapse, and `orthogonal` makes a whole matrix",
        at: Label(span), help: [FixIt("write `normal(MEAN, DEVIATION)` or `uniform(LOW, HIGH)`")])
    case .plasticity(let text, let span, let nearest):
      return Diagnostic(
        SynapseID.plasticity, .error, "`plasticity` is `summed` or `per_sample`, not `\(text)`", at: Label(span),
        notes: nearest == nil
          ? [
            "`summed` adds the changes of all samples of a batch behind it; with `per_sample` every sample begins with "
              + "the first weights"
          ] : [], help: NetworkMessage.didYouMean(nearest, span))
    case .plasticityWithoutRules(let network, let span):
      return Diagnostic(
        SynapseID.plasticity, .error, "no connection of `\(network)` has a `rule` that would change its weights",
        at: Label(span), help: [FixIt("leave `plasticity` out, or give a connection a `rule`")])
    }
  }
}

extension ExpressionChecker {
  mutating func report(_ message: SynapseMessage) { report(message.diagnostic) }
}
