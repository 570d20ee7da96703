import SNNCalculus
import SNNIR

extension Model {
  /// What `convert` does to the weights, in words and symbols; nil where nothing was converted.
  var conversionBlock: Derivation.Block? {
    guard let conversion = network.conversion else { return nil }
    let names = conversion.populations.map { network.populations[$0].name }.joined(separator: ", ")
    var lines: [Derivation.Line] = [.text("trained first: `\(conversion.task)`; spikes stand for rates in \(names)")]
    switch conversion.normalisation {
    case .none: lines.append(.text("weights and biases are taken over as they are"))
    case .data:
      let percentile = NumberText.significant(conversion.percentile)
      lines.append(.text(Self.scaled))
      lines.append(.text("scale: percentile \(percentile) of the population's activations on the training set"))
    case .model:
      lines.append(.text(Self.scaled))
      lines.append(
        .text("scale: the largest sum of positive weights, times the scales of their sources, and of a positive bias"))
    }
    return Derivation.Block(title: "Conversion", lines: lines)
  }

  private static let scaled =
    "weight: times the scale of its source, over that of its target; bias: over that of its population; 1 elsewhere"
}
