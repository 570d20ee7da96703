import SNNIR
import SNNSyntax

extension TaskBuilder {
  static let schedules: [String: [String]] = [
    "cosine": ["rate", "to"], "step_decay": ["rate", "factor", "every"], "warmup": ["rate", "over"],
  ]

  /// A number, or a number in schedules: `warmup(cosine(1e-3), over = 2)`.
  func rate(_ id: ExprID, _ checker: inout ExpressionChecker) -> (Double, [RateSchedule])? {
    let expr = checker.expression(id)
    guard case .call(let callee, let arguments) = expr.kind, case .name(let name) = checker.expression(callee).kind,
      !checker.isHidden(name), checker.program.names[checker.file]?.functions[name] == nil
    else {
      return number(id, "the rate", least: 0, isOpen: true, &checker).map { ($0, []) }
    }
    guard let names = Self.schedules[name] else {
      if Builtin(rawValue: name) != nil {
        return number(id, "the rate", least: 0, isOpen: true, &checker).map { ($0, []) }
      }
      checker.report(.schedule(text: checker.text(expr.span), at: expr.span))
      return nil
    }
    guard
      let given = checker.matched(
        arguments, name, names, required: name == "cosine" ? 1 : names.count, expr.span),
      let inner = given["rate"], let (rate, schedule) = rate(inner, &checker)
    else { return nil }
    func argument(_ label: String, isOpen: Bool) -> Double? {
      given[label].flatMap { number($0, "`\(label)` of `\(name)`", least: 0, isOpen: isOpen, &checker) }
    }
    switch name {
    case "cosine":
      guard given["to"] != nil else { return (rate, schedule + [.cosine(floor: 0)]) }
      return argument("to", isOpen: false).map { (rate, schedule + [.cosine(floor: $0 / rate)]) }
    case "step_decay":
      guard let factor = argument("factor", isOpen: true), let every = argument("every", isOpen: true) else {
        return nil
      }
      return (rate, schedule + [.stepDecay(factor: factor, every: every)])
    default: return argument("over", isOpen: true).map { (rate, schedule + [.warmup(over: $0)]) }
    }
  }

  /// `validate on DATA [, keep best SCORE]`.
  mutating func buildValidation(_ checker: inout ExpressionChecker) {
    for entry in items {
      guard case .validate(let data, let best, let span) = entry.item else { continue }
      let sets = task.dataSets.map(\.name)
      guard let set = sets.firstIndex(of: data.text) else {
        checker.report(
          .noSuchDataSet(
            name: data.text, at: data.span, nearest: Spelling.nearest(to: data.text, among: sets), known: sets))
        continue
      }
      guard learn != nil else {
        checker.report(.validatesNothing(at: span))
        continue
      }
      task.validation = Validation(dataSet: set)
      guard let best else { continue }
      let known = task.scores.map(\.name)
      if let score = known.firstIndex(of: best.text) {
        task.validation?.keeps = .best(score: score)
      } else if best.text == "loss", task.loss != nil {
        task.validation?.keeps = .leastLoss
      } else {
        let all = known + ["loss"]
        checker.report(
          .notScore(
            name: best.text, at: best.span, nearest: Spelling.nearest(to: best.text, among: all), known: all))
      }
    }
  }
}
