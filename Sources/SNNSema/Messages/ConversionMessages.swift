import SNNSyntax

/// What goes wrong in `network N = convert(A, NEURON = NEURON, …)`.
enum ConversionMessage: Sendable {
  case form(at: Span)
  case noSuchNeuron(name: String, at: Span, nearest: String?)
  case replacedTwice(neuron: String, at: Span, first: Span)
  case unusedNeuron(name: String, network: String, at: Span)
  case replacesNothing(task: String, at: Span)
  case emitsNothing(neuron: String, at: Span)
  case emits(neuron: String, at: Span)
  case loses(parameter: String, of: String, by: String, at: Span, declared: Span)
  case isConverted(network: String, at: Span)
  case part(at: Span)
  case normalisation(text: String, at: Span)
  case percentile(at: Span)
}

enum ConversionID {
  static let form = DiagnosticID("E0634", "convert-what")
  static let neuron = DiagnosticID("E0635", "convert-to-what")
}

extension ExpressionChecker {
  mutating func report(_ message: ConversionMessage) { report(message.diagnostic) }
}

extension ConversionMessage {
  var diagnostic: Diagnostic {
    switch self {
    case .form(let span):
      Diagnostic(
        ConversionID.form, .error, "a network is converted from a task", at: Label(span),
        help: [FixIt("write `convert(TASK, ReLU = IntegrateAndFire)`: the task that trains, and which neurons change")])
    case .noSuchNeuron(let name, let span, let nearest):
      TaskMessage.unknown(ConversionID.neuron, "there is no neuron `\(name)`", span, nearest).lookingFor(name)
    case .replacedTwice(let neuron, let span, let first):
      Diagnostic(
        ConversionID.neuron, .error, "`\(neuron)` is replaced twice", at: Label(span, "again"),
        secondary: [Label(first, "first here")])
    case .unusedNeuron(let name, let network, let span):
      Diagnostic(
        ConversionID.neuron, .error, "no population of `\(network)` is made of `\(name)`", at: Label(span))
    case .replacesNothing(let task, let span):
      Diagnostic(
        ConversionID.form, .error, "this converts nothing", at: Label(span),
        help: [FixIt("say which neurons change: `convert(\(task), ReLU = IntegrateAndFire)`")])
    case .emitsNothing(let neuron, let span):
      Diagnostic(
        ConversionID.neuron, .error, "`\(neuron)` has no rate that spikes could stand for", at: Label(span),
        notes: ["neurons of rates send a number at every tick: `emit relu(a)`"],
        help: [FixIt("neurons that send nothing, such as readouts, stay as they are")])
    case .emits(let neuron, let span):
      Diagnostic(
        ConversionID.neuron, .error, "`\(neuron)` does not spike", at: Label(span),
        notes: ["a rate is replaced by a neuron that integrates and fires, `spike when …`"],
        help: [FixIt("`use std.rates` has `IntegrateAndFire`, which subtracts its threshold at a spike")])
    case .loses(let parameter, let old, let new, let span, let declared):
      Diagnostic(
        ConversionID.neuron, .error, "`\(new)` has no `\(parameter)`, which `\(old)` computes with", at: Label(span),
        secondary: [Label(declared, "what is learned here would be lost")],
        help: [FixIt("give `\(new)` a parameter of that name, added at every tick where it is a bias")])
    case .isConverted(let network, let span):
      Diagnostic(
        ConversionID.form, .error, "`\(network)` has been converted already", at: Label(span),
        help: [FixIt("convert the task that trains rates; `start from` takes over what spikes have learned")])
    case .part(let span):
      Diagnostic(
        ConversionID.form, .error, "a converted network is no part of another", at: Label(span),
        notes: ["its weights come from a task that trains a whole network"])
    case .normalisation(let text, let span):
      Diagnostic(
        ConversionID.form, .error, "weights are not normalised by `\(text)`", at: Label(span),
        help: [
          FixIt("`normalise = data`: by the activations on the training set, `percentile = 99.9` of them"),
          FixIt("`normalise = model`: by the sums of positive weights"),
          FixIt("`normalise = none`: as they are"),
        ])
    case .percentile(let span):
      Diagnostic(
        ConversionID.form, .error, "a percentile is a number above 0, up to 100", at: Label(span),
        notes: ["of all activations of a population on the training set, with `normalise = data`"])
    }
  }
}
