import SNNIR
import SNNSyntax

extension ExpressionChecker {
  /// Whether a reduction over time means something where spike times are exact; a message has been given otherwise.
  mutating func isExactReduction(_ syntax: ReductionSyntax, _ operand: Checked, _ span: Span) -> Bool {
    guard model.isExact, syntax.axis == .time else { return true }
    if syntax.filter != nil || syntax.kind == .first {
      report(.unavailable(what: "`\(syntax.kind.rawValue) over time` with a choice, under `step exact`,", at: span))
      return false
    }
    let hasSpikes = model.graph.loadedSymbols([operand.value]).contains {
      if case .recorded(_, .spike) = model.graph[$0].kind { true } else { false }
    }
    switch syntax.kind {
    case .sum where !hasSpikes, .mean where hasSpikes, .integral where hasSpikes:
      report(.plainSum(operand: text(operand.span), hasSpikes: hasSpikes, at: span))
      return false
    default: return true
    }
  }
}
